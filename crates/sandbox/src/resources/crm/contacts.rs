//! Contacts of customers: create, list below a customer and across customers, update, delete.

use super::customers::CUSTOMERS;
use crate::resources::call::find;
use crate::resources::prelude::*;

/// Two for each customer: a telephone number and an e-mail address.
pub(crate) static CONTACTS: Table = Table::new("contacts", "Contact", 4, FIELDS).size(Size::Per(2, &CUSTOMERS));

submit!(Resource::new(
    &CONTACTS,
    &[
        Endpoint::list_of("/crm/v2/tenant/{tenant}/customers/contacts", LIST.unsorted().check(needs_a_filter)),
        Endpoint::list_of(
            "/crm/v2/tenant/{tenant}/customers/{id}/contacts",
            LIST.unfiltered().unsorted().below(CUSTOMER).hide(&["customerId"])
        ),
        Endpoint::create("/crm/v2/tenant/{tenant}/customers/{id}/contacts", create),
        Endpoint::update_with("/crm/v2/tenant/{tenant}/customers/{id}/contacts/{contactId}", update),
        Endpoint::delete("/crm/v2/tenant/{tenant}/customers/{id}/contacts/{contactId}", delete),
    ]
));

const CUSTOMER: Parent = Parent {
    field: "customerId",
    check: |store, id| find(store, &CUSTOMERS, id).map(|_| ()),
    seeded: Some(|data, id| data.slot(&CUSTOMERS, id).map_or(0..0, |slot| slot * 2..slot * 2 + 2)),
};

static FIELDS: &[Field] = &[
    ID.unfiltered(),
    choice("type", &["Phone", "Email", "Fax", "MobilePhone"]).required().updatable().seed(&|s| kind(s)),
    text("value").required().updatable().seed(&|s| s.own(value)),
    text("memo").editable().seed(&|s| s.one_in(4).then_some("Prefers mornings")),
    MODIFIED_ON,
    object("phoneSettings", &[]).seed(&|s| phone_settings(&phone(s).into())),
    CREATED_ON,
    object("preferences", PREFERENCES).updatable().seed_parts(),
    id("customerId").filter_by("customerIds", Test::AnyId(usize::MAX)).seed(&|s| CUSTOMERS.id(s.slot / 2)),
];

/// The fields of a contact in another body.
pub(crate) static KIND: Kind = Kind::Object(FIELDS);

const PREFERENCES: &[Field] = &[
    flag("jobRemindersEnabled").required().initially("true"),
    flag("marketingUpdatesEnabled").required().seed(&|s| s.one_in(2)),
    flag("invoiceStatementNotification").required().initially("true"),
];

fn needs_a_filter(query: &Query) -> Result<(), Problem> {
    let given = ["customerIds", "modifiedBefore", "modifiedOnOrAfter"].iter().any(|name| query.get(name).is_some());
    let message = "One of customerIds, modifiedBefore and modifiedOnOrAfter must be specified.";
    if given { Ok(()) } else { Err(Problem::field("modifiedOnOrAfter", message)) }
}

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let customer = call.id();
    call.find(&CUSTOMERS, customer)?;
    check_value(&call.body)?;
    let given = Value::Object(call.body.clone());
    Ok(Reply::Json(shown(add(call, customer, &given))))
}

/// An e-mail address has an at sign.
fn check_value(contact: &Object) -> Result<(), Problem> {
    let value = text_of(contact, "value").unwrap_or_default();
    if value.trim().is_empty() {
        return Err(Problem::field("value", "The value field is required."));
    }
    if text_of(contact, "type") == Some("Email") && !value.contains('@') {
        return Err(Problem::field("value", "The value is not a valid e-mail address."));
    }
    Ok(())
}

/// Adds the contacts of a new customer and returns them as the response to it shows them.
pub(crate) fn add_all(call: &mut Call<'_>, customer: i64) -> Vec<Value> {
    let contacts = items_of(&call.body, "contacts").to_vec();
    contacts.iter().map(|contact| short(&add(call, customer, contact).into())).collect()
}

fn add(call: &mut Call<'_>, customer: i64, given: &Value) -> Object {
    let Value::Object(given) = given else { return Object::new() };
    let mut record = call.new_record_of(&CONTACTS, given);
    set(&mut record, "phoneSettings", phone_settings(&value_of(given, "value")));
    set(&mut record, "customerId", customer);
    call.add(&CONTACTS, record, given)
}

fn phone_settings(value: &Value) -> Value {
    json!({"phoneNumber": value, "doNotText": false})
}

fn short(contact: &Value) -> Value {
    json!({"id": contact["id"], "type": contact["type"], "value": contact["value"], "memo": contact["memo"]})
}

/// A contact of a location. The API shows it in the response to the location's creation; no endpoint here lists it.
pub(crate) fn of_location(call: &mut Call<'_>, given: &Value) -> Value {
    let mut contact = given.clone();
    contact["id"] = call.store.new_id(&CONTACTS).into();
    short(&contact)
}

/// A contact without the customer, whose id is in the path.
fn shown(mut record: Object) -> Value {
    record.shift_remove("customerId");
    record.into()
}

/// The contact in the path, which has to belong to the customer in the path.
fn subject(call: &Call<'_>) -> Result<Object, Problem> {
    call.find(&CUSTOMERS, call.parent_id())?;
    let record = call.subject()?;
    if id_of(&record, "customerId") == Some(call.parent_id()) {
        return Ok(record);
    }
    Err(Problem::not_found(CONTACTS.noun, call.id()))
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let mut record = subject(call)?;
    call.apply(&mut record);
    check_value(&record)?;
    if let Some(value) = call.body.get("value") {
        set(&mut record, "phoneSettings", phone_settings(value));
    }
    Ok(Reply::Json(shown(call.save(record))))
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Problem> {
    subject(call)?;
    call.remove(&CONTACTS, call.id());
    Ok(Reply::Empty)
}

fn kind(s: &mut Seed<'_>) -> &'static str {
    match (has_phone(s.slot), s.one_in(2)) {
        (true, true) => "MobilePhone",
        (true, false) => "Phone",
        (false, _) => "Email",
    }
}

fn has_phone(slot: u32) -> bool {
    slot.is_multiple_of(2)
}

fn value(data: &SeedData, slot: u32) -> String {
    let mut rng = data.rng(&CONTACTS, slot, "value");
    if has_phone(slot) {
        return words::phone(&mut rng);
    }
    let (first, last) = words::names(&mut rng);
    words::email(first, last, slot)
}

fn phone(s: &Seed<'_>) -> String {
    if has_phone(s.slot) { s.own(value) } else { String::new() }
}
