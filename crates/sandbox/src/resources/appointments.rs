//! Appointments of jobs: create, get, list, delete.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{assignments, jobs};
use crate::call::{API_USER, Call, Reply, ids_where};
use crate::filters::{ACTIVE, CREATED, Filter, IDS, MODIFIED, Test, by, parse_id};
use crate::json::{Json, Object, as_id, id_of, text_of};
use crate::listing::{Listing, SORTS};
use crate::problem::Problem;
use crate::route::Endpoint;
use crate::row::Row;
use crate::schema::{Field, Kind, id, ids, moment, text};
use crate::stamp::Stamp;
use crate::store::Store;
use crate::world::{ABOVE_DOUBLE, DOCUMENTED, Size, Spec, Table, World};

pub(crate) const STATUSES: &[&str] = &["Scheduled", "Dispatched", "Working", "Hold", "Done", "Canceled"];

pub(crate) static TABLE: Spec = Spec {
    table: Table::Appointments,
    name: "appointments",
    noun: "Appointment",
    ids: &[DOCUMENTED, ABOVE_DOUBLE, 1_234_567_890],
    size: Size::Per(1, Table::Jobs),
    inactive: 0,
    render,
};

const FILTERS: &[Filter] = &[
    IDS,
    ACTIVE,
    by("jobId", Test::Id("jobId")),
    by("projectId", Test::Joined("jobId", jobs_of_project)),
    by("number", Test::Text("appointmentNumber")),
    by("status", Test::Choice("status", STATUSES)),
    by("startsOnOrAfter", Test::From("start")),
    by("startsBefore", Test::Before("start")),
    by("technicianId", Test::Joined("id", of_technician)),
    by("customerId", Test::Id("customerId")),
    by("unused", Test::Flag("unused")),
];

/// An appointment as the body that creates a job holds it.
pub(crate) const WITHIN_JOB: Kind = Kind::Object(&[
    moment("start").required(),
    moment("end").required(),
    moment("arrivalWindowStart").nullable(),
    moment("arrivalWindowEnd").nullable(),
    ids("technicianIds").nullable(),
]);

const CREATE: &[Field] = &[
    id("jobId").required(),
    moment("start").required(),
    moment("end").required(),
    moment("arrivalWindowStart").nullable(),
    moment("arrivalWindowEnd").nullable(),
    ids("technicianIds").nullable(),
    text("specialInstructions").nullable(),
];

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::list(
        "/jpm/v2/tenant/{tenant}/appointments",
        Listing::of(Table::Appointments).filters(&[FILTERS, CREATED, MODIFIED]).sorts(SORTS),
    ),
    Endpoint::get("/jpm/v2/tenant/{tenant}/appointments/{id}", Table::Appointments),
    Endpoint::post("/jpm/v2/tenant/{tenant}/appointments", CREATE, create),
    Endpoint::delete("/jpm/v2/tenant/{tenant}/appointments/{id}", delete),
];

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    call.checks().exists("jobId", Table::Jobs).done()?;
    let job = call.given("jobId").as_i64().unwrap_or_default();
    let status = call.store.find(Table::Jobs, job)?;
    if matches!(text_of(&status, "jobStatus"), Some("Completed" | "Canceled")) {
        return Err(Problem::conflict("The job is closed: no appointment can be added."));
    }
    let appointment = Value::Object(call.body.clone());
    check(call.store, &appointment, "")?;
    let id = add(call, job, &appointment);
    Ok(Reply::Json(call.store.find(Table::Appointments, id)?.into()))
}

