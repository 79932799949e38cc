//! Invoices: what a customer is billed.

use pipefit_component::prelude::*;

use super::invoice_items::INVOICE_LINE;
use crate::filters;
use crate::inputs::{ADDITIONAL_FIELDS, CUSTOMER_ID, JOB_ID, SUMMARY, list_inputs};
use crate::records::{BATCH, NAME_AND_VALUE, NAMED};
use crate::service::ACCOUNTING;
use crate::values::invoices::{InvoiceCustomFields, InvoiceFields, InvoiceItem, InvoicePayment, NewInvoiceFields};

pub(crate) static INVOICES: ListEndpoint = ACCOUNTING
    .list("/invoices")
    .scope("tn.acc.invoices")
    .resource("invoices", "Invoices")
    .record(&INVOICE)
    // The API does not document which.
    .sort_fields(&[])
    .columns(&[
        "id",
        "referenceNumber",
        "invoiceDate",
        "customer.name",
        "total",
        "balance",
        "dueDate",
        "sentStatus",
        "job.number",
    ])
    .filters(&[
        filters::IDS,
        filters::ACTIVE_STATE,
        filters::MODIFIED_BEFORE,
        filters::MODIFIED_ON_OR_AFTER,
        Filter::choice("statuses", &["Pending", "Posted", "Exported"]).repeated(),
        Filter::id("batchId"),
        Filter::integer("batchNumber"),
        filters::CUSTOM_FIELDS,
        filters::CUSTOM_FIELD_OPERATOR,
        Filter::id("jobId"),
        Filter::text("jobNumber"),
        Filter::id("businessUnitId"),
        Filter::id("customerId"),
        Filter::timestamp("invoicedOnOrAfter"),
        Filter::timestamp("invoicedOnBefore"),
        Filter::id("adjustmentToId"),
        Filter::text("number"),
        filters::CREATED_ON_OR_AFTER,
        filters::CREATED_BEFORE,
        Filter::decimal("totalGreater"),
        Filter::decimal("totalLess"),
        Filter::decimal("balanceFilter.Balance"),
        Filter::choice("balanceFilter.Comparer", &["Equals", "NotEquals", "Greater", "Less"]),
        Filter::timestamp("dueDateBefore"),
        Filter::timestamp("dueDateOnOrAfter"),
        Filter::text("orderBy"),
        Filter::text("orderByDirection"),
        Filter::choice(
            "reviewStatuses",
            &["NeedsReview", "OnHold", "Reviewed", "PendingApproval", "Rejected", "ReadyForBilling", "Invoiced"],
        )
        .repeated(),
        Filter::id("assignedToIds").repeated(),
        Filter::choice(
            "invoiceConfigurations",
            &[
                "JobInvoice",
                "ProjectInvoice",
                "CounterSales",
                "MembershipInvoice",
                "InterestChargeInvoice",
                "ARImportInvoice",
            ],
        )
        .repeated(),
    ])
    .ids("ids")
    .including_inactive("activeState", "All");

/// The review statuses of an invoice.
const REVIEW_STATUSES: &[Choice] = &[
    EMPTY,
    plain("NeedsReview"),
    plain("OnHold"),
    plain("Reviewed"),
    plain("PendingApproval"),
    plain("Rejected"),
    plain("ReadyForBilling"),
    plain("Invoiced"),
];

/// The statuses of a royalty report.
const ROYALTY_STATUSES: &[Choice] = &[EMPTY, plain("Pending"), plain("Sent"), plain("Failed")];

const ADJUSTMENT_TO_ID: Input = Input::id("adjustmentToId", "Adjustment To ID")
    .example("10978752986")
    .source("selectInvoice")
    .help("The id of the invoice that the new invoice adjusts, not its invoice number.");
const ASSIGNED_TO_ID: Input = Input::id("assignedToId", "Assigned To ID")
    .example("10978752986")
    .help("The id of the employee who reviews the invoice.");
const EXPORT_ID: Input = Input::text("exportId", "Export ID")
    .example("6B29FC40-CA47-1067-B31D-00DD010662DA21323")
    .help("The id of the invoice in your accounting system.");
const INVOICED_ON: Input = Input::timestamp("invoicedOn", "Invoiced On")
    .example("2021-01-01T00:00:00Z")
    .help("The invoice date, with a time zone, such as `2026-02-03T00:00:00Z`.")
    .omitted_on_create("Today when left out.");
