//! One request, from its head and body to a response: tokens, rate limit, route, checks, handler.

use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Instant;

use hyper::body::Bytes;
use hyper::http::request::Parts;
use hyper::{Method, Response};
use serde_json::Value;

use crate::data::clock::Clock;
use crate::data::json::{Object, id_of};
use crate::data::kind::is_guid;
use crate::data::lock;
use crate::data::store::Store;
use crate::data::table::Table;
use crate::faults::drift::{Drifts, apply};
use crate::faults::{Faults, TOKEN_PATH};
use crate::http::auth::{APP_KEY_PARAMETER, Gate, header};
use crate::http::limiter::Limiter;
use crate::http::log::{Log, RecordedRequest};
use crate::http::respond::{json, redirect, refusal, success};
use crate::http::router::{Operation, find};
use crate::http::storage::{self, Storage};
use crate::lists::{Listing, Selections, Source, write_shown};
use crate::problem::Problem;
use crate::query::Query;
use crate::resources::accounting::payments;
use crate::resources::call::{Call, Reply};
use crate::resources::endpoint::{Action, Body, Single};
use crate::resources::validation::Findings;

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
    pub(crate) largest_page: u32,
    /// Where downloads are redirected to; `None` if they come directly.
    pub(crate) storage: Option<Storage>,
}

struct Request<'a> {
    head: &'a Parts,
    body: &'a Bytes,
    query: Query,
    ignored: Vec<String>,
}

type Outcome = Result<Response<Bytes>, Problem>;

impl Api {
    /// Records a request before anything can happen to it.
    pub(crate) fn record(&self, head: &Parts) -> Option<usize> {
        self.log.add(|| RecordedRequest {
            received: Instant::now(),
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: query_of(head).0,
            headers: head
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
                .collect(),
            body: Bytes::new(),
            operation: operation(head),
            status: None,
            ignored: Vec::new(),
        })
    }

    pub(crate) fn handle(&self, head: &Parts, body: &Bytes, entry: Option<usize>) -> Response<Bytes> {
        if head.uri.path() == TOKEN_PATH {
            return self.token(head, body);
        }
        let mut request = Request { head, body, query: query_of(head), ignored: Vec::new() };
        let outcome = match (&self.storage, head.uri.path().strip_prefix(storage::PREFIX)) {
            (Some(storage), Some(path)) => {
                storage.file(&self.store(), path, &request.query, &head.headers).map(|file| success(Reply::File(file)))
            }
            _ => self.route(&mut request),
        };
        self.log.update(entry, |entry| entry.ignored.clone_from(&request.ignored));
        outcome.unwrap_or_else(|problem| refusal(&problem))
    }

    fn token(&self, head: &Parts, body: &Bytes) -> Response<Bytes> {
        if head.method != Method::POST {
            return refusal(&Problem::new(405, "The method is not allowed."));
        }
        let (status, body) = self.gate.token(&head.headers, body, &self.clock);
        json(status, body.to_string())
    }

    fn route(&self, request: &mut Request<'_>) -> Outcome {
        let Parts { method, uri, headers, .. } = request.head;
        let tenant = tenant_in(uri.path()).ok_or_else(Problem::nothing_here)?;
        self.gate.check(headers, &request.query, tenant, &self.clock)?;
        if let Some(limiter) = &self.limiter {
            limiter.acquire(Instant::now()).map_err(|wait| Problem::too_many(Some(wait.to_string())))?;
        }
        let (operation, ids) = find(method.as_str(), uri.path())?;
        self.perform(operation, ids, request)
    }

    fn perform(&self, operation: Operation, ids: Vec<i64>, request: &mut Request<'_>) -> Outcome {
        let table = operation.table;
        match &operation.endpoint.action {
            Action::List(listing) => {
                request.ignored = listing.ignored(table, &request.query);
                self.refuse_ignored(request)?;
                self.list(table, listing, &ids, &request.query)
            }
            Action::Get(single) => {
                self.note_ignored(single.parameters, request)?;
                self.single(table, single, &ids, &request.query)
            }
            Action::Download(read) => {
                self.note_ignored(&["path"], request)?;
                let file = read(&self.store(), &request.query)?;
                let path = request.query.get("path").unwrap_or_default();
                Ok(self.storage.as_ref().map_or_else(|| success(file), |storage| redirect(&storage.link(path))))
            }
            Action::Write { body, run } => {
                let given = self.body(table, *body, request)?;
                let is_payment = operation.endpoint.path == payments::CREATE_PATH;
                if is_payment && !self.create_payment {
                    return Err(Problem::nothing_here());
                }
                self.write(operation, *body, ids, given, run)
            }
            Action::Upload(run) => {
                self.note_ignored(&[], request)?;
                let content_type = header(&request.head.headers, "content-type").unwrap_or_default().to_owned();
                self.write(operation, Body::None, ids, Object::new(), |call| run(call, &content_type, request.body))
            }
        }
    }

