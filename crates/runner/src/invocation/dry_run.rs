//! Dry runs: describe the request that would be sent, and send nothing.

use pipefit_component::{Body, Request, Result};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use crate::transport::{MASK, OutgoingRequest, Session, describe_parts};

/// Describes a request as it would be sent, with secrets masked.
pub(crate) fn describe(request: &Request, session: &Session) -> Result<Value> {
    let account = session.account();
    let has_token = account.token.is_some() || account.token_request().is_some();
    let token = has_token.then(|| SecretString::from(MASK));
    let outgoing = OutgoingRequest::new(request, account)?.with_credentials(account, token.as_ref())?;
    let mut headers = Map::new();
    for (name, value) in &outgoing.headers(account) {
        let shown = if value.is_sensitive() { MASK } else { value.to_str().unwrap_or(MASK) };
        headers.insert(name.to_string(), json!(shown));
    }
    let mut described = json!({"method": request.method.name(), "url": outgoing.uri.to_string(), "headers": headers});
    match &request.body {
        Body::Json(value) => described["body"] = value.clone(),
        Body::Bytes { data, .. } => described["body"] = json!(String::from_utf8_lossy(data)),
        Body::Multipart(parts) => {
            described["headers"]["content-type"] = json!("multipart/form-data");
            described["body"] = describe_parts(parts);
        }
        _ => {}
    }
    Ok(session.mask().hide_json(described))
}
