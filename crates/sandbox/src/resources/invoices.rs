//! Invoices: create an adjustment, list, update, custom fields.

use serde_json::{Value, json};

use super::invoice_items::{self, ITEM};
use super::{business_units, customers, jobs};
use crate::call::{Call, Reply};
use crate::filters::{CREATED, Filter, MODIFIED, Test, by};
use crate::json::{Json, MoneyText, Object, id_of, text_of};
use crate::listing::{Listing, Sort};
use crate::problem::Problem;
use crate::references::{EMPLOYEES, INVOICE_TYPES, TAX_ZONES};
use crate::route::Endpoint;
use crate::schema::{Field, Kind, choice, day, decimal, id, list, moment, text};
use crate::stamp::Stamp;
use crate::world::{ABOVE_DOUBLE, DOCUMENTED, Size, Spec, Table, World};

const REVIEW: &[&str] =
    &["NeedsReview", "OnHold", "Reviewed", "PendingApproval", "Rejected", "ReadyForBilling", "Invoiced"];
const ROYALTY: &[&str] = &["Pending", "Sent", "Failed"];
const SYNC: &[&str] = &["Pending", "Posted", "Exported"];
const CONFIGURATIONS: &[&str] =
    &["JobInvoice", "ProjectInvoice", "CounterSales", "MembershipInvoice", "InterestChargeInvoice", "ARImportInvoice"];

pub(crate) static TABLE: Spec = Spec {
    table: Table::Invoices,
    name: "invoices",
    noun: "Invoice",
    ids: &[DOCUMENTED, ABOVE_DOUBLE],
    size: Size::Per(1, Table::Jobs),
    inactive: 30,
    render,
};

const FILTERS: &[Filter] = &[
    by("ids", Test::Ids(usize::MAX)),
    by("activeState", Test::ActiveState),
    by("statuses", Test::AnyChoice("syncStatus", SYNC)),
    by("batchId", Test::Id("batch.id")),
    by("batchNumber", Test::Number("batch.number")),
    by("customField.Fields", Test::CustomFields),
    by("customField.Operator", Test::OtherChoice(&["And", "Or"])),
    by("jobId", Test::Id("job.id")),
    by("jobNumber", Test::Text("job.number")),
    by("businessUnitId", Test::Id("businessUnit.id")),
    by("customerId", Test::Id("customer.id")),
    by("invoicedOnOrAfter", Test::From("invoiceDate")),
    by("invoicedOnBefore", Test::Before("invoiceDate")),
    by("adjustmentToId", Test::Id("adjustmentToId")),
    by("number", Test::Text("referenceNumber")),
    by("totalGreater", Test::AtLeast("total")),
    by("totalLess", Test::AtMost("total")),
    by("balanceFilter.Balance", Test::Balance),
    by("balanceFilter.Comparer", Test::Other),
    by("dueDateBefore", Test::Before("dueDate")),
    by("dueDateOnOrAfter", Test::From("dueDate")),
    by("orderBy", Test::Other),
    by("orderByDirection", Test::Other),
    by("reviewStatuses", Test::AnyChoice("reviewStatus", REVIEW)),
    by("assignedToIds", Test::AnyId("assignedTo.id", usize::MAX)),
    by("invoiceConfigurations", Test::AnyChoice("invoiceConfiguration", CONFIGURATIONS)),
];

const ITEM_KIND: Kind = Kind::Object(ITEM);
const PAYMENT: Kind = Kind::Object(&[
    id("id").required(),
    choice("settlementStatus", &["NotSettled", "Settled"]).nullable(),
    moment("settlementDate").nullable(),
]);

/// What creation and update have in common.
macro_rules! invoice_fields {
    ($($own:expr),* $(,)?) => {
        &[
            text("number").nullable(),
            id("typeId").nullable(),
            moment("invoicedOn").nullable(),
            decimal("subtotal").nullable(),
            decimal("tax").nullable(),
            id("taxZoneId").nullable(),
            text("summary").nullable(),
            choice("royaltyStatus", ROYALTY).nullable(),
            moment("royaltyDate").nullable(),
            moment("royaltySentOn").nullable(),
            text("royaltyMemo").nullable(),
            text("exportId").nullable(),
            choice("reviewStatus", REVIEW).nullable(),
            id("assignedToId").nullable(),
            id("budgetCodeId").nullable(),
            list("items", &ITEM_KIND).nullable(),
            $($own),*
        ]
    };
}

