//! Customers: who orders the work and pays for it.

use pipefit_component::prelude::*;

use super::locations::{CREATED_CONTACT, CREATED_LOCATION};
use crate::inputs::{
    self, ADDRESS_TEMPLATE, CUSTOM_QUERY_PARAMS, CUSTOMER_ID, EXTERNAL_DATA, EXTERNAL_DATA_UPDATE, INCLUDE_TOTAL, PAGE,
    PAGE_SIZE, SORT, TAG_TYPE_IDS,
};
use crate::records::{ADDRESS_EXAMPLE, NAMED_CUSTOM_FIELD};
use crate::service::CRM;
use crate::values::ExternalDataItem;
use crate::values::customers::{Address, CustomerAddressUpdate, FilledCustomField, NewContact, NewLocation};

pub(crate) static CUSTOMERS: ListEndpoint = CRM
    .list("/customers")
    .resource("customers", "Customers")
    .record(&CUSTOMER)
    .search("name")
    .ids("ids")
    .including_inactive("active", "Any");

const CUSTOMER_TYPES: &[Choice] = &[EMPTY, plain("Residential"), plain("Commercial")];

const ACTIVE: Input = Input::flag("active", "Active")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether the customer is still served; `false` takes the record out of use without losing its history.")
    .omitted("Unchanged when left out.");
const ADDRESS: Input = Input::code("address", "Address")
    .shape::<Address>()
    .template(ADDRESS_TEMPLATE)
    .help("Where the customer is sent bills; `unit`, `latitude` and `longitude` may be left out.");
const ADDRESS_UPDATE: Input = ADDRESS
    .shape::<CustomerAddressUpdate>()
    .template(
        r#"{
            "street": "string",
            "unit": "string",
            "city": "string",
            "state": "string",
            "zip": "string",
            "country": "string",
            "latitude": 0,
            "longitude": 0
        }"#,
    )
    .help(
        "The new address for bills as a whole: every part is needed, `latitude` and `longitude` too, with an empty \
         `unit` where there is none.",
    )
    .omitted("Unchanged when left out.");
const CONTACTS: Input = Input::code("contacts", "Contacts")
    .shape::<Vec<NewContact>>()
    .template(r#"[{"type": "Phone", "value": "string", "memo": "string"}]"#)
    .help("The numbers and addresses that the customer is reached at.")
    .omitted("None when left out.");
const CUSTOM_FIELDS: Input = inputs::CUSTOM_FIELDS.shape::<Vec<FilledCustomField>>();
const DO_NOT_MAIL: Input = Input::flag("doNotMail", "Do Not Mail")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether the customer wants no mail.")
    .omitted("Left out: `false` on create, unchanged on update.");
const DO_NOT_SERVICE: Input = Input::flag("doNotService", "Do Not Service")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether to do no more work for the customer.")
    .omitted("Left out: `false` on create, unchanged on update.");
const LOCATIONS: Input = Input::code("locations", "Location")
    .shape::<Vec<NewLocation>>()
    .template(
        r#"[{
            "name": "string",
            "address": {
                "street": "string",
                "unit": "string",
                "city": "string",
                "state": "string",
                "zip": "string",
                "country": "string",
                "latitude": 0,
                "longitude": 0
            },
            "contacts": [{"type": "Phone", "value": "string", "memo": "string"}],
            "customFields": [{"typeId": 0, "value": "string"}],
            "tagTypeIds": [0],
            "externalData": {"applicationGuid": "string", "externalData": [{"key": "string", "value": "string"}]}
        }]"#,
    )
    .help("The places where work is done for the customer, at least one, each with its own address and contacts.");
const NAME: Input = Input::text("name", "Name")
    .example("Test Source")
    .help("The name of the person or company.")
    .omitted("Unchanged when left out.");
const TYPE: Input = Input::text("type", "Customer Type")
    .choices(CUSTOMER_TYPES)
    .help("Whether the customer is a household or a business.")
    .omitted("Left to the service on create and unchanged on update when left out.");

