//! The exit statuses.

use pipefit::Code;

/// Success.
pub(crate) const OK: u8 = 0;
/// A bug in this program, or a failure of the machine (`EX_SOFTWARE` of sysexits.h).
pub(crate) const INTERNAL: u8 = 70;

/// Returns the exit status of an error. docs/errors.md lists the same numbers.
pub(crate) fn status(code: Code) -> u8 {
    match code {
        // The request must be changed.
        Code::InvalidRequest | Code::UnknownAction | Code::InvalidInput => 2,
        // The connection must be changed, or lacks a right.
        Code::InvalidConnection | Code::Unauthorized | Code::Forbidden => 3,
        // The service rejected the request.
        Code::NotFound | Code::Conflict | Code::Rejected => 4,
        // The same request may succeed later.
        Code::RateLimited | Code::Unavailable | Code::Timeout => 5,
        // The write may or may not have happened: check before trying again.
        Code::OutcomeUnknown => 6,
        Code::BadReply => 7,
        Code::ForbiddenByPolicy => 8,
        Code::Cancelled => 9,
        _ => INTERNAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../docs/errors.md");

    #[test]
    fn the_page_lists_every_code_with_its_status_and_remedy() {
        let missing: Vec<_> = Code::ALL
            .iter()
            .map(|code| format!("| `{}` | {} | {} |", code.name(), status(*code), code.guide().remedy))
            .filter(|row| !PAGE.contains(row.as_str()))
            .collect();
        assert!(missing.is_empty(), "docs/errors.md lacks these rows: {missing:#?}");
    }

    #[test]
    fn no_error_has_the_status_of_success() {
        assert!(Code::ALL.iter().all(|code| status(*code) != OK));
    }
}
