//! Misbehaviour on demand, and data that moves while it is read.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use pipefit_sandbox::{Drift, Fault, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};

use crate::jobs::new_job;
use crate::support::{Client, DOCUMENTED, client, ids, plain, refusal};

const JOBS: &str = "/jpm/v2/tenant/{tenant}/jobs";

async fn status(client: &Client, method: Method, path: &str) -> Option<u16> {
    let reply = client.request(method, "jpm", path).send().await;
    reply.ok().map(|reply| reply.status().as_u16())
}

#[tokio::test]
async fn rules_count_and_match() {
    let client = plain().await;
    client.sandbox.add_fault(Fault::status(503).on("GET", JOBS).skip(1).times(2));
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(status(&client, Method::GET, "/jobs").await);
    }
    assert_eq!(seen, [Some(200), Some(503), Some(503), Some(200)]);
    client.sandbox.add_fault(Fault::status(500).path("/jpm/v2/tenant/*/jobs/{id}"));
    assert_eq!(status(&client, Method::GET, "/jobs").await, Some(200));
    assert_eq!(status(&client, Method::GET, "/jobs/1088").await, Some(500));
    client.sandbox.clear_faults();
    assert_eq!(status(&client, Method::GET, "/jobs/1088").await, Some(200));
    client.sandbox.add_fault(Fault::status_with(502, "<html>Bad Gateway</html>").method("GET").once());
    let reply = client.request(Method::GET, "jpm", "/jobs").send().await.expect("a response");
    assert_eq!(
        (reply.status().as_u16(), reply.text().await.expect("a body").as_str()),
        (502, "<html>Bad Gateway</html>")
    );
}

#[tokio::test]
async fn token_endpoint_fails_only_when_named() {
    let sandbox = Sandbox::builder().fault(Fault::status(503)).start().await.expect("the sandbox starts");
    let http = crate::support::http();
    crate::support::token(&http, &sandbox).await;
    sandbox.add_fault(Fault::status(503).path("/connect/token"));
    sandbox.clear_faults();
    sandbox.add_fault(Fault::status(503).path("/connect/token"));
    let reply = http.post(sandbox.token_url()).send().await.expect("a response");
    refusal(reply, 503).await;
}

#[tokio::test]
async fn chance_follows_the_seed() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let client = client(|builder| builder.fault(Fault::status(500).probability(0.3))).await;
        let mut seen = Vec::new();
        for _ in 0..50 {
            seen.push(status(&client, Method::GET, "/jobs/1088").await);
        }
        runs.push(seen);
    }
    let failed = runs[0].iter().filter(|status| **status == Some(500)).count();
    assert!((5..30).contains(&failed), "{failed}");
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test]
async fn too_many_requests_says_when_to_come_back() {
    let client = plain().await;
    client.sandbox.add_fault(Fault::too_many_requests(7).once());
    client.sandbox.add_fault(Fault::too_many_requests("Fri, 01 Jan 2027 00:00:00 GMT").once());
    client.sandbox.add_fault(Fault::too_many_requests_without_header().once());
    for (header, title) in [
        (Some("7"), "Rate limit is exceeded. Try again in 7 seconds."),
        (Some("Fri, 01 Jan 2027 00:00:00 GMT"), "Rate limit is exceeded. Try again in 1 seconds."),
        (None, "Rate limit is exceeded. Try again in 1 seconds."),
    ] {
        let reply = client.request(Method::GET, "jpm", "/jobs").send().await.expect("a response");
        let given = reply.headers().get("retry-after").map(|value| value.to_str().expect("text").to_owned());
        assert_eq!(given.as_deref(), header);
        assert_eq!(refusal(reply, 429).await["title"], title);
    }
}

/// What a bare connection gets for a GET of the jobs, or a POST when there is a body.
fn raw(client: &Client, body: &[u8]) -> std::io::Result<Vec<u8>> {
    tokio::task::block_in_place(|| exchange(client, body))
}

