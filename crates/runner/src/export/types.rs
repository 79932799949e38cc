//! The types of all units in one schema, for code generators.
//!
//! Generators make a type of every title and of every object that stands inside another. Here nothing has a title, each
//! object stands once under a name that a person would give it, and what only validates is left out.

use std::collections::BTreeSet;

use pipefit_component::{Collection, Component, Effect, Kind, Output, PageRole, Registered, UnitKind, schema};
use serde_json::{Map, Value, json};

/// Collects the named types of a component.
#[derive(Default)]
pub(crate) struct Types {
    definitions: Map<String, Value>,
    connection: Value,
    units: Map<String, Value>,
    /// The names that are kept for the records of replies.
    records: BTreeSet<String>,
}

/// The record of a reply.
#[derive(Clone, Copy)]
struct Returned<'a> {
    name: &'a str,
    /// The member of a page that has the records; empty if the reply is no page.
    records: &'a str,
    /// Distinguishes what one unit returns from what others return.
    prefix: &'static str,
}

/// Where a schema stands, for the names of what is inside it.
struct Place<'a> {
    /// The schema that references lead into.
    root: &'a Value,
    /// The name of the type that it is inside.
    parent: &'a str,
    /// What the type is called, if no other type has that name.
    name: String,
    /// Whether it is an item of a list that has the same name.
    item: bool,
    /// The record of the reply; `None` in inputs.
    record: Option<Returned<'a>>,
}

impl Types {
    /// Keeps the names of records for the replies of these units.
    pub(crate) fn of(units: &[&Registered]) -> Self {
        Self { records: units.iter().map(|entry| record_of(entry)).collect(), ..Self::default() }
    }

    /// Adds the fields of a connection.
    pub(crate) fn add_connection(&mut self, component: &Component, fields: &Value) {
        let name = format!("{}Fields", pascal(component.connection.key()));
        self.connection = self.add(&name, fields, None);
    }

    /// Adds the inputs of a unit.
    pub(crate) fn add_inputs(&mut self, entry: &Registered, mut inputs: Value) {
        let key = entry.unit.about().key;
        for input in entry.unit.all_inputs() {
            let schema = &mut inputs["properties"][input.key];
            match (input.collection, input.kind) {
                // The choices of a flag are for forms.
                (Collection::One, Kind::Flag) => {
                    *schema = json!({"type": "boolean", "description": schema["description"]});
                }
                // The names of filters only validate.
                (Collection::Pairs, _) if schema["allOf"].is_array() => {
                    schema["allOf"][0]["items"]["properties"]["key"] = json!({"type": "string"});
                }
                (Collection::Pairs, _) => schema["items"]["properties"]["key"] = json!({"type": "string"}),
                _ => {}
            }
        }
        let inputs = self.add(&format!("{}Inputs", pascal(key)), &inputs, None);
        self.units.insert(key.to_owned(), closed([("inputs".to_owned(), inputs)]));
    }

    /// Adds the reply of a unit whose inputs were added.
    pub(crate) fn add_reply(&mut self, entry: &Registered, output: Output, reply: &Value) {
        let about = entry.unit.about();
        let name = record_of(entry);
        let records = match output {
            Output::Page(list) => list.layout.name_of(PageRole::Records).unwrap_or_default(),
            _ => "",
        };
        let records = records.rsplit('.').next().unwrap_or_default();
        let prefix = match about.effect {
            Effect::Create => "Created",
            Effect::Update => "Updated",
            _ => "Returned",
        };
        let record = Returned { name: &name, records, prefix };
        let reply = self.add(&format!("{}Reply", pascal(about.key)), reply, Some(record));
        if let Some(unit) = self.units.get_mut(about.key) {
            unit["properties"]["reply"] = reply;
            unit["required"] = json!(["inputs", "reply"]);
        }
    }

    /// Returns the schema of an object with the connection, and with the inputs and the reply of each unit.
    pub(crate) fn finish(mut self, component: &Component) -> Value {
        self.definitions.sort_keys();
        self.units.sort_keys();
        let mut whole = closed([("connection".to_owned(), self.connection), ("units".to_owned(), closed(self.units))]);
        whole["$schema"] = json!(schema::DIALECT);
        whole["title"] = json!(pascal(component.label));
        whole["description"] =
            json!("The fields of a connection, and the inputs and replies of all units, for code generators.");
        whole["definitions"] = json!(self.definitions);
        whole
    }

