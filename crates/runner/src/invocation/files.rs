//! Files that inputs refer to: replaced by their content before the inputs are checked.

use std::pin::Pin;

use pipefit_component::{Error, Input, Kind, Problem, Result, shown};
use serde_json::{Map, Value};

use crate::host::FileSource;

/// The member that refers to a file; an object with this member alone is a reference.
const REFERENCE: &str = "reference";

/// How deep references are looked for: a file, in a list of pairs.
const DEPTH: u32 = 3;

/// Replaces the references to files in the inputs that take files. Fails if there is no such file, or no file source.
pub(super) async fn read(
    source: Option<&dyn FileSource>,
    declared: &[&'static Input],
    given: &mut Map<String, Value>,
) -> Result<()> {
    for input in declared.iter().filter(|input| matches!(input.kind, Kind::File | Kind::Part)) {
        if let Some(value) = given.get_mut(input.key) {
            replace(source, input.key, value, DEPTH).await?;
        }
    }
    Ok(())
}

fn replace<'a>(
    source: Option<&'a dyn FileSource>,
    key: &'static str,
    value: &'a mut Value,
    depth: u32,
) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
    Box::pin(async move {
        if let Some(reference) = reference_of(value) {
            let refuse = |why: String| Error::input(key, Problem::InvalidValue, format!("`{key}` {why}"));
            let Some(source) = source else {
                return Err(refuse("refers to a file, but this runtime has no file source".to_owned()));
            };
            let file = source.read(reference).await?;
            let file =
                file.ok_or_else(|| refuse(format!("refers to a file that is not there: {}", shown(reference))))?;
            *value = file.to_value();
            return Ok(());
        }
        let inner: Vec<_> = match value {
            _ if depth == 0 => Vec::new(),
            Value::Array(items) => items.iter_mut().collect(),
            Value::Object(members) => members.values_mut().collect(),
            _ => Vec::new(),
        };
        for value in inner {
            replace(source, key, value, depth - 1).await?;
        }
        Ok(())
    })
}

fn reference_of(value: &Value) -> Option<&str> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    members.get(REFERENCE)?.as_str()
}
