//! Preparation: finds the unit, checks the policy, coerces and validates the inputs, resolves the connection, and
//! builds the request. Nothing is sent.

use pipefit_component::{
    Action, CONNECTION, Changes, Code, Component, DEBUG_REQUEST, Error, FETCH_ALL, Inputs, Output, Poll, Polling,
    Registered, Request, Response, Result, Transport, Trigger, Unit, UnitKind, shown,
};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::connections::text_of;
use super::dry_run;
use super::validation::{SchemaKey, nearest};
use super::{Account, Invocation};
use crate::lists::picklist::PicklistQuery;
use crate::lists::{self, LocalSort, PageSource, Pages, Sequential};
use crate::replies::{ChangedRecords, Reply, ResponseHead, content};
use crate::runtime::Runtime;
use crate::transport::{Mask, Session};
use crate::triggers::FeedPoll;

/// A checked invocation.
pub(crate) struct PreparedInvocation {
    pub(crate) account: Account,
    /// Whether requests are logged.
    pub(crate) debug: bool,
    pub(crate) dry_run: bool,
    pub(crate) operation: Operation,
}

/// The operation that an invocation performs.
pub(crate) enum Operation {
    /// An action: one request, or all pages of a list.
    Request(ActionRequest),
    /// A data source, and the request for its first page.
    Picklist(PicklistQuery, Request),
    /// A poll of lists.
    Feed(FeedPoll),
    /// A poll that the component implements itself.
    Custom { poll: &'static dyn Poll, inputs: Inputs, state: Option<Value> },
}

pub(crate) struct ActionRequest {
    action: &'static dyn Action,
    request: Request,
    /// Whether the whole list is read.
    whole: bool,
    /// The requested order, if the service does not sort the list.
    sort: Option<LocalSort>,
}

impl PreparedInvocation {
    /// Checks an invocation and builds its request. Fails if anything is wrong with it; the error shows no secret, even
    /// if one was given in the wrong place.
    pub(crate) fn new(runtime: &Runtime, invocation: Invocation) -> Result<Self> {
        let secrets = secrets_of(runtime, &invocation);
        Self::prepare(runtime, invocation).map_err(|error| {
            let mut mask = Mask::default();
            for secret in &secrets {
                mask.add(secret);
            }
            mask.hide_error(error)
        })
    }

    fn prepare(runtime: &Runtime, invocation: Invocation) -> Result<Self> {
        let entry = find(runtime, &invocation)?;
        let (unit, component) = (entry.unit, entry.component);
        runtime.policy.admit(unit)?;
        let mut given = invocation.inputs;
        runtime.connections.supply(component, &mut given);
        let schema = SchemaKey::Unit(unit.kind(), component.key, unit.about().key);
        let checked = runtime.validators.check(schema, &unit.all_inputs(), given)?;
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
        let operation = match unit {
            Unit::Action(action) => prepare_action(action, inputs).map(Operation::Request),
            Unit::DataSource(source) => {
                PicklistQuery::prepare(source, inputs).map(|(query, first)| Operation::Picklist(query, first))
            }
            Unit::Trigger(trigger) => prepare_poll(trigger, inputs, invocation.state),
            _ => Err(Error::internal("this runtime does not support this kind of unit")),
        };
        let request = match &operation {
            Ok(Operation::Request(ActionRequest { request, .. })) => Some(request),
            _ => None,
        };
        runtime.policy.admit_unit(unit, request)?;
        let mut account = runtime.connections.resolve(component, connection, &runtime.validators)?;
        for secret in &secrets {
            account.mask.add(secret);
        }
        let operation = match operation? {
            Operation::Feed(poll) => Operation::Feed(poll.of_account(account.target.account.expose_secret())?),
            operation => operation,
        };
        Ok(Self { account, debug, dry_run: invocation.dry_run, operation })
    }

    /// Whether the service is asked to change something.
    pub(crate) fn writes(&self) -> bool {
        let Operation::Request(ActionRequest { request, .. }) = &self.operation else { return false };
        !self.dry_run && !request.is_read()
    }

    /// Returns the action and request of a list whose pages can be written as they arrive, or `None` if the reply must
    /// be complete before it can be written.
    pub(crate) fn streamable_list(&self) -> Option<(&'static dyn Action, Request)> {
        match &self.operation {
            Operation::Request(ActionRequest { action, request, whole: true, sort: None }) if !self.dry_run => {
                Some((*action, request.clone()))
            }
            _ => None,
        }
    }
}

impl Operation {
    /// Describes the first request, and sends nothing.
    pub(crate) fn describe(self, session: &Session<'_>) -> Result<Reply> {
        let request = match self {
            Operation::Request(action) => action.first_request(session)?,
            Operation::Picklist(_, request) => Sequential::new(source(session, None), request)?.first_request(),
            Operation::Feed(poll) => poll.first_request()?,
            Operation::Custom { poll, inputs, state } => poll.request(&inputs, state.as_ref())?,
        };
        Ok(Reply::DryRun { dry_run: true, data: dry_run::describe(&request, session.account())? })
    }

