//! How a fault is written in a file: one flat object, durations in milliseconds.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::faults::{Fault, FaultKind};

/// One entry of a file of faults.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct FaultEntry {
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "is_zero")]
    skip: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(skip: &usize) -> bool {
    *skip == 0
}

impl TryFrom<FaultEntry> for Fault {
    type Error = String;

    fn try_from(entry: FaultEntry) -> Result<Self, String> {
        let kind = kind_of(&entry)?;
        if entry.probability.is_some_and(|probability| !(0.0..=1.0).contains(&probability)) {
            return Err("`probability` must be between 0 and 1".to_owned());
        }
        let FaultEntry { method, path, skip, times, probability, .. } = entry;
        Ok(Self { method, path, skip, times, probability, kind })
    }
}

fn kind_of(entry: &FaultEntry) -> Result<FaultKind, String> {
    let needs = |field: &str| format!("`{}` needs `{field}`", entry.kind);
    let delay = || entry.delay_ms.map(Duration::from_millis).ok_or_else(|| needs("delayMs"));
    let bytes = || entry.bytes.ok_or_else(|| needs("bytes"));
    Ok(match entry.kind.as_str() {
        "status" => {
            let status = entry.status.ok_or_else(|| needs("status"))?;
            if !(200..600).contains(&status) {
                return Err(format!("`{status}` is no final HTTP status"));
            }
            FaultKind::Status { status, body: entry.body.clone() }
        }
        "tooManyRequests" => FaultKind::TooManyRequests { retry_after: entry.retry_after.clone() },
        "resetBeforeRead" => FaultKind::ResetBeforeRead,
        "dropBeforeRead" => FaultKind::DropBeforeRead,
        "resetAfterCommit" => FaultKind::ResetAfterCommit,
        "cutBody" => FaultKind::CutBody { bytes: bytes()? },
        "notJson" => FaultKind::NotJson,
        "slowFirstByte" => FaultKind::SlowFirstByte { delay: delay()? },
        "slowTrickle" => FaultKind::SlowTrickle { bytes: bytes()?.max(1), every: delay()? },
        "endlessBody" => FaultKind::EndlessBody,
        "revokeToken" => FaultKind::RevokeToken,
        "refuse" => FaultKind::Refuse,
        "" => return Err("a fault needs a `kind`".to_owned()),
        other => return Err(format!("unknown kind of fault `{other}`")),
    })
}

impl From<Fault> for FaultEntry {
    fn from(fault: Fault) -> Self {
        let Fault { method, path, skip, times, probability, kind } = fault;
        let mut entry = Self { method, path, skip, times, probability, ..Self::default() };
        let millis = |span: Duration| u64::try_from(span.as_millis()).ok();
        let name = match kind {
            FaultKind::Status { status, body } => {
                (entry.status, entry.body) = (Some(status), body);
                "status"
            }
            FaultKind::TooManyRequests { retry_after } => {
                entry.retry_after = retry_after;
                "tooManyRequests"
            }
            FaultKind::CutBody { bytes } => {
                entry.bytes = Some(bytes);
                "cutBody"
            }
            FaultKind::SlowFirstByte { delay } => {
                entry.delay_ms = millis(delay);
                "slowFirstByte"
            }
            FaultKind::SlowTrickle { bytes, every } => {
                (entry.bytes, entry.delay_ms) = (Some(bytes), millis(every));
                "slowTrickle"
            }
            FaultKind::ResetBeforeRead => "resetBeforeRead",
            FaultKind::DropBeforeRead => "dropBeforeRead",
            FaultKind::ResetAfterCommit => "resetAfterCommit",
            FaultKind::NotJson => "notJson",
            FaultKind::EndlessBody => "endlessBody",
            FaultKind::RevokeToken => "revokeToken",
            FaultKind::Refuse => "refuse",
        };
        name.clone_into(&mut entry.kind);
        entry
    }
}
