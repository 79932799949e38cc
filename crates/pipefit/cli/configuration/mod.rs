//! The configuration file: settings, policy and connections in TOML.

pub(super) mod access;
pub(super) mod operator;
mod references;
pub(super) mod stored;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pipefit::component::shown;
use pipefit::runner::{Builder, suggestion};
use pipefit::{Code, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use self::references::References;
use crate::cli::{flags, log};

/// The variable that names the file.
pub(crate) const VARIABLE: &str = "PIPEFIT_CONFIG";

/// The variable that names a file of connections.
pub(crate) const CONNECTIONS: &str = "PIPEFIT_CONNECTIONS";

/// What the file says. A flag and an environment variable come before it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Config {
    /// The name of the connection for requests that have none.
    pub(crate) connection: Option<String>,
    pub(crate) api_url: Option<String>,
    pub(crate) token_url: Option<String>,
    pub(crate) application_id: Option<String>,
    pub(crate) token_cache: Option<PathBuf>,
    pub(crate) rate: Option<u32>,
    #[serde(deserialize_with = "tries")]
    pub(crate) tries: Option<u32>,
    #[serde(deserialize_with = "time_limit")]
    pub(crate) timeout: Option<Duration>,
    pub(crate) log_format: Option<log::Format>,
    pub(crate) policy: Policy,
    pub(crate) connections: BTreeMap<String, Map<String, Value>>,
}

/// What may run.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Policy {
    pub(crate) read_only: Option<bool>,
    pub(crate) allow: Option<Vec<String>>,
    pub(crate) deny: Vec<String>,
}

fn time_limit<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Duration>, D::Error> {
    let text = match Value::deserialize(value)? {
        Value::String(text) => text,
        other => other.to_string(),
    };
    flags::time_limit(&text).map(Some).map_err(serde::de::Error::custom)
}

fn tries<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    flags::tries(&u32::deserialize(value)?.to_string()).map(Some).map_err(serde::de::Error::custom)
}

/// Returns the path of the file: the given one, or the one in the folder for configuration, if that is known.
pub(crate) fn path(given: Option<&Path>) -> Option<PathBuf> {
    let given = given.filter(|path| !path.as_os_str().is_empty()).map(Path::to_owned);
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let xdg = || folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")));
    given.or_else(|| Some(xdg()?.join("pipefit/config.toml")))
}

/// Reads the file. One that is not named and does not exist is empty.
pub(crate) fn load(given: Option<&Path>) -> Result<Config, Error> {
    let named = given.is_some_and(|path| !path.as_os_str().is_empty());
    match path(given) {
        Some(file) if named || file.exists() => {
            let what = "the configuration";
            let text = String::from_utf8(access::read(&file, what)?);
            let text = text.map_err(|_| access::refuse(&file, what, "it is not UTF-8"))?;
            parse(&text).map_err(|why| access::refuse(&file, what, &why))
        }
        _ => Ok(Config::default()),
    }
}

/// Reads the file that a connection is added to. If there is none yet, it is empty.
pub(crate) fn load_or_new(given: Option<&Path>) -> Result<Config, Error> {
    match path(given) {
        Some(file) if file.exists() => load(Some(&file)),
        _ => Ok(Config::default()),
    }
}

/// The names of the connections of the configuration and of a file of connections.
pub(crate) fn names(config: &Config, connections: Option<&Path>) -> Result<Vec<String>, Error> {
    let mut names: Vec<_> = config.connections.keys().cloned().collect();
    if let Some(file) = connections.filter(|file| !file.as_os_str().is_empty()) {
        names.extend(operator::read_connections(file)?.into_iter().map(|(name, _)| name));
    }
    Ok(names)
}

/// Parses the text of a file. The reason of a failure quotes no value, which may be a secret.
fn parse(text: &str) -> Result<Config, String> {
    toml_edit::de::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        format!("line {line}: {}", reason(error.message()))
    })
}

fn reason(message: &str) -> String {
    let quoted = |text: &str| text.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect::<Vec<_>>();
    match message.rsplit_once("expected ") {
        Some((found, expected)) if found.starts_with("unknown field `") => {
            let name = quoted(found).into_iter().next().unwrap_or_default();
            let known = quoted(expected);
            let hint = suggestion(&name, known.iter().map(String::as_str));
            let hint = hint.unwrap_or_else(|| format!("the keys here are {}", known.join(", ")));
            format!("there is no key `{}`; {hint}", shown(&name))
        }
        Some((found, expected)) if found.starts_with("invalid") || found.starts_with("unknown") => {
            format!("expected {expected}")
        }
        _ if message.starts_with("must ") || message.starts_with("missing ") || message.starts_with("duplicate ") => {
            message.to_owned()
        }
        Some((_, expected)) => format!("expected {expected}"),
        None => "it is not valid TOML".to_owned(),
    }
}

impl Config {
    /// Adds the connections of the file, and the one for requests that have none: the one that it names or, if `alone`
    /// because no other file has connections, its only one.
    pub(crate) fn connections(&self, builder: Builder, alone: bool) -> Result<Builder, Error> {
        let named = self.connections.iter().map(|(name, members)| (name.clone(), Value::Object(members.clone())));
        let builder = named.fold(builder, |builder, (name, connection)| builder.connection(name, connection));
        let has_references = self.connections.values().any(references::has_reference);
        let builder = if has_references { builder.connection_resolver(References::default()) } else { builder };
        let only = self.connections.keys().next().filter(|_| alone && self.connections.len() == 1);
        match self.connection.as_ref().or(only) {
            None => Ok(builder),
            Some(name) if self.connections.contains_key(name) => {
                Ok(builder.default_connection(Value::from(name.as_str())))
            }
            Some(name) => {
                let hint = suggestion(name, self.connections.keys().map(String::as_str)).unwrap_or_default();
                let message =
                    format!("`connection` of the configuration is {}, which it does not define {hint}", shown(name));
                Err(Error::new(Code::InvalidConnection, message.trim_end().to_owned()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_no_value() {
        for (text, expected) in [
            ("rat = 5", "line 1: there is no key `rat`; did you mean `rate`?"),
            ("\n[policy]\nreadonly = true", "line 3: there is no key `readonly`; did you mean `read-only`?"),
            ("rate = \"canary\"", "line 1: expected u32"),
            ("tries = 0", "line 1: expected a whole number from 1 to 100"),
            ("timeout = \"canary\"", "line 1: expected a duration such as 30s, 1m30s or 500ms"),
            ("log-format = \"canary\"", "line 1: expected "),
            ("rate = canary", "line 1: "),
        ] {
            let why = parse(text).expect_err("it is wrong");
            assert!(why.starts_with(expected) && !why.contains("canary"), "{text}: {why}");
        }
    }
}
