//! Tokens, failures, pages and secrets.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use pipefit::runner::Retries;
use pipefit::sandbox::{Credentials, Fault, Sandbox};
use pipefit::{Code, Error, Invocation, Runtime};
use serde_json::{Value, json};

use crate::support::{AT_ONCE, Bench, connection, parsed, runtime_at, sample, samples, serve_body};

const JOB: &str = "/jpm/v2/tenant/{tenant}/jobs/{id}";

fn get_job() -> Invocation {
    Invocation::action("getJob", json!({"jobId": "10978752986"}))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_invocations_on_a_cold_connection_make_one_token_request() {
    let bench = Arc::new(Bench::start().await);
    let tasks: Vec<_> = (0..1000)
        .map(|_| {
            let bench = Arc::clone(&bench);
            tokio::spawn(async move { bench.runtime.invoke(get_job()).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(bench.sandbox.token_requests(), 1);
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once_and_the_call_repeated_once() {
    let bench = Bench::start().await;
    bench.runtime.invoke(get_job()).await.unwrap();
    bench.sandbox.revoke_tokens();
    bench.runtime.invoke(get_job()).await.unwrap();
    assert_eq!(bench.sandbox.token_requests(), 2);
    bench.sandbox.forget_requests();
    bench.sandbox.add_fault(Fault::status(401).on("GET", JOB));
    let error = bench.runtime.invoke(get_job()).await.unwrap_err();
    assert_eq!(error.code(), Code::Unauthorized);
    assert_eq!(bench.seen().len(), 2);
}

#[tokio::test]
async fn a_token_that_ended_early_is_renewed() {
    let bench = Bench::start().await;
    bench.sandbox.set_now(SystemTime::UNIX_EPOCH + Duration::from_hours(500_000));
    bench.runtime.invoke(get_job()).await.unwrap();
    bench.sandbox.advance(Duration::from_secs(901));
    bench.runtime.invoke(get_job()).await.unwrap();
    assert_eq!(bench.sandbox.token_requests(), 2);
}

#[tokio::test]
async fn a_token_of_the_host_is_used_until_it_is_refused() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let mut own = pipefit::sandbox_connection(&sandbox);
    own["token"] = json!({"access_token": "stale"});
    let runtime = pipefit::sandbox_runtime(&sandbox).force_connection(own).build().unwrap();
    runtime.invoke(get_job()).await.unwrap();
    assert_eq!(sandbox.token_requests(), 1);
    let jobs: Vec<_> = sandbox.requests().into_iter().filter(|request| request.path.contains("/jobs/")).collect();
    assert_eq!(jobs[0].header("authorization"), Some("Bearer stale"));
    assert_eq!(jobs.len(), 2);
}

#[tokio::test]
async fn refused_credentials_end_at_once() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    // A wrong application key shows only at the API, where the token is renewed once in case that it was the matter.
    for (field, requests) in [("clientId", 1), ("clientSecret", 1), ("applicationKey", 4)] {
        let mut wrong = pipefit::sandbox_connection(&sandbox);
        wrong["fields"][field] = json!("canary-wrong");
        let runtime = pipefit::sandbox_runtime(&sandbox).force_connection(wrong).build().unwrap();
        sandbox.forget_requests();
        let error = runtime.invoke(get_job()).await.unwrap_err();
        assert_eq!(error.code(), Code::Unauthorized, "{field}");
        assert_eq!(sandbox.requests().len(), requests, "{field}");
        assert!(!pipefit::runner::error_envelope(&error).contains("canary"), "{field}");
    }
}

#[tokio::test]
async fn what_the_service_says_becomes_a_code() {
    let bench = Bench::start().await;
    let error = bench.action("getJob", json!({"jobId": "5"})).await.unwrap_err();
    assert_eq!((error.code(), error.status()), (Code::NotFound, Some(404)));
    let table = [
        (Fault::status(400), Code::Rejected),
        (Fault::status(403), Code::Forbidden),
        (Fault::status(409), Code::Conflict),
        (Fault::too_many_requests("300"), Code::RateLimited),
        (Fault::status(408), Code::Timeout),
        (Fault::status(500), Code::Unavailable),
        (Fault::status(503), Code::Unavailable),
        (Fault::status(504), Code::Timeout),
        (Fault::not_json(), Code::BadReply),
        (Fault::cut_body(20), Code::BadReply),
        (Fault::reset_before_read(), Code::Unavailable),
    ];
    for (fault, code) in table {
        let bench = Bench::start().await;
        bench.sandbox.add_fault(fault.clone().on("GET", JOB));
        let error = bench.runtime.invoke(get_job()).await.unwrap_err();
        assert_eq!(error.code(), code, "{fault:?}: {error}");
    }
}

#[tokio::test]
async fn a_wait_that_the_service_asks_for_is_passed_on() {
    let bench = Bench::start().await;
    bench.sandbox.add_fault(Fault::too_many_requests("300").on("GET", JOB));
    let error = bench.runtime.invoke(get_job()).await.unwrap_err();
    let text = pipefit::runner::error_envelope(&error);
    assert!(text.contains(r#""retryable":true,"retryAfterSeconds":300"#), "{text}");
}

#[tokio::test]
async fn what_the_service_refuses_keeps_its_own_words() {
    let bench = Bench::start().await;
    let mut inputs = sample("createJob").required;
    inputs["customerId"] = json!("5");
    let error = bench.action("createJob", inputs).await.unwrap_err();
    assert_eq!(error.code(), Code::Rejected);
    let envelope: Value = serde_json::from_str(&pipefit::runner::error_envelope(&error)).unwrap();
    assert!(envelope["error"]["errors"].is_object(), "{envelope}");
    assert!(envelope["error"]["traceId"].is_string(), "{envelope}");
    assert_eq!(envelope["error"]["request"], "POST /jpm/v2/tenant/1097/jobs");
}

#[tokio::test]
async fn a_write_without_an_answer_is_reported_and_never_sent_twice() {
    let table =
        [(Fault::reset_after_commit(), 1), (Fault::status(500), 0), (Fault::status(502), 0), (Fault::status(504), 0)];
    for (fault, applied) in table {
        let bench = Bench::start().await;
        bench.sandbox.add_fault(fault.clone().method("POST").path("/jpm/v2/tenant/{tenant}/jobs"));
        let inputs = sample("createJob").required;
        let error = bench.action("createJob", inputs).await.unwrap_err();
        assert_eq!((error.code(), error.retryable()), (Code::OutcomeUnknown, false), "{fault:?}");
        assert_eq!(bench.seen().len(), 1, "{fault:?}");
        assert_eq!(bench.sandbox.writes().len(), applied, "{fault:?}");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_a_timeout_or_for_a_write_unknown() {
    let soon = Duration::from_secs(2);
    for whole in [true, false] {
        let sandbox = Sandbox::builder().start().await.unwrap();
        let late = Fault::slow_first_byte(Duration::from_mins(10));
        sandbox.add_fault(late.path("/jpm/**"));
        let builder = pipefit::sandbox_runtime(&sandbox);
        let builder = if whole {
            builder.timeout(soon)
        } else {
            builder.response_timeout(soon).retries(Retries { tries: 1, ..AT_ONCE })
        };
        let runtime = builder.build().unwrap();
        for sample in samples().into_iter().filter(|sample| ["getJob", "cancelJob"].contains(&sample.action.as_str())) {
            let read = sample.action == "getJob";
            let error = runtime.invoke(Invocation::action(&sample.action, sample.required)).await.unwrap_err();
            let code = if read { Code::Timeout } else { Code::OutcomeUnknown };
            assert_eq!((error.code(), error.retryable()), (code, read), "{}: {error}", sample.action);
        }
    }
}

#[tokio::test]
async fn a_reply_beyond_the_limit_is_a_bad_reply() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    sandbox.add_fault(Fault::endless_body().on("GET", JOB));
    let runtime = pipefit::sandbox_runtime(&sandbox).response_limit(100_000).build().unwrap();
    let error = runtime.invoke(get_job()).await.unwrap_err();
    assert_eq!(error.code(), Code::BadReply);
    assert!(error.message().contains("100000 bytes"), "{error}");
}

#[tokio::test]
async fn a_write_whose_answer_is_cut_off_says_that_it_happened() {
    let bench = Bench::start().await;
    bench.sandbox.add_fault(Fault::cut_body(10).method("POST").path("/jpm/v2/tenant/{tenant}/jobs"));
    let inputs = sample("createJob").required;
    let error = bench.action("createJob", inputs).await.unwrap_err();
    assert_eq!(error.code(), Code::BadReply);
    assert!(error.message().contains("do not send it again"), "{error}");
}

#[tokio::test]
async fn an_empty_body_answers_an_empty_object() {
    let bench = Bench::start().await;
    let inputs = json!({"jobId": "10978752986", "reasonId": "1088", "memo": "Moved away."});
    assert_eq!(bench.action("cancelJob", inputs).await.unwrap(), json!({"data": {}}));
    assert_eq!(bench.sandbox.record("jobs", 10_978_752_986).unwrap()["jobStatus"], "Canceled");
}

#[tokio::test]
async fn a_reply_passes_through_byte_for_byte() {
    const ODD: &str =
        r#"{"zeta":1.50,"id": 9007199254740993,"total":100.00,"big":1e400,"total":2,"new":{"ü":"\u00e9"}}"#;
    let answer = runtime_at(&serve_body(200, ODD)).invoke(get_job()).await.unwrap();
    assert_eq!(answer.to_json(), format!(r#"{{"data":{ODD}}}"#));
}

#[tokio::test]
async fn a_reply_of_the_wrong_shape_is_a_bad_reply() {
    for body in ["", "[]", "null", "7", "<html>", "{\"id\":", "{} {}"] {
        let error = runtime_at(&serve_body(200, body)).invoke(get_job()).await.unwrap_err();
        assert_eq!(error.code(), Code::BadReply, "{body:?}");
    }
    let listed = Invocation::action("listJobs", json!({}));
    for body in [r#"{"data":[]}"#, r#"{"hasMore":false}"#, r#"{"hasMore":false,"data":{}}"#] {
        let error = runtime_at(&serve_body(200, body)).invoke(listed.clone()).await.unwrap_err();
        assert_eq!(error.code(), Code::BadReply, "{body:?}");
    }
}

#[tokio::test]
async fn pages_that_never_end_are_a_bad_reply() {
    let all = Invocation::action("listJobs", json!({"fetchAll": true}));
    for body in [r#"{"hasMore":true,"data":[]}"#, r#"{"hasMore":true,"data":[{"id":1}]}"#] {
        let error = runtime_at(&serve_body(200, body)).invoke(all.clone()).await.unwrap_err();
        assert_eq!(error.code(), Code::BadReply, "{body:?}");
    }
}

#[tokio::test]
async fn fetch_all_reads_every_record_once_and_in_order() {
    for count in [0, 1, 10, 25] {
        let sandbox = Sandbox::builder().records_of("jobs", count).start().await.unwrap();
        let bench = Bench::around(sandbox);
        let answer =
            bench.action("listJobs", json!({"fetchAll": true, "pageSize": "10", "sort": "+Id"})).await.unwrap();
        let list = &answer["data"];
        let ids: Vec<_> = list["data"].as_array().unwrap().iter().map(|job| job["id"].as_i64().unwrap()).collect();
        let total = bench.sandbox.count("jobs");
        assert_eq!(ids.len(), total);
        assert!(ids.is_sorted() && ids.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!((list["hasMore"].as_bool(), list["totalCount"].as_u64()), (Some(false), Some(total as u64)));
        assert!(bench.seen().len() <= total / 10 + 2, "pages overlap by little");
    }
}

#[tokio::test]
async fn picklists_are_sorted_labelled_and_narrowed() {
    let bench = Bench::start().await;
    let read = async |inputs| {
        parsed(bench.runtime.invoke(Invocation::data_source("selectJobCancelReason", inputs)).await.unwrap())
    };
    let whole = read(json!({})).await;
    let entries = whole["result"].as_array().unwrap();
    let labels: Vec<_> = entries.iter().map(|entry| entry["label"].as_str().unwrap().to_lowercase()).collect();
    assert!(labels.is_sorted() && labels.len() > 3, "{labels:?}");
    assert!(labels.iter().any(|label| label.ends_with("(id: 1088)")), "{labels:?}");
    let one = read(json!({"value": "1088"})).await;
    assert_eq!(one["result"].as_array().unwrap().len(), 1);
    let word = labels[0].split(' ').next().unwrap().to_owned();
    let found = read(json!({"search": word})).await;
    assert!(
        found["result"].as_array().unwrap().iter().all(|entry| entry["label"]
            .as_str()
            .unwrap()
            .to_lowercase()
            .contains(&word))
    );
    let short = read(json!({"limit": "2"})).await;
    assert_eq!((short["result"].as_array().unwrap().len(), &short["truncated"]), (2, &json!(true)));
    let jobs = bench.runtime.invoke(Invocation::data_source("selectJob", json!({"value": "9007199254740993"}))).await;
    assert_eq!(parsed(jobs.unwrap())["result"], json!([{"key": "9007199254740993", "label": "#9007199254740993"}]));
}

#[tokio::test]
async fn environment_and_token_url_must_agree() {
    let mut mixed = connection();
    mixed["fields"]["environment"] = json!("production");
    let runtime = Runtime::builder().default_connection(mixed).build().unwrap();
    let error = runtime.invoke(get_job()).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidConnection);
    assert!(error.message().contains("https://auth.servicetitan.io/connect/token"), "{error}");
}

#[tokio::test]
async fn a_request_cannot_name_a_host() {
    let bench = Bench::start().await;
    let mut elsewhere = connection();
    elsewhere["fields"]["tokenUrl"] = json!(bench.sandbox.token_url());
    let runtime = Runtime::builder().default_connection(elsewhere).build().unwrap();
    let error = runtime.invoke(get_job()).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidConnection);
    assert!(bench.sandbox.requests().is_empty());
}

#[test]
fn only_fit_hosts_may_stand_in() {
    let build = |api: &str, token: &str| {
        Runtime::builder().api_url("servicetitan", api).token_url("servicetitan", token).build().map(|_| ())
    };
    assert!(build("https://gateway.example", "https://gateway.example/token").is_ok());
    assert!(build("http://[::1]:1", "http://localhost:1/token").is_ok());
    for wrong in
        ["http://gateway.example", "http://127.0.0.1.example", "ftp://127.0.0.1", "https://user@gateway.example", "x"]
    {
        assert_eq!(
            build(wrong, "https://gateway.example/token").unwrap_err().code(),
            Code::InvalidConnection,
            "{wrong}"
        );
    }
    assert!(Runtime::builder().api_url("servicetitan", "https://gateway.example").build().is_err());
}

#[tokio::test]
async fn an_unreachable_host_is_unavailable_even_for_a_write() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let runtime = runtime_at(&format!("http://{closed}"));
    for sample in samples() {
        let error = runtime.invoke(Invocation::action(&sample.action, sample.required.clone())).await.unwrap_err();
        assert_eq!((error.code(), error.retryable()), (Code::Unavailable, true), "{sample}");
    }
}

#[tokio::test]
async fn a_dry_run_shows_the_request_and_sends_nothing() {
    let bench = Bench::start().await;
    for sample in samples() {
        let invocation = Invocation::action(sample.action, sample.all).dry_run(true);
        let shown = bench.runtime.invoke(invocation).await.unwrap();
        assert_eq!(parsed(shown.clone())["dryRun"], true);
        assert_no_secret(&shown.to_json(), bench.sandbox.credentials());
    }
    assert!(bench.sandbox.requests().is_empty());
}

fn assert_no_secret(text: &str, credentials: &Credentials) {
    for secret in [&credentials.client_secret, &credentials.application_key] {
        assert!(!text.contains(secret.as_str()), "{secret} in {text}");
    }
}

#[tokio::test]
async fn an_error_that_echoes_a_secret_is_masked() {
    let bench = Bench::start().await;
    let credentials = bench.sandbox.credentials().clone();
    let echo = json!({
        "title": format!("bad key {}", credentials.application_key), "status": 400, "traceId": "t-1",
        "errors": {"secret": [credentials.client_secret]},
    });
    bench.sandbox.add_fault(Fault::status_with(400, echo.to_string()).on("GET", JOB));
    let error: Error = bench.runtime.invoke(get_job()).await.unwrap_err();
    let text = pipefit::runner::error_envelope(&error);
    assert_no_secret(&text, &credentials);
    assert!(text.contains("***") && text.contains("t-1"), "{text}");
}

#[tokio::test]
async fn a_connection_can_be_named_and_its_faults_are_all_told() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let builder =
        Runtime::builder().api_url("servicetitan", sandbox.url()).token_url("servicetitan", sandbox.token_url());
    let runtime = builder.connection("main", pipefit::sandbox_connection(&sandbox)).build().unwrap();
    let named = |name: Value| Invocation::action("getJob", json!({"connection": name, "jobId": "10978752986"}));
    runtime.invoke(named(json!("main"))).await.unwrap();
    let error = runtime.invoke(named(json!("mian"))).await.unwrap_err();
    assert!(error.message().contains("did you mean `main`"), "{error}");
    let empty = json!({"key": "serviceTitanConnection", "fields": {"tenant": "1097/..", "clientID": "x"}});
    let error = runtime.invoke(named(empty)).await.unwrap_err();
    let mut faults: Vec<_> = error.issues().iter().map(|issue| issue.input.as_str()).collect();
    faults.sort_unstable();
    assert_eq!(faults, ["applicationKey", "clientID", "clientId", "clientSecret", "tenant"]);
}

#[tokio::test]
async fn unknown_units_suggest_the_near_one() {
    let bench = Bench::start().await;
    let error = bench.action("getJobs", json!({})).await.unwrap_err();
    assert_eq!(error.code(), Code::UnknownAction);
    assert!(error.message().contains("did you mean"), "{error}");
    let error = bench.action("selectJob", json!({})).await.unwrap_err();
    assert!(error.message().contains("named by `dataSource`"), "{error}");
}
