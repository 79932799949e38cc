//! User roles: list.

use std::collections::HashSet;

use crate::call::ids_where;
use crate::filters::{ACTIVE, CREATED, Filter, IDS, Test, by};
use crate::json::Json;
use crate::listing::Listing;
use crate::route::Endpoint;
use crate::store::Store;
use crate::world::{ABOVE_DOUBLE, Size, Spec, Table, World};

const NAMES: &[&str] = &[
    "Technician",
    "Lead Technician",
    "Installer",
    "Owner",
    "Dispatcher",
    "Customer Service Rep",
    "Accountant",
    "Sales Technician",
    "Field Supervisor",
];

pub(crate) static TABLE: Spec = Spec {
    table: Table::UserRoles,
    name: "user-roles",
    noun: "User role",
    ids: &[7, ABOVE_DOUBLE],
    size: Size::UpTo(9),
    inactive: 5,
    render,
};

const FILTERS: &[Filter] =
    &[IDS, ACTIVE, by("name", Test::Contains("name")), by("employeeType", Test::Joined("id", of_type))];

pub(crate) const ENDPOINTS: &[Endpoint] = &[Endpoint::list(
    "/settings/v2/tenant/{tenant}/user-roles",
    Listing::of(Table::UserRoles).filters(&[FILTERS, CREATED]),
)];

/// `All` selects both types, `None` neither.
fn of_type(store: &Store, value: &str) -> Result<HashSet<i64>, &'static str> {
    let known = ["None", "Employee", "Technician", "All"].into_iter().find(|known| known.eq_ignore_ascii_case(value));
    let wanted = known.ok_or("one of None, Employee, Technician, All")?;
    Ok(ids_where(
        store,
        Table::UserRoles,
        |row| wanted == "All" || row.text("employeeType").as_deref() == Some(wanted),
        "id",
    ))
}

fn render(world: &World, slot: u32, json: &mut Json<'_>) {
    let keys = world.keys(Table::UserRoles, slot);
    let name = match NAMES.get(slot as usize) {
        Some(name) => (*name).to_owned(),
        None => format!("Role {}", slot + 1),
    };
    let technician = name.contains("Technician") || name.contains("Installer");
    json.put("id", keys.id).put("active", keys.active).put("name", name).put("createdOn", keys.created);
    json.put("employeeType", if technician { "Technician" } else { "Employee" });
}
