//! How inputs are given: every line of the tables in docs/inputs.md.

use pipefit::{Code, Invocation, Runtime};
use serde_json::{Value, json};

use crate::support::{connection, parsed, response, sample, serve};

const PAGE: &str = include_str!("../docs/inputs.md");

/// An input of each type: its action, its key, and where in the request its value is.
fn input_of(of_type: &str) -> (&'static str, &'static str, &'static str) {
    match of_type {
        "id" => ("updateJob", "businessUnitId", "/body/businessUnitId"),
        "count" => ("listJobs", "pageSize", "pageSize"),
        "sorting" => ("listJobs", "sort", "sort"),
        "amount" => ("updateTechnician", "dailyGoal", "/body/dailyGoal"),
        "flag" => ("listJobs", "includeTotal", "includeTotal"),
        "choice" => ("updateCustomerContact", "type", "/body/type"),
        "text" => ("updateJob", "summary", "/body/summary"),
        "required text" => ("cancelJob", "memo", "/body/memo"),
        "date and time" => ("updateProject", "startDate", "/body/startDate"),
        "date" => ("updateInvoice", "additionalFields.dueDate", "/body/dueDate"),
        "UUID" => ("getJob", "externalDataApplicationGuid", "externalDataApplicationGuid"),
        "list of ids" => ("updateJob", "tagTypeIds", "/body/tagTypeIds"),
        "required list of ids" => ("assignTechnicians", "technicianIds", "/body/technicianIds"),
        "pairs" => ("listJobs", "customQueryParams", "?"),
        "parameters of a raw request" => ("rawRequest", "queryParams", "?"),
        "object" => ("createJob", "jobGeneratedLeadSource", "/body/jobGeneratedLeadSource"),
        "list of objects" => ("updateJob", "customFields", "/body/customFields"),
        "object that is replaced" => ("updateCustomer", "address", "/body/address"),
        "required list of objects" => ("updateInvoiceCustomFields", "operations", "/body/operations"),
        "suggestion" => ("updateJob", "priority", "/body/priority"),
        "additional fields" => ("updateJob", "additionalFields", "/body"),
        "additional fields with a flag" => ("updateCustomer", "additionalFields", "/body"),
        "file" | "file named plate.png" => ("createInstalledEquipmentAttachment", "file", "/body"),
        other => panic!("there is no input of the type `{other}`"),
    }
}

/// The type, the given JSON, and what is sent, of each line.
fn lines() -> Vec<(&'static str, Value, &'static str)> {
    let rows = PAGE.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| type"));
    let cells = rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect::<Vec<_>>());
    let unquoted = |text: &'static str| text.trim_matches('`');
    cells
        .map(|cells| {
            let [of_type, given, sent] = cells[..] else { panic!("{cells:?} are not three cells") };
            let given = serde_json::from_str(unquoted(given)).unwrap_or_else(|error| panic!("{given}: {error}"));
            (of_type, given, unquoted(sent))
        })
        .collect()
}

/// What a dry run shows to be sent, or `refused`.
async fn sent(runtime: &Runtime, of_type: &str, given: &Value) -> String {
    let (action, key, at) = input_of(of_type);
    let mut inputs = sample(action).required;
    match key.split_once('.') {
        Some((key, field)) => inputs[key] = json!({field: given}),
        None => inputs[key] = given.clone(),
    }
    if key == "file" {
        inputs["fileName"] = json!(of_type.strip_prefix("file named ").unwrap_or("plate"));
    }
    let reply = match runtime.invoke(Invocation::action(action, inputs).dry_run(true)).await {
        Ok(reply) => parsed(reply)["data"].take(),
        Err(error) => {
            assert_eq!(error.code(), Code::InvalidInput, "{of_type} {given}: {error}");
            assert!(error.issues().iter().all(|issue| issue.input.starts_with(key)), "{of_type} {given}: {error}");
            return "refused".to_owned();
        }
    };
    if key == "file" {
        let part = &reply["body"][0];
        return format!("{}, {} bytes", part["contentType"].as_str().unwrap_or_default(), part["size"]);
    }
    if at.starts_with('/') {
        return reply.pointer(at).map_or_else(|| "not sent".to_owned(), ToString::to_string);
    }
    let url = reqwest::Url::parse(reply["url"].as_str().unwrap_or_default()).unwrap();
    if at == "?" {
        let query = url.query().unwrap_or_default();
        let pairs: Vec<_> = query.split('&').filter(|pair| !matches!(*pair, "" | "includeTotal=false")).collect();
        return if pairs.is_empty() { "not sent".to_owned() } else { pairs.join("&") };
    }
    let value = url.query_pairs().find(|(name, _)| name == at).map(|(_, value)| value.into_owned());
    let value = value.map(|value| if of_type == "UUID" { json!(value).to_string() } else { value });
    value.unwrap_or_else(|| "not sent".to_owned())
}

#[tokio::test]
async fn every_line_of_the_page_holds() {
    let runtime = Runtime::builder().default_connection(connection()).build().unwrap();
    let mut wrong = Vec::new();
    for (of_type, given, expected) in lines() {
        let sent = sent(&runtime, of_type, &given).await;
        if sent != expected {
            wrong.push(format!("{of_type} {given}: expected {expected}, sent {sent}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_fields_of_a_connection_are_trimmed() {
    let runtime = Runtime::builder().build().unwrap();
    let mut connection = connection();
    let fields = connection["fields"].as_object_mut().unwrap();
    for value in fields.values_mut() {
        *value = json!(format!(" {}\n", value.as_str().unwrap()));
    }
    let inputs = json!({"jobId": "1", "connection": connection});
    let reply = runtime.invoke(Invocation::action("getJob", inputs).dry_run(true)).await.unwrap();
    assert_eq!(parsed(reply)["data"]["url"], "https://api-integration.servicetitan.io/jpm/v2/tenant/1097/jobs/1");
}

#[tokio::test]
async fn a_connection_with_a_token_needs_no_credentials() {
    let (url, seen) = serve(|received| match received.number {
        1 => response("200 OK", &[], r#"{"id": 1}"#),
        _ => response("401 Unauthorized", &[], ""),
    });
    let builder = Runtime::builder().api_url("servicetitan", &url).token_url("servicetitan", format!("{url}/token"));
    let runtime = builder.build().unwrap();
    let connection = json!({
        "fields": {"tenant": "1097", "applicationKey": "canary-key"},
        "token": {"access_token": "canary-token"},
    });
    let get_job = || Invocation::action("getJob", json!({"jobId": "1", "connection": connection}));
    runtime.invoke(get_job()).await.unwrap();
    assert!(seen.lock().unwrap()[0].to_lowercase().contains("authorization: bearer canary-token\r\n"));
    let error = runtime.invoke(get_job()).await.unwrap_err();
    assert_eq!(error.code(), Code::Unauthorized);
    assert!(error.message().contains("pass a new token"), "{error}");
    assert_eq!(seen.lock().unwrap().len(), 2);

    let runtime = Runtime::builder().build().unwrap();
    let error = runtime.invoke(get_job().dry_run(true)).await.unwrap_err();
    let missing: Vec<_> = error.issues().iter().map(|issue| issue.input.as_str()).collect();
    assert_eq!((error.code(), missing), (Code::InvalidConnection, vec!["environment"]));
}
