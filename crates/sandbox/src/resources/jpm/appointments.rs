//! Appointments of jobs: create, get, list, delete.

use super::jobs::{self, JOBS};
use crate::resources::crm::customers::CUSTOMERS;
use crate::resources::dispatch::appointment_assignments::{self as assignments, APPOINTMENT_ASSIGNMENTS};
use crate::resources::prelude::*;
use crate::resources::settings::technicians::TECHNICIANS;

pub(crate) static APPOINTMENTS: Table = Table::new("appointments", "Appointment", 1, FIELDS)
    .first_ids(&[DOCUMENTED, ABOVE_DOUBLE, 1_234_567_890])
    .size(Size::Per(1, &JOBS));

submit!(Resource::new(
    &APPOINTMENTS,
    &[
        Endpoint::list_of("/jpm/v2/tenant/{tenant}/appointments", LIST.filters(FILTERS)),
        Endpoint::get("/jpm/v2/tenant/{tenant}/appointments/{id}"),
        Endpoint::create("/jpm/v2/tenant/{tenant}/appointments", create),
        Endpoint::delete("/jpm/v2/tenant/{tenant}/appointments/{id}", delete),
    ]
));

const STATUSES: &[&str] = &["Scheduled", "Dispatched", "Working", "Hold", "Done", "Canceled"];

static FILTERS: &[Filter] = &[by("technicianId", Test::Through(&OF_TECHNICIAN))];
static OF_TECHNICIAN: Through =
    Through { table: &APPOINTMENT_ASSIGNMENTS, tested: "technicianId", test: Test::Id, ids: "appointmentId" };
static JOB: &[Filter] = &[by("jobId", Test::Id), by("projectId", Test::Through(&OF_PROJECT))];
static OF_PROJECT: Through = Through { table: &JOBS, tested: "projectId", test: Test::Id, ids: "id" };
const START: &[Filter] = &[by("startsOnOrAfter", Test::From), by("startsBefore", Test::Before)];

static FIELDS: &[Field] = &[
    ID,
    id("jobId").required().exists(&JOBS).filters(JOB).seed(&|s| JOBS.id(s.slot)),
    text("appointmentNumber").filter_as("number").seed(&|s| format!("{}-1", JOBS.id(s.slot))),
    moment("start").required().convert(in_utc).filters(START).seed(&|s| s.own(start)),
    moment("end").required().convert(in_utc).seed(&|s| s.own(start).plus_seconds(7200)),
    moment("arrivalWindowStart").optional().convert(in_utc).seed(&|s| window(s)),
    moment("arrivalWindowEnd").optional().convert(in_utc).seed(&|s| window(s).map(|start| start.plus_seconds(3600))),
    ids("technicianIds").optional().exists(&TECHNICIANS).body_only(),
    choice("status", STATUSES).initially("Scheduled").filter().seed(&|s| s.own(status)),
    text("specialInstructions").optional().seed(&|s| s.one_in(6).then_some("Call 30 minutes ahead.\nGate code 4417#.")),
    CREATED_ON,
    MODIFIED_ON,
    id("customerId").filter().seed(&|s| CUSTOMERS.id(s.own(jobs::customer))),
    flag("unused").filter().seed(&|s| s.one_in(25)),
    CREATED_BY,
    flag("isConfirmed").seed(&|s| s.one_in(2)),
    ACTIVE,
];

/// An appointment in the body of its job: the times and the technicians.
pub(super) static OF_JOB: Kind = Kind::Object(FIELDS.split_at(3).1.split_at(5).0);

fn in_utc(_: &Field, given: &Value) -> Value {
    given.as_str().and_then(Timestamp::parse).map_or(Value::Null, |time| time.text().into())
}

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    call.check().done()?;
    let job = id_of(&call.body, "jobId").unwrap_or_default();
    if matches!(text_of(&call.find(&JOBS, job)?, "jobStatus"), Some("Completed" | "Canceled")) {
        return Err(Problem::conflict("The job is closed: no appointment can be added."));
    }
    let appointment = Value::Object(call.body.clone());
    call.check().also(out_of_order(&appointment, "")).done()?;
    let id = add(call, job, &appointment);
    Ok(Reply::Json(call.find(&APPOINTMENTS, id)?.into()))
}