const CREATE: &[Field] = invoice_fields![id("adjustmentToId").required()];
const UPDATE: &[Field] = invoice_fields![day("dueDate").nullable(), list("payments", &PAYMENT).nullable()];

/// Custom fields of several records at once.
pub(crate) const CUSTOM_FIELDS: &[Field] = &[list(
    "operations",
    &Kind::Object(&[
        id("objectId").required(),
        list("customFields", &Kind::Object(&[text("name").required().at_most(255), text("value").nullable()]))
            .required(),
    ]),
)
.required()];

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::list(
        "/accounting/v2/tenant/{tenant}/invoices",
        Listing::of(Table::Invoices).filters(&[FILTERS, CREATED, MODIFIED]).sorts(&[
            Sort::Id,
            Sort::ModifiedOn,
            Sort::CreatedOn,
            Sort::Text("ReferenceNumber", "referenceNumber"),
            Sort::Text("InvoiceDate", "invoiceDate"),
        ]),
    ),
    Endpoint::post("/accounting/v2/tenant/{tenant}/invoices", CREATE, create),
    Endpoint::patch("/accounting/v2/tenant/{tenant}/invoices/{id}", UPDATE, update),
    Endpoint::patch("/accounting/v2/tenant/{tenant}/invoices/custom-fields", CUSTOM_FIELDS, |call| {
        set_custom_fields(call, Table::Invoices)
    }),
];

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    check(call)?;
    let original = id_of(&call.body, "adjustmentToId").unwrap_or_default();
    let mut record = call.store.find(Table::Invoices, original)?;
    let id = call.store.new_id(Table::Invoices);
    let own = json!({
        "id": id, "syncStatus": "Pending", "referenceNumber": id.to_string(), "subTotal": "0.00", "salesTax": "0.00",
        "total": "0.00", "balance": "0.00", "createdOn": call.now_text(), "modifiedOn": call.now_text(),
        "adjustmentToId": original, "royalty": null, "reviewStatus": "NeedsReview", "assignedTo": null,
        "summary": null, "items": [], "customFields": [], "active": true, "exportId": null, "paidOn": null,
    });
    if let Value::Object(own) = own {
        record.extend(own);
    }
    apply(call, &mut record);
    call.insert(Table::Invoices, record.into());
    Ok(Reply::Json(id.into()))
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let id = call.id();
    let mut record = call.store.find(Table::Invoices, id)?;
    check(call)?;
    apply(call, &mut record);
    call.put(Table::Invoices, id, record);
    Ok(Reply::Empty)
}

fn check(call: &Call<'_>) -> Result<(), Problem> {
    let payments = call.given("payments");
    let mut checks = call
        .checks()
        .exists("adjustmentToId", Table::Invoices)
        .known("typeId", INVOICE_TYPES)
        .known("taxZoneId", TAX_ZONES)
        .known("assignedToId", EMPLOYEES);
    for (at, payment) in payments.as_array().into_iter().flatten().enumerate() {
        let id = payment["id"].as_i64().unwrap_or_default();
        let exists = call.store.has(Table::Payments, id);
        checks = checks.require(exists, &format!("payments[{at}].id"), "The payment does not exist.");
    }
    checks.done()?;
    let items = call.given("items");
    for (at, item) in items.as_array().into_iter().flatten().enumerate() {
        invoice_items::check(call.store, item, &format!("items[{at}]."))?;
    }
    Ok(())
}

/// Bodies and replies name these fields differently.
fn apply(call: &Call<'_>, record: &mut Object) {
    let renamed = [
        ("number", "referenceNumber"),
        ("invoicedOn", "invoiceDate"),
        ("taxZoneId", "taxZoneId"),
        ("summary", "summary"),
        ("exportId", "exportId"),
        ("budgetCodeId", "budgetCodeId"),
    ];
    for (given, shown) in renamed {
        if let Some(value) = call.body.get(given) {
            record.insert(shown.to_owned(), value.clone());
        }
    }
    if let Some(status) = text_of(&call.body, "reviewStatus") {
        record.insert("reviewStatus".to_owned(), status.into());
    }
    if let Some(due) = text_of(&call.body, "dueDate").and_then(Stamp::parse) {
        record.insert("dueDate".to_owned(), due.text().into());
    }
    if let Some(id) = id_of(&call.body, "typeId") {
        record.insert("invoiceType".to_owned(), json!({"id": id, "name": INVOICE_TYPES.name(id)}));
    }
    if let Some(id) = id_of(&call.body, "assignedToId") {
        record.insert("assignedTo".to_owned(), json!({"id": id, "name": EMPLOYEES.name(id)}));
    }
    apply_royalty(call, record);
    apply_amounts(call, record);
}

