//! The component of a service that is unlike the first one: a cursor, another form of pages and of errors, a key in a
//! header, ids that are text.

use std::sync::Arc;

use pipefit::component::prelude::*;
use pipefit::component::{
    Api, ChainedPages, ChangeFields, Component, Connection, ErrorFormat, Feed, Feeds, HeaderKey, Next, PageLayout,
    PageMember, PageRole, Paging, Polling, Samples, Target, Trigger,
};
use pipefit::{Registered, Unit};

pub(crate) static SHELF: Component = Component {
    key: "shelf",
    label: "Shelf",
    help: "Keeps things.",
    connection: &ShelfKey,
    errors: ErrorFormat { message: "error.reason", trace_id: Some("error.ref"), field_errors: Some("error.fields") },
    samples: Samples::NONE,
};

const API: Api = Api::new("/v1")
    .paged(
        Paging::Chained(ChainedPages { next: Next::Cursor("cursor"), size: "limit", max_size: 3 }),
        PageLayout(&[
            PageMember::new("items", PageRole::Records, "The things."),
            PageMember::new("meta.next", PageRole::Next, "The cursor of the next page; null at the end."),
            PageMember::new("meta.count", PageRole::Total, "How many things there are."),
        ]),
    )
    .sorted("order", "+key");

static THINGS: ListEndpoint = API
    .list("/things")
    .resource("things", "Things")
    .record(&THING)
    .identified_by("key")
    .ids("keys")
    .search("named")
    .including_inactive("lost", "include");

static THING: Record = Record {
    help: "A thing.",
    fields: &[
        Field::text("key", "The id of the thing.").example("lamp"),
        Field::text("name", "What it is called.").example("Lamp"),
        Field::timestamp("made", "When it was put on the shelf."),
        Field::timestamp("touched", "When it was last changed.").nullable(),
    ],
};

const THING_KEY: Input = Input::text("thingKey", "Thing Key").example("lamp").help("The id of the thing.");
const NAME: Input = Input::text("name", "Name").example("Lamp").help("What it is called.");
const KIND: Input = Input::text("kind", "Kind").choices(&[plain("things")]).help("What to watch.");
const NEW: Input = Input::flag("new", "New").default_flag(true).help("Whether to deliver new things.");
const CHANGED: Input = Input::flag("changed", "Changed").default_flag(true).help("Whether to deliver changes.");
const SINCE: Input = Input::date("since", "Since").help("The day to begin on.");
const SHELF_KEY: Input = Input::password("key", "Key").required().help("The key of the shelf.");

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
        const { &[SHELF_KEY] }
    }

    fn needs_token(&self) -> bool {
        false
    }

    fn target(&self, fields: &Inputs) -> Result<Target> {
        let key = fields.text(&SHELF_KEY).unwrap_or_default();
        Ok(Target {
            api_url: "https://shelf.example".to_owned(),
            authentication: Arc::new(HeaderKey { header: "x-shelf-key", key: key.into() }),
            headers: Vec::new(),
            path: Vec::new(),
            tenant: None,
            account: key.into(),
            requests_per_second: 1_001,
        })
    }
}

struct GetThing;

impl Action for GetThing {
    fn about(&self) -> About {
        About::read("getThing", "Get Thing", THINGS.resource).help("Returns a thing.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, THING_KEY.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        THINGS.get("{thingKey}").query(inputs)
    }
}

struct ListThings;

impl Action for ListThings {
    fn about(&self) -> About {
        About::read("listThings", "List Things", THINGS.resource).help("Lists things.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, FETCH_ALL] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        THINGS.list().query(inputs)
    }
}

struct CreateThing;

impl Action for CreateThing {
    fn about(&self) -> About {
        About::create("createThing", "Create Thing", THINGS.resource).help("Puts a thing on the shelf.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, NAME.required()] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        THINGS.create().body(inputs)
    }
}

struct SelectThing;

impl DataSource for SelectThing {
    fn about(&self) -> About {
        About::read("selectThing", "Select Thing", THINGS.resource).help("Offers things by name.")
    }

    fn choices(&self) -> Choices {
        THINGS.choices("{name}").sorted_by("name")
    }
}

struct WatchThings;

impl Trigger for WatchThings {
    fn about(&self) -> About {
        About::read("watchThings", "Watch Things", THINGS.resource).help("Delivers things that are new or changed.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, KIND.required(), NEW, CHANGED, SINCE] }
    }

    fn output(&self) -> Output {
        Output::Any
    }

    fn polling(&self) -> Polling {
        Polling::Feeds(&FEEDS)
    }
}

static FEEDS: Feeds = Feeds {
    feeds: &[Feed { key: "things", list: &THINGS }],
    fields: ChangeFields {
        created: "made",
        modified: "touched",
        since: "touchedSince",
        oldest_first: "+touched",
        newest_first: "-touched",
        created_since: "madeSince",
        oldest_created: "+made",
        newest_created: "-made",
    },
    resource: KIND,
    show_created: NEW,
    show_updated: CHANGED,
    look_back: SINCE,
};

/// Everything that the component has.
pub(crate) fn units() -> Vec<Registered> {
    let entry = |unit, name| Registered { component: &SHELF, unit, name, file: file!(), line: line!() };
    vec![
        entry(Unit::Action(&GetThing), "GetThing"),
        entry(Unit::Action(&ListThings), "ListThings"),
        entry(Unit::Action(&CreateThing), "CreateThing"),
        entry(Unit::DataSource(&SelectThing), "SelectThing"),
        entry(Unit::Trigger(&WatchThings), "WatchThings"),
    ]
}