/// What is wrong with the order of an appointment's times; `at` is the path in front of the names of the fields.
pub(crate) fn out_of_order(appointment: &Value, at: &str) -> Vec<(String, String)> {
    let time = |field: &str| appointment[field].as_str().and_then(Timestamp::parse);
    let mut faults = Vec::new();
    // The documented example gives the same time for both, so only a reversed pair is refused.
    for (start, end) in [("start", "end"), ("arrivalWindowStart", "arrivalWindowEnd")] {
        if time(start).zip(time(end)).is_some_and(|(start, end)| start > end) {
            faults.push((format!("{at}{end}"), format!("The {end} must not be before the {start}.")));
        }
    }
    faults
}

/// Adds a checked appointment to a job, which counts it, and assigns its technicians. Returns its id.
pub(crate) fn add(call: &mut Call<'_>, job: i64, appointment: &Value) -> i64 {
    let Value::Object(given) = appointment else { return 0 };
    let mut job_record = call.store.get(&JOBS, job).unwrap_or_default();
    let count = id_of(&job_record, "appointmentCount").unwrap_or(0) + 1;
    let mut record = call.new_record_of(&APPOINTMENTS, given);
    let id = id_of(&record, "id").unwrap_or_default();
    let number = format!("{}-{count}", text_of(&job_record, "jobNumber").unwrap_or_default());
    set(&mut record, "jobId", job);
    set(&mut record, "appointmentNumber", number);
    set(&mut record, "customerId", id_of(&job_record, "customerId"));
    let made = call.add(&APPOINTMENTS, record, given);
    set(&mut job_record, "appointmentCount", count);
    if id_of(&job_record, "firstAppointmentId").is_none_or(|first| first == 0) {
        set(&mut job_record, "firstAppointmentId", id);
    }
    set(&mut job_record, "lastAppointmentId", id);
    set(&mut job_record, "modifiedOn", call.now_text());
    call.store.put(&JOBS, job, &job_record);
    for technician in ids_of(given, "technicianIds") {
        assignments::assign(call, &made, technician);
    }
    id
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let (id, record) = (call.id(), call.subject()?);
    let job = id_of(&record, "jobId").unwrap_or_default();
    let mut remaining = of_job(call.store, job);
    remaining.retain(|other| *other != id);
    if matches!(text_of(&record, "status"), Some("Working" | "Done")) {
        return Err(Problem::conflict("An appointment that has been worked on cannot be deleted."));
    }
    for assignment in assignments::of_appointment(call.store, id) {
        call.store.remove(&APPOINTMENT_ASSIGNMENTS, assignment);
    }
    call.remove(&APPOINTMENTS, id);
    if let Some(mut record) = call.store.get(&JOBS, job) {
        set(&mut record, "appointmentCount", remaining.len());
        set(&mut record, "firstAppointmentId", remaining.first().copied().unwrap_or(0));
        set(&mut record, "lastAppointmentId", remaining.last().copied().unwrap_or(0));
        call.put(&JOBS, job, record);
    }
    Ok(Reply::Empty)
}

/// Appointments of a job, in order of creation.
pub(crate) fn of_job(store: &Store, job: i64) -> Vec<i64> {
    let candidates = store.candidates(&APPOINTMENTS, store.seeded.slot(&JOBS, job));
    let records = candidates.map(|slot| store.at(&APPOINTMENTS, slot));
    records.filter(|record| id_of(record, "jobId") == Some(job)).filter_map(|record| id_of(&record, "id")).collect()
}

/// Cancels those appointments of a job that are not done.
pub(crate) fn cancel_all(call: &mut Call<'_>, job: i64) {
    for id in of_job(call.store, job) {
        let Some(mut record) = call.store.get(&APPOINTMENTS, id) else { continue };
        if text_of(&record, "status") != Some("Done") {
            set(&mut record, "status", "Canceled");
            call.put(&APPOINTMENTS, id, record);
        }
    }
}

/// Status of a seeded appointment, which follows from its job's.
fn status(data: &SeedData, slot: u32) -> &'static str {
    match jobs::status(data, slot) {
        "Completed" => "Done",
        "InProgress" => "Working",
        same => same,
    }
}

fn start(data: &SeedData, slot: u32) -> Timestamp {
    let mut rng = data.rng(&APPOINTMENTS, slot, "start");
    let day = data.keys(&APPOINTMENTS, slot).created.start_of_day().plus_days(1 + rng.below_i64(14));
    day.plus_seconds(3600 * (13 + rng.below_i64(9)))
}

/// Start of the arrival window that every second appointment has.
fn window(s: &Seed<'_>) -> Option<Timestamp> {
    s.data.rng(&APPOINTMENTS, s.slot, "window").one_in(2).then(|| s.own(start))
}
