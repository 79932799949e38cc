//! One script after the other, each on a new cluster.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::{sleep, sleep_until};

use crate::cluster::{Cluster, NODES, Settings};
use crate::load::{self, Answer, RATE, Records, WATCHED};
use crate::ports::Ports;
use crate::script::{Script, Step, Target, Verb};
use crate::sink::Sink;
use crate::verdict::{Event, Evidence, Verdict};
use crate::{Result, Tools};

/// How long the invocations, and the deliveries after them, may take before the test gives up.
const INVOCATIONS: Duration = Duration::from_mins(3);
const DELIVERIES: Duration = Duration::from_mins(1);

/// How long records are still inserted when all invocations are answered, and how long deliveries that nobody expects
/// are waited for.
const AFTER: Duration = Duration::from_secs(2);

/// Runs all scripts, and returns whether every promise was kept.
pub(crate) async fn scripts(tools: &Tools, scripts: &[Script], invocations: usize) -> Result<bool> {
    let mut broken = Vec::new();
    for script in scripts {
        println!("\n{script}");
        let verdicts = one(tools, script, invocations).await?;
        for verdict in &verdicts {
            println!("  {verdict}");
        }
        let names = verdicts.iter().filter(|verdict| !verdict.kept).map(|verdict| verdict.name);
        broken.extend(names.map(|name| format!("{name} in: {script}")));
    }
    println!();
    for promise in &broken {
        println!("BROKEN {promise}");
    }
    Ok(broken.is_empty())
}

async fn one(tools: &Tools, script: &Script, invocations: usize) -> Result<Vec<Verdict>> {
    let mut ports = Ports::find()?;
    let folder = tools.folder.join(format!("run-{}", ports.name()));
    let _ = fs::remove_dir_all(&folder);
    let sandbox = Arc::new(load::sandbox().await?);
    let sink = Sink::start(ports.next()?).await?;
    let settings = Settings { sandbox: &sandbox, rate: RATE, sink: Some(&sink.url), verbose: true };
    let began = Instant::now();
    let mut cluster = Cluster::start(tools, &folder, NODES, ports, &settings).await?;
    println!("  the cluster answers after {:.1} s", began.elapsed().as_secs_f64());
    let nodes = cluster.ingresses();
    load::watch(&nodes, &sink.url).await?;

    let (stop, stopped) = oneshot::channel();
    let inserting = tokio::spawn(load::insert(Arc::clone(&sandbox), stopped));
    let began = Instant::now();
    let answers = tokio::spawn(async move { load::invoke(&nodes, invocations).await });
    let events = play(&mut cluster, script, began).await?;
    let answers: Vec<Answer> = load::within("an invocation", INVOCATIONS, async { answers.await? }).await?;
    sleep(AFTER).await;
    let _ = stop.send(());
    let inserted = inserting.await?;
    delivered(&sink, &inserted).await;
    load::unwatch(&cluster.ingresses()).await?;
    Ok(Evidence::new(began, answers, events, inserted, &sandbox, &sink, &cluster.traces()).verdicts())
}

/// Waits until every record is delivered, or must have been, and a moment longer.
async fn delivered(sink: &Sink, inserted: &Records) {
    let began = Instant::now();
    let is_delivered = |name: &str| {
        let delivered = sink.delivered(name);
        inserted[name].iter().all(|id| delivered.ids.contains(id))
    };
    let all = || WATCHED.into_iter().all(is_delivered);
    while !all() && began.elapsed() < DELIVERIES {
        sleep(Duration::from_millis(200)).await;
    }
    sleep(AFTER).await;
}

/// Plays a script, and returns what happened when.
async fn play(cluster: &mut Cluster, script: &Script, began: Instant) -> Result<Vec<Event>> {
    let (mut events, mut leader) = (Vec::new(), None);
    for step in &script.steps {
        if step.target == Target::Leader && step.loses() {
            leader = Some(cluster.leader().await?);
        }
        sleep_until((began + step.at).into()).await;
        let from = Instant::now();
        apply(cluster, step, leader)?;
        events.push(Event { from, to: Instant::now(), step: *step });
    }
    Ok(events)
}

fn apply(cluster: &mut Cluster, step: &Step, leader: Option<usize>) -> Result<()> {
    let is_worker = step.target.is_worker();
    let all = if is_worker { cluster.workers.len() } else { cluster.nodes.len() };
    let numbers = match step.target {
        Target::Worker(number) | Target::Node(number) => number..number + 1,
        Target::Workers | Target::Nodes => 0..all,
        Target::Leader => {
            let number = leader.ok_or("no leader was killed or frozen before")?;
            number..number + 1
        }
    };
    for number in numbers {
        let processes = if is_worker { &mut cluster.workers } else { &mut cluster.nodes };
        match (step.verb, &mut processes[number]) {
            (Verb::Kill, process) => drop(process.take()),
            (Verb::Freeze, Some(process)) => process.freeze(true)?,
            (Verb::Thaw, Some(process)) => process.freeze(false)?,
            (Verb::Start, None) if is_worker => cluster.start_worker(number)?,
            (Verb::Start, None) => cluster.start_node(number)?,
            (Verb::Start, Some(_)) | (_, None) => {
                return Err("a script starts what runs, or freezes what does not".into());
            }
        }
    }
    Ok(())
}
