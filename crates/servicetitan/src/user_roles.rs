//! Roles of people in the account.

use pipefit_component::prelude::*;

use crate::apis::SETTINGS;
use crate::inputs::LIST;

const USER_ROLES: Resource = Resource { key: "userRoles", label: "User Roles" };

/// A role, from the settings of the account.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct UserRole {
    /// The number of the role.
    id: Id,
    /// Whether it can be given to people.
    active: bool,
    /// What people call it.
    name: String,
    /// When it was added.
    created_on: Timestamp,
    /// Employee or Technician: whom it is for.
    employee_type: String,
}

impl Record for UserRole {
    const EXAMPLE: &'static str =
        r#"{"id":7,"active":true,"name":"Technician","createdOn":"2026-01-05T14:30:00Z","employeeType":"Technician"}"#;
}

struct ListUserRoles;

impl Action for ListUserRoles {
    fn about(&self) -> About {
        About::read("listUserRoles", "List User Roles", USER_ROLES)
            .help("Lists the roles that people in the account can have, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        SETTINGS.list("/user-roles").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<UserRole>()
    }
}

register!(action ListUserRoles);

struct SelectUserRole;

impl Action for SelectUserRole {
    fn about(&self) -> About {
        About::read("selectUserRole", "Select User Role", USER_ROLES)
            .help("Offers the roles of people in the account, by name.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        SETTINGS.list("/user-roles").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<UserRole>()
    }
}

impl DataSource for SelectUserRole {
    fn picklist(&self) -> Picklist {
        Picklist::labelled("{name} (ID: {id})")
            .sorted_by("name")
            .searched_by("name")
            .found_by("ids")
            .even_unused("active", "Any")
    }
}

register!(source SelectUserRole);
