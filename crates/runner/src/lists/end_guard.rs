//! Bounds of reading one list, which the service cannot move.

use pipefit_component::Result;

use crate::replies::bad_reply;

/// The maximum number of requests for one list.
const MAX_REQUESTS: u64 = 200_000;

/// How many consecutive pages may contain no new records. There are such pages: records that are inserted at the start
/// of a list move others to the next page, and a service may leave out what it filtered.
const MAX_STALE_PAGES: u32 = 30;

/// Counts requests and pages, and fails if a list seems to have no end.
pub(crate) struct EndGuard {
    requests: u64,
    max_requests: u64,
    /// The number of consecutive pages without new records.
    stale: u32,
}

impl Default for EndGuard {
    fn default() -> Self {
        Self { requests: 0, max_requests: MAX_REQUESTS, stale: 0 }
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

    /// Counts a page that is not the last, with this number of new records. Fails after too many that lead nowhere.
    pub(crate) fn page(&mut self, new: usize) -> Result<()> {
        self.stale = if new == 0 { self.stale + 1 } else { 0 };
        if self.stale > MAX_STALE_PAGES {
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
