//! Resolves the `connection` of an invocation to an account: target, token and secrets.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use pipefit_component::{
    CONNECTION, Catalog, Code, Component, Error, ErrorFormat, Input, Inputs, Issue, Problem, Result, Target,
    TokenRequest,
};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::suggestion;
use super::validation::{SchemaKey, Validators};
use crate::host::{ConnectionRequest, ConnectionResolver};
use crate::transport::{
    BaseUrl, Credentials, Kept, Mask, SharedToken, digest, digest_of, headers_of, identity, is_loopback,
};

/// How many names of connections an error lists.
const SHOWN_NAMES: usize = 10;

/// The connections and hosts that the host program configures.
#[derive(Default)]
pub(crate) struct Connections {
    /// Connections that requests may refer to by name.
    pub(crate) named: BTreeMap<String, Value>,
    /// Used for requests to their component that have no connection.
    pub(crate) defaults: Vec<Value>,
    /// Used for all requests to their component.
    pub(crate) forced: Vec<Value>,
    /// Supplies or completes a named connection when it is used.
    pub(crate) resolver: Option<Arc<dyn ConnectionResolver>>,
    /// Hosts that replace those of a component, by the key of the component.
    pub(crate) hosts: BTreeMap<String, Hosts>,
    /// The accounts of connections that were used by name.
    accounts: Kept<String, KnownAccount>,
}

/// An account that was resolved before.
struct KnownAccount {
    component: &'static str,
    /// A digest of what the resolver supplied. What the host configured does not change.
    digest: Option<[u8; 32]>,
    account: Arc<Account>,
}

impl fmt::Debug for Connections {
    /// Says nothing of what may be secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.named.keys().collect();
        out.debug_struct("Connections").field("named", &names).finish_non_exhaustive()
    }
}

/// Hosts that the operator sets for one component. Requests cannot set them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    api_url: Option<String>,
    token_url: Option<String>,
}

/// A checked connection.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) target: Target,
    /// The URL that the paths of requests are appended to.
    pub(crate) base_url: BaseUrl,
    /// A digest that identifies the account at its host.
    id: String,
    /// A token that came with the connection.
    pub(crate) token: Option<Arc<SecretString>>,
    /// The request for an access token, if requests need one.
    token_request: Option<TokenRequest>,
    /// A digest that identifies the credentials of that request.
    token_key: String,
    /// The token that it shares with other accounts of these credentials, once it was needed.
    pub(crate) shared_token: OnceLock<Arc<SharedToken>>,
    /// The headers of every request, apart from those that authenticate it.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// The headers that authenticate requests.
    pub(crate) credentials: Credentials,
    /// The layout of the service's error bodies.
    pub(crate) errors: ErrorFormat,
    /// The secrets of the connection.
    pub(crate) mask: Mask,
}

impl Hosts {
    /// Replaces the URL of the API. Fails if it is not safe to send credentials there.
    pub(crate) fn set_api_url(&mut self, url: &str) -> Result<()> {
        self.api_url = Some(checked("API URL", url)?.as_str().trim_end_matches('/').to_owned());
        Ok(())
    }

    /// Replaces the URL of the token endpoint. Fails if it is not safe to send credentials there.
    pub(crate) fn set_token_url(&mut self, url: &str) -> Result<()> {
        self.token_url = Some(checked("token URL", url)?.into());
        Ok(())
    }

    /// Fails if only one of the two URLs is set: API requests and credentials would go to different hosts.
    pub(crate) fn ensure_whole(&self, component: &Component) -> Result<()> {
        if self.api_url.is_some() && (self.token_url.is_some() || !component.connection.needs_token()) {
            return Ok(());
        }
        let message = "the API URL and the token URL must be set together: set both or neither";
        Err(Error::new(Code::InvalidConnection, message))
    }
}

