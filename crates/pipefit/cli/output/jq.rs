//! `--jq`: writes what a jq expression makes of a reply.

use jaq_core::data::JustLut;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Filter, Vars, compile, load};
use jaq_json::{Val, read, write};
use pipefit::component::shown;
use pipefit::{Code, Error};

use super::super::out::printable;
use super::super::terminal;
use super::{Lines, Pretty, Transform};

/// Said if an expression fails on a page of a list.
const OF_A_PAGE: &str = "; the records of a page are in `.data.data[]`; or use `--output ndjson`";

/// The formats of jq that are not among its functions here.
const FORMATS: &str = r#"
def _cells(text): if type == "array" then map(
    if type == "string" then text elif type == "array" or type == "object" then
        error("\(type) is no value of a row: write it as text, with tojson")
    elif . == null then "" else tojson end
  ) else error("expected a list of values, one for each column") end;
def @csv: _cells("\"" + gsub("\""; "\"\"") + "\"") | join(",");
def @tsv: _cells(gsub("\\\\"; "\\\\") | gsub("\t"; "\\t") | gsub("\n"; "\\n") | gsub("\r"; "\\r")) | join("\t");
"#;

/// A jq expression that can be run.
type Expression = Filter<JustLut<Val>>;

/// Applies an expression to a whole reply, or to each record.
pub(crate) struct Jq {
    expression: Expression,
    /// Whether text is written without quotes.
    raw: bool,
    by_record: bool,
    /// Indents the results.
    pretty: Option<Pretty>,
    /// The reply so far.
    reply: Vec<u8>,
    lines: Lines,
}

impl Jq {
    /// Compiles an expression. Fails if it is not valid.
    pub(crate) fn compile(code: &str, raw: bool) -> Result<Self, Error> {
        let formats = load::parse(FORMATS, |parser| parser.defs()).unwrap_or_default();
        let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()).chain(formats);
        let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let arena = Arena::default();
        let invalid =
            |what: String| Error::new(Code::InvalidRequest, format!("the expression of --jq is not valid: {what}"));
        let modules = Loader::new(defs).load(&arena, File { code, path: () });
        let modules = modules.map_err(|errors| invalid(unreadable(code, &errors)))?;
        let compiled = Compiler::default().with_funs(funs).compile(modules);
        let expression = compiled.map_err(|errors| invalid(undefined(&errors)))?;
        Ok(Self { expression, raw, by_record: false, pretty: None, reply: Vec::new(), lines: Lines::default() })
    }

    /// Applies it to each record, which are given one to a line.
    pub(super) fn by_record(self, by_record: bool) -> Self {
        Self { by_record, ..self }
    }

    pub(super) fn indented(self, pretty: Option<Pretty>) -> Self {
        Self { pretty, ..self }
    }

    /// Writes the results for one value.
    fn apply(&mut self, json: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let by_record = self.by_record;
        let failed = |what: String| {
            let hint = if !by_record && is_page(json) { OF_A_PAGE } else { "" };
            Error::new(Code::InvalidRequest, format!("--jq: {what}{hint}"))
        };
        let input = read::parse_single(json).map_err(|error| failed(format!("the reply is not JSON: {error}")))?;
        let context = Ctx::<JustLut<Val>>::new(&self.expression.lut, Vars::new([]));
        for result in self.expression.id.run((context, input)) {
            let value = match result.map_err(jaq_core::Exn::get_err) {
                Ok(value) => value,
                Err(Ok(error)) => return Err(failed(error.to_string())),
                Err(Err(_)) => return Err(failed("`halt` cannot be used here".to_owned())),
            };
            match (&value, &mut self.pretty) {
                (Val::TStr(text), _) if self.raw => write_text(text, out),
                (value, None) => write_json(value, out)?,
                (value, Some(pretty)) => {
                    let mut json = Vec::new();
                    write_json(value, &mut json)?;
                    pretty.push(&json, out)?;
                    pretty.end(out)?;
                    continue;
                }
            }
            out.push(b'\n');
        }
        Ok(())
    }
}

impl Transform for Jq {
    fn push(&mut self, part: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        if !self.by_record {
            self.reply.extend_from_slice(part);
            return Ok(());
        }
        let mut lines = std::mem::take(&mut self.lines);
        let outcome = lines.push(part, |line| self.apply(line, out));
        self.lines = lines;
        outcome
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        if self.by_record {
            return Ok(());
        }
        let reply = std::mem::take(&mut self.reply);
        self.apply(&reply, out)
    }
}

