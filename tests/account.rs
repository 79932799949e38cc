//! What outlives one request: certainty about writes, the pace and the token of an account, and its secrets.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pipefit::sandbox::{Fault, Sandbox};
use pipefit::{Code, Error, Invocation, Runtime};
use serde_json::{Value, json};

use crate::support::{AT_ONCE, Bench, connection, merged, parsed, response, runtime_at, serve, serve_with_token};

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
async fn no_wait_and_no_lifetime_is_too_long() {
    for huge in [YEAR, "9223372036854775807", "18446744073709551615", "99999999999999999999999"] {
        let token = format!(r#"{{"access_token":"canary-token","expires_in":{huge}}}"#);
        let refusal = response("429 Too Many Requests", &[("retry-after", huge)], "");
        let (url, _) = serve_with_token(&token, move |_| refusal.clone());
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let runtime = builder_at(&url).token_cache(folder.path().join("tokens")).build().unwrap();
            let error = runtime.invoke(get_job()).await.unwrap_err();
            assert_eq!(error.code(), Code::RateLimited, "{huge}: {error}");
            assert!(error.retry_after().is_some_and(|wait| wait <= Duration::from_hours(24)), "{huge}: {error}");
        }
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn lasting_refusals_make_no_storm() {
    let bench = Arc::new(Bench::start().await);
    bench.sandbox.add_fault(Fault::status(401).path("/jpm/**"));
    let calls = (0..50).map(|_| {
        let bench = Arc::clone(&bench);
        tokio::spawn(async move { bench.runtime.invoke(get_job()).await })
    });
    for call in calls.collect::<Vec<_>>() {
        let error = call.await.unwrap().unwrap_err();
        let found = (error.code(), error.status(), error.retryable());
        assert_eq!(found, (Code::Unauthorized, Some(401), false), "{error}");
    }
    let (tokens, sent) = (bench.sandbox.token_requests(), bench.seen().len());
    assert!(tokens <= 2 && sent <= 100, "{tokens} tokens, {sent} requests");
    for _ in 0..5 {
        bench.runtime.invoke(get_job()).await.unwrap_err();
    }
    assert_eq!((bench.sandbox.token_requests(), bench.seen().len()), (tokens, sent + 5));
}

#[test]
fn a_runtime_serves_any_number_of_event_loops() {
    let multi = || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let single = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = multi();
    let sandbox = server.block_on(Sandbox::builder().records(5).rate_limit(None).start()).unwrap();
    let runtime = pipefit::sandbox_runtime(&sandbox).requests_per_second(500).build().unwrap();
    for event_loop in [single(), multi(), single(), single()] {
        for _ in 0..5 {
            event_loop.block_on(runtime.invoke(get_job())).unwrap();
        }
    }
    std::thread::scope(|scope| {
        for event_loop in [single(), multi(), single(), multi()] {
            let runtime = &runtime;
            scope.spawn(move || (0..20).for_each(|_| drop(event_loop.block_on(runtime.invoke(get_job())).unwrap())));
        }
    });
    let jobs = sandbox.requests().iter().filter(|request| request.path.starts_with("/jpm")).count();
    assert_eq!((jobs, sandbox.token_requests()), (100, 1), "no request was sent twice");
}

#[tokio::test]
async fn a_dry_run_shows_no_secret_that_is_written_otherwise() {
    let secret = "canary secret+ü/%\"";
    let mut own = connection();
    own["fields"]["clientSecret"] = json!(secret);
    let runtime = Runtime::builder().default_connection(own).build().unwrap();
    let shown = raw(&json!({
        "url": "/jobs/canary-application-key",
        "headers": {"X-canary-application-key": "1"},
        "queryParams": [{"key": "note", "value": secret}, {"key": secret, "value": "1"}],
        "data": json!({"a": [secret], secret: {"canary-application-key": 1}}).to_string(),
    }));
    let shown = runtime.invoke(shown.dry_run(true)).await.unwrap().to_json();
    assert!(!shown.contains("canary") && shown.contains("note=***"), "{shown}");
}

/// The slots that were reserved since this time, in the only pace file of a folder.
fn slots_since(start: SystemTime, folder: &Path, per_second: u32) -> u128 {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files = files.filter(|path| path.extension().is_some_and(|extension| extension == "pace"));
    let text = std::fs::read_to_string(files.next().unwrap()).unwrap();
    assert!(files.next().is_none() && !text.contains("canary"));
    let next: u128 = text.split(' ').next().unwrap().parse().unwrap();
    (next - start.duration_since(UNIX_EPOCH).unwrap().as_nanos()) * u128::from(per_second) / 1_000_000_000
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_with_one_cache_share_the_pace_of_an_account() {
    let sandbox = Sandbox::builder().records(5).rate_limit(None).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("tokens");
    let runtime = || pipefit::sandbox_runtime(&sandbox).token_cache(&cache).requests_per_second(200).build().unwrap();
    let start = SystemTime::now();
    let runs = (0..4).map(|_| {
        let runtime = runtime();
        tokio::spawn(async move {
            for _ in 0..20 {
                runtime.invoke(get_job()).await.unwrap();
            }
        })
    });
    for run in runs.collect::<Vec<_>>() {
        run.await.unwrap();
    }
    let slots = slots_since(start, &cache, 200);
    assert!(slots >= 80, "80 requests took {slots} slots");
}

#[tokio::test]
async fn processes_with_one_cache_share_a_pause() {
    let (url, seen) = serve(|_| response("429 Too Many Requests", &[("retry-after", "3600")], ""));
    let folder = tempfile::tempdir().unwrap();
    let runtime = || builder_at(&url).token_cache(folder.path().join("tokens")).build().unwrap();
    for _ in 0..3 {
        let error = runtime().invoke(get_job()).await.unwrap_err();
        assert_eq!((error.code(), error.retry_after().is_some()), (Code::RateLimited, true), "{error}");
    }
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_pace_file_with_anything_in_it_stops_nobody() {
    let sandbox = Sandbox::builder().records(5).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("tokens");
    let runtime = || pipefit::sandbox_runtime(&sandbox).token_cache(&cache).build().unwrap();
    runtime().invoke(get_job()).await.unwrap();
    let files = std::fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path());
    let file = files.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "pace")).unwrap();
    for text in ["", "x y", "\u{0}\u{0}", "-1 -1", "1 99999999999999999999999999", &"9 ".repeat(10_000)] {
        std::fs::write(&file, text).unwrap();
        runtime().invoke(get_job()).await.unwrap();
    }
    // A process that hangs while it has the lock delays the others by a moment.
    let held = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
    held.lock().unwrap();
    runtime().invoke(get_job()).await.unwrap();
}

#[tokio::test]
async fn the_wait_for_the_lock_of_the_token_cache_ends_in_time() {
    let sandbox = Sandbox::builder().records(5).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("tokens");
    let build = |timeout| pipefit::sandbox_runtime(&sandbox).token_cache(&cache).timeout(timeout).build().unwrap();
    build(Duration::from_mins(1)).invoke(get_job()).await.unwrap();
    let files: Vec<_> = std::fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path()).collect();
    std::fs::remove_file(files.iter().find(|path| path.extension().is_none()).unwrap()).unwrap();
    let lock = files.iter().find(|path| path.extension().is_some_and(|extension| extension == "lock")).unwrap();
    let held = std::fs::OpenOptions::new().write(true).open(lock).unwrap();
    held.lock().unwrap();
    let error = build(Duration::from_millis(200)).invoke(get_job()).await.unwrap_err();
    assert_eq!(error.code(), Code::Timeout, "{error}");
    let runtime = build(Duration::from_mins(1));
    let stop = async { runtime.shut_down(Duration::from_mins(1)) };
    let (done, ()) = tokio::join!(runtime.invoke(get_job()), stop);
    assert_eq!(done.unwrap_err().code(), Code::Cancelled);
    assert_eq!(sandbox.token_requests(), 1);
}