fn checked(what: &str, text: &str) -> Result<Url> {
    let refuse = |why: &str| Error::new(Code::InvalidConnection, format!("the {what} `{text}` {why}"));
    let url = Url::parse(text).map_err(|error| refuse(&format!("is not a URL: {error}")))?;
    match url.scheme() {
        _ if !url.username().is_empty() || url.password().is_some() => Err(refuse("must not contain credentials")),
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(refuse("uses plain HTTP, which is allowed for loopback addresses only; use https")),
        _ => Err(refuse("must start with https://")),
    }
}

impl Connections {
    /// Sets the connection of a request: the forced one or, if the request has none, the default one. A default one
    /// that belongs to no component is set, too: the request fails with what is wrong with it.
    pub(crate) fn supply(&self, catalog: &Catalog, component: &Component, inputs: &mut Map<String, Value>) {
        let given = inputs.get(CONNECTION.key).unwrap_or(&Value::Null);
        let blank = given.is_null() || given.as_str() == Some("");
        let defaults = || self.defaults.iter().rev().filter(|_| blank);
        let belongs_to_none = |it: &&Value| !catalog.components().into_iter().any(|other| self.belongs_to(it, other));
        let of_component = self.forced.iter().rev().chain(defaults()).find(|it| self.belongs_to(it, component));
        if let Some(connection) = of_component.or_else(|| defaults().find(belongs_to_none)) {
            inputs.insert(CONNECTION.key.to_owned(), connection.clone());
        }
    }

    /// Whether a connection, or the one with this name, can be used for this component.
    fn belongs_to(&self, connection: &Value, component: &Component) -> bool {
        let named = connection.as_str().and_then(|name| self.named.get(name));
        let key = named.unwrap_or(connection).get("key").and_then(Value::as_str);
        key.is_none_or(|key| key == component.connection.key())
    }

