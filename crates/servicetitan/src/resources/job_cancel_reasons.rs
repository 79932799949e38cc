//! Reasons for canceling a job.

use pipefit_component::prelude::*;

use crate::filters;
use crate::inputs::list_inputs;
use crate::service::JPM;

static JOB_CANCEL_REASONS: ListEndpoint = JPM
    .list("/job-cancel-reasons")
    .scope("tn.jpm.jobcancelreasons")
    .resource("jobCancelReasons", "Job Cancel Reasons")
    .record(&JOB_CANCEL_REASON)
    .filters(&[
        filters::ACTIVE,
        filters::CREATED_BEFORE,
        filters::CREATED_ON_OR_AFTER,
        filters::MODIFIED_BEFORE,
        filters::MODIFIED_ON_OR_AFTER,
    ])
    .including_inactive("active", "Any");

static JOB_CANCEL_REASON: Record = Record {
    help: "A reason for canceling a job, from the account settings.",
    fields: &[
        Field::id("id", "The id of the cancel reason.").example("1088"),
        Field::text("name", "The name of the cancel reason.").example("Customer Request"),
        Field::flag("active", "Whether the reason can be chosen for new cancellations.").example("true"),
        Field::timestamp("createdOn", "When the cancel reason was created.").example("2025-11-03T15:04:05Z"),
        Field::timestamp("modifiedOn", "When the cancel reason was last modified.").example("2025-11-03T15:04:05Z"),
    ],
};

struct ListJobCancelReasons;

impl Action for ListJobCancelReasons {
    fn about(&self) -> About {
        About::read("listJobCancelReasons", "List Job Cancel Reasons", JOB_CANCEL_REASONS.resource)
            .help("Returns one page of cancel reasons, active and inactive, or all of them with Fetch All.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &list_inputs(&JOB_CANCEL_REASONS) }
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
            .help("Offers cancel reasons by name.")
    }

    fn choices(&self) -> Choices {
        JOB_CANCEL_REASONS.choices("{name} (ID: {id})").sorted_by("name")
    }
}

register!(source SelectJobCancelReason);
