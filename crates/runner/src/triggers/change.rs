//! Changes of records, and their positions in the order of delivery.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use pipefit_component::{ChangeFields, Result};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::state::State;
use crate::lists::{Key, KeyReader};
use crate::replies::bad_reply;

/// The position of a change in the order of delivery.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) at: Timestamp,
    pub(super) id: Key,
}

impl Position {
    /// The position before all changes at this time.
    pub(super) fn before(at: Timestamp) -> Self {
        Self { at, id: Key::Number(0) }
    }
}

/// A record with the times of its creation and last change.
pub(super) struct Change {
    pub(super) position: Position,
    pub(super) created: Timestamp,
    pub(super) record: Box<RawValue>,
}

impl Change {
    /// Reads the id and times of a record. Fails if it has no id or no time of creation.
    pub(super) fn read(record: &RawValue, keys: &KeyReader, fields: ChangeFields) -> Result<Self> {
        let incomplete = || bad_reply(format!("a record of the list lacks `{}` or `{}`", keys.field(), fields.created));
        let id = keys.key(record).ok_or_else(incomplete)?;
        let members: Map<String, Value> = serde_json::from_str(record.get()).map_err(|_| incomplete())?;
        let text = |field: &str| members.get(field).and_then(Value::as_str);
        let read = |text: &str| {
            timestamp(text).ok_or_else(|| bad_reply(format!("`{text}` in the record {id} is not a date and time")))
        };
        let created = read(text(fields.created).ok_or_else(incomplete)?)?;
        // A record that was never changed may lack the time of the last change.
        let at = text(fields.modified).map_or(Ok(created), read)?;
        Ok(Self { position: Position { at, id }, created, record: record.to_owned() })
    }
}

/// Returns the changes before this position that no earlier poll has seen, sorted by position.
pub(super) fn new_changes(found: BTreeMap<Key, Change>, state: &State, end: Option<&Position>) -> Vec<Change> {
    let before = |position: &Position| end.is_none_or(|end| position < end);
    let found = found.into_values().filter(|it| before(&it.position) && !state.has_seen(&it.position));
    let mut new: Vec<_> = found.collect();
    new.sort_unstable_by(|one, other| one.position.cmp(&other.position));
    new
}

/// Parses a time. Text without a time zone is in UTC.
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    let in_utc = || TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok();
    text.parse().ok().or_else(in_utc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_utc() {
        for text in ["2026-01-31T09:00:00Z", "2026-01-31T09:00:00", "2026-01-31T10:00:00+01:00"] {
            assert_eq!(timestamp(text).map(Timestamp::as_second), Some(1_769_850_000), "{text}");
        }
        assert_eq!(
            timestamp("2026-01-31T09:00:00.1234567Z").map(|at| at.to_string()).as_deref(),
            Some("2026-01-31T09:00:00.1234567Z")
        );
        assert_eq!(timestamp("soon"), None);
    }
}
