//! The exported schema and the runner agree.

use pipefit::component::schema::{of_inputs, with_formats};
use pipefit::{Catalog, Code, Invocation, Issue, Problem, Runtime, UnitKind};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use crate::fuzzing::cases::draw::Draw;
use crate::fuzzing::cases::values;
use crate::support::{connection, samples};

fn any_json() -> impl Strategy<Value = Value> {
    any::<u64>().prop_map(|seed| values::any_json(&mut Draw::of(seed)))
}

fn event_loop() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// The exported schema and the runner accept the same values, once these are in the spelling of forms: the runner
    /// first rewrites other spellings (a number for an id, `"TRUE"`, JSON as text, blanks), then judges with this
    /// schema and the formats that forms are not told of. It refuses more in one case: a field of a structured value
    /// that is nearly a known one.
    #[test]
    fn the_schema_and_the_runner_accept_the_same(
        values in vec((any::<prop::sample::Index>(), any_json()), 0..3),
        pick in any::<prop::sample::Index>(),
    ) {
        let sample = &samples()[pick.index(samples().len())];
        let catalog = Catalog::registered();
        let unit = catalog.find(None, UnitKind::Action, &sample.action).unwrap().unit;
        let declared = unit.all_inputs();
        let mut inputs = sample.all.as_object().unwrap().clone();
        for (at, value) in values {
            let key = inputs.keys().nth(at.index(inputs.len().max(1))).cloned().unwrap_or_default();
            inputs.insert(key, value);
        }
        inputs.insert("connection".to_owned(), connection());
        let path = format!("schemas/servicetitan/actions/{}.inputs.json", sample.action);
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let exported: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let schema = jsonschema::options().should_validate_formats(true).build(&with_formats(exported)).unwrap();
        let own = Value::Object(of_inputs(declared.iter().copied(), unit.about().effect));
        let (coerced, broken) = pipefit::component::coerce(&declared, &own, inputs.clone());
        let judged = schema.is_valid(&Value::Object(coerced)) && broken.is_empty();
        let runtime = Runtime::builder().build().unwrap();
        let invocation = Invocation::action(&sample.action, inputs.clone().into()).dry_run(true);
        let outcome = event_loop().block_on(runtime.invoke(invocation));
        match outcome {
            Ok(_) => prop_assert!(judged, "{sample}: the runner alone accepts {inputs:?}"),
            Err(error) if error.message().contains("did you mean") => {}
            // What the schema cannot say, the unit does: what contradicts what, what a header may hold.
            Err(error) if error.code() == Code::InvalidInput && judged => {
                let beyond = ["rawRequest", "listInstalledEquipmentAttachments"].contains(&sample.action.as_str());
                // A list that is sorted here knows the fields to sort by.
                let is_beyond = |issue: &Issue| issue.code == Problem::Conflict || issue.input == "sort";
                let is_wider = beyond || error.issues().iter().all(is_beyond);
                prop_assert!(is_wider, "{sample}: the schema alone accepts {inputs:?}: {error}");
            }
            Err(_) => {}
        }
    }
}
