//! The path of a raw request, which never leads out of the tenant's own part of the API.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use pipefit_component::{Issue, Problem};

use super::{URL, URL_TYPE};

/// What RFC 3986 lets stand in a path segment as it is.
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

/// The encoded path; the tenant is the connection's to fill in.
pub(super) fn below(service: Option<&str>, url: Option<&str>, issues: &mut Vec<Issue>) -> String {
    let service = service.unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if service.is_empty() || !service.bytes().all(is_plain) {
        let message =
            format!("`{}` must be one part of the API, such as `jpm` or `crm`, without slashes", URL_TYPE.key);
        issues.push(Issue::new(URL_TYPE.key, Problem::InvalidValue, message));
    }
    let path = encoded(url.unwrap_or_default()).unwrap_or_else(|why| {
        let message = format!("`{}` {why}; expected a path below the tenant, such as `/jobs/123`", URL.key);
        issues.push(Issue::new(URL.key, Problem::InvalidValue, message));
        String::new()
    });
    format!("/{service}/v2/tenant/{{tenant}}/{path}")
}

/// The path without its first slash, each segment decoded, judged and encoded anew.
fn encoded(url: &str) -> Result<String, &'static str> {
    if url.contains(['?', '#']) {
        return Err("may not hold a query or a fragment: parameters go into `queryParams`");
    }
    if url.contains("//") || has_scheme(url) {
        return Err("may not name a host or hold an empty part");
    }
    let path = url.strip_prefix('/').unwrap_or(url);
    if path.is_empty() {
        return Err("names nothing");
    }
    Ok(path.split('/').map(segment).collect::<Result<Vec<_>, _>>()?.join("/"))
}

fn has_scheme(url: &str) -> bool {
    let before = url.split('/').next().unwrap_or_default();
    before.contains(':')
}

fn segment(text: &str) -> Result<String, &'static str> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| "is not encoded as UTF-8")?;
    // Some server might decode once more, or read a backslash as a slash: what could mean something else is refused.
    if decoded.contains(['/', '\\', '?', '#', '%']) || decoded.contains(char::is_control) {
        return Err("holds a character that could be read as another path");
    }
    let name = decoded.split(';').next().unwrap_or_default().trim();
    if matches!(name, "." | "..") {
        return Err("may not climb the path");
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
            ("/jobs", "/jobs"),
            ("jobs/7", "/jobs/7"),
            ("/jobs/", "/jobs/"),
            ("/jobs/a b", "/jobs/a%20b"),
            ("/jobs/a%20b", "/jobs/a%20b"),
            ("/jobs/ü", "/jobs/%C3%BC"),
            ("/export/jobs:all", "/export/jobs:all"),
            ("/jobs/{id}", "/jobs/%7Bid%7D"),
            ("/jobs/a..b", "/jobs/a..b"),
        ];
        for (url, below) in table {
            assert_eq!(path("jpm", url).as_deref(), Ok(format!("/jpm/v2/tenant/{{tenant}}{below}").as_str()), "{url}");
        }
    }

    #[test]
    fn nothing_leads_elsewhere() {
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
            assert!(path(service, "/jobs").is_err(), "{service}");
        }
    }
}
