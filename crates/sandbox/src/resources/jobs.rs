//! Jobs: create, get, list, update, cancel.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::appointments;
use super::shared::{OPEN_CUSTOM_FIELD, PRIORITIES, external_patch, new_external};
use crate::call::{API_USER, Call, Reply, ids_where, named_custom_fields};
use crate::filters::{CREATED, EXTERNAL, Filter, IDS, MODIFIED, Test, by, parse_flag, parse_id};
use crate::json::{Json, Money, id_of, text_of};
use crate::listing::{Listing, Sort};
use crate::problem::Problem;
use crate::references::{CAMPAIGNS, CUSTOM_FIELDS, EMPLOYEES, JOB_TYPES, TAG_TYPES};
use crate::route::Endpoint;
use crate::schema::{Field, flag, id, ids, list, object, text};
use crate::stamp::Stamp;
use crate::store::Store;
use crate::words;
use crate::world::{ABOVE_DOUBLE, DOCUMENTED, Size, Spec, Table, World};

const STATUSES: &[&str] = &["Scheduled", "Dispatched", "InProgress", "Hold", "Completed", "Canceled"];

pub(crate) static TABLE: Spec = Spec {
    table: Table::Jobs,
    name: "jobs",
    noun: "Job",
    ids: &[DOCUMENTED, ABOVE_DOUBLE, 1088],
    size: Size::Main,
    inactive: 0,
    render,
};

const FILTERS: &[Filter] = &[
    IDS,
    by("number", Test::Text("jobNumber")),
    by("projectId", Test::Id("projectId")),
    by("bookingId", Test::Id("bookingId")),
    by("jobStatus", Test::Choice("jobStatus", STATUSES)),
    by("appointmentStatus", Test::Joined("id", with_appointment_status)),
    by("priority", Test::Choice("priority", PRIORITIES)),
    by("firstAppointmentStartsOnOrAfter", Test::Joined("firstAppointmentId", appointments::starting_from)),
    by("firstAppointmentStartsBefore", Test::Joined("firstAppointmentId", appointments::starting_before)),
    by("appointmentStartsOnOrAfter", Test::Joined("id", with_appointment_from)),
    by("appointmentStartsBefore", Test::Joined("id", with_appointment_before)),
    by("technicianId", Test::Joined("id", with_technician)),
    by("customerId", Test::Id("customerId")),
    by("locationId", Test::Id("locationId")),
    by("soldById", Test::Id("soldById")),
    by("jobTypeId", Test::Id("jobTypeId")),
    by("campaignId", Test::Id("campaignId")),
    by("businessUnitId", Test::Id("businessUnitId")),
    by("invoiceId", Test::Id("invoiceId")),
    by("createdFromEstimateId", Test::Id("createdFromEstimateId")),
    by("estimateIds", Test::AnyId("estimateIds", 50)),
    by("completedOnOrAfter", Test::From("completedOn")),
    by("completedBefore", Test::Before("completedOn")),
    by("tagTypeIds", Test::AnyId("tagTypeIds", 50)),
    by("hasUnusedAppointments", Test::Joined("id", with_unused_appointments)),
];

const LEAD_SOURCE: &[Field] = &[id("jobId").nullable(), id("employeeId").nullable()];

const CREATE: &[Field] = &[
    id("customerId").required(),
    id("locationId").required(),
    id("projectId").nullable(),
    id("businessUnitId").required(),
    object("jobGeneratedLeadSource", LEAD_SOURCE).nullable(),
    id("jobTypeId").required(),
    text("priority").required(),
    id("campaignId").required(),
    list("appointments", &appointments::WITHIN_JOB).required(),
    text("summary").nullable(),
    list("customFields", &OPEN_CUSTOM_FIELD).nullable(),
    ids("tagTypeIds").nullable(),
    new_external(),
    flag("invoiceSignatureIsRequired").nullable(),
    text("customerPo").nullable(),
    id("soldById").nullable(),
    id("partnerLeadCallId").nullable(),
    id("leadId").nullable(),
    id("bookingId").nullable(),
];

