//! The tokens that all workers share: the object `Token` of a connection keeps the encrypted token and says who fetches
//! the next one. What it is given and returns is sealed on the worker.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pipefit_component::{Code, Error, Grant, Result};
use pipefit_runner::host::{FetchToken, TokenStore};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::sleep;

use crate::ingress::{Call, Ingress, segment};
use crate::seal::{TokenKey, random_id};
use crate::services::rate::unix_micros;
use crate::services::token::{Ask, Given, Put, Stored};

/// How long one try and all tries to reach the object may take.
const ONE_TRY: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_mins(1);

/// How often the object is asked while another worker fetches.
const WAIT: Duration = Duration::from_millis(100);

/// What is left of a token's lifetime when it is no longer handed out.
const MARGIN: Duration = Duration::from_mins(1);

pub(crate) struct Tokens {
    ingress: Arc<Ingress>,
    key: TokenKey,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Tokens")
    }
}

#[async_trait]
impl TokenStore for Tokens {
    async fn token(&self, key: &str, rejected: Option<&SecretString>, fetch: FetchToken<'_>) -> Result<Grant> {
        let caller = random_id()?;
        // The number of a stored token that is of no use.
        let mut passed = None;
        let number = loop {
            let ask = Ask { caller: caller.clone(), passed, now: now() };
            match self.call::<Given>(key, "get", &ask).await? {
                Given::Stored(stored) => match self.usable(key, &stored, rejected) {
                    Some(grant) => return Ok(grant),
                    None => passed = Some(stored.number),
                },
                Given::Wait => sleep(WAIT).await,
                Given::Fetch { number } => break number,
            }
        };
        let fetched = fetch.fetch().await;
        let put = match &fetched {
            Ok(grant) => Put { number, caller, token: Some(self.sealed(key, number, grant)?) },
            Err(_) => Put { number, caller, token: None },
        };
        // The token is good although others will not learn of it.
        if let Err(error) = self.call::<()>(key, "put", &put).await {
            tracing::warn!(target: "pipefit::restate", "a token is not shared with other workers: {error}");
        }
        fetched
    }
}

impl Tokens {
    pub(crate) fn new(ingress: Arc<Ingress>, key: TokenKey) -> Self {
        Self { ingress, key }
    }

    fn sealed(&self, key: &str, number: u64, grant: &Grant) -> Result<Stored> {
        let lifetime = u64::try_from(grant.lifetime.as_millis()).unwrap_or_default();
        let token = self.key.seal(key, &grant.access_token)?;
        Ok(Stored { number, token, expires: now().saturating_add(lifetime) })
    }

    /// Returns a stored token, unless it was rejected, is about to expire, or cannot be decrypted.
    fn usable(&self, key: &str, stored: &Stored, rejected: Option<&SecretString>) -> Option<Grant> {
        let lifetime = Duration::from_millis(stored.expires.checked_sub(now())?);
        let token = self.key.open(key, &stored.token)?;
        let is_rejected = rejected.is_some_and(|rejected| rejected.expose_secret() == token.expose_secret());
        (!is_rejected && lifetime > MARGIN).then_some(Grant { access_token: token, lifetime })
    }

    async fn call<T: DeserializeOwned>(&self, key: &str, handler: &str, body: &impl Serialize) -> Result<T> {
        let path = format!("call/Token/{}/{handler}", segment(key));
        let body = serde_json::to_vec(body).map_err(Error::internal)?;
        let call = Call::new(&path, Some(body.into()), PATIENCE).one_try(ONE_TRY);
        let (_, reply) = self.ingress.call(&call).await?;
        let reply = if reply.is_empty() { &b"null"[..] } else { &reply };
        serde_json::from_slice(reply).map_err(|_| Error::new(Code::BadReply, "a reply of `Token` cannot be read"))
    }
}

/// Milliseconds since 1970.
fn now() -> u64 {
    unix_micros() / 1_000
}
