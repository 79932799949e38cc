//! Customers: the people and companies that order the work and pay for it.

use pipefit_component::prelude::*;

use super::locations::{CREATED_CONTACT, CREATED_LOCATION};
use crate::external_data::EXTERNAL_DATA_KEYS;
use crate::filters;
use crate::inputs::{
    self, ADDITIONAL_FIELDS, ADDRESS_TEMPLATE, CUSTOM_QUERY_PARAMS, CUSTOMER_ID, EXTERNAL_DATA, EXTERNAL_DATA_UPDATE,
    INCLUDE_TOTAL, PAGE, PAGE_SIZE, SORT, TAG_TYPE_IDS, TAG_TYPE_IDS_UPDATE, UPDATED_CUSTOM_FIELDS,
};
use crate::records::{ADDRESS_EXAMPLE, NAMED_CUSTOM_FIELD};
use crate::service::CRM;
use crate::values::customers::{Address, AddressUpdate, CustomerFields, NewContact, NewCustomerFields, NewLocation};
use crate::values::{ExternalDataItem, FilledCustomField};

pub(crate) static CUSTOMERS: ListEndpoint = CRM
    .list("/customers")
    .scope("tn.crm.customers")
    .resource("customers", "Customers")
    .record(&CUSTOMER)
    .columns(&["id", "name", "type", "address.street", "address.city", "balance", "active", "createdOn"])
    .filters(&[
        filters::IDS,
        filters::CREATED_BEFORE,
        filters::CREATED_ON_OR_AFTER,
        filters::MODIFIED_BEFORE,
        filters::MODIFIED_ON_OR_AFTER,
        Filter::flag("excludeAccountingChangesFromModifiedDateRange"),
        Filter::text("name"),
        Filter::text("street"),
        Filter::text("unit"),
        Filter::text("city"),
        Filter::text("state"),
        Filter::text("zip"),
        Filter::text("country"),
        Filter::decimal("latitude"),
        Filter::decimal("longitude"),
        Filter::text("phone"),
        filters::ACTIVE,
        filters::EXTERNAL_DATA_APPLICATION_GUID,
        filters::EXTERNAL_DATA_KEY,
        filters::EXTERNAL_DATA_VALUES,
    ])
    .search("name")
    .ids("ids")
    .including_inactive("active", "Any")
    .readable()
    .idempotency_keys(&EXTERNAL_DATA_KEYS);

const CUSTOMER_TYPES: &[Choice] = &[EMPTY, plain("Residential"), plain("Commercial")];

const ACTIVE: Input = Input::flag("active", "Active")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether the customer is active. `false` deactivates the customer and keeps its history.");
const ADDRESS: Input = Input::code("address", "Address")
    .shape::<Address>()
    .template(ADDRESS_TEMPLATE)
    .help("The billing address. `unit`, `latitude` and `longitude` may be left out.");
const ADDRESS_UPDATE: Input = ADDRESS
    .shape::<AddressUpdate>()
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
        "The complete new billing address. `unit` is empty if there is none; `latitude` and `longitude` may be left \
         out.",
    );
