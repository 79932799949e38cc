//! Bounds of reading one list, which the service cannot move.

use pipefit_component::Result;

use crate::replies::bad_reply;

/// The maximum number of requests for one list.
const MAX_REQUESTS: u64 = 200_000;

/// How many consecutive pages may contain only records that were returned before.
const MAX_REPEATED_PAGES: u32 = 3;

/// How many consecutive pages may be empty: a service may leave out what it filtered.
const MAX_EMPTY_PAGES: u32 = 50;

/// Counts requests and pages, and fails if a list seems to have no end.
pub(crate) struct EndGuard {
    requests: u64,
    max_requests: u64,
    repeated: u32,
    empty: u32,
}

impl Default for EndGuard {
    fn default() -> Self {
        Self { requests: 0, max_requests: MAX_REQUESTS, repeated: 0, empty: 0 }
    }
}

impl EndGuard {
    /// Counts a request that is about to be sent. Fails after too many.
    pub(crate) fn request(&mut self) -> Result<()> {
        if self.requests == self.max_requests {
            let count = self.requests;
            return Err(bad_reply(format!("the list has no end: the service reports more after {count} requests")));
        }
        self.requests += 1;
        Ok(())
    }

    /// Counts a page that is not the last: how many records it contains, and how many of them are new. Fails after too
    /// many that lead nowhere.
    pub(crate) fn page(&mut self, records: usize, new: usize) -> Result<()> {
        if new > 0 {
            (self.repeated, self.empty) = (0, 0);
        } else if records > 0 {
            self.repeated += 1;
        } else {
            self.empty += 1;
        }
        if self.repeated > MAX_REPEATED_PAGES || self.empty > MAX_EMPTY_PAGES {
            return Err(bad_reply("the pages contain no new records, but the service reports more"));
        }
        Ok(())
    }

    /// The number of requests so far.
    pub(crate) fn requests(&self) -> u64 {
        self.requests
    }

    #[cfg(test)]
    pub(crate) fn with_max_requests(max_requests: u64) -> Self {
        Self { max_requests, ..Self::default() }
    }
}
