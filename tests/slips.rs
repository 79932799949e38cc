//! Typical slips at the command line. Each message names the slip and what to type instead.

use crate::support::command::pipefit;

/// A command as it is typed, what its message says, and its exit status.
const SLIPS: &str = "
run --sandbox getJob                      | `jobId` is required                    | an id: a whole number                  | 2
run --sandbox getJbo jobId=5              | no action, data source or trigger `getJbo` | did you mean `getJob`?             | 2
run --sandbox get-job jobId=5             | `get-job`                              | did you mean `getJob`?                 | 2
run --sandbox getJob jobid=5              | `jobid` is not an input                | `jobId`                                | 2
run --sandbox getJob jobId 5              | `jobId` has no value                   | write `jobId=5`                        | 2
run --sandbox getJob jobId= 5             | `jobId=` stands apart from its value   | write `jobId=5`                        | 2
run --sandbox getJob jobId:5              | not with `:`                           | write `jobId=5`                        | 2
run --sandbox getJob jobId: 5             | not with `:`                           | write `jobId=5`                        | 2
run --sandbox getJob --jobId 5            | `--jobId` is an input of `getJob`      | write `jobId=5`                        | 2
run --sandbox getJob --job-id=5           | `--job-id` is an input of `getJob`     | write `jobId=5`                        | 2
run --sandbox getJob 5                    | `5` is not name=value                  | did you mean `jobId=5`?                | 2
run --sandbox createJob summary=No heat customerId=5 | `summary` has spaces | write `summary='No heat'`, with quotes | 2
run --sandbox createJob summary=No heat, no water    | `summary` has spaces | write `summary='No heat, no water'` | 2
run --sandbox createJob summary=It's no heat         | `summary` has spaces | write `summary='TEXT'`            | 2
run --sandbox listJobs customQueryParams.number=a b  | `customQueryParams.number` has | write `customQueryParams.number='a b'` | 2
run --sandbox getJob jobId=5 6            | `6` is not name=value                  | did you mean `jobId=6`?                | 2
run --sandbox getJob -5                   | `-5` is not name=value                 | did you mean `jobId=-5`?               | 2
run --sandbox getJob jobId=1 jobId=2      | `jobId`: is given twice                | leave one out                          | 2
run --sandbox jobId=5 getJob              | the key of an action comes before      | `pipefit run getJob jobId=10978752986` | 2
run --sandbox listJobs page=-5            | `page` is `-5`                         | a whole number from 1                  | 2
run --sandbox listJobs --page -5          | `--page` is an input of `listJobs`     | write `page=-5`                        | 2
run --sandbox listJobs fetchAll           | `fetchAll` has no value                | write `fetchAll=true`                  | 2
run --sandbox listJobs --fetch-all        | `--fetch-all` is an input              | write `fetchAll=true`                  | 2
run --sandbox listJobs jobStatus=Done     | `jobStatus` is a filter                | write `customQueryParams.jobStatus=Done` | 2
run --sandbox listJobs customQueryParams.jobStatus=Sheduled | `customQueryParams.jobStatus` is `Sheduled` | expects one of `Scheduled` | 2
run --sandbox listJobs pageSize=0         | `pageSize` is `0`                      | from 1 to 5000                         | 2
run --sandbox listJobs --jq               | `--jq` needs a value                   | write `--jq EXPRESSION`                | 2
run --sandbox listJobs --jq .data[        | --jq is not valid                      | expected closing bracket               | 2
run --sandbox listJobs --raw              | `--raw` needs `--jq EXPRESSION`        | `--jq EXPRESSION`                      | 2
run --sandbox listJobs -r                 | `--raw` needs `--jq EXPRESSION`        | `--jq EXPRESSION`                      | 2
run --sandbox listJobs --jq .data[].jobNumber | --jq:                              | in `.data.data[]`; or use `--output ndjson` | 2
run --sandbox listJobs --format json      | no flag `--format`                     | did you mean `--output`?               | 2
run --sandbox listJobs --fields id        | no flag `--fields`                     | did you mean `--columns`?              | 2
run --sandbox listJobs --csv              | no flag `--csv`                        | did you mean `--output csv`?           | 2
run --sandbox listJobs --columns          | `--columns` needs a value              | write `--columns NAME,…`               | 2
list --format json                        | no flag `--format`                     | did you mean `--json`?                 | 2
serve                                     | name one of                            | `--stdio`, `--socket PATH` and `--http [ADDRESS]` | 2
scopes                                    | name one of                            | `--all` and `--used-in FOLDER`         | 2
scopes --output json                      | name one of                            | `--all` and `--used-in FOLDER`         | 2
doctor                                    | no command `doctor`                    | did you mean `pipefit connection test`? | 2
connections list                          | no command `connections`               | did you mean `pipefit connection`?     | 2
run --sandbox listJobs -o xml             | `--output` is `xml`                    | one of `auto`, `json`                  | 2
run --sandbox listJobs --rate -5          | `--rate` is `-5`                       | a whole number, 0 or more              | 2
run --sandbox listJobs --tries 0          | `--tries` is `0`                       | a whole number from 1 to 100           | 2
serve --stdio --sandbox --threads 20000   | `--threads` is `20000`                 | a whole number from 1 to 256           | 2
run --sandbox listJobs --timeout 1x       | `--timeout` is `1x`                    | a duration such as 30s                 | 2
run --sandbox listJobs --timeout -5       | `--timeout` is `-5`                    | a duration such as 30s                 | 2
run --sandbox=maybe listJobs              | `--sandbox` is `maybe`                 | true or false                          | 2
run --sanbox listJobs                     | no flag `--sanbox`                     | did you mean `--sandbox`?              | 2
run --bogus listJobs                      | no flag `--bogus`                      | `pipefit run --help`                   | 2
run getJob jobId=5                        | `connection` is missing                | `pipefit connection add NAME`          | 2
run --connections no.json getJob jobId=5  | cannot read the connections in no.json | correct the connection, or the file    | 3
run --connection main getJob jobId=5      | no connection named `main`             | correct the connection                 | 3
run --file photo.png getJob               | `--file` is `photo.png`                | such as file=photo.jpg                 | 2
run --sandbox                             | the request is empty                   | one JSON object                        | 2
getJob jobId=5                            | `getJob` is an action, not a command   | write `pipefit run getJob jobId=5`     | 2
lits                                      | no command `lits`                      | did you mean `list`?                   | 2
connection ad main                        | no command `ad`                        | did you mean `add`?                    | 2
connection remove                         | NAME is missing                        | write `pipefit connection remove NAME` | 2
connection test main --sandbox            | `NAME` and `--sandbox` exclude each other | leave one out                       | 2
describe                                  | KEY is missing                         | write `pipefit describe KEY`           | 2
describe getJbo                           | `getJbo`                               | did you mean `getJob`?                 | 2
explain time_out                          | `time_out`                             | `timeout`                              | 2
describe jobs                             | `jobs`                                 | `pipefit list --resource jobs`         | 2
list jobz                                 | like this                              | did you mean `jobs`?                   | 2
run --sandbox nofile.json                 | a request is read from stdin           | write `pipefit run < nofile.json`      | 2
list --effect write                       | `--effect` is `write`                  | one of `read`, `create`                | 2
completions ksh                           | `SHELL` is `ksh`                       | did you mean `zsh`?                    | 2
sandbox --port 99999                      | `--port` is `99999`                    | from 0 to 65535                        | 2
--verion                                  | no flag `--verion`                     | did you mean `--version`?              | 2
";

#[test]
fn a_slip_is_named_with_what_to_type_instead() {
    let mut wrong = Vec::new();
    for line in SLIPS.trim().lines() {
        let parts: Vec<_> = line.split(" | ").map(str::trim).collect();
        let &[typed, slip, next, status] = parts.as_slice() else { panic!("{line}") };
        let outcome = pipefit(&typed.split_whitespace().collect::<Vec<_>>(), "");
        let says = |words| outcome.stderr.contains(words);
        if !says(slip) || !says(next) || outcome.status.to_string() != status || says("tip:") {
            wrong.push(format!("$ pipefit {typed}\n{}exit status {}", outcome.stderr, outcome.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Commands with several slips, and what their messages say of each, in the order of the issues.
const SEVERAL: [(&str, &[&str]); 9] = [
    ("listJobs jobStatus=Done pageSize=0 bogus=1", &["`jobStatus` is a filter", "`bogus` is not", "`pageSize` is `0`"]),
    ("getJob jobid=5 debugRequest=maybe", &["`jobid` is not an input", "`jobId` is required", "`debugRequest` is"]),
    ("getJob jobId 5 bogus=1", &["write `jobId=5`, without spaces", "`bogus` is not an input"]),
    ("getJob jobId= 5 x[y]=1 debugRequest=maybe", &["apart from its value", "`x[y]` is no path", "`debugRequest`"]),
    ("updateJob jobId=a jobId=b summary:={", &["`jobId`: is given twice", "`summary`: invalid JSON"]),
    ("updateJob summary=@no-such-file", &["cannot read no-such-file", "`jobId` is required"]),
    ("updateJob summary=No heat bogus=1", &["write `summary='No heat'`", "`bogus` is not", "`jobId` is required"]),
    ("getJob --file photo=no-such-file", &["cannot read no-such-file for `photo`", "`jobId` is required"]),
    ("listJobs page:1 customQueryParams.jobStats=x", &["write `page=1`", "did you mean `jobStatus`?"]),
];

#[test]
fn all_slips_of_a_command_are_reported_at_once() {
    for (typed, expected) in SEVERAL {
        let arguments: Vec<_> = ["run", "--sandbox"].into_iter().chain(typed.split(' ')).collect();
        let outcome = pipefit(&arguments, "");
        let error = &outcome.json()["error"];
        assert_eq!((outcome.status, &error["code"]), (2, &"invalid_input".into()), "{typed}: {outcome:?}");
        let issues = error["issues"].as_array().unwrap();
        let messages: Vec<_> = issues.iter().map(|issue| issue["message"].as_str().unwrap()).collect();
        let agree = messages.len() == expected.len() && messages.iter().zip(expected).all(|(is, has)| is.contains(has));
        assert!(agree, "{typed}: {messages:#?}");
    }
}
