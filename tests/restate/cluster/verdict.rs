//! What was promised, and whether it was kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use pipefit::sandbox::{RecordedRequest, Sandbox};

use crate::load::{Answer, JOB_TAKES, Outcome, POLL_TAKES, RATE, Records, WATCHED, index_of, watched, writes};
use crate::script::{Step, Target, Verb};
use crate::secrets;
use crate::sink::{Delivered, Sink};

/// The most requests in any second: the rate, and what a hold-up of the machine may move from one second to the next.
const MOST: usize = 66;

/// How long all invocations may take.
const ALL: Duration = Duration::from_secs(90);

/// How long after a node is killed requests may be slow, over how long the rate is looked at, and how many of the
/// requests that the rate allows must come.
const RECOVERY: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_secs(5);
const FULL: f64 = 0.9;

/// How long an answer may take from the service to the journal.
const JOURNALLED: Duration = Duration::from_secs(1);

/// How long after a node is lost answers may still not reach the journal.
const OUTAGE: Duration = Duration::from_secs(15);

/// The most writes of a worker that are about to be sent at once.
const ABOUT: usize = 10;

const UNCLEAR: &str = "outcome_unknown";

/// A step of the script, and when it was done.
pub(crate) struct Event {
    pub(crate) from: Instant,
    pub(crate) to: Instant,
    pub(crate) step: Step,
}

impl Event {
    fn starts_nodes(&self) -> bool {
        self.step.verb == Verb::Start && self.step.target == Target::Nodes
    }
}

/// Whether a promise was kept.
pub(crate) struct Verdict {
    pub(crate) name: &'static str,
    pub(crate) kept: bool,
    told: String,
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = if self.kept { "kept" } else { "BROKEN" };
        write!(out, "{kept:6} {:9} {}", self.name, self.told)
    }
}

/// What was seen of a script.
pub(crate) struct Evidence {
    began: Instant,
    answers: Vec<Answer>,
    events: Vec<Event>,
    inserted: Records,
    delivered: BTreeMap<&'static str, Delivered>,
    /// Requests for tokens aside.
    requests: Vec<RecordedRequest>,
    token_requests: usize,
    /// Canaries that were found, and where; and whether what is there in clear was found.
    leaks: Vec<String>,
    finds: bool,
}

impl Evidence {
    pub(crate) fn new(
        began: Instant,
        answers: Vec<Answer>,
        events: Vec<Event>,
        inserted: Records,
        sandbox: &Sandbox,
        sink: &Sink,
        traces: &[PathBuf],
    ) -> Self {
        let requests = sandbox.requests();
        let canaries = secrets::canaries(sandbox.credentials(), &requests);
        // Inputs lie in clear: a search that does not find one finds nothing.
        let texts: Vec<_> = canaries.iter().map(|(_, text)| text.as_str()).chain(["Change 5."]).collect();
        let found = secrets::search(traces, &texts);
        let leak = |(at, file): &(usize, PathBuf)| Some(format!("{} in {}", canaries.get(*at)?.0, file.display()));
        Self {
            began,
            answers,
            events,
            inserted,
            delivered: WATCHED.into_iter().map(|name| (name, sink.delivered(name))).collect(),
            leaks: found.iter().filter_map(leak).collect(),
            finds: found.iter().any(|(at, _)| *at == canaries.len()),
            token_requests: sandbox.token_requests(),
            requests: requests.into_iter().filter(|request| request.path != "/connect/token").collect(),
        }
    }

    pub(crate) fn verdicts(&self) -> Vec<Verdict> {
        vec![
            self.reads(),
            self.writes(),
            self.unclear(),
            self.rate(),
            self.tokens(),
            self.records(),
            self.polls(),
            self.time(),
            self.recovery(),
            self.secrets(),
        ]
    }

    /// Every read is answered.
    fn reads(&self) -> Verdict {
        let outcomes = self.outcomes(false);
        let kept = outcomes.keys().all(|outcome| *outcome == "answered");
        Verdict { name: "reads", kept, told: listed(&outcomes) }
    }

    /// A write that is answered was applied once, one that is unclear at most once, and one that failed never.
    fn writes(&self) -> Verdict {
        let applied = self.applied();
        let is_wrong = |answer: &&Answer| {
            let times = applied.get(&answer.index).map_or(0, Vec::len);
            match &answer.outcome {
                Outcome::Data => times != 1,
                Outcome::Error(code) if code == UNCLEAR => times > 1,
                _ => true,
            }
        };
        let wrong: Vec<_> = self.of_kind(true).filter(is_wrong).map(|answer| answer.index).collect();
        let strange = self.requests.iter().filter(|request| is_applied(request) && index_of(request).is_none()).count();
        let told = format!("{}; wrong: {wrong:?}; from elsewhere: {strange}", listed(&self.outcomes(true)));
        Verdict { name: "writes", kept: wrong.is_empty() && strange == 0, told }
    }

