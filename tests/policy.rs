//! What the operator's policy holds back, nothing of it is ever sent.

use std::io::Write as _;
use std::process::{Command, Stdio};

use pipefit::component::{About, Action, Api, CONNECTION, Component, Input, Inputs, Method, Request, Resource, Result};
use pipefit::runner::Policy;
use pipefit::sandbox::Sandbox;
use pipefit::{Catalog, Code, Error, Invocation, Registered, Runtime, Unit, UnitKind};
use serde_json::{Value, json};

use crate::support::{sample, samples};

const THINGS: Resource = Resource { key: "things", label: "Things" };
const API: Api = Api::new("/jpm/v2/tenant/{tenant}");
const METHOD: Input = Input::text("method", "Method").help("How to ask.").required();

/// Decides by its inputs what it does.
struct AnyMethod;

impl Action for AnyMethod {
    fn about(&self) -> About {
        About::update("anyMethod", "Any Method", THINGS).help("Asks in any way.").aliases(&["formerMethod"])
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, METHOD] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        let method = if inputs.text(&METHOD) == Some("GET") { Method::Get } else { Method::Post };
        API.get("/jobs").query(Inputs::default()).map(|request| Request { method, ..request })
    }
}

/// Says that it reads, and writes.
struct Liar;

impl Action for Liar {
    fn about(&self) -> About {
        About::read("liar", "Liar", THINGS).help("Writes.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION] }
    }

    fn request(&self, _: Inputs) -> Result<Request> {
        API.post("/jobs").query(Inputs::default())
    }
}

fn catalog() -> Catalog {
    let registered = Catalog::registered();
    let component: &'static Component = registered.units()[0].component;
    let entry = |unit, name| Registered { component, unit, name, file: file!(), line: line!() };
    let own = [entry(Unit::Action(&AnyMethod), "AnyMethod"), entry(Unit::Action(&Liar), "Liar")];
    Catalog::of(registered.units().iter().copied().chain(own))
}

fn runtime(sandbox: &Sandbox, policy: Policy) -> Result<Runtime, Error> {
    pipefit::sandbox_runtime(sandbox).catalog(catalog()).policy(policy).build()
}

async fn outcome(runtime: &Runtime, key: &str, inputs: Value) -> Option<Code> {
    runtime.invoke(Invocation::action(key, inputs)).await.err().map(|error| error.code())
}

#[tokio::test]
async fn read_only_lets_through_what_reads_and_nothing_else() {
    let sandbox = Sandbox::builder().rate_limit(None).start().await.unwrap();
    let runtime = runtime(&sandbox, Policy::default().read_only(true)).unwrap();
    // What takes its method from its inputs has a test of its own.
    for sample in samples().into_iter().filter(|sample| sample.required.get("method").is_none()) {
        let effect = catalog().find(None, UnitKind::Action, &sample.action).unwrap().unit.about().effect;
        if effect.is_read() {
            let denied = outcome(&runtime, &sample.action, sample.required).await;
            assert_ne!(denied, Some(Code::ForbiddenByPolicy), "{}", sample.action);
            continue;
        }
        sandbox.forget_requests();
        for inputs in [sample.required, sample.all, json!({})] {
            let denied = outcome(&runtime, &sample.action, inputs).await;
            assert_eq!(denied, Some(Code::ForbiddenByPolicy), "{}", sample.action);
        }
        assert!(sandbox.requests().is_empty(), "{}", sample.action);
    }
    assert!(sandbox.writes().is_empty());
}

#[tokio::test]
async fn a_request_of_any_method_is_judged_by_its_method() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let runtime = runtime(&sandbox, Policy::default().read_only(true)).unwrap();
    assert_eq!(outcome(&runtime, "anyMethod", json!({"method": "GET"})).await, None);
    sandbox.forget_requests();
    assert_eq!(outcome(&runtime, "anyMethod", json!({"method": "POST"})).await, Some(Code::ForbiddenByPolicy));
    assert_eq!(outcome(&runtime, "liar", json!({})).await, Some(Code::ForbiddenByPolicy));
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn lists_name_what_may_run_by_key_or_alias() {
    let sandbox = Sandbox::builder().rate_limit(None).start().await.unwrap();
    let (get_job, any) = (json!({"jobId": "10978752986"}), json!({"method": "GET"}));
    let table = [
        (Policy::default(), [true, true]),
        (Policy::default().allow("getJob"), [true, false]),
        (Policy::default().deny("getJob"), [false, true]),
        (Policy::default().allow("getJob").allow("formerMethod"), [true, true]),
        (Policy::default().allow("getJob").allow("anyMethod").deny("formerMethod"), [true, false]),
        (Policy::default().deny("selectJob"), [true, true]),
    ];
    for (policy, expected) in table {
        let runtime = runtime(&sandbox, policy.clone()).unwrap();
        for (key, expected) in ["getJob", "anyMethod"].into_iter().zip(expected) {
            sandbox.forget_requests();
            let inputs = if key == "getJob" { get_job.clone() } else { any.clone() };
            let denied = outcome(&runtime, key, inputs).await;
            assert_eq!(denied, (!expected).then_some(Code::ForbiddenByPolicy), "{policy:?} {key}");
            assert_eq!(sandbox.requests().is_empty(), !expected, "{policy:?} {key}");
        }
    }
}

#[tokio::test]
async fn sources_and_triggers_are_held_back_too_and_so_are_dry_runs() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let runtime = runtime(&sandbox, Policy::default().allow("listJobs").read_only(true)).unwrap();
    for invocation in [
        Invocation::data_source("selectJob", json!({})),
        Invocation::trigger("pollChangesTrigger", json!({})),
        Invocation::action("createJob", json!({})).dry_run(true),
    ] {
        let error = runtime.invoke(invocation).await.unwrap_err();
        assert_eq!(error.code(), Code::ForbiddenByPolicy, "{error}");
    }
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_key_that_nothing_has_is_an_error_from_the_start() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    for key in ["creatJob", "CREATEJOB", "createjob", "create_job", " createJob"] {
        for policy in [Policy::default().deny(key), Policy::default().allow(key)] {
            let error = runtime(&sandbox, policy).unwrap_err();
            assert_eq!(error.code(), Code::InvalidRequest);
            assert!(error.message().ends_with("did you mean `createJob`?"), "{error}");
        }
    }
}

