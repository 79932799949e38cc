//! Reasons for cancelling a job.

use crate::filters::{CREATED, MODIFIED, Test, by};
use crate::json::Json;
use crate::listing::{Listing, SORTS};
use crate::route::Endpoint;
use crate::world::{Size, Spec, Table, World};

const REASONS: &[&str] = &[
    "Customer Cancelled",
    "Duplicate Job",
    "Booked in Error",
    "No Access to Property",
    "Price Too High",
    "Went with Competitor",
    "Weather",
    "Technician Unavailable",
    "Part Not Available",
    "Customer No Show",
    "Rescheduled Elsewhere",
    "Outside Service Area",
    "Old Reason (2019)",
    "Other",
];

pub(crate) static TABLE: Spec = Spec {
    table: Table::JobCancelReasons,
    name: "job-cancel-reasons",
    noun: "Job cancel reason",
    ids: &[1088],
    size: Size::UpTo(14),
    inactive: 6,
    render,
};

pub(crate) const ENDPOINTS: &[Endpoint] = &[Endpoint::list(
    "/jpm/v2/tenant/{tenant}/job-cancel-reasons",
    Listing::of(Table::JobCancelReasons).filters(&[&[by("active", Test::ActiveOrAll)], CREATED, MODIFIED]).sorts(SORTS),
)];

fn render(world: &World, slot: u32, json: &mut Json<'_>) {
    let keys = world.keys(Table::JobCancelReasons, slot);
    let name = match REASONS.get(slot as usize) {
        Some(name) => (*name).to_owned(),
        None => format!("Reason {}", slot + 1),
    };
    json.put("id", keys.id).put("name", name).put("active", keys.active);
    json.put("createdOn", keys.created).put("modifiedOn", keys.modified);
}
