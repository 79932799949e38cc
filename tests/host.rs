//! What a host supplies and gets: seams, prepared invocations, handles, streams, typed replies.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use pipefit::component::{Effect, File, Grant};
use pipefit::runner::host::{
    Call, Clock, ConnectionRequest, ConnectionResolver, FetchToken, FileSource, PolicyHook, RateLimiter, RateRequest,
    TokenStore,
};
use pipefit::runner::{Builder, Cancellation, RawRecord, Retries};
use pipefit::sandbox::Sandbox;
use pipefit::{Code, Error, Invocation, Reply, UnitKind};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::support::{AT_ONCE, Bench, builder_at, connection, parsed, response, sample, serve};

fn get_job() -> Invocation {
    Invocation::action("getJob", json!({"jobId": 10_978_752_986_u64}))
}

fn poll() -> Invocation {
    let inputs = json!({"resourceType": "jobs", "showNewRecords": true, "showUpdatedRecords": true});
    Invocation::trigger("pollChangesTrigger", inputs)
}

fn cancel_job() -> Invocation {
    Invocation::action("cancelJob", json!({"jobId": 1, "reasonId": 1, "memo": "moved"}))
}

/// A runtime at a service on loopback, with a connection called `main`.
fn at_service(url: &str) -> Builder {
    builder_at(url).connection("main", connection()).default_connection(json!("main"))
}

/// A service that answers with a job when it is told to.
fn gated() -> (String, tokio::sync::mpsc::UnboundedReceiver<()>, std::sync::mpsc::Sender<()>) {
    let (arrive, arrived) = tokio::sync::mpsc::unbounded_channel();
    let (open, opened) = std::sync::mpsc::channel();
    let (url, _) = serve(move |_| {
        let _ = arrive.send(());
        let _ = opened.recv();
        response("200 OK", &[], r#"{"id":1}"#)
    });
    (url, arrived, open)
}

/// The connections of tenants, by their names.
#[derive(Debug)]
struct Vault {
    connection: Value,
    asked: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl ConnectionResolver for Vault {
    async fn resolve(&self, request: &ConnectionRequest<'_>) -> Result<Option<Map<String, Value>>, Error> {
        tokio::task::yield_now().await;
        self.asked.lock().unwrap().push(format!("{}/{}", request.component, request.name));
        Ok(request.name.starts_with("tenant/").then(|| self.connection.as_object().unwrap().clone()))
    }
}

#[tokio::test]
async fn connections_come_from_the_host() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let asked = Arc::default();
    let vault = Vault { connection: pipefit::sandbox_connection(&sandbox), asked: Arc::clone(&asked) };
    let runtime = pipefit::at_sandbox(&sandbox).connection_resolver(vault).build().unwrap();
    let at = |name: &str| {
        let mut invocation = get_job();
        invocation.inputs_mut().insert("connection".to_owned(), json!(name));
        invocation
    };
    assert!(runtime.invoke(at("tenant/1")).await.is_ok());
    let error = runtime.invoke(at("other")).await.unwrap_err();
    assert_eq!((error.code(), error.message().contains("`other`")), (Code::InvalidConnection, true));
    assert_eq!(*asked.lock().unwrap(), ["servicetitan/tenant/1", "servicetitan/other"]);
    // What is wrong with the inputs is found before anybody is asked.
    let mut invalid = at("tenant/1");
    invalid.inputs_mut().insert("jobId".to_owned(), json!("x"));
    assert_eq!(runtime.invoke(invalid).await.unwrap_err().code(), Code::InvalidInput);
    assert_eq!(asked.lock().unwrap().len(), 2);
}

/// Tokens that several runtimes share.
#[derive(Clone, Debug, Default)]
struct SharedTokens(Arc<tokio::sync::Mutex<Vec<(String, Grant)>>>);

#[async_trait]
impl TokenStore for SharedTokens {
    async fn token(&self, key: &str, rejected: Option<&SecretString>, fetch: FetchToken<'_>) -> Result<Grant, Error> {
        use secrecy::ExposeSecret as _;
        let mut tokens = self.0.lock().await;
        let is_rejected =
            |grant: &Grant| rejected.is_some_and(|it| it.expose_secret() == grant.access_token.expose_secret());
        if let Some((_, grant)) = tokens.iter().find(|(own, grant)| own == key && !is_rejected(grant)) {
            return Ok(grant.clone());
        }
        let grant = fetch.fetch().await?;
        tokens.retain(|(own, _)| own != key);
        tokens.push((key.to_owned(), grant.clone()));
        Ok(grant)
    }
}

#[tokio::test]
async fn tokens_are_shared_by_the_store_of_the_host() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let store = SharedTokens::default();
    let tokens = || sandbox.requests().iter().filter(|request| request.path == "/connect/token").count();
    for _ in 0..3 {
        let runtime = pipefit::sandbox_runtime(&sandbox).token_store(store.clone()).build().unwrap();
        runtime.invoke(get_job()).await.unwrap();
    }
    assert_eq!(tokens(), 1);
    sandbox.revoke_tokens();
    let runtime = pipefit::sandbox_runtime(&sandbox).token_store(store.clone()).build().unwrap();
    runtime.invoke(get_job()).await.unwrap();
    assert_eq!(tokens(), 2);
    assert!(store.0.lock().await.iter().all(|(key, _)| key.len() == 64), "a key is a digest");
}

