//! Structured values of installed equipment.

use pipefit_component::scalars::Id;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value for one custom field of a piece of equipment.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EquipmentCustomFieldValue {
    /// The number of the value itself, where it is already there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// Which custom field: its number in the settings.
    pub type_id: Id,
    /// The value, as text whatever the field's type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A picture, video or document of a piece of equipment.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EquipmentAttachment {
    /// What people see in place of the file's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// The name of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// What sort of file it is.
    pub r#type: EquipmentAttachmentType,
    /// The path that the upload answered, or the address of a video.
    pub url: String,
}

/// What sort of file is attached.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub enum EquipmentAttachmentType {
    /// None of the others.
    Other,
    /// A picture.
    Image,
    /// A video that was uploaded.
    VideoFile,
    /// The address of a video that is kept elsewhere.
    VideoLink,
    /// A document.
    Document,
}

/// Whether a piece of equipment is in place.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub enum EquipmentStatus {
    /// It is in place.
    Installed,
    /// Another piece has taken its place.
    Replaced,
}
