//! Structured values of payments.

use pipefit_component::scalars::{Decimal, Id};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::custom_fields::CustomFieldByName;

/// The part of a payment that is applied to one invoice.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentSplit {
    /// The id of the invoice; found by the invoice number when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-dataSource" = "selectInvoice"))]
    pub invoice_id: Option<Id>,
    /// The invoice number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_number: Option<String>,
    /// The amount, in the currency of the account, such as `189.00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
}

/// The custom fields to set on one payment.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentCustomFields {
    /// The id of the payment.
    #[schemars(extend("x-dataSource" = "selectPayment"))]
    pub object_id: Id,
    /// The custom fields to set; all others keep their values.
    pub custom_fields: Vec<CustomFieldByName>,
}

/// Fields of a new payment that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct NewPaymentFields {
    /// The amount paid, in the currency of the account.
    pub amount: Option<Decimal>,
    /// The id of the customer who pays.
    #[schemars(extend("x-dataSource" = "selectCustomers"))]
    pub customer_id: Option<Id>,
}

/// Fields of a changed payment that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PaymentFields {
    /// Whether the payment is active.
    #[schemars(with = "bool", default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}
