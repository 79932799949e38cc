//! Structured values of invoices.

use pipefit_component::scalars::{Decimal, Id, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One line of an invoice.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceItem {
    /// The line to change; a new line is added when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// The item of the pricebook; found by its name when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku_id: Option<Id>,
    /// The code of the item in the pricebook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku_name: Option<String>,
    /// The technician who sold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician_id: Option<Id>,
    /// What the customer reads on the line; may hold HTML.
    pub description: String,
    /// How many, such as `2` or `1.5`.
    pub quantity: Decimal,
    /// The price of one, in the currency of the account; that of the pricebook when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
    /// What one costs you, in the currency of the account; that of the pricebook when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Decimal>,
    /// Whether it is an add-on; not when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_add_on: Option<bool>,
    /// The customer's signature for the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// The technician's signature for the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician_acknowledgement_signature: Option<String>,
    /// When it was installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installed_on: Option<Timestamp>,
    /// The warehouse that it comes from, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory_warehouse_name: Option<String>,
    /// Whether the line keeps its price where a membership would change it; not when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_updating_membership_prices: Option<bool>,
    /// The group of lines that it is shown in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_group_name: Option<String>,
    /// The line that leads this group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_group_root_id: Option<Id>,
    /// The warehouse or truck that it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory_location_id: Option<Id>,
    /// The billing of time that it stems from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_billing_id: Option<Id>,
    /// The budget code that it is booked under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_code_id: Option<Id>,
}

/// The settlement of one payment of an invoice.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoicePayment {
    /// The payment.
    pub id: Id,
    /// Whether it is settled; unchanged when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement_status: Option<SettlementStatus>,
    /// When it was settled; unchanged when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement_date: Option<Timestamp>,
}

/// Whether the money of a payment has arrived.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub enum SettlementStatus {
    /// It has not.
    NotSettled,
    /// It has.
    Settled,
}
