//! Additional fields of a body: their names. Their values are judged by the schema.

use pipefit_component::{Input, Issue, Problem, Role, schema as schemas, shown};
use serde_json::Value;

use super::suggestion;
use super::validation::MAX_UNKNOWN;

/// Reports additional fields that have an input of their own, or a name that is similar to that of an input. A field
/// that is known beside an input is allowed while the input is not set.
pub(super) fn check(declared: &[&Input], schema: &Value, inputs: &Value, issues: &mut Vec<Issue>) {
    let own = || declared.iter().filter(|input| input.role == Role::Request);
    for input in declared.iter().filter(|input| input.role == Role::AdditionalFields) {
        let known = &schemas::inside(&schema["properties"][input.key])["properties"];
        for name in inputs[input.key].as_object().into_iter().flatten().map(|(name, _)| name.as_str()) {
            if issues.len() >= MAX_UNKNOWN {
                return;
            }
            let is_known = known.get(name).is_some();
            let is = |other: &str| other.eq_ignore_ascii_case(name);
            let at = format!("{}.{}", input.key, shown(name));
            match own().find(|own| is(own.sent_field()) || is(own.key)) {
                Some(own) if !is_known || inputs.get(own.key).is_some() => {
                    let message = format!("`{at}` must not be set here; use the input `{}` instead", own.key);
                    issues.push(Issue::new(at, Problem::Conflict, message));
                }
                None if !is_known => {
                    if let Some(hint) = suggestion(name, own().map(|own| own.key)) {
                        let message = format!("`{at}` is not a known field; {hint}");
                        issues.push(Issue::new(at, Problem::Unknown, message));
                    }
                }
                _ => {}
            }
        }
    }
}
