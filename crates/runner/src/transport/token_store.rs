//! The token store: fetches one access token per connection, shares it, and renews it before it expires.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pipefit_component::{Error, Grant, Result, TokenRequest};
use ring::digest::{Context, SHA256};
use secrecy::{ExposeSecret, SecretString};

/// How long before it expires a token is renewed, to allow for clock differences and slow requests.
const MARGIN: Duration = Duration::from_mins(1);

/// The tokens of all connections, by the identity of their credentials.
#[derive(Debug, Default)]
pub(super) struct TokenStore(Mutex<HashMap<String, Arc<SharedToken>>>);

/// The token of one connection.
#[derive(Debug, Default)]
pub(super) struct SharedToken {
    /// The number of completed fetches. A caller that waited during one uses its result.
    fetched: AtomicU64,
    lease: tokio::sync::Mutex<Option<Result<Lease>>>,
    /// The last token that the service accepted.
    accepted: Mutex<Option<SecretString>>,
}

/// A token, and when it must be renewed.
#[derive(Clone, Debug)]
struct Lease {
    token: SecretString,
    renew_at: Instant,
}

/// Returns a digest of a token request, which identifies the credentials without containing them.
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
    /// Returns the token of the credentials with this identity.
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

    /// Whether a rejected token was accepted before, or was replaced since. Then the credentials may still be valid.
    pub(super) async fn was_accepted(&self, rejected: &SecretString) -> bool {
        let lease = self.lease.lock().await;
        let current = matches!(&*lease, Some(Ok(lease)) if lease.token.expose_secret() == rejected.expose_secret());
        !current || self.is_last_accepted(rejected)
    }

    /// Returns a usable token. `rejected` is a token that the service no longer accepts. If there are several callers
    /// at the same time, `fetch` runs once and all receive its result, even an error.
    pub(super) async fn get<F>(&self, rejected: Option<&SecretString>, fetch: F) -> Result<SecretString>
    where
        F: AsyncFnOnce() -> Result<Grant>,
    {
        let seen = self.fetched.load(Ordering::Acquire);
        let mut lease = self.lease.lock().await;
        match &*lease {
            Some(Ok(lease)) if lease.is_usable(rejected) => return Ok(lease.token.clone()),
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
        // A token with a short lifetime is used for nine tenths of it.
        let life = grant.lifetime.saturating_sub(MARGIN.min(grant.lifetime / 10));
        Self { token: grant.access_token, renew_at: Instant::now() + life }
    }

    fn is_usable(&self, rejected: Option<&SecretString>) -> bool {
        let rejected = rejected.is_some_and(|token| token.expose_secret() == self.token.expose_secret());
        !rejected && Instant::now() < self.renew_at
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
    async fn a_token_is_used_for_its_lifetime_only() {
        assert_eq!(fetches(900).await, 1);
        assert_eq!(fetches(0).await, 3);
    }

    #[test]
    fn a_token_is_renewed_a_minute_before_it_expires() {
        let before = Instant::now();
        let lease = Lease::new(Grant { access_token: "token".into(), lifetime: Duration::from_mins(15) });
        assert!(
            lease.renew_at >= before + Duration::from_mins(14)
                && lease.renew_at <= Instant::now() + Duration::from_mins(14)
        );
    }

    #[tokio::test]
    async fn all_waiting_callers_get_the_same_error() {
        let (shared, count) = (SharedToken::default(), Cell::new(0));
        let refuse = async || {
            count.set(count.get() + 1);
            tokio::task::yield_now().await;
            Err(Error::new(Code::Unauthorized, "rejected"))
        };
        let (one, two, three) =
            tokio::join!(shared.get(None, &refuse), shared.get(None, &refuse), shared.get(None, &refuse));
        assert!(
            [one, two, three].into_iter().all(|token| token.is_err_and(|error| error.code() == Code::Unauthorized))
        );
        assert_eq!(count.get(), 1);
    }
}