    /// Returns the secrets of the connections that a request may use, before any is checked: `given`, and those of the
    /// host.
    pub(crate) fn secrets(&self, components: &[&'static Component], given: Option<&Value>) -> Vec<String> {
        let connections = given.into_iter().chain(&self.defaults).chain(&self.forced);
        let secret = |key: &str| {
            let mut inputs = components.iter().flat_map(|component| component.connection.inputs());
            inputs.any(|input| input.secret && input.key == key)
        };
        let mut secrets = Vec::new();
        for members in connections.filter_map(|connection| self.members(connection.clone()).ok()) {
            let token = members.get("token").and_then(|token| token.get("access_token"));
            let fields = members.get("fields").and_then(Value::as_object).into_iter().flatten();
            let fields = fields.filter(|(key, _)| secret(key)).map(|(_, value)| value);
            secrets.extend(token.into_iter().chain(fields).filter_map(text_of));
        }
        secrets
    }

    /// Returns the account of a named connection that was resolved before and cannot have changed since.
    pub(crate) fn known(&self, component: &Component, given: &Value) -> Option<Arc<Account>> {
        let name = name_of(given).filter(|_| self.resolver.is_none())?;
        self.kept(component, name, None)
    }

    /// Returns the account of a named connection if what the resolver supplies for it still has this digest.
    fn kept(&self, component: &Component, name: &str, digest: Option<[u8; 32]>) -> Option<Arc<Account>> {
        let known = self.accounts.find(name, Instant::now())?;
        let unchanged = known.component == component.key && known.digest == digest;
        unchanged.then(|| Arc::clone(&known.account))
    }

    /// Returns the account of a connection. That of a named one is kept as long as its members stay the same.
    pub(crate) async fn resolve(
        &self,
        component: &'static Component,
        given: Value,
        validators: &Validators,
    ) -> Result<Arc<Account>> {
        let Some(name) = name_of(&given) else {
            return self.account(component, self.members(given)?, validators).map(Arc::new);
        };
        let supplied = match &self.resolver {
            Some(resolver) => Some(self.supplied(resolver.as_ref(), component, name).await?),
            None => None,
        };
        let digest = supplied.as_ref().map(serde_json::to_vec).transpose().map_err(Error::internal)?;
        let digest = digest.as_deref().map(digest_of);
        if let Some(account) = self.kept(component, name, digest) {
            return Ok(account);
        }
        let members = supplied.map_or_else(|| self.named(name), Ok)?;
        let account = Arc::new(self.account(component, members, validators)?);
        let known = KnownAccount { component: component.key, digest, account: Arc::clone(&account) };
        self.accounts.put(name.to_owned(), Instant::now(), known);
        Ok(account)
    }

    /// Validates the fields of a connection and returns its account.
    fn account(
        &self,
        component: &'static Component,
        mut members: Map<String, Value>,
        validators: &Validators,
    ) -> Result<Account> {
        let (connection, hosts) = (component.connection, self.hosts.get(component.key));
        if let Some(key) = members.get("key").filter(|key| key.as_str() != Some(connection.key())) {
            let found = key.as_str().filter(|key| is_plain_name(key)).unwrap_or("not valid");
            let message = format!("the key of the connection is {found}; expected `{}`", connection.key());
            return Err(Error::new(Code::InvalidConnection, message));
        }
        let token = match members.remove("token").unwrap_or_default() {
            Value::Null => None,
            Value::Object(mut token) => token.remove("access_token"),
            _ => {
                let message = "the `token` of the connection is not valid: expected `{\"access_token\": …}`";
                return Err(Error::new(Code::InvalidConnection, message));
            }
        };
        let token = token.as_ref().and_then(Value::as_str).map(str::trim).filter(|token| !token.is_empty());
        let token = token.map(|token| Arc::new(SecretString::from(token)));
        let Some(Value::Object(fields)) = members.remove("fields") else {
            let message = "the connection has no `fields`: expected `{\"key\": …, \"fields\": {…}}`";
            return Err(Error::new(Code::InvalidConnection, message));
        };
        let mask = mask_of(component, &fields);
        let read = read(component, hosts.is_some(), token.is_some(), fields, validators);
        let target = read.and_then(|fields| connection.target(&fields)).map_err(|error| mask.hide_error(error))?;
        let api_url = hosts.and_then(|hosts| hosts.api_url.clone()).unwrap_or(target.api_url);
        let target = Target { api_url, ..target };
        let token_url = hosts.and_then(|hosts| hosts.token_url.clone());
        let token_request = target.authentication.token_request();
        let token_request =
            token_request.map(|request| TokenRequest { url: token_url.unwrap_or(request.url), ..request });
        let mut account = Account {
            base_url: BaseUrl::parse(&target.api_url)?,
            id: digest([target.api_url.as_str(), target.account.expose_secret()]),
            token,
            token_key: token_request.as_ref().map_or_else(String::new, identity),
            token_request,
            shared_token: OnceLock::new(),
            headers: headers_of(&target)?,
            credentials: Credentials::default(),
            target,
            errors: component.errors,
            mask,
        };
        account.hide();
        Ok(account)
    }

    /// Returns the members that the resolver supplies for a named connection.
    async fn supplied(
        &self,
        resolver: &dyn ConnectionResolver,
        component: &Component,
        name: &str,
    ) -> Result<Map<String, Value>> {
        let configured = self.named.get(name).and_then(Value::as_object);
        let request = ConnectionRequest::new(component.key, name, configured);
        resolver.resolve(&request).await?.ok_or_else(|| {
            let name = if is_plain_name(name) { format!(" `{name}`") } else { String::new() };
            Error::new(Code::InvalidConnection, format!("the host's connection resolver knows no connection{name}"))
        })
    }

    /// Returns the members of a connection that the host configured.
    fn named(&self, name: &str) -> Result<Map<String, Value>> {
        match self.named.get(name) {
            Some(Value::Object(members)) => Ok(members.clone()),
            _ => Err(self.unknown(name)),
        }
    }

    /// Says which connections there are.
    fn names(&self) -> String {
        let names: Vec<_> = self.named.keys().take(SHOWN_NAMES).map(|name| format!("`{name}`")).collect();
        match names.as_slice() {
            [] => "none is configured".to_owned(),
            names if self.named.len() > SHOWN_NAMES => format!("there are {} and others", names.join(", ")),
            names => format!("there is {}", names.join(", ")),
        }
    }

    /// The error for a connection that is not there.
    fn unknown(&self, name: &str) -> Error {
        // Other text may contain secrets.
        if !is_plain_name(name) {
            let message = "`connection` is text, but neither a JSON object nor the name of a connection";
            return Error::new(Code::InvalidConnection, message);
        }
        let hint = suggestion(name, self.named.keys().map(String::as_str)).unwrap_or_else(|| self.names());
        Error::new(Code::InvalidConnection, format!("there is no connection named `{name}`; {hint}"))
    }

    fn members(&self, given: Value) -> Result<Map<String, Value>> {
        match given {
            Value::Object(members) => Ok(members),
            Value::String(text) if name_of_text(&text).is_some() => self.named(text.trim()),
            Value::String(text) => match serde_json::from_str(&text) {
                Ok(Value::Object(members)) => Ok(members),
                _ => Err(self.unknown(&text)),
            },
            _ => Err(Error::input(
                "connection",
                Problem::InvalidValue,
                "`connection` must be an object or the name of a connection",
            )),
        }
    }
}

/// Returns the name that a connection is referred to by, if it is.
pub(super) fn name_of(connection: &Value) -> Option<&str> {
    name_of_text(connection.as_str()?)
}

fn name_of_text(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.starts_with('{'))
}

