//! What the operator decides, by flags, the environment and the configuration: hosts, connections, policy.

use std::path::Path;

use pipefit::runner::{Builder, Policy};
use pipefit::{Catalog, Code, Error, Runtime};
use serde_json::{Map, Value};

use super::{Config, access};

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
    let mut builder = config.connections(Runtime::builder())?;
    // An empty environment variable counts as not set.
    if let Some(host) = api_url.or(config.api_url.as_deref()).filter(|url| !url.is_empty()) {
        let (component, url) = with_component("--api-url", host)?;
        builder = builder.api_url(component, url);
    }
    if let Some(host) = token_url.or(config.token_url.as_deref()).filter(|url| !url.is_empty()) {
        let (component, url) = with_component("--token-url", host)?;
        builder = builder.token_url(component, url);
    }
    if let Some(file) = connections.filter(|file| !file.as_os_str().is_empty()) {
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
    let what = "the connections";
    let refuse = |why: String| access::refuse(file, what, &why);
    let text = access::read(file, what)?;
    let value = serde_json::from_slice(&text)
        .map_err(|error| refuse(format!("invalid JSON at line {}, column {}", error.line(), error.column())))?;
    match value {
        Value::Object(connections) => Ok(connections),
        _ => Err(refuse("expected a JSON object of connections by name".to_owned())),
    }
}
