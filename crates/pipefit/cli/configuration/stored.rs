//! `pipefit connection add`, `list` and `remove`: the connections of the configuration file.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap_complete::engine::ArgValueCompleter;
use pipefit::component::{Component, DefaultValue, Effect, Input, Inputs, shown};
use pipefit::runner::suggestion;
use pipefit::{Catalog, Code, Error};
use serde_json::{Map, Value, json};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table};

use super::{Config, access, operator};
use crate::cli::{commands, complete, configuration, exit, out};

const WHAT: &str = "the configuration";

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Print the connections as one JSON list
    #[arg(long)]
    json: bool,
    /// The configuration file [default: pipefit/config.toml in the folder for configuration, such as ~/.config]
    #[arg(long, value_name = "FILE", env = configuration::VARIABLE)]
    config: Option<PathBuf>,
    /// List the connections of this JSON file, too
    #[arg(long, value_name = "FILE", env = configuration::CONNECTIONS)]
    connections: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RemoveArgs {
    /// The name of the connection
    #[arg(add = ArgValueCompleter::new(complete::connections))]
    name: String,
    /// The configuration file [default: pipefit/config.toml in the folder for configuration, such as ~/.config]
    #[arg(long, value_name = "FILE", env = configuration::VARIABLE)]
    config: Option<PathBuf>,
}

/// Lists names, components and files. No field is shown.
pub(crate) fn list(args: &ListArgs) -> ExitCode {
    match rows(args) {
        Err(error) => out::fail(&error),
        Ok(rows) if args.json => out::finish(&Value::Array(rows).to_string(), exit::OK),
        Ok(rows) if rows.is_empty() => {
            out::say("there are no connections; `pipefit connection add NAME` adds one");
            ExitCode::from(exit::OK)
        }
        Ok(rows) => {
            let cell =
                |row: &Value, column: &str| out::printable(row[column].as_str().unwrap_or_default()).into_owned();
            let widest = |column| rows.iter().map(|row| cell(row, column).chars().count()).max().unwrap_or(0);
            let (names, keys) = (widest("name"), widest("key"));
            let line = |row| format!("{:names$}  {:keys$}  {}", cell(row, "name"), cell(row, "key"), cell(row, "file"));
            out::finish(&rows.iter().map(line).collect::<Vec<_>>().join("\n"), exit::OK)
        }
    }
}

fn rows(args: &ListArgs) -> Result<Vec<Value>, Error> {
    let config = configuration::load(args.config.as_deref())?;
    let file = configuration::path(args.config.as_deref()).unwrap_or_default();
    let row = |name: &str, members: &Map<String, Value>, file: &Path| {
        let key = members.get("key").and_then(Value::as_str);
        json!({"name": name, "key": key, "file": file.display().to_string()})
    };
    let mut rows: Vec<_> = config.connections.iter().map(|(name, members)| row(name, members, &file)).collect();
    if let Some(file) = args.connections.as_deref().filter(|file| !file.as_os_str().is_empty()) {
        for (name, connection) in operator::read_connections(file)? {
            rows.push(row(&name, connection.as_object().unwrap_or(&Map::new()), file));
        }
    }
    Ok(rows)
}

/// Removes a connection from the file.
pub(crate) fn remove(args: &RemoveArgs) -> ExitCode {
    let removed = || {
        let config = configuration::load(args.config.as_deref())?;
        let file = file(args.config.as_deref())?;
        if !config.connections.contains_key(&args.name) {
            let hint = suggestion(&args.name, config.connections.keys().map(String::as_str));
            let hint = hint.unwrap_or_else(|| "`pipefit connection list` lists them".to_owned());
            let message = format!("there is no connection {} in {}; {hint}", shown(&args.name), file.display());
            return Err(Error::new(Code::InvalidConnection, message));
        }
        change(&file, |document| {
            if let Some(connections) = document.get_mut("connections").and_then(Item::as_table_like_mut) {
                connections.remove(&args.name);
            }
            if document.get("connection").and_then(Item::as_str) == Some(&args.name) {
                document.remove("connection");
            }
        })?;
        Ok(file)
    };
    match removed() {
        Ok(file) => out::finish(&format!("removed {} from {}", args.name, file.display()), exit::OK),
        Err(error) => out::fail(&error),
    }
}

/// Fails if the connection cannot be added under this name.
pub(crate) fn check_name(config: &Config, name: &str, replace: bool) -> Result<(), Error> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let why = match config.connections.contains_key(name) {
        _ if name.is_empty() || !name.bytes().all(plain) => "a name consists of letters, digits, `-`, `_` and `.`",
        true if !replace => "there is a connection with this name; `--replace` replaces it",
        _ => return Ok(()),
    };
    Err(Error::new(Code::InvalidRequest, format!("cannot add {}: {why}", shown(name))))
}

/// Returns the new connection: asks for its fields at a terminal, otherwise reads it from stdin.
pub(crate) fn obtain(component: &Component) -> Result<Value, Error> {
    if io::stdin().is_terminal() { ask(component) } else { commands::connection::read_connection() }
}

fn ask(component: &Component) -> Result<Value, Error> {
    let connection = component.connection;
    out::say(&format!("{}, {}. An empty answer leaves an optional field out.", component.label, connection.label()));
    let mut fields = Map::new();
    for input in connection.inputs().iter().filter(|input| !input.hidden) {
        let default = default_for(component, input, &fields);
        let answer = answer_for(input, default).map_err(|error| {
            Error::new(Code::InvalidRequest, format!("cannot read `{}` from the terminal: {error}", input.key))
        })?;
        if !answer.is_empty() {
            fields.insert(input.key.to_owned(), Value::from(answer));
        }
    }
    Ok(json!({"key": connection.key(), "fields": fields}))
}

