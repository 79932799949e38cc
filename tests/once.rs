//! Writes that can be proved: verification, and creates that happen once for each idempotency key.

use std::time::Duration;

use pipefit::runner::export;
use pipefit::sandbox::{Fault, Sandbox};
use pipefit::{Catalog, Code, Error, Invocation, Runtime};
use serde_json::{Value, json};

use crate::support::{AT_ONCE, Bench, parsed, response, runtime_at, sample, serve};

const APPLICATION: &str = "6b29fc40-ca47-1067-b31d-00dd010662da";

/// The actions whose creations can happen once, and their resources.
const CREATIONS: [(&str, &str); 4] = [
    ("createCustomer", "customers"),
    ("createLocation", "locations"),
    ("createJob", "jobs"),
    ("createProject", "projects"),
];

fn create(action: &str, key: &str) -> Invocation {
    Invocation::action(action, sample(action).required).idempotency_key(key)
}

async fn invoke(runtime: &Runtime, invocation: Invocation) -> Result<Value, Error> {
    runtime.invoke(invocation).await.map(parsed)
}

/// The number of records that were created.
fn created(sandbox: &Sandbox) -> usize {
    sandbox.writes().len()
}

#[tokio::test]
async fn a_repeated_creation_returns_the_record_that_exists() {
    let schemas = export::files(&Catalog::registered());
    for (action, _) in CREATIONS {
        let bench = Bench::start().await;
        let first = invoke(&bench.runtime, create(action, "order-1")).await.unwrap();
        let again = invoke(&bench.runtime, create(action, "order-1")).await.unwrap();
        let schema = &schemas[&format!("servicetitan/actions/{action}.reply.json")];
        let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
        for reply in [&first, &again] {
            let faults: Vec<_> = schema.iter_errors(reply).map(|fault| fault.to_string()).collect();
            assert!(faults.is_empty(), "{action}: {faults:?}");
        }
        assert!(first.get("existing").is_none(), "{action}: {first}");
        assert_eq!((&again["existing"], &again["data"]["id"]), (&json!(true), &first["data"]["id"]), "{action}");
        assert_eq!(created(&bench.sandbox), 1, "{action}");
        let other = invoke(&bench.runtime, create(action, "order-2")).await.unwrap();
        assert_ne!(other["data"]["id"], first["data"]["id"], "{action}");
        assert_eq!(created(&bench.sandbox), 2, "{action}");
    }
}

#[tokio::test]
async fn a_record_that_was_deactivated_is_not_created_again() {
    for (create_it, update, id) in
        [("createCustomer", "updateCustomer", "customerId"), ("createLocation", "updateLocation", "locationId")]
    {
        let bench = Bench::start().await;
        let first = invoke(&bench.runtime, create(create_it, "order-1")).await.unwrap();
        bench.action(update, json!({id: first["data"]["id"], "active": false})).await.unwrap();
        let again = invoke(&bench.runtime, create(create_it, "order-1")).await.unwrap();
        assert_eq!((&again["existing"], &again["data"]["id"]), (&json!(true), &first["data"]["id"]), "{again}");
    }
}

#[tokio::test]
async fn a_lost_response_is_found_again() {
    for (action, resource) in CREATIONS {
        for fault in [Fault::reset_after_commit(), Fault::cut_body(10)] {
            let bench = Bench::start().await;
            bench.sandbox.add_fault(fault.path(format!("/*/v2/tenant/*/{resource}")).method("POST").times(1));
            let reply = invoke(&bench.runtime, create(action, "order-1")).await.unwrap();
            assert!(reply["data"]["id"].is_number(), "{action}: {reply}");
            assert_eq!(created(&bench.sandbox), 1, "{action}");
        }
    }
}

