//! Long lists: what is answered while the list changes, how many calls it takes, and how it is written.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pipefit::runner::{ListPosition, Progress, RawRecord};
use pipefit::sandbox::{Drift, Fault, Sandbox};
use pipefit::{Code, Invocation};
use serde_json::{Value, json};

use crate::support::{Bench, Received, parsed, response, runtime_at, serve};

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
async fn a_whole_list_can_be_written_one_record_a_line_and_its_progress_observed() {
    let bench = jobs(140).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observed = Arc::clone(&seen);
    let observe = move |progress| observed.lock().unwrap().push(progress);
    let runtime = pipefit::sandbox_runtime(&bench.sandbox).on_progress(observe).build().unwrap();
    let mut lines = Vec::new();
    let more = runtime.invoke_records_to(all(&json!({})), &mut lines).await.unwrap();
    let lines = String::from_utf8(lines).unwrap();
    let written: Vec<_> =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_i64()).collect();
    let ids: Vec<_> = bench.sandbox.ids("jobs").into_iter().collect();
    assert_eq!((written.len(), more), (140, false));
    assert_eq!(written.into_iter().flatten().collect::<BTreeSet<_>>(), ids.into_iter().collect());
    let seen = seen.lock().unwrap().clone();
    assert!(seen.is_sorted_by_key(|progress| progress.records) && seen.len() > 2, "{seen:?}");
    assert_eq!(seen.last(), Some(&Progress { records: 140, total: Some(140) }));

    let mut page = Vec::new();
    let one_page = Invocation::action("listJobs", json!({"pageSize": 3}));
    let more = runtime.invoke_records_to(one_page, &mut page).await.unwrap();
    assert_eq!((String::from_utf8(page).unwrap().lines().count(), more), (3, true));
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
async fn a_list_is_read_in_parts_by_who_stores_where_it_stands() {
    let drifts = [Drift::insert("jobs").every(2), Drift::delete("jobs"), Drift::delete("jobs"), Drift::change("jobs")];
    for order in ["+Id", "-ModifiedOn"] {
        let bench = jobs(400).await;
        let before: BTreeSet<_> = bench.sandbox.ids("jobs").into_iter().collect();
        if order == "+Id" {
            for drift in &drifts {
                bench.sandbox.add_drift(drift.clone());
            }
        }
        let id = |record: &RawRecord| record.parse::<Value>().unwrap()["id"].as_i64().unwrap();
        let (mut read, mut at) = (Vec::new(), None::<ListPosition>);
        while at.as_ref().is_none_or(ListPosition::has_more) {
            // Each page is read by another process, which knows the position from a file.
            let runtime = pipefit::sandbox_runtime(&bench.sandbox).requests_per_second(0).build().unwrap();
            let prepared = || runtime.prepare(all(&json!({"sort": order})));
            let page = prepared().await.unwrap().page_after(at.as_ref()).await.unwrap();
            let ids: Vec<_> = page.records.iter().map(id).collect();
            assert!(ids.len() <= 25, "{}", ids.len());
            // Read again, it has the same records, as far as they are still there, and no other.
            let again = prepared().await.unwrap().page_again(at.as_ref(), &page.position).await.unwrap();
            let there: BTreeSet<_> = bench.sandbox.ids("jobs").into_iter().collect();
            let again: Vec<_> = again.iter().map(id).collect();
            assert!(again.iter().all(|id| ids.contains(id)), "{ids:?} {again:?}");
            assert!(ids.iter().filter(|id| there.contains(id)).all(|id| again.contains(id)), "{ids:?} {again:?}");
            read.extend(ids);
            let stored = serde_json::to_string(&page.position).unwrap();
            assert!(order != "+Id" || stored.len() < 120, "{stored}");
            at = Some(serde_json::from_str(&stored).unwrap());
        }
        let once: BTreeSet<_> = read.iter().copied().collect();
        assert_eq!(once.len(), read.len(), "{order}: none twice");
        let after: BTreeSet<_> = bench.sandbox.ids("jobs").into_iter().collect();
        let missing: Vec<_> = before.intersection(&after).filter(|id| !once.contains(id)).collect();
        assert!(missing.is_empty(), "{order}: {missing:?}");
    }
    let bench = jobs(30).await;
    for invocation in [Invocation::action("getJob", json!({"jobId": "1"})), Invocation::action("listJobs", json!({}))] {
        let error = bench.runtime.prepare(invocation).await.unwrap().page_after(None).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidRequest);
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

/// The value of a query parameter of a request as the server saw it.
fn parameter(request: &Received<'_>, name: &str) -> Option<u64> {
    let query = request.text.split_whitespace().nth(1)?.split_once('?')?.1;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}

/// A server whose list has records with these ids, in this order, at most `largest` on a page.
fn listing(ids: Vec<i64>, largest: usize, says_size: bool) -> String {
    let respond = move |request: &Received<'_>| {
        let given = |name| parameter(request, name).and_then(|value| usize::try_from(value).ok());
        let size = given("pageSize").unwrap_or(50).min(largest);
        let start = (given("page").unwrap_or(1) - 1) * size;
        let shown: Vec<_> = ids.iter().skip(start).take(size).map(|id| json!({"id": id})).collect();
        let mut page = json!({"hasMore": start + size < ids.len(), "data": shown});
        if says_size {
            page["pageSize"] = json!(size);
        }
        response("200 OK", &[], page.to_string())
    };
    serve(respond).0
}

