//! One request, from its head and body to a reply: gate, limit, route, checks, handler.

use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Instant;

use hyper::Response;
use hyper::body::Bytes;
use hyper::http::request::Parts;
use serde_json::Value;

use crate::auth::{APP_KEY_PARAMETER, Gate, header};
use crate::call::{Call, Reply};
use crate::drift::{Drifts, apply};
use crate::fault::{FaultKind, Faults, TOKEN_PATH};
use crate::json::Object;
use crate::limit::Limiter;
use crate::listing::{Listing, Selections, write_shown};
use crate::log::{Log, RecordedRequest};
use crate::payload::Payload;
use crate::problem::Problem;
use crate::query::Query;
use crate::route::{Action, Endpoint, Route, Single, find};
use crate::schema::{Field, Findings};
use crate::stamp::Clock;
use crate::storage::{self, Storage};
use crate::store::Store;

/// The whole sandbox behind its socket.
pub(crate) struct Api {
    pub(crate) gate: Gate,
    pub(crate) clock: Clock,
    pub(crate) store: RwLock<Store>,
    pub(crate) selections: Selections,
    pub(crate) limiter: Option<Limiter>,
    pub(crate) log: Log,
    pub(crate) faults: Faults,
    pub(crate) drifts: Drifts,
    pub(crate) writes: Mutex<Vec<(&'static str, i64)>>,
    pub(crate) strict: bool,
    pub(crate) create_payment: bool,
    /// The most records of a page.
    pub(crate) largest_page: u32,
    /// Where downloads are redirected to, unless they come directly.
    pub(crate) storage: Option<Storage>,
}

/// One request on its way through.
struct Incoming<'a> {
    head: &'a Parts,
    body: &'a Bytes,
    query: Query,
    ignored: Vec<String>,
}

impl Api {
    /// Records a request before anything can happen to it.
    pub(crate) fn note(&self, head: &Parts) -> Option<usize> {
        let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        self.log.add(|| RecordedRequest {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: Query::parse(head.uri.query().unwrap_or_default()).0,
            headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: Bytes::new(),
            operation: operation(head),
            status: None,
            ignored: Vec::new(),
        })
    }

    /// The reply of a fault that keeps the request from being carried out.
    pub(crate) fn instead(&self, fault: &FaultKind, head: &Parts) -> Option<Response<Payload>> {
        let whole = |reply: Response<Bytes>| reply.map(Payload::whole);
        Some(match fault {
            FaultKind::Status { status, body: None } => whole(refusal(&Problem::new(*status, reason(*status)))),
            FaultKind::Status { status, body: Some(body) } => whole(reply(*status, "application/json", body.clone())),
            FaultKind::TooManyRequests { retry_after } => whole(too_many(retry_after.as_deref())),
            FaultKind::NotJson => {
                let page = "<!DOCTYPE html><html><head><title>Service</title></head><body>Please wait.</body></html>";
                whole(reply(200, "text/html; charset=utf-8", page))
            }
            FaultKind::EndlessBody => {
                let mut endless = reply(200, "application/json; charset=utf-8", "");
                endless.headers_mut().remove("content-length");
                endless.map(|_| Payload::Endless { first: true })
            }
            FaultKind::RevokeToken => {
                self.gate.revoke(&head.headers);
                whole(refusal(&Problem::new(401, "The access token is not valid.")))
            }
            _ => return None,
        })
    }

    pub(crate) fn handle(&self, head: &Parts, body: &Bytes, number: Option<usize>) -> Response<Bytes> {
        if head.uri.path() == TOKEN_PATH {
            if head.method != hyper::Method::POST {
                return refusal(&Problem::new(405, "The method is not allowed."));
            }
            let (status, answer) = self.gate.token(&head.headers, body, &self.clock);
            return reply(status, "application/json; charset=utf-8", answer.to_string());
        }
        let query = Query::parse(head.uri.query().unwrap_or_default());
        let mut incoming = Incoming { head, body, query, ignored: Vec::new() };
        let outcome = match (&self.storage, head.uri.path().strip_prefix(storage::PREFIX)) {
            (Some(storage), Some(path)) => {
                storage.file(&self.store(), path, &incoming.query, &head.headers).map(|file| success(Reply::File(file)))
            }
            _ => self.route(&mut incoming),
        };
        self.log.update(number, |entry| entry.ignored.clone_from(&incoming.ignored));
        outcome.unwrap_or_else(|problem| refusal(&problem))
    }

