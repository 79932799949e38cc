//! Equipment at locations: create, get, list, update.

use serde_json::{Value, json};

use crate::call::{Call, Reply};
use crate::filters::{ACTIVE, CREATED, Filter, IDS, MODIFIED, Test, by};
use crate::json::{Day, Json, Money, Object, as_id, id_of, ids_of};
use crate::listing::{Listing, SORTS};
use crate::problem::Problem;
use crate::references::{CUSTOM_FIELDS, EQUIPMENT_TYPES, TAG_TYPES};
use crate::route::Endpoint;
use crate::schema::{Field, Kind, choice, day, decimal, id, ids, list, moment, text};
use crate::world::{ABOVE_DOUBLE, Size, Spec, Table, World};

const MAKERS: &[&str] = &["Carrier", "Trane", "Lennox", "Rheem", "Goodman", "Bosch", "Navien", "A. O. Smith"];
const STATUSES: &[&str] = &["Installed", "Replaced"];

pub(crate) static TABLE: Spec = Spec {
    table: Table::InstalledEquipment,
    name: "installed-equipment",
    noun: "Installed equipment",
    ids: &[1_234_567_890, ABOVE_DOUBLE],
    size: Size::Main,
    inactive: 15,
    render,
};

const FILTERS: &[Filter] = &[by("locationIds", Test::AnyId("locationId", usize::MAX)), IDS, ACTIVE];

const CUSTOM_FIELD: Kind = Kind::Object(&[id("id").nullable(), id("typeId").nullable(), text("value").nullable()]);
const ATTACHMENT: Kind = Kind::Object(&[
    text("alias").nullable(),
    text("fileName").nullable(),
    choice("type", &["Other", "Image", "VideoFile", "VideoLink", "Document"]).required(),
    text("url").required(),
]);

const CREATE: &[Field] = &[
    id("locationId").required(),
    text("name").nullable(),
    id("equipmentTypeId").nullable(),
    choice("status", STATUSES).nullable(),
    moment("installedOn").nullable(),
    day("actualReplacementDate").nullable(),
    text("serialNumber").nullable(),
    text("barcodeId").nullable(),
    text("memo").nullable(),
    text("manufacturer").nullable(),
    text("model").nullable(),
    decimal("cost").nullable(),
    moment("manufacturerWarrantyStart").nullable(),
    moment("manufacturerWarrantyEnd").nullable(),
    moment("serviceProviderWarrantyStart").nullable(),
    moment("serviceProviderWarrantyEnd").nullable(),
    list("customFields", &CUSTOM_FIELD).nullable(),
    list("attachments", &ATTACHMENT).nullable(),
    ids("tagTypeIds").nullable(),
];

const UPDATE: &[Field] = &[
    text("name"),
    id("equipmentTypeId"),
    choice("status", STATUSES),
    moment("installedOn").nullable(),
    day("actualReplacementDate").nullable(),
    text("serialNumber"),
    text("barcodeId"),
    text("memo"),
    text("manufacturer"),
    text("model"),
    decimal("cost").nullable(),
    moment("manufacturerWarrantyStart").nullable(),
    moment("manufacturerWarrantyEnd").nullable(),
    moment("serviceProviderWarrantyStart").nullable(),
    moment("serviceProviderWarrantyEnd").nullable(),
    list("customFields", &CUSTOM_FIELD),
    list("attachments", &ATTACHMENT),
    ids("tagTypeIds"),
];

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::list(
        "/equipmentsystems/v2/tenant/{tenant}/installed-equipment",
        Listing::of(Table::InstalledEquipment)
            .filters(&[FILTERS, CREATED, MODIFIED])
            .sorts(SORTS)
            .hide(&["customFields", "attachments"]),
    ),
    Endpoint::get("/equipmentsystems/v2/tenant/{tenant}/installed-equipment/{id}", Table::InstalledEquipment),
    Endpoint::post("/equipmentsystems/v2/tenant/{tenant}/installed-equipment", CREATE, create),
    Endpoint::patch("/equipmentsystems/v2/tenant/{tenant}/installed-equipment/{id}", UPDATE, update),
];

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    check(call)?;
    let location = call.store.find(Table::Locations, id_of(&call.body, "locationId").unwrap_or_default())?;
    let id = call.store.new_id(Table::InstalledEquipment);
    let record = json!({
        "id": id,
        "active": true,
        "equipmentId": null,
        "locationId": call.given("locationId"),
        "customerId": id_of(&location, "customerId"),
        "invoiceItemId": null,
        "name": call.given_or("name", ""),
        "type": null,
        "installedOn": call.given("installedOn"),
        "createdOn": call.now_text(),
        "modifiedOn": call.now_text(),
        "serialNumber": call.given_or("serialNumber", ""),
        "barcodeId": call.given("barcodeId"),
        "memo": call.given_or("memo", ""),
        "manufacturer": call.given_or("manufacturer", ""),
        "model": call.given_or("model", ""),
        "cost": call.given_or("cost", 0),
        "status": call.given_or("status", "Installed"),
        "manufacturerWarrantyStart": call.given("manufacturerWarrantyStart"),
        "manufacturerWarrantyEnd": call.given("manufacturerWarrantyEnd"),
        "serviceProviderWarrantyStart": call.given("serviceProviderWarrantyStart"),
        "serviceProviderWarrantyEnd": call.given("serviceProviderWarrantyEnd"),
        "tags": [],
        "actualReplacementDate": call.given("actualReplacementDate"),
        "predictedReplacementMonths": null,
        "predictedReplacementDate": null,
        "customFields": [],
        "attachments": [],
    });
    let Value::Object(mut record) = record else { return Ok(Reply::Empty) };
    set_lists(call, &mut record);
    Ok(Reply::Json(call.insert(Table::InstalledEquipment, record.into()).into()))
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let id = call.id();
    let mut record = call.store.find(Table::InstalledEquipment, id)?;
    check(call)?;
    call.copy(
        &mut record,
        &[
            "name",
            "status",
            "installedOn",
            "actualReplacementDate",
            "serialNumber",
            "barcodeId",
            "memo",
            "manufacturer",
            "model",
            "manufacturerWarrantyStart",
            "manufacturerWarrantyEnd",
            "serviceProviderWarrantyStart",
            "serviceProviderWarrantyEnd",
        ],
    );
    if call.body.contains_key("cost") {
        record.insert("cost".to_owned(), call.given_or("cost", 0));
    }
    set_lists(call, &mut record);
    Ok(Reply::Json(call.put(Table::InstalledEquipment, id, record).into()))
}

