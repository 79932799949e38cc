//! Structured values of payments.

use pipefit_component::scalars::{Decimal, Id};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The part of a payment that is applied to one invoice.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentSplit {
    /// The id of the invoice; found by the invoice number when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_id: Option<Id>,
    /// The invoice number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_number: Option<String>,
    /// The amount, in the currency of the account, such as `189.00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
}

/// Fields of a new payment that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct NewPaymentFields {
    /// The amount paid, in the currency of the account.
    pub amount: Option<Decimal>,
    /// The id of the customer who pays.
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
