//! Which fields of the records are columns: `--columns`.

use pipefit::component::{Output, schema, shown};
use pipefit::runner::suggestion;
use pipefit::{Code, Error};
use serde_json::{Value, json};

use super::Form;

/// How many names a message lists.
const NAMES: usize = 10;

/// The length from which a part of a name is taken for an abbreviation of it.
const ABBREVIATION: usize = 4;

/// A column: a field of the records, or what is inside one.
#[derive(Debug)]
pub(super) struct Column {
    /// Its path, such as `customer.name`.
    pub(super) name: String,
    pointer: String,
}

impl Column {
    /// The column of a path.
    pub(super) fn at(path: &str) -> Self {
        let steps = path.split('.').map(escaped);
        Self { name: path.to_owned(), pointer: steps.fold(String::new(), |pointer, step| pointer + "/" + &step) }
    }

    /// The column of a field, whose name may have a dot in it.
    pub(super) fn of_field(name: &str) -> Self {
        Self { name: name.to_owned(), pointer: format!("/{}", escaped(name)) }
    }

    /// The value of a record in this column.
    pub(super) fn value<'a>(&self, record: &'a Value) -> Option<&'a Value> {
        record.pointer(&self.pointer)
    }

    /// Whether it shows this field, or what is inside it.
    pub(super) fn is_of(&self, field: &str) -> bool {
        self.pointer[1..].split('/').next() == Some(&escaped(field))
    }
}

/// Escapes a name as a step of a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Reads the value of `--columns`.
pub(super) fn parse(text: &str) -> Result<String, &'static str> {
    let name = text.trim();
    if name.split('.').any(str::is_empty) {
        Err("expected fields such as `id,customer.name`")
    } else {
        Ok(name.to_owned())
    }
}

/// The names of the fields that records of this list are declared to have; none if they are not declared.
pub(super) fn declared(form: &Form) -> Vec<String> {
    let schema = schema_of(form);
    let fields = schema.as_ref().and_then(|schema| schema["properties"].as_object());
    fields.into_iter().flat_map(|fields| fields.keys().cloned()).collect()
}

/// Returns columns. Fails if records of this list have no such field, as far as they are declared.
pub(super) fn checked(names: &[String], form: &Form) -> Result<Vec<Column>, Error> {
    let schema = schema_of(form).unwrap_or(Value::Null);
    for name in names {
        find(&schema, name).map_err(|what| Error::new(Code::InvalidRequest, format!("--columns: {what}")))?;
    }
    Ok(names.iter().map(|name| Column::at(name)).collect())
}

fn schema_of(form: &Form) -> Option<Value> {
    if form.has_entries() {
        return Some(json!({"properties": {"key": {"type": "string"}, "label": {"type": "string"}}}));
    }
    let record = form.list()?.record?;
    Some(Value::Object(schema::of_output(Output::Record(record))))
}

/// Follows a path. What a schema does not describe may be there.
fn find(schema: &Value, path: &str) -> Result<(), String> {
    let (mut at, mut before) = (schema::inside(schema), String::new());
    for part in path.split('.') {
        let is_index = part.bytes().all(|byte| byte.is_ascii_digit());
        let here = before.trim_end_matches('.');
        let next = match (at.get("items"), at["properties"].as_object()) {
            (Some(items), _) if is_index => items,
            (Some(_), _) => return Err(format!("`{here}` is a list: write `{before}0.{}`", shown(part))),
            (None, Some(fields)) => fields.get(part).ok_or_else(|| unknown(&before, part, fields.keys()))?,
            (None, None) if is_scalar(at) => return Err(format!("`{here}` has no fields inside it")),
            (None, None) => return Ok(()),
        };
        before.extend([part, "."]);
        at = schema::inside(next);
    }
    Ok(())
}

fn is_scalar(schema: &Value) -> bool {
    let is = |kind: &Value| ["string", "number", "integer", "boolean"].iter().any(|scalar| kind == scalar);
    match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(is),
        kind => is(kind),
    }
}

fn unknown<'a>(before: &str, name: &str, known: impl Iterator<Item = &'a String>) -> String {
    let known: Vec<_> = known.map(|name| format!("{before}{name}")).collect();
    let part = name.to_ascii_lowercase();
    let has_part = |known: &&String| part.len() >= ABBREVIATION && known.to_ascii_lowercase().contains(&part);
    let abbreviated = || Some(format!("did you mean `{}`?", known.iter().filter(has_part).min_by_key(|it| it.len())?));
    let name = format!("{before}{}", shown(name));
    let hint = suggestion(&name, known.iter().map(String::as_str)).or_else(abbreviated).unwrap_or_else(|| {
        let listed: Vec<_> = known.iter().take(NAMES).map(|name| format!("`{name}`")).collect();
        format!("the fields are {}{}", listed.join(", "), if known.len() > NAMES { ", …" } else { "" })
    });
    format!("the records have no field `{name}`; {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_a_path_into_the_record() {
        let record = json!({"a": {"b": [{"c": 1}]}, "x/y": 2, "d.e": 3});
        for (column, expected) in [
            (Column::at("a.b.0.c"), Some(json!(1))),
            (Column::at("x/y"), Some(json!(2))),
            (Column::of_field("d.e"), Some(json!(3))),
            (Column::at("a.nothing"), None),
        ] {
            assert_eq!(column.value(&record), expected.as_ref(), "{column:?}");
        }
        assert!(Column::at("a.b").is_of("a") && !Column::at("ab").is_of("a"));
        assert_eq!(parse(" id "), Ok("id".to_owned()));
        assert!(["", "a.", ".", "a..b"].iter().all(|wrong| parse(wrong).is_err()));
    }

    #[test]
    fn an_unknown_field_is_refused_where_the_fields_are_known() {
        let customer = json!({"type": "object", "properties": {"name": {"type": ["string", "null"]}}});
        let nullable = json!({"anyOf": [customer, {"type": "null"}]});
        let list = json!({"type": "array", "items": {"type": "object", "properties": {"value": {"type": "string"}}}});
        let schema = json!({"properties": {"customer": nullable, "fields": list, "any": {"type": "object"}}});
        for path in ["customer", "customer.name", "fields", "fields.0", "fields.12.value", "any.thing.at.all"] {
            assert_eq!(find(&schema, path), Ok(()), "{path}");
        }
        for (path, expected) in [
            ("custmer", "did you mean `customer`?"),
            ("customer.nmae", "did you mean `customer.name`?"),
            ("customer.zzz", "the fields are `customer.name`"),
            ("customer.name.first", "`customer.name` has no fields inside it"),
            ("fields.value", "`fields` is a list: write `fields.0.value`"),
            ("zzz", "the fields are `customer`, `fields`, `any`"),
            ("Cust", "did you mean `customer`?"),
            ("a", "the fields are `customer`"),
        ] {
            let message = find(&schema, path).expect_err(path);
            assert!(message.contains(expected), "{path}: {message}");
        }
        assert_eq!(find(&Value::Null, "anything"), Ok(()));
    }
}
