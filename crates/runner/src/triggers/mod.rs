//! Polling of lists: delivers each new and changed record once.
//!
//! The position of a change is the time of the change, by the service's clock, and the id of the record. A poll
//! delivers the changes that were not seen yet, in the order of positions. Its state contains what was seen: everything
//! up to the *floor*, and single records above it. The floor stays [`LAG`] behind the newest change, because a record
//! may appear later than its time of change.
//!
//! Pages of a list that changes while it is read do not fit together. Each request therefore starts at the last time of
//! change of the response before it: one response is consistent, and records only move to later times. Pages are
//! numbered or chained only if the records of one time fill more than a page, or if the list cannot be sorted; they are
//! then read again until nothing new appears. Where records may lack a time of change, those are read by their times of
//! creation as well.
//!
//! A record is delivered as created once. During a catch-up over several polls, the state contains the ids that were
//! delivered as created. With more than [`Limits::max_delivered`] of them it drops them, and takes everything created
//! up to the floor as known: still none is delivered as created twice, but a record that was created there and is
//! delivered later for the first time comes as an update.

mod change;
mod reader;
mod state;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use pipefit_component::{Changes, Error, Feed, Feeds, Inputs, Problem, Request, Result, Transport};
use ring::digest::{SHA256, digest};
use serde_json::Value;

use self::change::new_changes;
use self::reader::Reader;
use self::state::State;

const LIMITS: Limits = Limits { max_records: 5_000, max_remembered: 10_000, max_delivered: 200_000 };

/// How much later than its time of change a record may appear. Longer than an invocation may take.
const LAG: SignedDuration = SignedDuration::from_mins(15);

/// The limits of one poll.
#[derive(Clone, Copy)]
struct Limits {
    /// The maximum number of records that a poll delivers.
    max_records: usize,
    /// The maximum number of single records that a state contains.
    max_remembered: usize,
    /// The maximum number of records, delivered as created during one catch-up, that a state contains.
    max_delivered: usize,
}

/// Which changes are delivered. Others are only marked as seen.
#[derive(Clone, Copy)]
struct ChangeFilter {
    created: bool,
    updated: bool,
}

/// A checked poll of a trigger.
pub(crate) struct FeedPoll {
    feeds: &'static Feeds,
    feed: &'static Feed,
    state: Option<State>,
    filter: ChangeFilter,
    /// The time of the poll, which stands in for the service's if that does not say it.
    now: Timestamp,
    /// A digest of the account.
    account: Option<String>,
}

impl FeedPoll {
    /// Reads the inputs and the state of a trigger. Fails if the state is not of this trigger and resource.
    pub(crate) fn prepare(
        feeds: &'static Feeds,
        inputs: &Inputs,
        state: Option<Value>,
        now: Timestamp,
    ) -> Result<Self> {
        let key = inputs.text(&feeds.resource).unwrap_or_default();
        let feed = feeds.named(key).ok_or_else(|| Error::internal(format!("there is no feed `{key}`")))?;
        let look_back = look_back(feeds.look_back.key, inputs.text(&feeds.look_back), now)?;
        let filter =
            ChangeFilter { created: inputs.flag(&feeds.show_created), updated: inputs.flag(&feeds.show_updated) };
        let state = match state {
            Some(state) => Some(State::read(state, feed)?),
            None => look_back.map(State::from),
        };
        Ok(Self { feeds, feed, state, filter, now, account: None })
    }

    /// Binds the poll and its state to an account. Fails if the state is another account's.
    pub(crate) fn of_account(mut self, account: &str) -> Result<Self> {
        let digest = digest(&SHA256, account.as_bytes());
        let digest = digest.as_ref()[..16].iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        if let Some(state) = &mut self.state {
            state.bind(&digest)?;
        }
        self.account = Some(digest);
        Ok(self)
    }

    /// Returns the first request of the poll.
    pub(crate) fn first_request(&self) -> Result<Request> {
        Reader::first_request(self.feeds, self.feed, self.state.as_ref())
    }

    /// Returns the changes since the state. Without a state, returns no changes and the state to start from.
    pub(crate) async fn run(self, transport: &dyn Transport) -> Result<Changes> {
        let reader = Reader::new(transport, self.feeds, self.feed, self.now);
        match self.state {
            Some(state) => poll(reader, state, self.filter, LIMITS).await,
            None => begin(reader, self.account, LIMITS).await,
        }
    }
}

