//! The runtime and its builder.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pipefit_component::{Action, CONNECTION, Catalog, Code, Component, Error, PageLayout, Result};
use serde_json::{Map, Value};
use tokio::io::AsyncWriteExt;

use crate::doctor::{self, Diagnosis};
use crate::invocation::{
    self, Account, ConnectionResolver, Connections, Invocation, Policy, PreparedInvocation, Validators,
    component_named, only_component,
};
use crate::lists::{self, Observer, Page, PageSource, Progress, ReplyWriter};
use crate::replies::{Reply, opening};
use crate::transport::{Limits, Retries, Session, SharedState, TokenCache};

/// How long one response may take.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(100);

/// How long a whole invocation may take.
const TIMEOUT: Duration = Duration::from_mins(10);

/// The maximum number of bytes of one response.
const RESPONSE_LIMIT: usize = 256 * 1024 * 1024;

/// Runs units. It can be used by many tasks at the same time.
#[derive(Debug)]
pub struct Runtime {
    pub(crate) catalog: Catalog,
    pub(crate) connections: Connections,
    pub(crate) validators: Validators,
    pub(crate) policy: Policy,
    /// The ids under which services keep data of the operator's integration, by the key of the component.
    pub(crate) application_ids: BTreeMap<String, String>,
    shared: SharedState,
    timeout: Duration,
    observer: Watcher,
}

/// Builds a [`Runtime`].
#[derive(Debug, Default)]
pub struct Builder {
    catalog: Option<Catalog>,
    connections: Connections,
    api_urls: BTreeMap<String, String>,
    token_urls: BTreeMap<String, String>,
    application_ids: BTreeMap<String, String>,
    timeout: Option<Duration>,
    response_timeout: Option<Duration>,
    response_limit: Option<usize>,
    retries: Retries,
    requests_per_second: Option<u32>,
    token_cache: Option<PathBuf>,
    policy: Policy,
    observer: Watcher,
}

impl Builder {
    /// Sets the units that can be run. The default is all units that are linked into the program.
    pub fn catalog(self, catalog: Catalog) -> Self {
        Self { catalog: Some(catalog), ..self }
    }

    /// Adds a connection object that requests may refer to by this name.
    pub fn connection(mut self, name: impl Into<String>, connection: Value) -> Self {
        self.connections.named.insert(name.into(), connection);
        self
    }

    /// Sets what completes a connection that was added by name, such as by reading its secrets from a vault. It is
    /// called with the name and the members whenever the connection is used, and never for one inside a request.
    pub fn resolve_connections(
        mut self,
        resolve: impl Fn(&str, Map<String, Value>) -> Result<Map<String, Value>> + Send + Sync + 'static,
    ) -> Self {
        self.connections.resolver = Some(ConnectionResolver(Arc::new(resolve)));
        self
    }

    /// Adds the connection object, or name, for requests that have none. If there are several, the last one that
    /// belongs to the component of the request is used.
    pub fn default_connection(mut self, connection: Value) -> Self {
        self.connections.defaults.push(connection);
        self
    }

    /// Adds the connection object, or name, for all requests to its component. It replaces their own.
    pub fn force_connection(mut self, connection: Value) -> Self {
        self.connections.forced.push(connection);
        self
    }

    /// Replaces the URL of this component's API. If its connections need tokens, [`token_url`](Self::token_url) must be
    /// set too.
    pub fn api_url(mut self, component: impl Into<String>, url: impl Into<String>) -> Self {
        self.api_urls.insert(component.into(), url.into());
        self
    }

    /// Replaces the URL of this component's token endpoint. [`api_url`](Self::api_url) must be set too.
    pub fn token_url(mut self, component: impl Into<String>, url: impl Into<String>) -> Self {
        self.token_urls.insert(component.into(), url.into());
        self
    }

    /// Sets the id under which this component's service keeps data of the host's integration, idempotency keys among
    /// it.
    pub fn application_id(mut self, component: impl Into<String>, id: impl Into<String>) -> Self {
        self.application_ids.insert(component.into(), id.into());
        self
    }

    /// Sets how long an invocation may take. The default is 10 minutes.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// Sets how long one response may take. The default is 100 seconds.
    pub fn response_timeout(self, timeout: Duration) -> Self {
        Self { response_timeout: Some(timeout), ..self }
    }

