//! The trigger where a service or a caller gives it less than it should: no times, no clock, no ids, another's state.

use std::sync::{Arc, Mutex};

use pipefit::sandbox::Sandbox;
use pipefit::{Code, Error, Invocation};
use serde_json::{Value, json};

use crate::support::{Received, parsed, response, runtime_at, serve};
use crate::trigger::{Watch, ids, seen};

#[tokio::test]
async fn a_state_of_another_account_is_refused_before_any_request() {
    let mut watch = Watch::on("jobs", Sandbox::builder()).await;
    watch.poll().await;
    let (url, seen) = serve(|_| response("200 OK", &[], r#"{"hasMore":false,"data":[]}"#));
    let state = watch.state.clone().unwrap();
    let error = poll_at(&url, "jobs", Some(state.clone())).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidRequest, "{error}");
    assert!(seen.lock().unwrap().is_empty());
    // An older state does not say whose it is.
    let mut older = state;
    older.as_object_mut().unwrap().remove("account");
    older.as_object_mut().unwrap().remove("delivered");
    poll_at(&url, "jobs", Some(older.clone())).await.unwrap();
    watch.state = Some(older);
    watch.poll().await;
    assert!(watch.state.unwrap().get("account").is_some());
}

#[tokio::test]
async fn a_state_that_is_broken_or_another_s_is_refused_before_any_request() {
    let mut watch = Watch::on("jobs", Sandbox::builder()).await;
    watch.poll().await;
    let good = watch.state.clone().unwrap();
    watch.sandbox().forget_requests();
    let mut states = vec![json!({}), json!([]), json!("state"), json!(7)];
    for (field, value) in [
        ("version", json!(2)),
        ("version", Value::Null),
        ("feed", json!("customers")),
        ("floor", json!(["yesterday", 1])),
        ("floor", json!(1)),
        ("seen", json!({"2026-06-01T00:00:00Z": ["x"]})),
        ("more", json!(1)),
    ] {
        let mut state = good.clone();
        state[field] = value;
        states.push(state);
    }
    for state in states {
        let error = watch.ask(&watch.inputs, Some(state.clone())).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidRequest, "{state}");
        assert!(error.message().starts_with("the state "), "{error}");
    }
    assert!(watch.bench.seen().is_empty());
}

async fn poll_at(url: &str, resource: &str, state: Option<Value>) -> Result<Value, Error> {
    let inputs = json!({"resourceType": resource, "showNewRecords": true, "showUpdatedRecords": true});
    let mut invocation = Invocation::trigger("pollChangesTrigger", inputs);
    invocation.state = state;
    runtime_at(url).invoke(invocation).await.map(parsed)
}

/// How a service treats records without a time of change.
#[derive(Clone, Copy, Debug)]
struct Nulls {
    first: bool,
    filtered: bool,
}

/// A list of records, as a service without a clock returns it.
fn page_of(records: &[Value], request: &Received<'_>, nulls: Nulls) -> Vec<u8> {
    let query = request.text.split_whitespace().nth(1).unwrap().split_once('?').map_or("", |(_, query)| query);
    let given = |name: &str| {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.map(|value| value.replace("%3A", ":").replace("%2B", "+"))
    };
    let time = |record: &Value, field: &str| record[field].as_str().map(ToOwned::to_owned);
    let mut shown: Vec<_> = records.to_vec();
    for (parameter, field) in [("modifiedOnOrAfter", "modifiedOn"), ("createdOnOrAfter", "createdOn")] {
        if let Some(since) = given(parameter) {
            shown.retain(|record| time(record, field).map_or(!nulls.filtered, |time| time >= since));
        }
    }
    let sort = given("sort").unwrap_or_default();
    let field = if sort.ends_with("CreatedOn") { "createdOn" } else { "modifiedOn" };
    shown.sort_by_key(|record| time(record, field));
    if sort.starts_with('-') {
        shown.reverse();
    }
    let (mut without, with): (Vec<_>, Vec<_>) = shown.into_iter().partition(|record| record[field].is_null());
    let shown = if nulls.first { [without, with].concat() } else { [with, std::mem::take(&mut without)].concat() };
    let number = |name| given(name).and_then(|text| text.parse::<usize>().ok());
    let (page, size) = (number("page").unwrap_or(1), number("pageSize").unwrap_or(50).min(3));
    let data: Vec<_> = shown.iter().skip((page - 1) * size).take(size).collect();
    let body = json!({"pageSize": size, "hasMore": page * size < shown.len(), "data": data});
    response("200 OK", &[], body.to_string())
}

