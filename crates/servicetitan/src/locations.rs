//! Locations: the addresses where work is done.

use pipefit_component::prelude::*;

use crate::apis::CRM;
use crate::inputs::{self, EXTERNAL_DATA, EXTERNAL_DATA_UPDATE, LIST, TAG_TYPE_IDS};
use crate::shapes::ExternalDataItem;
use crate::shapes::NamedCustomField;
use crate::shapes::customers::{Address, FilledCustomField, LocationAddressUpdate, NewContact};

const LOCATIONS: Resource = Resource { key: "locations", label: "Locations" };

const ACTIVE: Input = Input::flag("active", "Active")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether work can be booked at the location; `false` takes it out of use without losing its history.")
    .omitted("Unchanged when left out.");
const ADDRESS: Input = Input::code("address", "Address")
    .shape::<Address>()
    .template(r#"{"street": "string", "unit": "string", "city": "string", "state": "string", "zip": "string", "country": "string"}"#)
    .help("Where the work is done; unit, `latitude` and `longitude` may be left out.");
const ADDRESS_UPDATE: Input = ADDRESS
    .shape::<LocationAddressUpdate>()
    .help("The new address as a whole, with an empty `unit` where there is none. `latitude` and `longitude` may be left out.")
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

/// A location, as the API answers it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
pub(crate) struct Location {
    /// The number of the record.
    id: Id,
    /// Whose location it is.
    customer_id: Id,
    /// Whether work can be booked there.
    active: bool,
    /// What people find it by.
    name: String,
    /// Where it is.
    address: Address,
    /// Its custom fields.
    custom_fields: Vec<NamedCustomField>,
    /// When it was added.
    created_on: Timestamp,
    /// Who added it.
    created_by_id: Id,
    /// When it was last changed.
    modified_on: Timestamp,
    /// The location that it was merged into, where it was a duplicate.
    merged_to_id: Option<Id>,
    /// The zone of dispatch that it lies in.
    zone_id: Option<Id>,
    /// Whether no tax is due there.
    tax_exempt: bool,
    /// Its tags.
    tag_type_ids: Vec<Id>,
    /// What the integration of the given GUID keeps with it.
    external_data: Vec<ExternalDataItem>,
    /// The tax zone whose rates apply there.
    tax_zone_id: Option<Id>,
}

impl Record for Location {
    const EXAMPLE: &'static str = r#"{"id":10978752986,"customerId":10978752986,"active":true,"name":"Ana Torres","address":{"street":"410 Cedar Lane","unit":"2B","city":"Glendale","state":"CA","zip":"91201","country":"USA","latitude":34.1662,"longitude":-118.2877},"customFields":[{"typeId":1088,"name":"Gate Code","value":"4411"}],"createdOn":"2026-01-05T14:30:00Z","createdById":1088,"modifiedOn":"2026-01-05T14:31:07Z","mergedToId":null,"zoneId":null,"taxExempt":false,"tagTypeIds":[123],"externalData":[{"key":"source","value":"web"}],"taxZoneId":1088}"#;
}

/// A location that was just added, with its contacts.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
pub(crate) struct CreatedLocation {
    #[serde(flatten)]
    location: Location,
    /// How someone there is reached.
    contacts: Vec<CreatedContact>,
}

impl Record for CreatedLocation {
    const EXAMPLE: &'static str = r#"{"taxZoneId":null,"id":10978752986,"customerId":10978752986,"active":true,"name":"Ana Torres","address":{"street":"410 Cedar Lane","unit":"2B","city":"Glendale","state":"CA","zip":"91201","country":"USA","latitude":34.1662,"longitude":-118.2877},"customFields":[{"typeId":1088,"name":"Gate Code","value":"4411"}],"createdOn":"2026-01-05T14:30:00Z","createdById":1088,"modifiedOn":"2026-01-05T14:30:00Z","mergedToId":null,"zoneId":null,"taxExempt":false,"tagTypeIds":[123],"externalData":[{"key":"source","value":"web"}],"contacts":[{"id":10978752986,"type":"Phone","value":"5551234567","memo":"Front desk"}]}"#;
}

/// A contact that was added with a customer or a location.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
pub(crate) struct CreatedContact {
    /// The number of the record.
    id: Id,
    /// What the value is: Phone, Email, Fax or `MobilePhone`.
    r#type: String,
    /// The telephone or fax number, or the e-mail address.
    value: String,
    /// A note on the contact.
    memo: Option<String>,
}

struct GetLocation;

impl Action for GetLocation {
    fn about(&self) -> About {
        About::read("getLocation", "Get Location", LOCATIONS).help("Reads one location by its number.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, LOCATION_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        CRM.get("/locations/{locationId}").query(inputs)
    }

    fn output(&self) -> Output {
        Output::record::<Location>()
    }
}

register!(action GetLocation);

struct ListLocations;

impl Action for ListLocations {
    fn about(&self) -> About {
        About::read("listLocations", "List Locations", LOCATIONS)
            .help("Lists locations, one page or all of them; inactive ones just where a filter asks for them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        CRM.list("/locations").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<Location>()
    }
}

register!(action ListLocations);

struct CreateLocation;

impl Action for CreateLocation {
    fn about(&self) -> About {
        About::create("createLocation", "Create Location", LOCATIONS)
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
        CRM.post("/locations").body(inputs)
    }

    fn output(&self) -> Output {
        Output::record::<CreatedLocation>()
    }
}

register!(action CreateLocation);

struct UpdateLocation;

impl Action for UpdateLocation {
    fn about(&self) -> About {
        About::update("updateLocation", "Update Location", LOCATIONS).help(
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
        CRM.patch("/locations/{locationId}").body(inputs)
    }

    fn output(&self) -> Output {
        Output::record::<Location>()
    }
}

register!(action UpdateLocation);

struct SelectLocation;

impl Action for SelectLocation {
    fn about(&self) -> About {
        About::read("selectLocation", "Select Location", LOCATIONS).help("Offers the active locations by name.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        CRM.list("/locations").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<Location>()
    }
}

impl DataSource for SelectLocation {
    fn picklist(&self) -> Picklist {
        Picklist::labelled("{name} (ID: {id})")
            .sorted_by("id")
            .searched_by("name")
            .found_by("ids")
            .even_unused("active", "Any")
    }
}

register!(source SelectLocation);
