//! Who may use the HTTP interface: whoever has its token or, without one, any program of this machine on loopback, and
//! those of the same user through a Unix socket.

use std::fmt;
use std::net::SocketAddr;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use pipefit_component::{Code, Error, Result};

use super::failure::Failure;
use crate::guard::{bearer, foreign, is_same, only};

/// The least number of characters of a token.
const SHORTEST: usize = 16;

/// The token that requests must have, as `Authorization: Bearer TOKEN`.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Takes a token, without the whitespace around it. Fails if it is shorter than 16 characters, or has others than
    /// visible ASCII characters.
    pub fn new(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.len() < SHORTEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let message = format!("the token must be {SHORTEST} or more visible ASCII characters");
            return Err(Error::new(Code::InvalidRequest, message));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token")
    }
}

/// What a request must have.
pub(super) enum Access {
    /// This token.
    Token(Token),
    /// One of these hosts, and no page of another one that sends it.
    Hosts(Vec<String>),
    /// Nothing: whoever could connect may use it.
    Nothing,
}

impl Access {
    /// The access to a server that listens on an address or, without one, on a Unix socket.
    pub(super) fn new(token: Option<Token>, address: Option<SocketAddr>) -> Self {
        match (token, address) {
            (Some(token), _) => Self::Token(token),
            (None, Some(address)) => Self::Hosts(vec![address.to_string(), format!("localhost:{}", address.port())]),
            // The socket lets in programs of the same user alone, and no page can reach it.
            (None, None) => Self::Nothing,
        }
    }

    /// Why a request is refused, if it is. What `is_open` tells nothing and needs no token.
    pub(super) fn refusal(&self, headers: &HeaderMap, is_open: bool) -> Option<Failure> {
        let denied = if is_open { None } else { self.denial(headers) };
        denied.or_else(|| unreadable(headers)).map(Failure::closing)
    }

    fn denial(&self, headers: &HeaderMap) -> Option<Failure> {
        let denied =
            |status, message: &str| Failure::with(status, Error::new(Code::ForbiddenByPolicy, message.trim_end()));
        match self {
            Self::Token(token) if bearer(headers).is_some_and(|given| is_same(given, &token.0)) => None,
            Self::Token(_) => {
                let message = "the request has no valid token: send it as `Authorization: Bearer TOKEN`";
                Some(denied(StatusCode::UNAUTHORIZED, message))
            }
            Self::Hosts(hosts) => {
                let refused = |why| denied(StatusCode::FORBIDDEN, why);
                foreign(headers, hosts, false).map(refused)
            }
            Self::Nothing => None,
        }
    }
}

/// Protects a response.
pub(super) fn protect(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// The refusal of a body that is compressed, or not declared as JSON: a form of another page could send that without
/// asking.
fn unreadable(headers: &HeaderMap) -> Option<Failure> {
    let length = headers.get(CONTENT_LENGTH).map(HeaderValue::as_bytes);
    let has_body = headers.contains_key(TRANSFER_ENCODING) || length.is_some_and(|length| length != b"0");
    let media_type = only(headers, &CONTENT_TYPE).and_then(|given| given.split(';').next()).unwrap_or_default();
    let is_json = media_type.trim().eq_ignore_ascii_case("application/json");
    let is_compressed = headers.get_all(CONTENT_ENCODING).iter().any(|coding| coding != "identity");
    let message = match (has_body, is_json, is_compressed) {
        (false, ..) | (true, true, false) => return None,
        (true, false, _) => "the body must be JSON, with `Content-Type: application/json`",
        (true, true, true) => "the body must not be compressed: send it without `Content-Encoding`",
    };
    Some(Failure::refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_enough_and_fits_a_header() {
        assert!(Token::new(" 0123456789abcdef\n").is_ok_and(|token| token.0 == "0123456789abcdef"));
        for wrong in ["", "0123456789abcde", "0123456789 abcdef", "0123456789abcdéf"] {
            assert!(Token::new(wrong).is_err(), "{wrong}");
        }
        assert_eq!(format!("{:?}", Token("canary-secret".to_owned())), "Token");
    }
}
