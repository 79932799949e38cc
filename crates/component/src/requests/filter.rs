//! Filters: the query parameters that narrow a list.

use serde_json::{Map, Value, json};

use crate::Kind;

/// A query parameter that filters a list.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// Its name.
    pub name: &'static str,
    /// The type of a single value.
    pub kind: Kind,
    /// The allowed values; empty if all values of the kind are allowed.
    pub choices: &'static [&'static str],
    /// How it takes several values.
    pub values: FilterValues,
}

/// How a filter takes several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FilterValues {
    /// It takes one value.
    One,
    /// As one text, with commas between them.
    Joined,
    /// The parameter is repeated.
    Repeated,
    /// By the names of the account: `name[KEY]` or `name.KEY`.
    Named,
}

impl Filter {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, choices: &[], values: FilterValues::One }
    }

    /// A filter by text.
    pub const fn text(name: &'static str) -> Self {
        Self::new(name, Kind::Text)
    }

    /// A filter by an id.
    pub const fn id(name: &'static str) -> Self {
        Self::new(name, Kind::Id)
    }

    /// A filter by an integer of 32 bits.
    pub const fn integer(name: &'static str) -> Self {
        Self::new(name, Kind::Integer)
    }

    /// A filter by an amount or a quantity.
    pub const fn decimal(name: &'static str) -> Self {
        Self::new(name, Kind::Decimal)
    }

    /// A filter by `true` or `false`.
    pub const fn flag(name: &'static str) -> Self {
        Self::new(name, Kind::Flag)
    }

    /// A filter by a date and time.
    pub const fn timestamp(name: &'static str) -> Self {
        Self::new(name, Kind::Timestamp)
    }

    /// A filter by a UUID.
    pub const fn guid(name: &'static str) -> Self {
        Self::new(name, Kind::Guid)
    }

    /// A filter by one of these values.
    pub const fn choice(name: &'static str, choices: &'static [&'static str]) -> Self {
        Self { choices, ..Self::text(name) }
    }

    /// A filter by the values of fields that the account names: `name[KEY]` or `name.KEY`.
    pub const fn named(name: &'static str) -> Self {
        Self { values: FilterValues::Named, ..Self::text(name) }
    }

    /// Allows several values in one text, with commas between them.
    pub const fn joined(self) -> Self {
        Self { values: FilterValues::Joined, ..self }
    }

    /// Allows the parameter to be repeated.
    pub const fn repeated(self) -> Self {
        Self { values: FilterValues::Repeated, ..self }
    }

    /// Returns the filter with this name, regardless of case.
    pub fn find(filters: &'static [Self], name: &str) -> Option<&'static Self> {
        filters.iter().find(|filter| match filter.values {
            FilterValues::Named => filter.key_of(name).is_some(),
            _ => filter.name.eq_ignore_ascii_case(name),
        })
    }

    /// Returns the parameter that this name, in any letter case, stands for.
    pub(crate) fn parameter(&self, name: &str) -> String {
        match self.values {
            FilterValues::Named => format!("{}{}", self.name, &name[self.name.len()..]),
            _ => self.name.to_owned(),
        }
    }

    /// Returns the key in the name of a parameter, if there is one.
    fn key_of<'a>(&self, name: &'a str) -> Option<&'a str> {
        let (start, rest) = name.split_at_checked(self.name.len())?;
        let key = rest.strip_prefix('.').or_else(|| rest.strip_prefix('[')?.strip_suffix(']'))?;
        (start.eq_ignore_ascii_case(self.name) && !key.is_empty()).then_some(key)
    }

    /// Whether a value stands for none.
    pub(crate) fn is_unset(&self, value: &Value) -> bool {
        let keeps_white_space = self.kind.keeps_white_space() && self.choices.is_empty();
        value.is_null()
            || value.as_str().is_some_and(|text| text.is_empty() || (!keeps_white_space && text.trim().is_empty()))
    }

    /// Coerces a value to the text that is sent. Leaves what it cannot convert, for validation.
    pub(crate) fn coerce(&self, value: Value) -> Value {
        let value = self.kind.coerce(value).unwrap_or_default();
        let text = match value {
            Value::String(text) => text,
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            other => return other,
        };
        if self.choices.is_empty() {
            return Value::String(text);
        }
        let choice = |given: &str| {
            let known = self.choices.iter().find(|choice| choice.eq_ignore_ascii_case(given.trim()));
            known.map_or_else(|| given.to_owned(), |choice| (*choice).to_owned())
        };
        Value::String(match self.values {
            FilterValues::Joined => text.split(',').map(choice).collect::<Vec<_>>().join(","),
            _ => choice(&text),
        })
    }

    /// Whether a coerced text has a value in the range of the type; its form is judged by the schema.
    pub fn is_in_range(&self, text: &str) -> bool {
        match self.kind {
            Kind::Id => text.parse::<i64>().is_ok(),
            Kind::Integer => text.parse::<i32>().is_ok(),
            _ => true,
        }
    }

    /// Completes the sentence "expected …".
    pub fn expected(&self) -> String {
        match (self.choices, self.kind) {
            ([], Kind::Integer) => "a whole number of up to 32 bits".to_owned(),
            ([], kind) => kind.expected().to_owned(),
            (choices, _) => {
                let quoted: Vec<_> = choices.iter().map(|choice| format!("`{choice}`")).collect();
                format!("one of {}", quoted.join(", "))
            }
        }
    }

    /// The JSON Schema of the text that is sent; `None` if any text is.
    fn schema(&self) -> Option<Value> {
        match (self.choices, self.kind) {
            ([], Kind::Text) => None,
            ([], Kind::Flag) => Some(json!({"type": "string", "enum": ["true", "false"]})),
            ([], Kind::Integer) => Some(Kind::Id.schema()),
            ([], kind) => Some(kind.schema()),
            (choices, _) if self.values == FilterValues::Joined => {
                let one = choices.join("|");
                Some(json!({"type": "string", "pattern": format!("^({one})(,({one}))*$")}))
            }
            (choices, _) => Some(json!({"type": "string", "enum": choices})),
        }
    }
}

