//! User roles: list.

use crate::resources::prelude::*;

pub(crate) static USER_ROLES: Table = Table::new("user-roles", "User role", 14, FIELDS)
    .first_ids(&[7, ABOVE_DOUBLE])
    .size(Size::UpTo(9))
    .one_inactive_in(5);

submit!(Resource::new(
    &USER_ROLES,
    &[Endpoint::list_of("/settings/v2/tenant/{tenant}/user-roles", LIST.unsorted().filters(FILTERS))]
));

const FILTERS: &[Filter] = &[by("employeeType", Test::Joined(of_type))];

static FIELDS: &[Field] = &[
    ID,
    ACTIVE,
    text("name").filter_contains().seed(&|s| name(s.slot)),
    CREATED_ON,
    text("employeeType").seed(&|s| employee_type(s.slot)),
];

const NAMES: &str = "Technician, Lead Technician, Installer, Owner, Dispatcher, Customer Service Rep, Accountant, \
    Sales Technician, Field Supervisor";

fn name(slot: u32) -> String {
    words::nth(NAMES, slot, "Role")
}

fn employee_type(slot: u32) -> &'static str {
    let technician = ["Technician", "Installer"].iter().any(|word| name(slot).contains(word));
    if technician { "Technician" } else { "Employee" }
}

/// Several types may be given with commas between them; `All` selects both, `None` neither.
fn of_type(store: &Store, value: &str) -> Ids {
    let known = |value: &str| {
        ["None", "Employee", "Technician", "All"].into_iter().find(|known| known.eq_ignore_ascii_case(value.trim()))
    };
    let wanted: Option<Vec<_>> = value.split(',').map(known).collect();
    let wanted = wanted.ok_or("one of None, Employee, Technician, All")?;
    let fits =
        |row: &Row<'_>| wanted.iter().any(|one| *one == "All" || row.text("employeeType").as_deref() == Some(*one));
    Ok(store.ids_where(&USER_ROLES, fits, "id"))
}
