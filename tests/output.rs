//! The forms of a reply: `--output` and `--jq`.

use std::process::Stdio;

use pipefit::sandbox::{Fault, Sandbox};
use serde_json::{Value, json};

use crate::hardening::{code, ended, pipefit};
use crate::support::{connection, response, serve};

/// The exit status, stdout and stderr of `pipefit run --sandbox`.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = pipefit(&[&["run", "--sandbox"], arguments].concat());
    ended(command.stdin(Stdio::null()).env("COLUMNS", "90").spawn().unwrap())
}

fn parsed(stdout: &str) -> Value {
    serde_json::from_str(stdout).unwrap()
}

#[test]
fn a_reply_can_be_indented_or_one_record_a_line() {
    let job = ["getJob", "jobId=10978752986"];
    let (_, line, _) = run(&job);
    let (_, indented, _) = run(&[&job[..], &["--output", "pretty"]].concat());
    assert_eq!(indented, format!("{:#}\n", parsed(&line)));
    let (_, alone, _) = run(&[&job[..], &["--output", "ndjson"]].concat());
    assert_eq!(alone, line);

    for (list, records) in [
        (&["listJobs", "pageSize=4"][..], "/data/data"),
        (&["listJobs", "fetchAll=true", "pageSize=20"], "/data/data"),
        (&["selectCustomers", "limit=4"], "/result"),
    ] {
        let (_, line, _) = run(list);
        let (status, lines, _) = run(&[list, &["-o", "ndjson"]].concat());
        let records = parsed(&line).pointer(records).unwrap().as_array().unwrap().clone();
        assert_eq!((status, lines.lines().map(parsed).collect::<Vec<_>>()), (Some(0), records), "{list:?}");
    }
    let poll = ["pollChangesTrigger", "resourceType=jobs"];
    let (_, lines, _) = run(&[&poll[..], &["-o", "ndjson"]].concat());
    assert!(parsed(&lines)["state"].is_object(), "{lines}");
}

#[test]
fn the_format_can_be_set_in_the_environment() {
    let mut command = pipefit(&["run", "--sandbox", "listJobs", "pageSize=2"]);
    for (format, lines) in [("", 1), ("ndjson", 2)] {
        let (_, stdout, _) = ended(command.stdin(Stdio::null()).env("PIPEFIT_OUTPUT", format).spawn().unwrap());
        assert_eq!(stdout.lines().count(), lines, "{format}");
    }
    let (status, stdout, _) = run(&["listJobs", "--output", "xml"]);
    assert!(stdout.contains("ndjson"), "{stdout}");
    assert_eq!((status, code(&stdout).as_str()), (Some(2), "invalid_request"));
}

#[test]
fn a_table_has_the_columns_that_matter() {
    let (status, table, notes) = run(&["listJobs", "pageSize=2", "-o", "table"]);
    let lines: Vec<_> = table.lines().collect();
    assert_eq!((status, lines.len()), (Some(0), 3), "{table}");
    assert!(lines[0].starts_with("id ") && lines[0].contains("jobNumber") && lines[0].contains("jobStatus"), "{table}");
    assert!(lines.iter().all(|line| line.chars().count() <= 90), "{table}");
    assert!(notes.starts_with("… and ") && notes.contains("note: there are more records"), "{notes}");
    for (list, columns) in [
        ("listJobs", &["id", "jobNumber", "jobStatus", "priority", "summary"][..]),
        ("listInvoices", &["id", "referenceNumber", "invoiceDate", "customer.name", "total", "balance"]),
        ("listCustomers", &["id", "name", "type", "address.street", "address.city", "balance"]),
        ("listTechnicians", &["id", "name", "status", "team", "phoneNumber"]),
        // Nothing is declared for these.
        ("listBusinessUnits", &["id", "name"]),
    ] {
        let (_, table, _) = run(&[list, "pageSize=3", "-o", "table"]);
        let heading: Vec<_> = table.lines().next().unwrap().split_whitespace().collect();
        assert!(heading.starts_with(columns), "{list}: {table}");
    }
    let (_, table, notes) = run(&["listJobs", "customQueryParams.number=nothing", "-o", "table", "fetchAll=true"]);
    assert_eq!((table.as_str(), notes.as_str()), ("", "no records\n"));
    let (_, _, notes) = run(&["selectJob", "limit=1", "-o", "table"]);
    assert!(notes.contains("`search=TEXT`"), "{notes}");
}

