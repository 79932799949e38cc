//! The faults of `docs/faults.md`, by the words of its rows.

use std::time::Duration;

use crate::support::{Act, response};

/// Which requests meet a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// Those to the API.
    Api,
    /// Those for a token.
    Token,
    /// Those to the storage that a download is redirected to.
    Storage,
    /// All: nobody listens.
    Nowhere,
}

/// Secrets of the connection in plain text and encoded, with what drives a terminal or turns text around.
const EVIL: &str = concat!(
    r"canary-client-secret \u0063anary-client-secret canary%2dclient%2Dsecret canary-token ",
    r"\u001b[2J\u0000\u202E\u2066\u200fend",
);

/// What a server does that has the fault of this row: each of several variants. `url` is its own URL.
pub(super) fn fault(row: &str, url: &str) -> (At, Vec<Act>) {
    let api = |acts: Vec<Act>| (At::Api, acts);
    match row {
        "no connection can be made" => (At::Nowhere, vec![Act::Reset]),
        "the connection breaks before an answer" => api(vec![Act::Reset, send(""), send("HTTP/1.1 200 O")]),
        "what comes is not HTTP" => api(vec![
            send("220 mail.example ESMTP\r\n"),
            raw_head("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"),
            raw_head("Content-Length: -1\r\n", "{}"),
        ]),
        "no answer in time" => api(vec![Act::Stall(Vec::new()), Act::Stall(b"HTTP/1.1 200 OK\r\nContent-".to_vec())]),
        "nothing but interim answers" => {
            let interim = b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec();
            api(vec![Act::Repeat(interim.clone(), interim, Duration::from_millis(20))])
        }
        "the answer begins and takes too long" => {
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{".to_vec();
            api(vec![Act::Stall(head.clone()), Act::Repeat(head, b" ".to_vec(), Duration::from_millis(20))])
        }
        "the answer is cut off" => api(vec![
            raw_head("Content-Length: 1000\r\n", "{}"),
            raw_head("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n"),
            raw_head("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\nzz\r\n"),
        ]),
        "the answer does not end" => {
            let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
            api(vec![Act::Repeat(head, vec![b' '; 64 * 1024], Duration::ZERO)])
        }
        "an interim answer comes first" => api(vec![send(&format!(
            "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n{}",
            text(ok(r#"{"hasMore":false,"data":[]}"#))
        ))]),
        "status 101" => api(vec![status("101 Switching Protocols")]),
        "a status from 300 to 399, without or with a link" => {
            let statuses = ["300 Choices", "301 Moved", "302 Found", "303 Other", "304 Same", "307 Moved", "308 Moved"];
            let linked = |code| Act::Send(response(code, &[("location", &format!("{url}/elsewhere"))], ""));
            api(statuses.into_iter().flat_map(|code| [status(code), linked(code)]).collect())
        }
        "a status that does not exist" => api(vec![status("600 What"), status("999 What")]),
        "status 400, 402 or 422" => api(vec![status("400 Bad"), status("402 Pay"), status("422 Bad")]),
        "status 403" => api(vec![status("403 Forbidden")]),
        "status 404 or 410" => api(vec![status("404 Not Found"), status("410 Gone")]),
        "status 409" => api(vec![status("409 Conflict")]),
        "status 401" => api(vec![status("401 Unauthorized")]),
        "status 500, 502 or 503" => api(vec![status("500 Oops"), status("502 Bad"), status("503 Busy")]),
        "status 503 with a wait of a year" => {
            api(vec![Act::Send(response("503 Busy", &[("retry-after", "31536000")], ""))])
        }
        "status 408 or 504" => api(vec![status("408 Timeout"), status("504 Timeout")]),
        "an empty answer" => api(vec![ok(""), ok(" \r\n"), status("204 No Content")]),
        "the answer is not JSON" => {
            let nested = format!("{{\"a\":{}", "[".repeat(10_000));
            let shortened = raw_head("Content-Length: 1\r\n", r#"{"id":1}"#);
            let zipped = Act::Send(response("200 OK", &[("content-encoding", "gzip")], b"\x1f\x8b\x08\0\0"));
            let invalid = Act::Send(response("200 OK", &[], b"{\"a\":\"\xff\xfe\"}"));
            api(vec![ok("<html>"), ok("{\"a\":}"), ok("{} {}"), ok(&nested), shortened, zipped, invalid])
        }
        "the answer claims to be compressed and is not" => {
            let body = r#"{"id":1,"hasMore":false,"data":[]}"#;
            api(vec![Act::Send(response("200 OK", &[("content-encoding", "gzip")], body))])
        }
        "the answer is a list, a text or a number" => api(vec![ok(r#"[{"id":1}]"#), ok(r#""text""#), ok("17")]),
        _ => {
            let other = refusals(row).or_else(|| waits(row)).or_else(|| tokens(row)).or_else(|| storage(row, url));
            other.unwrap_or_else(|| pages(row))
        }
    }
}

/// Refusals whose body is strange.
fn refusals(row: &str) -> Option<(At, Vec<Act>)> {
    let title =
        |title: &str| format!(r#"{{"title":"{title}","traceId":"{title}","errors":{{"{title}":["{title}"]}}}}"#);
    let bodies: Vec<Vec<u8>> = match row {
        "is no text" => vec![b"{\"title\":\"caf\xe9\"}".to_vec(), b"\xff\xfe\0\x80".to_vec()],
        "is not JSON" => vec![b"<html><h1>No".to_vec(), b"{\"title\":".to_vec(), b"[]".to_vec(), b"\"No\"".to_vec()],
        "is JSON of another form" => vec![br#"{"title":7,"traceId":{},"errors":"x"}"#.to_vec(), b"{}".to_vec()],
        "is nested 10,000 levels deep" => {
            let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
            vec![format!(r#"{{"title":"No.","errors":{nested}}}"#).into_bytes(), nested.into_bytes()]
        }
        "has a title of 10 kB, or of 1 MB" => {
            vec![title(&"x".repeat(10_000)).into_bytes(), title(&"x".repeat(1_000_000)).into_bytes()]
        }
        "repeats secrets, and has control characters" => vec![title(EVIL).into_bytes(), EVIL.as_bytes().to_vec()],
        _ => return None,
    };
    Some((At::Api, bodies.iter().map(|body| Act::Send(response("400 Bad", &[], body))).collect()))
}

/// Refusals for too many requests.
fn waits(row: &str) -> Option<(At, Vec<Act>)> {
    let (at, waits): (_, Vec<Vec<&str>>) = match row {
        "none" => (At::Api, vec![vec![]]),
        "0, or a date in the past" => (At::Api, vec![vec!["0"], vec!["Wed, 21 Oct 2015 07:28:00 GMT"]]),
        "what is no time" => (At::Api, vec![vec!["soon"], vec![""], vec!["-5"], vec!["1e9"], vec!["0x10"]]),
        "a fraction of a second" => (At::Api, vec![vec!["0.5"]]),
        "a year, or a date in the far future" => {
            let date = "Fri, 31 Dec 9999 23:59:59 GMT";
            (At::Api, vec![vec!["31536000"], vec!["31536000.5"], vec![date]])
        }
        "about 2^63, or above 2^64" => {
            let huge =
                ["9223372036854775807", "9223372036854775808", "18446744073709551616", "99999999999999999999999"];
            (At::Api, huge.map(|wait| vec![wait]).to_vec())
        }
        "several, of which one is a year" => (At::Api, vec![vec!["0", "31536000"], vec!["31536000", "0"]]),
        _ => return None,
    };
    let act = |waits: &Vec<&str>| {
        let headers: Vec<_> = waits.iter().map(|wait| ("retry-after", *wait)).collect();
        Act::Send(response("429 Too Many Requests", &headers, ""))
    };
    Some((at, waits.iter().map(act).collect()))
}

/// Faults of the token endpoint.
fn tokens(row: &str) -> Option<(At, Vec<Act>)> {
    let lasting = |lifetime: &str| ok(&format!(r#"{{"access_token":"canary-token","expires_in":{lifetime}}}"#));
    let acts = match row {
        "the token endpoint breaks the connection" => vec![Act::Reset, send("")],
        "the token endpoint does not answer in time" => vec![Act::Stall(Vec::new())],
        "the token endpoint fails" => vec![status("500 Oops"), status("502 Bad"), status("503 Busy")],
        "the token endpoint names a wait of a year" => {
            vec![Act::Send(response("429 Too Many Requests", &[("retry-after", "31536000")], ""))]
        }
        "the token endpoint refuses the credentials" => {
            let echo = Act::Send(response("400 Bad", &[], format!(r#"{{"error":"{EVIL}"}}"#)));
            vec![status("400 Bad"), status("401 Unauthorized"), echo]
        }
        "the token endpoint redirects" => {
            vec![Act::Send(response("302 Found", &[("location", "https://a.example")], ""))]
        }
        "the token is no token" => {
            let tokens = [r#""""#, r#""a\nb""#, r#""a\r\nx: y""#, r#""ü""#, r#""a b""#, "7", "null", "{}", r#"["a"]"#];
            let huge = format!("\"{}\"", "x".repeat(1_000_000));
            let body = |token: &str| ok(&format!(r#"{{"access_token":{token},"expires_in":900}}"#));
            tokens.into_iter().chain([huge.as_str()]).map(body).collect()
        }
        "the answer with the token is no such answer" => {
            let html = format!("<html>{}", " ".repeat(1_000_000));
            ["", "{}", "[]", r#"["canary-token",900]"#, r#""canary-token""#, "{\"access_token\":", &html]
                .map(ok)
                .to_vec()
        }
        "the lifetime of the token is no lifetime" => {
            let strange = ["0", "-1", "900.5", "1e3", r#""900""#, r#""soon""#, "null", "{}", "true"];
            let huge = ["9223372036854775807", "18446744073709551615", "99999999999999999999999", "1e999"];
            strange.into_iter().chain(huge).map(lasting).chain([ok(r#"{"access_token":"canary-token"}"#)]).collect()
        }
        _ => return None,
    };
    Some((At::Token, acts))
}

/// Faults of a download that leads elsewhere.
fn storage(row: &str, url: &str) -> Option<(At, Vec<Act>)> {
    let to = |link: &str| Act::Send(response("302 Found", &[("location", link)], ""));
    let with_user = url.replace("http://", "http://user:canary-token@");
    Some(match row {
        "the link is missing" => (At::Api, vec![status("302 Found")]),
        "the link leads where no file may be" => {
            let links = [
                "file:///etc/passwd",
                "ftp://a.example/x",
                "javascript:1",
                "data:,x",
                "http://a.example/x",
                "http://[::1",
                "//",
                "https://user:canary-token@a.example/x",
                "https://canary-token@a.example/x",
            ];
            (At::Api, links.into_iter().chain([with_user.as_str()]).map(to).collect())
        }
        "the links lead round in a circle" => {
            (At::Storage, vec![to(""), to("a"), to(&format!("{url}/storage/b?sig=canary"))])
        }
        "nobody listens where the link leads" => (At::Api, vec![to(&crate::support::unreachable_url())]),
        "the storage refuses the link" => (At::Storage, vec![status("401 Unauthorized"), status("403 Forbidden")]),
        "the storage has no such file" => (At::Storage, vec![status("404 Not Found")]),
        "the storage fails" => (At::Storage, vec![status("500 Oops"), status("503 Busy")]),
        "the storage breaks the connection" => (At::Storage, vec![Act::Reset, send("")]),
        "the storage cuts the file off" => (At::Storage, vec![raw_head("Content-Length: 1000\r\n", "{}")]),
        "the storage does not answer in time" => (At::Storage, vec![Act::Stall(Vec::new())]),
        "the storage names a wait of a year" => {
            (At::Storage, vec![Act::Send(response("429 Too Many Requests", &[("retry-after", "31536000")], ""))])
        }
        "the storage has too many requests" => (At::Storage, vec![status("429 Too Many Requests")]),
        _ => return None,
    })
}

/// Pages that are none, or that never end.
fn pages(row: &str) -> (At, Vec<Act>) {
    let page = |more: &str, data: &str| ok(&format!(r#"{{"page":1,"pageSize":50,"hasMore":{more},"data":{data}}}"#));
    let record =
        |id: &str| format!(r#"{{"id":{id},"createdOn":"2026-01-01T00:00:00Z","modifiedOn":"2026-01-01T00:00:00Z"}}"#);
    let records = |ids: &[&str]| format!("[{}]", ids.iter().map(|id| record(id)).collect::<Vec<_>>().join(","));
    let acts = match row {
        "the records are no list" => ["{}", r#"{"1":{}}"#, "null", r#""x""#].map(|data| page("false", data)).to_vec(),
        "the records are missing" => vec![ok(r#"{"hasMore":false}"#), ok("{}")],
        "`hasMore` is no flag, or is missing" => {
            vec![page(r#""true""#, "[]"), page("1", "[]"), page("null", "[]"), ok(r#"{"data":[]}"#)]
        }
        "a record is no object" => vec![page("false", "[1]"), page("false", "[null]"), page("false", "[[]]")],
        "records have no id" => vec![page("false", r#"[{"name":"x"}]"#), page("false", "[{}]")],
        "ids repeat within a page" => vec![page("false", &records(&["1", "1"]))],
        "ids are text" => vec![page("false", &records(&[r#""1""#, r#""2""#]))],
        "ids are fractions" => vec![page("false", &records(&["1.5", "2.5"]))],
        "the same page comes for ever" => vec![page("true", &records(&["1", "2"]))],
        "pages without ids come for ever" => vec![page("true", r#"[{"name":"x"}]"#)],
        "empty pages come for ever" => vec![page("true", "[]")],
        other => panic!("docs/faults.md: there is no fault for `{other}`"),
    };
    (At::Api, acts)
}

fn send(text: &str) -> Act {
    Act::Send(text.as_bytes().to_vec())
}

fn text(act: Act) -> String {
    let Act::Send(bytes) = act else { return String::new() };
    String::from_utf8(bytes).unwrap()
}

fn raw_head(headers: &str, body: &str) -> Act {
    send(&format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}"))
}

fn status(line: &str) -> Act {
    Act::Send(response(line, &[], ""))
}

fn ok(body: &str) -> Act {
    Act::Send(response("200 OK", &[], body))
}
