//! What a caller gets when a service misbehaves. The tables in `docs/faults.md` are the list of cases: each cell is run
//! against a server that has the fault of its row.

mod faults;

use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::Duration;

use pipefit::runner::error_envelope;
use pipefit::{Code, Error, Invocation, Reply, Runtime};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::support::{AT_ONCE, Act, connection, parsed, response, sample, serve_all, unreachable_url};
use faults::{At, fault};

const TABLES: &str = include_str!("../../docs/faults.md");

/// How long a response may take that never comes, where it is waited for many times.
const SHORT: Duration = Duration::from_millis(300);

/// How long a response may take that comes in part or in the end, on a machine that is busy.
const PATIENT: Duration = Duration::from_secs(4);

/// The sizes of a page from 5000 down to one record, each half of the one before.
const PAGE_SIZES: usize = 13;

/// How many cells are run at the same time.
const AT_A_TIME: usize = 48;

/// One cell of a table.
#[derive(Clone, Debug)]
struct Case {
    row: &'static str,
    effect: &'static str,
    /// How often the request is sent; nothing if that depends on the pages.
    tries: Option<usize>,
    /// How it ends while the fault lasts, or nothing for success.
    code: Option<&'static str>,
}

/// A part of the server, below a path of its own, and what comes of the requests to it.
struct Part {
    at: At,
    act: Act,
    /// How many more requests meet the fault.
    faulty: usize,
    /// The requests that came, and to whom.
    seen: Vec<At>,
}

/// The one server, and its parts by their numbers.
static SERVER: LazyLock<(String, Arc<Mutex<Vec<Part>>>)> = LazyLock::new(|| {
    let parts = Arc::new(Mutex::new(Vec::<Part>::new()));
    let own = Arc::clone(&parts);
    let url = serve_all(move |text, url| {
        let path = text.split(' ').nth(1).unwrap_or_default();
        let number = path.split('/').nth(1).unwrap_or_default();
        let mut parts = own.lock().unwrap();
        let part = number.parse().ok().and_then(|number: usize| parts.get_mut(number));
        let part = part.unwrap_or_else(|| panic!("a request that leads nowhere: {text}"));
        let asked = match path {
            path if path.contains("/connect/token") => At::Token,
            path if path.contains("/storage/") => At::Storage,
            _ => At::Api,
        };
        part.seen.push(asked);
        if asked == part.at && part.faulty > 0 {
            part.faulty -= 1;
            return part.act.clone();
        }
        // Each token is another one; the first is what the bodies of errors repeat.
        let token = "canary-token".to_owned() + &"+".repeat(part.seen.len() - 1);
        healthy(text.split(' ').next().unwrap_or_default(), path, &format!("{url}/{number}"), &token)
    });
    (url, parts)
});

fn parts() -> MutexGuard<'static, Vec<Part>> {
    SERVER.1.lock().unwrap()
}

/// A part of the server, and a runtime that uses it.
struct Bench {
    number: usize,
    /// Whether a response that meets the fault does not come in time.
    slow: bool,
    runtime: Runtime,
}

impl Bench {
    /// So many requests meet this variant of the fault of a case.
    fn new(case: &Case, variant: usize, faulty: usize) -> Self {
        let url = &SERVER.0;
        let mut parts = parts();
        let number = parts.len();
        let (at, mut acts) = fault(case.row, &format!("{url}/{number}"));
        let act = acts.swap_remove(variant);
        let slow = match &act {
            Act::Stall(_) => true,
            Act::Repeat(_, _, pause) => *pause > Duration::ZERO,
            _ => false,
        };
        parts.push(Part { at, act, faulty, seen: Vec::new() });
        drop(parts);
        let url = if at == At::Nowhere { unreachable_url() } else { format!("{url}/{number}") };
        let mut connection = connection();
        if slow && at == At::Api {
            // A busy machine might not get its token in time.
            connection["token"] = json!({"access_token": "canary-token"});
        }
        let builder = Runtime::builder()
            .api_url("servicetitan", &url)
            .token_url("servicetitan", format!("{url}/connect/token"))
            .default_connection(connection)
            .retries(AT_ONCE)
            .requests_per_second(u32::MAX)
            .response_limit(1_500_000)
            .response_timeout(match slow {
                true if case.reads_in_halves() && faulty == usize::MAX => SHORT,
                true => PATIENT,
                false => Duration::from_mins(2),
            });
        Self { number, slow, runtime: builder.build().unwrap() }
    }