/// Runs `getJob` or `createJob` from the command line; answers the exit status and the error's code.
fn command(key: &str, flags: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pipefit"))
        .args(["run", "--sandbox"])
        .args(flags)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let request = json!({"action": key, "inputs": sample(key).required}).to_string();
    // Flags that are wrong are answered before the request is read.
    let _ = child.stdin.take().unwrap().write_all(request.as_bytes());
    let done = child.wait_with_output().unwrap();
    let answer: Value = serde_json::from_slice(&done.stdout).unwrap();
    (done.status.code().unwrap(), answer["error"]["code"].as_str().unwrap_or_default().to_owned())
}

/// The action, the flags, the variables, and what comes of it.
type Row<'a> = (&'a str, &'a [&'a str], &'a [(&'a str, &'a str)], &'a (i32, String));

#[test]
fn the_command_takes_a_policy_from_flags_and_variables() {
    let (denied, wrong, done) =
        ((8, "forbidden_by_policy".to_owned()), (2, "invalid_request".to_owned()), (0, String::new()));
    let table: [Row<'_>; 24] = [
        ("createJob", &[], &[], &done),
        ("createJob", &["--read-only"], &[], &denied),
        ("getJob", &["--read-only"], &[], &done),
        ("getJob", &["--allow", "createJob"], &[], &denied),
        ("getJob", &["--allow", "createJob", "--allow", "getJob"], &[], &done),
        ("getJob", &["--deny", "createJob,getJob"], &[], &denied),
        ("getJob", &["--deny", "getJop"], &[], &wrong),
        ("createJob", &[], &[("PIPEFIT_READ_ONLY", "true")], &denied),
        ("createJob", &[], &[("PIPEFIT_READ_ONLY", "false"), ("PIPEFIT_DENY", "")], &done),
        ("getJob", &[], &[("PIPEFIT_DENY", "createJob, getJob")], &denied),
        ("getJob", &[], &[("PIPEFIT_ALLOW", "createJob")], &denied),
        ("getJob", &["--deny", "createJob"], &[("PIPEFIT_DENY", "getJob")], &denied),
        ("createJob", &["--deny", "createJob"], &[("PIPEFIT_DENY", "getJob")], &denied),
        ("getJob", &["--allow", "getJob"], &[("PIPEFIT_ALLOW", "createJob")], &done),
        ("createJob", &["--allow", "getJob"], &[("PIPEFIT_ALLOW", "createJob")], &denied),
        ("getJob", &["--allow", ""], &[], &wrong),
        ("getJob", &["--allow", " , "], &[("PIPEFIT_ALLOW", "getJob")], &wrong),
        ("getJob", &[], &[("PIPEFIT_ALLOW", " ")], &wrong),
        ("getJob", &[], &[("PIPEFIT_ALLOW", "")], &wrong),
        ("getJob", &["--allow", " getJob "], &[("PIPEFIT_ALLOW", "")], &done),
        ("getJob", &["--deny", ""], &[("PIPEFIT_DENY", " , ")], &done),
        ("getJob", &["--deny", " createJob ,, getJob "], &[], &denied),
        ("getJob", &["--deny", "GETJOB"], &[], &wrong),
        ("getJob", &[], &[("PIPEFIT_ALLOW", "getjob")], &wrong),
    ];
    for (key, flags, variables, expected) in table {
        assert_eq!(&command(key, flags, variables), expected, "{key} {flags:?} {variables:?}");
    }
}

