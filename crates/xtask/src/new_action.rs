//! `cargo xtask new-action`: the start of an action, in the file of its resource. The texts are in `templates/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::names::{capital, lower_camel, singular, title, upper_camel, upper_snake, with_article, words};

const ACTION: &str = include_str!("templates/action.rs.txt");
const INPUT: &str = include_str!("templates/input.rs.txt");
const RESOURCE: &str = include_str!("templates/resource.rs.txt");

/// Ends the part of a path that all of a module's paths begin with.
const TENANT: &str = "/tenant/{tenant}";

/// What was asked for.
struct Wanted<'a> {
    resource: &'a str,
    key: &'a str,
    method: String,
    /// The module's part of the path: `/sales/v2/tenant/{tenant}`.
    module: String,
    /// The rest of it, with placeholders named after their records: `/estimates/{estimateId}`.
    path: String,
    label: String,
}

/// Adds the action that the arguments name to the component below this root.
pub(crate) fn main(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let changed = add(&root.join("crates/servicetitan/src"), &Wanted::read(arguments)?)?;
    // A file that rustfmt does not like is shown by the compiler soon enough.
    let _ = Command::new("rustfmt").args(["--edition", "2024"]).args(&changed).current_dir(root).status();
    let changed: Vec<_> = changed.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    Ok(format!(
        "changed {}; now complete fields, inputs and texts, run `cargo xtask update`, then `tests/run`",
        changed.join(", ")
    ))
}

impl<'a> Wanted<'a> {
    fn read(arguments: &[&'a str]) -> Result<Self, String> {
        let (&[resource, key, method, path], label) = (match arguments {
            [rest @ .., "--label", label] => (rest, (*label).to_owned()),
            [_, key, ..] => (arguments, title(key)),
            _ => (arguments, String::new()),
        }) else {
            return Err(crate::USAGE.to_owned());
        };
        let is_name = |name: &str, more: &[char]| {
            name.starts_with(|letter: char| letter.is_ascii_lowercase())
                && name.chars().all(|letter| letter.is_ascii_alphanumeric() || more.contains(&letter))
        };
        if !is_name(resource, &['_']) || resource.contains(char::is_uppercase) {
            return Err(format!("RESOURCE is the name of a file in snake case, such as `job_types`, not `{resource}`"));
        }
        if !is_name(key, &[]) {
            return Err(format!("KEY is in lower camel case, such as `getJobType`, not `{key}`"));
        }
        let method = method.to_lowercase();
        if !["get", "post", "put", "patch", "delete"].contains(&method.as_str()) {
            return Err(format!("METHOD is GET, POST, PUT, PATCH or DELETE, not `{method}`"));
        }
        let Some((module, rest)) = path.split_once(TENANT).filter(|(module, _)| module.starts_with('/')) else {
            return Err(format!("PATH is the whole path, `/<module>/v2{TENANT}/<path>`, not `{path}`"));
        };
        Ok(Self { resource, key, method, module: format!("{module}{TENANT}"), path: with_named_ids(rest), label })
    }

    /// Whether it lists the records of this collection.
    fn lists(&self, endpoint: &Endpoint) -> bool {
        self.method == "get" && self.path == endpoint.path && self.key.starts_with("list")
    }

    fn effect(&self) -> &'static str {
        match self.method.as_str() {
            "get" => "read",
            "post" => "create",
            "delete" => "delete",
            _ => "update",
        }
    }

    fn help(&self, lists: bool) -> String {
        let one = with_article(&words(&singular(self.resource)).join(" "));
        match self.effect() {
            "read" if lists => format!("Lists {}, one page or all of them.", words(self.resource).join(" ")),
            "read" => format!("Returns {one}."),
            "create" => format!("Adds {one} and returns the new record."),
            "delete" => format!("Removes {one}."),
            _ => format!("Changes the given fields of {one} and returns the changed record."),
        }
    }

    /// The inputs that fill the path.
    fn placeholders(&self) -> Vec<&str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
    }
}

/// `/estimates/{estimateId}` of `/estimates/{id}`.
fn with_named_ids(path: &str) -> String {
    let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
    for at in 1..parts.len() {
        if parts[at] == "{id}" {
            parts[at] = format!("{{{}Id}}", lower_camel(&singular(&parts[at - 1])));
        }
    }
    parts.join("/")
}

/// A declared list endpoint: `static JOBS: ListEndpoint = JPM.list("/jobs")…`.
struct Endpoint {
    name: String,
    path: String,
}

