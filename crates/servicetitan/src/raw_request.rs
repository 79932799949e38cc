//! Raw requests: any endpoint of the API, including endpoints without an action of their own.

mod body;
mod path;
mod reply;

use std::time::Duration;

use pipefit_component::prelude::*;
use pipefit_component::{Expect, Issue, Method, Problem, Retry, shown};

use crate::resources::jobs::JOBS;

const MISC: Resource = Resource { key: "misc", label: "Miscellaneous" };

const METHODS: &[Choice] = &[
    plain("GET"),
    plain("HEAD"),
    plain("OPTIONS"),
    plain("POST"),
    plain("PUT"),
    plain("PATCH"),
    plain("LINK"),
    plain("UNLINK"),
    plain("DELETE"),
    plain("PURGE"),
];

const ARRAY_BUFFER: &str = "arraybuffer";
const DOCUMENT: &str = "document";
const JSON: &str = "json";
const TEXT: &str = "text";

/// Headers that identify the caller, headers that HTTP needs for framing, and headers that make some servers take the
/// request for one with another method, path or host.
const REFUSED_HEADERS: &[&str] = &[
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
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
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
];

/// Beginnings of the names of more such headers.
const REFUSED_PREFIXES: &[&str] = &["x-forwarded-", "x-original-", "x-rewrite-"];

/// The query parameter in which the API also accepts the application key.
const APPLICATION_KEY_PARAMETER: &str = "servicetitanapplicationkey";

const DATA: Input = Input::any("data", "Data")
    .example("{\"exampleKey\": \"Example Data\"}")
    .help(
        "The request body: a JSON value or text. Text must be valid JSON unless a `Content-Type` header names \
         another type.",
    )
    .omitted("No body when left out.");
const DEBUG_REQUEST_AND_REPLY: Input = DEBUG_REQUEST.help(
    "Writes each request and the status of its response to the log, with every secret masked, and adds a \
         `response` member to the reply, with the status and headers of the service's response.",
);
const FILE_DATA: Input = Input::part("fileData", "File Data")
    .pairs()
    .example("example.txt=My File Contents")
    .help(
        "Files of a multipart form, by field name. Each file is text, or an object with `data` (base64) and \
         `contentType`.",
    )
    .omitted("No files when left out.");
const FILE_DATA_FILE_NAMES: Input = Input::text("fileDataFileNames", "File Data File Names")
    .pairs()
    .example("file=nameplate.jpg")
    .help("The file names to send, by the field names in File Data.")
    .omitted("A file without an entry is sent under its own name, or else under the name of its field.");
const FORM_DATA: Input = Input::part("formData", "Form Data")
    .pairs()
    .example("note=Hello World")
    .help("Fields of a multipart form. Each value is text, or an object with `data` (base64) and `contentType`.")
    .omitted("No fields when left out.");
const HEADERS: Input = Input::text("headers", "Header")
    .pairs()
    .example("User-Agent: curl/7.64.1")
    .help(
        "Headers to send. They replace the default `Accept`, `Content-Type` and `User-Agent`. Headers that \
         carry credentials, belong to the connection itself, such as `Host`, or stand in for the method or the \
         path, such as `X-HTTP-Method-Override`, are refused.",
    )
    .omitted("The default headers when left out.");
const MAX_RETRIES: Input = Input::integer("maxRetries", "Max Retry Count")
    .default("0")
    .help(
        "How many times to retry a failed request. Without Retry On All Errors, a request is retried only where \
         that is safe: a read that failed on the way, or a write that certainly had no effect because there \
         were too many requests or no connection.",
    )
    .omitted("No retries when left out.");
const METHOD: Input = Input::text("method", "Method")
    .choices(METHODS)
    .example("GET")
    .help("The HTTP method. `GET`, `HEAD` and `OPTIONS` count as reads, all others as writes.");
const QUERY_PARAMS: Input = Input::text("queryParams", "Query Parameter")
    .pairs()
    .example("page=1")
    .help("Query parameters to add to those of the URL, in this order. They are encoded for you.")
    .omitted("No parameters when left out.");
