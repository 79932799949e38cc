//! Operations: what an invocation does once it was checked.

use std::sync::Arc;

use jiff::Timestamp;
use pipefit_component::{
    Action, Changes, Code, Error, FETCH_ALL, Inputs, ListEndpoint, Output, Poll, Polling, Request, Response, Result,
    Transport, Trigger, Unit,
};
use serde_json::Value;
use tokio::sync::Mutex;

use super::creation::CreateOnce;
use super::dry_run;
use crate::lists::picklist::PicklistQuery;
use crate::lists::{self, LocalSort, PageSource, Pages, Sequential};
use crate::replies::{ChangedRecords, Reply, ResponseHead, content};
use crate::transport::Session;
use crate::triggers::FeedPoll;

/// The operation that an invocation performs. Boxed, since it is passed on several times.
pub(crate) enum Operation {
    /// An action: one request, or all pages of a list.
    Request(Box<ActionRequest>),
    /// A data source, and the request for its first page.
    Picklist(Box<(PicklistQuery, Request)>),
    /// A poll of lists.
    Feed(Box<FeedPoll>),
    /// A poll that the component implements itself.
    Custom(Box<CustomPoll>),
}

pub(crate) struct CustomPoll {
    poll: &'static dyn Poll,
    inputs: Inputs,
    state: Option<Value>,
}

pub(crate) struct ActionRequest {
    action: &'static dyn Action,
    request: Request,
    /// Whether the whole list is read.
    whole: bool,
    /// The requested order, if the service does not sort the list.
    sort: Option<LocalSort>,
    /// How the record is created only once, and the lock of its key.
    once: Option<(CreateOnce, Arc<Mutex<()>>)>,
}

impl Operation {
    /// Builds the requests of a unit from its checked inputs and, for a trigger, the state of the last poll.
    pub(super) fn prepare(unit: Unit, inputs: Inputs, state: Option<Value>, now: Timestamp) -> Result<Self> {
        match unit {
            Unit::Action(action) => Ok(Self::Request(Box::new(ActionRequest::prepare(action, inputs)?))),
            Unit::DataSource(source) => Ok(Self::Picklist(Box::new(PicklistQuery::prepare(source, inputs)?))),
            Unit::Trigger(trigger) => Self::poll(trigger, inputs, state, now),
            _ => Err(Error::internal("this runtime does not support this kind of unit")),
        }
    }

    fn poll(trigger: &'static dyn Trigger, inputs: Inputs, state: Option<Value>, now: Timestamp) -> Result<Self> {
        match trigger.polling() {
            Polling::Feeds(feeds) => Ok(Self::Feed(Box::new(FeedPoll::prepare(feeds, &inputs, state, now)?))),
            Polling::Custom(poll) => Ok(Self::Custom(Box::new(CustomPoll { poll, inputs, state }))),
            _ => Err(Error::internal("this runtime does not support this kind of polling")),
        }
    }

    /// Binds the state of a trigger to an account. Fails if the state is another account's.
    pub(super) fn of_account(self, account: &str) -> Result<Self> {
        match self {
            Self::Feed(poll) => Ok(Self::Feed(Box::new(poll.of_account(account)?))),
            operation => Ok(operation),
        }
    }

    /// The request of an action.
    pub(super) fn request(&self) -> Option<&Request> {
        match self {
            Self::Request(action) => Some(&action.request),
            _ => None,
        }
    }

    /// Makes a creation happen only once for this key. `lock` returns the lock of what identifies it.
    pub(super) fn create_once(
        &mut self,
        key: String,
        application_id: Option<&str>,
        lock: impl FnOnce([&str; 3]) -> Arc<Mutex<()>>,
    ) -> Result<()> {
        let Self::Request(action) = self else {
            let message = "`idempotencyKey` is only possible for an action that creates a record";
            return Err(Error::new(Code::InvalidRequest, message));
        };
        let once = CreateOnce::prepare(&mut action.request, key, application_id)?;
        let lock = lock(once.identity());
        action.once = Some((once, lock));
        Ok(())
    }

    /// Whether it reads the entries of a data source.
    pub(super) fn is_picklist(&self) -> bool {
        matches!(self, Self::Picklist(_))
    }

    /// Whether it happens only once for its key.
    pub(super) fn is_idempotent(&self) -> bool {
        matches!(self, Self::Request(action) if action.once.is_some())
    }

