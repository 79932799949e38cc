//! Projects, which bundle jobs: create, get, list, update.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::shared::{CUSTOM_FIELD, external_patch, new_external};
use crate::call::{Call, Reply, ids_where, named_custom_fields};
use crate::filters::{CREATED, EXTERNAL, Filter, IDS, MODIFIED, Test, by, parse_id};
use crate::json::{Json, Object, id_of};
use crate::listing::{Listing, Sort};
use crate::problem::Problem;
use crate::references::{CUSTOM_FIELDS, EMPLOYEES, PROJECT_STATUSES, PROJECT_SUB_STATUSES, PROJECT_TYPES};
use crate::route::Endpoint;
use crate::row::Row;
use crate::schema::{Field, id, ids, list, moment, text};
use crate::store::Store;
use crate::words;
use crate::world::{ABOVE_DOUBLE, DOCUMENTED, Size, Spec, Table, World};

pub(crate) static TABLE: Spec = Spec {
    table: Table::Projects,
    name: "projects",
    noun: "Project",
    ids: &[DOCUMENTED, ABOVE_DOUBLE],
    size: Size::Main,
    inactive: 0,
    render,
};

const FILTERS: &[Filter] = &[
    IDS,
    by("customerId", Test::Id("customerId")),
    by("locationId", Test::Id("locationId")),
    by("projectTypeId", Test::Id("projectTypeId")),
    by("invoiceId", Test::Joined("id", with_invoice)),
    by("technicianId", Test::Joined("id", with_technician)),
    by("jobId", Test::Id("jobIds")),
    by("appointmentId", Test::Joined("id", with_appointment)),
    by("projectManagerIds", Test::AnyId("projectManagerIds", usize::MAX)),
    by("businessUnitIds", Test::AnyId("businessUnitIds", usize::MAX)),
    by("startsBefore", Test::Before("startDate")),
    by("startsOnOrAfter", Test::From("startDate")),
    by("completedBefore", Test::Before("actualCompletionDate")),
    by("completedOnOrAfter", Test::From("actualCompletionDate")),
    by("targetCompletionDateBefore", Test::Before("targetCompletionDate")),
    by("targetCompletionDateOnOrAfter", Test::From("targetCompletionDate")),
    by("status", Test::Joined("id", with_status)),
];

const CREATE: &[Field] = &[
    id("locationId").required(),
    id("customerId").nullable(),
    id("projectTypeId").nullable(),
    ids("projectManagerIds").nullable(),
    text("name").nullable(),
    text("summary").nullable(),
    id("statusId").nullable(),
    id("subStatusId").nullable(),
    moment("startDate").nullable(),
    moment("targetCompletionDate").nullable(),
    moment("actualCompletionDate").nullable(),
    list("customFields", &CUSTOM_FIELD).nullable(),
    new_external(),
    ids("businessUnitIds").nullable(),
];

const UPDATE: &[Field] = &[
    ids("projectManagerIds"),
    ids("jobIds"),
    ids("businessUnitIds"),
    text("name"),
    text("summary"),
    id("statusId"),
    id("subStatusId"),
    id("projectTypeId").nullable(),
    moment("startDate"),
    moment("targetCompletionDate"),
    moment("actualCompletionDate"),
    list("customFields", &CUSTOM_FIELD),
    external_patch(),
];

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::list(
        "/jpm/v2/tenant/{tenant}/projects",
        Listing::of(Table::Projects).filters(&[FILTERS, CREATED, MODIFIED, EXTERNAL]).sorts(&[
            Sort::Id,
            Sort::ModifiedOn,
            Sort::CreatedOn,
            Sort::Text("Name", "name"),
            Sort::Text("TargetCompletionDate", "targetCompletionDate"),
        ]),
    ),
    Endpoint::get_external("/jpm/v2/tenant/{tenant}/projects/{id}", Table::Projects),
    Endpoint::post("/jpm/v2/tenant/{tenant}/projects", CREATE, create),
    Endpoint::patch("/jpm/v2/tenant/{tenant}/projects/{id}", UPDATE, update),
];

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    check(call)?;
    let location = call.store.find(Table::Locations, id_of(&call.body, "locationId").unwrap_or_default())?;
    let owner = id_of(&location, "customerId");
    let theirs = id_of(&call.body, "customerId").is_none_or(|customer| Some(customer) == owner);
    call.checks().require(theirs, "locationId", "The location does not belong to the customer.").done()?;
    let id = call.store.new_id(Table::Projects);
    let mut record = new_record(call, id, owner);
    set_statuses(call, &mut record);
    let mut record = call.insert(Table::Projects, record.into());
    call.external(Table::Projects, id, &mut record);
    Ok(Reply::Json(record.into()))
}

