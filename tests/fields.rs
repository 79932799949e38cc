//! Filters of lists by name, and fields of bodies that have no input.

use pipefit::component::{Action, Filter, FilterValues, Inputs, Kind};
use pipefit::{Catalog, Code};
use serde_json::{Value, json};

use crate::support::{Bench, merged, sample};

/// The filters that a list sends for these pairs.
async fn filtered(bench: &Bench, action: &str, pairs: Value) -> Vec<(String, String)> {
    bench.sandbox.forget_requests();
    bench.action(action, json!({"customQueryParams": pairs})).await.unwrap();
    let paging = ["page", "pageSize", "includeTotal"];
    let query = bench.seen()[0].query.clone();
    query.into_iter().filter(|(name, _)| !paging.contains(&name.as_str())).collect()
}

#[tokio::test]
async fn filters_are_sent_as_the_service_spells_them() {
    let bench = Bench::start().await;
    let table = [
        ("listJobs", json!({"CREATEDONORAFTER": "2026-01-31"}), vec![("createdOnOrAfter", "2026-01-31T00:00:00Z")]),
        ("listJobs", json!({" jobStatus ": " completed\n"}), vec![("jobStatus", "Completed")]),
        ("listJobs", json!({"locationId": " 7 ", "customerId": -7.0}), vec![("locationId", "7"), ("customerId", "-7")]),
        ("listJobs", json!({"hasUnusedAppointments": "yes"}), vec![("hasUnusedAppointments", "true")]),
        ("listJobs", json!({"ids": [5, "6"]}), vec![("ids", "5,6")]),
        ("listJobs", json!([{"key": "ids", "value": 5}, {"key": "Ids", "value": "6,7"}]), vec![("ids", "5,6,7")]),
        ("listJobs", json!({"priority": "Someday"}), vec![("priority", "Someday")]),
        ("listJobs", json!({"number": 4711}), vec![("number", "4711")]),
        ("listCustomers", json!({"latitude": ".50"}), vec![("latitude", "0.50")]),
        (
            "listInvoices",
            json!({"statuses": ["pending", "Posted"]}),
            vec![("statuses", "Pending"), ("statuses", "Posted")],
        ),
        ("listInvoices", json!({"balanceFilter.comparer": "less"}), vec![("balanceFilter.Comparer", "Less")]),
        (
            "listInvoices",
            json!({"customfield.Fields[Gate Code]": 4411}),
            vec![("customField.Fields[Gate Code]", "4411")],
        ),
        ("listPayments", json!({"customField.Fields.Gate": "x"}), vec![("customField.Fields.Gate", "x")]),
        (
            "listUserRoles",
            json!({"employeeType": "employee,technician"}),
            vec![("employeeType", "Employee,Technician")],
        ),
    ];
    for (action, pairs, expected) in table {
        let sent = filtered(&bench, action, pairs.clone()).await;
        let sent: Vec<_> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(sent, expected, "{action} {pairs}");
    }
}

