//! Prepared invocations: everything is checked, and nothing was sent.

use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::task::Poll;

use pipefit_component::{Code, Effect, Error, ListEndpoint, Registered, Request, Result, UnitKind};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use super::creation::CreateOnce;
use super::verification::Verifier;
use super::{InvocationHandle, Operation};
use crate::lists::{self, ListPage, ListPosition, PageSource, RawRecord, RecordSender, RecordStream, ReplyWriter};
use crate::replies::{Reply, Verification, opening};
use crate::runtime::Watcher;
use crate::telemetry::Observed;
use crate::transport::Session;

/// A checked invocation that was not sent yet: its inputs are valid, the policy allows it, and its request is built. An
/// engine can note that it begins before it sends it.
#[must_use = "a prepared invocation does nothing until it is sent"]
pub struct PreparedInvocation(pub(super) Box<Prepared>);

/// What a prepared invocation is made of. Boxed, since it is passed on several times.
pub(super) struct Prepared {
    pub(super) id: Option<Value>,
    pub(super) session: Session,
    pub(super) task: Task,
}

/// What a prepared invocation does.
pub(super) struct Task {
    pub(super) entry: Registered,
    pub(super) operation: Operation,
    /// Reads the record back after it was written.
    pub(super) verifier: Option<Box<Verifier>>,
    pub(super) dry_run: bool,
    /// Whether the reply may include the status and headers of the response.
    pub(super) debug: bool,
    pub(super) watcher: Watcher,
}

impl fmt::Debug for PreparedInvocation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (component, unit) = (self.component(), self.unit());
        out.debug_struct("PreparedInvocation")
            .field("component", &component)
            .field("unit", &unit)
            .finish_non_exhaustive()
    }
}

impl PreparedInvocation {
    /// The id of the invocation, if it has one.
    pub fn id(&self) -> Option<&Value> {
        self.0.id.as_ref()
    }

    /// The tenant of the service, if its component says which it is.
    pub fn tenant(&self) -> Option<&str> {
        self.0.session.account().target.tenant.as_deref()
    }

