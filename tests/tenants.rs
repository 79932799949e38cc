//! Many tenants in one process: what is one's reaches no other.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use pipefit::runner::host::{ConnectionRequest, ConnectionResolver};
use pipefit::{Error, Invocation};
use serde_json::{Map, Value, json};

use crate::support::{AT_ONCE, Act, response, serve_all};

const TENANTS: u64 = 1_000;

/// A connection for each tenant, whose every secret names it.
#[derive(Debug)]
struct Tenants;

#[async_trait]
impl ConnectionResolver for Tenants {
    async fn resolve(&self, request: &ConnectionRequest<'_>) -> Result<Option<Map<String, Value>>, Error> {
        let tenant = request.name;
        let fields = json!({
            "tenant": tenant, "applicationKey": format!("key-{tenant}-"), "clientId": format!("client-{tenant}-"),
            "clientSecret": format!("secret-{tenant}-"), "environment": "integration",
            "tokenUrl": "https://auth-integration.servicetitan.io/connect/token",
        });
        let connection = json!({"key": "serviceTitanConnection", "fields": fields});
        Ok(connection.as_object().cloned())
    }
}

/// Answers only requests whose parts are all of one tenant: a token for a client and its secret, a job for a token.
fn answer(request: &str) -> Act {
    let head = request.to_lowercase();
    let after = |mark: &str| Some(head.split(mark).nth(1)?.split(['-', '/', '&', '\r', ' ']).next()?.to_owned());
    if head.starts_with("post /connect/token") {
        return match (after("client-"), after("secret-")) {
            (Some(client), Some(secret)) if client == secret => {
                let token = format!(r#"{{"access_token":"token-{client}-","expires_in":900}}"#);
                response("200 OK", &[], &token).into()
            }
            other => panic!("the credentials are mixed: {other:?}"),
        };
    }
    let parts = [after("/tenant/"), after("bearer token-"), after("key-")];
    let [Some(tenant), Some(token), Some(key)] = &parts else { panic!("a part is missing: {parts:?} of {head}") };
    assert!(tenant == token && token == key, "tenants are mixed: {parts:?}");
    // Every second tenant gets an error, whose text must not be another's either.
    let number: u64 = tenant.parse().unwrap();
    let body = format!(r#"{{"id":{number},"title":"job of tenant {tenant}"}}"#);
    if number.is_multiple_of(2) { response("200 OK", &[], &body) } else { response("404 Not Found", &[], &body) }.into()
}

#[tokio::test]
async fn nothing_of_one_tenant_reaches_another() {
    let url = serve_all(|request, _| answer(request));
    let runtime = pipefit::Runtime::builder()
        .api_url("servicetitan", &url)
        .token_url("servicetitan", format!("{url}/connect/token"))
        .connection_resolver(Tenants)
        .retries(AT_ONCE)
        .build()
        .unwrap();
    let runtime = Arc::new(runtime);
    let tenants = (1..=TENANTS).flat_map(|tenant| [tenant, TENANTS + 1 - tenant]);
    let calls = tenants.map(|tenant| {
        let runtime = Arc::clone(&runtime);
        async move {
            let inputs = json!({"jobId": tenant, "connection": tenant.to_string()});
            (tenant, runtime.invoke(Invocation::action("getJob", inputs)).await)
        }
    });
    let mut calls = futures_util::stream::iter(calls).buffer_unordered(32);
    let mut answered = 0;
    while let Some((tenant, outcome)) = calls.next().await {
        let text = match &outcome {
            Ok(reply) => reply.to_json(),
            Err(error) => serde_json::to_string(error).unwrap(),
        };
        assert_eq!(outcome.is_ok(), tenant.is_multiple_of(2), "{text}");
        assert!(text.contains(&format!("job of tenant {tenant}\"")), "{tenant}: {text}");
        assert!(!text.contains("secret-") && !text.contains("token-") && !text.contains("key-"), "{text}");
        answered += 1;
    }
    assert_eq!(answered, 2 * TENANTS);
}
