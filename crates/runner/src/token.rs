//! Access tokens: fetched once for a connection, shared by all that wait for it, renewed before they end.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pipefit_component::{ClientCredentials, Error, Grant, Result};
use secrecy::{ExposeSecret, SecretString};

/// A token's life where the endpoint does not say.
const USUAL_LIFE: Duration = Duration::from_mins(15);

/// How long before its end a token is renewed, at most: clocks differ and requests travel.
const MARGIN: Duration = Duration::from_mins(1);

/// The tokens of all connections.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<HashMap<Key, Arc<Slot>>>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key(String, String, String, Option<String>);

/// The token of one connection.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    /// How many fetches have ended; whoever saw one end needs none of its own.
    fetched: AtomicU64,
    held: tokio::sync::Mutex<Option<Result<Held>>>,
    /// The last token that the service took.
    taken: Mutex<Option<SecretString>>,
}

#[derive(Clone, Debug)]
struct Held {
    token: SecretString,
    renew_at: Instant,
}

impl Tokens {
    /// The place where the token of these credentials is kept.
    pub(crate) fn slot(&self, credentials: &ClientCredentials) -> Arc<Slot> {
        let key = Key(
            credentials.token_url.clone(),
            credentials.client_id.clone(),
            credentials.client_secret.expose_secret().to_owned(),
            credentials.scopes.clone(),
        );
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
    }
}

impl Slot {
    /// Notes that the service took this token.
    pub(crate) fn note_taken(&self, token: &SecretString) {
        if !self.was_taken(token) {
            *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        }
    }

    fn was_taken(&self, token: &SecretString) -> bool {
        let last = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().is_some_and(|last| last.expose_secret() == token.expose_secret())
    }

    /// Whether a token that was refused says nothing of the credentials: it was good before, or is no longer theirs.
    pub(crate) async fn was_good(&self, refused: &SecretString) -> bool {
        let held = self.held.lock().await;
        let current = matches!(&*held, Some(Ok(held)) if held.token.expose_secret() == refused.expose_secret());
        !current || self.was_taken(refused)
    }

    /// A token that is good; `refused` is one that the service no longer takes. However many ask at once, `fetch`
    /// runs once, and all of them get what it answered, be it an error.
    pub(crate) async fn get<F>(&self, refused: Option<&SecretString>, fetch: F) -> Result<SecretString>
    where
        F: AsyncFnOnce() -> Result<Grant>,
    {
        let seen = self.fetched.load(Ordering::Acquire);
        let mut held = self.held.lock().await;
        match &*held {
            Some(Ok(held)) if held.is_good(refused) => return Ok(held.token.clone()),
            Some(Err(error)) if self.fetched.load(Ordering::Acquire) > seen => return Err(error.clone()),
            _ => {}
        }
        let fresh = fetch().await.map(Held::new);
        let token = fresh.as_ref().map(|held| held.token.clone()).map_err(Error::clone);
        *held = Some(fresh);
        self.fetched.fetch_add(1, Ordering::Release);
        token
    }
}

impl Held {
    fn new(grant: Grant) -> Self {
        let life = grant.expires_in.map_or(USUAL_LIFE, Duration::from_secs);
        // A short life keeps nine tenths of itself.
        let life = life.saturating_sub(MARGIN.min(life / 10));
        Self { token: grant.access_token, renew_at: Instant::now() + life }
    }

    fn is_good(&self, refused: Option<&SecretString>) -> bool {
        let refused = refused.is_some_and(|token| token.expose_secret() == self.token.expose_secret());
        !refused && Instant::now() < self.renew_at
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use pipefit_component::Code;

    use super::*;

    async fn fetches(expires_in: Option<u64>) -> u32 {
        let (slot, count) = (Slot::default(), Cell::new(0));
        for _ in 0..3 {
            let fetch = async || {
                count.set(count.get() + 1);
                Ok(Grant { access_token: "token".into(), expires_in })
            };
            slot.get(None, fetch).await.expect("a token was granted");
        }
        count.get()
    }

    #[tokio::test]
    async fn a_token_is_kept_for_its_life_and_no_longer() {
        assert_eq!(fetches(Some(900)).await, 1);
        assert_eq!(fetches(None).await, 1);
        assert_eq!(fetches(Some(0)).await, 3);
    }

    #[test]
    fn a_token_is_renewed_a_minute_before_its_end() {
        let before = Instant::now();
        let held = Held::new(Grant { access_token: "token".into(), expires_in: Some(900) });
        assert!(
            held.renew_at >= before + Duration::from_mins(14)
                && held.renew_at <= Instant::now() + Duration::from_mins(14)
        );
    }

    #[tokio::test]
    async fn all_that_wait_get_the_same_error() {
        let (slot, count) = (Slot::default(), Cell::new(0));
        let refuse = async || {
            count.set(count.get() + 1);
            tokio::task::yield_now().await;
            Err(Error::new(Code::Unauthorized, "refused"))
        };
        let (one, two, three) = tokio::join!(slot.get(None, &refuse), slot.get(None, &refuse), slot.get(None, &refuse));
        assert!(
            [one, two, three].into_iter().all(|token| token.is_err_and(|error| error.code() == Code::Unauthorized))
        );
        assert_eq!(count.get(), 1);
    }
}
