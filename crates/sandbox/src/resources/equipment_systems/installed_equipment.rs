//! Equipment at locations: create, get, list, update.

use super::attachments;
use crate::resources::crm::customers::CUSTOMERS;
use crate::resources::crm::locations::LOCATIONS;
use crate::resources::prelude::*;
use crate::resources::shared::complete;

pub(crate) static INSTALLED_EQUIPMENT: Table = Table::new("installed-equipment", "Installed equipment", 6, FIELDS)
    .first_ids(&[1_234_567_890, ABOVE_DOUBLE])
    .one_inactive_in(15);

submit!(Resource::new(
    &INSTALLED_EQUIPMENT,
    &[
        Endpoint::list_of(
            "/equipmentsystems/v2/tenant/{tenant}/installed-equipment",
            LIST.hide(&["customFields", "attachments"])
        ),
        Endpoint::get("/equipmentsystems/v2/tenant/{tenant}/installed-equipment/{id}"),
        Endpoint::create("/equipmentsystems/v2/tenant/{tenant}/installed-equipment", create),
        Endpoint::update_with("/equipmentsystems/v2/tenant/{tenant}/installed-equipment/{id}", |call| Ok(call
            .update(set_tags)?
            .into())),
        attachments::UPLOAD,
        attachments::DOWNLOAD,
    ]
));

static FIELDS: &[Field] = &[
    ID,
    ACTIVE,
    id("equipmentId"),
    id("locationId")
        .required()
        .exists(&LOCATIONS)
        .filter_by("locationIds", Test::AnyId(usize::MAX))
        .seed(&|s| LOCATIONS.id(location(s))),
    id("customerId").seed(&|s| CUSTOMERS.id(location(s))),
    id("invoiceItemId"),
    text("name").editable().initially("").seed(&|s| format!("{} {}", maker(s), kind(s).name)),
    id("equipmentTypeId").editable().known(EQUIPMENT_TYPES).stored_as("type").convert(named).seed(&|s| kind(s)),
    moment("installedOn").resettable().seed(&|s| installed(s)),
    CREATED_ON,
    MODIFIED_ON,
    text("serialNumber").editable().initially("").seed(&|s| format!("SN{:07}", 1_000_000 + number(s))),
    text("barcodeId").editable(),
    text("memo").editable().initially(""),
    text("manufacturer").editable().initially("").seed(&|s| maker(s)),
    text("model").editable().initially("").seed(&|s| model(s)),
    decimal("cost").resettable().initially("0").seed(&|s| Money(42_000 + s.rng.below_i64(600_000))),
    choice("status", &["Installed", "Replaced"]).editable().initially("Installed").seed(&|s| status(s)),
    moment("manufacturerWarrantyStart").resettable().seed(&|s| installed(s)),
    moment("manufacturerWarrantyEnd").resettable().seed(&|s| installed(s).plus_days(10 * 365)),
    moment("serviceProviderWarrantyStart").resettable().seed(&|s| installed(s)),
    moment("serviceProviderWarrantyEnd").resettable().seed(&|s| installed(s).plus_days(365)),
    ids("tagTypeIds").editable().known(TAG_TYPES).stored_as("tags").convert(|_, _| json!([])),
    day("actualReplacementDate").resettable().seed(&|s| is_replaced(s).then_some(Day(s.keys.modified))),
    id("predictedReplacementMonths").seed(&|_| 144),
    day("predictedReplacementDate").seed(&|s| Day(installed(s).plus_days(12 * 365))),
    list("customFields", &CUSTOM_FIELD).editable().convert(with_ids),
    list("attachments", &ATTACHMENT).editable().convert(complete),
];

const CUSTOM_FIELD: Kind =
    Kind::Object(&[id("id").optional(), id("typeId").optional().known(CUSTOM_FIELDS), text("value").optional()]);

const ATTACHMENT: Kind = Kind::Object(&[
    text("alias").optional(),
    text("fileName").optional(),
    choice("type", &["Other", "Image", "VideoFile", "VideoLink", "Document"]).required(),
    text("url").required(),
]);

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let record = call.create(|call, record| {
        let location = call.store.get(&LOCATIONS, id_of(record, "locationId").unwrap_or_default()).unwrap_or_default();
        set(record, "customerId", value_of(&location, "customerId"));
        set_tags(call, record);
    })?;
    Ok(record.into())
}

/// Records show tags with their owner, which is the equipment.
fn set_tags(call: &Call<'_>, record: &mut Object) {
    if !call.body.contains_key("tagTypeIds") {
        return;
    }
    let tag = |kind: i64| {
        json!({
            "id": kind * 10 + 1, "ownerId": record["id"], "typeId": kind, "typeName": TAG_TYPES.name(kind),
            "memo": null, "color": "#2f6fab", "textColor": "#ffffff", "code": null,
        })
    };
    let tags: Vec<Value> = ids_of(&call.body, "tagTypeIds").into_iter().map(tag).collect();
    set(record, "tags", tags);
}

fn with_ids(_: &Field, given: &Value) -> Value {
    let shown = |(at, item): (usize, &Value)| {
        let kind = item["typeId"].as_i64().unwrap_or_default();
        let id = item["id"].as_i64().unwrap_or_else(|| kind * 10 + i64::try_from(at).unwrap_or_default());
        json!({"id": id, "typeId": kind, "name": CUSTOM_FIELDS.name(kind), "value": item["value"]})
    };
    given.as_array().into_iter().flatten().enumerate().map(shown).collect()
}

fn location(s: &Seed<'_>) -> u32 {
    let mut rng = s.data.rng(&INSTALLED_EQUIPMENT, s.slot, "location");
    if s.slot == 0 { 0 } else { rng.below(s.data.count(&LOCATIONS)) }
}

fn kind(s: &Seed<'_>) -> Named<&'static str> {
    let (id, name) = s.data.rng(&INSTALLED_EQUIPMENT, s.slot, "kind").pick(EQUIPMENT_TYPES.entries);
    Named { id, name }
}

fn maker(s: &Seed<'_>) -> &'static str {
    let makers = &["Carrier", "Trane", "Lennox", "Rheem", "Goodman", "Bosch", "Navien", "A. O. Smith"];
    s.data.rng(&INSTALLED_EQUIPMENT, s.slot, "maker").pick(makers)
}

fn number(s: &Seed<'_>) -> u32 {
    s.data.rng(&INSTALLED_EQUIPMENT, s.slot, "number").below(900_000)
}

fn model(s: &Seed<'_>) -> String {
    format!("{}-{:03}", &maker(s)[..1], number(s) % 1000)
}

fn installed(s: &Seed<'_>) -> Timestamp {
    s.keys.created.start_of_day()
}

fn is_replaced(s: &Seed<'_>) -> bool {
    s.data.rng(&INSTALLED_EQUIPMENT, s.slot, "replaced").one_in(9)
}

fn status(s: &Seed<'_>) -> &'static str {
    if is_replaced(s) { "Replaced" } else { "Installed" }
}