/// The first poll: marks the existing records as seen.
async fn begin(mut reader: Reader<'_>, account: Option<String>, limits: Limits) -> Result<Changes> {
    let mut state = State::from(reader.start().await?);
    state.account = account;
    reader.read(&state, usize::MAX).await?;
    state.mark_seen(reader.found());
    state.settle(None, reader.date(), limits);
    let (state, skipped) = (state.write(reader.feed())?, reader.skipped());
    Ok(Changes { created: Vec::new(), updated: Vec::new(), skipped, state, more: false })
}

async fn poll(mut reader: Reader<'_>, mut state: State, filter: ChangeFilter, limits: Limits) -> Result<Changes> {
    // Half of the limit is enough: another page is not worth its time.
    let mut unread = reader.read(&state, limits.max_records / 2).await?;
    let (feed, date, skipped) = (reader.feed(), reader.date(), reader.skipped());
    let mut new = new_changes(reader.into_found(), &state, unread.as_ref());
    if new.len() > limits.max_records {
        unread = new.split_off(limits.max_records).into_iter().next().map(|change| change.position);
    }
    let (created, updated) = (Vec::new(), Vec::new());
    let mut changes = Changes { created, updated, skipped, state: Value::Null, more: unread.is_some() };
    for change in new {
        let (shown, list) = if state.is_new(&change) {
            (filter.created, &mut changes.created)
        } else {
            (filter.updated, &mut changes.updated)
        };
        state.mark_seen([&change]);
        if shown {
            list.push(change.record);
        }
    }
    state.settle(unread.as_ref(), date, limits);
    changes.state = state.write(feed)?;
    Ok(changes)
}

