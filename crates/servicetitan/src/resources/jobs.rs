//! Jobs: the work that a customer ordered.

use pipefit_component::prelude::*;

use crate::choices::PRIORITIES;
use crate::external_data::EXTERNAL_DATA_KEYS;
use crate::filters;
use crate::inputs::{
    ADDITIONAL_FIELDS, BUSINESS_UNIT_ID, CAMPAIGN_ID, CUSTOM_FIELDS, CUSTOM_FIELDS_UPDATE, CUSTOMER_ID, EXTERNAL_DATA,
    EXTERNAL_DATA_APPLICATION_GUID, EXTERNAL_DATA_UPDATE, JOB_ID, JOB_TYPE_ID, LOCATION_ID, PROJECT_ID, SUMMARY,
    TAG_TYPE_IDS, TAG_TYPE_IDS_UPDATE, list_inputs,
};
use crate::records::FILLED_CUSTOM_FIELD;
use crate::service::JPM;
use crate::values::ExternalDataItem;
use crate::values::jobs::{JobAppointment, JobFields, JobLeadSource, NewJobFields};

pub(crate) static JOBS: ListEndpoint = JPM
    .list("/jobs")
    .scope("tn.jpm.jobs")
    .resource("jobs", "Jobs")
    .record(&JOB)
    .sort_fields(&["Id", "ModifiedOn", "CreatedOn", "Priority"])
    .columns(&[
        "id",
        "jobNumber",
        "jobStatus",
        "priority",
        "summary",
        "total",
        "createdOn",
        "completedOn",
        "customerId",
    ])
    .filters(&[
        filters::IDS,
        Filter::text("number"),
        Filter::id("projectId"),
        Filter::id("bookingId"),
        Filter::choice("jobStatus", &["Scheduled", "Dispatched", "InProgress", "Hold", "Completed", "Canceled"]),
        Filter::choice("appointmentStatus", &["Scheduled", "Dispatched", "Working", "Hold", "Done", "Canceled"]),
        Filter::text("priority"),
        Filter::timestamp("firstAppointmentStartsOnOrAfter"),
        Filter::timestamp("firstAppointmentStartsBefore"),
        Filter::timestamp("appointmentStartsOnOrAfter"),
        Filter::timestamp("appointmentStartsBefore"),
        Filter::id("technicianId"),
        Filter::id("customerId"),
        Filter::id("locationId"),
        Filter::id("soldById"),
        Filter::id("jobTypeId"),
        Filter::id("campaignId"),
        Filter::id("businessUnitId"),
        Filter::id("invoiceId"),
        Filter::id("createdFromEstimateId"),
        Filter::text("estimateIds").joined(),
        filters::CREATED_BEFORE,
        filters::CREATED_ON_OR_AFTER,
        filters::MODIFIED_BEFORE,
        filters::MODIFIED_ON_OR_AFTER,
        Filter::timestamp("completedOnOrAfter"),
        Filter::timestamp("completedBefore"),
        Filter::text("tagTypeIds").joined(),
        filters::EXTERNAL_DATA_APPLICATION_GUID,
        filters::EXTERNAL_DATA_KEY,
        filters::EXTERNAL_DATA_VALUES,
        Filter::flag("hasUnusedAppointments"),
    ])
    .ids("ids")
    .readable()
    .idempotency_keys(&EXTERNAL_DATA_KEYS);

const APPOINTMENTS: Input = Input::code("appointments", "Appointments")
    .shape::<AtLeastOne<JobAppointment>>()
    .template(
        r#"[{
            "start": "string",
            "end": "string",
            "arrivalWindowStart": "string",
            "arrivalWindowEnd": "string",
            "technicianIds": [0]
        }]"#,
    )
    .help("The appointments to schedule with the job, at least one, each with its start and end in UTC.");
const CUSTOMER_PO: Input = Input::text("customerPo", "Customer PO")
    .default("")
    .help("The customer's purchase order number, printed on the invoice.");
const INVOICE_SIGNATURE_IS_REQUIRED: Input = Input::flag("invoiceSignatureIsRequired", "Invoice Signature Is Required")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether the customer must sign the invoice.")
    .omitted_on_create("The rules of the location and the job type apply when left out.");
