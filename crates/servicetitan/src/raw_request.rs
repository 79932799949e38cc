//! The request that is made by hand: any endpoint of the API, also those that have no action of their own.

mod body;
mod path;
mod reply;

use std::time::Duration;

use pipefit_component::prelude::*;
use pipefit_component::{Expect, Issue, Method, Problem, Retry};

const MISC: Resource = Resource { key: "misc", label: "Miscellaneous" };

const METHODS: &[Choice] = &[
    plain("DELETE"),
    plain("GET"),
    plain("HEAD"),
    plain("LINK"),
    plain("OPTIONS"),
    plain("PATCH"),
    plain("POST"),
    plain("PURGE"),
    plain("PUT"),
    plain("UNLINK"),
];

const ARRAY_BUFFER: &str = "arraybuffer";
const DOCUMENT: &str = "document";
const JSON: &str = "json";
const TEXT: &str = "text";

/// Headers that say who calls, and those that HTTP itself needs to tell where a request ends.
const REFUSED_HEADERS: &[&str] = &[
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "st-app-key",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The API also takes its application key as a query parameter.
const APPLICATION_KEY_PARAMETER: &str = "servicetitanapplicationkey";

const DATA: Input = Input::any("data", "Data")
    .example("{\"exampleKey\": \"Example Data\"}")
    .help("The body: a JSON value, or text. Text has to be JSON, unless a `Content-Type` header says what else it is.")
    .omitted("No body when left out.");
const DEBUG_REQUEST_AND_REPLY: Input = DEBUG_REQUEST.help(
    "Writes each request and the status of its reply to the log, with every secret masked, and adds a member \
     `response` to the reply, with the status and the headers that the service answered.",
);
const FILE_DATA: Input = Input::any("fileData", "File Data")
    .pairs()
    .example("example.txt=My File Contents")
    .help(
        "Files of a multipart form, by the names of their fields. Each is text, or an object with `data` (base64) \
         and `contentType`.",
    )
    .omitted("No files when left out.");
const FILE_DATA_FILE_NAMES: Input = Input::text("fileDataFileNames", "File Data File Names")
    .pairs()
    .example("file=nameplate.jpg")
    .help("The names to send the files under, by the names of their fields in File Data.")
    .omitted("A file without one goes by its own name, or else by that of its field.");
const FORM_DATA: Input = Input::any("formData", "Form Data")
    .pairs()
    .example("note=Hello World")
    .help("Fields of a multipart form and their values: text, or an object with `data` (base64) and `contentType`.")
    .omitted("No fields when left out.");
const HEADERS: Input = Input::text("headers", "Header")
    .pairs()
    .example("User-Agent: curl/7.64.1")
    .help(
        "Headers to send; they replace the usual `Accept`, `Content-Type` and `User-Agent`. Those that carry \
         credentials, or belong to the connection itself such as `Host`, are refused.",
    )
    .omitted("The usual ones when left out.");
const MAX_RETRIES: Input = Input::integer("maxRetries", "Max Retry Count")
    .default("0")
    .help(
        "How often a request that failed is sent again. Without Retry On All Errors this is done only where it is \
         harmless: for a read that failed on the way, and for a write that surely changed nothing, since there were \
         too many requests or no connection.",
    )
    .omitted("Not at all when left out.");
const METHOD: Input = Input::text("method", "Method")
    .choices(METHODS)
    .example("GET")
    .help("The HTTP method. `GET`, `HEAD` and `OPTIONS` count as reading, all others as writing.");
const QUERY_PARAMS: Input = Input::text("queryParams", "Query Parameter")
    .pairs()
    .example("page=1")
    .help("Parameters to add to the URL, in this order; they are encoded for you.")
    .omitted("None when left out.");
const RESPONSE_TYPE: Input = Input::text("responseType", "Response Type")
    .choices(&[plain(ARRAY_BUFFER), plain(DOCUMENT), plain(JSON), plain(TEXT)])
    .default(JSON)
    .help(
        "How to answer what the service sends: `json` as it is, `text` and `document` as one text, `arraybuffer` as \
         an object with `data` (base64) and `contentType`.",
    );
const RETRY_ALL_ERRORS: Input = Input::flag("retryAllErrors", "Retry On All Errors")
    .default_flag(false)
    .help(
        "Sends the request again after any error, refused credentials aside. Careful: a write that was carried out \
         although its answer was lost then happens twice.",
    )
    .omitted("Off when left out.");
const RETRY_DELAY_MS: Input = Input::integer("retryDelayMS", "Retry Delay (ms)")
    .default("0")
    .help("The wait before a request is sent again, in milliseconds; a wait that the service asks for wins.")
    .omitted("No wait when left out.");
const TIMEOUT: Input = Input::integer("timeout", "Timeout")
    .example("2000")
    .help(
        "How long to wait for the answer, in milliseconds. Whether a write that ran out of time has happened is not \
         known.",
    )
    .omitted("Left out, or 0: as long as for every other action.");
const URL: Input = Input::text("url", "URL").example("/jobs").help(
    "The path below `/{urlType}/v2/tenant/{tenant}`, such as `/jobs/123`; host and tenant are those of the \
         connection, and query parameters have an input of their own.",
);
const URL_TYPE: Input = Input::text("urlType", "URL Type").example("jpm").help(
    "The part of the API, as it stands first in a path: `jpm`, `crm`, `accounting`, `dispatch`, `settings`, \
         `equipmentsystems` and so on.",
);
const USE_EXPONENTIAL_BACKOFF: Input = Input::flag("useExponentialBackoff", "Use Exponential Backoff")
    .default_flag(false)
    .help("Doubles the wait with each time that the request is sent again.")
    .omitted("Off when left out: every wait is the same.");

struct RawRequest;

impl Action for RawRequest {
    fn about(&self) -> About {
        About::update("rawRequest", "Raw Request", MISC)
            .help("Sends a request to any endpoint of the API, with the connection's credentials. For what has an action of its own, that action is the better choice: it checks more.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                URL_TYPE.required(),
                URL.required(),
                METHOD.required(),
                DATA,
                FORM_DATA,
                FILE_DATA,
                FILE_DATA_FILE_NAMES,
                QUERY_PARAMS,
                HEADERS,
                RESPONSE_TYPE.required(),
                TIMEOUT,
                DEBUG_REQUEST_AND_REPLY,
                RETRY_DELAY_MS,
                RETRY_ALL_ERRORS,
                MAX_RETRIES,
                USE_EXPONENTIAL_BACKOFF,
            ]
        }
    }

    fn request(&self, mut inputs: Inputs) -> Result<Request> {
        let mut issues = Vec::new();
        let method = inputs.text(&METHOD).and_then(Method::named).unwrap_or(Method::Get);
        let path = path::below(inputs.text(&URL_TYPE), inputs.text(&URL), &mut issues);
        let headers = headers(inputs.take_text_pairs(&HEADERS), &mut issues);
        let query = query(inputs.take_text_pairs(&QUERY_PARAMS), &mut issues);
        let (headers, body) = body::with_headers(&mut inputs, headers, &mut issues);
        if !issues.is_empty() {
            return Err(Error::invalid_input(issues));
        }
        let timeout = inputs.integer(&TIMEOUT).filter(|timeout| *timeout > 0).map(Duration::from_millis);
        let retry = Some(retry(&inputs));
        let expect = match inputs.text(&RESPONSE_TYPE) {
            Some(ARRAY_BUFFER) => Expect::Bytes,
            Some(DOCUMENT | TEXT) => Expect::Text,
            _ => Expect::Json,
        };
        Ok(Request { query, headers, body, expect, timeout, retry, ..Request::new(method, path) })
    }

    fn output(&self) -> Output {
        Output::Any
    }

    fn reply(&self, request: &Request, outcome: Result<Response>) -> Result<Response> {
        reply::converted(request, outcome?)
    }
}

