//! Bookings: requests for work that came in from outside.

use pipefit_component::prelude::*;

use crate::choices::PRIORITIES;
use crate::inputs::{
    ADDRESS_TEMPLATE, BUSINESS_UNIT_ID, CAMPAIGN_ID, CUSTOM_QUERY_PARAMS, INCLUDE_TOTAL, JOB_TYPE_ID, LIST, PAGE,
    PAGE_SIZE, SORT, SUMMARY,
};
use crate::service::CRM;
use crate::values::bookings::{BookingAddress, BookingAddressUpdate, BookingContact};

static BOOKINGS: ListEndpoint = CRM.list("/bookings").resource("bookings", "Bookings").record(&BOOKING).ids("ids");

static PROVIDER_BOOKINGS: ListEndpoint =
    CRM.list("/booking-provider/{bookingProvider}/bookings").resource("bookings", "Bookings").record(&BOOKING);

/// Whether a customer is a home or a company.
const CUSTOMER_TYPES: &[Choice] = &[EMPTY, plain("Residential"), plain("Commercial")];

const ADDRESS: Input = Input::code("address", "Address")
    .shape::<BookingAddress>()
    .template(ADDRESS_TEMPLATE)
    .help("Where the work is wanted.")
    .omitted("Left out: none on create, unchanged on update.");
const BOOKING_ID: Input = Input::id("bookingId", "Booking ID")
    .example("10978752986")
    .source("selectBooking")
    .help("The booking, by its number.");
const BOOKING_PROVIDER: Input = Input::id("bookingProvider", "Booking Provider")
    .example("10978752986")
    .help("The provider: the number that the account gave to the place where bookings come from.");
const CONTACTS: Input = Input::code("contacts", "Contacts")
    .shape::<Vec<BookingContact>>()
    .template(r#"[{"type": "Phone", "value": "string", "memo": "string"}]"#)
    .help("How to reach the person: phone numbers and addresses.")
    .omitted("None when left out.");
const CUSTOMER_TYPE: Input = Input::text("customerType", "Customer Type")
    .choices(CUSTOMER_TYPES)
    .help("Whether it is a home or a company.")
    .omitted("Left out: none on create, unchanged on update.");
const EXTERNAL_ID: Input = Input::text("externalId", "External ID")
    .example("10978752986")
    .help("The number of the request in the provider's system.")
    .omitted("Unchanged when left out.");
const IS_FIRST_TIME_CLIENT: Input = Input::flag("isFirstTimeClient", "Is First Time Client")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether the person is new to the company.")
    .omitted("Unchanged when left out.");
const IS_SEND_CONFIRMATION_EMAIL: Input = Input::flag("isSendConfirmationEmail", "Send Confirmation Email")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether the person is sent a confirmation.")
    .omitted("As the settings of the provider say when left out.");
const NAME: Input = Input::text("name", "Name")
    .example("Test Source")
    .help("Who asks for the work.")
    .omitted("Unchanged when left out.");
const PRIORITY: Input = Input::text("priority", "Priority")
    .choices(PRIORITIES)
    .help("How urgent it is, `Low` to `Urgent`.")
    .omitted("Left out: none on create, unchanged on update.");
const SOURCE: Input = Input::text("source", "Source")
    .example("Test Source")
    .help("Where the request came from, such as `Web form`.")
    .omitted("Unchanged when left out.");
const START: Input = Input::timestamp("start", "Start")
    .example("2021-01-01T00:00:00Z")
    .help("When the work is wanted, with a time zone, such as `2026-02-03T09:00:00Z`.")
    .omitted("Left out: none on create, unchanged on update.");
const UPLOADED_IMAGES: Input = Input::text("uploadedImages", "Uploaded Images")
    .values()
    .help("Pictures of the problem, by the paths that their uploads answered.")
    .omitted("Left out: none on create, unchanged on update.");
const ADDRESS_UPDATE: Input = ADDRESS
    .shape::<BookingAddressUpdate>()
    .help("Where the work is wanted from now on: the whole address, since nothing of the earlier one is kept.");

static BOOKING: Record = Record {
    help: "A booking, as the API answers it.",
    fields: &[
        Field::id("id", "The number of the record."),
        Field::text("source", "Where the request came from.").example("Web form"),
        Field::timestamp("createdOn", "When it was added."),
        Field::text("name", "Who asks for the work.").example("Jo Hill"),
        Field::value::<BookingAddress>("address", "Where the work is wanted.").nullable().example(
            r#"{
                "street": "12 Hill Road",
                "unit": null,
                "city": "Glendale",
                "state": "CA",
                "zip": "91203",
                "country": "USA"
            }"#,
        ),
        Field::text("customerType", "Residential or Commercial.").nullable().example("Residential"),
        Field::timestamp("start", "When the work is wanted.").example("2026-02-03T09:00:00Z"),
        Field::id("campaignId", "The campaign that it is credited to.").nullable(),
        Field::id("businessUnitId", "The business unit that should do the work.").nullable(),
        Field::flag("isFirstTimeClient", "Whether the person is new to the company.").nullable().example("true"),
        Field::text("uploadedImages", "The pictures that came with it.").list().nullable(),
        Field::flag("isSendConfirmationEmail", "Whether a confirmation was to be sent.").nullable(),
        Field::text("status", "New, Converted, Dismissed or Accepted; new ones may come.").example("New"),
        Field::id("dismissingReasonId", "Why it was dismissed.").nullable(),
        Field::id("jobId", "The job that it became.").nullable(),
        Field::text("externalId", "Its number in the provider's system.").example("web-4711"),
        Field::text("priority", "How urgent it is: Low, Normal, High or Urgent.").nullable().example("Normal"),
        Field::id("jobTypeId", "The type of job that is wanted.").nullable(),
        Field::id("bookingProviderId", "The provider that sent it."),
        Field::timestamp("modifiedOn", "When it was last changed."),
        Field::text("summary", "What is wanted.").nullable().example("Furnace does not start."),
    ],
};

