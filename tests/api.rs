//! Requests and replies against the API's description, written down in `api.txt`: every parameter, every field of a
//! body and every field of a reply has its place here, with its type, and nothing is required or shown beyond it. What
//! differs on purpose is listed with its reason.

use std::collections::{BTreeMap, BTreeSet};

use pipefit::component::{
    Action, Effect, Filter, FilterValues, Input, Inputs, Kind, ListEndpoint, Output, Role, Sorting, schema,
};
use pipefit::runner::scopes;
use pipefit::{Catalog, Unit};
use serde_json::{Value, json};

const FACTS: &str = include_str!("api.txt");

/// Where requests and replies differ from the description: action, name, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("createAppointment", "technicianIds", "one id, sent as a list; several are additional fields"),
    ("createInstalledEquipmentAttachment", "file", "a form has no part that may be missing"),
    ("createInstalledEquipmentAttachment", "fileName", "the name of the file in the form"),
    ("listInstalledEquipmentAttachments", "path", "without it there is no file to download"),
    ("listCustomersContact", "customerIds", "the one customer of the input"),
    ("listCustomersContact", "data[].customerId", "only the list of all customers' contacts has it"),
    ("updateCustomer", "address.latitude", "the API does without"),
    ("updateCustomer", "address.longitude", "the API does without"),
    ("updateCustomer", "address.unit", "a form cannot give empty text, which the runner adds"),
    ("updateBooking", "address.unit", "a form cannot give empty text, which the runner adds"),
    ("updateLocation", "address.unit", "a form cannot give empty text, which the runner adds"),
    ("updateLocation", "address.latitude", "null is the same as no latitude"),
    ("updateLocation", "address.longitude", "null is the same as no longitude"),
    ("updateCustomer", "locations", "the documentation of the component shows them"),
    ("updateCustomer", "contacts", "the documentation of the component shows them"),
];

/// What one name in a request or a reply is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    kind: String,
    required: bool,
    /// `None` if null means that there is no value.
    nullable: Option<bool>,
    longest: Option<u64>,
}

type Fields = BTreeMap<String, Field>;

/// An operation of the API: the facts by their place, `query`, `body`, `reply` or `path`.
#[derive(Default)]
struct Operation {
    line: &'static str,
    scope: &'static str,
    query: BTreeMap<&'static str, &'static str>,
    places: BTreeMap<&'static str, Fields>,
}

impl Operation {
    fn of(&self, place: &str) -> Fields {
        self.places.get(place).cloned().unwrap_or_default()
    }
}

fn operations() -> BTreeMap<&'static str, Operation> {
    let mut operations: BTreeMap<&str, Operation> = BTreeMap::new();
    let mut action = "";
    for line in FACTS.lines().filter(|line| !line.starts_with('#')) {
        let Some(fact) = line.strip_prefix("  ") else {
            let (name, rest) = line.split_once(' ').unwrap();
            action = name;
            operations.entry(action).or_default().line = rest;
            continue;
        };
        let operation = operations.get_mut(action).unwrap();
        let (place, fact) = fact.split_once(' ').unwrap();
        if place == "scope" {
            operation.scope = fact;
            continue;
        }
        let (name, kind) = fact.split_once(' ').unwrap();
        if place == "query" {
            operation.query.insert(name, kind);
        }
        operation.places.entry(place).or_default().insert(name.to_owned(), field(kind));
    }
    operations
}

fn field(fact: &str) -> Field {
    let mut words = fact.split(' ');
    let kind = match words.next().unwrap() {
        "int64" | "int32" => "integer".to_owned(),
        "decimal" | "double" => "number".to_owned(),
        "enum" => sorted(words.next().unwrap().split('|')),
        // Such as `08:30:00`.
        "duration" => "string".to_owned(),
        other => other.to_owned(),
    };
    let limits: BTreeSet<_> = words.collect();
    let longest = limits.iter().find_map(|limit| limit.strip_prefix("max-length=")?.parse().ok());
    Field { kind, required: limits.contains("required"), nullable: Some(limits.contains("nullable")), longest }
}

fn sorted<'a>(choices: impl Iterator<Item = &'a str>) -> String {
    let choices: BTreeSet<_> = choices.filter(|choice| !choice.is_empty()).collect();
    choices.into_iter().collect::<Vec<_>>().join("|")
}

