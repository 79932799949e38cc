//! A plain HTTP client with the sandbox's credentials.

use pipefit_sandbox::{Builder, Sandbox};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

/// The id that the documentation's examples use.
pub(crate) const DOCUMENTED: i64 = 10_978_752_986;
pub(crate) const ABOVE_DOUBLE: i64 = 9_007_199_254_740_993;

pub(crate) struct Client {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
}

/// A client of a sandbox with these settings, without the rate limit unless they set one.
pub(crate) async fn client(settings: impl FnOnce(Builder) -> Builder) -> Client {
    let sandbox = settings(Sandbox::builder().rate_limit(None)).start().await.expect("the sandbox starts");
    let http = http();
    let token = token(&http, &sandbox).await;
    Client { sandbox, http, token }
}

pub(crate) async fn plain() -> Client {
    client(|builder| builder).await
}

pub(crate) fn http() -> reqwest::Client {
    // Fails when another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

pub(crate) async fn token(http: &reqwest::Client, sandbox: &Sandbox) -> String {
    let keys = sandbox.credentials();
    let form =
        [("grant_type", "client_credentials"), ("client_id", &keys.client_id), ("client_secret", &keys.client_secret)];
    let reply = http.post(sandbox.token_url()).form(&form).send().await.expect("the token endpoint responds");
    let body: Value = reply.json().await.expect("the token response is JSON");
    body["access_token"].as_str().expect("a token").to_owned()
}

impl Client {
    /// A request below the tenant: `jpm`, `/jobs`.
    pub(crate) fn request(&self, method: Method, service: &str, path: &str) -> RequestBuilder {
        let keys = self.sandbox.credentials();
        let url = format!("{}/{service}/v2/tenant/{}{path}", self.sandbox.url(), keys.tenant);
        self.http.request(method, url).bearer_auth(&self.token).header("ST-App-Key", &keys.application_key)
    }

    pub(crate) async fn send(&self, method: Method, service: &str, path: &str, body: &Value) -> Response {
        self.request(method, service, path).json(body).send().await.expect("the sandbox responds")
    }

    /// The JSON of a successful read.
    pub(crate) async fn get(&self, service: &str, path: &str) -> Value {
        let reply = self.request(Method::GET, service, path).send().await.expect("the sandbox responds");
        ok(reply).await
    }

    pub(crate) async fn post(&self, service: &str, path: &str, body: &Value) -> Value {
        ok(self.send(Method::POST, service, path, body).await).await
    }

    pub(crate) async fn patch(&self, service: &str, path: &str, body: &Value) -> Value {
        ok(self.send(Method::PATCH, service, path, body).await).await
    }

    /// The error body of a request that has to fail with this status.
    pub(crate) async fn refused(&self, method: Method, service: &str, path: &str, body: &Value, status: u16) -> Value {
        let reply = self.send(method, service, path, body).await;
        refusal(reply, status).await
    }

    /// The error body of a read that has to fail with this status.
    pub(crate) async fn get_refused(&self, service: &str, path: &str, status: u16) -> Value {
        let reply = self.request(Method::GET, service, path).send().await.expect("the sandbox responds");
        refusal(reply, status).await
    }

    /// Ids of a list's records, in order.
    pub(crate) async fn ids(&self, service: &str, path: &str) -> Vec<i64> {
        let list = self.get(service, path).await;
        ids(&list)
    }
}

pub(crate) fn ids(list: &Value) -> Vec<i64> {
    let records = list["data"].as_array().expect("a list");
    records.iter().map(|record| record["id"].as_i64().expect("an id")).collect()
}

async fn ok(reply: Response) -> Value {
    let status = reply.status();
    let text = reply.text().await.expect("a body");
    assert_eq!(status, StatusCode::OK, "{text}");
    if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") }
}

pub(crate) async fn refusal(reply: Response, status: u16) -> Value {
    let got = reply.status();
    let body: Value = reply.json().await.expect("the error body");
    assert_eq!(got.as_u16(), status, "{body}");
    assert_eq!(body["status"], status);
    for field in ["type", "title", "traceId"] {
        assert!(body[field].is_string(), "{field} in {body}");
    }
    assert!(body["errors"].is_object() && body["data"].is_object(), "{body}");
    body
}