#[tokio::test]
async fn what_is_no_filter_or_no_value_of_one_is_refused_before_any_request() {
    let bench = Bench::start().await;
    let table = [
        (
            json!({"createdOnOrafterr": "2026-01-31"}),
            ".createdOnOrafterr",
            "unknown",
            "did you mean `createdOnOrAfter`? The filters are `ids`",
        ),
        (json!({"colour": "red"}), ".colour", "unknown", "the filters are `ids`, `number`"),
        (json!({"jobId": 5}), ".jobId", "unknown", "`customQueryParams.jobId` is not a filter of this list"),
        (json!({"PageSize": 5}), ".PageSize", "conflict", "use the input `pageSize` instead"),
        (json!({"sort": "+Id"}), ".sort", "conflict", "use the input `sort` instead"),
        (
            json!({"number": "1", "technicianId": "Sam"}),
            ".technicianId",
            "invalid_value",
            "the filter `technicianId` expects an id",
        ),
        (json!({"technicianId": "9223372036854775808"}), ".technicianId", "invalid_value", "64 bits"),
        (json!({"createdBefore": "soon"}), ".createdBefore", "invalid_value", "a date and time"),
        (json!({"jobStatus": "Lost"}), ".jobStatus", "invalid_choice", "one of `Scheduled`, `Dispatched`"),
        (json!({"hasUnusedAppointments": "maybe"}), ".hasUnusedAppointments", "invalid_value", "`true` or `false`"),
        (json!({"externalDataApplicationGuid": "x"}), ".externalDataApplicationGuid", "invalid_value", "a UUID"),
        (json!({"locationId": [1, 2]}), ".locationId", "conflict", "takes one value"),
        (json!({"number": {"a": 1}}), ".number", "invalid_value", "expects text"),
    ];
    for (pairs, at, code, why) in table {
        let error = bench.action("listJobs", json!({"customQueryParams": pairs})).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidInput, "{pairs}: {error}");
        let issue = &error.issues()[0];
        assert_eq!(issue.input, format!("customQueryParams{at}"), "{pairs}: {error}");
        assert_eq!((json!(issue.code), issue.message.contains(why)), (json!(code), true), "{pairs}: {error}");
    }
    // As pairs, an issue names the place of the pair.
    let pairs = [
        (json!({"key": "jobStatus", "value": "Lost"}), "[0].value", "is `Lost`; the filter `jobStatus` expects"),
        (json!([{"key": "jobId", "value": "5"}]), "[0].key", "is `jobId`, which is not a filter of this list"),
    ];
    for (pairs, at, why) in pairs {
        let error = bench.action("listJobs", json!({"customQueryParams": pairs})).await.unwrap_err();
        let issue = &error.issues()[0];
        assert_eq!(issue.input, format!("customQueryParams{at}"), "{pairs}: {error}");
        assert!(issue.message.starts_with(&format!("`{}` {why}", issue.input)), "{pairs}: {error}");
    }
    let error = bench.action("listInvoices", json!({"customQueryParams": {"batchNumber": "2147483648"}})).await;
    assert!(error.unwrap_err().message().contains("32 bits"));
    assert!(bench.sandbox.requests().is_empty());
}

/// A value that a filter takes.
fn value_of(filter: &Filter) -> &'static str {
    match filter.kind {
        _ if !filter.choices.is_empty() => filter.choices[0],
        Kind::Id | Kind::Integer => "1088",
        Kind::Decimal => "1.5",
        Kind::Flag => "true",
        Kind::Timestamp => "2026-01-31T00:00:00Z",
        Kind::Guid => "6b29fc40-ca47-1067-b31d-00dd010662da",
        _ if filter.name.to_lowercase().ends_with("ids") => "1088,1089",
        _ => "Pending",
    }
}

/// Filters that have an effect only together with others.
fn companions(name: &str) -> Value {
    match name {
        "balanceFilter.Balance" => json!({"balanceFilter.Comparer": "Less"}),
        "balanceFilter.Comparer" => json!({"balanceFilter.Balance": "5"}),
        "orderBy" => json!({"orderByDirection": "asc"}),
        "orderByDirection" => json!({"orderBy": "Id"}),
        "externalDataKey" => {
            json!({"externalDataApplicationGuid": "6b29fc40-ca47-1067-b31d-00dd010662da", "externalDataValues": "x"})
        }
        "externalDataValues" => {
            json!({"externalDataApplicationGuid": "6b29fc40-ca47-1067-b31d-00dd010662da", "externalDataKey": "x"})
        }
        _ => json!({}),
    }
}

