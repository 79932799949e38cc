//! Projects: jobs that belong together.

use pipefit_component::prelude::*;

use crate::apis::JPM;
use crate::inputs::{CUSTOM_FIELDS, CUSTOMER_ID, EXTERNAL_DATA, EXTERNAL_DATA_UPDATE, LIST, LOCATION_ID, SUMMARY};
use crate::shapes::{ExternalDataItem, NamedCustomField};

const PROJECTS: Resource = Resource { key: "projects", label: "Projects" };

const ACTUAL_COMPLETION_DATE: Input = Input::timestamp("actualCompletionDate", "Actual Completion Date")
    .example("2021-01-01T00:00:00Z")
    .help("When the work was done, with a time zone.")
    .omitted("Left out: none on create, unchanged on update.");
const JOBS_IDS: Input = Input::id("jobsIds", "Jobs IDs")
    .values()
    .example("1088")
    .source("selectJob")
    .help("The complete list of jobs of the project: a job that is not listed leaves the project.")
    .omitted("Unchanged when left out.");
const NAME: Input = Input::text("name", "Name")
    .example("Test Source")
    .help("What the project is called, on the screen and on reports.")
    .omitted("Left out: none on create, unchanged on update.");
const PROJECT_ID: Input = Input::id("projectId", "Project ID")
    .example("10978752986")
    .source("selectProject")
    .help("The project: the number at the end of the project page's address.");
const PROJECT_MANAGER_IDS: Input = Input::id("projectManagerIds", "Project Manager IDs")
    .values()
    .example("1088")
    .help("The complete list of employees who lead the project: one that an update does not list no longer does.")
    .omitted("Left out: none on create, unchanged on update.");
const START_DATE: Input = Input::timestamp("startDate", "Start")
    .example("2021-01-01T00:00:00Z")
    .help("When the work begins, with a time zone, such as `2026-02-02T08:00:00Z`.")
    .omitted("Left out: none on create, unchanged on update.");
const STATUS_ID: Input = Input::id("statusId", "Status ID")
    .example("1088")
    .help("The status, by its number in the settings of the account.")
    .omitted("Left out: none on create, unchanged on update.");
const SUB_STATUS_ID: Input = Input::id("subStatusId", "Sub Status ID")
    .example("1088")
    .help("The finer status, one of those that belong to the status.")
    .omitted("Left out: none on create, unchanged on update.");
const TARGET_COMPLETION_DATE: Input = Input::timestamp("targetCompletionDate", "Target Completion Date")
    .example("2021-01-01T00:00:00Z")
    .help("When the work should be done, with a time zone.")
    .omitted("Left out: none on create, unchanged on update.");

/// A project, as the API answers it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct Project {
    /// The number of the record.
    id: Id,
    /// The number that people see.
    number: String,
    /// What the project is called.
    name: Option<String>,
    /// What the work is about; may hold HTML.
    summary: Option<String>,
    /// Its status, as the settings of the account name it.
    status: Option<String>,
    /// The number of that status.
    status_id: Option<Id>,
    /// The finer status below it.
    sub_status: Option<String>,
    /// The number of the finer status.
    sub_status_id: Option<Id>,
    /// Whose project it is.
    customer_id: Id,
    /// Where the work is done.
    location_id: Id,
    /// The type of project.
    project_type_id: Option<Id>,
    /// The employees who lead it.
    project_manager_ids: Vec<Id>,
    /// The business units of its jobs.
    business_unit_ids: Vec<Id>,
    /// When the work begins.
    start_date: Option<Timestamp>,
    /// When the work should be done.
    target_completion_date: Option<Timestamp>,
    /// When the work was done; null before that.
    actual_completion_date: Option<Timestamp>,
    /// When it was last changed.
    modified_on: Option<Timestamp>,
    /// When it was added.
    created_on: Timestamp,
    /// Its custom fields.
    custom_fields: Vec<NamedCustomField>,
    /// What an integration keeps with it.
    external_data: Vec<ExternalDataItem>,
    /// The jobs that belong to it.
    job_ids: Vec<Id>,
}

impl Record for Project {
    const EXAMPLE: &'static str = r#"{"id":10978752986,"number":"10978752986","name":"Boiler replacement, building C","summary":"New boiler, pump and flue.","status":"In Progress","statusId":1088,"subStatus":null,"subStatusId":null,"customerId":10978752986,"locationId":10978752986,"projectTypeId":null,"projectManagerIds":[1088],"businessUnitIds":[10978752986],"startDate":"2026-02-02T08:00:00Z","targetCompletionDate":"2026-03-13T17:00:00Z","actualCompletionDate":null,"modifiedOn":"2026-01-06T09:12:44Z","createdOn":"2026-01-05T14:30:00Z","customFields":[{"typeId":7,"name":"Gate Code","value":"4411"}],"externalData":[],"jobIds":[10978752986]}"#;
}

struct GetProject;

impl Action for GetProject {
    fn about(&self) -> About {
        About::read("getProject", "Get Project", PROJECTS).help("Reads one project by its number.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, PROJECT_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JPM.get("/projects/{projectId}").query(inputs)
    }

    fn output(&self) -> Output {
        Output::record::<Project>()
    }
}

register!(action GetProject);

struct ListProjects;

impl Action for ListProjects {
    fn about(&self) -> About {
        About::read("listProjects", "List Projects", PROJECTS).help("Lists projects, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JPM.list("/projects").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<Project>()
    }
}

register!(action ListProjects);

struct CreateProject;

impl Action for CreateProject {
    fn about(&self) -> About {
        About::create("createProject", "Create Project", PROJECTS)
            .help("Opens a project at one of a customer's locations, still without jobs, and answers the new record.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                LOCATION_ID.required(),
                CUSTOMER_ID,
                PROJECT_MANAGER_IDS,
                NAME,
                SUMMARY,
                STATUS_ID,
                SUB_STATUS_ID,
                START_DATE,
                TARGET_COMPLETION_DATE,
                ACTUAL_COMPLETION_DATE,
                CUSTOM_FIELDS,
                EXTERNAL_DATA,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JPM.post("/projects").body(inputs)
    }

    fn output(&self) -> Output {
        Output::record::<Project>()
    }
}

register!(action CreateProject);

struct UpdateProject;

impl Action for UpdateProject {
    fn about(&self) -> About {
        About::update("updateProject", "Update Project", PROJECTS).help(
            "Changes the given fields of a project and answers the changed record. Lists are replaced as a whole.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                PROJECT_ID.required(),
                PROJECT_MANAGER_IDS,
                JOBS_IDS,
                NAME,
                SUMMARY,
                STATUS_ID,
                SUB_STATUS_ID,
                START_DATE,
                TARGET_COMPLETION_DATE,
                ACTUAL_COMPLETION_DATE,
                CUSTOM_FIELDS,
                EXTERNAL_DATA_UPDATE,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JPM.patch("/projects/{projectId}").body(inputs.rename(&JOBS_IDS, "jobIds"))
    }

    fn output(&self) -> Output {
        Output::record::<Project>()
    }
}

register!(action UpdateProject);

struct SelectProject;

impl Action for SelectProject {
    fn about(&self) -> About {
        About::read("selectProject", "Select Project", PROJECTS).help("Offers projects by name.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JPM.list("/projects").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<Project>()
    }
}

impl DataSource for SelectProject {
    fn picklist(&self) -> Picklist {
        Picklist::labelled("{name} (ID: {id})").sorted_by("id").found_by("ids")
    }
}

register!(source SelectProject);