fn new_record(call: &Call<'_>, id: i64, owner: Option<i64>) -> Object {
    let record = json!({
        "id": id,
        "number": id.to_string(),
        "name": call.given("name"),
        "summary": call.given("summary"),
        "status": null,
        "statusId": call.given("statusId"),
        "subStatus": null,
        "subStatusId": call.given("subStatusId"),
        "customerId": owner,
        "locationId": call.given("locationId"),
        "projectTypeId": call.given("projectTypeId"),
        "projectManagerIds": call.given_or("projectManagerIds", json!([])),
        "businessUnitIds": call.given_or("businessUnitIds", json!([])),
        "startDate": call.given("startDate"),
        "targetCompletionDate": call.given("targetCompletionDate"),
        "actualCompletionDate": call.given("actualCompletionDate"),
        "modifiedOn": call.now_text(),
        "createdOn": call.now_text(),
        "customFields": named_custom_fields(&call.given("customFields"), CUSTOM_FIELDS),
        "externalData": [],
        "jobIds": [],
    });
    if let Value::Object(record) = record { record } else { Object::new() }
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let id = call.id();
    let mut record = call.store.find(Table::Projects, id)?;
    check(call)?;
    call.copy(
        &mut record,
        &[
            "projectManagerIds",
            "jobIds",
            "businessUnitIds",
            "name",
            "summary",
            "statusId",
            "subStatusId",
            "projectTypeId",
            "startDate",
            "targetCompletionDate",
            "actualCompletionDate",
        ],
    );
    if let Some(fields) = call.body.get("customFields") {
        record.insert("customFields".to_owned(), named_custom_fields(fields, CUSTOM_FIELDS));
    }
    set_statuses(call, &mut record);
    let mut record = call.put(Table::Projects, id, record);
    for job in crate::json::ids_of(&call.body, "jobIds") {
        let Some(mut job_record) = call.store.get(Table::Jobs, job) else { continue };
        job_record.insert("projectId".to_owned(), id.into());
        call.put(Table::Jobs, job, job_record);
    }
    call.external(Table::Projects, id, &mut record);
    Ok(Reply::Json(record.into()))
}

fn check(call: &Call<'_>) -> Result<(), Problem> {
    call.checks()
        .exists("locationId", Table::Locations)
        .exists("customerId", Table::Customers)
        .all_exist("jobIds", Table::Jobs)
        .all_exist("businessUnitIds", Table::BusinessUnits)
        .known("projectTypeId", PROJECT_TYPES)
        .known("projectManagerIds", EMPLOYEES)
        .known("statusId", PROJECT_STATUSES)
        .known("subStatusId", PROJECT_SUB_STATUSES)
        .custom_fields(CUSTOM_FIELDS)
        .done()
}

/// The names go with the ids.
fn set_statuses(call: &Call<'_>, record: &mut Object) {
    for (name, known) in [("status", PROJECT_STATUSES), ("subStatus", PROJECT_SUB_STATUSES)] {
        if let Some(id) = id_of(&call.body, &format!("{name}Id")) {
            record.insert(name.to_owned(), known.name(id).into());
        }
    }
}