    /// Returns the action and request of a list whose pages can be written as they arrive, or `None` if the reply must
    /// be complete before it can be written.
    pub(super) fn streamable_list(&self) -> Option<(&'static dyn Action, Request)> {
        match self {
            Self::Request(request) if request.whole && request.sort.is_none() => {
                Some((request.action, request.request.clone()))
            }
            _ => None,
        }
    }

    /// Whether the list is sorted here, once it was read to its end.
    pub(super) fn is_sorted_here(&self) -> bool {
        matches!(self, Self::Request(action) if action.sort.is_some())
    }

    /// Returns the list whose page the reply contains, if it does.
    pub(super) fn list(&self) -> Option<&'static ListEndpoint> {
        self.request()?.output.list()
    }

    /// Describes the first request, with secrets masked.
    pub(crate) fn describe(&self, session: &Session) -> Result<Value> {
        let request = match self {
            Self::Request(action) => action.first_request(session)?,
            Self::Picklist(query) => Sequential::new(source(session, None), query.1.clone())?.first_request(),
            Self::Feed(poll) => poll.first_request()?,
            Self::Custom(custom) => custom.poll.request(&custom.inputs, custom.state.as_ref())?,
        };
        dry_run::describe(&request, session)
    }

    /// Performs the operation. With `debug`, the reply may include the status and headers of the response.
    pub(crate) async fn run(self, session: &Session, debug: bool) -> Result<Reply> {
        match self {
            Self::Request(action) => action.run(session, debug).await,
            // Boxed, so that what most invocations do not need makes none of them larger.
            Self::Picklist(query) => {
                let (query, request) = *query;
                Box::pin(query.read(session, request)).await
            }
            Self::Feed(poll) => Box::pin(poll.run(session)).await.map(poll_reply),
            Self::Custom(custom) => {
                let CustomPoll { poll, inputs, state } = *custom;
                poll.poll(session, inputs, state, session.now()).await.map(poll_reply)
            }
        }
    }
}

impl ActionRequest {
    fn prepare(action: &'static dyn Action, inputs: Inputs) -> Result<Self> {
        let whole = inputs.flag(&FETCH_ALL);
        let mut request = action.request(inputs)?;
        let sort = LocalSort::take_from(&mut request)?;
        lists::check_order(&mut request)?;
        Ok(Self { action, whole: whole && request.list.is_some(), request, sort, once: None })
    }

    fn first_request(&self, session: &Session) -> Result<Request> {
        let request = self.request.clone();
        let pages = match self.sort {
            Some(_) => LocalSort::pages(source(session, None), request)?,
            None if self.whole => Pages::all(source(session, None), request)?,
            None => return Ok(request),
        };
        Ok(pages.first_request())
    }

    async fn run(self: Box<Self>, transport: &dyn Transport, debug: bool) -> Result<Reply> {
        let Self { action, request, whole, sort, once } = &*self;
        let (output, read) = (request.output, request.is_read());
        if let Some((once, lock)) = once {
            let (response, existing) = Box::pin(once.run(*action, transport, request, Arc::clone(lock))).await?;
            return Ok(data_reply(output, response, read, debug)?.with_existing(existing));
        }
        let source = source(transport, Some(*action));
        let response = match sort {
            Some(sort) => Box::pin(sort.read(source, request.clone(), *whole)).await,
            None if *whole => Box::pin(lists::read_all(source, request.clone())).await,
            None => action.reply(request, transport.send(request).await),
        };
        data_reply(output, response?, read, debug)
    }
}

fn source<'a>(transport: &'a dyn Transport, action: Option<&'a dyn Action>) -> PageSource<'a> {
    PageSource { transport, action, observer: None }
}

fn poll_reply(changes: Changes) -> Reply {
    let data = ChangedRecords { created: changes.created, updated: changes.updated };
    Reply::Poll { data, skipped: changes.skipped, state: changes.state, more: changes.more }
}

fn data_reply(output: Output, response: Response, read: bool, debug: bool) -> Result<Reply> {
    let head = (debug && matches!(output, Output::Any)).then(|| ResponseHead::of(&response));
    let layout = output.list().map(|list| list.layout);
    match content::data(output, response) {
        Ok(data) => Ok(Reply::data_of(data, head, layout)),
        Err(error) if read => Err(error),
        Err(error) => {
            let message = crate::transport::accepted_write(error.message());
            Err(error.with_message(message))
        }
    }
}
