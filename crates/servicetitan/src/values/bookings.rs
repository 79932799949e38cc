//! Structured values of bookings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::customers::ContactType;

/// Where the work is wanted.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingAddress {
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
}

/// Where the work is wanted from now on: nothing of the earlier address is kept.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingAddressUpdate {
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
}

/// A way to reach the person who asks for the work.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingContact {
    /// What sort of contact it is.
    pub r#type: ContactType,
    /// The number or the address.
    pub value: String,
    /// Whose it is, or when to use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
}
