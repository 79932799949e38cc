//! The declaration of one input.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use crate::{Effect, Filter, FilterValues, Kind, schema};

/// The declaration of one input.
///
/// Forms, schemas, validation, coercion and documentation are derived from it.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// Key in the `inputs` of an invocation, in lower camel case.
    pub key: &'static str,
    /// Name for people, in title case.
    pub label: &'static str,
    /// Meaning, and unit or format, in full sentences.
    pub help: &'static str,
    /// What happens if it is left out, if that does not follow from the effect of the unit.
    pub omitted: &'static str,
    /// What happens if it is left out of a unit that creates; left out of an update, the value is unchanged.
    pub omitted_on_create: &'static str,
    /// The type of a single value.
    pub kind: Kind,
    /// The smallest and the largest value of a count.
    pub range: (u32, u32),
    /// How many values there are.
    pub collection: Collection,
    /// Whether leaving it out is an error.
    pub required: bool,
    /// The value that is used if it is left out.
    pub default: Option<DefaultValue>,
    /// A placeholder for forms; never sent.
    pub example: Option<&'static str>,
    /// The name that it is sent under; `None` for its key.
    pub field: Option<&'static str>,
    /// The allowed values; empty if all values of the kind are allowed.
    pub choices: &'static [Choice],
    /// Whether the choices are suggestions: other values are allowed, too.
    pub open: bool,
    /// The filters that its pairs set; empty if it takes any pairs.
    pub filters: &'static [Filter],
    /// The key of the data source whose entries it takes.
    pub source: Option<&'static str>,
    /// The initial JSON text of an editor; never sent.
    pub template: Option<&'static str>,
    /// Generates the schema of a structured value.
    pub shape: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// Whether the value is masked in logs, errors and dry runs.
    pub secret: bool,
    /// Whether white space around text is dropped.
    pub trimmed: bool,
    /// Whether forms do not show it.
    pub hidden: bool,
    /// What the value is used for.
    pub role: Role,
}

/// The largest count that services accept: an integer of 32 bits.
const MAX_COUNT: u32 = i32::MAX.unsigned_abs();

/// How many values an input has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// One value.
    One,
    /// A list of values.
    Values,
    /// A list of pairs of key and value.
    Pairs,
}

impl Collection {
    /// The name in manifests; `None` for a single value.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::One => None,
            Self::Values => Some("valuelist"),
            Self::Pairs => Some("keyvaluelist"),
        }
    }
}

/// The default value of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultValue {
    /// A boolean.
    Flag(bool),
    /// Text; empty text means that there is no value.
    Text(&'static str),
}

/// One of the allowed values of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The value that is sent; empty for no value.
    pub value: &'static str,
    /// The text that is shown.
    pub label: &'static str,
}

/// The choice for no value.
pub const EMPTY: Choice = named("", "Empty");

/// The choices of a flag that may be left out.
pub const TRUE_OR_FALSE: &[Choice] = &[EMPTY, plain("true"), plain("false")];

/// A choice whose label is its value.
pub const fn plain(value: &'static str) -> Choice {
    named(value, value)
}

/// A choice with a label.
pub const fn named(value: &'static str, label: &'static str) -> Choice {
    Choice { value, label }
}

/// What an input is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The unit sends it to the service.
    Request,
    /// It is the connection to use.
    Connection,
    /// It is the URL of a host; ignored if the operator sets the hosts.
    Host,
    /// It is needed to get an access token; not required if the connection comes with one.
    Credential,
    /// It is the URL of the host that issues access tokens: both a host and a credential.
    TokenHost,
    /// It turns on logging of requests.
    Debug,
    /// It turns on reading of all pages.
    FetchAll,
    /// It filters a picklist.
    Picklist,
    /// It is an object whose members are sent as fields of the body.
    AdditionalFields,
}

impl Role {
    /// Whether it is ignored if the operator sets the hosts.
    pub fn is_host(self) -> bool {
        matches!(self, Self::Host | Self::TokenHost)
    }

