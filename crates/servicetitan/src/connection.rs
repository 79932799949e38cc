//! The connection: the credentials, the tenant and the environment.

use std::sync::Arc;
use std::time::Duration;

use pipefit_component::{
    Check, Checks, Choice, ClientCredentials, Connection, Error, Input, Inputs, Issue, ListEndpoint, Probe, Problem,
    Result, Role, Target, named,
};
use secrecy::SecretString;

use crate::resources::appointment_assignments::APPOINTMENT_ASSIGNMENTS;
use crate::resources::business_units::BUSINESS_UNITS;
use crate::resources::customers::CUSTOMERS;
use crate::resources::installed_equipment::INSTALLED_EQUIPMENT;
use crate::resources::invoices::INVOICES;
use crate::resources::jobs::JOBS;

/// The number of requests that one application may make for one tenant per second.
const REQUESTS_PER_SECOND: u32 = 60;

/// The lifetime of a token, as the API documents it.
const TOKEN_LIFETIME: Duration = Duration::from_mins(15);

const PRODUCTION: Environment = Environment {
    key: "production",
    api_url: "https://api.servicetitan.io",
    token_url: "https://auth.servicetitan.io/connect/token",
};

const INTEGRATION: Environment = Environment {
    key: "integration",
    api_url: "https://api-integration.servicetitan.io",
    token_url: "https://auth-integration.servicetitan.io/connect/token",
};

const ENVIRONMENTS: &[Choice] =
    &[named(INTEGRATION.key, "Integration environment"), named(PRODUCTION.key, "Production environment")];

const TOKEN_URLS: &[Choice] =
    &[named(INTEGRATION.token_url, "Token URL (Integration)"), named(PRODUCTION.token_url, "Token URL (Production)")];

const APPLICATION_KEY: Input = Input::text("applicationKey", "Application Key")
    .required()
    .secret()
    .example("ak1.4adsy4lzgsd0b3cqh48zl5z3d7")
    .help(
        "The key of your app in the developer portal. It starts with `ak1.` and is the same in both \
         environments.",
    );
const AUTHORIZE_URL: Input = Input::text("authorizeUrl", "Authorize URL")
    .hidden()
    .role(Role::Host)
    .help("Not used: this grant type has no sign-in page. Leave it out.");
const CLIENT_ID: Input = Input::text("clientId", "Client ID")
    .required()
    .role(Role::Credential)
    .help("The client id that the tenant's administrator created for your app. Each environment has its own.");
const CLIENT_SECRET: Input = Input::password("clientSecret", "Client Secret")
    .required()
    .role(Role::Credential)
    .help("The secret that was shown once, together with the client id. It is sent to the token URL only.");
const ENVIRONMENT: Input = Input::text("environment", "Environment")
    .required()
    .choices(ENVIRONMENTS)
    .role(Role::Host)
    .help("The environment of the tenant. The wrong one returns empty lists or refuses the credentials.");
const SCOPES: Input = Input::text("scopes", "Scopes")
    .default("")
    .hidden()
    .help("The scopes to request, separated by spaces.")
    .omitted("All scopes of the app when left out.");
const TENANT: Input = Input::id("tenant", "Tenant")
    .required()
    .example("10978752986")
    .help("The tenant id of the company's account, which is part of every request path.");
const TOKEN_URL: Input = Input::text("tokenUrl", "Token URL")
    .required()
    .choices(TOKEN_URLS)
    .role(Role::TokenHost)
    .help("The URL that issues access tokens. It must match the environment.");

const CHECKS: Checks = Checks {
    token: Check {
        key: "token",
        label: "Access Token",
        remedy: "Check the client id and the client secret. Each environment has its own: production refuses those of \
            the integration environment, and vice versa.",
    },
    identity: Check {
        key: "applicationKey",
        label: "Application Key",
        remedy: "Check the application key: it must belong to the app that the client id was created for.",
    },
    account: Check {
        key: "tenant",
        label: "Tenant",
        remedy: "Check the tenant id and the environment. The tenant's administrator must connect the app under \
            Settings, Integrations, API Application Access; an app without any scopes is refused in the same way.",
    },
};

/// One list for each part of the API, because each part has its own scopes.
const PROBES: &[Probe] = &[
    probe("accounting", "Accounting", &INVOICES),
    probe("crm", "CRM", &CUSTOMERS),
    probe("dispatch", "Dispatch", &APPOINTMENT_ASSIGNMENTS),
    probe("equipmentsystems", "Equipment Systems", &INSTALLED_EQUIPMENT),
    probe("jpm", "Job Planning and Management", &JOBS),
    probe("settings", "Settings", &BUSINESS_UNITS),
];

