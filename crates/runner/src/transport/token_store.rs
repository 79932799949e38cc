//! Access tokens: fetched once for a connection, shared by all that wait for it, renewed before they end.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pipefit_component::{Error, Grant, Result, TokenRequest};
use ring::digest::{Context, SHA256};
use secrecy::{ExposeSecret, SecretString};

/// How long before its end a token is renewed, at most: clocks differ and requests travel.
const MARGIN: Duration = Duration::from_mins(1);

/// The tokens of all connections, by the identity of the credentials.
#[derive(Debug, Default)]
pub(super) struct TokenStore(Mutex<HashMap<String, Arc<SharedToken>>>);

/// The token of one connection.
#[derive(Debug, Default)]
pub(super) struct SharedToken {
    /// How many fetches have ended; whoever saw one end needs none of its own.
    fetched: AtomicU64,
    lease: tokio::sync::Mutex<Option<Result<Lease>>>,
    /// The last token that the service accepted.
    accepted: Mutex<Option<SecretString>>,
}

/// A token, and how long it may be used.
#[derive(Clone, Debug)]
struct Lease {
    token: SecretString,
    renew_at: Instant,
}

/// Tells credentials apart without holding them: a digest of the request for their token.
pub(super) fn identity(request: &TokenRequest) -> String {
    let mut context = Context::new(&SHA256);
    context.update(request.url.as_bytes());
    for (name, value) in &request.form {
        for part in ["\0", name, "\0", value.expose_secret()] {
            context.update(part.as_bytes());
        }
    }
    context.finish().as_ref().iter().fold(String::new(), |name, byte| name + &format!("{byte:02x}"))
}

impl TokenStore {
    /// The token of the credentials with this identity.
    pub(super) fn of(&self, identity: &str) -> Arc<SharedToken> {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = tokens.get(identity) {
            return Arc::clone(token);
        }
        Arc::clone(tokens.entry(identity.to_owned()).or_default())
    }
}

impl SharedToken {
    /// Notes that the service accepted this token.
    pub(super) fn note_accepted(&self, token: &SecretString) {
        if !self.is_last_accepted(token) {
            *self.accepted.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        }
    }

    fn is_last_accepted(&self, token: &SecretString) -> bool {
        let last = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().is_some_and(|last| last.expose_secret() == token.expose_secret())
    }

    /// Whether a token that was refused says nothing about the credentials: it was accepted before, or others have
    /// replaced it since.
    pub(super) async fn was_accepted(&self, refused: &SecretString) -> bool {
        let lease = self.lease.lock().await;
        let current = matches!(&*lease, Some(Ok(lease)) if lease.token.expose_secret() == refused.expose_secret());
        !current || self.is_last_accepted(refused)
    }

    /// A token that can be used; `refused` is one that the service no longer accepts. However many ask at once, `fetch`
    /// runs once, and all of them get its outcome, be it an error.
    pub(super) async fn get<F>(&self, refused: Option<&SecretString>, fetch: F) -> Result<SecretString>
    where
        F: AsyncFnOnce() -> Result<Grant>,
    {
        let seen = self.fetched.load(Ordering::Acquire);
        let mut lease = self.lease.lock().await;
        match &*lease {
            Some(Ok(lease)) if lease.is_usable(refused) => return Ok(lease.token.clone()),
            Some(Err(error)) if self.fetched.load(Ordering::Acquire) > seen => return Err(error.clone()),
            _ => {}
        }
        let fetched = fetch().await.map(Lease::new);
        let token = fetched.as_ref().map(|lease| lease.token.clone()).map_err(Error::clone);
        *lease = Some(fetched);
        self.fetched.fetch_add(1, Ordering::Release);
        token
    }
}

impl Lease {
    fn new(grant: Grant) -> Self {
        // A short life keeps nine tenths of itself.
        let life = grant.lifetime.saturating_sub(MARGIN.min(grant.lifetime / 10));
        Self { token: grant.access_token, renew_at: Instant::now() + life }
    }

    fn is_usable(&self, refused: Option<&SecretString>) -> bool {
        let refused = refused.is_some_and(|token| token.expose_secret() == self.token.expose_secret());
        !refused && Instant::now() < self.renew_at
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use pipefit_component::Code;

    use super::*;

    async fn fetches(lifetime: u64) -> u32 {
        let (shared, count) = (SharedToken::default(), Cell::new(0));
        for _ in 0..3 {
            let fetch = async || {
                count.set(count.get() + 1);
                Ok(Grant { access_token: "token".into(), lifetime: Duration::from_secs(lifetime) })
            };
            shared.get(None, fetch).await.expect("a token was granted");
        }
        count.get()
    }

    #[tokio::test]
    async fn a_token_is_kept_for_its_life_and_no_longer() {
        assert_eq!(fetches(900).await, 1);
        assert_eq!(fetches(0).await, 3);
    }

    #[test]
    fn a_token_is_renewed_a_minute_before_its_end() {
        let before = Instant::now();
        let lease = Lease::new(Grant { access_token: "token".into(), lifetime: Duration::from_mins(15) });
        assert!(
            lease.renew_at >= before + Duration::from_mins(14)
                && lease.renew_at <= Instant::now() + Duration::from_mins(14)
        );
    }

    #[tokio::test]
    async fn all_that_wait_get_the_same_error() {
        let (shared, count) = (SharedToken::default(), Cell::new(0));
        let refuse = async || {
            count.set(count.get() + 1);
            tokio::task::yield_now().await;
            Err(Error::new(Code::Unauthorized, "refused"))
        };
        let (one, two, three) =
            tokio::join!(shared.get(None, &refuse), shared.get(None, &refuse), shared.get(None, &refuse));
        assert!(
            [one, two, three].into_iter().all(|token| token.is_err_and(|error| error.code() == Code::Unauthorized))
        );
        assert_eq!(count.get(), 1);
    }
}
