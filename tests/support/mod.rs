//! What the tests share: a sandbox with a runtime that talks to it, requests as they were seen, samples, a server.

pub(crate) mod command;
pub(crate) mod samples;
mod server;
#[cfg(unix)]
pub(crate) mod terminal;

use std::time::Duration;

use pipefit::runner::{Builder, Retries};
use pipefit::sandbox::{RecordedRequest, Sandbox};
use pipefit::{Error, Invocation, Reply, Runtime};
use serde_json::{Value, json};

pub(crate) use samples::{merged, sample, sample_of, samples};
pub(crate) use server::{Act, Received, response, serve, serve_all, serve_body, serve_with_token, unreachable_url};

/// The usual number of tries, without the waits.
pub(crate) const AT_ONCE: Retries =
    Retries { tries: 5, first_wait: Duration::ZERO, longest_wait: Duration::ZERO, within: Duration::from_mins(2) };

/// A sandbox, and a runtime that acts as its account.
pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) runtime: Runtime,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::around(Sandbox::builder().rate_limit(None).start().await.unwrap())
    }

    pub(crate) fn around(sandbox: Sandbox) -> Self {
        let runtime =
            pipefit::sandbox_runtime(&sandbox).retries(AT_ONCE).requests_per_second(u32::MAX).build().unwrap();
        Self { sandbox, runtime }
    }

    pub(crate) async fn action(&self, key: &str, inputs: Value) -> Result<Value, Error> {
        self.runtime.invoke(Invocation::action(key, inputs)).await.map(parsed)
    }

    /// The JSON body of the last request.
    pub(crate) fn body(&self) -> Value {
        serde_json::from_slice(&self.seen().last().unwrap().body).unwrap()
    }

    /// What the API saw, tokens aside, and what the storage saw that it sends downloads to.
    pub(crate) fn seen(&self) -> Vec<RecordedRequest> {
        let aside = |path: &str| path == "/connect/token" || path.starts_with("/storage/");
        self.sandbox.requests().into_iter().filter(|request| !aside(&request.path)).collect()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "handed to `map`")]
pub(crate) fn parsed(reply: Reply) -> Value {
    serde_json::from_str(&reply.to_json()).unwrap()
}

/// JSON text to look at. Not insta's own, which does not know numbers that keep their digits.
pub(crate) fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

/// A connection to the integration environment with credentials that nobody has.
pub(crate) fn connection() -> Value {
    json!({
        "key": "serviceTitanConnection",
        "fields": {
            "tenant": "1097",
            "applicationKey": "canary-application-key",
            "clientId": "canary-client",
            "clientSecret": "canary-client-secret",
            "environment": "integration",
            "tokenUrl": "https://auth-integration.servicetitan.io/connect/token",
        },
    })
}

/// A runtime that acts through that connection, with this server in the place of API and token endpoint.
pub(crate) fn runtime_at(url: &str) -> Runtime {
    builder_at(url).requests_per_second(u32::MAX).build().unwrap()
}

/// A builder of such a runtime, which keeps to the rate of the service.
pub(crate) fn builder_at(url: &str) -> Builder {
    let builder =
        Runtime::builder().api_url("servicetitan", url).token_url("servicetitan", format!("{url}/connect/token"));
    builder.default_connection(connection()).retries(AT_ONCE)
}
