//! What a unit is called, what it does, and what it changes.

use serde::Serialize;

/// What running an action does to the service. Retry rules and warnings follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Changes nothing: may be repeated freely.
    Read,
    /// Adds a record: doing it twice adds two.
    Create,
    /// Changes a record that exists.
    Update,
    /// Removes something.
    Delete,
}

impl Effect {
    /// Whether the service is left as it was.
    pub fn is_read(self) -> bool {
        self == Self::Read
    }

    /// The word used in schemas and listings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// The kind of record that a unit is about; units are grouped by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Stable name, such as `jobs`.
    pub key: &'static str,
    /// Name for people, such as `Jobs`.
    pub label: &'static str,
}

/// What replaces a unit that should no longer be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deprecation {
    /// When it was deprecated, as a year and month: `2026-07`.
    pub since: &'static str,
    /// Why, and what to use in its place, in one sentence.
    pub note: &'static str,
}

/// Name, meaning and effect of a unit.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Stable name that saved workflows hold, such as `createJob`.
    pub key: &'static str,
    /// Name for people, such as `Create Job`.
    pub label: &'static str,
    /// The group it is listed in.
    pub resource: Resource,
    /// What it changes.
    pub effect: Effect,
    /// What it does, in full sentences.
    pub help: &'static str,
    /// Earlier keys that still name it.
    pub aliases: &'static [&'static str],
    /// Set where it should no longer be used.
    pub deprecated: Option<Deprecation>,
}

impl About {
    /// A unit that only reads.
    pub const fn read(key: &'static str, label: &'static str, resource: Resource) -> Self {
        Self::new(key, label, resource, Effect::Read)
    }

    /// A unit that adds a record.
    pub const fn create(key: &'static str, label: &'static str, resource: Resource) -> Self {
        Self::new(key, label, resource, Effect::Create)
    }

    /// A unit that changes a record.
    pub const fn update(key: &'static str, label: &'static str, resource: Resource) -> Self {
        Self::new(key, label, resource, Effect::Update)
    }

    /// A unit that removes something.
    pub const fn delete(key: &'static str, label: &'static str, resource: Resource) -> Self {
        Self::new(key, label, resource, Effect::Delete)
    }

    const fn new(key: &'static str, label: &'static str, resource: Resource, effect: Effect) -> Self {
        Self { key, label, resource, effect, help: "", aliases: &[], deprecated: None }
    }

    /// Says what the unit does.
    pub const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    /// Keeps earlier keys working.
    pub const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// Marks the unit as one not to use in new workflows.
    pub const fn deprecated(self, since: &'static str, note: &'static str) -> Self {
        Self { deprecated: Some(Deprecation { since, note }), ..self }
    }
}
