//! Reasons for canceling a job: list.

use crate::resources::prelude::*;

pub(crate) static JOB_CANCEL_REASONS: Table = Table::new("job-cancel-reasons", "Job cancel reason", 8, FIELDS)
    .first_ids(&[1088])
    .size(Size::UpTo(14))
    .one_inactive_in(6);

submit!(Resource::new(&JOB_CANCEL_REASONS, &[Endpoint::list("/jpm/v2/tenant/{tenant}/job-cancel-reasons")]));

static FIELDS: &[Field] = &[
    ID.unfiltered(),
    text("name").seed(&|s| words::nth(REASONS, s.slot, "Reason")),
    ACTIVE.filter_by("active", Test::ActiveOrAll),
    CREATED_ON,
    MODIFIED_ON,
];

const REASONS: &str = "Customer Cancelled, Duplicate Job, Booked in Error, No Access to Property, Price Too High, \
    Went with Competitor, Weather, Technician Unavailable, Part Not Available, Customer No Show, \
    Rescheduled Elsewhere, Outside Service Area, Old Reason (2019), Other";
