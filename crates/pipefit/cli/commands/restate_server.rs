//! A Restate server for development: started by the worker, on loopback, with a folder that is removed with it.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pipefit::{Code, Error};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

/// The variable with the path of the server.
const VARIABLE: &str = "RESTATE_SERVER";

/// Where npm installs it.
#[cfg(target_arch = "x86_64")]
const INSTALLED: &str = "node_modules/@restatedev/restate-server-linux-x64/bin/restate-server";
#[cfg(not(target_arch = "x86_64"))]
const INSTALLED: &str = "node_modules/@restatedev/restate-server-linux-arm64/bin/restate-server";

/// How long it may take to start, and to stop.
const START: Duration = Duration::from_mins(1);
const STOP: Duration = Duration::from_secs(5);

/// The ports that it has unless they are taken: those of its documentation.
const INGRESS: u16 = 8080;
const ADMIN: u16 = 9070;
const NODE: u16 = 5122;

/// The other ports, which the system does not give to outgoing connections.
const OTHER_PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A running server. Dropping it stops it and removes what it kept.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    ingress: u16,
    admin: u16,
    folder: TempDir,
}

impl Server {
    /// Starts the server that is found, and waits until it answers.
    pub(crate) async fn start() -> Result<Self, Error> {
        let program = find()?;
        let folder = private_folder().map_err(|error| failed(&error))?;
        let [ingress, admin, node] = ports()?;
        let log = File::create(folder.path().join("log")).map_err(|error| failed(&error))?;
        let mut command = command(&program)?;
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("RESTATE_")) {
            command.env_remove(name);
        }
        command
            .env("RESTATE_BASE_DIR", folder.path().join("data"))
            .env("RESTATE_LISTEN_MODE", "tcp")
            .env("RESTATE_BIND_IP", "127.0.0.1")
            .env("RESTATE_ADVERTISED_HOST", "127.0.0.1")
            .env("RESTATE_BIND_PORT", node.to_string())
            .env("RESTATE_INGRESS__BIND_PORT", ingress.to_string())
            .env("RESTATE_ADMIN__BIND_PORT", admin.to_string())
            .env("RESTATE_DEFAULT_NUM_PARTITIONS", "4")
            .env("RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE", "192MiB")
            // Invocations that wait take a place, and what they wait for needs one, too: the usual 1,000 can be too
            // few.
            .env("RESTATE_WORKER__INVOKER__CONCURRENT_INVOCATIONS_LIMIT", "20000")
            .env("RESTATE_DISABLE_TELEMETRY", "true")
            .env("RESTATE_LOG_FILTER", "warn")
            .env("RESTATE_LOG_DISABLE_ANSI_CODES", "true")
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(|error| failed(&error))?)
            .stderr(log);
        let child = command.spawn().map_err(|error| failed(&error))?;
        let mut server = Self { child, ingress, admin, folder };
        server.answers().await?;
        Ok(server)
    }

    /// The address that clients call.
    pub(crate) fn ingress(&self) -> String {
        format!("http://127.0.0.1:{}", self.ingress)
    }

    /// The address where deployments are registered.
    pub(crate) fn admin(&self) -> String {
        format!("http://127.0.0.1:{}", self.admin)
    }

    /// Waits until both ports answer.
    async fn answers(&mut self) -> Result<(), Error> {
        let deadline = Instant::now() + START;
        for port in [self.admin, self.ingress] {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
                if let Ok(Some(status)) = self.child.try_wait() {
                    return Err(failed(&format!("it ended with {status}{}", self.last_words())));
                }
                if Instant::now() >= deadline {
                    return Err(failed(&format!("it does not answer{}", self.last_words())));
                }
                sleep(Duration::from_millis(50)).await;
            }
        }
        Ok(())
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        log.lines().rfind(|line| !line.trim().is_empty()).map(|line| format!(": {}", line.trim())).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        terminate(&self.child);
        let deadline = std::time::Instant::now() + STOP;
        while std::time::Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Creates a folder that only this user can read: what is journalled lies there in clear.
fn private_folder() -> std::io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("pipefit-restate-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

/// Asks the server to end.
#[cfg(unix)]
fn terminate(child: &Child) {
    use rustix::process::{Pid, Signal, kill_process};
    if let Some(id) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process(id, Signal::TERM);
    }
}

#[cfg(not(unix))]
fn terminate(_: &Child) {}

/// Returns the command that starts the server. This program starts first and becomes the server, since only a process
/// itself can ask to end with its parent.
fn command(server: &Path) -> Result<Command, Error> {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::process::CommandExt as _;
        let own = std::env::current_exe().map_err(|error| failed(&error))?;
        let mut command = Command::new(own);
        // In a group of its own, Ctrl-C reaches the worker alone, which then stops it.
        command.args(["worker", "--become-server"]).arg(server).process_group(0);
        Ok(command)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let mut command = Command::new(server);
        command.arg("--no-logo");
        Ok(command)
    }
}

/// Becomes the server, which is killed when the process that started this one ends. Returns only if that fails.
pub(crate) fn become_server(program: &Path) -> Error {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, getppid, set_parent_process_death_signal};
        use std::os::unix::process::CommandExt as _;
        if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
            return failed(&error);
        }
        // Its parent may have ended before that.
        if getppid().is_none_or(rustix::process::Pid::is_init) {
            return failed(&"the worker ended");
        }
        failed(&Command::new(program).arg("--no-logo").exec())
    }
    #[cfg(not(target_os = "linux"))]
    {
        failed(&format!("{} cannot be started so on this system", program.display()))
    }
}

/// Finds the server: the variable, the path, then what npm installed here.
fn find() -> Result<PathBuf, Error> {
    if let Some(given) = std::env::var_os(VARIABLE).filter(|given| !given.is_empty()) {
        let given = PathBuf::from(given);
        let missing = format!("there is no program at `{}`, which `{VARIABLE}` names", given.display());
        return if given.is_file() { Ok(given) } else { Err(Error::new(Code::InvalidRequest, missing)) };
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).map(|folder| folder.join("restate-server"));
    let found = in_path.chain([PathBuf::from(INSTALLED)]).find(|program| program.is_file());
    found.ok_or_else(|| {
        let message = format!(
            "there is no `restate-server` to start: install it with `npm install --ignore-scripts \
             @restatedev/restate-server`, or name it by `{VARIABLE}`"
        );
        Error::new(Code::InvalidRequest, message)
    })
}

/// Returns free ports for the ingress, the admin interface and the node.
fn ports() -> Result<[u16; 3], Error> {
    // All are held until all are found, so that they differ.
    let mut held = Vec::new();
    for usual in [INGRESS, ADMIN, NODE] {
        let found = std::iter::once(usual).chain(OTHER_PORTS.step_by(7)).find_map(|port| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?;
            Some((port, listener))
        });
        held.push(found.ok_or_else(|| failed(&"all ports are taken"))?);
    }
    let numbers: Vec<_> = held.iter().map(|(port, _)| *port).collect();
    numbers.try_into().map_err(|_| failed(&"all ports are taken"))
}

fn failed(why: &dyn std::fmt::Display) -> Error {
    Error::new(Code::Unavailable, format!("the Restate server cannot be started: {why}"))
}
