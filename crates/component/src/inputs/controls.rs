//! Inputs that the runtime handles itself and never sends to the service.

use super::{Input, Role};

/// The connection to use.
pub const CONNECTION: Input = Input::connection("connection", "Connection").required().help(
    "The connection to use: a connection object with its fields, or the name of a connection that the host knows.",
);

/// Logs each request and the status of its response.
pub const DEBUG_REQUEST: Input = Input::flag("debugRequest", "Debug Request")
    .default_flag(false)
    .role(Role::Debug)
    .help("Logs each request and the status of its response, with secrets masked.")
    .omitted("Off when left out.");

/// Reads every page of a list.
pub const FETCH_ALL: Input = Input::flag("fetchAll", "Fetch All")
    .default_flag(false)
    .role(Role::FetchAll)
    .help(
        "Reads all pages and returns them as one list. The page number is then ignored; the page size limits the \
         pages that are read.",
    )
    .omitted("Off when left out: one page is returned.");

/// Filters a picklist by text.
pub const SEARCH: Input = Input::text("search", "Search")
    .role(Role::Picklist)
    .help("Returns only entries whose label contains this text, regardless of case.")
    .omitted("All entries when left out.");

/// Limits the length of a picklist.
pub const LIMIT: Input = Input::integer("limit", "Limit")
    .range(1, 10_000)
    .example("100")
    .role(Role::Picklist)
    .help("The maximum number of entries to return, from 1 to 10000.")
    .omitted("Up to 10000 when left out.");

/// Reads one entry of a picklist.
pub const VALUE: Input = Input::text("value", "Value")
    .role(Role::Picklist)
    .help("Returns only the entry with this key, for example to show the label of a saved choice.")
    .omitted("All entries when left out.");

/// The inputs that the runtime adds to every data source.
pub const PICKLIST_INPUTS: &[Input] = &[SEARCH, LIMIT, VALUE];