const RESPONSE_TYPE: Input = Input::text("responseType", "Response Type")
    .choices(&[plain(JSON), plain(TEXT), plain(DOCUMENT), plain(ARRAY_BUFFER)])
    .default(JSON)
    .help(
        "How to return the response body: `json` as it is, `text` and `document` as a string, `arraybuffer` as \
         an object with `data` (base64) and `contentType`.",
    );
const RETRY_ALL_ERRORS: Input = Input::flag("retryAllErrors", "Retry On All Errors")
    .default_flag(false)
    .help(
        "Retries after any error except refused credentials. Caution: a write that succeeded although its \
         response was lost is then carried out twice.",
    )
    .omitted("Off when left out.");
const RETRY_DELAY_MS: Input = Input::integer("retryDelayMS", "Retry Delay (ms)")
    .default("0")
    .help("The delay before each retry, in milliseconds. A delay that the service asks for takes precedence.")
    .omitted("No delay when left out.");
const TIMEOUT: Input = Input::integer("timeout", "Timeout")
    .example("2000")
    .help(
        "How long to wait for the response, in milliseconds. After a timeout it is not known whether a write \
         was carried out.",
    )
    .omitted("When left out or 0, the same timeout as for all other actions.");
const URL: Input = Input::text("url", "URL").example(JOBS.path()).help(
    "The path below `/{urlType}/v2/tenant/{tenant}`, such as `/jobs/123`, with or without a query. The host and \
         tenant come from the connection.",
);
const URL_TYPE: Input = Input::text("urlType", "URL Type").example("jpm").help(
    "The part of the API, which is the first segment of the path: `jpm`, `crm`, `accounting`, `dispatch`, \
         `settings`, `equipmentsystems` and so on. Version 2 is used unless another one follows, as in `telecom/v3`.",
);
const USE_EXPONENTIAL_BACKOFF: Input = Input::flag("useExponentialBackoff", "Use Exponential Backoff")
    .default_flag(false)
    .help("Doubles the delay with each retry.")
    .omitted("Off when left out: every delay is the same.");

struct RawRequest;

impl Action for RawRequest {
    fn about(&self) -> About {
        About::update("rawRequest", "Raw Request", MISC).help(
            "Sends a request to any endpoint of the API with the connection's credentials. Prefer a \
                 dedicated action where there is one: it checks more.",
        )
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
        let (path, mut query) = path::below(inputs.text(&URL_TYPE), inputs.text(&URL), &mut issues);
        let headers = headers(inputs.take_text_pairs(&HEADERS), &mut issues);
        query.extend(inputs.take_text_pairs(&QUERY_PARAMS));
        check_query(&query, &mut issues);
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
        issues.push(Issue::new(
            HEADERS.key,
            problem,
            format!("`{}` may not set `{}`: {why}", HEADERS.key, shown(name)),
        ));
    };
    let mut headers: Vec<(String, String)> = Vec::with_capacity(given.len());
    for (name, value) in given {
        let printable = value.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte));
        if !is_token(&name) || !printable {
            refuse(
                &name,
                Problem::InvalidValue,
                "its name or value contains characters that are not allowed in a header",
            );
        } else if is_refused(&name) {
            refuse(&name, Problem::Conflict, "method, path, host, credentials and framing are set elsewhere");
        } else if headers.iter().any(|(earlier, _)| name.eq_ignore_ascii_case(earlier)) {
            refuse(&name, Problem::Conflict, "it is set twice");
        } else {
            headers.push((name, value));
        }
    }
    headers
}

/// Whether a raw request may not set this header. Some servers take `_` for `-`.
fn is_refused(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    REFUSED_HEADERS.contains(&name.as_str()) || REFUSED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether RFC 9110 allows this name for a header.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn check_query(query: &[(String, String)], issues: &mut Vec<Issue>) {
    if query.iter().any(|(name, _)| name.eq_ignore_ascii_case(APPLICATION_KEY_PARAMETER)) {
        let message =
            format!("`{}` may not set the application key: the connection sets credentials", QUERY_PARAMS.key);
        issues.push(Issue::new(QUERY_PARAMS.key, Problem::Conflict, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_a_write_until_its_method_is_known() {
        assert!(!RawRequest.about().effect.is_read());
        assert!(METHODS.iter().all(|choice| Method::named(choice.value).is_some()));
    }
}
