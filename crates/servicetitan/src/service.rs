//! What the whole API has in common: its modules, its paging and its errors.

use pipefit_component::{Api, ErrorFormat, NumberedPages, PageLayout, PageMember, PageRole, Paging};

/// Pages are numbered from 1 and contain up to 5000 records, as the API documents its limits.
const PAGING: Paging = Paging::Numbered(NumberedPages {
    number: "page",
    first: 1,
    size: "pageSize",
    max_size: 5000,
    default_size: 50,
    total: "includeTotal",
});

const PAGE: PageLayout = PageLayout(&[
    PageMember::new("page", PageRole::Number, "The number of this page; the first page is 1."),
    PageMember::new("pageSize", PageRole::Size, "The maximum number of records on this page."),
    PageMember::new("hasMore", PageRole::HasMore, "Whether there are more records after this page."),
    PageMember::new("totalCount", PageRole::Total, "The number of matching records; null unless it was requested."),
    PageMember::new("data", PageRole::Records, "The records of this page."),
]);

/// Errors follow RFC 9457, with an additional member for the errors of single fields.
pub(crate) const ERRORS: ErrorFormat =
    ErrorFormat { message: "title", trace_id: Some("traceId"), field_errors: Some("errors") };

/// Invoices and payments.
pub(crate) const ACCOUNTING: Api = part("/accounting/v2/tenant/{tenant}");
/// Bookings, customers and locations.
pub(crate) const CRM: Api = part("/crm/v2/tenant/{tenant}");
/// Appointment assignments.
pub(crate) const DISPATCH: Api = part("/dispatch/v2/tenant/{tenant}");
/// Installed equipment and its files.
pub(crate) const EQUIPMENT: Api = part("/equipmentsystems/v2/tenant/{tenant}");
/// Jobs, appointments and projects.
pub(crate) const JPM: Api = part("/jpm/v2/tenant/{tenant}");
/// Business units, technicians and user roles.
pub(crate) const SETTINGS: Api = part("/settings/v2/tenant/{tenant}");

/// A module of the API: the paths below its prefix.
pub(crate) const fn part(prefix: &'static str) -> Api {
    Api::new(prefix)
        .paged(PAGING, PAGE)
        .sorted("sort", "+Id")
        .sort_fields(&["Id", "ModifiedOn", "CreatedOn"])
        .scopes_end_with(":r", ":w")
}