#[test]
fn a_list_can_be_comma_or_tab_separated_values() {
    let list = ["listInvoices", "fetchAll=true", "pageSize=20"];
    let (_, reply, _) = run(&list);
    let records = parsed(&reply)["data"]["data"].as_array().unwrap().clone();
    let (status, csv, notes) = run(&[&list[..], &["-o", "csv"]].concat());
    assert_eq!((status, notes.as_str()), (Some(0), ""));
    let names: Vec<_> = csv.lines().next().unwrap().split(',').map(ToOwned::to_owned).collect();
    assert_eq!(names, records[0].as_object().unwrap().keys().cloned().collect::<Vec<_>>());
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert!(rows.len() == records.len() && rows.len() > 40, "{}", rows.len());
    for (row, record) in rows.iter().zip(&records) {
        for (value, name) in row.iter().zip(&names) {
            let expected = match &record[name] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_eq!(value, expected, "{name}");
        }
    }
    let columns = ["--columns", "id, customer.name,items.0.description", "-o", "tsv"];
    let (_, tsv, _) = run(&[&list[..], &columns].concat());
    let lines: Vec<_> = tsv.lines().collect();
    let first = &records[0];
    let values = [first["customer"]["name"].as_str(), first["items"][0]["description"].as_str()].map(Option::unwrap);
    assert_eq!(
        lines[..2],
        ["id\tcustomer.name\titems.0.description".to_owned(), format!("{}\t{}", first["id"], values.join("\t"))]
    );
    assert_eq!(lines.len(), records.len() + 1);
    let nothing = ["listJobs", "customQueryParams.number=nothing", "-o", "csv", "--columns", "id,jobNumber"];
    assert_eq!(run(&nothing).1, "id,jobNumber\n");
    assert_eq!(run(&["selectJob", "limit=1", "-o", "csv"]).1, "key,label\n1088,#1088\n");
    assert_eq!(parsed(&run(&["listJobs", "--dry-run", "-o", "csv"]).1)["dryRun"], true);
}

