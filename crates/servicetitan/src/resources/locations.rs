//! Locations: the addresses where work is done.

use pipefit_component::prelude::*;

use crate::inputs::{self, ADDRESS_TEMPLATE, EXTERNAL_DATA, EXTERNAL_DATA_UPDATE, LIST, TAG_TYPE_IDS};
use crate::records::{ADDRESS_EXAMPLE, NAMED_CUSTOM_FIELD};
use crate::service::CRM;
use crate::values::ExternalDataItem;
use crate::values::customers::{Address, FilledCustomField, LocationAddressUpdate, NewContact};

pub(crate) static LOCATIONS: ListEndpoint = CRM
    .list("/locations")
    .resource("locations", "Locations")
    .record(&LOCATION)
    .search("name")
    .ids("ids")
    .including_inactive("active", "Any");

const ACTIVE: Input = Input::flag("active", "Active")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether work can be booked at the location; `false` takes it out of use without losing its history.")
    .omitted("Unchanged when left out.");
const ADDRESS: Input = Input::code("address", "Address")
    .shape::<Address>()
    .template(ADDRESS_TEMPLATE)
    .help("Where the work is done; unit, `latitude` and `longitude` may be left out.");
const ADDRESS_UPDATE: Input = ADDRESS
    .shape::<LocationAddressUpdate>()
    .help(
        "The new address as a whole, with an empty `unit` where there is none. `latitude` and `longitude` may be \
         left out.",
    )
    .omitted("Unchanged when left out.");
