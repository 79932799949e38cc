//! User roles: what the users of the account may do.

use pipefit_component::prelude::*;

use crate::filters;
use crate::inputs::list_inputs;
use crate::service::SETTINGS;

static USER_ROLES: ListEndpoint = SETTINGS
    .list("/user-roles")
    .scope("tn.stt.userroles")
    .resource("userRoles", "User Roles")
    .record(&USER_ROLE)
    .filters(&[
        filters::IDS,
        Filter::text("name"),
        filters::ACTIVE,
        filters::CREATED_BEFORE,
        filters::CREATED_ON_OR_AFTER,
        Filter::choice("employeeType", &["None", "Employee", "Technician", "All"]).joined(),
    ])
    .search("name")
    .ids("ids")
    .including_inactive("active", "Any")
    .sorted_locally();

static USER_ROLE: Record = Record {
    help: "A user role, from the account settings.",
    fields: &[
        Field::id("id", "The id of the user role.").example("7"),
        Field::flag("active", "Whether the role can be assigned to users.").example("true"),
        Field::text("name", "The name of the role.").example("Technician"),
        Field::timestamp("createdOn", "When the role was created."),
        Field::text("employeeType", "Whether the role is for employees or technicians: Employee or Technician.")
            .example("Technician"),
    ],
};

struct ListUserRoles;

impl Action for ListUserRoles {
    fn about(&self) -> About {
        About::read("listUserRoles", "List User Roles", USER_ROLES.resource)
            .help("Returns one page of user roles, or all of them with Fetch All.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &list_inputs(&USER_ROLES) }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        USER_ROLES.list().query(inputs)
    }
}

register!(action ListUserRoles);

struct SelectUserRole;

impl DataSource for SelectUserRole {
    fn about(&self) -> About {
        About::read("selectUserRole", "Select User Role", USER_ROLES.resource).help("Offers user roles by name.")
    }

    fn choices(&self) -> Choices {
        USER_ROLES.choices("{name} (ID: {id})").sorted_by("name")
    }
}

register!(source SelectUserRole);
