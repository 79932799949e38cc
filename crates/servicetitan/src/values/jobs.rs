//! Structured values of jobs.

use pipefit_component::scalars::{Id, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An appointment to create with a new job.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobAppointment {
    /// When the appointment begins.
    pub start: Timestamp,
    /// When the appointment ends.
    pub end: Timestamp,
    /// The earliest arrival time that the customer is told; none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival_window_start: Option<Timestamp>,
    /// The latest arrival time that the customer is told; none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival_window_end: Option<Timestamp>,
    /// The ids of the technicians to assign; none when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-dataSource" = "selectTechnician"))]
    pub technician_ids: Option<Vec<Id>>,
}

/// The earlier job and the employee that led to a job.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobLeadSource {
    /// The id of the job that led to this job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-dataSource" = "selectJob"))]
    pub job_id: Option<Id>,
    /// The id of the technician or office employee who brought in the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<Id>,
}

/// Fields of a new job that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct NewJobFields {
    /// The id of the technician who sold the job.
    #[schemars(extend("x-dataSource" = "selectTechnician"))]
    pub sold_by_id: Option<Id>,
    /// The id of the partner's call that led to the job.
    pub partner_lead_call_id: Option<Id>,
    /// The id of the lead that led to the job.
    pub lead_id: Option<Id>,
    /// The id of the booking that led to the job.
    #[schemars(extend("x-dataSource" = "selectBooking"))]
    pub booking_id: Option<Id>,
}

/// Fields of a changed job that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct JobFields {
    /// The id of the technician who sold the job.
    #[schemars(extend("x-dataSource" = "selectTechnician"))]
    pub sold_by_id: Option<Id>,
}

/// Fields of a new appointment that have no input, or an input for one value only.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct NewAppointmentFields {
    /// The ids of the technicians to assign, if there are several.
    #[schemars(extend("x-dataSource" = "selectTechnician"))]
    pub technician_ids: Option<Vec<Id>>,
}
