//! Locations of customers: create, get, list, update.

use serde_json::{Value, json};

use super::shared::{
    ADDRESS, CONTACT, COORDINATE_SOURCES, COORDINATE_STATES, CUSTOM_FIELD, external_patch, new_external,
};
use super::{contacts, customers};
use crate::call::{API_USER, Call, Reply, named_custom_fields};
use crate::filters::{ACTIVE, CREATED, EXTERNAL, Filter, IDS, MODIFIED, Test, by};
use crate::json::{Json, as_id};
use crate::listing::{Listing, SORTS};
use crate::problem::Problem;
use crate::references::{CUSTOM_FIELDS, TAG_TYPES, TAX_ZONES};
use crate::route::Endpoint;
use crate::schema::{Field, choice, decimal, flag, id, ids, list, object, text};
use crate::world::{ABOVE_DOUBLE, DOCUMENTED, Size, Spec, Table, World};

pub(crate) static TABLE: Spec = Spec {
    table: Table::Locations,
    name: "locations",
    noun: "Location",
    ids: &[DOCUMENTED, ABOVE_DOUBLE],
    size: Size::Per(1, Table::Customers),
    inactive: 25,
    render,
};

const FILTERS: &[Filter] = &[
    IDS,
    by("name", Test::Contains("name")),
    by("customerId", Test::Id("customerId")),
    by("street", Test::Contains("address.street")),
    by("unit", Test::Contains("address.unit")),
    by("city", Test::Contains("address.city")),
    by("state", Test::Contains("address.state")),
    by("zip", Test::Contains("address.zip")),
    by("country", Test::Contains("address.country")),
    by("latitude", Test::Number("address.latitude")),
    by("longitude", Test::Number("address.longitude")),
    ACTIVE,
];

const CREATE: &[Field] = &[
    text("name").required(),
    object("address", ADDRESS).required(),
    list("contacts", &CONTACT).nullable(),
    list("customFields", &CUSTOM_FIELD).nullable(),
    ids("tagTypeIds").nullable(),
    new_external(),
    choice("coordinatesSource", COORDINATE_SOURCES).nullable(),
    choice("coordinatesVerificationStatus", COORDINATE_STATES).nullable(),
    id("customerId").required(),
];

/// On update the unit has to be there; the coordinates need not.
const WHOLE_ADDRESS: &[Field] = &[
    text("street").required(),
    text("unit").required(),
    text("city").required(),
    text("state").required(),
    text("zip").required(),
    text("country").required(),
    decimal("latitude").nullable(),
    decimal("longitude").nullable(),
];

const UPDATE: &[Field] = &[
    id("customerId"),
    text("name"),
    object("address", WHOLE_ADDRESS),
    flag("active"),
    id("taxZoneId"),
    list("customFields", &CUSTOM_FIELD),
    ids("tagTypeIds"),
    external_patch(),
];

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::list(
        "/crm/v2/tenant/{tenant}/locations",
        Listing::of(Table::Locations).filters(&[FILTERS, CREATED, MODIFIED, EXTERNAL]).sorts(SORTS),
    ),
    Endpoint::get("/crm/v2/tenant/{tenant}/locations/{id}", Table::Locations),
    Endpoint::post("/crm/v2/tenant/{tenant}/locations", CREATE, create),
    Endpoint::patch("/crm/v2/tenant/{tenant}/locations/{id}", UPDATE, update),
];

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    call.checks().exists("customerId", Table::Customers).done()?;
    let body = Value::Object(call.body.clone());
    check(&body, "")?;
    let customer = body["customerId"].as_i64().unwrap_or_default();
    Ok(Reply::Json(add(call, customer, &body)))
}

