//! Appointment assignments: the technicians of each appointment.

use pipefit_component::prelude::*;

use crate::filters;
use crate::inputs::{ADDITIONAL_FIELDS, list_inputs};
use crate::service::DISPATCH;

pub(crate) static APPOINTMENT_ASSIGNMENTS: ListEndpoint = DISPATCH
    .list("/appointment-assignments")
    .scope("tn.dis.appointmentassignments")
    .resource("appointmentAssignments", "Appointment Assignments")
    .record(&APPOINTMENT_ASSIGNMENT)
    .filters(&[
        filters::IDS,
        Filter::text("appointmentIds").joined(),
        Filter::id("jobId"),
        filters::CREATED_BEFORE,
        filters::CREATED_ON_OR_AFTER,
        filters::MODIFIED_BEFORE,
        filters::MODIFIED_ON_OR_AFTER,
        filters::ACTIVE,
    ])
    .ids("ids")
    .including_inactive("active", "Any");

const JOB_APPOINTMENT_ID: Input = Input::id("jobAppointmentId", "Job Appointment ID")
    .example("1234567890")
    .source("selectAppointment")
    .help("The id of the appointment, not the appointment number.");
const TECHNICIAN_IDS: Input = Input::id("technicianIds", "Technician IDs")
    .values()
    .example("1088")
    .source("selectTechnician")
    .help("The ids of the technicians, at least one.");

/// What is assigned, or no longer assigned.
const ASSIGNMENT: &[Input] =
    &[CONNECTION, JOB_APPOINTMENT_ID.required(), TECHNICIAN_IDS.required(), DEBUG_REQUEST, ADDITIONAL_FIELDS];

static APPOINTMENT_ASSIGNMENT: Record = Record {
    help: "The assignment of one technician to one appointment.",
    fields: &[
        Field::id("id", "The id of the assignment."),
        Field::id("technicianId", "The id of the technician.").example("1088"),
        Field::text("technicianName", "The name of the technician.").example("Sam Rivera"),
        Field::id("assignedById", "The id of the user who made the assignment.").example("1088"),
        Field::timestamp("assignedOn", "When the technician was assigned."),
        Field::text(
            "status",
            "The assignment status: Scheduled, Dispatched, Working or Done. More values may be added.",
        )
        .example("Scheduled"),
        Field::flag("isPaused", "Whether the technician has paused the work."),
        Field::id("jobId", "The id of the job that the appointment is for."),
        Field::id("appointmentId", "The id of the appointment."),
        Field::timestamp("createdOn", "When the assignment was created."),
        Field::timestamp("modifiedOn", "When the assignment was last modified."),
        Field::flag("active", "Whether the assignment is active.").example("true"),
    ],
};

pub(super) static ASSIGNED_APPOINTMENT: Record = Record {
    help: "An appointment whose technicians were changed.",
    fields: &[
        Field::id("id", "The id of the appointment."),
        Field::id("jobId", "The id of the job that the appointment is for."),
        Field::text("appointmentNumber", "The appointment number: the job number followed by a counter.")
            .nullable()
            .example("10978752986-1"),
        Field::timestamp("start", "When the appointment begins.").example("2026-02-03T09:00:00Z"),
        Field::timestamp("end", "When the appointment ends.").example("2026-02-03T11:00:00Z"),
        Field::timestamp("arrivalWindowStart", "The earliest arrival time that the customer was told.")
            .nullable()
            .example("2026-02-03T09:00:00Z"),
        Field::timestamp("arrivalWindowEnd", "The latest arrival time that the customer was told.")
            .nullable()
            .example("2026-02-03T10:00:00Z"),
        Field::text(
            "status",
            "The appointment status: Scheduled, Dispatched, Working, Hold, Done or Canceled. More values may be \
             added.",
        )
        .example("Scheduled"),
        Field::text("specialInstructions", "Special instructions for the technician.")
            .nullable()
            .example("Ring at the side door."),
        Field::timestamp("createdOn", "When the appointment was created."),
        Field::timestamp("modifiedOn", "When the appointment was last modified."),
    ],
};

struct ListAppointmentsAssignment;

impl Action for ListAppointmentsAssignment {
    fn about(&self) -> About {
        About::read("listAppointmentsAssignment", "List Appointment Assignment", APPOINTMENT_ASSIGNMENTS.resource)
            .help("Returns one page of appointment assignments, or all of them with Fetch All.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &list_inputs(&APPOINTMENT_ASSIGNMENTS) }
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
            "Assigns technicians to an appointment, in addition to those already assigned. Returns the \
                 appointment.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        ASSIGNMENT
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
            .help("Removes technicians from an appointment. Returns the appointment.")
    }

    fn inputs(&self) -> &'static [Input] {
        ASSIGNMENT
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        APPOINTMENT_ASSIGNMENTS.post("unassign-technicians").returns(Output::Record(&ASSIGNED_APPOINTMENT)).body(inputs)
    }
}

register!(action UnassignTechnicians);
