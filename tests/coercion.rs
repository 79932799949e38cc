//! How inputs are given: every line of the tables in docs/inputs.md.

use pipefit::{Code, Invocation, Runtime};
use serde_json::{Value, json};

use crate::support::{connection, merged};

const PAGE: &str = include_str!("../docs/inputs.md");

/// An input of each type: an action with its other inputs, the input, and where in the request its value is.
fn input_of(of_type: &str) -> (&'static str, Value, &'static str, &'static str) {
    let job = || json!({"jobId": "1"});
    match of_type {
        "id" => ("updateJob", job(), "businessUnitId", "/body/businessUnitId"),
        "count" => ("listJobs", json!({}), "pageSize", "pageSize"),
        "amount" => ("updateTechnician", json!({"technicianId": "1"}), "dailyGoal", "/body/dailyGoal"),
        "flag" => ("listJobs", json!({}), "includeTotal", "includeTotal"),
        "choice" => {
            let contact = json!({"customerId": "1", "customerContactId": "1", "value": "x"});
            ("updateCustomerContact", contact, "type", "/body/type")
        }
        "text" => ("updateJob", job(), "summary", "/body/summary"),
        "date and time" => ("updateProject", json!({"projectId": "1"}), "startDate", "/body/startDate"),
        "UUID" => ("getJob", job(), "externalDataApplicationGuid", "externalDataApplicationGuid"),
        "list of ids" => ("updateJob", job(), "tagTypeIds", "/body/tagTypeIds"),
        "required list of ids" => {
            ("assignTechnicians", json!({"appointmentId": "1"}), "technicianIds", "/body/technicianIds")
        }
        "pairs" => ("listJobs", json!({"includeTotal": null}), "customQueryParams", "?"),
        "object" => {
            let ids = json!({"customerId": "1", "locationId": "1", "businessUnitId": "1", "jobTypeId": "1"});
            let more = json!({"priority": "Low", "campaignId": "1"});
            ("createJob", merged(&[&ids, &more]), "jobGeneratedLeadSource", "/body/jobGeneratedLeadSource")
        }
        "list of objects" => ("updateJob", job(), "customFields", "/body/customFields"),
        "file" => {
            let name = json!({"fileName": "plate"});
            ("createInstalledEquipmentAttachment", name, "file", "/body")
        }
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
    let (action, mut inputs, key, at) = input_of(of_type);
    inputs[key] = given.clone();
    let reply = match runtime.invoke(Invocation::action(action, inputs).dry_run(true)).await {
        Ok(reply) => crate::support::parsed(reply)["data"].take(),
        Err(error) => {
            assert_eq!(error.code(), Code::InvalidInput, "{of_type} {given}: {error}");
            assert!(error.issues().iter().all(|issue| issue.input.starts_with(key)), "{of_type} {given}: {error}");
            return "refused".to_owned();
        }
    };
    if of_type == "file" {
        let part = &reply["body"][0];
        return format!("{}, {} bytes", part["contentType"].as_str().unwrap_or_default(), part["size"]);
    }
    if at.starts_with('/') {
        return reply.pointer(at).map_or_else(|| "not sent".to_owned(), ToString::to_string);
    }
    let url = reqwest::Url::parse(reply["url"].as_str().unwrap_or_default()).unwrap();
    if at == "?" {
        let query = url.query().unwrap_or_default();
        return query.replace("&includeTotal=false", "").replace("includeTotal=false&", "");
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
