//! Business units: the parts of the company that do and bill the work.

use pipefit_component::prelude::*;

use crate::apis::SETTINGS;
use crate::inputs::LIST;
use crate::shapes::ExternalDataItem;
use crate::shapes::named::Named;

const BUSINESS_UNITS: Resource = Resource { key: "businessUnits", label: "Business Units" };

/// A business unit, as the API answers it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct BusinessUnit {
    /// The number of the record.
    id: Id,
    /// Whether it is in use.
    active: bool,
    /// What people in the company call it.
    name: String,
    /// What customers read on papers.
    official_name: Option<String>,
    /// The address for mail.
    email: Option<String>,
    /// The currency, such as `USD`.
    currency: Option<String>,
    /// The number of the phone.
    phone_number: Option<String>,
    /// What stands at the head of its invoices; may hold HTML.
    invoice_header: Option<String>,
    /// What stands on its invoices; may hold HTML.
    invoice_message: Option<String>,
    /// The tax, as a share.
    default_tax_rate: Option<Decimal>,
    /// What a customer signs before the work; may hold HTML.
    authorization_paragraph: Option<String>,
    /// What a customer signs after the work; may hold HTML.
    acknowledgement_paragraph: Option<String>,
    /// Where it is.
    address: Option<BusinessUnitAddress>,
    /// The item that materials are billed as.
    material_sku: Option<String>,
    /// Its class in `QuickBooks`.
    quickbooks_class: Option<String>,
    /// Its code in the accounting.
    account_code: Option<String>,
    /// The franchise that it belongs to.
    franchise_id: Option<String>,
    /// The code of its concept.
    concept_code: Option<String>,
    /// The number of its contract.
    corporate_contract_number: Option<String>,
    /// The trade that it works in.
    trade: Option<Named>,
    /// The division that it belongs to.
    division: Option<Named>,
    /// Its tags.
    tag_type_ids: Option<Vec<Id>>,
    /// The account that it belongs to.
    tenant: Option<Tenant>,
    /// When it was added.
    created_on: Timestamp,
    /// When it was last changed.
    modified_on: Timestamp,
    /// What an integration keeps with it.
    external_data: Option<Vec<ExternalDataItem>>,
}

impl Record for BusinessUnit {
    const EXAMPLE: &'static str = r#"{"id":10978752986,"active":true,"name":"HVAC Service","officialName":"Hill Heating, Service","email":"service@hill-heating.example","currency":"USD","phoneNumber":"8185550100","invoiceHeader":null,"invoiceMessage":null,"defaultTaxRate":0.06,"authorizationParagraph":null,"acknowledgementParagraph":null,"address":{"street":"1 Works Way","unit":null,"city":"Glendale","state":"CA","zip":"91203","country":"USA","latitude":34.15,"longitude":-118.26,"isManualCoordinates":false,"isMilitary":false},"materialSku":null,"quickbooksClass":null,"accountCode":null,"franchiseId":null,"conceptCode":null,"corporateContractNumber":null,"trade":{"id":1088,"name":"HVAC"},"division":{"id":1088,"name":"Service"},"tagTypeIds":[],"tenant":{"id":1097,"name":"Hill Heating","accountCode":null,"franchiseId":null,"conceptCode":null,"modifiedOn":"2025-11-03T15:04:05Z"},"createdOn":"2026-01-05T14:30:00Z","modifiedOn":"2026-01-05T14:30:00Z","externalData":[]}"#;
}

/// Where a business unit is.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct BusinessUnitAddress {
    /// The street with the house number.
    street: Option<String>,
    /// The apartment, suite or floor.
    unit: Option<String>,
    /// The city.
    city: Option<String>,
    /// The state or province.
    state: Option<String>,
    /// The postal code.
    zip: Option<String>,
    /// The country.
    country: Option<String>,
    /// Degrees north of the equator.
    latitude: Option<Decimal>,
    /// Degrees east of Greenwich.
    longitude: Option<Decimal>,
    /// Whether a person set the coordinates.
    is_manual_coordinates: bool,
    /// Whether it is a military address.
    is_military: bool,
}

/// The account that a business unit belongs to.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct Tenant {
    /// The number of the account.
    id: Id,
    /// What people call it.
    name: String,
    /// Its code in the accounting.
    account_code: Option<String>,
    /// The franchise that it belongs to.
    franchise_id: Option<String>,
    /// The code of its concept.
    concept_code: Option<String>,
    /// When it was last changed.
    modified_on: Timestamp,
}

struct ListBusinessUnits;

impl Action for ListBusinessUnits {
    fn about(&self) -> About {
        About::read("listBusinessUnits", "List Business Units", BUSINESS_UNITS)
            .help("Lists the business units of the company, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        SETTINGS.list("/business-units").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<BusinessUnit>()
    }
}

register!(action ListBusinessUnits);

struct SelectBusinessUnit;

impl Action for SelectBusinessUnit {
    fn about(&self) -> About {
        About::read("selectBusinessUnit", "Select Business Unit", BUSINESS_UNITS).help("Offers business units by name.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        SETTINGS.list("/business-units").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<BusinessUnit>()
    }
}

impl DataSource for SelectBusinessUnit {
    fn picklist(&self) -> Picklist {
        Picklist::labelled("{name} (ID: {id})")
            .sorted_by("name")
            .searched_by("name")
            .found_by("ids")
            .even_unused("active", "Any")
    }
}

register!(source SelectBusinessUnit);
