//! Files and their JSON format: `{"data": base64, "contentType", "fileName"}`.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::{Error, Input, Problem, Result};

/// Standard base64 that also accepts unused bits which are not zero, as some encoders write them.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The name to store it under.
    pub name: Option<String>,
    /// The media type.
    pub content_type: String,
    /// The bytes.
    pub data: Bytes,
}

impl File {
    /// Reads a file from its JSON format. Returns `None` if the value is not a file, or if its name or media type
    /// contains control characters: they could write headers of a form.
    pub fn from_value(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        if ["fileName", "contentType"].iter().any(|key| text(key).is_some_and(|text| text.contains(char::is_control))) {
            return None;
        }
        let data = BASE64.decode(text("data")?).ok()?;
        let name = text("fileName").filter(|name| !name.is_empty()).map(ToOwned::to_owned);
        Some(Self { name, content_type: text("contentType")?.to_owned(), data: data.into() })
    }

    /// Sets the name to the value of an input, if there is one. Fails if the name contains control characters.
    pub fn named(self, input: &Input, name: Option<&str>) -> Result<Self> {
        match name {
            Some(name) if name.contains(char::is_control) => {
                let message = format!("`{}` must not contain line breaks or other control characters", input.key);
                Err(Error::input(input.key, Problem::InvalidValue, message))
            }
            name => Ok(Self { name: name.map(ToOwned::to_owned).or(self.name), ..self }),
        }
    }

    /// Returns the file in its JSON format.
    pub fn to_value(&self) -> Value {
        let mut value = json!({"data": BASE64.encode(&self.data), "contentType": self.content_type});
        if let Some(name) = &self.name {
            value["fileName"] = json!(name);
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preserves_every_byte() {
        for length in [0, 1, 2, 3, 256] {
            let data: Bytes = (0..=u8::MAX).cycle().take(length).collect();
            let file = File { name: Some("ü.bin".to_owned()), content_type: "image/png".to_owned(), data };
            assert_eq!(File::from_value(&file.to_value()), Some(file));
        }
    }

    #[test]
    fn rejects_values_that_are_not_files() {
        let with = |name: &str, content_type: &str| json!({"data": "", "fileName": name, "contentType": content_type});
        let broken = [with("a\r\nb", "a/b"), with("a", "a/b\n"), with("a\0", "a/b")];
        let values = [json!("QQ=="), json!({"data": "QQ=="}), json!({"data": "Q", "contentType": "a/b"}), json!(null)];
        for value in values.into_iter().chain(broken) {
            assert_eq!(File::from_value(&value), None, "{value}");
        }
    }
}
