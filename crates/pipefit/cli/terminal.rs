//! What is known of the terminal.

use std::io::{self, IsTerminal as _};

/// The width of tables where there is no terminal, in columns.
const WIDTH: usize = 100;

/// Whether stdout is a terminal.
pub(crate) fn is_stdout() -> bool {
    io::stdout().is_terminal()
}

/// Whether stderr is a terminal.
pub(crate) fn is_stderr() -> bool {
    io::stderr().is_terminal()
}

/// Whether stdout shows colours: on a terminal that has them, unless `NO_COLOR` is set.
pub(crate) fn colours() -> bool {
    is_stdout() && anstyle_query::term_supports_ansi_color() && !anstyle_query::no_color()
}

/// Whether stderr shows colours, by the same rules.
pub(crate) fn colours_on_stderr() -> bool {
    is_stderr() && anstyle_query::term_supports_ansi_color() && !anstyle_query::no_color()
}

/// The width of the terminal, in columns: `COLUMNS`, if it is set, as for the help.
pub(crate) fn width() -> usize {
    let given = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    let own = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    given.or_else(own).unwrap_or(WIDTH)
}
