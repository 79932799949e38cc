//! What the transport does when the service misbehaves. The table in README.md is the list of cases.

use std::time::Duration;

use pipefit::runner::Retries;
use pipefit::sandbox::{Fault, Sandbox};
use pipefit::{Code, Error, Invocation, Runtime};
use serde_json::json;

use crate::support::{AT_ONCE, Bench, sample};

const README: &str = include_str!("../README.md");

/// An action of each effect, in the order of the table's columns.
const EFFECTS: [&str; 4] = ["getJob", "createJob", "updateJob", "deleteAppointment"];

/// Long enough for a reply that comes, short enough for one that does not.
const REPLY_TIMEOUT: Duration = Duration::from_millis(1_500);

/// What takes as long as the patience of a client.
const SLOW: [&str; 2] = ["no answer in time", "the answer begins and takes too long"];

/// One cell of the table.
#[derive(Debug)]
struct Case<'a> {
    fault: &'a str,
    action: &'a str,
    /// Whether the request is sent again.
    again: bool,
    /// How it ends when nothing helps.
    code: &'a str,
}

fn cases() -> Vec<Case<'static>> {
    let table = README.split("| What happens | read | create | update | delete |\n").nth(1).unwrap();
    let mut cases = Vec::new();
    for row in table.lines().skip(1).take_while(|line| line.starts_with('|')) {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let fault = cells.next().unwrap();
        for (action, cell) in EFFECTS.into_iter().zip(cells) {
            if cell == "has none" {
                continue;
            }
            let code =
                cell.split('`').nth(1).unwrap_or_else(|| panic!("README.md: `{fault}` has a cell without a code"));
            cases.push(Case { fault, action, again: cell.starts_with("again, then"), code });
        }
    }
    cases
}

fn faults(words: &str) -> Vec<Fault> {
    let statuses = |statuses: &[u16]| statuses.iter().copied().map(Fault::status).collect();
    match words {
        "no connection can be made" => vec![Fault::refuse()],
        "status 429" => vec![
            Fault::too_many_requests("0"),
            Fault::too_many_requests("Wed, 21 Oct 2015 07:28:00 GMT"),
            Fault::too_many_requests_without_header(),
        ],
        "status 408 or 504" => statuses(&[408, 504]),
        "status 500, 502 or 503" => statuses(&[500, 502, 503]),
        "a status from 300 to 399" => statuses(&[300, 302, 304]),
        "another refusal, such as status 400 or 422" => statuses(&[400, 422]),
        "the connection breaks before an answer" => {
            vec![Fault::reset_before_read(), Fault::drop_before_read(), Fault::reset_after_commit()]
        }
        "no answer in time" => vec![Fault::slow_first_byte(Duration::from_mins(5))],
        "the answer begins and takes too long" => vec![Fault::slow_trickle(1, Duration::from_millis(200))],
        "the answer is cut off" => vec![Fault::cut_body(10)],
        "the answer is not JSON" => vec![Fault::not_json()],
        "the answer does not end" => vec![Fault::endless_body()],
        "the token is refused" => vec![Fault::status(401)],
        "the token endpoint fails" => vec![Fault::status(503).path("/connect/token")],
        "the token endpoint refuses the credentials" => vec![Fault::status(400).path("/connect/token")],
        other => panic!("there is no fault for `{other}`"),
    }
}

fn invocation(action: &str) -> Invocation {
    Invocation::action(action, sample(action).required)
}

async fn bench() -> Bench {
    let sandbox = Sandbox::builder().records(5).rate_limit(None).start().await.unwrap();
    let runtime = pipefit::sandbox_runtime(&sandbox).retries(AT_ONCE).requests_per_second(u32::MAX);
    let runtime = runtime.response_timeout(REPLY_TIMEOUT).response_limit(1_000_000).build().unwrap();
    Bench { sandbox, runtime }
}

