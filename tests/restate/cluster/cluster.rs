//! The nodes, the workers and the balancer of one run.

use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use pipefit::Invocation;
use pipefit::restate::{Client, register};
use pipefit::sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::balancer::Balancer;
use crate::ports::Ports;
use crate::process::Process;
use crate::secrets::Identity;
use crate::{Failure, Result, Tools};

/// The number of nodes of a cluster, and that of workers.
pub(crate) const NODES: usize = 3;
pub(crate) const WORKERS: usize = 3;

/// How long it may take until all of it answers.
const START: Duration = Duration::from_mins(2);

/// How long one question of `restatectl` may take.
const QUESTION: Duration = Duration::from_secs(10);

/// The number of partitions. Few, so that the loss of a node concerns much at once.
const PARTITIONS: &str = "4";

/// Asks which nodes lead partitions, the one with most first.
const LEADERS: &str = "select n.name from partition_state p join nodes n on n.plain_node_id = p.plain_node_id \
                       where p.effective_mode = 'Leader' group by n.name order by count(*) desc";

/// What the machine of a test has in place of what deploy/restate.toml says.
const SMALL: &[(&str, &str)] = &[
    ("RESTATE_BIND_IP", "127.0.0.1"),
    ("RESTATE_DEFAULT_NUM_PARTITIONS", PARTITIONS),
    ("RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE", "192MiB"),
    ("RESTATE_BIFROST__RECORD_CACHE_MEMORY_SIZE", "16MiB"),
    ("RESTATE_WORKER__INVOKER__MEMORY_LIMIT", "128MiB"),
    ("RESTATE_ADMIN__QUERY_ENGINE__MEMORY_SIZE", "64MiB"),
    // Processes die here, not the machine, and what was written survives them. Others may keep the disk busy.
    ("RESTATE_LOG_SERVER__ROCKSDB_DISABLE_WAL_FSYNC", "true"),
    ("RESTATE_BIFROST__LOCAL__ROCKSDB_DISABLE_WAL_FSYNC", "true"),
    // Secrets are looked for in the files, so that what they contain must be in clear.
    ("RESTATE_ROCKSDB_DISABLE_WAL_COMPRESSION", "true"),
    ("RESTATE_ROCKSDB_DISABLE_L0_L1_COMPRESSION", "true"),
    ("RESTATE_NETWORKING__DISABLE_COMPRESSION", "true"),
];

/// The ports of a node.
#[derive(Clone, Copy)]
struct NodePorts {
    fabric: u16,
    ingress: u16,
    admin: u16,
}

/// What workers are started with beside their addresses.
pub(crate) struct Settings<'a> {
    pub(crate) sandbox: &'a Sandbox,
    /// Requests per second for each account; 0 for no limit.
    pub(crate) rate: u32,
    pub(crate) sink: Option<&'a str>,
    pub(crate) verbose: bool,
}

/// A running cluster. Dropping it kills everything.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Option<Process>>,
    pub(crate) workers: Vec<Option<Process>>,
    server: PathBuf,
    control: PathBuf,
    pipefit: PathBuf,
    config: PathBuf,
    folder: PathBuf,
    identity: Identity,
    node_ports: Vec<NodePorts>,
    worker_ports: Vec<u16>,
    worker_args: Vec<String>,
    _balancer: Balancer,
    _ports: Ports,
}

