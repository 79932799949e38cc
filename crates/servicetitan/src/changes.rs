//! The trigger: what is new and what has changed.
//!
//! Records have a place: when they were last changed, by the service's clock, then their id. A poll delivers what it
//! has not seen, in the order of places, and its state says what was seen: everything up to the *floor*, and single
//! records above it. The floor stays [`OVERLAP`] behind the newest change, since a record may show up a little later
//! than its time of change says.
//!
//! Pages of a list that changes while it is read do not fit together, so each request begins at the last time of
//! change of the one before: one answer shows one moment, and records only ever move on to later times. Only where
//! one time fills more than a page, or a list cannot be sorted, are pages counted, and then again until nothing new
//! turns up.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp as Moment};
use pipefit_component::prelude::*;
use pipefit_component::{Api, Code, Poll, Problem, Trigger};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::apis::{ACCOUNTING, CRM, EQUIPMENT, JPM, SETTINGS};

const CHANGES: Resource = Resource { key: "changes", label: "Changes" };

const LIMITS: Limits = Limits { most: 5_000, remembered: 10_000 };

/// How much later than its time of change a record may show up. Longer than an invocation may take.
const OVERLAP: SignedDuration = SignedDuration::from_mins(15);

/// The most records that the API gives a page.
const PAGE: &str = "5000";

/// How often counted pages are read again before the list is said to change too fast.
const SWEEPS: usize = 20;

/// The form of a state; another one has another number.
const VERSION: u64 = 1;

const FEEDS: &[Feed] = &[
    Feed::of("jobs", JPM, "/jobs"),
    Feed::of("appointments", JPM, "/appointments").with_inactive("active", "Any"),
    Feed::of("projects", JPM, "/projects"),
    Feed::of("invoices", ACCOUNTING, "/invoices").with_inactive("activeState", "All"),
    Feed::of("payments", ACCOUNTING, "/payments").with_inactive("activeState", "All"),
    Feed::of("customers", CRM, "/customers").with_inactive("active", "Any"),
    Feed::of("locations", CRM, "/locations").with_inactive("active", "Any"),
    Feed::of("installedEquipment", EQUIPMENT, "/installed-equipment").with_inactive("active", "Any"),
    Feed::of("technicians", SETTINGS, "/technicians").with_inactive("active", "Any").unsorted(),
];

const RESOURCE_TYPES: &[Choice] = &[
    named("jobs", "Jobs"),
    named("appointments", "Appointments"),
    named("projects", "Projects"),
    named("invoices", "Invoices"),
    named("payments", "Payments"),
    named("customers", "Customers"),
    named("locations", "Locations"),
    named("installedEquipment", "Installed Equipment"),
    named("technicians", "Technicians"),
];

const LOOK_BACK_DATE: Input = Input::date("lookBackDate", "Look-back Date")
    .example("2026-01-01")
    .help(
        "The first poll delivers what was created or changed since this day began in UTC; later polls go on from \
         their state. Not a day to come.",
    )
    .omitted("Left out: the first poll delivers nothing, and what happens after it is delivered by the next.");
const RESOURCE_TYPE: Input = Input::text("resourceType", "Resource Type")
    .required()
    .choices(RESOURCE_TYPES)
    .help("The kind of record to watch. A state belongs to one kind.");
const SHOW_NEW_RECORDS: Input = Input::flag("showNewRecords", "Show New Records").required().default("true").help(
    "Whether to deliver records that were created since the trigger began. What is not shown still counts as seen.",
);
const SHOW_UPDATED_RECORDS: Input = Input::flag("showUpdatedRecords", "Show Updated Records")
    .required()
    .default("true")
    .help("Whether to deliver changes of records that existed before. What is not shown still counts as seen.");