/// Times are in order and the technicians exist; `at` goes before the names of the fields.
pub(crate) fn check(store: &Store, appointment: &Value, at: &str) -> Result<(), Problem> {
    let stamp = |field: &str| appointment[field].as_str().and_then(Stamp::parse);
    let mut faults = Vec::new();
    // The documented example gives the same moment for both, so only a reversed pair is refused.
    for (start, end) in [("start", "end"), ("arrivalWindowStart", "arrivalWindowEnd")] {
        if stamp(start).zip(stamp(end)).is_some_and(|(start, end)| start > end) {
            faults.push((format!("{at}{end}"), format!("The {end} must not be before the {start}.")));
        }
    }
    for (index, id) in technicians(appointment).into_iter().enumerate() {
        if !store.has(Table::Technicians, id) {
            faults.push((format!("{at}technicianIds[{index}]"), format!("Technician with id {id} does not exist.")));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

fn technicians(appointment: &Value) -> Vec<i64> {
    appointment["technicianIds"].as_array().into_iter().flatten().filter_map(as_id).collect()
}

/// Adds a checked appointment to a job, which counts it, and assigns its technicians.
pub(crate) fn add(call: &mut Call<'_>, job: i64, appointment: &Value) -> i64 {
    let mut record = call.store.get(Table::Jobs, job).unwrap_or_default();
    let count = id_of(&record, "appointmentCount").unwrap_or(0) + 1;
    let id = call.store.new_id(Table::Appointments);
    let made = call.insert(Table::Appointments, new_record(call, id, appointment, &record, count));
    record.insert("appointmentCount".to_owned(), count.into());
    if id_of(&record, "firstAppointmentId").is_none_or(|first| first == 0) {
        record.insert("firstAppointmentId".to_owned(), id.into());
    }
    record.insert("lastAppointmentId".to_owned(), id.into());
    record.insert("modifiedOn".to_owned(), call.now_text());
    call.store.put(Table::Jobs, job, &record);
    for technician in technicians(appointment) {
        assignments::assign(call, &made, technician);
    }
    id
}

fn new_record(call: &Call<'_>, id: i64, appointment: &Value, job: &Object, count: i64) -> Value {
    let text = |field: &str| {
        let stamp = appointment[field].as_str().and_then(Stamp::parse);
        stamp.map_or(Value::Null, |stamp| stamp.text().into())
    };
    json!({
        "id": id,
        "jobId": id_of(job, "id"),
        "appointmentNumber": format!("{}-{count}", text_of(job, "jobNumber").unwrap_or_default()),
        "start": text("start"),
        "end": text("end"),
        "arrivalWindowStart": text("arrivalWindowStart"),
        "arrivalWindowEnd": text("arrivalWindowEnd"),
        "status": "Scheduled",
        "specialInstructions": appointment["specialInstructions"],
        "createdOn": call.now_text(),
        "modifiedOn": call.now_text(),
        "customerId": id_of(job, "customerId"),
        "unused": false,
        "createdById": API_USER,
        "isConfirmed": false,
        "active": true,
    })
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let id = call.id();
    let record = call.store.find(Table::Appointments, id)?;
    let job = id_of(&record, "jobId").unwrap_or_default();
    let mut remaining = of_job(call.store, job);
    remaining.retain(|other| *other != id);
    if matches!(text_of(&record, "status"), Some("Working" | "Done")) {
        return Err(Problem::conflict("An appointment that has been worked on cannot be deleted."));
    }
    for assignment in assignments::of_appointment(call.store, id) {
        call.store.remove(Table::AppointmentAssignments, assignment);
    }
    call.store.remove(Table::Appointments, id);
    call.touched.push(id);
    if let Some(mut record) = call.store.get(Table::Jobs, job) {
        record.insert("appointmentCount".to_owned(), remaining.len().into());
        record.insert("firstAppointmentId".to_owned(), remaining.first().copied().unwrap_or(0).into());
        record.insert("lastAppointmentId".to_owned(), remaining.last().copied().unwrap_or(0).into());
        call.put(Table::Jobs, job, record);
    }
    Ok(Reply::Empty)
}

/// Appointments of a job, in order of creation.
pub(crate) fn of_job(store: &Store, job: i64) -> Vec<i64> {
    let seeded = store.world.slot(Table::Jobs, job);
    let added = store.world.count(Table::Appointments)..store.slots(Table::Appointments);
    let mut found = Vec::new();
    for slot in seeded.into_iter().chain(added).filter(|slot| !store.is_removed(Table::Appointments, *slot)) {
        let record = store.at(Table::Appointments, slot);
        if id_of(&record, "jobId") == Some(job) {
            found.extend(id_of(&record, "id"));
        }
    }
    found
}

/// Cancels what is still to come of a job.
pub(crate) fn cancel_all(call: &mut Call<'_>, job: i64) {
    for id in of_job(call.store, job) {
        let Some(mut record) = call.store.get(Table::Appointments, id) else { continue };
        if text_of(&record, "status") != Some("Done") {
            record.insert("status".to_owned(), "Canceled".into());
            call.put(Table::Appointments, id, record);
        }
    }
}

fn jobs_of_project(store: &Store, value: &str) -> Result<HashSet<i64>, &'static str> {
    let project = parse_id(value)?;
    Ok(ids_where(store, Table::Jobs, |row| row.ids("projectId") == [project], "id"))
}

fn of_technician(store: &Store, value: &str) -> Result<HashSet<i64>, &'static str> {
    let technician = parse_id(value)?;
    let theirs = |row: &Row<'_>| row.ids("technicianId") == [technician];
    Ok(ids_where(store, Table::AppointmentAssignments, theirs, "appointmentId"))
}

pub(crate) fn starting_from(store: &Store, value: &str) -> Result<HashSet<i64>, &'static str> {
    let limit = Stamp::parse(value).ok_or("a date-time")?;
    Ok(ids_where(store, Table::Appointments, |row| row.stamp("start").is_some_and(|own| own >= limit), "id"))
}

pub(crate) fn starting_before(store: &Store, value: &str) -> Result<HashSet<i64>, &'static str> {
    let limit = Stamp::parse(value).ok_or("a date-time")?;
    Ok(ids_where(store, Table::Appointments, |row| row.stamp("start").is_some_and(|own| own < limit), "id"))
}

/// Status of the appointment of a seeded job.
pub(crate) fn seeded_status(job: &str) -> &'static str {
    match job {
        "Completed" => "Done",
        "InProgress" => "Working",
        "Dispatched" => "Dispatched",
        "Hold" => "Hold",
        "Canceled" => "Canceled",
        _ => "Scheduled",
    }
}

fn render(world: &World, slot: u32, json: &mut Json<'_>) {
    let keys = world.keys(Table::Appointments, slot);
    let job = jobs::seeded(world, slot);
    let job_id = world.id(Table::Jobs, slot);
    let mut dice = world.dice(Table::Appointments, slot);
    let day = keys.created.start_of_day().plus_seconds(86_400 * (1 + dice.below_i64(14)));
    let start = day.plus_seconds(3600 * (13 + dice.below_i64(9)));
    let window = dice.one_in(2);
    json.put("id", keys.id).put("jobId", job_id).put("appointmentNumber", format!("{job_id}-1"));
    json.put("start", start).put("end", start.plus_seconds(7200));
    json.put("arrivalWindowStart", window.then_some(start));
    json.put("arrivalWindowEnd", window.then(|| start.plus_seconds(3600)));
    json.put("status", seeded_status(job.status));
    json.put("specialInstructions", dice.one_in(6).then_some("Call 30 minutes ahead.\nGate code 4417#."));
    json.put("createdOn", keys.created).put("modifiedOn", keys.modified);
    json.put("customerId", world.id(Table::Customers, job.customer)).put("unused", dice.one_in(25));
    json.put("createdById", API_USER).put("isConfirmed", dice.one_in(2)).put("active", true);
}
