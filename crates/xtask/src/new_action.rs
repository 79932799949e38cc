//! `cargo xtask new-action`: a first version of an action, in the file of its resource. The texts are in `templates/`.

use std::fs;
use std::path::Path;

use crate::names::{lower_camel, singular, title, upper_snake, words};
use crate::update::cargo;

const SOURCES: &str = "crates/servicetitan/src";

/// What was asked for. The path is split: `/sales/v2/tenant/{tenant}`, `estimates`, `{estimateId}`.
struct NewAction<'a> {
    key: &'a str,
    label: String,
    method: &'a str,
    prefix: &'a str,
    resource: &'a str,
    below: String,
}

/// Adds the action that the arguments name to the `ServiceTitan` component, and says what is left to do.
pub(crate) fn main(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let read = |path: &str| fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"));
    let write = |path: &str, text: &str| fs::write(root.join(path), text).map_err(|error| format!("{path}: {error}"));
    let action = NewAction::read(arguments)?;
    let module = action.resource.replace('-', "_");
    let file = format!("{SOURCES}/resources/{module}.rs");
    let existing = if root.join(&file).exists() { Some(read(&file)?) } else { None };
    let (service, shared) = (read(&format!("{SOURCES}/service.rs"))?, read(&format!("{SOURCES}/inputs.rs"))?);
    write(&file, &action.added_to(existing.as_deref(), &service, &shared)?)?;
    if existing.is_none() {
        // The formatter puts the line where it belongs.
        let modules = format!("{SOURCES}/resources.rs");
        write(&modules, &format!("{}pub(crate) mod {module};\n", read(&modules)?))?;
    }
    cargo(root, &["fmt", "--package", "pipefit-servicetitan"], &[])?;
    Ok(include_str!("templates/next.txt").trim_end().replace("{{key}}", action.key).replace("{{file}}", &file))
}

impl<'a> NewAction<'a> {
    fn read(arguments: &[&'a str]) -> Result<Self, String> {
        let (key, method, path, label) = match *arguments {
            [key, method, path] => (key, method, path, title(key)),
            [key, method, path, "--label", label] => (key, method, path, label.to_owned()),
            _ => return Err(crate::USAGE.to_owned()),
        };
        let whole = path.split_once("/tenant/{tenant}/").filter(|(_, rest)| rest.starts_with(char::is_alphabetic));
        let (_, rest) = whole.ok_or(format!("PATH is not the whole path of a resource: {path}"))?;
        let (resource, below) = rest.split_once('/').unwrap_or((rest, ""));
        let id = format!("{{{}Id}}", lower_camel(&singular(resource)));
        let prefix = &path[..path.len() - rest.len() - 1];
        Ok(Self { key, label, method, prefix, resource, below: below.replacen("{id}", &id, 1) })
    }

    /// The text of the resource's file with the action; `service` and `shared` are `service.rs` and `inputs.rs`.
    fn added_to(&self, existing: Option<&str>, service: &str, shared: &str) -> Result<String, String> {
        let call = |takes: &str| format!("{}(\"{}\").{takes}(inputs)", self.method.to_lowercase(), self.below);
        let (effect, request) = match (self.method, self.below.as_str()) {
            ("GET", "") => ("read", "list().query(inputs)".to_owned()),
            ("GET", _) => ("read", call("query")),
            ("POST", "") => ("create", "create().body(inputs)".to_owned()),
            ("POST", _) => ("create", call("body")),
            ("PUT" | "PATCH", _) => ("update", call("body")),
            ("DELETE", _) => ("delete", call("query")),
            _ => return Err(format!("METHOD is GET, POST, PUT, PATCH or DELETE, not `{}`", self.method)),
        };
        let ids: Vec<_> = self.below.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        let required: Vec<_> = ids.iter().map(|id| format!("{}.required(), ", upper_snake(id))).collect();
        let (needed, inputs) = if request.starts_with("list()") {
            (vec!["list"], format!("const {{ &list_inputs(&{}) }}", upper_snake(self.resource)))
        } else {
            let body = request.ends_with(".body(inputs)");
            let more = if body { ", ADDITIONAL_FIELDS" } else { "" };
            let needed = ids.into_iter().chain(body.then_some("additionalFields")).collect();
            (needed, format!("const {{ &[CONNECTION, {}DEBUG_REQUEST{more}] }}", required.concat()))
        };
        let (api, uses) = self.api(service);
        let values = [
            ("uses", uses.as_str()),
            ("API", &api),
            ("LIST", &upper_snake(self.resource)),
            ("RECORD", &upper_snake(&singular(self.resource))),
            ("path", self.resource),
            ("resources", &lower_camel(self.resource)),
            ("Resources", &title(self.resource)),
            ("Key", &words(self.key).concat()),
            ("key", self.key),
            ("label", &self.label),
            ("effect", effect),
            ("inputs", &inputs),
            ("request", &request),
        ];
        let new = filled(include_str!("templates/resource.rs.txt"), &values);
        let mut text = existing.unwrap_or(&new).to_owned();
        let (part, list) = (uses.lines().last().unwrap_or_default(), format!("{api}.list(\"/{}\")", self.resource));
        if !text.contains(part) || !text.split_whitespace().collect::<String>().contains(&list) {
            return Err(format!("the file of the resource has no `{list}` with `{part}`"));
        }
        for key in needed {
            text = with_input(&text, key, shared);
        }
        let unit = filled(include_str!("templates/action.rs.txt"), &values);
        Ok(before_paragraph(&text, "impl DataSource for ", &unit))
    }

    /// The constant of the part of the API, and the lines that bring it into a new file.
    fn api(&self, service: &str) -> (String, String) {
        let part = format!("part(\"{}\");", self.prefix);
        let declared = service.lines().find(|line| line.contains(&part));
        if let Some(name) = declared.and_then(|line| line.split([' ', ':']).nth(2)) {
            return (name.to_owned(), format!("\nuse crate::service::{name};"));
        }
        let name = upper_snake(self.prefix.split('/').nth(1).unwrap_or_default());
        let uses = "use pipefit_component::Api;\n\nuse crate::service::part;";
        (name.clone(), format!("{uses}\n\nconst {name}: Api = {part}"))
    }
}

/// The template with its `{{name}}` places filled.
fn filled(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
}

/// The text with this input in scope: imported where it is shared, else declared above the record.
fn with_input(text: &str, key: &str, shared: &str) -> String {
    let name = if key == "list" { "list_inputs".to_owned() } else { upper_snake(key) };
    if text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == name) {
        return text.to_owned();
    }
    if [format!("const {name}: "), format!("const fn {name}(")].iter().any(|known| shared.contains(known)) {
        return text.replacen("\nuse crate::", &format!("\nuse crate::inputs::{name};\nuse crate::"), 1);
    }
    let values = [("INPUT", name.as_str()), ("input", key), ("Input", &title(key))];
    before_paragraph(text, ": Record = Record {", &filled(include_str!("templates/input.rs.txt"), &values))
}