const CONTACTS: Input = Input::code("contacts", "Contacts")
    .shape::<Vec<NewContact>>()
    .template(r#"[{"type": "Phone", "value": "string", "memo": "string"}]"#)
    .help("The phone numbers and email addresses of the customer.");
const CUSTOM_FIELDS: Input = inputs::CUSTOM_FIELDS.shape::<Vec<FilledCustomField>>();
const CUSTOM_FIELDS_UPDATE: Input = CUSTOM_FIELDS.help(UPDATED_CUSTOM_FIELDS);
const DO_NOT_MAIL: Input = Input::flag("doNotMail", "Do Not Mail")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether not to send mail to the customer.")
    .omitted_on_create("Defaults to `false` when left out.");
const DO_NOT_SERVICE: Input = Input::flag("doNotService", "Do Not Service")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether not to do any more work for the customer.")
    .omitted_on_create("Defaults to `false` when left out.");
const LOCATIONS: Input = Input::code("locations", "Location")
    .shape::<AtLeastOne<NewLocation>>()
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
    .help(
        "The locations where work is done for the customer, at least one, each with its own address and \
         contacts.",
    );
const NAME: Input = Input::text("name", "Name").example("Test Source").help("The name of the person or company.");
const TYPE: Input = Input::text("type", "Customer Type")
    .choices(CUSTOMER_TYPES)
    .help("Whether the customer is a household (`Residential`) or a business (`Commercial`).")
    .omitted_on_create("Chosen by the service when left out.");

static CUSTOMER: Record = Record {
    help: "A customer.",
    fields: &[
        Field::id("id", "The id of the customer."),
        Field::flag("active", "Whether the customer is active.").example("true"),
        Field::text("name", "The name of the person or company.").example("Ana Torres"),
        Field::text("type", "The customer type: Residential or Commercial.").example("Residential"),
        Field::value::<Address>("address", "The billing address.").example(ADDRESS_EXAMPLE),
        Field::objects("customFields", "The values of the customer's custom fields.", &NAMED_CUSTOM_FIELD)
            .example(r#"[{"typeId": 123, "name": "Preferred Contact Time", "value": "Mornings"}]"#),
        Field::decimal("balance", "The amount that the customer owes, in the currency of the account.")
            .example("189.00"),
        Field::flag("taxExempt", "Whether the customer is exempt from tax."),
        Field::id("tagTypeIds", "The ids of the customer's tags.").list().example("[123]"),
        Field::flag("doNotMail", "Whether not to send mail to the customer."),
        Field::flag("doNotService", "Whether not to do any more work for the customer."),
        Field::flag(
            "nationalAccount",
            "Whether the customer is a national account, with locations across the country.",
        ),
        Field::timestamp("createdOn", "When the customer was created."),
        Field::id("createdById", "The id of the user who created the customer.").example("1088"),
        Field::timestamp("modifiedOn", "When the customer was last modified.").example("2026-01-05T14:31:07Z"),
        Field::id("mergedToId", "The id of the customer that this duplicate was merged into.").nullable(),
        Field::id("paymentTermId", "The id of the customer's payment terms.").nullable(),
        Field::decimal("creditLimit", "The maximum amount that the customer may owe.").nullable(),
        Field::decimal("creditLimitBalance", "The remaining credit.").nullable(),
        Field::value::<ExternalDataItem>(
            "externalData",
            "The data stored with the customer by the application whose GUID was given.",
        )
        .list()
        .example(r#"[{"key": "source", "value": "web"}]"#),
    ],
};

static CREATED_CUSTOMER: Record = Record {
    help: "A new customer, with its locations and contacts.",
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
        Field::objects("locations", "The locations where work is done for the customer.", &CREATED_LOCATION).example(
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
        Field::objects("contacts", "The contacts of the customer.", &CREATED_CONTACT),
    ],
};

static UPDATED_CUSTOMER: Record = Record {
    help: "A changed customer. Its locations and contacts are not always included.",
    fields: &[
        Field::all_of(&CUSTOMER),
        Field::objects(
            "locations",
            "The locations where work is done for the customer; not always included.",
            &CREATED_LOCATION,
        )
        .nullable()
        .absent(),
        Field::objects("contacts", "The contacts of the customer; not always included.", &CREATED_CONTACT)
            .nullable()
            .absent(),
    ],
};

struct GetCustomer;

impl Action for GetCustomer {
    fn about(&self) -> About {
        About::read("getCustomer", "Get Customer", CUSTOMERS.resource).help("Returns a customer by its id.")
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
        About::read("listCustomers", "List Customers", CUSTOMERS.resource).help(
            "Returns one page of customers, or all of them with Fetch All. Inactive customers are included \
                 only if a filter asks for them.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                FETCH_ALL,
                PAGE,
                PAGE_SIZE,
                SORT,
                INCLUDE_TOTAL,
                CUSTOM_QUERY_PARAMS.filters(CUSTOMERS.filters),
                DEBUG_REQUEST,
            ]
        }
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
            "Creates a customer with at least one location. Returns the new customer with its locations and \
                 contacts.",
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
                ADDITIONAL_FIELDS.shape::<NewCustomerFields>(),
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
            "Changes the given fields of a customer. Lists and the address are replaced as a whole. Returns \
                 the changed customer.",
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
                CUSTOM_FIELDS_UPDATE,
                EXTERNAL_DATA_UPDATE,
                DO_NOT_MAIL,
                DO_NOT_SERVICE,
                ACTIVE,
                TAG_TYPE_IDS_UPDATE,
                DEBUG_REQUEST,
                ADDITIONAL_FIELDS.shape::<CustomerFields>(),
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
        About::read("selectCustomers", "Select Customer", CUSTOMERS.resource).help("Offers active customers by name.")
    }

    fn choices(&self) -> Choices {
        CUSTOMERS.choices("{name} (ID: {id})").sorted_by("name")
    }
}

register!(source SelectCustomers);