/// Converts a date to its start in UTC. Fails if that is in the future.
fn look_back(input: &str, text: Option<&str>, now: Timestamp) -> Result<Option<Timestamp>> {
    let Some(text) = text else { return Ok(None) };
    let refuse = |expected: &str| {
        let message = format!("`{input}` is `{text}`; expected {expected}");
        Error::input(input, Problem::InvalidValue, message)
    };
    let day =
        text.parse::<Date>().ok().and_then(|date| TimeZone::UTC.to_timestamp(date.to_datetime(Time::midnight())).ok());
    let start = day.ok_or_else(|| refuse("a date such as `2026-01-31`"))?;
    if start > now {
        return Err(refuse("a date that is not in the future (UTC)"));
    }
    Ok(Some(start))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::pin::pin;
    use std::sync::{Mutex, PoisonError};
    use std::task::{Context, Poll as Progress, Waker};

    use async_trait::async_trait;
    use pipefit_component::{
        Api, ChangeFields, Input, ListEndpoint, NumberedPages, PageLayout, PageMember, PageRole, Paging, Response,
    };
    use serde_json::json;

    use super::*;
    use crate::lists::Key;

    const TIGHT: Limits = Limits { max_records: 4, max_remembered: 6, max_delivered: 1_000 };
    const ALL: ChangeFilter = ChangeFilter { created: true, updated: true };

    const API: Api = Api::new("")
        .paged(
            Paging::Numbered(NumberedPages {
                number: "page",
                first: 1,
                size: "size",
                max_size: 5_000,
                default_size: 50,
                total: "total",
            }),
            PageLayout(&[
                PageMember::new("more", PageRole::HasMore, "Whether there is more."),
                PageMember::new("data", PageRole::Records, "The records."),
            ]),
        )
        .sorted("sort", "+id");
    static SORTED: ListEndpoint = API.list("/sorted");
    static UNSORTED: ListEndpoint = API.list("/unsorted").sorted_locally();
    static FEEDS: Feeds = Feeds {
        feeds: &[Feed { key: "sorted", list: &SORTED }, Feed { key: "unsorted", list: &UNSORTED }],
        fields: ChangeFields {
            created: "created",
            modified: "modified",
            since: "since",
            oldest_first: "+modified",
            newest_first: "-modified",
            created_since: "createdSince",
            oldest_created: "+created",
            newest_created: "-created",
        },
        resource: Input::text("resource", "Resource"),
        show_created: Input::flag("created", "Created"),
        show_updated: Input::flag("updated", "Updated"),
        look_back: Input::date("lookBack", "Look Back"),
    };

    /// A list that the test changes: times of creation and change, in seconds, by id. The second field is the page
    /// size.
    #[derive(Default)]
    struct Service(Mutex<BTreeMap<i64, (i64, i64)>>, usize);

    #[async_trait]
    impl Transport for Service {
        async fn send(&self, request: &Request) -> Result<Response> {
            let given = |name| request.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
            let from = given("since").and_then(change::timestamp).map_or(0, Timestamp::as_second);
            let number: usize = given("page").and_then(|page| page.parse().ok()).unwrap_or(1);
            let size = if given("size") == Some("1") { 1 } else { self.1 };
            let records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let mut rows: Vec<_> = records.iter().filter(|(_, (_, at))| *at >= from).collect();
            match given("sort") {
                Some("+modified") => rows.sort_by_key(|(_, (_, at))| *at),
                Some("-modified") => rows.sort_by_key(|(_, (_, at))| -at),
                _ => {}
            }
            let text = |at: i64| Timestamp::from_second(at).unwrap_or_default().to_string();
            let shown = rows.iter().skip((number - 1) * size).take(size);
            let shown: Vec<_> = shown
                .map(|(id, (created, at))| json!({"id": id, "created": text(*created), "modified": text(*at)}))
                .collect();
            Ok(Response::new(json!({"more": number * size < rows.len(), "data": shown}).to_string()))
        }
    }

    /// Runs a future that never waits.
    fn run<T>(work: impl Future<Output = T>) -> T {
        match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
            Progress::Ready(done) => done,
            Progress::Pending => panic!("it waits"),
        }
    }

    struct Rng(u64);

    impl Rng {
        fn below(&mut self, limit: i64) -> i64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33).cast_signed() % limit
        }
    }

    #[test]
    fn delivers_each_change_once_within_tight_limits() {
        for seed in 0..30 {
            let mut rng = Rng(seed);
            let feed = &FEEDS.feeds[usize::from(rng.below(3) == 0)];
            let service = Service(Mutex::default(), usize::try_from(rng.below(4) + 1).unwrap_or(1));
            let (mut now, mut id) = (1_000_000, 0);
            let mut state = Some(State::from(Timestamp::from_second(now).unwrap_or_default()));
            let mut delivered = BTreeMap::<Key, i64>::new();
            for step in 0..200 {
                let mut records = service.0.lock().unwrap_or_else(PoisonError::into_inner);
                // The clock advances between polls: if one time has more records than a state remembers, later
                // records of the same time are recognized by their ids only.
                now += 1;
                for _ in 0..rng.below(6) * i64::from(step < 150) {
                    now += rng.below(2) * rng.below(120);
                    id += 1;
                    records.insert(id, (now, now));
                    let other = rng.below(id) + 1;
                    if let Some((_, at)) = records.get_mut(&other).filter(|_| rng.below(3) == 0) {
                        now += i64::from(*at == now);
                        *at = now;
                    }
                }
                drop(records);
                let reader = Reader::new(&service, &FEEDS, feed, Timestamp::from_second(now).unwrap_or_default());
                let state_before = state.take().expect("every poll returns a state");
                let polled = run(poll(reader, state_before, ALL, TIGHT)).expect("the service responds");
                assert!(polled.created.len() + polled.updated.len() <= TIGHT.max_records);
                let keys = crate::lists::KeyReader::new("id");
                for record in polled.created.iter().chain(&polled.updated) {
                    let change =
                        change::Change::read(record, feed.list, &keys, FEEDS.fields).expect("it has its times");
                    let at = change.position.at.as_second();
                    let before = delivered.insert(change.position.id, at);
                    assert!(before.is_none_or(|before| before < at), "seed {seed}: twice");
                }
                let read = State::read(polled.state, feed).expect("it was just written");
                assert!(read.remembered() <= TIGHT.max_remembered, "seed {seed}: {}", read.remembered());
                state = Some(read);
            }
            let records = service.0.into_inner().unwrap_or_else(PoisonError::into_inner);
            for (id, (_, at)) in records {
                assert_eq!(delivered.get(&Key::Number(id)), Some(&at), "seed {seed}: {id}");
            }
        }
    }
}
