//! The declaration of one input.

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::{Effect, Kind};

/// One declared input: a constant that says all there is to know about a value before it comes.
///
/// Form, schema, check, conversion and documentation follow from it.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// Name in a request's `inputs`, in lower camel case.
    pub key: &'static str,
    /// Name for people, in title case.
    pub label: &'static str,
    /// Meaning, unit or format.
    pub help: &'static str,
    /// What happens when it is left out, if that does not follow from the effect of the unit.
    pub omitted: &'static str,
    /// What happens when it is left out of a unit that creates; on an update the value then stays as it is.
    pub omitted_on_create: &'static str,
    /// What the value is.
    pub kind: Kind,
    /// How many values there are.
    pub collection: Collection,
    /// Whether leaving it out is an error.
    pub required: bool,
    /// The value taken when it is left out.
    pub default: Option<Constant>,
    /// A value to show as a placeholder; never sent.
    pub example: Option<&'static str>,
    /// The closed list of values; empty where any value of the kind will do.
    pub choices: &'static [Choice],
    /// Key of the data source that fills a dropdown for it.
    pub source: Option<&'static str>,
    /// JSON to start from in an editor; never sent.
    pub template: Option<&'static str>,
    /// The form of a structured value.
    pub shape: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// Whether the value must never be shown.
    pub secret: bool,
    /// Whether a form leaves it out.
    pub hidden: bool,
    /// Who acts on it.
    pub role: Role,
}

/// How many values an input holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// Exactly one.
    One,
    /// A list.
    Values,
    /// A list of key and value.
    Pairs,
}

impl Collection {
    /// The word that forms use; none for a single value.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::One => None,
            Self::Values => Some("valuelist"),
            Self::Pairs => Some("keyvaluelist"),
        }
    }
}

/// A default, as a form holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constant {
    /// On or off.
    Flag(bool),
    /// Text; the empty text means "not set".
    Text(&'static str),
}

/// One of a closed list of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As the service spells it; empty for "not set".
    pub value: &'static str,
    /// As people read it.
    pub label: &'static str,
}

/// The choice that means "not set".
pub const EMPTY: Choice = named("", "Empty");

/// The choices of a flag that can also be left out.
pub const TRUE_OR_FALSE: &[Choice] = &[EMPTY, plain("true"), plain("false")];

/// A choice that is shown as it is sent.
pub const fn plain(value: &'static str) -> Choice {
    named(value, value)
}

/// A choice with a name of its own.
pub const fn named(value: &'static str, label: &'static str) -> Choice {
    Choice { value, label }
}

