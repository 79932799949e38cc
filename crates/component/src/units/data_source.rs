//! Data sources: lists whose records become the entries of a dropdown.

use crate::{About, Action, CONNECTION, Input, Inputs, ListEndpoint, Request, Result};

/// A list whose records become the entries of a dropdown.
///
/// Implement it for a unit struct and [`register!`](crate::register) that struct in the same file. Each data source is
/// also an [`Action`], which reads the list.
pub trait DataSource: Send + Sync + 'static {
    /// Key, label, resource and help.
    fn about(&self) -> About;

    /// The list, and how its records become entries.
    fn choices(&self) -> Choices;

    /// The declared inputs, in the order of a form. The default is the connection only.
    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION] }
    }

    /// Builds the request that reads the list. It must be pure: no clock, no I/O.
    fn request(&self, inputs: Inputs) -> Result<Request> {
        self.choices().list.list().query(inputs)
    }
}

impl<T: DataSource> Action for T {
    fn about(&self) -> About {
        DataSource::about(self)
    }

    fn inputs(&self) -> &'static [Input] {
        DataSource::inputs(self)
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        DataSource::request(self, inputs)
    }
}

/// How the records of a list become entries `{key, label}`. The key is the id of the record.
#[derive(Clone, Copy, Debug)]
pub struct Choices {
    /// The list.
    pub list: &'static ListEndpoint,
    /// The template of the label, with fields in braces: `{name} (ID: {id})`.
    pub label: &'static str,
    /// The order of the entries.
    pub order: Order,
    /// Further inputs, which narrow the list: each is sent as a filter if it has a value.
    pub narrowed_by: &'static [Input],
}

/// The order of the entries of a dropdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// The order in which the service sends the records.
    AsSent,
    /// Ascending by this field: numbers by value, text regardless of case.
    By(&'static str),
}

impl Choices {
    /// Sorts the entries by a field of the record, ascending.
    pub const fn sorted_by(self, field: &'static str) -> Self {
        Self { order: Order::By(field), ..self }
    }

    /// Adds inputs that narrow the list: filters of it, under their keys or the names that they are sent under. A form
    /// passes its own values for these keys. They do not apply when a saved choice is looked up.
    pub const fn narrowed_by(self, inputs: &'static [Input]) -> Self {
        Self { narrowed_by: inputs, ..self }
    }
}
