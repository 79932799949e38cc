//! Projects: jobs that belong together.

use pipefit_component::prelude::*;

use crate::inputs::{CUSTOM_FIELDS, CUSTOMER_ID, EXTERNAL_DATA, EXTERNAL_DATA_UPDATE, LIST, LOCATION_ID, SUMMARY};
use crate::records::NAMED_CUSTOM_FIELD;
use crate::service::JPM;
use crate::values::ExternalDataItem;

pub(crate) static PROJECTS: ListEndpoint =
    JPM.list("/projects").resource("projects", "Projects").record(&PROJECT).ids("ids");

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

static PROJECT: Record = Record {
    help: "A project, as the API answers it.",
    fields: &[
        Field::id("id", "The number of the record."),
        Field::text("number", "The number that people see.").example("10978752986"),
        Field::text("name", "What the project is called.").nullable().example("Boiler replacement, building C"),
        Field::text("summary", "What the work is about; may hold HTML.")
            .nullable()
            .example("New boiler, pump and flue."),
        Field::text("status", "Its status, as the settings of the account name it.").nullable().example("In Progress"),
        Field::id("statusId", "The number of that status.").nullable().example("1088"),
        Field::text("subStatus", "The finer status below it.").nullable(),
        Field::id("subStatusId", "The number of the finer status.").nullable(),
        Field::id("customerId", "Whose project it is."),
        Field::id("locationId", "Where the work is done."),
        Field::id("projectTypeId", "The type of project.").nullable(),
        Field::id("projectManagerIds", "The employees who lead it.").list().example("[1088]"),
        Field::id("businessUnitIds", "The business units of its jobs.").list().example("[10978752986]"),
        Field::timestamp("startDate", "When the work begins.").nullable().example("2026-02-02T08:00:00Z"),
        Field::timestamp("targetCompletionDate", "When the work should be done.")
            .nullable()
            .example("2026-03-13T17:00:00Z"),
        Field::timestamp("actualCompletionDate", "When the work was done; null before that.").nullable(),
        Field::timestamp("modifiedOn", "When it was last changed.").nullable().example("2026-01-06T09:12:44Z"),
        Field::timestamp("createdOn", "When it was added."),
        Field::objects("customFields", "Its custom fields.", &NAMED_CUSTOM_FIELD)
            .example(r#"[{"typeId": 7, "name": "Gate Code", "value": "4411"}]"#),
        Field::value::<ExternalDataItem>("externalData", "What an integration keeps with it.").list(),
        Field::id("jobIds", "The jobs that belong to it.").list().example("[10978752986]"),
    ],
};

struct GetProject;

impl Action for GetProject {
    fn about(&self) -> About {
        About::read("getProject", "Get Project", PROJECTS.resource).help("Reads one project by its number.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, PROJECT_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        PROJECTS.get("{projectId}").query(inputs)
    }
}

register!(action GetProject);

struct ListProjects;

impl Action for ListProjects {
    fn about(&self) -> About {
        About::read("listProjects", "List Projects", PROJECTS.resource).help("Lists projects, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        PROJECTS.list().query(inputs)
    }
}

register!(action ListProjects);

struct CreateProject;

impl Action for CreateProject {
    fn about(&self) -> About {
        About::create("createProject", "Create Project", PROJECTS.resource)
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
        PROJECTS.create().body(inputs)
    }
}

register!(action CreateProject);

struct UpdateProject;

impl Action for UpdateProject {
    fn about(&self) -> About {
        About::update("updateProject", "Update Project", PROJECTS.resource).help(
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
        PROJECTS.patch("{projectId}").body(inputs.rename(&JOBS_IDS, "jobIds"))
    }
}

register!(action UpdateProject);

struct SelectProject;

impl DataSource for SelectProject {
    fn about(&self) -> About {
        About::read("selectProject", "Select Project", PROJECTS.resource).help("Offers projects by name.")
    }

    fn choices(&self) -> Choices {
        PROJECTS.choices("{name} (ID: {id})").sorted_by("id")
    }
}

register!(source SelectProject);
