//! Verification: reads a written record back, and compares it with what was sent.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use pipefit_component::{Body, Code, Error, Request, Result, Transport, WrittenRecord};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::lists::{Decimal, Page};
use crate::replies::{Verification, bad_reply};

/// The number of characters of a UUID.
const UUID_LENGTH: usize = 36;

/// What was sent, and the record that should show it.
pub(crate) struct Verifier {
    record: WrittenRecord,
    sent: Map<String, Value>,
}

/// Whether a record shows a value that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shown {
    No,
    /// The record shows it in another form, or not at all.
    Unclear,
    Yes,
}

impl Verifier {
    /// Prepares the verification of a request. Fails if the service has no read for what it writes.
    pub(super) fn prepare(request: Option<&Request>) -> Result<Self> {
        let record = request.and_then(|request| request.writes.as_ref()).filter(|record| record.is_readable());
        let body = request.map(|request| &request.body);
        if let (Some(record), Some(Body::Json(Value::Object(sent)))) = (record, body) {
            return Ok(Self { record: record.clone(), sent: sent.clone() });
        }
        let what = request.map_or_else(|| "this unit".to_owned(), |request| format!("`{}`", request.line()));
        let message = format!(
            "`verify` is not possible for {what}: only an action that creates or changes a record which the service \
             can return by its id can be verified"
        );
        Err(Error::new(Code::InvalidRequest, message))
    }

    /// Reads the record and compares it. `data` is the reply to the write. A failure to read is part of the result,
    /// because the write was done.
    pub(crate) async fn verify(&self, transport: &dyn Transport, data: &RawValue) -> Verification {
        match self.read(transport, data).await {
            Ok(record) => self.compare(&record),
            Err(error) => Verification::failed(error),
        }
    }

    async fn read(&self, transport: &dyn Transport, data: &RawValue) -> Result<Map<String, Value>> {
        let id = self.record.id.clone().or_else(|| self.id_of(data));
        let id = id.ok_or_else(|| bad_reply("the response to the write names no id to read the record by"))?;
        let request = self.record.read(&id);
        let response = transport.send(&request).await?;
        let found = match request.list {
            None => serde_json::from_slice(&response.body).ok(),
            Some(list) => self.record_of(&Page::read(&list.layout, &response.body)?, &id),
        };
        found.ok_or_else(|| bad_reply("the record could not be read back"))
    }

    /// The id in the reply to a creation: a field of the new record, or the reply itself.
    fn id_of(&self, data: &RawValue) -> Option<String> {
        let data: Value = serde_json::from_str(data.get()).ok()?;
        as_id(data.get(self.record.list.id).unwrap_or(&data))
    }

    fn record_of(&self, page: &Page<'_>, id: &str) -> Option<Map<String, Value>> {
        let records = page.records.iter().filter_map(|record| serde_json::from_str(record.get()).ok());
        let mut records =
            records.filter(|record: &Map<_, _>| record.get(self.record.list.id).and_then(as_id).as_deref() == Some(id));
        records.next()
    }

    fn compare(&self, record: &Map<String, Value>) -> Verification {
        let (mut unapplied, mut unverified) = (Vec::new(), Vec::new());
        for (name, sent) in &self.sent {
            match record.get(name).map_or(Shown::Unclear, |found| shows(found, sent)) {
                Shown::Yes => {}
                Shown::No => unapplied.push(name.clone()),
                Shown::Unclear => unverified.push(name.clone()),
            }
        }
        Verification { unapplied: Some(unapplied), unverified, error: None }
    }
}

fn as_id(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// Whether a value of a record shows a value that was sent. Services add members, complete texts and write numbers and
/// times in their own form.
fn shows(found: &Value, sent: &Value) -> Shown {
    let when = |is_equal: bool| if is_equal { Shown::Yes } else { Shown::No };
    match (found, sent) {
        // A record may show a part of itself only on demand.
        (Value::Null | Value::Array(_), Value::Object(_)) => Shown::Unclear,
        (found, sent) if is_empty(found) || is_empty(sent) => when(is_empty(found) && is_empty(sent)),
        (Value::Number(found), Value::Number(sent)) => when(Decimal::of(found) == Decimal::of(sent)),
        (Value::String(found), Value::String(sent)) => when(is_same_text(found.trim(), sent.trim())),
        (Value::Bool(found), Value::Bool(sent)) => when(found == sent),
        (Value::Array(found), Value::Array(sent)) if found.len() < sent.len() => Shown::No,
        (Value::Array(found), Value::Array(sent)) => {
            let best = |item| found.iter().map(|other| shows(other, item)).max().unwrap_or(Shown::No);
            sent.iter().map(best).min().unwrap_or(Shown::Yes)
        }
        (Value::Object(found), Value::Object(sent)) => {
            let members = sent.iter().filter_map(|(name, sent)| Some(shows(found.get(name)?, sent)));
            members.min().unwrap_or(Shown::Yes)
        }
        _ => Shown::Unclear,
    }
}

/// Whether a value says that there is nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// Whether texts are equal, are the same UUID, or name the same moment.
fn is_same_text(found: &str, sent: &str) -> bool {
    let is_same_uuid = || found.len() == UUID_LENGTH && found.eq_ignore_ascii_case(sent);
    found == sent || is_same_uuid() || moment(found).is_some_and(|found| Some(found) == moment(sent))
}

/// Reads a time; without a zone it is UTC, and a day is its midnight.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_in_another_form_is_shown() {
        for (found, sent, expected) in [
            (json!(19.9), json!(19.90), Shown::Yes),
            (json!(19.9), json!(19.91), Shown::No),
            (json!("2026-01-31T09:00:00Z"), json!("2026-01-31T10:00:00+01:00"), Shown::Yes),
            (json!("2026-01-31T00:00:00"), json!("2026-01-31"), Shown::Yes),
            (json!("2026-01-31T09:00:00Z"), json!("2026-01-31"), Shown::No),
            (json!("a "), json!("a"), Shown::Yes),
            (json!("A"), json!("a"), Shown::No),
            (json!(null), json!(""), Shown::Yes),
            (json!(null), json!("a"), Shown::No),
            (json!([2, 1]), json!([1, 2]), Shown::Yes),
            (json!([1]), json!([1, 2]), Shown::No),
            (json!([1, 2]), json!([]), Shown::No),
            (json!([{"typeId": 1, "name": "N", "value": "x"}]), json!([{"typeId": 1, "value": "x"}]), Shown::Yes),
            (json!({"street": "1 Elm", "latitude": 1.5}), json!({"street": "1 Elm"}), Shown::Yes),
            (json!({"street": "1 Elm"}), json!({"street": "2 Elm", "unit": "B"}), Shown::No),
            (json!([1]), json!({"a": 1}), Shown::Unclear),
        ] {
            assert_eq!(shows(&found, &sent), expected, "{found} {sent}");
        }
    }
}
