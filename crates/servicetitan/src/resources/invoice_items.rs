//! Invoice items: the lines of invoices.

use pipefit_component::prelude::*;

use super::invoices::{INVOICE_ID, INVOICES};
use crate::inputs::{ADDITIONAL_FIELDS, TECHNICIAN_ID};
use crate::records::{GENERAL_LEDGER_ACCOUNT, NAMED};
use crate::values::invoices::InvoiceLineFields;

/// What a left-out value means for an action that adds a line or changes one.
const NONE_OR_UNCHANGED: &str = "When left out: none on a new line, unchanged on an existing one.";

const COST: Input = Input::decimal("cost", "Cost")
    .example("2.0")
    .help("The unit cost, in the currency of the account.")
    .omitted("When left out: the pricebook cost on a new line, unchanged on an existing one.");
const DESCRIPTION: Input = Input::text("description", "Description")
    .example("A test SKU")
    .help("The description that the customer sees. May contain HTML.");
const DURATION_BILLING_ID: Input = Input::id("durationBillingId", "Duration Billing ID")
    .example("10978752986")
    .help("The id of the time billing that the line comes from.")
    .omitted(NONE_OR_UNCHANGED);
const ID: Input = Input::id("id", "ID")
    .example("10978752986")
    .help("The id of the line to change.")
    .omitted("A new line is added when left out.");
const INSTALLED_ON: Input = Input::timestamp("installedOn", "Installed On")
    .example("2021-01-01T00:00:00Z")
    .help("When the item was installed, with a time zone.")
    .omitted(NONE_OR_UNCHANGED);
const INVENTORY_LOCATION_ID: Input = Input::id("inventoryLocationId", "Inventory Location ID")
    .example("10978752986")
    .help("The id of the warehouse or truck that the item comes from.")
    .omitted(NONE_OR_UNCHANGED);
const INVENTORY_WAREHOUSE_NAME: Input = Input::text("inventoryWarehouseName", "Inventory Warehouse Name")
    .example("Warehouse")
    .help("The name of the warehouse that the item comes from.")
    .omitted(NONE_OR_UNCHANGED);
const IS_ADD_ON: Input = Input::flag("isAddOn", "Is Add On")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether the line is an add-on.")
    .omitted("When left out: `false` on a new line, unchanged on an existing one.");
const ITEM_GROUP_NAME: Input = Input::text("itemGroupName", "Item Group Name")
    .example("Test Group")
    .help("The name of the group that the line is shown in.")
    .omitted(NONE_OR_UNCHANGED);
const ITEM_GROUP_ROOT_ID: Input = Input::id("itemGroupRootId", "Item Group Root ID")
    .example("10978752986")
    .help("The id of the root line of the group.")
    .omitted(NONE_OR_UNCHANGED);
const ITEM_ID: Input = Input::id("itemId", "Item ID").example("10978752986").help("The id of the line to delete.");
const QUANTITY: Input = Input::decimal("quantity", "Quantity").example("2").help("The quantity, such as `2` or `1.5`.");
const SELLER_ID: Input = TECHNICIAN_ID.help("The id of the technician who sold the item.").omitted(NONE_OR_UNCHANGED);
const SIGNATURE: Input = Input::text("signature", "Signature")
    .example("An example signature.")
    .help("The customer's signature for the line.")
    .omitted(NONE_OR_UNCHANGED);
const SKIP_UPDATING_MEMBERSHIP_PRICES: Input =
    Input::flag("skipUpdatingMembershipPrices", "Skip Updating Membership Prices")
        .choices(TRUE_OR_FALSE)
        .default("")
        .help("Whether the line keeps its price even if a membership would change it.")
        .omitted("The price follows the membership when left out.");
const SKU_ID: Input = Input::id("skuId", "SKU ID")
    .example("10978752986")
    .help("The id of the pricebook item.")
    .omitted("Found by the SKU name when left out.");
const SKU_NAME: Input = Input::text("skuName", "SKU Name")
    .example("Test SKU")
    .help("The code of the pricebook item.")
    .omitted("Found by the SKU ID when left out.");
const TECHNICIAN_ACKNOWLEDGEMENT_SIGNATURE: Input =
    Input::text("technicianAcknowledgementSignature", "Technician Acknowledgement Signature")
        .example("Test Signature")
        .help("The technician's signature for the line.")
        .omitted(NONE_OR_UNCHANGED);
const UNIT_PRICE: Input = Input::decimal("unitPrice", "Unit Price")
    .example("2.0")
    .help("The unit price, in the currency of the account, such as `178.30`.")
    .omitted("When left out: the pricebook price on a new line, unchanged on an existing one.");

