//! HTTP clients: the one of the host, or our own.
//!
//! Our own is made of the connections of hyper, on which reqwest is built. reqwest would parse each URL twice more, for
//! redirects, which are not followed here.

use std::error::Error as StdError;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use http::Uri;
use http::uri::Scheme;
use pipefit_component::{Error, Result};
use tokio::runtime;

use super::connector::{CONNECT_TIMEOUT, Connector, tls};
use super::pool::Pool;
use crate::transport::Kept;

/// The maximum number of event loops whose clients are kept.
const EVENT_LOOPS: usize = 64;

/// The name and version that requests carry.
pub(super) const USER_AGENT: &str = concat!("pipefit/", env!("CARGO_PKG_VERSION"));

/// What sends requests.
#[derive(Clone, Debug)]
pub(super) enum HttpClient {
    /// The client of the host.
    Given(reqwest::Client),
    /// Our own.
    Own(Arc<Pool>),
}

/// The clients of each event loop: a connection belongs to the event loop in which it was made, and ends with it.
#[derive(Debug)]
pub(in crate::transport) struct HttpClients {
    /// The client of the host, which is used in place of all others.
    given: Option<reqwest::Client>,
    own: Kept<runtime::Id, Pools>,
}

/// One for plain HTTP and one for TLS, each created when it is first needed.
#[derive(Debug, Default)]
struct Pools {
    plain: OnceLock<Arc<Pool>>,
    secure: OnceLock<Arc<Pool>>,
}

impl HttpClients {
    pub(in crate::transport) fn new(given: Option<reqwest::Client>) -> Self {
        Self { given, own: Kept::new(EVENT_LOOPS) }
    }

    /// Returns the client for a URL in this event loop. TLS reads the certificates of the system, so it is set up only
    /// if needed.
    pub(super) fn client(&self, uri: &Uri) -> Result<HttpClient> {
        if let Some(client) = &self.given {
            return Ok(HttpClient::Given(client.clone()));
        }
        let pools = self.own.get(&runtime::Handle::current().id(), Instant::now(), Pools::default);
        let secure = uri.scheme() == Some(&Scheme::HTTPS);
        let pool = if secure { &pools.secure } else { &pools.plain };
        if let Some(pool) = pool.get() {
            return Ok(HttpClient::Own(Arc::clone(pool)));
        }
        let connector = Connector::new(secure).map_err(|error| Error::internal(format!("the HTTP client: {error}")))?;
        Ok(HttpClient::Own(Arc::clone(pool.get_or_init(|| Arc::new(Pool::new(connector))))))
    }
}

/// Returns a builder of HTTP clients with the settings of the runtime's own: TLS with ring and the certificates of the
/// system, no redirects, 10 seconds to connect. Without `secure`, it is for plain HTTP and uses no proxy.
pub fn client_builder(secure: bool) -> std::result::Result<reqwest::ClientBuilder, Box<dyn StdError>> {
    // Plain HTTP is only used on loopback, which needs no proxy.
    let builder = if secure { reqwest::Client::builder() } else { reqwest::Client::builder().no_proxy() };
    let builder = builder
        .use_preconfigured_tls(tls(secure)?)
        .https_only(secure)
        .connect_timeout(CONNECT_TIMEOUT)
        // Following a redirect would send the credentials to another host.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(USER_AGENT);
    Ok(builder)
}
