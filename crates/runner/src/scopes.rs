//! The OAuth scopes that units and invocations need.

use std::collections::BTreeSet;

use pipefit_component::{Catalog, Effect, Inputs, Polling, Request, Result, Unit};

use crate::Invocation;
use crate::invocation::{RequestPattern, sole_unit};

/// Returns the scopes that a unit may need, sorted. A trigger needs one of them, by its inputs. There is none if the
/// inputs name the endpoint, as those of a raw request do.
pub fn of_unit(unit: Unit) -> BTreeSet<String> {
    match unit {
        Unit::Action(_) => RequestPattern::all(unit).into_iter().filter_map(|request| request.scope).collect(),
        Unit::DataSource(source) => source.choices().list.scope_to(Effect::Read).into_iter().collect(),
        Unit::Trigger(trigger) => match trigger.polling() {
            Polling::Feeds(feeds) => feeds.feeds.iter().filter_map(|feed| feed.list.scope_to(Effect::Read)).collect(),
            Polling::Custom(poll) => {
                poll.request(&Inputs::default(), None).ok().and_then(|request| request.scope).into_iter().collect()
            }
            _ => BTreeSet::new(),
        },
        _ => BTreeSet::new(),
    }
}

/// Returns the scopes that an invocation needs, sorted, or `None` if its endpoint belongs to no known action. Its
/// inputs need not be complete. Fails if it names no known unit.
pub fn of_invocation(catalog: &Catalog, invocation: &Invocation) -> Result<Option<BTreeSet<String>>> {
    let unit = sole_unit(catalog, invocation)?.unit;
    let text = |key: &str| invocation.inputs.get(key).and_then(|value| value.as_str());
    match unit {
        Unit::Action(action) => {
            let declared: Vec<_> = action.inputs().iter().collect();
            let inputs = Inputs::read(&declared, invocation.inputs.as_object().cloned().unwrap_or_default()).ok();
            let request = inputs.and_then(|inputs| action.request(inputs).ok());
            let scope = request.as_ref().and_then(|request| scope_of_path(catalog, request));
            let mut scopes = scope.map_or_else(|| of_unit(unit), |scope| BTreeSet::from([scope]));
            // The record, or the key that is kept with it, is read beside the write.
            let reads = invocation.verify || invocation.idempotency_key.is_some();
            let written = request.and_then(|request| request.writes).filter(|_| reads);
            scopes.extend(written.and_then(|written| written.list.scope_to(Effect::Read)));
            Ok(Some(scopes).filter(|scopes| !scopes.is_empty()))
        }
        Unit::Trigger(trigger) => {
            let feed = match trigger.polling() {
                Polling::Feeds(feeds) => text(feeds.resource.key).and_then(|key| feeds.named(key)),
                _ => None,
            };
            let scope = feed.and_then(|feed| feed.list.scope_to(Effect::Read));
            Ok(Some(scope.map_or_else(|| of_unit(unit), |scope| BTreeSet::from([scope]))))
        }
        _ => Ok(Some(of_unit(unit))),
    }
}

/// Returns the scope of a request: its own or, for a raw request, that of the action with the same method and path.
fn scope_of_path(catalog: &Catalog, request: &Request) -> Option<String> {
    let of_action = || {
        let patterns = catalog.units().iter().flat_map(|entry| RequestPattern::all(entry.unit));
        patterns.filter(|pattern| pattern.matches(request)).find_map(|pattern| pattern.scope)
    };
    request.scope.clone().or_else(of_action)
}
