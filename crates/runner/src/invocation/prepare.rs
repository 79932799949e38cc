//! Preparing: from what a caller asks for to what will be done, before anything is sent.
//!
//! Finds the unit, asks the policy, coerces and validates the inputs, resolves the connection, and builds the request.
//! Everything that is wrong is reported here.

use pipefit_component::{
    Action, CONNECTION, Changes, Code, Component, DEBUG_REQUEST, Error, FETCH_ALL, Inputs, Output, Poll, Polling,
    Registered, Request, Response, Result, Transport, Trigger, Unit, UnitKind,
};
use serde_json::Value;

use super::dry_run;
use super::validation::{Schema, nearest};
use super::{Account, Invocation};
use crate::lists::picklist::Lookup;
use crate::lists::{self, LocalSort, PageSource, Pages};
use crate::replies::{Changed, Reply, ResponseHead, content};
use crate::runtime::Runtime;
use crate::transport::Session;
use crate::triggers::FeedPoll;

/// An invocation that was checked: whose account it acts for, and what it does.
pub(crate) struct Prepared {
    pub(crate) account: Account,
    /// Whether requests are logged.
    pub(crate) debug: bool,
    pub(crate) dry_run: bool,
    pub(crate) work: Work,
}

/// What an invocation does.
pub(crate) enum Work {
    /// One request, or all pages of a list.
    Request(ActionRequest),
    /// The entries of a dropdown.
    Lookup(Lookup, Request),
    /// One poll of lists.
    Feed(FeedPoll),
    /// One poll of a component's own making.
    Custom { poll: &'static dyn Poll, inputs: Inputs, state: Option<Value> },
}

pub(crate) struct ActionRequest {
    action: &'static dyn Action,
    request: Request,
    /// Whether all pages are read.
    whole: bool,
    /// The order of a list that the service does not sort.
    sort: Option<LocalSort>,
}

impl Prepared {
    /// Checks an invocation.
    pub(crate) fn new(runtime: &Runtime, invocation: Invocation) -> Result<Self> {
        let entry = find(runtime, &invocation)?;
        let (unit, component) = (entry.unit, entry.component);
        runtime.policy.admit(unit)?;
        let mut given = invocation.inputs;
        runtime.connections.supply(component, &mut given);
        let schema = Schema::Unit(unit.kind(), component.key, unit.about().key);
        let checked = runtime.validators.check(schema, &unit.accepted(), given)?;
        let mut inputs = match checked {
            Ok(inputs) => inputs,
            Err(issues) => {
                runtime.policy.admit_unit(unit, None)?;
                return Err(Error::invalid_input(issues));
            }
        };
        let connection = inputs.take(&CONNECTION).unwrap_or_default();
        let debug = inputs.flag(&DEBUG_REQUEST);
        let secrets = inputs.iter().filter(|(input, ..)| input.secret).filter_map(|(_, _, value)| value.as_str());
        let secrets: Vec<_> = secrets.map(ToOwned::to_owned).collect();
        let work = match unit {
            Unit::Action(action) => action_request(action, inputs).map(Work::Request),
            Unit::DataSource(source) => {
                Lookup::prepare(source, inputs).map(|(lookup, first)| Work::Lookup(lookup, first))
            }
            Unit::Trigger(trigger) => poll_of(trigger, inputs, invocation.state),
            _ => Err(Error::internal("this runtime does not know such units")),
        };
        let request = match &work {
            Ok(Work::Request(ActionRequest { request, .. })) => Some(request),
            _ => None,
        };
        runtime.policy.admit_unit(unit, request)?;
        let mut account = runtime.connections.resolve(component, connection, &runtime.validators)?;
        for secret in &secrets {
            account.mask.add(secret);
        }
        Ok(Self { account, debug, dry_run: invocation.dry_run, work: work? })
    }

    /// The list that is to be written as its pages arrive, and the action that reads it; `None` if the reply has to be
    /// whole before it can be written.
    pub(crate) fn streamed(&self) -> Option<(&'static dyn Action, Request)> {
        match &self.work {
            Work::Request(ActionRequest { action, request, whole: true, sort: None }) if !self.dry_run => {
                Some((*action, request.clone()))
            }
            _ => None,
        }
    }
}

impl Work {
    /// Describes the first request that would be sent, and sends nothing.
    pub(crate) fn describe(self, session: &Session<'_>) -> Result<Reply> {
        let request = match self {
            Work::Request(action) => action.first_request(session)?,
            Work::Lookup(_, request) => Pages::few(source(session, None), request)?.first_request(),
            Work::Feed(poll) => poll.first_request()?,
            Work::Custom { poll, inputs, state } => poll.request(&inputs, state.as_ref())?,
        };
        Ok(Reply::DryRun { dry_run: true, data: dry_run::describe(&request, session.account())? })
    }

