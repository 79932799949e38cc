//! Structured values of customers, their contacts and their locations.

use pipefit_component::scalars::{Decimal, Id};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ExternalData, FilledCustomField};

/// An address, with its coordinates if they are known.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Address {
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
    /// The latitude in degrees, positive north of the equator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<Decimal>,
    /// The longitude in degrees, positive east of Greenwich.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<Decimal>,
}

/// The complete new address of a customer or a location.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddressUpdate {
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
    /// The latitude in degrees, positive north of the equator; unknown when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Decimal")]
    pub latitude: Option<Decimal>,
    /// The longitude in degrees, positive east of Greenwich; unknown when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Decimal")]
    pub longitude: Option<Decimal>,
}

/// A phone number, fax number or email address.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewContact {
    /// The type of contact.
    pub r#type: ContactType,
    /// The phone or fax number, or the email address.
    pub value: String,
    /// A note on the contact, such as whose number it is; none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
}

/// The type of contact.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub enum ContactType {
    /// A landline.
    Phone,
    /// An email address.
    Email,
    /// A fax number.
    Fax,
    /// A mobile phone, which can receive text messages.
    MobilePhone,
}

/// A location to create with a new customer.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewLocation {
    /// The name of the location.
    pub name: String,
    /// The address of the location.
    pub address: Address,
    /// The phone numbers and email addresses of the location; none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<NewContact>>,
    /// The values of the location's custom fields; none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_fields: Option<Vec<FilledCustomField>>,
    /// The ids of the location's tags; none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag_type_ids: Option<Vec<Id>>,
    /// The data that your integration stores with the location; none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_data: Option<ExternalData>,
    /// The source of the coordinates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinates_source: Option<CoordinatesSource>,
    /// The verification status of the coordinates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinates_verification_status: Option<CoordinatesVerificationStatus>,
}

/// The source of coordinates.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub enum CoordinatesSource {
    /// There are no coordinates.
    #[serde(rename = "None")]
    Nowhere,
    /// They were calculated from the address.
    System,
    /// A person set them.
    User,
    /// They came with imported data.
    Imported,
}

/// The verification status of coordinates.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub enum CoordinatesVerificationStatus {
    /// They have not been verified.
    Unverified,
    /// The verification is in progress.
    InProgress,
    /// The verification failed.
    Failed,
    /// They have been verified.
    Verified,
}

/// Fields of a new customer that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct NewCustomerFields {
    /// Whether the customer is a national account, with locations across the country.
    pub national_account: Option<bool>,
    /// Whether the customer is exempt from tax.
    pub tax_exempt: Option<bool>,
    /// The id of the payment terms, from the account settings.
    pub payment_term_id: Option<Id>,
    /// The maximum amount that the customer may owe, in the currency of the account.
    pub credit_limit: Option<Decimal>,
    /// The remaining credit, in the currency of the account.
    pub credit_limit_balance: Option<Decimal>,
}

/// Fields of a changed customer that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct CustomerFields {
    /// Whether the customer is a national account, with locations across the country.
    #[schemars(with = "bool", default, skip_serializing_if = "Option::is_none")]
    pub national_account: Option<bool>,
    /// Whether the customer is exempt from tax.
    #[schemars(with = "bool", default, skip_serializing_if = "Option::is_none")]
    pub tax_exempt: Option<bool>,
    /// The id of the payment terms, from the account settings.
    #[schemars(with = "Id", default, skip_serializing_if = "Option::is_none")]
    pub payment_term_id: Option<Id>,
    /// The maximum amount that the customer may owe, in the currency of the account.
    #[schemars(with = "Decimal", default, skip_serializing_if = "Option::is_none")]
    pub credit_limit: Option<Decimal>,
    /// The remaining credit, in the currency of the account.
    #[schemars(with = "Decimal", default, skip_serializing_if = "Option::is_none")]
    pub credit_limit_balance: Option<Decimal>,
}

/// Fields of a new location that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct NewLocationFields {
    /// The source of the coordinates.
    pub coordinates_source: Option<CoordinatesSource>,
    /// The verification status of the coordinates.
    pub coordinates_verification_status: Option<CoordinatesVerificationStatus>,
}

/// Fields of a changed contact that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ContactFields {
    /// The notifications that may be sent to the contact.
    #[schemars(with = "ContactPreferences", default, skip_serializing_if = "Option::is_none")]
    pub preferences: Option<ContactPreferences>,
}

/// The notifications that may be sent to a contact.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ContactPreferences {
    /// Whether appointment reminders are sent.
    pub job_reminders_enabled: bool,
    /// Whether marketing messages are sent.
    pub marketing_updates_enabled: bool,
    /// Whether invoices and statements are sent.
    pub invoice_statement_notification: bool,
}