fn apply_royalty(call: &Call<'_>, record: &mut Object) {
    for (given, shown) in
        [("royaltyStatus", "status"), ("royaltyDate", "date"), ("royaltySentOn", "sentOn"), ("royaltyMemo", "memo")]
    {
        let Some(value) = call.body.get(given) else { continue };
        let royalty = record.entry("royalty").or_insert(Value::Null);
        if royalty.is_null() {
            *royalty = json!({"status": null, "date": null, "sentOn": null, "memo": null});
        }
        royalty[shown] = value.clone();
    }
}

/// Amounts come as numbers and are shown as text, with the digits that came.
fn apply_amounts(call: &Call<'_>, record: &mut Object) {
    for (given, shown) in [("subtotal", "subTotal"), ("tax", "salesTax")] {
        if let Some(Value::Number(amount)) = call.body.get(given) {
            record.insert(shown.to_owned(), amount.to_string().into());
        }
    }
    if let Some(items) = call.body.get("items").and_then(Value::as_array) {
        invoice_items::replace(call, record, items);
    }
    let amount = |key: &str| text_of(record, key).and_then(cents).unwrap_or_default();
    if ["subtotal", "tax", "items"].iter().any(|field| call.body.contains_key(*field)) {
        let total = amount("subTotal") + amount("salesTax");
        let paid = amount("total") - amount("balance");
        record.insert("total".to_owned(), decimal_text(total).into());
        record.insert("balance".to_owned(), decimal_text(total - paid).into());
    }
}

/// Cents of an amount with any number of decimals; what is beyond cents is cut off.
pub(crate) fn cents(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let negative = whole.starts_with('-');
    let fraction: i64 = format!("{fraction:0<2}").get(..2)?.parse().ok()?;
    let whole: i64 = whole.trim_start_matches('-').parse().ok()?;
    let all = whole.checked_mul(100)?.checked_add(fraction)?;
    Some(if negative { -all } else { all })
}

