//! Any JSON, any bytes, any page.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::canaries;
use super::draw::Draw;

/// How deep any JSON is.
const DEPTH: usize = 3;

/// Bytes, as readable as they are.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Content {
    Text(String),
    Bytes(Vec<u8>),
}

impl Content {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// The beginning of a JSON text.
    pub(super) fn cut(json: &Value, draw: &mut Draw) -> Self {
        let mut bytes = json.to_string().into_bytes();
        bytes.truncate(draw.number(0..bytes.len()));
        Self::Bytes(bytes)
    }
}

pub(super) fn any_bytes(draw: &mut Draw) -> Content {
    Content::Bytes(draw.list(0..100, |draw| draw.bits().to_le_bytes()[0]))
}

/// Any JSON, with a liking for what nearly fits.
pub(crate) fn any_json(draw: &mut Draw) -> Value {
    any_json_of(draw, any_leaf, any_key, DEPTH)
}

/// Any JSON, some of whose texts and keys contain a secret.
pub(super) fn any_json_with_secrets(draw: &mut Draw) -> Value {
    let leaf = |draw: &mut Draw| if draw.one_in(3) { canaries::text(draw).into() } else { any_leaf(draw) };
    let key = |draw: &mut Draw| if draw.one_in(8) { canaries::text(draw) } else { any_key(draw) };
    any_json_of(draw, leaf, key, DEPTH)
}

fn any_leaf(draw: &mut Draw) -> Value {
    const LIKELY: [&str; 16] = [
        "10978752986",
        "true",
        "2026-02-30",
        "2026-02-03T09:00:00Z",
        "-009999-01-02T00:00:00Z",
        "9999-12-31T23:59:59.9999999Z",
        "[{\"typeId\": 1}]",
        "{",
        "../..",
        "a/./%2e%2e/{tenant}?#",
        "\r\nX: y",
        "99999999999999999999",
        "1e400",
        "-0",
        "",
        "data:;base64,====",
    ];
    match draw.number(0..11) {
        0 => Value::Null,
        1 => draw.flag().into(),
        2 => draw.bits().cast_signed().into(),
        3 => (*draw.pick(&[i64::MAX, i64::MIN, -1, 0, 1, 1 << 53])).into(),
        4 => f64::from_bits(draw.bits()).into(),
        5 | 6 => draw.text(13).into(),
        _ => (*draw.pick(&LIKELY)).into(),
    }
}

fn any_json_of(draw: &mut Draw, leaf: fn(&mut Draw) -> Value, key: fn(&mut Draw) -> String, depth: usize) -> Value {
    match draw.number(0..4) {
        0 if depth > 0 => draw.list(0..5, |draw| any_json_of(draw, leaf, key, depth - 1)).into(),
        1 if depth > 0 => {
            let members = draw.list(0..5, |draw| (key(draw), any_json_of(draw, leaf, key, depth - 1)));
            members.into_iter().collect::<Map<_, _>>().into()
        }
        _ => leaf(draw),
    }
}

fn any_key(draw: &mut Draw) -> String {
    match draw.number(0..7) {
        0 => draw.text(7),
        1 | 2 => draw.letters(1..7),
        _ => (*draw.pick(&["key", "value", "id", "typeId", "data", "fields", "name"])).to_owned(),
    }
}

/// A page with any records and members: of the first component, or of the second one.
pub(super) fn any_page(draw: &mut Draw) -> Value {
    const TIMES: [&str; 3] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00.1234567Z", "9999-12-31T23:59:59Z"];
    let time = |draw: &mut Draw| if draw.one_in(3) { any_json(draw) } else { (*draw.pick(&TIMES)).into() };
    let record = |draw: &mut Draw| {
        if draw.one_in(6) {
            return any_json(draw);
        }
        let id = if draw.one_in(4) { any_json(draw) } else { draw.number(0..9).into() };
        let (created, modified) = (time(draw), time(draw));
        json!({"id": id, "key": id, "createdOn": created, "made": created, "modifiedOn": modified, "touched": modified})
    };
    let member = |draw: &mut Draw| if draw.flag() { any_json(draw) } else { draw.number(0..9).into() };
    let (more, records, size, total) = (draw.flag(), draw.list(0..5, record), member(draw), member(draw));
    let next = match draw.number(0..4) {
        0 => any_json(draw),
        1 => Value::Null,
        _ => (*draw.pick(&["a", "b"])).into(),
    };
    json!({
        "page": 1, "pageSize": size, "hasMore": more, "totalCount": total, "data": records, "items": records,
        "meta": {"next": next, "count": total},
    })
}