    async fn invoke(&self, invocation: Invocation) -> Result<Reply, Error> {
        self.runtime.invoke(invocation).await
    }

    /// How many requests came to this host.
    fn requests(&self, to: At) -> usize {
        parts()[self.number].seen.iter().filter(|asked| **asked == to).count()
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut effects: Vec<Vec<&str>> = Vec::new();
    // What comes after is about the sandbox.
    let (tables, _) = TABLES.split_once("\n## Faults on demand\n").unwrap();
    for line in tables.lines() {
        let Some(line) = line.strip_prefix('|') else {
            effects.clear();
            continue;
        };
        let cells: Vec<_> = line.trim_end_matches('|').split('|').map(str::trim).collect();
        if effects.is_empty() {
            effects = cells[1..].iter().map(|names| names.split(", ").collect()).collect();
            continue;
        }
        if cells[0].starts_with("---") {
            continue;
        }
        assert_eq!(cells.len(), effects.len() + 1, "docs/faults.md: `{}` has too few or too many cells", cells[0]);
        for (effects, cell) in effects.iter().zip(&cells[1..]).filter(|(_, cell)| **cell != "see below") {
            cases.extend(effects.iter().map(|effect| Case::new(cells[0], effect, cell)));
        }
    }
    cases
}

impl Case {
    fn new(row: &'static str, effect: &'static str, cell: &'static str) -> Self {
        let (how, code) = cell.split_once('`').unwrap_or((cell, ""));
        let tries = match how.trim() {
            "again, then" => Some(5),
            "in halves, then" => Some(PAGE_SIZES * 5),
            "with a new token, then" => Some(2),
            "" | "succeeds" => Some(1),
            "after some pages," => None,
            other => panic!("docs/faults.md: `{row}` has a cell with `{other}`"),
        };
        let code = (how != "succeeds").then_some(code.trim_end_matches('`'));
        Self { row, effect, tries, code }
    }

    /// The invocation of this case. A poll goes on from the state of an earlier one.
    async fn invocation(&self) -> Invocation {
        let action = |key: &str| Invocation::action(key, sample(key).required);
        match self.effect {
            "read" => action("getJob"),
            "create" => action("createJob"),
            "update" => action("updateJob"),
            "delete" => action("deleteAppointment"),
            "list" => Invocation::action("listJobs", json!({"fetchAll": true})),
            "picklist" => Invocation::data_source("selectJob", json!({})),
            "download" => Invocation::action("listInstalledEquipmentAttachments", json!({"path": "department"})),
            "poll" => {
                let inputs = json!({"resourceType": "jobs", "showNewRecords": true, "showUpdatedRecords": true});
                let mut poll = Invocation::trigger("pollChangesTrigger", inputs);
                let healthy = Bench::new(&Self { row: "status 401", ..self.clone() }, 0, 0);
                poll.state = Some(parsed(healthy.invoke(poll.clone()).await.unwrap())["state"].clone());
                poll
            }
            other => panic!("docs/faults.md: there is no effect `{other}`"),
        }
    }

    fn reads_in_halves(&self) -> bool {
        ["list", "picklist"].contains(&self.effect)
    }

    fn writes(&self) -> bool {
        ["create", "update", "delete"].contains(&self.effect)
    }
}

/// What a service returns that has no fault.
fn healthy(method: &str, path: &str, url: &str, token: &str) -> Act {
    let record = json!({"id": 1, "createdOn": "2026-01-01T00:00:00Z", "modifiedOn": "2026-01-01T00:00:00Z"});
    let body = match method {
        _ if path.contains("/connect/token") => json!({"access_token": token, "expires_in": 900}),
        "DELETE" => return Act::Send(response("200 OK", &[], "")),
        "GET" if path.contains("/attachments") => {
            return Act::Send(response("302 Found", &[("location", &format!("{url}/storage/file?sig=canary"))], ""));
        }
        "GET" if !path.contains("/jobs/") && !path.contains("/storage/") => {
            json!({"page": 1, "pageSize": 50, "hasMore": false, "totalCount": 1, "data": [record]})
        }
        _ => record,
    };
    Act::Send(response("200 OK", &[], body.to_string()))
}

/// Runs a check for every variant of these cases, many at a time, and lists what failed.
async fn run_all<C>(cases: Vec<Case>, check: impl Fn(Case, usize) -> C)
where
    C: Future<Output = Result<(), String>> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut running = Vec::new();
    for case in cases {
        for variant in 0..fault(case.row, &SERVER.0).1.len() {
            let (check, permits) = (check(case.clone(), variant), Arc::clone(&permits));
            running.push(tokio::spawn(async move {
                let _permit = permits.acquire().await.unwrap();
                check.await
            }));
        }
    }
    assert!(!running.is_empty());
    let mut failed = Vec::new();
    for outcome in running {
        failed.extend(outcome.await.unwrap().err());
    }
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
}

