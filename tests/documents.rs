//! The generated pages: every request on them works as it stands.

use std::fs;
use std::path::Path;

use pipefit::component::{Output, Unit, UnitKind, schema};
use pipefit::{Catalog, Invocation};
use serde_json::Value;

use crate::support::{Bench, connection, parsed};

/// The requests of all pages, as they stand there.
fn requests() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/servicetitan");
    let pages = folder.read_dir().unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let blocks =
        pages.flat_map(|page| page.split("\nRequest:\n\n```json\n").skip(1).map(ToOwned::to_owned).collect::<Vec<_>>());
    blocks.map(|block| serde_json::from_str(block.split("\n```").next().unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn every_request_of_the_pages_is_answered_as_they_say() {
    let catalog = Catalog::registered();
    let requests = requests();
    assert_eq!(requests.len(), catalog.units().len());
    for mut request in requests {
        // Each gets a sandbox of its own: what one changes is not there for the next.
        let bench = Bench::start().await;
        assert_eq!(request["inputs"]["connection"], "main");
        request["inputs"]["connection"] = connection();
        let reply = bench.runtime.invoke(Invocation::from_json(request.to_string().as_bytes()).unwrap()).await;
        let reply = reply.map_or_else(|error| panic!("{request}: {error}"), parsed);
        let Some(action) = request["action"].as_str() else { continue };
        let Unit::Action(action) = catalog.find(None, UnitKind::Action, action).unwrap().unit else { unreachable!() };
        if !matches!(action.output(), Output::Any) {
            let schema = Value::Object(schema::of_output(action.output()));
            let faults: Vec<_> = jsonschema::validator_for(&schema)
                .unwrap()
                .iter_errors(&reply["data"])
                .map(|it| it.to_string())
                .collect();
            assert!(faults.is_empty(), "{request}: {faults:?}");
        }
    }
}
