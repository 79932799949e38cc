//! The check of a body against the fields that an endpoint declares.

use serde_json::Value;

use crate::data::field::{Field, Mode, Reference, Rule};
use crate::data::json::Object;
use crate::data::kind::Kind;
use crate::data::store::Store;

/// What is wrong with a body: path of a field and message.
pub(crate) type Faults = Vec<(String, String)>;

#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) faults: Faults,
    /// Paths of fields that the API does not know.
    pub(crate) unknown: Vec<String>,
}

impl Findings {
    pub(crate) fn of(fields: &[Field], mode: Mode, body: &Object) -> Self {
        let mut findings = Self::default();
        findings.object("", fields, mode, body);
        findings
    }

    /// Checks the fields of one object; `at` is its own path, empty for the body.
    fn object(&mut self, at: &str, fields: &[Field], mode: Mode, given: &Object) {
        let rule_of = |field: &Field| field.rule(mode, !at.is_empty());
        for field in fields.iter().filter(|field| rule_of(field) != Rule::Absent) {
            let path = join(at, field.name);
            match (given.get(field.name), rule_of(field)) {
                (None | Some(Value::Null), Rule::Required) => {
                    self.faults.push((path, format!("The {} field is required.", field.name)));
                }
                (Some(Value::Null), Rule::Optional) => {
                    self.faults.push((path, format!("The {} field must not be null.", field.name)));
                }
                (None | Some(Value::Null), _) => {}
                (Some(value), _) => self.value(&path, field.kind, field.longest, mode, value),
            }
        }
        for name in given.keys() {
            if !fields.iter().any(|field| field.name == name && rule_of(field) != Rule::Absent) {
                self.unknown.push(join(at, name));
            }
        }
    }

    fn value(&mut self, at: &str, kind: Kind, longest: usize, mode: Mode, value: &Value) {
        match (kind, value) {
            (Kind::Object(fields), Value::Object(given)) => self.object(at, fields, mode, given),
            (Kind::List(of), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(&format!("{at}[{index}]"), *of, usize::MAX, mode, item);
                }
            }
            (Kind::Text, Value::String(text)) if text.chars().count() > longest => {
                self.faults.push((at.to_owned(), format!("The text must be at most {longest} characters.")));
            }
            _ if kind.accepts(value) => {}
            _ => self.faults.push((at.to_owned(), kind.complaint(value))),
        }
    }
}

/// Finds the ids in a body whose types are right that refer to nothing.
pub(crate) fn dangling(store: &Store, fields: &[Field], mode: Mode, body: &Object) -> Faults {
    let mut faults = Faults::new();
    dangling_in(store, "", fields, mode, body, &mut faults);
    faults
}

fn dangling_in(store: &Store, at: &str, fields: &[Field], mode: Mode, given: &Object, faults: &mut Faults) {
    for field in fields.iter().filter(|field| field.rule(mode, !at.is_empty()) != Rule::Absent) {
        let path = join(at, field.name);
        let (kind, items) = match (field.kind, given.get(field.name)) {
            (Kind::List(of), Some(Value::Array(items))) => (*of, items.as_slice()),
            (kind, Some(value)) => (kind, std::slice::from_ref(value)),
            _ => continue,
        };
        for (index, item) in items.iter().enumerate() {
            let path = if matches!(field.kind, Kind::List(_)) { format!("{path}[{index}]") } else { path.clone() };
            match (kind, item) {
                (Kind::Object(fields), Value::Object(inner)) => dangling_in(store, &path, fields, mode, inner, faults),
                _ => faults.extend(item.as_i64().and_then(|id| missing(store, field, id)).map(|fault| (path, fault))),
            }
        }
    }
}

fn missing(store: &Store, field: &Field, id: i64) -> Option<String> {
    match field.reference {
        Reference::Record(table) if !store.has(table, id) => {
            Some(format!("{} with id {id} does not exist.", table.noun))
        }
        Reference::Entry(known) if !known.has(id) => {
            let hint = known.some_ids();
            Some(format!("{} with id {id} does not exist (this sandbox has {hint}).", known.noun))
        }
        _ => None,
    }
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Findings;
    use crate::data::field::{Field, Mode, choice, decimal, guid, id, ids, moment, object, text};

    const INNER: &[Field] = &[text("street").required()];
    const BODY: &[Field] = &[
        id("id").required(),
        ids("tags").optional(),
        decimal("cost").optional(),
        choice("type", &["Phone", "Email"]).optional(),
        moment("start").optional(),
        guid("app").optional(),
        object("address", INNER).optional(),
    ];

    fn check(body: serde_json::Value) -> Findings {
        let serde_json::Value::Object(body) = body else { return Findings::default() };
        Findings::of(BODY, Mode::Create, &body)
    }

    #[test]
    fn accepts_what_fits() {
        let found = check(json!({
            "id": 9_007_199_254_740_993_i64, "tags": [1, 2], "cost": null, "type": "Phone",
            "start": "2021-01-01T00:00:00Z", "app": "6B29FC40-CA47-1067-B31D-00DD010662DA",
            "address": {"street": "Elm"}, "extra": 1,
        }));
        assert_eq!(found.faults, []);
        assert_eq!(found.unknown, ["extra"]);
    }

    #[test]
    fn names_every_fault_by_its_path() {
        let found = check(json!({
            "tags": [1, "2"], "cost": "1", "type": "Fax", "start": "string", "app": "x",
            "address": {"strete": "Elm"},
        }));
        let paths: Vec<&str> = found.faults.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["id", "tags[1]", "cost", "type", "start", "app", "address.street"]);
        assert_eq!(found.unknown, ["address.strete"]);
    }
}