const CONTACTS: Input = Input::code("contacts", "Contacts")
    .shape::<Vec<NewContact>>()
    .template(r#"[{"type": "Phone", "value": "string", "memo": "string"}]"#)
    .help("The numbers and addresses that someone at the location is reached at.")
    .omitted("None when left out.");
const CUSTOMER_ID: Input = inputs::CUSTOMER_ID.help("The customer whom the location belongs to.");
const CUSTOM_FIELDS: Input = inputs::CUSTOM_FIELDS.shape::<Vec<FilledCustomField>>();
const LOCATION_ID: Input =
    inputs::LOCATION_ID.help("The location: the number at the end of the location page's address.");
const NAME: Input = Input::text("name", "Name")
    .example("Test Source")
    .help("What people find the location by, often the name of the customer or of the building.")
    .omitted("Unchanged when left out.");
const TAX_ZONE_ID: Input = Input::id("taxZoneId", "Tax Zone ID")
    .example("1088")
    .help("The tax zone, from the settings of the account, whose rates apply at the location.")
    .omitted("Unchanged when left out.");

pub(crate) static LOCATION: Record = Record {
    help: "A location, as the API answers it.",
    fields: &[
        Field::id("id", "The number of the record."),
        Field::id("customerId", "Whose location it is."),
        Field::flag("active", "Whether work can be booked there.").example("true"),
        Field::text("name", "What people find it by.").example("Ana Torres"),
        Field::value::<Address>("address", "Where it is.").example(ADDRESS_EXAMPLE),
        Field::objects("customFields", "Its custom fields.", &NAMED_CUSTOM_FIELD),
        Field::timestamp("createdOn", "When it was added."),
        Field::id("createdById", "Who added it.").example("1088"),
        Field::timestamp("modifiedOn", "When it was last changed.").example("2026-01-05T14:31:07Z"),
        Field::id("mergedToId", "The location that it was merged into, where it was a duplicate.").nullable(),
        Field::id("zoneId", "The zone of dispatch that it lies in.").nullable(),
        Field::flag("taxExempt", "Whether no tax is due there."),
        Field::id("tagTypeIds", "Its tags.").list().example("[123]"),
        Field::value::<ExternalDataItem>("externalData", "What the integration of the given GUID keeps with it.")
            .list()
            .example(r#"[{"key": "source", "value": "web"}]"#),
        Field::id("taxZoneId", "The tax zone whose rates apply there.").nullable().example("1088"),
    ],
};

pub(crate) static CREATED_LOCATION: Record = Record {
    help: "A location that was just added, with its contacts.",
    fields: &[
        Field::all_of(&LOCATION).example(
            r#"{
                "taxZoneId": null,
                "id": 10978752986,
                "customerId": 10978752986,
                "active": true,
                "name": "Ana Torres",
                "address": {
                    "street": "410 Cedar Lane",
                    "unit": "2B",
                    "city": "Glendale",
                    "state": "CA",
                    "zip": "91201",
                    "country": "USA",
                    "latitude": 34.1662,
                    "longitude": -118.2877
                },
                "customFields": [{"typeId": 1088, "name": "Gate Code", "value": "4411"}],
                "createdOn": "2026-01-05T14:30:00Z",
                "createdById": 1088,
                "modifiedOn": "2026-01-05T14:30:00Z",
                "mergedToId": null,
                "zoneId": null,
                "taxExempt": false,
                "tagTypeIds": [123],
                "externalData": [{"key": "source", "value": "web"}]
            }"#,
        ),
        Field::objects("contacts", "How someone there is reached.", &CREATED_CONTACT)
            .example(r#"[{"id": 10978752986, "type": "Phone", "value": "5551234567", "memo": "Front desk"}]"#),
    ],
};

pub(crate) static CREATED_CONTACT: Record = Record {
    help: "A contact that was added with a customer or a location.",
    fields: &[
        Field::id("id", "The number of the record."),
        Field::text("type", "What the value is: Phone, Email, Fax or `MobilePhone`.").example("MobilePhone"),
        Field::text("value", "The telephone or fax number, or the e-mail address.").example("5551234567"),
        Field::text("memo", "A note on the contact.").nullable().example("Prefers mornings"),
    ],
};

struct GetLocation;

impl Action for GetLocation {
    fn about(&self) -> About {
        About::read("getLocation", "Get Location", LOCATIONS.resource).help("Reads one location by its number.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, LOCATION_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        LOCATIONS.get("{locationId}").query(inputs)
    }
}

register!(action GetLocation);

struct ListLocations;

impl Action for ListLocations {
    fn about(&self) -> About {
        About::read("listLocations", "List Locations", LOCATIONS.resource)
            .help("Lists locations, one page or all of them; inactive ones just where a filter asks for them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        LOCATIONS.list().query(inputs)
    }
}

register!(action ListLocations);

struct CreateLocation;

impl Action for CreateLocation {
    fn about(&self) -> About {
        About::create("createLocation", "Create Location", LOCATIONS.resource)
            .help("Adds a location to a customer and answers the new record with its contacts.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                NAME.required(),
                ADDRESS.required(),
                CUSTOMER_ID.required(),
                CONTACTS,
                CUSTOM_FIELDS,
                TAG_TYPE_IDS,
                EXTERNAL_DATA,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        LOCATIONS.create().returns(Output::Record(&CREATED_LOCATION)).body(inputs)
    }
}

register!(action CreateLocation);

struct UpdateLocation;

impl Action for UpdateLocation {
    fn about(&self) -> About {
        About::update("updateLocation", "Update Location", LOCATIONS.resource).help(
            "Changes the given fields of a location and answers the changed record. Lists and the address are replaced as a whole.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                LOCATION_ID.required(),
                CUSTOMER_ID,
                NAME,
                ADDRESS_UPDATE,
                ACTIVE,
                TAX_ZONE_ID,
                CUSTOM_FIELDS,
                TAG_TYPE_IDS,
                EXTERNAL_DATA_UPDATE,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        LOCATIONS.patch("{locationId}").body(inputs)
    }
}

register!(action UpdateLocation);

struct SelectLocation;

impl DataSource for SelectLocation {
    fn about(&self) -> About {
        About::read("selectLocation", "Select Location", LOCATIONS.resource)
            .help("Offers the active locations by name.")
    }

    fn choices(&self) -> Choices {
        LOCATIONS.choices("{name} (ID: {id})").sorted_by("id")
    }
}

register!(source SelectLocation);
