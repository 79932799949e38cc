//! Payments: create, list, update, custom fields.

use std::collections::HashSet;

use serde::Serialize;

use super::invoice_items::digits;
use super::invoices::{self, CUSTOM_FIELD_CHANGES, INVOICES, SYNC, seeded_amounts, set_custom_fields};
use crate::resources::crm::customers::{self, CUSTOMERS};
use crate::resources::jpm::jobs::{self, JOBS};
use crate::resources::prelude::*;

/// The one endpoint that a sandbox can be told to be without.
pub(crate) const CREATE_PATH: &str = "/accounting/v2/tenant/{tenant}/payments";

pub(crate) static PAYMENTS: Table =
    Table::new("payments", "Payment", 11, FIELDS).size(Size::Per(1, &JOBS)).one_inactive_in(30);

submit!(Resource::new(
    &PAYMENTS,
    &[
        Endpoint::list_of(CREATE_PATH, LIST.filters(FILTERS).hide(&["exportId"])),
        Endpoint::create(CREATE_PATH, create),
        Endpoint::update_with("/accounting/v2/tenant/{tenant}/payments/{id}", update),
        Endpoint::patch(
            "/accounting/v2/tenant/{tenant}/payments/custom-fields",
            CUSTOM_FIELD_CHANGES,
            set_custom_fields
        ),
    ]
));

const FILTERS: &[Filter] = &[
    by("appliedToInvoiceIds", Test::Joined(applied_to)),
    by("appliedToReferenceNumber", Test::Joined(applied_to_number)),
    by("customField.Operator", Test::OtherChoice(&["And", "Or"])),
    by("transactionType", Test::Joined(of_type)),
];

const BATCH: &[Filter] = &[by("batchId", Test::Id).at("id"), by("batchNumber", Test::Number).at("number")];
const UNIT: &[Filter] = &[by("businessUnitIds", Test::AnyId(usize::MAX)).at("id")];
const DATE: &[Filter] = &[by("paidOnAfter", Test::From), by("paidOnBefore", Test::Before)];
const DEPOSIT: &[Filter] = &[by("depositIds", Test::AnyId(usize::MAX)).at("id")];
const TOTAL: &[Filter] = &[by("totalGreater", Test::AtLeast), by("totalLess", Test::AtMost)];
const LEDGER: &str =
    r#"{"id":1088,"name":"Undeposited Funds","number":"1200","type":"Asset","detailType":"Undeposited Funds"}"#;

static FIELDS: &[Field] = &[
    ACTIVE.updatable().filter_by("activeState", Test::ActiveState),
    list("splits", &SPLIT)
        .optional()
        .required_on_update()
        .stored_as("appliedTo")
        .convert(|_, _| json!([]))
        .seed(&|s| application(s)),
    text("authCode").editable(),
    object("batch", &[]).filters(BATCH),
    object("businessUnit", &[]).filters(UNIT).seed(&|s| invoices::business_unit(s)),
    text("checkNumber").editable().seed(&|s| check_number(s)),
    text("createdBy").initially("dwhitfield"),
    CREATED_ON,
    id("customerId")
        .optional()
        .exists(&CUSTOMERS)
        .stored_as("customer")
        .filters(&[by("customerId", Test::Id).at("id")])
        .seed(&|s| payer(s)),
    list("customFields", &Kind::Object(&[])).filter_by("customField.Fields", Test::CustomFields),
    moment("paidOn")
        .editable()
        .stored_as("date")
        .initially_of(now)
        .filters(DATE)
        .seed(&|s| s.keys.created.start_of_day()),
    object("deposit", &[]).filters(DEPOSIT),
    object("generalLedgerAccount", &[]).initially(LEDGER),
    ID,
    text("memo").editable().seed(&|s| s.one_in(3).then_some("Payment for services rendered.")),
    MODIFIED_ON,
    text("referenceNumber").initially_of(id_text),
    id("refundedPaymentId"),
    choice("status", SYNC)
        .editable()
        .stored_as("syncStatus")
        .initially("Pending")
        .filter_by("statuses", Test::AnyChoice),
    text("total").initially("0.00").filters(TOTAL).seed(&|s| MoneyText(total(s))),
    text("type").seed(&|s| kind(s).1),
    id("typeId").required().required_on_update().known(PAYMENT_TYPES).convert(digits).seed(&|s| kind(s).0.to_string()),
    text("unappliedAmount").initially("0.00").seed(&|s| MoneyText(if is_applied(s) { 0 } else { total(s) })),
    text("exportId").editable(),
    decimal("amount").optional().body_only(),
];

static SPLIT: Kind = Kind::Object(&[
    decimal("amount").optional(),
    id("invoiceId").optional().exists(&INVOICES),
    text("invoiceNumber").optional(),
]);

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let record = call.create(|call, record| {
        if let Some(customer) = id_of(&call.body, "customerId") {
            set(record, "customer", json!({"id": customer, "name": call.store.name(&CUSTOMERS, customer)}));
        }
        set_parts(call, record);
    })?;
    Ok(Reply::Json(detailed(call.store, &record)))
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let record = call.update(set_parts)?;
    Ok(Reply::Json(detailed(call.store, &record)))
}

