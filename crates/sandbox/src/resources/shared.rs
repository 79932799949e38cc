//! Fields that several resources take in the same form.

use crate::schema::{Field, Kind, choice, decimal, guid, id, list, object, text};

pub(crate) const PRIORITIES: &[&str] = &["Low", "Normal", "High", "Urgent"];
pub(crate) const CUSTOMER_TYPES: &[&str] = &["Residential", "Commercial"];
pub(crate) const CONTACT_TYPES: &[&str] = &["Phone", "Email", "Fax", "MobilePhone"];
pub(crate) const COORDINATE_SOURCES: &[&str] = &["None", "System", "User", "Imported"];
pub(crate) const COORDINATE_STATES: &[&str] = &["Unverified", "InProgress", "Failed", "Verified"];

/// An address that is new: coordinates may be left out.
pub(crate) const ADDRESS: &[Field] = &[
    text("street").required(),
    text("unit").nullable(),
    text("city").required(),
    text("state").required(),
    text("zip").required(),
    text("country").required(),
    decimal("latitude").nullable(),
    decimal("longitude").nullable(),
];

/// Custom fields whose value must be there.
pub(crate) const CUSTOM_FIELD: Kind = Kind::Object(&[id("typeId").required(), text("value").required()]);
/// Custom fields whose value may be null.
pub(crate) const OPEN_CUSTOM_FIELD: Kind = Kind::Object(&[id("typeId").required(), text("value").nullable()]);

pub(crate) const CONTACT: Kind =
    Kind::Object(&[choice("type", CONTACT_TYPES).required(), text("value").required(), text("memo").nullable()]);

/// External data on creation.
pub(crate) const NEW_EXTERNAL: &[Field] = &[
    guid("applicationGuid").required(),
    list("externalData", &Kind::Object(&[text("key").required(), text("value").required()])).required(),
];

/// External data on update.
pub(crate) const EXTERNAL_PATCH: &[Field] = &[
    choice("patchMode", &["Replace", "Merge"]).nullable(),
    guid("applicationGuid").required(),
    list("externalData", &Kind::Object(&[text("key").required(), text("value").nullable()])).required(),
];

pub(crate) const fn external_patch() -> Field {
    object("externalData", EXTERNAL_PATCH)
}

pub(crate) const fn new_external() -> Field {
    object("externalData", NEW_EXTERNAL).nullable()
}
