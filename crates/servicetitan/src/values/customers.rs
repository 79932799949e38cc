//! Structured values of customers, their contacts and their locations.

use pipefit_component::scalars::{Decimal, Id};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ExternalData;

/// An address, with its place on the map where that is known.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// The street with the house number.
    pub street: String,
    /// The apartment, suite or floor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The city.
    pub city: String,
    /// The state or province, such as `CA`.
    pub state: String,
    /// The postal code.
    pub zip: String,
    /// The country, such as `USA`.
    pub country: String,
    /// Degrees north of the equator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<Decimal>,
    /// Degrees east of Greenwich.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<Decimal>,
}

/// The address that a customer has from now on: each part of it, since nothing of the earlier one is kept.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerAddressUpdate {
    /// The street with the house number.
    pub street: String,
    /// The apartment, suite or floor; empty for none.
    pub unit: String,
    /// The city.
    pub city: String,
    /// The state or province, such as `CA`.
    pub state: String,
    /// The postal code.
    pub zip: String,
    /// The country, such as `USA`.
    pub country: String,
    /// Degrees north of the equator.
    pub latitude: Decimal,
    /// Degrees east of Greenwich.
    pub longitude: Decimal,
}

/// The address that a location has from now on: nothing of the earlier one is kept.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LocationAddressUpdate {
    /// The street with the house number.
    pub street: String,
    /// The apartment, suite or floor; empty for none.
    pub unit: String,
    /// The city.
    pub city: String,
    /// The state or province, such as `CA`.
    pub state: String,
    /// The postal code.
    pub zip: String,
    /// The country, such as `USA`.
    pub country: String,
    /// Degrees north of the equator; unknown when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<Decimal>,
    /// Degrees east of Greenwich; unknown when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<Decimal>,
}

/// A way to reach someone.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewContact {
    /// What kind of number or address it is.
    pub r#type: ContactType,
    /// The telephone or fax number, or the e-mail address.
    pub value: String,
    /// A note on it, such as whose number it is; no note when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
}

/// The kinds of contact.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub enum ContactType {
    /// A landline.
    Phone,
    /// An e-mail address.
    Email,
    /// A fax number.
    Fax,
    /// A mobile phone, which can be sent text messages.
    MobilePhone,
}

/// A value for one custom field, which may be empty but not missing.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FilledCustomField {
    /// Which custom field: its number in the settings.
    pub type_id: Id,
    /// The value, as text whatever the field's type.
    pub value: String,
}

/// A place of work that a new customer starts with.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewLocation {
    /// What people find the location by.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// How to reach someone there; nobody when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<NewContact>>,
    /// Values of the location's custom fields; no values when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_fields: Option<Vec<FilledCustomField>>,
    /// The tags to put on the location; no tags when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag_type_ids: Option<Vec<Id>>,
    /// What your integration keeps with the location; nothing when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_data: Option<ExternalData>,
    /// Where the latitude and longitude come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinates_source: Option<CoordinatesSource>,
    /// Whether the latitude and longitude were checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinates_verification_status: Option<CoordinatesVerificationStatus>,
}

/// Where coordinates come from.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub enum CoordinatesSource {
    /// There are none.
    #[serde(rename = "None")]
    Nowhere,
    /// They were worked out from the address.
    System,
    /// A person set them.
    User,
    /// They came with imported data.
    Imported,
}

/// How far a check of coordinates has come.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub enum CoordinatesVerificationStatus {
    /// They were not checked.
    Unverified,
    /// The check is under way.
    InProgress,
    /// They turned out wrong.
    Failed,
    /// They are right.
    Verified,
}
