//! The runtime and its builder.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use pipefit_component::{Action, CONNECTION, Catalog, Component, Result};
use serde_json::{Map, Value};

use crate::doctor::{self, Diagnosis};
use crate::host::{Clock, ConnectionResolver, FileSource, PolicyHook, RateLimiter, TokenStore};
use crate::invocation::{
    self, Connections, Invocation, InvocationHandle, Policy, PreparedInvocation, Validators, component_named,
    only_component, sole_unit,
};
use crate::lists::{Observer, PageSource, Progress, RecordStream, ReplyWriter};
use crate::replies::Reply;
use crate::telemetry;
use crate::transport::{Bounds, Host, Limits, Retries, Session, SessionOptions, SharedState};

/// How long one response may take.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(100);

/// How long a whole invocation may take.
const TIMEOUT: Duration = Duration::from_mins(10);

/// The maximum number of bytes of one response.
const RESPONSE_LIMIT: usize = 256 * 1024 * 1024;

/// Runs units. It can be used by many tasks at the same time; clones are the same runtime.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    catalog: Catalog,
    connections: Connections,
    validators: Validators,
    /// The ids under which services keep data of the operator's integration, by the key of the component.
    application_ids: BTreeMap<String, String>,
    shared: Arc<SharedState>,
    timeout: Duration,
    watcher: Watcher,
    policy_hook: Option<Arc<dyn PolicyHook>>,
    file_source: Option<Arc<dyn FileSource>>,
    passes_traces_on: bool,
}

/// Builds a [`Runtime`].
#[derive(Default)]
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
    host: Host,
    policy: Policy,
    policy_hook: Option<Arc<dyn PolicyHook>>,
    file_source: Option<Arc<dyn FileSource>>,
    passes_traces_on: bool,
    watcher: Watcher,
}

impl fmt::Debug for Runtime {
    /// Shows the keys of its components and the names of its connections: the values of these are secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let components: Vec<_> = self.catalog().components().iter().map(|component| component.key).collect();
        let connections: Vec<_> = self.connections().named.keys().collect();
        let mut shown = out.debug_struct("Runtime");
        shown.field("components", &components).field("connections", &connections).finish_non_exhaustive()
    }
}

impl fmt::Debug for Builder {
    /// Shows the names of its connections: their values are secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connections: Vec<_> = self.connections.named.keys().collect();
        out.debug_struct("Builder").field("connections", &connections).finish_non_exhaustive()
    }
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

    /// Sets what supplies the connections that requests refer to by name, or completes those that were added here.
    pub fn connection_resolver(mut self, resolver: impl ConnectionResolver + 'static) -> Self {
        self.connections.resolver = Some(Arc::new(resolver));
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
    pub fn token_cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.host.folder = Some(folder.into());
        self
    }

    /// Sets what shares access tokens beyond this runtime. The default is the folder of
    /// [`token_cache`](Self::token_cache), or nothing.
    pub fn token_store(mut self, store: impl TokenStore + 'static) -> Self {
        self.host.token_store = Some(Arc::new(store));
        self
    }

    /// Sets what limits the requests of each account. The default is a limiter of this runtime or, with
    /// [`token_cache`](Self::token_cache), of all processes that use that folder.
    pub fn rate_limiter(mut self, limiter: impl RateLimiter + 'static) -> Self {
        self.host.rate_limiter = Some(Arc::new(limiter));
        self
    }

    /// Sets the HTTP client, for its proxy, certificates or connection limits. It must not follow redirects
    /// (`redirect::Policy::none()`), since that would send credentials to other hosts; a request that it redirected
    /// fails. It belongs to the event loop that it is first used in.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.host.http_client = Some(client);
        self
    }

    /// Sets the clock. The default is that of the machine.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.host.clock = Some(Arc::new(clock));
        self
    }

    /// Sets what is asked about each invocation, beside the [`policy`](Self::policy).
    pub fn policy_hook(self, hook: impl PolicyHook + 'static) -> Self {
        Self { policy_hook: Some(Arc::new(hook)), ..self }
    }

    /// Sets what supplies files that inputs refer to as `{"reference": …}`. The default is nothing.
    pub fn file_source(self, source: impl FileSource + 'static) -> Self {
        Self { file_source: Some(Arc::new(source)), ..self }
    }

    /// Passes the `traceparent` of invocations on to the services. The default is not to.
    pub fn pass_traces_on(self, pass: bool) -> Self {
        Self { passes_traces_on: pass, ..self }
    }

    /// Sets what is told of the progress of a whole list that is written as its pages arrive: after each page.
    pub fn on_progress(self, observe: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self { watcher: Watcher(Some(Arc::new(observe))), ..self }
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
        let policy = self.policy.resolve(&catalog)?;
        Ok(Runtime(Arc::new(Inner {
            catalog,
            connections,
            application_ids: self.application_ids,
            validators: Validators::default(),
            shared: Arc::new(SharedState::new(limits, policy, self.host)),
            timeout: self.timeout.unwrap_or(TIMEOUT),
            watcher: self.watcher,
            policy_hook: self.policy_hook,
            file_source: self.file_source,
            passes_traces_on: self.passes_traces_on,
        })))
    }
}

impl Runtime {
    /// Returns a builder with the default settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The units that can be run.
    pub fn catalog(&self) -> &Catalog {
        &self.0.catalog
    }

