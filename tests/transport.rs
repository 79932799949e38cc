//! What the layers of the transport do together: tokens, their cache, waits, the rate, and a stop. What a fault of the
//! service leads to is tested by `misbehaving`.

use std::time::Duration;

use pipefit::runner::Retries;
use pipefit::sandbox::{Fault, Sandbox};
use pipefit::{Code, Error, Invocation, Runtime};
use serde_json::json;

use crate::support::{AT_ONCE, Bench, sample};

fn invocation(action: &str) -> Invocation {
    Invocation::action(action, sample(action).required)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_taken_back_stops_none_of_many() {
    let bench = std::sync::Arc::new(Bench::start().await);
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
    let read = invocation("getJob");
    let burst: Vec<_> = (0..1_000).map(|_| runtime.spawn(read.clone())).collect();
    for read in burst {
        read.await.unwrap();
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
