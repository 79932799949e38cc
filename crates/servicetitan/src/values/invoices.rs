//! Structured values of invoices.

use pipefit_component::scalars::{Date, Decimal, Id, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::custom_fields::CustomFieldByName;

/// One line of an invoice.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceItem {
    /// The id of an existing line; a new line is added when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// The id of the pricebook item; found by the SKU name when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku_id: Option<Id>,
    /// The code of the pricebook item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku_name: Option<String>,
    /// The id of the technician who sold the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-dataSource" = "selectTechnician"))]
    pub technician_id: Option<Id>,
    /// The description that the customer sees. May contain HTML.
    pub description: String,
    /// The quantity, such as `2` or `1.5`.
    pub quantity: Decimal,
    /// The unit price, in the currency of the account; the pricebook price when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
    /// The unit cost, in the currency of the account; the pricebook cost when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Decimal>,
    /// Whether the line is an add-on; `false` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_add_on: Option<bool>,
    /// The customer's signature for the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// The technician's signature for the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician_acknowledgement_signature: Option<String>,
    /// When the item was installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installed_on: Option<Timestamp>,
    /// The name of the warehouse that the item comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory_warehouse_name: Option<String>,
    /// Whether the line keeps its price even if a membership would change it; `false` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_updating_membership_prices: Option<bool>,
    /// The name of the group that the line is shown in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_group_name: Option<String>,
    /// The id of the root line of the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_group_root_id: Option<Id>,
    /// The id of the warehouse or truck that the item comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory_location_id: Option<Id>,
    /// The id of the time billing that the line comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_billing_id: Option<Id>,
    /// The id of the budget code of the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_code_id: Option<Id>,
}

/// The settlement of a payment of an invoice.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoicePayment {
    /// The id of the payment.
    #[schemars(extend("x-dataSource" = "selectPayment"))]
    pub id: Id,
    /// Whether the payment is settled; unchanged when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement_status: Option<SettlementStatus>,
    /// When the payment was settled; unchanged when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement_date: Option<Timestamp>,
}

/// Whether the money of a payment has been received.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub enum SettlementStatus {
    /// It has not been received.
    NotSettled,
    /// It has been received.
    Settled,
}

/// The custom fields to set on one invoice.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceCustomFields {
    /// The id of the invoice.
    #[schemars(extend("x-dataSource" = "selectInvoice"))]
    pub object_id: Id,
    /// The custom fields to set; all others keep their values.
    pub custom_fields: Vec<CustomFieldByName>,
}

/// Fields of a new invoice that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct NewInvoiceFields {
    /// The id of the tax zone that applies.
    pub tax_zone_id: Option<Id>,
    /// The id of the budget code of the invoice.
    pub budget_code_id: Option<Id>,
}

/// Fields of a changed invoice that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct InvoiceFields {
    /// The id of the tax zone that applies.
    pub tax_zone_id: Option<Id>,
    /// The id of the budget code of the invoice.
    pub budget_code_id: Option<Id>,
    /// The date by which the invoice must be paid.
    pub due_date: Option<Date>,
}

/// Fields of an invoice line that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct InvoiceLineFields {
    /// The id of the budget code of the line.
    pub budget_code_id: Option<Id>,
}
