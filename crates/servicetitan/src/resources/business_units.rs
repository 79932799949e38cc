//! Business units: the parts of the company that do and bill the work.

use pipefit_component::prelude::*;

use crate::inputs::LIST;
use crate::records::NAMED;
use crate::service::SETTINGS;
use crate::values::ExternalDataItem;

pub(crate) static BUSINESS_UNITS: ListEndpoint = SETTINGS
    .list("/business-units")
    .resource("businessUnits", "Business Units")
    .record(&BUSINESS_UNIT)
    .search("name")
    .ids("ids")
    .including_inactive("active", "Any")
    .sorted_locally();

static BUSINESS_UNIT: Record = Record {
    help: "A business unit, as the API answers it.",
    fields: &[
        Field::id("id", "The number of the record."),
        Field::flag("active", "Whether it is in use.").example("true"),
        Field::text("name", "What people in the company call it.").example("HVAC Service"),
        Field::text("officialName", "What customers read on papers.").nullable().example("Hill Heating, Service"),
        Field::text("email", "The address for mail.").nullable().example("service@hill-heating.example"),
        Field::text("currency", "The currency, such as `USD`.").nullable().example("USD"),
        Field::text("phoneNumber", "The number of the phone.").nullable().example("8185550100"),
        Field::text("invoiceHeader", "What stands at the head of its invoices; may hold HTML.").nullable(),
        Field::text("invoiceMessage", "What stands on its invoices; may hold HTML.").nullable(),
        Field::decimal("defaultTaxRate", "The tax, as a share.").nullable().example("0.06"),
        Field::text("authorizationParagraph", "What a customer signs before the work; may hold HTML.").nullable(),
        Field::text("acknowledgementParagraph", "What a customer signs after the work; may hold HTML.").nullable(),
        Field::object("address", "Where it is.", &BUSINESS_UNIT_ADDRESS).nullable(),
        Field::text("materialSku", "The item that materials are billed as.").nullable(),
        Field::text("quickbooksClass", "Its class in `QuickBooks`.").nullable(),
        Field::text("accountCode", "Its code in the accounting.").nullable(),
        Field::text("franchiseId", "The franchise that it belongs to.").nullable(),
        Field::text("conceptCode", "The code of its concept.").nullable(),
        Field::text("corporateContractNumber", "The number of its contract.").nullable(),
        Field::object("trade", "The trade that it works in.", &NAMED)
            .nullable()
            .example(r#"{"id": 1088, "name": "HVAC"}"#),
        Field::object("division", "The division that it belongs to.", &NAMED)
            .nullable()
            .example(r#"{"id": 1088, "name": "Service"}"#),
        Field::id("tagTypeIds", "Its tags.").list().nullable(),
        Field::object("tenant", "The account that it belongs to.", &TENANT).nullable(),
        Field::timestamp("createdOn", "When it was added."),
        Field::timestamp("modifiedOn", "When it was last changed."),
        Field::value::<ExternalDataItem>("externalData", "What an integration keeps with it.").list().nullable(),
    ],
};

static BUSINESS_UNIT_ADDRESS: Record = Record {
    help: "Where a business unit is.",
    fields: &[
        Field::text("street", "The street with the house number.").nullable().example("1 Works Way"),
        Field::text("unit", "The apartment, suite or floor.").nullable(),
        Field::text("city", "The city.").nullable().example("Glendale"),
        Field::text("state", "The state or province.").nullable().example("CA"),
        Field::text("zip", "The postal code.").nullable().example("91203"),
        Field::text("country", "The country.").nullable().example("USA"),
        Field::decimal("latitude", "Degrees north of the equator.").nullable().example("34.15"),
        Field::decimal("longitude", "Degrees east of Greenwich.").nullable().example("-118.26"),
        Field::flag("isManualCoordinates", "Whether a person set the coordinates."),
        Field::flag("isMilitary", "Whether it is a military address."),
    ],
};

static TENANT: Record = Record {
    help: "The account that a business unit belongs to.",
    fields: &[
        Field::id("id", "The number of the account.").example("1097"),
        Field::text("name", "What people call it.").example("Hill Heating"),
        Field::text("accountCode", "Its code in the accounting.").nullable(),
        Field::text("franchiseId", "The franchise that it belongs to.").nullable(),
        Field::text("conceptCode", "The code of its concept.").nullable(),
        Field::timestamp("modifiedOn", "When it was last changed.").example("2025-11-03T15:04:05Z"),
    ],
};

struct ListBusinessUnits;

impl Action for ListBusinessUnits {
    fn about(&self) -> About {
        About::read("listBusinessUnits", "List Business Units", BUSINESS_UNITS.resource)
            .help("Lists the business units of the company, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
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