    /// Sets the maximum number of bytes of one response. The default is 256 MiB.
    pub fn response_limit(self, bytes: usize) -> Self {
        Self { response_limit: Some(bytes), ..self }
    }

    /// Sets how many times, and for how long, a request is tried.
    pub fn retries(self, retries: Retries) -> Self {
        Self { retries, ..self }
    }

    /// Sets the maximum number of requests per second for each account. The default is the limit that the component
    /// declares. 0 and a value above 1000 mean no limit.
    pub fn requests_per_second(self, requests: u32) -> Self {
        Self { requests_per_second: Some(requests), ..self }
    }

    /// Caches access tokens in this folder, for processes that run one invocation each; they share the rate limit of an
    /// account there, too. The folder is created if it does not exist; only its owner may have access. The default is
    /// no cache.
    pub fn token_cache(self, folder: impl Into<PathBuf>) -> Self {
        Self { token_cache: Some(folder.into()), ..self }
    }

    /// Sets what is told of the progress of a whole list that is written as its pages arrive: after each page.
    pub fn on_progress(self, observe: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self { observer: Watcher(Some(Arc::new(observe))), ..self }
    }

    /// Sets which units may be run. The default is all units.
    pub fn policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// Builds the runtime. Fails if a URL is not safe for credentials, if only one of a component's two URLs is set, or
    /// if the policy or a URL refers to an unknown unit or component.
    pub fn build(self) -> Result<Runtime> {
        let catalog = self.catalog.unwrap_or_else(Catalog::registered);
        let mut connections = self.connections;
        for (component, url) in &self.api_urls {
            connections.hosts.entry(component.clone()).or_default().set_api_url(url)?;
        }
        for (component, url) in &self.token_urls {
            connections.hosts.entry(component.clone()).or_default().set_token_url(url)?;
        }
        for (component, hosts) in &connections.hosts {
            hosts.ensure_whole(component_named(&catalog, component)?)?;
        }
        for component in self.application_ids.keys() {
            component_named(&catalog, component)?;
        }
        let limits = Limits {
            retries: self.retries,
            requests_per_second: self.requests_per_second,
            response_timeout: self.response_timeout.unwrap_or(RESPONSE_TIMEOUT),
            response_limit: self.response_limit.unwrap_or(RESPONSE_LIMIT),
        };
        Ok(Runtime {
            policy: self.policy.resolve(&catalog)?,
            catalog,
            connections,
            application_ids: self.application_ids,
            validators: Validators::default(),
            shared: SharedState::new(limits, self.token_cache.map(TokenCache::new)),
            timeout: self.timeout.unwrap_or(TIMEOUT),
            observer: self.observer,
        })
    }
}

impl Runtime {
    /// Returns a builder with the default settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The units that can be run.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Stops all invocations, and all later ones. Reads, and writes that were not sent yet, fail with `cancelled`. A
    /// write that was sent waits up to `grace` for its response and then fails with `outcome_unknown`.
    pub fn shut_down(&self, grace: Duration) {
        self.shared.shut_down(grace);
    }

    /// Runs one unit and returns its reply. All problems with the inputs are reported before anything is sent.
    pub async fn invoke(&self, invocation: Invocation) -> Result<Reply> {
        let PreparedInvocation { account, task } = PreparedInvocation::new(self, invocation)?;
        let session = self.session(&account, task.debug);
        task.perform(&session).await
    }

    /// Runs one unit and writes its reply as JSON text. A whole list is written as its pages arrive, so that
    /// memory use does not depend on its length. After an error, the output is incomplete JSON. If the reply of a write
    /// cannot be written, the error is `outcome_unknown` and says that the write was done. The id of the invocation
    /// comes first.
    pub async fn invoke_to(&self, invocation: Invocation, out: &mut ReplyWriter<'_>) -> Result<()> {
        let before = opening(invocation.id.as_ref());
        let PreparedInvocation { account, task } = PreparedInvocation::new(self, invocation)?;
        let session = self.session(&account, task.debug);
        let writes = task.writes();
        if let Some((action, request)) = task.streamable_list() {
            let source = self.source(&session, action);
            let written = async {
                lists::write_reply(source, request, &before, out).await?;
                finish("", out).await
            };
            return session.until_deadline(written).await;
        }
        let reply = task.perform(&session).await?;
        let text = before + reply.to_json().trim_start_matches('{');
        let written = session.until_deadline(finish(&text, out)).await;
        written.map_err(|error| if writes { done_without_reply(&error) } else { error })
    }