impl Cluster {
    /// Starts this many nodes, and workers, and waits until every partition has answered.
    pub(crate) async fn start(
        tools: &Tools,
        folder: &Path,
        nodes: usize,
        mut ports: Ports,
        settings: &Settings<'_>,
    ) -> Result<Self> {
        let ports_of_node = |ports: &mut Ports| {
            Ok::<_, Failure>(NodePorts { fabric: ports.next()?, ingress: ports.next()?, admin: ports.next()? })
        };
        let node_ports = (0..nodes).map(|_| ports_of_node(&mut ports)).collect::<Result<Vec<_>>>()?;
        let worker_ports = (0..WORKERS).map(|_| ports.next()).collect::<Result<Vec<_>>>()?;
        let balancer = ports.next()?;
        for part in ["secrets", "logs"] {
            fs::create_dir_all(folder.join(part))?;
        }
        let identity = Identity::create(&folder.join("secrets"))?;
        let architecture = if cfg!(target_arch = "x86_64") { "x64" } else { "arm64" };
        let tool = |name: &str| tools.npm.join(format!("{name}-linux-{architecture}/bin/{name}"));
        let mut cluster = Self {
            nodes: (0..nodes).map(|_| None).collect(),
            workers: (0..WORKERS).map(|_| None).collect(),
            server: tool("restate-server"),
            control: tool("restatectl"),
            pipefit: tools.pipefit.clone(),
            config: tools.config.clone(),
            folder: folder.to_owned(),
            worker_args: worker_args(folder, settings)?,
            identity,
            _balancer: Balancer::start(balancer, worker_ports.clone()).await?,
            node_ports,
            worker_ports,
            _ports: ports,
        };
        (0..nodes).try_for_each(|node| cluster.start_node(node))?;
        (0..WORKERS).try_for_each(|worker| cluster.start_worker(worker))?;
        cluster.provision().await?;
        cluster.listening().await?;
        register(&local(cluster.node_ports[0].admin), &local(balancer)).await?;
        cluster.answers().await?;
        Ok(cluster)
    }

    /// The addresses that clients call.
    pub(crate) fn ingresses(&self) -> Vec<String> {
        self.node_ports.iter().map(|ports| local(ports.ingress)).collect()
    }

    /// Files and logs that nothing secret may be in.
    pub(crate) fn traces(&self) -> [PathBuf; 2] {
        ["nodes", "logs"].map(|part| self.folder.join(part))
    }

    pub(crate) fn start_node(&mut self, number: usize) -> Result<()> {
        let ports = self.node_ports[number];
        let name = format!("node-{}", number + 1);
        let all: Vec<_> = self.node_ports.iter().map(|ports| local(ports.fabric)).collect();
        let replication = if all.len() > 1 { "2" } else { "1" };
        let process = Process::start(&self.server, &self.log(&name), |command| {
            command
                .arg("--no-logo")
                .envs(SMALL.iter().copied())
                .env("RESTATE_CONFIG", &self.config)
                .env("RESTATE_NODE_NAME", &name)
                .env("RESTATE_BASE_DIR", self.folder.join("nodes").join(&name))
                .env("RESTATE_DEFAULT_REPLICATION", replication)
                .env("RESTATE_BIND_PORT", ports.fabric.to_string())
                .env("RESTATE_ADVERTISED_ADDRESS", local(ports.fabric))
                .env("RESTATE_METADATA_CLIENT__ADDRESSES", json!(all).to_string())
                .env("RESTATE_INGRESS__BIND_PORT", ports.ingress.to_string())
                .env("RESTATE_INGRESS__ADVERTISED_ADDRESS", local(ports.ingress))
                .env("RESTATE_ADMIN__BIND_PORT", ports.admin.to_string())
                .env("RESTATE_ADMIN__ADVERTISED_ADDRESS", local(ports.admin))
                .env("RESTATE_WORKER__INVOKER__REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE", &self.identity.file);
        })?;
        self.nodes[number] = Some(process);
        Ok(())
    }

    pub(crate) fn start_worker(&mut self, number: usize) -> Result<()> {
        let log = self.log(&format!("worker-{}", number + 1));
        let process = Process::start(&self.pipefit, &log, |command| {
            command
                .arg("worker")
                .args(["--restate", &self.ingresses().join(",")])
                .args(["--listen", &format!("127.0.0.1:{}", self.worker_ports[number])])
                .args(["--identity-key", &self.identity.public_key])
                .args(&self.worker_args);
        })?;
        self.workers[number] = Some(process);
        Ok(())
    }

    /// The node that leads most partitions.
    pub(crate) async fn leader(&self) -> Result<usize> {
        let (told, all) = self.control(&["sql", "--json", LEADERS]).await?;
        let leader = || Some(serde_json::from_str::<Value>(&told).ok()?[0]["name"].as_str()?.to_owned());
        let number = leader().and_then(|name| name.strip_prefix("node-")?.parse::<usize>().ok()?.checked_sub(1));
        number.filter(|number| *number < self.nodes.len()).ok_or_else(|| format!("no leader: {all}").into())
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.join("logs").join(format!("{name}.log"))
    }

