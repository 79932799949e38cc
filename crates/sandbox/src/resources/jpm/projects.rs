//! Projects, which bundle jobs: create, get, list, update.

use super::appointments::APPOINTMENTS;
use super::jobs::{BY_TECHNICIAN, JOBS, NOT_THEIRS};
use crate::resources::crm::customers::CUSTOMERS;
use crate::resources::crm::locations::LOCATIONS;
use crate::resources::prelude::*;
use crate::resources::settings::business_units::BUSINESS_UNITS;
use crate::resources::shared::CUSTOM_FIELD;

pub(crate) static PROJECTS: Table = Table::new("projects", "Project", 12, FIELDS);

submit!(Resource::new(
    &PROJECTS,
    &[
        Endpoint::list_of("/jpm/v2/tenant/{tenant}/projects", LIST.filters(FILTERS)),
        Endpoint::get_external("/jpm/v2/tenant/{tenant}/projects/{id}"),
        Endpoint::create("/jpm/v2/tenant/{tenant}/projects", create),
        Endpoint::update_with("/jpm/v2/tenant/{tenant}/projects/{id}", update),
    ]
));

static FILTERS: &[Filter] = &[by("status", Test::Joined(with_status))];
static JOB: &[Filter] = &[
    by("jobId", Test::Id),
    by("invoiceId", Test::Through(&BY_INVOICE)),
    by("technicianId", Test::Through(&BY_TECHNICIAN)),
    by("appointmentId", Test::Through(&BY_APPOINTMENT)),
];
static BY_INVOICE: Through = Through { table: &JOBS, tested: "invoiceId", test: Test::Id, ids: "id" };
static BY_APPOINTMENT: Through = Through { table: &APPOINTMENTS, tested: "id", test: Test::Id, ids: "jobId" };

const START: &[Filter] = &[by("startsBefore", Test::Before), by("startsOnOrAfter", Test::From)];
const TARGET: &[Filter] =
    &[by("targetCompletionDateBefore", Test::Before), by("targetCompletionDateOnOrAfter", Test::From)];
const COMPLETED: &[Filter] = &[by("completedBefore", Test::Before), by("completedOnOrAfter", Test::From)];

static FIELDS: &[Field] = &[
    ID,
    text("number").initially_of(id_text),
    text("name").editable().sort("Name").seed(&|s| format!("{} {}", kind(s).1, s.slot + 1)),
    text("summary").editable().seed(&|s| s.pick(words::SUMMARIES)),
    text("status").seed(&|s| status(s).1),
    id("statusId").editable().known(PROJECT_STATUSES).seed(&|s| status(s).0),
    text("subStatus").seed(&|s| sub_status(s).map(|(_, name)| name)),
    id("subStatusId").editable().known(PROJECT_SUB_STATUSES).seed(&|s| sub_status(s).map(|(id, _)| id)),
    id("customerId").optional().exists(&CUSTOMERS).filter().seed(&|s| CUSTOMERS.id(customer(s))),
    id("locationId").required().exists(&LOCATIONS).filter().seed(&|s| LOCATIONS.id(customer(s))),
    id("projectTypeId").resettable().known(PROJECT_TYPES).filter().seed(&|s| kind(s).0),
    ids("projectManagerIds")
        .editable()
        .known(EMPLOYEES)
        .filter_by("projectManagerIds", Test::AnyId(usize::MAX))
        .seed(&|s| [s.pick(EMPLOYEES.entries).0]),
    ids("businessUnitIds")
        .editable()
        .exists(&BUSINESS_UNITS)
        .filter_by("businessUnitIds", Test::AnyId(usize::MAX))
        .seed(&|_| [BUSINESS_UNITS.id(0)]),
    moment("startDate").editable().filters(START).seed(&|s| start(s)),
    moment("targetCompletionDate")
        .editable()
        .filters(TARGET)
        .sort("TargetCompletionDate")
        .seed(&|s| start(s).plus_days(20 + s.rng.below_i64(60))),
    moment("actualCompletionDate").editable().filters(COMPLETED).seed(&|s| completed(s)),
    MODIFIED_ON,
    CREATED_ON,
    custom_fields(&CUSTOM_FIELD),
    EXTERNAL_DATA,
    ids("jobIds").updatable().exists(&JOBS).filters(JOB).seed(&|s| jobs_of(s)),
];

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    call.check().done()?;
    let location = call.find(&LOCATIONS, id_of(&call.body, "locationId").unwrap_or_default())?;
    let owner = id_of(&location, "customerId");
    let is_theirs = id_of(&call.body, "customerId").is_none_or(|customer| Some(customer) == owner);
    call.check().require(is_theirs, "locationId", NOT_THEIRS).done()?;
    let record = call.create(|call, record| {
        set(record, "customerId", owner);
        set_statuses(call, record);
    })?;
    Ok(record.into())
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let record = call.update(set_statuses)?;
    for job in ids_of(&call.body, "jobIds") {
        let Some(mut job_record) = call.store.get(&JOBS, job) else { continue };
        set(&mut job_record, "projectId", call.id());
        call.put(&JOBS, job, job_record);
    }
    Ok(record.into())
}

/// The names follow the ids.
fn set_statuses(call: &Call<'_>, record: &mut Object) {
    for (name, known) in [("status", PROJECT_STATUSES), ("subStatus", PROJECT_SUB_STATUSES)] {
        if let Some(id) = id_of(&call.body, &format!("{name}Id")) {
            set(record, name, known.name(id));
        }
    }
}

/// Comma separated names; `None` stands for projects without a status.
#[expect(clippy::unnecessary_wraps, reason = "filters share a signature")]
fn with_status(store: &Store, value: &str) -> Ids {
    let wanted: Vec<String> = value.split(',').map(|name| name.trim().to_lowercase()).collect();
    let fits = |row: &Row<'_>| match row.text("status") {
        Some(status) => wanted.contains(&status.to_lowercase()),
        None => wanted.iter().any(|name| name == "none"),
    };
    Ok(store.ids_where(&PROJECTS, fits, "id"))
}

fn customer(s: &Seed<'_>) -> u32 {
    if s.slot == 0 { 0 } else { s.data.rng(&PROJECTS, s.slot, "customer").below(s.data.count(&CUSTOMERS)) }
}

fn kind(s: &Seed<'_>) -> (i64, &'static str) {
    s.data.rng(&PROJECTS, s.slot, "kind").pick(PROJECT_TYPES.entries)
}

fn status(s: &Seed<'_>) -> (i64, &'static str) {
    s.data.rng(&PROJECTS, s.slot, "status").pick(PROJECT_STATUSES.entries)
}

fn sub_status(s: &Seed<'_>) -> Option<(i64, &'static str)> {
    let mut rng = s.data.rng(&PROJECTS, s.slot, "subStatus");
    rng.one_in(2).then(|| rng.pick(PROJECT_SUB_STATUSES.entries))
}

fn start(s: &Seed<'_>) -> Timestamp {
    s.keys.created.start_of_day().plus_days(7)
}

fn completed(s: &Seed<'_>) -> Option<Timestamp> {
    (status(s).1 == "Completed").then(|| start(s).plus_days(30))
}

/// The two jobs of a seeded project.
fn jobs_of(s: &Seed<'_>) -> Vec<i64> {
    let first = s.slot.saturating_mul(4);
    let jobs = [first, first.saturating_add(2)].into_iter();
    jobs.filter(|job| *job < s.data.count(&JOBS)).map(|job| JOBS.id(job)).collect()
}