#[tokio::test]
async fn small_pages_lose_nothing() {
    for size in 1..=5 {
        let bench = jobs(150).await;
        let before: BTreeSet<_> = bench.sandbox.ids("jobs").into_iter().collect();
        bench.sandbox.add_drift(Drift::delete("jobs").times(60));
        let read = ids(&parsed(bench.runtime.invoke(all(&json!({"pageSize": size.to_string()}))).await.unwrap()));
        let after: BTreeSet<_> = bench.sandbox.ids("jobs").into_iter().collect();
        assert!(read.is_sorted_by(|one, other| one < other), "{size}");
        let read: BTreeSet<_> = read.into_iter().collect();
        let missed: Vec<_> = before.intersection(&after).filter(|id| !read.contains(id)).collect();
        assert!(missed.is_empty(), "pages of {size}: {missed:?} were there all the time");
        assert_eq!(bench.seen().iter().map(|request| self::size(&request.query)).max(), Some(20), "pages of {size}");
    }
}

#[tokio::test]
async fn pages_that_the_service_caps_lose_nothing_either() {
    for largest in [1, 2, 3, 5, 7, 10, 100] {
        let count = if largest < 10 { 70 } else { 700 };
        let sandbox = Sandbox::builder().records_of("jobs", count).largest_page(largest).rate_limit(None);
        let bench = Bench::around(sandbox.start().await.unwrap());
        let before: BTreeSet<_> = bench.sandbox.ids("jobs").into_iter().collect();
        bench.sandbox.add_drift(Drift::delete("jobs").every(3).times(10));
        bench.sandbox.add_drift(Drift::insert("jobs").every(2).times(10));
        let read = ids(&parsed(bench.runtime.invoke(all(&json!({"pageSize": "5000"}))).await.unwrap()));
        let after: BTreeSet<_> = bench.sandbox.ids("jobs").into_iter().collect();
        assert!(read.is_sorted_by(|one, other| one < other), "{largest}");
        let read: BTreeSet<_> = read.into_iter().collect();
        let missed: Vec<_> = before.intersection(&after).filter(|id| !read.contains(id)).collect();
        assert!(missed.is_empty(), "pages of {largest}: {missed:?} were there all the time");
    }
}

