//! The exit status of each class of error.

use pipefit::Code;

/// It worked.
pub(crate) const OK: u8 = 0;
/// A fault of this program, or of the machine it runs on (`EX_SOFTWARE` of sysexits.h).
pub(crate) const INTERNAL: u8 = 70;

/// The exit status of an error. The README lists the same numbers.
pub(crate) fn status(code: Code) -> u8 {
    match code {
        // The request is wrong: change it.
        Code::InvalidRequest | Code::UnknownAction | Code::InvalidInput => 2,
        // The connection is wrong or lacks a right: change that.
        Code::InvalidConnection | Code::Unauthorized | Code::Forbidden => 3,
        // The service said no.
        Code::NotFound | Code::Conflict | Code::Rejected => 4,
        // The same request may succeed later.
        Code::RateLimited | Code::Unavailable | Code::Timeout => 5,
        // It may or may not have happened: look before trying again.
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

    const README: &str = include_str!("../../../README.md");

    #[test]
    fn readme_lists_every_code_with_its_status() {
        let missing: Vec<_> = Code::ALL
            .iter()
            .map(|code| format!("| `{}` | {} |", code.name(), status(*code)))
            .filter(|row| !README.contains(row.as_str()))
            .collect();
        assert!(missing.is_empty(), "README.md lacks these rows: {missing:#?}");
    }

    #[test]
    fn no_error_looks_like_success() {
        assert!(Code::ALL.iter().all(|code| status(*code) != OK));
    }
}