#[tokio::test]
async fn a_token_of_the_host_that_no_header_can_carry_is_refused() {
    #[derive(Debug)]
    struct Broken;

    #[async_trait]
    impl TokenStore for Broken {
        async fn token(&self, _: &str, _: Option<&SecretString>, _: FetchToken<'_>) -> Result<Grant, Error> {
            Ok(Grant { access_token: "two\r\nlines".into(), lifetime: Duration::from_mins(15) })
        }
    }

    let sandbox = Sandbox::builder().start().await.unwrap();
    let runtime = pipefit::sandbox_runtime(&sandbox).token_store(Broken).build().unwrap();
    assert_eq!(runtime.invoke(get_job()).await.unwrap_err().code(), Code::BadReply);
}

/// Notes who asks, and admits so many.
#[derive(Clone, Debug)]
struct Permits {
    left: Arc<AtomicUsize>,
    asked: Arc<Mutex<Vec<(String, u32, bool)>>>,
    pauses: Arc<Mutex<Vec<Duration>>>,
}

#[async_trait]
impl RateLimiter for Permits {
    async fn acquire(&self, request: &RateRequest<'_>) -> Result<(), Error> {
        let asked = (request.account.to_owned(), request.per_second, request.is_poll);
        self.asked.lock().unwrap().push(asked);
        assert!(request.remaining <= Duration::from_mins(10));
        let admitted = self.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1));
        admitted.map(drop).map_err(|_| Error::new(Code::RateLimited, "no permit is left"))
    }

    async fn pause(&self, _: &RateRequest<'_>, wait: Duration) {
        self.pauses.lock().unwrap().push(wait);
    }
}

#[tokio::test]
async fn a_reserved_request_does_not_wait_again_unless_it_is_late() {
    let (url, _) = serve(|_| response("200 OK", &[], "{}"));
    let permits = Permits { left: Arc::new(3.into()), asked: Arc::default(), pauses: Arc::default() };
    let runtime = at_service(&url).rate_limiter(permits.clone()).build().unwrap();
    let asked = || permits.asked.lock().unwrap().len();
    let prompt = runtime.prepare(cancel_job()).await.unwrap();
    prompt.reserve().await.unwrap();
    prompt.send().await.unwrap();
    assert_eq!(asked(), 1);
    let late = runtime.prepare(cancel_job()).await.unwrap();
    late.reserve().await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    late.send().await.unwrap();
    assert_eq!(asked(), 3);
    let refused = runtime.prepare(cancel_job()).await.unwrap().reserve().await.unwrap_err();
    assert_eq!(refused.code(), Code::RateLimited);
}

#[test]
fn a_write_whose_process_was_lost_is_unknown_and_repeated_only_with_a_key() {
    let lost = cancel_job().lost();
    assert_eq!((lost.code(), lost.retryable()), (Code::OutcomeUnknown, false));
    let lost = cancel_job().idempotency_key("order-1").lost();
    assert_eq!((lost.code(), lost.retryable(), lost.retry_after().is_some()), (Code::OutcomeUnknown, true, true));
}