#[test]
fn columns_are_chosen_by_their_paths() {
    let (status, table, notes) = run(&["listInvoices", "pageSize=1", "--columns", "customer.name,id,total", "--quiet"]);
    let lines: Vec<_> = table.lines().map(|line| line.split("  ").next().unwrap().trim()).collect();
    assert_eq!((status, lines, notes.as_str()), (Some(0), vec!["customer.name", "Hilltop Lofts"], ""));
    let (url, seen) = serve(|_| response("200 OK", &[], "{}"));
    let connection = format!("connection:={}", connection());
    for (arguments, expected) in [
        (&["listInvoices", "--columns", "id,customer.nmae"][..], "did you mean `customer.name`?"),
        (&["listJobs", "--columns", "id,statu"], "did you mean `jobStatus`?"),
        (&["listJobs", "--columns", "id,zzz", "-o", "csv"], "the fields are `id`, `jobNumber`"),
        (
            &["listJobs", "--columns", "id,zzz"],
            "`jobStatus`, `completedOn`, `businessUnitId`, `jobTypeId`, `priority`, …",
        ),
        (&["listJobs", "--columns", "customFields.value"], "write `customFields.0.value`"),
        (&["selectJob", "--columns", "id"], "the fields are `key`, `label`"),
        (&["getJob", "jobId=1", "--columns", "id"], "returns no list of records"),
        (&["getJob", "jobId=1", "-o", "csv"], "returns no list of records"),
        (&["listJobs", "--columns", "id", "-o", "json"], "`--columns` needs `--output table`, `csv` or `tsv`"),
        (&["listJobs", "-o", "tsv", "--jq", "."], "end it with `| @csv` or `| @tsv`"),
        (&["listJobs", "--columns", "id..x"], "expected fields such as `id,customer.name`"),
        (&["listJobs", "--columns", "id", "--jq", "."], "exclude each other"),
    ] {
        let mut command =
            pipefit(&[&["run"], arguments, &[&connection, "--api-url", &url, "--token-url", &url]].concat());
        let (status, _, stderr) = ended(command.stdin(Stdio::null()).spawn().unwrap());
        assert_eq!(status, Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[test]
fn an_expression_is_applied_to_the_reply_or_each_record() {
    for (arguments, expected) in [
        (&["getJob", "jobId=10978752986", "--jq", ".data.jobStatus"][..], "\"Scheduled\"\n"),
        (&["getJob", "jobId=10978752986", "--jq", ".data.jobStatus", "--raw"], "Scheduled\n"),
        (&["listJobs", "pageSize=2", "--jq", "[.data.data[].id]"], "[10978752986,9007199254740993]\n"),
        (&["listJobs", "pageSize=2", "--jq", ".id", "-o", "ndjson"], "10978752986\n9007199254740993\n"),
        (
            &["listJobs", "pageSize=2", "--jq", "[.data.data[].id]", "-o", "pretty"],
            "[\n  10978752986,\n  9007199254740993\n]\n",
        ),
        (&["getJob", "jobId=10978752986", "--jq", "empty"], ""),
        (
            &["listJobs", "pageSize=2", "--jq", ".data.data[] | [.id, .jobStatus] | @csv", "-r"],
            "10978752986,\"Scheduled\"\n9007199254740993,\"Scheduled\"\n",
        ),
    ] {
        let (status, stdout, _) = run(arguments);
        assert_eq!((status, stdout.as_str()), (Some(0), expected), "{arguments:?}");
    }
}

#[test]
fn a_wrong_expression_fails_before_anything_is_sent() {
    let (url, seen) = serve(|_| response("200 OK", &[], "{}"));
    let connection = format!("connection:={}", connection());
    for expression in [".data[", "nothere", "$x"] {
        let mut command = pipefit(&["run", "getJob", "jobId=1", &connection, "--jq", expression, "--api-url", &url]);
        command.args(["--token-url", &url]).stdin(Stdio::null());
        let (status, stdout, stderr) = ended(command.spawn().unwrap());
        assert_eq!((status, stdout.as_str()), (Some(2), ""), "{expression}");
        assert!(stderr.contains("the expression of --jq is not valid: "), "{stderr}");
    }
    assert!(seen.lock().unwrap().is_empty());
    let (status, stdout, _) = run(&["getJob", "--raw"]);
    assert_eq!((status, code(&stdout).as_str()), (Some(2), "invalid_request"));
}

#[cfg(target_os = "linux")]
#[test]
fn results_that_cannot_be_written_are_an_error_and_a_reader_that_leaves_is_none() {
    for format in ["json", "pretty", "ndjson", "table", "csv", "tsv"] {
        let run = || {
            let mut command = pipefit(&["run", "--sandbox", "listJobs", "fetchAll=true", "--output", format]);
            command.stdin(Stdio::null());
            command
        };
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let (status, _, stderr) = ended(run().stdout(full).spawn().unwrap());
        assert_eq!(status, Some(9), "{format}: {stderr}");
        assert!(stderr.contains("the reply cannot be written"), "{format}: {stderr}");
        let mut child = run().spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(ended(child).0, Some(0), "{format}");
    }
}

#[test]
fn an_expression_that_fails_after_a_write_does_not_hide_the_write() {
    let request = include_str!("../examples/create-job.json");
    let run = |expression| {
        let mut child = pipefit(&["run", "--sandbox", "--jq", expression]).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), request.as_bytes()).unwrap();
        ended(child)
    };
    let (status, stdout, stderr) = run(".data.id.nothing");
    assert_eq!((status, stdout.as_str()), (Some(6), ""));
    assert!(stderr.contains("must not be sent again if it writes: --jq: "), "{stderr}");
    let (status, stdout, stderr) = run("error(");
    assert_eq!((status, stdout.as_str()), (Some(2), ""), "{stderr}");
}

#[test]
fn a_raw_request_writes_as_its_method_says() {
    for (method, expected) in [("GET", 2), ("get", 2), ("PATCH", 6)] {
        let method = format!("method={method}");
        let inputs = ["urlType=jpm", "url=/jobs/10978752986", &method, "responseType=json"];
        let data = (expected == 6).then_some("data:={}");
        let arguments: Vec<_> = ["rawRequest"].into_iter().chain(inputs).chain(data).collect();
        let (status, stdout, stderr) = run(&[&arguments[..], &["--jq", ".data.id.nothing"]].concat());
        assert_eq!((status, stdout.as_str()), (Some(expected), ""), "{method}: {stderr}");
        assert_eq!(stderr.contains("must not be sent again"), expected == 6, "{method}: {stderr}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_break_off_end_with_the_error() {
    let sandbox = Sandbox::builder().records_of("jobs", 900).start().await.unwrap();
    sandbox.add_fault(Fault::status(500).path("/jpm/**").skip(2));
    let connection = format!("connection:={}", pipefit::sandbox_connection(&sandbox));
    let broken_off = |format: &str| {
        let list = ["run", "--tries", "1", "listJobs", "fetchAll=true", "pageSize=400", "-o", format, &connection];
        let mut command = pipefit(&list);
        command.args(["--api-url", &sandbox.url(), "--token-url", &sandbox.token_url()]).stdin(Stdio::null());
        ended(command.spawn().unwrap())
    };
    let (status, stdout, _) = broken_off("ndjson");
    let lines: Vec<_> = stdout.lines().map(parsed).collect();
    assert_eq!(status, Some(5));
    assert!(
        lines.len() > 400 && lines[..lines.len() - 1].iter().all(|record| record["id"].is_i64()),
        "{}",
        lines.len()
    );
    assert_eq!(lines[lines.len() - 1]["error"]["code"], json!("unavailable"));
    // No error is among values.
    sandbox.clear_faults();
    sandbox.add_fault(Fault::status(500).path("/jpm/**").skip(2));
    let (status, csv, stderr) = broken_off("csv");
    let rows: Vec<_> = csv.lines().collect();
    assert!(status == Some(5) && stderr.starts_with("error: unavailable: "), "{stderr}");
    assert!(rows.len() > 400 && rows[1..].iter().all(|row| row.starts_with(|first: char| first.is_ascii_digit())));
}
