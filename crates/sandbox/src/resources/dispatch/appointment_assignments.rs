//! Which technicians go to which appointment: list, assign, unassign.

use crate::resources::jpm::appointments::APPOINTMENTS;
use crate::resources::jpm::jobs::{self, JOBS};
use crate::resources::prelude::*;
use crate::resources::settings::technicians::{self, TECHNICIANS};

pub(crate) static APPOINTMENT_ASSIGNMENTS: Table =
    Table::new("appointment-assignments", "Appointment assignment", 0, FIELDS)
        .size(Size::Per(1, &JOBS))
        .one_inactive_in(12);

submit!(Resource::new(
    &APPOINTMENT_ASSIGNMENTS,
    &[
        Endpoint::list("/dispatch/v2/tenant/{tenant}/appointment-assignments"),
        Endpoint::post("/dispatch/v2/tenant/{tenant}/appointment-assignments/assign-technicians", CHANGE, assign_all),
        Endpoint::post(
            "/dispatch/v2/tenant/{tenant}/appointment-assignments/unassign-technicians",
            CHANGE,
            unassign_all
        ),
    ]
));

static FIELDS: &[Field] = &[
    ID,
    id("technicianId").seed(&|s| TECHNICIANS.id(technician(s))),
    text("technicianName").seed(&|s| technicians::name(s.data, technician(s))),
    id("assignedById").initially("1088"),
    moment("assignedOn").initially_of(now),
    text("status").initially("Scheduled").seed(&|s| status(s)),
    flag("isPaused"),
    id("jobId").filter().seed(&|s| JOBS.id(s.slot)),
    id("appointmentId").filter_by("appointmentIds", Test::AnyId(usize::MAX)).seed(&|s| APPOINTMENTS.id(s.slot)),
    CREATED_ON,
    MODIFIED_ON,
    ACTIVE,
];

static CHANGE: &[Field] =
    &[id("jobAppointmentId").required().exists(&APPOINTMENTS), ids("technicianIds").required().exists(&TECHNICIANS)];

fn assign_all(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let appointment = subject(call)?;
    if matches!(text_of(&appointment, "status"), Some("Done" | "Canceled")) {
        return Err(Problem::conflict("The appointment is closed: no technician can be assigned."));
    }
    for technician in ids_of(&call.body, "technicianIds") {
        assign(call, &appointment, technician);
    }
    Ok(touch(call, appointment))
}

fn unassign_all(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let appointment = subject(call)?;
    let leaving = ids_of(&call.body, "technicianIds");
    for id in of_appointment(call.store, id_of(&appointment, "id").unwrap_or_default()) {
        let Some(mut record) = call.store.get(&APPOINTMENT_ASSIGNMENTS, id) else { continue };
        let leaves = id_of(&record, "technicianId").is_some_and(|technician| leaving.contains(&technician));
        if leaves && is_active(&record) {
            set(&mut record, "active", false);
            call.put(&APPOINTMENT_ASSIGNMENTS, id, record);
        }
    }
    Ok(touch(call, appointment))
}

fn subject(call: &Call<'_>) -> Result<Object, Problem> {
    call.check().done()?;
    call.find(&APPOINTMENTS, id_of(&call.body, "jobAppointmentId").unwrap_or_default())
}

/// Returns the appointment in a shorter form than its own endpoint does.
fn touch(call: &mut Call<'_>, appointment: Object) -> Reply {
    let id = id_of(&appointment, "id").unwrap_or_default();
    let mut record = call.put(&APPOINTMENTS, id, appointment);
    for field in ["customerId", "unused", "createdById", "isConfirmed", "active"] {
        record.shift_remove(field);
    }
    Reply::Json(record.into())
}

/// Assigns one technician, unless this is already so.
pub(crate) fn assign(call: &mut Call<'_>, appointment: &Object, technician: i64) {
    let appointment_id = id_of(appointment, "id").unwrap_or_default();
    let assigned = |id: i64| {
        let record = call.store.get(&APPOINTMENT_ASSIGNMENTS, id).unwrap_or_default();
        id_of(&record, "technicianId") == Some(technician) && is_active(&record)
    };
    if of_appointment(call.store, appointment_id).into_iter().any(assigned) {
        return;
    }
    let mut record = call.new_record_of(&APPOINTMENT_ASSIGNMENTS, &Object::new());
    set(&mut record, "technicianId", technician);
    set(&mut record, "technicianName", call.store.name(&TECHNICIANS, technician).unwrap_or_default());
    set(&mut record, "jobId", id_of(appointment, "jobId"));
    set(&mut record, "appointmentId", appointment_id);
    call.add(&APPOINTMENT_ASSIGNMENTS, record, &Object::new());
}

fn is_active(record: &Object) -> bool {
    record.get("active").and_then(Value::as_bool).unwrap_or(true)
}

/// Assignments of an appointment, inactive ones included.
pub(crate) fn of_appointment(store: &Store, appointment: i64) -> Vec<i64> {
    let seeded = store.seeded.slot(&APPOINTMENTS, appointment);
    let candidates = store.candidates(&APPOINTMENT_ASSIGNMENTS, seeded);
    let records = candidates.map(|slot| store.at(&APPOINTMENT_ASSIGNMENTS, slot));
    let own = records.filter(|record| id_of(record, "appointmentId") == Some(appointment));
    own.filter_map(|record| id_of(&record, "id")).collect()
}

fn technician(s: &Seed<'_>) -> u32 {
    let mut rng = s.data.rng(&APPOINTMENT_ASSIGNMENTS, s.slot, "technician");
    if s.slot == 0 { 0 } else { rng.below(s.data.count(&TECHNICIANS)) }
}

fn status(s: &Seed<'_>) -> &'static str {
    match s.own(jobs::status) {
        "Completed" => "Done",
        "InProgress" | "Hold" => "Working",
        "Dispatched" => "Dispatched",
        _ => "Scheduled",
    }
}
