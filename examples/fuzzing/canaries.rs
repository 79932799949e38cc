//! Secrets that nothing else contains, the encodings in which a service may write them, and a search for them that
//! shares nothing with the masking that it tests.

use std::iter;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::draw::Draw;

pub(super) const APPLICATION_KEY: &str = "ak1.Canary/key+%41=~x";
pub(super) const CLIENT_SECRET: &str = "Cs canary\"/+\\ü😀%7E&x";
pub(super) const TOKEN: &str = "tok.Canary-_~+/Zz==";
pub(super) const SHELF_KEY: &str = "shelf/Canary+key?x";
pub(super) const PASSWORD: &str = "Pw.Canary-1!%2F";

pub(super) const ALL: [&str; 5] = [APPLICATION_KEY, CLIENT_SECRET, TOKEN, SHELF_KEY, PASSWORD];

/// What a secret may look like once percent codes and escapes are read: as it is, read itself, and in base64.
static FORMS: LazyLock<[Vec<String>; ALL.len()]> = LazyLock::new(|| {
    ALL.map(|secret| [secret.to_owned(), decode(secret)].into_iter().chain(base64_of(secret)).collect())
});

/// A text with a secret in some encoding.
pub(super) fn text(draw: &mut Draw) -> String {
    let (secret, form, mix) = (*draw.pick(&ALL), draw.number(0..10), draw.bits());
    let (before, after) = (draw.text(9), draw.text(9));
    format!("{before}{}{after}", encode(secret, form, mix))
}

fn encode(secret: &str, form: usize, mix: u64) -> String {
    match form {
        0 => secret.to_owned(),
        1 => utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        2 => joined(secret.bytes().map(|byte| format!("%{byte:02x}"))),
        3 => secret.replace('%', "%25").replace('+', "%2B").replace(' ', "+"),
        4 => joined(secret.encode_utf16().map(|unit| format!("\\u{unit:04x}"))),
        5 => serde_json::to_string(secret).unwrap().trim_matches('"').to_owned(),
        6 => STANDARD_NO_PAD.encode(secret),
        7 => URL_SAFE_NO_PAD.encode(secret),
        8 => {
            STANDARD_NO_PAD.encode(format!("{}:{secret}:rest", "client".split_at(usize::try_from(mix % 4).unwrap()).1))
        }
        _ => secret.chars().enumerate().map(|(at, char)| encode_char(char, mix >> (2 * at % 64))).collect(),
    }
}

fn encode_char(char: char, mix: u64) -> String {
    match mix & 3 {
        0 => joined(char.to_string().bytes().map(|byte| format!("%{byte:02X}"))),
        1 => joined(char.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04X}"))),
        _ => match char {
            '"' | '\\' => format!("\\{char}"),
            char => char.to_string(),
        },
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().concat()
}

/// The first of these secrets that some text of this JSON value shows, in any encoding.
pub(super) fn shown_in<'a>(value: &Value, secrets: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut text = String::new();
    collect(value, &mut text);
    let spaced = text.contains('+').then(|| decode(&text.replace('+', " ")));
    // Most texts read as they are.
    let read = text.contains(['%', '\\']).then(|| decode(&text));
    let texts: Vec<_> = iter::once(text).chain(read).chain(spaced).collect();
    let shows = |secret: &str| {
        let forms = &FORMS[ALL.iter().position(|known| *known == secret).unwrap()];
        texts.iter().any(|text| forms.iter().any(|form| text.contains(form)))
    };
    secrets.into_iter().find(|secret| shows(secret))
}

/// All texts of a value, keys and numbers among them, a line each.
fn collect(value: &Value, into: &mut String) {
    match value {
        Value::String(text) => into.extend([text, "\n"]),
        Value::Array(items) => {
            for item in items {
                collect(item, into);
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                into.extend([key, "\n"]);
                collect(value, into);
            }
        }
        other => into.extend([&other.to_string(), "\n"]),
    }
}

/// Reads percent codes and the escapes of JSON, each once.
fn decode(text: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let codes = rest.as_bytes().chunks(3).take_while(|code| is_percent_code(code)).count();
        let escape = rest.strip_prefix("\\u").and_then(|code| u16::from_str_radix(code.get(..4)?, 16).ok());
        let length = if codes > 0 {
            units.extend(percent_decode_str(&rest[..3 * codes]).decode_utf8_lossy().encode_utf16());
            3 * codes
        } else if let Some(unit) = escape {
            units.push(unit);
            6
        } else if rest.starts_with("\\\"") || rest.starts_with("\\\\") || rest.starts_with("\\/") {
            units.push(rest.as_bytes()[1].into());
            2
        } else {
            // A sign that begins nothing is itself.
            let next = rest.bytes().skip(1).position(|byte| matches!(byte, b'%' | b'\\'));
            let plain = next.map_or(rest.len(), |at| at + 1);
            units.extend(rest[..plain].encode_utf16());
            plain
        };
        rest = &rest[length..];
    }
    String::from_utf16_lossy(&units)
}

fn is_percent_code(code: &[u8]) -> bool {
    matches!(code, [b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

/// What base64 makes of a secret, wherever it stands in the text that was encoded: only the digits that depend on
/// nothing else.
fn base64_of(secret: &str) -> Vec<String> {
    let forms = (0..3).flat_map(|before| {
        let bytes = [&vec![0; before][..], secret.as_bytes()].concat();
        let inner = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
        [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)].map(|text| text[inner.clone()].to_owned())
    });
    forms.collect()
}
