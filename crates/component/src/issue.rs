//! A problem with one input.

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The maximum number of characters that [`shown`] keeps.
const MAX_SHOWN: usize = 60;

/// Shortens text from outside, for messages.
pub fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// Whether a character is a control character, which a terminal obeys, or changes the direction of the text around it.
pub fn is_deceptive(char: char) -> bool {
    let turns = matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || char.is_control()
}

/// The path of a value, as people write it: `appointments[0].start`. It becomes text only where it is shown.
#[derive(Clone, Copy, Debug)]
pub enum ValuePath<'a> {
    /// An input.
    Input(&'a str),
    /// A member of an object.
    Member(&'a Self, &'a str),
    /// An item of a list.
    Item(&'a Self, usize),
}

impl fmt::Display for ValuePath<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(key) => out.write_str(key),
            Self::Member(of, key) => write!(out, "{of}.{}", shown(key)),
            Self::Item(of, index) => write!(out, "{of}[{index}]"),
        }
    }
}

/// The kind of a problem with an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Problem {
    /// A required value is missing or blank.
    Required,
    /// The value has the wrong type or format.
    InvalidValue,
    /// The value is not one of the allowed choices.
    InvalidChoice,
    /// The text is not valid JSON.
    InvalidJson,
    /// There is no input, or no field of a structured input, with this name.
    Unknown,
    /// The value contradicts another input.
    Conflict,
}

/// A problem with one input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Issue {
    /// The path of the value: `jobId`, `appointments[0].start`.
    pub input: String,
    /// The kind of the problem, for programs.
    pub code: Problem,
    /// What is wrong and what is expected, for people.
    pub message: String,
}

impl Issue {
    /// Creates an issue of one input. The message should name the input.
    pub fn new(input: impl Into<String>, code: Problem, message: impl Into<String>) -> Self {
        Self { input: input.into(), code, message: message.into() }
    }
}