static POLLED: Record = Record {
    help: "What one poll found. The fields of a record are those that the list of its resource answers.",
    fields: &[
        Field::any_object(
            "created",
            "Records that were created since the trigger began and are delivered for the first time, oldest \
             change first.",
        )
        .list()
        .example(
            r#"[
                {
                    "id": 10978752986,
                    "jobNumber": "10978752986",
                    "jobStatus": "Scheduled",
                    "createdOn": "2026-01-31T09:00:00Z",
                    "modifiedOn": "2026-01-31T09:00:00Z"
                }
            ]"#,
        ),
        Field::any_object("updated", "Records that changed, oldest change first; each as it is now.").list(),
    ],
};

struct PollChangesTrigger;

#[async_trait]
impl Trigger for PollChangesTrigger {
    fn about(&self) -> About {
        About::read("pollChangesTrigger", "New and Updated Records", CHANGES)
            .help("Delivers records that were created or changed since the last poll, deactivated ones included. Each change is delivered once; of several changes between two polls, the last.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, RESOURCE_TYPE, SHOW_NEW_RECORDS, SHOW_UPDATED_RECORDS, LOOK_BACK_DATE] }
    }

    fn output(&self) -> Output {
        Output::Record(&POLLED)
    }

    async fn poll(&self, transport: &dyn Transport, inputs: Inputs, state: Option<Value>, now: Moment) -> Result<Poll> {
        let feed = Feed::named(inputs.text(&RESOURCE_TYPE).unwrap_or_default())?;
        let look_back = look_back(inputs.text(&LOOK_BACK_DATE), now)?;
        let show = Show { created: inputs.flag(&SHOW_NEW_RECORDS), updated: inputs.flag(&SHOW_UPDATED_RECORDS) };
        let state = match state {
            Some(state) => Some(State::read(state, feed)?),
            None => look_back.map(State::from),
        };
        poll(transport, feed, state, show, LIMITS).await
    }
}

register!(trigger PollChangesTrigger);

/// How much one poll does.
#[derive(Clone, Copy)]
struct Limits {
    /// The most records that a poll delivers.
    most: usize,
    /// The most single records that a state remembers.
    remembered: usize,
}

/// What is delivered; the rest only counts as seen.
#[derive(Clone, Copy)]
struct Show {
    created: bool,
    updated: bool,
}

async fn poll(
    transport: &dyn Transport,
    feed: &'static Feed,
    state: Option<State>,
    show: Show,
    limits: Limits,
) -> Result<Poll> {
    let mut reader = Reader::new(transport, feed);
    let Some(mut state) = state else { return reader.begin(limits).await };
    // With half of what may be delivered, another page is not worth its time.
    let mut unread = reader.read(&state, limits.most / 2).await?;
    let mut fresh = fresh(reader.found, &state, unread);
    if fresh.len() > limits.most {
        unread = fresh.split_off(limits.most).first().map(|change| change.place);
    }
    let mut poll = Poll { created: Vec::new(), updated: Vec::new(), state: Value::Null, more: unread.is_some() };
    for change in fresh {
        let (shown, list) =
            if state.is_new(&change) { (show.created, &mut poll.created) } else { (show.updated, &mut poll.updated) };
        state.seen.insert(change.place.id, change.place.at);
        if shown {
            list.push(change.record);
        }
    }
    state.settle(unread, reader.date, limits);
    poll.state = state.write(feed)?;
    Ok(poll)
}

/// Midnight UTC of the given day.
fn look_back(text: Option<&str>, now: Moment) -> Result<Option<Moment>> {
    let Some(text) = text else { return Ok(None) };
    let refuse = |expected: &str| {
        let message = format!("`lookBackDate` is `{text}`; expected {expected}");
        Error::input(LOOK_BACK_DATE.key, Problem::InvalidValue, message)
    };
    let day =
        text.parse::<Date>().ok().and_then(|date| TimeZone::UTC.to_timestamp(date.to_datetime(Time::midnight())).ok());
    let start = day.ok_or_else(|| refuse("a date such as `2026-01-31`"))?;
    if start > now {
        return Err(refuse("a day that has begun in UTC"));
    }
    Ok(Some(start))
}

/// One kind of record, and how its changes are listed.
struct Feed {
    key: &'static str,
    api: Api,
    path: &'static str,
    /// The parameter, and its value, without which inactive records are left out.
    inactive: Option<(&'static str, &'static str)>,
    sorted: bool,
}

impl Feed {
    const fn of(key: &'static str, api: Api, path: &'static str) -> Self {
        Self { key, api, path, inactive: None, sorted: true }
    }

