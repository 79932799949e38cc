//! Masking of secrets in texts.

use std::cmp::Reverse;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use pipefit_component::{Error, is_deceptive};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

/// The text that replaces a secret.
pub(crate) const MASK: &str = "***";

/// The minimum number of bytes of a secret that is masked in base64, too: less of it occurs by chance.
const MIN_ENCODED: usize = 8;

/// The minimum number of characters that are masked of a secret that a message cuts off.
const MIN_CUT: usize = 8;

/// The secrets of one invocation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mask {
    secrets: Vec<SecretString>,
    /// The secrets as they are, with their percent codes read, and in base64, longest first. Most invocations mask
    /// nothing and never make them.
    forms: OnceLock<Vec<SecretString>>,
}

impl Mask {
    /// Adds a secret.
    pub(crate) fn add(&mut self, secret: &str) {
        if !secret.is_empty() && !self.secrets.iter().any(|known| known.expose_secret() == secret) {
            self.secrets.push(secret.into());
            self.forms = OnceLock::new();
        }
    }

    fn forms(&self) -> &[SecretString] {
        self.forms.get_or_init(|| {
            let secrets = self.secrets.iter().map(SecretString::expose_secret);
            let mut forms: Vec<_> = secrets.clone().map(SecretString::from).collect();
            // A URL that is put together from a secret has its percent codes read.
            let coded = secrets.clone().filter(|secret| secret.contains('%'));
            let read = coded.map(|secret| percent_decode_str(secret).decode_utf8_lossy().into_owned());
            forms.extend(read.chain(secrets.flat_map(base64_of)).map(SecretString::from));
            // Longest first: replacing a secret that is a prefix of another would leave the rest of the other visible.
            forms.sort_by_key(|form| Reverse(form.expose_secret().len()));
            forms
        })
    }

    /// Returns the text with secrets masked, also where they are in base64, percent-encoded or escaped as in JSON.
    pub(crate) fn hide(&self, text: &str) -> String {
        let forms = self.forms();
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let found = forms.iter().find_map(|form| length_of(form.expose_secret(), rest));
            match found {
                Some(_) => shown.push_str(MASK),
                None => shown.push(first),
            }
            rest = &rest[found.unwrap_or(first.len_utf8())..];
        }
        shown
    }

    /// Returns a text of a remote with secrets masked and without characters that drive a terminal or turn text around.
    pub(super) fn hide_remote(&self, text: &str) -> String {
        self.hide(text).replace(is_deceptive, " ")
    }

    /// Masks the secrets in all texts of a JSON value, the keys of objects among them.
    pub(crate) fn hide_json(&self, value: Value) -> Value {
        mapped(value, &|text| self.hide(text))
    }

    /// Masks a remote's JSON value like [`hide_remote`](Self::hide_remote).
    pub(super) fn hide_remote_json(&self, value: Value) -> Value {
        mapped(value, &|text| self.hide_remote(text))
    }

    /// Masks the secrets in all texts of an error of our own.
    pub(crate) fn hide_error(&self, error: Error) -> Error {
        error.map_texts(|text| self.hide(text))
    }
}