impl Endpoint {
    /// The one of the file whose path the wanted path begins with.
    fn declared(text: &str, path: &str) -> Option<Self> {
        let declared = text.split("static ").skip(1).filter_map(|part| {
            let (name, rest) = part.split_once(": ListEndpoint")?;
            let path = rest.split_once(".list(\"")?.1.split('"').next()?;
            Some(Self { name: name.to_owned(), path: path.to_owned() })
        });
        let begins = |endpoint: &Self| {
            path.strip_prefix(&endpoint.path).is_some_and(|below| below.is_empty() || below.starts_with('/'))
        };
        declared.filter(begins).max_by_key(|endpoint| endpoint.path.len())
    }

    /// The one to declare for a new resource: up to the part that is called like it, or to the first placeholder.
    fn new(wanted: &Wanted<'_>) -> Self {
        let kebab = words(wanted.resource).join("-");
        let parts: Vec<_> = wanted.path.split('/').collect();
        let called = parts.iter().position(|part| *part == kebab).map(|at| at + 1);
        let length = called.or(parts.iter().position(|part| part.starts_with('{'))).unwrap_or(parts.len());
        Self { name: upper_snake(wanted.resource), path: parts[..length].join("/") }
    }
}

/// Writes the action into the component's sources, and returns the files that changed.
fn add(sources: &Path, wanted: &Wanted<'_>) -> Result<Vec<PathBuf>, String> {
    let apis = sources.join("apis.rs");
    let modules = sources.join("resources.rs");
    let file = sources.join("resources").join(format!("{}.rs", wanted.resource));
    let shared = read(&sources.join("inputs.rs"))?;
    let mut changed = Vec::new();

    let (api, declared) = with_api(&read(&apis)?, &wanted.module)?;
    let (mut text, endpoint) = if file.exists() {
        let text = read(&file)?;
        let endpoint = Endpoint::declared(&text, &wanted.path);
        let endpoint = endpoint.ok_or(format!("{} has no list endpoint for {}", file.display(), wanted.path))?;
        (text, endpoint)
    } else {
        let endpoint = Endpoint::new(wanted);
        let module = with_line(&read(&modules)?, &format!("mod {};", wanted.resource));
        write(&modules, &module, &mut changed)?;
        (resource(wanted, &api, &endpoint), endpoint)
    };
    if text.contains(&format!("struct {};", upper_camel(wanted.key))) {
        return Err(format!("{} is in {} already", wanted.key, file.display()));
    }
    if let Some(declared) = declared {
        write(&apis, &declared, &mut changed)?;
    }
    for input in wanted.placeholders() {
        text = with_input(&text, &shared, input);
    }
    if wanted.lists(&endpoint) {
        text = with_import(&text, "LIST");
    }
    write(&file, &with_action(&text, &action(wanted, &endpoint)), &mut changed)?;
    Ok(changed)
}

fn resource(wanted: &Wanted<'_>, api: &str, endpoint: &Endpoint) -> String {
    let one = singular(wanted.resource);
    let record = if one == wanted.resource { format!("{one}_record") } else { one.clone() };
    let one = words(&one).join(" ");
    let values = [
        ("Label", title(wanted.resource)),
        ("API", api.to_owned()),
        ("ENDPOINT", endpoint.name.clone()),
        ("path", endpoint.path.clone()),
        ("resource", lower_camel(wanted.resource)),
        ("RECORD", upper_snake(&record)),
        ("A singular", capital(&with_article(&one))),
        ("singular", one),
    ];
    filled(RESOURCE, &values)
}

fn action(wanted: &Wanted<'_>, endpoint: &Endpoint) -> String {
    let lists = wanted.lists(endpoint);
    let inputs = wanted.placeholders().into_iter().map(|input| format!("{}.required(), ", upper_snake(input)));
    let inputs = format!("const {{ &[CONNECTION, {}DEBUG_REQUEST] }}", inputs.collect::<Vec<_>>().concat());
    let takes = if ["get", "delete"].contains(&wanted.method.as_str()) { "query" } else { "body" };
    let below = wanted.path[endpoint.path.len()..].trim_start_matches('/');
    let request = format!("{}.{}(\"{below}\").{takes}(inputs)", endpoint.name, wanted.method);
    let values = [
        ("Struct", upper_camel(wanted.key)),
        ("effect", wanted.effect().to_owned()),
        ("key", wanted.key.to_owned()),
        ("label", wanted.label.clone()),
        ("ENDPOINT", endpoint.name.clone()),
        ("help", wanted.help(lists)),
        ("inputs", if lists { "LIST".to_owned() } else { inputs }),
        ("request", if lists { format!("{}.list().query(inputs)", endpoint.name) } else { request }),
    ];
    filled(ACTION, &values)
}

/// The template with its `{{name}}` places filled.
fn filled(template: &str, values: &[(&str, String)]) -> String {
    let fill = |text: String, (name, value): &(&str, String)| text.replace(&format!("{{{{{name}}}}}"), value);
    values.iter().fold(template.to_owned(), fill)
}

