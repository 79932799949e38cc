//! Roles of people in the account.

use pipefit_component::prelude::*;

use crate::inputs::LIST;
use crate::service::SETTINGS;

static USER_ROLES: ListEndpoint = SETTINGS
    .list("/user-roles")
    .resource("userRoles", "User Roles")
    .record(&USER_ROLE)
    .search("name")
    .ids("ids")
    .including_inactive("active", "Any")
    .sorted_locally();

static USER_ROLE: Record = Record {
    help: "A role, from the settings of the account.",
    fields: &[
        Field::id("id", "The number of the role.").example("7"),
        Field::flag("active", "Whether it can be given to people.").example("true"),
        Field::text("name", "What people call it.").example("Technician"),
        Field::timestamp("createdOn", "When it was added."),
        Field::text("employeeType", "Employee or Technician: whom it is for.").example("Technician"),
    ],
};

struct ListUserRoles;

impl Action for ListUserRoles {
    fn about(&self) -> About {
        About::read("listUserRoles", "List User Roles", USER_ROLES.resource)
            .help("Lists the roles that people in the account can have, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        USER_ROLES.list().query(inputs)
    }
}

register!(action ListUserRoles);

struct SelectUserRole;

impl DataSource for SelectUserRole {
    fn about(&self) -> About {
        About::read("selectUserRole", "Select User Role", USER_ROLES.resource)
            .help("Offers the roles of people in the account, by name.")
    }

    fn choices(&self) -> Choices {
        USER_ROLES.choices("{name} (ID: {id})").sorted_by("name")
    }
}

register!(source SelectUserRole);
