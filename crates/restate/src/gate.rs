//! The rate limit that all workers share: a worker leases a few slots of time at once from the object `Rate` of the
//! account, and admits a request at each.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use pipefit_component::{Code, Error, Result};
use pipefit_runner::host::{RateLimiter, RateRequest};
use tokio::sync::{Notify, oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::ingress::{Call, Ingress, segment};
use crate::services::rate::{Ask, Hold, Lease, unix_micros};

/// The most slots of one lease, or those of a sixth of a second if these are more.
const MOST: u32 = 10;

/// How long before the end of a lease the next is asked for.
const LEAD: Duration = Duration::from_millis(40);

/// How late a slot may be used that went by while the lease was on its way. Moved, it would fall together with one of
/// another worker.
const LATE: Duration = Duration::from_millis(20);

/// How long an admission holds: what was held up for longer would leave together with others. A tenth of a second moves
/// at most a tenth of the rate into another second.
const VOID: Duration = Duration::from_millis(100);

/// How long a lease is expected to take at most.
const LONGEST_TRIP: Duration = Duration::from_millis(250);

/// How long one try to lease may take, and all tries.
const ONE_TRY: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(10);

/// The highest rate that is limited, in requests per second.
const FASTEST: u32 = 1_000;

/// How long an account without requests is kept.
const UNUSED: Duration = Duration::from_mins(10);

pub(crate) struct Gate {
    ingress: Arc<Ingress>,
    accounts: Arc<Mutex<HashMap<String, Arc<Account>>>>,
}

/// The requests of an account that wait on this worker.
struct Account {
    key: String,
    per_second: u32,
    queue: Mutex<Queue>,
    /// Tells that a request waits.
    came: Notify,
    /// When the account may send again, after a 429.
    held_until: watch::Sender<Instant>,
}

/// Requests that wait to be admitted, each at the time of its slot.
#[derive(Default)]
struct Queue {
    first: VecDeque<Waiter>,
    then: VecDeque<Waiter>,
}

/// Admits a request. If that is not there any more, it takes no slot.
type Waiter = oneshot::Sender<Instant>;

impl fmt::Debug for Gate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Gate")
    }
}

#[async_trait]
impl RateLimiter for Gate {
    async fn acquire(&self, request: &RateRequest<'_>) -> Result<()> {
        if !(1..=FASTEST).contains(&request.per_second) {
            return Ok(());
        }
        let account = self.account(request);
        let deadline = Instant::now() + request.remaining;
        tokio::select! {
            biased;
            held_until = account.held_beyond(deadline) => {
                let message = "the service received too many requests; it asked for a pause that ends too late";
                let wait = held_until.saturating_duration_since(Instant::now());
                Err(Error::new(Code::RateLimited, message).with_retry_after(wait))
            }
            () = account.admitted(request.is_poll) => Ok(()),
            () = sleep_until(deadline) => {
                let message = "earlier requests take all of the account's rate until the invocation must end";
                Err(Error::new(Code::RateLimited, message))
            }
        }
    }

    async fn pause(&self, request: &RateRequest<'_>, wait: Duration) {
        self.account(request).hold(Instant::now() + wait);
        let path = format!("call/Rate/{}/hold", segment(request.account));
        let until = unix_micros() + u64::try_from(wait.as_micros()).unwrap_or(u64::MAX / 2);
        let Ok(body) = serde_json::to_vec(&Hold { until }) else { return };
        let call = Call::new(&path, Some(body.into()), ONE_TRY);
        if let Err(error) = self.ingress.call(&call).await {
            tracing::warn!(target: "pipefit::restate", "other workers were not told of a pause: {error}");
        }
    }
}

impl Gate {
    pub(crate) fn new(ingress: Arc<Ingress>) -> Self {
        Self { ingress, accounts: Arc::default() }
    }