    fn add(&mut self, name: &str, root: &Value, record: Option<Returned<'_>>) -> Value {
        let place = Place { root, parent: "", name: name.to_owned(), item: false, record };
        let found = self.reduce(root, &place);
        self.describe(&found, root);
        found
    }

    /// Gives the type that a reference leads to the description of its schema.
    fn describe(&mut self, reference: &Value, schema: &Value) {
        let name = reference["$ref"].as_str().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
        if let (Some(text), Some(definition)) = (schema["description"].as_str(), self.definitions.get_mut(name)) {
            definition["description"] = json!(text);
        }
    }

    /// Returns a schema with nothing but its types, and defines the objects in it.
    fn reduce(&mut self, schema: &Value, place: &Place<'_>) -> Value {
        let schema = unwrapped(schema);
        if let Some(reference) = schema["$ref"].as_str() {
            let target = reference.strip_prefix('#').and_then(|pointer| place.root.pointer(pointer));
            let name = reference.rsplit('/').next().unwrap_or_default().to_owned();
            let target = target.unwrap_or(&Value::Null);
            let reduced = self.reduce(target, &Place { name, item: false, ..*place });
            self.describe(&reduced, target);
            return reduced;
        }
        if let Some(values) = constants(schema) {
            if values.iter().filter_map(Value::as_str).eq(schema::FLAG_CHOICES) {
                let null = values.contains(&Value::Null).then(|| json!({"type": "null"}));
                return any_of(std::iter::once(json!({"type": "boolean"})).chain(null).collect());
            }
            return self.choice(values, place);
        }
        let branches = ["anyOf", "oneOf", "allOf"].into_iter().find_map(|key| schema[key].as_array());
        if let Some(branches) = branches.filter(|_| schema.get("properties").is_none()) {
            let branches: Vec<_> = branches.iter().map(|branch| self.reduce(branch, &place.here())).collect();
            // Branches without types only validate.
            if branches.iter().all(|branch| *branch != json!({})) {
                return any_of(branches);
            }
        }
        let types: Vec<_> = match &schema["type"] {
            Value::Array(types) => types.iter().collect(),
            Value::Null => Vec::new(),
            one => vec![one],
        };
        any_of(types.into_iter().map(|kind| self.of_type(kind, schema, place)).collect())
    }

    fn of_type(&mut self, kind: &Value, schema: &Value, place: &Place<'_>) -> Value {
        match kind.as_str() {
            Some("object") if schema["properties"].is_object() => self.object(schema, place),
            Some("array") if schema["items"].is_object() => {
                let name = singular(&place.name);
                let items = self.reduce(&schema["items"], &Place { item: name == place.name, name, ..*place });
                json!({"type": "array", "items": items})
            }
            Some("string") => match schema.get("format").or_else(|| schema.get("x-format")) {
                Some(format) => json!({"type": "string", "format": format}),
                None => json!({"type": "string"}),
            },
            _ => json!({"type": kind}),
        }
    }

    fn object(&mut self, schema: &Value, place: &Place<'_>) -> Value {
        let mut properties = Map::new();
        for (key, member) in schema["properties"].as_object().into_iter().flatten() {
            let name = match place.record {
                Some(Returned { name, records: "", .. }) if place.parent.is_empty() && key == "data" => name.to_owned(),
                Some(record) if place.parent.is_empty() && key == "data" => format!("{}Page", record.name),
                Some(record) if key == record.records && place.name.ends_with("Page") => record.name.to_owned(),
                _ => pascal(key),
            };
            let inside = Place { parent: &place.name, name, item: false, ..*place };
            let mut reduced = self.reduce(member, &inside);
            // Beside a reference, it would make another type of it.
            if let Some(text) = member.get("description").filter(|_| reduced.get("$ref").is_none()) {
                reduced["description"] = text.clone();
            }
            properties.insert(key.clone(), reduced);
        }
        let mut object = json!({"type": "object", "properties": properties});
        for key in ["required", "additionalProperties"] {
            if let Some(value) = schema.get(key).filter(|value| !value.is_object()) {
                object[key] = value.clone();
            }
        }
        self.define(object, place)
    }

    fn choice(&mut self, values: Vec<Value>, place: &Place<'_>) -> Value {
        let (null, values): (Vec<_>, Vec<_>) = values.into_iter().partition(Value::is_null);
        // Blank text is no value.
        let values: Vec<_> = values.into_iter().filter(|value| value != "").collect();
        let inside_unit = place.parent.ends_with("Inputs");
        let name = if inside_unit { place.name.clone() } else { format!("{}{}", place.parent, place.name) };
        let choice = self.define(json!({"type": "string", "enum": values}), &Place { name, item: false, ..*place });
        any_of(std::iter::once(choice).chain(null.first().map(|_| json!({"type": "null"}))).collect())
    }

