//! `pipefit run KEY name=value …`: a request in the arguments of the command.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use pipefit::component::{Collection, File, Filter, Input, Kind, shown};
use pipefit::{Catalog, Code, Error, Invocation, Issue, Problem, Registered, Unit, UnitKind};
use serde_json::{Map, Value};

use super::commands::describe;
use super::files::GivenFile;
use super::slips::{SHOWN, assignment};

/// One `name=value` or `name:=json`.
struct Argument<'a> {
    name: &'a str,
    /// Whether the value is JSON rather than text.
    json: bool,
    value: Given<'a>,
}

/// Where a value comes from.
enum Given<'a> {
    Here(&'a str),
    File(&'a Path),
    Stdin,
}

/// A step on the path to a nested value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// `.name`
    Member(&'a str),
    /// `[0]`
    Index(usize),
    /// `[]`
    Append,
}

/// Returns the invocation of the unit with this key with these arguments as its inputs, and what is wrong with them.
/// An argument that is wrong is left out. Fails if there is no such unit.
pub(crate) fn invocation(key: &str, arguments: &[String]) -> Result<(Invocation, Vec<Issue>), Error> {
    let entry = named(key)?;
    let declared = entry.unit.all_inputs();
    let mut reader = Reader { unit: entry.unit, declared, invocation: Invocation::default(), has_stdin: false };
    let (mut issues, mut index) = (Vec::new(), 0);
    while index < arguments.len() {
        match Argument::parse(&arguments[index]) {
            None => {
                let (issue, count) = not_an_argument(arguments, index, &reader.declared);
                issues.push(issue);
                index += count;
                continue;
            }
            Some(argument) => issues.extend(argument.and_then(|argument| reader.take(&argument)).err()),
        }
        index += 1;
    }
    let mut invocation = reader.invocation;
    invocation.component = Some(entry.component.key.to_owned());
    let named = Some(entry.unit.about().key.to_owned());
    match entry.unit.kind() {
        UnitKind::DataSource => invocation.data_source = named,
        UnitKind::Trigger => invocation.trigger = named,
        _ => invocation.action = named,
    }
    Ok((invocation, issues))
}

/// Reads arguments into an invocation.
struct Reader {
    unit: Unit,
    declared: Vec<&'static Input>,
    invocation: Invocation,
    /// Whether a value is what is on stdin.
    has_stdin: bool,
}

impl Reader {
    fn take(&mut self, argument: &Argument<'_>) -> Result<(), Issue> {
        if matches!(argument.value, Given::Stdin) && std::mem::replace(&mut self.has_stdin, true) {
            return Err(argument.wrong("only one value can be stdin"));
        }
        let (root, steps) = parse_path(argument.name)?;
        let input = self.declared.iter().copied().find(|input| input.key == root);
        match input {
            None if root == "state" && steps.is_empty() && self.unit.kind() == UnitKind::Trigger => {
                self.invocation.state = Some(argument.value()?);
                Ok(())
            }
            None if let Some(issue) = misplaced_filter(argument, root, &self.declared) => Err(issue),
            _ => argument.put_into(self.invocation.inputs_mut(), root, &steps, input),
        }
    }
}

/// Joins what is wrong with the arguments to what is wrong with the inputs that they give, if either is.
pub(crate) fn joined<T>(slips: Vec<Issue>, checked: Result<T, Error>) -> Result<T, Error> {
    if slips.is_empty() {
        return checked;
    }
    let found = checked.err().map(|error| error.issues().to_vec()).unwrap_or_default();
    // An input is not missing if its argument is wrong.
    let is_said = |issue: &Issue| {
        slips.iter().any(|slip| {
            slip.input == issue.input
                || issue.code == Problem::Required && root_of(&slip.input) == root_of(&issue.input)
        })
    };
    let more: Vec<_> = found.into_iter().filter(|issue| !is_said(issue)).collect();
    Err(Error::invalid_input(slips.into_iter().chain(more).collect()))
}

fn root_of(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

/// Returns the unit with this key. Fails unless there is exactly one.
fn named(key: &str) -> Result<Registered, Error> {
    let catalog = Catalog::registered();
    let mut found = catalog.named(key);
    match (found.next(), found.next()) {
        (Some(entry), None) => Ok(*entry),
        (Some(_), Some(_)) => {
            let what = "names several units: send a JSON request to stdin, with its `component`";
            Err(refuse(format!("`{key}` {what}")))
        }
        (None, _) if is_plain(key) && key.to_ascii_lowercase().ends_with(".json") => {
            Err(refuse(format!("a request is read from stdin: write `pipefit run < {key}`")))
        }
        (None, _) if is_plain(key) => Err(describe::unknown(&catalog, key)),
        (None, _) if key.split_once('=').is_some_and(|(name, _)| is_plain(name.trim_end_matches(':'))) => {
            Err(refuse("the key of an action comes before its inputs, as in `pipefit run getJob jobId=10978752986`"))
        }
        (None, _) => Err(refuse(
            "the first argument is not the key of an action such as `getJob`; a JSON request is read from stdin",
        )),
    }
}

impl<'a> Argument<'a> {
    /// Returns `None` if the text has no `=`.
    fn parse(text: &'a str) -> Option<Result<Self, Issue>> {
        let (name, value) = text.split_once('=')?;
        let (name, json) = name.strip_suffix(':').map_or((name, false), |name| (name, true));
        let value = match value.strip_prefix('@') {
            Some("-") => Given::Stdin,
            Some("") => return Some(Err(slip(name, format!("`{}=@` names no file: write `=@PATH`", shown(name))))),
            Some(path) => Given::File(Path::new(path)),
            None if value == "-" => Given::Stdin,
            None => Given::Here(value),
        };
        Some(Ok(Self { name, json, value }))
    }

    /// Sets the input `root`, or the value inside it that the steps lead to.
    fn put_into(
        &self,
        inputs: &mut Map<String, Value>,
        root: &str,
        steps: &[Step<'_>],
        input: Option<&Input>,
    ) -> Result<(), Issue> {
        let takes_file = input.is_some_and(|input| matches!(input.kind, Kind::File | Kind::Part)) && !self.json;
        match (&self.value, steps) {
            (Given::File(path), []) if takes_file => {
                return GivenFile::new(root, None, path).put_into(inputs);
            }
            (Given::File(path), [Step::Member(field)]) if takes_file => {
                return GivenFile::new(root, Some(field), path).put_into(inputs);
            }
            _ => {}
        }
        let value =
            if takes_file && matches!(self.value, Given::Stdin) { self.stdin_as_file()? } else { self.value()? };
        let many = input.is_none_or(|input| input.collection == Collection::Values || input.kind == Kind::Code);
        let Some(existing) = inputs.get_mut(root) else {
            let mut target = Value::Null;
            place(&mut target, steps, value, many).map_err(|what| self.wrong(&what))?;
            inputs.insert(root.to_owned(), target);
            return Ok(());
        };
        place(existing, steps, value, many).map_err(|what| self.wrong(&what))
    }

    /// Reads the value. One line end at its end is dropped, as shells do.
    fn value(&self) -> Result<Value, Issue> {
        let text = match self.value {
            Given::Here(text) => text.to_owned(),
            Given::File(path) => {
                let read = fs::read_to_string(path);
                read.map_err(|error| self.wrong(&format!("cannot read {}: {error}", path.display())))?
            }
            Given::Stdin => String::from_utf8(self.stdin()?).map_err(|_| self.wrong("stdin is not UTF-8 text"))?,
        };
        let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
        if !self.json {
            return Ok(Value::from(text));
        }
        serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let example = format!("text is given by `{}=TEXT`", shown(self.name));
            self.wrong(&format!("invalid JSON at line {line}, column {column}; {example}"))
        })
    }

    fn stdin_as_file(&self) -> Result<Value, Issue> {
        Ok(File { name: None, content_type: None, data: self.stdin()?.into() }.to_value())
    }

    fn stdin(&self) -> Result<Vec<u8>, Issue> {
        let mut data = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut data);
        read.map_err(|error| self.wrong(&format!("cannot read stdin: {error}")))?;
        Ok(data)
    }

    fn wrong(&self, what: &str) -> Issue {
        slip(self.name, format!("`{}`: {what}", shown(self.name)))
    }
}