/// Returns the JSON Schema of the name of a filter.
pub(crate) fn schema_of_names(filters: &[Filter]) -> Map<String, Value> {
    let (open, plain): (Vec<&Filter>, Vec<&Filter>) =
        filters.iter().partition(|filter| filter.values == FilterValues::Named);
    let names: Vec<_> = plain.iter().map(|filter| filter.name).collect();
    let mut branches = vec![json!({"title": "Filter", "type": "string", "enum": names})];
    branches.extend(open.iter().map(|filter| {
        let name = filter.name.replace('.', r"\.");
        let title = format!("{}[NAME]", filter.name);
        json!({"title": title, "type": "string", "pattern": format!(r"^{name}(\[.+\]|\..+)$")})
    }));
    let schema = if open.is_empty() {
        json!({"title": "Key", "type": "string", "enum": names})
    } else {
        json!({"title": "Key", "anyOf": branches})
    };
    if let Value::Object(schema) = schema { schema } else { Map::new() }
}

/// Returns, for each type of values, the JSON Schema of the pairs whose filters have it.
pub(crate) fn schemas_of_values(filters: &[Filter]) -> Vec<Value> {
    let mut groups: Vec<(Value, Vec<&str>)> = Vec::new();
    for filter in filters {
        let Some(schema) = filter.schema() else { continue };
        match groups.iter_mut().find(|(known, _)| *known == schema) {
            Some((_, names)) => names.push(filter.name),
            None => groups.push((schema, vec![filter.name])),
        }
    }
    let rule = |(schema, names)| {
        json!({
            "if": {"properties": {"key": {"enum": names}}, "required": ["key"]},
            "then": {"properties": {"value": schema}},
        })
    };
    groups.into_iter().map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILTERS: &[Filter] = &[Filter::id("jobId"), Filter::named("fields")];

    #[test]
    fn finds_a_filter_in_any_letter_case() {
        let parameter = |name| Filter::find(FILTERS, name).map(|filter| filter.parameter(name));
        assert_eq!(parameter("JOBID").as_deref(), Some("jobId"));
        assert_eq!(parameter("Fields[Gate Code]").as_deref(), Some("fields[Gate Code]"));
        assert_eq!(parameter("fields.Gate").as_deref(), Some("fields.Gate"));
        assert_eq!((parameter("fields"), parameter("fields[]"), parameter("job")), (None, None, None));
    }

    #[test]
    fn the_range_of_an_id_has_64_bits() {
        assert!(FILTERS[0].is_in_range("-9223372036854775808") && !FILTERS[0].is_in_range("9223372036854775808"));
    }
}
