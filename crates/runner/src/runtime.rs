//! The runtime: built once, invoked from anywhere.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pipefit_component::{
    Action, CONNECTION, Catalog, Code, Component, Connection, DEBUG_REQUEST, Error, FETCH_ALL, Inputs, Output,
    Registered, Reply, Request, Result, Transport, Unit,
};
use serde_json::{Map, Value};
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use crate::answer::{Answer, Changes, Form, Response};
use crate::connection::{Account, Connections, Hosts};
use crate::doctor::Diagnosis;
use crate::dry_run::Recorder;
use crate::http::{Http, Limits, Session};
use crate::pages::Out;
use crate::policy::Policy;
use crate::retry::Retries;
use crate::sorting::OrderHere;
use crate::token_cache::TokenCache;
use crate::validate::{Validators, nearest};
use crate::{Invocation, doctor, dry_run, pages, picklist, reply};

/// How long one reply may take.
const REPLY_TIMEOUT: Duration = Duration::from_secs(100);

/// How long a whole invocation may take.
const TIMEOUT: Duration = Duration::from_mins(10);

/// The most bytes that one reply may have.
const REPLY_LIMIT: usize = 256 * 1024 * 1024;

/// Runs units. Cheap to share behind a reference; safe to use from many tasks at once.
#[derive(Debug)]
pub struct Runtime {
    catalog: Catalog,
    connections: Connections,
    validators: Validators,
    http: Http,
    policy: Policy,
    timeout: Duration,
}

/// What a [`Runtime`] is built from.
#[derive(Debug, Default)]
pub struct Builder {
    catalog: Option<Catalog>,
    connections: Connections,
    api_url: Option<String>,
    token_url: Option<String>,
    timeout: Option<Duration>,
    reply_timeout: Option<Duration>,
    reply_limit: Option<usize>,
    retries: Retries,
    requests_per_second: Option<u32>,
    token_cache: Option<PathBuf>,
    policy: Policy,
}

impl Builder {
    /// The units that may be run. All that are linked into the program, when left out.
    pub fn catalog(self, catalog: Catalog) -> Self {
        Self { catalog: Some(catalog), ..self }
    }

    /// A connection object that requests may refer to by this name.
    pub fn connection(mut self, name: impl Into<String>, connection: Value) -> Self {
        self.connections.named.insert(name.into(), connection);
        self
    }

    /// The connection object, or name, for requests that have none.
    pub fn default_connection(mut self, connection: Value) -> Self {
        self.connections.default = Some(connection);
        self
    }

    /// The connection object, or name, for all requests, whatever they say.
    pub fn force_connection(mut self, connection: Value) -> Self {
        self.connections.forced = Some(connection);
        self
    }

    /// The host that stands in for the service's API. Together with [`token_url`](Self::token_url).
    pub fn api_url(self, url: impl Into<String>) -> Self {
        Self { api_url: Some(url.into()), ..self }
    }

    /// The URL that stands in for the service's token endpoint. Together with [`api_url`](Self::api_url).
    pub fn token_url(self, url: impl Into<String>) -> Self {
        Self { token_url: Some(url.into()), ..self }
    }

    /// How long a whole invocation may take; 10 minutes when left out.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// How long one reply may take; 100 seconds when left out.
    pub fn reply_timeout(self, timeout: Duration) -> Self {
        Self { reply_timeout: Some(timeout), ..self }
    }

    /// The most bytes that one reply may have; 256 MiB when left out.
    pub fn reply_limit(self, bytes: usize) -> Self {
        Self { reply_limit: Some(bytes), ..self }
    }

    /// How often, and how long, a request is tried.
    pub fn retries(self, retries: Retries) -> Self {
        Self { retries, ..self }
    }

    /// How many requests may leave in a second for each account; what its component says, when left out. More than
    /// 1000 is no limit.
    pub fn requests_per_second(self, requests: u32) -> Self {
        Self { requests_per_second: Some(requests), ..self }
    }

    /// Keeps access tokens in this folder, for processes that live for one invocation. Only its owner may have any
    /// right to it; it is made if it is not there. Off when left out.
    pub fn token_cache(self, folder: impl Into<PathBuf>) -> Self {
        Self { token_cache: Some(folder.into()), ..self }
    }

