//! Items of an invoice: add or update, delete.

use serde_json::{Value, json};

use super::invoices::{cents, decimal_text};
use crate::call::{API_USER, Call, Reply};
use crate::json::{Json, MoneyText, Object, as_id, id_of, text_of};
use crate::problem::Problem;
use crate::references::SKUS;
use crate::route::Endpoint;
use crate::schema::{Field, decimal, flag, id, moment, text};
use crate::store::Store;
use crate::world::{DOCUMENTED, Table, World};

/// Ids of seeded items: that of their invoice moved out of the way of all others.
const ID_OFFSET: i64 = 500_000_000_000;

pub(crate) const ITEM: &[Field] = &[
    id("skuId").nullable(),
    text("skuName").nullable(),
    id("technicianId").nullable(),
    text("description").required(),
    decimal("quantity").required(),
    decimal("unitPrice").nullable(),
    decimal("cost").nullable(),
    flag("isAddOn").nullable(),
    text("signature").nullable(),
    text("technicianAcknowledgementSignature").nullable(),
    moment("installedOn").nullable(),
    text("inventoryWarehouseName").nullable(),
    flag("skipUpdatingMembershipPrices").nullable(),
    text("itemGroupName").nullable(),
    id("itemGroupRootId").nullable(),
    id("inventoryLocationId").nullable(),
    id("durationBillingId").nullable(),
    id("budgetCodeId").nullable(),
    id("id").nullable(),
];

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::patch("/accounting/v2/tenant/{tenant}/invoices/{invoiceId}/items", ITEM, update),
    Endpoint::delete("/accounting/v2/tenant/{tenant}/invoices/{invoiceId}/items/{itemId}", delete),
];

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let id = call.id();
    let mut record = call.store.find(Table::Invoices, id)?;
    let given = Value::Object(call.body.clone());
    check(call.store, &given, "")?;
    let mut items = items_of(&record);
    let item = id_of(&call.body, "id");
    match items.iter().position(|own| item.is_some() && as_id(&own["id"]) == item) {
        Some(at) => items[at] = filled(call, &given, &items[at]),
        None if item.is_some() => return Err(Problem::field("id", "The invoice has no item with this id.")),
        None => items.push(filled(call, &given, &Value::Null)),
    }
    record.insert("items".to_owned(), items.into());
    add_up(&mut record);
    call.put(Table::Invoices, id, record);
    Ok(Reply::Empty)
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let (invoice, item) = (call.ids.first().copied().unwrap_or_default(), call.id());
    let mut record = call.store.find(Table::Invoices, invoice)?;
    let mut items = items_of(&record);
    let before = items.len();
    items.retain(|own| as_id(&own["id"]) != Some(item));
    if items.len() == before {
        return Err(Problem::not_found("Invoice item", item));
    }
    record.insert("items".to_owned(), items.into());
    add_up(&mut record);
    call.put(Table::Invoices, invoice, record);
    Ok(Reply::Empty)
}

