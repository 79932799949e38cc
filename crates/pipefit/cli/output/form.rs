//! What a reply is, as far as that decides how it is written.

use pipefit::component::ListEndpoint;
#[cfg(feature = "restate")]
use pipefit::component::Unit;
use pipefit::runner::PreparedInvocation;
#[cfg(feature = "restate")]
use pipefit::{Catalog, Invocation, Reply};

/// Said if a list has more records than were read.
const MORE_RECORDS: &str = "note: there are more records: `fetchAll=true` reads all, `page=N` a later page";

/// Said if a data source has more entries than were read.
const MORE_ENTRIES: &str = "note: there are more entries: `search=TEXT` finds those with this text";

/// What a reply is.
#[derive(Debug)]
pub(crate) struct Form {
    /// What replies, for people.
    pub(super) unit: String,
    rows: Rows,
    pub(super) is_dry_run: bool,
}

/// What the lines of a reply are that is written line by line.
#[derive(Clone, Copy, Debug)]
enum Rows {
    /// It has none.
    None,
    /// The entries of a data source.
    Entries,
    /// The records of a list, if that is known.
    Records(Option<&'static ListEndpoint>),
}

impl Form {
    /// The form of the reply to an invocation.
    pub(crate) fn of(invocation: &PreparedInvocation) -> Self {
        let rows = match invocation.list() {
            _ if !invocation.returns_list() => Rows::None,
            None => Rows::Entries,
            list => Rows::Records(list),
        };
        Self { unit: format!("`{}`", invocation.unit()), rows, is_dry_run: invocation.is_dry_run() }
    }

    /// The form of the reply to an invocation of this unit that runs elsewhere.
    #[cfg(feature = "restate")]
    pub(crate) fn declared(invocation: &Invocation, unit: Unit) -> Self {
        let rows = match unit {
            _ if invocation.dry_run => Rows::None,
            Unit::Action(action) => action.output().list().map_or(Rows::None, |list| Rows::Records(Some(list))),
            Unit::DataSource(_) => Rows::Entries,
            _ => Rows::None,
        };
        Self { unit: format!("`{}`", unit.about().key), rows, is_dry_run: invocation.dry_run }
    }

    /// The form of the reply to an invocation that is not known, and that reply. It has records if it is a page of some
    /// list.
    #[cfg(feature = "restate")]
    pub(crate) fn seen(reply: Reply) -> (Self, Reply) {
        let catalog = Catalog::registered();
        let mut lists = catalog.actions().filter_map(|action| action.output().list());
        let is_page = |page: &Reply| page.has_more().is_ok();
        let page = lists.find_map(|list| Some(reply.clone().of_list(list)).filter(is_page));
        let (rows, reply) = match (&reply, page) {
            (Reply::Result { .. }, _) => (Rows::Entries, reply),
            (Reply::Data { .. }, Some(page)) => (Rows::Records(None), page),
            _ => (Rows::None, reply),
        };
        let is_dry_run = matches!(reply, Reply::DryRun { .. });
        (Self { unit: "the request".to_owned(), rows, is_dry_run }, reply)
    }

    /// Tells a reply of this form what its list is.
    #[cfg(feature = "restate")]
    pub(crate) fn tell(&self, reply: Reply) -> Reply {
        match self.list() {
            Some(list) => reply.of_list(list),
            None => reply,
        }
    }

    /// Whether the reply has records, or entries.
    pub(crate) fn is_list(&self) -> bool {
        !matches!(self.rows, Rows::None)
    }

    pub(super) fn has_entries(&self) -> bool {
        matches!(self.rows, Rows::Entries)
    }

    /// What is said if there are more than were read.
    pub(crate) fn note_of_more(&self) -> &'static str {
        if self.has_entries() { MORE_ENTRIES } else { MORE_RECORDS }
    }

    /// The list whose records the reply has.
    pub(super) fn list(&self) -> Option<&'static ListEndpoint> {
        match self.rows {
            Rows::Records(list) => list,
            _ => None,
        }
    }
}