    fn list(&self, table: &'static Table, listing: &Listing, ids: &[i64], query: &Query) -> Outcome {
        let (body, shown) = {
            let store = self.store();
            let (selections, largest_page) = (&self.selections, self.largest_page);
            let source = Source { table, store: &store, selections, largest_page };
            let (body, slots) = listing.respond(&source, ids, query)?;
            let shown: Vec<i64> = slots.iter().take(64).map(|slot| store.keys(table, *slot).id).collect();
            (body, shown)
        };
        for change in self.drifts.due(table) {
            apply(&mut self.store_mut(), table, change, &shown, self.clock.now());
        }
        Ok(json(200, body))
    }

    fn single(&self, table: &'static Table, single: &Single, ids: &[i64], query: &Query) -> Outcome {
        let store = self.store();
        let id = ids.last().copied().unwrap_or_default();
        let slot = store.slot(table, id).ok_or_else(|| Problem::not_found(table.noun, id))?;
        if let (Some(field), [above, _]) = (single.parent, ids)
            && id_of(&store.at(table, slot), field) != Some(*above)
        {
            return Err(Problem::not_found(table.noun, id));
        }
        let guid = query.get("externalDataApplicationGuid").filter(|_| !single.parameters.is_empty());
        if guid.is_some_and(|guid| !is_guid(guid)) {
            return Err(Problem::field("externalDataApplicationGuid", "The value is not valid: expected a GUID."));
        }
        let mut body = Vec::with_capacity(2048);
        write_shown(&store, table, slot, &[], guid, &mut body);
        Ok(json(200, body))
    }

    /// The body of a write, checked against the fields that it may have.
    fn body(&self, table: &Table, body: Body, request: &mut Request<'_>) -> Result<Object, Problem> {
        self.note_ignored(&[], request)?;
        if matches!(body, Body::None) {
            return Ok(Object::new());
        }
        let content_type = header(&request.head.headers, "content-type").unwrap_or_default();
        if !content_type.to_lowercase().starts_with("application/json") {
            return Err(Problem::new(415, "The body must be application/json."));
        }
        let given = match serde_json::from_slice::<Value>(request.body) {
            Ok(Value::Object(given)) => given,
            Ok(_) => return Err(Problem::field("", "The body must be a JSON object.")),
            Err(_) if request.body.is_empty() => {
                return Err(Problem::field("", "A non-empty request body is required."));
            }
            Err(error) => return Err(Problem::field("", format!("The body is not valid JSON: {error}."))),
        };
        let (fields, mode) = body.fields(table);
        let mut findings = Findings::of(fields, mode, &given);
        request.ignored.append(&mut findings.unknown);
        if !findings.faults.is_empty() {
            return Err(Problem::invalid(findings.faults));
        }
        self.refuse_ignored(request)?;
        Ok(given)
    }

    fn write(
        &self,
        operation: Operation,
        body: Body,
        ids: Vec<i64>,
        given: Object,
        run: impl FnOnce(&mut Call<'_>) -> Result<Reply, Problem>,
    ) -> Outcome {
        let Operation { table, endpoint } = operation;
        let (fields, mode) = body.fields(table);
        let (mut store, now) = (self.store_mut(), self.clock.now());
        let mut call = Call { store: &mut store, now, table, fields, mode, ids, body: given, touched: Vec::new() };
        let reply = run(&mut call)?;
        if let Some(id) = call.touched.first() {
            lock(&self.writes).push((endpoint.path, *id));
        }
        Ok(success(reply))
    }

    fn note_ignored(&self, known: &[&str], request: &mut Request<'_>) -> Result<(), Problem> {
        let is_known = |name: &str| known.iter().any(|own| own.eq_ignore_ascii_case(name));
        let unknown = request.query.0.iter().map(|(name, _)| name).filter(|name| !is_known(name));
        request.ignored = unknown.cloned().collect();
        self.refuse_ignored(request)
    }

    /// A strict sandbox refuses what the API would silently ignore.
    fn refuse_ignored(&self, request: &mut Request<'_>) -> Result<(), Problem> {
        request.ignored.retain(|name| name != APP_KEY_PARAMETER);
        if !self.strict || request.ignored.is_empty() {
            return Ok(());
        }
        let fault = |name: &String| (name.clone(), "The API would silently ignore this.".to_owned());
        Err(Problem::invalid(request.ignored.iter().map(fault).collect()))
    }

    pub(crate) fn store(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn store_mut(&self) -> RwLockWriteGuard<'_, Store> {
        self.store.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn query_of(head: &Parts) -> Query {
    Query::parse(head.uri.query().unwrap_or_default().as_bytes())
}

fn operation(head: &Parts) -> Option<&'static str> {
    if head.uri.path() == TOKEN_PATH {
        return Some(TOKEN_PATH);
    }
    if head.uri.path().starts_with(storage::PREFIX) {
        return Some(storage::TEMPLATE);
    }
    find(head.method.as_str(), head.uri.path()).ok().map(|(operation, _)| operation.endpoint.path)
}

/// The tenant of `/{service}/v2/tenant/{tenant}/...`.
fn tenant_in(path: &str) -> Option<&str> {
    let mut segments = path.strip_prefix('/')?.split('/').skip(1);
    let versioned = segments.next() == Some("v2") && segments.next() == Some("tenant");
    segments.next().filter(|tenant| versioned && !tenant.is_empty())
}
