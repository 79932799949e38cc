//! Connecting: with TLS where the URL says so, and then through the proxy that the environment names.

use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::crypto::ring::default_provider;
use tokio::net::TcpStream;
use tower::{Service as _, ServiceExt as _};

use super::BoxError;

/// How long connecting may take.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection is silent before it is tested, and the time between the tests that must fail to end it.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVE_TESTS: u32 = 3;

/// How long sent bytes may stay unconfirmed.
#[cfg(target_os = "linux")]
const UNCONFIRMED: Duration = Duration::from_secs(30);

/// A stream to a host; through a proxy that is itself reached with TLS, it is encrypted twice.
pub(super) type Stream = MaybeHttpsStream<MaybeHttpsStream<TokioIo<TcpStream>>>;

/// Connects to hosts.
#[derive(Debug)]
pub(super) struct Connector {
    tcp: HttpConnector,
    tls: Arc<ClientConfig>,
    /// None for plain HTTP, which is only used on loopback.
    proxies: Option<Matcher>,
}

impl Connector {
    /// Creates one for TLS, or for plain HTTP. TLS reads the certificates of the system.
    pub(super) fn new(secure: bool) -> Result<Self, rustls::Error> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_keepalive_interval(Some(KEEPALIVE));
        tcp.set_keepalive_retries(Some(KEEPALIVE_TESTS));
        #[cfg(target_os = "linux")]
        tcp.set_tcp_user_timeout(Some(UNCONFIRMED));
        let proxies = secure.then(Matcher::from_env);
        Ok(Self { tcp, tls: Arc::new(tls(secure)?), proxies })
    }

    /// Connects to the host of a URL. Fails after 10 seconds.
    pub(super) async fn connect(&self, uri: &Uri) -> Result<Stream, BoxError> {
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, self.connect_by(uri)).await;
        connected.unwrap_or_else(|_| Err("the host did not respond in time".into()))
    }

    async fn connect_by(&self, uri: &Uri) -> Result<Stream, BoxError> {
        let (tcp, tls) = (self.tcp.clone(), &self.tls);
        let Some(proxy) = self.proxies.as_ref().and_then(|proxies| proxies.intercept(uri)) else {
            let tcp = tcp.map_response(MaybeHttpsStream::Http);
            return HttpsConnector::from((tcp, Arc::clone(tls))).call(uri.clone()).await;
        };
        // To the proxy with TLS if its own URL says so.
        let to_proxy = HttpsConnector::from((tcp, Arc::clone(tls)));
        let tunnel = Tunnel::new(proxy.uri().clone(), to_proxy);
        let tunnel = match proxy.basic_auth() {
            Some(credentials) => tunnel.with_auth(credentials.clone()),
            None => tunnel,
        };
        HttpsConnector::from((tunnel, Arc::clone(tls))).call(uri.clone()).await
    }
}

/// Returns the settings of TLS. Without `secure`, no certificate is trusted.
pub(super) fn tls(secure: bool) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(default_provider());
    let tls = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    if !secure {
        return Ok(tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth());
    }
    let verifier = rustls_platform_verifier::Verifier::new(provider)?;
    Ok(tls.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}
