//! Plain inputs are accepted without their schema, and only what their schema accepts.

use jsonschema::Validator;
use pipefit::Catalog;
use pipefit::component::inputs::plain::{are_surely_valid, needs_schema};
use pipefit::component::schema::{of_inputs, with_formats};
use pipefit::component::{CONNECTION, Collection, Effect, Input, Inputs, Kind, coerce};
use serde_json::{Map, Value, json};

use crate::fuzzing::cases::draw::Draw;
use crate::fuzzing::cases::values;
use crate::support::{connection, merged, sample_of};

/// How many values are drawn for each input.
const DRAWS: u64 = 40;

/// Texts that are right for some kind of value, or nearly, with a bar between them.
const TEXTS: &[&str] = &[
    "| |\n|text| text |\u{feff}|true|TRUE|yes|f|maybe|null|{|{}|[]|[1]|{\"a\": 1}",
    "0|-0|+1|01|1 |7|1.0|1.|.5|-.5|1e5|1E5|1e+5|1e-999|1e1000|-12.50e3|0.10|00.1|1,5|1_000|0x10|٣|NaN",
    "2147483647|2147483648|9223372036854775807|9223372036854775808|-9223372036854775808|-9223372036854775809",
    "2026-01-31|2026-02-29|2024-02-29|2026-13-01|2026-00-10|2026-01-00|0000-01-01|9999-12-31|10000-01-01|20260131",
    "-000001-01-01|-009999-01-02|+002026-01-31|2026-1-31|2026-W05-6|2026-01-31\n|2026-01-31 09:00|2026-01-31T09Z",
    "2026-01-31T00:00:00Z|2026-01-31T09:00:00.125Z|2026-01-31T09:00:00.120Z|2026-01-31T09:00:00.123456789Z",
    "2026-01-31T23:59:60Z|2026-01-31T23:59:61Z|2026-01-31T24:00:00Z|2026-01-31T09:60:00Z|2026-01-31T09:00:00,5Z",
    "2026-01-31T09:00:00.1234567891Z|2026-01-31T09:00:00+02:00|2026-01-31T09:00:00+24:00|2026-02-30T09:00:00Z",
    "0000-01-01T00:00:00Z|9999-12-30T22:00:00Z|9999-12-31T23:59:59.999999999Z|-009999-01-02T01:59:59Z",
    "6b29fc40-ca47-1067-b31d-00dd010662da|6B29FC40-CA47-1067-B31D-00DD010662DA|6b29fc40ca471067b31d00dd010662da",
    "{6b29fc40-ca47-1067-b31d-00dd010662da}|00000000-0000-0000-0000-000000000000|------------------------------------",
];

/// Inputs that are validated together, with sample values.
struct Form {
    name: String,
    declared: Vec<&'static Input>,
    samples: [Map<String, Value>; 2],
    schema: Value,
    validator: Validator,
}

impl Form {
    fn new(name: &str, declared: Vec<&'static Input>, samples: [&Value; 2]) -> Self {
        let schema = Value::Object(of_inputs(declared.iter().copied(), Effect::Read));
        let validator =
            jsonschema::options().should_validate_formats(true).build(&with_formats(schema.clone())).unwrap();
        let samples = samples.map(|sample| sample.as_object().unwrap().clone());
        Self { name: name.to_owned(), declared, samples, schema, validator }
    }

    /// Whether these coerced values are accepted without the schema. Fails if the schema refuses them.
    fn accepts_coerced(&self, coerced: Map<String, Value>) -> bool {
        let are_valid = are_surely_valid(&self.declared, Input::must_be_given, &coerced);
        let coerced = Value::Object(coerced);
        assert!(!are_valid || self.validator.is_valid(&coerced), "{}: the schema refuses {coerced}", self.name);
        are_valid
    }

    /// Whether these values are accepted without the schema. Fails if the schema refuses them, or if they are read in
    /// another way with it.
    fn accepts(&self, given: &Map<String, Value>) -> bool {
        // As if coercion had left them so.
        self.accepts_coerced(given.clone());
        if needs_schema(&self.declared, given) {
            return false;
        }
        let (coerced, issues) = coerce(&self.declared, &Value::Null, given.clone());
        let are_accepted = issues.is_empty() && self.accepts_coerced(coerced);
        assert!(!are_accepted || self.read_by(&Value::Null, given) == self.read_by(&self.schema, given), "{given:?}");
        are_accepted
    }

    fn read_by(&self, schema: &Value, given: &Map<String, Value>) -> Vec<(String, Value)> {
        let (coerced, _) = coerce(&self.declared, schema, given.clone());
        let inputs = Inputs::read_by(&self.declared, schema, coerced).unwrap();
        inputs.iter().map(|(_, field, value)| (field.to_owned(), value.clone())).collect()
    }
}

