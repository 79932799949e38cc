//! Customers: create with their locations and contacts, get, list, update.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::shared::{
    ADDRESS, CONTACT, COORDINATE_SOURCES, COORDINATE_STATES, CUSTOM_FIELD, CUSTOMER_TYPES, external_patch, new_external,
};
use super::{contacts, locations};
use crate::call::{API_USER, Call, Reply, ids_where, named_custom_fields};
use crate::filters::{ACTIVE, CREATED, EXTERNAL, Filter, MODIFIED, Test, by};
use crate::json::{Json, Money, Object};
use crate::listing::{Listing, SORTS};
use crate::problem::Problem;
use crate::references::{CUSTOM_FIELDS, PAYMENT_TERMS, TAG_TYPES};
use crate::route::Endpoint;
use crate::schema::{Field, Kind, choice, decimal, flag, id, ids, list, object, text};
use crate::store::Store;
use crate::words::{self, Address};
use crate::world::{ABOVE_DOUBLE, DOCUMENTED, Dice, Size, Spec, Table, World};

pub(crate) static TABLE: Spec = Spec {
    table: Table::Customers,
    name: "customers",
    noun: "Customer",
    ids: &[DOCUMENTED, ABOVE_DOUBLE],
    size: Size::Main,
    inactive: 20,
    render,
};

const FILTERS: &[Filter] = &[
    by("ids", Test::Ids(usize::MAX)),
    by("excludeAccountingChangesFromModifiedDateRange", Test::OtherFlag),
    by("name", Test::Contains("name")),
    by("street", Test::Contains("address.street")),
    by("unit", Test::Contains("address.unit")),
    by("city", Test::Contains("address.city")),
    by("state", Test::Contains("address.state")),
    by("zip", Test::Contains("address.zip")),
    by("country", Test::Contains("address.country")),
    by("latitude", Test::Number("address.latitude")),
    by("longitude", Test::Number("address.longitude")),
    by("phone", Test::Joined("id", with_phone)),
    ACTIVE,
];

const LOCATION: Kind = Kind::Object(&[
    text("name").required(),
    object("address", ADDRESS).required(),
    list("contacts", &CONTACT).nullable(),
    list("customFields", &CUSTOM_FIELD).nullable(),
    ids("tagTypeIds").nullable(),
    new_external(),
    choice("coordinatesSource", COORDINATE_SOURCES).nullable(),
    choice("coordinatesVerificationStatus", COORDINATE_STATES).nullable(),
]);

const CREATE: &[Field] = &[
    text("name").required(),
    choice("type", CUSTOMER_TYPES).nullable(),
    flag("doNotMail").nullable(),
    flag("doNotService").nullable(),
    flag("nationalAccount").nullable(),
    list("locations", &LOCATION).required(),
    object("address", ADDRESS).required(),
    list("contacts", &CONTACT).nullable(),
    list("customFields", &CUSTOM_FIELD).nullable(),
    ids("tagTypeIds").nullable(),
    new_external(),
    flag("taxExempt").nullable(),
    id("paymentTermId").nullable(),
    decimal("creditLimit").nullable(),
    decimal("creditLimitBalance").nullable(),
];

/// On update the API wants every part of the address.
const WHOLE_ADDRESS: &[Field] = &[
    text("street").required(),
    text("unit").required(),
    text("city").required(),
    text("state").required(),
    text("zip").required(),
    text("country").required(),
    decimal("latitude").required(),
    decimal("longitude").required(),
];

const UPDATE: &[Field] = &[
    text("name"),
    choice("type", CUSTOMER_TYPES),
    object("address", WHOLE_ADDRESS),
    list("customFields", &CUSTOM_FIELD),
    external_patch(),
    flag("doNotMail"),
    flag("doNotService"),
    flag("nationalAccount"),
    flag("active"),
    ids("tagTypeIds"),
    flag("taxExempt"),
    id("paymentTermId"),
    decimal("creditLimit"),
    decimal("creditLimitBalance"),
];

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::list(
        "/crm/v2/tenant/{tenant}/customers",
        Listing::of(Table::Customers).filters(&[FILTERS, CREATED, MODIFIED, EXTERNAL]).sorts(SORTS),
    ),
    Endpoint::get("/crm/v2/tenant/{tenant}/customers/{id}", Table::Customers),
    Endpoint::post("/crm/v2/tenant/{tenant}/customers", CREATE, create),
    Endpoint::patch("/crm/v2/tenant/{tenant}/customers/{id}", UPDATE, update),
];

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let places = call.given("locations").as_array().cloned().unwrap_or_default();
    call.checks()
        .known("tagTypeIds", TAG_TYPES)
        .known("paymentTermId", PAYMENT_TERMS)
        .custom_fields(CUSTOM_FIELDS)
        .require(!places.is_empty(), "locations", "At least one location is required.")
        .done()?;
    for (at, place) in places.iter().enumerate() {
        locations::check(place, &format!("locations[{at}]."))?;
    }
    let id = call.store.new_id(Table::Customers);
    let record = new_record(call, id);
    let mut record = call.insert(Table::Customers, record);
    call.external(Table::Customers, id, &mut record);
    let given = call.given("contacts");
    let own: Vec<Value> = contacts::add_all(call, id, &given).iter().map(contacts::short).collect();
    let made: Vec<Value> = places.iter().map(|place| locations::add(call, id, place)).collect();
    record.insert("locations".to_owned(), made.into());
    record.insert("contacts".to_owned(), own.into());
    Ok(Reply::Json(record.into()))
}