#[tokio::test]
async fn every_request_asks_the_rate_limiter_of_the_host() {
    let (url, _) = serve(|request| match request.number {
        1 => response("429 Too Many Requests", &[("Retry-After", "0")], "{}"),
        _ => response("200 OK", &[], r#"{"id":1}"#),
    });
    let permits = Permits { left: Arc::new(2.into()), asked: Arc::default(), pauses: Arc::default() };
    let runtime = at_service(&url).rate_limiter(permits.clone()).build().unwrap();
    runtime.invoke(get_job()).await.unwrap();
    assert_eq!(*permits.pauses.lock().unwrap(), [Duration::ZERO]);
    assert_eq!(runtime.invoke(get_job()).await.unwrap_err().code(), Code::RateLimited);
    runtime.invoke(poll()).await.unwrap_err();
    let asked = permits.asked.lock().unwrap();
    let accounts: BTreeSet<_> = asked.iter().map(|(account, ..)| account).collect();
    assert_eq!(accounts.len(), 1, "{asked:?}");
    assert!(asked.iter().all(|(account, per_second, _)| account.len() == 64 && *per_second == 60));
    assert!(asked.last().unwrap().2 && !asked[0].2, "{asked:?}");
}

/// Denies what it is told to, and notes what it was asked.
#[derive(Debug)]
struct Rules(Arc<Mutex<Vec<String>>>);

#[async_trait]
impl PolicyHook for Rules {
    async fn admit(&self, call: &Call<'_>) -> Result<(), String> {
        let (name, tenant) = (call.connection.unwrap_or("-"), call.tenant.unwrap_or("-"));
        let line =
            format!("{} {} {} {name} {tenant} {:?}", call.component, call.unit, call.effect.name(), call.request);
        self.0.lock().unwrap().push(line);
        if call.effect.is_read() { Ok(()) } else { Err("no writes on Sundays".to_owned()) }
    }
}

#[tokio::test]
async fn the_host_decides_about_each_invocation() {
    let (url, seen) = serve(|_| response("200 OK", &[], r#"{"id":1}"#));
    let asked = Arc::default();
    let runtime = at_service(&url).policy_hook(Rules(Arc::clone(&asked))).build().unwrap();
    runtime.invoke(get_job()).await.unwrap();
    let error = runtime.invoke(cancel_job()).await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::ForbiddenByPolicy, "no writes on Sundays"));
    assert_eq!(seen.lock().unwrap().len(), 1);
    let raw = |method: &str| json!({"method": method, "urlType": "jpm", "url": "/jobs/1", "responseType": "json"});
    runtime.invoke(Invocation::action("rawRequest", raw("GET"))).await.unwrap();
    runtime.invoke(Invocation::action("rawRequest", raw("DELETE"))).await.unwrap_err();
    insta::assert_snapshot!(asked.lock().unwrap().join("\n"));
}

#[derive(Debug)]
struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(490_896)
    }
}

