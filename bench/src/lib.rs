//! What the programs of the comparison share.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nix::time::ClockId;
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

/// A job, as long as the service's.
pub const JOB: &str = include_str!("../job.json");

/// The id of the first job.
pub const FIRST_ID: u64 = 10_978_752_986;

/// What the API documents as its largest page.
pub const LARGEST_PAGE: u64 = 5000;

/// Any error: it ends the program.
pub type Failure = Box<dyn Error + Send + Sync>;

/// What a worker is told to do: a line of JSON on its stdin.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Task {
    /// What to do.
    pub what: What,
    /// How many times.
    pub count: usize,
    /// How many at a time, or how large what it works on is.
    pub size: usize,
}

/// What a worker can do.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum What {
    /// Calls `getJob`; `size` at a time.
    Calls,
    /// Checks a `createCustomer` with `size` locations by `Runtime::prepare`.
    Prepare,
    /// Checks the same by its exported schema alone.
    Schema,
    /// Calls `getJob` once for each of `count` tenants that made no call before.
    Tenants,
    /// Calls `getJob` for `size` tenants in turn, all of which made a call before.
    Connections,
    /// Checks a `getJob` with a catalog of `size` units.
    Units,
}

/// What a worker answers: a line of JSON on its stdout.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct Done {
    /// How long it took.
    pub seconds: f64,
    /// The processor time of the process that did the work, in seconds.
    pub cpu: f64,
    /// Bytes of resident memory that it took and kept.
    #[serde(default)]
    pub kept: u64,
    /// The inputs that were checked each time, if any.
    #[serde(default)]
    pub fields: usize,
}

/// The connection that every program is given.
pub fn connection() -> Value {
    json!({"key": "serviceTitanConnection", "fields": {
        "tenant": "1097", "applicationKey": "ak", "clientId": "id", "clientSecret": "secret",
        "environment": "integration", "tokenUrl": "https://auth-integration.servicetitan.io/connect/token",
    }})
}

/// Works on the tasks of stdin until it ends.
pub async fn work<W>(mut worker: W) -> Result<(), Failure>
where
    W: AsyncFnMut(Task) -> Result<Done, Failure>,
{
    let (mut tasks, mut out) = (BufReader::new(tokio::io::stdin()).lines(), tokio::io::stdout());
    while let Some(line) = tasks.next_line().await? {
        let done = worker(serde_json::from_str(&line)?).await?;
        out.write_all(format!("{}\n", serde_json::to_string(&done)?).as_bytes()).await?;
        out.flush().await?;
    }
    Ok(())
}

/// A stopwatch for the time on the wall and the processor time of a process.
pub struct Watch {
    clock: ClockId,
    cpu: Duration,
    began: Instant,
}

impl Watch {
    /// Starts it for the process with this id, or for this one.
    pub fn start(process: Option<u32>) -> Result<Self, Failure> {
        let clock = match process {
            Some(id) => ClockId::pid_cpu_clock_id(Pid::from_raw(i32::try_from(id)?))?,
            None => ClockId::CLOCK_PROCESS_CPUTIME_ID,
        };
        Ok(Self { clock, cpu: clock.now()?.into(), began: Instant::now() })
    }

    /// Returns what has passed.
    pub fn stop(&self) -> Result<Done, Failure> {
        let seconds = self.began.elapsed().as_secs_f64();
        let cpu = Duration::from(self.clock.now()?).saturating_sub(self.cpu);
        Ok(Done { seconds, cpu: cpu.as_secs_f64(), ..Done::default() })
    }
}

/// A client as Pipefit's, without certificates: nothing here uses TLS.
pub fn client() -> Result<reqwest::Client, Failure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    Ok(reqwest::Client::builder().use_preconfigured_tls(tls).no_proxy().build()?)
}

/// Makes so many calls, so many at a time. Each call gets its number.
pub async fn side_by_side<F>(
    calls: usize,
    width: usize,
    call: impl Fn(usize) -> F + Clone + 'static,
) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>> + 'static,
{
    let next = Arc::new(AtomicUsize::new(0));
    let run = || {
        let (next, call) = (Arc::clone(&next), call.clone());
        tokio::task::spawn_local(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= calls {
                    return Ok::<(), Failure>(());
                }
                call(number).await?;
            }
        })
    };
    let set = tokio::task::LocalSet::new();
    set.run_until(async move {
        for worker in (0..width).map(|_| run()).collect::<Vec<_>>() {
            worker.await??;
        }
        Ok(())
    })
    .await
}

/// Runs a program of one thread.
pub fn block_on<T>(program: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(program)
}
