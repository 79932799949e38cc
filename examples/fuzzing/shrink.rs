//! Shrinking: smaller values than one that fails.

use serde_json::Value;

/// Values that are a little smaller than this one: without a member or with a smaller one, or half of a text. A text
/// that is JSON is made smaller as what it stands for.
pub(super) fn smaller(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => {
            let halves = [&items[..items.len() / 2], &items[items.len() / 2..]].map(|half| Value::from(half.to_vec()));
            let without = (0..items.len()).map(|at| {
                let mut rest = items.clone();
                rest.remove(at);
                rest.into()
            });
            let within = items.iter().enumerate().flat_map(|(at, item)| {
                smaller(item).into_iter().map(move |smaller| {
                    let mut items = items.clone();
                    items[at] = smaller;
                    items.into()
                })
            });
            halves.into_iter().filter(|half| half != value).chain(without).chain(within).collect()
        }
        Value::Object(members) => {
            let without = members.keys().map(|key| {
                let mut rest = members.clone();
                rest.shift_remove(key);
                rest.into()
            });
            let within = members.iter().flat_map(|(key, member)| {
                smaller(member).into_iter().map(move |smaller| {
                    let mut members = members.clone();
                    members[key] = smaller;
                    members.into()
                })
            });
            without.chain(within).collect()
        }
        Value::String(text) => smaller_texts(text).into_iter().map(Value::from).collect(),
        _ => Vec::new(),
    }
}

fn smaller_texts(text: &str) -> Vec<String> {
    if let Ok(value @ (Value::Array(_) | Value::Object(_))) = serde_json::from_str::<Value>(text) {
        return smaller(&value).iter().map(Value::to_string).filter(|smaller| smaller.len() < text.len()).collect();
    }
    let chars: Vec<char> = text.chars().collect();
    let (first, second) = chars.split_at(chars.len() / 2);
    let ends = [&chars[..chars.len().saturating_sub(1)], chars.get(1..).unwrap_or_default()];
    let parts = [&[], first, second].into_iter().chain(ends);
    parts.filter(|part| part.len() < chars.len()).map(|part| part.iter().collect()).collect()
}