static CUSTOMER: Record = Record {
    help: "A customer, as the API answers it.",
    fields: &[
        Field::id("id", "The number of the record."),
        Field::flag("active", "Whether the customer is still served.").example("true"),
        Field::text("name", "The name of the person or company.").example("Ana Torres"),
        Field::text("type", "Residential or Commercial.").example("Residential"),
        Field::value::<Address>("address", "Where bills are sent.").example(ADDRESS_EXAMPLE),
        Field::objects("customFields", "Its custom fields.", &NAMED_CUSTOM_FIELD)
            .example(r#"[{"typeId": 123, "name": "Preferred Contact Time", "value": "Mornings"}]"#),
        Field::decimal("balance", "What the customer owes, in the currency of the account.").example("189.00"),
        Field::flag("taxExempt", "Whether the customer pays no tax."),
        Field::id("tagTypeIds", "Its tags.").list().example("[123]"),
        Field::flag("doNotMail", "Whether the customer wants no mail."),
        Field::flag("doNotService", "Whether no more work is done for the customer."),
        Field::flag("nationalAccount", "Whether it is an account with places across the country."),
        Field::timestamp("createdOn", "When it was added."),
        Field::id("createdById", "Who added it.").example("1088"),
        Field::timestamp("modifiedOn", "When it was last changed.").example("2026-01-05T14:31:07Z"),
        Field::id("mergedToId", "The customer that it was merged into, where it was a duplicate.").nullable(),
        Field::id("paymentTermId", "The terms that the customer pays on.").nullable(),
        Field::decimal("creditLimit", "The most that the customer may owe.").nullable(),
        Field::decimal("creditLimitBalance", "What is left of the credit limit.").nullable(),
        Field::value::<ExternalDataItem>("externalData", "What the integration of the given GUID keeps with it.")
            .list()
            .example(r#"[{"key": "source", "value": "web"}]"#),
    ],
};

static CREATED_CUSTOMER: Record = Record {
    help: "A customer that was just added, with its locations and contacts.",
    fields: &[
        Field::all_of(&CUSTOMER).example(
            r#"{
                "id": 10978752986,
                "active": true,
                "name": "Ana Torres",
                "type": "Residential",
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
                "customFields": [],
                "balance": 0,
                "taxExempt": false,
                "tagTypeIds": [123],
                "doNotMail": false,
                "doNotService": false,
                "nationalAccount": false,
                "createdOn": "2026-01-05T14:30:00Z",
                "createdById": 1088,
                "modifiedOn": "2026-01-05T14:30:00Z",
                "mergedToId": null,
                "paymentTermId": null,
                "creditLimit": null,
                "creditLimitBalance": null,
                "externalData": []
            }"#,
        ),
        Field::objects("locations", "The places where work is done.", &CREATED_LOCATION).example(
            r#"[
                {
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
                    "customFields": [],
                    "createdOn": "2026-01-05T14:30:00Z",
                    "createdById": 1088,
                    "modifiedOn": "2026-01-05T14:30:00Z",
                    "mergedToId": null,
                    "zoneId": null,
                    "taxExempt": false,
                    "tagTypeIds": [],
                    "externalData": [],
                    "contacts": []
                }
            ]"#,
        ),
        Field::objects("contacts", "How the customer is reached.", &CREATED_CONTACT),
    ],
};

static UPDATED_CUSTOMER: Record = Record {
    help: "A customer that was just changed; locations and contacts are not always part of the answer.",
    fields: &[
        Field::all_of(&CUSTOMER),
        Field::objects("locations", "The places where work is done; not always part of the answer.", &CREATED_LOCATION)
            .nullable()
            .absent(),
        Field::objects("contacts", "How the customer is reached; not always part of the answer.", &CREATED_CONTACT)
            .nullable()
            .absent(),
    ],
};

struct GetCustomer;

impl Action for GetCustomer {
    fn about(&self) -> About {
        About::read("getCustomer", "Get Customer", CUSTOMERS.resource).help("Reads one customer by its number.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, CUSTOMER_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        CUSTOMERS.get("{customerId}").query(inputs)
    }
}

register!(action GetCustomer);

struct ListCustomers;

impl Action for ListCustomers {
    fn about(&self) -> About {
        About::read("listCustomers", "List Customers", CUSTOMERS.resource)
            .help("Lists customers, one page or all of them; inactive ones just where a filter asks for them.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, FETCH_ALL, PAGE, PAGE_SIZE, SORT, INCLUDE_TOTAL, CUSTOM_QUERY_PARAMS, DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        CUSTOMERS.list().query(inputs)
    }
}

register!(action ListCustomers);

struct CreateCustomer;

impl Action for CreateCustomer {
    fn about(&self) -> About {
        About::create("createCustomer", "Create Customer", CUSTOMERS.resource).help(
            "Adds a customer with at least one location, and answers the new record with its locations and contacts.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                NAME.required(),
                LOCATIONS.required(),
                ADDRESS.required(),
                TYPE,
                DO_NOT_MAIL,
                DO_NOT_SERVICE,
                CONTACTS,
                CUSTOM_FIELDS,
                TAG_TYPE_IDS,
                EXTERNAL_DATA,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        CUSTOMERS.create().returns(Output::Record(&CREATED_CUSTOMER)).body(inputs)
    }
}

register!(action CreateCustomer);

struct UpdateCustomer;

impl Action for UpdateCustomer {
    fn about(&self) -> About {
        About::update("updateCustomer", "Update Customer", CUSTOMERS.resource).help(
            "Changes the given fields of a customer and answers the changed record. Lists and the address are replaced as a whole.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                CUSTOMER_ID.required(),
                NAME,
                TYPE,
                ADDRESS_UPDATE,
                CUSTOM_FIELDS,
                EXTERNAL_DATA_UPDATE,
                DO_NOT_MAIL,
                DO_NOT_SERVICE,
                ACTIVE,
                TAG_TYPE_IDS,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        CUSTOMERS.patch("{customerId}").returns(Output::Record(&UPDATED_CUSTOMER)).body(inputs)
    }
}

register!(action UpdateCustomer);

struct SelectCustomers;

impl DataSource for SelectCustomers {
    fn about(&self) -> About {
        About::read("selectCustomers", "Select Customer", CUSTOMERS.resource)
            .help("Offers the active customers by name.")
    }

    fn choices(&self) -> Choices {
        CUSTOMERS.choices("{name} (ID: {id})").sorted_by("name")
    }
}

register!(source SelectCustomers);
