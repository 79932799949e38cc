//! How an endpoint declares the fields of its body, and the check of a body against that.

use serde_json::Value;

use crate::json::Object;
use crate::stamp::{Stamp, parse_date};

/// The type of a field on the wire.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Id,
    Decimal,
    Text,
    Flag,
    Moment,
    Day,
    Guid,
    Choice(&'static [&'static str]),
    Object(&'static [Field]),
    List(&'static Kind),
}

/// One field of a body.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    kind: Kind,
    required: bool,
    nullable: bool,
    longest: usize,
}

impl Field {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, required: false, nullable: false, longest: usize::MAX }
    }

    pub(crate) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(crate) const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    pub(crate) const fn at_most(self, longest: usize) -> Self {
        Self { longest, ..self }
    }
}

pub(crate) const fn id(name: &'static str) -> Field {
    Field::new(name, Kind::Id)
}

pub(crate) const fn decimal(name: &'static str) -> Field {
    Field::new(name, Kind::Decimal)
}

pub(crate) const fn text(name: &'static str) -> Field {
    Field::new(name, Kind::Text)
}

pub(crate) const fn flag(name: &'static str) -> Field {
    Field::new(name, Kind::Flag)
}

pub(crate) const fn moment(name: &'static str) -> Field {
    Field::new(name, Kind::Moment)
}

pub(crate) const fn day(name: &'static str) -> Field {
    Field::new(name, Kind::Day)
}

pub(crate) const fn guid(name: &'static str) -> Field {
    Field::new(name, Kind::Guid)
}

pub(crate) const fn choice(name: &'static str, options: &'static [&'static str]) -> Field {
    Field::new(name, Kind::Choice(options))
}

pub(crate) const fn object(name: &'static str, fields: &'static [Field]) -> Field {
    Field::new(name, Kind::Object(fields))
}

pub(crate) const fn list(name: &'static str, of: &'static Kind) -> Field {
    Field::new(name, Kind::List(of))
}

pub(crate) const fn ids(name: &'static str) -> Field {
    list(name, &Kind::Id)
}

/// What a check found: faults by field, and the paths of fields that the API does not know.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) faults: Vec<(String, String)>,
    pub(crate) unknown: Vec<String>,
}

impl Findings {
    /// Checks the fields of one object; `at` is its own path, empty for the body.
    pub(crate) fn object(&mut self, at: &str, fields: &[Field], given: &Object) {
        for field in fields {
            let path = join(at, field.name);
            match given.get(field.name) {
                None | Some(Value::Null) if field.required => {
                    self.fault(path, format!("The {} field is required.", field.name));
                }
                Some(Value::Null) if !field.nullable => {
                    self.fault(path, format!("The {} field must not be null.", field.name));
                }
                None | Some(Value::Null) => {}
                Some(value) => self.value(&path, field.kind, field.longest, value),
            }
        }
        for name in given.keys() {
            if !fields.iter().any(|field| field.name == name) {
                self.unknown.push(join(at, name));
            }
        }
    }

    fn value(&mut self, at: &str, kind: Kind, longest: usize, value: &Value) {
        match (kind, value) {
            (Kind::Object(fields), Value::Object(given)) => self.object(at, fields, given),
            (Kind::List(of), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(&format!("{at}[{index}]"), *of, usize::MAX, item);
                }
            }
            (Kind::Text, Value::String(text)) if text.chars().count() > longest => {
                self.fault(at.to_owned(), format!("The text must be at most {longest} characters."));
            }
            _ if fits(kind, value) => {}
            _ => self.fault(at.to_owned(), complaint(kind, value)),
        }
    }

    fn fault(&mut self, at: String, message: String) {
        self.faults.push((at, message));
    }
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

fn fits(kind: Kind, value: &Value) -> bool {
    match (kind, value) {
        (Kind::Id, Value::Number(number)) => number.as_i64().is_some(),
        (Kind::Decimal, Value::Number(_)) | (Kind::Text, Value::String(_)) | (Kind::Flag, Value::Bool(_)) => true,
        (Kind::Moment, Value::String(text)) => Stamp::parse(text).is_some(),
        (Kind::Day, Value::String(text)) => parse_date(text).is_some(),
        (Kind::Guid, Value::String(text)) => is_guid(text),
        (Kind::Choice(options), Value::String(text)) => options.contains(&text.as_str()),
        _ => false,
    }
}

/// Eight, four, four, four and twelve hexadecimal digits.
pub(crate) fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let hexadecimal = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(hexadecimal)
}

fn complaint(kind: Kind, value: &Value) -> String {
    let wanted = match kind {
        Kind::Id => "a 64-bit integer".to_owned(),
        Kind::Decimal => "a number".to_owned(),
        Kind::Text => "a string".to_owned(),
        Kind::Flag => "a boolean".to_owned(),
        Kind::Moment => "a date-time".to_owned(),
        Kind::Day => "a date".to_owned(),
        Kind::Guid => "a GUID".to_owned(),
        Kind::Choice(options) => format!("one of {}", options.join(", ")),
        Kind::Object(_) => "an object".to_owned(),
        Kind::List(_) => "an array".to_owned(),
    };
    let mut shown = value.to_string();
    if shown.len() > 60 {
        shown = shown.chars().take(57).chain("...".chars()).collect();
    }
    format!("The value {shown} is not valid: expected {wanted}.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Field, Findings, choice, decimal, guid, id, ids, moment, object, text};

    const INNER: &[Field] = &[text("street").required()];
    const BODY: &[Field] = &[
        id("id").required(),
        ids("tags"),
        decimal("cost").nullable(),
        choice("type", &["Phone", "Email"]),
        moment("start"),
        guid("app"),
        object("address", INNER),
    ];

    fn check(body: serde_json::Value) -> Findings {
        let mut findings = Findings::default();
        let serde_json::Value::Object(body) = body else { return findings };
        findings.object("", BODY, &body);
        findings
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
