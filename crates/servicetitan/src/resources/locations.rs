//! Locations: the addresses where work is done.

use pipefit_component::prelude::*;

use crate::external_data::EXTERNAL_DATA_KEYS;
use crate::filters;
use crate::inputs::{
    self, ADDITIONAL_FIELDS, ADDRESS_TEMPLATE, EXTERNAL_DATA, EXTERNAL_DATA_UPDATE, TAG_TYPE_IDS, TAG_TYPE_IDS_UPDATE,
    UPDATED_CUSTOM_FIELDS, list_inputs,
};
use crate::records::{ADDRESS_EXAMPLE, NAMED_CUSTOM_FIELD};
use crate::service::CRM;
use crate::values::customers::{Address, AddressUpdate, NewContact, NewLocationFields};
use crate::values::{ExternalDataItem, FilledCustomField};

pub(crate) static LOCATIONS: ListEndpoint = CRM
    .list("/locations")
    .scope("tn.crm.locations")
    .resource("locations", "Locations")
    .record(&LOCATION)
    .columns(&["id", "name", "address.street", "address.city", "address.zip", "customerId", "active", "createdOn"])
    .filters(&[
        filters::IDS,
        Filter::text("name"),
        Filter::id("customerId"),
        Filter::text("street"),
        Filter::text("unit"),
        Filter::text("city"),
        Filter::text("state"),
        Filter::text("zip"),
        Filter::text("country"),
        Filter::decimal("latitude"),
        Filter::decimal("longitude"),
        filters::ACTIVE,
        filters::CREATED_BEFORE,
        filters::CREATED_ON_OR_AFTER,
        filters::MODIFIED_BEFORE,
        filters::MODIFIED_ON_OR_AFTER,
        filters::EXTERNAL_DATA_APPLICATION_GUID,
        filters::EXTERNAL_DATA_KEY,
        filters::EXTERNAL_DATA_VALUES,
    ])
    .search("name")
    .ids("ids")
    .including_inactive("active", "Any")
    .readable()
    .idempotency_keys(&EXTERNAL_DATA_KEYS);

const ACTIVE: Input = Input::flag("active", "Active")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether work can be booked at the location. `false` deactivates the location and keeps its history.");
const ADDRESS: Input = Input::code("address", "Address")
    .shape::<Address>()
    .template(ADDRESS_TEMPLATE)
    .help("The address where the work is done. `unit`, `latitude` and `longitude` may be left out.");
const ADDRESS_UPDATE: Input = ADDRESS.shape::<AddressUpdate>().help(
    "The complete new address. `unit` is empty if there is none; `latitude` and `longitude` may be left \
         out.",
);
const CONTACTS: Input = Input::code("contacts", "Contacts")
    .shape::<Vec<NewContact>>()
    .template(r#"[{"type": "Phone", "value": "string", "memo": "string"}]"#)
    .help("The phone numbers and email addresses of the location.");
const CUSTOMER_ID: Input = inputs::CUSTOMER_ID.help("The id of the customer that the location belongs to.");
const CUSTOM_FIELDS: Input = inputs::CUSTOM_FIELDS.shape::<Vec<FilledCustomField>>();
const CUSTOM_FIELDS_UPDATE: Input = CUSTOM_FIELDS.help(UPDATED_CUSTOM_FIELDS);
const LOCATION_ID: Input =
    inputs::LOCATION_ID.help("The id of the location, as shown at the end of the location page's URL.");
const NAME: Input = Input::text("name", "Name")
    .example("Test Source")
    .help("The name of the location, often the name of the customer or the building.");
const TAX_ZONE_ID: Input = Input::id("taxZoneId", "Tax Zone ID")
    .example("1088")
    .help("The id of the tax zone whose rates apply at the location, from the account settings.");

pub(crate) static LOCATION: Record = Record {
    help: "A location.",
    fields: &[
        Field::id("id", "The id of the location."),
        Field::id("customerId", "The id of the customer that the location belongs to."),
        Field::flag("active", "Whether work can be booked at the location.").example("true"),
        Field::text("name", "The name of the location.").example("Ana Torres"),
        Field::value::<Address>("address", "The address of the location.").example(ADDRESS_EXAMPLE),
        Field::objects("customFields", "The values of the location's custom fields.", &NAMED_CUSTOM_FIELD),
        Field::timestamp("createdOn", "When the location was created."),
        Field::id("createdById", "The id of the user who created the location.").example("1088"),
        Field::timestamp("modifiedOn", "When the location was last modified.").example("2026-01-05T14:31:07Z"),
        Field::id("mergedToId", "The id of the location that this duplicate was merged into.").nullable(),
        Field::id("zoneId", "The id of the dispatch zone of the location.").nullable(),
        Field::flag("taxExempt", "Whether the location is exempt from tax."),
        Field::id("tagTypeIds", "The ids of the location's tags.").list().example("[123]"),
        Field::value::<ExternalDataItem>(
            "externalData",
            "The data stored with the location by the application whose GUID was given.",
        )
        .list()
        .example(r#"[{"key": "source", "value": "web"}]"#),
        Field::id("taxZoneId", "The id of the tax zone whose rates apply at the location.").nullable().example("1088"),
    ],
};

pub(crate) static CREATED_LOCATION: Record = Record {
    help: "A new location, with its contacts.",
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
        Field::objects("contacts", "The contacts of the location.", &CREATED_CONTACT)
            .example(r#"[{"id": 10978752986, "type": "Phone", "value": "5551234567", "memo": "Front desk"}]"#),
    ],
};

pub(crate) static CREATED_CONTACT: Record = Record {
    help: "A contact that was created with a customer or a location.",
    fields: &[
        Field::id("id", "The id of the contact."),
        Field::text("type", "The contact type: Phone, Email, Fax or `MobilePhone`.").example("MobilePhone"),
        Field::text("value", "The phone or fax number, or the email address.").example("5551234567"),
        Field::text("memo", "A note on the contact.").nullable().example("Prefers mornings"),
    ],
};

struct GetLocation;

impl Action for GetLocation {
    fn about(&self) -> About {
        About::read("getLocation", "Get Location", LOCATIONS.resource).help("Returns a location by its id.")
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
        About::read("listLocations", "List Locations", LOCATIONS.resource).help(
            "Returns one page of locations, or all of them with Fetch All. Inactive locations are included \
                 only if a filter asks for them.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        const { &list_inputs(&LOCATIONS) }
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
            .help("Adds a location to a customer. Returns the new location with its contacts.")
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
                ADDITIONAL_FIELDS.shape::<NewLocationFields>(),
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
            "Changes the given fields of a location. Lists and the address are replaced as a whole. Returns \
                 the changed location.",
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
                CUSTOM_FIELDS_UPDATE,
                TAG_TYPE_IDS_UPDATE,
                EXTERNAL_DATA_UPDATE,
                DEBUG_REQUEST,
                ADDITIONAL_FIELDS,
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
        About::read("selectLocation", "Select Location", LOCATIONS.resource).help("Offers active locations by name.")
    }

    fn choices(&self) -> Choices {
        LOCATIONS.choices("{name} (ID: {id})").sorted_by("id").narrowed_by(const { &[CUSTOMER_ID.narrowing()] })
    }
}

register!(source SelectLocation);
