//! Who goes to which visit.

use pipefit_component::prelude::*;

use crate::apis::DISPATCH;
use crate::inputs::LIST;

const APPOINTMENT_ASSIGNMENTS: Resource = Resource { key: "appointmentAssignments", label: "Appointment Assignments" };

const JOB_APPOINTMENT_ID: Input = Input::id("jobAppointmentId", "Job Appointment ID")
    .example("1234567890")
    .source("selectAppointment")
    .help("The appointment: its own number, not the one that people see.");
const TECHNICIAN_IDS: Input = Input::id("technicianIds", "Technician IDs")
    .values()
    .example("1088")
    .source("selectTechnician")
    .help("The technicians to assign or to take off, one or more.");

/// One technician of one appointment, as the API answers it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct AppointmentAssignment {
    /// The number of the record.
    id: Id,
    /// Who is sent.
    technician_id: Id,
    /// What that technician is called.
    technician_name: String,
    /// Who made the assignment.
    assigned_by_id: Id,
    /// When it was made.
    assigned_on: Timestamp,
    /// Scheduled, Dispatched, Working or Done; new ones may come.
    status: String,
    /// Whether the technician has paused the work.
    is_paused: bool,
    /// The job of the visit.
    job_id: Id,
    /// The visit.
    appointment_id: Id,
    /// When it was added.
    created_on: Timestamp,
    /// When it was last changed.
    modified_on: Timestamp,
    /// Whether it is in use.
    active: bool,
}

impl Record for AppointmentAssignment {
    const EXAMPLE: &'static str = r#"{"id":10978752986,"technicianId":1088,"technicianName":"Sam Rivera","assignedById":1088,"assignedOn":"2026-01-05T14:30:00Z","status":"Scheduled","isPaused":false,"jobId":10978752986,"appointmentId":10978752986,"createdOn":"2026-01-05T14:30:00Z","modifiedOn":"2026-01-05T14:30:00Z","active":true}"#;
}

/// An appointment whose technicians have changed, as the API answers it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct AssignedAppointment {
    /// The number of the record.
    id: Id,
    /// The job that the visit is for.
    job_id: Id,
    /// The number that people see: that of the job, and a counter.
    appointment_number: Option<String>,
    /// When the visit begins.
    start: Timestamp,
    /// When the visit ends.
    end: Timestamp,
    /// The earliest arrival that the customer was told.
    arrival_window_start: Option<Timestamp>,
    /// The latest arrival that the customer was told.
    arrival_window_end: Option<Timestamp>,
    /// Scheduled, Dispatched, Working, Hold, Done or Canceled; new ones may come.
    status: String,
    /// What the technician has to know.
    special_instructions: Option<String>,
    /// When it was added.
    created_on: Timestamp,
    /// When it was last changed.
    modified_on: Timestamp,
}

impl Record for AssignedAppointment {
    const EXAMPLE: &'static str = r#"{"id":10978752986,"jobId":10978752986,"appointmentNumber":"10978752986-1","start":"2026-02-03T09:00:00Z","end":"2026-02-03T11:00:00Z","arrivalWindowStart":"2026-02-03T09:00:00Z","arrivalWindowEnd":"2026-02-03T10:00:00Z","status":"Scheduled","specialInstructions":"Ring at the side door.","createdOn":"2026-01-05T14:30:00Z","modifiedOn":"2026-01-05T14:30:00Z"}"#;
}

struct ListAppointmentsAssignment;

impl Action for ListAppointmentsAssignment {
    fn about(&self) -> About {
        About::read("listAppointmentsAssignment", "List Appointment Assignment", APPOINTMENT_ASSIGNMENTS)
            .help("Lists who is sent to which appointment, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        DISPATCH.list("/appointment-assignments").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<AppointmentAssignment>()
    }
}

register!(action ListAppointmentsAssignment);

struct AssignTechnicians;

impl Action for AssignTechnicians {
    fn about(&self) -> About {
        About::update("assignTechnicians", "Assign Technician to Appointment", APPOINTMENT_ASSIGNMENTS).help(
            "Sends technicians to an appointment, beside those who are already assigned, and answers the appointment.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, JOB_APPOINTMENT_ID.required(), TECHNICIAN_IDS.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        DISPATCH.post("/appointment-assignments/assign-technicians").body(inputs)
    }

    fn output(&self) -> Output {
        Output::record::<AssignedAppointment>()
    }
}

register!(action AssignTechnicians);

struct UnassignTechnicians;

impl Action for UnassignTechnicians {
    fn about(&self) -> About {
        About::update("unassignTechnicians", "Unassign Technician to Appointment", APPOINTMENT_ASSIGNMENTS)
            .help("Takes technicians off an appointment and answers the appointment.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, JOB_APPOINTMENT_ID.required(), TECHNICIAN_IDS.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        DISPATCH.post("/appointment-assignments/unassign-technicians").body(inputs)
    }

    fn output(&self) -> Output {
        Output::record::<AssignedAppointment>()
    }
}

register!(action UnassignTechnicians);
