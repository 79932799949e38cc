//! Inputs that several resources use, each declared once.

use pipefit_component::{CONNECTION, DEBUG_REQUEST, FETCH_ALL, Input, ListEndpoint, Role};

use crate::values::{AnyFields, CustomField, ExternalData, ExternalDataUpdate};

/// The help of custom fields in an update.
pub(crate) const UPDATED_CUSTOM_FIELDS: &str =
    "The complete list of custom field values. A field that is not listed loses its value.";

/// The template of an address input.
pub(crate) const ADDRESS_TEMPLATE: &str = r#"{
    "street": "string",
    "unit": "string",
    "city": "string",
    "state": "string",
    "zip": "string",
    "country": "string"
}"#;

pub(crate) const ADDITIONAL_FIELDS: Input = Input::code("additionalFields", "Additional Fields")
    .role(Role::AdditionalFields)
    .shape::<AnyFields>()
    .template("{}")
    .help(
        "Further fields of the request, by their names in the API reference: an object. A field that has an input is \
         refused here. Null clears a field.",
    )
    .omitted("No further fields when left out.");
pub(crate) const BUSINESS_UNIT_ID: Input = Input::id("businessUnitId", "Business Unit ID")
    .example("10978752986")
    .source("selectBusinessUnit")
    .help("The id of the business unit that does and bills the work.");
pub(crate) const CAMPAIGN_ID: Input = Input::id("campaignId", "Campaign ID")
    .example("10978752986")
    .help("The id of the marketing campaign that the work is credited to.");
pub(crate) const CUSTOMER_ID: Input = Input::id("customerId", "Customer ID")
    .example("10978752986")
    .source("selectCustomers")
    .help("The id of the customer, as shown at the end of the customer page's URL.");
pub(crate) const CUSTOM_FIELDS: Input = Input::code("customFields", "Custom Fields")
    .shape::<Vec<CustomField>>()
    .template(r#"[{"typeId": 0, "value": "string"}]"#)
    .help("The values of custom fields, each with the id of its field.");
pub(crate) const CUSTOM_FIELDS_UPDATE: Input = CUSTOM_FIELDS.help(UPDATED_CUSTOM_FIELDS);
pub(crate) const CUSTOM_QUERY_PARAMS: Input = Input::text("customQueryParams", "Custom Query Params")
    .pairs()
    .example("key1=value1")
    .help(
        "Further filters of this list, by their names in the API reference. Page, page size, total and sort have \
         their own inputs and are refused here.",
    )
    .omitted("No further filters when left out.");
pub(crate) const EXTERNAL_DATA: Input = Input::code("externalData", "External Data")
    .shape::<ExternalData>()
    .template(r#"{"applicationGuid": "string", "externalData": [{"key": "string", "value": "string"}]}"#)
    .help("Keys and values that your integration stores with the record, under its application GUID.");
pub(crate) const EXTERNAL_DATA_APPLICATION_GUID: Input =
    Input::guid("externalDataApplicationGuid", "External Data Application Guid")
        .example("6B29FC40-CA47-1067-B31D-00DD010662DA")
        .help(
            "The GUID under which your integration stores data with the record. That data is returned with the record.",
        )
        .omitted("No external data is returned when left out.");
pub(crate) const EXTERNAL_DATA_UPDATE: Input = EXTERNAL_DATA.shape::<ExternalDataUpdate>().help(
    "Changes to the keys and values that your integration stores with the record. Keys that are not listed \
         are removed, unless `patchMode` is `Merge`.",
);
pub(crate) const INCLUDE_TOTAL: Input = Input::flag("includeTotal", "Include Total")
    .default_flag(false)
    .help("Counts all matching records and returns the count as `totalCount`, which takes longer.")
    .omitted("When left out, records are not counted and `totalCount` is null.");
pub(crate) const JOB_ID: Input = Input::id("jobId", "Job ID")
    .example("10978752986")
    .source("selectJob")
    .help("The id of the job, as shown at the end of the job page's URL.");
pub(crate) const JOB_TYPE_ID: Input = Input::id("jobTypeId", "Job Type ID")
    .example("10978752986")
    .help("The id of the job type, from the account settings.");
pub(crate) const LOCATION_ID: Input = Input::id("locationId", "Location ID")
    .example("10978752986")
    .source("selectLocation")
    .help("The id of the customer's location where the work is done.");
pub(crate) const PAGE: Input = Input::integer("page", "Page")
    .range(1, i32::MAX.unsigned_abs())
    .example("1")
    .help("The number of the page to return. Pages are numbered from 1.")
    .omitted("The first page when left out. Ignored with Fetch All.");
pub(crate) const PAGE_SIZE: Input = Input::integer("pageSize", "Page Size")
    .range(1, 5_000)
    .example("50")
    .help("The maximum number of records per page, from 1 to 5000. With Fetch All, less than 20 counts as 20.")
    .omitted("When left out: 50, or 5000 with Fetch All.");
pub(crate) const PROJECT_ID: Input = Input::id("projectId", "Project ID")
    .example("10978752986")
    .source("selectProject")
    .help("The id of the project that the job belongs to.");
pub(crate) const SORT: Input = Input::text("sort", "Sort")
    .trimmed()
    .example("-Id")
    .help(
        "The field to sort by, prefixed with `+` for ascending or `-` for descending order. Most lists support \
         `Id`, `ModifiedOn` and `CreatedOn`.",
    )
    .omitted("The service's default order when left out.");
pub(crate) const SUMMARY: Input = Input::text("summary", "Summary")
    .example("A summary related to the invoice.")
    .help("A short description of the work. May contain HTML.");
pub(crate) const TAG_TYPE_IDS: Input =
    Input::id("tagTypeIds", "Tag Type IDs").values().example("123").help("The ids of the tags.");
pub(crate) const TAG_TYPE_IDS_UPDATE: Input =
    TAG_TYPE_IDS.help("The complete list of tag ids. Tags that are not listed are removed.");
pub(crate) const TECHNICIAN_ID: Input = Input::id("technicianId", "Technician ID")
    .example("10978752986")
    .source("selectTechnician")
    .help("The id of the technician, as shown at the end of the technician page's URL.");

/// Returns the inputs of an action that lists the records of an endpoint.
pub(crate) const fn list_inputs(list: &ListEndpoint) -> [Input; 8] {
    let filters = CUSTOM_QUERY_PARAMS.filters(list.filters);
    [CONNECTION, FETCH_ALL, PAGE, PAGE_SIZE, INCLUDE_TOTAL, SORT, filters, DEBUG_REQUEST]
}
