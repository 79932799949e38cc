//! A second component, declared here: the runtime runs it as it runs the first.

use pipefit::component::{
    About, Action, Api, Auth, CONNECTION, Component, Connection, Input, Inputs, Output, Request, Resource, Result,
    Target,
};
use pipefit::{Catalog, Code, Invocation, Registered, Runtime, Unit};
use serde_json::json;

use crate::support::{response, serve};

static SHELF: Component = Component { key: "shelf", label: "Shelf", help: "Keeps things.", connection: &ShelfKey };

const THINGS: Resource = Resource { key: "things", label: "Things" };
const API: Api = Api::new("/v1");
const THING_ID: Input = Input::id("thingId", "Thing ID").help("Number of the thing.").required();
const NAME: Input = Input::text("name", "Name").help("What it is called.").required();

struct ShelfKey;

impl Connection for ShelfKey {
    fn key(&self) -> &'static str {
        "shelfKey"
    }

    fn label(&self) -> &'static str {
        "Shelf"
    }

    fn kind(&self) -> &'static str {
        "apiKey"
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[Input::password("key", "Key").help("The key of the shelf.").required()] }
    }

    fn target(&self, fields: &Inputs) -> Result<Target> {
        let key = fields.text(&self.inputs()[0]).unwrap_or_default();
        Ok(Target {
            api_url: "https://shelf.example".to_owned(),
            auth: Auth::Headers,
            headers: vec![("x-shelf-key", key.into())],
            path: Vec::new(),
            account: key.into(),
            requests_per_second: 60,
        })
    }
}

struct GetThing;

impl Action for GetThing {
    fn about(&self) -> About {
        About::read("getThing", "Get Thing", THINGS).help("Reads a thing.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, THING_ID] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        API.get("/things/{thingId}").query(inputs)
    }

    fn output(&self) -> Output {
        Output::Any
    }
}

struct CreateThing;

impl Action for CreateThing {
    fn about(&self) -> About {
        About::create("createThing", "Create Thing", THINGS).help("Adds a thing.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, NAME] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        API.post("/things").body(inputs)
    }

    fn output(&self) -> Output {
        Output::Any
    }
}

fn runtime(url: &str) -> Runtime {
    let entry = |unit, name| Registered { component: &SHELF, unit, name, file: file!(), line: line!() };
    let units = [entry(Unit::Action(&GetThing), "GetThing"), entry(Unit::Action(&CreateThing), "CreateThing")];
    let builder = Runtime::builder().catalog(Catalog::of(units)).api_url(url).token_url(format!("{url}/none"));
    builder.default_connection(json!({"key": "shelfKey", "fields": {"key": "canary-key"}})).build().unwrap()
}

/// A server that returns each request's own first line, and whether it bore the key.
fn echo() -> String {
    let (url, _) = serve(|received| {
        let line = received.text.lines().next().unwrap_or_default();
        let body = json!({"line": line, "key": received.text.contains("canary-key")});
        response("200 OK", &[], body.to_string())
    });
    url
}

#[tokio::test]
async fn another_component_runs_through_the_same_runtime() {
    let runtime = runtime(&echo());
    let table = [
        ("getThing", json!({"thingId": "7"}), "GET /v1/things/7 HTTP/1.1"),
        ("createThing", json!({"name": "Lamp"}), "POST /v1/things HTTP/1.1"),
    ];
    for (key, inputs, line) in table {
        let answer = runtime.invoke(Invocation::action(key, inputs)).await.unwrap();
        assert_eq!(answer.to_json(), json!({"data": {"line": line, "key": true}}).to_string(), "{key}");
    }
}

#[tokio::test]
async fn its_inputs_are_checked_and_other_components_are_not_there() {
    let runtime = runtime("http://127.0.0.1:1");
    let error = runtime.invoke(Invocation::action("getThing", json!({"thingId": "x"}))).await.unwrap_err();
    assert_eq!((error.code(), error.issues()[0].input.as_str()), (Code::InvalidInput, "thingId"));
    let error = runtime.invoke(Invocation::action("getJob", json!({"jobId": "1"}))).await.unwrap_err();
    assert_eq!(error.code(), Code::UnknownAction);
}