    fn route(&self, incoming: &mut Incoming<'_>) -> Result<Response<Bytes>, Problem> {
        let Some(tenant) = tenant_in(incoming.head.uri.path()) else {
            return Err(Problem::new(404, "There is nothing at this path."));
        };
        let headers = &incoming.head.headers;
        self.gate.check(headers, &incoming.query, tenant, &self.clock)?;
        if let Some(limiter) = &self.limiter {
            let key = &self.gate.credentials.application_key;
            limiter.take(key, tenant, Instant::now()).map_err(|wait| Problem::too_many(wait.to_string(), wait))?;
        }
        match find(incoming.head.method.as_str(), incoming.head.uri.path())? {
            Route::Unknown => Err(Problem::new(404, "There is nothing at this path.")),
            Route::WrongMethod => Err(Problem::new(405, "The method is not allowed.")),
            Route::Found { endpoint, ids } => self.perform(endpoint, ids, incoming),
        }
    }

    fn perform(
        &self,
        endpoint: &'static Endpoint,
        ids: Vec<i64>,
        incoming: &mut Incoming<'_>,
    ) -> Result<Response<Bytes>, Problem> {
        match &endpoint.action {
            Action::List(listing) => {
                incoming.ignored = listing.ignored(&incoming.query);
                self.refuse_ignored(incoming)?;
                self.list(listing, &ids, &incoming.query)
            }
            Action::Get(single) => {
                self.note_ignored(single.takes, incoming)?;
                self.single(single, &ids, &incoming.query)
            }
            Action::Download(read) => {
                self.note_ignored(&["path"], incoming)?;
                let answer = read(&self.store(), &incoming.query)?;
                let path = incoming.query.get("path").unwrap_or_default();
                Ok(self.storage.as_ref().map_or_else(|| success(answer), |storage| redirect(&storage.link(path))))
            }
            Action::Write { body, run } => {
                let given = self.body(endpoint, body, incoming)?;
                if endpoint.path == crate::resources::payments::CREATE_PATH && !self.create_payment {
                    return Err(Problem::new(404, "There is nothing at this path."));
                }
                self.write(endpoint, ids, given, *run)
            }
            Action::Upload(run) => {
                self.note_ignored(&[], incoming)?;
                let content_type = header(&incoming.head.headers, "content-type").unwrap_or_default().to_owned();
                self.write(endpoint, ids, Object::new(), |call| run(call, &content_type, incoming.body))
            }
        }
    }

    fn list(&self, listing: &Listing, ids: &[i64], query: &Query) -> Result<Response<Bytes>, Problem> {
        let (body, shown) = {
            let store = self.store();
            let (body, slots) = listing.answer(&store, &self.selections, ids, query, self.largest_page)?;
            let due = self.drifts.due(listing.table);
            let ids: Vec<i64> = slots.iter().take(64).map(|slot| store.keys(listing.table, *slot).id).collect();
            (body, (due, ids))
        };
        let (due, shown) = shown;
        for change in due {
            apply(&mut self.store_mut(), listing.table, change, &shown, self.clock.now());
        }
        Ok(reply(200, "application/json; charset=utf-8", body))
    }

    fn single(&self, single: &Single, ids: &[i64], query: &Query) -> Result<Response<Bytes>, Problem> {
        let store = self.store();
        let table = single.table;
        let id = ids.last().copied().unwrap_or_default();
        let slot = store.slot(table, id).ok_or_else(|| Problem::not_found(table.spec().noun, id))?;
        if let (Some(field), [above, _]) = (single.parent, ids)
            && crate::json::id_of(&store.at(table, slot), field) != Some(*above)
        {
            return Err(Problem::not_found(table.spec().noun, id));
        }
        let guid = query.get("externalDataApplicationGuid").filter(|_| !single.takes.is_empty());
        if guid.is_some_and(|guid| !crate::schema::is_guid(guid)) {
            return Err(Problem::field("externalDataApplicationGuid", "The value is not valid: expected a GUID."));
        }
        let mut body = Vec::with_capacity(2048);
        write_shown(&store, table, slot, &[], guid, &mut body);
        Ok(reply(200, "application/json; charset=utf-8", body))
    }

    /// The body of a write, checked against the endpoint's fields.
    fn body(&self, endpoint: &Endpoint, fields: &[Field], incoming: &mut Incoming<'_>) -> Result<Object, Problem> {
        self.note_ignored(&[], incoming)?;
        if endpoint.method == "DELETE" {
            return Ok(Object::new());
        }
        let kind = header(&incoming.head.headers, "content-type").unwrap_or_default();
        if !kind.to_lowercase().starts_with("application/json") {
            return Err(Problem::new(415, "The body must be application/json."));
        }
        let parsed = serde_json::from_slice::<Value>(incoming.body);
        let given = match parsed {
            Ok(Value::Object(given)) => given,
            Ok(_) => return Err(Problem::field("", "The body must be a JSON object.")),
            Err(_) if incoming.body.is_empty() => {
                return Err(Problem::field("", "A non-empty request body is required."));
            }
            Err(error) => return Err(Problem::field("", format!("The body is not valid JSON: {error}."))),
        };
        let mut findings = Findings::default();
        findings.object("", fields, &given);
        incoming.ignored.append(&mut findings.unknown);
        if !findings.faults.is_empty() {
            return Err(Problem::invalid(findings.faults));
        }
        self.refuse_ignored(incoming)?;
        Ok(given)
    }

