//! Custom fields of several invoices or payments at once.

use pipefit_component::scalars::Id;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The custom fields to set on one record.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomFieldOperation {
    /// The id of the invoice or payment.
    pub object_id: Id,
    /// The custom fields to set; all others keep their values.
    pub custom_fields: Vec<CustomFieldByName>,
}

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
