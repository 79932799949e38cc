//! The command, end to end: stdin, both outputs, exit status.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use std::time::Duration;

use pipefit::Code;
use pipefit::sandbox::{Fault, Sandbox};
use serde_json::{Value, json};

use crate::support::command::command;
use crate::support::pretty;

fn pipefit(arguments: &[&str], stdin: &str) -> Output {
    let mut child =
        command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that does not read its stdin may be gone by now.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}

/// The one JSON object on stdout, and the exit status.
fn answer(arguments: &[&str], stdin: &str) -> (Value, i32) {
    let output = pipefit(arguments, stdin);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    (serde_json::from_str(&stdout).unwrap(), output.status.code().unwrap())
}

fn text(arguments: &[&str]) -> String {
    let output = pipefit(arguments, "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_main_job_runs_against_the_sandbox() {
    let (reply, status) = answer(&["run", "--sandbox"], include_str!("../examples/get-job.json"));
    assert_eq!((status, reply["data"]["id"].as_i64()), (0, Some(10_978_752_986)));
    let (reply, status) = answer(&["run", "--sandbox"], include_str!("../examples/create-job.json"));
    assert_eq!(status, 0, "{reply}");
    assert!(reply["data"]["id"].is_i64());
}

#[test]
fn what_is_wrong_answers_one_object_and_its_exit_status() {
    let connection = crate::support::connection().to_string();
    let unreachable = ["run", "--api-url", "http://127.0.0.1:1", "--token-url", "http://127.0.0.1:1/connect/token"];
    let get_job = format!(r#"{{"action":"getJob","inputs":{{"connection":{connection},"jobId":"1"}}}}"#);
    let table: [(&[&str], &str, &str, i32); 9] = [
        (&["run", "--sandbox"], "", "invalid_request", 2),
        (&["run", "--sandbox"], "{broken", "invalid_request", 2),
        (&["run", "--sandbox"], r#"{"acton":"getJob"}"#, "invalid_request", 2),
        (&["run", "--sandbox"], r#"{"action":"getJbo"}"#, "unknown_action", 2),
        (&["run", "--sandbox"], r#"{"action":"getJob"}"#, "invalid_input", 2),
        (&["run", "--sandbox"], r#"{"action":"getJob","inputs":{"jobId":"5"}}"#, "not_found", 4),
        (&["run", "--no-such-flag"], "{}", "invalid_request", 2),
        (&["run", "--connections", "/no/such/file"], &get_job, "invalid_connection", 3),
        (&unreachable, &get_job, "unavailable", 5),
    ];
    for (arguments, stdin, code, status) in table {
        let (reply, exit) = answer(arguments, stdin);
        assert_eq!((reply["error"]["code"].as_str(), exit), (Some(code), status), "{arguments:?} {stdin}");
        let error = pipefit(arguments, stdin).stderr;
        assert!(String::from_utf8_lossy(&error).starts_with("error: "), "{arguments:?}");
    }
}

#[test]
fn every_code_is_explained_and_every_error_names_its_next_step() {
    let listed = text(&["explain"]);
    for code in Code::ALL {
        let guide = code.guide();
        assert!(listed.contains(code.name()) && listed.contains(guide.meaning), "{listed}");
        let explained = text(&["explain", code.name()]);
        for part in [code.name(), guide.meaning, guide.example, guide.remedy] {
            assert!(explained.contains(part), "{explained}");
        }
        let sentences = [guide.meaning, guide.remedy];
        assert!(sentences.iter().all(|sentence| sentence.ends_with('.')), "{guide:?}");
    }
    let explained: Value = serde_json::from_str(&text(&["explain", "timeout", "--json"])).unwrap();
    assert_eq!((&explained["exitStatus"], &explained["retryable"]), (&json!(5), &json!(true)));
    let unknown = pipefit(&["explain", "time_out"], "");
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("`timeout`"), "{unknown:?}");
}

#[test]
fn an_error_says_what_to_do_once() {
    let stderr = |arguments: &[&str], request| String::from_utf8(pipefit(arguments, request).stderr).unwrap();
    let expected = "next: Correct each of the `issues`; `pipefit describe getJob` shows the inputs. \
                    `pipefit explain invalid_input` says more.";
    for (arguments, request) in
        [(&["run", "--sandbox", "getJob"][..], ""), (&["run", "--sandbox"], r#"{"action":"getJob"}"#)]
    {
        assert_eq!(stderr(arguments, request).lines().last(), Some(expected), "{arguments:?}");
    }
    let misspelled = stderr(&["run", "--sandbox"], r#"{"action":"getJob","input":{}}"#);
    assert!(misspelled.contains("did you mean `inputs`?"), "{misspelled}");
    // These messages say it themselves.
    for (arguments, request) in [
        (&["run", "--sandbox"][..], r#"{"action":"getJbo"}"#),
        (&["run", "--sandbox", "listJobs", "--jq", ".data[].id"], ""),
        (&["describe", "getJbo"], ""),
        (&["explain", "404"], ""),
        (&["list", "--resource", "job"], ""),
        (&["init", "/proc/none"], ""),
        (&["run", "--config", "/no/such/file", "getJob", "jobId=1"], ""),
        (&["sandbox", "--faults", "/no/such/file"], ""),
    ] {
        let said = stderr(arguments, request);
        assert!(said.starts_with("error: ") && !said.contains("next: "), "{arguments:?}: {said}");
    }
}

#[test]
fn refused_credentials_exit_with_3() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let sandbox = runtime.block_on(pipefit::sandbox::Sandbox::builder().start()).unwrap();
    let connection = crate::support::connection().to_string();
    let request = format!(r#"{{"action":"getJob","inputs":{{"connection":{connection},"jobId":"1"}}}}"#);
    let (reply, status) = answer(&["run", "--api-url", &sandbox.url(), "--token-url", &sandbox.token_url()], &request);
    assert_eq!((reply["error"]["code"].as_str(), status), (Some("unauthorized"), 3));
    assert!(!reply.to_string().contains("canary"), "{reply}");
}

#[test]
fn a_request_of_the_wrong_form_is_not_quoted() {
    let (reply, status) = answer(&["run", "--sandbox"], r#"{"action":"getJob","inputs":"canary"}"#);
    let message = reply["error"]["message"].as_str().unwrap();
    assert_eq!(status, 2);
    assert!(message.contains("expected `inputs` to be an object") && !message.contains("canary"), "{message}");
}

#[test]
fn debug_logs_go_to_stderr_without_secrets() {
    let request = r#"{"action":"getJob","inputs":{"jobId":"10978752986","debugRequest":"true"}}"#;
    let output = pipefit(&["run", "--sandbox", "-vv"], request);
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("GET http://127.0.0.1") && log.contains(": 200"), "{log}");
    for secret in ["cs1.sandbox", "ak1.sandbox", "Bearer"] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn a_dry_run_says_what_would_be_sent() {
    let (reply, status) = answer(&["run", "--sandbox", "--dry-run"], include_str!("../examples/create-job.json"));
    assert_eq!((status, reply["data"]["method"].as_str()), (0, Some("POST")));
    assert_eq!(reply["data"]["headers"]["authorization"], "***");
}

#[test]
fn a_file_is_given_on_the_command_line_and_never_by_the_request() {
    let path = std::env::temp_dir().join(format!("pipefit-plate-{}.png", std::process::id()));
    std::fs::write(&path, [0, 255, 10, 13]).unwrap();
    let path = path.to_str().unwrap();
    let upload = r#"{"action":"createInstalledEquipmentAttachment","inputs":{"fileName":"plate.png"}}"#;
    let raw = r#"{"action":"rawRequest","inputs":{"urlType":"equipmentsystems","url":"/installed-equipment/attachments","method":"POST","responseType":"json"}}"#;
    for (input, request) in [("file", upload), ("fileData.file", raw)] {
        let flag = format!("{input}={path}");
        let (reply, status) = answer(&["run", "--sandbox", "--file", &flag], request);
        assert_eq!(status, 0, "{reply}");
        assert!(reply["data"]["path"].as_str().unwrap().contains(".png"), "the path keeps the ending: {reply}");
        let (reply, _) = answer(&["run", "--sandbox", "--dry-run", "--file", &flag], request);
        let part = &reply["data"]["body"][0];
        assert_eq!((&part["contentType"], &part["size"]), (&"image/png".into(), &4.into()), "{reply}");
    }
    let debug = upload.replace("{\"fileName", "{\"debugRequest\":true,\"fileName");
    let log = pipefit(&["run", "--sandbox", "--file", &format!("file={path}")], &debug).stderr;
    assert!(String::from_utf8_lossy(&log).contains(r#""contentType":"image/png","size":4"#), "{log:?}");
    std::fs::remove_file(path).unwrap();
    let (reply, status) = answer(&["run", "--sandbox", "--file", &format!("file={path}")], upload);
    assert_eq!((reply["error"]["issues"][0]["input"].as_str(), status), (Some("file"), 2));
    let named = upload.replace("\"fileName\"", "\"file\":\"Cargo.toml\",\"fileName\"");
    let (reply, status) = answer(&["run", "--sandbox"], &named);
    assert_eq!((reply["error"]["issues"][0]["input"].as_str(), status), (Some("file"), 2));
    let (reply, status) = answer(&["run", "--sandbox", "--file", "photo.png"], upload);
    assert_eq!((reply["error"]["code"].as_str(), status), (Some("invalid_request"), 2));
}

#[cfg(unix)]
#[test]
fn the_command_that_describe_prints_works_as_it_stands() {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_pipefit"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    for key in ["createJob", "createCustomer", "updateJob", "listInvoices", "selectBusinessUnit", "pollChangesTrigger"]
    {
        let described = text(&["describe", key]);
        let command = described.lines().last().unwrap().trim();
        assert!(command.starts_with("pipefit run --sandbox "), "{described}");
        let run = std::process::Command::new("sh").args(["-c", command]).env("PATH", &path).output().unwrap();
        assert!(run.status.success(), "{command}: {}", String::from_utf8_lossy(&run.stdout));
    }
}

#[test]
fn listings_for_people() {
    insta::assert_snapshot!("list", text(&["list"]));
    insta::assert_snapshot!("describe_create_job", text(&["describe", "createJob"]));
    insta::assert_snapshot!("describe_select_job", text(&["describe", "selectJob"]));
}

#[test]
fn a_listing_can_be_narrowed() {
    let keys = |arguments: &[&str]| -> Vec<String> {
        let listed = text(&[&["list"], arguments].concat());
        let units = listed.lines().filter_map(|line| line.strip_prefix("  "));
        units.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(&["Cancel", "job", "--effect", "update"]), ["cancelJob"]);
    assert_eq!(keys(&["--resource", "Appointments", "--effect", "delete"]), ["deleteAppointment"]);
    assert!(keys(&["--effect", "create"]).iter().all(|key| key.starts_with("create")));
    assert!(keys(&["--resource", "jobs", "--effect", "read"]).contains(&"selectJob".to_owned()));
    let manifest: Value =
        serde_json::from_str(&text(&["list", "--json", "cancel", "job", "--effect", "update"])).unwrap();
    assert_eq!((manifest["actions"].as_array().unwrap().len(), &manifest["triggers"]), (1, &json!([])));
    assert_eq!(manifest["actions"][0]["key"], "cancelJob");
    for (arguments, expected) in [
        (&["list", "getJbo"][..], "did you mean `getJob`?"),
        (&["list", "--resource", "jbos"], "there is no resource `jbos`; did you mean `jobs`?"),
        (&["list", "--effect", "write"], "`--effect` is `write`: expected one of `read`, `create`, `update`, `delete`"),
    ] {
        let output = pipefit(arguments, "");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && error.contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn listings_for_programs() {
    let manifest: Value = serde_json::from_str(&text(&["list", "--json"])).unwrap();
    for member in ["key", "label", "connections", "actions", "dataSources", "triggers"] {
        assert!(manifest.get(member).is_some(), "{member}");
    }
    let unit: Value = serde_json::from_str(&text(&["describe", "cancelJob", "--json"])).unwrap();
    assert!(manifest["actions"].as_array().unwrap().contains(&unit));
    insta::assert_snapshot!("manifest_cancel_job", pretty(&unit));
}

#[test]
fn describing_what_is_not_there_suggests() {
    let output = pipefit(&["describe", "getJbo"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("getJob"));
}

#[test]
fn exported_schemas_are_up_to_date() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
    let output = pipefit(&["schema", "export", "--check", "--dir", dir], "");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}repair with `cargo xtask update`");
}

#[test]
fn exported_documents_are_up_to_date() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/docs");
    let output = pipefit(&["docs", "export", "--check", "--dir", dir], "");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}repair with `cargo xtask update`");
}

#[test]
fn a_stale_schema_is_named_with_the_command_that_repairs_it() {
    let dir = std::env::temp_dir().join(format!("pipefit-schemas-{}", std::process::id()));
    let path = dir.to_str().unwrap();
    assert!(pipefit(&["schema", "export", "--dir", path], "").status.success());
    std::fs::write(dir.join("invocation.json"), "{}").unwrap();
    std::fs::write(dir.join("servicetitan/actions/orphan.inputs.json"), "{}").unwrap();
    let output = pipefit(&["schema", "export", "--check", "--dir", path], "");
    std::fs::remove_dir_all(&dir).unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    let named = "invocation.json, servicetitan/actions/orphan.inputs.json";
    let expected = format!("2 files differ from the declarations: {named}; run `pipefit schema export --dir {path}`");
    assert!(error.contains(&expected), "{error}");
    let missing = pipefit(&["docs", "export", "--check", "--dir", path], "");
    let error = String::from_utf8(missing.stderr).unwrap();
    assert!(error.contains(", …; run `pipefit docs export --dir ") && error.matches(".md").count() == 5, "{error}");
}

#[test]
fn an_export_removes_its_stale_files_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let own = ["package.json", "NOTES.md", "sub/my.json", "sub/my.inputs.json", "servicetitan/NOTES.md"];
    let own = own.into_iter().chain(["servicetitan/my.json", "servicetitan/sub/my.ui.json"]);
    let own: Vec<_> = own.chain(["servicetitan/actions/package.json"]).collect();
    let stale = ["servicetitan/actions/old.inputs.json", "servicetitan/sources/old.rjsf.json", "servicetitan/old.md"];
    let page = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/servicetitan/jobs.md")).unwrap();
    for name in own.iter().chain(&stale) {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, if *name == "servicetitan/old.md" { page.as_slice() } else { b"{}" }).unwrap();
    }
    let dir = folder.path().to_str().unwrap();
    for what in ["schema", "docs"] {
        assert!(pipefit(&[what, "export", "--dir", dir], "").status.success());
    }
    // Each keeps what the other wrote.
    for what in ["schema", "docs"] {
        assert!(pipefit(&[what, "export", "--check", "--dir", dir], "").status.success(), "{what}");
    }
    assert!(own.iter().all(|name| folder.path().join(name).exists()));
    assert!(stale.iter().all(|name| !folder.path().join(name).exists()));
}

/// A process that runs this request against a sandbox.
fn spawned(sandbox: &Sandbox, request: &Value) -> std::process::Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipefit"));
    command.args(["run", "--tries", "1", "--api-url", &sandbox.url(), "--token-url", &sandbox.token_url()]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut request = request.clone();
    request["inputs"]["connection"] = pipefit::sandbox_connection(sandbox);
    child.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    child
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_cancels_a_read_and_lets_a_write_get_its_answer() {
    let create: Value = serde_json::from_str(include_str!("../examples/create-job.json")).unwrap();
    let read = json!({"action": "getJob", "inputs": {"jobId": "10978752986"}});
    for (request, delay, code, status) in [
        (read, 60_000, Some("cancelled"), 9),
        (create.clone(), 400, None, 0),
        (create, 60_000, Some("outcome_unknown"), 6),
    ] {
        let sandbox = Sandbox::builder().records(5).start().await.unwrap();
        sandbox.add_fault(Fault::slow_first_byte(Duration::from_millis(delay)).path("/jpm/**"));
        let child = spawned(&sandbox, &request);
        let arrived = || sandbox.requests().iter().any(|request| request.path.starts_with("/jpm"));
        let signal = || Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        while !arrived() {
            tokio::task::yield_now().await;
        }
        signal();
        if code == Some("outcome_unknown") {
            // The second one ends the wait; a moment later than the first, which it would otherwise be taken for.
            tokio::time::sleep(Duration::from_millis(300)).await;
            signal();
        }
        let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
        let reply: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(reply["error"]["code"].as_str(), code, "{reply}");
        assert_eq!(output.status.code(), Some(status), "{reply}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_that_breaks_off_is_no_document_and_ends_with_the_error() {
    let sandbox = Sandbox::builder().records_of("jobs", 900).start().await.unwrap();
    sandbox.add_fault(Fault::status(500).path("/jpm/**").skip(2));
    let list = json!({"action": "listJobs", "inputs": {"fetchAll": true, "pageSize": "400"}});
    let child = spawned(&sandbox, &list);
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(5));
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(serde_json::from_str::<Value>(&stdout).is_err());
    let error: Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    assert_eq!(error["error"]["code"], "unavailable");
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let output = pipefit(&["man", "--dir", folder.path().to_str().unwrap()], "");
    assert!(output.status.success(), "{output:?}");
    let run = std::fs::read_to_string(folder.path().join("pipefit-run.1")).unwrap();
    assert!(run.contains("idempotency"), "{run}");
    let help = String::from_utf8(pipefit(&["--help"], "").stdout).unwrap();
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<_> = commands
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    let lacking: Vec<_> =
        names.iter().filter(|name| !folder.path().join(format!("pipefit-{name}.1")).exists()).collect();
    assert!(names.len() > 5 && lacking.is_empty(), "{lacking:?} of {names:?}");
    assert!(String::from_utf8(pipefit(&["man"], "").stdout).unwrap().contains(".TH pipefit 1"));
}

#[test]
fn the_help_of_a_run_shows_the_inputs_of_the_unit_that_it_names() {
    let help = |arguments: &[&str]| {
        let output = command(arguments).env("COLUMNS", "100").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let shown = help(&["run", "createJob", "--help"]);
    let at = |text: &str| shown.find(text).unwrap_or_else(|| panic!("{text}: {shown}"));
    assert!(shown.starts_with("Create Job: Creates a job"), "{shown}");
    assert!(at("Usage: pipefit run createJob [OPTIONS]") < at("Required inputs:\n  customerId "), "{shown}");
    assert!(at("\n  appointments ") < at("Optional inputs:") && at("Optional inputs:") < at("\n  summary "), "{shown}");
    assert!(shown.contains(" Such as Low, Normal, High, Urgent\n"), "{shown}");
    assert!(at("\n  connection ") < at("--sandbox") && at("--dry-run") < at("`pipefit describe createJob`"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    for arguments in [&["run", "-h", "createJob"][..], &["run", "--sandbox", "createJob", "summary=x", "--help"]] {
        assert_eq!(help(arguments), shown, "{arguments:?}");
    }
    assert!(!help(&["run", "getBookingByTenant", "-h"]).contains("Such as Low"));
    let plain = help(&["run", "--help"]);
    assert!(plain.contains("[KEY]") && plain.contains("Exit status:") && !plain.contains("Required inputs"), "{plain}");
}

/// What a shell offers after these words, the last of which may be begun.
fn completed(words: &[&str]) -> Vec<String> {
    let mut command = command(&["--", "pipefit"]);
    command.args(words).env("PIPEFIT_COMPLETE", "bash");
    command.env("_CLAP_IFS", "\n").env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    let output = command.output().unwrap();
    // It would stand in the line that somebody is typing.
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap().lines().map(ToOwned::to_owned).collect()
}

#[test]
fn shells_complete_keys_inputs_and_choices() {
    assert_eq!(completed(&["run", "createJ"]), ["createJob"]);
    assert_eq!(completed(&["describe", "selectBusiness"]), ["selectBusinessUnit"]);
    assert_eq!(completed(&["run", "--sandbox", "getJob", "job"]), ["jobId="]);
    assert_eq!(completed(&["run", "createJob", "priority=N"]), ["priority=Normal"]);
    // Bash takes a word with `=` apart.
    assert_eq!(completed(&["run", "createJob", "priority", "=", "U"]), ["Urgent"]);
    // A value is no flag, even if nothing else is known of it.
    assert!(completed(&["run", "--sandbox", "getJob", "jobId", ""]).is_empty());
    assert!(completed(&["run", "--sandbox", "getJob", "jobId="]).is_empty());
    assert_eq!(completed(&["run", "createJob", "priority", ""]), ["Low", "Normal", "High", "Urgent"]);
    assert_eq!(completed(&["run", "createJob", "priority", "=", ""]), ["Low", "Normal", "High", "Urgent"]);
    assert!(completed(&["run", "createJob", ""]).contains(&"--sandbox".to_owned()));
    assert_eq!(completed(&["run", "listJobs", "fetchAll="]), ["fetchAll=true", "fetchAll=false"]);
    let offered = completed(&["run", "createJob", "customerId=1", ""]);
    assert!(offered.contains(&"locationId=".to_owned()) && !offered.contains(&"customerId=".to_owned()), "{offered:?}");
    let folder = tempfile::tempdir().unwrap();
    let (config, file) = (folder.path().join("config.toml"), folder.path().join("connections.json"));
    std::fs::write(&config, "[connections.main]\nkey = \"canary\"\n[connections.backup]\n").unwrap();
    std::fs::write(&file, r#"{"mainland": {}}"#).unwrap();
    // A warning is due for one that others may read.
    for (path, mode) in [(&config, 0o600), (&file, 0o644)] {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }
    let (config, file) = (config.to_str().unwrap(), file.to_str().unwrap());
    for (words, expected) in [
        (&["run", "--config", config, "--connection", "ma"][..], &["main"][..]),
        (&["run", "--config", config, "--connections", file, "--connection", "ma"], &["main", "mainland"]),
        (&["run", &format!("--config={config}"), "getJob", "connection=b"], &["connection=backup"]),
        (&["run", "--config", config, "getJob", "connection", "=", "b"], &["backup"]),
        (&["connection", "remove", "--config", config, "b"], &["backup"]),
        (&["connection", "test", "--connections", file, "m"], &["mainland"]),
        (&["run", "--config", "/no/such/file", "--connection", ""], &[]),
        (&["run", "listJobs", "--columns", "jobS"], &["jobStatus"]),
        (&["run", "listInvoices", "--columns", "id,customer.n"], &["id,customer.name"]),
        (&["run", "getJob", "--columns", "i"], &[]),
        (&["explain", "inv"], &["invalid_request", "invalid_input", "invalid_connection"]),
        (&["list", "--resource", "job"], &["jobCancelReasons", "jobs"]),
        (&["list", "cust"], &["customerContacts", "customers"]),
        (&["list", "--effect", "de"], &["delete"]),
        (
            &["run", "createJob", "customFields"],
            &["customFields=", "customFields[0].typeId=", "customFields[0].value="],
        ),
        (&["run", "createJob", "customFields[2]."], &["customFields[2].typeId=", "customFields[2].value="]),
        (&["run", "createJob", "customFields[0].typeId=1", "customFields[0]."], &["customFields[0].value="]),
        (&["run", "createJob", "jobGeneratedLeadSource.e"], &["jobGeneratedLeadSource.employeeId="]),
        (&["run", "createJob", "appointments[0].tech"], &["appointments[0].technicianIds[]="]),
        (&["run", "createJob", "appointments[0].nothing"], &[]),
        (&["run", "listJobs", "customQueryParams.jobS"], &["customQueryParams.jobStatus="]),
        (
            &["run", "listJobs", "customQueryParams.jobStatus=C"],
            &["customQueryParams.jobStatus=Completed", "customQueryParams.jobStatus=Canceled"],
        ),
        (&["run", "listJobs", "customQueryParams.hasUnusedAppointments", "=", "t"], &["true"]),
    ] {
        assert_eq!(completed(words), expected, "{words:?}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = String::from_utf8(pipefit(&["completions", shell], "").stdout).unwrap();
        assert!(script.contains("PIPEFIT_COMPLETE"), "{script}");
    }
}