    /// Unclear is only what a worker had in flight when it was lost.
    fn unclear(&self) -> Verdict {
        let applied = self.applied();
        let unclear = self.answers.iter().filter(|answer| answer.outcome == Outcome::Error(UNCLEAR.to_owned()));
        let unclear: Vec<_> = unclear.map(|answer| applied.get(&answer.index)).collect();
        let sent: Vec<_> = unclear.iter().flatten().flat_map(|times| times.iter()).collect();
        let strange = sent.iter().filter(|at| !self.in_flight(***at)).count();
        let unsent = unclear.len() - unclear.iter().flatten().count();
        let lost: usize = self.losses().map(|loss| lost_workers(loss.step.target)).sum();
        let kept = strange == 0 && unsent <= ABOUT * lost;
        let told = format!("{}, of which {unsent} were not sent; {strange} were not in flight", unclear.len());
        Verdict { name: "unclear", kept, told }
    }

    /// Whether a write that the service received then was in flight when a worker was lost: its answer was not in the
    /// journal yet.
    fn in_flight(&self, received: Instant) -> bool {
        let mut workers = self.losses().filter(|loss| loss.step.target.is_worker());
        workers.any(|worker| {
            let nodes = self.losses().filter(|loss| !loss.step.target.is_worker());
            let outages = nodes.filter(|node| node.from <= worker.to && worker.from < node.to + OUTAGE);
            let since = outages.map(|node| node.from).chain([worker.from]).min().unwrap_or(worker.from);
            since <= received + JOB_TAKES + JOURNALLED && received <= worker.to + JOURNALLED
        })
    }

    /// The service never gets more requests than it allows.
    fn rate(&self) -> Verdict {
        let times = self.times();
        let counts = (0..times.len()).map(|first| (count_within(&times[first..], Duration::from_secs(1)), first));
        let (busiest, first) = counts.max().unwrap_or_default();
        let at = times.get(first).map_or(0.0, |at| at.saturating_duration_since(self.began).as_secs_f64());
        let status = |status| self.requests.iter().filter(|request| request.status == Some(status)).count();
        let limited = Outcome::Error("rate_limited".to_owned());
        let surfaced = self.answers.iter().filter(|answer| answer.outcome == limited).count();
        let told = format!(
            "{} requests, at most {busiest} in a second, at {at:.1} s; 429: {}, of which {surfaced} surfaced",
            times.len(),
            status(429)
        );
        Verdict { name: "rate", kept: busiest <= MOST && surfaced == 0, told }
    }

    /// All workers use one token.
    fn tokens(&self) -> Verdict {
        let told = format!("{} requests for one connection", self.token_requests);
        Verdict { name: "tokens", kept: self.token_requests == 1, told }
    }

    /// Every record is delivered once.
    fn records(&self) -> Verdict {
        let (mut kept, mut told) = (true, Vec::new());
        for (name, inserted) in &self.inserted {
            let delivered = &self.delivered[name];
            let wanted: BTreeSet<_> = inserted.iter().collect();
            let got: BTreeSet<_> = delivered.ids.iter().collect();
            let missing = wanted.difference(&got).count();
            let strange = got.difference(&wanted).count();
            let twice = delivered.ids.len() - got.len();
            kept &= missing + strange + twice + delivered.altered == 0 && !wanted.is_empty();
            told.push(format!(
                "{name} {} (missing {missing}, twice {twice}, strange {strange}, altered {})",
                wanted.len(),
                delivered.altered
            ));
        }
        Verdict { name: "records", kept, told: told.join(", ") }
    }

    /// Polls of one trigger do not overlap. One whose worker is killed has ended, whatever the service still does.
    fn polls(&self) -> Verdict {
        let (mut polls, mut overlaps) = (0, Vec::new());
        for resource in WATCHED {
            let of_it = self.requests.iter().filter(|request| watched(request) == Some(resource));
            let mut times: Vec<_> = of_it.map(|request| request.received).collect();
            times.sort_unstable();
            polls += times.len();
            let died = |pair: &[Instant]| {
                let mut kills =
                    self.events.iter().filter(|it| it.step.verb == Verb::Kill && it.step.target.is_worker());
                kills.any(|kill| pair[0] <= kill.to && kill.from <= pair[1])
            };
            let both = times.windows(2).filter(|pair| pair[1] - pair[0] < POLL_TAKES && !died(pair));
            overlaps.extend(both.map(|pair| {
                let at = pair[0].saturating_duration_since(self.began).as_secs_f64();
                format!("{resource} at {at:.3} s and {} ms later", (pair[1] - pair[0]).as_millis())
            }));
        }
        let told = format!("{polls} requests; before the end of the one before: {overlaps:?}");
        Verdict { name: "polls", kept: overlaps.is_empty() && polls > 0, told }
    }

