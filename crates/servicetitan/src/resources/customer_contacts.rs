//! The phone numbers and addresses that a customer is reached at.

use pipefit_component::prelude::*;

use crate::inputs::{CUSTOMER_ID, INCLUDE_TOTAL, PAGE, PAGE_SIZE};
use crate::service::CRM;

/// The contacts of all customers, the only list that can be narrowed by time.
static CONTACTS: ListEndpoint = CRM
    .list("/customers/contacts")
    .resource("customerContacts", "Customer Contacts")
    .record(&LISTED_CONTACT)
    .sorted_locally();

static CUSTOMER_CONTACTS: ListEndpoint = CRM
    .list("/customers/{customerId}/contacts")
    .resource("customerContacts", "Customer Contacts")
    .record(&CUSTOMER_CONTACT)
    .sorted_locally();

const CONTACT_TYPES: &[Choice] = &[EMPTY, plain("Phone"), plain("Email"), plain("Fax"), plain("MobilePhone")];

const CUSTOMER_CONTACT_ID: Input = Input::id("customerContactId", "Customer Contact ID")
    .example("10978752986")
    .source("selectCustomerContact")
    .help("The contact, which has to be one of this customer's.");
const MEMO: Input = Input::text("memo", "Memo")
    .example("Payment for services rendered.")
    .help("A note on the contact, such as whose number it is or when to call.")
    .omitted("None on create and unchanged on update when left out.");
const MODIFIED_BEFORE: Input = Input::timestamp("modifiedBefore", "Modified Before")
    .example("2021-01-01T00:00:00Z")
    .help("Lists just the contacts that were last changed before this time.")
    .omitted("No latest time when left out.");
const MODIFIED_ON_OR_AFTER: Input = Input::timestamp("modifiedOnOrAfter", "Modified On Or After")
    .example("2021-01-01T00:00:00Z")
    .help("Lists just the contacts that were last changed at this time or later.")
    .omitted("No earliest time when left out.");
/// Without the dropdown that the same input has elsewhere: it is what the dropdown of contacts hangs on.
const OF_CUSTOMER: Input = Input { source: None, ..CUSTOMER_ID }.help("The customer whose contacts are offered.");
const TYPE: Input = Input::text("type", "Customer Contact Type")
    .choices(CONTACT_TYPES)
    .default("")
    .help("What the value is: the number of a landline, an e-mail address, a fax number or the number of a mobile.")
    .omitted("Unchanged when left out.");
const VALUE: Input = Input::text("value", "Customer Contact Type Value")
    .example("1234567890")
    .help("The telephone or fax number, or the e-mail address.")
    .omitted("Unchanged when left out.");

static CUSTOMER_CONTACT: Record = Record {
    help: "A contact of a customer, as the API answers it.",
    fields: &[
        Field::id("id", "The number of the record."),
        Field::text("type", "What the value is: Phone, Email, Fax or `MobilePhone`.").example("MobilePhone"),
        Field::text("value", "The telephone or fax number, or the e-mail address.").example("5551234567"),
        Field::text("memo", "A note on the contact.").nullable().example("Prefers mornings"),
        Field::timestamp("modifiedOn", "When it was last changed.").example("2026-01-05T14:31:07Z"),
        Field::object("phoneSettings", "What holds for it as a telephone number.", &PHONE_SETTINGS),
        Field::timestamp("createdOn", "When it was added."),
        Field::object("preferences", "What may be sent to it.", &PREFERENCES).nullable(),
    ],
};

static LISTED_CONTACT: Record = Record {
    help: "A contact in a list, which names its customer where the list was narrowed by time.",
    fields: &[
        Field::all_of(&CUSTOMER_CONTACT),
        Field::id("customerId", "Whose contact it is; answered where one of the times is given.").nullable().absent(),
    ],
};

static PHONE_SETTINGS: Record = Record {
    help: "What holds for a contact as a telephone number.",
    fields: &[
        Field::text("phoneNumber", "The number; empty where the contact is none.").example("5551234567"),
        Field::flag("doNotText", "Whether no text messages may be sent to it."),
    ],
};

static PREFERENCES: Record = Record {
    help: "What may be sent to a contact.",
    fields: &[
        Field::flag("jobRemindersEnabled", "Whether it is reminded of visits.").example("true"),
        Field::flag("marketingUpdatesEnabled", "Whether it is sent marketing."),
        Field::flag("invoiceStatementNotification", "Whether it is sent invoices and statements.").example("true"),
    ],
};

struct ListCustomersContact;

impl Action for ListCustomersContact {
    fn about(&self) -> About {
        About::read("listCustomersContact", "List Customer Contacts", CUSTOMER_CONTACTS.resource)
            .help("Lists the contacts of a customer, one page or all of them.")
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
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        if inputs.has(&MODIFIED_BEFORE) || inputs.has(&MODIFIED_ON_OR_AFTER) {
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
            .help("Adds a number or an address to reach a customer at, and answers the new record.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, CUSTOMER_ID.required(), TYPE.required(), VALUE.required(), MEMO, DEBUG_REQUEST] }
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
            .help("Changes the given fields of a customer's contact and answers the changed record.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, CUSTOMER_ID.required(), CUSTOMER_CONTACT_ID.required(), TYPE, VALUE, MEMO, DEBUG_REQUEST] }
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
            .help("Removes a contact from a customer for good.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, CUSTOMER_ID.required(), CUSTOMER_CONTACT_ID.required(), DEBUG_REQUEST] }
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
            .help("Offers the contacts of one customer, by type and value.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, OF_CUSTOMER.required()] }
    }

    fn choices(&self) -> Choices {
        CUSTOMER_CONTACTS.choices("{type}: {value}")
    }
}

register!(source SelectCustomerContact);
