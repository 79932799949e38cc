//! `--file`: files whose contents become inputs. A request cannot refer to a file because it may not be trusted.

use std::fs;
use std::path::{Path, PathBuf};

use pipefit::component::File;
use pipefit::{Issue, Problem};
use serde_json::{Map, Value, json};

/// `INPUT=PATH`, or `INPUT.FIELD=PATH` for a pair of a list of key and value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GivenFile {
    input: String,
    field: Option<String>,
    path: PathBuf,
}

impl GivenFile {
    pub(crate) fn new(input: &str, field: Option<&str>, path: &Path) -> Self {
        Self { input: input.to_owned(), field: field.map(ToOwned::to_owned), path: path.to_owned() }
    }

    /// Parses the value of the flag.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (target, path) = text.split_once('=').unwrap_or_default();
        let (input, field) = target.split_once('.').map_or((target, None), |(input, field)| (input, Some(field)));
        if input.is_empty() || path.is_empty() || field == Some("") {
            return Err("expected INPUT=PATH, such as file=photo.jpg".to_owned());
        }
        Ok(Self { input: input.to_owned(), field: field.map(ToOwned::to_owned), path: PathBuf::from(path) })
    }

    /// Reads the file and sets the input to its contents and its name.
    pub(crate) fn put_into(&self, inputs: &mut Map<String, Value>) -> Result<(), Issue> {
        let data = fs::read(&self.path).map_err(|error| {
            let message = format!("cannot read {} for `{}`: {error}", self.path.display(), self.input);
            Issue::new(&self.input, Problem::InvalidValue, message)
        })?;
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned());
        // Its media type is guessed from the name.
        let file = File { name, content_type: None, data: data.into() }.to_value();
        match &self.field {
            None => {
                inputs.insert(self.input.clone(), file);
            }
            Some(field) => match inputs.entry(self.input.clone()).or_insert_with(|| json!([])) {
                Value::Array(pairs) => pairs.push(json!({"key": field, "value": file})),
                Value::Object(pairs) => {
                    pairs.insert(field.clone(), file);
                }
                other => *other = json!([{"key": field, "value": file}]),
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_an_input_and_a_path() {
        let given = |text| GivenFile::parse(text).ok().map(|file| (file.input, file.field, file.path));
        assert_eq!(given("file=a=b.png"), Some(("file".to_owned(), None, "a=b.png".into())));
        assert_eq!(given("fileData.x=/y"), Some(("fileData".to_owned(), Some("x".to_owned()), "/y".into())));
        for wrong in ["", "file", "file=", "=x", "fileData.=x"] {
            assert_eq!(given(wrong), None, "{wrong}");
        }
    }
}
