//! Jobs: create, get, list, update, cancel.

use super::appointments::{self, APPOINTMENTS};
use super::job_cancel_reasons::JOB_CANCEL_REASONS;
use super::projects::PROJECTS;
use crate::resources::accounting::invoices::{self, INVOICES};
use crate::resources::crm::bookings::BOOKINGS;
use crate::resources::crm::customers::CUSTOMERS;
use crate::resources::crm::locations::LOCATIONS;
use crate::resources::dispatch::appointment_assignments::APPOINTMENT_ASSIGNMENTS;
use crate::resources::prelude::*;
use crate::resources::settings::business_units::BUSINESS_UNITS;
use crate::resources::shared::{OPEN_CUSTOM_FIELD, PRIORITIES};

pub(crate) static JOBS: Table = Table::new("jobs", "Job", 9, FIELDS).first_ids(&[DOCUMENTED, ABOVE_DOUBLE, 1088]);

submit!(Resource::new(
    &JOBS,
    &[
        Endpoint::list_of("/jpm/v2/tenant/{tenant}/jobs", LIST.filters(FILTERS)),
        Endpoint::get_external("/jpm/v2/tenant/{tenant}/jobs/{id}"),
        Endpoint::create("/jpm/v2/tenant/{tenant}/jobs", create),
        Endpoint::update_with("/jpm/v2/tenant/{tenant}/jobs/{id}", update),
        Endpoint::put("/jpm/v2/tenant/{tenant}/jobs/{id}/cancel", CANCEL, cancel),
    ]
));

const STATUSES: &[&str] = &["Scheduled", "Dispatched", "InProgress", "Hold", "Completed", "Canceled"];

static FILTERS: &[Filter] = &[
    by("appointmentStatus", Test::Through(&by_appointment("status", Test::Choice, "jobId"))),
    by("appointmentStartsOnOrAfter", Test::Through(&by_appointment("start", Test::From, "jobId"))),
    by("appointmentStartsBefore", Test::Through(&by_appointment("start", Test::Before, "jobId"))),
    by("technicianId", Test::Through(&BY_TECHNICIAN)),
    by("hasUnusedAppointments", Test::Joined(with_unused_appointments)),
];

static FIRST_APPOINTMENT: &[Filter] = &[
    by("firstAppointmentStartsOnOrAfter", Test::Through(&by_appointment("start", Test::From, "id"))),
    by("firstAppointmentStartsBefore", Test::Through(&by_appointment("start", Test::Before, "id"))),
];

const fn by_appointment(tested: &'static str, test: Test, ids: &'static str) -> Through {
    Through { table: &APPOINTMENTS, tested, test, ids }
}

/// Ids of jobs by a technician who is or was assigned to them.
pub(super) static BY_TECHNICIAN: Through =
    Through { table: &APPOINTMENT_ASSIGNMENTS, tested: "technicianId", test: Test::Id, ids: "jobId" };

const COMPLETED: &[Filter] = &[by("completedOnOrAfter", Test::From), by("completedBefore", Test::Before)];

static FIELDS: &[Field] = &[
    ID,
    text("jobNumber").initially_of(id_text).filter_as("number"),
    id("projectId").optional().exists(&PROJECTS).filter().seed(&|s| s.own(project)),
    id("customerId").required().updatable().exists(&CUSTOMERS).filter().seed(&|s| CUSTOMERS.id(s.own(customer))),
    id("locationId").required().updatable().exists(&LOCATIONS).filter().seed(&|s| LOCATIONS.id(s.own(customer))),
    choice("jobStatus", STATUSES).initially("Scheduled").filter().seed(&|s| s.own(status)),
    moment("completedOn").filters(COMPLETED).seed(&|s| s.own(is_completed).then_some(s.keys.modified)),
    id("businessUnitId")
        .required()
        .updatable()
        .exists(&BUSINESS_UNITS)
        .filter()
        .seed(&|s| BUSINESS_UNITS.id(s.own(business_unit))),
    id("jobTypeId").required().updatable().known(JOB_TYPES).filter().seed(&|s| s.own(job_type).0),
    suggested("priority", PRIORITIES).required().updatable().filter().sort("Priority"),
    id("campaignId").required().updatable().known(CAMPAIGNS).filter(),
    id("appointmentCount").initially("0").seed(&|_| 1),
    id("firstAppointmentId").initially("0").filters(FIRST_APPOINTMENT).seed(&|s| APPOINTMENTS.id(s.slot)),
    id("lastAppointmentId").initially("0").seed(&|s| APPOINTMENTS.id(s.slot)),
    id("recallForId"),
    id("warrantyId"),
    object("jobGeneratedLeadSource", LEAD_SOURCE).resettable(),
    flag("noCharge"),
    flag("notificationsEnabled").initially("true").seed(&|s| !s.one_in(8)),
    CREATED_ON,
    CREATED_BY,
    MODIFIED_ON,
    TAGS.filter_by("tagTypeIds", Test::AnyId(50)),
    id("leadCallId"),
    id("partnerLeadCallId").optional(),
    id("bookingId").optional().exists(&BOOKINGS).filter().seed(&|_| Value::Null),
    id("soldById").resettable().filter().seed(&|s| s.one_in(4).then(|| s.pick(EMPLOYEES.entries).0)),
    text("customerPo").editable().initially(""),
    id("invoiceId").initially("0").filter().seed(&|s| INVOICES.id(s.slot)),
    id("membershipId"),
    decimal("total").seed(&|s| s.own(is_completed).then(|| Money(s.own(total)))),
    id("createdFromEstimateId").filter(),
    ids("estimateIds").filter_by("estimateIds", Test::AnyId(50)),
    text("summary").editable().seed(&|s| s.pick(words::SUMMARIES)),
    custom_fields(&OPEN_CUSTOM_FIELD).seed(&|s| custom_field(s, 4, "4417#")),
    EXTERNAL_DATA,
    list("appointments", &appointments::OF_JOB).required().body_only(),
    flag("invoiceSignatureIsRequired").optional().body_only(),
    id("leadId").optional().body_only(),
    flag("shouldUpdateInvoiceItems").updatable().body_only(),
];

