//! The token store: fetches one access token per connection, shares it, and renews it before it expires.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pipefit_component::{Code, Error, Grant, Result, TokenRequest};
use secrecy::{ExposeSecret, SecretString};

use super::kept::digest;

/// How long before it expires a token is renewed, to allow for clock differences and slow requests.
const MARGIN: Duration = Duration::from_mins(1);

/// The longest lifetime of a token that is believed.
const LONGEST_LIFETIME: Duration = Duration::from_hours(24);

/// The longest token, in bytes: servers accept no longer headers.
const LONGEST_TOKEN: usize = 16 * 1024;

/// How long no further token is fetched after the service rejected a new one, too.
const REJECTION: Duration = Duration::from_secs(10);

/// The token of one connection.
#[derive(Debug, Default)]
pub(crate) struct SharedToken {
    /// The number of completed fetches. A caller that waited during one uses its result.
    fetched: AtomicU64,
    /// Held by who fetches a token. Callers that need none do not wait for it: once there is a queue of them, it would
    /// not end.
    fetching: tokio::sync::Mutex<()>,
    /// None while a token is fetched.
    lease: Mutex<Option<Result<Lease>>>,
    /// The last token that the service accepted.
    accepted: Mutex<Option<Arc<SecretString>>>,
}

/// A token, and when it must be renewed.
#[derive(Clone, Debug)]
struct Lease {
    token: Arc<SecretString>,
    renew_at: Instant,
    /// Whether it replaced a token that the service rejected.
    is_replacement: bool,
    /// When the service first rejected this token.
    rejected_at: Option<Instant>,
}

/// Returns a digest of a token request, which identifies the credentials without containing them.
pub(crate) fn identity(request: &TokenRequest) -> String {
    let form = request.form.iter().flat_map(|(name, value)| [*name, value.expose_secret()]);
    digest([request.url.as_str()].into_iter().chain(form))
}

/// Checks what an endpoint or a file gave as a token. Fails if no header can carry it. Shortens its lifetime if it is
/// too long to be true.
pub(super) fn checked(grant: Grant) -> Result<Grant> {
    let token = grant.access_token.expose_secret();
    let has_length = (1..=LONGEST_TOKEN).contains(&token.len());
    if !has_length || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = "the access token is empty, too long, or contains characters that are not allowed in tokens";
        return Err(Error::new(Code::BadReply, message));
    }
    Ok(Grant { lifetime: grant.lifetime.min(LONGEST_LIFETIME), ..grant })
}

