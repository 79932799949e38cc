//! Errors that the end of a server causes.

use std::time::Duration;

use pipefit_component::{Code, Error};

/// After how long a client that was refused, or cancelled by the end of a server, may try again.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Returns the error of an invocation that ends with the server: what that cancelled can be sent to the next one.
pub(crate) fn retryable_if_cancelled(error: Error) -> Error {
    if error.code() == Code::Cancelled { error.with_retryable(true).with_retry_after(RETRY_AFTER) } else { error }
}
