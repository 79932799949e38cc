//! Who goes to which visit.

use pipefit_component::prelude::*;

use crate::inputs::LIST;
use crate::service::DISPATCH;

pub(crate) static APPOINTMENT_ASSIGNMENTS: ListEndpoint = DISPATCH
    .list("/appointment-assignments")
    .resource("appointmentAssignments", "Appointment Assignments")
    .record(&APPOINTMENT_ASSIGNMENT);

const JOB_APPOINTMENT_ID: Input = Input::id("jobAppointmentId", "Job Appointment ID")
    .example("1234567890")
    .source("selectAppointment")
    .help("The appointment: its own number, not the one that people see.");
const TECHNICIAN_IDS: Input = Input::id("technicianIds", "Technician IDs")
    .values()
    .example("1088")
    .source("selectTechnician")
    .help("The technicians to assign or to take off, one or more.");

static APPOINTMENT_ASSIGNMENT: Record = Record {
    help: "One technician of one appointment, as the API answers it.",
    fields: &[
        Field::id("id", "The number of the record."),
        Field::id("technicianId", "Who is sent.").example("1088"),
        Field::text("technicianName", "What that technician is called.").example("Sam Rivera"),
        Field::id("assignedById", "Who made the assignment.").example("1088"),
        Field::timestamp("assignedOn", "When it was made."),
        Field::text("status", "Scheduled, Dispatched, Working or Done; new ones may come.").example("Scheduled"),
        Field::flag("isPaused", "Whether the technician has paused the work."),
        Field::id("jobId", "The job of the visit."),
        Field::id("appointmentId", "The visit."),
        Field::timestamp("createdOn", "When it was added."),
        Field::timestamp("modifiedOn", "When it was last changed."),
        Field::flag("active", "Whether it is in use.").example("true"),
    ],
};

static ASSIGNED_APPOINTMENT: Record = Record {
    help: "An appointment whose technicians have changed, as the API answers it.",
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
    ],
};

struct ListAppointmentsAssignment;

impl Action for ListAppointmentsAssignment {
    fn about(&self) -> About {
        About::read("listAppointmentsAssignment", "List Appointment Assignment", APPOINTMENT_ASSIGNMENTS.resource)
            .help("Lists who is sent to which appointment, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        APPOINTMENT_ASSIGNMENTS.list().query(inputs)
    }
}

register!(action ListAppointmentsAssignment);

struct AssignTechnicians;

impl Action for AssignTechnicians {
    fn about(&self) -> About {
        About::update("assignTechnicians", "Assign Technician to Appointment", APPOINTMENT_ASSIGNMENTS.resource).help(
            "Sends technicians to an appointment, beside those who are already assigned, and answers the appointment.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, JOB_APPOINTMENT_ID.required(), TECHNICIAN_IDS.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        APPOINTMENT_ASSIGNMENTS.post("assign-technicians").returns(Output::Record(&ASSIGNED_APPOINTMENT)).body(inputs)
    }
}

register!(action AssignTechnicians);

struct UnassignTechnicians;

impl Action for UnassignTechnicians {
    fn about(&self) -> About {
        About::update("unassignTechnicians", "Unassign Technician to Appointment", APPOINTMENT_ASSIGNMENTS.resource)
            .help("Takes technicians off an appointment and answers the appointment.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, JOB_APPOINTMENT_ID.required(), TECHNICIAN_IDS.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        APPOINTMENT_ASSIGNMENTS.post("unassign-technicians").returns(Output::Record(&ASSIGNED_APPOINTMENT)).body(inputs)
    }
}

register!(action UnassignTechnicians);
