//! The state of a trigger between two polls: which changes were seen.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use pipefit_component::{Code, Error, Feed, Result, shown};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::change::{Change, Position, timestamp};
use super::{LAG, Limits};
use crate::lists::Key;

/// The version of the format of a state.
const VERSION: u64 = 1;

/// The changes that were seen. Its size is limited.
#[derive(Debug, PartialEq)]
pub(super) struct State {
    /// All records created up to here were seen by the last poll that read to the end.
    known: Position,
    /// All changes up to here were seen.
    floor: Position,
    /// The changes above the floor that were seen: the latest time of change of each record.
    seen: BTreeMap<Key, Timestamp>,
    /// The records that were delivered as created, and were created after `known`.
    delivered: BTreeSet<Key>,
    /// The time at which the next poll continues, if this one did not read to the end.
    next: Option<Timestamp>,
    /// A digest of the account. Older states have none.
    pub(super) account: Option<String>,
}

/// The JSON format of a state.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Saved {
    version: u64,
    /// The key of the feed. Older states have another name for it.
    #[serde(alias = "resourceType")]
    feed: String,
    known: (String, Option<Key>),
    floor: (String, Option<Key>),
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Ids of records by time of change.
    seen: BTreeMap<String, Vec<Key>>,
    /// Ids, numbers as the difference to the one before. Older states have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivered: Option<Vec<Key>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
}

impl State {
    /// Creates a state in which everything from this time on is new.
    pub(super) fn from(start: Timestamp) -> Self {
        let start = Position::before(start);
        let (seen, delivered) = (BTreeMap::new(), BTreeSet::new());
        Self { known: start.clone(), floor: start, seen, delivered, next: None, account: None }
    }

    /// Reads a state from JSON. Fails if it is not a state of this feed.
    pub(super) fn read(state: Value, feed: &Feed) -> Result<Self> {
        let refuse = |what: &str| {
            let message =
                format!("the state {what}; pass the state of the last poll unchanged, or none to start again");
            Error::new(Code::InvalidRequest, message)
        };
        if state.get("version").is_some_and(|version| version.as_u64() != Some(VERSION)) {
            return Err(refuse("was written by another version of this trigger"));
        }
        let saved: Saved = serde_json::from_value(state).map_err(|_| refuse("is not a state of this trigger"))?;
        if saved.feed != feed.key {
            return Err(refuse(&format!("belongs to `{}`, not to `{}`", shown(&saved.feed), feed.key)));
        }
        let integers = feed.list.has_integer_ids();
        let is_id = |id: &Key| !integers || Key::number_of(Some(id)).is_some();
        let ids = saved.seen.values().flatten().chain(saved.delivered.iter().flatten());
        let ids = ids.chain(&saved.known.1).chain(&saved.floor.1);
        if !ids.into_iter().all(is_id) {
            return Err(refuse("is not a state of this trigger"));
        }
        let time = |text: &str| timestamp(text).ok_or_else(|| refuse("contains an invalid time"));
        let position = |saved| Position::read(saved).ok_or_else(|| refuse("contains an invalid time"));
        let mut seen = BTreeMap::new();
        for (at, ids) in saved.seen {
            let at = time(&at)?;
            seen.extend(ids.into_iter().map(|id| (id, at)));
        }
        let next = saved.next.as_deref().map(time).transpose()?;
        let delivered: BTreeSet<_> = match saved.delivered {
            Some(differences) => from_differences(differences).collect(),
            None => seen.keys().cloned().collect(),
        };
        let (known, floor) = (position(saved.known)?, position(saved.floor)?);
        Ok(Self { known, floor, seen, delivered, next, account: saved.account })
    }

    /// Notes the account that the state is for, by a digest. Fails if the state is another account's.
    pub(super) fn bind(&mut self, account: &str) -> Result<()> {
        if self.account.as_ref().is_some_and(|other| other != account) {
            let message = "the state belongs to another account; start without a state";
            return Err(Error::new(Code::InvalidRequest, message));
        }
        self.account = Some(account.to_owned());
        Ok(())
    }

