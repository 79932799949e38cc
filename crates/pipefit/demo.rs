//! What joins the sandbox to a runtime; neither knows the other.

use pipefit_runner::{Builder, Runtime};
use pipefit_sandbox::Sandbox;
use pipefit_servicetitan::COMPONENT;
use serde_json::{Value, json};

/// A runtime to be built that talks to this sandbox and acts as its account, whatever connection a request names.
pub fn sandbox_runtime(sandbox: &Sandbox) -> Builder {
    Runtime::builder()
        .api_url(COMPONENT.key, sandbox.url())
        .token_url(COMPONENT.key, sandbox.token_url())
        .force_connection(sandbox_connection(sandbox))
}

/// The connection that this sandbox lets in, in the form that a request holds one.
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
