//! Reasons to cancel a job.

use pipefit_component::prelude::*;

use crate::inputs::LIST;
use crate::service::JPM;

static JOB_CANCEL_REASONS: ListEndpoint =
    JPM.list("/job-cancel-reasons").resource("jobCancelReasons", "Job Cancel Reasons").record(&JOB_CANCEL_REASON);

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
        About::read("listJobCancelReasons", "List Job Cancel Reasons", JOB_CANCEL_REASONS.resource)
            .help("Lists the reasons that a job can be cancelled for, active and inactive ones.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JOB_CANCEL_REASONS.list().query(inputs)
    }
}

register!(action ListJobCancelReasons);

struct SelectJobCancelReason;

impl DataSource for SelectJobCancelReason {
    fn about(&self) -> About {
        About::read("selectJobCancelReason", "Select Job Cancel Reason", JOB_CANCEL_REASONS.resource)
            .help("Offers the reasons that a job can be cancelled for, by name.")
    }

    fn choices(&self) -> Choices {
        JOB_CANCEL_REASONS.choices("{name} (ID: {id})").sorted_by("name")
    }
}

register!(source SelectJobCancelReason);