    /// Founds the cluster.
    async fn provision(&mut self) -> Result<()> {
        let replication = if self.nodes.len() > 1 { "2" } else { "1" };
        let args = ["provision", "--yes", "--num-partitions", PARTITIONS, "--replication", replication];
        self.until("found the cluster", async |cluster: &Self| {
            // Its exit status is 0 even if it fails.
            let (_, told) = cluster.control(&args).await?;
            if told.contains("successfully") || told.contains("already") { Ok(()) } else { Err(told.into()) }
        })
        .await
    }

    /// Waits until the workers listen.
    async fn listening(&mut self) -> Result<()> {
        for port in self.worker_ports.clone() {
            let connect = async |_: &Self| {
                TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
                Ok(())
            };
            self.until("reach a worker", connect).await?;
        }
        Ok(())
    }

    /// Waits until partitions answer: with so many keys, each has one.
    async fn answers(&mut self) -> Result<()> {
        let client = Client::new(&self.ingresses())?;
        let read = Invocation::action("getJob", json!({"jobId": crate::load::JOB})).dry_run(true);
        let mut calls = Vec::new();
        for number in 0..32 {
            let key = format!("warm-{number}");
            let (client, read) = (&client, &read);
            calls.push(async move { client.invoke(read, Some(&key), START).await });
        }
        futures_util::future::try_join_all(calls).await?;
        Ok(())
    }

    async fn until(&mut self, what: &str, attempt: impl AsyncFn(&Self) -> Result<()>) -> Result<()> {
        let began = Instant::now();
        loop {
            let Err(error) = attempt(self).await else { return Ok(()) };
            let ended = self.nodes.iter_mut().chain(&mut self.workers).flatten().any(Process::has_ended);
            if ended || began.elapsed() > START {
                let logs = self.folder.join("logs");
                return Err(format!("cannot {what}: {error}; the logs are in {}", logs.display()).into());
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Asks `restatectl`, and returns what it says on stdout, and all that it says.
    async fn control(&self, args: &[&str]) -> Result<(String, String)> {
        let mut command = Command::new(std::env::current_exe()?);
        let nodes: Vec<_> = self.node_ports.iter().map(|ports| local(ports.fabric)).collect();
        command.arg("become").arg(&self.control).args(["--address", &nodes.join(",")]).args(args);
        let mut command = tokio::process::Command::from(command);
        let output = timeout(QUESTION, command.kill_on_drop(true).output()).await??;
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let all = format!("{told}{}", String::from_utf8_lossy(&output.stderr));
        Ok((told, all))
    }
}

/// Writes the files that workers read, and returns what is the same for all of them.
fn worker_args(folder: &Path, settings: &Settings<'_>) -> Result<Vec<String>> {
    let secrets = folder.join("secrets");
    let key = secret(&secrets.join("token.key"), &BASE64_STANDARD.encode(crate::secrets::random::<32>()?))?;
    let connections: Value = json!({"main": pipefit::sandbox_connection(settings.sandbox)});
    let connections = secret(&secrets.join("connections.json"), &connections.to_string())?;
    let (rate, api, tokens) = (settings.rate.to_string(), settings.sandbox.url(), settings.sandbox.token_url());
    let mut args = vec![
        "--token-key-file",
        &key,
        "--connections",
        &connections,
        "--api-url",
        &api,
        "--token-url",
        &tokens,
        "--rate",
        &rate,
    ];
    args.extend(settings.sink.into_iter().flat_map(|sink| ["--allow-sink", sink]));
    args.extend(settings.verbose.then_some("--verbose"));
    Ok(args.into_iter().map(ToOwned::to_owned).collect())
}

/// Writes a file that nobody else can read.
fn secret(file: &Path, text: &str) -> Result<String> {
    fs::write(file, text)?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))?;
    Ok(file.display().to_string())
}

/// The address of a port of this machine.
fn local(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}
