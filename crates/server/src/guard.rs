//! Who may use a server on loopback: only whoever has its token, through a page that the server itself delivered.
//!
//! Any page in the browser, and any process of the machine, can reach loopback. The token keeps processes out, the
//! `Host` header pages whose name was rebound to loopback, and the `Origin` header all other pages.

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ring::rand::{SecureRandom, SystemRandom};
use subtle::ConstantTimeEq as _;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// The token of a server, and where it is served.
#[derive(Clone)]
pub(crate) struct Guard {
    token: String,
    port: u16,
}

impl Guard {
    /// Draws a token. Fails if the system has no random numbers.
    pub(crate) fn new(port: u16) -> std::io::Result<Self> {
        let mut random = [0_u8; 16];
        SystemRandom::new().fill(&mut random).map_err(|_| std::io::Error::other("no random numbers"))?;
        Ok(Self { token: format!("{:032x}", u128::from_ne_bytes(random)), port })
    }

    /// The address that opens the page.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/?token={}", self.port, self.token)
    }

    /// Returns the value of `Set-Cookie` that lets the page use the server. Cookies know no ports, so its name has one.
    pub(crate) fn cookie(&self) -> String {
        format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie_name(), self.token)
    }

    fn cookie_name(&self) -> String {
        format!("pipefit-{}", self.port)
    }

    /// Whether the query of the address has the token.
    pub(crate) fn opens(&self, query: &str) -> bool {
        query.split('&').filter_map(|pair| pair.strip_prefix("token=")).any(|given| self.is_token(given))
    }

    fn is_token(&self, given: &str) -> bool {
        is_same(given, &self.token)
    }

    /// Why a request is refused, if it is.
    fn refusal(&self, request: &Request) -> Option<(StatusCode, &'static str)> {
        let headers = request.headers();
        let opens_page = request.uri().path() == "/";
        let hosts = [format!("127.0.0.1:{}", self.port), format!("localhost:{}", self.port)];
        if let Some(why) = foreign(headers, &hosts, opens_page) {
            return Some((StatusCode::FORBIDDEN, why));
        }
        let by_address = opens_page && request.uri().query().is_some_and(|query| self.opens(query));
        if by_address || self.has_token(headers) {
            return None;
        }
        Some((StatusCode::UNAUTHORIZED, "open the address that `pipefit playground` printed: it has a token\n"))
    }

    fn has_token(&self, headers: &HeaderMap) -> bool {
        let prefix = self.cookie_name() + "=";
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut cookies = cookies.flat_map(|value| value.split("; ")).filter_map(|pair| pair.strip_prefix(&prefix));
        bearer(headers).is_some_and(|given| self.is_token(given)) || cookies.any(|given| self.is_token(given))
    }
}

/// Why a request is not one of this server's own pages or of a program: it names another host, or another page sends
/// it. A link of another page may lead to what `is_page`.
pub(crate) fn foreign(headers: &HeaderMap, hosts: &[String], is_page: bool) -> Option<&'static str> {
    let host = only(headers, &HOST).unwrap_or_default();
    if !hosts.iter().any(|own| own == host) {
        return Some("the `Host` of the request is not the address of this server, nor `localhost` with its port\n");
    }
    let site = only(headers, &HeaderName::from_static("sec-fetch-site")).unwrap_or("none");
    let is_other_page = headers.contains_key(ORIGIN) && only(headers, &ORIGIN) != Some(&format!("http://{host}"));
    if is_other_page || (!is_page && !["same-origin", "none"].contains(&site)) {
        return Some("a page of another origin sent the request\n");
    }
    None
}

/// Returns the bearer token of a request.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = only(headers, &AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// Compares secrets. How long that takes tells nothing but whether their lengths differ.
pub(crate) fn is_same(given: &str, secret: &str) -> bool {
    given.as_bytes().ct_eq(secret.as_bytes()).into()
}

/// Returns the value of a header that occurs once.
pub(crate) fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}

/// Lets a request through if it may use the server, and protects every response.
pub(crate) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = match guard.refusal(&request) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
