//! The picklist data source: an action whose records become the entries of a dropdown.

use crate::Action;

/// An action whose answer fills a dropdown.
pub trait DataSource: Action {
    /// How a record becomes an entry.
    fn picklist(&self) -> Picklist;
}

/// How records become entries `{key, label}`.
#[derive(Clone, Copy, Debug)]
pub struct Picklist {
    /// The field that identifies a record.
    pub key: &'static str,
    /// The text shown, with fields in braces: `{name} (ID: {id})`.
    pub label: &'static str,
    /// The order of the entries.
    pub order: Order,
    /// The query parameter with which the service itself narrows a list by text.
    pub search: Option<&'static str>,
    /// The query parameter with which the service answers just the records of these keys.
    pub keys: Option<&'static str>,
    /// The query parameter, and its value, with which a record that is no longer in use is found by its key.
    pub unused: Option<(&'static str, &'static str)>,
}

/// The order of a picklist's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As the service sends them.
    AsSent,
    /// By this field, ascending: numbers by value, text without regard to case.
    By(&'static str),
}

impl Picklist {
    /// Entries keyed by `id`, labelled by a template such as `{name} (ID: {id})`.
    pub const fn labelled(label: &'static str) -> Self {
        Self { key: "id", label, order: Order::AsSent, search: None, keys: None, unused: None }
    }

    /// Sorts the entries by a field of the record.
    pub const fn sorted_by(self, field: &'static str) -> Self {
        Self { order: Order::By(field), ..self }
    }

    /// Names the query parameter that narrows by text at the service.
    pub const fn searched_by(self, parameter: &'static str) -> Self {
        Self { search: Some(parameter), ..self }
    }

    /// Names the query parameter that picks records by their keys at the service.
    pub const fn found_by(self, parameter: &'static str) -> Self {
        Self { keys: Some(parameter), ..self }
    }

    /// Names the query parameter, and its value, that let a key find a record which is no longer in use: a choice that
    /// was saved keeps its label.
    pub const fn even_unused(self, parameter: &'static str, value: &'static str) -> Self {
        Self { unused: Some((parameter, value)), ..self }
    }
}
