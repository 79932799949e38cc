//! Reading a whole list in parts: where reading stands, so that it goes on later or in another process.

use pipefit_component::{Code, Error, Request, Result};
use serde::{Deserialize, Serialize};

use super::page::NewRecords;
use super::record_key::{Key, KeyReader};
use super::records::RawRecord;
use super::{EndGuard, PageSource, Pages, list_of};
use crate::replies::bad_reply;

/// Where the reading of a whole list stands: after some page. Of the records, it has ids at most: the last one of a
/// list in the order of ids, and else those of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListPosition {
    /// The place of the next page.
    #[serde(flatten)]
    pub(super) place: Place,
    /// What was read, as far as the next page may have it, too.
    pub(super) seen: Seen,
    /// Whether the list goes on.
    pub(super) more: bool,
}

/// The place of a page in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Place {
    /// The number of records before it, and the maximum number on it.
    Offset { records: u64, size: u64 },
    /// The query that leads to it.
    Query(Vec<(String, String)>),
}

/// The records that were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Seen {
    /// All up to this id.
    UpTo(i64),
    /// Those of the last page, by their keys.
    Keys(Vec<Key>),
}

impl Seen {
    fn has(&self, key: &Key) -> bool {
        match (self, key) {
            (Self::UpTo(last), Key::Number(number)) => number <= last,
            (Self::UpTo(_), Key::Text(_)) => false,
            (Self::Keys(keys), key) => keys.contains(key),
        }
    }

    /// Whether a record with this key is the last of these, or comes after it.
    fn ends_at(&self, key: &Key) -> bool {
        match (self, key) {
            (Self::UpTo(last), Key::Number(number)) => number >= last,
            (Self::UpTo(_), Key::Text(_)) => false,
            (Self::Keys(keys), key) => keys.last() == Some(key),
        }
    }
}

impl ListPosition {
    /// Whether there may be more records.
    pub fn has_more(&self) -> bool {
        self.more
    }
}

/// The error for the position of a list whose pages are requested in another way.
pub(super) fn another_list() -> Error {
    Error::new(Code::InvalidRequest, "the position is that of another list")
}

/// A page of a whole list.
#[derive(Clone, Debug)]
pub struct ListPage {
    /// The records that earlier pages did not have.
    pub records: Vec<RawRecord>,
    /// Where reading goes on.
    pub position: ListPosition,
}

/// Reads the page after a position, or the first.
pub(crate) async fn read_page(
    source: PageSource<'_>,
    request: Request,
    after: Option<&ListPosition>,
) -> Result<ListPage> {
    let mut pages = Pages::after(source, request, after)?;
    let records = pages.next().await?.map(|new| raw(&new)).unwrap_or_default();
    let position = pages.position();
    let leads_back = |after: &ListPosition| matches!(after.place, Place::Query(_)) && after.place == position.place;
    if position.more && after.is_some_and(leads_back) {
        return Err(bad_reply("the pages of the list form a loop"));
    }
    Ok(ListPage { records, position })
}

/// Reads the records of a page again: those that are still there of the page after `after` whose reading ended at
/// `page`. It may take several pages if the list changed.
pub(crate) async fn read_again(
    source: PageSource<'_>,
    request: Request,
    after: Option<&ListPosition>,
    page: &ListPosition,
) -> Result<Vec<RawRecord>> {
    let keys = KeyReader::new(list_of(&request)?.id);
    let mut pages = Pages::after(source, request, after)?;
    let (mut found, mut guard) = (Vec::new(), EndGuard::default());
    while let Some(new) = pages.next().await? {
        guard.page(new.len())?;
        let mut ended = false;
        for record in raw(&new) {
            let key = serde_json::from_str(record.get()).ok().and_then(|record| keys.key(record));
            ended |= key.as_ref().is_some_and(|key| page.seen.ends_at(key));
            // Records without keys are all on one page.
            if key.is_none_or(|key| page.seen.has(&key)) {
                found.push(record);
            }
        }
        if ended {
            break;
        }
    }
    Ok(found)
}

fn raw(new: &NewRecords) -> Vec<RawRecord> {
    (0..new.len()).filter_map(|index| new.get(index)).map(RawRecord::of).collect()
}
