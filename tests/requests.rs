//! What goes out for what comes in: every action through a runtime to a server that keeps what it sees.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use pipefit::component::{CONNECTION, Role};
use pipefit::sandbox::{Fault, RecordedRequest};
use pipefit::{Catalog, Code, Invocation, Problem, UnitKind};
use serde_json::{Map, Value, json};

use crate::conformance::{all_units, check};
use crate::support::{Bench, merged, pretty, sample_of, samples};

#[test]
fn every_sample_has_every_input_of_its_action() {
    all_units(|entry, offences| {
        let sample = sample_of(entry);
        for input in entry.unit.inputs().iter().filter(|input| input.role != Role::Connection) {
            let lacking = sample.all.get(input.key).is_none();
            let misplaced = sample.required.get(input.key).is_some() != input.required;
            check(offences, !lacking && !misplaced, format!("its sample lacks or misplaces `{}`", input.key));
        }
    });
}

#[test]
fn every_sample_belongs_to_an_action() {
    let catalog = Catalog::registered();
    let samples = || catalog.components().into_iter().map(|component| component.samples);
    let (written, shared): (Map<_, _>, Map<_, _>) =
        (samples().flat_map(|it| it.units()).collect(), samples().flat_map(|it| it.inputs()).collect());
    let inputs = || catalog.units().iter().flat_map(|entry| entry.unit.inputs());
    let stray = written.keys().filter(|key| catalog.find(None, UnitKind::Action, key).is_none());
    let stray: Vec<_> = stray.chain(shared.keys().filter(|key| !inputs().any(|input| input.key == **key))).collect();
    assert!(stray.is_empty(), "the samples below crates/servicetitan/src name what is not declared: {stray:?}");
    for path in json_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/servicetitan/src")) {
        let members: Map<String, Value> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let known = members.keys().all(|key| written.contains_key(key) || shared.contains_key(key));
        assert!(known, "`SAMPLES` in crates/servicetitan/src/lib.rs lacks {}", path.display());
    }
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let paths = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let files = paths.flat_map(|path| if path.is_dir() { json_files(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

#[tokio::test]
async fn every_action_sends_what_it_declares() {
    let mut offences = Vec::new();
    for sample in samples() {
        for (form, inputs) in [("required", &sample.required), ("all", &sample.all)] {
            let bench = Bench::start().await;
            let answer = bench.action(&sample.action, inputs.clone()).await;
            let seen = bench.seen();
            if seen.len() != 1 {
                offences.push(format!("{sample} with {form} inputs sends {} requests: {answer:?}", seen.len()));
                continue;
            }
            if let Err(error) = answer {
                offences.push(format!("{sample} with {form} inputs: {error}"));
            }
            if !seen[0].ignored.is_empty() {
                offences.push(format!("{sample} with {form} inputs: the API passes over {:?}", seen[0].ignored));
            }
            let name = format!("{}_{form}", sample.action);
            if catch_unwind(|| insta::assert_snapshot!(name.as_str(), pretty(&described(&seen[0])))).is_err() {
                offences.push(format!(
                    "{sample} with {form} inputs: the request is not that of the snapshot `{name}`; \
                     where it is the right one, repair with `cargo xtask update`"
                ));
            }
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
}

#[tokio::test]
async fn every_action_says_what_the_service_refused() {
    for sample in samples() {
        for (status, code) in
            [(400, Code::Rejected), (403, Code::Forbidden), (404, Code::NotFound), (409, Code::Conflict)]
        {
            let bench = Bench::start().await;
            bench.sandbox.add_fault(Fault::status(status));
            let error = bench.action(&sample.action, sample.required.clone()).await.unwrap_err();
            assert_eq!((error.code(), error.status()), (code, Some(status)), "{sample}: {error}");
            assert_eq!(bench.seen().len(), 1, "{sample}: sent once");
        }
    }
}

/// The request without what differs from run to run, and without secrets.
fn described(request: &RecordedRequest) -> Value {
    assert!(request.header("authorization").is_some_and(|value| value.starts_with("Bearer ")));
    assert!(request.header("st-app-key").is_some());
    let query: Vec<_> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let content_type = request.header("content-type").unwrap_or_default();
    let (content_type, body): (_, Value) = match content_type.split_once("; boundary=") {
        Some((content_type, boundary)) => {
            let text = String::from_utf8_lossy(&request.body).replace(boundary, "boundary");
            (Some(content_type), text.lines().collect())
        }
        None => (request.header("content-type"), serde_json::from_slice(&request.body).unwrap_or_default()),
    };
    json!({
        "method": request.method, "path": request.path, "query": query, "accept": request.header("accept"),
        "contentType": content_type, "body": body, "status": request.status,
    })
}

#[tokio::test]
async fn a_required_input_that_is_missing_or_blank_is_refused_before_any_request() {
    let bench = Bench::start().await;
    for sample in samples() {
        for key in sample.required.as_object().unwrap().keys().filter(|key| !has_default(&sample.action, key)) {
            let mut missing = sample.required.clone();
            missing.as_object_mut().unwrap().remove(key);
            for inputs in [
                missing,
                merged(&[&sample.required, &json!({key: ""})]),
                merged(&[&sample.required, &json!({key: null})]),
            ] {
                let error = bench.action(&sample.action, inputs).await.unwrap_err();
                assert_eq!(error.code(), Code::InvalidInput, "{sample}: {key}");
                assert_eq!(
                    (error.issues()[0].input.as_str(), error.issues()[0].code),
                    (key.as_str(), Problem::Required)
                );
                assert!(error.message().contains(&format!("`{key}`")), "{}", error.message());
            }
        }
    }
    assert!(bench.sandbox.requests().is_empty());
}

fn has_default(action: &str, key: &str) -> bool {
    let catalog = Catalog::registered();
    let inputs = catalog.find(None, UnitKind::Action, action).unwrap().unit.inputs();
    inputs.iter().any(|input| input.key == key && input.has_default())
}

#[tokio::test]
async fn a_missing_connection_is_an_input_that_is_missing() {
    let runtime = pipefit::Runtime::builder().build().unwrap();
    for sample in samples() {
        let error = runtime.invoke(Invocation::action(&sample.action, sample.required.clone())).await.unwrap_err();
        assert_eq!(error.issues()[0].input, CONNECTION.key, "{sample}");
    }
}

#[tokio::test]
async fn what_is_no_id_is_refused_before_any_request() {
    let bench = Bench::start().await;
    let wrong = [
        json!("../../x"),
        json!("abc"),
        json!("1/2"),
        json!(1.5),
        json!("1.5"),
        json!("0x7"),
        json!("9223372036854775808"),
        json!("99999999999999999999"),
        json!([1]),
        json!({}),
        json!(true),
        json!(" "),
    ];
    for value in wrong {
        let error = bench.action("getJob", json!({"jobId": value})).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidInput, "{value}");
        assert_eq!(error.issues()[0].input, "jobId", "{value}");
        assert!(error.message().contains("whole number"), "{}", error.message());
    }
    assert!(bench.sandbox.requests().is_empty());
}

#[tokio::test]
async fn an_id_above_2_to_the_53_goes_out_and_comes_back_exactly() {
    let bench = Bench::start().await;
    for id in [json!("9007199254740993"), json!(9_007_199_254_740_993_i64)] {
        let answer = bench.runtime.invoke(Invocation::action("getJob", json!({"jobId": id}))).await.unwrap();
        assert!(answer.to_json().contains(r#""id":9007199254740993,"#));
    }
    assert!(bench.seen().iter().all(|request| request.path.ends_with("/jobs/9007199254740993")));
}

#[tokio::test]
async fn ids_of_64_bits_are_ids() {
    let bench = Bench::start().await;
    for id in ["0", "9", "999999999999999999", "9199999999999999999", "9223372036854775799", "9223372036854775807"] {
        let error = bench.action("getJob", json!({"jobId": id})).await.unwrap_err();
        assert_eq!(error.code(), Code::NotFound, "{id}");
    }
}

#[tokio::test]
async fn zero_and_false_are_sent_and_blanks_are_not() {
    let bench = Bench::start().await;
    for total in [json!(false), json!("false"), json!("FALSE")] {
        let _ = bench.action("listJobs", json!({"page": 0, "includeTotal": total, "sort": "", "pageSize": null})).await;
    }
    for request in bench.seen() {
        let query = [("page".to_owned(), "0".to_owned()), ("includeTotal".to_owned(), "false".to_owned())];
        assert_eq!(request.query, query);
    }
    let inputs =
        json!({"jobId": "10978752986", "summary": "", "tagTypeIds": [""], "shouldUpdateInvoiceItems": "False"});
    bench.action("updateJob", inputs).await.unwrap();
    let body: Value = serde_json::from_slice(&bench.seen().last().unwrap().body).unwrap();
    assert_eq!(body, json!({"shouldUpdateInvoiceItems": false}));
}

#[tokio::test]
async fn an_empty_list_is_a_value_and_clears() {
    let bench = Bench::start().await;
    bench.action("updateJob", json!({"jobId": "10978752986", "tagTypeIds": []})).await.unwrap();
    assert_eq!(&bench.seen()[0].body[..], br#"{"tagTypeIds":[]}"#);
}

#[tokio::test]
async fn all_problems_are_reported_at_once() {
    let bench = Bench::start().await;
    let inputs = json!({
        "customerId": "abc", "locationId": "1", "businessUnitId": "1", "jobTypeId": "1", "priority": "Soon",
        "appointments": [{"start": "tomorrow", "ends": "2026-02-03T11:00:00Z"}], "customFields": "{broken",
        "invoiceSignatureIsRequired": "maybe", "externalData": {"applicationGuid": "x"}, "sumary": "No heat.",
    });
    let error = bench.action("createJob", inputs).await.unwrap_err();
    insta::assert_snapshot!("all_problems_at_once", pretty(&error));
    assert!(bench.sandbox.requests().is_empty());
}

#[tokio::test]
async fn code_inputs_come_as_a_value_or_as_its_text() {
    let bench = Bench::start().await;
    let fields = json!([{"typeId": 1088, "value": "4411", "addedLater": 1.50}]);
    for value in [fields.clone(), json!(fields.to_string())] {
        bench.action("updateJob", json!({"jobId": "10978752986", "customFields": value})).await.unwrap();
    }
    for request in bench.seen() {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body, json!({"customFields": fields}));
    }
}

#[tokio::test]
async fn free_query_parameters_never_override_paging() {
    let bench = Bench::start().await;
    for key in ["page", "pageSize", "includeTotal", "sort"] {
        let inputs = json!({"sort": "+Id", "customQueryParams": {key: "2"}});
        let error = bench.action("listJobs", inputs).await.unwrap_err();
        assert_eq!((error.code(), error.issues()[0].code), (Code::InvalidInput, Problem::Conflict), "{key}");
    }
    assert!(bench.seen().is_empty());
}

#[tokio::test]
async fn templates_and_examples_are_never_sent() {
    let bench = Bench::start().await;
    bench.action("updateJob", json!({"jobId": "10978752986"})).await.unwrap();
    assert_eq!(&bench.seen()[0].body[..], b"{}");
}

#[tokio::test]
async fn inside_a_structured_value_text_is_turned_into_what_the_service_expects() {
    let bench = Bench::start().await;
    let splits = json!([{"invoiceId": "9007199254740993", "amount": "0.10", "invoiceNumber": "007"}]);
    let _ = bench.action("createPayment", json!({"typeId": 1088, "splits": splits})).await;
    let body = String::from_utf8(bench.seen()[0].body.to_vec()).unwrap();
    assert!(body.contains(r#"[{"invoiceId":9007199254740993,"amount":0.10,"invoiceNumber":"007"}]"#), "{body}");
    let items = json!([{"description": "1", "quantity": "2", "isAddOn": "TRUE"}]);
    let _ = bench.action("updateInvoice", json!({"invoiceId": "10978752986", "items": items})).await;
    let body = String::from_utf8(bench.seen()[1].body.to_vec()).unwrap();
    assert_eq!(body, r#"{"items":[{"description":"1","quantity":2,"isAddOn":true}]}"#);
    let files = json!([{"type": "IMAGE", "url": "department"}]);
    let equipment = json!({"installedEquipmentId": "1234567890", "attachments": files});
    bench.action("updateInstalledEquipment", equipment).await.unwrap();
    assert!(bench.seen()[2].body.starts_with(br#"{"attachments":[{"type":"Image","#));
    let error =
        bench.action("createPayment", json!({"typeId": 1088, "splits": [{"amount": "ten"}]})).await.unwrap_err();
    assert!(error.message().contains("expected a number such as `19.90` or null"), "{error}");
}
