//! A second component beside the first, in one runtime: whatever differs between services is the component's to say.

mod service;
pub(crate) mod shelf;

use pipefit::component::schema;
use pipefit::runner::ListPosition;
use pipefit::runner::export;
use pipefit::sandbox::Sandbox;
use pipefit::{Catalog, Code, Error, Invocation, Registered, Runtime};
use serde_json::{Value, json};

use self::service::{KEY, Service};
use crate::support::{parsed, response, serve};

fn both() -> Catalog {
    Catalog::of(Catalog::registered().units().iter().copied().chain(shelf::units()))
}

/// The units of both, each with its own host and connection.
struct Pair {
    sandbox: Sandbox,
    service: Service,
    runtime: Runtime,
}

impl Pair {
    async fn start(things: i64) -> Self {
        let (sandbox, service) = (Sandbox::builder().start().await.unwrap(), Service::start(things));
        let builder = pipefit::sandbox_runtime(&sandbox).catalog(both()).api_url("shelf", &service.url);
        let connection = json!({"key": "shelfKey", "fields": {"key": KEY}});
        let runtime = builder.default_connection(connection).build().unwrap();
        Self { sandbox, service, runtime }
    }

    async fn action(&self, key: &str, inputs: Value) -> Result<Value, Error> {
        self.runtime.invoke(Invocation::action(key, inputs)).await.map(parsed)
    }
}

#[tokio::test]
async fn two_components_run_side_by_side_and_no_request_names_its_own() {
    let pair = Pair::start(5).await;
    let job = pair.action("getJob", json!({"jobId": "10978752986"})).await.unwrap();
    assert_eq!(job["data"]["id"], 10_978_752_986_i64);
    let thing = pair.action("getThing", json!({"thingKey": "thing-003"})).await.unwrap();
    assert_eq!(thing["data"]["name"], "Thing 003");
    assert_eq!(pair.service.seen.lock().unwrap().len(), 1);
    assert!(pair.sandbox.requests().iter().all(|request| !request.path.contains("things")));
    let created = pair.action("createThing", json!({"name": "Lamp"})).await.unwrap();
    assert_eq!(created["data"]["key"], "Lamp");
}

#[tokio::test]
async fn a_key_of_two_components_has_to_be_made_clear() {
    let job = Catalog::registered().units().iter().find(|entry| entry.unit.about().key == "getJob").copied().unwrap();
    let other = Registered { component: &shelf::SHELF, ..job };
    let runtime = Runtime::builder().catalog(Catalog::of(both().units().iter().copied().chain([other]))).build();
    let runtime = runtime.unwrap();
    let error = runtime.invoke(Invocation::action("getJob", json!({"jobId": "1"}))).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidRequest);
    assert!(error.message().contains("`servicetitan`") && error.message().contains("`shelf`"), "{error}");
    let invocation =
        Invocation { component: Some("servicetitan".to_owned()), ..Invocation::action("getJob", json!({})) };
    assert_eq!(runtime.invoke(invocation).await.unwrap_err().code(), Code::InvalidInput);
    let error = runtime.invoke(Invocation::action("getThing", json!({"thingKey": "x"}))).await.unwrap_err();
    assert_eq!((error.code(), error.issues()[0].input.as_str()), (Code::InvalidInput, "connection"));
}

