//! Visits: when somebody comes to do a job.

use pipefit_component::prelude::*;

use crate::inputs::{JOB_ID, LIST};
use crate::service::JPM;

pub(crate) static APPOINTMENTS: ListEndpoint = JPM
    .list("/appointments")
    .resource("appointments", "Appointments")
    .record(&APPOINTMENT)
    .ids("ids")
    .including_inactive("active", "Any");

const APPOINTMENT_ID: Input = Input::id("appointmentId", "Appointment ID")
    .example("10978752986")
    .source("selectAppointment")
    .help("The appointment: its own number, not the one that people see.");
const ARRIVAL_WINDOW_END: Input = Input::timestamp("arrivalWindowEnd", "Arrival Window End")
    .example("2021-01-01T00:00:00Z")
    .help("The latest arrival that the customer is told, with a time zone.")
    .omitted("No window is told when left out.");
const ARRIVAL_WINDOW_START: Input = Input::timestamp("arrivalWindowStart", "Arrival Window Start")
    .example("2021-01-01T00:00:00Z")
    .help("The earliest arrival that the customer is told, with a time zone.")
    .omitted("No window is told when left out.");
const END: Input = Input::timestamp("end", "End")
    .example("2021-01-01T00:00:00Z")
    .help("When the visit ends, with a time zone; after its start.");
const SPECIAL_INSTRUCTIONS: Input = Input::long_text("specialInstructions", "Special Instructions")
    .example("Any special instructions")
    .help("What the technician has to know before the visit.")
    .omitted("None when left out.");
const START: Input = Input::timestamp("start", "Start")
    .example("2021-01-01T00:00:00Z")
    .help("When the visit begins, with a time zone, such as `2026-02-03T09:00:00Z`.");
const TECHNICIAN_ID: Input = Input::id("technicianId", "Technician ID")
    .example("10978752986")
    .source("selectTechnician")
    .help("The technician to send; more can be assigned later.")
    .omitted("Nobody is assigned when left out.");

static APPOINTMENT: Record = Record {
    help: "An appointment, as the API answers it.",
    fields: &[
        Field::id("id", "The number of the record."),
        Field::id("jobId", "The job that the visit is for."),
        Field::text("appointmentNumber", "The number that people see: that of the job, and a counter.")
            .nullable()
            .example("10978752986-1"),
        Field::timestamp("start", "When the visit begins.").example("2026-02-03T09:00:00Z"),
        Field::timestamp("end", "When the visit ends.").example("2026-02-03T11:00:00Z"),
        Field::timestamp("arrivalWindowStart", "The earliest arrival that the customer was told.")
            .nullable()
            .example("2026-02-03T09:00:00Z"),
        Field::timestamp("arrivalWindowEnd", "The latest arrival that the customer was told.")
            .nullable()
            .example("2026-02-03T10:00:00Z"),
        Field::text("status", "Scheduled, Dispatched, Working, Hold, Done or Canceled; new ones may come.")
            .example("Scheduled"),
        Field::text("specialInstructions", "What the technician has to know.")
            .nullable()
            .example("Ring at the side door."),
        Field::timestamp("createdOn", "When it was added."),
        Field::timestamp("modifiedOn", "When it was last changed."),
        Field::id("customerId", "Whose job it is."),
        Field::flag("unused", "Whether nobody was sent to it in the end."),
        Field::id("createdById", "Who added it.").example("1088"),
        Field::flag("isConfirmed", "Whether the customer has confirmed it."),
        Field::flag("active", "Whether it is in use.").example("true"),
    ],
};

struct GetAppointment;

impl Action for GetAppointment {
    fn about(&self) -> About {
        About::read("getAppointment", "Get Appointment", APPOINTMENTS.resource)
            .help("Reads one appointment by its number.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, APPOINTMENT_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        APPOINTMENTS.get("{appointmentId}").query(inputs)
    }
}

register!(action GetAppointment);

struct ListAppointments;

impl Action for ListAppointments {
    fn about(&self) -> About {
        About::read("listAppointments", "List Appointments", APPOINTMENTS.resource)
            .help("Lists appointments, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        APPOINTMENTS.list().query(inputs)
    }
}

register!(action ListAppointments);

struct CreateAppointment;

impl Action for CreateAppointment {
    fn about(&self) -> About {
        About::create("createAppointment", "Create Appointment", APPOINTMENTS.resource)
            .help("Adds a visit to a job and answers the new record.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                JOB_ID.required(),
                START.required(),
                END.required(),
                ARRIVAL_WINDOW_START,
                ARRIVAL_WINDOW_END,
                TECHNICIAN_ID,
                SPECIAL_INSTRUCTIONS,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        APPOINTMENTS.create().body(inputs.wrap_in_list(&TECHNICIAN_ID).rename(&TECHNICIAN_ID, "technicianIds"))
    }
}

register!(action CreateAppointment);

struct DeleteAppointment;

impl Action for DeleteAppointment {
    fn about(&self) -> About {
        About::delete("deleteAppointment", "Delete Appointment", APPOINTMENTS.resource)
            .help("Removes an appointment. One that was worked on, and the only one of a job, cannot be removed.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, APPOINTMENT_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        APPOINTMENTS.delete("{appointmentId}").query(inputs)
    }
}

register!(action DeleteAppointment);

struct SelectAppointment;

impl DataSource for SelectAppointment {
    fn about(&self) -> About {
        About::read("selectAppointment", "Select Appointment", APPOINTMENTS.resource)
            .help("Offers appointments by their numbers.")
    }

    fn choices(&self) -> Choices {
        APPOINTMENTS.choices("#{appointmentNumber} (ID: {id})").sorted_by("id")
    }
}

register!(source SelectAppointment);
