//! Tokens, application key, tenant, environment, rate.

use std::collections::HashSet;
use std::time::Duration;

use pipefit_sandbox::{Credentials, Sandbox};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{client, http, plain, refusal, token};

async fn ask(form: &[(&str, &str)], sandbox: &Sandbox) -> (u16, Value) {
    let reply = http().post(sandbox.token_url()).form(form).send().await.expect("a response");
    (reply.status().as_u16(), reply.json().await.expect("JSON"))
}

#[tokio::test]
async fn token_endpoint_speaks_oauth() {
    let sandbox = Sandbox::builder().start().await.expect("the sandbox starts");
    let keys = sandbox.credentials().clone();
    let (id, secret) = (keys.client_id.as_str(), keys.client_secret.as_str());
    let grant = ("grant_type", "client_credentials");
    let (status, body) = ask(&[grant, ("client_id", id), ("client_secret", secret)], &sandbox).await;
    assert_eq!(status, 200);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 900);
    assert!(body["access_token"].is_string() && body["scope"].is_string());
    for (form, error) in [
        (&[grant, ("client_id", id), ("client_secret", "no")][..], "invalid_client"),
        (&[grant, ("client_id", "no"), ("client_secret", secret)][..], "invalid_client"),
        (&[("client_id", id), ("client_secret", secret)][..], "invalid_request"),
        (&[("grant_type", "password"), ("client_id", id)][..], "unsupported_grant_type"),
    ] {
        assert_eq!(ask(form, &sandbox).await, (400, json!({ "error": error })));
    }
    let reply = http().post(sandbox.token_url()).json(&json!({"grant_type": "client_credentials"})).send().await;
    assert_eq!(reply.expect("a response").status(), StatusCode::BAD_REQUEST);
    assert_eq!(sandbox.token_requests(), 6);
}

#[tokio::test]
async fn tokens_end() {
    let client = client(|builder| builder.token_lifetime(Duration::from_mins(1))).await;
    client.get("jpm", "/jobs?pageSize=1").await;
    client.sandbox.advance(Duration::from_mins(1));
    let error = client.get_refused("jpm", "/jobs", 401).await;
    assert_eq!(error["title"], "The access token has expired.");
    let fresh = token(&client.http, &client.sandbox).await;
    assert_ne!(fresh, client.token);
    client.sandbox.revoke_tokens();
    let error = client.get_refused("jpm", "/jobs", 401).await;
    assert_eq!(error["title"], "The access token is not valid.");
}

#[tokio::test]
async fn key_and_tenant_have_to_be_right() {
    let client = plain().await;
    let url = |tenant: &str| format!("{}/jpm/v2/tenant/{tenant}/jobs", client.sandbox.url());
    let key = client.sandbox.credentials().application_key.clone();
    let get = |tenant: &str| client.http.get(url(tenant));
    let send = async |request: reqwest::RequestBuilder| request.send().await.expect("a response");

    refusal(send(get("1097").header("ST-App-Key", &key)).await, 401).await;
    refusal(send(get("1097").header("Authorization", &client.token).header("ST-App-Key", &key)).await, 401).await;
    refusal(send(get("1097").bearer_auth(&client.token)).await, 401).await;
    refusal(send(get("1097").bearer_auth(&client.token).header("ST-App-Key", "no")).await, 401).await;
    refusal(send(get("5").bearer_auth(&client.token).header("ST-App-Key", &key)).await, 403).await;
    let by_query = client.http.get(format!("{}?servicetitanapplicationkey={key}", url("1097")));
    let by_query = by_query.bearer_auth(&client.token);
    assert_eq!(send(by_query).await.status(), 200);
    assert_eq!(client.sandbox.requests().last().expect("a request").ignored, Vec::<String>::new());
}

#[tokio::test]
async fn token_of_another_environment_is_refused() {
    let production = client(|builder| builder.environment("production")).await;
    let mut other = plain().await;
    other.token.clone_from(&production.token);
    let error = other.get_refused("jpm", "/jobs", 401).await;
    assert_eq!(error["title"], "The access token was issued for the production environment.");
}

