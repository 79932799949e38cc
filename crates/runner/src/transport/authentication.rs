//! Authentication: adds the credentials of the account to requests, and renews a token that the service rejects once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{ACCEPT, CONTENT_TYPE};
use pipefit_component::{Code, Error, Grant, Response, Result, TokenRequest};
use reqwest::{Body, Url};
use secrecy::{ExposeSecret, SecretString};

use super::errors::error_of;
use super::log::Delivery;
use super::token_store::{SharedToken, checked};
use super::{Layer, OutgoingRequest, Session, end_of};
use crate::host::FetchToken;

/// Adds the credentials of the account to each request.
pub(super) struct AuthenticationLayer<'a, L> {
    pub(super) inner: L,
    pub(super) session: &'a Session,
}

impl<L: Layer> Layer for AuthenticationLayer<'_, L> {
    async fn send(&self, request: &OutgoingRequest) -> Result<Response> {
        let first = token(self.session, None).await?;
        let outcome = self.send_with(request, first.as_deref()).await;
        let Some(first) = first else { return outcome };
        let Some(shared) = shared_token(self.session) else { return not_renewable(outcome) };
        if !is_rejected(&outcome) {
            return noted(outcome, shared, &first);
        }
        // A request with a rejected token had no effect, so it can be sent again.
        let second = token(self.session, Some(&first)).await?.filter(|second| !is_same(second, &first));
        let Some(second) = second else { return outcome };
        let outcome = self.send_with(request, Some(&second)).await;
        if !is_rejected(&outcome) {
            return noted(outcome, shared, &second);
        }
        // A token that was accepted before was revoked; the credentials may still be valid.
        let revoked = shared.note_rejected(&second);
        outcome.map_err(|error| if revoked { error.with_retryable(true) } else { error })
    }
}

impl<L: Layer> AuthenticationLayer<'_, L> {
    async fn send_with(&self, request: &OutgoingRequest, token: Option<&SecretString>) -> Result<Response> {
        self.inner.send(&request.with_credentials(&self.session.account, token)?).await
    }
}

/// Notes that the service accepted the token, if there was a response.
fn noted(outcome: Result<Response>, shared: &SharedToken, token: &Arc<SecretString>) -> Result<Response> {
    if outcome.as_ref().map_or_else(|error| error.status().is_some(), |_| true) {
        shared.note_accepted(token);
    }
    outcome
}

/// Says why a rejected token that came with the connection is not renewed.
fn not_renewable(outcome: Result<Response>) -> Result<Response> {
    if !is_rejected(&outcome) {
        return outcome;
    }
    outcome.map_err(|error| {
        let message = format!(
            "{}; the token came with the connection, which has no credentials to get another: pass a new token",
            error.message()
        );
        error.with_message(message)
    })
}

fn is_same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

fn is_rejected(outcome: &Result<Response>) -> bool {
    outcome.as_ref().is_err_and(|error| error.code() == Code::Unauthorized && error.status() == Some(401))
}

/// Returns the access token of the session's account. `rejected` is a token that the service no longer accepts.
pub(super) async fn token(session: &Session, rejected: Option<&SecretString>) -> Result<Option<Arc<SecretString>>> {
    if let (Some(given), None) = (&session.account.token, rejected) {
        return Ok(Some(Arc::clone(given)));
    }
    let (Some(request), Some(shared)) = (session.account.token_request(), shared_token(session)) else {
        return Ok(None);
    };
    let token = match shared.known(rejected) {
        Some(token) => token,
        // Boxed, since it is large and seldom needed.
        None => session.or_cancelled(Box::pin(fetched_once(session, request, shared, rejected))).await??,
    };
    session.note_secret(&token);
    Ok(Some(token))
}

async fn fetched_once(
    session: &Session,
    request: &TokenRequest,
    shared: &SharedToken,
    rejected: Option<&SecretString>,
) -> Result<Arc<SecretString>> {
    session.ensure_time()?;
    let key = session.account.token_key();
    let stored_or_fetched = async || match &session.shared.token_store {
        Some(store) => {
            let fetch = FetchToken::new(fetch(session, request));
            store.token(key, rejected, fetch).await.and_then(checked)
        }
        None => fetch(session, request).await,
    };
    shared.get(rejected, stored_or_fetched).await
}

/// Returns the shared token of the session's account, if it can be renewed.
pub(super) fn shared_token(session: &Session) -> Option<&SharedToken> {
    let Session { account, shared, .. } = session;
    account.token_request()?;
    let find = || shared.tokens.get(account.token_key(), Instant::now(), SharedToken::default);
    Some(account.shared_token.get_or_init(find))
}

async fn fetch(session: &Session, request: &TokenRequest) -> Result<Grant> {
    let authentication = &session.account.target.authentication;
    let url = Url::parse(&request.url)
        .map_err(|error| Error::new(Code::InvalidConnection, format!("the token URL is not a URL: {error}")))?;
    let form = request.form.iter().map(|(name, value)| (name, value.expose_secret()));
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let built = http::Request::post(url.as_str())
        .header(ACCEPT, "*/*")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form));
    let built = built.map_err(|error| Error::internal(format!("the token request: {error}")))?;
    let began = Instant::now();
    // Others wait for it, too, whose time may not be over with that of this session.
    let until = end_of(session.shared.limits.response_timeout);
    let response = session.exchange(built, until, false).await;
    session.log("POST", url.path(), &response, Delivery { took: began.elapsed(), attempt: 1, waited: Duration::ZERO });
    let response = response.map_err(|error| while_fetching(&error))?;
    match response.status {
        200..300 => authentication.read_token(&response.body).and_then(checked),
        400 | 401 => Err(Error::new(Code::Unauthorized, authentication.token_rejected()).with_status(response.status)),
        _ => Err(while_fetching(&error_of(&response, false, session))),
    }
}

fn while_fetching(error: &Error) -> Error {
    // A timeout would say that the request itself is too large.
    let code = if error.code() == Code::Timeout { Code::Unavailable } else { error.code() };
    let message = format!("while fetching an access token: {}", error.message());
    Error::new(code, message).with_retry_after(error.retry_after())
}