    const fn with_inactive(self, parameter: &'static str, value: &'static str) -> Self {
        Self { inactive: Some((parameter, value)), ..self }
    }

    const fn unsorted(self) -> Self {
        Self { sorted: false, ..self }
    }

    fn named(key: &str) -> Result<&'static Self> {
        FEEDS.iter().find(|feed| feed.key == key).ok_or_else(|| Error::internal(format!("no feed of `{key}`")))
    }
}

/// Where a record stands: the order in which changes are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    at: Moment,
    id: i64,
}

impl Place {
    /// Before every record of this time.
    fn before(at: Moment) -> Self {
        Self { at, id: 0 }
    }
}

/// A record as a list showed it.
struct Change {
    place: Place,
    created: Moment,
    record: Box<RawValue>,
}

/// What was seen. Bounded, whatever the service has.
#[derive(Debug, PartialEq)]
struct State {
    /// What was created up to here had been seen when a poll last came to the end.
    known: Place,
    /// What was changed up to here has been seen.
    floor: Place,
    /// Above the floor: the latest time of change that was seen of each record.
    seen: BTreeMap<i64, Moment>,
    /// Where the next poll goes on, if this one did not come to the end.
    next: Option<Moment>,
}

/// A state as it is handed out.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Saved {
    version: u64,
    resource_type: String,
    known: (String, i64),
    floor: (String, i64),
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Ids by time of change.
    seen: BTreeMap<String, Vec<i64>>,
}

impl State {
    /// Everything from this moment on is new.
    fn from(start: Moment) -> Self {
        let start = Place::before(start);
        Self { known: start, floor: start, seen: BTreeMap::new(), next: None }
    }

    fn read(state: Value, feed: &Feed) -> Result<Self> {
        let refuse = |what: &str| {
            let message = format!("the state {what}; hand in the last poll's state unchanged, or none to begin anew");
            Error::new(Code::InvalidRequest, message)
        };
        if state.get("version").is_some_and(|version| version.as_u64() != Some(VERSION)) {
            return Err(refuse("was made by another version of this trigger"));
        }
        let saved: Saved = serde_json::from_value(state).map_err(|_| refuse("is not one of this trigger"))?;
        if saved.resource_type != feed.key {
            return Err(refuse(&format!("belongs to `{}`, not to `{}`", saved.resource_type, feed.key)));
        }
        let moment = |text: &str| moment(text).ok_or_else(|| refuse("holds a time that is none"));
        let place = |(at, id): (String, i64)| Ok(Place { at: moment(&at)?, id });
        let mut seen = BTreeMap::new();
        for (at, ids) in saved.seen {
            let at = moment(&at)?;
            seen.extend(ids.into_iter().map(|id| (id, at)));
        }
        let next = saved.next.as_deref().map(moment).transpose()?;
        Ok(Self { known: place(saved.known)?, floor: place(saved.floor)?, seen, next })
    }

    fn write(&self, feed: &Feed) -> Result<Value> {
        let mut seen = BTreeMap::<_, Vec<_>>::new();
        for (id, at) in &self.seen {
            seen.entry(at.to_string()).or_default().push(*id);
        }
        let saved = Saved {
            version: VERSION,
            resource_type: feed.key.to_owned(),
            known: (self.known.at.to_string(), self.known.id),
            floor: (self.floor.at.to_string(), self.floor.id),
            next: self.next.map(|next| next.to_string()),
            seen,
        };
        serde_json::to_value(saved).map_err(Error::internal)
    }

    fn has_seen(&self, place: Place) -> bool {
        // An older version than the one that was seen comes from a copy that lags behind.
        place <= self.floor || self.seen.get(&place.id).is_some_and(|at| *at >= place.at)
    }

