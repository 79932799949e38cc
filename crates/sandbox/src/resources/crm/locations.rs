//! Locations of customers: create, get, list, update.

use super::contacts;
use super::customers::{self, CUSTOMERS};
use crate::resources::prelude::*;
use crate::resources::shared::{CUSTOM_FIELD, complete};

pub(crate) static LOCATIONS: Table =
    Table::new("locations", "Location", 10, FIELDS).size(Size::Per(1, &CUSTOMERS)).one_inactive_in(25);

submit!(Resource::new(
    &LOCATIONS,
    &[
        Endpoint::list("/crm/v2/tenant/{tenant}/locations"),
        Endpoint::get("/crm/v2/tenant/{tenant}/locations/{id}"),
        Endpoint::create("/crm/v2/tenant/{tenant}/locations", create),
        Endpoint::update("/crm/v2/tenant/{tenant}/locations/{id}"),
    ]
));

static FIELDS: &[Field] = &[
    ID,
    id("customerId").required().updatable().exists(&CUSTOMERS).filter().seed(&|s| CUSTOMERS.id(s.slot)),
    ACTIVE.updatable(),
    text("name").required().updatable().filter_contains().seed(&|s| s.own(customers::name)),
    object("address", ADDRESS)
        .required()
        .updatable()
        .convert(complete)
        .filter_parts()
        .seed(&|s| s.own(customers::home)),
    custom_fields(&CUSTOM_FIELD).seed(&|s| custom_field(s, 4, "4417#")),
    CREATED_ON,
    CREATED_BY,
    MODIFIED_ON,
    id("mergedToId"),
    id("zoneId"),
    flag("taxExempt"),
    TAGS,
    EXTERNAL_DATA,
    id("taxZoneId").updatable().known(TAX_ZONES),
    list("contacts", &contacts::KIND).optional().body_only(),
    choice("coordinatesSource", &["None", "System", "User", "Imported"]).optional().body_only(),
    choice("coordinatesVerificationStatus", &["Unverified", "InProgress", "Failed", "Verified"]).optional().body_only(),
];

/// A location in the body of its customer: all fields but the two ids.
pub(crate) static OF_CUSTOMER: Kind = Kind::Object(FIELDS.split_at(2).1);

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    call.check().done()?;
    let customer = id_of(&call.body, "customerId").unwrap_or_default();
    let body = Value::Object(call.body.clone());
    Ok(Reply::Json(add(call, customer, &body)))
}

/// Adds a checked location and returns it with its contacts.
pub(crate) fn add(call: &mut Call<'_>, customer: i64, given: &Value) -> Value {
    let Value::Object(given) = given else { return Value::Null };
    let mut record = call.new_record_of(&LOCATIONS, given);
    set(&mut record, "customerId", customer);
    let mut record = call.add(&LOCATIONS, record, given);
    let contacts: Vec<Value> =
        items_of(given, "contacts").iter().map(|contact| contacts::of_location(call, contact)).collect();
    set(&mut record, "contacts", contacts);
    record.into()
}