/// Adds what a schema describes, and the fields inside it.
fn flatten(schema: &Value, name: &str, required: bool, into: &mut Fields) {
    let none = json!({"type": "null"});
    let branches = schema["anyOf"].as_array().filter(|branches| branches.contains(&none));
    let one = schema::inside(schema);
    let types: Vec<_> = match &one["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        single => single.as_str().into_iter().collect(),
    };
    let nullable = branches.is_some() || types.contains(&"null");
    if types.contains(&"array") {
        let inner = format!("{name}[]");
        flatten(&one["items"], &inner, required, into);
        into.entry(inner).and_modify(|list| list.nullable = Some(nullable));
        return;
    }
    let longest = one["maxLength"].as_u64();
    into.insert(name.to_owned(), Field { kind: kind_of(one, &types), required, nullable: Some(nullable), longest });
    flatten_members(one, &format!("{name}."), into);
}

fn flatten_members(schema: &Value, prefix: &str, into: &mut Fields) {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (member, inner) in schema["properties"].as_object().into_iter().flatten() {
        flatten(inner, &format!("{prefix}{member}"), required.contains(&json!(member)), into);
    }
}

fn kind_of(schema: &Value, types: &[&str]) -> String {
    let named = schema["oneOf"].as_array().into_iter().flatten().filter_map(|choice| choice["const"].as_str());
    let choices = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).chain(named);
    let choices = sorted(choices);
    if !choices.is_empty() {
        return if choices == "false|true" { "boolean".to_owned() } else { choices };
    }
    let accepts = |text: &str| jsonschema::is_valid(schema, &json!(text));
    let kind = match (types.first(), schema["format"].as_str().or_else(|| schema["x-format"].as_str())) {
        (Some(&"string"), Some("uuid")) => "guid",
        (Some(&"string"), Some(format)) => format,
        (Some(&"string"), None) if accepts("text") || schema.get("pattern").is_none() => "string",
        (Some(&"string"), None) if accepts("-1.50") => "number",
        (Some(&"string"), None) if accepts("-9223372036854775808") && !accepts("1.5") => "integer",
        (Some(other), _) => other,
        (None, _) => "any",
    };
    kind.to_owned()
}

/// The fields of a body: inputs by the names that they are sent under, and additional fields.
fn body_of(action: &dyn Action, in_path: &Fields) -> Fields {
    let schema = Value::Object(schema::of_inputs(action.inputs(), Effect::Read));
    let mut fields = Fields::new();
    for input in action.inputs() {
        let described = &schema["properties"][input.key];
        match input.role {
            Role::Request if input.kind == Kind::File => {
                let file = Field { kind: "binary".to_owned(), required: true, nullable: None, longest: None };
                fields.insert(input.key.to_owned(), file);
            }
            Role::Request if !in_path.contains_key(input.key) => {
                let mut inner = Fields::new();
                flatten(described, input.sent_field(), is_required(&schema, input), &mut inner);
                let top = |name: &str| name.strip_suffix("[]").unwrap_or(name) == input.sent_field();
                inner.iter_mut().filter(|(name, _)| top(name)).for_each(|(_, field)| field.nullable = None);
                fields.extend(inner);
            }
            Role::AdditionalFields => flatten_members(schema::inside(described), "", &mut fields),
            _ => {}
        }
    }
    fields
}

/// Whether a value must be given: what has a choice for none does not.
fn is_required(schema: &Value, input: &Input) -> bool {
    schema["required"].as_array().is_some_and(|required| required.contains(&json!(input.key)))
}

/// Where a unit is not as described.
struct Offence {
    action: &'static str,
    name: String,
    text: String,
}

impl Offence {
    fn is_of(&self, (action, name, _): &(&str, &str, &str)) -> bool {
        let rest = self.name.strip_prefix(name);
        self.action == *action && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }
}

/// Fails with every offence that is not among the differences.
fn check(offences: &[Offence]) {
    let texts = offences.iter().filter(|offence| !DIFFERENCES.iter().any(|difference| offence.is_of(difference)));
    let texts: Vec<_> = texts.map(|offence| format!("{} {}", offence.action, offence.text)).collect();
    assert!(texts.is_empty(), "{texts:#?}");
}

