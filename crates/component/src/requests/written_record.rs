//! Records that requests write: how they are read back, and how a service keeps idempotency keys with them.

use std::fmt;

use serde_json::Value;

use crate::{ListEndpoint, Method, Request, Result};

/// The record that a request creates or changes.
#[derive(Clone, Debug)]
pub struct WrittenRecord {
    /// The list that it belongs to.
    pub list: &'static ListEndpoint,
    /// The path of the list. The placeholders that are left are filled by the connection.
    pub path: String,
    /// The encoded id of the record, if the request changes it; `None` if the request creates it.
    pub id: Option<String>,
}

impl WrittenRecord {
    /// Whether the service has a read for such a record.
    pub fn is_readable(&self) -> bool {
        self.list.record_is_readable || self.list.ids.is_some()
    }

    /// Returns the request that reads the record with this id: the record itself, or the page of the list that holds
    /// it.
    pub fn read(&self, id: &str) -> Request {
        if self.list.record_is_readable {
            return Request::new(Method::Get, format!("{}/{id}", self.path));
        }
        let filters = self.list.ids.map(|ids| (ids, id)).into_iter().chain(self.list.including_inactive);
        self.list.page_at(&self.path, filters.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// An idempotency key of a request that creates a record.
#[derive(Clone, Copy, Debug)]
pub struct IdempotencyKey<'a> {
    /// The id of the integration at the service, under which the key is kept.
    pub application_id: &'a str,
    /// The key that the caller chose.
    pub key: &'a str,
    /// A digest of the request, which tells a repeated request from another one with the same key.
    pub digest: &'a str,
}

/// How a service keeps idempotency keys with the records of a list.
pub trait IdempotencyKeys: fmt::Debug + Send + Sync {
    /// Checks the id of an integration. The error says what it should be.
    fn check_application_id(&self, application_id: &str) -> Result<(), &'static str>;

    /// Adds a key to the body of a request. The error says why the body cannot hold it.
    fn add(&self, body: &mut Value, key: IdempotencyKey<'_>) -> Result<(), String>;

    /// Returns the query parameters that find the records with this key.
    fn query(&self, key: IdempotencyKey<'_>) -> Vec<(String, String)>;

    /// Returns the digest that a record keeps with this key, or `None` if the record does not have the key.
    fn digest_of(&self, record: &Value, key: IdempotencyKey<'_>) -> Option<String>;
}