impl SharedToken {
    /// Notes that the service accepted this token.
    pub(super) fn note_accepted(&self, token: &Arc<SecretString>) {
        if !self.is_last_accepted(token) {
            *self.accepted.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(token));
        }
    }

    fn is_last_accepted(&self, token: &SecretString) -> bool {
        let last = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().is_some_and(|last| last.expose_secret() == token.expose_secret())
    }

    /// Notes that the service rejected a token. Returns whether the credentials may still be valid: if the token was
    /// accepted before, or was replaced since.
    pub(super) fn note_rejected(&self, token: &SecretString) -> bool {
        match &mut *self.lease() {
            Some(Ok(lease)) if lease.is_of(token) => {
                lease.rejected_at.get_or_insert_with(Instant::now);
                self.is_last_accepted(token)
            }
            _ => true,
        }
    }

    /// Whether another token would be rejected, too: this one replaced a rejected one and was never accepted.
    fn is_final(&self, lease: &mut Lease) -> bool {
        let since = lease.rejected_at.get_or_insert_with(Instant::now).elapsed();
        lease.is_replacement && since < REJECTION && !self.is_last_accepted(&lease.token)
    }

    /// Returns the token that was fetched before, if it is usable.
    pub(super) fn known(&self, rejected: Option<&SecretString>) -> Option<Arc<SecretString>> {
        match &*self.lease() {
            Some(Ok(lease)) if lease.is_usable(rejected) => Some(Arc::clone(&lease.token)),
            _ => None,
        }
    }

    /// Returns a usable token. `rejected` is a token that the service no longer accepts; it is returned again if
    /// another would be rejected, too. If there are several callers at the same time, `fetch` runs once and all receive
    /// its result, even an error.
    pub(super) async fn get<F>(&self, rejected: Option<&SecretString>, fetch: F) -> Result<Arc<SecretString>>
    where
        F: AsyncFnOnce() -> Result<Grant>,
    {
        let seen = self.fetched.load(Ordering::Acquire);
        let _fetching = self.fetching.lock().await;
        if let Some(known) = self.result_of_fetch(rejected, seen) {
            return known;
        }
        let fetched = fetch().await.map(|grant| Lease::new(grant, rejected.is_some()));
        let token = fetched.as_ref().map(|lease| Arc::clone(&lease.token)).map_err(Error::clone);
        *self.lease() = Some(fetched);
        self.fetched.fetch_add(1, Ordering::Release);
        token
    }

    /// Returns what an earlier fetch gave, if another is not needed or would not help. `seen` is how many were
    /// completed when the caller began. Otherwise the lease ends.
    fn result_of_fetch(&self, rejected: Option<&SecretString>, seen: u64) -> Option<Result<Arc<SecretString>>> {
        let mut lease = self.lease();
        if let (Some(Ok(lease)), Some(rejected)) = (&mut *lease, rejected)
            && lease.is_of(rejected)
            && self.is_final(lease)
        {
            return Some(Ok(Arc::clone(&lease.token)));
        }
        match &mut *lease {
            Some(Ok(lease)) if lease.is_usable(rejected) => Some(Ok(Arc::clone(&lease.token))),
            Some(Err(error)) if self.fetched.load(Ordering::Acquire) > seen => Some(Err(error.clone())),
            ended => {
                *ended = None;
                None
            }
        }
    }

    fn lease(&self) -> MutexGuard<'_, Option<Result<Lease>>> {
        self.lease.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    fn new(grant: Grant, is_replacement: bool) -> Self {
        // A token with a short lifetime is used for nine tenths of it.
        let life = grant.lifetime.saturating_sub(MARGIN.min(grant.lifetime / 10));
        Self { token: Arc::new(grant.access_token), renew_at: Instant::now() + life, is_replacement, rejected_at: None }
    }

    fn is_of(&self, token: &SecretString) -> bool {
        token.expose_secret() == self.token.expose_secret()
    }

    fn is_usable(&self, rejected: Option<&SecretString>) -> bool {
        !rejected.is_some_and(|token| self.is_of(token)) && Instant::now() < self.renew_at
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::pin;
    use std::task::{Context, Waker};

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
        let lease = Lease::new(Grant { access_token: "token".into(), lifetime: Duration::from_mins(15) }, false);
        assert!(
            lease.renew_at >= before + Duration::from_mins(14)
                && lease.renew_at <= Instant::now() + Duration::from_mins(14)
        );
    }

    #[tokio::test]
    async fn nobody_waits_behind_those_who_waited_for_a_fetch() {
        let (shared, fetched) = (SharedToken::default(), tokio::sync::Notify::new());
        let fetch = async || {
            fetched.notified().await;
            Ok(Grant { access_token: "token".into(), lifetime: Duration::from_hours(1) })
        };
        let (mut first, mut second) = (pin!(shared.get(None, &fetch)), pin!(shared.get(None, &fetch)));
        let mut context = Context::from_waker(Waker::noop());
        assert!(first.as_mut().poll(&mut context).is_pending());
        assert!(second.as_mut().poll(&mut context).is_pending());
        assert!(shared.known(None).is_none(), "nothing was fetched yet");
        fetched.notify_one();
        first.await.expect("a token was granted");
        assert!(shared.known(None).is_some(), "the second caller is the next, and does not run");
        second.await.expect("a token was granted");
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
