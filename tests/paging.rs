//! Long lists: what is answered while the list changes, how many calls it takes, and how it is written.

use std::collections::BTreeSet;
use std::time::Duration;

use pipefit::sandbox::{Drift, Fault, Sandbox};
use pipefit::{Code, Invocation};
use serde_json::{Value, json};

use crate::support::{Bench, parsed, response, runtime_at, serve};

async fn jobs(count: usize) -> Bench {
    Bench::around(Sandbox::builder().records_of("jobs", count).rate_limit(None).start().await.unwrap())
}

fn ids(answer: &Value) -> Vec<i64> {
    answer["data"]["data"].as_array().unwrap().iter().map(|job| job["id"].as_i64().unwrap()).collect()
}

fn all(more: &Value) -> Invocation {
    let mut inputs = json!({"fetchAll": true, "pageSize": "25"});
    inputs.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Invocation::action("listJobs", inputs)
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_while_records_come_change_and_go() {
    let drifts: [(&str, Vec<Drift>); 5] = [
        ("inserts", vec![Drift::insert("jobs")]),
        ("changes", vec![Drift::change("jobs")]),
        ("deletes", vec![Drift::delete("jobs")]),
        ("everything", vec![Drift::insert("jobs").every(2), Drift::delete("jobs"), Drift::change("jobs").every(3)]),
        ("many deletes", vec![Drift::delete("jobs"), Drift::delete("jobs"), Drift::delete("jobs")]),
    ];
    for (name, drifts) in drifts {
        let bench = jobs(400).await;
        let before: BTreeSet<_> = bench.sandbox.ids("jobs").into_iter().collect();
        for drift in drifts {
            bench.sandbox.add_drift(drift);
        }
        let read = ids(&parsed(bench.runtime.invoke(all(&json!({}))).await.unwrap()));
        let after: BTreeSet<_> = bench.sandbox.ids("jobs").into_iter().collect();
        assert!(read.is_sorted_by(|one, other| one < other), "{name}: in order, none twice");
        let read: BTreeSet<_> = read.into_iter().collect();
        let missed: Vec<_> = before.intersection(&after).filter(|id| !read.contains(id)).collect();
        assert!(missed.is_empty(), "{name}: {missed:?} were there all the time");
        assert!(name == "inserts" || name == "changes" || before.len() > before.intersection(&after).count() + 10);
    }
}

#[tokio::test]
async fn a_sort_of_one_s_own_repeats_nothing() {
    let bench = jobs(300).await;
    bench.sandbox.add_drift(Drift::insert("jobs"));
    let read = ids(&parsed(bench.runtime.invoke(all(&json!({"sort": "-CreatedOn"}))).await.unwrap()));
    assert_eq!(read.iter().collect::<BTreeSet<_>>().len(), read.len());
    assert!(read.len() >= 300);
}

#[tokio::test]
async fn lists_that_cannot_be_sorted_are_read_whole() {
    let bench =
        Bench::around(Sandbox::builder().records_of("technicians", 130).rate_limit(None).start().await.unwrap());
    let read = bench.action("listTechnicians", json!({"fetchAll": true, "pageSize": "25"})).await.unwrap();
    let read: BTreeSet<_> = ids(&read).into_iter().collect();
    let known: BTreeSet<_> = bench.sandbox.ids("technicians").into_iter().collect();
    let active = known.iter().filter(|id| bench.sandbox.record("technicians", **id).unwrap()["active"] == true);
    assert_eq!(read, active.copied().collect());
    assert!(bench.seen().iter().all(|request| request.ignored.is_empty()));
}

#[tokio::test]
async fn pages_are_read_side_by_side_once_the_total_is_known() {
    let bench = jobs(200).await;
    // Every page but the first waits for the others: read one by one, the second would never end.
    bench.sandbox.add_fault(Fault::slow_first_byte(Duration::from_millis(400)).path("/jpm/**").skip(1));
    let running = bench.runtime.invoke(all(&json!({})));
    let watch = async {
        while bench.seen().len() < 5 {
            tokio::task::yield_now().await;
        }
        bench.seen().iter().filter(|request| request.status.is_none()).count()
    };
    let (done, under_way) = tokio::join!(running, watch);
    done.unwrap();
    assert!(under_way >= 3, "{under_way} pages were under way at once");
}

#[tokio::test]
async fn a_page_that_takes_too_long_comes_in_halves() {
    let sandbox = Sandbox::builder().records_of("jobs", 60).rate_limit(None).start().await.unwrap();
    sandbox.add_fault(Fault::status(504).path("/jpm/**").times(5));
    let bench = Bench::around(sandbox);
    let read = ids(&parsed(bench.runtime.invoke(all(&json!({"pageSize": "40"}))).await.unwrap()));
    assert_eq!(read.into_iter().collect::<BTreeSet<_>>(), bench.sandbox.ids("jobs").into_iter().collect());
    let sizes: BTreeSet<u64> = bench.seen().iter().map(|request| size(&request.query)).collect();
    assert!(sizes.contains(&40) && sizes.iter().any(|size| *size <= 20), "{sizes:?}");
}

fn size(query: &[(String, String)]) -> u64 {
    query.iter().find(|(name, _)| name == "pageSize").unwrap().1.parse().unwrap()
}

#[tokio::test]
async fn a_failure_midway_leaves_no_document() {
    let bench = jobs(100).await;
    bench.sandbox.add_fault(Fault::status(500).path("/jpm/**").skip(2));
    let mut out = Vec::new();
    let error = bench.runtime.invoke_to(all(&json!({})), &mut out).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(out.starts_with(br#"{"data":{"page":1,"#), "the first pages were written");
    assert!(serde_json::from_slice::<Value>(&out).is_err());
}

#[tokio::test]
async fn what_is_written_equals_what_is_answered() {
    let bench = jobs(70).await;
    for inputs in [json!({"fetchAll": true, "pageSize": "25"}), json!({"pageSize": "5"})] {
        let invocation = Invocation::action("listJobs", inputs);
        let mut written = Vec::new();
        bench.runtime.invoke_to(invocation.clone(), &mut written).await.unwrap();
        let answered = bench.runtime.invoke(invocation).await.unwrap().to_json();
        assert_eq!(String::from_utf8(written).unwrap(), answered);
    }
}

#[tokio::test]
async fn ten_thousand_entries_take_two_calls() {
    for (count, calls, truncated) in [(40, 1, false), (9_990, 2, false), (10_100, 2, true)] {
        let bench = jobs(count).await;
        let known = bench.sandbox.count("jobs");
        let list = parsed(bench.runtime.invoke(Invocation::data_source("selectJob", json!({}))).await.unwrap());
        assert_eq!(list["result"].as_array().unwrap().len(), known.min(10_000), "{count}");
        assert_eq!(list.get("truncated").is_some(), truncated, "{count}");
        assert_eq!(bench.seen().len(), calls, "{count}");
    }
}

#[tokio::test]
async fn a_list_that_never_ends_is_a_bad_reply() {
    let pages = [
        r#"{"hasMore":true,"data":[{}]}"#,
        r#"{"hasMore":true,"data":[{"id":1}]}"#,
        r#"{"hasMore":true,"data":[{"id":"a"},{}]}"#,
        r#"{"hasMore":true,"data":[]}"#,
        r#"[true,[{"id":1}]]"#,
    ];
    for page in pages {
        let (url, seen) = serve(move |_| response("200 OK", &[], page));
        let error = runtime_at(&url).invoke(all(&json!({}))).await.unwrap_err();
        assert_eq!(error.code(), Code::BadReply, "{page}: {error}");
        assert!(seen.lock().unwrap().len() < 100, "{page}: {} requests", seen.lock().unwrap().len());
    }
}

#[tokio::test]
async fn a_bare_array_is_no_page() {
    let (url, _) = serve(|_| response("200 OK", &[], "[false,[{}]]"));
    for inputs in [json!({}), json!({"fetchAll": true})] {
        let error = runtime_at(&url).invoke(Invocation::action("listJobs", inputs)).await.unwrap_err();
        assert_eq!(error.code(), Code::BadReply, "{error}");
    }
}
