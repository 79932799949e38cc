//! Appointments: when technicians come to do a job.

use pipefit_component::prelude::*;

use super::appointment_assignments::ASSIGNED_APPOINTMENT;
use crate::filters;
use crate::inputs::{ADDITIONAL_FIELDS, CUSTOMER_ID, JOB_ID, list_inputs};
use crate::service::JPM;
use crate::values::jobs::NewAppointmentFields;

pub(crate) static APPOINTMENTS: ListEndpoint = JPM
    .list("/appointments")
    .scope("tn.jpm.appointments")
    .resource("appointments", "Appointments")
    .record(&APPOINTMENT)
    .columns(&["id", "jobId", "status", "start", "end", "isConfirmed", "specialInstructions", "customerId"])
    .filters(&[
        filters::IDS,
        filters::ACTIVE,
        Filter::id("jobId"),
        Filter::id("projectId"),
        Filter::text("number"),
        Filter::choice("status", &["Scheduled", "Dispatched", "Working", "Hold", "Done", "Canceled"]),
        Filter::timestamp("startsOnOrAfter"),
        Filter::timestamp("startsBefore"),
        Filter::id("technicianId"),
        Filter::id("customerId"),
        Filter::flag("unused"),
        filters::MODIFIED_BEFORE,
        filters::MODIFIED_ON_OR_AFTER,
        filters::CREATED_ON_OR_AFTER,
        filters::CREATED_BEFORE,
    ])
    .ids("ids")
    .including_inactive("active", "Any")
    .readable();

const APPOINTMENT_ID: Input = Input::id("appointmentId", "Appointment ID")
    .example("10978752986")
    .source("selectAppointment")
    .help("The id of the appointment, not the appointment number.");
const ARRIVAL_WINDOW_END: Input = Input::timestamp("arrivalWindowEnd", "Arrival Window End")
    .example("2021-01-01T00:00:00Z")
    .help("The latest arrival time that the customer is told, with a time zone.");
const ARRIVAL_WINDOW_START: Input = Input::timestamp("arrivalWindowStart", "Arrival Window Start")
    .example("2021-01-01T00:00:00Z")
    .help("The earliest arrival time that the customer is told, with a time zone.");
const END: Input = Input::timestamp("end", "End")
    .example("2021-01-01T00:00:00Z")
    .help("When the appointment ends, with a time zone. Must be after its start.");
const SPECIAL_INSTRUCTIONS: Input = Input::long_text("specialInstructions", "Special Instructions")
    .example("Any special instructions")
    .help("Special instructions for the technician to read before the appointment.");
const START: Input = Input::timestamp("start", "Start")
    .example("2021-01-01T00:00:00Z")
    .help("When the appointment begins, with a time zone, such as `2026-02-03T09:00:00Z`.");
const TECHNICIAN_ID: Input = Input::id("technicianId", "Technician ID")
    .sent_as("technicianIds")
    .example("10978752986")
    .source("selectTechnician")
    .help("The id of the technician to assign. Several are given as `technicianIds` in `additionalFields` instead.");

static APPOINTMENT: Record = Record {
    help: "An appointment.",
    fields: &[
        Field::all_of(&ASSIGNED_APPOINTMENT),
        Field::id("customerId", "The id of the customer that the appointment is for."),
        Field::flag("unused", "Whether the appointment was not used because no technician was sent."),
        Field::id("createdById", "The id of the user who created the appointment.").example("1088"),
        Field::flag("isConfirmed", "Whether the customer has confirmed the appointment."),
        Field::flag("active", "Whether the appointment is active.").example("true"),
    ],
};

struct GetAppointment;

impl Action for GetAppointment {
    fn about(&self) -> About {
        About::read("getAppointment", "Get Appointment", APPOINTMENTS.resource)
            .help("Returns an appointment by its id.")
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
            .help("Returns one page of appointments, or all of them with Fetch All.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &list_inputs(&APPOINTMENTS) }
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
            .help("Adds an appointment to a job. Returns the new appointment.")
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
                ADDITIONAL_FIELDS.shape::<NewAppointmentFields>(),
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        APPOINTMENTS.create().body(inputs.wrap_in_list(&TECHNICIAN_ID))
    }
}

register!(action CreateAppointment);

struct DeleteAppointment;

impl Action for DeleteAppointment {
    fn about(&self) -> About {
        About::delete("deleteAppointment", "Delete Appointment", APPOINTMENTS.resource).help(
            "Deletes an appointment. An appointment that was worked on, or the only appointment of a job, \
                 cannot be deleted.",
        )
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
            .help("Offers appointments by their appointment numbers.")
    }

    fn choices(&self) -> Choices {
        APPOINTMENTS
            .choices("#{appointmentNumber} (ID: {id})")
            .sorted_by("id")
            .narrowed_by(const { &[CUSTOMER_ID.narrowing(), JOB_ID.narrowing()] })
    }
}

register!(source SelectAppointment);