    /// Returns the state as JSON.
    pub(super) fn write(&self, feed: &Feed) -> Result<Value> {
        let mut seen = BTreeMap::<_, Vec<_>>::new();
        for (id, at) in &self.seen {
            seen.entry(at.to_string()).or_default().push(id.clone());
        }
        let saved = Saved {
            version: VERSION,
            feed: feed.key.to_owned(),
            known: self.known.save(),
            floor: self.floor.save(),
            next: self.next.map(|next| next.to_string()),
            seen,
            delivered: Some(to_differences(&self.delivered)),
            account: self.account.clone(),
        };
        serde_json::to_value(saved).map_err(Error::internal)
    }

    /// Returns the time from which the next poll reads.
    pub(super) fn resume_at(&self) -> Timestamp {
        self.next.unwrap_or(self.floor.at)
    }

    /// Marks these changes as seen.
    pub(super) fn mark_seen<'a>(&mut self, changes: impl IntoIterator<Item = &'a Change>) {
        for change in changes {
            if self.is_new(change) {
                self.delivered.insert(change.position.id.clone());
            }
            self.seen.insert(change.position.id.clone(), change.position.at);
        }
    }

    pub(super) fn has_seen(&self, position: &Position) -> bool {
        // An older version than the one that was seen comes from a replica of the service that lags behind.
        *position <= self.floor || self.seen.get(&position.id).is_some_and(|at| *at >= position.at)
    }

    /// Whether the record was created since the last poll that read to the end.
    pub(super) fn is_new(&self, change: &Change) -> bool {
        let creation = Position { at: change.created, id: change.position.id.clone() };
        creation > self.known && !self.delivered.contains(&change.position.id)
    }

    /// Raises the floor as far as everything below it was seen. `unread` is where the next poll must continue.
    pub(super) fn settle(&mut self, unread: Option<&Position>, date: Timestamp, limits: Limits) {
        let positions = self.seen.iter().map(|(id, at)| Position { at: *at, id: id.clone() });
        let mut positions: BTreeSet<_> = positions.collect();
        let newest = positions.last().map_or(self.floor.at, |position| position.at);
        // A time of change in the future, by the clock of a fast server, must not raise the floor.
        let old = date.min(newest).saturating_sub(LAG).unwrap_or(Timestamp::UNIX_EPOCH);
        while let Some(position) = positions.first() {
            let forget = match unread {
                Some(unread) => position < unread && positions.len() > limits.max_remembered,
                None => position.at < old || positions.len() > limits.max_remembered,
            };
            let Some(position) = positions.pop_first().filter(|_| forget) else { break };
            self.seen.remove(&position.id);
            self.floor = position.max(self.floor.clone());
        }
        self.next = unread.map(|position| position.at);
        if unread.is_none() {
            self.floor = Position::before(old).max(self.floor.clone());
        }
        // Beyond the limit, a record that was created below the floor and not delivered yet comes as an update.
        if unread.is_none() || self.delivered.len() > limits.max_delivered {
            self.known = self.floor.clone();
            self.delivered.retain(|id| self.seen.contains_key(id));
        }
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.seen.len()
    }
}

/// Returns the ids with each number as the difference to the one before, which takes less space.
fn to_differences(ids: &BTreeSet<Key>) -> Vec<Key> {
    let mut last = 0_i64;
    let difference = |id: &Key| match id {
        Key::Number(number) => Key::Number(number.wrapping_sub(std::mem::replace(&mut last, *number))),
        text @ Key::Text(_) => text.clone(),
    };
    ids.iter().map(difference).collect()
}

/// The reverse of [`to_differences`].
fn from_differences(differences: Vec<Key>) -> impl Iterator<Item = Key> {
    let mut last = 0_i64;
    differences.into_iter().map(move |difference| match difference {
        Key::Number(number) => {
            last = last.wrapping_add(number);
            Key::Number(last)
        }
        text @ Key::Text(_) => text,
    })
}