    fn is_new(&self, change: &Change) -> bool {
        let born = Place { at: change.created, id: change.place.id };
        born > self.known && !self.seen.contains_key(&change.place.id)
    }

    /// Raises the floor as far as everything below it was seen. `unread` is where the next poll has to go on.
    fn settle(&mut self, unread: Option<Place>, date: Option<Moment>, limits: Limits) {
        let mut places: BTreeSet<_> = self.seen.iter().map(|(id, at)| Place { at: *at, id: *id }).collect();
        let newest = places.last().map_or(self.floor.at, |place| place.at);
        // A time of change that is still to come, by a clock of the service that is fast, moves nothing.
        let old = date.map_or(newest, |date| date.min(newest)).saturating_sub(OVERLAP).unwrap_or(Moment::UNIX_EPOCH);
        while let Some(place) = places.first().copied() {
            let forget = match unread {
                Some(unread) => place < unread && places.len() > limits.remembered,
                None => place.at < old || places.len() > limits.remembered,
            };
            if !forget {
                break;
            }
            places.pop_first();
            self.seen.remove(&place.id);
            self.floor = self.floor.max(place);
        }
        self.next = unread.map(|place| place.at);
        if unread.is_none() {
            self.floor = self.floor.max(Place::before(old));
            self.known = self.floor;
        }
    }
}

/// Reads what changed, and keeps the latest version of each record.
struct Reader<'a> {
    transport: &'a dyn Transport,
    feed: &'static Feed,
    found: BTreeMap<i64, Change>,
    /// When the service gave its first answer, by its own clock.
    date: Option<Moment>,
}

/// What one answer says beside its records.
struct Page {
    more: bool,
    newest: Option<Moment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageBody<'a> {
    has_more: bool,
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stamps {
    id: i64,
    created_on: String,
    modified_on: Option<String>,
}

impl<'a> Reader<'a> {
    fn new(transport: &'a dyn Transport, feed: &'static Feed) -> Self {
        Self { transport, feed, found: BTreeMap::new(), date: None }
    }

    /// The first poll: what is there now is where it begins.
    async fn begin(mut self, limits: Limits) -> Result<Poll> {
        let start = if self.feed.sorted { self.newest().await? } else { None };
        let start = self.date.map_or(start, |date| start.map(|start| start.min(date)));
        let start = start.and_then(|start| start.checked_sub(OVERLAP).ok()).unwrap_or(Moment::UNIX_EPOCH);
        let mut state = State::from(start);
        self.read(&state, usize::MAX).await?;
        state.seen = self.found.values().map(|change| (change.place.id, change.place.at)).collect();
        state.settle(None, self.date, limits);
        Ok(Poll { created: Vec::new(), updated: Vec::new(), state: state.write(self.feed)?, more: false })
    }

    /// The latest time of change there is.
    async fn newest(&mut self) -> Result<Option<Moment>> {
        let page = self.ask(&[("sort", "-ModifiedOn"), ("page", "1"), ("pageSize", "1")]).await?;
        Ok(page.newest)
    }

    /// Reads on from where the state left off, until there are enough changes or no more. Answers the place before
    /// which nothing is missing; none at the end.
    async fn read(&mut self, state: &State, enough: usize) -> Result<Option<Place>> {
        let mut from = state.next.unwrap_or(state.floor.at);
        loop {
            let page = self.sweep(from).await?;
            let (true, Some(newest)) = (page.more, page.newest) else { return Ok(None) };
            from = newest;
            let end = Place::before(from);
            let fresh = self.found.values().filter(|change| change.place < end && !state.has_seen(change.place));
            if fresh.count() >= enough {
                return Ok(Some(end));
            }
        }
    }