/// Puts a value where the steps lead to. A value that is there already becomes a list if there may be `many`.
fn place(target: &mut Value, steps: &[Step<'_>], value: Value, many: bool) -> Result<(), String> {
    let Some((step, rest)) = steps.split_first() else {
        match target {
            Value::Null => *target = value,
            Value::Array(values) if many => values.push(value),
            other if many => *other = Value::Array(vec![other.take(), value]),
            _ => return Err("is given twice, but takes one value: leave one out".to_owned()),
        }
        return Ok(());
    };
    match step {
        Step::Member(name) => {
            if target.is_null() {
                *target = Value::Object(Map::new());
            }
            let members = target.as_object_mut().ok_or_else(|| format!("`.{name}` is inside a value that is set"))?;
            place(members.entry(*name).or_insert(Value::Null), rest, value, false)
        }
        Step::Index(_) | Step::Append => {
            if target.is_null() {
                *target = Value::Array(Vec::new());
            }
            let values = target.as_array_mut().ok_or("a list is inside a value that is set")?;
            let at = if let Step::Index(at) = step { *at } else { values.len() };
            if at > values.len() {
                return Err(format!("[{at}] comes before [{}], which is not set", values.len()));
            }
            if at == values.len() {
                values.push(Value::Null);
            }
            place(&mut values[at], rest, value, false)
        }
    }
}

/// Splits `appointments[0].start` into the input and the steps into its value.
pub(crate) fn parse_path(name: &str) -> Result<(&str, Vec<Step<'_>>), Issue> {
    let wrong =
        || slip(name, format!("`{}` is no path of an input such as `jobId` or `appointments[0].start`", shown(name)));
    let end = name.find(['.', '[']).unwrap_or(name.len());
    let (root, mut rest) = name.split_at(end);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let step;
        if let Some(inside) = rest.strip_prefix('[') {
            let (index, after) = inside.split_once(']').ok_or_else(wrong)?;
            step = if index.is_empty() { Step::Append } else { Step::Index(index.parse().map_err(|_| wrong())?) };
            rest = after;
        } else {
            let member = rest.strip_prefix('.').ok_or_else(wrong)?;
            let end = member.find(['.', '[']).unwrap_or(member.len());
            let (member, after) = member.split_at(end);
            if member.is_empty() {
                return Err(wrong());
            }
            step = Step::Member(member);
            rest = after;
        }
        steps.push(step);
    }
    if root.is_empty() { Err(wrong()) } else { Ok((root, steps)) }
}

