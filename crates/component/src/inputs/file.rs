//! Files and their JSON format: `{"data": base64, "contentType", "fileName"}`.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::coerce::parsed;
use crate::{Error, Input, Problem, Result};

/// Standard base64 that also accepts missing padding and unused bits which are not zero, as some encoders write them.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The media type of a file of which nothing else is known.
const BYTES: &str = "application/octet-stream";

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The name to store it under.
    pub name: Option<String>,
    /// The media type, if it is stated.
    pub content_type: Option<String>,
    /// The bytes.
    pub data: Bytes,
}

impl File {
    /// Reads a file from any of its JSON formats. Returns `None` if the value is not a file, or if its name or media
    /// type contains control characters: they could write headers of a form.
    pub fn from_value(value: &Value) -> Option<Self> {
        let value = coerce(value.clone());
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        if ["fileName", "contentType"].iter().any(|key| text(key).is_some_and(|text| text.contains(char::is_control))) {
            return None;
        }
        let data = BASE64.decode(text("data")?).ok()?;
        let name = text("fileName").filter(|name| !name.is_empty()).map(ToOwned::to_owned);
        Some(Self { name, content_type: text("contentType").map(ToOwned::to_owned), data: data.into() })
    }

    /// The media type: the stated one, or else that of files with such a name.
    pub fn media_type(&self) -> &str {
        let of_name = || self.name.as_deref().and_then(guessed);
        self.content_type.as_deref().or_else(of_name).unwrap_or(BYTES)
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
        let mut value = json!({"data": BASE64.encode(&self.data)});
        if let Some(content_type) = &self.content_type {
            value["contentType"] = json!(content_type);
        }
        if let Some(name) = &self.name {
            value["fileName"] = json!(name);
        }
        value
    }
}

/// Coerces a file to an object with `data` in standard base64 and, if they are known, `contentType` and `fileName`. The
/// file may be base64 text, a data URL, a buffer as Node writes it, an object with one of these as its `data`, or such
/// an object as JSON text. Leaves other values unchanged.
pub(super) fn coerce(value: Value) -> Value {
    let value = parsed(value, Value::is_object);
    let mut file = match value {
        Value::Object(ref file) if !is_buffer(file) => file.clone(),
        ref data => Map::from_iter([("data".to_owned(), data.clone())]),
    };
    let Some((data, media_type)) = file.get("data").and_then(read_bytes) else {
        return value;
    };
    let mut text = |keys: [&str; 2]| {
        let given = keys.iter().find_map(|key| file.get(*key).and_then(Value::as_str)).unwrap_or_default().trim();
        let given = Some(given.to_owned()).filter(|text| !text.is_empty())?;
        file.retain(|key, _| !keys.contains(&key.as_str()));
        Some(given)
    };
    let extension = text(["suggestedExtension", "fileExtension"]);
    let extension = extension.map(|extension| format!("file.{}", extension.trim_start_matches('.')));
    let stated = text(["contentType", "mimeType"]).or(media_type);
    let name = text(["fileName", "filename"]).or(extension);
    let content_type = stated.or_else(|| name.as_deref().and_then(guessed).map(ToOwned::to_owned));
    file.insert("data".to_owned(), Value::from(BASE64.encode(data)));
    match content_type {
        Some(content_type) => drop(file.insert("contentType".to_owned(), Value::from(content_type))),
        // Blank or null: not stated.
        None => file.retain(|key, value| key != "contentType" || !(value.is_null() || value.is_string())),
    }
    file.extend(name.map(|name| ("fileName".to_owned(), Value::from(name))));
    Value::Object(file)
}

/// Returns the media type of files with such a name.
fn guessed(name: &str) -> Option<&'static str> {
    mime_guess::from_path(name).first_raw()
}

/// Whether an object is a buffer as Node writes it: `{"type": "Buffer", "data": [1, 2]}`.
fn is_buffer(object: &Map<String, Value>) -> bool {
    object.get("type").and_then(Value::as_str) == Some("Buffer") && object.get("data").is_some_and(Value::is_array)
}