/// Returns the value that an empty answer stands for: the declared one or, if the other answers leave only one choice,
/// that one.
fn default_for(component: &Component, input: &Input, fields: &Map<String, Value>) -> &'static str {
    if let Some(DefaultValue::Text(text)) = input.default {
        return text;
    }
    let connection = component.connection;
    let declared: Vec<_> = connection.inputs().iter().collect();
    let fits = |choice: &&str| {
        let mut fields = fields.clone();
        fields.insert(input.key.to_owned(), Value::from(*choice));
        Inputs::read(&declared, fields).is_ok_and(|fields| connection.target(&fields).is_ok())
    };
    let fitting: Vec<_> = input.choices.iter().map(|choice| choice.value).filter(fits).collect();
    match fitting.as_slice() {
        [only] if input.required => only,
        _ => "",
    }
}

/// Whether somebody at the terminal says yes. Without a terminal, nobody does.
pub(crate) fn confirms(question: &str) -> bool {
    let mut line = String::new();
    let asked = io::stdin().is_terminal() && write!(io::stderr(), "{question} [y/N]: ").is_ok();
    asked && io::stdin().read_line(&mut line).is_ok() && ["y", "yes"].contains(&line.trim().to_lowercase().as_str())
}

/// Asks until a required field has a value. What is typed for a secret is not shown.
fn answer_for(input: &Input, default: &str) -> io::Result<String> {
    out::say("");
    out::say(&input.description(Effect::Read));
    let choices: Vec<_> = input.choices.iter().map(|choice| choice.value).filter(|value| !value.is_empty()).collect();
    if !choices.is_empty() {
        out::say(&format!("One of: {}", choices.join(", ")));
    }
    let shown = if default.is_empty() { String::new() } else { format!(" [{default}]") };
    loop {
        let prompt = format!("{}{shown}: ", input.label);
        let answer = if input.secret {
            rpassword::prompt_password(prompt)?
        } else {
            write!(io::stderr(), "{prompt}")?;
            let mut line = String::new();
            if io::stdin().read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            line
        };
        match answer.trim() {
            "" if input.required && default.is_empty() => out::say("A value is required."),
            "" => return Ok(default.to_owned()),
            answer if !choices.is_empty() && !input.open && !choices.contains(&answer) => {
                out::say(&format!("Expected one of: {}", choices.join(", ")));
            }
            answer => return Ok(answer.to_owned()),
        }
    }
}

/// Writes a connection into the file.
pub(crate) fn store(given: Option<&Path>, name: &str, connection: &Value) -> Result<PathBuf, Error> {
    let file = file(given)?;
    change(&file, |document| {
        let connections = document.entry("connections").or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        if let Some(connections) = connections.as_table_like_mut() {
            connections.insert(name, Item::Table(table_of(connection, true)));
        }
    })?;
    Ok(file)
}

/// Returns an object as a table; `deep` makes tables of the objects in it, too.
fn table_of(value: &Value, deep: bool) -> Table {
    let members = value.as_object().into_iter().flatten();
    let item = |value: &Value| match value {
        Value::Object(_) if deep => Item::Table(table_of(value, false)),
        other => Item::Value(value_of(other)),
    };
    members.filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.as_str(), item(value))).collect()
}

fn value_of(value: &Value) -> toml_edit::Value {
    match value {
        Value::Bool(flag) => (*flag).into(),
        Value::Array(items) => toml_edit::Value::Array(items.iter().map(value_of).collect::<Array>()),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.as_str(), value_of(value)));
            toml_edit::Value::InlineTable(members.collect::<InlineTable>())
        }
        Value::String(text) => text.as_str().into(),
        // The fields of a connection take numbers as text.
        other => other.to_string().into(),
    }
}

fn file(given: Option<&Path>) -> Result<PathBuf, Error> {
    configuration::path(given).ok_or_else(|| {
        let message = "there is no folder for configuration: set `HOME`, or name the file with `--config`";
        Error::new(Code::InvalidRequest, message)
    })
}

/// Changes the file. What else is in it stays, comments too. Only its owner may read it afterwards.
fn change(file: &Path, edit: impl FnOnce(&mut DocumentMut)) -> Result<(), Error> {
    // Behind a link, the file itself is replaced.
    let file = &file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let text = if file.exists() { access::read(file, WHAT)? } else { Vec::new() };
    let text = String::from_utf8(text).map_err(|_| access::refuse(file, WHAT, "it is not UTF-8"))?;
    let document = text.parse::<DocumentMut>();
    let mut document = document.map_err(|_| access::refuse(file, WHAT, "it is not valid TOML"))?;
    edit(&mut document);
    replace(file, &document.to_string())
        .map_err(|error| Error::new(Code::Internal, format!("cannot write {WHAT} to {}: {error}", file.display())))
}

fn replace(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create(folder)?;
    // Readable by its owner only, from the beginning.
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(file).map(drop).map_err(|error| error.error)
}

/// Creates a folder for its owner only, unless it is there.
fn create(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Returns the component with this key or, without a key, the only one.
pub(crate) fn component(key: Option<&str>) -> Result<&'static Component, Error> {
    let components = Catalog::registered().components();
    let known = || components.iter().map(|component| component.key).collect::<Vec<_>>().join(", ");
    let found = match (key, components.as_slice()) {
        (None, [component]) => Some(*component),
        (None, _) => None,
        (Some(key), all) => all.iter().find(|component| component.key == key).copied(),
    };
    found.ok_or_else(|| {
        Error::new(Code::InvalidRequest, format!("`--component` must name one of the components: {}", known()))
    })
}