    /// Does the work. With `debug`, the reply may say more.
    pub(crate) async fn run(self, transport: &dyn Transport, debug: bool) -> Result<Reply> {
        match self {
            Work::Request(action) => action.run(transport, debug).await,
            Work::Lookup(lookup, request) => lookup.read(transport, request).await,
            Work::Feed(poll) => poll.run(transport).await.map(polled),
            Work::Custom { poll, inputs, state } => {
                poll.poll(transport, inputs, state, jiff::Timestamp::now()).await.map(polled)
            }
        }
    }
}

impl ActionRequest {
    fn first_request(self, session: &Session<'_>) -> Result<Request> {
        let pages = match self.sort {
            Some(_) => LocalSort::pages(source(session, None), self.request)?,
            None if self.whole => Pages::all(source(session, None), self.request)?,
            None => return Ok(self.request),
        };
        Ok(pages.first_request())
    }

    async fn run(self, transport: &dyn Transport, debug: bool) -> Result<Reply> {
        let Self { action, request, whole, sort } = self;
        let (output, read) = (request.output, request.is_read());
        let source = source(transport, Some(action));
        let response = match sort {
            Some(sort) => sort.read(source, request, whole).await,
            None if whole => lists::read_all(source, request).await,
            None => action.reply(&request, transport.send(&request).await),
        };
        data(output, response?, read, debug)
    }
}

fn source<'a>(transport: &'a dyn Transport, action: Option<&'a dyn Action>) -> PageSource<'a> {
    PageSource { transport, action }
}

fn action_request(action: &'static dyn Action, inputs: Inputs) -> Result<ActionRequest> {
    let whole = inputs.flag(&FETCH_ALL);
    let mut request = action.request(inputs)?;
    let sort = LocalSort::take_from(&mut request);
    Ok(ActionRequest { action, whole: whole && request.list.is_some(), request, sort })
}

fn poll_of(trigger: &'static dyn Trigger, inputs: Inputs, state: Option<Value>) -> Result<Work> {
    match trigger.polling() {
        Polling::Feeds(feeds) => FeedPoll::prepare(feeds, &inputs, state, jiff::Timestamp::now()).map(Work::Feed),
        Polling::Custom(poll) => Ok(Work::Custom { poll, inputs, state }),
        _ => Err(Error::internal("this runtime does not know how to poll so")),
    }
}

fn polled(changes: Changes) -> Reply {
    let data = Changed { created: changes.created, updated: changes.updated };
    Reply::Poll { data, state: changes.state, more: changes.more }
}

fn data(output: Output, response: Response, read: bool, debug: bool) -> Result<Reply> {
    let head = (debug && matches!(output, Output::Any)).then(|| ResponseHead::of(&response));
    match content::data(output, response) {
        Ok(data) => Ok(Reply::Data { data, response: head }),
        Err(error) if read => Err(error),
        Err(error) => {
            let message = crate::transport::accepted(error.message());
            Err(error.with_message(message))
        }
    }
}

fn find<'a>(runtime: &'a Runtime, invocation: &Invocation) -> Result<&'a Registered> {
    let (kind, key) = invocation.unit()?;
    let component = invocation.component.as_deref();
    if let Some(key) = component {
        component_named(runtime, key)?;
    }
    let mut matching = runtime.catalog.matching(component, kind, key);
    match (matching.next(), matching.next()) {
        (Some(entry), None) => Ok(entry),
        (None, _) => Err(unknown(runtime, kind, key)),
        (Some(_), Some(_)) => {
            let components = runtime.catalog.matching(component, kind, key).map(|entry| entry.component.key);
            let known = quoted(components);
            let message = format!(
                "`{key}` is an {} of several components: the request must name its `component`, one of {known}",
                kind.label()
            );
            Err(Error::new(Code::InvalidRequest, message))
        }
    }
}

/// The component of this name.
pub(crate) fn component_named(runtime: &Runtime, key: &str) -> Result<&'static Component> {
    let components = runtime.catalog.components();
    components.iter().find(|component| component.key == key).copied().ok_or_else(|| {
        let known = quoted(components.iter().map(|component| component.key));
        Error::new(Code::UnknownAction, format!("there is no component `{key}`; there are {known}"))
    })
}

/// The component of this name or, without one, the only one that there is.
pub(crate) fn only_component(runtime: &Runtime, key: Option<&str>) -> Result<&'static Component> {
    if let Some(key) = key {
        return component_named(runtime, key);
    }
    match runtime.catalog.components().as_slice() {
        [component] => Ok(*component),
        [] => Err(Error::internal("a runtime without a component")),
        several => {
            let known = quoted(several.iter().map(|component| component.key));
            let message = format!("the request must name its `component`: one of {known}");
            Err(Error::new(Code::InvalidRequest, message))
        }
    }
}

fn quoted<'a>(keys: impl Iterator<Item = &'a str>) -> String {
    keys.map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}

fn unknown(runtime: &Runtime, kind: UnitKind, key: &str) -> Error {
    let of_other_kind = runtime.catalog.named(key).next().map(|entry| entry.unit.kind().member());
    let keys = runtime.catalog.units().iter().filter(|entry| entry.unit.kind() == kind);
    let near = nearest(key, keys.map(|entry| entry.unit.about().key));
    let hint = match (of_other_kind, near) {
        (Some(other), _) => format!("; it is named by `{other}`, not by `{}`", kind.member()),
        (None, Some(near)) => format!("; did you mean `{near}`?"),
        (None, None) => String::new(),
    };
    Error::new(Code::UnknownAction, format!("there is no {} `{key}`{hint}", kind.label()))
}
