//! The supervisor: watches a command from a thread of its own, so that a signal or the time limit ends the process
//! whatever the command waits for: stdin, a lock, a file, or a reader of stdout or stderr that does not read.

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use pipefit::{Code, Error, Runtime};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{event_loop, exit};

/// How long a write that was sent waits for its response after a signal. A second signal ends the wait.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// How long the readers of stdout and stderr are waited for once the command was stopped.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What the supervisor and the command share.
pub(crate) struct Command {
    stage: Mutex<Stage>,
    /// When the command stops waiting for the reader of stdout.
    stop_at: watch::Sender<Option<Instant>>,
}

/// How far the command has come.
enum Stage {
    /// Nothing was sent yet.
    Preparing,
    /// Requests may be sent by this runtime. Whether they may write is known.
    Running { runtime: Runtime, writes: bool },
    /// Nothing was sent, and nothing may be sent.
    Stopped,
}

/// Runs a command until it is done, or until a signal or the time limit ends it. Returns its exit status. An error is
/// handed to `report`.
pub(crate) fn run(
    time_limit: Duration,
    work: impl FnOnce(&Command) -> Result<u8, Error>,
    report: impl FnOnce(&Error) + Send + 'static,
) -> ExitCode {
    let deadline = Instant::now() + time_limit;
    let command = Arc::new(Command { stage: Mutex::new(Stage::Preparing), stop_at: watch::Sender::new(None) });
    // Whoever takes it ends the process.
    let report = Arc::new(Mutex::new(Some(report)));
    let watched = event_loop().and_then(|event_loop| {
        // Signals are caught before the work begins.
        let signals = event_loop.block_on(async { Signals::catch() });
        let (command, report) = (Arc::clone(&command), Arc::clone(&report));
        spawn(move || {
            let error = event_loop.block_on(command.stopped(signals, deadline));
            let taken = locked(&report).take();
            if let Some(report) = taken {
                std::process::exit(command.end(Err(error), report).into());
            }
        })
    });
    let outcome = watched.and_then(|()| {
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| work(&command)));
        outcome.unwrap_or_else(|_| Err(Error::internal("a panic; see stderr for its location")))
    });
    let taken = locked(&report).take();
    match taken {
        Some(report) => ExitCode::from(command.end(outcome, report)),
        // The supervisor is about to end the process.
        None => loop {
            thread::park();
        },
    }
}

/// Reports an error, on a thread that is left behind if the readers of stdout and stderr do not read.
fn tell(error: Error, report: impl FnOnce(&Error) + Send + 'static, patience: Duration) {
    let (done, told) = std::sync::mpsc::channel();
    let spawned = spawn(move || {
        report(&error);
        let _ = done.send(());
    });
    if spawned.is_ok() {
        let _ = told.recv_timeout(patience);
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    let spawned = thread::Builder::new().spawn(work);
    spawned.map(drop).map_err(|error| Error::new(Code::Internal, format!("cannot start a thread: {error}")))
}

impl Command {
    /// Notes that the runtime is about to send an invocation. Fails if the command was stopped before.
    pub(crate) fn begin(&self, runtime: &Runtime, writes: bool) -> Result<(), Error> {
        let mut stage = self.stage();
        if matches!(*stage, Stage::Stopped) {
            return Err(stopped(Code::Cancelled));
        }
        *stage = Stage::Running { runtime: runtime.clone(), writes };
        Ok(())
    }

    /// Waits until stdout need not be waited for any more.
    pub(crate) fn given_up(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut updates = self.stop_at.subscribe();
        async move {
            loop {
                let stop_at = *updates.borrow_and_update();
                match stop_at {
                    None => drop(updates.changed().await),
                    // A second signal may come before.
                    Some(at) if timeout_at(at, updates.changed()).await.is_err() => return,
                    Some(_) => {}
                }
            }
        }
    }

    /// Reports an error, if that is the outcome, and returns the exit status.
    fn end(&self, outcome: Result<u8, Error>, report: impl FnOnce(&Error) + Send + 'static) -> u8 {
        outcome.unwrap_or_else(|error| {
            let status = exit::status(error.code());
            tell(error, report, if self.is_stopping() { LAST_WORDS } else { GRACE });
            status
        })
    }

    /// Stops the command at a signal or the deadline. Returns the error of a command that is not waited for any more.
    async fn stopped(&self, mut signals: Signals, deadline: Instant) -> Error {
        let (mut stopped_by, mut end) = (None, deadline);
        loop {
            let (code, grace) = tokio::select! {
                biased;
                () = signals.next() => (Code::Cancelled, if stopped_by.is_none() { GRACE } else { Duration::ZERO }),
                () = sleep_until(end) => match stopped_by {
                    Some(code) => return self.abandoned(code),
                    None => (Code::Timeout, Duration::ZERO),
                },
            };
            let now = Instant::now();
            let latest = (now + grace).min(deadline.max(now)) + LAST_WORDS;
            let (first, patience) = stopped_by.map_or((code, LAST_WORDS), |first| (first, Duration::ZERO));
            if let Err(error) = self.stop(first, grace, patience) {
                return error;
            }
            end = if stopped_by.is_none() { latest } else { end.min(latest) };
            stopped_by = Some(first);
        }
    }

    /// Stops the command. Fails if nothing was sent yet, so that there is nothing to wait for.
    fn stop(&self, code: Code, grace: Duration, patience: Duration) -> Result<(), Error> {
        self.stop_at.send_replace(Some(Instant::now() + patience));
        let mut stage = self.stage();
        match &*stage {
            // The runtime has the same deadline and reports it.
            Stage::Running { .. } if code == Code::Timeout => Ok(()),
            Stage::Running { runtime, .. } => {
                runtime.shut_down(grace);
                Ok(())
            }
            Stage::Preparing | Stage::Stopped => {
                *stage = Stage::Stopped;
                Err(stopped(code))
            }
        }
    }

    /// The error of a command that did not stop in time.
    fn abandoned(&self, code: Code) -> Error {
        match &*self.stage() {
            Stage::Running { writes: true, .. } => {
                let message = "stopped during a write; it may or may not have happened";
                Error::new(Code::OutcomeUnknown, message)
            }
            _ => stopped(code),
        }
    }

    fn is_stopping(&self) -> bool {
        self.stop_at.borrow().is_some()
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        locked(&self.stage)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stopped(code: Code) -> Error {
    let message = match code {
        Code::Timeout => "the time limit was reached before the command finished",
        _ => "stopped before the command finished",
    };
    Error::new(code, message)
}

/// Ctrl-C and termination signals.
#[cfg(unix)]
pub(crate) struct Signals([Option<tokio::signal::unix::Signal>; 2]);

#[cfg(unix)]
impl Signals {
    /// Catches the signals from now on. One that cannot be caught ends the process.
    pub(crate) fn catch() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self([SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok()))
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        let [interrupt, terminate] = self.0.each_mut().map(|signal| async move {
            if let Some(signal) = signal
                && signal.recv().await.is_some()
            {
                return;
            }
            std::future::pending::<()>().await;
        });
        tokio::select! {
            () = interrupt => {}
            () = terminate => {}
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn catch() -> Self {
        Self
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