#[tokio::test]
async fn errors_are_read_in_the_service_s_own_form() {
    let pair = Pair::start(2).await;
    let error = pair.action("getThing", json!({"thingKey": "gone"})).await.unwrap_err();
    assert_eq!((error.code(), error.status(), error.trace_id()), (Code::NotFound, Some(404), Some("R-7")));
    assert!(error.message().ends_with("No such thing."), "{error}");
    let error = pair.action("createThing", json!({"name": "Thing 001"})).await.unwrap_err();
    assert_eq!(error.errors().map(ToString::to_string).as_deref(), Some(r#"{"name":["taken"]}"#));
    let wrong = json!({"thingKey": "thing-001", "connection": {"key": "shelfKey", "fields": {"key": "canary-wrong"}}});
    let error = pair.action("getThing", wrong).await.unwrap_err();
    assert_eq!(error.code(), Code::Unauthorized);
    assert_eq!(pair.service.seen.lock().unwrap().len(), 3, "a key cannot be renewed");
}

#[tokio::test]
async fn a_chain_of_pages_is_read_to_its_end() {
    for count in [0, 1, 3, 4, 20] {
        let pair = Pair::start(count).await;
        let whole = pair.action("listThings", json!({"fetchAll": true})).await.unwrap();
        let items = whole["data"]["items"].as_array().unwrap();
        assert_eq!(i64::try_from(items.len()).unwrap(), count);
        assert_eq!(whole["data"]["meta"], json!({"next": null, "count": count}));
        let (mut parts, mut at) = (Vec::new(), None::<ListPosition>);
        while at.as_ref().is_none_or(ListPosition::has_more) {
            let prepared =
                async || pair.runtime.prepare(Invocation::action("listThings", json!({"fetchAll": true}))).await;
            let page = prepared().await.unwrap().page_after(at.as_ref()).await.unwrap();
            let again = prepared().await.unwrap().page_again(at.as_ref(), &page.position).await.unwrap();
            assert_eq!(again, page.records);
            parts.extend(page.records.iter().map(|record| record.parse::<Value>().unwrap()));
            at = serde_json::from_str(&serde_json::to_string(&page.position).unwrap()).unwrap();
        }
        assert_eq!(&parts, items);
        let one = pair.action("listThings", json!({})).await.unwrap();
        assert_eq!(one["data"]["items"].as_array().unwrap().len(), items.len().min(3));
    }
}

#[tokio::test]
async fn a_chain_that_leads_back_is_a_bad_reply() {
    let (url, seen) = serve(|received| {
        let page = json!({"items": [{"key": format!("{}", received.number)}], "meta": {"next": "again"}});
        response("200 OK", &[], page.to_string())
    });
    let connection = json!({"key": "shelfKey", "fields": {"key": KEY}});
    let runtime = Runtime::builder().catalog(both()).api_url("shelf", url).default_connection(connection);
    let runtime = runtime.build().unwrap();
    let error = runtime.invoke(Invocation::action("listThings", json!({"fetchAll": true}))).await.unwrap_err();
    assert_eq!((error.code(), seen.lock().unwrap().len()), (Code::BadReply, 2), "{error}");
    let whole = async || runtime.prepare(Invocation::action("listThings", json!({"fetchAll": true}))).await.unwrap();
    let first = whole().await.page_after(None).await.unwrap();
    let error = whole().await.page_after(Some(&first.position)).await.unwrap_err();
    assert_eq!(error.code(), Code::BadReply);
    let error = runtime.invoke(Invocation::data_source("selectThing", json!({}))).await.unwrap_err();
    assert_eq!(error.code(), Code::BadReply);
}

#[tokio::test]
async fn a_record_that_several_pages_of_a_chain_repeat_is_returned_once() {
    let (url, seen) = serve(|received| {
        let (keys, next) = match received.number {
            1 => (["1", "2", "3"], json!("b")),
            // Records moved while the list was read: one comes again, a page brings nothing new.
            2 => (["3", "4", "4"], json!("c")),
            3 => (["1", "2", "4"], json!("d")),
            _ => (["5", "1", "6"], Value::Null),
        };
        let items: Value =
            keys.iter().map(|key| json!({"key": key, "name": format!("{key}/{}", received.number)})).collect();
        response("200 OK", &[], json!({"items": items, "meta": {"next": next}}).to_string())
    });
    let connection = json!({"key": "shelfKey", "fields": {"key": KEY}});
    let runtime = Runtime::builder().catalog(both()).api_url("shelf", url).default_connection(connection);
    let runtime = runtime.build().unwrap();
    let whole = parsed(runtime.invoke(Invocation::action("listThings", json!({"fetchAll": true}))).await.unwrap());
    let names = |items: &Value, key: &str| -> Vec<String> {
        items.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&whole["data"]["items"], "name"), ["1/1", "2/1", "3/1", "4/2", "5/4", "6/4"]);
    assert_eq!(seen.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn a_data_source_offers_what_the_chain_holds() {
    let pair = Pair::start(7).await;
    let ask = async |inputs: Value| {
        parsed(pair.runtime.invoke(Invocation::data_source("selectThing", inputs)).await.unwrap())["result"].clone()
    };
    assert_eq!(ask(json!({})).await.as_array().unwrap().len(), 7);
    let one = json!([{"key": "thing-004", "label": "Thing 004"}]);
    assert_eq!(ask(json!({"value": "thing-004"})).await, one);
    assert!(pair.service.seen.lock().unwrap().last().unwrap().contains("keys=thing-004&lost=include"));
    assert_eq!(ask(json!({"search": "ing 004"})).await, one);
}

#[tokio::test]
async fn a_trigger_delivers_each_change_once() {
    let pair = Pair::start(8).await;
    let mut state = None;
    let mut poll = async || {
        let mut invocation = Invocation::trigger("watchThings", json!({"kind": "things"}));
        invocation.state = state.take();
        let reply = parsed(pair.runtime.invoke(invocation).await.unwrap());
        state = Some(reply["state"].clone());
        let keys = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|thing| thing["key"].as_str().unwrap().to_owned()).collect()
        };
        (keys(&reply["data"]["created"]), keys(&reply["data"]["updated"]))
    };
    let none = (Vec::<String>::new(), Vec::<String>::new());
    assert_eq!(poll().await, none, "the first poll is the starting point");
    for (number, second) in (0..5).zip(100..) {
        pair.service.touch(&format!("thing-{number:03}"), second);
        pair.service.touch(&format!("new-{number}"), second);
    }
    let (created, updated) = poll().await;
    assert_eq!((created.len(), updated.len()), (5, 5));
    assert_eq!(created[0], "new-0");
    assert_eq!(poll().await, none);
    pair.service.touch("new-3", 200);
    assert_eq!(poll().await, (vec![], vec!["new-3".to_owned()]));
}

#[tokio::test]
async fn a_dry_run_shows_the_key_s_header_and_not_the_key() {
    let pair = Pair::start(1).await;
    for invocation in [
        Invocation::action("listThings", json!({"fetchAll": true})),
        Invocation::data_source("selectThing", json!({})),
        Invocation::trigger("watchThings", json!({"kind": "things"})),
    ] {
        let shown = parsed(pair.runtime.invoke(invocation.dry_run(true)).await.unwrap());
        assert_eq!(shown["data"]["headers"]["x-shelf-key"], "***");
        assert!(shown["data"]["headers"].get("authorization").is_none());
        assert!(shown["data"]["url"].as_str().unwrap().starts_with(&format!("{}/v1/things?", pair.service.url)));
    }
    assert!(pair.service.seen.lock().unwrap().is_empty());
}

#[test]
fn what_is_exported_follows_its_own_pages() {
    let catalog = Catalog::of(shelf::units());
    let list = catalog.actions().find(|action| action.about().key == "listThings").unwrap();
    let page = Value::Object(schema::of_output(list.output()));
    assert_eq!(page["properties"]["meta"]["properties"]["next"]["type"], json!(["string", "null"]));
    let example: Value = serde_json::from_str(&schema::example_of(list.output())).unwrap();
    assert_eq!(example["items"][0]["key"], "lamp");
    assert!(jsonschema::validator_for(&page).unwrap().is_valid(&example));
    assert!(export::files(&catalog).contains_key("shelf/actions/listThings.reply.json"));
}

#[tokio::test]
async fn its_inputs_are_checked_and_other_components_are_not_there() {
    let runtime = Runtime::builder().catalog(Catalog::of(shelf::units())).build().unwrap();
    let error = runtime.invoke(Invocation::action("getThing", json!({"thingKey": [], "thingId": "x"}))).await;
    let inputs: Vec<_> = error.unwrap_err().issues().iter().map(|issue| issue.input.clone()).collect();
    assert_eq!(inputs, ["thingId", "connection", "thingKey"].map(ToOwned::to_owned));
    let error = runtime.invoke(Invocation::action("getJob", json!({"jobId": "1"}))).await.unwrap_err();
    assert_eq!(error.code(), Code::UnknownAction);
}
