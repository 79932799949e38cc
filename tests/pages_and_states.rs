//! Whatever a service returns as a page, and whatever a caller passes as a state: a reply or the right error, no panic,
//! and an end. `PIPEFIT_FUZZ_CASES=100000 cargo test --test main pages_and_states` tries more.

use std::sync::{Arc, Mutex};

use pipefit::{Code, Invocation, Runtime};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::properties::{any_json, event_loop};
use crate::support::{response, runtime_at, serve};

/// How many cases are tried unless `PIPEFIT_FUZZ_CASES` says more.
const CASES: u32 = 250;

/// A case that takes more requests than this has no end.
const MOST_REQUESTS: usize = 1_000;

fn runner() -> TestRunner {
    let cases = std::env::var("PIPEFIT_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

/// A server that returns what `body` holds to each request.
fn changing(body: &Arc<Mutex<String>>) -> (Runtime, Arc<Mutex<Vec<String>>>) {
    let body = Arc::clone(body);
    let (url, seen) = serve(move |_| response("200 OK", &[], body.lock().unwrap().as_bytes()));
    (runtime_at(&url), seen)
}

fn poll(state: Option<Value>) -> Invocation {
    let inputs = json!({"resourceType": "projects", "showNewRecords": true, "showUpdatedRecords": true});
    let mut invocation = Invocation::trigger("pollChangesTrigger", inputs);
    invocation.state = state;
    invocation
}

/// Any JSON, or a page with any records and members.
fn any_page() -> impl Strategy<Value = Value> {
    let id = prop_oneof![any_json(), any::<i64>().prop_map(Value::from)];
    let time = prop_oneof![any_json(), Just(json!("2026-01-01T00:00:00Z")), Just(json!("9999-12-31T23:59:59Z"))];
    let record = (id, time.clone(), time)
        .prop_map(|(id, created, modified)| json!({"id": id, "createdOn": created, "modifiedOn": modified}));
    let records = proptest::collection::vec(prop_oneof![3 => record, 1 => any_json()], 0..4);
    let page = (any::<bool>(), records, any_json(), any_json()).prop_map(|(more, records, size, total)| {
        json!({"page": 1, "pageSize": size, "hasMore": more, "totalCount": total, "data": records})
    });
    prop_oneof![1 => any_json(), 3 => page]
}

#[test]
fn any_page_is_read_or_a_bad_reply() {
    let (events, body) = (event_loop(), Arc::default());
    let (runtime, seen) = changing(&body);
    let outcome = runner().run(&any_page(), |page| {
        *body.lock().unwrap() = page.to_string();
        for invocation in [
            Invocation::action("listJobs", json!({"fetchAll": true})),
            Invocation::data_source("selectJob", json!({})),
            poll(None),
        ] {
            seen.lock().unwrap().clear();
            let outcome = events.block_on(runtime.invoke(invocation));
            let code = outcome.err().map(|error| error.code());
            prop_assert!(matches!(code, None | Some(Code::BadReply | Code::Unavailable)), "{:?}", code);
            prop_assert!(seen.lock().unwrap().len() < MOST_REQUESTS);
        }
        Ok(())
    });
    outcome.unwrap();
}

/// Any JSON, or a state with any member replaced by any JSON.
fn any_state() -> impl Strategy<Value = Value> {
    let state = json!({
        "version": 1,
        "resourceType": "projects",
        "known": ["2026-01-01T00:00:00Z", 0],
        "floor": ["2026-01-01T00:00:00Z", 0],
        "seen": {"2026-01-01T00:00:01Z": [7]},
        "delivered": [i64::MAX, i64::MAX, 1],
    });
    let members = ["known", "floor", "seen", "delivered", "next", "account", "version", "other"];
    let time = prop_oneof![Just("-009999-01-02T00:00:00Z"), Just("9999-12-30T22:00:00Z"), Just("0000-01-01T00:00:00Z")];
    let position = (time, any::<i64>()).prop_map(|(time, id)| json!([time, id]));
    let ids = proptest::collection::vec(any::<i64>(), 0..5).prop_map(Value::from);
    let changed = (proptest::sample::select(members.to_vec()), prop_oneof![any_json(), position, ids]);
    let changed = changed.prop_map(move |(member, value)| {
        let mut state = state.clone();
        state[member] = value;
        state
    });
    prop_oneof![1 => any_json(), 3 => changed]
}

#[test]
fn any_state_is_continued_or_refused() {
    let events = event_loop();
    let page = r#"{"hasMore":false,"data":[{"id":1,"createdOn":"2026-01-01T00:00:00Z","modifiedOn":null}]}"#;
    let (runtime, seen) = changing(&Arc::new(Mutex::new(page.to_owned())));
    let outcome = runner().run(&any_state(), |state| {
        seen.lock().unwrap().clear();
        let outcome = events.block_on(runtime.invoke(poll(Some(state))));
        let code = outcome.err().map(|error| error.code());
        prop_assert!(matches!(code, None | Some(Code::InvalidRequest)), "{:?}", code);
        prop_assert!(code.is_none() || seen.lock().unwrap().is_empty());
        Ok(())
    });
    outcome.unwrap();
}