    /// Reads from this time to a page that goes beyond it. A list without an order is read to its end.
    async fn sweep(&mut self, from: Moment) -> Result<Page> {
        let start = from.to_string();
        for _ in 0..SWEEPS {
            let known = self.found.len();
            for number in 1_u64.. {
                let number_text = number.to_string();
                let mut query = vec![("modifiedOnOrAfter", start.as_str()), ("page", &number_text), ("pageSize", PAGE)];
                if self.feed.sorted {
                    query.push(("sort", "+ModifiedOn"));
                }
                let page = self.ask(&query).await?;
                let beyond = self.feed.sorted && page.newest.is_some_and(|newest| newest > from);
                if page.more && !beyond {
                    continue;
                }
                if number == 1 || self.found.len() == known {
                    return Ok(page);
                }
                break;
            }
        }
        Err(Error::new(Code::Unavailable, "the list changes faster than its pages can be read"))
    }

    async fn ask(&mut self, query: &[(&str, &str)]) -> Result<Page> {
        let mut request = self.feed.api.get(self.feed.path).query(Inputs::default())?;
        let query = query.iter().copied().chain(self.feed.inactive);
        request.query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let reply = self.transport.send(request).await?;
        if self.date.is_none() {
            self.date = reply.header("date").and_then(|date| Some(rfc2822::parse(date).ok()?.timestamp()));
        }
        let page: PageBody<'_> = serde_json::from_slice(&reply.body)
            .map_err(|error| bad_reply(format!("the service's answer is not a page of records: {error}")))?;
        if page.has_more && page.data.is_empty() {
            return Err(bad_reply("a page holds nothing, yet the service says that there is more"));
        }
        let mut newest = None;
        for record in page.data {
            let change = Change::read(record)?;
            if self.feed.sorted && newest.is_some_and(|newest| change.place.at < newest) {
                return Err(bad_reply("the service does not keep the order that it was asked for"));
            }
            newest = newest.max(Some(change.place.at));
            self.keep(change);
        }
        Ok(Page { more: page.has_more, newest })
    }

    fn keep(&mut self, change: Change) {
        let known = self.found.get(&change.place.id);
        if known.is_none_or(|known| known.place < change.place) {
            self.found.insert(change.place.id, change);
        }
    }
}

/// What was found before this place and not seen by an earlier poll, in order.
fn fresh(found: BTreeMap<i64, Change>, state: &State, end: Option<Place>) -> Vec<Change> {
    let before = |place| end.is_none_or(|end| place < end);
    let found = found.into_values().filter(|it| before(it.place) && !state.has_seen(it.place));
    let mut fresh: Vec<_> = found.collect();
    fresh.sort_unstable_by_key(|change| change.place);
    fresh
}

impl Change {
    fn read(record: &RawValue) -> Result<Self> {
        let stamps: Stamps = serde_json::from_str(record.get())
            .map_err(|_| bad_reply("a record of the service's list lacks `id` or `createdOn`"))?;
        let read = |text: &str| {
            moment(text).ok_or_else(|| bad_reply(format!("`{text}`, of the record {}, is not a time", stamps.id)))
        };
        let created = read(&stamps.created_on)?;
        // A record that was never changed may have no time of change.
        let at = stamps.modified_on.as_deref().map_or(Ok(created), read)?;
        Ok(Self { place: Place { at, id: stamps.id }, created, record: record.to_owned() })
    }
}

/// A moment, in UTC where the text names no zone.
fn moment(text: &str) -> Option<Moment> {
    let in_utc = || TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok();
    text.parse().ok().or_else(in_utc)
}

fn bad_reply(message: impl Into<String>) -> Error {
    Error::new(Code::BadReply, message)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::{Mutex, PoisonError};
    use std::task::{Context, Poll as Progress, Waker};

    use serde_json::json;

    use super::*;

    const TIGHT: Limits = Limits { most: 4, remembered: 6 };
    const ALL: Show = Show { created: true, updated: true };

    /// A list that a test changes: id, created, modified, in seconds.
    #[derive(Default)]
    struct Service(Mutex<BTreeMap<i64, (i64, i64)>>, usize);

    #[async_trait]
    impl Transport for Service {
        async fn send(&self, request: Request) -> Result<Reply> {
            let given = |name| request.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
            let from = given("modifiedOnOrAfter").and_then(moment).map_or(0, Moment::as_second);
            let number: usize = given("page").and_then(|page| page.parse().ok()).unwrap_or(1);
            let size = if given("pageSize") == Some("1") { 1 } else { self.1 };
            let records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let mut rows: Vec<_> = records.iter().filter(|(_, (_, at))| *at >= from).collect();
            match given("sort") {
                Some("+ModifiedOn") => rows.sort_by_key(|(_, (_, at))| *at),
                Some("-ModifiedOn") => rows.sort_by_key(|(_, (_, at))| -at),
                _ => {}
            }
            let text = |at: i64| Moment::from_second(at).unwrap_or_default().to_string();
            let shown = rows.iter().skip((number - 1) * size).take(size);
            let shown: Vec<_> = shown
                .map(|(id, (created, at))| json!({"id": id, "createdOn": text(*created), "modifiedOn": text(*at)}))
                .collect();
            Ok(Reply::new(json!({"hasMore": number * size < rows.len(), "data": shown}).to_string()))
        }
    }

    /// Runs what never waits.
    fn run<T>(work: impl Future<Output = T>) -> T {
        match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
            Progress::Ready(done) => done,
            Progress::Pending => panic!("it waits"),
        }
    }

