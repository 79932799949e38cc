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

/// The version of the API that is used if a request names none.
const VERSION: &str = "v2";

/// The encoded path, whose tenant the connection fills in, and the parameters of the query.
pub(super) fn below(
    service: Option<&str>,
    url: Option<&str>,
    issues: &mut Vec<Issue>,
) -> (String, Vec<(String, String)>) {
    let given = url.unwrap_or_default().trim();
    let (url, query) = given.split_once('?').unwrap_or((given, ""));
    let service = service.unwrap_or_default().trim();
    let (service, version) = service.split_once('/').unwrap_or((service, VERSION));
    let (version, url) = with_version(url).unwrap_or((version, url));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if service.is_empty() || !service.bytes().all(is_plain) || !is_version(version) {
        let message = format!(
            "`{}` must name one part of the API, such as `jpm` or `crm`, or a version of it, such as `telecom/v3`",
            URL_TYPE.key
        );
        issues.push(Issue::new(URL_TYPE.key, Problem::InvalidValue, message));
    }
    let path = if given.contains('#') { Err("must not contain a fragment") } else { encoded(url) };
    let path = path.unwrap_or_else(|why| {
        let message = format!("`{}` {why}; expected a path below the tenant, such as `/jobs/123`", URL.key);
        issues.push(Issue::new(URL.key, Problem::InvalidValue, message));
        String::new()
    });
    (
        format!("/{service}/{version}/tenant/{{tenant}}/{path}"),
        form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
    )
}

/// Splits a path that begins with a version, as the API reference writes it: `/v3/tenant/{tenant}/calls`.
fn with_version(url: &str) -> Option<(&str, &str)> {
    let (version, path) = url.trim_start_matches('/').split_once("/tenant/{tenant}/")?;
    is_version(version).then_some((version, path))
}

/// Whether text is a version such as `v2`.
fn is_version(text: &str) -> bool {
    text.strip_prefix('v')
        .is_some_and(|digits| (1..=3).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit()))
}

/// The path without its first slash, with each segment decoded, checked and encoded again.
fn encoded(url: &str) -> Result<String, &'static str> {
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
        let (path, _) = below(Some(service), Some(url), &mut issues);
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
    fn a_version_and_a_query_are_taken_from_the_text() {
        for (service, url, expected) in [
            ("telecom/v3", "/calls", "/telecom/v3/tenant/{tenant}/calls"),
            ("telecom", "/v3/tenant/{tenant}/calls", "/telecom/v3/tenant/{tenant}/calls"),
            ("telecom", "/v3/calls", "/telecom/v2/tenant/{tenant}/v3/calls"),
        ] {
            assert_eq!(path(service, url).as_deref(), Ok(expected));
        }
        let (path, query) = below(Some("jpm"), Some("/jobs?number=a%26b&ids=1&ids=2"), &mut Vec::new());
        let query: Vec<_> = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(path, "/jpm/v2/tenant/{tenant}/jobs");
        assert_eq!(query, [("number", "a&b"), ("ids", "1"), ("ids", "2")]);
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
        for service in [
            "..",
            "jpm/v2/tenant",
            "",
            "jpm/",
            "jpm/v",
            "jpm/v2/x",
            "jpm/../v2",
            "/v2",
            "a.b",
            "jpm%2f",
            "j\\",
            "ü",
            "{tenant}",
        ] {
            assert!(path(service, "calls").is_err(), "{service}");
        }
    }
}
