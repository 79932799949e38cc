//! Invoices: create an adjustment, list, update, custom fields.

use serde_json::value::{RawValue, to_raw_value};

use super::invoice_items::{self, digits};
use super::payments::PAYMENTS;
use crate::data::field::NewRecord;
use crate::resources::call::apply;
use crate::resources::crm::customers::{self, CUSTOMERS};
use crate::resources::crm::locations::LOCATIONS;
use crate::resources::jpm::jobs::{self, JOBS};
use crate::resources::prelude::*;
use crate::resources::settings::business_units::{self, BUSINESS_UNITS};

pub(crate) static INVOICES: Table =
    Table::new("invoices", "Invoice", 7, FIELDS).size(Size::Per(1, &JOBS)).one_inactive_in(30);

submit!(Resource::new(
    &INVOICES,
    &[
        Endpoint::list_of("/accounting/v2/tenant/{tenant}/invoices", LIST.filters(FILTERS)),
        Endpoint::create("/accounting/v2/tenant/{tenant}/invoices", create),
        Endpoint::update_with("/accounting/v2/tenant/{tenant}/invoices/{id}", update),
        Endpoint::patch(
            "/accounting/v2/tenant/{tenant}/invoices/custom-fields",
            CUSTOM_FIELD_CHANGES,
            set_custom_fields
        ),
        Endpoint::patch(
            "/accounting/v2/tenant/{tenant}/invoices/{invoiceId}/items",
            invoice_items::FIELDS,
            invoice_items::update
        ),
        Endpoint::delete("/accounting/v2/tenant/{tenant}/invoices/{invoiceId}/items/{itemId}", invoice_items::delete),
    ]
));

const FILTERS: &[Filter] = &[
    by("balanceFilter.Comparer", Test::Other),
    by("orderBy", Test::Other),
    by("orderByDirection", Test::Other),
    by("customField.Operator", Test::OtherChoice(&["And", "Or"])),
];

const DATE: &[Filter] = &[by("invoicedOnOrAfter", Test::From), by("invoicedOnBefore", Test::Before)];
const DUE: &[Filter] = &[by("dueDateBefore", Test::Before), by("dueDateOnOrAfter", Test::From)];
const TOTAL: &[Filter] = &[by("totalGreater", Test::AtLeast), by("totalLess", Test::AtMost)];
const BATCH: &[Filter] = &[by("batchId", Test::Id).at("id"), by("batchNumber", Test::Number).at("number")];
const JOB: &[Filter] = &[by("jobId", Test::Id).at("id"), by("jobNumber", Test::Text).at("number")];
const REVIEW: &[&str] =
    &["NeedsReview", "OnHold", "Reviewed", "PendingApproval", "Rejected", "ReadyForBilling", "Invoiced"];
const CONFIGURATIONS: &[&str] =
    &["JobInvoice", "ProjectInvoice", "CounterSales", "MembershipInvoice", "InterestChargeInvoice", "ARImportInvoice"];