/// Returns a mask of the secrets among the fields of a connection, valid or not.
fn mask_of(component: &Component, fields: &Map<String, Value>) -> Mask {
    let mut mask = Mask::default();
    let secret = component.connection.inputs().iter().filter(|input| input.secret);
    for text in secret.filter_map(|input| fields.get(input.key).and_then(text_of)) {
        mask.add(&text);
    }
    mask
}

/// Returns a value of a secret input as the text that it stands for.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether messages may contain this text: a short name is no secret.
fn is_plain_name(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn read(
    component: &'static Component,
    hosts_are_set: bool,
    has_token: bool,
    mut fields: Map<String, Value>,
    validators: &Validators,
) -> Result<Inputs> {
    let inputs = component.connection.inputs();
    let is_ignored = |input: &Input| hosts_are_set && input.role.is_host();
    let declared: Vec<&'static Input> = inputs.iter().filter(|input| !is_ignored(input)).collect();
    for input in inputs.iter().filter(|input| is_ignored(input)) {
        fields.remove(input.key);
    }
    for value in fields.values_mut() {
        // White space comes with copying and is part of no field.
        if let Value::String(text) = value {
            *text = text.trim().to_owned();
        }
    }
    let schema = SchemaKey::Connection { component: component.key, hosts_are_set, has_token };
    validators.check(schema, &declared, fields)?.map_err(|issues: Vec<Issue>| Error::invalid_connection(issues))
}

impl Account {
    /// A digest that identifies the account at its host.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Returns the request for an access token, or `None` if requests need none.
    pub(crate) fn token_request(&self) -> Option<&TokenRequest> {
        self.token_request.as_ref()
    }

    /// A digest that identifies the credentials that tokens are fetched with.
    pub(crate) fn token_key(&self) -> &str {
        &self.token_key
    }

    fn hide(&mut self) {
        for (_, secret) in &self.target.headers {
            self.mask.add(secret.expose_secret());
        }
        for secret in self.target.authentication.secrets() {
            self.mask.add(secret.expose_secret());
        }
        if let Some(token) = &self.token {
            self.mask.add(token.expose_secret());
        }
    }
}