pub(super) const INVOICE_ID: Input = Input::id("invoiceId", "Invoice ID")
    .example("10978752986")
    .source("selectInvoice")
    .help("The id of the invoice, not the invoice number.");
const ITEMS: Input = Input::code("items", "Items")
    .shape::<Vec<InvoiceItem>>()
    .template(
        r#"[{
            "skuId": 0,
            "skuName": "string",
            "technicianId": 0,
            "description": "string",
            "quantity": 0,
            "unitPrice": 0,
            "cost": 0,
            "isAddOn": true,
            "signature": "string",
            "technicianAcknowledgementSignature": "string",
            "installedOn": "string",
            "inventoryWarehouseName": "string",
            "skipUpdatingMembershipPrices": true,
            "itemGroupName": "string",
            "itemGroupRootId": 0,
            "inventoryLocationId": 0,
            "durationBillingId": 0,
            "id": 0
        }]"#,
    )
    .help("The lines of the invoice, each with a description and a quantity.");
const NUMBER: Input = Input::text("number", "Number")
    .example("10978752986")
    .help("The invoice number.")
    .omitted_on_create("The next number when left out.");
const OPERATIONS: Input = Input::code("operations", "Operations")
    .shape::<Vec<InvoiceCustomFields>>()
    .template(r#"[{"objectId": 0, "customFields": [{"name": "string", "value": "string"}]}]"#)
    .help("The invoices, each with the custom fields to set. Custom fields that are not listed keep their values.");
const PAYMENTS: Input = Input::code("payments", "Payments")
    .shape::<Vec<InvoicePayment>>()
    .template(r#"[{"id": 0, "settlementStatus": "Settled", "settlementDate": "string"}]"#)
    .help("The payments of the invoice whose settlement has changed.");
const REVIEW_STATUS: Input =
    Input::text("reviewStatus", "Review Status").choices(REVIEW_STATUSES).help("The review status of the invoice.");
const ROYALTY_DATE: Input = Input::timestamp("royaltyDate", "Royalty Date")
    .example("2021-01-01T00:00:00Z")
    .help("The date that the royalty is counted for, with a time zone.");
const ROYALTY_MEMO: Input =
    Input::text("royaltyMemo", "Royalty Memo").example("Payment for services rendered.").help("Notes on the royalty.");
const ROYALTY_SENT_ON: Input = Input::timestamp("royaltySentOn", "Royalty Sent On")
    .example("2021-01-01T00:00:00Z")
    .help("When the royalty was reported, with a time zone.");
const ROYALTY_STATUS: Input = Input::text("royaltyStatus", "Royalty Status")
    .choices(ROYALTY_STATUSES)
    .help("The status of the royalty report to the franchise.");
const SUBTOTAL: Input = Input::decimal("subtotal", "Subtotal")
    .example("100.00")
    .help("The total before tax, in the currency of the account, such as `178.30`.")
    .omitted_on_create("The sum of the lines when left out.");
const TAX: Input = Input::decimal("tax", "Tax")
    .example("100.00")
    .help("The tax amount, in the currency of the account, such as `10.70`.");
const TYPE_ID: Input =
    Input::id("typeId", "Type ID").example("0").help("The id of the invoice type, from the account settings.");

static INVOICE: Record = Record {
    help: "An invoice.",
    fields: &[
        Field::id("id", "The id of the invoice."),
        Field::text("syncStatus", "Whether the accounting system has the invoice: Pending, Posted or Exported.")
            .nullable()
            .example("Pending"),
        Field::id("budgetCodeId", "The id of the budget code of the invoice.").nullable(),
        Field::text("referenceNumber", "The invoice number.").nullable().example("10978752986"),
        Field::timestamp("invoiceDate", "The invoice date.").nullable().example("2026-02-03T00:00:00Z"),
        Field::timestamp("dueDate", "The date by which the invoice must be paid.")
            .nullable()
            .example("2026-03-05T00:00:00Z"),
        Field::text("subTotal", "The total before tax, as text.").nullable().example("178.30"),
        Field::text("salesTax", "The tax amount, as text.").nullable().example("10.70"),
        Field::object("salesTaxCode", "The sales tax that applies.", &SALES_TAX_CODE).nullable(),
        Field::id("taxZoneId", "The id of the tax zone that applies.").nullable(),
        Field::text("total", "The total, as text.").nullable().example("189.00"),
        Field::text("balance", "The amount still to be paid, as text.").nullable().example("189.00"),
        Field::object("invoiceType", "The invoice type.", &NAMED).nullable().example("null"),
        Field::object("customer", "The customer who pays the invoice.", &NAMED).nullable(),
        Field::object("customerAddress", "The address that the invoice is sent to.", &INVOICE_ADDRESS).nullable(),
        Field::object("location", "The location where the work was done.", &NAMED).nullable(),
        Field::object("locationAddress", "The address of the location.", &INVOICE_ADDRESS).nullable(),
        Field::object("businessUnit", "The business unit that bills the invoice.", &NAMED)
            .nullable()
            .example(r#"{"id": 10978752986, "name": "HVAC Service"}"#),
        Field::text("termName", "The name of the payment terms.").nullable(),
        Field::text("createdBy", "The name of the user who created the invoice.").nullable().example("office"),
        Field::object("batch", "The batch that the invoice was exported with.", &BATCH).nullable().example("null"),
        Field::timestamp("depositedOn", "When the money was deposited.").nullable(),
        Field::timestamp("createdOn", "When the invoice was created."),
        Field::timestamp("modifiedOn", "When the invoice was last modified.")
            .nullable()
            .example("2026-02-03T12:01:07Z"),
        Field::id("adjustmentToId", "The id of the invoice that this invoice adjusts.").nullable(),
        Field::object("job", "The job that the invoice bills.", &INVOICE_JOB).nullable(),
        Field::id("projectId", "The id of the project that the invoice belongs to.").nullable(),
        Field::object("royalty", "The royalty that a franchise owes for the invoice.", &ROYALTY)
            .nullable()
            .example("null"),
        Field::object("employeeInfo", "The employee who created the invoice.", &EMPLOYEE_INFO)
            .nullable()
            .example("null"),
        Field::text("commissionEligibilityDate", "The date from which commission is due.").nullable(),
        Field::text("sentStatus", "Whether the invoice was sent: `NotSent`, Sent or Opened.").example("NotSent"),
        Field::text(
            "reviewStatus",
            "The review status: `NeedsReview`, `OnHold`, Reviewed, `PendingApproval`, Rejected, \
             `ReadyForBilling` or Invoiced.",
        )
        .example("NeedsReview"),
        Field::object("assignedTo", "The employee who reviews the invoice.", &NAMED).nullable().example("null"),
        Field::text("summary", "A description of the work that was done. May contain HTML.")
            .nullable()
            .example("Replaced the igniter."),
        Field::objects("items", "The lines of the invoice.", &INVOICE_LINE).nullable(),
        Field::objects("customFields", "The values of the invoice's custom fields.", &NAME_AND_VALUE)
            .nullable()
            .example("[]"),
        Field::flag("active", "Whether the invoice is active.").example("true"),
        Field::text("discountTotal", "The sum of the discounts, as text.").nullable().example("0.00"),
        Field::text("importId", "The id of the invoice in the system that it was imported from.").nullable(),
        Field::text("exportId", "The id of the invoice in your accounting system.").nullable(),
        Field::id("materialSkuId", "The id of the pricebook item that materials are billed as.").nullable(),
        Field::id("membershipId", "The id of the membership that the invoice bills.").nullable(),
        Field::timestamp("paidOn", "When the invoice was paid in full.").nullable(),
        Field::text(
            "invoiceConfiguration",
            "The kind of invoice: `JobInvoice`, `ProjectInvoice`, `CounterSales`, `MembershipInvoice`, \
             `InterestChargeInvoice` or `ARImportInvoice`.",
        )
        .example("JobInvoice"),
    ],
};

static SALES_TAX_CODE: Record = Record {
    help: "The sales tax that applies to an invoice.",
    fields: &[
        Field::id("id", "The id of the sales tax code.").example("1088"),
        Field::text("name", "The name of the sales tax code.").nullable().example("Glendale"),
        Field::decimal("taxRate", "The tax rate as a fraction, such as `0.06` for six percent.").example("0.06"),
    ],
};

static INVOICE_ADDRESS: Record = Record {
    help: "An address on an invoice.",
    fields: &[
        Field::text("street", "The street and house number.").nullable().example("12 Hill Road"),
        Field::text("unit", "The apartment, suite or floor.").nullable(),
        Field::text("city", "The city.").nullable().example("Glendale"),
        Field::text("state", "The state or province.").nullable().example("CA"),
        Field::text("zip", "The postal code.").nullable().example("91203"),
        Field::text("country", "The country.").nullable().example("USA"),
    ],
};

static INVOICE_JOB: Record = Record {
    help: "The job that an invoice bills.",
    fields: &[
        Field::id("id", "The id of the job."),
        Field::text("number", "The job number.").nullable().example("10978752986"),
        Field::text("type", "The name of the job type.").nullable().example("Repair"),
    ],
};

static ROYALTY: Record = Record {
    help: "The royalty that a franchise owes for an invoice.",
    fields: &[
        Field::text("status", "The status of the royalty report: Pending, Sent or Failed.").nullable(),
        Field::timestamp("date", "The date that the royalty is counted for.").nullable(),
        Field::timestamp("sentOn", "When the royalty was reported.").nullable(),
        Field::text("memo", "Notes on the royalty.").nullable(),
    ],
};

static EMPLOYEE_INFO: Record = Record {
    help: "The employee who created an invoice.",
    fields: &[
        Field::id("id", "The id of the employee."),
        Field::text("name", "The name of the employee.").nullable(),
        Field::timestamp("modifiedOn", "When the employee's record was last modified."),
    ],
};

static NEW_INVOICE_ID: Field = Field::id("id", "The id of the new invoice.").example("10978752987");

struct ListInvoices;

impl Action for ListInvoices {
    fn about(&self) -> About {
        About::read("listInvoices", "List Invoices", INVOICES.resource)
            .help("Returns one page of invoices with their lines, or all of them with Fetch All.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &list_inputs(&INVOICES) }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INVOICES.list().query(inputs)
    }
}

register!(action ListInvoices);

struct CreateInvoices;

impl Action for CreateInvoices {
    fn about(&self) -> About {
        About::create("createInvoices", "Create Invoices", INVOICES.resource)
            .help("Creates an invoice that adjusts an earlier invoice. Returns the id of the new invoice.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                ADJUSTMENT_TO_ID.required(),
                NUMBER,
                TYPE_ID,
                INVOICED_ON,
                SUBTOTAL,
                TAX,
                SUMMARY,
                ROYALTY_STATUS,
                ROYALTY_DATE,
                ROYALTY_SENT_ON,
                ROYALTY_MEMO,
                EXPORT_ID,
                REVIEW_STATUS,
                ASSIGNED_TO_ID,
                ITEMS,
                DEBUG_REQUEST,
                ADDITIONAL_FIELDS.shape::<NewInvoiceFields>(),
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INVOICES.create().returns(Output::Value(&NEW_INVOICE_ID)).body(inputs)
    }
}

register!(action CreateInvoices);

struct UpdateInvoice;

impl Action for UpdateInvoice {
    fn about(&self) -> About {
        About::update("updateInvoice", "Update Invoice", INVOICES.resource).help(
            "Changes the given fields of an invoice. Lines in `items` with an `id` are changed, lines \
                 without one are added, and all other lines are kept.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                INVOICE_ID.required(),
                NUMBER,
                TYPE_ID,
                INVOICED_ON,
                SUBTOTAL,
                TAX,
                SUMMARY,
                ROYALTY_STATUS,
                ROYALTY_DATE,
                ROYALTY_SENT_ON,
                ROYALTY_MEMO,
                EXPORT_ID,
                REVIEW_STATUS,
                ASSIGNED_TO_ID,
                ITEMS,
                PAYMENTS,
                DEBUG_REQUEST,
                ADDITIONAL_FIELDS.shape::<InvoiceFields>(),
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INVOICES.patch("{invoiceId}").returns(Output::Empty).body(inputs)
    }
}

register!(action UpdateInvoice);

struct UpdateInvoiceCustomFields;

impl Action for UpdateInvoiceCustomFields {
    fn about(&self) -> About {
        About::update("updateInvoiceCustomFields", "Update Invoice Custom Fields", INVOICES.resource)
            .help("Sets custom fields of several invoices at once.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, DEBUG_REQUEST, OPERATIONS.required(), ADDITIONAL_FIELDS] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INVOICES.patch("custom-fields").returns(Output::Empty).body(inputs)
    }
}

register!(action UpdateInvoiceCustomFields);

struct SelectInvoice;

impl DataSource for SelectInvoice {
    fn about(&self) -> About {
        About::read("selectInvoice", "Select Invoice", INVOICES.resource)
            .help("Offers invoices by their invoice numbers.")
    }

    fn choices(&self) -> Choices {
        INVOICES
            .choices("#{referenceNumber}")
            .sorted_by("id")
            .narrowed_by(const { &[CUSTOMER_ID.narrowing(), JOB_ID.narrowing()] })
    }
}

register!(source SelectInvoice);