pub(crate) fn decimal_text(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// Sets custom fields of several records at once; one that does not exist refuses them all.
pub(crate) fn set_custom_fields(call: &mut Call<'_>, table: Table) -> Result<Reply, Problem> {
    let operations = call.given("operations").as_array().cloned().unwrap_or_default();
    let mut checks = call.checks();
    for (at, operation) in operations.iter().enumerate() {
        let id = operation["objectId"].as_i64().unwrap_or_default();
        let message = format!("{} with id {id} does not exist.", table.spec().noun);
        checks = checks.require(call.store.has(table, id), &format!("operations[{at}].objectId"), &message);
    }
    checks.done()?;
    for operation in operations {
        let id = operation["objectId"].as_i64().unwrap_or_default();
        let mut record = call.store.find(table, id)?;
        let fields = record.entry("customFields").or_insert_with(|| json!([]));
        let known = fields.as_array_mut().map(std::mem::take).unwrap_or_default();
        let given = operation["customFields"].as_array().cloned().unwrap_or_default();
        let kept = known.into_iter().filter(|own| !given.iter().any(|new| new["name"] == own["name"]));
        let set = given.iter().map(|new| json!({"name": new["name"], "value": new["value"]}));
        *fields = kept.chain(set).collect();
        call.put(table, id, record);
    }
    Ok(Reply::Empty)
}

/// The API opens an invoice with every job.
pub(crate) fn open_for_job(call: &mut Call<'_>, job: &Object) -> i64 {
    let id = call.store.new_id(Table::Invoices);
    let mut record = call.store.model(Table::Invoices);
    let named = |table: Table, key: &str| {
        let id = id_of(job, key).unwrap_or_default();
        json!({"id": id, "name": call.store.name(table, id)})
    };
    let address = |table: Table, key: &str| {
        let found = call.store.get(table, id_of(job, key).unwrap_or_default());
        let given = found.and_then(|record| record.get("address").cloned()).unwrap_or_default();
        json!({
            "street": given["street"], "unit": given["unit"], "city": given["city"], "state": given["state"],
            "zip": given["zip"], "country": given["country"],
        })
    };
    let number = text_of(job, "jobNumber").unwrap_or_default();
    let own = json!({
        "id": id, "syncStatus": "Pending", "referenceNumber": number, "invoiceDate": call.now_text(),
        "dueDate": call.now_text(), "subTotal": "0.00", "salesTax": "0.00", "total": "0.00", "balance": "0.00",
        "customer": named(Table::Customers, "customerId"),
        "customerAddress": address(Table::Customers, "customerId"),
        "location": named(Table::Locations, "locationId"),
        "locationAddress": address(Table::Locations, "locationId"),
        "businessUnit": named(Table::BusinessUnits, "businessUnitId"),
        "batch": null, "depositedOn": null, "createdOn": call.now_text(), "modifiedOn": call.now_text(),
        "job": {"id": id_of(job, "id"), "number": number, "type": null},
        "projectId": job.get("projectId"), "royalty": null, "employeeInfo": null, "sentStatus": "NotSent",
        "reviewStatus": "NeedsReview", "assignedTo": null, "summary": job.get("summary"), "items": [],
        "customFields": [], "active": true, "exportId": null, "paidOn": null,
    });
    if let Value::Object(own) = own {
        record.extend(own);
    }
    call.store.insert(Table::Invoices, record)
}

/// Subtotal, tax and whether it is paid, which the seeded payment has to agree with.
pub(crate) fn seeded_amounts(world: &World, slot: u32) -> (i64, i64, bool) {
    let job = jobs::seeded(world, slot);
    let tax = job.total * 825 / 10_000;
    (job.total, tax, job.done.is_some() && !world.dice(Table::Invoices, slot).one_in(3))
}

fn render(world: &World, slot: u32, json: &mut Json<'_>) {
    let keys = world.keys(Table::Invoices, slot);
    let job = jobs::seeded(world, slot);
    let (subtotal, tax, paid) = seeded_amounts(world, slot);
    let mut dice = world.dice(Table::Invoices, slot ^ 0x0077_7777);
    let customer = customers::seeded(world, job.customer).0;
    let address = customers::seeded_address(world, job.customer);
    let total = subtotal + tax;
    json.put("id", keys.id).put("syncStatus", dice.pick(SYNC)).null("budgetCodeId");
    json.put("referenceNumber", world.id(Table::Jobs, slot).to_string());
    json.put("invoiceDate", keys.created).put("dueDate", keys.created.start_of_day().plus_seconds(86_400 * 30));
    json.put("subTotal", MoneyText(subtotal)).put("salesTax", MoneyText(tax));
    json.nested("salesTaxCode", |json| {
        json.put("id", 1088_i64).put("name", "TX 8.25%").put("taxRate", crate::json::Raw("0.0825"));
    });
    json.put("taxZoneId", 1088_i64).put("total", MoneyText(total));
    json.put("balance", MoneyText(if paid { 0 } else { total }));
    json.nested("invoiceType", |json| {
        json.put("id", 0_i64).put("name", "Standard");
    });
    let mut party = |name: &str, table: Table| {
        json.nested(name, |json| {
            json.put("id", world.id(table, job.customer)).put("name", customer.as_str());
        });
        json.nested(&format!("{name}Address"), |json| address.write(json));
    };
    party("customer", Table::Customers);
    party("location", Table::Locations);
    json.nested("businessUnit", |json| {
        json.put("id", world.id(Table::BusinessUnits, job.business_unit));
        json.put("name", business_units::seeded_name(job.business_unit));
    });
    json.put("termName", "Net 30").put("createdBy", "dwhitfield").nulls(&["batch", "depositedOn"]);
    json.put("createdOn", keys.created).put("modifiedOn", keys.modified).null("adjustmentToId");
    json.nested("job", |json| {
        let id = world.id(Table::Jobs, slot);
        json.put("id", id).put("number", id.to_string()).put("type", job.job_type.1);
    });
    json.nulls(&["projectId", "royalty", "employeeInfo", "commissionEligibilityDate"]);
    json.put("sentStatus", dice.pick(&["NotSent", "Sent", "Opened"])).put("reviewStatus", dice.pick(REVIEW));
    json.null("assignedTo").put("summary", dice.pick(crate::words::SUMMARIES));
    json.list("items", [()], |(), json| invoice_items::render(world, slot, subtotal, json));
    json.put("customFields", &[] as &[i64]).put("active", keys.active).put("discountTotal", MoneyText(0));
    json.nulls(&["importId", "exportId", "materialSkuId", "membershipId"]);
    json.put("paidOn", paid.then_some(keys.modified)).put("invoiceConfiguration", "JobInvoice");
}
