//! The name, description and effect of a unit.

use serde::Serialize;

/// What a unit changes at the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Changes nothing; can be repeated.
    Read,
    /// Adds a record; running it twice adds two.
    Create,
    /// Changes an existing record.
    Update,
    /// Removes a record.
    Delete,
}

impl Effect {
    /// Whether nothing is changed.
    pub fn is_read(self) -> bool {
        self == Self::Read
    }

    /// The name in schemas and listings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// The kind of record that a unit works with. Units are grouped by resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Stable name, in lower case: `jobs`.
    pub key: &'static str,
    /// Name for people, in title case: `Jobs`.
    pub label: &'static str,
}

/// Marks a unit that should no longer be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deprecation {
    /// The year and month of the deprecation: `2026-07`.
    pub since: &'static str,
    /// The reason and the replacement, in one sentence.
    pub note: &'static str,
}

/// The name, description and effect of a unit.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Stable name, which saved workflows refer to: `createJob`.
    pub key: &'static str,
    /// Name for people, in title case: `Create Job`.
    pub label: &'static str,
    /// The resource that it is listed under.
    pub resource: Resource,
    /// What it changes at the service.
    pub effect: Effect,
    /// What it does, in full sentences.
    pub help: &'static str,
    /// Former keys that still work.
    pub aliases: &'static [&'static str],
    /// Set if the unit should no longer be used.
    pub deprecated: Option<Deprecation>,
}

impl About {
    /// Describes a unit that only reads.
    pub const fn read(key: &'static str, label: &'static str, resource: Resource) -> Self {
        Self::new(key, label, resource, Effect::Read)
    }

    /// Describes a unit that adds a record.
    pub const fn create(key: &'static str, label: &'static str, resource: Resource) -> Self {
        Self::new(key, label, resource, Effect::Create)
    }

    /// Describes a unit that changes a record.
    pub const fn update(key: &'static str, label: &'static str, resource: Resource) -> Self {
        Self::new(key, label, resource, Effect::Update)
    }

    /// Describes a unit that removes a record.
    pub const fn delete(key: &'static str, label: &'static str, resource: Resource) -> Self {
        Self::new(key, label, resource, Effect::Delete)
    }

    const fn new(key: &'static str, label: &'static str, resource: Resource, effect: Effect) -> Self {
        Self { key, label, resource, effect, help: "", aliases: &[], deprecated: None }
    }

    /// Sets the help: what the unit does, in full sentences.
    pub const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    /// Adds former keys that still work.
    pub const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// Marks the unit as deprecated since this year and month (`2026-07`).
    pub const fn deprecated(self, since: &'static str, note: &'static str) -> Self {
        Self { deprecated: Some(Deprecation { since, note }), ..self }
    }
}