struct GetBookingByTenant;

impl Action for GetBookingByTenant {
    fn about(&self) -> About {
        About::read("getBookingByTenant", "Get Booking by Tenant", BOOKINGS.resource)
            .help("Reads one booking by its number, whichever provider sent it.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, BOOKING_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        BOOKINGS.get("{bookingId}").query(inputs)
    }
}

register!(action GetBookingByTenant);

struct GetBookingByProvider;

impl Action for GetBookingByProvider {
    fn about(&self) -> About {
        About::read("getBookingByProvider", "Get Booking by Provider", BOOKINGS.resource)
            .help("Reads one booking of a provider by its number.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, BOOKING_PROVIDER.required(), BOOKING_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        PROVIDER_BOOKINGS.get("{bookingId}").query(inputs)
    }
}

register!(action GetBookingByProvider);

struct ListBookingByTenant;

impl Action for ListBookingByTenant {
    fn about(&self) -> About {
        About::read("listBookingByTenant", "List Bookings by Tenant", BOOKINGS.resource)
            .help("Lists the bookings of all providers, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        BOOKINGS.list().query(inputs)
    }
}

register!(action ListBookingByTenant);

struct ListBookingByProvider;

impl Action for ListBookingByProvider {
    fn about(&self) -> About {
        About::read("listBookingByProvider", "List Bookings by Provider", BOOKINGS.resource)
            .help("Lists the bookings of one provider, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                BOOKING_PROVIDER.required(),
                FETCH_ALL,
                PAGE,
                PAGE_SIZE,
                INCLUDE_TOTAL,
                SORT,
                CUSTOM_QUERY_PARAMS,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        PROVIDER_BOOKINGS.list().query(inputs)
    }
}

register!(action ListBookingByProvider);

struct CreateBookingByProvider;

impl Action for CreateBookingByProvider {
    fn about(&self) -> About {
        About::create("createBookingByProvider", "Create Booking by Provider", BOOKINGS.resource)
            .help("Hands a request for work to the office, in the name of a provider, and answers the new record.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                BOOKING_PROVIDER.required(),
                SUMMARY.required(),
                IS_FIRST_TIME_CLIENT.required(),
                EXTERNAL_ID.required(),
                SOURCE.required(),
                NAME.required(),
                ADDRESS,
                CONTACTS,
                CUSTOMER_TYPE,
                START,
                CAMPAIGN_ID,
                BUSINESS_UNIT_ID,
                JOB_TYPE_ID,
                PRIORITY,
                UPLOADED_IMAGES,
                IS_SEND_CONFIRMATION_EMAIL,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        PROVIDER_BOOKINGS.create().body(inputs)
    }
}

register!(action CreateBookingByProvider);

struct UpdateBooking;

impl Action for UpdateBooking {
    fn about(&self) -> About {
        About::update("updateBooking", "Update Booking", BOOKINGS.resource)
            .help("Changes the given fields of a booking that is still open, and answers the changed record.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                BOOKING_PROVIDER.required(),
                BOOKING_ID.required(),
                SUMMARY,
                IS_FIRST_TIME_CLIENT,
                EXTERNAL_ID,
                SOURCE,
                NAME,
                ADDRESS_UPDATE,
                CUSTOMER_TYPE,
                START,
                CAMPAIGN_ID,
                BUSINESS_UNIT_ID,
                JOB_TYPE_ID,
                PRIORITY,
                UPLOADED_IMAGES,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        PROVIDER_BOOKINGS.patch("{bookingId}").body(inputs)
    }
}

register!(action UpdateBooking);

struct SelectBooking;

impl DataSource for SelectBooking {
    fn about(&self) -> About {
        About::read("selectBooking", "Select Booking", BOOKINGS.resource)
            .help("Offers bookings by the name of the person who asks.")
    }

    fn choices(&self) -> Choices {
        BOOKINGS.choices("{name} (ID: {id})").sorted_by("name")
    }
}

register!(source SelectBooking);