    struct Dice(u64);

    impl Dice {
        fn below(&mut self, limit: i64) -> i64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33).cast_signed() % limit
        }
    }

    #[test]
    fn tight_limits_lose_nothing_and_repeat_nothing() {
        for seed in 0..30 {
            let mut dice = Dice(seed);
            let feed = &FEEDS[if dice.below(3) == 0 { 8 } else { 0 }];
            let service = Service(Mutex::default(), usize::try_from(dice.below(4) + 1).unwrap_or(1));
            let (mut now, mut id) = (1_000_000, 0);
            let mut state = Some(State::from(Moment::from_second(now).unwrap_or_default()));
            let mut delivered = BTreeMap::<i64, i64>::new();
            for step in 0..200 {
                let mut records = service.0.lock().unwrap_or_else(PoisonError::into_inner);
                // A moment is over when the next poll comes: more records of one moment than a state remembers are told
                // from later ones of that moment by their ids alone.
                now += 1;
                for _ in 0..dice.below(6) * i64::from(step < 150) {
                    now += dice.below(2) * dice.below(120);
                    id += 1;
                    records.insert(id, (now, now));
                    let other = dice.below(id) + 1;
                    if let Some((_, at)) = records.get_mut(&other).filter(|_| dice.below(3) == 0) {
                        now += i64::from(*at == now);
                        *at = now;
                    }
                }
                drop(records);
                let polled = run(poll(&service, feed, state.take(), ALL, TIGHT)).expect("the service answers");
                assert!(polled.created.len() + polled.updated.len() <= TIGHT.most);
                for record in polled.created.iter().chain(&polled.updated) {
                    let change = Change::read(record).expect("it has its times");
                    let before = delivered.insert(change.place.id, change.place.at.as_second());
                    assert!(before.is_none_or(|at| at < change.place.at.as_second()), "seed {seed}: twice");
                }
                let read = State::read(polled.state, feed).expect("it was just written");
                assert!(read.seen.len() <= TIGHT.remembered, "seed {seed}: {}", read.seen.len());
                state = Some(read);
            }
            let records = service.0.into_inner().unwrap_or_else(PoisonError::into_inner);
            for (id, (_, at)) in records {
                assert_eq!(delivered.get(&id), Some(&at), "seed {seed}: {id}");
            }
        }
    }

    #[test]
    fn a_time_without_a_zone_is_utc() {
        for text in ["2026-01-31T09:00:00Z", "2026-01-31T09:00:00", "2026-01-31T10:00:00+01:00"] {
            assert_eq!(moment(text).map(Moment::as_second), Some(1_769_850_000), "{text}");
        }
        assert_eq!(
            moment("2026-01-31T09:00:00.1234567Z").map(|at| at.to_string()).as_deref(),
            Some("2026-01-31T09:00:00.1234567Z")
        );
        assert_eq!(moment("soon"), None);
    }
}