    /// What may be run. Everything, when left out.
    pub fn policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// Builds the runtime. Fails where only one of the two host URLs is given, or one is not fit to carry credentials,
    /// and where the policy names a unit that there is not.
    pub fn build(self) -> Result<Runtime> {
        let mut connections = self.connections;
        connections.hosts = match (&self.api_url, &self.token_url) {
            (Some(api), Some(token)) => Some(Hosts::new(api, token)?),
            (None, None) => None,
            _ => {
                let message = "the API URL and the token URL go together: give both, or neither";
                return Err(Error::new(Code::InvalidConnection, message));
            }
        };
        let limits = Limits {
            retries: self.retries,
            requests_per_second: self.requests_per_second,
            reply_timeout: self.reply_timeout.unwrap_or(REPLY_TIMEOUT),
            reply_limit: self.reply_limit.unwrap_or(REPLY_LIMIT),
        };
        let catalog = self.catalog.unwrap_or_else(Catalog::registered);
        Ok(Runtime {
            policy: self.policy.resolve(&catalog)?,
            catalog,
            connections,
            validators: Validators::default(),
            http: Http::new(limits, self.token_cache.map(TokenCache::new)),
            timeout: self.timeout.unwrap_or(TIMEOUT),
        })
    }
}

impl Runtime {
    /// Starts a runtime with the usual settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The units that can be run.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Brings all work to an end, now and for good: reads answer `cancelled`, and so does what has not begun. A write
    /// that is on its way has this long to get its answer; after that it is reported as `outcome_unknown`.
    pub fn stop(&self, grace: Duration) {
        self.http.stop.now(grace);
    }

    /// Runs one unit. Everything that is wrong with the request is reported before anything is sent.
    pub async fn invoke(&self, invocation: Invocation) -> Result<Answer> {
        self.answer(self.check(invocation)?).await
    }

    /// Runs one unit and writes its reply as JSON text. A list that is read whole is written as its pages arrive, so
    /// that memory stays bounded however long it is. After an error, what has been written is no JSON document.
    pub async fn invoke_to(&self, invocation: Invocation, out: &mut Out<'_>) -> Result<()> {
        let call = self.check(invocation)?;
        let list = match call.unit {
            Unit::Action(action) if call.inputs.flag(&FETCH_ALL) && !call.dry_run => listed(action, &call.inputs)?,
            _ => None,
        };
        if let Some((request, None)) = list {
            let session = self.session(&call);
            return self.in_time(&session, pages::write_reply(&session, request, out)).await;
        }
        let answer = self.answer(call).await?;
        out.write_all(answer.to_json().as_bytes()).await.map_err(pages::not_written)
    }

    async fn answer(&self, call: Call) -> Result<Answer> {
        if call.dry_run {
            return dry_run_of(call).await.map(Answer);
        }
        let session = self.session(&call);
        let run = run(call.unit, &session, call.inputs.clone(), call.state.clone());
        self.in_time(&session, run).await.map(Answer)
    }

    /// Finds the unit, checks its inputs and resolves the connection.
    fn check(&self, invocation: Invocation) -> Result<Call> {
        let entry = self.find(&invocation)?;
        self.policy.admit(entry.unit)?;
        let mut given = invocation.inputs;
        self.connections.supply(&mut given);
        let name = format!("{} {}.{}", entry.unit.sort(), entry.component.key, entry.unit.about().key);
        let checked = self.validators.check(&name, &entry.unit.accepted(), given)?;
        self.policy.admit_with(entry.unit, checked.as_ref().ok())?;
        let mut inputs = checked.map_err(Error::invalid_input)?;
        let connection = inputs.take(&CONNECTION).unwrap_or_default();
        let mut account = self.connections.resolve(entry.component.connection, connection, &self.validators)?;
        for (_, _, value) in inputs.iter().filter(|(input, ..)| input.secret) {
            account.mask.add(value.as_str().unwrap_or_default());
        }
        Ok(Call { unit: entry.unit, inputs, state: invocation.state, dry_run: invocation.dry_run, account })
    }

    /// Looks into a connection, an object or the name of one that the host keeps: whether it works, with all its
    /// rights, and what to do where it does not. Fails where there are several components and none is named.
    pub async fn diagnose(&self, component: Option<&str>, connection: Value) -> Result<Diagnosis> {
        Ok(doctor::examine(self, self.component(component)?, connection).await)
    }

    pub(crate) fn account(&self, declared: &'static dyn Connection, connection: Value) -> Result<Account> {
        let mut given = Map::from_iter([(CONNECTION.key.to_owned(), connection)]);
        self.connections.supply(&mut given);
        self.connections.resolve(declared, given.remove(CONNECTION.key).unwrap_or_default(), &self.validators)
    }

    fn session<'a>(&'a self, call: &'a Call) -> Session<'a> {
        self.session_of(&call.account, call.inputs.flag(&DEBUG_REQUEST))
    }

    pub(crate) fn session_of<'a>(&'a self, account: &'a Account, debug: bool) -> Session<'a> {
        Session {
            http: &self.http,
            account,
            policy: &self.policy,
            debug,
            deadline: Instant::now() + self.timeout,
            writing: AtomicBool::new(false),
        }
    }

    pub(crate) async fn in_time<T>(&self, session: &Session<'_>, work: impl Future<Output = Result<T>>) -> Result<T> {
        match tokio::time::timeout_at(session.deadline, work).await {
            Ok(done) => done,
            Err(_) if session.writing.load(Ordering::Acquire) => Err(Error::new(
                Code::OutcomeUnknown,
                "time ran out while a write was on its way; it may or may not have happened",
            )),
            Err(_) => Err(Error::new(Code::Timeout, "time ran out before the invocation was done")),
        }
    }

