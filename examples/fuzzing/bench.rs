//! What a case is checked with: an event loop, a server in it, and runtimes, made once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use pipefit::runner::{Retries, error_envelope_of};
use pipefit::{Catalog, Code, Error, Invocation, Registered, Runtime};
use serde_json::{Map, Value, json};

use super::canaries;
use super::request::is_of_shelf;
use super::server::Server;
use super::shelf;

/// A case that takes more requests than this has no end.
const MOST_REQUESTS: usize = 1_000;

/// How long an invocation may take. Nothing waits for this: it is there to be noticed.
const TIMEOUT: Duration = Duration::from_secs(90);

/// How long one may take that a service tells to wait.
const SHORT_TIMEOUT: Duration = Duration::from_millis(300);

/// How many turns of the event loop bring what was sent to the server.
const TURNS: usize = 8;

/// How many fresh accounts a runtime serves: it remembers all of them for an hour.
const MOST_ACCOUNTS: u64 = 500;

pub(super) struct Bench {
    pub(super) server: Server,
    events: tokio::runtime::Runtime,
    /// Sends to the server.
    here: Runtime,
    /// Would send to the service itself; for dry runs.
    remote: Runtime,
    /// Sends to the server, for accounts that are used once.
    once: RefCell<Rc<Runtime>>,
    accounts: Cell<u64>,
}

/// What came of an invocation.
pub(super) struct Ended {
    pub(super) code: Option<Code>,
    /// The one reply: a JSON object, without the id of the request, which comes back as it is.
    pub(super) reply: Value,
    pub(super) retryable: bool,
}

impl Bench {
    pub(super) fn start() -> Self {
        let events = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let server = events.block_on(Server::start()).unwrap();
        let (here, remote) = (runtime(Some(&server.url), TIMEOUT), runtime(None, TIMEOUT));
        let once = RefCell::new(Rc::new(runtime(Some(&server.url), SHORT_TIMEOUT)));
        Self { server, events, here, remote, once, accounts: Cell::new(0) }
    }

    /// Returns a runtime that knows neither tokens nor pauses of the account that the invocation gets: one of its own
    /// where the component tells accounts apart by more than secrets, for a new runtime reads all schemas again.
    pub(super) fn fresh(&self, invocation: &mut Invocation) -> Rc<Runtime> {
        let (of_shelf, number) = (is_of_shelf(invocation), self.accounts.get());
        if of_shelf || number % MOST_ACCOUNTS == 0 {
            *self.once.borrow_mut() = Rc::new(runtime(Some(&self.server.url), SHORT_TIMEOUT));
        }
        if !of_shelf {
            self.accounts.set(number + 1);
            let mut own = connection();
            own["fields"]["tenant"] = json!(number.to_string());
            own["fields"]["clientId"] = json!(format!("client-{number}"));
            invocation.inputs_mut().insert("connection".to_owned(), own);
        }
        Rc::clone(&self.once.borrow())
    }

    pub(super) fn here(&self) -> &Runtime {
        &self.here
    }

    pub(super) fn remote(&self) -> &Runtime {
        &self.remote
    }

    /// Runs an invocation and checks what holds for all. With `streamed`, the reply is written as it arrives.
    /// Whether an invocation would write.
    pub(super) fn writes(&self, runtime: &Runtime, invocation: &Invocation) -> bool {
        let prepared = self.events.block_on(runtime.prepare(invocation.clone()));
        prepared.is_ok_and(|prepared| prepared.writes())
    }

    pub(super) fn invoke(&self, runtime: &Runtime, invocation: Invocation, streamed: bool) -> Result<Ended, String> {
        let (id, dry_run) = (invocation.id.clone(), invocation.dry_run);
        let invoked = async {
            if !streamed {
                return runtime.invoke(invocation).await.map(|reply| reply.to_json());
            }
            let mut written = Vec::new();
            runtime.invoke_to(invocation, &mut written).await?;
            Ok(String::from_utf8(written).unwrap())
        };
        let outcome = self.events.block_on(async {
            let outcome = invoked.await;
            // What an error left on its way must arrive in this case, not in the next one.
            for _ in 0..if outcome.is_err() { TURNS } else { 0 } {
                tokio::task::yield_now().await;
            }
            outcome
        });
        let own_id = id.as_ref().filter(|_| streamed || outcome.is_err());
        let ended = Ended::read(&outcome, own_id)?;
        let requests = self.server.seen();
        ensure(requests <= MOST_REQUESTS, || format!("it took {requests} requests"))?;
        ensure(!dry_run || requests == 0, || format!("a dry run sent {requests} requests"))?;
        Ok(ended)
    }
}

impl Ended {
    /// Reads an outcome. Fails unless its text is one JSON object that is either a reply or an error.
    fn read(outcome: &Result<String, Error>, id: Option<&Value>) -> Result<Self, String> {
        let error = outcome.as_ref().err();
        let text = outcome.as_ref().map_or_else(|error| error_envelope_of(id, error), Clone::clone);
        let mut members: Map<String, Value> =
            serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
        let (code, retryable) = (error.map(Error::code), error.is_some_and(Error::retryable));
        let named = ["data", "result", "error"].iter().filter(|key| members.contains_key(**key)).count();
        ensure(named == 1, || format!("neither a reply nor an error: {text}"))?;
        ensure(members.contains_key("error") == error.is_some(), || format!("not what came of it: {text}"))?;
        ensure(members.remove("id").as_ref() == id, || format!("not the id of the request: {text}"))?;
        ensure(code != Some(Code::Internal), || format!("internal: {text}"))?;
        Ok(Self { code, reply: members.into(), retryable })
    }

    /// Fails if a secret shows.
    pub(super) fn shows_none(&self, secrets: &[&str]) -> Result<(), String> {
        match canaries::shown_in(&self.reply, secrets.iter().copied()) {
            Some(secret) => Err(format!("`{secret}` shows: {}", self.reply)),
            None => Ok(()),
        }
    }

    pub(super) fn outcome(&self) -> &'static str {
        self.code.map_or("reply", Code::name)
    }
}

fn runtime(url: Option<&str>, timeout: Duration) -> Runtime {
    let at_once =
        Retries { tries: 2, first_wait: Duration::ZERO, longest_wait: Duration::ZERO, within: Duration::ZERO };
    let mut builder = Runtime::builder().catalog(Catalog::of(units())).retries(at_once).requests_per_second(u32::MAX);
    if let Some(url) = url {
        builder = builder.api_url("servicetitan", url).token_url("servicetitan", format!("{url}/connect/token"));
        builder = builder.api_url("shelf", url);
    }
    let named = connection();
    let builder = builder.connection("main", named.clone()).default_connection(named).default_connection(shelf_key());
    builder.timeout(timeout).build().unwrap()
}

/// The units of both components.
pub(super) fn units() -> Vec<Registered> {
    let registered = Catalog::registered();
    registered.units().iter().copied().chain(shelf::units()).collect()
}

/// A connection of the first component.
pub(super) fn connection() -> Value {
    json!({
        "key": "serviceTitanConnection",
        "fields": {
            "tenant": "1097",
            "applicationKey": canaries::APPLICATION_KEY,
            "clientId": "client",
            "clientSecret": canaries::CLIENT_SECRET,
            "environment": "integration",
            "tokenUrl": "https://auth-integration.servicetitan.io/connect/token",
        },
    })
}

fn shelf_key() -> Value {
    json!({"key": "shelfKey", "fields": {"key": canaries::SHELF_KEY}})
}

pub(super) fn ensure(holds: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}
