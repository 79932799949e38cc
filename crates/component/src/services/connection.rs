//! The connection: whose account, at which host, with which credentials.

use std::sync::Arc;

use secrecy::SecretString;

use crate::{Authentication, Input, Inputs, ListEndpoint, Result};

/// A way to reach a service: the fields that a user fills in, and where they lead.
pub trait Connection: Send + Sync + 'static {
    /// Stable name, such as `serviceTitanConnection`.
    fn key(&self) -> &'static str;

    /// Name for people.
    fn label(&self) -> &'static str;

    /// How it authenticates, for forms: `oauth2` and the like.
    fn kind(&self) -> &'static str;

    /// The declared fields, in the order in which a form shows them.
    fn inputs(&self) -> &'static [Input];

    /// Where these checked fields lead. Fails where they contradict one another.
    fn target(&self, fields: &Inputs) -> Result<Target>;

    /// Whether requests need an access token, which a token endpoint issues.
    fn needs_token(&self) -> bool {
        true
    }

    /// What can be wrong with the connection as a whole, and what to do then.
    fn checks(&self) -> Checks {
        Checks::default()
    }

    /// Cheap reads, each of which works only with a right of its own.
    fn probes(&self) -> &'static [Probe] {
        &[]
    }
}

/// One thing to look at, for whoever has to set a connection up.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Stable name.
    pub key: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// What to do where it fails, in full sentences.
    pub remedy: &'static str,
}

/// What can be wrong with a connection as a whole.
#[derive(Clone, Copy, Debug)]
pub struct Checks {
    /// No token is issued.
    pub token: Check,
    /// Everything is refused with the status 401, though a token was issued.
    pub identity: Check,
    /// Everything is refused with the status 403.
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

/// A list that can be read only with a certain right.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// The right.
    pub check: Check,
    /// The list, of which one record is read.
    pub list: &'static ListEndpoint,
}

/// Where requests go, and as whom.
#[derive(Clone, Debug)]
pub struct Target {
    /// Scheme and host of the API, such as `https://api.example.com`, without a path.
    pub api_url: String,
    /// How requests prove who sends them.
    pub authentication: Arc<dyn Authentication>,
    /// Further headers that every request carries; the values may be secret.
    pub headers: Vec<(&'static str, SecretString)>,
    /// Values for the placeholders that a request's path leaves to the connection, such as `tenant`.
    pub path: Vec<(&'static str, String)>,
    /// Identifies the account: requests of one account share a rate limiter.
    pub account: SecretString,
    /// How many requests a second the service takes from one account.
    pub requests_per_second: u32,
}
