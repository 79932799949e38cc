//! Projects: jobs that belong together.

use pipefit_component::prelude::*;

use crate::external_data::EXTERNAL_DATA_KEYS;
use crate::filters;
use crate::inputs::{
    self, ADDITIONAL_FIELDS, CUSTOMER_ID, EXTERNAL_DATA, EXTERNAL_DATA_APPLICATION_GUID, EXTERNAL_DATA_UPDATE,
    LOCATION_ID, SUMMARY, UPDATED_CUSTOM_FIELDS, list_inputs,
};
use crate::records::FILLED_CUSTOM_FIELD;
use crate::service::JPM;
use crate::values::projects::{NewProjectFields, ProjectFields};
use crate::values::{ExternalDataItem, FilledCustomField};

pub(crate) static PROJECTS: ListEndpoint = JPM
    .list("/projects")
    .scope("tn.jpm.projects")
    .resource("projects", "Projects")
    .record(&PROJECT)
    .columns(&["id", "number", "name", "status", "startDate", "targetCompletionDate", "customerId"])
    .sort_fields(&["Id", "ModifiedOn", "CreatedOn", "Name", "TargetCompletionDate"])
    .filters(&[
        filters::IDS,
        Filter::id("customerId"),
        Filter::id("locationId"),
        Filter::id("projectTypeId"),
        Filter::id("invoiceId"),
        Filter::id("technicianId"),
        Filter::id("jobId"),
        Filter::id("appointmentId"),
        Filter::text("projectManagerIds").joined(),
        Filter::text("businessUnitIds").joined(),
        filters::CREATED_BEFORE,
        filters::CREATED_ON_OR_AFTER,
        Filter::timestamp("startsBefore"),
        Filter::timestamp("startsOnOrAfter"),
        Filter::timestamp("completedBefore"),
        Filter::timestamp("completedOnOrAfter"),
        Filter::timestamp("targetCompletionDateBefore"),
        Filter::timestamp("targetCompletionDateOnOrAfter"),
        filters::MODIFIED_BEFORE,
        filters::MODIFIED_ON_OR_AFTER,
        Filter::text("status"),
        filters::EXTERNAL_DATA_APPLICATION_GUID,
        filters::EXTERNAL_DATA_KEY,
        filters::EXTERNAL_DATA_VALUES,
    ])
    .ids("ids")
    .readable()
    .idempotency_keys(&EXTERNAL_DATA_KEYS);

const ACTUAL_COMPLETION_DATE: Input = Input::timestamp("actualCompletionDate", "Actual Completion Date")
    .example("2021-01-01T00:00:00Z")
    .help("When the project was completed, with a time zone.");
const CUSTOM_FIELDS: Input = inputs::CUSTOM_FIELDS.shape::<Vec<FilledCustomField>>();
const CUSTOM_FIELDS_UPDATE: Input = CUSTOM_FIELDS.help(UPDATED_CUSTOM_FIELDS);
const JOBS_IDS: Input = Input::id("jobsIds", "Jobs IDs")
    .values()
    .sent_as("jobIds")
    .example("1088")
    .source("selectJob")
    .help("The complete list of the project's job ids. Jobs that are not listed are removed from the project.");
const NAME: Input = Input::text("name", "Name")
    .example("Test Source")
    .help("The name of the project, as shown on screens and reports.");
const PROJECT_ID: Input = Input::id("projectId", "Project ID")
    .example("10978752986")
    .source("selectProject")
    .help("The id of the project, as shown at the end of the project page's URL.");
const PROJECT_MANAGER_IDS: Input = Input::id("projectManagerIds", "Project Manager IDs")
    .values()
    .example("1088")
    .help("The ids of the employees who manage the project.");
const PROJECT_MANAGER_IDS_UPDATE: Input = PROJECT_MANAGER_IDS
    .help("The complete list of the project managers' employee ids. Employees who are not listed are removed.");
const START_DATE: Input = Input::timestamp("startDate", "Start")
    .example("2021-01-01T00:00:00Z")
    .help("When the project starts, with a time zone, such as `2026-02-02T08:00:00Z`.");
const STATUS_ID: Input =
    Input::id("statusId", "Status ID").example("1088").help("The id of the project status, from the account settings.");
const SUB_STATUS_ID: Input = Input::id("subStatusId", "Sub Status ID")
    .example("1088")
    .help("The id of the project substatus, which must belong to the status.");
