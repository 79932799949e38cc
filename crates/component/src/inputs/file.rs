//! The contents of a file, and its form in JSON: `{"data": base64, "contentType", "fileName"}`.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::{Error, Input, Problem, Result};

/// Writes as everybody does; reads what other writers leave in the last bits, too.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// The contents of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The name it is stored under.
    pub name: Option<String>,
    /// Its media type.
    pub content_type: String,
    /// Its bytes.
    pub data: Bytes,
}

impl File {
    /// Reads the JSON form; `None` if it is not a file.
    pub fn from_value(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let data = BASE64.decode(text("data")?).ok()?;
        let name = text("fileName").filter(|name| !name.is_empty()).map(ToOwned::to_owned);
        Some(Self { name, content_type: text("contentType")?.to_owned(), data: data.into() })
    }

    /// The file under the name that an input gives it, where it gives one.
    pub fn named(self, input: &Input, name: Option<&str>) -> Result<Self> {
        match name {
            Some(name) if name.contains(char::is_control) => {
                let message = format!("`{}` may not hold line breaks or other control characters", input.key);
                Err(Error::input(input.key, Problem::InvalidValue, message))
            }
            name => Ok(Self { name: name.map(ToOwned::to_owned).or(self.name), ..self }),
        }
    }

    /// The JSON form.
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
    fn every_byte_survives() {
        for length in [0, 1, 2, 3, 256] {
            let data: Bytes = (0..=u8::MAX).cycle().take(length).collect();
            let file = File { name: Some("ü.bin".to_owned()), content_type: "image/png".to_owned(), data };
            assert_eq!(File::from_value(&file.to_value()), Some(file));
        }
    }

    #[test]
    fn what_is_no_file_is_none() {
        for value in [json!("QQ=="), json!({"data": "QQ=="}), json!({"data": "Q", "contentType": "a/b"}), json!(null)] {
            assert_eq!(File::from_value(&value), None, "{value}");
        }
    }
}
