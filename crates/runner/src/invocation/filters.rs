//! Filters of lists: what is wrong with their names and values.

use std::collections::HashSet;

use pipefit_component::{Filter, FilterValues, Input, Issue, Problem, shown};
use serde_json::Value;

use super::suggestion;

/// Returns the problem with the name or the value at this path inside a list of filters.
pub(super) fn issue_at(declared: &[&Input], input: &Input, at: &str, inputs: &Value) -> Option<Issue> {
    let (index, member) = at.strip_prefix(input.key)?.strip_prefix('[')?.split_once(']')?;
    let pair = &inputs[input.key][index.parse::<usize>().ok()?];
    let name = pair["key"].as_str().unwrap_or_default();
    match (member, Filter::find(input.filters, name)) {
        (".value", Some(filter)) => Some(wrong_value(filter, at, &pair["value"])),
        (".key", _) if !input.filters.is_empty() => {
            let subject = format!("`{at}` is `{}`, which", shown(name));
            Some(unknown_name(declared, input, at, name, &subject))
        }
        _ => None,
    }
}

/// Returns an issue of a filter under the name that was given, if the filters were given as an object.
pub(super) fn by_name(declared: &[&Input], input: &Input, at: &str, inputs: &Value) -> Option<Issue> {
    let (index, member) = at.strip_prefix(input.key)?.strip_prefix('[')?.split_once(']')?;
    let pair = &inputs[input.key][index.parse::<usize>().ok()?];
    let name = pair["key"].as_str()?;
    let given = format!("{}.{}", input.key, shown(name));
    match (member, Filter::find(input.filters, name)) {
        (".value", Some(filter)) => Some(wrong_value(filter, &given, &pair["value"])),
        (".key", None) => Some(unknown_name(declared, input, &given, name, &format!("`{given}`"))),
        (".key", Some(_)) => {
            let message = format!("`{given}` is given twice; this filter takes one value");
            Some(Issue::new(given, Problem::Conflict, message))
        }
        _ => None,
    }
}

/// Reports values out of the range of their type, and filters that are given twice though they take one value.
pub(super) fn check(declared: &[&Input], inputs: &Value, issues: &mut Vec<Issue>) {
    for input in declared.iter().filter(|input| !input.filters.is_empty()) {
        let mut seen = HashSet::new();
        for (index, pair) in inputs[input.key].as_array().into_iter().flatten().enumerate() {
            let Some(name) = pair["key"].as_str() else { continue };
            let Some(filter) = Filter::find(input.filters, name) else { continue };
            let at = format!("{}[{index}]", input.key);
            if pair["value"].as_str().is_some_and(|text| !filter.is_in_range(text)) {
                issues.push(wrong_value(filter, &format!("{at}.value"), &pair["value"]));
            }
            if !seen.insert(name) && filter.values != FilterValues::Repeated {
                let message = format!("`{at}.key` is `{}` again; this filter takes one value", shown(name));
                issues.push(Issue::new(format!("{at}.key"), Problem::Conflict, message));
            }
        }
    }
}

fn wrong_value(filter: &Filter, at: &str, value: &Value) -> Issue {
    let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let code = if filter.choices.is_empty() { Problem::InvalidValue } else { Problem::InvalidChoice };
    let message = format!("`{at}` is `{}`; the filter `{}` expects {}", shown(&text), filter.name, filter.expected());
    Issue::new(at, code, message)
}

/// The issue of a name that is none of a filter; `subject` is what the message says it of.
fn unknown_name(declared: &[&Input], input: &Input, at: &str, name: &str, subject: &str) -> Issue {
    if let Some(own) = declared.iter().find(|own| own.key.eq_ignore_ascii_case(name)) {
        let message = format!("{subject} is not a filter of this list; use the input `{}` instead", own.key);
        return Issue::new(at, Problem::Conflict, message);
    }
    let names = || input.filters.iter().map(|filter| filter.name);
    let known: Vec<_> = names().map(|name| format!("`{name}`")).collect();
    let rest = match suggestion(name, names()) {
        Some(hint) => format!("{hint} The filters are {}", known.join(", ")),
        None => format!("the filters are {}", known.join(", ")),
    };
    let message = format!("{subject} is not a filter of this list; {rest}");
    Issue::new(at, Problem::Unknown, message)
}
