//! Contacts of customers: create, list below a customer and across customers, update, delete.

use serde_json::{Value, json};

use super::shared::CONTACT_TYPES;
use crate::call::{Call, Reply};
use crate::filters::{CREATED, Filter, MODIFIED, Test, by};
use crate::json::{Json, Object, id_of, text_of};
use crate::listing::{Listing, Parent};
use crate::problem::Problem;
use crate::query::Query;
use crate::route::Endpoint;
use crate::schema::{Field, choice, flag, object, text};
use crate::words;
use crate::world::{ABOVE_DOUBLE, DOCUMENTED, Size, Spec, Table, World};

pub(crate) static TABLE: Spec = Spec {
    table: Table::Contacts,
    name: "contacts",
    noun: "Contact",
    ids: &[DOCUMENTED, ABOVE_DOUBLE],
    // A telephone number and a mail address for each.
    size: Size::Per(2, Table::Customers),
    inactive: 0,
    render,
};

const FILTERS: &[Filter] = &[by("customerIds", Test::AnyId("customerId", usize::MAX))];

const CREATE: &[Field] = &[choice("type", CONTACT_TYPES).required(), text("value").required(), text("memo").nullable()];

const PREFERENCES: &[Field] = &[
    flag("jobRemindersEnabled").required(),
    flag("marketingUpdatesEnabled").required(),
    flag("invoiceStatementNotification").required(),
];

const UPDATE: &[Field] =
    &[choice("type", CONTACT_TYPES), text("value"), text("memo"), object("preferences", PREFERENCES)];

const CUSTOMER: Parent = Parent {
    field: "customerId",
    check: |store, id| store.find(Table::Customers, id).map(|_| ()),
    seeded: Some(|world, id| match world.slot(Table::Customers, id) {
        Some(slot) => slot * 2..slot * 2 + 2,
        None => 0..0,
    }),
};

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::list(
        "/crm/v2/tenant/{tenant}/customers/contacts",
        Listing::of(Table::Contacts).filters(&[FILTERS, CREATED, MODIFIED]).check(needs_a_filter),
    ),
    Endpoint::list(
        "/crm/v2/tenant/{tenant}/customers/{id}/contacts",
        Listing::of(Table::Contacts).below(CUSTOMER).hide(&["customerId"]),
    ),
    Endpoint::post("/crm/v2/tenant/{tenant}/customers/{id}/contacts", CREATE, create),
    Endpoint::patch("/crm/v2/tenant/{tenant}/customers/{id}/contacts/{contactId}", UPDATE, update),
    Endpoint::delete("/crm/v2/tenant/{tenant}/customers/{id}/contacts/{contactId}", delete),
];

fn needs_a_filter(query: &Query) -> Result<(), Problem> {
    let given = ["customerIds", "modifiedBefore", "modifiedOnOrAfter"].iter().any(|name| query.get(name).is_some());
    let message = "One of customerIds, modifiedBefore and modifiedOnOrAfter must be specified.";
    if given { Ok(()) } else { Err(Problem::field("modifiedOnOrAfter", message)) }
}

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let customer = call.id();
    call.store.find(Table::Customers, customer)?;
    check_value(text_of(&call.body, "type"), text_of(&call.body, "value"))?;
    let given = Value::Object(call.body.clone());
    Ok(Reply::Json(shown(add(call, customer, &given))))
}

/// A mail address has an at sign.
fn check_value(kind: Option<&str>, value: Option<&str>) -> Result<(), Problem> {
    let value = value.unwrap_or_default();
    if value.trim().is_empty() {
        return Err(Problem::field("value", "The value field is required."));
    }
    if kind == Some("Email") && !value.contains('@') {
        return Err(Problem::field("value", "The value is not a valid e-mail address."));
    }
    Ok(())
}

/// Adds the contacts that a new customer brings.
pub(crate) fn add_all(call: &mut Call<'_>, customer: i64, given: &Value) -> Vec<Object> {
    given.as_array().into_iter().flatten().map(|contact| add(call, customer, contact)).collect()
}