/// What is wrong with an argument without `=`, and how many arguments that explains. It suggests what may have been
/// meant, from the arguments around it, too.
fn not_an_argument(arguments: &[String], index: usize, declared: &[&Input]) -> (Issue, usize) {
    let text = arguments[index].as_str();
    let next = arguments.get(index + 1).map(String::as_str).filter(|next| !next.contains('='));
    let before = arguments[..index].last().and_then(|before| before.strip_suffix('='));
    let named = |name: &str| declared.iter().find(|input| input.key == name.trim_matches('-'));
    let with_next = 1 + usize::from(next.is_some());
    if let Some(input) = named(text) {
        let message = format!("`{text}` has no value: write `{}`, without spaces", assignment(input, next));
        return (slip(input.key, message), with_next);
    }
    if let Some((name, value)) = text.split_once(':')
        && let Some(input) = named(name)
    {
        let (value, count) = if value.is_empty() { (next, with_next) } else { (Some(value), 1) };
        let message = format!("an input is set with `=`, not with `:`: write `{}`", assignment(input, value));
        return (slip(input.key, message), count);
    }
    if let Some(input) = before.and_then(named) {
        let written = assignment(input, Some(text));
        return (slip(input.key, format!("`{}=` stands apart from its value: write `{written}`", input.key)), 1);
    }
    if let Some((input, message, count)) = without_quotes(arguments, index, declared) {
        return (slip(input, message), count);
    }
    let required = declared.iter().find(|input| input.required && input.kind != Kind::Connection);
    let input = required.or(declared.first()).map_or("name", |input| input.key);
    let message = if is_plain(text) {
        format!("`{text}` is not name=value; did you mean `{input}={text}`?")
    } else {
        format!("an argument is not name=value: expected something like `{input}=VALUE`")
    };
    (slip(input, message), 1)
}

/// The input whose value goes on with this argument, since it was typed without quotes: its path, what to write, and
/// how many arguments belong to the value.
fn without_quotes<'a>(arguments: &'a [String], index: usize, declared: &[&Input]) -> Option<(&'a str, String, usize)> {
    let (name, start) = arguments[..index].last()?.split_once('=').filter(|(_, start)| !start.is_empty())?;
    let input = declared.iter().find(|input| input.key == root_of(name))?;
    let takes_text = matches!(input.kind, Kind::Text | Kind::LongText | Kind::Any) || input.key != name;
    if !takes_text || start.starts_with('@') || parse_path(name).is_err() {
        return None;
    }
    let rest: Vec<_> = arguments[index..].iter().map(String::as_str).take_while(|word| !word.contains('=')).collect();
    let words: Vec<_> = std::iter::once(start).chain(rest.iter().copied()).collect();
    let value = words.join(" ");
    let may_be_shown = !input.secret
        && value.len() <= SHOWN
        && words.iter().all(|word| is_plain(word.trim_end_matches([',', ':', ';', '!', '?'])));
    let value = if may_be_shown { &value } else { "TEXT" };
    let message = format!("the value of `{name}` has spaces: write `{name}='{value}'`, with quotes");
    Some((name, message, rest.len()))
}

