//! The OAuth scopes: those of a unit, of a folder of requests, and of what is refused.

use std::fs;

use pipefit::sandbox::Fault;
use serde_json::{Value, json};

use crate::support::Bench;
use crate::support::command::pipefit;

#[test]
fn scopes_of_keys_are_sorted_and_listed_once() {
    let listed = pipefit(&["scopes", "listCustomers", "createJob", "getJob", "selectCustomers"], "");
    assert_eq!((listed.stdout.as_str(), listed.status), ("tn.crm.customers:r\ntn.jpm.jobs:r\ntn.jpm.jobs:w\n", 0));
    let json = pipefit(&["scopes", "createInstalledEquipmentAttachment", "--output", "json"], "");
    assert_eq!(json.json(), json!(["tn.eqs.installedequipment:w"]));
    let all = pipefit(&["scopes", "--all"], "").stdout;
    let all: Vec<_> = all.lines().collect();
    assert!(all.is_sorted() && all.contains(&"tn.stt.userroles:r") && all.len() > 20, "{all:?}");
}

#[test]
fn what_has_no_scope_of_its_own_or_is_not_there_is_said() {
    let raw = pipefit(&["scopes", "rawRequest"], "");
    assert!(raw.status == 0 && raw.stderr.contains("rawRequest needs the scope of the endpoint"), "{raw:?}");
    let unknown = pipefit(&["scopes", "getJbo"], "");
    assert!(unknown.status == 2 && unknown.stderr.contains("getJob"), "{unknown:?}");
    assert_eq!(pipefit(&["scopes"], "").status, 2);
}

#[test]
fn scopes_used_in_a_folder_are_those_of_its_requests() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let write = |name: &str, request: Value| fs::write(folder.path().join(name), request.to_string()).unwrap();
    write("create.json", json!({"action": "createJob", "verify": true, "inputs": {"customerId": "1"}}));
    write("inner/poll.json", json!({"trigger": "pollChangesTrigger", "inputs": {"resourceType": "payments"}}));
    let raw = |method: &str, url: &str| json!({"action": "rawRequest", "inputs": {"urlType": "crm", "url": url, "method": method}});
    write("raw.json", raw("PATCH", "/customers/7"));
    write("unknown.json", raw("GET", "/leads"));
    write("settings.json", json!({"theme": "dark", "keys": [{"action": "save"}]}));
    write("package.json", json!({"name": "requests", "scripts": {"test": "true"}}));
    write("misspelled.json", json!({"action": "getJob", "input": {}}));
    fs::write(folder.path().join("comments.json"), "// not JSON\n{}").unwrap();
    fs::write(folder.path().join("unfinished.json"), "{\"action\": \"getJob\"").unwrap();
    let found = pipefit(&["scopes", "--used-in", folder.path().to_str().unwrap()], "");
    let expected = "tn.acc.payments:r\ntn.crm.customers:w\ntn.jpm.jobs:r\ntn.jpm.jobs:w\n";
    assert_eq!((found.stdout.as_str(), found.status), (expected, 0), "{found:?}");
    assert!(found.stderr.contains("unknown.json: its endpoint belongs to no action"), "{found:?}");
    for invalid in ["misspelled.json: left out", "unfinished.json: left out"] {
        assert!(found.stderr.contains(invalid), "{found:?}");
    }
    // What is no request is not worth a word.
    assert_eq!(found.stderr.lines().count(), 3, "{found:?}");
    write("broken.json", json!({"action": "getJbo"}));
    let broken = pipefit(&["scopes", "--used-in", folder.path().to_str().unwrap()], "");
    assert!(broken.status == 2 && broken.stderr.contains("broken.json"), "{broken:?}");
}

#[test]
fn scopes_are_described() {
    let action = pipefit(&["describe", "createJob"], "").stdout;
    assert!(action.contains("\nScope: tn.jpm.jobs:w\n"), "{action}");
    let trigger = pipefit(&["describe", "pollChangesTrigger"], "").stdout;
    assert!(trigger.contains("One of these scopes, by its inputs: tn.acc.invoices:r, "), "{trigger}");
    assert!(!pipefit(&["describe", "rawRequest"], "").stdout.contains("Scope"));
    let manifest = pipefit(&["describe", "createJob", "--json"], "").json();
    assert_eq!(manifest["scopes"], json!(["tn.jpm.jobs:w"]));
}

#[tokio::test]
async fn a_refused_request_names_its_scope() {
    let bench = Bench::start().await;
    bench.sandbox.add_fault(Fault::status(403));
    let error = bench.action("getJob", json!({"jobId": "1"})).await.unwrap_err();
    assert_eq!(error.scope(), Some("tn.jpm.jobs:r"));
    assert!(error.message().ends_with("; it needs the scope `tn.jpm.jobs:r`"), "{error}");
    let raw = json!({"urlType": "jpm", "url": "/jobs/1", "method": "GET", "responseType": "json"});
    let error = bench.action("rawRequest", raw).await.unwrap_err();
    assert_eq!(error.scope(), None, "{error}");
}
