//! The modules of the API, and how their lists are read.

use pipefit_component::{Api, Paging};

/// Pages are numbered from 1 and hold up to 5000 records, by the API's own account of its limits.
const PAGES: Paging = Paging { page: "page", first: 1, size: "pageSize", most: 5000, total: "includeTotal" };

/// Jobs, appointments and projects.
pub(crate) const JPM: Api = Api::new("/jpm/v2/tenant/{tenant}").paged(PAGES);
