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
    pub technician_ids: Option<Vec<Id>>,
}

/// The earlier job and the employee that led to a job.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobLeadSource {
    /// The id of the job that led to this job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<Id>,
    /// The id of the technician or office employee who brought in the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<Id>,
}
