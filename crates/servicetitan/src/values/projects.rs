//! Structured values of projects.

use pipefit_component::scalars::Id;
use schemars::JsonSchema;

/// Fields of a new project that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct NewProjectFields {
    /// The id of the project type, from the account settings.
    pub project_type_id: Option<Id>,
    /// The ids of the business units of the project.
    #[schemars(extend("x-dataSource" = "selectBusinessUnit"))]
    pub business_unit_ids: Option<Vec<Id>>,
}

/// Fields of a changed project that have no input.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ProjectFields {
    /// The id of the project type, from the account settings.
    pub project_type_id: Option<Id>,
    /// The complete list of the business units of the project.
    #[schemars(with = "Vec<Id>", default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-dataSource" = "selectBusinessUnit"))]
    pub business_unit_ids: Option<Vec<Id>>,
}
