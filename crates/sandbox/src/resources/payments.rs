//! Payments: create, list, update, custom fields.

use serde_json::{Value, json};

use super::invoices::{CUSTOM_FIELDS, cents, decimal_text, seeded_amounts, set_custom_fields};
use super::{business_units, customers, jobs};
use crate::call::{Call, Reply};
use crate::filters::{CREATED, Filter, IDS, MODIFIED, Test, by};
use crate::json::{Json, MoneyText, Object, as_id, id_of, text_of};
use crate::listing::{Listing, SORTS};
use crate::problem::Problem;
use crate::references::PAYMENT_TYPES;
use crate::route::Endpoint;
use crate::schema::{Field, Kind, choice, decimal, flag, id, list, moment, text};
use crate::store::Store;
use crate::world::{ABOVE_DOUBLE, DOCUMENTED, Size, Spec, Table, World};

/// The one endpoint that a sandbox can be told to be without.
pub(crate) const CREATE_PATH: &str = "/accounting/v2/tenant/{tenant}/payments";
const STATUSES: &[&str] = &["Pending", "Posted", "Exported"];

pub(crate) static TABLE: Spec = Spec {
    table: Table::Payments,
    name: "payments",
    noun: "Payment",
    ids: &[DOCUMENTED, ABOVE_DOUBLE],
    size: Size::Per(1, Table::Jobs),
    inactive: 30,
    render,
};

const FILTERS: &[Filter] = &[
    by("activeState", Test::ActiveState),
    by("appliedToInvoiceIds", Test::Joined("id", applied_to)),
    by("appliedToReferenceNumber", Test::Joined("id", applied_to_number)),
    by("batchId", Test::Id("batch.id")),
    by("batchNumber", Test::Number("batch.number")),
    by("businessUnitIds", Test::AnyId("businessUnit.id", usize::MAX)),
    by("customerId", Test::Id("customer.id")),
    by("customField.Fields", Test::CustomFields),
    by("customField.Operator", Test::OtherChoice(&["And", "Or"])),
    by("depositIds", Test::AnyId("deposit.id", usize::MAX)),
    IDS,
    by("paidOnAfter", Test::From("date")),
    by("paidOnBefore", Test::Before("date")),
    by("statuses", Test::AnyChoice("syncStatus", STATUSES)),
    by("totalGreater", Test::AtLeast("total")),
    by("totalLess", Test::AtMost("total")),
    by("transactionType", Test::Joined("id", of_type)),
];

const SPLIT: Kind =
    Kind::Object(&[decimal("amount").nullable(), id("invoiceId").nullable(), text("invoiceNumber").nullable()]);

const CREATE: &[Field] = &[
    decimal("amount").nullable(),
    text("authCode").nullable(),
    text("checkNumber").nullable(),
    id("customerId").nullable(),
    text("exportId").nullable(),
    text("memo").nullable(),
    moment("paidOn").nullable(),
    list("splits", &SPLIT).nullable(),
    choice("status", STATUSES).nullable(),
    id("typeId").required(),
];

const UPDATE: &[Field] = &[
    flag("active"),
    text("authCode"),
    text("checkNumber"),
    text("exportId"),
    text("memo"),
    moment("paidOn"),
    list("splits", &SPLIT).required(),
    choice("status", STATUSES),
    id("typeId").required(),
];

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::list(
        CREATE_PATH,
        Listing::of(Table::Payments).filters(&[FILTERS, CREATED, MODIFIED]).sorts(SORTS).hide(&["exportId"]),
    ),
    Endpoint::post(CREATE_PATH, CREATE, create),
    Endpoint::patch("/accounting/v2/tenant/{tenant}/payments/{id}", UPDATE, update),
    Endpoint::patch("/accounting/v2/tenant/{tenant}/payments/custom-fields", CUSTOM_FIELDS, |call| {
        set_custom_fields(call, Table::Payments)
    }),
];

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    check(call)?;
    let id = call.store.new_id(Table::Payments);
    let mut record = call.store.model(Table::Payments);
    let own = json!({
        "id": id, "active": true, "appliedTo": [], "authCode": null, "batch": null, "businessUnit": null,
        "checkNumber": null, "createdOn": call.now_text(), "customer": null, "customFields": [],
        "date": call.now_text(), "deposit": null, "memo": null, "modifiedOn": call.now_text(),
        "referenceNumber": id.to_string(), "refundedPaymentId": null, "syncStatus": "Pending", "total": "0.00",
        "unappliedAmount": "0.00", "exportId": null,
    });
    if let Value::Object(own) = own {
        record.extend(own);
    }
    if let Some(customer) = id_of(&call.body, "customerId") {
        let name = call.store.name(Table::Customers, customer);
        record.insert("customer".to_owned(), json!({"id": customer, "name": name}));
    }
    apply(call, &mut record);
    call.insert(Table::Payments, record.clone().into());
    Ok(Reply::Json(detailed(call.store, &record)))
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let id = call.id();
    let mut record = call.store.find(Table::Payments, id)?;
    check(call)?;
    apply(call, &mut record);
    let record = call.put(Table::Payments, id, record);
    Ok(Reply::Json(detailed(call.store, &record)))
}

