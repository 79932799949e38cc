//! Inputs that the runtime acts on itself; they are never sent.

use super::{Input, Role};

/// Whose account to act for.
pub const CONNECTION: Input = Input::connection("connection", "Connection").required().help(
    "The account to act for: a connection object with its fields, or the name of a connection that the host keeps.",
);

/// Logs the request and the status of its reply.
pub const DEBUG_REQUEST: Input = Input::flag("debugRequest", "Debug Request")
    .default_flag(false)
    .role(Role::Debug)
    .help("Writes each request and the status of its reply to the log, with every secret masked.")
    .omitted("Off when left out.");

/// Reads every page of a list.
pub const FETCH_ALL: Input = Input::flag("fetchAll", "Fetch All")
    .default_flag(false)
    .role(Role::FetchAll)
    .help("Reads all pages and answers them as one list; the page and its size are then chosen for you.")
    .omitted("Off when left out: one page is read.");

/// Narrows a picklist by text.
pub const SEARCH: Input = Input::text("search", "Search")
    .role(Role::Picklist)
    .help("Keeps only entries that contain this text, in any letter case.")
    .omitted("All entries when left out.");

/// Bounds a picklist's length.
pub const LIMIT: Input = Input::integer("limit", "Limit")
    .example("100")
    .role(Role::Picklist)
    .help("The most entries to answer, 1 to 10000.")
    .omitted("Left out: up to 10000.");

/// Asks for one entry of a picklist.
pub const VALUE: Input = Input::text("value", "Value")
    .role(Role::Picklist)
    .help("Answers only the entry with this key, to label a choice that was saved.")
    .omitted("All entries when left out.");

/// What every data source takes beyond its own inputs.
pub const PICKLIST_INPUTS: &[Input] = &[SEARCH, LIMIT, VALUE];