#[tokio::test]
async fn every_filter_is_one_of_the_service() {
    let bench = Bench::start().await;
    let mut offences = Vec::new();
    let catalog = Catalog::registered();
    let lists = catalog.actions().filter_map(|action: &dyn Action| {
        let list = action.request(Inputs::default()).ok()?.list?;
        Some((action, list))
    });
    for (action, list) in lists {
        for filter in list.filters.iter().filter(|filter| !action.inputs().iter().any(|input| input.key == filter.name))
        {
            let offered = action.inputs().iter().flat_map(|input| input.filters);
            if !offered.into_iter().any(|own| own.name == filter.name) {
                continue;
            }
            let key = action.about().key;
            let name = if filter.values == FilterValues::Named {
                format!("{}[Gate Code]", filter.name)
            } else {
                filter.name.to_owned()
            };
            let pairs = merged(&[&json!({name: value_of(filter)}), &companions(filter.name)]);
            bench.sandbox.forget_requests();
            let inputs = merged(&[&sample(key).required, &json!({"customQueryParams": pairs})]);
            let answer = bench.action(key, inputs).await;
            let ignored = bench.seen().first().map(|request| request.ignored.clone()).unwrap_or_default();
            if answer.is_err() || !ignored.is_empty() {
                offences.push(format!("{key} {}: {answer:?}, ignored {ignored:?}", filter.name));
            }
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
}

#[tokio::test]
async fn contacts_are_filtered_by_the_time_of_their_creation() {
    let bench = Bench::start().await;
    let inputs = json!({"customerId": "10978752986", "customQueryParams": {"createdBefore": "2020-01-01"}});
    let list = bench.action("listCustomersContact", inputs).await.unwrap();
    assert_eq!(list["data"]["data"], json!([]));
    let request = &bench.seen()[0];
    assert_eq!(request.path, "/crm/v2/tenant/1097/customers/contacts");
    for pair in [("customerIds", "10978752986"), ("createdBefore", "2020-01-01T00:00:00Z")] {
        assert!(request.query.contains(&(pair.0.to_owned(), pair.1.to_owned())), "{:?}", request.query);
    }
}

#[tokio::test]
async fn additional_fields_are_sent_beside_the_inputs() {
    let bench = Bench::start().await;
    let job = json!({"jobId": "10978752986"});
    let table = [
        (json!({"soldById": " 1088 "}), json!({"soldById": 1088})),
        (json!({"soldById": null}), json!({"soldById": null})),
        (json!("{\"soldById\": \"1088\"}"), json!({"soldById": 1088})),
        (json!({"addedLater": {"a": [1]}, "soldById": ""}), json!({"addedLater": {"a": [1]}})),
        (json!({}), json!({})),
        (json!(null), json!({})),
    ];
    for (given, expected) in table {
        bench.sandbox.forget_requests();
        let inputs = merged(&[&job, &json!({"summary": "No heat.", "additionalFields": given})]);
        bench.action("updateJob", inputs).await.unwrap();
        assert_eq!(bench.body(), merged(&[&json!({"summary": "No heat."}), &expected]), "{given}");
    }
}

#[tokio::test]
async fn additional_fields_are_checked() {
    let bench = Bench::start().await;
    let address = json!({"taxExempt": null});
    let table = [
        ("updateJob", json!({"summary": "x"}), "summary", "conflict", "use the input `summary` instead"),
        ("updateJob", json!({"CustomerPO": "x"}), "CustomerPO", "conflict", "use the input `customerPo` instead"),
        ("updateJob", json!({"jobId": 5}), "jobId", "conflict", "use the input `jobId` instead"),
        ("updateProject", json!({"jobIds": [5]}), "jobIds", "conflict", "use the input `jobsIds` instead"),
        ("updateJob", json!({"soldByID": 5}), "soldByID", "unknown", "did you mean `soldById`?"),
        ("updateJob", json!({"sumary": "x"}), "sumary", "unknown", "did you mean `summary`?"),
        ("updateJob", json!({"soldById": "Sam"}), "soldById", "invalid_value", "a whole number"),
        ("updateCustomer", address, "taxExempt", "invalid_choice", "`true`, `false`"),
        ("updateInvoice", json!({"dueDate": "soon"}), "dueDate", "invalid_value", "a date such as"),
        ("updateInstalledEquipment", json!({"status": "Lost"}), "status", "invalid_choice", "`Installed`, `Replaced`"),
        (
            "updateCustomerContact",
            json!({"preferences": {"jobRemindersEnabled": "yes", "marketingUpdatesEnabled": 0}}),
            "preferences.invoiceStatementNotification",
            "required",
            "is required",
        ),
    ];
    for (action, fields, at, code, why) in table {
        let inputs = merged(&[&sample(action).required, &json!({"additionalFields": fields})]);
        let error = bench.action(action, inputs).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidInput, "{action} {fields}: {error}");
        let issue = &error.issues()[0];
        assert_eq!(issue.input, format!("additionalFields.{at}"), "{action}: {error}");
        assert_eq!((json!(issue.code), issue.message.contains(why)), (json!(code), true), "{action}: {error}");
    }
    assert!(bench.sandbox.requests().is_empty());
}

#[tokio::test]
async fn an_appointment_takes_one_technician_or_several() {
    let bench = Bench::start().await;
    let several = json!({"additionalFields": {"technicianIds": ["1088", 1088]}});
    let appointment = sample("createAppointment").required;
    bench.action("createAppointment", merged(&[&appointment, &several])).await.unwrap();
    assert_eq!(bench.body()["technicianIds"], json!([1088, 1088]));
    let both = merged(&[&appointment, &several, &json!({"technicianId": 1088})]);
    let error = bench.action("createAppointment", both).await.unwrap_err();
    assert_eq!(error.issues()[0].input, "additionalFields.technicianIds");
    assert!(error.message().contains("use the input `technicianId` instead"), "{error}");
}

#[tokio::test]
async fn suggested_values_are_spelled_right_and_others_are_sent() {
    let bench = Bench::start().await;
    for (given, sent) in [("urgent", "Urgent"), (" HIGH ", "High"), ("Someday", "Someday")] {
        bench.sandbox.forget_requests();
        let inputs = json!({"jobId": "10978752986", "priority": given});
        // What the service makes of other values is its own business.
        let _ = bench.action("updateJob", inputs).await;
        assert_eq!(bench.body(), json!({"priority": sent}));
    }
    let job = merged(&[&sample("createJob").required, &json!({"priority": " "})]);
    assert_eq!(bench.action("createJob", job).await.unwrap_err().issues()[0].input, "priority");
    let booking = json!({"bookingProvider": "1", "bookingId": "1", "customerType": "Industrial"});
    let error = bench.action("updateBooking", booking).await.unwrap_err();
    assert!(error.message().contains("one of `Residential`, `Commercial`"), "{error}");
}

#[tokio::test]
async fn what_a_text_limits_is_limited() {
    let bench = Bench::start().await;
    let name = json!({"name": "n".repeat(256), "value": "v"});
    let table = [
        ("createJob", json!({"appointments": []}), "appointments"),
        ("listJobs", json!({"page": 0}), "page"),
        ("listJobs", json!({"page": "2147483648"}), "page"),
        ("listJobs", json!({"pageSize": 0}), "pageSize"),
        ("listJobs", json!({"pageSize": 10000, "fetchAll": true}), "pageSize"),
        ("createCustomer", json!({"locations": []}), "locations"),
        ("updateProject", json!({"customFields": [{"typeId": 7}]}), "customFields[0].value"),
        (
            "updateInvoiceCustomFields",
            json!({"operations": [{"objectId": 7, "customFields": [name]}]}),
            "operations[0].customFields[0].name",
        ),
    ];
    for (action, wrong, at) in table {
        let inputs = merged(&[&sample(action).required, &wrong]);
        let error = bench.action(action, inputs).await.unwrap_err();
        assert_eq!((error.code(), error.issues()[0].input.as_str()), (Code::InvalidInput, at), "{error}");
    }
    assert!(bench.sandbox.requests().is_empty());
}

#[tokio::test]
async fn what_a_list_cannot_be_sorted_by_is_refused_before_any_request() {
    let bench = Bench::start().await;
    for (action, sort, expected) in [
        ("listJobs", "priorty", "did you mean `Priority`? The fields are `Id`, `ModifiedOn`, `CreatedOn`, `Priority`."),
        ("listJobs", "+Name", "`sort` is `+Name`, which this list cannot be sorted by. The fields are `Id`"),
        ("listCustomers", "-Priority", "The fields are `Id`, `ModifiedOn`, `CreatedOn`."),
        ("listTechnicians", "+Nmae", "is not a field of these records"),
    ] {
        let error = bench.action(action, json!({"sort": sort})).await.unwrap_err();
        assert_eq!((error.code(), error.issues()[0].input.as_str()), (Code::InvalidInput, "sort"), "{action}");
        assert!(error.message().contains(expected), "{action} {sort}: {error}");
    }
    assert!(bench.seen().is_empty());
    for (action, sort, sent) in [
        ("listJobs", "Priority", "+Priority"),
        ("listJobs", "-priority", "-priority"),
        ("listProjects", "+TargetCompletionDate", "+TargetCompletionDate"),
        // The API does not document by which fields.
        ("listInvoices", "-Total", "-Total"),
    ] {
        bench.action(action, json!({"sort": sort})).await.unwrap();
        let seen = bench.seen();
        let query = &seen.last().unwrap().query;
        assert!(query.iter().any(|(name, value)| name == "sort" && value == sent), "{action} {sort}: {query:?}");
    }
    // A raw request is sent as it is.
    let raw = json!({"urlType": "jpm", "url": "/jobs?sort=priorty", "method": "GET", "responseType": "json"});
    bench.action("rawRequest", raw).await.unwrap();
}
