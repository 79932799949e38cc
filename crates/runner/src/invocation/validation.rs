//! Validates inputs with the exported schema, and describes all problems in plain words.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError, Validator};
use pipefit_component::inputs::plain;
use pipefit_component::{
    Collection, Effect, Error, Input, Inputs, Issue, Kind, Problem, Result, UnitKind, ValuePath, coerce, schema, shown,
};
use serde_json::{Map, Value};

use super::{additional_fields, filters, suggestion};

/// The maximum number of unknown names that are reported one by one.
pub(super) const MAX_UNKNOWN: usize = 20;

/// Compiled schemas, each compiled when it is first needed.
#[derive(Debug, Default)]
pub(crate) struct Validators(Mutex<foldhash::HashMap<SchemaKey, Arc<Compiled>>>);

/// Identifies a compiled schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SchemaKey {
    /// The inputs of a unit: its kind, the key of its component, and its key.
    Unit(UnitKind, &'static str, &'static str),
    /// The fields of a component's connection.
    Connection {
        /// The key of the component.
        component: &'static str,
        /// Whether the operator sets the hosts.
        hosts_are_set: bool,
        /// Whether the connection comes with an access token.
        has_token: bool,
    },
}

impl SchemaKey {
    /// Whether this input must be given.
    fn requires(self, input: &Input) -> bool {
        let has_token = matches!(self, Self::Connection { has_token: true, .. });
        input.must_be_given() && !(has_token && input.role.is_credential())
    }
}

#[derive(Debug)]
struct Compiled {
    schema: Value,
    validator: Validator,
}

impl Validators {
    /// Coerces and validates the values of these inputs. The inner error contains all problems.
    pub(crate) fn check(
        &self,
        key: SchemaKey,
        declared: &[&'static Input],
        given: Map<String, Value>,
    ) -> Result<Result<Inputs, Vec<Issue>>> {
        let compiled = plain::needs_schema(declared, &given).then(|| self.get(key, declared)).transpose()?;
        let schema = compiled.as_ref().map_or(&Value::Null, |compiled| &compiled.schema);
        let with_filters = declared.iter().copied().filter(|input| !input.filters.is_empty());
        let by_name: Vec<_> = with_filters.filter(|input| is_by_name(given.get(input.key))).collect();
        let (coerced, issues) = coerce(declared, schema, given);
        let is_plain = compiled.is_none() && issues.is_empty();
        if is_plain && plain::are_surely_valid(declared, |input| key.requires(input), &coerced) {
            return Ok(Inputs::read_by(declared, schema, coerced));
        }
        let compiled = compiled.map_or_else(|| self.get(key, declared), Ok)?;
        Ok(compiled.judge(declared, coerced, issues, &by_name))
    }

    fn get(&self, key: SchemaKey, declared: &[&'static Input]) -> Result<Arc<Compiled>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = known.get(&key) {
            return Ok(Arc::clone(compiled));
        }
        // The effect changes only descriptions, which do not matter here.
        let mut schema = Value::Object(schema::of_inputs(declared.iter().copied(), Effect::Read));
        if let Some(required) = schema["required"].as_array_mut() {
            required.retain(|name| declared.iter().any(|input| input.key == name && key.requires(input)));
        }
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&schema::with_formats(schema.clone()))
            .map_err(|error| Error::internal(format!("the schema of {key:?}: {error}")))?;
        let compiled = Arc::new(Compiled { schema, validator });
        known.insert(key, Arc::clone(&compiled));
        Ok(compiled)
    }
}