#[tokio::test]
async fn dates_are_read_by_the_clock_of_the_host() {
    let (url, _) =
        serve(|_| response("429 Too Many Requests", &[("Retry-After", "Thu, 01 Jan 2026 00:00:07 GMT")], "{}"));
    let once = Retries { tries: 1, ..AT_ONCE };
    let error = at_service(&url).retries(once).clock(Frozen).build().unwrap().invoke(get_job()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[derive(Debug)]
struct Folder;

#[async_trait]
impl FileSource for Folder {
    async fn read(&self, reference: &str) -> Result<Option<File>, Error> {
        let file =
            File { name: Some("a.txt".to_owned()), content_type: Some("text/plain".to_owned()), data: "hello".into() };
        Ok((reference == "files/1").then_some(file))
    }
}

#[tokio::test]
async fn files_come_from_the_host() {
    let (url, seen) = serve(|_| response("200 OK", &[], "{}"));
    let upload = |reference: &str| {
        let inputs = json!({
            "method": "POST", "urlType": "forms", "url": "/jobs/1/attachments", "responseType": "json",
            "fileData": [{"key": "file", "value": {"reference": reference}}],
        });
        Invocation::action("rawRequest", inputs)
    };
    let runtime = at_service(&url).file_source(Folder).build().unwrap();
    runtime.invoke(upload("files/1")).await.unwrap();
    let sent = seen.lock().unwrap()[0].clone();
    assert!(sent.contains("filename=\"a.txt\"") && sent.contains("hello"), "{sent}");
    let error = runtime.invoke(upload("files/2")).await.unwrap_err();
    assert_eq!(error.issues()[0].input, "fileData");
    assert!(error.message().contains("files/2"), "{error}");
    let error = at_service(&url).build().unwrap().invoke(upload("files/1")).await.unwrap_err();
    assert!(error.message().contains("no file source"), "{error}");
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn the_client_of_the_host_is_used_and_must_not_follow_redirects() {
    let (url, seen) = serve(|request| match request.text {
        text if text.contains("/jobs/1 ") => response("302 Found", &[("Location", "/elsewhere")], ""),
        _ => response("200 OK", &[], r#"{"id":1}"#),
    });
    let client = |policy| {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
        let builder = reqwest::Client::builder().use_preconfigured_tls(tls).no_proxy();
        builder.user_agent("host/1").redirect(policy).build().unwrap()
    };
    let invocation = || Invocation::action("getJob", json!({"jobId": 1}));
    let proper = at_service(&url).http_client(client(reqwest::redirect::Policy::none())).build().unwrap();
    proper.invoke(get_job()).await.unwrap();
    assert!(seen.lock().unwrap()[0].to_lowercase().contains("user-agent: host/1"));
    let following = at_service(&url).http_client(client(reqwest::redirect::Policy::limited(3))).build().unwrap();
    let error = following.invoke(invocation()).await.unwrap_err();
    assert!(error.message().contains("redirect::Policy::none()"), "{error}");
}

#[tokio::test]
async fn an_invocation_is_prepared_and_then_sent() {
    let (url, seen) = serve(|_| response("200 OK", &[], r#"{"id":1}"#));
    let runtime = at_service(&url).build().unwrap();
    let prepared = runtime.prepare(cancel_job()).await.unwrap();
    assert_eq!((prepared.component(), prepared.unit()), ("servicetitan", "cancelJob"));
    assert_eq!((prepared.effect(), prepared.writes(), prepared.returns_list()), (Effect::Update, true, false));
    let request = prepared.request().unwrap();
    assert_eq!(request["method"], "PUT");
    assert!(!request.to_string().contains("canary-application-key") && seen.lock().unwrap().is_empty(), "{request}");
    let reply = prepared.send().await.unwrap();
    assert_eq!((parsed(reply)["data"]["id"].clone(), seen.lock().unwrap().len()), (json!(1), 1));
    let read = runtime.prepare(get_job()).await.unwrap();
    assert_eq!((read.effect(), read.writes()), (Effect::Read, false));
    let dry = runtime.prepare(cancel_job().dry_run(true)).await.unwrap();
    assert!(!dry.writes() && parsed(dry.send().await.unwrap())["dryRun"] == true);
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn inputs_must_be_an_object() {
    let bench = Bench::start().await;
    for inputs in [json!([1]), json!("text"), json!(1), json!(true)] {
        let error = bench.runtime.invoke(Invocation::action("getJob", inputs)).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidRequest);
        assert!(error.message().starts_with("`inputs` must be an object, not "), "{error}");
    }
    assert!(bench.seen().is_empty());
}

#[tokio::test]
async fn a_handle_cancels_and_says_what_became_of_a_write() {
    let (url, mut arrived, open) = gated();
    let runtime = at_service(&url).build().unwrap();
    let read = runtime.spawn(get_job());
    arrived.recv().await.unwrap();
    read.cancel(Duration::from_mins(1));
    assert_eq!(read.await.unwrap_err().code(), Code::Cancelled);
    open.send(()).unwrap();

    let write = runtime.spawn(cancel_job());
    arrived.recv().await.unwrap();
    write.cancel(Duration::from_mins(1));
    open.send(()).unwrap();
    assert_eq!(parsed(write.await.unwrap())["data"]["id"], 1);

    let write = runtime.spawn(cancel_job());
    arrived.recv().await.unwrap();
    write.cancel(Duration::ZERO);
    assert_eq!(write.await.unwrap_err().code(), Code::OutcomeUnknown);

    // What was cancelled before is not sent, and others are not cancelled.
    let cancellation = Cancellation::new();
    cancellation.cancel(Duration::ZERO);
    let error = runtime.invoke(cancel_job().cancelled_by(&cancellation)).await.unwrap_err();
    assert_eq!(error.code(), Code::Cancelled);
    open.send(()).unwrap();
    open.send(()).unwrap();
    assert!(runtime.invoke(get_job()).await.is_ok());
}

#[tokio::test]
async fn a_prepared_write_is_spawned_and_says_what_became_of_it() {
    let (url, mut arrived, open) = gated();
    let runtime = at_service(&url).build().unwrap();
    let unknown = runtime.prepare(cancel_job()).await.unwrap().spawn();
    let done = runtime.prepare(cancel_job()).await.unwrap();
    arrived.recv().await.unwrap();
    unknown.cancel(Duration::ZERO);
    assert_eq!(unknown.await.unwrap_err().code(), Code::OutcomeUnknown);
    open.send(()).unwrap();
    let done = done.spawn();
    arrived.recv().await.unwrap();
    open.send(()).unwrap();
    assert_eq!(parsed(done.await.unwrap())["data"]["id"], 1);

    // It is cancelled by what its invocation was given, too.
    let workflow = Cancellation::new();
    let prepared = runtime.prepare(cancel_job().cancelled_by(&workflow)).await.unwrap();
    workflow.cancel(Duration::ZERO);
    assert_eq!(prepared.spawn().await.unwrap_err().code(), Code::Cancelled);
}

/// Notes the span that it is asked in.
#[derive(Debug, Default)]
struct SpanNote(Arc<Mutex<Option<&'static str>>>);

#[async_trait]
impl PolicyHook for SpanNote {
    async fn admit(&self, _: &Call<'_>) -> Result<(), String> {
        *self.0.lock().unwrap() = tracing::Span::current().metadata().map(tracing::Metadata::name);
        Ok(())
    }
}

#[tokio::test]
async fn a_spawned_invocation_is_inside_the_span_of_its_caller() {
    let _subscriber = tracing::subscriber::set_default(tracing_subscriber::registry());
    let (url, _) = serve(|_| response("200 OK", &[], r#"{"id":1}"#));
    let note = SpanNote::default();
    let seen = Arc::clone(&note.0);
    let runtime = at_service(&url).policy_hook(note).build().unwrap();
    let handle = tracing::info_span!("workflow").in_scope(|| runtime.spawn(get_job()));
    handle.await.unwrap();
    assert_eq!(*seen.lock().unwrap(), Some("workflow"));
}

#[test]
fn what_a_host_logs_has_no_secret() {
    let connection = json!({"key": "serviceTitanConnection", "fields": {"clientSecret": "hush-1"}});
    let builder = pipefit::Runtime::builder()
        .connection("tenant-7", connection.clone())
        .default_connection(connection.clone())
        .force_connection(connection.clone());
    assert_eq!(format!("{builder:?}"), r#"Builder { connections: ["tenant-7"], .. }"#);
    let shown = format!("{:?}", builder.build().unwrap());
    assert_eq!(shown, r#"Runtime { components: ["servicetitan"], connections: ["tenant-7"], .. }"#);
    assert!(!shown.contains("hush"), "{shown}");
    let invocation = Invocation::action("getJob", json!({"jobId": "hush-2"})).connection(connection).id("hush-3");
    let shown = format!("{:?}", invocation.state(json!("hush-4")).idempotency_key("hush-5"));
    assert!(!shown.contains("hush"), "{shown}");
    assert!(shown.contains(r#"action: Some("getJob")"#) && shown.contains(r#"["jobId", "connection"]"#), "{shown}");
}

#[tokio::test]
async fn invocations_and_replies_tell_their_parts() {
    let (url, _) = serve(|_| response("200 OK", &[], r#"{"page":1,"pageSize":1,"hasMore":true,"data":[{"id":1}]}"#));
    let runtime = at_service(&url).build().unwrap();
    let page = Invocation::action("listJobs", json!({})).component("servicetitan").connection("main").id("a-1");
    let prepared = runtime.prepare(page).await.unwrap();
    assert_eq!((prepared.id(), prepared.tenant()), (Some(&json!("a-1")), Some("1097")));
    let reply = prepared.send().await.unwrap();
    assert!(reply.has_more().unwrap() && !reply.existing());

    let unknown = runtime.prepare(get_job().connection("other")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::InvalidConnection);
    let other = runtime.prepare(get_job().component("other")).await.unwrap_err();
    assert_eq!(other.code(), Code::UnknownAction);

    let raw = json!({"urlType": "jpm", "url": "/jobs", "method": "GET", "responseType": "json", "debugRequest": true});
    let Reply::Data { response: Some(head), .. } = runtime.invoke(Invocation::action("rawRequest", raw)).await.unwrap()
    else {
        panic!("the reply has no head")
    };
    assert_eq!((head.status(), head.headers().contains_key("content-length")), (200, true));
}

#[tokio::test]
async fn a_host_can_test_its_seams() {
    let vault = ConnectionRequest::new("servicetitan", "tenant-7", None);
    assert_eq!((vault.name, vault.configured), ("tenant-7", None));
    let call = Call::new("servicetitan", UnitKind::Action, "getJob", Effect::Read);
    assert_eq!(SpanNote::default().admit(&call).await, Ok(()));
    let request = RateRequest::new("account", 60, Duration::from_secs(1));
    assert_eq!((request.account, request.per_second, request.is_poll), ("account", 60, false));
    let grant = Grant { access_token: SecretString::from("t"), lifetime: Duration::from_mins(15) };
    let fetched = FetchToken::new(async { Ok(grant) }).fetch().await.unwrap();
    assert_eq!(fetched.lifetime, Duration::from_mins(15));
}

#[tokio::test]
async fn an_invocation_has_a_time_limit_of_its_own() {
    let (url, _arrived, _open) = gated();
    let runtime = at_service(&url).build().unwrap();
    let error = runtime.invoke(get_job().timeout(Duration::from_millis(50))).await.unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    let of_json = |text: &str| Invocation::from_json(text.as_bytes());
    let read = of_json(r#"{"action":"getJob","timeoutSeconds":1.5}"#).unwrap();
    assert_eq!(read.timeout, Some(Duration::from_millis(1_500)));
    let endless = of_json(r#"{"action":"getJob","timeoutSeconds":1e300}"#).unwrap();
    assert_eq!(endless.timeout, Some(Duration::MAX));
    for invalid in ["0", "-1", "-1e300", "1e400", "\"1\""] {
        let error = of_json(&format!(r#"{{"action":"getJob","timeoutSeconds":{invalid}}}"#)).unwrap_err();
        assert_eq!(error.code(), Code::InvalidRequest, "{invalid}");
        assert!(error.message().contains("expected `timeoutSeconds` to be a number of seconds above 0"), "{error}");
    }
}

#[tokio::test]
async fn nothing_is_sent_once_the_time_is_over() {
    let (url, requests) = serve(|_| response("200 OK", &[], r#"{"id":1}"#));
    let runtime = at_service(&url).build().unwrap();
    runtime.invoke(get_job()).await.unwrap();
    let known = requests.lock().unwrap().len();
    for sample in [sample("getJob"), sample("createCustomer")] {
        let invocation = Invocation::action(&sample.action, sample.required).connection("main");
        let prepared = runtime.prepare(invocation.timeout(Duration::from_millis(20))).await.unwrap();
        tokio::time::sleep_until(prepared.deadline()).await;
        let error = prepared.send().await.unwrap_err();
        assert_eq!(error.code(), Code::Timeout, "{error}");
    }
    assert_eq!(requests.lock().unwrap().len(), known);
}

#[tokio::test]
async fn a_trace_is_passed_on_where_the_operator_says_so() {
    const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let (url, seen) = serve(|_| response("200 OK", &[], r#"{"id":1}"#));
    let traced = || get_job().traceparent(TRACE);
    at_service(&url).build().unwrap().invoke(traced()).await.unwrap();
    at_service(&url).pass_traces_on(true).build().unwrap().invoke(traced()).await.unwrap();
    let has_trace: Vec<_> = seen.lock().unwrap().iter().map(|text| text.contains(TRACE)).collect();
    assert_eq!(has_trace, [false, true]);
    let invalid = get_job().traceparent("00-1\r\nx: y");
    assert_eq!(at_service(&url).build().unwrap().invoke(invalid).await.unwrap_err().code(), Code::InvalidRequest);
}

#[derive(Debug, Deserialize)]
struct Job {
    id: u64,
}

#[tokio::test]
async fn a_long_list_is_a_stream_that_reads_no_further_than_it_is_polled() {
    let bench = Bench::around(Sandbox::builder().records(3_000).rate_limit(None).start().await.unwrap());
    let list = |inputs: Value| bench.runtime.records(Invocation::action("listJobs", inputs));
    let mut stream = list(json!({"fetchAll": true, "pageSize": 50})).await.unwrap();
    let first = stream.try_next().await.unwrap().unwrap();
    assert!(first.parse::<Job>().unwrap().id > 0 && first.get().starts_with('{'));
    let pages = |bench: &Bench| bench.seen().len();
    let read = pages(&bench);
    assert!(read <= 12, "{read} pages were read for one record");
    tokio::task::yield_now().await;
    assert_eq!(pages(&bench), read, "nothing is read while nobody polls");
    let rest: Vec<RawRecord> = stream.try_collect().await.unwrap();
    let ids: BTreeSet<_> = rest.iter().chain([&first]).map(|job| job.parse::<Job>().unwrap().id).collect();
    assert!(ids.len() == rest.len() + 1 && ids.len() >= 3_000, "{}", ids.len());

    let mut page = list(json!({"pageSize": 10})).await.unwrap();
    let batch = page.next_batch(100).await.unwrap().unwrap();
    assert_eq!((batch.len(), page.next_batch(100).await.is_none(), page.has_more()), (10, true, true));
    let error = bench.runtime.records(get_job()).await.unwrap_err();
    assert!(error.message().contains("does not return a list"), "{error}");
}

#[tokio::test]
async fn a_stream_ends_with_the_error_that_broke_it_off() {
    let sandbox = Sandbox::builder().records(500).rate_limit(None).start().await.unwrap();
    let runtime = pipefit::sandbox_runtime(&sandbox).retries(AT_ONCE).build().unwrap();
    let inputs = json!({"fetchAll": true, "pageSize": 50});
    let mut stream = runtime.records(Invocation::action("listJobs", inputs)).await.unwrap();
    let first = stream.try_next().await;
    assert!(first.unwrap().is_some());
    drop(sandbox);
    let mut last = Ok(None);
    while let outcome @ (Ok(Some(_)) | Err(_)) = stream.try_next().await {
        last = outcome;
        if last.is_err() {
            break;
        }
    }
    assert_eq!(last.unwrap_err().code(), Code::Unavailable);
    assert!(stream.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn replies_are_read_as_types_and_survive_json() {
    let bench = Bench::start().await;
    let invoke = async |invocation: Invocation| bench.runtime.invoke(invocation).await.unwrap();
    let job = invoke(get_job()).await;
    assert_eq!(job.data::<Job>().unwrap().id, 10_978_752_986);
    assert_eq!(job.records::<Job>().unwrap_err().code(), Code::InvalidRequest);
    assert_eq!(job.data::<Vec<Job>>().unwrap_err().code(), Code::BadReply);
    let page = invoke(Invocation::action("listJobs", json!({"pageSize": 3}))).await;
    assert_eq!(page.records::<Job>().unwrap().len(), 3);
    let choices = invoke(Invocation::data_source("selectBusinessUnit", json!({"limit": 2}))).await;
    assert_eq!((choices.result().len(), choices.state()), (2, None));
    let poll = invoke(poll()).await;
    assert!(poll.state().is_some() && poll.changes().unwrap().created::<Job>().unwrap().is_empty());
    let dry = invoke(cancel_job().dry_run(true)).await;
    for reply in [job, page, choices, poll, dry] {
        let text = reply.to_json();
        let read: Reply = serde_json::from_str(&text).unwrap();
        assert_eq!(read.to_json(), text);
    }
}

#[tokio::test]
async fn errors_survive_json() {
    let bench = Bench::start().await;
    let invalid = Invocation::action("getJob", json!({"jobId": "x", "jobid": 1}));
    let missing = Invocation::action("getJob", json!({"jobId": 1}));
    let limited = Error::new(Code::RateLimited, "slow down").with_retry_after(Duration::from_millis(1_500));
    let mut errors = vec![limited];
    for invocation in [invalid, missing] {
        errors.push(bench.runtime.invoke(invocation).await.unwrap_err());
    }
    for error in errors {
        let text = serde_json::to_string(&error).unwrap();
        let read: Error = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        assert_eq!(read.code(), error.code());
    }
    let later: Error = serde_json::from_str(r#"{"code":"new_code","message":"m","retryable":true}"#).unwrap();
    assert_eq!((later.code(), later.retryable()), (Code::Internal, true));
}