/// Compares what is found with what is described.
fn compare(action: &'static str, place: &str, found: &Fields, described: &Fields, offences: &mut Vec<Offence>) {
    for name in found.keys().chain(described.keys()).collect::<BTreeSet<_>>() {
        let (found, described) = (found.get(name), described.get(name));
        let same = match (found, described) {
            (Some(found), Some(described)) => {
                // New values may be added to what a service sends, and strict readers would break.
                let text = place == "reply" && found.kind == "string" && described.kind.contains('|');
                (found.kind == described.kind || text)
                    && found.required == described.required
                    && found.nullable.is_none_or(|nullable| Some(nullable) == described.nullable)
                    && found.longest == described.longest
            }
            _ => false,
        };
        if !same {
            let text = format!("{place} {name}: {found:?}, described as {described:?}");
            offences.push(Offence { action, name: name.clone(), text });
        }
    }
}

fn actions() -> impl Iterator<Item = (&'static str, &'static dyn Action)> {
    let units = Catalog::registered().units().to_vec();
    units.into_iter().filter_map(|entry| match entry.unit {
        Unit::Action(action) if action.about().key != "rawRequest" => Some((action.about().key, action)),
        _ => None,
    })
}

#[test]
fn every_described_operation_is_requested_as_described() {
    let operations = operations();
    let keys: BTreeSet<_> = actions().map(|(key, _)| key).collect();
    let missing: Vec<_> = operations.keys().filter(|key| !key.contains(':') && !keys.contains(**key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for (key, action) in actions() {
        // Without its file, an upload is not built.
        let (Some(operation), Ok(request)) = (operations.get(key), action.request(Inputs::default())) else { continue };
        assert_eq!(request.line(), operation.line, "{key}");
    }
}

#[test]
fn every_described_operation_needs_the_described_scope() {
    let operations = operations();
    for (key, action) in actions() {
        let Some(operation) = operations.get(key) else { continue };
        let scopes = scopes::of_unit(Unit::Action(action));
        assert_eq!(scopes.iter().map(String::as_str).collect::<Vec<_>>(), [operation.scope], "{key}");
    }
}

#[test]
fn bodies_have_the_described_fields() {
    check(&bodies());
}

#[test]
fn replies_have_the_described_fields() {
    check(&replies());
}

#[test]
fn no_reply_limits_its_numbers() {
    for (key, action) in actions() {
        let schema = Value::Object(schema::of_output(action.output())).to_string();
        assert!(!schema.contains("\"minimum\"") && !schema.contains("\"maximum\""), "{key}: {schema}");
    }
}

#[test]
fn queries_have_the_described_parameters() {
    check(&queries());
}

#[test]
fn every_listed_difference_is_one() {
    let offences: Vec<_> = [bodies(), replies(), queries()].into_iter().flatten().collect();
    for difference in DIFFERENCES {
        assert!(offences.iter().any(|offence| offence.is_of(difference)), "{difference:?} is as described");
    }
}

fn bodies() -> Vec<Offence> {
    let operations = operations();
    let mut offences = Vec::new();
    for (key, action) in actions() {
        let Some(operation) = operations.get(key).filter(|operation| operation.places.contains_key("body")) else {
            continue;
        };
        compare(key, "body", &body_of(action, &operation.of("path")), &operation.of("body"), &mut offences);
    }
    offences
}

fn replies() -> Vec<Offence> {
    let operations = operations();
    let mut offences = Vec::new();
    for (key, action) in actions().filter(|(_, action)| !matches!(action.output(), Output::File)) {
        let Some(operation) = operations.get(key) else { continue };
        let schema = Value::Object(schema::of_output(action.output()));
        let mut found = Fields::new();
        match action.output() {
            Output::Value(_) => flatten(&schema, ".", false, &mut found),
            _ => flatten_members(&schema, "", &mut found),
        }
        compare(key, "reply", &found, &operation.of("reply"), &mut offences);
    }
    offences
}

fn queries() -> Vec<Offence> {
    let operations = operations();
    let mut offences = Vec::new();
    for (key, action) in actions() {
        let Some(operation) = operations.get(key).filter(|operation| !operation.places.contains_key("body")) else {
            continue;
        };
        let mut offence = |name: &str, text: String| {
            offences.push(Offence { action: key, name: name.to_owned(), text: format!("query {name}: {text}") });
        };
        let mut described = operation.query.clone();
        described.extend(operations.get(format!("{key}:changed").as_str()).into_iter().flat_map(|all| &all.query));
        let path = operation.of("path");
        let schema = Value::Object(schema::of_inputs(action.inputs(), Effect::Read));
        let list = action.request(Inputs::default()).ok().and_then(|request| request.list);
        let filters: Vec<_> = action.inputs().iter().flat_map(|input| input.filters).collect();
        let mut found: BTreeSet<String> = filters.iter().map(|filter| name_of(filter)).collect();
        for filter in filters {
            let fact = described.get(name_of(filter).as_str()).copied().unwrap_or_default();
            let pairs = schema::inside(&schema["properties"]["customQueryParams"]);
            let offered = pairs["items"]["properties"]["key"].to_string();
            let help = schema["properties"]["customQueryParams"]["description"].to_string();
            let is_offered = offered.contains(filter.name) && help.contains(&format!("`{}", filter.name));
            if !is_filter(filter, fact) || !is_offered {
                offence(filter.name, format!("{filter:?}, described as `{fact}`, offered by {offered}"));
            }
        }
        for input in action.inputs().iter().filter(|input| input.role == Role::Request && input.filters.is_empty()) {
            let name = input.sent_field();
            found.insert(name.to_owned());
            let mut own = Fields::new();
            flatten(&schema["properties"][input.key], "", is_required(&schema, input), &mut own);
            let own = &own[""];
            match described.get(name).copied().map(field) {
                _ if path.contains_key(name) => {
                    if own.kind != "integer" || !own.required {
                        offence(name, format!("{own:?} in the path"));
                    }
                }
                Some(fact) if fact.kind == own.kind && fact.required == own.required => {}
                // What the API does not sort, the runtime does.
                None if list.is_some_and(|list| list.sorting == Sorting::Local { parameter: name }) => {}
                fact => offence(name, format!("{own:?}, described as {fact:?}")),
            }
        }
        for name in described.keys().filter(|name| !found.contains(**name)) {
            offence(name, "no way in".to_owned());
        }
        let by = |list: &&ListEndpoint| matches!(list.sorting, Sorting::ByService { parameter: "sort", .. });
        if let (Some(fact), Some(list)) = (described.get("sort"), list.filter(by)) {
            let fields = fact.split(' ').find_map(|limit| limit.strip_prefix("fields=")).unwrap_or_default();
            let declared = sorted(list.sort_fields.iter().copied());
            if sorted(fields.split('|')) != declared {
                offence("sort", format!("by {declared}, described as `{fields}`"));
            }
        }
    }
    offences
}

/// The name of a filter, as the description writes it.
fn name_of(filter: &Filter) -> String {
    let map = if filter.values == FilterValues::Named { "{}" } else { "" };
    format!("{}{map}", filter.name)
}

fn is_filter(filter: &Filter, fact: &str) -> bool {
    let (repeated, joined) = (fact.ends_with(" repeated"), fact.contains(" comma-list"));
    let kind = match filter.kind {
        Kind::Id => "int64",
        Kind::Integer => "int32",
        Kind::Decimal if fact.starts_with("double") => "double",
        Kind::Decimal => "decimal",
        Kind::Flag => "boolean",
        Kind::Timestamp => "date-time",
        Kind::Guid => "guid",
        _ if filter.choices.is_empty() => "string",
        _ => "enum",
    };
    fact.split(' ').next() == Some(kind)
        && repeated == (filter.values == FilterValues::Repeated)
        && (!joined || filter.values == FilterValues::Joined)
        && (filter.choices.is_empty() || sorted(filter.choices.iter().copied()) == field(fact).kind)
}

#[test]
fn what_a_list_is_filtered_by_is_among_its_filters() {
    let mut offences = Vec::new();
    let lists = actions().filter_map(|(key, action)| Some((key, action.request(Inputs::default()).ok()?.list?)));
    for (key, list) in lists {
        let names = [list.ids, list.search, list.including_inactive.map(|(name, _)| name)];
        for name in names.into_iter().flatten() {
            if !list.filters.iter().any(|filter| filter.name == name) {
                offences.push(format!("{key}: `{name}` is not among its filters"));
            }
        }
        if let Some((name, value)) = list.including_inactive {
            let filter = list.filters.iter().find(|filter| filter.name == name);
            if !filter.is_some_and(|filter| filter.choices.contains(&value)) {
                offences.push(format!("{key}: `{value}` is not a value of `{name}`"));
            }
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
}