    /// Runs one unit and writes the records of its list as JSON text, one to a line: those of a page, of a whole list,
    /// or the entries of a data source. A whole list is written as its pages arrive. Any other reply is one line, as
    /// [`invoke_to`](Self::invoke_to) writes it. Returns whether the list has more records than were written.
    pub async fn invoke_records_to(&self, invocation: Invocation, out: &mut ReplyWriter<'_>) -> Result<bool> {
        let before = opening(invocation.id.as_ref());
        let PreparedInvocation { account, task } = PreparedInvocation::new(self, invocation)?;
        let session = self.session(&account, task.debug);
        let (writes, layout) = (task.writes(), task.page_layout());
        if let Some((action, request)) = task.streamable_list() {
            let records = lists::write_records(self.source(&session, action), request, out);
            return session.until_deadline(records).await.map(|()| false);
        }
        let reply = task.perform(&session).await?;
        let written = async {
            let (lines, more) = lines_of(&reply, layout, &before)?;
            for line in lines {
                lists::write_line(line.as_bytes(), out).await?;
            }
            finish("", out).await.map(|()| more)
        };
        let written = session.until_deadline(written).await;
        written.map_err(|error| if writes { done_without_reply(&error) } else { error })
    }

    /// Where the pages of a whole list come from.
    fn source<'a>(&'a self, session: &'a Session<'_>, action: &'static dyn Action) -> PageSource<'a> {
        PageSource { transport: session, action: Some(action), observer: self.observer.0.as_deref() }
    }

    /// Whether this invocation may write. A raw request is judged by its method.
    pub fn may_write(&self, invocation: &Invocation) -> bool {
        invocation::may_write(self, invocation)
    }

    /// The lock of a record that is created only once.
    pub(crate) fn creation_lock(&self, account: &str, parts: [&str; 3]) -> Arc<tokio::sync::Mutex<()>> {
        self.shared.creation_lock(&[&[account], &parts[..]].concat())
    }

    pub(crate) fn session<'a>(&'a self, account: &'a Account, debug: bool) -> Session<'a> {
        Session::new(&self.shared, account, &self.policy, debug, self.timeout)
    }

    /// Diagnoses a connection (an object, or the name of one that the runtime knows): whether it works and has all
    /// rights, and what to do if not. Fails if there are several components and none is named.
    pub async fn diagnose(&self, component: Option<&str>, connection: Value) -> Result<Diagnosis> {
        Ok(doctor::diagnose(self, only_component(self, component)?, connection).await)
    }

    pub(crate) fn account(&self, component: &'static Component, connection: Value) -> Result<Account> {
        let mut given = Map::from_iter([(CONNECTION.key.to_owned(), connection)]);
        self.connections.supply(component, &mut given);
        self.connections.resolve(component, given.remove(CONNECTION.key).unwrap_or_default(), &self.validators)
    }
}

/// What is told of the progress of whole lists, if anything is.
#[derive(Clone, Default)]
struct Watcher(Option<Arc<Observer>>);

impl fmt::Debug for Watcher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Watcher({})", self.0.is_some())
    }
}

/// Returns the records of a reply as JSON text, or the reply if it is no list; and whether the list has more records.
fn lines_of<'a>(reply: &'a Reply, layout: Option<PageLayout>, before: &str) -> Result<(Vec<Cow<'a, str>>, bool)> {
    match (reply, layout) {
        (Reply::Result { result, truncated }, _) => {
            let entries = result.iter().map(|entry| serde_json::to_string(entry).map(Cow::Owned));
            Ok((entries.collect::<Result<_, _>>().map_err(Error::internal)?, *truncated))
        }
        (Reply::Data { data, .. }, Some(layout)) => {
            let page = Page::read(&layout, data.get().as_bytes())?;
            Ok((page.records.iter().map(|record| Cow::Borrowed(record.get())).collect(), page.has_more))
        }
        _ => Ok((vec![Cow::Owned(before.to_owned() + reply.to_json().trim_start_matches('{'))], false)),
    }
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