/// The requests that reached the API, or the token endpoint where that is what fails.
fn sent(bench: &Bench, fault: &str) -> usize {
    let token = fault.contains("token endpoint");
    bench.sandbox.requests().iter().filter(|request| (request.path == "/connect/token") == token).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cell_of_the_table_holds_while_the_fault_lasts() {
    let cases = cases();
    for action in EFFECTS {
        assert!(cases.iter().any(|case| case.action == action), "README.md: the table has no case of {action}");
    }
    for case in &cases {
        // Waiting in vain is dear: one action that reads and one that writes stand for all.
        if SLOW.contains(&case.fault) && !["getJob", "createJob"].contains(&case.action) {
            continue;
        }
        for fault in faults(case.fault) {
            let bench = bench().await;
            bench.sandbox.add_fault(fault.clone());
            let error = bench.runtime.invoke(invocation(case.action)).await.unwrap_err();
            assert_eq!(error.code().name(), case.code, "{case:?} {fault:?}: {error}");
            if case.fault != "no connection can be made" {
                // A refused token is renewed once, whatever else is tried again.
                let expected = if case.again { 5 } else { 1 + usize::from(case.fault == "the token is refused") };
                assert_eq!(sent(&bench, case.fault), expected, "{case:?} {fault:?}");
            }
            assert!(bench.sandbox.writes().len() <= 1, "{case:?} {fault:?}: written twice");
            let unclear = error.code() == Code::OutcomeUnknown;
            let again = error.message().contains("tried 5 times");
            assert_eq!((unclear && error.retryable(), again), (false, case.again), "{case:?}: {error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_tried_again_succeeds_once_the_fault_is_over() {
    for case in cases().into_iter().filter(|case| case.again || case.fault == "the token is refused") {
        if SLOW.contains(&case.fault) && case.action != "getJob" {
            continue;
        }
        for fault in faults(case.fault) {
            let bench = bench().await;
            bench.sandbox.add_fault(fault.clone().once());
            let answer = bench.runtime.invoke(invocation(case.action)).await;
            assert!(answer.is_ok(), "{case:?} {fault:?}: {answer:?}");
            let writes = usize::from(case.action != "getJob");
            assert_eq!(bench.sandbox.writes().len(), writes, "{case:?} {fault:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_taken_back_stops_none_of_many() {
    let bench = std::sync::Arc::new(bench().await);
    bench.sandbox.add_fault(Fault::revoke_token().path("/jpm/**").skip(50).times(1));
    let reads = (0..200).map(|_| {
        let bench = std::sync::Arc::clone(&bench);
        tokio::spawn(async move { bench.runtime.invoke(invocation("getJob")).await })
    });
    for read in reads.collect::<Vec<_>>() {
        read.await.unwrap().unwrap();
    }
    assert!(bench.sandbox.token_requests() <= 3);
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_is_not_begun() {
    let sandbox = Sandbox::builder().records(5).start().await.unwrap();
    sandbox.add_fault(Fault::too_many_requests("30").path("/jpm/**"));
    let runtime = pipefit::sandbox_runtime(&sandbox).timeout(Duration::from_secs(20)).build().unwrap();
    let error = runtime.invoke(invocation("getJob")).await.unwrap_err();
    assert_eq!((error.code(), error.retry_after()), (Code::RateLimited, Some(Duration::from_secs(30))));
}

#[tokio::test]
async fn one_try_means_no_retry() {
    let sandbox = Sandbox::builder().records(5).start().await.unwrap();
    sandbox.add_fault(Fault::status(503).path("/jpm/**"));
    let runtime = pipefit::sandbox_runtime(&sandbox).retries(Retries { tries: 1, ..AT_ONCE }).build().unwrap();
    let error: Error = runtime.invoke(invocation("getJob")).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert_eq!(sandbox.requests().iter().filter(|request| request.path.starts_with("/jpm")).count(), 1);
}

/// The sandbox refuses what comes too fast; here nothing does, and the time is what the rate makes of the number.
#[tokio::test(flavor = "multi_thread")]
async fn a_burst_leaves_at_the_rate_that_the_service_allows() {
    let sandbox = Sandbox::builder().records(5).rate_limit(Some(400)).start().await.unwrap();
    let runtime = pipefit::sandbox_runtime(&sandbox).requests_per_second(400).build().unwrap();
    let runtime = std::sync::Arc::new(runtime);
    let burst = (0..1_000).map(|_| {
        let runtime = std::sync::Arc::clone(&runtime);
        tokio::spawn(async move { runtime.invoke(invocation("getJob")).await })
    });
    for read in burst.collect::<Vec<_>>() {
        read.await.unwrap().unwrap();
    }
    let refused = sandbox.requests().iter().filter(|request| request.status == Some(429)).count();
    assert_eq!(refused, 0);
}

#[tokio::test]
async fn a_stop_cancels_reads_and_waits_for_a_write_s_answer() {
    let late = Fault::slow_first_byte(Duration::from_millis(300));
    for (action, grace, expected) in [
        ("getJob", Duration::from_secs(10), Err(Code::Cancelled)),
        ("createJob", Duration::from_secs(10), Ok(())),
        ("createJob", Duration::ZERO, Err(Code::OutcomeUnknown)),
    ] {
        let bench = Bench::start().await;
        bench.sandbox.add_fault(late.clone().path("/jpm/**"));
        let running = bench.runtime.invoke(invocation(action));
        let stop = async {
            while bench.seen().is_empty() {
                tokio::task::yield_now().await;
            }
            bench.runtime.shut_down(grace);
        };
        let (done, ()) = tokio::join!(running, stop);
        assert_eq!(done.map(drop).map_err(|error| error.code()), expected, "{action} {grace:?}");
        let next = bench.runtime.invoke(invocation("getJob")).await.unwrap_err();
        assert_eq!(next.code(), Code::Cancelled, "what comes after a stop is not begun");
    }
}

fn cached(sandbox: &Sandbox, folder: &std::path::Path) -> Runtime {
    pipefit::sandbox_runtime(sandbox).token_cache(folder).build().unwrap()
}

#[tokio::test]
async fn a_token_on_disk_serves_the_next_process_and_nobody_else() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("tokens");
    let sandbox = Sandbox::builder().records(5).start().await.unwrap();
    for _ in 0..3 {
        cached(&sandbox, &cache).invoke(invocation("getJob")).await.unwrap();
    }
    assert_eq!(sandbox.token_requests(), 1);
    for entry in std::fs::read_dir(&cache).unwrap().chain(std::fs::read_dir(folder.path()).unwrap()) {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{entry:?}");
        assert!(!entry.file_name().to_string_lossy().contains("sandbox"), "{entry:?}");
        if entry.file_type().unwrap().is_file() {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            assert!(!text.contains(&sandbox.credentials().client_secret), "{text}");
        }
    }
    // A token that is refused is replaced, on disk too.
    sandbox.revoke_tokens();
    cached(&sandbox, &cache).invoke(invocation("getJob")).await.unwrap();
    cached(&sandbox, &cache).invoke(invocation("getJob")).await.unwrap();
    assert_eq!(sandbox.token_requests(), 2);
}

#[tokio::test]
async fn a_cache_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let sandbox = Sandbox::builder().records(5).start().await.unwrap();
    cached(&sandbox, folder.path()).invoke(invocation("getJob")).await.unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_processes_with_one_cache_one_fetches_the_token() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::builder().records(5).rate_limit(None).start().await.unwrap();
    sandbox.add_fault(Fault::slow_first_byte(Duration::from_millis(200)).path("/connect/token"));
    let runs = (0..12).map(|_| {
        let runtime = cached(&sandbox, &folder.path().join("tokens"));
        tokio::spawn(async move { runtime.invoke(invocation("getJob")).await })
    });
    for run in runs.collect::<Vec<_>>() {
        run.await.unwrap().unwrap();
    }
    assert_eq!(sandbox.token_requests(), 1);
}

#[tokio::test]
async fn what_stands_in_the_cache_and_is_no_token_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("tokens");
    let sandbox = Sandbox::builder().records(5).start().await.unwrap();
    cached(&sandbox, &cache).invoke(invocation("getJob")).await.unwrap();
    for broken in [
        "",
        "{",
        r#"{"accessToken":"x","expiresAt":1}"#,
        r#"{"accessToken":"x\ny","expiresAt":4000000000}"#,
        r#"{"accessToken":"x","expiresAt":18446744073709551615}"#,
    ] {
        let token = std::fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path());
        let token = token.into_iter().find(|path| path.extension().is_none()).unwrap();
        std::fs::write(token, broken).unwrap();
        let before = sandbox.token_requests();
        cached(&sandbox, &cache).invoke(invocation("getJob")).await.unwrap();
        assert_eq!(sandbox.token_requests(), before + 1, "{broken:?}");
    }
    assert_eq!(json!(std::fs::read_dir(&cache).unwrap().count()), json!(3), "a token, its lock, the pace");
}
