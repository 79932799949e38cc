//! One thing that is wrong with one input.

use schemars::JsonSchema;
use serde::Serialize;

/// What is wrong with an input, for a program to branch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Problem {
    /// It must be given, and was not, or was blank.
    Required,
    /// It is not the kind of value that the input takes.
    InvalidValue,
    /// It is not one of the closed list of values.
    InvalidChoice,
    /// It is text that should be JSON and is not.
    InvalidJson,
    /// No input, or no field of a structured input, has this name.
    Unknown,
    /// It contradicts another input.
    Conflict,
}

/// One thing that is wrong with one input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Issue {
    /// The input, and the place inside it: `jobId`, `appointments[0].start`.
    pub input: String,
    /// What is wrong, for a program.
    pub code: Problem,
    /// What is wrong and what would be right, for a person.
    pub message: String,
}

impl Issue {
    /// An issue of one input; the message should name it.
    pub fn new(input: impl Into<String>, code: Problem, message: impl Into<String>) -> Self {
        Self { input: input.into(), code, message: message.into() }
    }
}