    fn find(&self, invocation: &Invocation) -> Result<&Registered> {
        let (sort, key) = invocation.unit()?;
        let component = invocation.component.as_deref();
        self.component(component)?;
        self.catalog.find(component, sort, key).ok_or_else(|| self.unknown(sort, key))
    }

    /// The component of this name, or the only one.
    fn component(&self, component: Option<&str>) -> Result<&'static Component> {
        let components = self.catalog.components();
        if let Some(unknown) = component.filter(|key| !components.iter().any(|component| component.key == *key)) {
            let known: Vec<_> = components.iter().map(|component| format!("`{}`", component.key)).collect();
            let message = format!("there is no component `{unknown}`; there are {}", known.join(", "));
            return Err(Error::new(Code::UnknownAction, message));
        }
        if component.is_none() && components.len() > 1 {
            let known: Vec<_> = components.iter().map(|component| format!("`{}`", component.key)).collect();
            let message = format!("the request must name its `component`: one of {}", known.join(", "));
            return Err(Error::new(Code::InvalidRequest, message));
        }
        let named = |known: &&&Component| component.is_none_or(|key| known.key == key);
        components.iter().find(named).copied().ok_or_else(|| Error::internal("a runtime without a component"))
    }

    fn unknown(&self, sort: &str, key: &str) -> Error {
        let of_other_sort = self.catalog.named(key).next().map(|entry| entry.unit.sort());
        let keys = self.catalog.units().iter().filter(|entry| entry.unit.sort() == sort);
        let near = nearest(key, keys.map(|entry| entry.unit.about().key));
        let hint = match (of_other_sort, near) {
            (Some(other), _) => format!("; it is named by `{other}`, not by `{sort}`"),
            (None, Some(near)) => format!("; did you mean `{near}`?"),
            (None, None) => String::new(),
        };
        Error::new(Code::UnknownAction, format!("there is no {} `{key}`{hint}", spelt(sort)))
    }
}

/// An invocation that has been checked.
struct Call {
    unit: Unit,
    inputs: Inputs,
    state: Option<Value>,
    dry_run: bool,
    account: Account,
}

fn spelt(sort: &str) -> &str {
    if sort == "dataSource" { "data source" } else { sort }
}

/// The request of an action that lists, with the order that the service does not know.
fn listed(action: &dyn Action, inputs: &Inputs) -> Result<Option<(Request, Option<OrderHere>)>> {
    if !matches!(action.output(), Output::Page(_)) {
        return Ok(None);
    }
    let mut request = action.request(inputs.clone())?;
    let order = OrderHere::taken_from(&mut request);
    Ok(Some((request, order)))
}

async fn run(unit: Unit, transport: &dyn Transport, inputs: Inputs, state: Option<Value>) -> Result<Form> {
    match unit {
        Unit::Action(action) => {
            let (effect, debug) = (action.effect(&inputs), inputs.flag(&DEBUG_REQUEST));
            let whole = inputs.flag(&FETCH_ALL);
            let answered = match listed(action, &inputs)? {
                Some((request, Some(order))) => order.read(transport, request, whole).await,
                Some((request, None)) if whole => pages::read_all(transport, request).await,
                _ => action.perform(transport, inputs).await,
            };
            data(action.output(), answered?, effect.is_read(), debug)
        }
        Unit::DataSource(source) => picklist::read(transport, source, inputs).await,
        Unit::Trigger(trigger) => {
            let poll = trigger.poll(transport, inputs, state, jiff::Timestamp::now()).await?;
            let data = Changes { created: poll.created, updated: poll.updated };
            Ok(Form::Poll { data, state: poll.state, more: poll.more })
        }
    }
}

fn data(output: Output, answered: Reply, read: bool, debug: bool) -> Result<Form> {
    let response = (debug && matches!(output, Output::Any)).then(|| Response::of(&answered));
    match reply::data(output, answered) {
        Ok(data) => Ok(Form::Data { data, response }),
        Err(error) if read => Err(error),
        Err(error) => Err(Error::new(
            error.code(),
            format!("{}; the service had accepted the write: do not send it again", error.message()),
        )),
    }
}

async fn dry_run_of(call: Call) -> Result<Form> {
    let recorder = Recorder::default();
    let outcome = run(call.unit, &recorder, call.inputs, call.state).await;
    match (recorder.request(), outcome) {
        (Some(request), _) => Ok(Form::DryRun { dry_run: true, data: dry_run::describe(&request, &call.account)? }),
        (None, Err(error)) => Err(error),
        (None, Ok(_)) => Err(Error::internal("a unit that sends no request")),
    }
}
