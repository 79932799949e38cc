//! From the `connection` of an invocation to the place that requests go to.

use std::collections::BTreeMap;

use pipefit_component::{Auth, Code, Connection, Error, Input, Inputs, Issue, Problem, Result, Role, Target};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::masking::Mask;
use crate::validate::Validators;

/// What the host of the runtime decides about connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connections {
    /// Connections that a request may name.
    pub(crate) named: BTreeMap<String, Value>,
    /// Used where a request has none.
    pub(crate) default: Option<Value>,
    /// Used whatever the request has.
    pub(crate) forced: Option<Value>,
    /// Hosts that stand in for the component's own.
    pub(crate) hosts: Option<Hosts>,
}

/// Hosts that the operator, and never a request, has named.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    api_url: String,
    token_url: String,
}

/// Whom to act for, and all that must be kept out of sight.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) target: Target,
    /// A token that the host obtained.
    pub(crate) token: Option<SecretString>,
    pub(crate) mask: Mask,
}

impl Hosts {
    /// Takes the two URLs that the operator named; plain HTTP is for loopback only.
    pub(crate) fn new(api_url: &str, token_url: &str) -> Result<Self> {
        let api = checked("API URL", api_url)?;
        let token = checked("token URL", token_url)?;
        Ok(Self { api_url: api.as_str().trim_end_matches('/').to_owned(), token_url: token.into() })
    }
}

fn checked(what: &str, text: &str) -> Result<Url> {
    let refuse = |why: &str| Error::new(Code::InvalidConnection, format!("the {what} `{text}` {why}"));
    let url = Url::parse(text).map_err(|error| refuse(&format!("is not a URL: {error}")))?;
    match url.scheme() {
        _ if !url.username().is_empty() || url.password().is_some() => Err(refuse("may not hold credentials")),
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(refuse("is plain HTTP, which is for loopback addresses only; use https")),
        _ => Err(refuse("must start with https://")),
    }
}

/// Whether a URL's host is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

impl Connections {
    /// The connection value that this invocation acts through, put in the place of what it said.
    pub(crate) fn supply(&self, inputs: &mut Map<String, Value>) {
        let blank = matches!(inputs.get("connection"), None | Some(Value::Null))
            || inputs.get("connection").and_then(Value::as_str) == Some("");
        if let Some(connection) = self.forced.as_ref().or_else(|| self.default.as_ref().filter(|_| blank)) {
            inputs.insert("connection".to_owned(), connection.clone());
        }
    }

    /// Checks a connection's fields and finds out where they lead.
    pub(crate) fn resolve(
        &self,
        connection: &'static dyn Connection,
        given: Value,
        validators: &Validators,
    ) -> Result<Account> {
        let mut members = self.members(given)?;
        if let Some(key) = members.get("key").filter(|key| key.as_str() != Some(connection.key())) {
            let message = format!("the connection's key is {key}; expected `{}`", connection.key());
            return Err(Error::new(Code::InvalidConnection, message));
        }
        let token = members.get_mut("token").map(|token| token["access_token"].take());
        let token = token.as_ref().and_then(Value::as_str).filter(|token| !token.is_empty()).map(SecretString::from);
        let Some(Value::Object(fields)) = members.remove("fields") else {
            let message = "the connection has no `fields`: expected `{\"key\": …, \"fields\": {…}}`";
            return Err(Error::new(Code::InvalidConnection, message));
        };
        let fields = self.read(connection, fields, validators)?;
        let mut account = Account { target: connection.target(&fields)?, token, mask: Mask::default() };
        account.hide(&fields);
        if let Some(hosts) = &self.hosts {
            account.target.api_url.clone_from(&hosts.api_url);
            if let Auth::ClientCredentials(credentials) = &mut account.target.auth {
                credentials.token_url.clone_from(&hosts.token_url);
            }
        }
        Ok(account)
    }

    fn members(&self, given: Value) -> Result<Map<String, Value>> {
        match given {
            Value::Object(members) => Ok(members),
            Value::String(name) => {
                if let Some(Value::Object(members)) = self.named.get(&name) {
                    return Ok(members.clone());
                }
                let near = crate::validate::nearest(&name, self.named.keys().map(String::as_str));
                let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                let message = format!("this host keeps no connection named `{name}`{hint}");
                Err(Error::new(Code::InvalidConnection, message))
            }
            _ => Err(Error::input("connection", Problem::InvalidValue, "`connection` must be an object or a name")),
        }
    }

    fn read(
        &self,
        connection: &'static dyn Connection,
        mut fields: Map<String, Value>,
        validators: &Validators,
    ) -> Result<Inputs> {
        let free = |input: &Input| self.hosts.is_some() && input.role == Role::Host;
        let declared: Vec<&'static Input> = connection.inputs().iter().filter(|input| !free(input)).collect();
        for input in connection.inputs().iter().filter(|input| free(input)) {
            fields.remove(input.key);
        }
        let name = format!("connection {} {}", connection.key(), self.hosts.is_some());
        validators.check(&name, &declared, fields)?.map_err(|issues: Vec<Issue>| Error::invalid_connection(issues))
    }
}

impl Account {
    fn hide(&mut self, fields: &Inputs) {
        for (_, _, value) in fields.iter().filter(|(input, ..)| input.secret) {
            self.mask.add(value.as_str().unwrap_or_default());
        }
        for (_, secret) in &self.target.headers {
            self.mask.add(secret.expose_secret());
        }
        if let Auth::ClientCredentials(credentials) = &self.target.auth {
            self.mask.add(credentials.client_secret.expose_secret());
        }
        if let Some(token) = &self.token {
            self.mask.add(token.expose_secret());
        }
    }
}
