//! What Restate costs: the same read by the library alone, through one node and through three, in turns.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pipefit::restate::Client;
use pipefit::sandbox::Sandbox;
use pipefit::{Invocation, Runtime};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::cluster::{Cluster, NODES, Settings};
use crate::load::JOB;
use crate::ports::Ports;
use crate::process::Usage;
use crate::{Result, Tools};

/// How much longer a read may take through Restate, and how many of them must be done in a second.
const LONGER: Duration = Duration::from_millis(15);
const LEAST: f64 = 200.0;

/// How many reads run at once for that, and how often each row is measured; the median counts.
const AT_ONCE: usize = 32;
const ROUNDS: usize = 5;

const WARM_UP: usize = 50;
const PATIENCE: Duration = Duration::from_mins(1);

/// A way to read.
enum Way {
    Bare(Box<Runtime>),
    Restate(Client),
}

struct Row {
    name: &'static str,
    way: Arc<Way>,
    /// How long each read took, one at a time.
    times: Vec<Duration>,
    /// Reads per second, of each round.
    rates: Vec<f64>,
}

/// Measures, prints the table, and returns whether it is as required.
pub(crate) async fn run(tools: &Tools, reads: usize) -> Result<bool> {
    let sandbox = Sandbox::builder().rate_limit(None).start().await?;
    sandbox.record_requests(false);
    let (one, three) = (cluster(tools, 1, &sandbox).await?, cluster(tools, NODES, &sandbox).await?);
    let bare = pipefit::sandbox_runtime(&sandbox).requests_per_second(0).build()?;
    let mut rows = vec![
        Row::new("library alone", Way::Bare(Box::new(bare))),
        Row::new("one node", Way::Restate(Client::new(&one.ingresses())?)),
        Row::new("three nodes", Way::Restate(Client::new(&three.ingresses())?)),
    ];
    for row in &rows {
        row.way.reads(WARM_UP, 1).await?;
    }
    for _ in 0..reads {
        for row in &mut rows {
            let began = Instant::now();
            row.way.read().await?;
            row.times.push(began.elapsed());
        }
    }
    let before = [used(&one)?, used(&three)?];
    for _ in 0..ROUNDS {
        for row in &mut rows {
            let began = Instant::now();
            row.way.reads(reads, AT_ONCE).await?;
            #[expect(clippy::cast_precision_loss, reason = "it is small")]
            row.rates.push(reads as f64 / began.elapsed().as_secs_f64());
        }
    }
    rows.iter_mut().for_each(Row::sort);
    println!("| | median, ms | 95th percentile, ms | reads a second, {AT_ONCE} at once |\n|---|---|---|---|");
    rows.iter().for_each(Row::print);
    println!(
        "\n| a read at {AT_ONCE} at once | CPU of nodes, ms | CPU of workers, ms | written by nodes, KiB |\n|---|---|---|---|"
    );
    for ((row, cluster), before) in rows[1..].iter().zip([&one, &three]).zip(before) {
        print_usage(row.name, before, used(cluster)?, reads * ROUNDS);
    }
    let is_kept = |row: &Row| row.median() <= rows[0].median() + LONGER && row.rate() >= LEAST;
    let kept = rows[1..].iter().all(is_kept);
    let required = if kept { "kept" } else { "BROKEN" };
    println!("{required}: at most {} ms more than the library alone, at least {LEAST} a second", LONGER.as_millis());
    Ok(kept)
}

/// What nodes and workers have used.
fn used(cluster: &Cluster) -> Result<[Usage; 2]> {
    Ok([Usage::of(&cluster.nodes)?, Usage::of(&cluster.workers)?])
}

#[expect(clippy::cast_precision_loss, reason = "they are small")]
fn print_usage(name: &str, before: [Usage; 2], after: [Usage; 2], reads: usize) {
    let cpu = |at: usize| after[at].cpu.saturating_sub(before[at].cpu).as_secs_f64() * 1_000.0 / reads as f64;
    let written = (after[0].written - before[0].written) as f64 / 1_024.0 / reads as f64;
    println!("| {name} | {:.1} | {:.1} | {written:.1} |", cpu(0), cpu(1));
}

async fn cluster(tools: &Tools, nodes: usize, sandbox: &Sandbox) -> Result<Cluster> {
    let ports = Ports::find()?;
    let folder = tools.folder.join(format!("run-{}", ports.name()));
    let _ = fs::remove_dir_all(&folder);
    let settings = Settings { sandbox, rate: 0, sink: None, verbose: false };
    Cluster::start(tools, &folder, nodes, ports, &settings).await
}

impl Way {
    async fn read(&self) -> Result<()> {
        let read = Invocation::action("getJob", json!({"jobId": JOB}));
        let reply = match self {
            Self::Bare(runtime) => runtime.invoke(read).await?.to_json(),
            Self::Restate(client) => client.invoke(&read, None, PATIENCE).await?.get().to_owned(),
        };
        let reply: Value = serde_json::from_str(&reply)?;
        if reply["data"].is_object() { Ok(()) } else { Err(format!("a read failed: {reply}").into()) }
    }

    /// Reads so many times, with so many at once.
    async fn reads(self: &Arc<Self>, count: usize, at_once: usize) -> Result<()> {
        let next = Arc::new(AtomicUsize::new(0));
        let mut running = JoinSet::new();
        for _ in 0..at_once {
            let (own, next) = (Arc::clone(self), Arc::clone(&next));
            running.spawn(async move {
                while next.fetch_add(1, Ordering::Relaxed) < count {
                    own.read().await?;
                }
                Ok(())
            });
        }
        running.join_all().await.into_iter().collect()
    }
}

impl Row {
    fn new(name: &'static str, way: Way) -> Self {
        Self { name, way: Arc::new(way), times: Vec::new(), rates: Vec::new() }
    }

    fn sort(&mut self) {
        self.times.sort_unstable();
        self.rates.sort_unstable_by(f64::total_cmp);
    }

    fn median(&self) -> Duration {
        self.times[self.times.len() / 2]
    }

    fn rate(&self) -> f64 {
        self.rates[self.rates.len() / 2]
    }

    fn print(&self) {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let high = self.times[self.times.len() * 95 / 100];
        println!("| {} | {:.1} | {:.1} | {:.0} |", self.name, ms(self.median()), ms(high), self.rate());
    }
}