const UPDATE: &[Field] = &[
    id("customerId"),
    id("locationId"),
    id("businessUnitId"),
    object("jobGeneratedLeadSource", LEAD_SOURCE).nullable(),
    id("jobTypeId"),
    text("priority"),
    id("campaignId"),
    text("summary"),
    flag("shouldUpdateInvoiceItems"),
    list("customFields", &OPEN_CUSTOM_FIELD),
    ids("tagTypeIds"),
    external_patch(),
    text("customerPo"),
    id("soldById").nullable(),
];

const CANCEL: &[Field] = &[id("reasonId").required(), text("memo").required()];

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::list(
        "/jpm/v2/tenant/{tenant}/jobs",
        Listing::of(Table::Jobs).filters(&[FILTERS, CREATED, MODIFIED, EXTERNAL]).sorts(&[
            Sort::Id,
            Sort::ModifiedOn,
            Sort::CreatedOn,
            Sort::Rank("Priority", "priority", PRIORITIES),
        ]),
    ),
    Endpoint::get_external("/jpm/v2/tenant/{tenant}/jobs/{id}", Table::Jobs),
    Endpoint::post("/jpm/v2/tenant/{tenant}/jobs", CREATE, create),
    Endpoint::patch("/jpm/v2/tenant/{tenant}/jobs/{id}", UPDATE, update),
    Endpoint::put("/jpm/v2/tenant/{tenant}/jobs/{id}/cancel", CANCEL, cancel),
];

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    check(call, call.given("customerId").as_i64())?;
    let planned = call.given("appointments").as_array().cloned().unwrap_or_default();
    call.checks().require(!planned.is_empty(), "appointments", "At least one appointment is required.").done()?;
    for (at, appointment) in planned.iter().enumerate() {
        appointments::check(call.store, appointment, &format!("appointments[{at}]."))?;
    }
    let id = call.store.new_id(Table::Jobs);
    let record = new_record(call, id);
    call.insert(Table::Jobs, record);
    for appointment in &planned {
        appointments::add(call, id, appointment);
    }
    let mut record = call.store.find(Table::Jobs, id)?;
    let invoice = super::invoices::open_for_job(call, &record);
    record.insert("invoiceId".to_owned(), invoice.into());
    call.store.put(Table::Jobs, id, &record);
    call.external(Table::Jobs, id, &mut record);
    Ok(Reply::Json(record.into()))
}

fn new_record(call: &Call<'_>, id: i64) -> Value {
    json!({
        "id": id,
        "jobNumber": id.to_string(),
        "projectId": call.given("projectId"),
        "customerId": call.given("customerId"),
        "locationId": call.given("locationId"),
        "jobStatus": "Scheduled",
        "completedOn": null,
        "businessUnitId": call.given("businessUnitId"),
        "jobTypeId": call.given("jobTypeId"),
        "priority": call.given("priority"),
        "campaignId": call.given("campaignId"),
        "appointmentCount": 0,
        "firstAppointmentId": 0,
        "lastAppointmentId": 0,
        "recallForId": null,
        "warrantyId": null,
        "jobGeneratedLeadSource": call.given("jobGeneratedLeadSource"),
        "noCharge": false,
        "notificationsEnabled": true,
        "createdOn": call.now_text(),
        "createdById": API_USER,
        "modifiedOn": call.now_text(),
        "tagTypeIds": call.given_or("tagTypeIds", json!([])),
        "leadCallId": null,
        "partnerLeadCallId": call.given("partnerLeadCallId"),
        "bookingId": call.given("bookingId"),
        "soldById": call.given("soldById"),
        "customerPo": call.given_or("customerPo", ""),
        "invoiceId": 0,
        "membershipId": null,
        "total": null,
        "createdFromEstimateId": null,
        "estimateIds": [],
        "summary": call.given("summary"),
        "customFields": named_custom_fields(&call.given("customFields"), CUSTOM_FIELDS),
        "externalData": [],
    })
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let id = call.id();
    let mut record = call.store.find(Table::Jobs, id)?;
    let customer = call.given("customerId").as_i64().or_else(|| id_of(&record, "customerId"));
    check(call, customer)?;
    call.copy(
        &mut record,
        &[
            "customerId",
            "locationId",
            "businessUnitId",
            "jobGeneratedLeadSource",
            "jobTypeId",
            "priority",
            "campaignId",
            "summary",
            "tagTypeIds",
            "customerPo",
            "soldById",
        ],
    );
    if let Some(fields) = call.body.get("customFields") {
        record.insert("customFields".to_owned(), named_custom_fields(fields, CUSTOM_FIELDS));
    }
    let mut record = call.put(Table::Jobs, id, record);
    call.external(Table::Jobs, id, &mut record);
    Ok(Reply::Json(record.into()))
}

