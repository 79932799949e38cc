//! What the operator decides, by flags, the environment and the configuration: hosts, connections, policy.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap_complete::engine::ArgValueCompleter;
use pipefit::runner::{Builder, Policy, Retries};
use pipefit::{Catalog, Code, Error, Runtime};
use serde_json::{Map, Value};

use super::Config;
use super::access::{self, Access};
use crate::cli::{complete, configuration, flags, out};

/// What the operator can set for every command that runs requests.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// Read settings, policy and connections from this TOML file [default: pipefit/config.toml in the folder for
    /// configuration, such as ~/.config]
    #[arg(long, value_name = "FILE", env = configuration::VARIABLE)]
    pub(crate) config: Option<PathBuf>,
    /// Read connections by name from this JSON file: {"main": {"key": …, "fields": {…}}}
    #[arg(long, value_name = "FILE", env = configuration::CONNECTIONS)]
    pub(crate) connections: Option<PathBuf>,
    /// Use this connection for requests that name none [default: the only one of `--connections` or, without it, of the
    /// configuration]
    #[arg(long, value_name = "NAME", env = "PIPEFIT_CONNECTION", hide_env_values = true)]
    #[arg(add = ArgValueCompleter::new(complete::connections))]
    connection: Option<String>,
    /// Send API requests to this URL instead of the connection's host; plain HTTP is allowed on loopback only
    #[arg(long, value_name = "[COMPONENT=]URL", env = "PIPEFIT_API_URL")]
    api_url: Option<String>,
    /// Fetch access tokens from this URL instead of the connection's token URL
    #[arg(long, value_name = "[COMPONENT=]URL", env = "PIPEFIT_TOKEN_URL")]
    token_url: Option<String>,
    /// Keep idempotency keys under this id of your integration, such as the GUID of your application
    #[arg(long, value_name = "[COMPONENT=]ID", env = "PIPEFIT_APPLICATION_ID")]
    application_id: Option<String>,
    /// Cache access tokens in this folder, which must be accessible to you only
    #[arg(long, value_name = "FOLDER", env = "PIPEFIT_TOKEN_CACHE")]
    token_cache: Option<PathBuf>,
    /// Send at most this many requests per second for each account; 0 for no limit [default: that of the service, 60]
    #[arg(long, value_name = "N", env = "PIPEFIT_RATE", value_parser = flags::whole_number::<u32>)]
    rate: Option<u32>,
    /// Try a request that fails in transit up to this many times, if that is safe [default: 5]
    #[arg(long, value_name = "N", env = "PIPEFIT_TRIES", value_parser = flags::tries)]
    tries: Option<u32>,
    /// Allow only requests that change nothing; others fail with `forbidden_by_policy` and are not sent
    #[arg(long, env = "PIPEFIT_READ_ONLY", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(value_name = "BOOL", value_parser = flags::boolean)]
    read_only: Option<bool>,
    /// Allow only this action, data source or trigger; may be repeated. Replaces those in `PIPEFIT_ALLOW`
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    allow: Vec<String>,
    /// Deny this action, data source or trigger, even if it is allowed; may be repeated. Adds to `PIPEFIT_DENY`
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    deny: Vec<String>,
}

impl Args {
    /// Returns a builder with the hosts, connections and limits of the operator. At a sandbox, the given builder is
    /// used in place of hosts and connections.
    pub(crate) fn builder(&self, config: &Config, sandbox: Option<Builder>) -> Result<Builder, Error> {
        let (api_url, token_url) = (self.api_url.as_deref(), self.token_url.as_deref());
        let mut builder = match sandbox {
            Some(builder) => builder,
            None => configured(api_url, token_url, self.connections.as_deref(), config)?,
        };
        if let Some(name) = self.connection.as_deref().filter(|name| !name.is_empty()) {
            builder = builder.default_connection(name.into());
        }
        builder = builder.policy(policy(self.read_only, &self.allow, &self.deny, config)?);
        // An empty environment variable counts as not set.
        if let Some(id) = self.application_id.as_ref().or(config.application_id.as_ref()).filter(|id| !id.is_empty()) {
            let (component, id) = with_component("--application-id", id)?;
            builder = builder.application_id(component, id);
        }
        if let Some(requests) = self.rate.or(config.rate) {
            builder = builder.requests_per_second(requests);
        }
        if let Some(tries) = self.tries.or(config.tries) {
            builder = builder.retries(Retries { tries, ..Retries::default() });
        }
        let folder = self.token_cache.as_ref().or(config.token_cache.as_ref());
        match folder.filter(|folder| !folder.as_os_str().is_empty() && is_private(folder)) {
            Some(folder) => Ok(builder.token_cache(folder)),
            None => Ok(builder),
        }
    }
}