    /// Performs the operation. With `debug`, the reply may include the status and headers of the response.
    pub(crate) async fn run(self, transport: &dyn Transport, debug: bool) -> Result<Reply> {
        match self {
            Operation::Request(action) => action.run(transport, debug).await,
            Operation::Picklist(query, request) => query.read(transport, request).await,
            Operation::Feed(poll) => poll.run(transport).await.map(poll_reply),
            Operation::Custom { poll, inputs, state } => {
                poll.poll(transport, inputs, state, jiff::Timestamp::now()).await.map(poll_reply)
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
        data_reply(output, response?, read, debug)
    }
}

fn source<'a>(transport: &'a dyn Transport, action: Option<&'a dyn Action>) -> PageSource<'a> {
    PageSource { transport, action }
}

fn prepare_action(action: &'static dyn Action, inputs: Inputs) -> Result<ActionRequest> {
    let whole = inputs.flag(&FETCH_ALL);
    let mut request = action.request(inputs)?;
    let sort = LocalSort::take_from(&mut request)?;
    Ok(ActionRequest { action, whole: whole && request.list.is_some(), request, sort })
}

fn prepare_poll(trigger: &'static dyn Trigger, inputs: Inputs, state: Option<Value>) -> Result<Operation> {
    match trigger.polling() {
        Polling::Feeds(feeds) => FeedPoll::prepare(feeds, &inputs, state, jiff::Timestamp::now()).map(Operation::Feed),
        Polling::Custom(poll) => Ok(Operation::Custom { poll, inputs, state }),
        _ => Err(Error::internal("this runtime does not support this kind of polling")),
    }
}

fn poll_reply(changes: Changes) -> Reply {
    let data = ChangedRecords { created: changes.created, updated: changes.updated };
    Reply::Poll { data, skipped: changes.skipped, state: changes.state, more: changes.more }
}

fn data_reply(output: Output, response: Response, read: bool, debug: bool) -> Result<Reply> {
    let head = (debug && matches!(output, Output::Any)).then(|| ResponseHead::of(&response));
    match content::data(output, response) {
        Ok(data) => Ok(Reply::Data { data, response: head }),
        Err(error) if read => Err(error),
        Err(error) => {
            let message = crate::transport::accepted_write(error.message());
            Err(error.with_message(message))
        }
    }
}

/// Returns the values of all secret inputs and fields, whether or not they are valid.
fn secrets_of(runtime: &Runtime, invocation: &Invocation) -> Vec<String> {
    let connection = invocation.inputs.get(CONNECTION.key);
    let mut secrets = runtime.connections.secrets(&runtime.catalog.components(), connection);
    let units = invocation.unit().map(|(kind, key)| runtime.catalog.matching(None, kind, key));
    let inputs = units.into_iter().flatten().flat_map(|entry| entry.unit.all_inputs());
    let values = inputs.filter(|input| input.secret).filter_map(|input| invocation.inputs.get(input.key));
    secrets.extend(values.filter_map(text_of));
    secrets
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
        (None, _) => Err(unknown_unit(runtime, kind, key)),
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

/// Returns the component with this key.
pub(crate) fn component_named(runtime: &Runtime, key: &str) -> Result<&'static Component> {
    let components = runtime.catalog.components();
    components.iter().find(|component| component.key == key).copied().ok_or_else(|| {
        let known = quoted(components.iter().map(|component| component.key));
        let message = format!("there is no component `{}`; the components are {known}", shown(key));
        Error::new(Code::UnknownAction, message)
    })
}

/// Returns the component with this key or, without a key, the only component.
pub(crate) fn only_component(runtime: &Runtime, key: Option<&str>) -> Result<&'static Component> {
    if let Some(key) = key {
        return component_named(runtime, key);
    }
    match runtime.catalog.components().as_slice() {
        [component] => Ok(*component),
        [] => Err(Error::internal("the runtime has no component")),
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

fn unknown_unit(runtime: &Runtime, kind: UnitKind, key: &str) -> Error {
    let of_other_kind = runtime.catalog.named(key).next().map(|entry| entry.unit.kind().member());
    let keys = runtime.catalog.units().iter().filter(|entry| entry.unit.kind() == kind);
    let near = nearest(key, keys.map(|entry| entry.unit.about().key));
    let hint = match (of_other_kind, near) {
        (Some(other), _) => format!("; it is named by `{other}`, not by `{}`", kind.member()),
        (None, Some(near)) => format!("; did you mean `{near}`?"),
        (None, None) => String::new(),
    };
    Error::new(Code::UnknownAction, format!("there is no {} `{}`{hint}", kind.label(), shown(key)))
}
