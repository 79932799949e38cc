//! The phone numbers and email addresses of customers.

use pipefit_component::prelude::*;
use serde_json::Value;

use crate::filters;
use crate::inputs::{ADDITIONAL_FIELDS, CUSTOM_QUERY_PARAMS, CUSTOMER_ID, INCLUDE_TOTAL, PAGE, PAGE_SIZE};
use crate::service::CRM;
use crate::values::customers::ContactFields;

/// The contacts of all customers: the only list that can be filtered by time.
static CONTACTS: ListEndpoint = CRM
    .list("/customers/contacts")
    .scope("tn.crm.customers")
    .resource("customerContacts", "Customer Contacts")
    .record(&LISTED_CONTACT)
    .filters(&[
        filters::MODIFIED_BEFORE,
        filters::MODIFIED_ON_OR_AFTER,
        Filter::text("customerIds").joined(),
        filters::CREATED_BEFORE,
        filters::CREATED_ON_OR_AFTER,
    ])
    .sorted_locally();

static CUSTOMER_CONTACTS: ListEndpoint = CRM
    .list("/customers/{customerId}/contacts")
    .scope("tn.crm.customers")
    .resource("customerContacts", "Customer Contacts")
    .record(&CUSTOMER_CONTACT)
    .sorted_locally();

const CONTACT_TYPES: &[Choice] = &[EMPTY, plain("Phone"), plain("Email"), plain("Fax"), plain("MobilePhone")];

/// The filters of all contacts that have no input of their own.
const CREATED_FILTERS: Input = CUSTOM_QUERY_PARAMS.filters(&[filters::CREATED_BEFORE, filters::CREATED_ON_OR_AFTER]);
const CUSTOMER_CONTACT_ID: Input = Input::id("customerContactId", "Customer Contact ID")
    .required()
    .example("10978752986")
    .source("selectCustomerContact")
    .help("The id of the contact, which must belong to the customer.");
const MEMO: Input = Input::text("memo", "Memo")
    .example("Payment for services rendered.")
    .help("A note on the contact, such as whose number it is or when to call.");
const MODIFIED_BEFORE: Input = Input::timestamp("modifiedBefore", "Modified Before")
    .example("2021-01-01T00:00:00Z")
    .help("Returns only contacts that were last modified before this time.")
    .omitted("No upper limit when left out.");
const MODIFIED_ON_OR_AFTER: Input = Input::timestamp("modifiedOnOrAfter", "Modified On Or After")
    .example("2021-01-01T00:00:00Z")
    .help("Returns only contacts that were last modified at or after this time.")
    .omitted("No lower limit when left out.");
/// Without a data source of its own: the dropdown of contacts depends on it.
const OF_CUSTOMER: Input =
    Input { source: None, ..CUSTOMER_ID }.help("The id of the customer whose contacts are offered.");
const TYPE: Input = Input::text("type", "Customer Contact Type")
    .choices(CONTACT_TYPES)
    .default("")
    .help("The type of contact: a landline number, an email address, a fax number or a mobile phone number.");
const VALUE: Input = Input::text("value", "Customer Contact Type Value")
    .example("1234567890")
    .help("The phone or fax number, or the email address.");

static CUSTOMER_CONTACT: Record = Record {
    help: "A contact of a customer.",
    fields: &[
        Field::id("id", "The id of the contact."),
        Field::text("type", "The contact type: Phone, Email, Fax or `MobilePhone`.").example("MobilePhone"),
        Field::text("value", "The phone or fax number, or the email address.").example("5551234567"),
        Field::text("memo", "A note on the contact.").nullable().example("Prefers mornings"),
        Field::timestamp("modifiedOn", "When the contact was last modified.").example("2026-01-05T14:31:07Z"),
        Field::object("phoneSettings", "The phone settings of the contact.", &PHONE_SETTINGS),
        Field::timestamp("createdOn", "When the contact was created."),
        Field::object("preferences", "The notifications that may be sent to the contact.", &PREFERENCES).nullable(),
    ],
};

static LISTED_CONTACT: Record = Record {
    help: "A contact in a list, with the id of its customer if the list was filtered by time.",
    fields: &[
        Field::all_of(&CUSTOMER_CONTACT),
        Field::id("customerId", "The id of the contact's customer; returned only if the list was filtered by time.")
            .nullable()
            .absent(),
    ],
};