#[tokio::test]
async fn a_cap_that_the_page_does_not_name_is_found() {
    for says_size in [true, false] {
        let url = listing((1..=950).collect(), 100, says_size);
        let read = ids(&parsed(runtime_at(&url).invoke(all(&json!({"pageSize": "5000"}))).await.unwrap()));
        assert_eq!(read, (1..=950).collect::<Vec<_>>(), "{says_size}");
    }
}

#[tokio::test]
async fn ids_that_are_out_of_order_are_joined_by_key() {
    let descending: Vec<_> = (1..=400).rev().collect();
    let swapped = (1..=400)
        .map(|id| {
            if id == 290 {
                17
            } else if id == 17 {
                290
            } else {
                id
            }
        })
        .collect();
    for mixed in [descending, swapped] {
        let url = listing(mixed.clone(), 5_000, true);
        let read = ids(&parsed(runtime_at(&url).invoke(all(&json!({}))).await.unwrap()));
        assert_eq!(read, mixed);
    }
}

/// A server that leaves records out of its pages after it cut them: some are empty, and the list goes on.
fn filtering() -> String {
    let respond = |request: &Received<'_>| {
        let number = parameter(request, "page").unwrap_or(1);
        let size = parameter(request, "pageSize").unwrap_or(50);
        let slots = (number - 1) * size + 1..=number * size;
        let shown: Vec<_> = slots.filter(|id| (*id < 60 || *id > 140) && *id <= 200).collect();
        let data: Vec<_> = shown.iter().map(|id| json!({"id": id, "number": id})).collect();
        let page = json!({"pageSize": size, "hasMore": number * size < 200, "data": data});
        response("200 OK", &[], page.to_string())
    };
    serve(respond).0
}

#[tokio::test]
async fn an_empty_page_is_not_the_end_if_there_are_more() {
    let known: Vec<_> = (1..60).chain(141..=200).collect();
    let read = ids(&parsed(runtime_at(&filtering()).invoke(all(&json!({}))).await.unwrap()));
    assert_eq!(read, known);
}

#[tokio::test]
async fn a_picklist_ends_on_pages_that_never_do() {
    for page in [r#"{"hasMore":true,"data":[{"id":1}]}"#, r#"{"hasMore":true,"data":[]}"#] {
        let (url, seen) = serve(move |_| response("200 OK", &[], page));
        let error = runtime_at(&url).invoke(Invocation::data_source("selectJob", json!({}))).await.unwrap_err();
        assert_eq!(error.code(), Code::BadReply, "{page}: {error}");
        assert!(seen.lock().unwrap().len() < 100, "{page}");
    }
    let (url, seen) = serve(|request| {
        response("200 OK", &[], json!({"hasMore": true, "data": [{"id": request.number}]}).to_string())
    });
    let list = parsed(runtime_at(&url).invoke(Invocation::data_source("selectJob", json!({}))).await.unwrap());
    assert_eq!(list["truncated"], true);
    assert!(seen.lock().unwrap().len() <= 300);
}

#[tokio::test]
async fn pages_that_never_have_a_record_in_common_are_a_bad_reply() {
    // Ever new ids, whatever page is asked for: in order or not.
    for factor in [1, -1] {
        let (url, seen) = serve(move |request| {
            let first = i64::try_from(request.number).unwrap() * 20;
            let data: Vec<_> = (first..first + 20).map(|id| json!({"id": id * factor})).collect();
            response("200 OK", &[], json!({"pageSize": 20, "hasMore": true, "data": data}).to_string())
        });
        let error = runtime_at(&url).invoke(all(&json!({"pageSize": "20"}))).await.unwrap_err();
        assert_eq!(error.code(), Code::BadReply, "{factor}: {error}");
        assert!(seen.lock().unwrap().len() < 300, "{factor}");
    }
}

