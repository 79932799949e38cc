//! Connections: the account, host and credentials that units use.

use std::sync::Arc;

use secrecy::SecretString;

use crate::{Authentication, Input, Inputs, ListEndpoint, Result};

/// A way to reach a service: the fields that a user fills in, and the target that follows from them.
pub trait Connection: Send + Sync + 'static {
    /// Stable name, in lower camel case: `serviceTitanConnection`.
    fn key(&self) -> &'static str;

    /// Name for people.
    fn label(&self) -> &'static str;

    /// The name of the authentication method in manifests, such as `oauth2`.
    fn kind(&self) -> &'static str;

    /// The declared fields, in the order of a form.
    fn inputs(&self) -> &'static [Input];

    /// Returns the target of these checked fields. Fails if they contradict one another.
    fn target(&self, fields: &Inputs) -> Result<Target>;

    /// Whether requests need an access token from a token endpoint.
    fn needs_token(&self) -> bool {
        true
    }

    /// The checks of the connection as a whole.
    fn checks(&self) -> Checks {
        Checks::default()
    }

    /// Cheap reads, each of which needs a certain right.
    fn probes(&self) -> &'static [Probe] {
        &[]
    }
}

/// One step of the diagnosis of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Stable name.
    pub key: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// What to do if the check fails, in full sentences.
    pub remedy: &'static str,
}

/// The checks of a connection as a whole.
#[derive(Clone, Copy, Debug)]
pub struct Checks {
    /// The check that a token is issued.
    pub token: Check,
    /// The check that not every request fails with status 401 although a token was issued.
    pub identity: Check,
    /// The check that not every request fails with status 403.
    pub account: Check,
}

impl Default for Checks {
    fn default() -> Self {
        let check = |key, label, remedy| Check { key, label, remedy };
        Self {
            token: check("token", "Access Token", "Check the credentials that a token is issued for."),
            identity: check("identity", "Identity", "Check the credentials that every request carries."),
            account: check("account", "Account", "Ask for access to the account that the connection names."),
        }
    }
}

/// A read that needs a certain right.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// The check of the right.
    pub check: Check,
    /// The list from which one record is read.
    pub list: &'static ListEndpoint,
}

/// The host, account and credentials that requests use.
#[derive(Clone, Debug)]
pub struct Target {
    /// Scheme and host of the API, such as `https://api.example.com`, without a path.
    pub api_url: String,
    /// How requests authenticate.
    pub authentication: Arc<dyn Authentication>,
    /// More headers of every request; the values may be secret.
    pub headers: Vec<(&'static str, SecretString)>,
    /// The values of placeholders in paths that come from the connection, such as `tenant`.
    pub path: Vec<(&'static str, String)>,
    /// The tenant of the service, for logs, traces and policies; not secret.
    pub tenant: Option<String>,
    /// Identifies the account. Requests of one account share a rate limiter.
    pub account: SecretString,
    /// The maximum number of requests per second that the service allows one account; 0 for no limit.
    pub requests_per_second: u32,
}