static PHONE_SETTINGS: Record = Record {
    help: "The phone settings of a contact.",
    fields: &[
        Field::text("phoneNumber", "The phone number; empty if the contact is not a phone number.")
            .example("5551234567"),
        Field::flag("doNotText", "Whether no text messages may be sent to the number."),
    ],
};

static PREFERENCES: Record = Record {
    help: "The notifications that may be sent to a contact.",
    fields: &[
        Field::flag("jobRemindersEnabled", "Whether appointment reminders are sent.").example("true"),
        Field::flag("marketingUpdatesEnabled", "Whether marketing messages are sent."),
        Field::flag("invoiceStatementNotification", "Whether invoices and statements are sent.").example("true"),
    ],
};

struct ListCustomersContact;

impl Action for ListCustomersContact {
    fn about(&self) -> About {
        About::read("listCustomersContact", "List Customer Contacts", CUSTOMER_CONTACTS.resource)
            .help("Returns one page of a customer's contacts, or all of them with Fetch All.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                CUSTOMER_ID.required(),
                FETCH_ALL,
                PAGE,
                PAGE_SIZE,
                INCLUDE_TOTAL,
                MODIFIED_BEFORE,
                MODIFIED_ON_OR_AFTER,
                DEBUG_REQUEST,
                CREATED_FILTERS,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        let created = inputs.get(&CREATED_FILTERS).and_then(Value::as_array).is_some_and(|pairs| !pairs.is_empty());
        if created || inputs.has(&MODIFIED_BEFORE) || inputs.has(&MODIFIED_ON_OR_AFTER) {
            return CONTACTS.list().query(inputs.rename(&CUSTOMER_ID, "customerIds"));
        }
        CUSTOMER_CONTACTS.list().returns(Output::Page(&CONTACTS)).query(inputs)
    }
}

register!(action ListCustomersContact);

struct CreateCustomerContact;

impl Action for CreateCustomerContact {
    fn about(&self) -> About {
        About::create("createCustomerContact", "Create Customer Contact", CUSTOMER_CONTACTS.resource)
            .help("Adds a phone number, fax number or email address to a customer. Returns the new contact.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                CUSTOMER_ID.required(),
                TYPE.required(),
                VALUE.required(),
                MEMO,
                DEBUG_REQUEST,
                ADDITIONAL_FIELDS,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        CUSTOMER_CONTACTS.create().body(inputs)
    }
}

register!(action CreateCustomerContact);

struct UpdateCustomerContact;

impl Action for UpdateCustomerContact {
    fn about(&self) -> About {
        About::update("updateCustomerContact", "Update Customer Contact", CUSTOMER_CONTACTS.resource)
            .help("Changes the given fields of a customer's contact. Returns the changed contact.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                CUSTOMER_ID.required(),
                CUSTOMER_CONTACT_ID,
                TYPE,
                VALUE,
                MEMO,
                DEBUG_REQUEST,
                ADDITIONAL_FIELDS.shape::<ContactFields>(),
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        CUSTOMER_CONTACTS.patch("{customerContactId}").body(inputs)
    }
}

register!(action UpdateCustomerContact);

struct DeletCustomersContact;

impl Action for DeletCustomersContact {
    fn about(&self) -> About {
        About::delete("deletCustomersContact", "Delete Customer Contact", CUSTOMER_CONTACTS.resource)
            .help("Deletes a contact of a customer permanently.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, CUSTOMER_ID.required(), CUSTOMER_CONTACT_ID, DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        CUSTOMER_CONTACTS.delete("{customerContactId}").query(inputs)
    }
}

register!(action DeletCustomersContact);

struct SelectCustomerContact;

impl DataSource for SelectCustomerContact {
    fn about(&self) -> About {
        About::read("selectCustomerContact", "Select Customer Contact", CUSTOMER_CONTACTS.resource)
            .help("Offers the contacts of one customer by type and value.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, OF_CUSTOMER.required()] }
    }

    fn choices(&self) -> Choices {
        CUSTOMER_CONTACTS.choices("{type}: {value}")
    }
}

register!(source SelectCustomerContact);
