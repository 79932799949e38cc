//! How a list endpoint's query parameters are declared.

use std::collections::HashSet;

use crate::data::store::Store;
use crate::data::table::Table;

/// One query parameter of a list endpoint.
#[derive(Clone, Copy)]
pub(crate) struct Filter {
    pub(crate) name: &'static str,
    /// Field inside the field that declares the filter.
    pub(crate) inner: Option<&'static str>,
    pub(crate) test: Test,
}

/// A filter and what it compares with.
#[derive(Clone)]
pub(crate) struct BoundFilter {
    pub(crate) name: &'static str,
    pub(crate) test: Test,
    /// Path of the field, with dots into nested objects.
    pub(crate) path: String,
    /// The choices that the field has.
    pub(crate) options: &'static [&'static str],
}

/// The ids that a parameter's value stands for, or what was expected instead.
pub(crate) type Ids = Result<HashSet<i64>, &'static str>;

/// What a parameter compares with the field that declares it.
#[derive(Clone, Copy)]
pub(crate) enum Test {
    /// Comma separated record ids, at most this many.
    Ids(usize),
    /// `True`, `Any` or `False`; active records if left out.
    Active,
    /// The same, but all records if left out.
    ActiveOrAll,
    /// `ActiveOnly`, `InactiveOnly` or `All`; active records if left out.
    ActiveState,
    From,
    Before,
    Id,
    /// Comma separated or repeated integers, at most this many.
    AnyId(usize),
    Text,
    Contains,
    Flag,
    Choice,
    /// Repeated or comma separated choices.
    AnyChoice,
    AtLeast,
    AtMost,
    Number,
    /// The balance, as `balanceFilter.Comparer` compares it.
    Balance,
    /// Custom fields by name, as a dictionary.
    CustomFields,
    /// `externalDataKey` together with values and application.
    External,
    /// Records whose own field is among the ids that follow from the value and other tables.
    Joined(fn(&Store, &str) -> Ids),
    /// Records whose own field is among the ids that the records of another table have which pass a test.
    Through(&'static Through),
    /// Read by the endpoint itself, or without effect on the selection.
    Other,
    OtherGuid,
    OtherFlag,
    OtherChoice(&'static [&'static str]),
}

/// The way to a list's records through those of another table.
pub(crate) struct Through {
    pub(crate) table: &'static Table,
    /// The field of the other table that the parameter's value is compared with, unless that is one of its keys.
    pub(crate) tested: &'static str,
    pub(crate) test: Test,
    /// The field of the other table that holds the ids.
    pub(crate) ids: &'static str,
}

/// A parameter that compares with the field that declares it.
pub(crate) const fn by(name: &'static str, test: Test) -> Filter {
    Filter { name, inner: None, test }
}

impl Filter {
    /// Compares with a field inside the declaring one.
    pub(crate) const fn at(self, inner: &'static str) -> Self {
        Self { inner: Some(inner), ..self }
    }
}