/// The inputs of each unit, and the fields of each connection.
fn forms() -> Vec<Form> {
    let catalog = Catalog::registered();
    let of_connections = catalog.components().into_iter().map(|component| {
        let fields = &connection()["fields"];
        Form::new(component.connection.key(), component.connection.inputs().iter().collect(), [fields, fields])
    });
    let of_units = catalog.units().iter().map(|entry| {
        let sample = sample_of(entry);
        let named = json!({CONNECTION.key: "main"});
        let [required, all] = [&sample.required, &sample.all].map(|inputs| merged(&[inputs, &named]));
        Form::new(entry.unit.about().key, entry.unit.all_inputs(), [&required, &all])
    });
    of_connections.chain(of_units).collect()
}

/// Values that are right for some input, nearly right, or wrong for all.
fn values_for(input: &Input, random: &mut fastrand::Rng) -> Vec<Value> {
    let (min, max) = (u64::from(input.range.0), u64::from(input.range.1));
    let limits = [min, min.wrapping_sub(1), max, max + 1];
    let choices = input.choices.iter().flat_map(|choice| [choice.value, choice.label]);
    let texts = || TEXTS.iter().flat_map(|row| row.split('|'));
    let nearly: Vec<_> = texts().map(|text| nearly(text, random)).collect();
    let texts = texts().chain(choices).map(str::to_owned).chain(nearly);
    let mut values: Vec<Value> = texts.flat_map(|text| [text.to_uppercase().into(), text.into()]).collect();
    values.extend(limits.iter().flat_map(|&limit| [limit.into(), limit.to_string().into()]));
    values.extend((0..DRAWS).map(|_| values::any_json(&mut Draw::of(random.u64(..)))));
    let numbers = ["-1", "1.0", "1e2", "1.5", "-0", "1e400", "99999999999999999999"];
    values.extend(numbers.iter().filter_map(|number| serde_json::from_str(number).ok()));
    values.extend([
        json!(null),
        json!(true),
        json!(false),
        json!([]),
        json!({}),
        json!([[]]),
        json!([null]),
        json!([""]),
    ]);
    values.extend([connection(), json!({"key": "a", "value": "b"}), json!([{"key": "a", "value": "b"}])]);
    if input.collection == Collection::Values {
        let lists: Vec<_> = values.windows(2).map(|some| json!(some)).collect();
        values.extend(lists);
    }
    values
}

/// Replaces, removes or adds one character of a text.
fn nearly(text: &str, random: &mut fastrand::Rng) -> String {
    const OTHERS: [char; 18] =
        ['0', '1', '3', '9', '-', '+', '.', ':', 'e', 'E', 'a', 'F', 'T', 'Z', 'z', ' ', '\n', '\u{e9}'];
    let mut characters: Vec<char> = text.chars().collect();
    let at = random.usize(..=characters.len());
    let end = (at + random.usize(..2)).min(characters.len());
    let other = random.choice(OTHERS).filter(|_| random.bool());
    characters.splice(at..end, other);
    characters.into_iter().collect()
}

#[test]
fn what_is_accepted_without_the_schema_is_accepted_by_it() {
    let mut random = fastrand::Rng::with_seed(1);
    let mut accepted = 0;
    for form in forms() {
        let required = &form.samples[0];
        for &input in &form.declared {
            let mut inputs = required.clone();
            inputs.remove(input.key);
            form.accepts(&inputs);
            for value in values_for(input, &mut random) {
                inputs.insert(input.key.to_owned(), value);
                accepted += u32::from(form.accepts(&inputs));
            }
        }
        let mut inputs = required.clone();
        inputs.insert("unknown".to_owned(), "text".into());
        assert!(!form.accepts(&inputs), "{}", form.name);
    }
    assert!(accepted > 10_000, "only {accepted} were accepted");
}

#[test]
fn usual_inputs_need_no_schema() {
    for form in forms() {
        let is_plain = |input: &Input| {
            let is_scalar = !matches!(input.kind, Kind::Code | Kind::File | Kind::Any);
            input.shape.is_none() && input.collection != Collection::Pairs && is_scalar
        };
        for sample in &form.samples {
            let plain = form.declared.iter().filter(|input| is_plain(input) && sample.contains_key(input.key));
            let inputs: Map<_, _> = plain.map(|input| (input.key.to_owned(), sample[input.key].clone())).collect();
            let others = form.declared.iter().any(|input| !is_plain(input) && input.must_be_given());
            assert!(others || form.accepts(&inputs), "{}: {inputs:?}", form.name);
        }
    }
}
