//! Custom fields of invoices and payments.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The value of a custom field, with the name of the field.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomFieldByName {
    /// The name of the custom field in the account settings, at most 255 characters.
    #[schemars(length(max = 255))]
    pub name: String,
    /// The value as text; null for no value.
    #[serde(default)]
    pub value: Option<String>,
}
