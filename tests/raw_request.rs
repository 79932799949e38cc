//! The request that is made by hand: what goes out, what comes back, what is refused, what is tried again.

use std::time::Duration;

use pipefit::component::File;
use pipefit::sandbox::{Fault, RecordedRequest};
use pipefit::{Code, Error, Invocation};
use serde_json::{Value, json};

use crate::support::{Bench, merged, response, runtime_at, serve};

const JOBS: &str = "/jpm/v2/tenant/{tenant}/jobs";
const JOB: &str = "/jpm/v2/tenant/{tenant}/jobs/{id}";

/// A read of the documented job, changed by `with`.
fn job(with: &Value) -> Value {
    let base = json!({"urlType": "jpm", "url": "/jobs/10978752986", "method": "GET", "responseType": "json"});
    merged(&[&base, with])
}

async fn raw(bench: &Bench, with: Value) -> Result<Value, Error> {
    bench.action("rawRequest", job(&with)).await
}

/// The one request that this raw request makes, whatever the sandbox thinks of it.
async fn sent(with: Value) -> RecordedRequest {
    let bench = Bench::start().await;
    let answer = raw(&bench, with).await;
    bench.seen().pop().unwrap_or_else(|| panic!("nothing was sent: {answer:?}"))
}

#[tokio::test]
async fn every_method_goes_out_to_the_path_below_the_tenant() {
    for method in ["DELETE", "GET", "HEAD", "LINK", "OPTIONS", "PATCH", "POST", "PURGE", "PUT", "UNLINK"] {
        let request = sent(json!({"method": method.to_lowercase(), "url": "jobs/ü/7"})).await;
        assert_eq!((request.method.as_str(), request.path.as_str()), (method, "/jpm/v2/tenant/1097/jobs/%C3%BC/7"));
        assert!(request.header("authorization").is_some() && request.header("st-app-key").is_some());
        assert_eq!((request.header("content-type"), request.body.len()), (None, 0), "{method}");
    }
}

#[tokio::test]
async fn a_query_in_the_url_and_another_version_are_sent() {
    let (url, seen) = serve(|_| response("200 OK", &[], "{}"));
    let inputs = json!({
        "urlType": "telecom/v3", "url": "/calls?active=true&ids=1&ids=2", "method": "GET", "responseType": "json",
        "queryParams": {"name": "a&b"},
    });
    runtime_at(&url).invoke(Invocation::action("rawRequest", inputs)).await.unwrap();
    let line = seen.lock().unwrap()[0].lines().next().unwrap().to_owned();
    assert_eq!(line, "GET /telecom/v3/tenant/1097/calls?active=true&ids=1&ids=2&name=a%26b HTTP/1.1");
}

#[tokio::test]
async fn what_leads_elsewhere_or_speaks_for_the_connection_is_refused_before_any_request() {
    let bench = Bench::start().await;
    let mut wrong = Vec::new();
    for url in [
        "https://evil.example/",
        "//evil.example",
        "/../x",
        "/%2e%2e/x",
        "/a\\..\\b",
        "/jobs?x=1#y",
        "/jobs#x",
        "/a%2f..",
    ] {
        wrong.push((json!({"url": url}), "url"));
    }
    for service in ["jpm/v2/tenant/1098", "jpm/2", "jpm/../crm", "..", "https:", "jpm?"] {
        wrong.push((json!({"urlType": service}), "urlType"));
    }
    for name in [
        "Authorization",
        "ST-App-Key",
        "HOST",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "Cookie",
        "a b",
        "x:y",
    ] {
        wrong.push((json!({"headers": {name: "x"}}), "headers"));
    }
    wrong.push((json!({"headers": {"X-Note": "a\r\nHost: evil.example"}}), "headers"));
    wrong.push((json!({"headers": [{"key": "Accept", "value": "a/b"}, {"key": "accept", "value": "c/d"}]}), "headers"));
    wrong.push((json!({"queryParams": {"ServiceTitanApplicationKey": "x"}}), "queryParams"));
    wrong.push((json!({"method": "CONNECT"}), "method"));
    wrong.push((json!({"responseType": "blob"}), "responseType"));
    wrong.push((json!({"timeout": "soon"}), "timeout"));
    wrong.push((json!({"data": "{broken"}), "data"));
    wrong.push((json!({"data": {"a": 1}, "headers": {"Content-Type": "text/csv"}}), "data"));
    wrong.push((json!({"data": "{}", "formData": {"a": "b"}}), "data"));
    wrong.push((json!({"formData": {"a": "b"}, "headers": {"Content-Type": "text/csv"}}), "headers"));
    wrong.push((json!({"formData": {"a": {"path": "/etc/passwd"}}}), "formData[0].value"));
    wrong.push((json!({"fileData": {"a": 7}}), "fileData[0].value"));
    wrong.push((json!({"fileData": {"a": "x"}, "fileDataFileNames": {"b": "x.txt"}}), "fileDataFileNames"));
    wrong.push((json!({"fileData": {"a": "x"}, "fileDataFileNames": {"a": "x\r\ny"}}), "fileDataFileNames"));
    for (with, input) in wrong {
        let error = raw(&bench, with.clone()).await.unwrap_err();
        let inputs: Vec<_> = error.issues().iter().map(|issue| issue.input.as_str()).collect();
        assert_eq!((error.code(), inputs), (Code::InvalidInput, vec![input]), "{with}: {error}");
    }
    let all = json!({"url": "..", "urlType": "/", "headers": {"Host": "x", "Cookie": "y"}, "data": "{"});
    assert_eq!(raw(&bench, all).await.unwrap_err().issues().len(), 5, "all that is wrong is told at once");
    assert!(bench.sandbox.requests().is_empty());
}

