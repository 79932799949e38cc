//! Connects a runtime to a sandbox; neither depends on the other.

use pipefit_runner::{Builder, Runtime};
use pipefit_sandbox::Sandbox;
use pipefit_servicetitan::COMPONENT;
use serde_json::{Value, json};

/// Returns a builder whose runtime uses this sandbox and its connection for all requests.
pub fn sandbox_runtime(sandbox: &Sandbox) -> Builder {
    Runtime::builder()
        .api_url(COMPONENT.key, sandbox.url())
        .token_url(COMPONENT.key, sandbox.token_url())
        .force_connection(sandbox_connection(sandbox))
}

/// Returns the connection object of this sandbox.
pub fn sandbox_connection(sandbox: &Sandbox) -> Value {
    let credentials = sandbox.credentials();
    json!({
        "key": "serviceTitanConnection",
        "fields": {
            "tenant": credentials.tenant,
            "applicationKey": credentials.application_key,
            "clientId": credentials.client_id,
            "clientSecret": credentials.client_secret,
            "environment": "integration",
            "tokenUrl": "https://auth-integration.servicetitan.io/connect/token",
        },
    })
}
