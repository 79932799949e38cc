//! Spans, events and metrics: what a host sees of invocations and requests, and that it is no secret.

use std::fmt::Debug;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use pipefit::Invocation;
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{Act, builder_at, response, serve};

const CANARIES: [&str; 4] = ["canary-application-key", "canary-client-secret", "canary-token", "canary-password"];

/// Keeps everything at every level, of all crates.
#[derive(Clone, Default)]
struct KeepAll(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    lines: Vec<String>,
    spans: u64,
}

impl Visit for Kept {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.lines.push(format!("{}={value:?}", field.name()));
    }
}

impl KeepAll {
    fn count(&self, line: &str) -> usize {
        self.0.lock().unwrap().lines.iter().filter(|kept| *kept == line).count()
    }
}

impl Subscriber for KeepAll {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut kept = self.0.lock().unwrap();
        kept.spans += 1;
        let name = format!("span {}", span.metadata().name());
        kept.lines.push(name);
        span.record(&mut *kept);
        Id::from_u64(kept.spans)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut *self.0.lock().unwrap());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut *self.0.lock().unwrap());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn spans_have_the_names_of_open_telemetry_and_no_level_has_a_secret() {
    let (url, _) = serve(|request| match request.number {
        2 => response("500 Internal Server Error", &[], r#"{"title":"canary-token canary-client-secret"}"#),
        3 => response("404 Not Found", &[], r#"{"title":"canary-application-key"}"#),
        _ => response("200 OK", &[], r#"{"id":1}"#),
    });
    let keep = KeepAll::default();
    let events = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tracing::subscriber::with_default(keep.clone(), || {
        events.block_on(async {
            let runtime = builder_at(&url).build().unwrap();
            let job = |id: u64| Invocation::action("getJob", json!({"jobId": id, "debugRequest": true}));
            runtime.invoke(job(1)).await.unwrap();
            runtime.invoke(job(2)).await.unwrap_err();
            let raw = json!({"method": "POST", "urlType": "jpm", "url": "/jobs", "data": {"a": 1},
                "responseType": "json", "headers": [{"key": "x-own", "value": CANARIES[2]}], "debugRequest": true});
            runtime.invoke(Invocation::action("rawRequest", raw)).await.unwrap();
            let path = format!("/jobs/{}", CANARIES[1]);
            let raw = json!({"method": "GET", "urlType": "jpm", "url": path, "responseType": "json"});
            runtime.invoke(Invocation::action("rawRequest", raw)).await.unwrap();
        });
    });
    let kept = keep.0.lock().unwrap();
    let has = |line: &str| kept.lines.iter().any(|kept| kept == line);
    for expected in [
        "span invocation",
        "otel.name=\"getJob\"",
        "pipefit.component=\"servicetitan\"",
        "pipefit.effect=\"read\"",
        "pipefit.tenant=\"1097\"",
        "pipefit.outcome=\"ok\"",
        "pipefit.outcome=\"not_found\"",
        "error.type=\"not_found\"",
        "span request",
        "http.request.method=\"GET\"",
        "url.template=\"/jpm/v2/tenant/{tenant}/jobs/{id}\"",
        "otel.name=\"GET /jpm/v2/tenant/{tenant}/jobs/{id}\"",
        "http.response.status_code=200",
        "http.response.status_code=500",
        "http.request.resend_count=1",
        "server.address=\"127.0.0.1\"",
    ] {
        assert!(has(expected), "{expected} is missing: {:#?}", kept.lines);
    }
    for canary in CANARIES {
        assert!(!kept.lines.iter().any(|line| line.contains(canary)), "{canary}: {:#?}", kept.lines);
    }
}

#[test]
fn what_a_deadline_or_the_caller_ends_is_told_too() {
    let (url, _) = serve(|_| Act::Stall(Vec::new()));
    let keep = KeepAll::default();
    let events = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tracing::subscriber::with_default(keep.clone(), || {
        events.block_on(async {
            let runtime = builder_at(&url).build().unwrap();
            let job = Invocation::action("getJob", json!({"jobId": 1}));
            runtime.invoke(job.clone().timeout(Duration::from_millis(50))).await.unwrap_err();
            let mut left = Box::pin(runtime.invoke(job));
            let sent = || keep.count("span request") == 2;
            poll_fn(|context| {
                assert!(left.as_mut().poll(context).is_pending());
                if sent() { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        });
    });
    for (line, times) in [
        ("error.type=\"timeout\"", 2),
        ("pipefit.outcome=\"timeout\"", 1),
        ("error.type=\"cancelled\"", 2),
        ("pipefit.outcome=\"cancelled\"", 1),
    ] {
        assert_eq!(keep.count(line), times, "{line}: {:#?}", keep.0.lock().unwrap().lines);
    }
}