const TARGET_COMPLETION_DATE: Input = Input::timestamp("targetCompletionDate", "Target Completion Date")
    .example("2021-01-01T00:00:00Z")
    .help("When the project should be completed, with a time zone.");

static PROJECT: Record = Record {
    help: "A project.",
    fields: &[
        Field::id("id", "The id of the project."),
        Field::text("number", "The project number.").example("10978752986"),
        Field::text("name", "The name of the project.").nullable().example("Boiler replacement, building C"),
        Field::text("summary", "A description of the work. May contain HTML.")
            .nullable()
            .example("New boiler, pump and flue."),
        Field::text("status", "The name of the project status in the account settings.")
            .nullable()
            .example("In Progress"),
        Field::id("statusId", "The id of the project status.").nullable().example("1088"),
        Field::text("subStatus", "The name of the project substatus.").nullable(),
        Field::id("subStatusId", "The id of the project substatus.").nullable(),
        Field::id("customerId", "The id of the customer that the project is for."),
        Field::id("locationId", "The id of the location where the work is done."),
        Field::id("projectTypeId", "The id of the project type.").nullable(),
        Field::id("projectManagerIds", "The ids of the employees who manage the project.").list().example("[1088]"),
        Field::id("businessUnitIds", "The ids of the business units of the project's jobs.")
            .list()
            .example("[10978752986]"),
        Field::timestamp("startDate", "When the project starts.").nullable().example("2026-02-02T08:00:00Z"),
        Field::timestamp("targetCompletionDate", "When the project should be completed.")
            .nullable()
            .example("2026-03-13T17:00:00Z"),
        Field::timestamp("actualCompletionDate", "When the project was completed; null before that.").nullable(),
        Field::timestamp("modifiedOn", "When the project was last modified.")
            .nullable()
            .example("2026-01-06T09:12:44Z"),
        Field::timestamp("createdOn", "When the project was created."),
        Field::objects("customFields", "The values of the project's custom fields.", &FILLED_CUSTOM_FIELD)
            .example(r#"[{"typeId": 7, "name": "Gate Code", "value": "4411"}]"#),
        Field::value::<ExternalDataItem>("externalData", "The data that an integration stores with the project.")
            .list(),
        Field::id("jobIds", "The ids of the project's jobs.").list().example("[10978752986]"),
    ],
};

struct GetProject;

impl Action for GetProject {
    fn about(&self) -> About {
        About::read("getProject", "Get Project", PROJECTS.resource).help("Returns a project by its id.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, PROJECT_ID.required(), DEBUG_REQUEST, EXTERNAL_DATA_APPLICATION_GUID] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        PROJECTS.get("{projectId}").query(inputs)
    }
}

register!(action GetProject);

struct ListProjects;

impl Action for ListProjects {
    fn about(&self) -> About {
        About::read("listProjects", "List Projects", PROJECTS.resource)
            .help("Returns one page of projects, or all of them with Fetch All.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &list_inputs(&PROJECTS) }
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
            .help("Creates a project without jobs at one of a customer's locations. Returns the new project.")
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
                ADDITIONAL_FIELDS.shape::<NewProjectFields>(),
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
            "Changes the given fields of a project. Lists are replaced as a whole. Returns the changed \
                 project.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                PROJECT_ID.required(),
                PROJECT_MANAGER_IDS_UPDATE,
                JOBS_IDS,
                NAME,
                SUMMARY,
                STATUS_ID,
                SUB_STATUS_ID,
                START_DATE,
                TARGET_COMPLETION_DATE,
                ACTUAL_COMPLETION_DATE,
                CUSTOM_FIELDS_UPDATE,
                EXTERNAL_DATA_UPDATE,
                DEBUG_REQUEST,
                ADDITIONAL_FIELDS.shape::<ProjectFields>(),
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        PROJECTS.patch("{projectId}").body(inputs)
    }
}

register!(action UpdateProject);

struct SelectProject;

impl DataSource for SelectProject {
    fn about(&self) -> About {
        About::read("selectProject", "Select Project", PROJECTS.resource).help("Offers projects by name.")
    }

    fn choices(&self) -> Choices {
        PROJECTS
            .choices("{name} (ID: {id})")
            .sorted_by("id")
            .narrowed_by(const { &[CUSTOMER_ID.narrowing(), LOCATION_ID.narrowing()] })
    }
}

register!(source SelectProject);
