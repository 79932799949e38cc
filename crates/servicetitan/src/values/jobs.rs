//! Structured values of jobs.

use pipefit_component::scalars::{Id, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A visit to make with a new job.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobAppointment {
    /// When the visit begins.
    pub start: Timestamp,
    /// When the visit ends.
    pub end: Timestamp,
    /// The earliest arrival that the customer is told; none is told when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival_window_start: Option<Timestamp>,
    /// The latest arrival that the customer is told; none is told when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival_window_end: Option<Timestamp>,
    /// The technicians to send; nobody is assigned when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician_ids: Option<Vec<Id>>,
}

/// The job, and the employee, that a job came from.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobLeadSource {
    /// The job that led to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<Id>,
    /// The technician or office employee who brought it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<Id>,
}