#[tokio::test]
async fn an_unknown_outcome_is_resolved_by_repeating_the_request() {
    let bench = Bench::start().await;
    // The search that follows the lost response fails, too.
    bench.sandbox.add_fault(Fault::reset_after_commit().path("/jpm/**").method("POST").times(1));
    bench.sandbox.add_fault(Fault::status(503).path("/jpm/**").method("GET").skip(1).times(5));
    let error = invoke(&bench.runtime, create("createJob", "order-1")).await.unwrap_err();
    assert_eq!((error.code(), error.retryable()), (Code::OutcomeUnknown, true));
    assert!(error.message().contains("same idempotency key"), "{error}");
    assert_eq!(error.retry_after(), Some(Duration::from_mins(3)));
    let reply = invoke(&bench.runtime, create("createJob", "order-1")).await.unwrap();
    assert_eq!(reply["existing"], true);
    assert_eq!(created(&bench.sandbox), 1);
}

#[tokio::test]
async fn after_a_crash_another_process_finds_the_record() {
    let bench = Bench::start().await;
    bench.sandbox.add_fault(Fault::slow_first_byte(Duration::from_mins(5)).path("/jpm/**").method("POST").times(1));
    // The process ends while it waits for the response.
    let first = bench.runtime.invoke(create("createJob", "order-1"));
    let waits = async {
        while created(&bench.sandbox) == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = first => panic!("there is no response"),
        () = waits => {}
    }
    let other = pipefit::sandbox_runtime(&bench.sandbox).retries(AT_ONCE).build().unwrap();
    let reply = invoke(&other, create("createJob", "order-1")).await.unwrap();
    assert_eq!((&reply["existing"], created(&bench.sandbox)), (&json!(true), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_in_one_runtime_one_creates() {
    let bench = Bench::start().await;
    let all = (0..20).map(|_| invoke(&bench.runtime, create("createCustomer", "order-1")));
    let replies = futures_util::future::join_all(all).await;
    let ids: std::collections::BTreeSet<_> =
        replies.into_iter().map(|reply| reply.unwrap()["data"]["id"].to_string()).collect();
    assert_eq!((ids.len(), created(&bench.sandbox)), (1, 1));
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let bench = Bench::start().await;
    invoke(&bench.runtime, create("createJob", "order-1")).await.unwrap();
    let mut other = sample("createJob").required;
    other["summary"] = json!("Something else.");
    let error = invoke(&bench.runtime, Invocation::action("createJob", other).idempotency_key("order-1")).await;
    assert_eq!(error.unwrap_err().code(), Code::Conflict);
    assert_eq!(created(&bench.sandbox), 1);
}

#[tokio::test]
async fn external_data_of_the_caller_is_kept_beside_the_key() {
    let bench = Bench::start().await;
    let mut inputs = sample("createJob").required;
    inputs["externalData"] = json!({"applicationGuid": APPLICATION, "externalData": [{"key": "a", "value": "b"}]});
    invoke(&bench.runtime, Invocation::action("createJob", inputs.clone()).idempotency_key("k")).await.unwrap();
    let keys: Vec<_> = bench.body()["externalData"]["externalData"].as_array().unwrap().clone();
    let keys: Vec<_> = keys.iter().map(|item| item["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["a", "pipefitIdempotencyKey", "pipefitRequestDigest"]);
    inputs["externalData"]["applicationGuid"] = json!("00000000-0000-0000-0000-000000000001");
    let error = invoke(&bench.runtime, Invocation::action("createJob", inputs).idempotency_key("k")).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidRequest);
}

#[tokio::test]
async fn a_key_that_cannot_be_kept_is_refused_before_any_request() {
    let bench = Bench::start().await;
    let refused = [
        create("createAppointment", "k"),
        create("createInvoices", "k"),
        create("updateJob", "k"),
        create("getJob", "k"),
        create("createJob", ""),
        create("createJob", "a,b"),
        create("createJob", &"k".repeat(129)),
    ];
    for invocation in refused {
        let error = bench.runtime.invoke(invocation).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidRequest, "{error}");
        assert!(error.message().contains("idempotencyKey"), "{error}");
    }
    assert!(bench.seen().is_empty());
    let (url, seen) = serve(|_| response("200 OK", &[], "{}"));
    let error = runtime_at(&url).invoke(create("createJob", "k")).await.unwrap_err();
    assert!(error.message().contains("application id"), "{error}");
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_service_that_ignores_the_filter_does_not_pass_off_another_record() {
    let page = r#"{"page":1,"pageSize":50,"hasMore":false,"totalCount":null,"data":[{"id":7,"externalData":[]}]}"#;
    let (url, seen) = serve(move |received| {
        let body = if received.text.starts_with("GET") { page } else { r#"{"id": 8}"# };
        response("200 OK", &[], body)
    });
    let builder =
        Runtime::builder().api_url("servicetitan", &url).token_url("servicetitan", format!("{url}/connect/token"));
    let builder = builder.application_id("servicetitan", APPLICATION).default_connection(crate::support::connection());
    let reply = invoke(&builder.build().unwrap(), create("createJob", "k")).await.unwrap();
    assert_eq!((&reply["data"]["id"], reply.get("existing")), (&json!(8), None));
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn fields_that_did_not_take_are_named() {
    let ignored = r#"{"id": 1, "summary": "Old.", "businessUnitId": 5, "tagTypeIds": [3, 2, 1]}"#;
    let (url, seen) = serve(move |_| response("200 OK", &[], ignored));
    let inputs = json!({
        "jobId": "1", "summary": "New.", "businessUnitId": "5", "tagTypeIds": ["1", "2"],
        "shouldUpdateInvoiceItems": "true",
    });
    let runtime = runtime_at(&url);
    let reply = invoke(&runtime, Invocation::action("updateJob", inputs).verify(true)).await.unwrap();
    assert_eq!(reply["unapplied"], json!(["summary"]));
    assert_eq!(reply["unverified"], json!(["shouldUpdateInvoiceItems"]));
    let lines: Vec<_> = seen.lock().unwrap().iter().map(|text| text.lines().next().unwrap().to_owned()).collect();
    assert_eq!(lines, ["PATCH /jpm/v2/tenant/1097/jobs/1 HTTP/1.1", "GET /jpm/v2/tenant/1097/jobs/1 HTTP/1.1"]);
}

#[tokio::test]
async fn every_write_that_can_be_verified_is() {
    let actions = [
        "createCustomer",
        "updateCustomer",
        "createLocation",
        "updateLocation",
        "createJob",
        "updateJob",
        "createProject",
        "updateProject",
        "createAppointment",
        "createBookingByProvider",
        "updateBooking",
        "createTechnician",
        "updateTechnician",
        "createInstalledEquipment",
        "updateInstalledEquipment",
        "createInvoices",
        "updateInvoice",
        "createPayment",
        "updatePayment",
    ];
    for action in actions {
        let bench = Bench::start().await;
        let reply = invoke(&bench.runtime, Invocation::action(action, sample(action).all).verify(true)).await;
        let reply = reply.unwrap_or_else(|error| panic!("{action}: {error}"));
        assert_eq!(reply["unapplied"], json!([]), "{action}: {reply}");
        assert!(reply.get("verificationError").is_none(), "{action}: {reply}");
    }
}

#[tokio::test]
async fn what_cannot_be_verified_is_refused_before_any_request() {
    let bench = Bench::start().await;
    for action in ["getJob", "listJobs", "cancelJob", "deleteAppointment", "createCustomerContact", "rawRequest"] {
        let invocation = Invocation::action(action, sample(action).required).verify(true);
        let error = bench.runtime.invoke(invocation).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidRequest, "{action}: {error}");
        assert!(error.message().contains("`verify` is not possible"), "{error}");
    }
    assert!(bench.seen().is_empty());
}

#[tokio::test]
async fn a_failed_verification_does_not_hide_that_the_write_was_done() {
    let bench = Bench::start().await;
    bench.sandbox.add_fault(Fault::status(404).path("/jpm/**").method("GET"));
    let invocation = Invocation::action("updateJob", sample("updateJob").required).verify(true);
    let reply = invoke(&bench.runtime, invocation).await.unwrap();
    assert_eq!(reply["verificationError"]["code"], "not_found");
    assert!(reply.get("unapplied").is_none() && reply["data"]["id"].is_number(), "{reply}");
}
