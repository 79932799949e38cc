//! Shows the request that would be sent, and sends nothing.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use pipefit_component::{Auth, Body, Code, Error, Part, PartBody, Reply, Request, Result, Transport};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use crate::connection::Account;
use crate::http;
use crate::masking::MASK;

/// Keeps the first request that a unit makes.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<Option<Request>>);

#[async_trait]
impl Transport for Recorder {
    async fn send(&self, request: Request) -> Result<Reply> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(request);
        Err(Error::new(Code::Cancelled, "a dry run sends nothing"))
    }
}

impl Recorder {
    /// The request that was kept.
    pub(crate) fn request(self) -> Option<Request> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Describes a request as it would go out, with every secret masked.
pub(crate) fn describe(request: &Request, account: &Account) -> Result<Value> {
    let url = http::url_of(request, account)?;
    let token = matches!(account.target.auth, Auth::ClientCredentials(_)).then(|| SecretString::from(MASK));
    let mut headers = Map::new();
    for (name, value) in &http::headers_of(request, account, token.as_ref())? {
        let shown = if value.is_sensitive() { MASK } else { value.to_str().unwrap_or(MASK) };
        headers.insert(name.to_string(), json!(shown));
    }
    let mut described = json!({"method": request.method.0, "url": url.as_str(), "headers": headers});
    let body = match &request.body {
        Body::None => None,
        Body::Json(value) => Some(("application/json".to_owned(), value.clone())),
        Body::Bytes { content_type, data } => {
            Some((content_type.clone().unwrap_or_default(), json!(String::from_utf8_lossy(data))))
        }
        Body::Multipart(parts) => Some(("multipart/form-data".to_owned(), describe_parts(parts))),
    };
    if let Some((content_type, body)) = body {
        if !content_type.is_empty() {
            described["headers"]["content-type"] = json!(content_type);
        }
        described["body"] = body;
    }
    hide(&mut described, account);
    Ok(described)
}

/// Describes the parts of a form; of a file, all but its bytes.
pub(crate) fn describe_parts(parts: &[Part]) -> Value {
    parts.iter().map(part).collect()
}

fn part(part: &Part) -> Value {
    match &part.body {
        PartBody::Text(text) => json!({"name": part.name, "text": text}),
        PartBody::File(file) => json!({
            "name": part.name,
            "fileName": file.name,
            "contentType": file.content_type,
            "size": file.data.len(),
        }),
    }
}

/// Masks inside the texts only, so that what is described stays JSON.
fn hide(value: &mut Value, account: &Account) {
    match value {
        Value::String(text) => *text = account.mask.hide(text),
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, account)),
        Value::Object(members) => members.values_mut().for_each(|member| hide(member, account)),
        _ => {}
    }
}
