//! Who is sent to which appointment: list, assign, unassign.

use serde_json::{Value, json};

use super::{jobs, technicians};
use crate::call::{API_USER, Call, Reply};
use crate::filters::{ACTIVE, CREATED, Filter, IDS, MODIFIED, Test, by};
use crate::json::{Json, Object, id_of, ids_of, text_of};
use crate::listing::{Listing, SORTS};
use crate::problem::Problem;
use crate::route::Endpoint;
use crate::schema::{Field, id, ids};
use crate::store::Store;
use crate::world::{ABOVE_DOUBLE, DOCUMENTED, Size, Spec, Table, World};

const TABLE_ID: Table = Table::AppointmentAssignments;

pub(crate) static TABLE: Spec = Spec {
    table: TABLE_ID,
    name: "appointment-assignments",
    noun: "Appointment assignment",
    ids: &[DOCUMENTED, ABOVE_DOUBLE],
    size: Size::Per(1, Table::Jobs),
    inactive: 12,
    render,
};

const FILTERS: &[Filter] =
    &[IDS, ACTIVE, by("appointmentIds", Test::AnyId("appointmentId", usize::MAX)), by("jobId", Test::Id("jobId"))];

const CHANGE: &[Field] = &[id("jobAppointmentId").required(), ids("technicianIds").required()];

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::list(
        "/dispatch/v2/tenant/{tenant}/appointment-assignments",
        Listing::of(TABLE_ID).filters(&[FILTERS, CREATED, MODIFIED]).sorts(SORTS),
    ),
    Endpoint::post("/dispatch/v2/tenant/{tenant}/appointment-assignments/assign-technicians", CHANGE, assign_all),
    Endpoint::post("/dispatch/v2/tenant/{tenant}/appointment-assignments/unassign-technicians", CHANGE, unassign_all),
];

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
    let own = of_appointment(call.store, id_of(&appointment, "id").unwrap_or_default());
    for id in own {
        let Some(mut record) = call.store.get(TABLE_ID, id) else { continue };
        let leaves = id_of(&record, "technicianId").is_some_and(|technician| leaving.contains(&technician));
        if leaves && is_active(&record) {
            record.insert("active".to_owned(), false.into());
            call.put(TABLE_ID, id, record);
        }
    }
    Ok(touch(call, appointment))
}

fn subject(call: &Call<'_>) -> Result<Object, Problem> {
    call.checks()
        .exists("jobAppointmentId", Table::Appointments)
        .all_exist("technicianIds", Table::Technicians)
        .done()?;
    call.store.find(Table::Appointments, id_of(&call.body, "jobAppointmentId").unwrap_or_default())
}

/// The reply is the appointment, in a shorter form than its own endpoint has.
fn touch(call: &mut Call<'_>, appointment: Object) -> Reply {
    let id = id_of(&appointment, "id").unwrap_or_default();
    let mut record = call.put(Table::Appointments, id, appointment);
    for field in ["customerId", "unused", "createdById", "isConfirmed", "active"] {
        record.shift_remove(field);
    }
    Reply::Json(Value::Object(record))
}

/// Assigns one technician, unless that is so already.
pub(crate) fn assign(call: &mut Call<'_>, appointment: &Object, technician: i64) {
    let appointment_id = id_of(appointment, "id").unwrap_or_default();
    let already = of_appointment(call.store, appointment_id).into_iter().any(|id| {
        call.store
            .get(TABLE_ID, id)
            .is_some_and(|record| id_of(&record, "technicianId") == Some(technician) && is_active(&record))
    });
    if already {
        return;
    }
    let id = call.store.new_id(TABLE_ID);
    call.insert(
        TABLE_ID,
        json!({
            "id": id,
            "technicianId": technician,
            "technicianName": call.store.name(Table::Technicians, technician).unwrap_or_default(),
            "assignedById": API_USER,
            "assignedOn": call.now_text(),
            "status": "Scheduled",
            "isPaused": false,
            "jobId": id_of(appointment, "jobId"),
            "appointmentId": appointment_id,
            "createdOn": call.now_text(),
            "modifiedOn": call.now_text(),
            "active": true,
        }),
    );
}

fn is_active(record: &Object) -> bool {
    record.get("active").and_then(Value::as_bool).unwrap_or(true)
}

/// Assignments of an appointment, inactive ones included.
pub(crate) fn of_appointment(store: &Store, appointment: i64) -> Vec<i64> {
    let seeded = store.world.slot(Table::Appointments, appointment);
    let added = store.world.count(TABLE_ID)..store.slots(TABLE_ID);
    let live = seeded.into_iter().chain(added).filter(|slot| !store.is_removed(TABLE_ID, *slot));
    let own = live.map(|slot| store.at(TABLE_ID, slot));
    own.filter(|record| id_of(record, "appointmentId") == Some(appointment))
        .filter_map(|record| id_of(&record, "id"))
        .collect()
}

fn render(world: &World, slot: u32, json: &mut Json<'_>) {
    let keys = world.keys(TABLE_ID, slot);
    let mut dice = world.dice(TABLE_ID, slot);
    let technician = if slot == 0 { 0 } else { dice.below(world.count(Table::Technicians).max(1)) };
    let status = match jobs::seeded(world, slot).status {
        "Completed" => "Done",
        "InProgress" | "Hold" => "Working",
        "Dispatched" => "Dispatched",
        _ => "Scheduled",
    };
    json.put("id", keys.id).put("technicianId", world.id(Table::Technicians, technician));
    json.put("technicianName", technicians::seeded_name(world, technician)).put("assignedById", API_USER);
    json.put("assignedOn", keys.created).put("status", status).put("isPaused", false);
    json.put("jobId", world.id(Table::Jobs, slot)).put("appointmentId", world.id(Table::Appointments, slot));
    json.put("createdOn", keys.created).put("modifiedOn", keys.modified).put("active", keys.active);
}