/// What is wrong with the outcome of a case whose fault lasts.
fn wrong(case: &Case, bench: &Bench, at: At, outcome: &Result<Reply, Error>) -> Option<&'static str> {
    let code = outcome.as_ref().err().map(|error| error.code().name());
    let requests = bench.requests(if at == At::Token { at } else { At::Api });
    if code != case.code {
        return Some("the code");
    }
    // A client may give up before the server has read its request.
    let expected = case.tries.map_or(2..=40, |tries| if bench.slow { 0..=tries } else { tries..=tries });
    if at != At::Nowhere && case.code.is_some() && !expected.contains(&requests) {
        return Some("the number of requests");
    }
    if at == At::Token && code.is_some() && bench.requests(At::Api) > 0 {
        return Some("something was sent without a token");
    }
    let Err(error) = outcome else { return None };
    let (text, message) = (error_envelope(error), error.message());
    if message.contains("tried 5 times") != case.tries.is_some_and(|tries| tries >= 5) {
        return Some("what it says about tries");
    }
    if case.writes() && error.code() == Code::OutcomeUnknown && !message.contains("may or may not have happened") {
        return Some("that the outcome is unknown is not said");
    }
    let accepted = case.writes() && at == At::Api && error.code() == Code::BadReply;
    if message.contains("the service accepted the write: do not send it again") != accepted {
        return Some("whether the write was done");
    }
    if (accepted || error.code() == Code::OutcomeUnknown) && error.retryable() {
        return Some("that it may be sent again");
    }
    let wait = error.retry_after();
    if wait.map_or(error.code() == Code::RateLimited, |wait| wait > Duration::from_hours(24)) {
        return Some("the wait");
    }
    let shown = parsed_text(&text);
    if shown.contains("canary") || text.contains("canary") {
        return Some("it shows a secret");
    }
    if shown.contains(|it: char| it.is_control() || "\u{202e}\u{2066}\u{200f}".contains(it)) {
        return Some("it drives a terminal");
    }
    (text.len() > 20_000).then_some("its length")
}

/// The texts of a JSON value, as a reader sees them.
fn parsed_text(json: &str) -> String {
    fn collect(value: &serde_json::Value, texts: &mut String) {
        match value {
            serde_json::Value::String(text) => texts.push_str(text),
            serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
            serde_json::Value::Object(members) => members.iter().for_each(|(key, value)| {
                texts.push_str(key);
                collect(value, texts);
            }),
            _ => {}
        }
    }
    let mut texts = String::new();
    collect(&serde_json::from_str(json).unwrap(), &mut texts);
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cell_holds_while_the_fault_lasts() {
    run_all(cases(), |case, variant| async move {
        let bench = Bench::new(&case, variant, usize::MAX);
        let at = parts()[bench.number].at;
        let outcome = bench.invoke(case.invocation().await).await;
        let told = outcome.as_ref().map_or_else(error_envelope, |reply| format!("{reply:.300}"));
        let requests = (bench.requests(At::Api), bench.requests(At::Token), bench.requests(At::Storage));
        let explain = |what| format!("{} | {} | {variant}: {what}: {requests:?} {told:.400}", case.row, case.effect);
        wrong(&case, &bench, at, &outcome).map_or(Ok(()), |what| Err(explain(what)))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_succeeds_once_the_fault_is_over() {
    let again = cases().into_iter().filter(|case| case.tries > Some(1) && case.row != "no connection can be made");
    run_all(again.collect(), |case, variant| async move {
        let bench = Bench::new(&case, variant, 1);
        let outcome = bench.invoke(case.invocation().await).await;
        outcome.map(drop).map_err(|error| format!("{} | {} | {variant}: {error}", case.row, case.effect))
    })
    .await;
}
