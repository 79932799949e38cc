//! Any JSON, any bytes, any page.

use proptest::collection::{hash_map, vec};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::canaries;

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
}

pub(super) fn any_bytes() -> impl Strategy<Value = Content> {
    vec(any::<u8>(), 0..100).prop_map(Content::Bytes)
}

/// Any JSON, with a liking for what nearly fits.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    any_json_of(any_leaf())
}

/// Any JSON, some of whose texts contain a secret.
pub(super) fn any_json_with_secrets() -> impl Strategy<Value = Value> {
    any_json_of(prop_oneof![2 => any_leaf(), 1 => canaries::text().prop_map(Value::from)])
}

fn any_leaf() -> impl Strategy<Value = Value> + Clone {
    let likely = [
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
    let numbers = [i64::MAX, i64::MIN, -1, 0, 1, 1 << 53];
    prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => proptest::sample::select(numbers.to_vec()).prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        2 => ".{0,12}".prop_map(Value::from),
        4 => proptest::sample::select(likely.to_vec()).prop_map(Value::from),
    ]
}

fn any_json_of(leaf: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    leaf.prop_recursive(3, 24, 5, |inner| {
        let key = prop_oneof![
            4 => proptest::sample::select(vec!["key", "value", "id", "typeId", "data", "fields", "name"])
                .prop_map(str::to_owned),
            2 => "[a-z]{1,6}",
            1 => ".{0,6}",
        ];
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            hash_map(key, inner, 0..5).prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

/// A page with any records and members: of the first component, or of the second one.
pub(super) fn any_page() -> impl Strategy<Value = Value> {
    let id = prop_oneof![1 => any_json(), 3 => (0..9_i64).prop_map(Value::from)];
    let times = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00.1234567Z", "9999-12-31T23:59:59Z"].map(Value::from);
    let time = prop_oneof![1 => any_json(), 2 => proptest::sample::select(times.to_vec())];
    let record = (id, time.clone(), time).prop_map(|(id, created, modified)| {
        json!({"id": id, "key": id, "createdOn": created, "made": created, "modifiedOn": modified, "touched": modified})
    });
    let records = vec(prop_oneof![5 => record, 1 => any_json()], 0..5);
    let member = || prop_oneof![1 => any_json(), 1 => (0..9_i64).prop_map(Value::from)];
    let cursor = prop_oneof![1 => any_json(), 1 => Just(Value::Null), 2 => "[ab]".prop_map(Value::from)];
    (any::<bool>(), records, member(), member(), cursor).prop_map(|(more, records, size, total, next)| {
        json!({
            "page": 1, "pageSize": size, "hasMore": more, "totalCount": total, "data": records, "items": records,
            "meta": {"next": next, "count": total},
        })
    })
}