fn with_job(store: &Store, jobs: &HashSet<i64>) -> HashSet<i64> {
    let theirs = |row: &Row<'_>| row.ids("jobIds").iter().any(|id| jobs.contains(id));
    ids_where(store, Table::Projects, theirs, "id")
}

fn with_invoice(store: &Store, value: &str) -> Result<HashSet<i64>, &'static str> {
    let invoice = parse_id(value)?;
    let jobs = ids_where(store, Table::Jobs, |row| row.ids("invoiceId") == [invoice], "id");
    Ok(with_job(store, &jobs))
}

fn with_appointment(store: &Store, value: &str) -> Result<HashSet<i64>, &'static str> {
    let appointment = parse_id(value)?;
    let job = store.get(Table::Appointments, appointment).and_then(|record| id_of(&record, "jobId"));
    Ok(with_job(store, &job.into_iter().collect()))
}

fn with_technician(store: &Store, value: &str) -> Result<HashSet<i64>, &'static str> {
    let technician = parse_id(value)?;
    let theirs = |row: &Row<'_>| row.ids("technicianId") == [technician];
    let jobs = ids_where(store, Table::AppointmentAssignments, theirs, "jobId");
    Ok(with_job(store, &jobs))
}

/// Comma separated names; `None` stands for projects without a status.
#[expect(clippy::unnecessary_wraps, reason = "filters share a signature")]
fn with_status(store: &Store, value: &str) -> Result<HashSet<i64>, &'static str> {
    let wanted: Vec<String> = value.split(',').map(|name| name.trim().to_lowercase()).collect();
    let fits = |row: &Row<'_>| match row.text("status") {
        Some(status) => wanted.contains(&status.to_lowercase()),
        None => wanted.iter().any(|name| name == "none"),
    };
    Ok(ids_where(store, Table::Projects, fits, "id"))
}

fn render(world: &World, slot: u32, json: &mut Json<'_>) {
    let keys = world.keys(Table::Projects, slot);
    let mut dice = world.dice(Table::Projects, slot);
    let customer = if slot == 0 { 0 } else { dice.below(world.count(Table::Customers).max(1)) };
    let (status_id, status) = dice.pick(PROJECT_STATUSES.entries);
    let sub = dice.one_in(2).then(|| dice.pick(PROJECT_SUB_STATUSES.entries));
    let kind = dice.pick(PROJECT_TYPES.entries);
    let start = keys.created.start_of_day().plus_seconds(86_400 * 7);
    let jobs: Vec<i64> = [slot.saturating_mul(4), slot.saturating_mul(4).saturating_add(2)]
        .into_iter()
        .filter(|job| *job < world.count(Table::Jobs))
        .map(|job| world.id(Table::Jobs, job))
        .collect();
    json.put("id", keys.id).put("number", keys.id.to_string()).put("name", format!("{} {}", kind.1, slot + 1));
    json.put("summary", dice.pick(words::SUMMARIES)).put("status", status).put("statusId", status_id);
    json.put("subStatus", sub.map(|(_, name)| name)).put("subStatusId", sub.map(|(id, _)| id));
    json.put("customerId", world.id(Table::Customers, customer));
    json.put("locationId", world.id(Table::Locations, customer)).put("projectTypeId", kind.0);
    json.put("projectManagerIds", &[dice.pick(EMPLOYEES.entries).0][..]);
    json.put("businessUnitIds", &[world.id(Table::BusinessUnits, 0)][..]);
    json.put("startDate", start).put("targetCompletionDate", start.plus_seconds(86_400 * (20 + dice.below_i64(60))));
    json.put("actualCompletionDate", (status == "Completed").then(|| start.plus_seconds(86_400 * 30)));
    json.put("modifiedOn", keys.modified).put("createdOn", keys.created);
    json.put("customFields", &[] as &[i64]).put("externalData", &[] as &[i64]).put("jobIds", jobs.as_slice());
}
