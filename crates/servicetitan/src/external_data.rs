//! External data: keys and values that an integration stores with a record, under the GUID of its application.

use pipefit_component::{IdempotencyKey, IdempotencyKeys};
use serde_json::{Map, Value, json};

/// The name of the external data that holds an idempotency key.
const KEY: &str = "pipefitIdempotencyKey";

/// The name of the external data that holds the digest of the request.
const DIGEST: &str = "pipefitRequestDigest";

/// The body field of external data.
const EXTERNAL_DATA: &str = "externalData";

pub(crate) static EXTERNAL_DATA_KEYS: ExternalDataKeys = ExternalDataKeys;

/// Keeps idempotency keys in the external data of records.
#[derive(Debug)]
pub(crate) struct ExternalDataKeys;

impl IdempotencyKeys for ExternalDataKeys {
    fn check_application_id(&self, application_id: &str) -> Result<(), &'static str> {
        let groups: Vec<_> = application_id.split('-').collect();
        let are_hexadecimal = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
        let is_guid = are_hexadecimal && lengths == [8, 4, 4, 4, 12];
        if is_guid { Ok(()) } else { Err("a GUID such as `6b29fc40-ca47-1067-b31d-00dd010662da`") }
    }

    fn add(&self, body: &mut Value, key: IdempotencyKey<'_>) -> Result<(), String> {
        let given = &mut body[EXTERNAL_DATA];
        if given.is_null() {
            *given = json!({"applicationGuid": key.application_id, EXTERNAL_DATA: []});
        }
        let owner = given["applicationGuid"].as_str().unwrap_or_default();
        if !owner.eq_ignore_ascii_case(key.application_id) {
            return Err(format!(
                "the key is stored as external data of the application `{}`, so `externalData` cannot belong to \
                 another application",
                key.application_id
            ));
        }
        let Some(items) = given[EXTERNAL_DATA].as_array_mut() else { return Ok(()) };
        for (name, value) in [(KEY, key.key), (DIGEST, key.digest)] {
            if items.iter().any(|item| item["key"] == name) {
                return Err(format!("`externalData` must not set `{name}`, which is reserved"));
            }
            items.push(json!({"key": name, "value": value}));
        }
        Ok(())
    }

    fn query(&self, key: IdempotencyKey<'_>) -> Vec<(String, String)> {
        [("externalDataApplicationGuid", key.application_id), ("externalDataKey", KEY), ("externalDataValues", key.key)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    fn digest_of(&self, record: &Value, key: IdempotencyKey<'_>) -> Option<String> {
        let items = record[EXTERNAL_DATA].as_array()?;
        let items = items.iter().filter_map(|item| Some((item["key"].as_str()?.to_owned(), item["value"].clone())));
        let values: Map<_, _> = items.collect();
        let digest = values.get(DIGEST).and_then(Value::as_str).unwrap_or_default();
        (values.get(KEY)?.as_str()? == key.key).then(|| digest.to_owned())
    }
}
