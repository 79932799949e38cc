//! HTTP clients: the one of the host, or our own.
//!
//! Our own is the client of hyper, on which reqwest is built. reqwest would parse each URL twice more, for redirects,
//! which are not followed here.

use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::Uri;
use http::uri::Scheme;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use pipefit_component::{Error, Result};
use reqwest::Body;
use rustls::ClientConfig;
use rustls::crypto::ring::default_provider;
use tokio::net::TcpStream;
use tokio::runtime;
use tower::{Service, ServiceExt as _};

use crate::transport::Kept;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection is kept that nobody uses.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

/// How long a connection is silent before it is tested, and the time between the tests that must fail to end it.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVE_TESTS: u32 = 3;

/// How long sent bytes may stay unconfirmed.
#[cfg(target_os = "linux")]
const UNCONFIRMED: Duration = Duration::from_secs(30);

/// The maximum number of event loops whose clients are kept.
const EVENT_LOOPS: usize = 64;

/// The name and version that requests carry.
pub(super) const USER_AGENT: &str = concat!("pipefit/", env!("CARGO_PKG_VERSION"));

pub(super) type BoxError = Box<dyn StdError + Send + Sync>;

/// What sends requests.
#[derive(Debug)]
pub(super) enum HttpClient {
    /// The client of the host.
    Given(reqwest::Client),
    /// Our own.
    Own(Box<Client<Connector, Body>>),
}

/// The clients of each event loop: a connection belongs to the event loop in which it was made, and ends with it.
#[derive(Debug)]
pub(in crate::transport) struct HttpClients {
    /// The client of the host, which is used in place of all others.
    given: Option<Arc<HttpClient>>,
    own: Kept<runtime::Id, OwnClients>,
}

/// One client for plain HTTP and one for TLS, each created when it is first needed.
#[derive(Debug, Default)]
struct OwnClients {
    plain: OnceLock<Arc<HttpClient>>,
    secure: OnceLock<Arc<HttpClient>>,
}

impl HttpClients {
    pub(in crate::transport) fn new(given: Option<reqwest::Client>) -> Self {
        let given = given.map(|client| Arc::new(HttpClient::Given(client)));
        Self { given, own: Kept::new(EVENT_LOOPS) }
    }

    /// Returns the client for a URL in this event loop. TLS reads the certificates of the system, so it is set up only
    /// if needed.
    pub(super) fn client(&self, uri: &Uri) -> Result<Arc<HttpClient>> {
        if let Some(client) = &self.given {
            return Ok(Arc::clone(client));
        }
        let clients = self.own.get(&runtime::Handle::current().id(), Instant::now(), OwnClients::default);
        let secure = uri.scheme() == Some(&Scheme::HTTPS);
        let client = if secure { &clients.secure } else { &clients.plain };
        if let Some(client) = client.get() {
            return Ok(Arc::clone(client));
        }
        let connector = Connector::new(secure).map_err(|error| Error::internal(format!("the HTTP client: {error}")))?;
        let built = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(connector);
        Ok(Arc::clone(client.get_or_init(|| Arc::new(HttpClient::Own(Box::new(built))))))
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

/// Returns the settings of TLS. Without `secure`, no certificate is trusted.
fn tls(secure: bool) -> std::result::Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(default_provider());
    let tls = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    if !secure {
        return Ok(tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth());
    }
    let verifier = rustls_platform_verifier::Verifier::new(provider)?;
    Ok(tls.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

/// Connects to hosts: with TLS where the URL says so, and then through the proxy that the environment names.
#[derive(Clone, Debug)]
pub(super) struct Connector(Arc<Route>);

#[derive(Debug)]
struct Route {
    tcp: HttpConnector,
    tls: Arc<ClientConfig>,
    /// None for plain HTTP, which is only used on loopback.
    proxies: Option<Matcher>,
}

/// A connection; to a proxy that is itself reached with TLS, it is encrypted twice.
type Connection = MaybeHttpsStream<MaybeHttpsStream<TokioIo<TcpStream>>>;

impl Connector {
    fn new(secure: bool) -> std::result::Result<Self, rustls::Error> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_keepalive_interval(Some(KEEPALIVE));
        tcp.set_keepalive_retries(Some(KEEPALIVE_TESTS));
        #[cfg(target_os = "linux")]
        tcp.set_tcp_user_timeout(Some(UNCONFIRMED));
        let proxies = secure.then(Matcher::from_env);
        Ok(Self(Arc::new(Route { tcp, tls: Arc::new(tls(secure)?), proxies })))
    }
}

impl Service<Uri> for Connector {
    type Response = Connection;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Connection, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let route = Arc::clone(&self.0);
        Box::pin(async move {
            let connected = tokio::time::timeout(CONNECT_TIMEOUT, route.connect(uri)).await;
            connected.unwrap_or_else(|_| Err("the host did not respond in time".into()))
        })
    }
}

impl Route {
    async fn connect(&self, uri: Uri) -> std::result::Result<Connection, BoxError> {
        let (tcp, tls) = (self.tcp.clone(), &self.tls);
        let Some(proxy) = self.proxies.as_ref().and_then(|proxies| proxies.intercept(&uri)) else {
            let tcp = tcp.map_response(MaybeHttpsStream::Http);
            return HttpsConnector::from((tcp, Arc::clone(tls))).call(uri).await;
        };
        // To the proxy with TLS if its own URL says so.
        let to_proxy = HttpsConnector::from((tcp, Arc::clone(tls)));
        let tunnel = Tunnel::new(proxy.uri().clone(), to_proxy);
        let tunnel = match proxy.basic_auth() {
            Some(credentials) => tunnel.with_auth(credentials.clone()),
            None => tunnel,
        };
        HttpsConnector::from((tunnel, Arc::clone(tls))).call(uri).await
    }
}
