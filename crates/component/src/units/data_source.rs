//! The picklist data source: an action whose records become the entries of a dropdown.

use crate::{About, Action, CONNECTION, Input, Inputs, ListEndpoint, Request, Result};

/// A list whose records fill a dropdown.
///
/// Implement it on a unit struct and [`register!`](crate::register) that struct in the same file. It is an
/// [`Action`] by that: the one that reads the list.
pub trait DataSource: Send + Sync + 'static {
    /// Key, label, resource and help.
    fn about(&self) -> About;

    /// The list, and how one of its records becomes an entry.
    fn choices(&self) -> Choices;

    /// The declared inputs, in the order in which a form shows them. By default the connection alone.
    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION] }
    }

    /// The request that reads the list. Pure: no clock, no I/O.
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

/// How the records of a list become entries `{key, label}`. The key is the record's id.
#[derive(Clone, Copy, Debug)]
pub struct Choices {
    /// The list.
    pub list: &'static ListEndpoint,
    /// The text of an entry, with fields in braces: `{name} (ID: {id})`.
    pub label: &'static str,
    /// The order of the entries.
    pub order: Order,
}

/// The order of a dropdown's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// As the service sends them.
    AsSent,
    /// By this field, ascending: numbers by value, text without regard to case.
    By(&'static str),
}

impl Choices {
    /// Sorts the entries by a field of the record.
    pub const fn sorted_by(self, field: &'static str) -> Self {
        Self { order: Order::By(field), ..self }
    }
}
