//! Roles of people in the account.

use pipefit_component::prelude::*;

use crate::apis::SETTINGS;
use crate::inputs::LIST;

const USER_ROLES: Resource = Resource { key: "userRoles", label: "User Roles" };

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
        Output::Page(&USER_ROLE)
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
        Output::Page(&USER_ROLE)
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
