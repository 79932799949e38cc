//! Reasons to cancel a job.

use pipefit_component::prelude::*;

use crate::apis::JPM;
use crate::inputs::LIST;

const JOB_CANCEL_REASONS: Resource = Resource { key: "jobCancelReasons", label: "Job Cancel Reasons" };

static JOB_CANCEL_REASON: Record = Record {
    help: "A reason to cancel a job, from the settings of the account.",
    fields: &[
        Field::id("id", "The number of the reason.").example("1088"),
        Field::text("name", "What people choose it by.").example("Customer Request"),
        Field::flag("active", "Whether it can be chosen for a job that is cancelled now.").example("true"),
        Field::timestamp("createdOn", "When it was added.").example("2025-11-03T15:04:05Z"),
        Field::timestamp("modifiedOn", "When it was last changed.").example("2025-11-03T15:04:05Z"),
    ],
};

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
        Output::Page(&JOB_CANCEL_REASON)
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
        Output::Page(&JOB_CANCEL_REASON)
    }
}

impl DataSource for SelectJobCancelReason {
    fn picklist(&self) -> Picklist {
        Picklist::labelled("{name} (ID: {id})").sorted_by("name")
    }
}

register!(source SelectJobCancelReason);
