//! Invoices: what a customer is billed.

use pipefit_component::prelude::*;

use crate::apis::ACCOUNTING;
use crate::inputs::{LIST, SUMMARY, TECHNICIAN_ID};
use crate::shapes::custom_fields::CustomFieldOperation;
use crate::shapes::invoices::{InvoiceItem, InvoicePayment};
use crate::shapes::named::{Batch, GeneralLedgerAccount, NameAndValue, Named};

const INVOICES: Resource = Resource { key: "invoices", label: "Invoices" };

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
    .template(r#"[{"skuId": 0, "skuName": "string", "technicianId": 0, "description": "string", "quantity": 0, "unitPrice": 0, "cost": 0, "isAddOn": true, "signature": "string", "technicianAcknowledgementSignature": "string", "installedOn": "string", "inventoryWarehouseName": "string", "skipUpdatingMembershipPrices": true, "itemGroupName": "string", "itemGroupRootId": 0, "inventoryLocationId": 0, "durationBillingId": 0, "id": 0}]"#)
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

/// An invoice, as the API answers it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct Invoice {
    /// The number of the record.
    id: Id,
    /// Whether the accounting has it: Pending, Posted or Exported.
    sync_status: Option<String>,
    /// The budget code that it is booked under.
    budget_code_id: Option<Id>,
    /// The number that people see.
    reference_number: Option<String>,
    /// The day it was made out.
    invoice_date: Option<Timestamp>,
    /// The day it has to be paid by.
    due_date: Option<Timestamp>,
    /// The sum before tax, as text.
    sub_total: Option<String>,
    /// The tax, as text.
    sales_tax: Option<String>,
    /// The tax that applies.
    sales_tax_code: Option<SalesTaxCode>,
    /// The tax zone that applies.
    tax_zone_id: Option<Id>,
    /// What it comes to, as text.
    total: Option<String>,
    /// What is still to be paid, as text.
    balance: Option<String>,
    /// The type of invoice.
    invoice_type: Option<Named>,
    /// Who pays it.
    customer: Option<Named>,
    /// Where it is sent.
    customer_address: Option<InvoiceAddress>,
    /// Where the work was done.
    location: Option<Named>,
    /// The address of that location.
    location_address: Option<InvoiceAddress>,
    /// The business unit that bills it.
    business_unit: Option<Named>,
    /// The terms of payment.
    term_name: Option<String>,
    /// Who made it.
    created_by: Option<String>,
    /// The batch that it was exported with.
    batch: Option<Batch>,
    /// When its money was deposited.
    deposited_on: Option<Timestamp>,
    /// When it was added.
    created_on: Timestamp,
    /// When it was last changed.
    modified_on: Option<Timestamp>,
    /// The invoice that it adjusts.
    adjustment_to_id: Option<Id>,
    /// The job that it bills.
    job: Option<InvoiceJob>,
    /// The project that it belongs to.
    project_id: Option<Id>,
    /// What a franchise owes for it.
    royalty: Option<Royalty>,
    /// Who made it.
    employee_info: Option<EmployeeInfo>,
    /// From when commission is due on it.
    commission_eligibility_date: Option<String>,
    /// `NotSent`, Sent or Opened.
    sent_status: String,
    /// How far its review is: `NeedsReview`, `OnHold`, Reviewed, `PendingApproval`, Rejected, `ReadyForBilling` or Invoiced.
    review_status: String,
    /// Who reviews it.
    assigned_to: Option<Named>,
    /// What was done; may hold HTML.
    summary: Option<String>,
    /// Its lines.
    items: Option<Vec<InvoiceLine>>,
    /// Its custom fields.
    custom_fields: Option<Vec<NameAndValue>>,
    /// Whether it is in use.
    active: bool,
    /// The sum of its discounts, as text.
    discount_total: Option<String>,
    /// Its number in the system that it was imported from.
    import_id: Option<String>,
    /// Its number in the accounting that it was exported to.
    export_id: Option<String>,
    /// The item that materials are billed as.
    material_sku_id: Option<Id>,
    /// The membership that it bills.
    membership_id: Option<Id>,
    /// When it was paid in full.
    paid_on: Option<Timestamp>,
    /// What it was made for: `JobInvoice`, `ProjectInvoice`, `CounterSales`, `MembershipInvoice`, `InterestChargeInvoice` or `ARImportInvoice`.
    invoice_configuration: String,
}