/// What follows from other fields: the name of the type, and where the amount is applied.
fn set_parts(call: &Call<'_>, record: &mut Object) {
    if let Some(kind) = id_of(&call.body, "typeId") {
        set(record, "type", PAYMENT_TYPES.name(kind));
    }
    let Some(splits) = call.body.get("splits").and_then(Value::as_array) else { return };
    let applied = splits.iter().enumerate().map(|(at, split)| applied(call, record, at, split));
    let applied: Vec<Value> = applied.collect();
    let sum: i64 = splits.iter().filter_map(|split| cents(&split["amount"].to_string())).sum();
    let amount = call.body.get("amount").filter(|amount| amount.is_number()).map(ToString::to_string);
    let total = amount.unwrap_or_else(|| decimal_text(sum));
    let left = cents(&total).unwrap_or_default() - sum;
    set(record, "appliedTo", applied);
    set(record, "total", total);
    set(record, "unappliedAmount", decimal_text(left));
}

fn applied(call: &Call<'_>, record: &Object, at: usize, split: &Value) -> Value {
    let payment = id_of(record, "id").unwrap_or_default();
    let invoice = split["invoiceId"].as_i64().unwrap_or_default();
    let amount = if split["amount"].is_number() { Value::String(split["amount"].to_string()) } else { Value::Null };
    json!({
        "appliedAmount": amount, "appliedBy": "api",
        "appliedId": payment * 10 + i64::try_from(at).unwrap_or_default(), "appliedOn": call.now_text(),
        "appliedTo": invoice, "appliedToReferenceNumber": number_of(call.store, invoice),
    })
}

fn number_of(store: &Store, invoice: i64) -> Value {
    store.get(&INVOICES, invoice).map(|invoice| value_of(&invoice, "referenceNumber")).unwrap_or_default()
}

/// A payment as the responses to creation and update show it.
fn detailed(store: &Store, record: &Object) -> Value {
    let split = |item: &Value| {
        let amount = item["appliedAmount"].as_str().and_then(|text| text.parse().ok()).map(Value::Number);
        let number = number_of(store, item["appliedTo"].as_i64().unwrap_or_default());
        json!({"amount": amount, "invoiceId": item["appliedTo"], "invoiceNumber": number})
    };
    let splits: Vec<Value> = items_of(record, "appliedTo").iter().map(split).collect();
    let kind = text_of(record, "typeId").and_then(|text| text.parse::<i64>().ok());
    json!({
        "active": record["active"], "authCode": record["authCode"], "checkNumber": record["checkNumber"],
        "customerId": record["customer"]["id"], "exportId": record["exportId"], "id": record["id"],
        "memo": record["memo"], "paidOn": record["date"], "splits": splits, "status": record["syncStatus"],
        "transactionStatus": "Success", "typeId": kind.unwrap_or_default(),
    })
}

/// Every payment here is a received one.
fn of_type(store: &Store, value: &str) -> Ids {
    let types = ["Undefined", "JournalEntry", "ReceivePayment"];
    let known = types.into_iter().find(|known| known.eq_ignore_ascii_case(value));
    let received = known.ok_or("one of the listed values")? == "ReceivePayment";
    let all = store.live(&PAYMENTS).filter(|_| received);
    Ok(all.map(|slot| store.keys(&PAYMENTS, slot).id).collect())
}

fn applied_to(store: &Store, value: &str) -> Ids {
    let wanted: Result<Vec<i64>, _> = value.split(',').map(parse_id).collect();
    let wanted = wanted.map_err(|_| "comma separated 64-bit integers")?;
    Ok(where_applied(store, |item| item["appliedTo"].as_i64().is_some_and(|id| wanted.contains(&id))))
}

#[expect(clippy::unnecessary_wraps, reason = "filters share a signature")]
fn applied_to_number(store: &Store, value: &str) -> Ids {
    Ok(where_applied(store, |item| item["appliedToReferenceNumber"] == value))
}

fn where_applied(store: &Store, fits: impl Fn(&Value) -> bool) -> HashSet<i64> {
    let applied = |row: &Row<'_>| {
        let items: Vec<Value> = row.raw("appliedTo").and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or_default();
        items.iter().any(&fits)
    };
    store.ids_where(&PAYMENTS, applied, "id")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Application {
    applied_amount: MoneyText,
    applied_by: &'static str,
    applied_id: i64,
    applied_on: Timestamp,
    applied_to: i64,
    applied_to_reference_number: String,
}

/// A seeded payment pays the invoice of its job, if that is paid.
fn application(s: &Seed<'_>) -> Vec<Application> {
    let application = is_applied(s).then(|| Application {
        applied_amount: MoneyText(total(s)),
        applied_by: "dwhitfield",
        applied_id: s.keys.id + 1,
        applied_on: s.keys.created,
        applied_to: INVOICES.id(s.slot),
        applied_to_reference_number: JOBS.id(s.slot).to_string(),
    });
    application.into_iter().collect()
}

fn payer(s: &Seed<'_>) -> Named<String> {
    let customer = s.own(jobs::customer);
    Named { id: CUSTOMERS.id(customer), name: customers::name(s.data, customer) }
}

fn is_applied(s: &Seed<'_>) -> bool {
    s.own(seeded_amounts).paid
}

fn total(s: &Seed<'_>) -> i64 {
    let invoice = s.own(seeded_amounts);
    if invoice.paid {
        return invoice.total();
    }
    5000 + s.data.rng(&PAYMENTS, s.slot, "amount").below_i64(40_000)
}

fn kind(s: &Seed<'_>) -> (i64, &'static str) {
    s.data.rng(&PAYMENTS, s.slot, "type").pick(PAYMENT_TYPES.entries)
}

fn check_number(s: &Seed<'_>) -> Option<String> {
    (kind(s).1 == "Check").then(|| (1000 + s.slot % 9000).to_string())
}