    /// The key of the component.
    pub fn component(&self) -> &'static str {
        self.0.task.entry.component.key
    }

    /// The kind of the unit.
    pub fn kind(&self) -> UnitKind {
        self.0.task.entry.unit.kind()
    }

    /// The key of the unit.
    pub fn unit(&self) -> &'static str {
        self.0.task.entry.unit.about().key
    }

    /// What sending it does. For an action that may send any request, this is what its request does.
    pub fn effect(&self) -> Effect {
        self.0.task.effect()
    }

    /// When it must be finished.
    pub fn deadline(&self) -> Instant {
        self.0.session.deadline()
    }

    /// Whether sending it asks the service to change something.
    pub fn writes(&self) -> bool {
        self.0.task.writes()
    }

    /// Whether its reply has records: of a page, of a whole list, or the entries of a data source.
    pub fn returns_list(&self) -> bool {
        !self.is_dry_run() && (self.list().is_some() || self.0.task.operation.is_picklist())
    }

    /// The list whose records its reply has; `None` for the entries of a data source, and for anything else.
    pub fn list(&self) -> Option<&'static ListEndpoint> {
        self.0.task.operation.list()
    }

    /// Whether sending it only describes its first request.
    pub fn is_dry_run(&self) -> bool {
        self.0.task.dry_run
    }

    /// Returns the first request that would be sent, with secrets masked: `method`, `url`, `headers` and, if it has
    /// one, `body`.
    pub fn request(&self) -> Result<Value> {
        self.0.task.operation.describe(&self.0.session)
    }

    /// Waits for all that its first request waits for: an access token, and the rate limit of the account. If it is
    /// sent within 250 milliseconds, that request does not wait again. An engine can so wait before it notes that a
    /// write begins: what waits is certainly not sent.
    pub async fn reserve(&self) -> Result<()> {
        let reserved = async {
            self.0.session.authenticate().await?;
            self.0.session.reserve().await
        };
        self.0.session.until_deadline(reserved).await
    }

    /// Sends it and returns its reply. If this future is dropped, nobody learns what became of a write:
    /// [`spawn`](Self::spawn) and [`Cancellation`](crate::Cancellation) avoid that.
    pub async fn send(self) -> Result<Reply> {
        // What a box holds is moved out of it only where that is needed: it is large.
        let prepared = self.0;
        let observed = prepared.task.observed(&prepared.session);
        observed.run(Box::pin(prepared.task.perform(&prepared.session))).await
    }

    /// Sends it in a task of its own, which goes on if the caller does not wait. Panics outside of an event loop.
    pub fn spawn(mut self) -> InvocationHandle {
        let cancellation = self.0.session.own_cancellation();
        InvocationHandle::spawn(self.send(), cancellation)
    }

    /// Sends it and writes its reply as JSON text. A whole list is written as its pages arrive, so that memory use does
    /// not depend on its length. After an error, the output is incomplete JSON. If the reply of a write cannot be
    /// written, the error is `outcome_unknown` and says that the write was done. The id of the invocation comes first.
    pub async fn send_to(self, out: &mut ReplyWriter<'_>) -> Result<()> {
        let before = opening(self.id());
        let prepared = self.0;
        let observed = prepared.task.observed(&prepared.session);
        observed.run(Box::pin(prepared.task.write_reply(&prepared.session, &before, out))).await
    }

    /// Sends it and returns its reply as JSON text. The id of the invocation comes first. A whole list is held in
    /// memory.
    pub async fn send_as_json(self) -> Result<String> {
        let before = opening(self.id());
        self.send().await.map(|reply| joined(&before, &reply))
    }

    /// Sends it and writes the records of its list as JSON text, one to a line: those of a page, of a whole list, or
    /// the entries of a data source. A whole list is written as its pages arrive. Any other reply is one line, as
    /// [`send_to`](Self::send_to) writes it. Returns whether the list has more records than were written.
    pub async fn send_records_to(self, out: &mut ReplyWriter<'_>) -> Result<bool> {
        let Prepared { id, session, task } = *self.0;
        let before = opening(id.as_ref());
        task.observed(&session).run(Box::pin(task.write_records(&session, &before, out))).await
    }

    /// Reads one page of a whole list, an action with `fetchAll`: the one after this position or, without one, the
    /// first. So a program can store where it stands, and go on later or in another process. Nothing is lost or
    /// repeated as in a list that is read at once; of a list that is not in the order of ids, records that move while
    /// it is read may be. Fails if the unit is none, or if its list is sorted here.
    pub async fn page_after(self, position: Option<&ListPosition>) -> Result<ListPage> {
        let Prepared { session, task, .. } = *self.0;
        let read = async {
            let (source, request) = task.whole_list(&session)?;
            session.until_deadline(lists::read_page(source, request, position)).await
        };
        task.observed(&session).run(Box::pin(read)).await
    }

    /// Reads a page again that [`page_after`](Self::page_after) read after the first position and that ended at the
    /// second. Returns those of its records that are still there.
    pub async fn page_again(self, after: Option<&ListPosition>, page: &ListPosition) -> Result<Vec<RawRecord>> {
        let Prepared { session, task, .. } = *self.0;
        let read = async {
            let (source, request) = task.whole_list(&session)?;
            session.until_deadline(lists::read_again(source, request, after, page)).await
        };
        task.observed(&session).run(Box::pin(read)).await
    }

    /// Sends it and returns the records of its list one by one: those of a page, of a whole list, or the entries of a
    /// data source. Pages are requested while the stream is polled, and only a few ahead, so that memory use does not
    /// depend on the length of the list. Fails if the unit returns no list.
    pub fn into_records(self) -> Result<RecordStream> {
        if !self.returns_list() {
            return Err(Error::new(Code::InvalidRequest, format!("`{}` does not return a list", self.unit())));
        }
        let Prepared { session, task, .. } = *self.0;
        Ok(RecordStream::new(async move |sender| {
            let observed = task.observed(&session);
            observed.run(Box::pin(task.send_records(&session, &sender))).await
        }))
    }
}

impl Task {
    pub(super) fn effect(&self) -> Effect {
        let declared = self.entry.unit.about().effect;
        match self.operation.request().map(Request::effect) {
            Some(effect) if effect.is_read() || declared.is_read() => effect,
            _ => declared,
        }
    }

    fn writes(&self) -> bool {
        !self.dry_run && self.operation.request().is_some_and(|request| !request.is_read())
    }

