//! Structured values of bookings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::customers::ContactType;

/// The address where the work is to be done.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingAddress {
    /// The street and house number.
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
}

/// The complete new address where the work is to be done.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingAddressUpdate {
    /// The street and house number.
    pub street: String,
    /// The apartment, suite or floor; none when left out.
    #[serde(default)]
    pub unit: String,
    /// The city.
    pub city: String,
    /// The state or province, such as `CA`.
    pub state: String,
    /// The postal code.
    pub zip: String,
    /// The country, such as `USA`.
    pub country: String,
}

/// A phone number or address of the person who requests the work.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingContact {
    /// The type of contact.
    pub r#type: ContactType,
    /// The phone or fax number, or the email address.
    pub value: String,
    /// A note on the contact, such as whose number it is or when to use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
}