/// A server of 20 pages, of which all but the first and the last are empty.
fn mostly_empty(request: &Received<'_>) -> Vec<u8> {
    let (number, size) = (parameter(request, "page").unwrap_or(1), parameter(request, "pageSize").unwrap_or(50));
    let slots = (number - 1) * size..number * size;
    let last = 20 * 5_000 - 1;
    let data: Vec<_> = [0, last].iter().filter(|slot| slots.contains(slot)).map(|slot| job(slot + 1)).collect();
    let page = json!({"pageSize": size, "hasMore": !slots.contains(&last), "data": data});
    response("200 OK", &[], page.to_string())
}

fn job(id: u64) -> Value {
    json!({"id": id, "jobNumber": id.to_string()})
}

#[tokio::test]
async fn empty_pages_in_between_end_neither_a_list_nor_a_dropdown() {
    let (url, _) = serve(mostly_empty);
    let read = ids(&parsed(runtime_at(&url).invoke(all(&json!({"pageSize": "5000"}))).await.unwrap()));
    assert_eq!(read, [1, 100_000]);
    let list = parsed(runtime_at(&url).invoke(Invocation::data_source("selectJob", json!({}))).await.unwrap());
    let keys: Vec<_> = list["result"].as_array().unwrap().iter().map(|entry| entry["key"].clone()).collect();
    assert_eq!(keys, ["1", "100000"]);
}

#[tokio::test]
async fn a_dropdown_has_each_key_once() {
    let page = r#"{"hasMore":false,"data":[{"id":7,"jobNumber":"first"},{"id":"7","jobNumber":"second"},{"id":8}]}"#;
    let (url, _) = serve(move |_| response("200 OK", &[], page));
    let list = parsed(runtime_at(&url).invoke(Invocation::data_source("selectJob", json!({}))).await.unwrap());
    let keys: Vec<_> = list["result"].as_array().unwrap().iter().map(|entry| entry["key"].clone()).collect();
    assert_eq!(keys, ["7", "8"]);
}

#[tokio::test]
async fn numbers_are_sorted_here_by_all_their_digits() {
    let goals = ["1.5", "1.25", "10", "\"9\"", "9", "null", "9007199254740993", "9007199254740992", "-2", "1e1"];
    let data: Vec<_> =
        goals.iter().enumerate().map(|(id, goal)| format!(r#"{{"id":{id},"dailyGoal":{goal}}}"#)).collect();
    let page = format!(r#"{{"hasMore":false,"data":[{}]}}"#, data.join(","));
    let (url, _) = serve(move |_| response("200 OK", &[], page.clone()));
    let sorted = async |sort: &str| {
        let invocation = Invocation::action("listTechnicians", json!({"sort": sort}));
        ids(&parsed(runtime_at(&url).invoke(invocation).await.unwrap()))
    };
    assert_eq!(sorted("+DailyGoal").await, [8, 1, 0, 4, 2, 9, 7, 6, 3, 5]);
    assert_eq!(sorted("-DailyGoal").await, [5, 3, 6, 7, 2, 9, 4, 0, 1, 8]);
}

#[tokio::test]
async fn pages_of_a_dropdown_that_take_too_long_come_in_parts() {
    let (url, seen) = serve(|request| {
        let (number, size) = (parameter(request, "page").unwrap_or(1), parameter(request, "pageSize").unwrap_or(50));
        if number > 1 && size > 1_000 {
            return response("504 Gateway Timeout", &[], "{}");
        }
        let end = (number * size).min(5_003);
        let data: Vec<_> = ((number - 1) * size..end).map(|slot| job(slot + 1)).collect();
        response("200 OK", &[], json!({"pageSize": size, "hasMore": end < 5_003, "data": data}).to_string())
    });
    let list = parsed(runtime_at(&url).invoke(Invocation::data_source("selectJob", json!({}))).await.unwrap());
    assert_eq!(list["result"].as_array().unwrap().len(), 5_003);
    assert!(seen.lock().unwrap().len() < 30);
}
