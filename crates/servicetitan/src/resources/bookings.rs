//! Bookings: requests for work from outside the company.

use pipefit_component::prelude::*;

use crate::choices::PRIORITIES;
use crate::filters;
use crate::inputs::{
    ADDITIONAL_FIELDS, ADDRESS_TEMPLATE, BUSINESS_UNIT_ID, CAMPAIGN_ID, CUSTOM_QUERY_PARAMS, INCLUDE_TOTAL,
    JOB_TYPE_ID, PAGE, PAGE_SIZE, SORT, SUMMARY, list_inputs,
};
use crate::service::CRM;
use crate::values::bookings::{BookingAddress, BookingAddressUpdate, BookingContact};

const FILTERS: &[Filter] = &[
    filters::IDS,
    filters::CREATED_BEFORE,
    filters::CREATED_ON_OR_AFTER,
    filters::MODIFIED_BEFORE,
    filters::MODIFIED_ON_OR_AFTER,
    Filter::text("externalId"),
];

static BOOKINGS: ListEndpoint = CRM
    .list("/bookings")
    .scope("tn.crm.bookings")
    .resource("bookings", "Bookings")
    .record(&BOOKING)
    .columns(&["id", "name", "status", "start", "source", "priority", "summary", "address.city"])
    .filters(FILTERS)
    .ids("ids");

static PROVIDER_BOOKINGS: ListEndpoint = CRM
    .list("/booking-provider/{bookingProvider}/bookings")
    .scope("tn.crm.bookings")
    .resource("bookings", "Bookings")
    .record(&BOOKING)
    .columns(&["id", "name", "status", "start", "source", "priority", "summary", "address.city"])
    .filters(FILTERS)
    .ids("ids")
    .readable();

const CUSTOMER_TYPES: &[Choice] = &[EMPTY, plain("Residential"), plain("Commercial")];

const ADDRESS: Input = Input::code("address", "Address")
    .shape::<BookingAddress>()
    .template(ADDRESS_TEMPLATE)
    .help("The address where the work is to be done.");
const BOOKING_ID: Input =
    Input::id("bookingId", "Booking ID").example("10978752986").source("selectBooking").help("The id of the booking.");
const BOOKING_PROVIDER: Input = Input::id("bookingProvider", "Booking Provider")
    .example("10978752986")
    .help("The id that the account gave to the booking provider.");