    /// The names of the connections that it was built with, sorted.
    pub fn connection_names(&self) -> impl Iterator<Item = &str> {
        self.0.connections.named.keys().map(String::as_str)
    }

    /// Stops all invocations, and all later ones. Reads, and writes that were not sent yet, fail with `cancelled`. A
    /// write that was sent waits up to `grace` for its response and then fails with `outcome_unknown`.
    pub fn shut_down(&self, grace: Duration) {
        self.0.shared.shut_down(grace);
    }

    /// Checks an invocation and builds its request, and sends nothing to the service. All problems with the inputs are
    /// reported.
    pub async fn prepare(&self, mut invocation: Invocation) -> Result<PreparedInvocation> {
        let unit = sole_unit(self.catalog(), &invocation).copied();
        let known = unit.as_ref().ok().copied();
        let prepared = invocation::prepare(self, &mut invocation, unit).await;
        prepared.inspect_err(|error| telemetry::count_unsent(known, error))
    }

    /// Runs one unit and returns its reply: [`prepare`](Self::prepare), then [`send`](PreparedInvocation::send).
    pub async fn invoke(&self, invocation: Invocation) -> Result<Reply> {
        self.prepare(invocation).await?.send().await
    }

    /// Runs one unit in a task of its own, which goes on if the caller does not wait. Panics outside of an event loop.
    pub fn spawn(&self, invocation: Invocation) -> InvocationHandle {
        let cancellation = invocation.cancellation.clone().unwrap_or_default();
        let invocation = invocation.cancelled_by(&cancellation);
        let runtime = self.clone();
        InvocationHandle::spawn(async move { runtime.invoke(invocation).await }, cancellation)
    }

    /// Runs one unit and returns the records of its list one by one; see
    /// [`into_records`](PreparedInvocation::into_records).
    pub async fn records(&self, invocation: Invocation) -> Result<RecordStream> {
        self.prepare(invocation).await?.into_records()
    }

    /// Runs one unit and writes its reply as JSON text; see [`send_to`](PreparedInvocation::send_to).
    pub async fn invoke_to(&self, invocation: Invocation, out: &mut ReplyWriter<'_>) -> Result<()> {
        self.prepare(invocation).await?.send_to(out).await
    }

    /// Runs one unit and writes the records of its list, one to a line; see
    /// [`send_records_to`](PreparedInvocation::send_records_to).
    pub async fn invoke_records_to(&self, invocation: Invocation, out: &mut ReplyWriter<'_>) -> Result<bool> {
        self.prepare(invocation).await?.send_records_to(out).await
    }

    /// Diagnoses a connection (an object, or the name of one that the runtime knows): whether it works and has all
    /// rights, and what to do if not. Fails if there are several components and none is named.
    pub async fn diagnose(&self, component: Option<&str>, connection: Value) -> Result<Diagnosis> {
        Ok(doctor::diagnose(self, only_component(self, component)?, connection).await)
    }

    /// Returns the transport to an account, for as long as an invocation may take.
    pub(crate) async fn session(&self, component: &'static Component, connection: Value) -> Result<Session> {
        let mut given = Map::from_iter([(CONNECTION.key.to_owned(), connection)]);
        let bounds = Bounds::new(self.timeout(), None);
        let connections = self.connections();
        connections.supply(self.catalog(), component, &mut given);
        let connection = given.remove(CONNECTION.key).unwrap_or_default();
        let resolved = connections.resolve(component, connection, self.validators());
        let account = self.0.shared.within(&bounds, pin!(resolved)).await?;
        Ok(Session::new(self.shared(), account, bounds, SessionOptions::default()))
    }

    pub(crate) fn connections(&self) -> &Connections {
        &self.0.connections
    }

    pub(crate) fn validators(&self) -> &Validators {
        &self.0.validators
    }

    pub(crate) fn shared(&self) -> Arc<SharedState> {
        Arc::clone(&self.0.shared)
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.0.timeout
    }

    pub(crate) fn watcher(&self) -> Watcher {
        self.0.watcher.clone()
    }

    pub(crate) fn policy_hook(&self) -> Option<&dyn PolicyHook> {
        self.0.policy_hook.as_deref()
    }

    pub(crate) fn file_source(&self) -> Option<&dyn FileSource> {
        self.0.file_source.as_deref()
    }

    pub(crate) fn passes_traces_on(&self) -> bool {
        self.0.passes_traces_on
    }

    /// The id under which the service keeps data of the operator's integration.
    pub(crate) fn application_id(&self, component: &Component) -> Option<&str> {
        self.0.application_ids.get(component.key).map(String::as_str)
    }

    /// The lock of a record that is created only once.
    pub(crate) fn creation_lock(&self, account: &str, parts: [&str; 3]) -> Arc<tokio::sync::Mutex<()>> {
        self.0.shared.creation_lock(&[&[account], &parts[..]].concat())
    }
}

/// What is told of the progress of whole lists, if anything is.
#[derive(Clone, Default)]
pub(crate) struct Watcher(Option<Arc<Observer>>);

impl Watcher {
    /// Where the pages of a whole list come from.
    pub(crate) fn source<'a>(&'a self, session: &'a Session, action: &'static dyn Action) -> PageSource<'a> {
        PageSource { transport: session, action: Some(action), observer: self.0.as_deref() }
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Watcher({})", self.0.is_some())
    }
}
