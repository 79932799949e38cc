//! `pipefit explain`: says what an error code means and what to do.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap_complete::engine::ArgValueCompleter;
use pipefit::component::shown;
use pipefit::runner::suggestion;
use pipefit::{Code, Error};
use serde_json::json;

use crate::cli::{complete, exit, out};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The code, such as `outcome_unknown`; without it all codes are listed
    #[arg(add = ArgValueCompleter::new(complete::codes))]
    code: Option<String>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Explains one code, or lists all.
pub(crate) fn main(args: &Args) -> ExitCode {
    let codes = match &args.code {
        None => Code::ALL.to_vec(),
        Some(name) => match Code::named(name.trim()) {
            Some(code) => vec![code],
            None => return out::fail(&unknown(name)),
        },
    };
    let text = match codes.as_slice() {
        [code] if args.json => as_json(*code).to_string(),
        codes if args.json => json!(codes.iter().copied().map(as_json).collect::<Vec<_>>()).to_string(),
        [code] => one(*code),
        codes => all(codes),
    };
    out::finish(&text, exit::OK)
}

fn unknown(name: &str) -> Error {
    let hint = suggestion(name, Code::ALL.iter().map(|code| code.name()));
    let hint = hint.unwrap_or_else(|| "`pipefit explain` lists all codes".to_owned());
    Error::new(Code::InvalidRequest, format!("there is no error code `{}`; {hint}", shown(name)))
}

fn as_json(code: Code) -> serde_json::Value {
    let mut explained = json!(code.guide());
    explained["code"] = json!(code.name());
    explained["exitStatus"] = json!(exit::status(code));
    explained["retryable"] = json!(code.is_retryable());
    explained
}

fn one(code: Code) -> String {
    let guide = code.guide();
    let retry = if code.is_retryable() { "yes" } else { "no" };
    format!(
        "{} (exit status {})\n\n{}\n\nExample:         {}\nWhat to do:      {}\nSafe to repeat:  {retry}\n",
        code.name(),
        exit::status(code),
        guide.meaning,
        guide.example,
        guide.remedy
    )
}

fn all(codes: &[Code]) -> String {
    let widest = codes.iter().map(|code| code.name().len()).max().unwrap_or(0);
    let mut text = "code, exit status, meaning\n\n".to_owned();
    for code in codes {
        let _ = writeln!(text, "{:widest$}  {:2}  {}", code.name(), exit::status(*code), code.guide().meaning);
    }
    text + "\n`pipefit explain CODE` shows an example and what to do.\n"
}
