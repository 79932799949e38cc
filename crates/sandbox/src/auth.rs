//! Client credentials, tokens, and the checks that each call has to pass.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::HeaderMap;
use serde_json::{Value, json};

use crate::problem::Problem;
use crate::query::Query;
use crate::stamp::{Clock, Stamp};
use crate::world::Dice;

/// What a client of the sandbox has to present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Number of the tenant, part of every path.
    pub tenant: String,
    /// Value of the `ST-App-Key` header.
    pub application_key: String,
    /// OAuth client id.
    pub client_id: String,
    /// OAuth client secret.
    pub client_secret: String,
}

impl Credentials {
    /// The credentials that a sandbox has when none are given.
    pub fn demo() -> Self {
        Self {
            tenant: "1097".to_owned(),
            application_key: "ak1.sandbox".to_owned(),
            client_id: "cid.sandbox".to_owned(),
            client_secret: "cs1.sandbox".to_owned(),
        }
    }
}

/// Tokens that were handed out, with the time each one ends.
#[derive(Default)]
pub(crate) struct Tokens {
    issued: Mutex<HashMap<String, Stamp>>,
    requests: std::sync::atomic::AtomicUsize,
}

/// Where the credentials, environment and token life stand.
pub(crate) struct Gate {
    pub(crate) credentials: Credentials,
    pub(crate) environment: String,
    pub(crate) lifetime: Duration,
    pub(crate) seed: u64,
    pub(crate) tokens: Tokens,
}

impl Gate {
    /// Answers the token endpoint: status and body.
    pub(crate) fn token(&self, headers: &HeaderMap, body: &[u8], clock: &Clock) -> (u16, Value) {
        let number = self.tokens.requests.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if let Err(error) = self.grant(headers, body) {
            (400, json!({ "error": error }))
        } else {
            let token = self.new_token(number);
            let seconds = self.lifetime.as_secs();
            let ends = Stamp(clock.now().0 + i64::try_from(self.lifetime.as_nanos() / 100).unwrap_or(i64::MAX / 2));
            self.issued().insert(token.clone(), ends);
            let reply = json!({
                "access_token": token, "expires_in": seconds, "token_type": "Bearer", "scope": "sandbox",
            });
            (200, reply)
        }
    }

    fn grant(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), &'static str> {
        let form =
            header(headers, "content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if !form {
            return Err("invalid_request");
        }
        let fields = Query::parse(&String::from_utf8_lossy(body));
        match fields.get("grant_type") {
            None => return Err("invalid_request"),
            Some("client_credentials") => {}
            Some(_) => return Err("unsupported_grant_type"),
        }
        let known = fields.get("client_id") == Some(&self.credentials.client_id)
            && fields.get("client_secret") == Some(&self.credentials.client_secret);
        if known { Ok(()) } else { Err("invalid_client") }
    }

    /// The environment is readable in the token, so that one of another sandbox can be told apart.
    fn new_token(&self, number: usize) -> String {
        let mut dice = Dice::new(self.seed ^ 0x746f_6b65_6e00 ^ number as u64);
        format!("sandbox.{}.{:016x}{:016x}", self.environment, dice.next(), dice.next())
    }

    /// Checks token, application key and tenant, in this order.
    pub(crate) fn check(&self, headers: &HeaderMap, query: &Query, tenant: &str, clock: &Clock) -> Result<(), Problem> {
        self.check_token(headers, clock)?;
        let key = header(headers, "st-app-key").or_else(|| query.get(APP_KEY_PARAMETER));
        match key {
            None => return Err(Problem::new(401, "The ST-App-Key header is missing.")),
            Some(key) if key != self.credentials.application_key => {
                return Err(Problem::new(401, "The application key is not valid."));
            }
            Some(_) => {}
        }
        if tenant == self.credentials.tenant {
            return Ok(());
        }
        Err(Problem::new(403, format!("The application has no access to tenant {tenant}.")))
    }

    fn check_token(&self, headers: &HeaderMap, clock: &Clock) -> Result<(), Problem> {
        let Some(token) = bearer(headers) else {
            return Err(Problem::new(401, "The Authorization header with a Bearer token is missing."));
        };
        match self.issued().get(token) {
            Some(ends) if clock.now() < *ends => Ok(()),
            Some(_) => Err(Problem::new(401, "The access token has expired.")),
            None => {
                let environment = token.strip_prefix("sandbox.").and_then(|rest| rest.split('.').next());
                let foreign = environment.filter(|name| *name != self.environment);
                Err(Problem::new(
                    401,
                    match foreign {
                        Some(name) => format!("The access token was issued for the {name} environment."),
                        None => "The access token is not valid.".to_owned(),
                    },
                ))
            }
        }
    }

    pub(crate) fn revoke(&self, headers: &HeaderMap) {
        if let Some(token) = bearer(headers) {
            self.issued().remove(token);
        }
    }

    pub(crate) fn revoke_all(&self) {
        self.issued().clear();
    }

    pub(crate) fn requests(&self) -> usize {
        self.tokens.requests.load(std::sync::atomic::Ordering::SeqCst)
    }

    fn issued(&self) -> std::sync::MutexGuard<'_, HashMap<String, Stamp>> {
        self.tokens.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The API also takes the application key here.
pub(crate) const APP_KEY_PARAMETER: &str = "servicetitanapplicationkey";

pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = header(headers, "authorization")?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