register!(action RawRequest);

fn retry(inputs: &Inputs) -> Retry {
    Retry {
        times: inputs.integer(&MAX_RETRIES).unwrap_or_default().try_into().unwrap_or(u32::MAX),
        wait: Duration::from_millis(inputs.integer(&RETRY_DELAY_MS).unwrap_or_default()),
        doubling: inputs.flag(&USE_EXPONENTIAL_BACKOFF),
        all_errors: inputs.flag(&RETRY_ALL_ERRORS),
    }
}

fn headers(given: Vec<(String, String)>, issues: &mut Vec<Issue>) -> Vec<(String, String)> {
    let mut refuse = |name: &str, problem: Problem, why: &str| {
        issues.push(Issue::new(HEADERS.key, problem, format!("`{}` may not set `{name}`: {why}", HEADERS.key)));
    };
    let mut headers: Vec<(String, String)> = Vec::with_capacity(given.len());
    for (name, value) in given {
        let printable = value.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte));
        if !is_token(&name) || !printable {
            refuse(&name, Problem::InvalidValue, "its name or value holds characters that a header cannot carry");
        } else if REFUSED_HEADERS.iter().any(|refused| name.eq_ignore_ascii_case(refused)) {
            refuse(&name, Problem::Conflict, "credentials, host and framing are the connection's");
        } else if headers.iter().any(|(earlier, _)| name.eq_ignore_ascii_case(earlier)) {
            refuse(&name, Problem::Conflict, "it stands there twice");
        } else {
            headers.push((name, value));
        }
    }
    headers
}

/// What RFC 9110 lets a header be called.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn query(given: Vec<(String, String)>, issues: &mut Vec<Issue>) -> Vec<(String, String)> {
    if given.iter().any(|(name, _)| name.eq_ignore_ascii_case(APPLICATION_KEY_PARAMETER)) {
        let message =
            format!("`{}` may not set the application key: credentials are the connection's", QUERY_PARAMS.key);
        issues.push(Issue::new(QUERY_PARAMS.key, Problem::Conflict, message));
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_looks_no_closer_takes_it_for_a_write() {
        assert!(!RawRequest.about().effect.is_read());
        assert!(METHODS.iter().all(|choice| Method::named(choice.value).is_some()));
    }
}
