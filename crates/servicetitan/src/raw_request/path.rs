//! The path of a raw request, which always stays below the tenant's prefix.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use pipefit_component::{Issue, Problem};

use super::{URL, URL_TYPE};

/// The characters to encode: all that RFC 3986 does not allow in a path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// The encoded path; the connection fills in the tenant.
pub(super) fn below(service: Option<&str>, url: Option<&str>, issues: &mut Vec<Issue>) -> String {
    let service = service.unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if service.is_empty() || !service.bytes().all(is_plain) {
        let message =
            format!("`{}` must name one part of the API, such as `jpm` or `crm`, without slashes", URL_TYPE.key);
        issues.push(Issue::new(URL_TYPE.key, Problem::InvalidValue, message));
    }
    let path = encoded(url.unwrap_or_default()).unwrap_or_else(|why| {
        let message = format!("`{}` {why}; expected a path below the tenant, such as `/jobs/123`", URL.key);
        issues.push(Issue::new(URL.key, Problem::InvalidValue, message));
        String::new()
    });
    format!("/{service}/v2/tenant/{{tenant}}/{path}")
}

/// The path without its first slash, with each segment decoded, checked and encoded again.
fn encoded(url: &str) -> Result<String, &'static str> {
    if url.contains(['?', '#']) {
        return Err("must not contain a query or a fragment: use `queryParams` for parameters");
    }
    if url.contains("//") || has_scheme(url) {
        return Err("must not contain a host or an empty segment");
    }
    let path = url.strip_prefix('/').unwrap_or(url);
    if path.is_empty() {
        return Err("is empty");
    }
    Ok(path.split('/').map(segment).collect::<Result<Vec<_>, _>>()?.join("/"))
}

fn has_scheme(url: &str) -> bool {
    let before = url.split('/').next().unwrap_or_default();
    before.contains(':')
}

fn segment(text: &str) -> Result<String, &'static str> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| "is not valid UTF-8 when decoded")?;
    // A server may decode once more or read a backslash as a slash, so ambiguous characters are refused.
    if decoded.contains(['/', '\\', '?', '#', '%']) || decoded.contains(char::is_control) {
        return Err("contains a character that could change the path");
    }
    let name = decoded.split(';').next().unwrap_or_default().trim();
    if matches!(name, "." | "..") {
        return Err("must not contain the segments `.` or `..`");
    }
    Ok(utf8_percent_encode(&decoded, SEGMENT).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(service: &str, url: &str) -> Result<String, Vec<Issue>> {
        let mut issues = Vec::new();
        let path = below(Some(service), Some(url), &mut issues);
        if issues.is_empty() { Ok(path) } else { Err(issues) }
    }

    #[test]
    fn a_path_is_kept_and_encoded_once() {
        let table = [
            ("/calls", "calls"),
            ("calls/7", "calls/7"),
            ("/calls/", "calls/"),
            ("/calls/a b", "calls/a%20b"),
            ("/calls/a%20b", "calls/a%20b"),
            ("/calls/ü", "calls/%C3%BC"),
            ("/export/calls:all", "export/calls:all"),
            ("/calls/{id}", "calls/%7Bid%7D"),
            ("/calls/a..b", "calls/a..b"),
        ];
        for (url, below) in table {
            assert_eq!(path("jpm", url).as_deref(), Ok(format!("/jpm/v2/tenant/{{tenant}}/{below}").as_str()), "{url}");
        }
    }

    #[test]
    fn paths_that_could_lead_elsewhere_are_refused() {
        let wrong = [
            "https://evil.example/x",
            "//evil.example/x",
            "http:evil.example",
            "/",
            "/a//b",
            "/..",
            "/a/../b",
            "/.",
            "..",
            "/%2e%2e/x",
            "/.%2E/x",
            "/%2e",
            "/a/..;x/b",
            "/a%2fb",
            "/a%2F..%2Fb",
            "/%252e%252e/x",
            "/a\\b",
            "/\\evil",
            "/a%5cb",
            "/jobs?x=1",
            "/jobs#x",
            "/jobs%3fx",
            "/jobs%23x",
            "/a\nb",
            "/a%0d%0aX: y",
            "/a%00",
            "/a\tb",
            "/%zz",
            "/%ff",
            "/%",
            "/.. /x",
        ];
        for url in wrong {
            assert!(path("jpm", url).is_err(), "{url}");
        }
        for service in ["..", "jpm/v2", "", "a.b", "jpm%2f", "j\\", "ü", "{tenant}"] {
            assert!(path(service, "calls").is_err(), "{service}");
        }
    }
}
