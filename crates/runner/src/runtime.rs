//! The runtime: built once, invoked from anywhere.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use pipefit_component::{CONNECTION, Catalog, Code, Component, Error, Result};
use serde_json::{Map, Value};
use tokio::io::AsyncWriteExt;

use crate::doctor::{self, Diagnosis};
use crate::invocation::{Account, Connections, Invocation, Policy, Prepared, Validators, nearest, only_component};
use crate::lists::{self, Out, PageSource};
use crate::replies::Reply;
use crate::transport::{Limits, Retries, Session, Shared, TokenCache};

/// How long one response may take.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(100);

/// How long a whole invocation may take.
const TIMEOUT: Duration = Duration::from_mins(10);

/// The most bytes that one response may have.
const RESPONSE_LIMIT: usize = 256 * 1024 * 1024;

/// Runs units. Cheap to share behind a reference; safe to use from many tasks at once.
#[derive(Debug)]
pub struct Runtime {
    pub(crate) catalog: Catalog,
    pub(crate) connections: Connections,
    pub(crate) validators: Validators,
    pub(crate) policy: Policy,
    shared: Shared,
    timeout: Duration,
}

/// What a [`Runtime`] is built from.
#[derive(Debug, Default)]
pub struct Builder {
    catalog: Option<Catalog>,
    connections: Connections,
    api_urls: BTreeMap<String, String>,
    token_urls: BTreeMap<String, String>,
    timeout: Option<Duration>,
    response_timeout: Option<Duration>,
    response_limit: Option<usize>,
    retries: Retries,
    requests_per_second: Option<u32>,
    token_cache: Option<PathBuf>,
    policy: Policy,
}

impl Builder {
    /// The units that may be run. All that are linked into the program, when left out.
    pub fn catalog(self, catalog: Catalog) -> Self {
        Self { catalog: Some(catalog), ..self }
    }

    /// A connection object that requests may refer to by this name.
    pub fn connection(mut self, name: impl Into<String>, connection: Value) -> Self {
        self.connections.named.insert(name.into(), connection);
        self
    }

    /// The connection object, or name, for requests that have none. Of several, the one that belongs to the request's
    /// component is taken.
    pub fn default_connection(mut self, connection: Value) -> Self {
        self.connections.defaults.push(connection);
        self
    }

    /// The connection object, or name, for all requests of its component, whatever they say.
    pub fn force_connection(mut self, connection: Value) -> Self {
        self.connections.forced.push(connection);
        self
    }

    /// The host that stands in for the API of this component. Together with [`token_url`](Self::token_url), if the
    /// component's connections need tokens.
    pub fn api_url(mut self, component: impl Into<String>, url: impl Into<String>) -> Self {
        self.api_urls.insert(component.into(), url.into());
        self
    }

    /// The URL that stands in for the token endpoint of this component. Together with [`api_url`](Self::api_url).
    pub fn token_url(mut self, component: impl Into<String>, url: impl Into<String>) -> Self {
        self.token_urls.insert(component.into(), url.into());
        self
    }

    /// How long a whole invocation may take; 10 minutes when left out.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// How long one response may take; 100 seconds when left out.
    pub fn response_timeout(self, timeout: Duration) -> Self {
        Self { response_timeout: Some(timeout), ..self }
    }

    /// The most bytes that one response may have; 256 MiB when left out.
    pub fn response_limit(self, bytes: usize) -> Self {
        Self { response_limit: Some(bytes), ..self }
    }

    /// How often, and how long, a request is tried.
    pub fn retries(self, retries: Retries) -> Self {
        Self { retries, ..self }
    }

    /// How many requests may leave in a second for each account; what its component says, when left out. More than
    /// 1000 is no limit.
    pub fn requests_per_second(self, requests: u32) -> Self {
        Self { requests_per_second: Some(requests), ..self }
    }

    /// Keeps access tokens in this folder, for processes that live for one invocation. Only its owner may have any
    /// right to it; it is made if it is not there. Off when left out.
    pub fn token_cache(self, folder: impl Into<PathBuf>) -> Self {
        Self { token_cache: Some(folder.into()), ..self }
    }

    /// What may be run. Everything, when left out.
    pub fn policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// Builds the runtime. Fails if a URL is not fit to carry credentials, if only one of a component's two URLs is
    /// given, and if the policy or a URL names a unit or component that there is not.
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
            hosts.ensure_whole(component_with_hosts(&catalog, component)?)?;
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
            validators: Validators::default(),
            shared: Shared::new(limits, self.token_cache.map(TokenCache::new)),
            timeout: self.timeout.unwrap_or(TIMEOUT),
        })
    }
}

fn component_with_hosts(catalog: &Catalog, key: &str) -> Result<&'static Component> {
    let components = catalog.components();
    components.iter().find(|component| component.key == key).copied().ok_or_else(|| {
        let near = nearest(key, components.iter().map(|component| component.key));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let message = format!("a URL is given for the component `{key}`, but there is no such component{hint}");
        Error::new(Code::InvalidRequest, message)
    })
}

impl Runtime {
    /// Starts a runtime with the usual settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The units that can be run.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Brings all work to an end, now and for good. Reads fail with `cancelled`, and so does what has not begun. A
    /// write that was sent may wait this long for its response; after that it fails with `outcome_unknown`.
    pub fn shut_down(&self, grace: Duration) {
        self.shared.shut_down(grace);
    }

    /// Runs one unit. Everything that is wrong with the request is reported before anything is sent.
    pub async fn invoke(&self, invocation: Invocation) -> Result<Reply> {
        self.run(Prepared::new(self, invocation)?).await
    }

    /// Runs one unit and writes its reply as JSON text. A list that is read whole is written as its pages arrive, so
    /// that memory stays bounded however long it is. After an error, what has been written is no JSON document.
    pub async fn invoke_to(&self, invocation: Invocation, out: &mut Out<'_>) -> Result<()> {
        let prepared = Prepared::new(self, invocation)?;
        if let Some((action, request)) = prepared.streamed() {
            let session = self.session(&prepared.account, prepared.debug);
            let source = PageSource { transport: &session, action: Some(action) };
            return session.until_deadline(lists::write_reply(source, request, out)).await;
        }
        let reply = self.run(prepared).await?;
        out.write_all(reply.to_json().as_bytes()).await.map_err(lists::not_written)
    }

    async fn run(&self, prepared: Prepared) -> Result<Reply> {
        let Prepared { account, debug, dry_run, work } = prepared;
        let session = self.session(&account, debug);
        if dry_run {
            return work.describe(&session);
        }
        session.until_deadline(work.run(&session, debug)).await
    }

    pub(crate) fn session<'a>(&'a self, account: &'a Account, debug: bool) -> Session<'a> {
        Session::new(&self.shared, account, &self.policy, debug, self.timeout)
    }

    /// Looks into a connection, an object or the name of one that the host keeps: whether it works, with all its
    /// rights, and what to do if it does not. Fails if there are several components and none is named.
    pub async fn diagnose(&self, component: Option<&str>, connection: Value) -> Result<Diagnosis> {
        Ok(doctor::examine(self, only_component(self, component)?, connection).await)
    }

    pub(crate) fn account(&self, component: &'static Component, connection: Value) -> Result<Account> {
        let mut given = Map::from_iter([(CONNECTION.key.to_owned(), connection)]);
        self.connections.supply(component, &mut given);
        self.connections.resolve(component, given.remove(CONNECTION.key).unwrap_or_default(), &self.validators)
    }
}
