//! Business units: the parts of the company that do and bill the work.

use pipefit_component::prelude::*;

use crate::filters;
use crate::inputs::list_inputs;
use crate::service::SETTINGS;
use crate::values::ExternalDataItem;

pub(crate) static BUSINESS_UNITS: ListEndpoint = SETTINGS
    .list("/business-units")
    .scope("tn.stt.businessunits")
    .resource("businessUnits", "Business Units")
    .record(&BUSINESS_UNIT)
    .filters(&[
        filters::IDS,
        Filter::text("name"),
        filters::ACTIVE,
        filters::CREATED_BEFORE,
        filters::CREATED_ON_OR_AFTER,
        filters::MODIFIED_BEFORE,
        filters::MODIFIED_ON_OR_AFTER,
        filters::EXTERNAL_DATA_APPLICATION_GUID,
    ])
    .search("name")
    .ids("ids")
    .including_inactive("active", "Any")
    .sorted_locally();

static BUSINESS_UNIT: Record = Record {
    help: "A business unit.",
    fields: &[
        Field::id("id", "The id of the business unit."),
        Field::flag("active", "Whether the business unit is active.").example("true"),
        Field::text("name", "The internal name of the business unit.").example("HVAC Service"),
        Field::text("officialName", "The name that customers see.").nullable().example("Hill Heating, Service"),
        Field::text("email", "The email address.").nullable().example("service@hill-heating.example"),
        Field::text("currency", "The currency code, such as `USD`.").nullable().example("USD"),
        Field::text("phoneNumber", "The phone number.").nullable().example("8185550100"),
        Field::text("invoiceHeader", "The header of the business unit's invoices. May contain HTML.").nullable(),
        Field::text("invoiceMessage", "The message on the business unit's invoices. May contain HTML.").nullable(),
        Field::decimal("defaultTaxRate", "The default tax rate as a fraction, such as `0.06` for six percent.")
            .nullable()
            .example("0.06"),
        Field::text("authorizationParagraph", "The text that customers sign before the work. May contain HTML.")
            .nullable(),
        Field::text("acknowledgementParagraph", "The text that customers sign after the work. May contain HTML.")
            .nullable(),
        Field::object("address", "The address of the business unit.", &BUSINESS_UNIT_ADDRESS).nullable(),
        Field::text("materialSku", "The pricebook item that materials are billed as.").nullable(),
        Field::text("quickbooksClass", "The `QuickBooks` class of the business unit.").nullable(),
        Field::text("accountCode", "The account code in the accounting system.").nullable(),
        Field::text("franchiseId", "The id of the franchise that the business unit belongs to.").nullable(),
        Field::text("conceptCode", "The concept code.").nullable(),
        Field::text("corporateContractNumber", "The corporate contract number.").nullable(),
        Field::object("trade", "The trade of the business unit.", &TRADE_OR_DIVISION)
            .nullable()
            .example(r#"{"id": 1088, "name": "HVAC"}"#),
        Field::object("division", "The division that the business unit belongs to.", &TRADE_OR_DIVISION)
            .nullable()
            .example(r#"{"id": 1088, "name": "Service"}"#),
        Field::id("tagTypeIds", "The ids of the business unit's tags.").list().nullable(),
        Field::object("tenant", "The tenant that the business unit belongs to.", &TENANT).nullable(),
        Field::timestamp("createdOn", "When the business unit was created."),
        Field::timestamp("modifiedOn", "When the business unit was last modified."),
        Field::value::<ExternalDataItem>("externalData", "The data that an integration stores with the business unit.")
            .list()
            .nullable(),
    ],
};

static BUSINESS_UNIT_ADDRESS: Record = Record {
    help: "The address of a business unit.",
    fields: &[
        Field::text("street", "The street and house number.").nullable().example("1 Works Way"),
        Field::text("unit", "The apartment, suite or floor.").nullable(),
        Field::text("city", "The city.").nullable().example("Glendale"),
        Field::text("state", "The state or province.").nullable().example("CA"),
        Field::text("zip", "The postal code.").nullable().example("91203"),
        Field::text("country", "The country.").nullable().example("USA"),
        Field::decimal("latitude", "The latitude in degrees, positive north of the equator.")
            .nullable()
            .example("34.15"),
        Field::decimal("longitude", "The longitude in degrees, positive east of Greenwich.")
            .nullable()
            .example("-118.26"),
        Field::flag("isManualCoordinates", "Whether a person set the coordinates."),
        Field::flag("isMilitary", "Whether the address is a military address."),
    ],
};

static TRADE_OR_DIVISION: Record = Record {
    help: "A trade or a division, by id and name.",
    fields: &[
        Field::id("id", "The id of the trade or division.").example("1088"),
        Field::text("name", "The name of the trade or division.").example("HVAC"),
    ],
};

static TENANT: Record = Record {
    help: "The tenant that a business unit belongs to.",
    fields: &[
        Field::id("id", "The id of the tenant.").example("1097"),
        Field::text("name", "The name of the tenant.").example("Hill Heating"),
        Field::text("accountCode", "The account code in the accounting system.").nullable(),
        Field::text("franchiseId", "The id of the franchise that the tenant belongs to.").nullable(),
        Field::text("conceptCode", "The concept code.").nullable(),
        Field::timestamp("modifiedOn", "When the tenant was last modified.").example("2025-11-03T15:04:05Z"),
    ],
};

struct ListBusinessUnits;

impl Action for ListBusinessUnits {
    fn about(&self) -> About {
        About::read("listBusinessUnits", "List Business Units", BUSINESS_UNITS.resource)
            .help("Returns one page of the company's business units, or all of them with Fetch All.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &list_inputs(&BUSINESS_UNITS) }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        BUSINESS_UNITS.list().query(inputs)
    }
}

register!(action ListBusinessUnits);

struct SelectBusinessUnit;

impl DataSource for SelectBusinessUnit {
    fn about(&self) -> About {
        About::read("selectBusinessUnit", "Select Business Unit", BUSINESS_UNITS.resource)
            .help("Offers business units by name.")
    }

    fn choices(&self) -> Choices {
        BUSINESS_UNITS.choices("{name} (ID: {id})").sorted_by("name")
    }
}

register!(source SelectBusinessUnit);
