//! The exit statuses.

use pipefit::Code;

/// Success.
pub(crate) const OK: u8 = 0;
/// A bug in this program, or a failure of the machine (`EX_SOFTWARE` of sysexits.h).
pub(crate) const INTERNAL: u8 = 70;

/// Returns the exit status of an error. The README lists the same numbers.
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

/// Returns what to do about an error. The README says the same.
pub(crate) fn what_to_do(code: Code) -> &'static str {
    match code {
        Code::InvalidRequest => "Send one JSON object, or arguments, as `pipefit run --help` shows; check the flags.",
        Code::UnknownAction => "Look for the key in `pipefit list`.",
        Code::InvalidInput => "Correct each of the `issues`; `pipefit describe KEY` shows the inputs.",
        Code::InvalidConnection => "Complete or correct the connection; environment and token URL must agree.",
        Code::Unauthorized => "Check client id, client secret and application key.",
        Code::Forbidden => "Give the application the API scope, or the tenant its permission.",
        Code::NotFound => "The record does not exist, or not in this tenant.",
        Code::Conflict => "Read the record: its state does not allow this.",
        Code::Rejected => "The API refused the content: `errors` has its words, `traceId` is for its support.",
        Code::RateLimited => "Try again after `retryAfterSeconds`.",
        Code::Unavailable | Code::Timeout => "Try again later; nothing was changed.",
        Code::OutcomeUnknown => {
            "A write was sent and no response came: check whether it happened before you try again."
        }
        Code::BadReply => "The response of the API cannot be understood: try again, then report it.",
        Code::ForbiddenByPolicy => "Ask the operator: the policy denies this action.",
        Code::Cancelled => "It was stopped before the response came; nothing was changed.",
        // Codes that are new here, too.
        _ => "A fault of Pipefit: report it.",
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
            .map(|code| format!("| `{}` | {} | {} |", code.name(), status(*code), what_to_do(*code)))
            .filter(|row| !README.contains(row.as_str()))
            .collect();
        assert!(missing.is_empty(), "README.md lacks these rows: {missing:#?}");
    }

    #[test]
    fn no_error_has_the_status_of_success() {
        assert!(Code::ALL.iter().all(|code| status(*code) != OK));
    }
}
