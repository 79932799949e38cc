//! Inputs that several resources use, each declared once.

use pipefit_component::{CONNECTION, DEBUG_REQUEST, FETCH_ALL, Input};

use crate::values::{CustomField, ExternalData, ExternalDataUpdate};

/// An address as the input begins with it.
pub(crate) const ADDRESS_TEMPLATE: &str = r#"{
    "street": "string",
    "unit": "string",
    "city": "string",
    "state": "string",
    "zip": "string",
    "country": "string"
}"#;

pub(crate) const BUSINESS_UNIT_ID: Input = Input::id("businessUnitId", "Business Unit ID")
    .example("10978752986")
    .source("selectBusinessUnit")
    .help("The business unit that does and bills the work.")
    .omitted("Unchanged on an update when left out.");
pub(crate) const CAMPAIGN_ID: Input = Input::id("campaignId", "Campaign ID")
    .example("10978752986")
    .help("The marketing campaign that the work is credited to.")
    .omitted("Unchanged on an update when left out.");
pub(crate) const CUSTOMER_ID: Input = Input::id("customerId", "Customer ID")
    .example("10978752986")
    .source("selectCustomers")
    .help("The customer: the number at the end of the customer page's address.")
    .omitted("Unchanged on an update when left out.");
pub(crate) const CUSTOM_FIELDS: Input = Input::code("customFields", "Custom Fields")
    .shape::<Vec<CustomField>>()
    .template(r#"[{"typeId": 0, "value": "string"}]"#)
    .help("The complete list of custom fields with their values: a field that an update does not list loses its value.")
    .omitted("Left out: no values on create, unchanged on update.");
pub(crate) const CUSTOM_QUERY_PARAMS: Input = Input::text("customQueryParams", "Custom Query Params")
    .pairs()
    .example("key1=value1")
    .help(
        "Further filters of this endpoint, by the names that the API's reference gives them, such as \
         `createdOnOrAfter`. The API passes over names it does not know; page, page size, total and sort have \
         inputs of their own and are refused here.",
    )
    .omitted("No filter when left out.");
pub(crate) const EXTERNAL_DATA: Input = Input::code("externalData", "External Data")
    .shape::<ExternalData>()
    .template(r#"{"applicationGuid": "string", "externalData": [{"key": "string", "value": "string"}]}"#)
    .help("Keys and values that your integration keeps with the record, under a GUID of its own.")
    .omitted("None when left out.");
pub(crate) const EXTERNAL_DATA_UPDATE: Input = EXTERNAL_DATA
    .shape::<ExternalDataUpdate>()
    .help(
        "A change to the keys and values that your integration keeps with the record. Keys that are not listed are \
         removed, unless `patchMode` is `Merge`.",
    )
    .omitted("Unchanged when left out.");
pub(crate) const INCLUDE_TOTAL: Input = Input::flag("includeTotal", "Include Total")
    .default_flag(false)
    .help("Counts all records that match and answers the number as `totalCount`, which takes longer.")
    .omitted("Not counted, and null, when left out.");
pub(crate) const JOB_ID: Input = Input::id("jobId", "Job ID")
    .example("10978752986")
    .source("selectJob")
    .help("The job: the number at the end of the job page's address.");
pub(crate) const JOB_TYPE_ID: Input = Input::id("jobTypeId", "Job Type ID")
    .example("10978752986")
    .help("The type of job, from the settings of the account.")
    .omitted("Unchanged on an update when left out.");
pub(crate) const LOCATION_ID: Input = Input::id("locationId", "Location ID")
    .example("10978752986")
    .source("selectLocation")
    .help("The address where the work is done, one of the customer's locations.")
    .omitted("Unchanged on an update when left out.");
pub(crate) const PAGE: Input = Input::integer("page", "Page")
    .example("1")
    .help("The number of the page to read; the first is 1.")
    .omitted("The first page when left out; not used with Fetch All.");
pub(crate) const PAGE_SIZE: Input = Input::integer("pageSize", "Page Size")
    .example("50")
    .help("The most records on a page, 1 to 5000.")
    .omitted("Left out: 50, or 5000 with Fetch All.");
pub(crate) const PROJECT_ID: Input = Input::id("projectId", "Project ID")
    .example("10978752986")
    .source("selectProject")
    .help("The project that it belongs to.")
    .omitted("No project when left out.");
pub(crate) const SORT: Input = Input::text("sort", "Sort")
    .example("+FieldName")
    .help(
        "A field to sort by, with `+` before it for ascending or `-` for descending; most lists take `Id`, \
         `ModifiedOn` and `CreatedOn`.",
    )
    .omitted("The service's own order when left out.");
pub(crate) const SUMMARY: Input = Input::text("summary", "Summary")
    .example("A summary related to the invoice.")
    .help("What the work is about, in a few sentences; may hold HTML.")
    .omitted("Empty on create and unchanged on update when left out.");
pub(crate) const TAG_TYPE_IDS: Input = Input::id("tagTypeIds", "Tag Type IDs")
    .values()
    .example("123")
    .help("The complete list of tags: a tag that an update does not list is taken off.")
    .omitted("Left out: no tags on create, unchanged on update.");

pub(crate) const TECHNICIAN_ID: Input = Input::id("technicianId", "Technician ID")
    .example("10978752986")
    .source("selectTechnician")
    .help("The technician: the number at the end of the technician page's address.")
    .omitted("Unchanged on an update when left out.");

/// What every list action takes.
pub(crate) const LIST: &[Input] =
    &[CONNECTION, FETCH_ALL, PAGE, PAGE_SIZE, INCLUDE_TOTAL, SORT, CUSTOM_QUERY_PARAMS, DEBUG_REQUEST];