/// Whether no other user has access to a folder for tokens. Warns if not. A folder that does not exist is created for
/// its owner only.
fn is_private(folder: &Path) -> bool {
    let why = match File::open(folder).map_or(Access::None, |opened| access::of_others(&opened)) {
        Access::None => return true,
        Access::Own => "it belongs to another user; use a folder of your own".to_owned(),
        _ => format!("other users have access to it; run `chmod 700 {}`", folder.display()),
    };
    out::say(&format!("warning: {} is not used: {why}", folder.display()));
    false
}

/// Returns the policy of the flags, the environment and the configuration, in this order. What is denied anywhere is
/// denied. Fails if the list of what is allowed is empty.
pub(crate) fn policy(
    read_only: Option<bool>,
    allow: &[String],
    deny: &[String],
    config: &Config,
) -> Result<Policy, Error> {
    let keys = |given: &[String]| -> Vec<String> {
        given.iter().map(|key| key.trim().to_owned()).filter(|key| !key.is_empty()).collect()
    };
    let (allowed, by) = match of_environment("PIPEFIT_ALLOW") {
        _ if !allow.is_empty() => (Some(allow.to_vec()), "`--allow` names no key: leave it out"),
        Some(set) => (Some(set), "`PIPEFIT_ALLOW` is set but names no key: unset it"),
        None => (config.policy.allow.clone(), "`allow` of the configuration names no key: leave it out"),
    };
    let allowed = allowed.map(|allowed| keys(&allowed));
    if allowed.as_ref().is_some_and(Vec::is_empty) {
        let message =
            format!("the list of what is allowed is empty: {by} to allow everything, or name what is allowed");
        return Err(Error::new(Code::InvalidRequest, message));
    }
    let policy = Policy::default().read_only(read_only.or(config.policy.read_only).unwrap_or_default());
    let policy = allowed.unwrap_or_default().into_iter().fold(policy, Policy::allow);
    // An empty list of what is denied denies nothing.
    let denied = [deny, &of_environment("PIPEFIT_DENY").unwrap_or_default(), &config.policy.deny].concat();
    Ok(keys(&denied).into_iter().fold(policy, Policy::deny))
}

/// Returns the values of an environment variable, or `None` if it is not set.
fn of_environment(name: &str) -> Option<Vec<String>> {
    let text = std::env::var_os(name)?.to_string_lossy().into_owned();
    Some(text.split(',').map(ToOwned::to_owned).collect())
}

/// Returns a builder with the hosts and connections of the operator.
pub(crate) fn configured(
    api_url: Option<&str>,
    token_url: Option<&str>,
    connections: Option<&Path>,
    config: &Config,
) -> Result<Builder, Error> {
    let file = connections.filter(|file| !file.as_os_str().is_empty());
    let mut builder = config.connections(Runtime::builder(), file.is_none())?;
    // An empty environment variable counts as not set.
    if let Some(host) = api_url.or(config.api_url.as_deref()).filter(|url| !url.is_empty()) {
        let (component, url) = with_component("--api-url", host)?;
        builder = builder.api_url(component, url);
    }
    if let Some(host) = token_url.or(config.token_url.as_deref()).filter(|url| !url.is_empty()) {
        let (component, url) = with_component("--token-url", host)?;
        builder = builder.token_url(component, url);
    }
    if let Some(file) = file {
        let connections = read_connections(file)?;
        if let Some(only) = connections.keys().next().filter(|_| connections.len() == 1) {
            builder = builder.default_connection(only.as_str().into());
        }
        for (name, connection) in connections {
            builder = builder.connection(name, connection);
        }
    }
    Ok(builder)
}

/// Splits `COMPONENT=VALUE`. A value without a component is for the only component; fails if there are several.
pub(crate) fn with_component<'a>(flag: &str, given: &'a str) -> Result<(&'a str, &'a str), Error> {
    if let Some((component, value)) = given.split_once('=').filter(|(component, _)| !component.contains([':', '/'])) {
        return Ok((component, value));
    }
    let components: Vec<_> = Catalog::registered().components().iter().map(|component| component.key).collect();
    match components.as_slice() {
        [component] => Ok((component, given)),
        several => {
            let message = format!(
                "`{flag}` must name its component, as in `{}={given}`; the components are {}",
                several.first().unwrap_or(&"component"),
                several.join(", ")
            );
            Err(Error::new(Code::InvalidRequest, message))
        }
    }
}

/// Reads connections by name. Error messages do not quote the file because it contains secrets.
pub(crate) fn read_connections(file: &Path) -> Result<Map<String, Value>, Error> {
    let what = access::CONNECTIONS;
    let refuse = |why: String| access::refuse(file, what, &why);
    let text = access::read(file, what)?;
    let value = serde_json::from_slice(&text)
        .map_err(|error| refuse(format!("invalid JSON at line {}, column {}", error.line(), error.column())))?;
    match value {
        Value::Object(connections) => Ok(connections),
        _ => Err(refuse("expected a JSON object of connections by name".to_owned())),
    }
}
