//! Changes of records, and their positions in the order of delivery.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use pipefit_component::{ChangeFields, ListEndpoint};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::state::State;
use crate::lists::{Key, KeyReader};

/// The position of a change in the order of delivery.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) at: Timestamp,
    pub(super) id: Key,
}

impl Position {
    /// The least id: ids may be negative.
    const LEAST: Key = Key::Number(i64::MIN);

    /// The position before all changes at this time.
    pub(super) fn before(at: Timestamp) -> Self {
        Self { at, id: Self::LEAST }
    }

    /// Returns the time and the id, which is `None` if it is the least: floats would change that number.
    pub(super) fn save(&self) -> (String, Option<Key>) {
        (self.at.to_string(), Some(self.id.clone()).filter(|id| *id != Self::LEAST))
    }

    /// Reads what [`save`](Self::save) returned. Returns `None` if the time is not valid.
    pub(super) fn read((at, id): (String, Option<Key>)) -> Option<Self> {
        Some(Self { at: timestamp(&at)?, id: id.unwrap_or(Self::LEAST) })
    }
}

/// A record with the times of its creation and last change.
pub(super) struct Change {
    pub(super) position: Position,
    pub(super) created: Timestamp,
    /// Whether it has no time of change.
    pub(super) unchanged: bool,
    pub(super) record: Box<RawValue>,
}

impl Change {
    /// Reads the id and times of a record. If that is not possible, returns the id, if there is one, and the reason.
    pub(super) fn read(
        record: &RawValue,
        list: &ListEndpoint,
        keys: &KeyReader,
        fields: ChangeFields,
    ) -> Result<Self, Unreadable> {
        let key = keys.key(record);
        let refuse = |reason: String| Unreadable { id: key.clone(), reason };
        let is_id = |key: &&Key| !list.has_integer_ids() || Key::number_of(Some(*key)).is_some();
        let Some(id) = key.as_ref().filter(is_id).cloned() else {
            return Err(refuse(format!("its `{}` is missing or invalid", keys.field())));
        };
        let members: Map<String, Value> =
            serde_json::from_str(record.get()).map_err(|_| refuse("it is not a record".to_owned()))?;
        let time = |field: &str| match members.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let time = value.as_str().and_then(timestamp).map(Some);
                time.ok_or_else(|| refuse(format!("its `{field}` is not a date and time")))
            }
        };
        let created = time(fields.created)?.ok_or_else(|| refuse(format!("its `{}` is missing", fields.created)))?;
        let modified = time(fields.modified)?;
        // A record that was never changed may lack the time of the last change.
        let position = Position { at: modified.unwrap_or(created), id };
        Ok(Self { position, created, unchanged: modified.is_none(), record: record.to_owned() })
    }
}

/// A record whose changes cannot be told, because its id or a time cannot be read.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Unreadable {
    pub(super) id: Option<Key>,
    pub(super) reason: String,
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