impl Record for Invoice {
    const EXAMPLE: &'static str = r#"{"id":10978752986,"syncStatus":"Pending","budgetCodeId":null,"referenceNumber":"10978752986","invoiceDate":"2026-02-03T00:00:00Z","dueDate":"2026-03-05T00:00:00Z","subTotal":"178.30","salesTax":"10.70","salesTaxCode":{"id":1088,"name":"Glendale","taxRate":0.06},"taxZoneId":null,"total":"189.00","balance":"189.00","invoiceType":null,"customer":{"id":10978752986,"name":"Hill Residence"},"customerAddress":{"street":"12 Hill Road","unit":null,"city":"Glendale","state":"CA","zip":"91203","country":"USA"},"location":{"id":10978752986,"name":"Hill Residence"},"locationAddress":{"street":"12 Hill Road","unit":null,"city":"Glendale","state":"CA","zip":"91203","country":"USA"},"businessUnit":{"id":10978752986,"name":"HVAC Service"},"termName":null,"createdBy":"office","batch":null,"depositedOn":null,"createdOn":"2026-01-05T14:30:00Z","modifiedOn":"2026-02-03T12:01:07Z","adjustmentToId":null,"job":{"id":10978752986,"number":"10978752986","type":"Repair"},"projectId":null,"royalty":null,"employeeInfo":null,"commissionEligibilityDate":null,"sentStatus":"NotSent","reviewStatus":"NeedsReview","assignedTo":null,"summary":"Replaced the igniter.","items":[{"id":10978752986,"description":"Igniter","quantity":"1","cost":"41.20","totalCost":"41.20","budgetCodeId":null,"inventoryLocationId":null,"inventoryLocation":null,"price":"178.30","type":"Material","skuName":"IGN-80","skuId":1088,"total":"178.30","inventory":false,"taxable":true,"isChargeable":true,"generalLedgerAccount":{"id":1088,"name":"Sales","number":"4000","type":"Income","detailType":null},"costOfSaleAccount":null,"assetAccount":null,"membershipTypeId":0,"itemGroup":null,"displayName":"Igniter","soldHours":0,"createdOn":"2026-02-03T12:00:00Z","modifiedOn":"2026-02-03T12:00:00Z","serviceDate":null,"order":1,"businessUnit":null,"createdById":1088,"displayInAmount":null,"importId":null,"exportId":null,"inventoryStatus":null,"addOn":false,"memberPrice":"160.47","technicianId":1088,"installedEquipmentId":null,"estimateItemId":null}],"customFields":[],"active":true,"discountTotal":"0.00","importId":null,"exportId":null,"materialSkuId":null,"membershipId":null,"paidOn":null,"invoiceConfiguration":"JobInvoice"}"#;
}

/// One line of an invoice, as the API answers it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct InvoiceLine {
    /// The number of the line.
    id: Id,
    /// What the customer reads; may hold HTML.
    description: Option<String>,
    /// How many, as text.
    quantity: Option<String>,
    /// What one costs you, as text.
    cost: Option<String>,
    /// What all of them cost you, as text.
    total_cost: Option<String>,
    /// The budget code that it is booked under.
    budget_code_id: Option<Id>,
    /// The warehouse or truck that it comes from.
    inventory_location_id: Option<Id>,
    /// The name of that place.
    inventory_location: Option<String>,
    /// The price of one, as text.
    price: Option<String>,
    /// Service, Material, Equipment, `PriceModifier` or Unspecified.
    r#type: String,
    /// The code of the item in the pricebook.
    sku_name: Option<String>,
    /// The item of the pricebook.
    sku_id: Id,
    /// What the line comes to, as text.
    total: Option<String>,
    /// Whether its stock is kept.
    inventory: bool,
    /// Whether tax is due on it.
    taxable: bool,
    /// Whether the customer pays it.
    is_chargeable: bool,
    /// The account that its income is booked on.
    general_ledger_account: Option<GeneralLedgerAccount>,
    /// The account that its cost is booked on.
    cost_of_sale_account: Option<GeneralLedgerAccount>,
    /// The account that its stock is booked on.
    asset_account: Option<GeneralLedgerAccount>,
    /// The membership that it sells; 0 for none.
    membership_type_id: Id,
    /// The group of lines that it is shown in.
    item_group: Option<ItemGroup>,
    /// What the item is called.
    display_name: Option<String>,
    /// The hours of work in it.
    sold_hours: Option<Decimal>,
    /// When it was added.
    created_on: Timestamp,
    /// When it was last changed.
    modified_on: Timestamp,
    /// When the service was done.
    service_date: Option<Timestamp>,
    /// Its place among the lines.
    order: i64,
    /// The business unit that it is booked for.
    business_unit: Option<Named>,
    /// Who added it.
    created_by_id: Option<Id>,
    /// Whether its amount is shown.
    display_in_amount: Option<bool>,
    /// Its number in the system that it was imported from.
    import_id: Option<String>,
    /// Its number in the accounting that it was exported to.
    export_id: Option<String>,
    /// How far its stock was booked.
    inventory_status: Option<String>,
    /// Whether it is an add-on.
    add_on: bool,
    /// The price for members, as text.
    member_price: Option<String>,
    /// Who sold it.
    technician_id: Option<Id>,
    /// The piece of equipment that it became.
    installed_equipment_id: Option<Id>,
    /// The line of the estimate that it was made from.
    estimate_item_id: Option<Id>,
}