fn check(call: &Call<'_>) -> Result<(), Problem> {
    let splits = call.given("splits");
    let mut checks = call.checks().exists("customerId", Table::Customers).known("typeId", PAYMENT_TYPES);
    for (at, split) in splits.as_array().into_iter().flatten().enumerate() {
        if let Some(invoice) = as_id(&split["invoiceId"]) {
            let message = format!("Invoice with id {invoice} does not exist.");
            checks =
                checks.require(call.store.has(Table::Invoices, invoice), &format!("splits[{at}].invoiceId"), &message);
        }
    }
    checks.done()
}

/// Bodies and lists name these fields differently.
fn apply(call: &Call<'_>, record: &mut Object) {
    call.copy(record, &["authCode", "checkNumber", "memo", "exportId", "active"]);
    if let Some(paid) = text_of(&call.body, "paidOn") {
        record.insert("date".to_owned(), paid.into());
    }
    if let Some(status) = text_of(&call.body, "status") {
        record.insert("syncStatus".to_owned(), status.into());
    }
    if let Some(kind) = id_of(&call.body, "typeId") {
        record.insert("typeId".to_owned(), kind.to_string().into());
        record.insert("type".to_owned(), PAYMENT_TYPES.name(kind).into());
    }
    let splits = call.given("splits");
    let Some(splits) = splits.as_array() else { return };
    let applied: Vec<Value> =
        splits.iter().enumerate().map(|(at, split)| application(call, record, at, split)).collect();
    let sum: i64 = splits.iter().filter_map(|split| cents(&split["amount"].to_string())).sum();
    let amount = call.body.get("amount").filter(|amount| amount.is_number()).map(ToString::to_string);
    let total = amount.unwrap_or_else(|| decimal_text(sum));
    let left = cents(&total).unwrap_or_default() - sum;
    record.insert("appliedTo".to_owned(), applied.into());
    record.insert("total".to_owned(), total.into());
    record.insert("unappliedAmount".to_owned(), decimal_text(left).into());
}

fn application(call: &Call<'_>, record: &Object, at: usize, split: &Value) -> Value {
    let payment = id_of(record, "id").unwrap_or_default();
    let invoice = as_id(&split["invoiceId"]).unwrap_or_default();
    let reference = call.store.get(Table::Invoices, invoice);
    let number = reference.and_then(|invoice| text_of(&invoice, "referenceNumber").map(str::to_owned));
    let amount = if split["amount"].is_number() { Value::String(split["amount"].to_string()) } else { Value::Null };
    json!({
        "appliedAmount": amount, "appliedBy": "api",
        "appliedId": payment * 10 + i64::try_from(at).unwrap_or_default(), "appliedOn": call.now_text(),
        "appliedTo": invoice, "appliedToReferenceNumber": number,
    })
}

/// A payment as the replies to creation and update show it.
fn detailed(store: &Store, record: &Object) -> Value {
    let field = |key: &str| record.get(key).cloned().unwrap_or(Value::Null);
    let split = |item: &Value| {
        let amount = item["appliedAmount"].as_str().and_then(|text| text.parse().ok()).map(Value::Number);
        let number = as_id(&item["appliedTo"]).and_then(|id| store.get(Table::Invoices, id));
        let number = number.and_then(|invoice| invoice.get("referenceNumber").cloned()).unwrap_or(Value::Null);
        json!({"amount": amount, "invoiceId": item["appliedTo"], "invoiceNumber": number})
    };
    let splits: Vec<Value> = field("appliedTo").as_array().into_iter().flatten().map(split).collect();
    let kind = text_of(record, "typeId").and_then(|text| text.parse::<i64>().ok());
    json!({
        "active": field("active"), "authCode": field("authCode"), "checkNumber": field("checkNumber"),
        "customerId": field("customer")["id"], "exportId": field("exportId"), "id": field("id"),
        "memo": field("memo"), "paidOn": field("date"), "splits": splits, "status": field("syncStatus"),
        "transactionStatus": "Success", "typeId": kind.unwrap_or_default(),
    })
}