const JOB_GENERATED_LEAD_SOURCE: Input = Input::code("jobGeneratedLeadSource", "Job Generated Lead Source")
    .shape::<JobLeadSource>()
    .template(r#"{"jobId": 0, "employeeId": 0}"#)
    .help("The earlier job and the employee that led to this job.");
const MEMO: Input = Input::long_text("memo", "Job Memo")
    .example("string")
    .help("Why the job is canceled, in your own words.")
    .required();
const PRIORITY: Input = Input::text("priority", "Priority")
    .suggestions(PRIORITIES)
    .help("The priority of the job, such as `Low` or `Urgent`.");
const REASON_ID: Input = Input::id("reasonId", "Reason ID")
    .example("1088")
    .source("selectJobCancelReason")
    .help("The id of the cancel reason, from the account settings.")
    .required();
const SHOULD_UPDATE_INVOICE_ITEMS: Input = Input::flag("shouldUpdateInvoiceItems", "Should Update Invoice Items")
    .choices(TRUE_OR_FALSE)
    .default("")
    .help("Whether a new business unit is also set on the items of the job's invoice.")
    .omitted("The items keep their business unit when left out.");

static JOB: Record = Record {
    help: "A job.",
    fields: &[
        Field::id("id", "The id of the job."),
        Field::text("jobNumber", "The job number.").example("10978752986"),
        Field::id("projectId", "The id of the project that the job belongs to.").nullable(),
        Field::id("customerId", "The id of the customer that the job is for."),
        Field::id("locationId", "The id of the location where the work is done."),
        Field::text(
            "jobStatus",
            "The job status: Scheduled, Dispatched, `InProgress`, Hold, Completed or Canceled. More values may \
             be added.",
        )
        .example("Scheduled"),
        Field::timestamp("completedOn", "When the job was completed; null before that.").nullable(),
        Field::id("businessUnitId", "The id of the business unit that does the work."),
        Field::id("jobTypeId", "The id of the job type."),
        Field::text("priority", "The priority: Low, Normal, High or Urgent.").example("Normal"),
        Field::id("campaignId", "The id of the campaign that the job is credited to."),
        Field::integer("appointmentCount", "The number of appointments of the job."),
        Field::id("firstAppointmentId", "The id of the first appointment."),
        Field::id("lastAppointmentId", "The id of the last appointment."),
        Field::id("recallForId", "The id of the job that this job is a recall for.").nullable(),
        Field::id("warrantyId", "The id of the job whose warranty covers this job.").nullable(),
        Field::value::<JobLeadSource>(
            "jobGeneratedLeadSource",
            "The earlier job and the employee that led to this job.",
        )
        .nullable()
        .example(r#"{"jobId": 10978752985, "employeeId": 1088}"#),
        Field::flag("noCharge", "Whether the job is free of charge."),
        Field::flag("notificationsEnabled", "Whether notifications are sent to the customer.").example("true"),
        Field::timestamp("createdOn", "When the job was created."),
        Field::id("createdById", "The id of the user who created the job.").example("1088"),
        Field::timestamp("modifiedOn", "When the job was last modified.").example("2026-01-05T14:31:07Z"),
        Field::id("tagTypeIds", "The ids of the job's tags.").list().example("[123]"),
        Field::id("leadCallId", "The id of the call that led to the job.").nullable(),
        Field::id("partnerLeadCallId", "The id of the partner's call that led to the job.").nullable(),
        Field::id("bookingId", "The id of the booking that led to the job.").nullable(),
        Field::id("soldById", "The id of the technician who sold the job.").nullable(),
        Field::text("customerPo", "The customer's purchase order number.").example("PO-4711"),
        Field::id("invoiceId", "The id of the job's invoice.").example("10978752986"),
        Field::id("membershipId", "The id of the membership that the job belongs to.").nullable(),
        Field::decimal("total", "The total of the job, in the currency of the account.").nullable().example("189.00"),
        Field::id("createdFromEstimateId", "The id of the estimate that the job was created from.").nullable(),
        Field::id("estimateIds", "The ids of the estimates that belong to the job.").list(),
        Field::text("summary", "A description of the work. May contain HTML.")
            .nullable()
            .example("Furnace does not start; blower runs."),
        Field::objects("customFields", "The values of the job's custom fields.", &FILLED_CUSTOM_FIELD)
            .example(r#"[{"typeId": 7, "name": "Gate Code", "value": "4411"}]"#),
        Field::value::<ExternalDataItem>(
            "externalData",
            "The data stored with the job by the application whose GUID was given.",
        )
        .list()
        .example(r#"[{"key": "source", "value": "web"}]"#),
    ],
};

struct GetJob;

impl Action for GetJob {
    fn about(&self) -> About {
        About::read("getJob", "Get Job", JOBS.resource).help("Returns a job by its id.")
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
        About::read("listJobs", "List Jobs", JOBS.resource)
            .help("Returns one page of jobs, or all of them with Fetch All.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &list_inputs(&JOBS) }
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
            .help("Creates a job with its appointments at one of the customer's locations. Returns the new job.")
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
                ADDITIONAL_FIELDS.shape::<NewJobFields>(),
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
            .help("Changes the given fields of a job. Lists are replaced as a whole. Returns the changed job.")
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
                CUSTOM_FIELDS_UPDATE,
                TAG_TYPE_IDS_UPDATE,
                EXTERNAL_DATA_UPDATE,
                CUSTOMER_PO,
                DEBUG_REQUEST,
                ADDITIONAL_FIELDS.shape::<JobFields>(),
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
            .help("Cancels a job for a reason. The job is kept, with the status `Canceled`.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, JOB_ID.required(), REASON_ID, MEMO, DEBUG_REQUEST, ADDITIONAL_FIELDS] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        JOBS.put("{jobId}/cancel").returns(Output::Empty).body(inputs)
    }
}

register!(action CancelJob);

struct SelectJob;

impl DataSource for SelectJob {
    fn about(&self) -> About {
        About::read("selectJob", "Select Job", JOBS.resource).help("Offers jobs by their ids.")
    }

    fn choices(&self) -> Choices {
        JOBS.choices("#{id}").sorted_by("id").narrowed_by(const { &[CUSTOMER_ID.narrowing(), LOCATION_ID.narrowing()] })
    }
}

register!(source SelectJob);
