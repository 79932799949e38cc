//! Jobs: the work that a customer ordered.

use pipefit_component::prelude::*;

use crate::choices::PRIORITIES;
use crate::inputs::{
    BUSINESS_UNIT_ID, CAMPAIGN_ID, CUSTOM_FIELDS, CUSTOMER_ID, EXTERNAL_DATA, EXTERNAL_DATA_UPDATE, JOB_ID,
    JOB_TYPE_ID, LIST, LOCATION_ID, PROJECT_ID, SUMMARY, TAG_TYPE_IDS,
};
use crate::service::JPM;
use crate::values::jobs::{JobAppointment, JobLeadSource};
use crate::values::{CustomField, ExternalDataItem};

pub(crate) static JOBS: ListEndpoint = JPM.list("/jobs").resource("jobs", "Jobs").record(&JOB).ids("ids");

const APPOINTMENTS: Input = Input::code("appointments", "Appointments")
    .shape::<Vec<JobAppointment>>()
    .template(
        r#"[{
            "start": "string",
            "end": "string",
            "arrivalWindowStart": "string",
            "arrivalWindowEnd": "string",
            "technicianIds": [0]
        }]"#,
    )
    .help("The visits to schedule with the job, at least one, each with its start and end in UTC.");
const CUSTOMER_PO: Input = Input::text("customerPo", "Customer PO")
    .default("")
    .help("The number of the customer's purchase order, printed on the invoice.")
    .omitted("None on create and unchanged on update when left out.");
const EXTERNAL_DATA_APPLICATION_GUID: Input =
    Input::guid("externalDataApplicationGuid", "External Data Application Guid")
        .example("6B29FC40-CA47-1067-B31D-00DD010662DA")
        .help("The GUID under which your integration keeps data with the job; that data is then part of the answer.")
        .omitted("No such data when left out.");
const INVOICE_SIGNATURE_IS_REQUIRED: Input = Input::flag("invoiceSignatureIsRequired", "Invoice Signature Is Required")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether the customer has to sign the invoice.")
    .omitted("As the job type says when left out.");