const fn probe(key: &'static str, label: &'static str, list: &'static ListEndpoint) -> Probe {
    let remedy = "If you use this part of the API, add its scopes to the app in the developer portal, then have the \
                  tenant's administrator accept the new version of the app.";
    Probe { check: Check { key, label, remedy }, list }
}

struct Environment {
    key: &'static str,
    api_url: &'static str,
    token_url: &'static str,
}

/// OAuth 2.0 client credentials, with an application key.
pub(crate) struct ServiceTitanConnection;

impl Connection for ServiceTitanConnection {
    fn key(&self) -> &'static str {
        "serviceTitanConnection"
    }

    fn label(&self) -> &'static str {
        "OAuth 2.0"
    }

    fn kind(&self) -> &'static str {
        "oauth2"
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[APPLICATION_KEY, AUTHORIZE_URL, CLIENT_ID, CLIENT_SECRET, ENVIRONMENT, SCOPES, TENANT, TOKEN_URL] }
    }

    fn target(&self, fields: &Inputs) -> Result<Target> {
        let environment = if fields.text(&ENVIRONMENT) == Some(INTEGRATION.key) { INTEGRATION } else { PRODUCTION };
        check_token_url(&environment, fields.text(&TOKEN_URL))?;
        let text = |input: &Input| fields.text(input).unwrap_or_default().to_owned();
        let tenant = fields.integer(&TENANT).unwrap_or_default().to_string();
        let application_key = text(&APPLICATION_KEY);
        Ok(Target {
            api_url: environment.api_url.to_owned(),
            authentication: Arc::new(ClientCredentials {
                token_url: environment.token_url.to_owned(),
                client_id: text(&CLIENT_ID),
                client_secret: text(&CLIENT_SECRET).into(),
                scopes: fields.text(&SCOPES).map(ToOwned::to_owned),
                default_lifetime: TOKEN_LIFETIME,
            }),
            account: SecretString::from(format!("{application_key} {tenant}")),
            headers: vec![("ST-App-Key", application_key.into())],
            path: vec![("tenant", tenant.clone())],
            tenant: Some(tenant),
            requests_per_second: REQUESTS_PER_SECOND,
        })
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn probes(&self) -> &'static [Probe] {
        PROBES
    }
}

/// Refuses the token URL of another environment, so that credentials are sent only to their own.
fn check_token_url(environment: &Environment, token_url: Option<&str>) -> Result<()> {
    match token_url {
        Some(token_url) if token_url != environment.token_url => {
            let message = format!(
                "`tokenUrl` is `{token_url}`, which does not belong to the environment `{}`; expected `{}`",
                environment.key, environment.token_url
            );
            Err(Error::invalid_connection(vec![Issue::new(TOKEN_URL.key, Problem::Conflict, message)]))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use pipefit_component::Code;
    use serde_json::{Map, Value, json};

    use super::*;

    fn target(changed: &Value) -> Result<Target> {
        let mut fields = json!({
            "applicationKey": "ak1.key",
            "clientId": "cid",
            "clientSecret": "secret",
            "environment": "integration",
            "tenant": "9007199254740993",
            "tokenUrl": INTEGRATION.token_url,
        });
        for (key, value) in changed.as_object().cloned().unwrap_or_default() {
            fields[key] = value;
        }
        let declared: Vec<_> = ServiceTitanConnection.inputs().iter().collect();
        let fields: Map<_, _> = fields.as_object().cloned().unwrap_or_default();
        ServiceTitanConnection.target(&Inputs::read(&declared, fields).map_err(Error::invalid_connection)?)
    }

    #[test]
    fn uses_the_hosts_of_its_environment() {
        let target = target(&json!({})).expect("these fields agree");
        assert_eq!(target.api_url, "https://api-integration.servicetitan.io");
        assert_eq!(target.path, [("tenant", "9007199254740993".to_owned())]);
        let request = target.authentication.token_request().expect("it requests a token");
        assert_eq!(request.url, INTEGRATION.token_url);
    }

    #[test]
    fn refuses_a_token_url_of_the_other_environment() {
        for changed in [json!({"environment": "production"}), json!({"tokenUrl": PRODUCTION.token_url})] {
            let error = target(&changed).expect_err("environment and token URL differ");
            assert_eq!(error.code(), Code::InvalidConnection);
            assert_eq!(error.issues()[0].input, "tokenUrl");
        }
    }

    #[test]
    fn refuses_a_tenant_that_is_not_a_number() {
        assert!(target(&json!({"tenant": "1097/../2"})).is_err());
    }
}