const CONTACTS: Input = Input::code("contacts", "Contacts")
    .shape::<Vec<BookingContact>>()
    .template(r#"[{"type": "Phone", "value": "string", "memo": "string"}]"#)
    .help("The phone numbers and email addresses of the person.");
const CUSTOMER_TYPE: Input = Input::text("customerType", "Customer Type")
    .suggestions(CUSTOMER_TYPES)
    .help("Whether the customer is a household (`Residential`) or a business (`Commercial`).");
const CUSTOMER_TYPE_UPDATE: Input = CUSTOMER_TYPE.choices(CUSTOMER_TYPES);
const EXTERNAL_ID: Input = Input::text("externalId", "External ID")
    .example("10978752986")
    .help("The id of the booking in the provider's system.");
const IS_FIRST_TIME_CLIENT: Input = Input::flag("isFirstTimeClient", "Is First Time Client")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether the person is a new customer of the company.");
const IS_SEND_CONFIRMATION_EMAIL: Input = Input::flag("isSendConfirmationEmail", "Send Confirmation Email")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether to send the person a confirmation email.")
    .omitted_on_create("The settings of the provider apply when left out.");
const NAME: Input =
    Input::text("name", "Name").example("Test Source").help("The name of the person who requests the work.");
const PRIORITY: Input = Input::text("priority", "Priority")
    .choices(PRIORITIES)
    .help("The priority of the booking, from `Low` to `Urgent`.");
const SOURCE: Input =
    Input::text("source", "Source").example("Test Source").help("The source of the booking, such as `Web form`.");
const START: Input = Input::timestamp("start", "Start")
    .example("2021-01-01T00:00:00Z")
    .help("The requested start of the work, with a time zone, such as `2026-02-03T09:00:00Z`.");
const UPLOADED_IMAGES: Input = Input::text("uploadedImages", "Uploaded Images")
    .values()
    .help("Pictures of the problem, by the paths that their uploads returned.");
const ADDRESS_UPDATE: Input = ADDRESS
    .shape::<BookingAddressUpdate>()
    .help("The complete new address where the work is to be done. No part of the earlier address is kept.");

static BOOKING: Record = Record {
    help: "A booking.",
    fields: &[
        Field::id("id", "The id of the booking."),
        Field::text("source", "The source of the booking.").example("Web form"),
        Field::timestamp("createdOn", "When the booking was created."),
        Field::text("name", "The name of the person who requests the work.").example("Jo Hill"),
        Field::value::<BookingAddress>("address", "The address where the work is to be done.").nullable().example(
            r#"{
                "street": "12 Hill Road",
                "unit": null,
                "city": "Glendale",
                "state": "CA",
                "zip": "91203",
                "country": "USA"
            }"#,
        ),
        Field::text("customerType", "The customer type: Residential or Commercial.").nullable().example("Residential"),
        Field::timestamp("start", "The requested start of the work.").example("2026-02-03T09:00:00Z"),
        Field::id("campaignId", "The id of the campaign that the booking is credited to.").nullable(),
        Field::id("businessUnitId", "The id of the business unit that should do the work.").nullable(),
        Field::flag("isFirstTimeClient", "Whether the person is a new customer of the company.")
            .nullable()
            .example("true"),
        Field::text("uploadedImages", "The pictures uploaded with the booking.").list().nullable(),
        Field::flag("isSendConfirmationEmail", "Whether to send a confirmation email.").nullable(),
        Field::text("status", "The booking status: New, Converted, Dismissed or Accepted. More values may be added.")
            .example("New"),
        Field::id("dismissingReasonId", "The id of the reason why the booking was dismissed.").nullable(),
        Field::id("jobId", "The id of the job that was created from the booking.").nullable(),
        Field::text("externalId", "The id of the booking in the provider's system.").example("web-4711"),
        Field::text("priority", "The priority: Low, Normal, High or Urgent.").nullable().example("Normal"),
        Field::id("jobTypeId", "The id of the requested job type.").nullable(),
        Field::id("bookingProviderId", "The id of the provider that sent the booking."),
        Field::timestamp("modifiedOn", "When the booking was last modified."),
        Field::text("summary", "A description of the requested work.").nullable().example("Furnace does not start."),
    ],
};

struct GetBookingByTenant;

impl Action for GetBookingByTenant {
    fn about(&self) -> About {
        About::read("getBookingByTenant", "Get Booking by Tenant", BOOKINGS.resource)
            .help("Returns a booking by its id, whichever provider sent it.")
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
            .help("Returns a booking of a provider by its id.")
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
            .help("Returns one page of the bookings of all providers, or all of them with Fetch All.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &list_inputs(&BOOKINGS) }
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
            .help("Returns one page of the bookings of one provider, or all of them with Fetch All.")
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
                CUSTOM_QUERY_PARAMS.filters(FILTERS),
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
            .help("Creates a booking on behalf of a provider. Returns the new booking.")
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
                ADDITIONAL_FIELDS,
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
            .help("Changes the given fields of a booking that is still open. Returns the changed booking.")
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
                CUSTOMER_TYPE_UPDATE,
                START,
                CAMPAIGN_ID,
                BUSINESS_UNIT_ID,
                JOB_TYPE_ID,
                PRIORITY,
                UPLOADED_IMAGES,
                DEBUG_REQUEST,
                ADDITIONAL_FIELDS,
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
            .help("Offers bookings by the name of the person who requests the work.")
    }

    fn choices(&self) -> Choices {
        BOOKINGS.choices("{name} (ID: {id})").sorted_by("name")
    }
}

register!(source SelectBooking);
