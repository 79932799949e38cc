//! Structured values of inputs. Fields that the API adds later pass through.
//!
//! An id that a data source offers names it as `x-dataSource`. Values that several resources share are declared
//! here, all others in the module of their resource.

use std::borrow::Cow;

use pipefit_component::scalars::{Guid, Id};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub mod bookings;
pub mod custom_fields;
pub mod customers;
pub mod installed_equipment;
pub mod invoices;
pub mod jobs;
pub mod payments;
pub mod projects;
pub mod technicians;

/// The value of a custom field.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomField {
    /// The id of the custom field in the account settings.
    pub type_id: Id,
    /// The value as text, whatever the type of the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// The value of a custom field, which may be empty but not missing.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FilledCustomField {
    /// The id of the custom field in the account settings.
    pub type_id: Id,
    /// The value as text, whatever the type of the field.
    pub value: String,
}

/// Fields by any names: an object, or the text of one, which forms that have no editor for objects produce.
#[derive(Clone, Debug)]
pub struct AnyFields(pub Map<String, Value>);

impl JsonSchema for AnyFields {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "AnyFields".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // Text comes first because forms start with the first branch.
        json_schema!({"anyOf": [
            {"title": "Additional Fields as JSON", "type": "string", "pattern": r"^\s*\{"},
            {"title": "Additional Fields", "type": "object"},
        ]})
    }
}

/// Data that an integration stores with a record. Only the same application can read it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalData {
    /// The GUID of the application that the data belongs to.
    pub application_guid: Guid,
    /// The keys and values to store.
    pub external_data: Vec<ExternalDataItem>,
}

/// One key of external data.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalDataItem {
    /// The name of the value.
    pub key: String,
    /// The value, as text.
    pub value: String,
}

/// A change to the data that an integration stores with a record.
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

/// What happens to the keys that a change does not list.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub enum PatchMode {
    /// They are removed.
    Replace,
    /// They are kept.
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