impl Compiled {
    /// Validates coerced values and reads them. The error adds to the issues that coercion found.
    fn judge(
        &self,
        declared: &[&'static Input],
        coerced: Map<String, Value>,
        mut issues: Vec<Issue>,
        by_name: &[&'static Input],
    ) -> Result<Inputs, Vec<Issue>> {
        let coerced = Value::Object(coerced);
        if !self.validator.is_valid(&coerced) {
            let broken: HashSet<_> = issues.iter().map(|issue| root_of(&issue.input).to_owned()).collect();
            for error in self.validator.iter_errors(&coerced) {
                let found = issues_of(declared, &self.schema, &coerced, &error);
                // A value that could not be parsed was removed and has an issue already.
                issues.extend(found.into_iter().filter(|issue| !broken.contains(root_of(&issue.input))));
            }
        }
        find_misspelled_fields(declared, &self.schema, &coerced, &mut issues);
        additional_fields::check(declared, &self.schema, &coerced, &mut issues);
        filters::check(declared, &coerced, &mut issues);
        for issue in &mut issues {
            let named = |input: &&Input| filters::by_name(declared, input, &issue.input, &coerced);
            if let Some(named) = by_name.iter().find_map(named) {
                *issue = named;
            }
        }
        match coerced {
            Value::Object(coerced) if issues.is_empty() => Inputs::read_by(declared, &self.schema, coerced),
            _ => Err(in_order(declared, issues)),
        }
    }
}

/// Whether pairs are given as an object of values by name, rather than as pairs.
fn is_by_name(given: Option<&Value>) -> bool {
    let is_pair = |members: &Map<String, Value>| members.contains_key("key") && members.contains_key("value");
    given.and_then(Value::as_object).is_some_and(|members| !is_pair(members))
}

/// Returns issues in the order of the inputs, each only once.
fn in_order(declared: &[&'static Input], mut issues: Vec<Issue>) -> Vec<Issue> {
    let mut seen = HashSet::new();
    issues.retain(|issue| seen.insert((issue.input.clone(), issue.code)));
    issues.sort_by_key(|issue| declared.iter().position(|input| input.key == root_of(&issue.input)));
    issues
}

/// Converts an error of the validator to issues.
fn issues_of(declared: &[&'static Input], schema: &Value, inputs: &Value, error: &ValidationError<'_>) -> Vec<Issue> {
    let at = path_of(error.instance_path().as_str());
    let input = declared.iter().find(|input| input.key == root_of(&at)).copied();
    match error.kind() {
        _ if is_said_by_choices(schema, error) => Vec::new(),
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let one = |key: &String| unknown(&join(&at, key), key, declared, at.is_empty());
            let more = unexpected.len().saturating_sub(MAX_UNKNOWN);
            let rest = || Issue::new(at.clone(), Problem::Unknown, format!("{more} more names are not known"));
            unexpected.iter().take(MAX_UNKNOWN).map(one).chain((more > 0).then(rest)).collect()
        }
        ValidationErrorKind::Required { property } => {
            let key = join(&at, property.as_str().unwrap_or_default());
            let missing = declared.iter().find(|input| input.key == key);
            let message = match missing {
                Some(input) => format!("`{key}` is required: expected {}", expected(input)),
                None => format!("`{key}` is required"),
            };
            vec![Issue::new(key, Problem::Required, message)]
        }
        ValidationErrorKind::AnyOf { context }
            if context.len() == 2 && context.iter().any(|branch| only_null(branch)) =>
        {
            let branches = context.iter().filter(|branch| !only_null(branch)).flatten();
            branches.flat_map(|error| issues_of(declared, schema, inputs, error)).collect()
        }
        kind => {
            let of_filter = input.and_then(|input| filters::issue_at(declared, input, &at, inputs));
            vec![of_filter.unwrap_or_else(|| match input {
                Some(input) if is_whole_value(input, &at) => wrong_value(input, &at, value_at(inputs, error)),
                _ => Issue::new(at.clone(), problem(kind), inner_message(&at, input, schema, error)),
            })]
        }
    }
}

/// Whether a value has the wrong type where only choices are right, which another error lists.
fn is_said_by_choices(schema: &Value, error: &ValidationError<'_>) -> bool {
    let is_about_type = matches!(error.kind(), ValidationErrorKind::Type { .. });
    is_about_type && schema_at(schema, error.instance_path().as_str())["enum"].is_array()
}

/// Whether a branch allows null and nothing else.
fn only_null(branch: &[ValidationError<'_>]) -> bool {
    let expects_null = |error: &ValidationError<'_>| {
        matches!(error.kind(), ValidationErrorKind::Type { kind: TypeKind::Single(JsonType::Null) })
    };
    branch.iter().any(expects_null)
}

fn problem(kind: &ValidationErrorKind) -> Problem {
    match kind {
        ValidationErrorKind::Enum { .. } | ValidationErrorKind::Constant { .. } => Problem::InvalidChoice,
        ValidationErrorKind::MinItems { .. } => Problem::Required,
        _ => Problem::InvalidValue,
    }
}

fn unknown(at: &str, key: &str, declared: &[&'static Input], is_input: bool) -> Issue {
    let known = declared.iter().filter(|_| is_input).map(|input| input.key);
    let message = match suggestion(key, known) {
        Some(hint) => format!("`{at}` is not an input; {hint}"),
        None if is_input => {
            let known: Vec<_> = declared.iter().map(|input| format!("`{}`", input.key)).collect();
            format!("`{at}` is not an input; the inputs are {}", known.join(", "))
        }
        None => format!("`{at}` is not a field of `{}`", root_of(at)),
    };
    Issue::new(at, Problem::Unknown, message)
}

/// Whether the path is that of an input or of an item of its list, and not of a part inside it.
fn is_whole_value(input: &Input, at: &str) -> bool {
    let inside = &at[input.key.len()..];
    match input.collection {
        Collection::One => inside.is_empty() && input.shape.is_none(),
        Collection::Values => input.shape.is_none() && !inside.contains('.'),
        Collection::Pairs => inside.is_empty(),
    }
}

fn wrong_value(input: &Input, at: &str, value: Option<&Value>) -> Issue {
    let code = if input.is_choice() { Problem::InvalidChoice } else { Problem::InvalidValue };
    let whole_list = at == input.key && input.collection != Collection::One;
    let right = match input.collection {
        Collection::Values if whole_list && value.is_some_and(Value::is_array) => "at least one value".to_owned(),
        Collection::Values if whole_list => format!("a list, each value {}", expected(input)),
        Collection::Pairs => "a list of objects with `key` and `value`, or an object".to_owned(),
        _ => expected(input),
    };
    let message = match value {
        Some(value) if !input.secret => format!("`{at}` is {}; expected {right}", quoted(value)),
        _ => format!("`{at}` is not valid; expected {right}"),
    };
    Issue::new(at, code, message)
}

fn expected(input: &Input) -> String {
    if !input.is_choice() {
        return input.expected().into_owned();
    }
    let values = input.choices.iter().map(|choice| choice.value).filter(|value| !value.is_empty());
    format!("one of {}", values.map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "))
}

fn inner_message(at: &str, input: Option<&Input>, schema: &Value, error: &ValidationError<'_>) -> String {
    let got = match input {
        Some(input) if input.secret => "not valid".to_owned(),
        _ => quoted(error.instance()),
    };
    let is_file = input.is_some_and(|input| input.kind == Kind::File);
    if let Some(expected) = expected_at(schema, error.instance_path().as_str()) {
        return format!("`{at}` is {got}; expected {expected}");
    }
    match error.kind() {
        ValidationErrorKind::Type { .. } | ValidationErrorKind::AnyOf { .. } => {
            format!("`{at}` is {got}; expected {}", types(error))
        }
        ValidationErrorKind::Format { format } => format!("`{at}` is {got}; expected {}", of_format(format)),
        ValidationErrorKind::Enum { options } => format!("`{at}` is {got}; expected {}", of_choices(options)),
        ValidationErrorKind::Minimum { limit } => format!("`{at}` is {got}; expected {limit} or more"),
        ValidationErrorKind::Maximum { limit } => format!("`{at}` is {got}; expected {limit} or less"),
        ValidationErrorKind::MinItems { limit } => format!("`{at}` needs at least {limit} entry"),
        ValidationErrorKind::MinLength { .. } => format!("`{at}` is blank"),
        ValidationErrorKind::Pattern { .. } if is_file => format!("`{at}` is {got}; expected {}", of_file(at)),
        kind => format!("`{at}` is {got}; it violates the rule `{}`", kind.keyword()),
    }
}

/// Returns the schema of the value at a JSON pointer.
fn schema_at<'a>(schema: &'a Value, pointer: &str) -> &'a Value {
    let step = |at: &'a Value, part: &str| {
        let at = schema::inside(at);
        at.get("items").unwrap_or_else(|| &at["properties"][part])
    };
    schema::inside(pointer.split('/').skip(1).fold(schema, step))
}

/// Returns what the schema says in words about the value at a JSON pointer.
fn expected_at(schema: &Value, pointer: &str) -> Option<String> {
    let found = schema_at(schema, pointer);
    let or_null =
        if found["type"].as_array().is_some_and(|types| types.contains(&"null".into())) { " or null" } else { "" };
    Some(format!("{}{or_null}", found["x-expected"].as_str()?))
}

/// Describes the expected types, from the error itself or from the branches that the validator tried.
fn types(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Type { kind } => {
            let mut kinds: Vec<_> = match kind {
                TypeKind::Single(one) => vec![of_type(*one)],
                TypeKind::Multiple(many) => many.iter().map(of_type).collect(),
            };
            kinds.sort_by_key(|kind| *kind == "null");
            kinds.join(" or ")
        }
        ValidationErrorKind::AnyOf { context } => {
            let branches: Vec<_> = context.iter().filter_map(|branch| branch.first()).map(types).collect();
            branches.join(" or ")
        }
        ValidationErrorKind::Format { format } => of_format(format).to_owned(),
        ValidationErrorKind::Enum { options } => of_choices(options),
        kind => format!("a value that satisfies the rule `{}`", kind.keyword()),
    }
}

fn of_type(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "text",
    }
}