/// The name of the module's constant and, where it is not declared yet, the file with a declaration like the others.
fn with_api(apis: &str, module: &str) -> Result<(String, Option<String>), String> {
    let statement = |with: &str| {
        let at = apis.find(with)?;
        let start = apis[..at].rfind("pub(crate) ")?;
        Some(apis[start..=start + apis[start..].find(';')?].to_owned())
    };
    let name_of = |statement: &str| statement.split([' ', ':']).nth(2).unwrap_or_default().to_owned();
    if let Some(declared) = statement(&format!("\"{module}\"")) {
        return Ok((name_of(&declared), None));
    }
    let end = format!("{TENANT}\"");
    let like = statement(&end).ok_or("apis.rs declares no module of the API")?;
    let path = like.split('"').find(|part| part.ends_with(TENANT)).unwrap_or_default();
    let short = module.trim_start_matches('/').split('/').next().unwrap_or_default();
    let name = upper_snake(short);
    let declared = like.replacen(&name_of(&like), &name, 1).replace(path, module);
    Ok((name, Some(format!("{}\n/// The module `{short}`.\n{declared}\n", apis.trim_end()))))
}

/// The text with an input: nothing to add where the file declares it, an import where it is shared, else a declaration.
fn with_input(text: &str, shared: &str, input: &str) -> String {
    let name = upper_snake(input);
    let declaration = format!("const {name}: Input");
    if text.contains(&declaration) {
        return text.to_owned();
    }
    if shared.contains(&declaration) {
        return with_import(text, &name);
    }
    let record = words(input).join(" ");
    let record = record.strip_suffix(" id").unwrap_or(&record).to_owned();
    let values = [("INPUT", name), ("input", input.to_owned()), ("Input Label", title(input)), ("words", record)];
    let declaration = filled(INPUT, &values);
    // After the last declaration of its sort, else after the imports.
    let starts = ["\nconst ", "\npub(crate) const ", "\nuse "];
    let after = starts.iter().find_map(|start| text.rfind(start)).unwrap_or_default();
    let end = text[after..].find(";\n").map_or(text.len(), |end| after + end + 2);
    let gap = if text[after..].starts_with("\nuse ") { "\n" } else { "" };
    format!("{}{gap}{declaration}{}", &text[..end], &text[end..])
}

/// The text with one more name imported from the shared inputs.
fn with_import(text: &str, name: &str) -> String {
    const IMPORT: &str = "use crate::inputs::";
    let Some(start) = text.find(IMPORT) else {
        let after = text.rfind("\nuse ").map_or(0, |at| at + 1);
        let end = text[after..].find(";\n").map_or(0, |end| after + end + 2);
        return format!("{}{IMPORT}{name};\n{}", &text[..end], &text[end..]);
    };
    let end = start + text[start..].find(';').unwrap_or_default();
    let listed = text[start + IMPORT.len()..end].trim_matches(['{', '}', '\n', ' ']);
    let mut names: Vec<_> = listed.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    names.push(name);
    names.sort_unstable();
    names.dedup();
    let names = if names.len() == 1 { names[0].to_owned() } else { format!("{{{}}}", names.join(", ")) };
    format!("{}{IMPORT}{names}{}", &text[..start], &text[end..])
}

/// The text with the action before the data source, or at the end.
fn with_action(text: &str, action: &str) -> String {
    let source = text.split("register!(source ").nth(1).and_then(|rest| rest.split(')').next());
    let at = source.and_then(|name| text.find(&format!("struct {name};")));
    match at {
        Some(at) => format!("{}{action}\n{}", &text[..at], &text[at..]),
        None => format!("{}\n\n{action}", text.trim_end()),
    }
}