fn job(id: i64, created: &str, modified: Option<&str>) -> Value {
    json!({"id": id, "createdOn": created, "modifiedOn": modified})
}

#[tokio::test]
async fn a_record_that_never_changed_is_delivered_once() {
    for (first, filtered) in [(true, true), (true, false), (false, true), (false, false)] {
        for resource in ["projects", "invoices"] {
            let records: Vec<_> =
                (1..=9).map(|id| job(id, "2026-01-01T00:00:00Z", (id > 4).then_some("2026-03-01T00:00:00Z"))).collect();
            let records = Arc::new(Mutex::new(records));
            let (shared, nulls) = (Arc::clone(&records), Nulls { first, filtered });
            let (url, _) = serve(move |request| page_of(&shared.lock().unwrap(), request, nulls));
            let state = poll_at(&url, resource, None).await.unwrap()["state"].clone();
            records.lock().unwrap().extend((10..=17).map(|id| job(id, "2026-03-02T00:00:00Z", None)));
            records.lock().unwrap()[0] = job(1, "2026-01-01T00:00:00Z", Some("2026-03-02T00:00:01Z"));
            let polled = poll_at(&url, resource, Some(state)).await.unwrap();
            let delivered = (ids(&seen(&polled["data"]["created"])), ids(&seen(&polled["data"]["updated"])));
            assert_eq!(delivered, ((10..=17).collect(), vec![1]), "{resource} {nulls:?}");
            let polled = poll_at(&url, resource, Some(polled["state"].clone())).await.unwrap();
            assert_eq!(polled["data"], json!({"created": [], "updated": []}), "{resource} {nulls:?}");
        }
    }
}

#[tokio::test]
async fn without_a_date_of_the_service_a_time_to_come_hides_nothing() {
    let records = Arc::new(Mutex::new(vec![job(1, "2020-01-01T00:00:00Z", Some("9000-01-01T00:00:00Z"))]));
    let shared = Arc::clone(&records);
    let nulls = Nulls { first: true, filtered: true };
    let (url, _) = serve(move |request| page_of(&shared.lock().unwrap(), request, nulls));
    let state = poll_at(&url, "jobs", None).await.unwrap()["state"].clone();
    // A little after the runtime's own clock.
    records.lock().unwrap().push(job(2, "2100-01-01T00:00:00Z", Some("2100-01-01T00:00:00Z")));
    let polled = poll_at(&url, "jobs", Some(state)).await.unwrap();
    assert_eq!(ids(&seen(&polled["data"]["created"])), [2]);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_reported_and_left_out() {
    let broken = [
        (json!({"createdOn": "2026-03-01T00:00:00Z", "modifiedOn": "2026-03-01T00:00:00Z"}), None),
        (job(7, "soon", Some("2026-03-01T00:00:00Z")), Some(json!(7))),
        (json!({"id": "x", "createdOn": "2026-03-01T00:00:00Z"}), Some(json!("x"))),
        (json!({"id": 8}), Some(json!(8))),
    ];
    for (record, id) in broken {
        let records = vec![job(1, "2026-01-01T00:00:00Z", Some("2026-01-01T00:00:00Z"))];
        let records = Arc::new(Mutex::new(records));
        let (shared, nulls) = (Arc::clone(&records), Nulls { first: true, filtered: false });
        let (url, _) = serve(move |request| page_of(&shared.lock().unwrap(), request, nulls));
        let state = poll_at(&url, "jobs", None).await.unwrap()["state"].clone();
        records.lock().unwrap().insert(0, record.clone());
        records.lock().unwrap().push(job(2, "2026-03-02T00:00:00Z", Some("2026-03-02T00:00:00Z")));
        let polled = poll_at(&url, "jobs", Some(state)).await.unwrap();
        assert_eq!(ids(&seen(&polled["data"]["created"])), [2], "{record}");
        let skipped = polled["skipped"].as_array().unwrap();
        assert_eq!((skipped.len(), skipped[0].get("id")), (1, id.as_ref()), "{record}: {skipped:?}");
        poll_at(&url, "jobs", Some(polled["state"].clone())).await.unwrap();
    }
}