/// What a body refers to exists, and its location belongs to the customer.
fn check(call: &Call<'_>, customer: Option<i64>) -> Result<(), Problem> {
    let location = call.given("locationId").as_i64().and_then(|id| call.store.get(Table::Locations, id));
    let theirs = location.is_none_or(|location| id_of(&location, "customerId") == customer);
    let priority = call.given("priority");
    let known_priority = priority.as_str().is_none_or(|text| PRIORITIES.contains(&text));
    call.checks()
        .exists("customerId", Table::Customers)
        .exists("locationId", Table::Locations)
        .require(theirs, "locationId", "The location does not belong to the customer.")
        .exists("businessUnitId", Table::BusinessUnits)
        .exists("projectId", Table::Projects)
        .exists("bookingId", Table::Bookings)
        .known("jobTypeId", JOB_TYPES)
        .known("campaignId", CAMPAIGNS)
        .known("tagTypeIds", TAG_TYPES)
        .custom_fields(CUSTOM_FIELDS)
        .require(known_priority, "priority", "The priority must be one of Low, Normal, High, Urgent.")
        .done()
}

fn cancel(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let id = call.id();
    let mut record = call.store.find(Table::Jobs, id)?;
    call.checks().exists("reasonId", Table::JobCancelReasons).done()?;
    let status = text_of(&record, "jobStatus").unwrap_or_default();
    if status == "Completed" || status == "Canceled" {
        return Err(Problem::new(400, format!("A job with status {status} cannot be canceled.")));
    }
    record.insert("jobStatus".to_owned(), "Canceled".into());
    call.put(Table::Jobs, id, record);
    appointments::cancel_all(call, id);
    Ok(Reply::Empty)
}

fn with_appointment_status(store: &Store, status: &str) -> Result<HashSet<i64>, &'static str> {
    let known = appointments::STATUSES.iter().find(|known| known.eq_ignore_ascii_case(status));
    let known = *known.ok_or("one of the listed values")?;
    Ok(ids_where(store, Table::Appointments, |row| row.text("status").is_some_and(|own| own == known), "jobId"))
}

fn with_appointment_from(store: &Store, value: &str) -> Result<HashSet<i64>, &'static str> {
    let limit = Stamp::parse(value).ok_or("a date-time")?;
    Ok(ids_where(store, Table::Appointments, |row| row.stamp("start").is_some_and(|own| own >= limit), "jobId"))
}

fn with_appointment_before(store: &Store, value: &str) -> Result<HashSet<i64>, &'static str> {
    let limit = Stamp::parse(value).ok_or("a date-time")?;
    Ok(ids_where(store, Table::Appointments, |row| row.stamp("start").is_some_and(|own| own < limit), "jobId"))
}

fn with_technician(store: &Store, value: &str) -> Result<HashSet<i64>, &'static str> {
    let technician = parse_id(value)?;
    let theirs = |row: &crate::row::Row<'_>| row.ids("technicianId") == [technician];
    Ok(ids_where(store, Table::AppointmentAssignments, theirs, "jobId"))
}

fn with_unused_appointments(store: &Store, value: &str) -> Result<HashSet<i64>, &'static str> {
    if parse_flag(value)? {
        return Ok(ids_where(store, Table::Appointments, |row| row.raw("unused") == Some("true"), "jobId"));
    }
    Ok(store.live(Table::Jobs).map(|slot| store.keys(Table::Jobs, slot).id).collect())
}

