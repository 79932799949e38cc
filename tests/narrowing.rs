//! Dropdowns that depend on other inputs of the same form.

use std::collections::BTreeSet;

use pipefit::runner::manifest;
use pipefit::{Catalog, Code, Error, Invocation};
use serde_json::{Value, json};

use crate::support::{Bench, parsed};

async fn entries(bench: &Bench, source: &str, inputs: Value) -> Result<Vec<Value>, Error> {
    let reply = bench.runtime.invoke(Invocation::data_source(source, inputs)).await.map(parsed)?;
    Ok(reply["result"].as_array().unwrap().clone())
}

fn keys(entries: &[Value]) -> BTreeSet<&str> {
    entries.iter().map(|entry| entry["key"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_picklist_has_only_what_belongs_to_the_other_inputs() {
    let bench = Bench::start().await;
    for (source, list, input, field) in [
        ("selectLocation", "listLocations", "customerId", "/customerId"),
        ("selectJob", "listJobs", "customerId", "/customerId"),
        ("selectJob", "listJobs", "locationId", "/locationId"),
        ("selectProject", "listProjects", "customerId", "/customerId"),
        ("selectProject", "listProjects", "locationId", "/locationId"),
        ("selectAppointment", "listAppointments", "customerId", "/customerId"),
        ("selectAppointment", "listAppointments", "jobId", "/jobId"),
        ("selectInvoice", "listInvoices", "customerId", "/customer/id"),
        ("selectInvoice", "listInvoices", "jobId", "/job/id"),
        ("selectPayment", "listPayments", "customerId", "/customer/id"),
        ("selectInstalledEquipment", "listInstalledEquipment", "locationId", "/locationId"),
    ] {
        let records = bench.action(list, json!({"fetchAll": true})).await.unwrap();
        let records = records["data"]["data"].as_array().unwrap();
        let chosen = records[records.len() / 2].pointer(field).unwrap();
        let belonging = records.iter().filter(|record| record.pointer(field) == Some(chosen));
        let belonging: Vec<_> = belonging.map(|record| record["id"].to_string()).collect();
        let narrowed = entries(&bench, source, json!({ input: chosen })).await.unwrap();
        let expected: BTreeSet<_> = belonging.iter().map(String::as_str).collect();
        assert!(expected.len() < records.len(), "{source} by {input}");
        assert_eq!(keys(&narrowed), expected, "{source} by {input}");
    }
    assert!(bench.seen().iter().all(|request| request.ignored.is_empty()));
}

#[tokio::test]
async fn several_inputs_and_a_search_narrow_together() {
    let bench = Bench::start().await;
    let locations = entries(&bench, "selectLocation", json!({})).await.unwrap();
    let (one, other) = (&locations[0], &locations[1]);
    let owner =
        bench.action("getLocation", json!({"locationId": one["key"]})).await.unwrap()["data"]["customerId"].clone();
    let by = |label: &Value| json!({"customerId": owner, "search": label});
    assert_eq!(entries(&bench, "selectLocation", by(&one["label"])).await.unwrap(), Vec::<Value>::new());
    let name = |entry: &Value| json!(entry["label"].as_str().unwrap().split(" (").next().unwrap());
    assert_eq!(entries(&bench, "selectLocation", by(&name(one))).await.unwrap(), std::slice::from_ref(one));
    assert_eq!(entries(&bench, "selectLocation", by(&name(other))).await.unwrap(), Vec::<Value>::new());
    let both = json!({"customerId": owner, "locationId": other["key"]});
    assert_eq!(entries(&bench, "selectJob", both).await.unwrap(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_saved_choice_keeps_its_label_when_another_input_has_changed() {
    let bench = Bench::start().await;
    let locations = entries(&bench, "selectLocation", json!({})).await.unwrap();
    let (saved, other) = (&locations[0], &locations[1]);
    let record = bench.action("getLocation", json!({"locationId": other["key"]})).await.unwrap();
    let lookup = json!({"customerId": record["data"]["customerId"], "value": saved["key"]});
    assert_eq!(entries(&bench, "selectLocation", lookup).await.unwrap(), std::slice::from_ref(saved));
}

#[tokio::test]
async fn an_input_that_narrows_is_checked_and_a_blank_one_is_not_set() {
    let bench = Bench::start().await;
    let error = entries(&bench, "selectLocation", json!({"customerId": "Jo Hill"})).await.unwrap_err();
    assert_eq!((error.code(), error.issues()[0].input.as_str()), (Code::InvalidInput, "customerId"));
    assert!(bench.seen().is_empty());
    let all = entries(&bench, "selectLocation", json!({})).await.unwrap();
    assert_eq!(entries(&bench, "selectLocation", json!({"customerId": ""})).await.unwrap(), all);
}

#[test]
fn forms_say_what_their_dropdowns_depend_on() {
    let catalog = Catalog::registered();
    let mut rows = Vec::new();
    for entry in catalog.units() {
        let unit = manifest::of_unit(entry, &catalog);
        let lookups = unit["lookupInputs"].as_array().into_iter().flatten();
        for input in unit["inputs"].as_array().unwrap().iter().chain(lookups) {
            for (member, meaning) in [("dataSourceInputs", "needs"), ("dataSourceNarrowedBy", "is narrowed by")] {
                if let Some(others) = input[member].as_array() {
                    let others: Vec<_> = others.iter().map(|other| other.as_str().unwrap()).collect();
                    let input = input["key"].as_str().unwrap();
                    rows.push(format!("{}: {input} {meaning} {}", entry.unit.about().key, others.join(", ")));
                }
            }
        }
    }
    insta::assert_snapshot!("dependent_dropdowns", rows.join("\n"));
}