#[tokio::test]
async fn a_denied_action_is_denied_as_a_raw_request() {
    let sandbox = Sandbox::builder().rate_limit(None).start().await.unwrap();
    let raw = |method: &str, url: &str| {
        let inputs = json!({"urlType": "JPM", "url": url, "method": method, "responseType": "json"});
        Invocation::action("rawRequest", inputs).dry_run(true)
    };
    let denying = runtime(&sandbox, Policy::default().deny("getJob").deny("createJob")).unwrap();
    for (method, url, denied) in [
        ("GET", "/jobs/123", true),
        ("HEAD", "/jobs/123", true),
        ("GET", "/Jobs/123/", true),
        ("GET", "/jobs;x=1/123", true),
        ("GET", "/%6aobs/123", true),
        ("POST", "/jobs", true),
        ("GET", "/jobs", false),
        ("PATCH", "/jobs/123", false),
        ("GET", "/jobs/123/notes", false),
    ] {
        let code = denying.invoke(raw(method, url)).await.err().map(|error| error.code());
        assert_eq!(code, denied.then_some(Code::ForbiddenByPolicy), "{method} {url}");
    }
    assert_eq!(outcome(&denying, "listJobs", json!({})).await, None);
    // What else sends the request of a denied list is named by its own key.
    let denying = runtime(&sandbox, Policy::default().deny("listJobs")).unwrap();
    assert!(denying.invoke(Invocation::data_source("selectJob", json!({}))).await.is_ok());
}

#[tokio::test]
async fn every_denied_action_is_denied_as_a_raw_request() {
    let sandbox = Sandbox::builder().rate_limit(None).start().await.unwrap();
    for sample in samples().into_iter().filter(|sample| sample.action != "rawRequest") {
        let open = runtime(&sandbox, Policy::default()).unwrap();
        let sent = open.invoke(Invocation::action(&sample.action, sample.all.clone()).dry_run(true)).await.unwrap();
        let sent = crate::support::parsed(sent);
        let url = sent["data"]["url"].as_str().unwrap().split('?').next().unwrap();
        let (prefix, path) = url.split_once("/v2/tenant/").unwrap();
        let (service, path) = (prefix.rsplit('/').next().unwrap(), path.split_once('/').unwrap().1);
        let inputs = json!({"urlType": service, "url": path, "method": sent["data"]["method"], "responseType": "json"});
        let denying = runtime(&sandbox, Policy::default().deny(&sample.action)).unwrap();
        let denied = denying.invoke(Invocation::action("rawRequest", inputs).dry_run(true)).await.err();
        assert_eq!(denied.map(|error| error.code()), Some(Code::ForbiddenByPolicy), "{sample}");
    }
}
