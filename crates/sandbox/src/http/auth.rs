//! Client credentials, tokens, and the checks that each call has to pass.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper::HeaderMap;
use serde_json::{Value, json};

use crate::data::clock::{Clock, Timestamp};
use crate::data::lock;
use crate::data::rng::Rng;
use crate::problem::Problem;
use crate::query::Query;

/// What a client of the sandbox must present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Id of the tenant, part of every path.
    pub tenant: String,
    /// Value of the `ST-App-Key` header.
    pub application_key: String,
    /// OAuth client id.
    pub client_id: String,
    /// OAuth client secret.
    pub client_secret: String,
}

impl Credentials {
    /// The credentials of a sandbox that is given none.
    pub fn demo() -> Self {
        Self {
            tenant: "1097".to_owned(),
            application_key: "ak1.sandbox".to_owned(),
            client_id: "cid.sandbox".to_owned(),
            client_secret: "cs1.sandbox".to_owned(),
        }
    }
}

/// Issues tokens, and checks what requests present.
pub(crate) struct Gate {
    pub(crate) credentials: Credentials,
    pub(crate) environment: String,
    pub(crate) lifetime: Duration,
    pub(crate) seed: u64,
    /// The issued tokens, each with the time when it expires.
    pub(crate) issued: Mutex<HashMap<String, Timestamp>>,
    pub(crate) requests: AtomicUsize,
}

impl Gate {
    /// Status and body of the token endpoint's response.
    pub(crate) fn token(&self, headers: &HeaderMap, body: &[u8], clock: &Clock) -> (u16, Value) {
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        if let Err(error) = self.grant(headers, body) {
            return (400, json!({ "error": error }));
        }
        let token = self.new_token(number);
        lock(&self.issued).insert(token.clone(), clock.now().plus(self.lifetime));
        let seconds = self.lifetime.as_secs();
        let body = json!({"access_token": token, "expires_in": seconds, "token_type": "Bearer", "scope": "sandbox"});
        (200, body)
    }

    fn grant(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), &'static str> {
        let form =
            header(headers, "content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if !form {
            return Err("invalid_request");
        }
        let fields = Query::parse(body);
        match fields.get("grant_type") {
            None => return Err("invalid_request"),
            Some("client_credentials") => {}
            Some(_) => return Err("unsupported_grant_type"),
        }
        let known = fields.get("client_id") == Some(&self.credentials.client_id)
            && fields.get("client_secret") == Some(&self.credentials.client_secret);
        if known { Ok(()) } else { Err("invalid_client") }
    }

    /// A token names its environment, so that the refusal of a foreign one can name it.
    fn new_token(&self, number: usize) -> String {
        let mut rng = Rng::new(self.seed ^ 0x746f_6b65_6e00 ^ number as u64);
        format!("sandbox.{}.{:016x}{:016x}", self.environment, rng.u64(), rng.u64())
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
        match lock(&self.issued).get(token) {
            Some(expiry) if clock.now() < *expiry => Ok(()),
            Some(_) => Err(Problem::new(401, "The access token has expired.")),
            None => {
                let environment = token.strip_prefix("sandbox.").and_then(|rest| rest.split('.').next());
                let title = match environment.filter(|name| *name != self.environment) {
                    Some(name) => format!("The access token was issued for the {name} environment."),
                    None => "The access token is not valid.".to_owned(),
                };
                Err(Problem::new(401, title))
            }
        }
    }

    pub(crate) fn revoke(&self, headers: &HeaderMap) {
        if let Some(token) = bearer(headers) {
            lock(&self.issued).remove(token);
        }
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