/// Describes the expected value of a member of a file.
fn of_file(at: &str) -> &str {
    match at.rsplit('.').next() {
        Some("data") => "bytes in base64",
        Some("fileName") => "a name without line breaks and other control characters",
        _ => "a media type such as `image/png`",
    }
}

fn of_choices(options: &Value) -> String {
    let choices = options.as_array().into_iter().flatten().filter(|choice| !choice.is_null() && *choice != "");
    format!("one of {}", choices.map(quoted).collect::<Vec<_>>().join(", "))
}

fn of_format(format: &str) -> &str {
    match format {
        "date-time" => "a date and time with a time zone such as `2026-01-31T09:00:00Z`",
        "date" => "a date such as `2026-01-31`",
        "uuid" => "a UUID such as `6b29fc40-ca47-1067-b31d-00dd010662da`",
        other => other,
    }
}

fn quoted(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(_) => return "a list".to_owned(),
        Value::Object(_) => return "an object".to_owned(),
        other => other.to_string(),
    };
    format!("`{}`", shown(&text))
}

fn value_at<'a>(inputs: &'a Value, error: &ValidationError<'_>) -> Option<&'a Value> {
    inputs.pointer(error.instance_path().as_str())
}

/// Reports unknown fields of structured values that are similar to known ones: the service would ignore a typo. Other
/// unknown fields are allowed, because services add fields.
fn find_misspelled_fields(declared: &[&'static Input], schema: &Value, inputs: &Value, issues: &mut Vec<Issue>) {
    for input in declared.iter().filter(|input| input.shape.is_some()) {
        if let Some(value) = inputs.get(input.key) {
            check_fields(&schema["properties"][input.key], value, ValuePath::Input(input.key), issues);
        }
    }
}

fn check_fields(schema: &Value, value: &Value, at: ValuePath<'_>, issues: &mut Vec<Issue>) {
    let schema = schema::inside(schema);
    if let (Some(items), Value::Array(values)) = (schema.get("items"), value) {
        for (index, value) in values.iter().enumerate() {
            check_fields(items, value, ValuePath::Item(&at, index), issues);
        }
    }
    let (Some(Value::Object(known)), Value::Object(fields)) = (schema.get("properties"), value) else { return };
    for (key, value) in fields {
        let at = ValuePath::Member(&at, key);
        if let Some(schema) = known.get(key) {
            check_fields(schema, value, at, issues);
        } else if issues.len() < MAX_UNKNOWN
            && let Some(hint) = suggestion(key, known.keys().map(String::as_str))
        {
            let message = format!("`{at}` is not a known field; {hint}");
            issues.push(Issue::new(at.to_string(), Problem::Unknown, message));
        }
    }
}

/// Converts a JSON pointer to a path as people write it: `/items/0/cost` to `items[0].cost`.
fn path_of(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        if !path.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
            path.extend(["[", part, "]"]);
        } else {
            path = join(&path, &part.replace("~1", "/").replace("~0", "~"));
        }
    }
    path
}

/// Appends a key, which may come from outside and be long.
fn join(path: &str, key: &str) -> String {
    let key = shown(key);
    if path.is_empty() { key.into_owned() } else { format!("{path}.{key}") }
}

fn root_of(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}
