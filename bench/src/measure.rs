//! Processes that are measured: those that run once, and workers that are given tasks.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use pipefit_bench::{Done, Failure, Task, connection};
use serde_json::{Value, json};
use wait4::Wait4 as _;

/// Where the programs are, and how much is measured.
pub(crate) struct Setup {
    /// The folder of the built programs.
    pub(crate) programs: PathBuf,
    /// The folder with the installed peers.
    pub(crate) peers: PathBuf,
    /// A smoke run: little of everything.
    pub(crate) quick: bool,
    /// An empty folder for home directories.
    pub(crate) home: tempfile::TempDir,
}

impl Setup {
    /// Returns the second number in a smoke run, else the first.
    pub(crate) fn or_quick(&self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }

    /// One of the built programs.
    pub(crate) fn program(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.args(arguments);
        command
    }

    /// A program for Node.js.
    pub(crate) fn node(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("node");
        command.arg(self.peers.join("node/dist").join(name)).args(arguments);
        command
    }

    /// A program for Python.
    pub(crate) fn python(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.peers.join("python/venv/bin/python"));
        command.arg(self.peers.join("python").join(name)).args(arguments);
        command
    }

    /// Adds what every program is told: where the service is.
    pub(crate) fn at(&self, service: &Service, mut command: Command) -> Command {
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PIPEFIT_")) {
            command.env_remove(name);
        }
        command.env("PIPEFIT_API_URL", &service.url).env("PIPEFIT_TOKEN_URL", format!("{}/connect/token", service.url));
        command.env("CONNECTION", connection().to_string()).env("HOME", self.home.path()).env_remove("XDG_CONFIG_HOME");
        command
    }
}

/// The service on loopback, a process of its own.
pub(crate) struct Service {
    pub(crate) url: String,
    child: Child,
}

impl Service {
    /// Starts one with so many records, that takes so long for each reply.
    pub(crate) fn start(setup: &Setup, records: usize, delay_ms: usize) -> Result<Self, Failure> {
        let mut command = setup.program("bench-service", &[&records.to_string(), &delay_ms.to_string()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut url = String::new();
        BufReader::new(child.stdout.as_mut().ok_or("no stdout")?).read_line(&mut url)?;
        Ok(Self { url: url.trim().to_owned(), child })
    }

    /// Returns how many requests came since it was last asked.
    pub(crate) fn requests(&self) -> Result<usize, Failure> {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://"))?;
        stream.write_all(b"GET /requests HTTP/1.1\r\n\r\n")?;
        stream.shutdown(std::net::Shutdown::Write)?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply)?;
        Ok(reply.rsplit("\r\n").next().unwrap_or_default().parse()?)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn end(child: &mut Child) {
    // It may have ended already.
    let _ = child.kill();
    let _ = child.wait();
}

/// What one run of a program took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// Seconds on the wall, from its start to its end.
    pub(crate) wall: f64,
    /// Seconds of processor time.
    pub(crate) cpu: f64,
    /// The most resident memory, in bytes.
    pub(crate) memory: u64,
}

impl Usage {
    /// One run, and another after it.
    pub(crate) fn then(self, other: Self) -> Self {
        Self { wall: self.wall + other.wall, cpu: self.cpu + other.cpu, memory: self.memory.max(other.memory) }
    }
}

fn name(command: &Command) -> String {
    let parts = [command.get_program()].into_iter().chain(command.get_args());
    parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Runs a program with this input; its output goes to `read`, or nowhere.
pub(crate) fn run(
    mut command: Command,
    input: &str,
    read: Option<&mut dyn FnMut(ChildStdout) -> Result<(), Failure>>,
) -> Result<Usage, Failure> {
    command.stdin(Stdio::piped());
    command.stdout(if read.is_some() { Stdio::piped() } else { Stdio::null() });
    let began = Instant::now();
    let mut child = command.spawn().map_err(|error| format!("{}: {error}", name(&command)))?;
    // A program that needs no input may have ended before it is written.
    let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
    if let (Some(read), Some(stdout)) = (read, child.stdout.take()) {
        read(stdout)?;
    }
    let ended = child.wait4()?;
    let wall = began.elapsed().as_secs_f64();
    if !ended.status.success() {
        return Err(format!("{} ended with {}", name(&command), ended.status).into());
    }
    let cpu = (ended.rusage.utime + ended.rusage.stime).as_secs_f64();
    Ok(Usage { wall, cpu, memory: ended.rusage.maxrss })
}

/// Runs a program with this input, and returns the JSON that it writes, too.
pub(crate) fn run_for_json(command: Command, input: &str) -> Result<(Usage, Value), Failure> {
    let mut output = Vec::new();
    let usage =
        run(command, input, Some(&mut |mut stdout| stdout.read_to_end(&mut output).map(drop).map_err(Into::into)))?;
    Ok((usage, serde_json::from_slice(&output)?))
}

/// Runs a program with this input, and counts the jobs that it writes. They are not kept: what this process takes of
/// memory counts for the children that it starts.
pub(crate) fn run_for_jobs(command: Command, input: &str) -> Result<usize, Failure> {
    const MARK: &[u8] = b"\"jobNumber\":";
    let mut count = 0;
    let mut read = |mut stdout: ChildStdout| {
        let (mut buffer, mut kept) = (vec![0; 64 * 1024], 0);
        loop {
            let length = kept + stdout.read(&mut buffer[kept..])?;
            if length == kept {
                return Ok(());
            }
            count += buffer[..length].windows(MARK.len()).filter(|part| *part == MARK).count();
            // A mark may go on in the next piece; it is too long to be counted twice.
            let rest = length.saturating_sub(MARK.len() - 1);
            buffer.copy_within(rest..length, 0);
            kept = length - rest;
        }
    };
    run(command, input, Some(&mut read))?;
    Ok(count)
}

/// A request for `getJob` or another unit, with its connection.
pub(crate) fn request(member: &str, key: &str, mut inputs: Value) -> String {
    inputs["connection"] = connection();
    json!({member: key, "inputs": inputs}).to_string()
}

/// A process that stays, and is given tasks.
pub(crate) struct Worker {
    child: Child,
    tasks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    pub(crate) fn start(mut command: Command) -> Result<Self, Failure> {
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.map_err(|error| format!("{}: {error}", name(&command)))?;
        let tasks = child.stdin.take().ok_or("no stdin")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        Ok(Self { child, tasks, answers })
    }

    pub(crate) fn run(&mut self, task: Task) -> Result<Done, Failure> {
        writeln!(self.tasks, "{}", serde_json::to_string(&task)?)?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        serde_json::from_str(&line).map_err(|error| format!("a worker failed at {task:?}: {error}").into())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}