static FIELDS: &[Field] = &[
    ID.filter_by("ids", Test::Ids(usize::MAX)),
    choice("syncStatus", SYNC).initially("Pending").filter_by("statuses", Test::AnyChoice),
    id("budgetCodeId").resettable(),
    text("number")
        .resettable()
        .stored_as("referenceNumber")
        .initially_of(id_text)
        .filter_by("number", Test::Text)
        .sort("ReferenceNumber")
        .seed(&|s| JOBS.id(s.slot).to_string()),
    moment("invoicedOn").resettable().stored_as("invoiceDate").initially_of(now).filters(DATE).sort("InvoiceDate"),
    day("dueDate")
        .clearable()
        .convert(|_, day| Timestamp::parse(day.as_str().unwrap_or_default()).map(Timestamp::text).into())
        .initially_of(now)
        .filters(DUE)
        .seed(&|s| s.keys.created.start_of_day().plus_days(30)),
    decimal("subtotal")
        .resettable()
        .stored_as("subTotal")
        .initially("\"0.00\"")
        .convert(digits)
        .seed(&|s| MoneyText(s.facts(facts).amounts.subtotal)),
    decimal("tax")
        .resettable()
        .stored_as("salesTax")
        .initially("\"0.00\"")
        .convert(digits)
        .seed(&|s| MoneyText(s.facts(facts).amounts.tax)),
    object("salesTaxCode", &[]).initially(r#"{"id":1088,"name":"TX 8.25%","taxRate":0.0825}"#),
    id("taxZoneId").resettable().known(TAX_ZONES).initially("1088").seed(&|_| 1088),
    text("total").initially("0.00").filters(TOTAL).seed(&|s| MoneyText(s.facts(facts).amounts.total())),
    text("balance")
        .initially("0.00")
        .filter_by("balanceFilter.Balance", Test::Balance)
        .seed(&|s| MoneyText(s.facts(facts).amounts.balance())),
    id("typeId")
        .resettable()
        .known(INVOICE_TYPES)
        .stored_as("invoiceType")
        .convert(named)
        .initially(r#"{"id":0,"name":"Standard"}"#)
        .seed(&|_| Named { id: 0, name: "Standard" }),
    object("customer", &[]).filters(&[by("customerId", Test::Id).at("id")]).seed(&|s| party(s, &CUSTOMERS)),
    object("customerAddress", &[]).seed(&|s| s.facts(facts).home.clone()),
    object("location", &[]).seed(&|s| party(s, &LOCATIONS)),
    object("locationAddress", &[]).seed(&|s| s.facts(facts).home.clone()),
    object("businessUnit", &[]).filters(&[by("businessUnitId", Test::Id).at("id")]).seed(&|s| business_unit(s)),
    text("termName").initially("Net 30"),
    text("createdBy").initially("dwhitfield"),
    object("batch", &[]).filters(BATCH),
    moment("depositedOn"),
    CREATED_ON,
    MODIFIED_ON,
    id("adjustmentToId").required().exists(&INVOICES).filter().seed(&|_| Value::Null),
    object("job", &[]).filters(JOB).seed(&|s| job(s)),
    id("projectId"),
    object("royalty", &[]),
    text("employeeInfo"),
    moment("commissionEligibilityDate"),
    text("sentStatus").initially("NotSent").seed(&|s| s.pick(&["NotSent", "Sent", "Opened"])),
    choice("reviewStatus", REVIEW).resettable().initially("NeedsReview").filter_by("reviewStatuses", Test::AnyChoice),
    id("assignedToId")
        .resettable()
        .known(EMPLOYEES)
        .stored_as("assignedTo")
        .convert(named)
        .filters(&[by("assignedToIds", Test::AnyId(usize::MAX)).at("id")])
        .seed(&|_| Value::Null),
    text("summary").resettable().seed(&|s| s.pick(words::SUMMARIES)),
    list("items", &invoice_items::KIND).resettable().seed_parts(),
    list("customFields", &Kind::Object(&[])).filter_by("customField.Fields", Test::CustomFields),
    ACTIVE.filter_by("activeState", Test::ActiveState),
    text("discountTotal").initially("0.00"),
    text("importId"),
    text("exportId").resettable(),
    id("materialSkuId"),
    id("membershipId"),
    moment("paidOn").seed(&|s| s.facts(facts).amounts.paid.then_some(s.keys.modified)),
    choice("invoiceConfiguration", CONFIGURATIONS)
        .initially("JobInvoice")
        .filter_by("invoiceConfigurations", Test::AnyChoice)
        .seed(&|_| "JobInvoice"),
    choice("royaltyStatus", &["Pending", "Sent", "Failed"]).resettable().body_only(),
    moment("royaltyDate").resettable().body_only(),
    moment("royaltySentOn").resettable().body_only(),
    text("royaltyMemo").resettable().body_only(),
    list("payments", &PAYMENT).clearable().body_only(),
];

/// States of synchronization of invoices and payments.
pub(super) const SYNC: &[&str] = &["Pending", "Posted", "Exported"];

static PAYMENT: Kind = Kind::Object(&[
    id("id").required().exists(&PAYMENTS),
    choice("settlementStatus", &["NotSettled", "Settled"]).optional(),
    moment("settlementDate").optional(),
]);

/// Custom fields of several records at once.
pub(super) const CUSTOM_FIELD_CHANGES: &[Field] = &[list("operations", &CUSTOM_FIELD_CHANGE).required()];

const CUSTOM_FIELD_CHANGE: Kind = Kind::Object(&[
    id("objectId").required(),
    list("customFields", &Kind::Object(&[text("name").required().at_most(255), text("value").optional()])).required(),
]);

/// What an adjustment has from the invoice that it adjusts, unless the body says it.
const INHERITED: &str = "invoiceDate dueDate salesTaxCode taxZoneId invoiceType customer customerAddress location \
    locationAddress businessUnit termName job projectId sentStatus";

/// Null sets a field back, but leaves these as they are.
const KEPT_BY_NULL: &[&str] = &["dueDate", "subtotal", "tax", "typeId", "reviewStatus", "assignedToId"];

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    call.check().done()?;
    let original = call.find(&INVOICES, id_of(&call.body, "adjustmentToId").unwrap_or_default())?;
    let mut record = call.new_record_of(&INVOICES, &Object::new());
    for name in INHERITED.split(' ') {
        set(&mut record, name, value_of(&original, name));
    }
    change(call, &mut record);
    let record = call.add(&INVOICES, record, &Object::new());
    Ok(Reply::Json(value_of(&record, "id")))
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let mut record = call.subject()?;
    call.check().done()?;
    change(call, &mut record);
    call.save(record);
    Ok(Reply::Empty)
}

fn change(call: &Call<'_>, record: &mut Object) {
    let mut body = call.body.clone();
    let items = body.remove("items");
    body.retain(|name, value| !value.is_null() || !KEPT_BY_NULL.contains(&name.as_str()));
    let id = id_of(record, "id").unwrap_or_default();
    apply(FIELDS, call.mode, &NewRecord { id, now: call.now }, &body, record);
    for (given, shown) in
        [("royaltyStatus", "status"), ("royaltyDate", "date"), ("royaltySentOn", "sentOn"), ("royaltyMemo", "memo")]
    {
        let Some(value) = body.get(given) else { continue };
        let royalty = record.entry("royalty").or_insert(Value::Null);
        if royalty.is_null() {
            *royalty = json!({"status": null, "date": null, "sentOn": null, "memo": null});
        }
        royalty[shown] = value.clone();
    }
    if let Some(Value::Array(items)) = &items {
        invoice_items::replace(call, record, items);
    }
    if items.is_some() || body.contains_key("subtotal") || body.contains_key("tax") {
        let subtotal = text_of(record, "subTotal").unwrap_or_default().to_owned();
        set_amounts(record, subtotal);
    }
}

/// Sets the subtotal, and total and balance after it.
pub(super) fn set_amounts(record: &mut Object, subtotal: String) {
    let own = |record: &Object, key: &str| text_of(record, key).and_then(cents).unwrap_or_default();
    let paid = own(record, "total") - own(record, "balance");
    set(record, "subTotal", subtotal);
    let total = own(record, "subTotal") + own(record, "salesTax");
    set(record, "total", decimal_text(total));
    set(record, "balance", decimal_text(total - paid));
}

/// Sets custom fields of several records at once; one that does not exist refuses them all.
pub(super) fn set_custom_fields(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let (table, operations) = (call.table, items_of(&call.body, "operations").to_vec());
    let id_of = |operation: &Value| operation["objectId"].as_i64().unwrap_or_default();
    let mut check = call.check();
    for (at, operation) in operations.iter().enumerate() {
        let id = id_of(operation);
        let message = format!("{} with id {id} does not exist.", table.noun);
        check = check.require(call.store.has(table, id), &format!("operations[{at}].objectId"), &message);
    }
    check.done()?;
    for operation in &operations {
        let id = id_of(operation);
        let mut record = call.find(table, id)?;
        let given = operation["customFields"].as_array().map(Vec::as_slice).unwrap_or_default();
        let known = items_of(&record, "customFields").iter();
        let kept = known.filter(|own| !given.iter().any(|new| new["name"] == own["name"])).cloned();
        let new = given.iter().map(|new| json!({"name": new["name"], "value": new["value"]}));
        let fields: Vec<Value> = kept.chain(new).collect();
        set(&mut record, "customFields", fields);
        call.put(table, id, record);
    }
    Ok(Reply::Empty)
}

/// Opens the invoice that the API opens with every job, and returns its id.
pub(crate) fn open_for_job(call: &mut Call<'_>, job: &Object) -> i64 {
    let mut record = call.new_record_of(&INVOICES, &Object::new());
    for (name, table, key) in [
        ("customer", &CUSTOMERS, "customerId"),
        ("location", &LOCATIONS, "locationId"),
        ("businessUnit", &BUSINESS_UNITS, "businessUnitId"),
    ] {
        let id = id_of(job, key).unwrap_or_default();
        set(&mut record, name, json!({"id": id, "name": call.store.name(table, id)}));
        let address = call.store.get(table, id).and_then(|mut record| record.remove("address"));
        let (Some(mut address), Some(shown)) = (address, record.get_mut(&format!("{name}Address"))) else { continue };
        if let Some(address) = address.as_object_mut() {
            address.retain(|key, _| !matches!(key.as_str(), "latitude" | "longitude"));
        }
        *shown = address;
    }
    let number = value_of(job, "jobNumber");
    set(&mut record, "job", json!({"id": job["id"], "number": number, "type": null}));
    set(&mut record, "referenceNumber", number);
    set(&mut record, "projectId", value_of(job, "projectId"));
    set(&mut record, "summary", value_of(job, "summary"));
    call.store.insert(&INVOICES, record)
}

/// What a seeded invoice comes to, in cents, and whether it is paid.
pub(super) struct Amounts {
    pub(super) subtotal: i64,
    pub(super) tax: i64,
    pub(super) paid: bool,
}

impl Amounts {
    pub(super) fn total(&self) -> i64 {
        self.subtotal + self.tax
    }

    fn balance(&self) -> i64 {
        if self.paid { 0 } else { self.total() }
    }
}

pub(super) fn seeded_amounts(data: &SeedData, slot: u32) -> Amounts {
    let subtotal = jobs::total(data, slot);
    let paid = jobs::is_completed(data, slot) && !data.rng(&INVOICES, slot, "paid").one_in(3);
    Amounts { subtotal, tax: subtotal * 825 / 10_000, paid }
}

/// What several fields of a seeded invoice and its item follow from.
pub(super) struct Facts {
    pub(super) amounts: Amounts,
    pub(super) sku: (i64, &'static str),
    customer: u32,
    name: String,
    /// The address as JSON.
    home: Option<Box<RawValue>>,
}

pub(super) fn facts(data: &SeedData, slot: u32) -> Facts {
    let customer = jobs::customer(data, slot);
    Facts {
        amounts: seeded_amounts(data, slot),
        sku: data.rng(&INVOICES, slot, "sku").pick(SKUS.entries),
        customer,
        name: customers::name(data, customer),
        home: to_raw_value(&customers::home(data, customer).address).ok(),
    }
}

/// The customer of a seeded invoice's job, or its location.
fn party(s: &Seed<'_>, table: &Table) -> Named<String> {
    let facts = s.facts(facts);
    Named { id: table.id(facts.customer), name: facts.name.clone() }
}

pub(super) fn business_unit(s: &Seed<'_>) -> Named<String> {
    let unit = s.own(jobs::business_unit);
    Named { id: BUSINESS_UNITS.id(unit), name: business_units::name(unit) }
}

#[derive(serde::Serialize)]
struct Job {
    id: i64,
    number: String,
    r#type: &'static str,
}

fn job(s: &Seed<'_>) -> Job {
    let id = JOBS.id(s.slot);
    Job { id, number: id.to_string(), r#type: s.own(jobs::job_type).1 }
}