fn add(call: &mut Call<'_>, customer: i64, given: &Value) -> Object {
    let id = call.store.new_id(Table::Contacts);
    let record = json!({
        "id": id,
        "type": given["type"],
        "value": given["value"],
        "memo": given["memo"],
        "modifiedOn": call.now_text(),
        "phoneSettings": phone_settings(&given["value"]),
        "createdOn": call.now_text(),
        "preferences": null,
        "customerId": customer,
    });
    call.insert(Table::Contacts, record)
}

fn phone_settings(value: &Value) -> Value {
    json!({"phoneNumber": value, "doNotText": false})
}

/// A contact as the reply to a new customer shows it.
pub(crate) fn short(contact: &Object) -> Value {
    let field = |key: &str| contact.get(key).cloned().unwrap_or(Value::Null);
    json!({"id": field("id"), "type": field("type"), "value": field("value"), "memo": field("memo")})
}

/// Contacts of a location: the API shows them in the reply to its creation; no endpoint here lists them.
pub(crate) fn of_location(call: &mut Call<'_>, given: &Value) -> Vec<Value> {
    let made = |contact: &Value| {
        let id = call.store.new_id(Table::Contacts);
        json!({"id": id, "type": contact["type"], "value": contact["value"], "memo": contact["memo"]})
    };
    given.as_array().into_iter().flatten().map(made).collect()
}

/// Below a customer its id goes without saying.
fn shown(mut record: Object) -> Value {
    record.shift_remove("customerId");
    record.into()
}

/// The contact in the path, which has to belong to the customer in the path.
fn subject(call: &Call<'_>) -> Result<Object, Problem> {
    let customer = call.ids.first().copied().unwrap_or_default();
    call.store.find(Table::Customers, customer)?;
    let record = call.store.find(Table::Contacts, call.id())?;
    if id_of(&record, "customerId") == Some(customer) {
        return Ok(record);
    }
    Err(Problem::not_found(TABLE.noun, call.id()))
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let mut record = subject(call)?;
    call.copy(&mut record, &["type", "value", "memo", "preferences"]);
    check_value(text_of(&record, "type"), text_of(&record, "value"))?;
    if let Some(value) = call.body.get("value") {
        record.insert("phoneSettings".to_owned(), phone_settings(value));
    }
    let id = call.id();
    Ok(Reply::Json(shown(call.put(Table::Contacts, id, record))))
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Problem> {
    subject(call)?;
    let id = call.id();
    call.store.remove(Table::Contacts, id);
    call.touched.push(id);
    Ok(Reply::Empty)
}

fn render(world: &World, slot: u32, json: &mut Json<'_>) {
    let keys = world.keys(Table::Contacts, slot);
    let mut dice = world.dice(Table::Contacts, slot);
    let by_phone = slot.is_multiple_of(2);
    let value = if by_phone {
        words::phone(&mut dice)
    } else {
        let (first, last) = words::names(&mut dice);
        words::email(first, last, slot)
    };
    json.put("id", keys.id).put(
        "type",
        match (by_phone, dice.one_in(2)) {
            (true, true) => "MobilePhone",
            (true, false) => "Phone",
            (false, _) => "Email",
        },
    );
    json.put("value", value.as_str()).put("memo", dice.one_in(4).then_some("Prefers mornings"));
    json.put("modifiedOn", keys.modified);
    json.nested("phoneSettings", |json| {
        json.put("phoneNumber", if by_phone { value.as_str() } else { "" }).put("doNotText", false);
    });
    json.put("createdOn", keys.created);
    json.nested("preferences", |json| {
        json.put("jobRemindersEnabled", true).put("marketingUpdatesEnabled", dice.one_in(2));
        json.put("invoiceStatementNotification", true);
    });
    json.put("customerId", world.id(Table::Customers, slot / 2));
}