/// The text with an addition before the paragraph that ends above this line, or at its end.
fn before_paragraph(text: &str, line: &str, addition: &str) -> String {
    match text.find(line).and_then(|at| text[..at].trim_end().rfind("\n\n")) {
        Some(at) => format!("{}\n\n{addition}{}", &text[..at], &text[at + 1..]),
        None => format!("{text}\n{addition}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(existing: Option<&str>, arguments: &[&str]) -> Result<String, String> {
        let service = include_str!("../../servicetitan/src/service.rs");
        NewAction::read(arguments)?.added_to(existing, service, include_str!("../../servicetitan/src/inputs.rs"))
    }

    #[test]
    fn an_action_of_a_known_resource_stands_before_its_data_source() {
        let jobs = include_str!("../../servicetitan/src/resources/jobs.rs");
        let path = "/jpm/v2/tenant/{tenant}/jobs/{id}/notes/{noteId}";
        let text = added(Some(jobs), &["deleteNote", "DELETE", path, "--label", "Delete Job Note"]).unwrap_or_default();
        let parts = [
            "const NOTE_ID: Input",
            "static JOB: Record",
            "About::delete(\"deleteNote\", \"Delete Job Note\", JOBS.resource)",
            "&[CONNECTION, JOB_ID.required(), NOTE_ID.required(), DEBUG_REQUEST]",
            "JOBS.delete(\"{jobId}/notes/{noteId}\").query(inputs)",
            "register!(action DeleteNote);\n\nstruct SelectJob;",
        ];
        let places = parts.map(|part| text.find(part));
        assert!(places[0].is_some() && places.is_sorted(), "{places:?} in {text}");
        assert!(added(Some(jobs), &["deleteNote", "DELETE", &path.replace("v2", "v3")]).is_err());
    }

    #[test]
    fn a_new_resource_declares_its_list_and_its_part_of_the_api() {
        let path = "/sales/v2/tenant/{tenant}/sales-entries";
        let text = added(None, &["listSalesEntries", "GET", path]).unwrap_or_default();
        let parts = [
            "use crate::inputs::list_inputs;",
            "const SALES: Api = part(\"/sales/v2/tenant/{tenant}\");",
            "SALES.list(\"/sales-entries\").resource(\"salesEntries\", \"Sales Entries\").record(&SALES_ENTRY);",
            "SALES_ENTRIES.list().query(inputs)",
        ];
        assert!(parts.iter().all(|part| text.contains(part)) && !text.contains("{{"), "{text}");
    }
}