/// Converts all texts of a JSON value, the keys of objects among them.
fn mapped(value: Value, convert: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(convert(&text)),
        Value::Array(items) => items.into_iter().map(|item| mapped(item, convert)).collect(),
        Value::Object(members) => {
            let members = members.into_iter().map(|(key, value)| (convert(&key), mapped(value, convert)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        // A secret of digits alone may stand as a number.
        Value::Number(number) => match convert(&number.to_string()) {
            shown if shown == number.to_string() => Value::Number(number),
            shown => Value::String(shown),
        },
        other => other,
    }
}

/// What a secret looks like in base64, wherever it stands in the text that was encoded: the digits that depend on
/// nothing else.
fn base64_of(secret: &str) -> impl Iterator<Item = String> {
    let offsets = if secret.len() < MIN_ENCODED { 0..0 } else { 0..3 };
    offsets.flat_map(move |before| {
        let bytes = [&vec![0; before], secret.as_bytes()].concat();
        let own = (8 * before).div_ceil(6)..8 * bytes.len() / 6;
        [STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|alphabet| alphabet.encode(&bytes)[own.clone()].to_owned())
    })
}

/// Returns the length of a secret at the beginning of a text, as it is or encoded, or cut off there by an ellipsis.
fn length_of(secret: &str, text: &str) -> Option<usize> {
    if text.starts_with(secret) {
        return Some(secret.len());
    }
    // Most characters of a text begin no secret.
    let first = secret.chars().next()?;
    if !text.starts_with([first, '%', '\\', '+']) {
        return None;
    }
    let mut rest = text;
    for (at, char) in secret.chars().enumerate() {
        match length_of_char(char, rest) {
            Some(length) => rest = &rest[length..],
            None if at >= MIN_CUT && rest.starts_with('…') => break,
            None => return None,
        }
    }
    Some(text.len() - rest.len())
}

/// Returns the length of a character at the beginning of a text: percent-encoded, escaped as in JSON, or as it is.
fn length_of_char(char: char, text: &str) -> Option<usize> {
    let mut buffer = [0; 4];
    let plain: &str = char.encode_utf8(&mut buffer);
    let percent = text
        .get(..3 * plain.len())
        .filter(|code| code.bytes().step_by(3).all(|byte| byte == b'%') && percent_decode_str(code).eq(plain.bytes()));
    let escape = || {
        let length = if text.starts_with("\\u") { 6 * char.len_utf16() } else { 2 };
        let code = text.get(..length).filter(|code| code.starts_with('\\'))?;
        let read: String = serde_json::from_str(&format!("\"{code}\"")).ok()?;
        (read == plain).then_some(length)
    };
    let literal = || text.starts_with(char).then_some(plain.len());
    let plus = || (char == ' ' && text.starts_with('+')).then_some(1);
    percent.map(str::len).or_else(escape).or_else(literal).or_else(plus)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(secrets: &[&str]) -> Mask {
        let mut mask = Mask::default();
        for secret in secrets {
            mask.add(secret);
        }
        mask
    }

    #[test]
    fn a_secret_is_found_however_it_is_encoded() {
        let secret = "p q+ü/\"\\%😀~";
        let mask = mask(&[secret]);
        for form in [
            secret,
            "p%20q%2B%C3%BC%2F%22%5C%25%F0%9F%98%80~",
            "p+q%2b%c3%bc%2f%22%5c%25%f0%9f%98%80%7e",
            "p%20q+%C3%BC/%22%5C%25%F0%9F%98%80~",
            r#"p q+ü/\"\\%😀~"#,
            r#"\u0070\u0020q+\u00fc\/\"\\\u0025\ud83d\ude00~"#,
            r"p q+\u00FC/\u0022\u005C%\uD83D\uDE00~",
        ] {
            assert_eq!(mask.hide(&format!("a={form}&b")), "a=***&b", "{form}");
        }
        for other in ["p q", "p%2", "p\\u00", "%%%", "ü", ""] {
            assert_eq!(mask.hide(other), other);
        }
    }

    #[test]
    fn a_secret_is_found_in_base64_wherever_it_stands() {
        let mask = mask(&["canary?>secret~~"]);
        for before in ["", "a", "ab", "abc", "client:"] {
            for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let shown = mask.hide(&alphabet.encode(format!("{before}canary?>secret~~:after")));
                assert!(shown.contains("***") && !shown.contains("ZWNyZX"), "{shown}");
            }
        }
        assert_eq!(mask.hide("Y2FuYXJ5Pz5zZWNyZXR%2bfg"), "***g");
    }

    #[test]
    fn a_secret_that_is_cut_off_is_found() {
        let mask = mask(&["canary-secret"]);
        assert_eq!(mask.hide("`canary-sec…` `canary-…` canary-sec"), "`***…` `canary-…` canary-sec");
    }

    #[test]
    fn the_longest_secret_wins_and_a_percent_sign_is_itself() {
        assert_eq!(mask(&["abc", "abcdef", "%25x"]).hide("abcdef abc ab %25x %2525x"), "*** *** ab *** ***");
        assert_eq!(mask(&["key%41/%zz"]).hide("keyA/%zz key%41/%zz key%2541/%zz"), "*** *** ***");
    }
}
