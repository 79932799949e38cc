//! Structured values, as the API takes them. Fields that the API adds later pass through.
//!
//! Here stand those that several resources share; the others stand in a module of their resource.

use pipefit_component::scalars::{Guid, Id};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub mod bookings;
pub mod custom_fields;
pub mod customers;
pub mod installed_equipment;
pub mod invoices;
pub mod jobs;
pub mod payments;
pub mod technicians;

/// A value for one custom field.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomField {
    /// Which custom field: its number in the settings.
    pub type_id: Id,
    /// The value, as text whatever the field's type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// Data that an integration keeps with a record; only the same application reads it back.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalData {
    /// The GUID of the application that the data belongs to.
    pub application_guid: Guid,
    /// The keys and values to keep.
    pub external_data: Vec<ExternalDataItem>,
}

/// One key of external data.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalDataItem {
    /// The name to find the value by.
    pub key: String,
    /// The value, as text.
    pub value: String,
}

/// A change to the data that an integration keeps with a record.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalDataUpdate {
    /// Whether keys that are not listed are removed (`Replace`) or kept (`Merge`); `Replace` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch_mode: Option<PatchMode>,
    /// The GUID of the application that the data belongs to.
    pub application_guid: Guid,
    /// The keys to set or, in a merge, to remove.
    pub external_data: Vec<ExternalDataChange>,
}

/// What becomes of the keys that a change does not list.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub enum PatchMode {
    /// They are removed.
    Replace,
    /// They stay.
    Merge,
}

/// A change to one key of external data.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalDataChange {
    /// The name of the value.
    pub key: String,
    /// The new value; null removes the key in a merge.
    #[serde(default)]
    pub value: Option<String>,
}
