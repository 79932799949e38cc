//! Preparation: finds the unit, checks the policy, coerces and validates the inputs, resolves the connection, and
//! builds the request. Nothing is sent.

use std::pin::pin;
use std::slice;

use pipefit_component::{
    CONNECTION, Catalog, Code, Component, DEBUG_REQUEST, Error, Registered, Result, UnitKind, shown,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::connections::{name_of, text_of};
use super::prepared::{Prepared, Task};
use super::validation::SchemaKey;
use super::verification::Verifier;
use super::{Account, Invocation, Operation, PreparedInvocation, files, suggestion, with_hint};
use crate::host::Call;
use crate::runtime::Runtime;
use crate::transport::{Bounds, Mask, Session, SessionOptions};

/// The version and length of a `traceparent`: `00-`, 32 hex digits, `-`, 16 hex digits, `-`, 2 hex digits.
const TRACE_PARTS: [usize; 4] = [2, 32, 16, 2];

/// Checks an invocation of this unit and builds its request. Fails if anything is wrong with it, or if there is no such
/// unit; the error shows no secret, even if one was given in the wrong place.
pub(crate) async fn prepare(
    runtime: &Runtime,
    invocation: &mut Invocation,
    unit: Result<Registered>,
) -> Result<PreparedInvocation> {
    let given = Suspects::of(runtime, invocation, unit.as_ref().ok());
    let timeout = invocation.timeout.map_or(runtime.timeout(), |own| own.min(runtime.timeout()));
    let bounds = Bounds::new(timeout, invocation.cancellation.clone());
    let checked = pin!(checked(runtime, invocation, unit, &bounds));
    let prepared = runtime.shared().within(&bounds, checked).await;
    prepared.map_err(|error| {
        let mut mask = Mask::default();
        for secret in given.secrets(runtime) {
            mask.add(&secret);
        }
        mask.hide_error(error)
    })
}

async fn checked(
    runtime: &Runtime,
    invocation: &mut Invocation,
    unit: Result<Registered>,
    bounds: &Bounds,
) -> Result<PreparedInvocation> {
    let mut given = invocation.take_inputs()?;
    let entry = unit?;
    let shared = runtime.shared();
    let (unit, component, policy) = (entry.unit, entry.component, shared.policy());
    policy.admit(unit)?;
    let traceparent = invocation.traceparent.take().map(checked_trace).transpose()?;
    let connections = runtime.connections();
    connections.supply(runtime.catalog(), component, &mut given);
    let declared = unit.all_inputs();
    files::read(runtime.file_source(), &declared, &mut given).await?;
    let schema = SchemaKey::Unit(unit.kind(), component.key, unit.about().key);
    let mut inputs = match runtime.validators().check(schema, &declared, given)? {
        Ok(inputs) => inputs,
        Err(issues) => {
            policy.admit_unit(unit, None)?;
            return Err(Error::invalid_input(issues));
        }
    };
    let connection = inputs.take(&CONNECTION).unwrap_or_default();
    let debug = inputs.flag(&DEBUG_REQUEST);
    let secrets = inputs.iter().filter(|(input, ..)| input.secret).filter_map(|(_, _, value)| value.as_str());
    let secrets: Vec<_> = secrets.map(SecretString::from).collect();
    let operation = Operation::prepare(unit, inputs, invocation.state.take(), shared.now());
    policy.admit_unit(unit, operation.as_ref().ok().and_then(Operation::request))?;
    let name = name_of(&connection).map(ToOwned::to_owned);
    let account = match connections.known(component, &connection) {
        Some(account) => account,
        None => Box::pin(connections.resolve(component, connection, runtime.validators())).await?,
    };
    let account_id = account.target.account.expose_secret();
    let mut operation = operation?.of_account(account_id)?;
    let verifier = if invocation.verify { Some(Box::new(Verifier::prepare(operation.request())?)) } else { None };
    if let Some(key) = invocation.idempotency_key.take() {
        let application_id = runtime.application_id(component);
        operation.create_once(key, application_id, |parts| runtime.creation_lock(account_id, parts))?;
    }
    let task = Task { entry, operation, verifier, dry_run: invocation.dry_run, debug, watcher: runtime.watcher() };
    ask_hook(runtime, &task, &account, name.as_deref()).await?;
    let traceparent = traceparent.filter(|_| runtime.passes_traces_on());
    let options = SessionOptions { debug, is_poll: unit.kind() == UnitKind::Trigger, traceparent, secrets };
    let session = Session::new(shared, account, bounds.clone(), options);
    Ok(PreparedInvocation(Box::new(Prepared { id: invocation.id.take(), session, task })))
}

/// Fails if the policy hook of the host denies the call.
async fn ask_hook(runtime: &Runtime, task: &Task, account: &Account, connection: Option<&str>) -> Result<()> {
    let Some(hook) = runtime.policy_hook() else { return Ok(()) };
    let request = task.operation.request();
    let call = Call {
        component: task.entry.component.key,
        kind: task.entry.unit.kind(),
        unit: task.entry.unit.about().key,
        effect: task.effect(),
        connection,
        tenant: account.target.tenant.as_deref(),
        request: request.map(|request| (request.method.name(), request.path.as_str())),
        dry_run: task.dry_run,
    };
    let denied = |reason: String| Error::new(Code::ForbiddenByPolicy, account.mask.hide(&reason));
    hook.admit(&call).await.map_err(denied)
}

/// Fails if a value is no `traceparent` of W3C Trace Context.
fn checked_trace(value: String) -> Result<String> {
    if is_traceparent(&value) {
        return Ok(value);
    }
    let message = "`traceparent` must be 4 lower-case hexadecimal numbers joined by `-`, as in W3C Trace Context";
    Err(Error::new(Code::InvalidRequest, message))
}

/// Whether this can be the `traceparent` of an invocation: the value of that header in W3C Trace Context.
pub fn is_traceparent(value: &str) -> bool {
    let is_hex = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    value.split('-').map(str::len).eq(TRACE_PARTS) && value.split('-').all(is_hex)
}

/// What of an invocation may be secret, valid or not.
struct Suspects {
    connection: Option<Value>,
    inputs: Vec<String>,
}

impl Suspects {
    /// Notes the values of secret inputs. If there is no such unit, it may have been meant to be any.
    fn of(runtime: &Runtime, invocation: &Invocation, unit: Option<&Registered>) -> Self {
        let connection = invocation.inputs.get(CONNECTION.key).cloned();
        let inputs = match unit {
            Some(unit) => secrets_among(&invocation.inputs, slice::from_ref(unit)),
            None => secrets_among(&invocation.inputs, &meant(runtime.catalog(), invocation)),
        };
        Self { connection, inputs }
    }

    /// Returns them, and the secrets of the connections that the host configured.
    fn secrets(self, runtime: &Runtime) -> Vec<String> {
        let mut secrets = runtime.connections().secrets(&runtime.catalog().components(), self.connection.as_ref());
        secrets.extend(self.inputs);
        secrets
    }
}

/// Returns the values of inputs that are secret in any of these units.
fn secrets_among(given: &Value, units: &[Registered]) -> Vec<String> {
    let inputs = units.iter().flat_map(|entry| entry.unit.inputs().iter().chain(entry.unit.lookup_inputs()));
    inputs.filter(|input| input.secret).filter_map(|input| text_of(given.get(input.key)?)).collect()
}

/// Returns the units that have the key of an invocation or, if none has, all.
fn meant(catalog: &Catalog, invocation: &Invocation) -> Vec<Registered> {
    let named = invocation.unit().map(|(kind, key)| catalog.matching(None, kind, key));
    let units: Vec<_> = named.into_iter().flatten().copied().collect();
    if units.is_empty() { catalog.units().to_vec() } else { units }
}

/// Returns the unit that an invocation names. Fails if there is none, or if several components have one.
pub(crate) fn sole_unit<'a>(catalog: &'a Catalog, invocation: &Invocation) -> Result<&'a Registered> {
    let (kind, key) = invocation.unit()?;
    let component = invocation.component.as_deref();
    if let Some(key) = component {
        component_named(catalog, key)?;
    }
    let mut matching = catalog.matching(component, kind, key);
    match (matching.next(), matching.next()) {
        (Some(entry), None) => Ok(entry),
        (None, _) => Err(unknown_unit(catalog, kind, key)),
        (Some(_), Some(_)) => {
            let components = catalog.matching(component, kind, key).map(|entry| entry.component.key);
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
pub(crate) fn component_named(catalog: &Catalog, key: &str) -> Result<&'static Component> {
    let components = catalog.components();
    let keys = || components.iter().map(|component| component.key);
    components.iter().find(|component| component.key == key).copied().ok_or_else(|| {
        let hint = suggestion(key, keys()).unwrap_or_else(|| format!("the components are {}", quoted(keys())));
        Error::new(Code::UnknownAction, format!("there is no component `{}`; {hint}", shown(key)))
    })
}

/// Returns the component with this key or, without a key, the only component.
pub(crate) fn only_component(runtime: &Runtime, key: Option<&str>) -> Result<&'static Component> {
    if let Some(key) = key {
        return component_named(runtime.catalog(), key);
    }
    match runtime.catalog().components().as_slice() {
        [component] => Ok(*component),
        [] => Err(Error::internal("the runtime has no component")),
        several => {
            let known = quoted(several.iter().map(|component| component.key));
            let message = format!("the request must name its `component`: one of {known}");
            Err(Error::new(Code::InvalidRequest, message))
        }
    }
}

pub(crate) fn quoted<'a>(keys: impl Iterator<Item = &'a str>) -> String {
    keys.map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}

fn unknown_unit(catalog: &Catalog, kind: UnitKind, key: &str) -> Error {
    let of_other_kind = catalog.named(key).next().map(|entry| entry.unit.kind().member());
    let keys = catalog.units().iter().filter(|entry| entry.unit.kind() == kind);
    let hint = match of_other_kind {
        Some(other) => Some(format!("it is named by `{other}`, not by `{}`", kind.member())),
        None => suggestion(key, keys.map(|entry| entry.unit.about().key)),
    };
    let message = format!("there is no {} `{}`", kind.label(), shown(key));
    Error::new(Code::UnknownAction, with_hint(message, hint))
}
