//! Custom fields of many records at once, as the accounting takes them.

use pipefit_component::scalars::Id;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The custom fields of one record.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomFieldOperation {
    /// The invoice or payment.
    pub object_id: Id,
    /// The fields to set; the others stay.
    pub custom_fields: Vec<CustomFieldByName>,
}

/// A value for one custom field.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomFieldByName {
    /// What the field is called in the settings.
    pub name: String,
    /// The value, as text; null for none.
    #[serde(default)]
    pub value: Option<String>,
}
