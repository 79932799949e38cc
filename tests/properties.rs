//! Whatever comes in, from a caller or from the service, one reply goes out and nothing panics.

use pipefit::{Catalog, Code, Error, Invocation, Problem, Runtime, UnitKind};
use proptest::collection::{hash_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::support::{Bench, connection, runtime_at, samples, serve_body};

pub(crate) fn event_loop() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// Any JSON, with a liking for what nearly fits.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        prop_oneof![
            Just("10978752986"),
            Just("true"),
            Just("2026-02-30"),
            Just("2026-02-03T09:00:00Z"),
            Just("[{\"typeId\": 1}]"),
            Just("{"),
            Just("../.."),
            Just("\r\nX: y"),
            Just("99999999999999999999"),
            Just("1e400"),
        ]
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            hash_map("key|value|id|typeId|data|[a-z]{1,6}", inner, 0..5)
                .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

/// The reply that a caller would get.
fn envelope(outcome: &Result<pipefit::Reply, Error>) -> Value {
    let text = outcome.as_ref().map_or_else(pipefit::runner::error_envelope, pipefit::Reply::to_json);
    serde_json::from_str(&text).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// Some inputs of every action are replaced by anything: what is refused never reaches the API.
    #[test]
    fn any_inputs_get_one_reply(values in vec((any::<prop::sample::Index>(), any_json()), 1..4), pick in any::<prop::sample::Index>()) {
        let sample = &samples()[pick.index(samples().len())];
        let mut inputs = sample.all.as_object().unwrap().clone();
        for (at, value) in values {
            let key = inputs.keys().nth(at.index(inputs.len().max(1))).cloned().unwrap_or_else(|| "unknown".to_owned());
            inputs.insert(key, value);
        }
        event_loop().block_on(async {
            let bench = Bench::start().await;
            let outcome = bench.runtime.invoke(Invocation::action(&sample.action, inputs.clone().into())).await;
            let reply = envelope(&outcome);
            prop_assert!(reply.get("data").is_some() != reply.get("error").is_some(), "{sample}: {reply}");
            if let Err(error) = outcome {
                prop_assert!(error.code() != Code::Internal, "{sample}: {error} for {inputs:?}");
                if error.code() == Code::InvalidInput {
                    prop_assert!(!error.issues().is_empty() && bench.seen().is_empty(), "{sample}: {error} for {inputs:?}");
                }
            }
            Ok(())
        })?;
    }

    /// The exported schema and the runner accept the same values, once these are in the spelling of forms: the runner
    /// first rewrites other spellings (a number for an id, `"TRUE"`, JSON as text, blanks), then judges with this
    /// schema. It refuses more in one case: a field of a structured value that is nearly a known one.
    #[test]
    fn the_schema_and_the_runner_accept_the_same(values in vec((any::<prop::sample::Index>(), any_json()), 0..3), pick in any::<prop::sample::Index>()) {
        let sample = &samples()[pick.index(samples().len())];
        let catalog = Catalog::registered();
        let declared = catalog.find(None, UnitKind::Action, &sample.action).unwrap().unit.all_inputs();
        let mut inputs = sample.all.as_object().unwrap().clone();
        for (at, value) in values {
            let key = inputs.keys().nth(at.index(inputs.len().max(1))).cloned().unwrap_or_default();
            inputs.insert(key, value);
        }
        inputs.insert("connection".to_owned(), connection());
        let path = format!("schemas/servicetitan/actions/{}.inputs.json", sample.action);
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let exported: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let schema = jsonschema::options().should_validate_formats(true).build(&exported).unwrap();
        let (coerced, broken) = pipefit::component::coerce(&declared, &exported, inputs.clone());
        let judged = schema.is_valid(&Value::Object(coerced)) && broken.is_empty();
        let outcome = event_loop().block_on(Runtime::builder().build().unwrap().invoke(Invocation::action(&sample.action, inputs.clone().into()).dry_run(true)));
        match outcome {
            Ok(_) => prop_assert!(judged, "{sample}: the runner alone accepts {inputs:?}"),
            Err(error) if error.message().contains("did you mean") => {}
            // What the schema cannot say, the unit does: what contradicts what, what a header may hold.
            Err(error) if error.code() == Code::InvalidInput && judged => {
                let beyond = ["rawRequest", "listInstalledEquipmentAttachments"].contains(&sample.action.as_str());
                prop_assert!(beyond || error.issues().iter().all(|issue| issue.code == Problem::Conflict), "{sample}: the schema alone accepts {inputs:?}: {error}");
            }
            Err(_) => {}
        }
    }

    /// Any bytes as a request are a request or a refusal.
    #[test]
    fn any_bytes_are_a_request_or_not(bytes in vec(any::<u8>(), 0..200), json in any_json()) {
        for text in [bytes, json.to_string().into_bytes()] {
            if let Err(error) = Invocation::from_json(&text) {
                prop_assert_eq!(error.code(), Code::InvalidRequest);
            }
        }
    }

    /// Any answer of the service is data that is passed on, or a bad reply.
    #[test]
    fn any_answer_gets_one_reply(bytes in vec(any::<u8>(), 0..200), json in any_json(), status in 200_u16..300) {
        let page = json!({"hasMore": false, "data": json});
        for body in [bytes, json.to_string().into_bytes(), page.to_string().into_bytes()] {
            let url = serve_body(status, &body);
            for (action, inputs) in [("getJob", json!({"jobId": "1"})), ("listJobs", json!({})), ("listJobs", json!({"fetchAll": true}))] {
                let outcome = event_loop().block_on(runtime_at(&url).invoke(Invocation::action(action, inputs)));
                let reply = envelope(&outcome);
                prop_assert!(reply.get("data").is_some() != reply.get("error").is_some(), "{reply}");
                if let Err(error) = outcome {
                    prop_assert!(error.code() == Code::BadReply, "{error} for {}", String::from_utf8_lossy(&body));
                }
            }
            let picklist = Invocation::data_source("selectJob", json!({}));
            let reply = envelope(&event_loop().block_on(runtime_at(&url).invoke(picklist)));
            prop_assert!(reply.get("result").is_some() != reply.get("error").is_some(), "{reply}");
        }
    }
}