    /// All is done in time.
    fn time(&self) -> Verdict {
        let took = self.ended() - self.began;
        let told = format!("{:.1} s; requests in each second: {:?}", took.as_secs_f64(), self.each_second());
        Verdict { name: "time", kept: took <= ALL, told }
    }

    /// After a node is killed, requests come at the full rate soon, as long as there are some. If all are killed, then
    /// after they are started again.
    fn recovery(&self) -> Verdict {
        let kills = self.events.iter().filter(|event| event.step.verb == Verb::Kill && !event.step.target.is_worker());
        let begins = kills.filter_map(|kill| match kill.step.target {
            Target::Nodes => self.events.iter().find(|event| event.from > kill.from && event.starts_nodes()),
            _ => Some(kill),
        });
        let recoveries: Vec<_> = begins.map(|event| self.recovered(event.from)).collect();
        let kept = recoveries.iter().all(|took| *took <= RECOVERY);
        let shown: Vec<_> = recoveries.iter().map(|took| format!("{:.1} s", took.as_secs_f64())).collect();
        let told = if shown.is_empty() { "no node was killed".to_owned() } else { shown.join(", ") };
        Verdict { name: "recovery", kept, told }
    }

    /// How long after this time requests come at the full rate, or all invocations are answered.
    fn recovered(&self, lost: Instant) -> Duration {
        let times = self.times();
        let wanted = f64::from(RATE) * LOOK.as_secs_f64() * FULL;
        let full = (0..times.len()).find(|first| {
            #[expect(clippy::cast_precision_loss, reason = "it is small")]
            let count = count_within(&times[*first..], LOOK) as f64;
            times[*first] >= lost && count >= wanted
        });
        full.map_or(self.ended(), |first| times[first].min(self.ended())).saturating_duration_since(lost)
    }

    /// Nothing secret is on a disk.
    fn secrets(&self) -> Verdict {
        let told = match (self.finds, self.leaks.as_slice()) {
            (false, _) => "the search does not even find an input".to_owned(),
            (true, []) => "in no file of a node and no log".to_owned(),
            (true, leaks) => leaks.join(", "),
        };
        Verdict { name: "secrets", kept: self.finds && self.leaks.is_empty(), told }
    }

    /// What was killed or frozen.
    fn losses(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(|event| event.step.loses())
    }

    fn of_kind(&self, kind: bool) -> impl Iterator<Item = &Answer> {
        self.answers.iter().filter(move |answer| writes(answer.index) == kind)
    }

    /// How many reads or writes ended how.
    fn outcomes(&self, kind: bool) -> BTreeMap<&str, usize> {
        let mut outcomes = BTreeMap::new();
        for answer in self.of_kind(kind) {
            let name = match &answer.outcome {
                Outcome::Data => "answered",
                Outcome::Error(name) | Outcome::None(name) => name,
            };
            *outcomes.entry(name).or_default() += 1;
        }
        outcomes
    }

    /// When the write of each invocation was applied.
    fn applied(&self) -> BTreeMap<usize, Vec<Instant>> {
        let mut applied = BTreeMap::<_, Vec<_>>::new();
        for request in self.requests.iter().filter(|request| is_applied(request)) {
            if let Some(index) = index_of(request) {
                applied.entry(index).or_default().push(request.received);
            }
        }
        applied
    }

    /// When requests came.
    fn times(&self) -> Vec<Instant> {
        let mut times: Vec<_> = self.requests.iter().map(|request| request.received).collect();
        times.sort_unstable();
        times
    }

    fn ended(&self) -> Instant {
        self.answers.iter().map(|answer| answer.at).max().unwrap_or(self.began)
    }

    /// The number of requests in each second of the invocations.
    fn each_second(&self) -> Vec<usize> {
        let second = |time: &Instant| time.checked_duration_since(self.began).map(|since| since.as_secs());
        let seconds: Vec<_> = self.times().iter().filter_map(second).collect();
        let last = (self.ended() - self.began).as_secs();
        (0..=last).map(|wanted| seconds.iter().filter(|second| **second == wanted).count()).collect()
    }
}

/// Whether a request changed something: one that the service refused did not.
fn is_applied(request: &RecordedRequest) -> bool {
    request.method != "GET" && !matches!(request.status, Some(401 | 429))
}

fn lost_workers(target: Target) -> usize {
    match target {
        Target::Worker(_) => 1,
        Target::Workers => crate::cluster::WORKERS,
        Target::Node(_) | Target::Nodes | Target::Leader => 0,
    }
}

/// How many of these times are within this long of the first.
fn count_within(times: &[Instant], span: Duration) -> usize {
    times.iter().take_while(|time| **time - times[0] < span).count()
}

fn listed(outcomes: &BTreeMap<&str, usize>) -> String {
    outcomes.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}
