//! Structured values of installed equipment.

use pipefit_component::scalars::Id;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The value of a custom field of a piece of equipment.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EquipmentCustomFieldValue {
    /// The id of the value, if it already exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// The id of the custom field in the account settings.
    pub type_id: Id,
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
