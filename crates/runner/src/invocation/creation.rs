//! Creates that happen once: an idempotency key is kept with the new record, and looked for before the request is sent.

use std::sync::Arc;
use std::time::Duration;

use pipefit_component::{
    Action, Body, Code, Error, IdempotencyKey, IdempotencyKeys, ListEndpoint, Request, Response, Result, Transport,
    WrittenRecord,
};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::Mutex;

use crate::lists::Page;
use crate::replies::bad_reply;
use crate::transport::digest;

/// How long the caller should wait before a request whose outcome is unknown is repeated: services show new records
/// with a delay.
const BEFORE_REPETITION: Duration = Duration::from_mins(3);

/// The maximum length of a key, in characters.
const MAX_KEY: usize = 128;

/// A request that creates a record once for each idempotency key.
pub(crate) struct CreateOnce {
    keys: &'static dyn IdempotencyKeys,
    list: &'static ListEndpoint,
    path: String,
    application_id: String,
    key: String,
    digest: String,
}

impl CreateOnce {
    /// Adds an idempotency key to a request. Fails if the service cannot keep the key, or if the operator has set no
    /// application id, under which it is kept.
    pub(super) fn prepare(request: &mut Request, key: String, application_id: Option<&str>) -> Result<Self> {
        let refuse = |why: String| Err(Error::new(Code::InvalidRequest, format!("`idempotencyKey` {why}")));
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(is_plain) {
            return refuse(format!("must be 1 to {MAX_KEY} letters, digits or the characters `-`, `_`, `.` and `:`"));
        }
        let record = request.writes.as_ref().filter(|record| record.id.is_none());
        let Some((keys, record)) = record.and_then(|record| Some((record.list.idempotency_keys?, record))) else {
            let line = request.line();
            return refuse(format!("is not possible here: the service keeps no key with what `{line}` writes"));
        };
        let Some(application_id) = application_id else {
            return refuse(
                "needs the application id under which keys are kept: the operator sets it, for example \
                           with `--application-id`"
                    .to_owned(),
            );
        };
        if let Err(expected) = keys.check_application_id(application_id) {
            return refuse(format!("needs another application id: the operator's is not {expected}"));
        }
        let WrittenRecord { list, path, .. } = record.clone();
        let Body::Json(body) = &mut request.body else {
            return refuse("is not possible for a request without a JSON body".to_owned());
        };
        let digest = digest([body.to_string().as_str()]);
        let create = Self { keys, list, path, application_id: application_id.to_owned(), key, digest };
        match create.keys.add(body, create.key()) {
            Ok(()) => Ok(create),
            Err(why) => refuse(format!("is not possible: {why}")),
        }
    }

    /// The parts that tell this creation from others of the same account.
    pub(super) fn identity(&self) -> [&str; 3] {
        [&self.path, &self.application_id, &self.key]
    }

    fn key(&self) -> IdempotencyKey<'_> {
        IdempotencyKey { application_id: &self.application_id, key: &self.key, digest: &self.digest }
    }

    /// Returns the record that has the key or, if there is none, creates it. The flag says whether it existed.
    ///
    /// Only one creation with this key runs at a time, which `lock` ensures.
    pub(super) async fn run(
        &self,
        action: &dyn Action,
        transport: &dyn Transport,
        request: &Request,
        lock: Arc<Mutex<()>>,
    ) -> Result<(Response, bool)> {
        let _only = lock.lock_owned().await;
        if let Some(found) = self.find(transport).await? {
            return Ok((found, true));
        }
        match action.reply(request, transport.send(request).await) {
            Ok(response) => Ok((response, false)),
            // The record may be there although the response was lost.
            Err(error) if matches!(error.code(), Code::OutcomeUnknown | Code::BadReply) => {
                match self.find(transport).await {
                    Ok(Some(found)) => Ok((found, false)),
                    _ => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the record with the key, which may be inactive by now. Fails if another request used the key.
    async fn find(&self, transport: &dyn Transport) -> Result<Option<Response>> {
        let mut query = self.keys.query(self.key());
        query.extend(self.list.including_inactive.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let request = self.list.page_at(&self.path, query);
        let response = transport.send(&request).await?;
        let page = Page::read(&self.list.layout, &response.body)?;
        for record in &page.records {
            let fields: Value =
                serde_json::from_str(record.get()).map_err(|_| bad_reply("a record is not an object"))?;
            // A service that ignores the filter returns other records.
            let Some(digest) = self.keys.digest_of(&fields, self.key()) else { continue };
            if digest != self.digest {
                let message = format!("the idempotency key `{}` was used for a request with other inputs", self.key);
                return Err(Error::new(Code::Conflict, message));
            }
            return Ok(Some(Response::new(RawValue::get(record).to_owned())));
        }
        Ok(None)
    }

    /// Says how an unknown outcome is resolved.
    pub(super) fn explain(error: Error) -> Error {
        if error.code() != Code::OutcomeUnknown {
            return error;
        }
        let message = format!(
            "{}; repeat the request with the same idempotency key in a few minutes: it returns the record if it was \
             created",
            error.message()
        );
        error.with_message(message).with_retryable(true).with_retry_after(Some(BEFORE_REPETITION))
    }
}