fn new_record(call: &Call<'_>, id: i64) -> Value {
    json!({
        "id": id,
        "active": true,
        "name": call.given("name"),
        "type": call.given_or("type", "Residential"),
        "address": address(&call.given("address")),
        "customFields": named_custom_fields(&call.given("customFields"), CUSTOM_FIELDS),
        "balance": 0,
        "taxExempt": call.given_or("taxExempt", false),
        "tagTypeIds": call.given_or("tagTypeIds", json!([])),
        "doNotMail": call.given_or("doNotMail", false),
        "doNotService": call.given_or("doNotService", false),
        "nationalAccount": call.given_or("nationalAccount", false),
        "createdOn": call.now_text(),
        "createdById": API_USER,
        "modifiedOn": call.now_text(),
        "mergedToId": null,
        "paymentTermId": call.given("paymentTermId"),
        "creditLimit": call.given("creditLimit"),
        "creditLimitBalance": call.given("creditLimitBalance"),
        "externalData": [],
    })
}

/// An address with all the fields that replies have.
pub(crate) fn address(given: &Value) -> Value {
    let mut shown = Object::new();
    for key in ["street", "unit", "city", "state", "zip", "country", "latitude", "longitude"] {
        shown.insert(key.to_owned(), given.get(key).cloned().unwrap_or(Value::Null));
    }
    shown.into()
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let id = call.id();
    let mut record = call.store.find(Table::Customers, id)?;
    call.checks()
        .known("tagTypeIds", TAG_TYPES)
        .known("paymentTermId", PAYMENT_TERMS)
        .custom_fields(CUSTOM_FIELDS)
        .done()?;
    call.copy(
        &mut record,
        &[
            "name",
            "type",
            "doNotMail",
            "doNotService",
            "nationalAccount",
            "active",
            "tagTypeIds",
            "taxExempt",
            "paymentTermId",
            "creditLimit",
            "creditLimitBalance",
        ],
    );
    if let Some(given) = call.body.get("address") {
        record.insert("address".to_owned(), address(given));
    }
    if let Some(fields) = call.body.get("customFields") {
        record.insert("customFields".to_owned(), named_custom_fields(fields, CUSTOM_FIELDS));
    }
    let mut record = call.put(Table::Customers, id, record);
    call.external(Table::Customers, id, &mut record);
    Ok(Reply::Json(record.into()))
}

#[expect(clippy::unnecessary_wraps, reason = "filters share a signature")]
fn with_phone(store: &Store, value: &str) -> Result<HashSet<i64>, &'static str> {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let wanted = digits(value);
    let theirs = |row: &crate::row::Row<'_>| {
        !wanted.is_empty()
            && row.text("type").is_some_and(|kind| kind.ends_with("Phone"))
            && row.text("value").is_some_and(|own| digits(&own) == wanted)
    };
    Ok(ids_where(store, Table::Contacts, theirs, "customerId"))
}

/// Name and type of a seeded customer, with the dice where its other facts go on.
pub(crate) fn seeded(world: &World, slot: u32) -> (String, bool, Dice) {
    let mut dice = world.dice(Table::Customers, slot);
    let commercial = dice.one_in(6);
    let name = if commercial { words::company(&mut dice).to_owned() } else { words::person(&mut dice) };
    (name, commercial, dice)
}

/// The address that a seeded customer and its location share.
pub(crate) fn seeded_address(world: &World, slot: u32) -> Address {
    Address::new(&mut world.dice(Table::Customers, slot ^ 0x00ad_d2e5))
}

fn render(world: &World, slot: u32, json: &mut Json<'_>) {
    let keys = world.keys(Table::Customers, slot);
    let (name, commercial, mut dice) = seeded(world, slot);
    json.put("id", keys.id).put("active", keys.active).put("name", name);
    json.put("type", if commercial { "Commercial" } else { "Residential" });
    json.nested("address", |json| seeded_address(world, slot).write_placed(json));
    let custom = dice.one_in(3).then(|| dice.pick(CUSTOM_FIELDS.entries));
    json.list("customFields", custom, |(id, name), json| {
        json.put("typeId", id).put("name", name).put("value", "16x25x1");
    });
    json.put("balance", Money(if dice.one_in(4) { dice.below_i64(90_000) } else { 0 })).put("taxExempt", false);
    let tag = [dice.pick(TAG_TYPES.entries).0];
    json.put("tagTypeIds", if dice.one_in(3) { &tag[..] } else { &[] });
    json.put("doNotMail", dice.one_in(12)).put("doNotService", dice.one_in(60)).put("nationalAccount", false);
    json.put("createdOn", keys.created).put("createdById", API_USER).put("modifiedOn", keys.modified);
    json.null("mergedToId").put("paymentTermId", commercial.then_some(1090_i64));
    json.put("creditLimit", commercial.then_some(Money(500_000)));
    json.put("creditLimitBalance", commercial.then_some(Money(500_000))).put("externalData", &[] as &[i64]);
}
