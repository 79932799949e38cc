//! The paths that are served, and what answers them.

use std::sync::Arc;

use axum::http::header::ALLOW;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use hyper::Request;
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use pipefit_component::shown;

use super::failure::Failure;
use super::{Shared, busy, catalog, health, invoke, json, openapi};

/// What a path stands for, with the name in it.
pub(super) enum Resource {
    Invoke,
    Units,
    Unit(String),
    Schema(String),
    Connections,
    Test(String),
    Live,
    Ready,
    Metrics,
    Description,
    Nothing,
}

impl Resource {
    pub(super) fn at(path: &str) -> Self {
        let mut segments = path.split('/').skip(1);
        let mut next = || segments.next();
        let decoded = |name: &str| percent_decode_str(name).decode_utf8_lossy().into_owned();
        match (next(), next(), next(), next(), next()) {
            (Some("v1"), Some("invoke"), None, ..) => Self::Invoke,
            (Some("v1"), Some("units"), None, ..) => Self::Units,
            (Some("v1"), Some("units"), Some(key), None, _) if !key.is_empty() => Self::Unit(decoded(key)),
            (Some("v1"), Some("units"), Some(key), Some("schema"), None) => Self::Schema(decoded(key)),
            (Some("v1"), Some("connections"), None, ..) => Self::Connections,
            (Some("v1"), Some("connections"), Some(name), Some("test"), None) => Self::Test(decoded(name)),
            (Some("healthz"), None, ..) => Self::Live,
            (Some("readyz"), None, ..) => Self::Ready,
            (Some("metrics"), None, ..) => Self::Metrics,
            (Some("openapi.json"), None, ..) => Self::Description,
            _ => Self::Nothing,
        }
    }

    /// The path, without the name in it.
    pub(super) fn template(&self) -> &'static str {
        match self {
            Self::Invoke => "/v1/invoke",
            Self::Units => "/v1/units",
            Self::Unit(_) => "/v1/units/{key}",
            Self::Schema(_) => "/v1/units/{key}/schema",
            Self::Connections => "/v1/connections",
            Self::Test(_) => "/v1/connections/{name}/test",
            Self::Live => "/healthz",
            Self::Ready => "/readyz",
            Self::Metrics => "/metrics",
            Self::Description => "/openapi.json",
            Self::Nothing => "other",
        }
    }

    /// Whether it tells nothing and needs no token.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Live | Self::Ready)
    }

    /// Whether it is refused once the server is about to end.
    fn is_work(&self) -> bool {
        !matches!(self, Self::Live | Self::Ready | Self::Metrics | Self::Description | Self::Nothing)
    }

    /// The methods that it takes, as `Allow` has them; `None` for any.
    fn methods(&self) -> Option<&'static str> {
        match self {
            Self::Invoke | Self::Test(_) => Some("POST"),
            Self::Nothing => None,
            _ => Some("GET,HEAD"),
        }
    }
}

/// Responds to a request for a resource.
pub(super) async fn respond(
    shared: &Arc<Shared>,
    resource: Resource,
    request: Request<Incoming>,
) -> Result<Response, Failure> {
    if let Some(methods) = resource.methods()
        && !methods.split(',').any(|method| request.method() == method)
    {
        return Ok(wrong_method(&request, methods));
    }
    if resource.is_work() && shared.is_stopping() {
        return Err(busy("the server is about to stop; nothing was done").closing());
    }
    let query = request.uri().query();
    match resource {
        // Boxed, since hyper moves what it holds.
        Resource::Invoke => Box::pin(invoke::invoke(shared, request)).await,
        Resource::Units => catalog::units(shared, query),
        Resource::Unit(key) => catalog::unit(shared, &key, query),
        Resource::Schema(key) => catalog::schema(shared, &key, query),
        Resource::Connections => catalog::connections(shared),
        Resource::Test(name) => Box::pin(catalog::test(shared, name, query)).await,
        Resource::Live => Ok(health::live()),
        Resource::Ready => Ok(health::ready(shared)),
        Resource::Metrics => health::metrics(shared),
        Resource::Description => Ok(json(openapi::text())),
        Resource::Nothing => {
            let message = format!("there is no `{}`; `/openapi.json` lists all paths", shown(request.uri().path()));
            Err(Failure::refused(StatusCode::NOT_FOUND, message))
        }
    }
}

fn wrong_method(request: &Request<Incoming>, methods: &'static str) -> Response {
    let (path, method): (_, &Method) = (shown(request.uri().path()), request.method());
    let message = format!("`{path}` does not take {method}; `/openapi.json` says what it takes");
    let mut response = Failure::refused(StatusCode::METHOD_NOT_ALLOWED, message).into_response();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}
