//! What each error code means, and what to do. Listings, documents and messages take their words from here.

use serde::Serialize;

use crate::Code;

/// What a code means, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Guide {
    /// What went wrong, in full sentences.
    pub meaning: &'static str,
    /// A case in which it happens.
    pub example: &'static str,
    /// What to do, in one sentence.
    pub remedy: &'static str,
}

impl Code {
    /// Returns what the code means, an example, and what to do.
    pub fn guide(self) -> Guide {
        let guide = |meaning, example, remedy| Guide { meaning, example, remedy };
        match self {
            Self::InvalidRequest => guide(
                "The request is not one JSON object with known members, or a flag or setting is not valid.",
                "`{\"acton\": \"getJob\"}`, where `action` is misspelled.",
                "Send one JSON object, or arguments, as `pipefit run --help` shows; check the flags.",
            ),
            Self::UnknownAction => guide(
                "There is no action, data source or trigger with this key.",
                "`{\"action\": \"getJbo\"}`.",
                "Look for the key in `pipefit list`.",
            ),
            Self::InvalidInput => guide(
                "Inputs are missing, unknown or not valid; `issues` lists all of them.",
                "`getJob` without a `jobId`.",
                "Correct each of the `issues`; `pipefit describe KEY` shows the inputs.",
            ),
            Self::InvalidConnection => guide(
                "The connection lacks a field, contradicts itself, is not known by its name, or cannot be read.",
                "`environment` is `production` and `tokenUrl` is that of the integration environment.",
                "Complete or correct the connection, or the file that it is in; environment and token URL must agree.",
            ),
            Self::Unauthorized => guide(
                "The service rejected the credentials.",
                "The client secret was replaced in the portal of the service.",
                "Check client id, client secret and application key with `pipefit connection test`.",
            ),
            Self::Forbidden => guide(
                "The credentials are valid, but lack the right to do this.",
                "`createJob`, with an application that has only the scopes to read.",
                "Give the application the scope that `scope` names, or the tenant its permission.",
            ),
            Self::NotFound => guide(
                "The service has no such record or endpoint.",
                "`getJob` with the id of a job of another tenant.",
                "Check the id: the record does not exist, or not in this tenant.",
            ),
            Self::Conflict => guide(
                "The state of the record does not allow this.",
                "A job is cancelled that is already completed.",
                "Read the record: its state does not allow this.",
            ),
            Self::Rejected => guide(
                "The service rejected the content of the request.",
                "A job for a customer that does not exist.",
                "Correct what `errors` names, in the words of the service; `traceId` is for its support.",
            ),
            Self::RateLimited => guide(
                "The service received too many requests.",
                "Another program uses the same application and tenant.",
                "Try again after `retryAfterSeconds`.",
            ),
            Self::Unavailable => guide(
                "The service could not be reached, or failed. Nothing was changed.",
                "The name of the host cannot be resolved, or the service responds with status 503.",
                "Check the network, the proxy and the URL of the service; then try again later.",
            ),
            Self::Timeout => guide(
                "The service did not respond in time, or the time limit was reached. Nothing was changed.",
                "`--timeout 1s` for a list of a million records.",
                "Try again later, or with a longer `--timeout`.",
            ),
            Self::OutcomeUnknown => guide(
                "A write was sent and no response came: it may or may not have happened.",
                "The network failed after `createJob` was sent.",
                "Check whether the write happened before you try again.",
            ),
            Self::BadReply => guide(
                "The response of the service cannot be understood. If it was a write, the message says whether it \
                 happened.",
                "A proxy responds with a page of its own, with status 200.",
                "Try again if nothing was written; then report it.",
            ),
            Self::ForbiddenByPolicy => guide(
                "The policy of the operator does not allow this. Nothing was sent.",
                "`createJob` with `--read-only`.",
                "Ask the operator: the policy denies this.",
            ),
            Self::Cancelled => guide(
                "It was stopped before it was done. Nothing was changed.",
                "Ctrl-C while a list is read.",
                "Run it again if you need the reply; nothing was changed.",
            ),
            Self::Internal => guide(
                "A fault of Pipefit, or of the machine that it runs on.",
                "No thread can be started.",
                "Report the message, and the lines before it on stderr.",
            ),
        }
    }
}
