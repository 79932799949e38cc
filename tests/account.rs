//! What outlives one request: certainty about writes, the pace and the token of an account, and its secrets.

use std::time::Duration;

use pipefit::sandbox::Fault;
use pipefit::{Code, Error, Invocation};
use serde_json::Value;

use crate::support::{Bench, merged, parsed, response, runtime_at, serve};

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
