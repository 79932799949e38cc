//! Structured values of payments.

use pipefit_component::scalars::{Decimal, Id};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The part of a payment that pays one invoice.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentSplit {
    /// The invoice; found by its number when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_id: Option<Id>,
    /// The number of the invoice that people see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_number: Option<String>,
    /// How much, in the currency of the account, such as `189.00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
}