#[tokio::test]
async fn credentials_can_be_set() {
    let own = Credentials { tenant: "42".to_owned(), ..Credentials::demo() };
    let client = client(|builder| builder.credentials(own)).await;
    client.get("jpm", "/jobs?pageSize=1").await;
    assert_eq!(client.sandbox.requests()[1].path, "/jpm/v2/tenant/42/jobs");
}

#[tokio::test]
async fn rate_is_limited() {
    let client = client(|builder| builder.rate_limit(Some(2))).await;
    client.get("jpm", "/jobs?pageSize=1").await;
    client.get("jpm", "/jobs?pageSize=1").await;
    let mut limited = None;
    // On a slow machine the bucket may refill between calls, but not forever.
    for _ in 0..100 {
        let reply = client.request(Method::GET, "jpm", "/jobs?pageSize=1").send().await.expect("a response");
        if reply.status() == 429 {
            limited = Some(reply);
            break;
        }
    }
    let reply = limited.expect("the limit is met");
    assert_eq!(reply.headers()["retry-after"], "1");
    let body = refusal(reply, 429).await;
    assert_eq!(body["title"], "Rate limit is exceeded. Try again in 1 seconds.");
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let address = "0.0.0.0:0".parse().expect("an address");
    let error = Sandbox::builder().address(address).start().await.expect_err("refused");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    let error = Sandbox::builder().records_of("jbos", 1).start().await.expect_err("refused");
    assert_eq!(error.to_string(), "unknown resource `jbos`");
    let error = Sandbox::builder().records(usize::MAX).start().await.expect_err("refused");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}

#[tokio::test]
async fn paths_and_methods_that_do_not_exist_are_refused() {
    let client = plain().await;
    client.get_refused("jpm", "/jobs/", 404).await;
    client.get_refused("jpm", "/nothing", 404).await;
    client.get_refused("jpm", "/jobs/abc", 400).await;
    client.refused(Method::PUT, "jpm", "/jobs", &json!({}), 405).await;
    let reply = client.http.get(client.sandbox.url()).send().await.expect("a response");
    refusal(reply, 404).await;
}

#[test]
fn operations_and_resources_are_listed() {
    let operations = Sandbox::operations();
    let once: HashSet<_> = operations.iter().collect();
    assert_eq!(operations.len(), once.len(), "no operation is listed twice");
    assert!(operations.contains(&("PUT", "/jpm/v2/tenant/{tenant}/jobs/{id}/cancel")));
    assert!(Sandbox::resources().contains(&"installed-equipment"));
}

#[tokio::test]
async fn requests_are_recorded() {
    let client = plain().await;
    client.sandbox.forget_requests();
    client.refused(Method::PATCH, "jpm", "/jobs/7?a=b%20c", &json!({"summary": "x", "sumary": "y"}), 404).await;
    let [request] = &client.sandbox.requests()[..] else { panic!("one request") };
    assert_eq!(request.method, "PATCH");
    assert_eq!(request.path, "/jpm/v2/tenant/1097/jobs/7");
    assert_eq!(request.query, [("a".to_owned(), "b c".to_owned())]);
    assert_eq!(request.operation, Some("/jpm/v2/tenant/{tenant}/jobs/{id}"));
    assert_eq!(request.status, Some(404));
    assert_eq!(request.ignored, ["a", "sumary"]);
    assert_eq!(request.header("st-app-key"), Some("ak1.sandbox"));
    assert_eq!(&request.body[..], br#"{"summary":"x","sumary":"y"}"#);
    client.sandbox.record_requests(false);
    client.get("jpm", "/jobs").await;
    assert_eq!(client.sandbox.requests().len(), 1);
}

#[tokio::test]
async fn dropped_sandbox_no_longer_responds() {
    let client = plain().await;
    let (url, http) = (client.sandbox.token_url(), client.http.clone());
    drop(client);
    tokio::task::yield_now().await;
    assert!(http.post(url).send().await.is_err());
}

#[tokio::test]
async fn stopped_returns_when_it_is_stopped() {
    let sandbox = Sandbox::builder().start().await.expect("the sandbox starts");
    sandbox.stop();
    sandbox.stopped().await;
}