    fn observed<'a>(&self, session: &'a Session) -> Observed<'a> {
        Observed::new(self.entry, self.effect(), session)
    }

    /// Performs the operation until the deadline of the session, or describes its first request.
    async fn perform(self, session: &Session) -> Result<Reply> {
        if self.dry_run {
            return Ok(Reply::DryRun { dry_run: true, data: self.operation.describe(session)? });
        }
        ready_tasks().await;
        let is_idempotent = self.operation.is_idempotent();
        let outcome = session.until_deadline(self.operation.run(session, self.debug)).await;
        let reply = outcome.map_err(|error| if is_idempotent { CreateOnce::explain(error) } else { error })?;
        let (Some(verifier), Reply::Data { data, .. }) = (self.verifier, &reply) else { return Ok(reply) };
        // The write was done, whatever becomes of the verification.
        let verification = session.until_deadline(async { Ok(verifier.verify(session, data).await) }).await;
        Ok(reply.verified(verification.unwrap_or_else(Verification::failed)))
    }

    async fn write_reply(self, session: &Session, before: &str, out: &mut ReplyWriter<'_>) -> Result<()> {
        if let Some((source, request)) = self.streamable_list(session) {
            let written = async {
                lists::write_reply(source, request, before, out).await?;
                finish("", out).await
            };
            return session.until_deadline(written).await;
        }
        let writes = self.writes();
        let reply = self.perform(session).await?;
        let text = joined(before, &reply);
        let written = session.until_deadline(finish(&text, out)).await;
        written.map_err(|error| if writes { done_without_reply(&error) } else { error })
    }

    async fn write_records(self, session: &Session, before: &str, out: &mut ReplyWriter<'_>) -> Result<bool> {
        if let Some((source, request)) = self.streamable_list(session) {
            return session.until_deadline(lists::write_records(source, request, out)).await.map(|()| false);
        }
        let writes = self.writes();
        let reply = self.perform(session).await?;
        let written = async {
            let Some((records, more)) = reply.page()? else {
                return finish(&(joined(before, &reply) + "\n"), out).await.map(|()| false);
            };
            for record in records.each() {
                lists::write_line(record, out).await?;
            }
            finish("", out).await.map(|()| more)
        };
        let written = session.until_deadline(written).await;
        written.map_err(|error| if writes { done_without_reply(&error) } else { error })
    }

    async fn send_records(self, session: &Session, sender: &RecordSender) -> Result<()> {
        if let Some((source, request)) = self.streamable_list(session) {
            return session.until_deadline(lists::send_records(source, request, sender)).await;
        }
        if let Some((records, more)) = self.perform(session).await?.page()? {
            sender.send(records, more).await;
        }
        Ok(())
    }

    /// Returns the pages of a whole list and its request. Fails if it is none that can be read in parts.
    fn whole_list<'a>(&'a self, session: &'a Session) -> Result<(PageSource<'a>, Request)> {
        self.streamable_list(session).ok_or_else(|| {
            let unit = self.entry.unit.about().key;
            let why = if self.operation.is_sorted_here() {
                "the service does not sort its list, so leave the order out"
            } else {
                "that needs an action that returns a list, with `fetchAll`"
            };
            Error::new(Code::InvalidRequest, format!("`{unit}` cannot be read page by page: {why}"))
        })
    }

    /// Returns the pages of a list that can be passed on as they arrive, and its request, if it is one.
    fn streamable_list<'a>(&'a self, session: &'a Session) -> Option<(PageSource<'a>, Request)> {
        let (action, request) = self.operation.streamable_list().filter(|_| !self.dry_run)?;
        Some((self.watcher.source(session, action), request))
    }
}

/// Returns a reply as JSON text with the id of the invocation.
fn joined(before: &str, reply: &Reply) -> String {
    let reply = reply.to_json();
    // Most have none.
    if before == "{" { reply } else { [before, reply.trim_start_matches('{')].concat() }
}

/// Writes the rest of a reply.
async fn finish(rest: &str, out: &mut ReplyWriter<'_>) -> Result<()> {
    let written = async {
        out.write_all(rest.as_bytes()).await?;
        out.flush().await
    };
    written.await.map_err(lists::not_written)
}

/// The error of a write whose reply did not reach the caller.
fn done_without_reply(error: &Error) -> Error {
    let message = format!("the write was done and must not be sent again: {}", error.message());
    Error::new(Code::OutcomeUnknown, message)
}

/// Lets the tasks that are ready now go on first. What they send is then written in one go, for which the service is
/// woken once.
async fn ready_tasks() {
    let mut have_run = false;
    poll_fn(|context| {
        if mem::replace(&mut have_run, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