/// What a new location refers to exists; `at` goes before the names of the fields.
pub(crate) fn check(place: &Value, at: &str) -> Result<(), Problem> {
    let mut faults = Vec::new();
    for (index, tag) in place["tagTypeIds"].as_array().into_iter().flatten().enumerate() {
        if !as_id(tag).is_some_and(|id| TAG_TYPES.has(id)) {
            faults.push((format!("{at}tagTypeIds[{index}]"), format!("Tag type with id {tag} does not exist.")));
        }
    }
    for (index, field) in place["customFields"].as_array().into_iter().flatten().enumerate() {
        let id = &field["typeId"];
        if !as_id(id).is_some_and(|id| CUSTOM_FIELDS.has(id)) {
            let path = format!("{at}customFields[{index}].typeId");
            faults.push((path, format!("Custom field type with id {id} does not exist.")));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

/// Adds a checked location and answers it as a creation shows it.
pub(crate) fn add(call: &mut Call<'_>, customer: i64, place: &Value) -> Value {
    let id = call.store.new_id(Table::Locations);
    let tags = if place["tagTypeIds"].is_null() { json!([]) } else { place["tagTypeIds"].clone() };
    let record = json!({
        "taxZoneId": null,
        "id": id,
        "customerId": customer,
        "active": true,
        "name": place["name"],
        "address": customers::address(&place["address"]),
        "customFields": named_custom_fields(&place["customFields"], CUSTOM_FIELDS),
        "createdOn": call.now_text(),
        "createdById": API_USER,
        "modifiedOn": call.now_text(),
        "mergedToId": null,
        "zoneId": null,
        "taxExempt": false,
        "tagTypeIds": tags,
        "externalData": [],
    });
    let mut record = call.insert(Table::Locations, record);
    if let Value::Object(given) = &place["externalData"] {
        call.store.set_external(Table::Locations, id, given);
        let guid = given.get("applicationGuid").and_then(Value::as_str).unwrap_or_default();
        record.insert("externalData".to_owned(), call.store.external(Table::Locations, id, guid));
    }
    let contacts: Vec<Value> = contacts::of_location(call, &place["contacts"]);
    record.insert("contacts".to_owned(), contacts.into());
    record.into()
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let id = call.id();
    let mut record = call.store.find(Table::Locations, id)?;
    call.checks()
        .exists("customerId", Table::Customers)
        .known("taxZoneId", TAX_ZONES)
        .known("tagTypeIds", TAG_TYPES)
        .custom_fields(CUSTOM_FIELDS)
        .done()?;
    call.copy(&mut record, &["customerId", "name", "active", "taxZoneId", "tagTypeIds"]);
    if let Some(given) = call.body.get("address") {
        record.insert("address".to_owned(), customers::address(given));
    }
    if let Some(fields) = call.body.get("customFields") {
        record.insert("customFields".to_owned(), named_custom_fields(fields, CUSTOM_FIELDS));
    }
    let mut record = call.put(Table::Locations, id, record);
    call.external(Table::Locations, id, &mut record);
    Ok(Reply::Json(record.into()))
}

fn render(world: &World, slot: u32, json: &mut Json<'_>) {
    let keys = world.keys(Table::Locations, slot);
    let mut dice = world.dice(Table::Locations, slot);
    let (name, ..) = customers::seeded(world, slot);
    json.put("id", keys.id).put("customerId", world.id(Table::Customers, slot)).put("active", keys.active);
    json.put("name", name);
    json.nested("address", |json| customers::seeded_address(world, slot).write_placed(json));
    let custom = dice.one_in(4).then(|| dice.pick(CUSTOM_FIELDS.entries));
    json.list("customFields", custom, |(id, name), json| {
        json.put("typeId", id).put("name", name).put("value", "4417#");
    });
    json.put("createdOn", keys.created).put("createdById", API_USER).put("modifiedOn", keys.modified);
    json.nulls(&["mergedToId", "zoneId"]).put("taxExempt", false);
    let tag = [dice.pick(TAG_TYPES.entries).0];
    json.put("tagTypeIds", if dice.one_in(4) { &tag[..] } else { &[] });
    json.put("externalData", &[] as &[i64]).put("taxZoneId", dice.pick(TAX_ZONES.entries).0);
}