    /// Returns the account of a request, whose task leases slots as long as requests come.
    fn account(&self, request: &RateRequest<'_>) -> Arc<Account> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(account) = accounts.get(request.account) {
            return Arc::clone(account);
        }
        let account = Arc::new(Account {
            key: request.account.to_owned(),
            per_second: request.per_second,
            queue: Mutex::default(),
            came: Notify::new(),
            held_until: watch::Sender::new(Instant::now()),
        });
        accounts.insert(account.key.clone(), Arc::clone(&account));
        tokio::spawn(Leasing::new(Arc::clone(&self.ingress), Arc::clone(&account)).run(Arc::clone(&self.accounts)));
        account
    }
}

impl Account {
    /// Waits until a request may leave.
    async fn admitted(&self, is_poll: bool) {
        loop {
            let (admit, admitted) = oneshot::channel();
            {
                let mut queue = self.queue();
                if is_poll { queue.first.push_back(admit) } else { queue.then.push_back(admit) }
            }
            self.came.notify_one();
            let Ok(slot) = admitted.await else { continue };
            if slot.elapsed() < VOID && *self.held_until.borrow() <= Instant::now() {
                return;
            }
        }
    }

    /// Takes up to this many requests that still wait.
    fn take(&self, most: u32) -> Vec<Waiter> {
        let mut queue = self.queue();
        let Queue { first, then } = &mut *queue;
        let waiting = std::iter::from_fn(|| first.pop_front().or_else(|| then.pop_front()));
        waiting.filter(|waiter| !waiter.is_closed()).take(most as usize).collect()
    }

    /// Puts requests that got no slot before all others.
    fn put_back(&self, waiters: Vec<Waiter>) {
        let mut queue = self.queue();
        waiters.into_iter().rev().for_each(|waiter| queue.first.push_front(waiter));
    }

    /// Holds all requests back, those that already have a slot among them. Never shortens a pause.
    fn hold(&self, until: Instant) {
        self.held_until.send_modify(|held| *held = until.max(*held));
    }