/// The text with one more `mod` line, in order.
fn with_line(text: &str, line: &str) -> String {
    let mut lines: Vec<_> = text.lines().collect();
    let at = lines.iter().position(|other| other.starts_with("mod ") && *other > line);
    let last = lines.iter().rposition(|other| other.starts_with("mod ")).map_or(lines.len(), |last| last + 1);
    lines.insert(at.unwrap_or(last), line);
    lines.join("\n") + "\n"
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn write(path: &Path, text: &str, changed: &mut Vec<PathBuf>) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    changed.push(path.to_path_buf());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOBS: &str = "\
//! Jobs.

use pipefit_component::prelude::*;

use crate::apis::JPM;
use crate::inputs::{JOB_ID, LIST};

const MEMO: Input = Input::text(\"memo\", \"Memo\");

static JOBS: ListEndpoint = JPM.list(\"/jobs\").resource(\"jobs\", \"Jobs\").record(&JOB);

struct SelectJob;

register!(source SelectJob);
";

    /// Adds an action to a small component, and returns what its files hold then.
    fn added(arguments: &[&str]) -> Result<[String; 3], String> {
        let name = format!("pipefit-xtask-{}-{}", std::process::id(), arguments.join("-").replace('/', "-"));
        let sources = std::env::temp_dir().join(name);
        let files = [
            ("apis.rs", "/// Jobs.\npub(crate) static JPM: Api = Api::new(\"/jpm/v2/tenant/{tenant}\");\n"),
            ("inputs.rs", "pub(crate) const CUSTOMER_ID: Input = Input::id();\npub(crate) const JOB_ID: Input;\n"),
            ("resources.rs", "//! Resources.\n\nmod customers;\nmod jobs;\n"),
            ("resources/jobs.rs", JOBS),
        ];
        fs::create_dir_all(sources.join("resources")).map_err(|error| error.to_string())?;
        for (path, text) in files {
            write(&sources.join(path), text, &mut Vec::new())?;
        }
        let done = Wanted::read(arguments).and_then(|wanted| add(&sources, &wanted));
        let file = format!("resources/{}.rs", arguments[0]);
        let texts = [file.as_str(), "resources.rs", "apis.rs"].map(|path| read(&sources.join(path)));
        fs::remove_dir_all(&sources).map_err(|error| error.to_string())?;
        done?;
        let [text, modules, apis] = texts;
        Ok([text?, modules?, apis?])
    }

    #[test]
    fn an_action_of_a_known_resource_stands_before_its_data_source() -> Result<(), String> {
        let path = "/jpm/v2/tenant/{tenant}/jobs/{id}/notes/{noteId}";
        let [text, modules, _] = added(&["jobs", "deleteJobNote", "DELETE", path, "--label", "Delete Note"])?;
        let (before, source) = text.split_once("struct SelectJob;").ok_or("no data source")?;
        assert!(
            before.contains("const MEMO: Input = Input::text(\"memo\", \"Memo\");\nconst NOTE_ID: Input"),
            "{text}"
        );
        assert!(before.contains("About::delete(\"deleteJobNote\", \"Delete Note\", JOBS.resource)"), "{text}");
        assert!(before.contains("[CONNECTION, JOB_ID.required(), NOTE_ID.required(), DEBUG_REQUEST]"), "{text}");
        assert!(before.contains("JOBS.delete(\"{jobId}/notes/{noteId}\").query(inputs)"), "{text}");
        assert!(before.ends_with("register!(action DeleteJobNote);\n\n") && source.contains("SelectJob"), "{text}");
        assert_eq!(modules.matches("mod jobs;").count(), 1);
        Ok(())
    }

    #[test]
    fn a_new_resource_gets_a_file_and_a_module() -> Result<(), String> {
        let path = "/sales/v2/tenant/{tenant}/estimates/{id}";
        let [text, modules, apis] = added(&["estimates", "getEstimate", "GET", path])?;
        for part in [
            "static ESTIMATES: ListEndpoint = SALES.list(\"/estimates\").resource(\"estimates\", \"Estimates\")",
            "static ESTIMATE: Record = Record {\n    help: \"An estimate.\",",
            "const ESTIMATE_ID: Input = Input::id(\"estimateId\", \"Estimate ID\")",
            "About::read(\"getEstimate\", \"Get Estimate\", ESTIMATES.resource).help(\"Returns an estimate.\")",
            "ESTIMATES.get(\"{estimateId}\").query(inputs)",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(!text.contains("{{"), "{text}");
        assert!(modules.contains("mod customers;\nmod estimates;\nmod jobs;\n"), "{modules}");
        assert!(apis.contains("pub(crate) static SALES: Api = Api::new(\"/sales/v2/tenant/{tenant}\");"), "{apis}");
        Ok(())
    }

    #[test]
    fn a_list_takes_what_every_list_takes() -> Result<(), String> {
        let [text, ..] = added(&["job_types", "listJobTypes", "GET", "/jpm/v2/tenant/{tenant}/job-types"])?;
        assert!(text.contains("use crate::apis::JPM;\nuse crate::inputs::LIST;\n"), "{text}");
        assert!(text.contains("        LIST\n") && text.contains("JOB_TYPES.list().query(inputs)"), "{text}");
        Ok(())
    }

    #[test]
    fn what_cannot_be_added_is_refused_with_a_reason() {
        let path = "/jpm/v2/tenant/{tenant}/jobs/{id}";
        for (arguments, reason) in [
            (["Jobs", "getJob", "GET", path], "RESOURCE"),
            (["jobs", "GetJob", "GET", path], "KEY"),
            (["jobs", "getJob", "HEAD", path], "METHOD"),
            (["jobs", "getJob", "GET", "/jobs/{id}"], "PATH"),
            (["jobs", "selectJob", "GET", path], "already"),
            (["jobs", "getNote", "GET", "/jpm/v2/tenant/{tenant}/jobs-notes"], "no list endpoint"),
        ] {
            assert!(added(&arguments).is_err_and(|error| error.contains(reason)), "{arguments:?}");
        }
    }
}