/// What an item names exists; `at` goes before the names of the fields.
pub(crate) fn check(store: &Store, item: &Value, at: &str) -> Result<(), Problem> {
    let mut faults = Vec::new();
    if let Some(sku) = as_id(&item["skuId"]).filter(|sku| !SKUS.has(*sku)) {
        let message = format!("SKU with id {sku} does not exist (this sandbox has {}).", SKUS.some_ids());
        faults.push((format!("{at}skuId"), message));
    }
    if let Some(technician) = as_id(&item["technicianId"]).filter(|id| !store.has(Table::Technicians, *id)) {
        faults.push((format!("{at}technicianId"), format!("Technician with id {technician} does not exist.")));
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

/// Puts these items in the place of all that were there.
pub(crate) fn replace(call: &Call<'_>, record: &mut Object, given: &[Value]) {
    let known = items_of(record);
    let mut items = Vec::new();
    for (at, item) in given.iter().enumerate() {
        let id = as_id(&item["id"]);
        let old = known.iter().find(|own| id.is_some() && as_id(&own["id"]) == id);
        let mut made = filled(call, item, old.unwrap_or(&Value::Null));
        if old.is_none() {
            // Items of one body get ids one after the other.
            made["id"] = (as_id(&made["id"]).unwrap_or_default() + i64::try_from(at).unwrap_or_default()).into();
        }
        items.push(made);
    }
    record.insert("items".to_owned(), items.into());
    if !call.body.contains_key("subtotal") {
        add_up(record);
    }
}

fn items_of(record: &Object) -> Vec<Value> {
    record.get("items").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// An item as replies show it: the given fields over the old ones.
fn filled(call: &Call<'_>, given: &Value, old: &Value) -> Value {
    let mut item = if old.is_null() { blank(call) } else { old.clone() };
    let price = amount(&given["unitPrice"]).or_else(|| old["price"].as_str().map(str::to_owned));
    let price = price.unwrap_or_else(|| "0.00".to_owned());
    let quantity = amount(&given["quantity"]).unwrap_or_else(|| "1".to_owned());
    item["description"] = given["description"].clone();
    item["total"] = decimal_text(times(&price, &quantity)).into();
    item["price"] = price.into();
    if let Some(cost) = amount(&given["cost"]) {
        item["totalCost"] = decimal_text(times(&cost, &quantity)).into();
        item["cost"] = cost.into();
    }
    item["quantity"] = quantity.into();
    if let Some(sku) = as_id(&given["skuId"]) {
        item["skuId"] = sku.into();
        item["skuName"] = SKUS.name(sku).into();
    }
    for (from, to) in [
        ("skuName", "skuName"),
        ("technicianId", "technicianId"),
        ("inventoryLocationId", "inventoryLocationId"),
        ("inventoryWarehouseName", "inventoryLocation"),
        ("budgetCodeId", "budgetCodeId"),
        ("isAddOn", "addOn"),
        ("installedOn", "serviceDate"),
    ] {
        if !given[from].is_null() {
            item[to] = given[from].clone();
        }
    }
    if let Some(root) = as_id(&given["itemGroupRootId"]) {
        item["itemGroup"] = json!({"rootId": root, "name": given["itemGroupName"]});
    }
    item["modifiedOn"] = call.now_text();
    item
}

fn blank(call: &Call<'_>) -> Value {
    // Time in ticks is unique enough and never meets a seeded id.
    json!({
        "id": 600_000_000_000_i64 + i64::try_from(call.store.version).unwrap_or_default() * 1000,
        "description": null, "quantity": "1", "cost": "0.00", "totalCost": "0.00", "budgetCodeId": null,
        "inventoryLocationId": null, "inventoryLocation": null, "price": "0.00", "type": "Service", "skuName": null,
        "skuId": 0, "total": "0.00", "inventory": false, "taxable": true, "isChargeable": true,
        "generalLedgerAccount": null, "costOfSaleAccount": null, "assetAccount": null, "membershipTypeId": 0,
        "itemGroup": null, "displayName": null, "soldHours": null, "createdOn": call.now_text(),
        "modifiedOn": call.now_text(), "serviceDate": null, "order": 1, "businessUnit": null,
        "createdById": API_USER, "displayInAmount": null, "importId": null, "exportId": null,
        "inventoryStatus": null, "addOn": false, "memberPrice": null, "technicianId": null,
        "installedEquipmentId": null, "estimateItemId": null,
    })
}

/// The digits of a number as they came.
fn amount(value: &Value) -> Option<String> {
    value.is_number().then(|| value.to_string())
}

fn times(price: &str, quantity: &str) -> i64 {
    cents(price).unwrap_or_default() * cents(quantity).unwrap_or(100) / 100
}

/// Subtotal, total and balance follow from the items; tax stays.
fn add_up(record: &mut Object) {
    let own = |record: &Object, key: &str| text_of(record, key).and_then(cents).unwrap_or_default();
    let total_of = |item: &Value| item["total"].as_str().and_then(cents).unwrap_or_default();
    let subtotal: i64 = items_of(record).iter().map(total_of).sum();
    let paid = own(record, "total") - own(record, "balance");
    let total = subtotal + own(record, "salesTax");
    record.insert("subTotal".to_owned(), decimal_text(subtotal).into());
    record.insert("total".to_owned(), decimal_text(total).into());
    record.insert("balance".to_owned(), decimal_text(total - paid).into());
}

/// The one item of a seeded invoice.
pub(crate) fn render(world: &World, slot: u32, price: i64, json: &mut Json<'_>) {
    let keys = world.keys(Table::Invoices, slot);
    let mut dice = world.dice(Table::Invoices, slot ^ 0x0012_3456);
    let (sku, name) = dice.pick(SKUS.entries);
    let cost = price * 2 / 5;
    json.put("id", if slot == 0 { DOCUMENTED } else { ID_OFFSET + i64::from(slot) * 3 });
    json.put("description", name).put("quantity", "1.0").put("cost", MoneyText(cost));
    json.put("totalCost", MoneyText(cost)).nulls(&["budgetCodeId", "inventoryLocationId", "inventoryLocation"]);
    json.put("price", MoneyText(price)).put("type", "Service").put("skuName", name).put("skuId", sku);
    json.put("total", MoneyText(price)).put("inventory", false).put("taxable", true).put("isChargeable", true);
    json.nulls(&["generalLedgerAccount", "costOfSaleAccount", "assetAccount"]).put("membershipTypeId", 0_i64);
    json.null("itemGroup").put("displayName", name).null("soldHours");
    json.put("createdOn", keys.created).put("modifiedOn", keys.modified).null("serviceDate").put("order", 1_i64);
    json.null("businessUnit").put("createdById", API_USER);
    json.nulls(&["displayInAmount", "importId", "exportId", "inventoryStatus"]).put("addOn", false);
    json.nulls(&["memberPrice", "technicianId", "installedEquipmentId", "estimateItemId"]);
}
