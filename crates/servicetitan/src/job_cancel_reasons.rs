//! Reasons to cancel a job.

use pipefit_component::prelude::*;

use crate::apis::JPM;
use crate::inputs::LIST;

const JOB_CANCEL_REASONS: Resource = Resource { key: "jobCancelReasons", label: "Job Cancel Reasons" };

/// A reason to cancel a job, from the settings of the account.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct JobCancelReason {
    /// The number of the reason.
    id: Id,
    /// What people choose it by.
    name: String,
    /// Whether it can be chosen for a job that is cancelled now.
    active: bool,
    /// When it was added.
    created_on: Timestamp,
    /// When it was last changed.
    modified_on: Timestamp,
}

impl Record for JobCancelReason {
    const EXAMPLE: &'static str = r#"{"id":1088,"name":"Customer Request","active":true,"createdOn":"2025-11-03T15:04:05Z","modifiedOn":"2025-11-03T15:04:05Z"}"#;
}

struct ListJobCancelReasons;

impl Action for ListJobCancelReasons {
    fn about(&self) -> About {
        About::read("listJobCancelReasons", "List Job Cancel Reasons", JOB_CANCEL_REASONS)
            .help("Lists the reasons that a job can be cancelled for, active and inactive ones.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JPM.list("/job-cancel-reasons").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<JobCancelReason>()
    }
}

register!(action ListJobCancelReasons);

struct SelectJobCancelReason;

impl Action for SelectJobCancelReason {
    fn about(&self) -> About {
        About::read("selectJobCancelReason", "Select Job Cancel Reason", JOB_CANCEL_REASONS)
            .help("Offers the reasons that a job can be cancelled for, by name.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JPM.list("/job-cancel-reasons").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<JobCancelReason>()
    }
}

impl DataSource for SelectJobCancelReason {
    fn picklist(&self) -> Picklist {
        Picklist::labelled("{name} (ID: {id})").sorted_by("name")
    }
}

register!(source SelectJobCancelReason);
