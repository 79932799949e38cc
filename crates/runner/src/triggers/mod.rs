//! Polling: what is new and what has changed in a list, each change delivered once.
//!
//! A change has a position: when the record was last changed, by the service's clock, then the record's id. A poll
//! delivers what it has not seen, in the order of positions, and its state says what was seen: everything up to the
//! *floor*, and single records above it. The floor stays [`LAG`] behind the newest change, since a record may show up
//! a little later than its time of change says.
//!
//! Pages of a list that changes while it is read do not fit together, so each request begins at the last time of change
//! of the one before: one response shows one moment, and records only ever move on to later times. Only if one time
//! fills more than a page, or a list cannot be sorted, are pages counted, and then again until nothing new turns up.

mod change;
mod reader;
mod state;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use pipefit_component::{Changes, Code, Error, Feed, Feeds, Inputs, Problem, Request, Result, Transport};
use serde_json::Value;

use self::change::new_changes;
use self::reader::Reader;
use self::state::State;

const LIMITS: Limits = Limits { most: 5_000, remembered: 10_000 };

/// How much later than its time of change a record may show up. Longer than an invocation may take.
const LAG: SignedDuration = SignedDuration::from_mins(15);

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

/// One poll of a trigger, checked.
pub(crate) struct FeedPoll {
    feeds: &'static Feeds,
    feed: &'static Feed,
    state: Option<State>,
    show: Show,
}

impl FeedPoll {
    /// Reads the inputs and the state of a trigger. Fails if the state is not one of this trigger and resource.
    pub(crate) fn prepare(
        feeds: &'static Feeds,
        inputs: &Inputs,
        state: Option<Value>,
        now: Timestamp,
    ) -> Result<Self> {
        let key = inputs.text(&feeds.resource).unwrap_or_default();
        let feed = feeds.named(key).ok_or_else(|| Error::internal(format!("no feed of `{key}`")))?;
        let look_back = look_back(feeds.look_back.key, inputs.text(&feeds.look_back), now)?;
        let show = Show { created: inputs.flag(&feeds.show_created), updated: inputs.flag(&feeds.show_updated) };
        let state = match state {
            Some(state) => Some(State::read(state, feed)?),
            None => look_back.map(State::from),
        };
        Ok(Self { feeds, feed, state, show })
    }

    /// The first request that the poll makes.
    pub(crate) fn first_request(&self) -> Result<Request> {
        Reader::first_request(self.feeds, self.feed, self.state.as_ref())
    }

    /// Returns what changed since the state, or where to begin if there is none.
    pub(crate) async fn run(self, transport: &dyn Transport) -> Result<Changes> {
        let reader = Reader::new(transport, self.feeds, self.feed);
        match self.state {
            Some(state) => poll(reader, state, self.show, LIMITS).await,
            None => begin(reader, LIMITS).await,
        }
    }
}

/// The first poll: what is there now is where it begins.
async fn begin(mut reader: Reader<'_>, limits: Limits) -> Result<Changes> {
    let mut state = State::from(reader.start().await?);
    reader.read(&state, usize::MAX).await?;
    state.see(reader.found());
    state.settle(None, reader.date(), limits);
    Ok(Changes { created: Vec::new(), updated: Vec::new(), state: state.write(reader.feed())?, more: false })
}

async fn poll(mut reader: Reader<'_>, mut state: State, show: Show, limits: Limits) -> Result<Changes> {
    // With half of what may be delivered, another page is not worth its time.
    let mut unread = reader.read(&state, limits.most / 2).await?;
    let (feed, date) = (reader.feed(), reader.date());
    let mut new = new_changes(reader.into_found(), &state, unread.as_ref());
    if new.len() > limits.most {
        unread = new.split_off(limits.most).into_iter().next().map(|change| change.position);
    }
    let mut changes = Changes { created: Vec::new(), updated: Vec::new(), state: Value::Null, more: unread.is_some() };
    for change in new {
        let (shown, list) = if state.is_new(&change) {
            (show.created, &mut changes.created)
        } else {
            (show.updated, &mut changes.updated)
        };
        state.see([&change]);
        if shown {
            list.push(change.record);
        }
    }
    state.settle(unread, date, limits);
    changes.state = state.write(feed)?;
    Ok(changes)
}

/// Midnight UTC of the given day.
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
        return Err(refuse("a day that has begun in UTC"));
    }
    Ok(Some(start))
}

fn bad_reply(message: impl Into<String>) -> Error {
    Error::new(Code::BadReply, message)
}