fn check(call: &Call<'_>) -> Result<(), Problem> {
    call.checks()
        .exists("locationId", Table::Locations)
        .known("equipmentTypeId", EQUIPMENT_TYPES)
        .known("tagTypeIds", TAG_TYPES)
        .custom_fields(CUSTOM_FIELDS)
        .done()
}

/// What replies show in another form than bodies have it.
fn set_lists(call: &Call<'_>, record: &mut Object) {
    if let Some(id) = id_of(&call.body, "equipmentTypeId") {
        record.insert("type".to_owned(), json!({"id": id, "name": EQUIPMENT_TYPES.name(id)}));
    }
    if let Some(fields) = call.body.get("customFields") {
        record.insert("customFields".to_owned(), custom_fields(fields));
    }
    if call.body.contains_key("attachments") {
        let complete = |item: &Value| json!({"alias": item["alias"], "fileName": item["fileName"], "type": item["type"], "url": item["url"]});
        let given = call.given("attachments");
        let shown: Vec<Value> = given.as_array().into_iter().flatten().map(complete).collect();
        record.insert("attachments".to_owned(), shown.into());
    }
    if call.body.contains_key("tagTypeIds") {
        let owner = id_of(record, "id").unwrap_or_default();
        let tags: Vec<Value> = ids_of(&call.body, "tagTypeIds").into_iter().map(|id| tag(owner, id)).collect();
        record.insert("tags".to_owned(), tags.into());
    }
}

fn custom_fields(given: &Value) -> Value {
    let shown = |(at, item): (usize, &Value)| {
        let kind = as_id(&item["typeId"]).unwrap_or_default();
        let id = as_id(&item["id"]).unwrap_or_else(|| kind * 10 + i64::try_from(at).unwrap_or_default());
        json!({"id": id, "typeId": kind, "name": CUSTOM_FIELDS.name(kind), "value": item["value"]})
    };
    given.as_array().into_iter().flatten().enumerate().map(shown).collect()
}

fn tag(owner: i64, kind: i64) -> Value {
    json!({
        "id": kind * 10 + 1, "ownerId": owner, "typeId": kind, "typeName": TAG_TYPES.name(kind),
        "memo": null, "color": "#2f6fab", "textColor": "#ffffff", "code": null,
    })
}

fn render(world: &World, slot: u32, json: &mut Json<'_>) {
    let keys = world.keys(Table::InstalledEquipment, slot);
    let mut dice = world.dice(Table::InstalledEquipment, slot);
    let location = if slot == 0 { 0 } else { dice.below(world.count(Table::Locations).max(1)) };
    let (kind, name) = dice.pick(EQUIPMENT_TYPES.entries);
    let (maker, number) = (dice.pick(MAKERS), dice.below(900_000));
    let installed = keys.created.start_of_day();
    let replaced = dice.one_in(9);
    json.put("id", keys.id).put("active", keys.active).null("equipmentId");
    json.put("locationId", world.id(Table::Locations, location));
    json.put("customerId", world.id(Table::Customers, location)).null("invoiceItemId");
    json.put("name", format!("{maker} {name}"));
    json.nested("type", |json| {
        json.put("id", kind).put("name", name);
    });
    json.put("installedOn", installed).put("createdOn", keys.created).put("modifiedOn", keys.modified);
    json.put("serialNumber", format!("SN{:07}", 1_000_000 + number)).null("barcodeId").put("memo", "");
    json.put("manufacturer", maker).put("model", format!("{}-{:03}", &maker[..1], number % 1000));
    json.put("cost", Money(42_000 + dice.below_i64(600_000)));
    json.put("status", if replaced { "Replaced" } else { "Installed" });
    json.put("manufacturerWarrantyStart", installed)
        .put("manufacturerWarrantyEnd", installed.plus_seconds(315_360_000));
    json.put("serviceProviderWarrantyStart", installed);
    json.put("serviceProviderWarrantyEnd", installed.plus_seconds(31_536_000));
    json.put("tags", &[] as &[i64]);
    json.put("actualReplacementDate", replaced.then_some(Day(keys.modified)))
        .put("predictedReplacementMonths", 144_i64);
    json.put("predictedReplacementDate", Day(installed.plus_seconds(378_432_000)));
    json.put("customFields", &[] as &[i64]).put("attachments", &[] as &[i64]);
}
