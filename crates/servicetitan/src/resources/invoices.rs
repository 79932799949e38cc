//! Invoices: what a customer is billed.

use pipefit_component::prelude::*;

use crate::inputs::{LIST, SUMMARY, TECHNICIAN_ID};
use crate::records::{BATCH, GENERAL_LEDGER_ACCOUNT, NAME_AND_VALUE, NAMED};
use crate::service::ACCOUNTING;
use crate::values::custom_fields::CustomFieldOperation;
use crate::values::invoices::{InvoiceItem, InvoicePayment};

pub(crate) static INVOICES: ListEndpoint = ACCOUNTING
    .list("/invoices")
    .resource("invoices", "Invoices")
    .record(&INVOICE)
    .ids("ids")
    .including_inactive("activeState", "All");

/// How far the review of an invoice is.
const REVIEW_STATUSES: &[Choice] = &[EMPTY, plain("NeedsReview"), plain("OnHold"), plain("Reviewed")];

/// How far the report of a royalty is.
const ROYALTY_STATUSES: &[Choice] = &[EMPTY, plain("Pending"), plain("Sent"), plain("Failed")];

const ADJUSTMENT_TO_ID: Input = Input::id("adjustmentToId", "Adjustment To ID")
    .example("10978752986")
    .source("selectInvoice")
    .help("The invoice that the new one adjusts: its own number, not the one that people see.");
const ASSIGNED_TO_ID: Input = Input::id("assignedToId", "Assigned To ID")
    .example("10978752986")
    .help("The employee who reviews it, by number.")
    .omitted("Left out: none on create, unchanged on update.");
const COST: Input = Input::decimal("cost", "Cost")
    .example("2.0")
    .help("What one costs you, in the currency of the account.")
    .omitted("That of the pricebook on a new line and unchanged otherwise when left out.");
const DESCRIPTION: Input = Input::text("description", "Description")
    .example("A test SKU")
    .help("What the customer reads on the line; may hold HTML.");
const DURATION_BILLING_ID: Input = Input::id("durationBillingId", "Duration Billing ID")
    .example("10978752986")
    .help("The billing of time that the line stems from, by number.")
    .omitted("None on a new line and unchanged otherwise when left out.");
const EXPORT_ID: Input = Input::text("exportId", "Export ID")
    .example("6B29FC40-CA47-1067-B31D-00DD010662DA21323")
    .help("The number under which your accounting knows the invoice.")
    .omitted("Left out: none on create, unchanged on update.");
const ID: Input = Input::id("id", "ID")
    .example("10978752986")
    .help("The line to change, by its number.")
    .omitted("A new line is added when left out.");
const INSTALLED_ON: Input = Input::timestamp("installedOn", "Installed On")
    .example("2021-01-01T00:00:00Z")
    .help("When the item was installed, with a time zone.")
    .omitted("None on a new line and unchanged otherwise when left out.");
const INVENTORY_LOCATION_ID: Input = Input::id("inventoryLocationId", "Inventory Location ID")
    .example("10978752986")
    .help("The warehouse or truck that the item comes from, by number.")
    .omitted("None on a new line and unchanged otherwise when left out.");
const INVENTORY_WAREHOUSE_NAME: Input = Input::text("inventoryWarehouseName", "Inventory Warehouse Name")
    .example("Warehouse")
    .help("The warehouse that the item comes from, by name.")
    .omitted("None on a new line and unchanged otherwise when left out.");
const INVOICED_ON: Input = Input::timestamp("invoicedOn", "Invoiced On")
    .example("2021-01-01T00:00:00Z")
    .help("The day it is made out, with a time zone, such as `2026-02-03T00:00:00Z`.")
    .omitted("Today on create and unchanged on update when left out.");
const INVOICE_ID: Input = Input::id("invoiceId", "Invoice ID")
    .example("10978752986")
    .source("selectInvoice")
    .help("The invoice: its own number, not the one that people see.");
const IS_ADD_ON: Input = Input::flag("isAddOn", "Is Add On")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether the line is an add-on.")
    .omitted("Not on a new line and unchanged otherwise when left out.");
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
    .help("Lines of the invoice, each with a description and a quantity.")
    .omitted("No lines on create and unchanged on update when left out.");
const ITEM_GROUP_NAME: Input = Input::text("itemGroupName", "Item Group Name")
    .example("Test Group")
    .help("The group of lines that it is shown in, by name.")
    .omitted("None on a new line and unchanged otherwise when left out.");