#[tokio::test]
async fn headers_replace_the_usual_ones_and_parameters_are_encoded() {
    let plain = sent(json!({})).await;
    assert_eq!(plain.header("accept"), Some("application/json"));
    assert!(plain.header("user-agent").is_some_and(|agent| agent.starts_with("pipefit/")));
    let headers = json!({"accept": "text/csv", "USER-AGENT": "curl/7.64.1", "X-Trace": "a, b"});
    let query = json!([{"key": "a&b", "value": "c=d #ü"}, {"key": "ids", "value": 1}, {"key": "ids", "value": "2"}]);
    let request = sent(json!({"headers": headers, "queryParams": query})).await;
    for (name, value) in [("accept", "text/csv"), ("user-agent", "curl/7.64.1"), ("x-trace", "a, b")] {
        let found: Vec<_> = request.headers.iter().filter(|(known, _)| known == name).collect();
        assert_eq!(found, [&(name.to_owned(), value.to_owned())]);
    }
    let query: Vec<_> = request.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(query, [("a&b", "c=d #ü"), ("ids", "1"), ("ids", "2")]);
}

#[tokio::test]
async fn data_is_json_as_it_was_written_or_the_text_that_its_type_says() {
    let exact: Value = serde_json::from_str(r#"{"total": 1.50}"#).unwrap();
    let table = [
        (json!({"data": exact}), "application/json", r#"{"total":1.50}"#),
        (json!({"data": "{ \"total\": 1.50 }"}), "application/json", r#"{ "total": 1.50 }"#),
        (json!({"data": []}), "application/json", "[]"),
        (json!({"data": false}), "application/json", "false"),
        (
            json!({"data": {"a": 1}, "headers": {"content-type": "application/merge-patch+json"}}),
            "application/merge-patch+json",
            r#"{"a":1}"#,
        ),
        (
            json!({"data": "{broken", "headers": {"Content-Type": "text/plain; charset=utf-8"}}),
            "text/plain; charset=utf-8",
            "{broken",
        ),
        (
            json!({"data": "a=1&b=2", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
            "application/x-www-form-urlencoded",
            "a=1&b=2",
        ),
    ];
    for (with, content_type, body) in table {
        let request = sent(merged(&[&json!({"method": "PATCH"}), &with])).await;
        let types: Vec<_> = request.headers.iter().filter(|(name, _)| name == "content-type").collect();
        assert_eq!(types, [&("content-type".to_owned(), content_type.to_owned())], "{with}");
        assert_eq!(request.body, body, "{with}");
    }
}

#[tokio::test]
async fn a_form_holds_fields_and_files_byte_for_byte() {
    let bytes: Vec<u8> = (0..=u8::MAX).collect();
    let file = File {
        name: Some("own.png".to_owned()),
        content_type: Some("image/png".to_owned()),
        data: bytes.clone().into(),
    };
    let with = json!({
        "method": "POST", "urlType": "equipmentsystems", "url": "/installed-equipment/attachments",
        "headers": {"Content-Type": "multipart/form-data"},
        "formData": [{"key": "note", "value": "ü"}, {"key": "count", "value": 3}],
        "fileData": [{"key": "file", "value": file.to_value()}, {"key": "log.txt", "value": "My File Contents"}],
        "fileDataFileNames": {"file": "plate.png"},
    });
    let bench = Bench::start().await;
    let reply = raw(&bench, with.clone()).await.unwrap();
    let path = &reply["data"]["path"];
    let read = json!({"urlType": "equipmentsystems", "url": "/installed-equipment/attachments", "queryParams": {"path": path}, "responseType": "arraybuffer"});
    let read = raw(&bench, read).await.unwrap();
    assert_eq!(read["data"], json!({"data": file.to_value()["data"], "contentType": "image/png"}));
    let body = String::from_utf8_lossy(&bench.seen()[0].body).into_owned();
    for part in [
        "name=\"note\"\r\n\r\nü\r\n",
        "name=\"count\"\r\n\r\n3\r\n",
        "name=\"file\"; filename=\"plate.png\"\r\nContent-Type: image/png\r\n",
        "name=\"log.txt\"; filename=\"log.txt\"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nMy File Contents\r\n",
    ] {
        assert!(body.contains(part), "{part} is not in {body}");
    }
    let shown = bench.runtime.invoke(Invocation::action("rawRequest", job(&with)).dry_run(true)).await.unwrap();
    let shown: Value = serde_json::from_str(&shown.to_json()).unwrap();
    let part = json!({"name": "file", "fileName": "plate.png", "contentType": "image/png", "size": 256});
    assert_eq!((&shown["data"]["body"][0], &shown["data"]["body"][2]), (&json!({"name": "note", "text": "ü"}), &part));
}

#[tokio::test]
async fn the_reply_comes_in_the_form_that_was_asked_for() {
    const TEXT: &str = "{\"total\": 1.50, \"note\": \"ü\"}";
    for (response_type, expected) in [
        ("json", TEXT.to_owned()),
        ("text", json!(TEXT).to_string()),
        ("document", json!(TEXT).to_string()),
        (
            "arraybuffer",
            r#"{"data":"eyJ0b3RhbCI6IDEuNTAsICJub3RlIjogIsO8In0=","contentType":"application/json"}"#.to_owned(),
        ),
    ] {
        let bench = Bench::start().await;
        bench.sandbox.add_fault(Fault::status_with(200, TEXT).on("GET", JOB));
        let answer =
            bench.runtime.invoke(Invocation::action("rawRequest", job(&json!({"responseType": response_type})))).await;
        assert_eq!(answer.unwrap().to_json(), format!("{{\"data\":{expected}}}"), "{response_type}");
    }
    let bench = Bench::start().await;
    bench.sandbox.add_fault(Fault::not_json());
    assert_eq!(raw(&bench, json!({})).await.unwrap_err().code(), Code::BadReply);
    let html = raw(&bench, json!({"responseType": "document"})).await.unwrap();
    assert!(html["data"].as_str().unwrap().starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn nothing_is_answered_as_nothing() {
    let empty = [
        ("json", json!({})),
        ("text", json!("")),
        ("document", json!("")),
        ("arraybuffer", json!({"data": "", "contentType": "application/json"})),
    ];
    for (response_type, expected) in empty {
        for (method, status) in [("HEAD", 200), ("DELETE", 204), ("POST", 201)] {
            let bench = Bench::start().await;
            bench.sandbox.add_fault(Fault::status_with(status, "").on(method, JOB));
            let reply = raw(&bench, json!({"method": method, "responseType": response_type})).await.unwrap();
            assert_eq!(reply, json!({"data": expected}), "{method} {response_type}");
        }
    }
}

#[tokio::test]
async fn errors_are_those_of_every_action() {
    let bench = Bench::start().await;
    let error = raw(&bench, json!({"url": "/jobs/5"})).await.unwrap_err();
    assert_eq!((error.code(), error.status()), (Code::NotFound, Some(404)));
    let error = raw(&bench, json!({"url": "/jobs", "method": "POST", "data": {"customerId": 1}})).await.unwrap_err();
    assert_eq!(error.code(), Code::Rejected);
    let envelope: Value = serde_json::from_str(&pipefit::runner::error_envelope(&error)).unwrap();
    assert!(envelope["error"]["errors"].is_object() && envelope["error"]["traceId"].is_string(), "{envelope}");
    let error = raw(&bench, json!({"method": "PURGE"})).await.unwrap_err();
    assert_eq!((error.code(), error.status()), (Code::Rejected, Some(405)));
}

#[tokio::test]
async fn status_and_headers_stand_beside_the_data_where_they_are_asked_for() {
    let bench = Bench::start().await;
    assert!(raw(&bench, json!({})).await.unwrap().get("response").is_none());
    let reply = raw(&bench, json!({"debugRequest": true})).await.unwrap();
    assert_eq!(reply["data"]["id"], 10_978_752_986_i64);
    assert_eq!(reply["response"]["status"], 200);
    assert_eq!(reply["response"]["headers"]["content-type"], "application/json; charset=utf-8");
    let job = bench.action("getJob", json!({"jobId": "10978752986", "debugRequest": true})).await.unwrap();
    assert!(job.get("response").is_none(), "only raw requests have it");
}

#[tokio::test]
async fn no_secret_stands_among_the_headers() {
    let echo = ("x-echo", "Bearer canary-token canary-application-key");
    let headers = [echo, ("set-cookie", "session=canary-cookie"), ("x-note", "kept")];
    let (url, _) = serve(move |_| response("200 OK", &headers, "{}"));
    let answer = runtime_at(&url).invoke(Invocation::action("rawRequest", job(&json!({"debugRequest": true})))).await;
    let text = answer.unwrap().to_json();
    assert!(!text.to_lowercase().contains("canary") && text.contains(r#""x-note":"kept""#), "{text}");
}

#[tokio::test]
async fn a_timeout_of_its_own_ends_the_wait() {
    let bench = Bench::start().await;
    bench.sandbox.add_fault(Fault::slow_first_byte(Duration::from_mins(10)).path("/jpm/**"));
    for (method, code) in [("GET", Code::Timeout), ("PATCH", Code::OutcomeUnknown)] {
        let error = raw(&bench, json!({"method": method, "data": {}, "timeout": "300"})).await.unwrap_err();
        assert_eq!(error.code(), code, "{method}: {error}");
    }
    assert_eq!(bench.seen().len(), 2, "not tried again unasked");
}

#[tokio::test]
async fn what_is_tried_again_and_how_often() {
    let limited = || Fault::too_many_requests_without_header();
    let again = json!({"maxRetries": "2"});
    let all = json!({"maxRetries": "2", "retryAllErrors": true});
    let table = [
        ("GET", Fault::status(503), json!({}), 1),
        ("GET", Fault::status(503), again.clone(), 3),
        ("GET", limited(), again.clone(), 3),
        ("GET", Fault::reset_before_read(), again.clone(), 3),
        ("GET", Fault::status(400), again.clone(), 1),
        ("GET", Fault::status(400), all.clone(), 3),
        ("GET", Fault::status(401), all.clone(), 2),
        ("PATCH", limited(), json!({}), 1),
        ("PATCH", limited(), again.clone(), 3),
        ("PATCH", Fault::status(503), again.clone(), 1),
        ("PATCH", Fault::reset_after_commit(), again.clone(), 1),
        ("PATCH", Fault::status(503), all.clone(), 3),
        ("PATCH", Fault::reset_after_commit(), all.clone(), 3),
        ("PATCH", Fault::cut_body(5), all.clone(), 1),
    ];
    for (method, fault, with, times) in table {
        let bench = Bench::start().await;
        bench.sandbox.add_fault(fault.clone().on(method, JOB));
        let backoff = json!({"retryDelayMS": "1", "useExponentialBackoff": "true", "data": {"summary": "No heat."}, "method": method});
        let error = raw(&bench, merged(&[&backoff, &with])).await.unwrap_err();
        assert_eq!(bench.seen().len(), times, "{method} {fault:?} {with}: {error}");
    }
}

#[tokio::test]
async fn a_retry_that_succeeds_is_a_success() {
    let bench = Bench::start().await;
    bench.sandbox.add_fault(Fault::too_many_requests("0").on("POST", JOBS).times(2));
    let number = 10_978_752_986_i64;
    let data = json!({
        "customerId": number, "locationId": number, "businessUnitId": number, "jobTypeId": number, "priority": "Normal",
        "campaignId": number, "appointments": [{"start": "2026-02-03T09:00:00Z", "end": "2026-02-03T11:00:00Z"}],
    });
    let with = json!({"url": "/jobs", "method": "POST", "data": data, "maxRetries": "2", "retryDelayMS": "1"});
    let reply = raw(&bench, with).await;
    assert!(reply.as_ref().is_ok_and(|reply| reply["data"]["id"].is_i64()), "{reply:?}");
    assert_eq!((bench.seen().len(), bench.sandbox.writes().len()), (3, 1));
}

#[tokio::test]
async fn the_reply_is_json_where_nobody_says_otherwise() {
    let bench = Bench::start().await;
    let reply = raw(&bench, json!({"responseType": null})).await.unwrap();
    assert!(reply["data"]["id"].is_i64(), "{reply}");
}
