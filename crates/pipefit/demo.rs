//! Connects a runtime to a sandbox; neither depends on the other.

use pipefit_runner::{Builder, Runtime};
use pipefit_sandbox::Sandbox;
use pipefit_servicetitan::COMPONENT;
use serde_json::{Value, json};

/// The GUID under which the sandbox keeps data of the integration that tries it.
const APPLICATION_ID: &str = "6b29fc40-ca47-1067-b31d-00dd010662da";

/// Returns a builder whose runtime uses this sandbox and its connection for all requests.
pub fn sandbox_runtime(sandbox: &Sandbox) -> Builder {
    at_sandbox(sandbox).force_connection(sandbox_connection(sandbox))
}

/// Returns a builder whose runtime sends all requests to this sandbox, with the connections that they name.
pub fn at_sandbox(sandbox: &Sandbox) -> Builder {
    Runtime::builder()
        .api_url(COMPONENT.key, sandbox.url())
        .token_url(COMPONENT.key, sandbox.token_url())
        .application_id(COMPONENT.key, APPLICATION_ID)
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
