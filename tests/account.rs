//! What outlives one request: certainty about writes, the pace and the token of an account, and its secrets.

use std::sync::Arc;
use std::time::Duration;

use pipefit::sandbox::Fault;
use pipefit::{Code, Error, Invocation, Runtime};
use serde_json::{Value, json};

use crate::support::{AT_ONCE, Bench, connection, merged, parsed, response, runtime_at, serve};

const YEAR: &str = "31536000";

fn get_job() -> Invocation {
    Invocation::action("getJob", json!({"jobId": "10978752986"}))
}

fn raw(with: &Value) -> Invocation {
    let base = json!({"urlType": "jpm", "url": "/jobs/1", "method": "PATCH", "data": {}, "responseType": "json"});
    Invocation::action("rawRequest", merged(&[&base, with]))
}

/// A write that is tried once more after any error of the service.
fn tried_again(wait: &str) -> Invocation {
    raw(&json!({"maxRetries": "1", "retryAllErrors": true, "retryDelayMS": wait}))
}

/// A builder of a runtime for a server on loopback.
fn builder_at(url: &str) -> pipefit::runner::Builder {
    let token_url = format!("{url}/connect/token");
    let builder = Runtime::builder().api_url("servicetitan", url).token_url("servicetitan", token_url);
    builder.default_connection(connection()).retries(AT_ONCE)
}

fn is_unanswered(error: &Error) -> bool {
    (error.code(), error.retryable()) == (Code::OutcomeUnknown, false)
        && error.message().contains("an earlier attempt was sent without an answer")
}

#[tokio::test]
async fn a_write_without_an_answer_outlives_every_later_error() {
    for status in ["400 Bad Request", "401 Unauthorized", "404 Not Found", "409 Conflict", "429 Too Many Requests"] {
        let (url, seen) = serve(move |request| match request.number {
            1 => Vec::new(),
            _ => response(status, &[("retry-after", "3600")], r#"{"title":"No."}"#),
        });
        let error = runtime_at(&url).invoke(tried_again("1")).await.unwrap_err();
        assert!(is_unanswered(&error) && error.message().contains("No."), "{status}: {error}");
        assert!(seen.lock().unwrap().len() >= 2, "{status}");
        assert_eq!(error.status().map(|code| code.to_string()).as_deref(), Some(&status[..3]));
    }
    let (url, _) = serve(|request| if request.number == 1 { Vec::new() } else { response("200 OK", &[], "{}") });
    assert_eq!(parsed(runtime_at(&url).invoke(tried_again("1")).await.unwrap()), json!({"data": {}}));
}

#[tokio::test]
async fn a_write_without_an_answer_outlives_a_stop_and_a_lost_connection() {
    let (url, seen) = serve(|_| Vec::new());
    let runtime = runtime_at(&url);
    let stop = async {
        while seen.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        // The first attempt is over when the connection of the next request is served.
        runtime.invoke(get_job()).await.unwrap_err();
        runtime.shut_down(Duration::ZERO);
    };
    let (done, ()) = tokio::join!(runtime.invoke(tried_again("60000")), stop);
    assert!(is_unanswered(&done.unwrap_err()));
    let bench = Bench::start().await;
    bench.runtime.invoke(get_job()).await.unwrap();
    bench.sandbox.add_fault(Fault::reset_after_commit().path("/jpm/**").once());
    bench.sandbox.add_fault(Fault::refuse());
    let error = bench.runtime.invoke(tried_again("1")).await.unwrap_err();
    assert_eq!((error.code(), error.retryable()), (Code::OutcomeUnknown, false), "{error}");
}

#[tokio::test]
async fn a_write_that_is_answered_with_neither_success_nor_error_may_have_happened() {
    for status in ["101 Switching Protocols", "300 Multiple Choices", "302 Found", "304 Not Modified"] {
        let (url, seen) = serve(move |_| response(status, &[("location", "/elsewhere")], ""));
        let runtime = runtime_at(&url);
        let error = runtime.invoke(raw(&json!({}))).await.unwrap_err();
        assert_eq!((error.code(), error.retryable()), (Code::OutcomeUnknown, false), "{status}: {error}");
        let read = runtime.invoke(get_job()).await.unwrap_err();
        assert_eq!(read.code(), Code::BadReply, "{status}: {read}");
        assert_eq!(seen.lock().unwrap().len(), 2, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_binds_those_that_already_wait() {
    for rate in [1, u32::MAX] {
        let (url, seen) = serve(|_| response("429 Too Many Requests", &[("retry-after", YEAR)], ""));
        let runtime = Arc::new(builder_at(&url).requests_per_second(rate).build().unwrap());
        if rate > 1 {
            runtime.invoke(get_job()).await.unwrap_err();
        }
        let calls = (0..30).map(|_| {
            let runtime = Arc::clone(&runtime);
            tokio::spawn(async move { runtime.invoke(get_job()).await })
        });
        for call in calls.collect::<Vec<_>>() {
            let error = call.await.unwrap().unwrap_err();
            assert_eq!((error.code(), error.retry_after().is_some()), (Code::RateLimited, true), "{error}");
        }
        assert_eq!(seen.lock().unwrap().len(), 1, "at a rate of {rate}");
    }
}

#[tokio::test]
async fn a_429_without_a_wait_pauses_the_account_too() {
    let (url, seen) = serve(|_| response("429 Too Many Requests", &[], ""));
    let once = pipefit::runner::Retries { tries: 1, ..AT_ONCE };
    let runtime = builder_at(&url).retries(once).timeout(Duration::from_millis(900)).build().unwrap();
    for _ in 0..5 {
        let error = runtime.invoke(get_job()).await.unwrap_err();
        assert_eq!(error.code(), Code::RateLimited, "{error}");
    }
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn the_host_of_a_file_says_nothing_about_the_account() {
    let (storage, _) = serve(|_| response("429 Too Many Requests", &[("retry-after", YEAR)], ""));
    let (url, _) = serve(move |request| {
        let link = format!("{storage}/file");
        let is_file = request.text.contains("/jobs/1 ");
        if is_file { response("302 Found", &[("location", &link)], "") } else { response("200 OK", &[], "{}") }
    });
    let runtime = runtime_at(&url);
    let error = runtime.invoke(raw(&json!({"method": "GET", "responseType": "arraybuffer"}))).await.unwrap_err();
    assert_eq!(error.status(), Some(429), "{error}");
    runtime.invoke(get_job()).await.unwrap();
}
