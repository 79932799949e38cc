//! How a fault is written in a file: one flat object, durations in milliseconds.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::data::json::Object;
use crate::faults::FaultKind;

pub(super) mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        u64::try_from(span.as_millis()).unwrap_or(u64::MAX).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) fn is_zero(skip: &usize) -> bool {
    *skip == 0
}

pub(super) fn final_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let status = u16::deserialize(deserializer)?;
    if (200..600).contains(&status) {
        Ok(status)
    } else {
        Err(D::Error::custom(format!("`{status}` is no final HTTP status")))
    }
}

pub(super) fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let path = Option::<String>::deserialize(deserializer)?;
    let parts = path.as_deref().and_then(|path| path.rsplit_once('/'));
    if parts.is_some_and(|(before, _)| before.split('/').any(|part| part == "**")) {
        return Err(D::Error::custom("`path` may have `**` only as its last part, as in `/jpm/**`"));
    }
    Ok(path)
}

pub(super) fn chance<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let chance = Option::<f64>::deserialize(deserializer)?;
    if chance.is_none_or(|chance| (0.0..=1.0).contains(&chance)) {
        return Ok(chance);
    }
    Err(D::Error::custom("`probability` must be between 0 and 1"))
}

/// The kind from the fields that are not those of every fault. Serde cannot refuse unknown ones in a flat object.
pub(super) fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FaultKind, D::Error> {
    let given = Object::deserialize(deserializer)?;
    let kind = serde_json::from_value(Value::Object(given.clone())).map_err(D::Error::custom)?;
    let known = serde_json::to_value(&kind).map_err(D::Error::custom)?;
    match given.iter().find(|(name, value)| known.get(name).is_none() && !value.is_null()) {
        Some((name, _)) => Err(D::Error::custom(format!("unknown field `{name}`"))),
        None => Ok(kind),
    }
}