type Found = Result<std::collections::HashSet<i64>, &'static str>;

/// Every payment here is a received one.
fn of_type(store: &Store, value: &str) -> Found {
    let types = ["Undefined", "JournalEntry", "ReceivePayment"];
    let known = types.into_iter().find(|known| known.eq_ignore_ascii_case(value));
    let received = known.ok_or("one of the listed values")? == "ReceivePayment";
    let all = store.live(Table::Payments).filter(|_| received);
    Ok(all.map(|slot| store.keys(Table::Payments, slot).id).collect())
}

fn applied_to(store: &Store, value: &str) -> Found {
    let wanted: Result<Vec<i64>, _> = value.split(',').map(crate::filters::parse_id).collect();
    let wanted = wanted.map_err(|_| "comma separated 64-bit integers")?;
    Ok(where_applied(store, |item| as_id(&item["appliedTo"]).is_some_and(|id| wanted.contains(&id))))
}

#[expect(clippy::unnecessary_wraps, reason = "filters share a signature")]
fn applied_to_number(store: &Store, value: &str) -> Found {
    Ok(where_applied(store, |item| item["appliedToReferenceNumber"] == value))
}

fn where_applied(store: &Store, fits: impl Fn(&Value) -> bool) -> std::collections::HashSet<i64> {
    let applied = |row: &crate::row::Row<'_>| {
        let items: Vec<Value> = row.raw("appliedTo").and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or_default();
        items.iter().any(&fits)
    };
    crate::call::ids_where(store, Table::Payments, applied, "id")
}

fn render(world: &World, slot: u32, json: &mut Json<'_>) {
    let keys = world.keys(Table::Payments, slot);
    let job = jobs::seeded(world, slot);
    let (subtotal, tax, paid) = seeded_amounts(world, slot);
    let mut dice = world.dice(Table::Payments, slot);
    let (kind, name) = dice.pick(PAYMENT_TYPES.entries);
    let total = if paid { subtotal + tax } else { 5000 + dice.below_i64(40_000) };
    json.put("active", keys.active);
    json.list("appliedTo", paid.then_some(()), |(), json| {
        json.put("appliedAmount", MoneyText(total)).put("appliedBy", "dwhitfield").put("appliedId", keys.id + 1);
        json.put("appliedOn", keys.created).put("appliedTo", world.id(Table::Invoices, slot));
        json.put("appliedToReferenceNumber", world.id(Table::Jobs, slot).to_string());
    });
    json.null("authCode").null("batch");
    json.nested("businessUnit", |json| {
        json.put("id", world.id(Table::BusinessUnits, job.business_unit));
        json.put("name", business_units::seeded_name(job.business_unit));
    });
    json.put("checkNumber", (kind == 1088).then(|| format!("{}", 1000 + slot % 9000))).put("createdBy", "dwhitfield");
    json.put("createdOn", keys.created);
    json.nested("customer", |json| {
        json.put("id", world.id(Table::Customers, job.customer)).put("name", customers::seeded(world, job.customer).0);
    });
    json.put("customFields", &[] as &[i64]).put("date", keys.created.start_of_day()).null("deposit");
    json.nested("generalLedgerAccount", |json| {
        json.put("id", 1088_i64).put("name", "Undeposited Funds").put("number", "1200");
        json.put("type", "Asset").put("detailType", "Undeposited Funds");
    });
    json.put("id", keys.id).put("memo", dice.one_in(3).then_some("Payment for services rendered."));
    json.put("modifiedOn", keys.modified).put("referenceNumber", keys.id.to_string()).null("refundedPaymentId");
    json.put("syncStatus", dice.pick(STATUSES)).put("total", MoneyText(total)).put("type", name);
    json.put("typeId", kind.to_string()).put("unappliedAmount", MoneyText(if paid { 0 } else { total }));
    json.null("exportId");
}
