//! Processes that can be killed and frozen, and end with this one.

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, getppid, kill_process, set_parent_process_death_signal};

use crate::{Failure, Result};

/// What processes have used.
#[derive(Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    /// Bytes that went to the disk.
    pub(crate) written: u64,
}

impl Usage {
    pub(crate) fn of(processes: &[Option<Process>]) -> Result<Self> {
        processes.iter().flatten().map(Process::usage).try_fold(Self::default(), |sum, usage| {
            let usage = usage?;
            Ok(Self { cpu: sum.cpu + usage.cpu, written: sum.written + usage.written })
        })
    }
}

/// A child process.
pub(crate) struct Process(Child);

impl Process {
    /// Starts a program with what the command adds to it. Its output is added to this file.
    pub(crate) fn start(program: &Path, log: &Path, add: impl FnOnce(&mut Command)) -> Result<Self> {
        let log = File::options().create(true).append(true).open(log)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("become").arg(program);
        // What the environment says to other commands is not meant for these.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("RESTATE") || name.starts_with("PIPEFIT_") {
                command.env_remove(&*name);
            }
        }
        add(&mut command);
        let command = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(Self(command.spawn()?))
    }

    /// Freezes it, or lets it go on.
    pub(crate) fn freeze(&self, frozen: bool) -> Result<()> {
        let id = Pid::from_child(&self.0);
        Ok(kill_process(id, if frozen { Signal::STOP } else { Signal::CONT })?)
    }

    /// What it has used so far.
    pub(crate) fn usage(&self) -> Result<Usage> {
        let folder = format!("/proc/{}", self.0.id());
        let (stat, io) = (fs::read_to_string(format!("{folder}/stat"))?, fs::read_to_string(format!("{folder}/io"))?);
        // Behind the name, which may have spaces, user and system time are the 12th and 13th value, in hundredths of a
        // second.
        let times = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(2);
        let ticks: u64 = times.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        let written = io.lines().find_map(|line| line.strip_prefix("write_bytes: ")?.parse().ok());
        let cpu = Duration::from_millis(ticks * 10);
        Ok(Usage { cpu, written: written.unwrap_or_default() })
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(Some(_)))
    }
}

/// Killing it is dropping it.
impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Becomes a program that is killed when the parent of this process ends. Returns only if that fails.
pub(crate) fn become_program(program: &[OsString]) -> Failure {
    let Some((program, args)) = program.split_first() else { return "no program".into() };
    if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
        return error.into();
    }
    // The parent may have ended before that.
    if getppid().is_none_or(Pid::is_init) {
        return "the test has ended".into();
    }
    Command::new(program).args(args).exec().into()
}