/// Whether a reply is a page of a list.
fn is_page(reply: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Reply {
        #[serde(rename = "data")]
        _data: Page,
    }
    #[derive(serde::Deserialize)]
    struct Page {
        #[serde(rename = "data")]
        _records: Vec<serde::de::IgnoredAny>,
    }
    serde_json::from_slice::<Reply>(reply).is_ok()
}

/// Writes text without quotes. On a terminal its lines must not drive it.
fn write_text(text: &[u8], out: &mut Vec<u8>) {
    if !terminal::is_stdout() {
        out.extend_from_slice(text);
        return;
    }
    let text = String::from_utf8_lossy(text);
    let lines: Vec<_> = text.split('\n').map(printable).collect();
    out.extend_from_slice(lines.join("\n").as_bytes());
}

fn write_json(value: &Val, out: &mut Vec<u8>) -> Result<(), Error> {
    write::write(out, &write::Pp::default(), 0, value).map_err(Error::internal)
}

/// Says what is expected where an expression cannot be read.
fn unreadable(code: &str, errors: &load::Errors<&str, ()>) -> String {
    let at = |found: &str| match found {
        "" => "at its end".to_owned(),
        found => format!("at `{}`", shown(found)),
    };
    let first = errors.first().and_then(|(_, error)| match error {
        load::Error::Io(errors) => errors.first().map(|(_, what)| what.clone()),
        load::Error::Lex(errors) => {
            errors.first().map(|(expected, found)| format!("expected {} {}", expected.as_str(), at(found)))
        }
        load::Error::Parse(errors) => {
            errors.first().map(|(expected, found)| format!("expected {} {}", expected.as_str(), at(found)))
        }
    });
    first.unwrap_or_else(|| format!("`{}`", shown(code)))
}

/// Says which name an expression does not know.
fn undefined(errors: &compile::Errors<&str, ()>) -> String {
    let first = errors.first().and_then(|(_, errors)| errors.first());
    first.map_or_else(String::new, |(name, kind)| match kind {
        compile::Undefined::Filter(count) => format!("there is no filter `{name}` with {count} arguments"),
        other => format!("there is no {} `{name}`", other.as_str()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(code: &str, raw: bool, json: &str) -> Result<String, String> {
        let message = |error: Error| error.message().to_owned();
        let (mut jq, mut out) = (Jq::compile(code, raw).map_err(message)?, Vec::new());
        jq.push(json.as_bytes(), &mut out).and_then(|()| jq.end(&mut out)).map_err(message)?;
        Ok(String::from_utf8(out).expect("it is text"))
    }

    #[test]
    fn results_keep_digits_and_order() {
        let json = r#"{"z":1.50,"a":10978752986109787529861,"t":"x"}"#;
        assert_eq!(run(".", false, json).as_deref(), Ok(format!("{json}\n").as_str()));
        assert_eq!(run(".a, .t", true, json).as_deref(), Ok("10978752986109787529861\nx\n"));
        assert_eq!(run(".t", false, json).as_deref(), Ok("\"x\"\n"));
        assert_eq!(run(r#"select(.t | test("^x$")) | .z"#, false, json).as_deref(), Ok("1.50\n"));
    }

    #[test]
    fn rows_are_written_as_csv_and_tsv() {
        let json = r#"{"a":10978752986109787529861,"b":1.50,"c":"x \"y\", z","d":null,"e":true,"f":"t\tn\nr\rb\\"}"#;
        let csv = "10978752986109787529861,1.50,\"x \"\"y\"\", z\",,true\n";
        assert_eq!(run("[.a, .b, .c, .d, .e] | @csv", true, json).as_deref(), Ok(csv));
        assert_eq!(
            run("[.a, .c, .d, .f] | @tsv", true, json).as_deref(),
            Ok("10978752986109787529861\tx \"y\", z\t\tt\\tn\\nr\\rb\\\\\n")
        );
        assert_eq!(run("[[.a], [.b]] | map(@csv) | .[]", true, json).as_deref(), Ok("10978752986109787529861\n1.50\n"));
        for (code, expected) in [(". | @csv", "a list of values"), ("[[1]] | @tsv", "array is no value of a row")] {
            let message = run(code, true, json).expect_err(code);
            assert!(message.contains(expected), "{code}: {message}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (code, expected) in [
            (".a |", "expected term at its end"),
            (".a[", "expected"),
            ("nothere", "there is no filter `nothere` with 0 arguments"),
            ("$x", "there is no variable `$x`"),
            ("halt", "cannot be used here"),
            (".t.u", "--jq: "),
        ] {
            let message = run(code, false, r#"{"t":"x"}"#).expect_err(code);
            assert!(message.contains(expected), "{code}: {message}");
        }
    }
}