/// Returns the bytes of text in base64, a data URL or a buffer, and the media type if the value states it.
fn read_bytes(value: &Value) -> Option<(Vec<u8>, Option<String>)> {
    match value {
        Value::String(text) => match of_data_url(text) {
            Some((head, data)) => {
                let (media_type, is_base64) = match head.rsplit_once(';') {
                    Some((media_type, last)) if last.trim().eq_ignore_ascii_case("base64") => (media_type, true),
                    _ => (head, false),
                };
                let bytes = if is_base64 { decode(data)? } else { percent_decode_str(data).collect() };
                Some((bytes, Some(media_type.to_owned()).filter(|media_type| !media_type.is_empty())))
            }
            None => Some((decode(text)?, None)),
        },
        Value::Object(buffer) if is_buffer(buffer) => read_bytes(buffer.get("data")?),
        Value::Array(bytes) => {
            let byte = |byte: &Value| u8::try_from(byte.as_u64()?).ok();
            Some((bytes.iter().map(byte).collect::<Option<_>>()?, None))
        }
        _ => None,
    }
}

/// Splits a data URL, whose scheme may be in any letter case, at its comma.
fn of_data_url(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.trim_start().split_once(':')?;
    rest.split_once(',').filter(|_| scheme.eq_ignore_ascii_case("data"))
}

/// Decodes base64 of the standard or the URL alphabet, with or without line breaks and padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    let standard = |letter: char| match letter {
        '-' => '+',
        '_' => '/',
        other => other,
    };
    let text: String = text.chars().filter(|letter| !letter.is_ascii_whitespace()).map(standard).collect();
    BASE64.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preserves_every_byte() {
        for length in [0, 1, 2, 3, 256] {
            let data: Bytes = (0..=u8::MAX).cycle().take(length).collect();
            let file = File { name: Some("ü.bin".to_owned()), content_type: Some("image/png".to_owned()), data };
            assert_eq!(File::from_value(&file.to_value()), Some(file));
        }
    }

    #[test]
    fn reads_files_as_people_and_programs_write_them() {
        for value in [
            json!("3q2+7w=="),
            json!("3q2-7w"),
            json!({"data": "3q2+\r\n7w==\n"}),
            json!({"type": "Buffer", "data": [222, 173, 190, 239]}),
            json!({"data": {"type": "Buffer", "data": [222, 173, 190, 239]}}),
            json!("data:application/octet-stream;base64,3q2+7w=="),
            json!("data:,%DE%AD%BE%EF"),
            json!("DATA:;BASE64,3q2+7w=="),
            json!(r#"{"data": "3q2+7w=="}"#),
        ] {
            let file = File::from_value(&value);
            let read = file.as_ref().map(|file| (&file.data[..], file.media_type(), file.name.as_deref()));
            assert_eq!(read, Some((&[222, 173, 190, 239][..], BYTES, None)), "{value}");
        }
    }

    #[test]
    fn guesses_the_media_type_from_the_name() {
        let guessed = |file: Value| File::from_value(&file).map(|file| (file.media_type().to_owned(), file.name));
        let png = |name: &str| Some(("image/png".to_owned(), Some(name.to_owned())));
        assert_eq!(guessed(json!({"data": "", "fileName": "plate.PNG"})), png("plate.PNG"));
        assert_eq!(guessed(json!({"data": "", "suggestedExtension": "png"})), png("file.png"));
        assert_eq!(guessed(json!({"data": "", "mimeType": "image/png", "fileName": "a.txt"})), png("a.txt"));
    }

    #[test]
    fn rejects_values_that_are_not_files() {
        let with = |name: &str, content_type: &str| json!({"data": "", "fileName": name, "contentType": content_type});
        let broken = [with("a\r\nb", "a/b"), with("a", "a/b\nc"), with("a\0", "a/b")];
        let values = [json!("Q"), json!({"data": [256]}), json!({"data": "Q", "contentType": "a/b"}), json!(null)];
        for value in values.into_iter().chain(broken) {
            assert_eq!(File::from_value(&value), None, "{value}");
        }
    }
}
