//! Structured values of installed equipment.

use pipefit_component::scalars::{Date, Id};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The value of a custom field of a piece of equipment.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EquipmentCustomFieldValue {
    /// The id of the value, if it already exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// The id of the custom field in the account settings; not needed with the id of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_id: Option<Id>,
    /// The value as text, whatever the type of the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A picture, video or document of a piece of equipment.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EquipmentAttachment {
    /// The name to show in place of the file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// The name of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// The type of attachment.
    pub r#type: EquipmentAttachmentType,
    /// The path that the upload returned, or the URL of a video.
    pub url: String,
}

/// The type of attachment.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub enum EquipmentAttachmentType {
    /// Any other file.
    Other,
    /// A picture.
    Image,
    /// An uploaded video.
    VideoFile,
    /// The URL of a video that is stored elsewhere.
    VideoLink,
    /// A document.
    Document,
}

/// Whether a piece of equipment is installed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub enum EquipmentStatus {
    /// It is installed.
    Installed,
    /// It has been replaced.
    Replaced,
}

/// Fields of new equipment that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct NewEquipmentFields {
    /// The id of the equipment type, from the account settings.
    pub equipment_type_id: Option<Id>,
    /// Whether the equipment is installed or has been replaced.
    pub status: Option<EquipmentStatus>,
    /// The date when the equipment was replaced.
    pub actual_replacement_date: Option<Date>,
    /// The barcode on the equipment.
    pub barcode_id: Option<String>,
}

/// Fields of changed equipment that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct EquipmentFields {
    /// The id of the equipment type, from the account settings.
    #[schemars(with = "Id", default, skip_serializing_if = "Option::is_none")]
    pub equipment_type_id: Option<Id>,
    /// Whether the equipment is installed or has been replaced.
    #[schemars(with = "EquipmentStatus", default, skip_serializing_if = "Option::is_none")]
    pub status: Option<EquipmentStatus>,
    /// The date when the equipment was replaced.
    pub actual_replacement_date: Option<Date>,
    /// The barcode on the equipment.
    #[schemars(with = "String", default, skip_serializing_if = "Option::is_none")]
    pub barcode_id: Option<String>,
}
