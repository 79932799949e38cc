//! Preparation: finds the unit, checks the policy, coerces and validates the inputs, resolves the connection, and
//! builds the request. Nothing is sent.

use pipefit_component::{
    Action, CONNECTION, Catalog, Code, Component, DEBUG_REQUEST, Error, Inputs, Issue, PageLayout, Registered, Request,
    Result, UnitKind, shown,
};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use super::connections::text_of;
use super::creation::CreateOnce;
use super::validation::SchemaKey;
use super::verification::Verifier;
use super::{Account, Invocation, Operation, RequestPattern, suggestion, with_hint};
use crate::replies::{Reply, Verification};
use crate::runtime::Runtime;
use crate::transport::{Mask, Session};

/// A checked invocation: the account that it uses, and what it does.
pub(crate) struct PreparedInvocation {
    pub(crate) account: Account,
    pub(crate) task: Task,
}

/// What an invocation does.
pub(crate) struct Task {
    /// Whether requests are logged.
    pub(crate) debug: bool,
    dry_run: bool,
    operation: Operation,
    /// Reads the record back after it was written.
    verifier: Option<Verifier>,
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
        let entry = sole_unit(&runtime.catalog, &invocation)?;
        let (unit, component) = (entry.unit, entry.component);
        runtime.policy.admit(unit)?;
        let mut given = invocation.inputs;
        runtime.connections.supply(component, &mut given);
        let mut inputs = match checked(runtime, entry, given)? {
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
        let operation = Operation::prepare(unit, inputs, invocation.state);
        runtime.policy.admit_unit(unit, operation.as_ref().ok().and_then(Operation::request))?;
        let mut account = runtime.connections.resolve(component, connection, &runtime.validators)?;
        for secret in &secrets {
            account.mask.add(secret);
        }
        let account_id = account.target.account.expose_secret();
        let mut operation = operation?.of_account(account_id)?;
        let verifier = if invocation.verify { Some(Verifier::prepare(operation.request())?) } else { None };
        if let Some(key) = invocation.idempotency_key {
            let application_id = runtime.application_ids.get(component.key).map(String::as_str);
            operation.create_once(key, application_id, |parts| runtime.creation_lock(account_id, parts))?;
        }
        Ok(Self { account, task: Task { debug, dry_run: invocation.dry_run, operation, verifier } })
    }
}

impl Task {
    /// Performs the operation until the deadline of the session, or describes its first request.
    pub(crate) async fn perform(self, session: &Session<'_>) -> Result<Reply> {
        let Self { debug, dry_run, operation, verifier } = self;
        if dry_run {
            return operation.describe(session);
        }
        let is_idempotent = operation.is_idempotent();
        let outcome = session.until_deadline(operation.run(session, debug)).await;
        let reply = outcome.map_err(|error| if is_idempotent { CreateOnce::explain(error) } else { error })?;
        let (Some(verifier), Reply::Data { data, .. }) = (verifier, &reply) else { return Ok(reply) };
        // The write was done, whatever becomes of the verification.
        let verification = session.until_deadline(async { Ok(verifier.verify(session, data).await) }).await;
        Ok(reply.verified(verification.unwrap_or_else(Verification::failed)))
    }

    /// Whether the service is asked to change something.
    pub(crate) fn writes(&self) -> bool {
        !self.dry_run && self.operation.request().is_some_and(|request| !request.is_read())
    }

    /// Returns the layout of the page that the reply contains, if it does.
    pub(crate) fn page_layout(&self) -> Option<PageLayout> {
        self.operation.page_layout().filter(|_| !self.dry_run)
    }

    /// Returns the action and request of a list whose pages can be written as they arrive, if it is one.
    pub(crate) fn streamable_list(&self) -> Option<(&'static dyn Action, Request)> {
        if self.dry_run { None } else { self.operation.streamable_list() }
    }
}

/// Coerces and validates the inputs of a unit.
fn checked(
    runtime: &Runtime,
    entry: &Registered,
    given: Map<String, Value>,
) -> Result<std::result::Result<Inputs, Vec<Issue>>> {
    let (unit, component) = (entry.unit, entry.component);
    let schema = SchemaKey::Unit(unit.kind(), component.key, unit.about().key);
    runtime.validators.check(schema, &unit.all_inputs(), given)
}

/// Whether an invocation may write. Where its inputs decide, as for a raw request, their request says so; the
/// declaration of the unit does if there is no such request.
pub(crate) fn may_write(runtime: &Runtime, invocation: &Invocation) -> bool {
    let Ok(entry) = sole_unit(&runtime.catalog, invocation) else { return false };
    if invocation.dry_run || entry.unit.about().effect.is_read() {
        return false;
    }
    if RequestPattern::of(entry.unit, None).is_some() {
        return true;
    }
    let mut given = invocation.inputs.clone();
    runtime.connections.supply(entry.component, &mut given);
    let inputs = checked(runtime, entry, given).ok().and_then(std::result::Result::ok);
    let operation = inputs.and_then(|inputs| Operation::prepare(entry.unit, inputs, None).ok());
    operation.as_ref().and_then(Operation::request).is_none_or(|request| !request.is_read())
}

/// Returns the values of all secret inputs and fields, whether or not they are valid. If there is no such unit, it may
/// have been meant to be any.
fn secrets_of(runtime: &Runtime, invocation: &Invocation) -> Vec<String> {
    let connection = invocation.inputs.get(CONNECTION.key);
    let mut secrets = runtime.connections.secrets(&runtime.catalog.components(), connection);
    let named = invocation.unit().map(|(kind, key)| runtime.catalog.matching(None, kind, key));
    let mut units: Vec<_> = named.into_iter().flatten().collect();
    if units.is_empty() {
        units.extend(runtime.catalog.units());
    }
    let inputs = units.into_iter().flat_map(|entry| entry.unit.all_inputs());
    let values = inputs.filter(|input| input.secret).filter_map(|input| invocation.inputs.get(input.key));
    secrets.extend(values.filter_map(text_of));
    secrets
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
        return component_named(&runtime.catalog, key);
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