pub(super) static INVOICE_LINE: Record = Record {
    help: "One line of an invoice.",
    fields: &[
        Field::id("id", "The id of the line."),
        Field::text("description", "The description that the customer sees. May contain HTML.")
            .nullable()
            .example("Igniter"),
        Field::text("quantity", "The quantity, as text.").nullable().example("1"),
        Field::text("cost", "The unit cost, as text.").nullable().example("41.20"),
        Field::text("totalCost", "The total cost of the line, as text.").nullable().example("41.20"),
        Field::id("budgetCodeId", "The id of the budget code of the line.").nullable(),
        Field::id("inventoryLocationId", "The id of the warehouse or truck that the item comes from.").nullable(),
        Field::text("inventoryLocation", "The name of the warehouse or truck.").nullable(),
        Field::text("price", "The unit price, as text.").nullable().example("178.30"),
        Field::text("type", "The type of item: Service, Material, Equipment, `PriceModifier` or Unspecified.")
            .example("Material"),
        Field::text("skuName", "The code of the pricebook item.").nullable().example("IGN-80"),
        Field::id("skuId", "The id of the pricebook item.").example("1088"),
        Field::text("total", "The total of the line, as text.").nullable().example("178.30"),
        Field::flag("inventory", "Whether stock is kept of the item."),
        Field::flag("taxable", "Whether the line is taxable.").example("true"),
        Field::flag("isChargeable", "Whether the customer pays for the line.").example("true"),
        Field::object(
            "generalLedgerAccount",
            "The account that the income of the line is booked to.",
            &GENERAL_LEDGER_ACCOUNT,
        )
        .nullable(),
        Field::object(
            "costOfSaleAccount",
            "The account that the cost of the line is booked to.",
            &GENERAL_LEDGER_ACCOUNT,
        )
        .nullable()
        .example("null"),
        Field::object("assetAccount", "The account that the stock of the item is booked to.", &GENERAL_LEDGER_ACCOUNT)
            .nullable()
            .example("null"),
        Field::id("membershipTypeId", "The id of the membership type that the line sells; 0 if none.").example("0"),
        Field::object("itemGroup", "The group of lines that the line is shown in.", &ITEM_GROUP)
            .nullable()
            .example("null"),
        Field::text("displayName", "The display name of the item.").nullable().example("Igniter"),
        Field::decimal("soldHours", "The hours of work sold with the line.").nullable().example("0"),
        Field::timestamp("createdOn", "When the line was created.").example("2026-02-03T12:00:00Z"),
        Field::timestamp("modifiedOn", "When the line was last modified.").example("2026-02-03T12:00:00Z"),
        Field::timestamp("serviceDate", "The date of the service.").nullable(),
        Field::integer("order", "The position of the line on the invoice."),
        Field::object("businessUnit", "The business unit that the line is booked to.", &NAMED)
            .nullable()
            .example("null"),
        Field::id("createdById", "The id of the user who created the line.").nullable().example("1088"),
        Field::flag("displayInAmount", "Whether the amount of the line is shown.").nullable(),
        Field::text("importId", "The id of the line in the system that it was imported from.").nullable(),
        Field::text("exportId", "The id of the line in your accounting system.").nullable(),
        Field::text("inventoryStatus", "The status of the stock booking of the line.").nullable(),
        Field::flag("addOn", "Whether the line is an add-on."),
        Field::text("memberPrice", "The price for members, as text.").nullable().example("160.47"),
        Field::id("technicianId", "The id of the technician who sold the item.").nullable().example("1088"),
        Field::id("installedEquipmentId", "The id of the installed equipment that was created from the line.")
            .nullable(),
        Field::id("estimateItemId", "The id of the estimate line that the line was created from.").nullable(),
    ],
};

static ITEM_GROUP: Record = Record {
    help: "A group of invoice lines.",
    fields: &[
        Field::id("rootId", "The id of the root line of the group."),
        Field::text("name", "The name of the group.").nullable(),
    ],
};

struct UpdateInvoiceItems;

impl Action for UpdateInvoiceItems {
    fn about(&self) -> About {
        About::update("updateInvoiceItems", "Update Invoice Items", INVOICES.resource)
            .help("Adds a line to an invoice, or changes the line with the given `id`.")
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
                ADDITIONAL_FIELDS.shape::<InvoiceLineFields>(),
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INVOICES.patch("{invoiceId}/items").returns(Output::Empty).body(inputs)
    }
}

register!(action UpdateInvoiceItems);

struct DeleteInvoiceItem;

impl Action for DeleteInvoiceItem {
    fn about(&self) -> About {
        About::delete("deleteInvoiceItem", "Delete Invoice Item", INVOICES.resource)
            .help("Deletes a line of an invoice.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, INVOICE_ID.required(), ITEM_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INVOICES.delete("{invoiceId}/items/{itemId}").query(inputs)
    }
}

register!(action DeleteInvoiceItem);