/// The tax that applies to an invoice.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct SalesTaxCode {
    /// The number of the record.
    id: Id,
    /// What people call it.
    name: Option<String>,
    /// The rate, such as `0.06` for six percent.
    tax_rate: Decimal,
}

/// An address on an invoice.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct InvoiceAddress {
    /// The street with the house number.
    street: Option<String>,
    /// The apartment, suite or floor.
    unit: Option<String>,
    /// The city.
    city: Option<String>,
    /// The state or province.
    state: Option<String>,
    /// The postal code.
    zip: Option<String>,
    /// The country.
    country: Option<String>,
}

/// The job that an invoice bills.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct InvoiceJob {
    /// The number of the record.
    id: Id,
    /// The number that people see.
    number: Option<String>,
    /// The type of job, by name.
    r#type: Option<String>,
}

/// What a franchise owes for an invoice.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct Royalty {
    /// Pending, Sent or Failed.
    status: Option<String>,
    /// The day it is counted for.
    date: Option<Timestamp>,
    /// When it was reported.
    sent_on: Option<Timestamp>,
    /// Notes.
    memo: Option<String>,
}

/// Who made an invoice.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct EmployeeInfo {
    /// The number of the record.
    id: Id,
    /// What that person is called.
    name: Option<String>,
    /// When the record of that person was last changed.
    modified_on: Timestamp,
}

/// A group of lines.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct ItemGroup {
    /// The line that leads it.
    root_id: Id,
    /// What people call it.
    name: Option<String>,
}

/// The number of the new invoice, bare.
#[derive(JsonSchema)]
#[serde(transparent)]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct InvoiceNumber(Id);

impl Record for InvoiceNumber {
    const EXAMPLE: &'static str = "10978752987";
}

struct ListInvoices;

impl Action for ListInvoices {
    fn about(&self) -> About {
        About::read("listInvoices", "List Invoices", INVOICES)
            .help("Lists invoices with their lines, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        ACCOUNTING.list("/invoices").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<Invoice>()
    }
}

register!(action ListInvoices);

struct CreateInvoices;

impl Action for CreateInvoices {
    fn about(&self) -> About {
        About::create("createInvoices", "Create Invoices", INVOICES)
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
        ACCOUNTING.post("/invoices").body(inputs)
    }

    fn output(&self) -> Output {
        Output::value::<InvoiceNumber>()
    }
}

register!(action CreateInvoices);

struct UpdateInvoice;

impl Action for UpdateInvoice {
    fn about(&self) -> About {
        About::update("updateInvoice", "Update Invoice", INVOICES)
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
        ACCOUNTING.patch("/invoices/{invoiceId}").body(inputs)
    }

    fn output(&self) -> Output {
        Output::Empty
    }
}

register!(action UpdateInvoice);

struct UpdateInvoiceItems;

impl Action for UpdateInvoiceItems {
    fn about(&self) -> About {
        About::update("updateInvoiceItems", "Update Invoice Items", INVOICES)
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
        ACCOUNTING.patch("/invoices/{invoiceId}/items").body(inputs)
    }

    fn output(&self) -> Output {
        Output::Empty
    }
}

register!(action UpdateInvoiceItems);

struct UpdateInvoiceCustomFields;

impl Action for UpdateInvoiceCustomFields {
    fn about(&self) -> About {
        About::update("updateInvoiceCustomFields", "Update Invoice Custom Fields", INVOICES)
            .help("Sets custom fields of several invoices at once.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, DEBUG_REQUEST, OPERATIONS.required()] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        ACCOUNTING.patch("/invoices/custom-fields").body(inputs)
    }

    fn output(&self) -> Output {
        Output::Empty
    }
}

register!(action UpdateInvoiceCustomFields);

struct DeleteInvoiceItem;

impl Action for DeleteInvoiceItem {
    fn about(&self) -> About {
        About::delete("deleteInvoiceItem", "Delete Invoice Item", INVOICES).help("Takes one line off an invoice.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, INVOICE_ID.required(), ITEM_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        ACCOUNTING.delete("/invoices/{invoiceId}/items/{itemId}").query(inputs)
    }

    fn output(&self) -> Output {
        Output::Empty
    }
}

register!(action DeleteInvoiceItem);

struct SelectInvoice;

impl Action for SelectInvoice {
    fn about(&self) -> About {
        About::read("selectInvoice", "Select Invoice", INVOICES).help("Offers invoices by the numbers that people see.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        ACCOUNTING.list("/invoices").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<Invoice>()
    }
}

impl DataSource for SelectInvoice {
    fn picklist(&self) -> Picklist {
        Picklist::labelled("#{referenceNumber}").sorted_by("id").found_by("ids").even_unused("activeState", "All")
    }
}

register!(source SelectInvoice);