fn exchange(client: &Client, body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(client.sandbox.url().trim_start_matches("http://"))?;
    let method = if body.is_empty() { "GET" } else { "POST" };
    let head = format!(
        "{method} /jpm/v2/tenant/1097/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         ST-App-Key: ak1.sandbox\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        client.token,
        body.len(),
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply)?;
    Ok(reply)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resets_are_resets() {
    let client = plain().await;
    client.sandbox.add_fault(Fault::reset_before_read().times(1));
    let error = raw(&client, &[]).expect_err("no response");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    client.sandbox.add_fault(Fault::drop_before_read().times(1));
    assert_eq!(raw(&client, &[]).expect("an end"), b"");
    client.sandbox.add_fault(Fault::refuse().times(1));
    assert!(raw(&client, &[]).is_err());
    assert!(!raw(&client, &[]).expect("a response").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reset_after_commit_has_changed_the_state() {
    let client = plain().await;
    let body = new_job().to_string().into_bytes();
    client.sandbox.add_fault(Fault::reset_before_read().on("POST", JOBS).once());
    client.sandbox.add_fault(Fault::reset_after_commit().on("POST", JOBS).once());
    assert!(raw(&client, &body).is_err());
    assert_eq!((client.sandbox.writes().len(), client.sandbox.count("jobs")), (0, 200));
    let error = raw(&client, &body).expect_err("no response");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!((client.sandbox.writes().len(), client.sandbox.count("jobs")), (1, 201));
    let statuses: Vec<Option<u16>> = client.sandbox.requests().iter().map(|request| request.status).collect();
    assert_eq!(statuses, [Some(200), None, None]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_body_keeps_the_full_length() {
    let client = plain().await;
    let kept = 100;
    client.sandbox.add_fault(Fault::cut_body(kept).once());
    let reply = raw(&client, &[]).expect("a response");
    let text = String::from_utf8_lossy(&reply).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").expect("head and body");
    assert_eq!(body.len(), kept);
    let length =
        head.to_lowercase().split("content-length: ").nth(1).and_then(|rest| rest.lines().next().map(str::to_owned));
    assert!(length.expect("a length").parse::<usize>().expect("a number") > 1000);
    let kept = 100;
    client.sandbox.add_fault(Fault::cut_body(kept).once());
    let reply = client.request(Method::GET, "jpm", "/jobs").send().await.expect("a head");
    assert!(reply.bytes().await.is_err());
}

#[tokio::test]
async fn bodies_can_be_wrong_slow_and_endless() {
    let client = plain().await;
    let get = || client.request(Method::GET, "jpm", "/jobs?pageSize=1");
    let whole = get().send().await.expect("a response").bytes().await.expect("a body");

    client.sandbox.add_fault(Fault::not_json().once());
    let reply = get().send().await.expect("a response");
    assert_eq!(reply.headers()["content-type"], "text/html; charset=utf-8");
    assert_eq!(reply.status(), 200);

    client.sandbox.add_fault(Fault::slow_trickle(200, Duration::from_millis(2)).once());
    let mut reply = get().send().await.expect("a response");
    let mut all = Vec::new();
    let mut pieces = 0;
    while let Some(piece) = reply.chunk().await.expect("a piece") {
        all.extend_from_slice(&piece);
        pieces += 1;
    }
    assert_eq!(all, whole);
    assert!(pieces > 1);

    client.sandbox.add_fault(Fault::slow_first_byte(Duration::from_hours(1)).once());
    let late = tokio::time::timeout(Duration::from_millis(50), get().send()).await;
    assert!(late.is_err(), "no response for an hour");

    client.sandbox.add_fault(Fault::endless_body().once());
    let mut reply = get().send().await.expect("a response");
    let mut read = 0;
    while read < 1_000_000 {
        read += reply.chunk().await.expect("a piece").expect("no end").len();
    }
}

#[tokio::test]
async fn revoked_token_stays_revoked() {
    let client = plain().await;
    client.sandbox.add_fault(Fault::revoke_token().once());
    client.get_refused("jpm", "/jobs", 401).await;
    client.get_refused("jpm", "/jobs", 401).await;
    let fresh = crate::support::token(&client.http, &client.sandbox).await;
    let renewed = Client { token: fresh, ..client };
    renewed.get("jpm", "/jobs").await;
}

#[test]
fn faults_read_and_write_as_json() {
    let file = json!([
        {"kind": "status", "status": 503, "method": "GET", "path": JOBS, "skip": 1, "times": 2, "probability": 0.5},
        {"kind": "status", "status": 500, "body": "x"},
        {"kind": "tooManyRequests", "retryAfter": "3"},
        {"kind": "resetBeforeRead"},
        {"kind": "dropBeforeRead"},
        {"kind": "resetAfterCommit"},
        {"kind": "cutBody", "bytes": 10},
        {"kind": "notJson"},
        {"kind": "slowFirstByte", "delayMs": 5},
        {"kind": "slowTrickle", "bytes": 1, "delayMs": 5},
        {"kind": "endlessBody"},
        {"kind": "revokeToken"},
        {"kind": "refuse"},
    ]);
    let faults: Vec<Fault> = serde_json::from_value(file.clone()).expect("all kinds are read");
    assert_eq!(faults[0], Fault::status(503).on("GET", JOBS).skip(1).times(2).probability(0.5));
    assert_eq!(serde_json::to_value(&faults).expect("they are written"), file);
    let text = file.to_string();
    assert_eq!(serde_json::from_str::<Vec<Fault>>(&text).expect("and from text"), faults);
    for (wrong, why) in [
        (json!({"kind": "explode"}), "unknown variant `explode`"),
        (json!({"status": 500}), "missing field `kind`"),
        (json!({"kind": "cutBody"}), "missing field `bytes`"),
        (json!({"kind": "status", "status": 42}), "`42` is no final HTTP status"),
        (json!({"kind": "notJson", "probability": 2}), "`probability` must be between 0 and 1"),
        (json!({"kind": "notJson", "tmes": 2}), "unknown field `tmes`"),
    ] {
        let error = serde_json::from_value::<Fault>(wrong).expect_err("refused").to_string();
        assert!(error.starts_with(why), "{error}");
    }
}

async fn pages(client: &Client, query: &str) -> Vec<i64> {
    let (mut seen, mut page) = (Vec::new(), 1);
    loop {
        let list = client.get("jpm", &format!("/jobs?{query}&pageSize=20&page={page}")).await;
        seen.extend(ids(&list));
        if list["hasMore"] == false {
            return seen;
        }
        page += 1;
    }
}

#[tokio::test]
async fn data_drifts_between_pages() {
    let client = plain().await;
    client.sandbox.add_drift(Drift::delete("jobs").times(1));
    let seen = pages(&client, "sort=%2BId").await;
    // The record that slid onto the page already read is missed.
    assert_eq!((seen.len(), client.sandbox.count("jobs")), (199, 199));
    client.sandbox.clear_drifts();

    client.sandbox.add_drift(Drift::insert("jobs").every(3).times(2));
    let before = client.sandbox.ids("jobs");
    let seen = pages(&client, "sort=%2BCreatedOn").await;
    assert_eq!(client.sandbox.count("jobs"), 201);
    assert!(before.iter().all(|id| seen.contains(id)));
    client.sandbox.clear_drifts();

    client.sandbox.add_drift(Drift::change("jobs").times(1));
    let first = client.ids("jpm", "/jobs?sort=%2BModifiedOn&pageSize=1").await[0];
    let last = client.ids("jpm", "/jobs?sort=-ModifiedOn&pageSize=1").await[0];
    assert_eq!(first, last);
}

#[test]
fn drifts_read_and_write_as_json() {
    let file = json!({"resource": "jobs", "change": "insert", "every": 3, "times": 2});
    let drift: Drift = serde_json::from_value(file.clone()).expect("a drift");
    assert_eq!(drift, Drift::insert("jobs").every(3).times(2));
    assert_eq!(serde_json::to_value(&drift).expect("JSON"), file);
    assert!(serde_json::from_value::<Drift>(json!({"resource": "jobs", "change": "burn"})).is_err());
}

#[tokio::test]
async fn a_write_that_failed_is_not_counted() {
    let client = plain().await;
    client.sandbox.add_fault(Fault::status(500).on("PATCH", "**").once());
    let path = format!("/jobs/{DOCUMENTED}");
    let reply = client.send(Method::PATCH, "jpm", &path, &json!({"summary": "x"})).await;
    assert_eq!(reply.status(), 500);
    assert!(client.sandbox.writes().is_empty());
    let patched: Value = client.patch("jpm", &path, &json!({"summary": "x"})).await;
    assert_eq!(patched["summary"], "x");
    assert_eq!(client.sandbox.writes(), [("/jpm/v2/tenant/{tenant}/jobs/{id}", DOCUMENTED)]);
}