/// Who acts on an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The unit: it goes into the request.
    Request,
    /// The runtime: it says whom to act for.
    Connection,
    /// The connection: it says at which host. Left unread where the operator names the hosts.
    Host,
    /// The runtime: it logs the request.
    Debug,
    /// The runtime: it reads all pages.
    FetchAll,
    /// The runtime: it narrows a picklist.
    Picklist,
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
            collection: Collection::One,
            required: false,
            default: None,
            example: None,
            choices: &[],
            source: None,
            template: None,
            shape: None,
            secret: matches!(kind, Kind::Password),
            hidden: false,
            role: Role::Request,
        }
    }

    /// One line of text.
    pub const fn text(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Text)
    }

    /// Text of several lines.
    pub const fn long_text(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::LongText)
    }

    /// Text that is never shown.
    pub const fn password(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Password)
    }

    /// The number of a record: a whole number of 64 bits, not negative.
    pub const fn id(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Id)
    }

    /// A count: a whole number of 64 bits, not negative.
    pub const fn integer(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Integer)
    }

    /// Money or a quantity: a number whose digits are kept.
    pub const fn decimal(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Decimal)
    }

    /// True or false.
    pub const fn flag(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Flag)
    }

    /// A calendar date, `2026-01-31`.
    pub const fn date(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Date)
    }

    /// A date and time with its zone, `2026-01-31T09:00:00Z` (RFC 3339).
    pub const fn timestamp(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Timestamp)
    }

    /// A UUID.
    pub const fn guid(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Guid)
    }

    /// A structured value: JSON, or the text of it.
    pub const fn code(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Code)
    }

    /// Any JSON value; text stays text.
    pub const fn any(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Any)
    }

    /// The contents of a file.
    pub const fn file(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::File)
    }

    /// Whom to act for.
    pub const fn connection(key: &'static str, label: &'static str) -> Self {
        Self::new(key, label, Kind::Connection).role(Role::Connection)
    }

    /// Says what a value means, and its unit or format.
    pub const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    /// Says what happens when it is left out, if the rule is wrong for it. The rule: left out of a unit that creates,
    /// there is no value; left out of a unit that updates, the value stays as it is.
    pub const fn omitted(self, omitted: &'static str) -> Self {
        Self { omitted, ..self }
    }

    /// Says what happens when it is left out of a unit that creates, where that is not "no value".
    pub const fn omitted_on_create(self, omitted: &'static str) -> Self {
        Self { omitted_on_create: omitted, ..self }
    }

    /// Makes leaving it out an error.
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The value taken when it is left out; the empty text means "not set".
    pub const fn default(self, text: &'static str) -> Self {
        Self { default: Some(Constant::Text(text)), ..self }
    }

    /// The flag taken when it is left out.
    pub const fn default_flag(self, flag: bool) -> Self {
        Self { default: Some(Constant::Flag(flag)), ..self }
    }

    /// A value to show as a placeholder.
    pub const fn example(self, example: &'static str) -> Self {
        Self { example: Some(example), ..self }
    }

    /// Closes the list of values.
    pub const fn choices(self, choices: &'static [Choice]) -> Self {
        Self { choices, ..self }
    }

    /// Names the data source that can fill it.
    pub const fn source(self, key: &'static str) -> Self {
        Self { source: Some(key), ..self }
    }

    /// JSON to start from in an editor.
    pub const fn template(self, json: &'static str) -> Self {
        Self { template: Some(json), ..self }
    }

    /// Gives a structured value the form of a type.
    pub const fn shape<T: JsonSchema>(self) -> Self {
        Self { shape: Some(|generator| T::json_schema(generator)), ..self }
    }

    /// Makes it a list.
    pub const fn values(self) -> Self {
        Self { collection: Collection::Values, ..self }
    }

    /// Makes it a list of key and value.
    pub const fn pairs(self) -> Self {
        Self { collection: Collection::Pairs, ..self }
    }

    /// Keeps the value out of logs, errors and dry runs.
    pub const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// Keeps it out of forms.
    pub const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    /// Hands it to the runtime rather than to the unit.
    pub const fn role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// Whether something stands in for it when it is left out.
    pub fn has_default(&self) -> bool {
        !matches!(self.default, None | Some(Constant::Text("")))
    }

    /// What people read about it in a unit with this effect: its meaning and, if it may be left out, what happens then.
    pub fn description(&self, effect: Effect) -> String {
        match self.when_omitted(effect) {
            "" => self.help.to_owned(),
            _ if self.required => self.help.to_owned(),
            omitted => format!("{} {omitted}", self.help),
        }
    }

    /// What happens when it is left out of a unit with this effect.
    pub fn when_omitted(&self, effect: Effect) -> &'static str {
        match effect {
            _ if !self.omitted.is_empty() => self.omitted,
            Effect::Create if !self.omitted_on_create.is_empty() => self.omitted_on_create,
            Effect::Create if self.role == Role::Request => "None when left out.",
            Effect::Update if self.role == Role::Request => "Unchanged when left out.",
            _ => "",
        }
    }

    /// The word that forms use for its type.
    pub fn form_type(&self) -> &'static str {
        match self.kind {
            // A flag that can be left out is a closed list of texts to a form.
            Kind::Flag if !self.choices.is_empty() => "string",
            kind => kind.form_type(),
        }
    }
}