/// What the seeded job and the records around it agree on.
pub(crate) struct Seeded {
    pub(crate) customer: u32,
    pub(crate) business_unit: u32,
    pub(crate) status: &'static str,
    pub(crate) total: i64,
    pub(crate) job_type: (i64, &'static str),
    pub(crate) done: Option<Stamp>,
}

/// The facts of a seeded job, cheap enough to ask for from other tables.
pub(crate) fn seeded(world: &World, slot: u32) -> Seeded {
    let mut dice = world.dice(Table::Jobs, slot);
    let customers = world.count(Table::Customers).max(1);
    // The documented jobs are open, so that they can be cancelled and technicians sent to them.
    let customer = if slot < 3 { slot % customers } else { dice.below(customers) };
    let status = match dice.below(100) {
        _ if slot < 3 => "Scheduled",
        0..=59 => "Completed",
        60..=76 => "Scheduled",
        77..=82 => "Dispatched",
        83..=86 => "InProgress",
        87..=90 => "Hold",
        _ => "Canceled",
    };
    let keys = world.keys(Table::Jobs, slot);
    Seeded {
        customer,
        business_unit: if slot == 0 { 0 } else { dice.below(world.count(Table::BusinessUnits).max(1)) },
        status,
        total: 8900 + dice.below_i64(240_000),
        job_type: if slot == 0 { JOB_TYPES.entries[0] } else { dice.pick(JOB_TYPES.entries) },
        done: (status == "Completed").then_some(keys.modified),
    }
}

/// Every second job belongs to a project; a project has two.
fn project_of(world: &World, slot: u32) -> Option<u32> {
    let project = slot / 4;
    (slot.is_multiple_of(2) && project < world.count(Table::Projects)).then_some(project)
}

fn render(world: &World, slot: u32, json: &mut Json<'_>) {
    let keys = world.keys(Table::Jobs, slot);
    let facts = seeded(world, slot);
    let mut dice = world.dice(Table::Jobs, slot ^ 0x0f0f_0f0f);
    let appointment = world.id(Table::Appointments, slot);
    json.put("id", keys.id).put("jobNumber", keys.id.to_string());
    json.put("projectId", project_of(world, slot).map(|project| world.id(Table::Projects, project)));
    json.put("customerId", world.id(Table::Customers, facts.customer));
    json.put("locationId", world.id(Table::Locations, facts.customer));
    json.put("jobStatus", facts.status).put("completedOn", facts.done);
    json.put("businessUnitId", world.id(Table::BusinessUnits, facts.business_unit));
    json.put("jobTypeId", facts.job_type.0).put("priority", dice.pick(PRIORITIES));
    json.put("campaignId", dice.pick(CAMPAIGNS.entries).0);
    json.put("appointmentCount", 1_i64).put("firstAppointmentId", appointment).put("lastAppointmentId", appointment);
    json.nulls(&["recallForId", "warrantyId", "jobGeneratedLeadSource"]);
    json.put("noCharge", false).put("notificationsEnabled", !dice.one_in(8));
    json.put("createdOn", keys.created).put("createdById", API_USER).put("modifiedOn", keys.modified);
    let tag = [dice.pick(TAG_TYPES.entries).0];
    json.put("tagTypeIds", if dice.one_in(3) { &tag[..] } else { &[] });
    json.nulls(&["leadCallId", "partnerLeadCallId", "bookingId"]);
    json.put("soldById", dice.one_in(4).then(|| dice.pick(EMPLOYEES.entries).0));
    json.put("customerPo", "").put("invoiceId", world.id(Table::Invoices, slot)).null("membershipId");
    json.put("total", facts.done.map(|_| Money(facts.total))).null("createdFromEstimateId");
    json.put("estimateIds", &[] as &[i64]).put("summary", dice.pick(words::SUMMARIES));
    let custom = dice.one_in(4).then(|| dice.pick(CUSTOM_FIELDS.entries));
    json.list("customFields", custom, |(id, name), json| {
        json.put("typeId", id).put("name", name).put("value", "4417#");
    });
    json.put("externalData", &[] as &[i64]);
}