    /// Whether it is not required if the connection comes with an access token.
    pub fn is_credential(self) -> bool {
        matches!(self, Self::Credential | Self::TokenHost)
    }
}

impl Input {
    const fn new(key: &'static str, label: &'static str, kind: Kind) -> Self {
        Self {
            key,
            label,
            help: "",
            omitted: "",
            omitted_on_create: "",
            kind,
            range: (0, MAX_COUNT),
            collection: Collection::One,
            required: false,
            default: None,
            example: None,
            field: None,
            choices: &[],
            open: false,
            filters: &[],
            source: None,
            template: None,
            shape: None,
            secret: matches!(kind, Kind::Password),
            trimmed: false,
            hidden: false,
            role: Role::Request,
        }
    }

    /// An input of one line of text.
    pub const fn text(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Text)
    }

    /// An input of several lines of text.
    pub const fn long_text(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::LongText)
    }

    /// An input of text that is never shown.
    pub const fn password(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Password)
    }

    /// The id of a record: an integer of 64 bits.
    pub const fn id(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Id)
    }

    /// A count: an integer from 0 to 2^31 - 1.
    pub const fn integer(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Integer)
    }

    /// An amount of money or a quantity: a number whose digits are preserved.
    pub const fn decimal(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Decimal)
    }

    /// A boolean.
    pub const fn flag(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Flag)
    }

    /// A date: `2026-01-31`.
    pub const fn date(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Date)
    }

    /// A date and time with a time zone (RFC 3339): `2026-01-31T09:00:00Z`.
    pub const fn timestamp(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Timestamp)
    }

    /// A UUID.
    pub const fn guid(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Guid)
    }

    /// A structured value: JSON, or text that contains JSON.
    pub const fn code(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Code)
    }

    /// Any JSON value; text is not parsed.
    pub const fn any(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Any)
    }

    /// A file.
    pub const fn file(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::File)
    }

    /// A part of a multipart form: text, or a file.
    pub const fn part(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Part)
    }

    /// A connection.
    pub const fn connection(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Connection).role(Role::Connection)
    }

    /// Sets the help: the meaning, and the unit or format, in full sentences.
    pub const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    /// Describes what happens if it is left out. Needed only if the default text is wrong: "None when left out" for
    /// units that create, "Unchanged when left out" for units that update.
    pub const fn omitted(self, omitted: &'static str) -> Self {
        Self { omitted, ..self }
    }

    /// Describes what happens if it is left out of a unit that creates. Needed only if it is not "None when left out".
    pub const fn omitted_on_create(self, omitted: &'static str) -> Self {
        Self { omitted_on_create: omitted, ..self }
    }

    /// Makes the input required.
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Sets the value that is used if it is left out; empty text means no value.
    pub const fn default(self, text: &'static str) -> Self {
        Self { default: Some(DefaultValue::Text(text)), ..self }
    }

    /// Sets the flag that is used if it is left out.
    pub const fn default_flag(self, flag: bool) -> Self {
        Self { default: Some(DefaultValue::Flag(flag)), ..self }
    }

    /// Sets the placeholder for forms.
    pub const fn example(self, example: &'static str) -> Self {
        Self { example: Some(example), ..self }
    }

    /// Sets the allowed values.
    pub const fn choices(self, choices: &'static [Choice]) -> Self {
        Self { choices, open: false, ..self }
    }

    /// Sets values to suggest; others are allowed, too.
    pub const fn suggestions(self, choices: &'static [Choice]) -> Self {
        Self { choices, open: true, ..self }
    }

    /// Sets the filters that its pairs set. Pairs with other keys are refused.
    pub const fn filters(self, filters: &'static [Filter]) -> Self {
        Self { filters, ..self }
    }

    /// Sets the name that it is sent under. The default is its key.
    pub const fn sent_as(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }

    /// Sets the key of the data source whose entries it takes.
    pub const fn source(self, key: &'static str) -> Self {
        Self { source: Some(key), ..self }
    }

    /// Makes it an input that narrows a data source: it may be left out.
    pub const fn narrowing(self) -> Self {
        Self { required: false, omitted: "Entries are not narrowed by it when left out.", ..self }
    }

    /// Sets the initial JSON text of an editor.
    pub const fn template(self, json: &'static str) -> Self {
        Self { template: Some(json), ..self }
    }

    /// Sets the schema of a structured value to that of a type.
    pub const fn shape<T: JsonSchema>(self) -> Self {
        Self { shape: Some(SchemaGenerator::subschema_for::<T>), ..self }
    }

    /// Sets the smallest and the largest value of a count.
    pub const fn range(self, min: u32, max: u32) -> Self {
        Self { range: (min, max), ..self }
    }

    /// Drops white space around text.
    pub const fn trimmed(self) -> Self {
        Self { trimmed: true, ..self }
    }

    /// Makes it a list of values.
    pub const fn values(self) -> Self {
        Self { collection: Collection::Values, ..self }
    }

    /// Makes it a list of pairs of key and value.
    pub const fn pairs(self) -> Self {
        Self { collection: Collection::Pairs, ..self }
    }

    /// Masks the value in logs, errors and dry runs.
    pub const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// Hides it in forms.
    pub const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    /// Sets what the value is used for.
    pub const fn role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// Whether a value is used if it is left out.
    pub fn has_default(&self) -> bool {
        !matches!(self.default, None | Some(DefaultValue::Text("")))
    }

    /// Whether a value must be given: an input with a default always has one.
    pub fn must_be_given(&self) -> bool {
        self.required && !self.has_default()
    }

    /// The name that it is sent under.
    pub fn sent_field(&self) -> &'static str {
        self.field.unwrap_or(self.key)
    }

    /// Whether only its choices are allowed.
    pub fn is_choice(&self) -> bool {
        !self.choices.is_empty() && !self.open
    }

    /// The choices that forms offer: a required choice has none for no value.
    pub fn shown_choices(&self) -> impl Iterator<Item = &'static Choice> {
        let required = self.required;
        self.choices.iter().filter(move |choice| !(required && choice.value.is_empty()))
    }

    /// The description in a unit with this effect: the help, its filters and, if it is optional, what happens if it is
    /// left out.
    pub fn description(&self, effect: Effect) -> String {
        let omitted = if self.required { "" } else { self.when_omitted(effect) };
        let filters = self.described_filters();
        let parts =
            [self.help, filters.as_str(), self.kind.notation(), omitted].into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(" ")
    }

    fn described_filters(&self) -> String {
        let named = |filter: &Filter| match filter.values {
            FilterValues::Named => format!("`{}[NAME]`", filter.name),
            _ => format!("`{}`", filter.name),
        };
        match self.filters {
            [] => String::new(),
            filters => format!("The filters are {}.", filters.iter().map(named).collect::<Vec<_>>().join(", ")),
        }
    }

    /// What happens if it is left out of a unit with this effect.
    pub fn when_omitted(&self, effect: Effect) -> &'static str {
        match effect {
            _ if !self.omitted.is_empty() => self.omitted,
            Effect::Create if !self.omitted_on_create.is_empty() => self.omitted_on_create,
            Effect::Create if self.role == Role::Request => "None when left out.",
            Effect::Update if self.role == Role::Request => "Unchanged when left out.",
            _ => "",
        }
    }

    /// Completes the sentence "expected …" for one value.
    pub fn expected(&self) -> Cow<'static, str> {
        if self.shape.is_some() {
            return schema::expected(&Value::Object(schema::of_values(self))).into();
        }
        match (self.kind, self.range) {
            (Kind::Integer, (min, max)) => format!("a whole number from {min} to {max}").into(),
            _ => self.kind.expected().into(),
        }
    }

    /// The name of its type in manifests.
    pub fn form_type(&self) -> &'static str {
        match self.kind {
            // Forms show a flag with choices as a dropdown of texts.
            Kind::Flag if !self.choices.is_empty() => "string",
            kind => kind.form_type(),
        }
    }
}
