//! Structured values of technicians.

use pipefit_component::scalars::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The home address of a technician, where the first drive of the day begins.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Home {
    /// The street and house number.
    pub street: String,
    /// The apartment, suite or floor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The city.
    pub city: String,
    /// The state or province, such as `CA`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
    /// The country, such as `USA`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The latitude in degrees, positive north of the equator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<Decimal>,
    /// The longitude in degrees, positive east of Greenwich.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<Decimal>,
}

/// Fields of a changed technician that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct TechnicianFields {
    /// Whether the user account is locked.
    #[schemars(with = "bool", default, skip_serializing_if = "Option::is_none")]
    pub account_locked: Option<bool>,
}