    /// Waits for a pause that ends after this time, and returns when it ends.
    async fn held_beyond(&self, deadline: Instant) -> Instant {
        // The sender belongs to `self`, so this cannot fail.
        let mut held = self.held_until.subscribe();
        held.wait_for(|until| *until > deadline).await.map_or(deadline, |until| *until)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leases slots for an account.
struct Leasing {
    ingress: Arc<Ingress>,
    account: Arc<Account>,
    path: String,
    /// How long a lease takes, mostly: a slot that goes by meanwhile is lost.
    trip: Duration,
}

impl Leasing {
    fn new(ingress: Arc<Ingress>, account: Arc<Account>) -> Self {
        let path = format!("call/Rate/{}/lease", segment(&account.key));
        Self { ingress, account, path, trip: Duration::ZERO }
    }

    /// Leases while requests come.
    async fn run(mut self, accounts: Arc<Mutex<HashMap<String, Arc<Account>>>>) {
        loop {
            let waiters = self.account.take(MOST.max(self.account.per_second / 6));
            if !waiters.is_empty() {
                self.admit(waiters).await;
                continue;
            }
            if timeout(UNUSED, self.account.came.notified()).await.is_ok() {
                continue;
            }
            let mut accounts = accounts.lock().unwrap_or_else(PoisonError::into_inner);
            // Nobody waits, and nobody but the map and this task has it.
            if Arc::strong_count(&self.account) == 2 {
                accounts.remove(&self.account.key);
                return;
            }
        }
    }

    /// Leases a slot for each of these requests, and admits each at its slot.
    async fn admit(&mut self, waiters: Vec<Waiter>) {
        let asked = Instant::now();
        let lease = match self.lease(waiters.len()).await {
            Ok(lease) => lease,
            Err(error) => {
                tracing::warn!(target: "pipefit::restate", "no slots of the rate: {error}");
                self.account.put_back(waiters);
                return sleep(Duration::from_millis(100)).await;
            }
        };
        let start = asked + self.head_start() + Duration::from_micros(lease.wait);
        let took = asked.elapsed();
        self.trip = ((self.trip * 3 + took) / 4).max(took).min(LONGEST_TRIP);
        if lease.slots == 0 {
            self.account.hold(start);
            self.account.put_back(waiters);
            return sleep_until(start).await;
        }
        let interval = Duration::from_secs(1) / self.account.per_second;
        let now = Instant::now();
        let slots = (0..lease.slots).map(|slot| start + interval * slot).filter(|slot| *slot + LATE >= now);
        let mut waiters = waiters.into_iter().filter(|waiter| !waiter.is_closed());
        for slot in slots {
            let Some(waiter) = waiters.next() else { break };
            tokio::spawn(async move {
                sleep_until(slot).await;
                let _ = waiter.send(slot);
            });
        }
        self.account.put_back(waiters.collect());
        let end = start + interval * lease.slots;
        sleep_until(end.checked_sub(LEAD).unwrap_or(end)).await;
    }

    /// When the first slot is wanted: what goes by on the way may be late, but not later.
    fn head_start(&self) -> Duration {
        self.trip.saturating_sub(LATE)
    }

    async fn lease(&self, slots: usize) -> Result<Lease> {
        let head_start = u64::try_from(self.head_start().as_micros()).unwrap_or_default();
        let ask = Ask {
            slots: u32::try_from(slots).unwrap_or_default(),
            now: unix_micros() + head_start,
            per_second: self.account.per_second,
        };
        let body = serde_json::to_vec(&ask).map_err(Error::internal)?;
        let call = Call::new(&self.path, Some(body.into()), PATIENCE).one_try(ONE_TRY);
        let (_, reply) = self.ingress.call(&call).await?;
        serde_json::from_slice(&reply).map_err(|_| Error::new(Code::BadReply, "a lease cannot be read"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Arc<Account> {
        Arc::new(Account {
            key: "account".to_owned(),
            per_second: 60,
            queue: Mutex::default(),
            came: Notify::new(),
            held_until: watch::Sender::new(Instant::now()),
        })
    }

    /// Starts a request that waits to be admitted.
    async fn waits(account: &Arc<Account>, is_poll: bool) -> tokio::task::JoinHandle<bool> {
        let own = Arc::clone(account);
        let request = tokio::spawn(async move {
            own.admitted(is_poll).await;
            is_poll
        });
        tokio::task::yield_now().await;
        request
    }

    #[tokio::test]
    async fn polls_come_first_and_who_has_gone_takes_no_slot() {
        let account = account();
        let (other, gone, poll) =
            (waits(&account, false).await, waits(&account, false).await, waits(&account, true).await);
        gone.abort();
        assert!(gone.await.is_err_and(|error| error.is_cancelled()));
        let mut taken = account.take(10);
        assert_eq!(taken.len(), 2);
        taken.remove(0).send(Instant::now()).expect("the poll waits");
        assert!(poll.await.expect("it is admitted"));
        // Who got no slot comes before later polls.
        account.put_back(taken);
        let later = waits(&account, true).await;
        account.take(1).remove(0).send(Instant::now()).expect("the other waits");
        assert!(!other.await.expect("it is admitted"));
        later.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_slot_that_was_not_used_at_once_and_one_in_a_pause_are_void() {
        let account = account();
        let request = waits(&account, false).await;
        let old = Instant::now();
        tokio::time::advance(Duration::from_millis(300)).await;
        account.take(1).remove(0).send(old).expect("it waits");
        tokio::task::yield_now().await;
        account.hold(Instant::now() + Duration::from_secs(1));
        account.take(1).remove(0).send(Instant::now()).expect("it waits again");
        tokio::task::yield_now().await;
        assert!(!request.is_finished());
        tokio::time::advance(Duration::from_secs(2)).await;
        account.take(1).remove(0).send(Instant::now()).expect("it waits again");
        request.await.expect("it is admitted");
    }
}