const JOB_GENERATED_LEAD_SOURCE: Input = Input::code("jobGeneratedLeadSource", "Job Generated Lead Source")
    .shape::<JobLeadSource>()
    .template(r#"{"jobId": 0, "employeeId": 0}"#)
    .help("The earlier job, and the employee, that this job came from.")
    .omitted("None on create and unchanged on update when left out.");
const MEMO: Input =
    Input::long_text("memo", "Job Memo").example("string").help("Why the job is cancelled, in your own words.");
const PRIORITY: Input = Input::text("priority", "Priority")
    .choices(PRIORITIES)
    .help("How urgent the job is, `Low` to `Urgent`.")
    .omitted("Unchanged on an update when left out.");
const REASON_ID: Input = Input::id("reasonId", "Reason ID")
    .example("1088")
    .source("selectJobCancelReason")
    .help("The reason, one of those in the settings of the account.");
const SHOULD_UPDATE_INVOICE_ITEMS: Input = Input::flag("shouldUpdateInvoiceItems", "Should Update Invoice Items")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether a new business unit is also set on the items of the job's invoice.")
    .omitted("They keep theirs when left out.");

static JOB: Record = Record {
    help: "A job, as the API answers it.",
    fields: &[
        Field::id("id", "The number of the record."),
        Field::text("jobNumber", "The number that people see.").example("10978752986"),
        Field::id("projectId", "The project that it belongs to.").nullable(),
        Field::id("customerId", "Whose job it is."),
        Field::id("locationId", "Where the work is done."),
        Field::text(
            "jobStatus",
            "Scheduled, Dispatched, `InProgress`, Hold, Completed or Canceled; new ones may come.",
        )
        .example("Scheduled"),
        Field::timestamp("completedOn", "When the work was done; null before that.").nullable(),
        Field::id("businessUnitId", "The business unit that does the work."),
        Field::id("jobTypeId", "The type of job."),
        Field::text("priority", "How urgent it is: Low, Normal, High or Urgent.").example("Normal"),
        Field::id("campaignId", "The campaign that it is credited to."),
        Field::integer("appointmentCount", "How many visits it has."),
        Field::id("firstAppointmentId", "The first visit."),
        Field::id("lastAppointmentId", "The last visit."),
        Field::id("recallForId", "The job that this one puts right.").nullable(),
        Field::id("warrantyId", "The job whose warranty covers this one.").nullable(),
        Field::value::<JobLeadSource>("jobGeneratedLeadSource", "The job and employee that it came from.")
            .nullable()
            .example(r#"{"jobId": 10978752985, "employeeId": 1088}"#),
        Field::flag("noCharge", "Whether it is free of charge."),
        Field::flag("notificationsEnabled", "Whether the customer is sent notifications.").example("true"),
        Field::timestamp("createdOn", "When it was added."),
        Field::id("createdById", "Who added it.").example("1088"),
        Field::timestamp("modifiedOn", "When it was last changed.").example("2026-01-05T14:31:07Z"),
        Field::id("tagTypeIds", "Its tags.").list().example("[123]"),
        Field::id("leadCallId", "The call that led to it.").nullable(),
        Field::id("partnerLeadCallId", "The call of a partner that led to it.").nullable(),
        Field::id("bookingId", "The booking that led to it.").nullable(),
        Field::id("soldById", "The technician who sold it.").nullable(),
        Field::text("customerPo", "The number of the customer's purchase order.").nullable().example("PO-4711"),
        Field::id("invoiceId", "Its invoice.").nullable().example("10978752986"),
        Field::id("membershipId", "The membership that it is part of.").nullable(),
        Field::decimal("total", "What it comes to, in the currency of the account.").nullable().example("189.00"),
        Field::id("createdFromEstimateId", "The estimate that it was made from.").nullable(),
        Field::id("estimateIds", "The estimates that belong to it.").list(),
        Field::text("summary", "What the work is about; may hold HTML.")
            .nullable()
            .example("Furnace does not start; blower runs."),
        Field::value::<CustomField>("customFields", "Its custom fields.")
            .list()
            .nullable()
            .example(r#"[{"typeId": 7, "name": "Gate Code", "value": "4411"}]"#),
        Field::value::<ExternalDataItem>("externalData", "What the integration of the given GUID keeps with it.")
            .list()
            .nullable()
            .example(r#"[{"key": "source", "value": "web"}]"#),
    ],
};

struct GetJob;

impl Action for GetJob {
    fn about(&self) -> About {
        About::read("getJob", "Get Job", JOBS.resource).help("Reads one job by its number.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, JOB_ID.required(), EXTERNAL_DATA_APPLICATION_GUID, DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JOBS.get("{jobId}").query(inputs)
    }
}

register!(action GetJob);

struct ListJobs;

impl Action for ListJobs {
    fn about(&self) -> About {
        About::read("listJobs", "List Jobs", JOBS.resource).help("Lists jobs, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JOBS.list().query(inputs)
    }
}

register!(action ListJobs);

struct CreateJob;

impl Action for CreateJob {
    fn about(&self) -> About {
        About::create("createJob", "Create Job", JOBS.resource)
            .help("Books a job with its visits at one of the customer's locations, and answers the new record.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                CUSTOMER_ID.required(),
                LOCATION_ID.required(),
                BUSINESS_UNIT_ID.required(),
                JOB_TYPE_ID.required(),
                PRIORITY.required(),
                CAMPAIGN_ID.required(),
                APPOINTMENTS.required(),
                JOB_GENERATED_LEAD_SOURCE,
                PROJECT_ID,
                SUMMARY,
                CUSTOM_FIELDS,
                TAG_TYPE_IDS,
                EXTERNAL_DATA,
                INVOICE_SIGNATURE_IS_REQUIRED,
                CUSTOMER_PO,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JOBS.create().body(inputs)
    }
}

register!(action CreateJob);

struct UpdateJob;

impl Action for UpdateJob {
    fn about(&self) -> About {
        About::update("updateJob", "Update Job", JOBS.resource)
            .help("Changes the given fields of a job and answers the changed record. Lists are replaced as a whole.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                JOB_ID.required(),
                CUSTOMER_ID,
                LOCATION_ID,
                BUSINESS_UNIT_ID,
                JOB_GENERATED_LEAD_SOURCE,
                JOB_TYPE_ID,
                PRIORITY,
                CAMPAIGN_ID,
                SUMMARY,
                SHOULD_UPDATE_INVOICE_ITEMS,
                CUSTOM_FIELDS,
                TAG_TYPE_IDS,
                EXTERNAL_DATA_UPDATE,
                CUSTOMER_PO,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JOBS.patch("{jobId}").body(inputs)
    }
}

register!(action UpdateJob);

struct CancelJob;

impl Action for CancelJob {
    fn about(&self) -> About {
        About::update("cancelJob", "Cancel Job", JOBS.resource)
            .help("Cancels a job for a reason. The job stays on record, with the status `Canceled`.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, JOB_ID.required(), REASON_ID.required(), MEMO.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JOBS.put("{jobId}/cancel").returns(Output::Empty).body(inputs)
    }
}

register!(action CancelJob);

struct SelectJob;

impl DataSource for SelectJob {
    fn about(&self) -> About {
        About::read("selectJob", "Select Job", JOBS.resource).help("Offers jobs by their numbers.")
    }

    fn choices(&self) -> Choices {
        JOBS.choices("#{id}").sorted_by("id")
    }
}

register!(source SelectJob);