/// What is wrong with a filter that is given as an input, if it is one.
fn misplaced_filter(argument: &Argument<'_>, root: &str, declared: &[&Input]) -> Option<Issue> {
    let input = declared.iter().find(|input| Filter::find(input.filters, root).is_some())?;
    let value = match argument.value {
        Given::Here(value) if is_plain(value) => value,
        _ => "VALUE",
    };
    Some(Issue::new(root, Problem::Unknown, format!("`{root}` is a filter: write `{}.{root}={value}`", input.key)))
}

/// Whether messages may contain this text: it may be a key or an id, but no request.
pub(crate) fn is_plain(text: &str) -> bool {
    text.len() <= SHOWN && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// What is wrong with the argument of an input.
fn slip(name: &str, message: impl Into<String>) -> Issue {
    Issue::new(shown(name), Problem::InvalidValue, message)
}

fn refuse(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidRequest, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn inputs(key: &str, arguments: &[&str]) -> Result<Value, String> {
        let arguments: Vec<_> = arguments.iter().copied().map(ToOwned::to_owned).collect();
        let built = invocation(key, &arguments).and_then(|(built, slips)| joined(slips, Ok(built)));
        built.map(|built| built.inputs).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn values_are_text_or_json_at_a_path() {
        let table: [(&[&str], Value); 6] = [
            (&["summary=a=b"], json!({"summary": "a=b"})),
            (&["priority=", "summary:=null"], json!({"priority": "", "summary": null})),
            (&["tagTypeIds=1"], json!({"tagTypeIds": "1"})),
            (&["tagTypeIds=1", "tagTypeIds:=2", "tagTypeIds=3"], json!({"tagTypeIds": ["1", 2, "3"]})),
            (
                &["appointments[0].start=x", "appointments[0].technicianIds[]:=1", "appointments[1].start=y"],
                json!({"appointments": [{"start": "x", "technicianIds": [1]}, {"start": "y"}]}),
            ),
            (&["jobGeneratedLeadSource.jobId=1"], json!({"jobGeneratedLeadSource": {"jobId": "1"}})),
        ];
        for (arguments, expected) in table {
            assert_eq!(inputs("createJob", arguments), Ok(expected), "{arguments:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let table: [(&[&str], &str); 11] = [
            (&["1088"], "`1088` is not name=value; did you mean `customerId=1088`?"),
            (&["summary", "x"], "`summary` has no value: write `summary=x`"),
            (&["{\"a\": 1}"], "an argument is not name=value"),
            (&["=x"], "is no path of an input"),
            (&["a..b=x"], "`a..b` is no path"),
            (&["a[x]=1"], "`a[x]` is no path"),
            (&["summary=a", "summary=b"], "`summary`: is given twice"),
            (&["summary=a", "summary.b=c"], "`.b` is inside a value that is set"),
            (&["appointments[1].start=x"], "[1] comes before [0]"),
            (&["appointments:={"], "`appointments`: invalid JSON at line 1, column 1"),
            (&["summary=@/no/such/file"], "`summary`: cannot read /no/such/file"),
        ];
        for (arguments, expected) in table {
            let message = inputs("createJob", arguments).expect_err("it is wrong");
            assert!(message.contains(expected), "{arguments:?}: {message}");
        }
    }

    #[test]
    fn the_key_is_that_of_a_unit() {
        assert!(inputs("getJbo", &[]).is_err_and(|message| message.contains("getJob")));
        assert!(inputs("jobId=1", &[]).is_err_and(|message| message.contains("the key of an action comes before")));
        let request = r#"{"action": "getJob", "secret": "canary"}"#;
        assert!(inputs(request, &[]).is_err_and(|message| !message.contains("canary")));
    }

    #[test]
    fn the_state_of_a_trigger_is_no_input() {
        let (built, _) = invocation("pollChangesTrigger", &["state:={\"a\":1}".to_owned()]).expect("it is valid");
        assert_eq!((built.state, built.inputs.is_null()), (Some(json!({"a": 1})), true));
    }
}