const ITEM_GROUP_ROOT_ID: Input = Input::id("itemGroupRootId", "Item Group Root ID")
    .example("10978752986")
    .help("The line that leads this group, by number.")
    .omitted("None on a new line and unchanged otherwise when left out.");
const ITEM_ID: Input =
    Input::id("itemId", "Item ID").example("10978752986").help("The line to take off, by its number.");
const NUMBER: Input = Input::text("number", "Number")
    .example("10978752986")
    .help("The number that people see.")
    .omitted("The next one on create and unchanged on update when left out.");
const OPERATIONS: Input = Input::code("operations", "Operations")
    .shape::<Vec<CustomFieldOperation>>()
    .template(r#"[{"objectId": 0, "customFields": [{"name": "string", "value": "string"}]}]"#)
    .help("The invoices, each with the custom fields to set; fields that are not named stay as they are.");
const PAYMENTS: Input = Input::code("payments", "Payments")
    .shape::<Vec<InvoicePayment>>()
    .template(r#"[{"id": 0, "settlementStatus": "Settled", "settlementDate": "string"}]"#)
    .help("Payments of the invoice whose settlement has changed.")
    .omitted("Unchanged when left out.");
const QUANTITY: Input = Input::decimal("quantity", "Quantity").example("2").help("How many, such as `2` or `1.5`.");
const REVIEW_STATUS: Input = Input::text("reviewStatus", "Review Status")
    .choices(REVIEW_STATUSES)
    .help("How far the review of the invoice is.")
    .omitted("Left out: none on create, unchanged on update.");
const ROYALTY_DATE: Input = Input::timestamp("royaltyDate", "Royalty Date")
    .example("2021-01-01T00:00:00Z")
    .help("The day that the royalty is counted for, with a time zone.")
    .omitted("Left out: none on create, unchanged on update.");
const ROYALTY_MEMO: Input = Input::text("royaltyMemo", "Royalty Memo")
    .example("Payment for services rendered.")
    .help("Notes on the royalty.")
    .omitted("Left out: none on create, unchanged on update.");
const ROYALTY_SENT_ON: Input = Input::timestamp("royaltySentOn", "Royalty Sent On")
    .example("2021-01-01T00:00:00Z")
    .help("When the royalty was reported, with a time zone.")
    .omitted("Left out: none on create, unchanged on update.");
const ROYALTY_STATUS: Input = Input::text("royaltyStatus", "Royalty Status")
    .choices(ROYALTY_STATUSES)
    .help("How far the report to the franchise is.")
    .omitted("Left out: none on create, unchanged on update.");
const SELLER_ID: Input = TECHNICIAN_ID
    .help("The technician who sold the line.")
    .omitted("None on a new line and unchanged otherwise when left out.");
const SIGNATURE: Input = Input::text("signature", "Signature")
    .example("An example signature.")
    .help("The customer's signature for the line.")
    .omitted("None on a new line and unchanged otherwise when left out.");
const SKIP_UPDATING_MEMBERSHIP_PRICES: Input =
    Input::flag("skipUpdatingMembershipPrices", "Skip Updating Membership Prices")
        .choices(TRUE_OR_FALSE)
        .default("")
        .help("Whether the line keeps its price where a membership would change it.")
        .omitted("The price follows the membership when left out.");
const SKU_ID: Input = Input::id("skuId", "SKU ID")
    .example("10978752986")
    .help("The item of the pricebook, by number.")
    .omitted("Found by the SKU name when left out.");
const SKU_NAME: Input = Input::text("skuName", "SKU Name")
    .example("Test SKU")
    .help("The code of the item in the pricebook.")
    .omitted("Found by the SKU ID when left out.");
const SUBTOTAL: Input = Input::decimal("subtotal", "Subtotal")
    .example("100.00")
    .help("The sum before tax, in the currency of the account, such as `178.30`.")
    .omitted("The sum of the lines on create and unchanged on update when left out.");
const TAX: Input = Input::decimal("tax", "Tax")
    .example("100.00")
    .help("The tax, in the currency of the account, such as `10.70`.")
    .omitted("Left out: none on create, unchanged on update.");
const TECHNICIAN_ACKNOWLEDGEMENT_SIGNATURE: Input =
    Input::text("technicianAcknowledgementSignature", "Technician Acknowledgement Signature")
        .example("Test Signature")
        .help("The technician's signature for the line.")
        .omitted("None on a new line and unchanged otherwise when left out.");
const TYPE_ID: Input = Input::id("typeId", "Type ID")
    .example("0")
    .help("The type of invoice, by its number in the settings of the account.")
    .omitted("Left out: none on create, unchanged on update.");
const UNIT_PRICE: Input = Input::decimal("unitPrice", "Unit Price")
    .example("2.0")
    .help("The price of one, in the currency of the account, such as `178.30`.")
    .omitted("That of the pricebook on a new line and unchanged otherwise when left out.");

static INVOICE: Record = Record {
    help: "An invoice, as the API answers it.",
    fields: &[
        Field::id("id", "The number of the record."),
        Field::text("syncStatus", "Whether the accounting has it: Pending, Posted or Exported.")
            .nullable()
            .example("Pending"),
        Field::id("budgetCodeId", "The budget code that it is booked under.").nullable(),
        Field::text("referenceNumber", "The number that people see.").nullable().example("10978752986"),
        Field::timestamp("invoiceDate", "The day it was made out.").nullable().example("2026-02-03T00:00:00Z"),
        Field::timestamp("dueDate", "The day it has to be paid by.").nullable().example("2026-03-05T00:00:00Z"),
        Field::text("subTotal", "The sum before tax, as text.").nullable().example("178.30"),
        Field::text("salesTax", "The tax, as text.").nullable().example("10.70"),
        Field::object("salesTaxCode", "The tax that applies.", &SALES_TAX_CODE).nullable(),
        Field::id("taxZoneId", "The tax zone that applies.").nullable(),
        Field::text("total", "What it comes to, as text.").nullable().example("189.00"),
        Field::text("balance", "What is still to be paid, as text.").nullable().example("189.00"),
        Field::object("invoiceType", "The type of invoice.", &NAMED).nullable().example("null"),
        Field::object("customer", "Who pays it.", &NAMED).nullable(),
        Field::object("customerAddress", "Where it is sent.", &INVOICE_ADDRESS).nullable(),
        Field::object("location", "Where the work was done.", &NAMED).nullable(),
        Field::object("locationAddress", "The address of that location.", &INVOICE_ADDRESS).nullable(),
        Field::object("businessUnit", "The business unit that bills it.", &NAMED)
            .nullable()
            .example(r#"{"id": 10978752986, "name": "HVAC Service"}"#),
        Field::text("termName", "The terms of payment.").nullable(),
        Field::text("createdBy", "Who made it.").nullable().example("office"),
        Field::object("batch", "The batch that it was exported with.", &BATCH).nullable().example("null"),
        Field::timestamp("depositedOn", "When its money was deposited.").nullable(),
        Field::timestamp("createdOn", "When it was added."),
        Field::timestamp("modifiedOn", "When it was last changed.").nullable().example("2026-02-03T12:01:07Z"),
        Field::id("adjustmentToId", "The invoice that it adjusts.").nullable(),
        Field::object("job", "The job that it bills.", &INVOICE_JOB).nullable(),
        Field::id("projectId", "The project that it belongs to.").nullable(),
        Field::object("royalty", "What a franchise owes for it.", &ROYALTY).nullable().example("null"),
        Field::object("employeeInfo", "Who made it.", &EMPLOYEE_INFO).nullable().example("null"),
        Field::text("commissionEligibilityDate", "From when commission is due on it.").nullable(),
        Field::text("sentStatus", "`NotSent`, Sent or Opened.").example("NotSent"),
        Field::text(
            "reviewStatus",
            "How far its review is: `NeedsReview`, `OnHold`, Reviewed, `PendingApproval`, Rejected, \
             `ReadyForBilling` or Invoiced.",
        )
        .example("NeedsReview"),
        Field::object("assignedTo", "Who reviews it.", &NAMED).nullable().example("null"),
        Field::text("summary", "What was done; may hold HTML.").nullable().example("Replaced the igniter."),
        Field::objects("items", "Its lines.", &INVOICE_LINE).nullable(),
        Field::objects("customFields", "Its custom fields.", &NAME_AND_VALUE).nullable().example("[]"),
        Field::flag("active", "Whether it is in use.").example("true"),
        Field::text("discountTotal", "The sum of its discounts, as text.").nullable().example("0.00"),
        Field::text("importId", "Its number in the system that it was imported from.").nullable(),
        Field::text("exportId", "Its number in the accounting that it was exported to.").nullable(),
        Field::id("materialSkuId", "The item that materials are billed as.").nullable(),
        Field::id("membershipId", "The membership that it bills.").nullable(),
        Field::timestamp("paidOn", "When it was paid in full.").nullable(),
        Field::text(
            "invoiceConfiguration",
            "What it was made for: `JobInvoice`, `ProjectInvoice`, `CounterSales`, `MembershipInvoice`, \
             `InterestChargeInvoice` or `ARImportInvoice`.",
        )
        .example("JobInvoice"),
    ],
};

static INVOICE_LINE: Record = Record {
    help: "One line of an invoice, as the API answers it.",
    fields: &[
        Field::id("id", "The number of the line."),
        Field::text("description", "What the customer reads; may hold HTML.").nullable().example("Igniter"),
        Field::text("quantity", "How many, as text.").nullable().example("1"),
        Field::text("cost", "What one costs you, as text.").nullable().example("41.20"),
        Field::text("totalCost", "What all of them cost you, as text.").nullable().example("41.20"),
        Field::id("budgetCodeId", "The budget code that it is booked under.").nullable(),
        Field::id("inventoryLocationId", "The warehouse or truck that it comes from.").nullable(),
        Field::text("inventoryLocation", "The name of that place.").nullable(),
        Field::text("price", "The price of one, as text.").nullable().example("178.30"),
        Field::text("type", "Service, Material, Equipment, `PriceModifier` or Unspecified.").example("Material"),
        Field::text("skuName", "The code of the item in the pricebook.").nullable().example("IGN-80"),
        Field::id("skuId", "The item of the pricebook.").example("1088"),
        Field::text("total", "What the line comes to, as text.").nullable().example("178.30"),
        Field::flag("inventory", "Whether its stock is kept."),
        Field::flag("taxable", "Whether tax is due on it.").example("true"),
        Field::flag("isChargeable", "Whether the customer pays it.").example("true"),
        Field::object("generalLedgerAccount", "The account that its income is booked on.", &GENERAL_LEDGER_ACCOUNT)
            .nullable(),
        Field::object("costOfSaleAccount", "The account that its cost is booked on.", &GENERAL_LEDGER_ACCOUNT)
            .nullable()
            .example("null"),
        Field::object("assetAccount", "The account that its stock is booked on.", &GENERAL_LEDGER_ACCOUNT)
            .nullable()
            .example("null"),
        Field::id("membershipTypeId", "The membership that it sells; 0 for none.").example("0"),
        Field::object("itemGroup", "The group of lines that it is shown in.", &ITEM_GROUP).nullable().example("null"),
        Field::text("displayName", "What the item is called.").nullable().example("Igniter"),
        Field::decimal("soldHours", "The hours of work in it.").nullable().example("0"),
        Field::timestamp("createdOn", "When it was added.").example("2026-02-03T12:00:00Z"),
        Field::timestamp("modifiedOn", "When it was last changed.").example("2026-02-03T12:00:00Z"),
        Field::timestamp("serviceDate", "When the service was done.").nullable(),
        Field::integer("order", "Its place among the lines."),
        Field::object("businessUnit", "The business unit that it is booked for.", &NAMED).nullable().example("null"),
        Field::id("createdById", "Who added it.").nullable().example("1088"),
        Field::flag("displayInAmount", "Whether its amount is shown.").nullable(),
        Field::text("importId", "Its number in the system that it was imported from.").nullable(),
        Field::text("exportId", "Its number in the accounting that it was exported to.").nullable(),
        Field::text("inventoryStatus", "How far its stock was booked.").nullable(),
        Field::flag("addOn", "Whether it is an add-on."),
        Field::text("memberPrice", "The price for members, as text.").nullable().example("160.47"),
        Field::id("technicianId", "Who sold it.").nullable().example("1088"),
        Field::id("installedEquipmentId", "The piece of equipment that it became.").nullable(),
        Field::id("estimateItemId", "The line of the estimate that it was made from.").nullable(),
    ],
};

static SALES_TAX_CODE: Record = Record {
    help: "The tax that applies to an invoice.",
    fields: &[
        Field::id("id", "The number of the record.").example("1088"),
        Field::text("name", "What people call it.").nullable().example("Glendale"),
        Field::decimal("taxRate", "The rate, such as `0.06` for six percent.").example("0.06"),
    ],
};

static INVOICE_ADDRESS: Record = Record {
    help: "An address on an invoice.",
    fields: &[
        Field::text("street", "The street with the house number.").nullable().example("12 Hill Road"),
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
        Field::id("id", "The number of the record."),
        Field::text("number", "The number that people see.").nullable().example("10978752986"),
        Field::text("type", "The type of job, by name.").nullable().example("Repair"),
    ],
};

static ROYALTY: Record = Record {
    help: "What a franchise owes for an invoice.",
    fields: &[
        Field::text("status", "Pending, Sent or Failed.").nullable(),
        Field::timestamp("date", "The day it is counted for.").nullable(),
        Field::timestamp("sentOn", "When it was reported.").nullable(),
        Field::text("memo", "Notes.").nullable(),
    ],
};

static EMPLOYEE_INFO: Record = Record {
    help: "Who made an invoice.",
    fields: &[
        Field::id("id", "The number of the record."),
        Field::text("name", "What that person is called.").nullable(),
        Field::timestamp("modifiedOn", "When the record of that person was last changed."),
    ],
};

static ITEM_GROUP: Record = Record {
    help: "A group of lines.",
    fields: &[Field::id("rootId", "The line that leads it."), Field::text("name", "What people call it.").nullable()],
};

static INVOICE_NUMBER: Field = Field::id("id", "The number of the new invoice, bare.").example("10978752987");

struct ListInvoices;

impl Action for ListInvoices {
    fn about(&self) -> About {
        About::read("listInvoices", "List Invoices", INVOICES.resource)
            .help("Lists invoices with their lines, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
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
            .help("Adds an invoice that adjusts an earlier one, and answers the number of the new record.")
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
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INVOICES.create().returns(Output::Value(&INVOICE_NUMBER)).body(inputs)
    }
}

register!(action CreateInvoices);

struct UpdateInvoice;

impl Action for UpdateInvoice {
    fn about(&self) -> About {
        About::update("updateInvoice", "Update Invoice", INVOICES.resource)
            .help("Changes the given fields of an invoice. The lines of `items` are added, or changed where they name an `id`; the others stay.")
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
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INVOICES.patch("{invoiceId}").returns(Output::Empty).body(inputs)
    }
}

register!(action UpdateInvoice);

struct UpdateInvoiceItems;

impl Action for UpdateInvoiceItems {
    fn about(&self) -> About {
        About::update("updateInvoiceItems", "Update Invoice Items", INVOICES.resource)
            .help("Adds one line to an invoice, or changes the line that `id` names.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                INVOICE_ID.required(),
                DESCRIPTION.required(),
                QUANTITY.required(),
                SKU_ID,
                SKU_NAME,
                SELLER_ID,
                UNIT_PRICE,
                COST,
                IS_ADD_ON,
                SIGNATURE,
                TECHNICIAN_ACKNOWLEDGEMENT_SIGNATURE,
                INSTALLED_ON,
                INVENTORY_WAREHOUSE_NAME,
                SKIP_UPDATING_MEMBERSHIP_PRICES,
                ITEM_GROUP_NAME,
                ITEM_GROUP_ROOT_ID,
                INVENTORY_LOCATION_ID,
                DURATION_BILLING_ID,
                ID,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INVOICES.patch("{invoiceId}/items").returns(Output::Empty).body(inputs)
    }
}

register!(action UpdateInvoiceItems);

struct UpdateInvoiceCustomFields;

impl Action for UpdateInvoiceCustomFields {
    fn about(&self) -> About {
        About::update("updateInvoiceCustomFields", "Update Invoice Custom Fields", INVOICES.resource)
            .help("Sets custom fields of several invoices at once.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, DEBUG_REQUEST, OPERATIONS.required()] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INVOICES.patch("custom-fields").returns(Output::Empty).body(inputs)
    }
}

register!(action UpdateInvoiceCustomFields);

struct DeleteInvoiceItem;

impl Action for DeleteInvoiceItem {
    fn about(&self) -> About {
        About::delete("deleteInvoiceItem", "Delete Invoice Item", INVOICES.resource)
            .help("Takes one line off an invoice.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, INVOICE_ID.required(), ITEM_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INVOICES.delete("{invoiceId}/items/{itemId}").query(inputs)
    }
}

register!(action DeleteInvoiceItem);

struct SelectInvoice;

impl DataSource for SelectInvoice {
    fn about(&self) -> About {
        About::read("selectInvoice", "Select Invoice", INVOICES.resource)
            .help("Offers invoices by the numbers that people see.")
    }

    fn choices(&self) -> Choices {
        INVOICES.choices("#{referenceNumber}").sorted_by("id")
    }
}

register!(source SelectInvoice);
