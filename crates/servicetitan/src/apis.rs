//! The modules of the API, and how their lists are read.

use pipefit_component::{Api, Paging};

/// Pages are numbered from 1 and hold up to 5000 records, by the API's own account of its limits.
const PAGES: Paging = Paging {
    page: "page",
    first: 1,
    size: "pageSize",
    most: 5000,
    total: "includeTotal",
    sort: "sort",
    growing: "+Id",
    sorted_by_service: true,
};

/// Invoices and payments.
pub(crate) const ACCOUNTING: Api = Api::new("/accounting/v2/tenant/{tenant}").paged(PAGES);
/// Bookings, customers and locations.
pub(crate) const CRM: Api = Api::new("/crm/v2/tenant/{tenant}").paged(PAGES);
/// Who goes to which appointment.
pub(crate) const DISPATCH: Api = Api::new("/dispatch/v2/tenant/{tenant}").paged(PAGES);
/// Installed equipment and its files.
pub(crate) const EQUIPMENT: Api = Api::new("/equipmentsystems/v2/tenant/{tenant}").paged(PAGES);
/// Jobs, appointments and projects.
pub(crate) const JPM: Api = Api::new("/jpm/v2/tenant/{tenant}").paged(PAGES);
/// Business units, technicians and user roles; the service sorts none of these lists.
pub(crate) const SETTINGS: Api = Api::new("/settings/v2/tenant/{tenant}").paged(PAGES).unsorted();
