//! Visits: when somebody comes to do a job.

use pipefit_component::prelude::*;

use crate::apis::JPM;
use crate::inputs::{JOB_ID, LIST};

const APPOINTMENTS: Resource = Resource { key: "appointments", label: "Appointments" };

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
        About::read("getAppointment", "Get Appointment", APPOINTMENTS).help("Reads one appointment by its number.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, APPOINTMENT_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JPM.get("/appointments/{appointmentId}").query(inputs)
    }

    fn output(&self) -> Output {
        Output::Record(&APPOINTMENT)
    }
}

register!(action GetAppointment);

struct ListAppointments;

impl Action for ListAppointments {
    fn about(&self) -> About {
        About::read("listAppointments", "List Appointments", APPOINTMENTS)
            .help("Lists appointments, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JPM.list("/appointments").query(inputs)
    }

    fn output(&self) -> Output {
        Output::Page(&APPOINTMENT)
    }
}

register!(action ListAppointments);

struct CreateAppointment;

impl Action for CreateAppointment {
    fn about(&self) -> About {
        About::create("createAppointment", "Create Appointment", APPOINTMENTS)
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
        JPM.post("/appointments").body(inputs.listed(&TECHNICIAN_ID).rename(&TECHNICIAN_ID, "technicianIds"))
    }

    fn output(&self) -> Output {
        Output::Record(&APPOINTMENT)
    }
}

register!(action CreateAppointment);

struct DeleteAppointment;

impl Action for DeleteAppointment {
    fn about(&self) -> About {
        About::delete("deleteAppointment", "Delete Appointment", APPOINTMENTS)
            .help("Removes an appointment. One that was worked on, and the only one of a job, cannot be removed.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, APPOINTMENT_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JPM.delete("/appointments/{appointmentId}").query(inputs)
    }

    fn output(&self) -> Output {
        Output::Empty
    }
}

register!(action DeleteAppointment);

struct SelectAppointment;

impl Action for SelectAppointment {
    fn about(&self) -> About {
        About::read("selectAppointment", "Select Appointment", APPOINTMENTS)
            .help("Offers appointments by their numbers.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JPM.list("/appointments").query(inputs)
    }

    fn output(&self) -> Output {
        Output::Page(&APPOINTMENT)
    }
}

impl DataSource for SelectAppointment {
    fn picklist(&self) -> Picklist {
        Picklist::labelled("#{appointmentNumber} (ID: {id})")
            .sorted_by("id")
            .found_by("ids")
            .even_unused("active", "Any")
    }
}

register!(source SelectAppointment);