const LEAD_SOURCE: &[Field] = &[id("jobId").optional(), id("employeeId").optional()];

static CANCEL: &[Field] = &[id("reasonId").required().exists(&JOB_CANCEL_REASONS), text("memo").required()];

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let planned = items_of(&call.body, "appointments").to_vec();
    let order = planned.iter().enumerate();
    let order = order.flat_map(|(at, planned)| appointments::out_of_order(planned, &format!("appointments[{at}].")));
    call.check()
        .require(is_theirs(call, id_of(&call.body, "customerId")), "locationId", NOT_THEIRS)
        .require(!planned.is_empty(), "appointments", "At least one appointment is required.")
        .also(order.collect())
        .done()?;
    let record = call.new_record();
    let id = call.store.insert(&JOBS, record);
    call.touched.push(id);
    for appointment in &planned {
        appointments::add(call, id, appointment);
    }
    let mut record = call.find(&JOBS, id)?;
    let invoice = invoices::open_for_job(call, &record);
    set(&mut record, "invoiceId", invoice);
    Ok(call.add(&JOBS, record, &call.body.clone()).into())
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let record = call.subject()?;
    let customer = id_of(&call.body, "customerId").or_else(|| id_of(&record, "customerId"));
    call.check().require(is_theirs(call, customer), "locationId", NOT_THEIRS).done()?;
    Ok(call.update(|_, _| {})?.into())
}

pub(super) const NOT_THEIRS: &str = "The location does not belong to the customer.";

/// Whether the location in the body, if there is one, belongs to the customer.
fn is_theirs(call: &Call<'_>, customer: Option<i64>) -> bool {
    let location = id_of(&call.body, "locationId").and_then(|id| call.store.get(&LOCATIONS, id));
    location.is_none_or(|location| id_of(&location, "customerId") == customer)
}

fn cancel(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let mut record = call.subject()?;
    call.check().done()?;
    let status = text_of(&record, "jobStatus").unwrap_or_default();
    if status == "Completed" || status == "Canceled" {
        return Err(Problem::new(400, format!("A job with status {status} cannot be canceled.")));
    }
    set(&mut record, "jobStatus", "Canceled");
    call.save(record);
    appointments::cancel_all(call, call.id());
    Ok(Reply::Empty)
}

fn with_unused_appointments(store: &Store, value: &str) -> Ids {
    if parse_flag(value)? {
        return Ok(store.ids_where(&APPOINTMENTS, |row| row.raw("unused") == Some("true"), "jobId"));
    }
    Ok(store.live(&JOBS).map(|slot| store.keys(&JOBS, slot).id).collect())
}

pub(crate) fn customer(data: &SeedData, slot: u32) -> u32 {
    let customers = data.count(&CUSTOMERS).max(1);
    if slot < 3 { slot % customers } else { data.rng(&JOBS, slot, "customer").below(customers) }
}

/// Status of a seeded job. The documented ones are open, so that they can be canceled and technicians sent to them.
pub(crate) fn status(data: &SeedData, slot: u32) -> &'static str {
    match data.rng(&JOBS, slot, "status").below(100) {
        _ if slot < 3 => "Scheduled",
        0..=59 => "Completed",
        60..=76 => "Scheduled",
        77..=82 => "Dispatched",
        83..=86 => "InProgress",
        87..=90 => "Hold",
        _ => "Canceled",
    }
}

pub(crate) fn is_completed(data: &SeedData, slot: u32) -> bool {
    status(data, slot) == "Completed"
}

pub(crate) fn business_unit(data: &SeedData, slot: u32) -> u32 {
    if slot == 0 { 0 } else { data.rng(&JOBS, slot, "unit").below(data.count(&BUSINESS_UNITS)) }
}

/// What a seeded job comes to, in cents without tax.
pub(crate) fn total(data: &SeedData, slot: u32) -> i64 {
    8900 + data.rng(&JOBS, slot, "total").below_i64(240_000)
}

pub(crate) fn job_type(data: &SeedData, slot: u32) -> (i64, &'static str) {
    let types = JOB_TYPES.entries;
    if slot == 0 { types[0] } else { data.rng(&JOBS, slot, "type").pick(types) }
}

/// Every second job belongs to a project; a project has two.
fn project(data: &SeedData, slot: u32) -> Option<i64> {
    let project = slot / 4;
    (slot.is_multiple_of(2) && project < data.count(&PROJECTS)).then(|| PROJECTS.id(project))
}