    fn write(
        &self,
        endpoint: &'static Endpoint,
        ids: Vec<i64>,
        body: Object,
        run: impl FnOnce(&mut Call<'_>) -> Result<Reply, Problem>,
    ) -> Result<Response<Bytes>, Problem> {
        let mut store = self.store_mut();
        let mut call = Call { store: &mut store, now: self.clock.now(), ids, body, touched: Vec::new() };
        let answer = run(&mut call)?;
        if let Some(id) = call.touched.first() {
            self.writes.lock().unwrap_or_else(PoisonError::into_inner).push((endpoint.path, *id));
        }
        Ok(success(answer))
    }

    fn note_ignored(&self, known: &[&str], incoming: &mut Incoming<'_>) -> Result<(), Problem> {
        let is_known = |name: &str| known.iter().any(|own| own.eq_ignore_ascii_case(name));
        let unknown = incoming.query.0.iter().map(|(name, _)| name).filter(|name| !is_known(name));
        incoming.ignored = unknown.cloned().collect();
        self.refuse_ignored(incoming)
    }

    /// In a strict sandbox what the API would silently ignore is a fault.
    fn refuse_ignored(&self, incoming: &mut Incoming<'_>) -> Result<(), Problem> {
        incoming.ignored.retain(|name| name != APP_KEY_PARAMETER);
        if !self.strict || incoming.ignored.is_empty() {
            return Ok(());
        }
        let fault = |name: &String| (name.clone(), "The API would silently ignore this.".to_owned());
        Err(Problem::invalid(incoming.ignored.iter().map(fault).collect()))
    }

    pub(crate) fn store(&self) -> std::sync::RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn store_mut(&self) -> std::sync::RwLockWriteGuard<'_, Store> {
        self.store.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn operation(head: &Parts) -> Option<&'static str> {
    if head.uri.path() == TOKEN_PATH {
        return Some(TOKEN_PATH);
    }
    if head.uri.path().starts_with(storage::PREFIX) {
        return Some(storage::TEMPLATE);
    }
    match find(head.method.as_str(), head.uri.path()) {
        Ok(Route::Found { endpoint, .. }) => Some(endpoint.path),
        _ => None,
    }
}

/// The tenant of `/{service}/v2/tenant/{tenant}/...`.
fn tenant_in(path: &str) -> Option<&str> {
    let mut segments = path.strip_prefix('/')?.split('/').skip(1);
    let versioned = segments.next() == Some("v2") && segments.next() == Some("tenant");
    segments.next().filter(|tenant| versioned && !tenant.is_empty())
}

fn success(answer: Reply) -> Response<Bytes> {
    match answer {
        Reply::Json(value) => reply(200, "application/json; charset=utf-8", value.to_string()),
        Reply::Empty => response(200, Bytes::new()),
        Reply::File(file) => {
            let mut answer = reply(200, &file.content_type, file.bytes);
            let name = format!("attachment; filename=\"{}\"", file.file_name);
            if let Ok(name) = name.parse() {
                answer.headers_mut().insert("content-disposition", name);
            }
            answer
        }
    }
}

fn redirect(link: &str) -> Response<Bytes> {
    let mut answer = response(302, Bytes::new());
    if let Ok(link) = link.parse() {
        answer.headers_mut().insert("location", link);
    }
    answer
}

fn refusal(problem: &Problem) -> Response<Bytes> {
    let mut answer = reply(problem.status, "application/problem+json; charset=utf-8", problem.body().to_string());
    set_retry_after(&mut answer, problem.retry_after.as_deref());
    answer
}

fn too_many(retry_after: Option<&str>) -> Response<Bytes> {
    let seconds = retry_after.and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut problem = Problem::too_many("", seconds);
    problem.retry_after = retry_after.map(str::to_owned);
    refusal(&problem)
}

fn set_retry_after(answer: &mut Response<Bytes>, value: Option<&str>) {
    if let Some(value) = value.and_then(|text| text.parse().ok()) {
        answer.headers_mut().insert("retry-after", value);
    }
}

fn reply(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut answer = response(status, body.into());
    if let Ok(value) = content_type.parse() {
        answer.headers_mut().insert("content-type", value);
    }
    answer
}

/// The length is set by hand, so that it also stands where a fault cuts the body.
fn response(status: u16, body: Bytes) -> Response<Bytes> {
    let length = body.len();
    let mut answer = Response::new(body);
    *answer.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    answer.headers_mut().insert("content-length", length.into());
    answer
}

fn reason(status: u16) -> &'static str {
    let known = hyper::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    known.unwrap_or("The request could not be processed.")
}
