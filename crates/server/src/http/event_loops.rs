//! Event loops: each has a thread, and what begins in one stays there.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// How long the end of an event loop is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// The event loop of the caller and others beside it, each with a thread of its own. Dropping this ends the others,
/// with all that runs in them.
pub(super) struct EventLoops(Vec<EventLoop>);

struct EventLoop {
    handle: Handle,
    /// A clone for each task.
    tasks: Arc<()>,
    /// None for that of the caller.
    thread: Option<Thread>,
}

struct Thread {
    /// Dropping it ends the event loop.
    end: oneshot::Sender<Infallible>,
    /// Disconnected once all that ran in the event loop is dropped.
    ended: mpsc::Receiver<Infallible>,
}

impl EventLoops {
    /// Starts so many, that of the caller among them. Fails if the system does not allow another thread.
    pub(super) fn start(count: usize) -> io::Result<Self> {
        let own = EventLoop { handle: Handle::current(), tasks: Arc::default(), thread: None };
        let others = (1..count).map(|_| EventLoop::start());
        std::iter::once(Ok(own)).chain(others).collect::<io::Result<_>>().map(Self)
    }

    /// Runs a task in the event loop that has the fewest.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(idlest) = self.0.iter().min_by_key(|it| Arc::strong_count(&it.tasks)) {
            let counted = Arc::clone(&idlest.tasks);
            idlest.handle.spawn(async move {
                task.await;
                drop(counted);
            });
        }
    }
}

impl EventLoop {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (end, until) = oneshot::channel();
        let (alive, ended) = mpsc::channel();
        thread::Builder::new().name("pipefit-http".to_owned()).spawn(move || {
            let _ = runtime.block_on(until);
            // A file that does not open must not keep the thread.
            runtime.shutdown_background();
            drop(alive);
        })?;
        Ok(Self { handle, tasks: Arc::default(), thread: Some(Thread { end, ended }) })
    }
}

impl Drop for EventLoops {
    /// Waits a moment, so that what is dropped with the event loops is logged before the process ends.
    fn drop(&mut self) {
        let threads = self.0.drain(..).filter_map(|it| it.thread);
        let (ends, threads): (Vec<_>, Vec<_>) = threads.map(|thread| (thread.end, thread.ended)).unzip();
        drop(ends);
        let until = Instant::now() + PATIENCE;
        for ended in threads {
            let _ = ended.recv_timeout(until.saturating_duration_since(Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread::ThreadId;

    use tokio::sync::mpsc;

    use super::{EventLoops, thread};

    #[tokio::test]
    async fn tasks_are_spread_and_end_with_their_event_loop() {
        let loops = EventLoops::start(3).expect("threads");
        let (started, mut threads) = mpsc::unbounded_channel::<ThreadId>();
        for _ in 0..6 {
            let started = started.clone();
            loops.spawn(async move {
                let _ = started.send(thread::current().id());
                std::future::pending::<()>().await;
                drop(started);
            });
        }
        let mut seen = Vec::new();
        for _ in 0..6 {
            seen.push(threads.recv().await.expect("a task started"));
        }
        let count = |thread: &ThreadId| seen.iter().filter(|own| *own == thread).count();
        let distinct: HashSet<_> = seen.iter().collect();
        assert_eq!((distinct.len(), count(&thread::current().id())), (3, 2), "{seen:?}");
        assert!(distinct.iter().all(|thread| count(thread) == 2), "{seen:?}");
        drop((loops, started));
        // Those of this event loop go on.
        assert_eq!(threads.sender_strong_count(), 2);
    }

    #[tokio::test]
    async fn a_panic_ends_its_task_alone() {
        let loops = EventLoops::start(2).expect("threads");
        let (done, mut results) = mpsc::unbounded_channel();
        for number in 0..8 {
            let done = done.clone();
            loops.spawn(async move {
                assert!(number % 2 == 0, "an odd one");
                let _ = done.send(number);
            });
        }
        drop(done);
        let mut ended = Vec::new();
        while let Some(number) = results.recv().await {
            ended.push(number);
        }
        ended.sort_unstable();
        assert_eq!(ended, [0, 2, 4, 6]);
    }
}
