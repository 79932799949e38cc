//! Authentication of requests.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::{Code, Error, Result};

/// A way to authenticate.
///
/// Implementations are pure: they build headers and the token request, and read its response. The runtime sends the
/// token request, keeps the token, shares it between invocations and renews it.
pub trait Authentication: fmt::Debug + Send + Sync {
    /// Returns the headers of every request. `token` is the current access token, if there is one.
    fn headers(&self, token: Option<&SecretString>) -> Vec<(&'static str, SecretString)>;

    /// Returns the request for an access token, or `None` if requests need no token.
    fn token_request(&self) -> Option<TokenRequest> {
        None
    }

    /// Reads the body of a successful response to the token request. Fails if it contains no token.
    fn read_token(&self, _body: &[u8]) -> Result<Grant> {
        Err(Error::internal("a token was read that was never requested"))
    }

    /// The message of the error if the token endpoint rejects the credentials.
    fn token_rejected(&self) -> &'static str {
        "the token endpoint rejected the credentials"
    }

    /// Returns every value that must not appear in logs and errors.
    fn secrets(&self) -> Vec<&SecretString>;
}

/// A form that is posted to a token endpoint.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// The URL of the endpoint.
    pub url: String,
    /// The fields of the form. The URL and the fields identify the credentials: equal requests share a token.
    pub form: Vec<(&'static str, SecretString)>,
}

/// An access token that its endpoint issued.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The token.
    pub access_token: SecretString,
    /// How long the token is valid.
    pub lifetime: Duration,
}

/// The OAuth 2.0 client credentials grant (RFC 6749): a bearer token from a token endpoint. Without a client id and
/// secret, it only sends tokens that come with the connection.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// The URL of the token endpoint.
    pub token_url: String,
    /// The id of the client.
    pub client_id: String,
    /// The secret of the client.
    pub client_secret: SecretString,
    /// The scopes to request, separated by spaces; `None` requests the default.
    pub scopes: Option<String>,
    /// The lifetime of a token if the endpoint states none.
    pub default_lifetime: Duration,
}

impl Authentication for ClientCredentials {
    fn headers(&self, token: Option<&SecretString>) -> Vec<(&'static str, SecretString)> {
        let bearer = |token: &SecretString| ["Bearer ", token.expose_secret()].concat().into();
        token.map(|token| ("authorization", bearer(token))).into_iter().collect()
    }

    fn token_request(&self) -> Option<TokenRequest> {
        if self.client_id.is_empty() || self.client_secret.expose_secret().is_empty() {
            return None;
        }
        let mut form = vec![
            ("grant_type", "client_credentials".into()),
            ("client_id", self.client_id.as_str().into()),
            ("client_secret", self.client_secret.clone()),
        ];
        form.extend(self.scopes.as_deref().map(|scopes| ("scope", scopes.into())));
        Some(TokenRequest { url: self.token_url.clone(), form })
    }

    fn read_token(&self, body: &[u8]) -> Result<Grant> {
        let granted: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        let Some(token) = granted.get("access_token").and_then(Value::as_str) else {
            return Err(Error::new(Code::BadReply, "the response of the token endpoint contains no access token"));
        };
        let lifetime = granted.get("expires_in").and_then(lifetime).unwrap_or(self.default_lifetime);
        Ok(Grant { access_token: token.into(), lifetime })
    }

    fn token_rejected(&self) -> &'static str {
        "the token endpoint rejected the client id or the client secret"
    }

    fn secrets(&self) -> Vec<&SecretString> {
        vec![&self.client_secret]
    }
}

/// Returns a lifetime in seconds: a number, or its text. A negative one is over; a fraction is dropped.
fn lifetime(seconds: &Value) -> Option<Duration> {
    let seconds = seconds.as_str().map_or_else(|| seconds.to_string(), ToOwned::to_owned);
    let seconds: f64 = seconds.trim().parse().ok().filter(|seconds: &f64| !seconds.is_nan())?;
    Some(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX))
}

/// An API key in a header of every request. Needs no token.
#[derive(Clone, Debug)]
pub struct HeaderKey {
    /// The name of the header.
    pub header: &'static str,
    /// The key.
    pub key: SecretString,
}

impl Authentication for HeaderKey {
    fn headers(&self, _: Option<&SecretString>) -> Vec<(&'static str, SecretString)> {
        vec![(self.header, self.key.clone())]
    }

    fn secrets(&self) -> Vec<&SecretString> {
        vec![&self.key]
    }
}
