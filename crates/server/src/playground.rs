//! The playground: a page for trying units by hand, and the JSON interface that it uses.
//!
//! | request | returns |
//! |---|---|
//! | `GET /api/catalog` | the manifests, and the names of the connections |
//! | `GET /api/schemas/{path}` | a file of the schema export |
//! | `POST /api/invoke` | the reply to an invocation, or its error |
//! | `POST /api/diagnose` | the diagnosis of a connection |
//!
//! The status is 200 even if an invocation fails, as its envelope says so: browsers log every other status.

use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use pipefit_component::{Code, Error};
use pipefit_runner::{Invocation, Runtime, error_envelope, error_envelope_of, export, manifest};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::assets::{ASSETS, PAGE};
use crate::guard::{Guard, guard};

/// The maximum number of bytes of a request, which may have files in it.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// What the playground offers.
#[derive(Debug)]
pub struct Playground {
    runtime: Runtime,
    connections: Vec<String>,
    sandbox: bool,
    schemas: OnceLock<BTreeMap<String, String>>,
}

/// A playground that has an address and can be served.
pub struct Server {
    listener: TcpListener,
    guard: Guard,
    playground: Arc<Playground>,
}

impl Playground {
    /// Creates a playground for this runtime, with the names of the connections that it knows.
    pub fn new(runtime: Runtime, connections: Vec<String>) -> Self {
        Self { runtime, connections, sandbox: false, schemas: OnceLock::new() }
    }

    /// Says that all connections lead to a sandbox, so that writes need no care.
    pub fn sandbox(self, sandbox: bool) -> Self {
        Self { sandbox, ..self }
    }

    /// Listens on loopback, on this port or, if it is 0, on a free one. Fails if the port is taken.
    pub async fn bind(self, port: u16) -> io::Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let guard = Guard::new(listener.local_addr()?.port())?;
        Ok(Server { listener, guard, playground: Arc::new(self) })
    }
}

impl Server {
    /// Returns the address that opens the page. Its token lets whoever knows it use the connections.
    pub fn url(&self) -> String {
        self.guard.url()
    }

    /// Serves until `stop` is ready and the requests that were accepted have their responses. Fails if the socket does.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let cookie = self.guard.cookie();
        let mut routes = Router::new()
            .route("/", get(async move || ([(SET_COOKIE, cookie), (CONTENT_TYPE, HTML.to_owned())], PAGE)))
            .route("/api/catalog", get(catalog))
            .route("/api/schemas/{*path}", get(schema))
            .route("/api/invoke", post(invoke))
            .route("/api/diagnose", post(diagnose));
        for asset in ASSETS {
            let file = ([(CONTENT_TYPE, asset.content_type)], asset.bytes);
            routes = routes.route(asset.path, get(async move || file));
        }
        let routes = routes
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .layer(middleware::from_fn(only_json))
            .layer(middleware::from_fn_with_state(self.guard, guard))
            .with_state(self.playground);
        axum::serve(self.listener, routes).with_graceful_shutdown(stop).await
    }
}

const HTML: &str = "text/html; charset=utf-8";

/// Refuses a body that is not declared as JSON: a form of another page could send it without asking.
async fn only_json(request: Request, next: middleware::Next) -> Response {
    let is_json = |headers: &HeaderMap| {
        headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/json"))
    };
    if request.method() == "POST" && !is_json(request.headers()) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "expected application/json\n").into_response();
    }
    next.run(request).await
}

fn json_response(text: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

async fn catalog(State(playground): State<Arc<Playground>>) -> Response {
    let catalog = playground.runtime.catalog();
    let components = catalog.components();
    let manifests: Vec<_> = components.iter().map(|component| manifest::of_component(component, catalog)).collect();
    let all = json!({
        "sandbox": playground.sandbox,
        "connections": playground.connections,
        "components": manifests,
    });
    json_response(all.to_string())
}

async fn schema(State(playground): State<Arc<Playground>>, Path(path): Path<String>) -> Response {
    let files = playground.schemas.get_or_init(|| export::files(playground.runtime.catalog()));
    match files.get(&path) {
        Some(text) => json_response(text.clone()),
        None => (StatusCode::NOT_FOUND, "there is no such schema\n").into_response(),
    }
}

async fn invoke(State(playground): State<Arc<Playground>>, body: Bytes) -> Response {
    let invocation = match Invocation::from_json(&body) {
        Ok(invocation) => invocation,
        Err(error) => return json_response(error_envelope_of(Invocation::id_of(&body).as_ref(), &error)),
    };
    let id = invocation.id.clone();
    let prepared = match playground.runtime.prepare(invocation).await {
        Ok(prepared) => prepared,
        Err(error) => return json_response(error_envelope_of(id.as_ref(), &error)),
    };
    let writes = prepared.writes();
    let run =
        async move { prepared.send_as_json().await.unwrap_or_else(|error| error_envelope_of(id.as_ref(), &error)) };
    // A page that is closed ends what it reads, but never a write that is on its way.
    let done = if writes { tokio::spawn(run).await.map_err(Error::internal) } else { Ok(run.await) };
    json_response(done.unwrap_or_else(|error| error_envelope(&error)))
}

/// What to diagnose.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Diagnose {
    component: Option<String>,
    connection: Value,
}

async fn diagnose(State(playground): State<Arc<Playground>>, body: Bytes) -> Response {
    // The error of the parser would quote the connection.
    let given = serde_json::from_slice::<Diagnose>(&body)
        .map_err(|_| Error::new(Code::InvalidRequest, "expected `{\"component\": KEY, \"connection\": …}`"));
    let diagnosis = match given {
        Ok(given) => playground.runtime.diagnose(given.component.as_deref(), given.connection).await,
        Err(error) => Err(error),
    };
    let text = diagnosis.and_then(|diagnosis| serde_json::to_string(&diagnosis).map_err(Error::internal));
    json_response(text.unwrap_or_else(|error| error_envelope(&error)))
}