    /// Returns the name of a type. The first of its names counts that no other type has.
    fn define(&mut self, schema: Value, place: &Place<'_>) -> Value {
        let Place { name, parent, .. } = place;
        let parent = parent.strip_suffix("Inputs").or_else(|| parent.strip_suffix("Reply")).unwrap_or(parent);
        let reserved = self.records.contains(name);
        let names = [
            (!reserved || place.is_record()).then(|| name.clone()),
            place.item.then(|| format!("{name}Item")),
            place.record.filter(|_| place.is_record()).map(|record| format!("{}{name}", record.prefix)),
            place.record.filter(|_| !reserved).map(|_| format!("Returned{name}")),
            Some(format!("{parent}{name}")),
            place.record.map(|record| format!("{}{parent}{name}", record.prefix)),
        ];
        let numbered = (2_u32..).map(|number| format!("{parent}{name}{number}"));
        let form = undescribed(&schema);
        let free = |name: &String| self.definitions.get(name).is_none_or(|other| undescribed(other) == form);
        let name = names.into_iter().flatten().chain(numbered).find(free).unwrap_or_default();
        let reference = json!({"$ref": format!("#/definitions/{name}")});
        self.definitions.entry(&name).or_insert(schema);
        reference
    }
}

impl Place<'_> {
    fn here(&self) -> Place<'_> {
        Place { name: self.name.clone(), ..*self }
    }

    /// Whether the record of a reply stands here.
    fn is_record(&self) -> bool {
        self.record.is_some_and(|record| record.name == self.name)
    }
}

/// Returns the schema of an optional list or group without the wrapper that keeps forms from filling it.
fn unwrapped(schema: &Value) -> &Value {
    let is_wrapper = schema["anyOf"][0]["type"] == "null" || (schema["allOf"].is_array() && schema["type"].is_null());
    if is_wrapper { schema::inside(schema) } else { schema }
}

/// Returns the values of a choice.
fn constants(schema: &Value) -> Option<Vec<Value>> {
    let named = schema["oneOf"].as_array().and_then(|all| all.iter().map(|one| one.get("const").cloned()).collect());
    named.or_else(|| schema["enum"].as_array().cloned()).or_else(|| schema.get("const").map(|one| vec![one.clone()]))
}

/// Joins schemas. Scalars become one list of types, which generators read best.
fn any_of(branches: Vec<Value>) -> Value {
    let mut distinct: Vec<Value> = Vec::new();
    for branch in branches {
        if !distinct.contains(&branch) {
            distinct.push(branch);
        }
    }
    match distinct.as_slice() {
        [] => json!({}),
        [one] => one.clone(),
        [one, null] if *null == json!({"type": "null"}) && one["type"].is_string() && one.get("enum").is_none() => {
            let mut one = one.clone();
            one["type"] = json!([one["type"], "null"]);
            one
        }
        _ => json!({"anyOf": distinct}),
    }
}

/// Returns the schema of an object with these members, all of them required.
fn closed(members: impl IntoIterator<Item = (String, Value)>) -> Value {
    let members: Map<_, _> = members.into_iter().collect();
    let required: Vec<_> = members.keys().collect();
    json!({"type": "object", "required": required, "additionalProperties": false, "properties": members})
}

fn undescribed(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let kept = members.iter().filter(|(key, value)| *key != "description" || !value.is_string());
            kept.map(|(key, value)| (key.clone(), undescribed(value))).collect()
        }
        Value::Array(items) => items.iter().map(undescribed).collect(),
        other => other.clone(),
    }
}

/// Returns the name of the record that a unit returns.
fn record_of(entry: &Registered) -> String {
    match entry.unit.kind() {
        UnitKind::Trigger => "Changes".to_owned(),
        _ => singular(&pascal(entry.unit.about().resource.label)),
    }
}

/// Converts a key or a label to the name of a type: `createJob` to `CreateJob`.
pub(super) fn pascal(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let capitalized = words.map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    });
    capitalized.collect()
}

/// Returns the name of one item of a list.
fn singular(name: &str) -> String {
    match name {
        _ if name.ends_with("ss") => name.to_owned(),
        _ if name.ends_with("ies") => format!("{}y", &name[..name.len() - 3]),
        _ if name.ends_with("sses") || name.ends_with("xes") => name[..name.len() - 2].to_owned(),
        _ => name.strip_suffix('s').unwrap_or(name).to_owned(),
    }
}
