//! Items of an invoice: add or update, delete.

use super::invoices::{self, INVOICES};
use crate::data::field::{Mode, NewRecord};
use crate::resources::call::{apply, build};
use crate::resources::prelude::*;
use crate::resources::settings::technicians::TECHNICIANS;

/// Ids of seeded items, apart from all others: three for each invoice.
const FIRST_ID: i64 = 500_000_000_000;
/// Ids of items made at run time.
const FIRST_NEW_ID: i64 = 600_000_000_000;

pub(super) static FIELDS: &[Field] = &[
    id("id").optional().initially_of(|new| new.id.into()).seed(&|s| first_id(s.slot)),
    text("description").required().seed(&|s| sku(s).1),
    decimal("quantity").required().initially("\"1\"").convert(digits).seed(&|_| "1.0"),
    decimal("cost").optional().initially("\"0.00\"").convert(digits).seed(&|s| cost(s)),
    text("totalCost").initially("0.00").seed(&|s| cost(s)),
    id("budgetCodeId").optional(),
    id("inventoryLocationId").optional(),
    text("inventoryWarehouseName").optional().stored_as("inventoryLocation"),
    decimal("unitPrice").optional().stored_as("price").initially("\"0.00\"").convert(digits).seed(&|s| price(s)),
    text("type").initially("Service"),
    text("skuName").optional().seed(&|s| sku(s).1),
    id("skuId").optional().known(SKUS).initially("0").seed(&|s| sku(s).0),
    text("total").initially("0.00").seed(&|s| price(s)),
    flag("inventory"),
    flag("taxable").initially("true"),
    flag("isChargeable").initially("true"),
    text("generalLedgerAccount"),
    text("costOfSaleAccount"),
    text("assetAccount"),
    id("membershipTypeId").initially("0"),
    object("itemGroup", &[]),
    text("displayName").seed(&|s| sku(s).1),
    decimal("soldHours"),
    moment("createdOn").initially_of(now),
    MODIFIED_ON,
    moment("installedOn").optional().stored_as("serviceDate"),
    id("order").initially("1"),
    text("businessUnit"),
    CREATED_BY,
    decimal("displayInAmount"),
    text("importId"),
    text("exportId"),
    text("inventoryStatus"),
    flag("isAddOn").optional().stored_as("addOn"),
    decimal("memberPrice"),
    id("technicianId").optional().exists(&TECHNICIANS).seed(&|_| Value::Null),
    id("installedEquipmentId"),
    id("estimateItemId"),
    text("signature").optional().body_only(),
    text("technicianAcknowledgementSignature").optional().body_only(),
    flag("skipUpdatingMembershipPrices").optional().body_only(),
    text("itemGroupName").optional().body_only(),
    id("itemGroupRootId").optional().body_only(),
    id("durationBillingId").optional().body_only(),
];

pub(super) static KIND: Kind = Kind::Object(FIELDS);

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let mut record = call.subject()?;
    call.check().done()?;
    let mut items = items_of(&record, "items").to_vec();
    let id = id_of(&call.body, "id");
    let place = items.iter().position(|item| id.is_some() && item["id"].as_i64() == id);
    match place {
        Some(at) => items[at] = changed(call, &call.body, &items[at]),
        None if id.is_some() => return Err(Problem::field("id", "The invoice has no item with this id.")),
        None => items.push(added(call, &call.body, 0)),
    }
    set(&mut record, "items", items);
    add_up(&mut record);
    call.put(&INVOICES, call.id(), record);
    Ok(Reply::Empty)
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let (invoice, item) = (call.parent_id(), call.id());
    let mut record = call.find(&INVOICES, invoice)?;
    let mut items = items_of(&record, "items").to_vec();
    let before = items.len();
    items.retain(|own| own["id"].as_i64() != Some(item));
    if items.len() == before {
        return Err(Problem::not_found("Invoice item", item));
    }
    set(&mut record, "items", items);
    add_up(&mut record);
    call.put(&INVOICES, invoice, record);
    Ok(Reply::Empty)
}

pub(crate) fn replace(call: &Call<'_>, record: &mut Object, given: &[Value]) {
    let items = given.iter().enumerate().filter_map(|(at, item)| {
        let given = item.as_object()?;
        let id = id_of(given, "id");
        let old = items_of(record, "items").iter().find(|own| id.is_some() && own["id"].as_i64() == id);
        Some(old.map_or_else(|| added(call, given, at), |old| changed(call, given, old)))
    });
    let items: Vec<Value> = items.collect();
    set(record, "items", items);
    if !call.body.contains_key("subtotal") {
        add_up(record);
    }
}

/// A new item; those of one body get ids one after the other.
fn added(call: &Call<'_>, given: &Object, at: usize) -> Value {
    let version = i64::try_from(call.store.version).unwrap_or_default();
    let id = FIRST_NEW_ID + version * 1000 + i64::try_from(at).unwrap_or_default();
    let mut item = build(FIELDS, &NewRecord { id, now: call.now }, given);
    set(&mut item, "id", id);
    complete(given, &mut item);
    item.into()
}

fn changed(call: &Call<'_>, given: &Object, old: &Value) -> Value {
    let mut item = old.as_object().cloned().unwrap_or_default();
    let mut given = given.clone();
    // Null leaves the old value here.
    given.retain(|_, value| !value.is_null());
    apply(FIELDS, Mode::Create, &NewRecord { id: 0, now: call.now }, &given, &mut item);
    set(&mut item, "modifiedOn", call.now_text());
    complete(&given, &mut item);
    item.into()
}

/// What follows from other fields.
fn complete(given: &Object, item: &mut Object) {
    let times = |item: &Object, key: &str| {
        let own = |key: &str| text_of(item, key).and_then(cents);
        decimal_text(own(key).unwrap_or_default() * own("quantity").unwrap_or(100) / 100)
    };
    set(item, "total", times(item, "price"));
    if given.contains_key("cost") {
        set(item, "totalCost", times(item, "cost"));
    }
    if let Some(name) =
        id_of(given, "skuId").and_then(|sku| SKUS.name(sku)).filter(|_| text_of(given, "skuName").is_none())
    {
        set(item, "skuName", name);
    }
    if let Some(root) = id_of(given, "itemGroupRootId") {
        set(item, "itemGroup", json!({"rootId": root, "name": given.get("itemGroupName")}));
    }
}

/// The digits of a number as they came.
pub(super) fn digits(_: &Field, given: &Value) -> Value {
    given.to_string().into()
}

/// Subtotal, total and balance follow from the items; tax stays.
fn add_up(record: &mut Object) {
    let total_of = |item: &Value| item["total"].as_str().and_then(cents).unwrap_or_default();
    let subtotal: i64 = items_of(record, "items").iter().map(total_of).sum();
    invoices::set_amounts(record, decimal_text(subtotal));
}

fn first_id(slot: u32) -> i64 {
    if slot == 0 { DOCUMENTED } else { FIRST_ID + i64::from(slot) * 3 }
}

fn sku(s: &Seed<'_>) -> (i64, &'static str) {
    s.facts(invoices::facts).sku
}

fn price(s: &Seed<'_>) -> MoneyText {
    MoneyText(s.facts(invoices::facts).amounts.subtotal)
}

fn cost(s: &Seed<'_>) -> MoneyText {
    MoneyText(price(s).0 * 2 / 5)
}
