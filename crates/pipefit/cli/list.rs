//! `pipefit list`: lists all units.

use std::fmt::Write as _;
use std::process::ExitCode;

use pipefit::component::Resource;
use pipefit::runner::manifest;
use pipefit::{Catalog, Component, Registered, Unit};
use serde_json::Value;

use super::{exit, out};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print the manifest, which describes every unit in full, as JSON
    #[arg(long)]
    json: bool,
}

/// Lists all units.
pub(crate) fn main(args: &Args) -> ExitCode {
    let catalog = Catalog::registered();
    let text = if args.json { as_json(&catalog) } else { for_people(&catalog) };
    out::finish(&text, exit::OK)
}

/// Returns the manifest, or a list of manifests if there are several components.
fn as_json(catalog: &Catalog) -> String {
    let components = catalog.components();
    let mut manifests: Vec<_> = components.iter().map(|component| manifest::of_component(component, catalog)).collect();
    let whole = if manifests.len() == 1 { manifests.remove(0) } else { Value::Array(manifests) };
    format!("{whole:#}")
}

fn for_people(catalog: &Catalog) -> String {
    let mut text = String::new();
    for component in catalog.components() {
        let _ = writeln!(text, "{} ({})", component.label, component.key);
        for resource in resources(catalog, component) {
            let _ = writeln!(text, "\n{}", resource.label);
            write_units(&mut text, &units_of(catalog, component, resource));
        }
        text.push('\n');
    }
    text.push_str("`pipefit describe KEY` shows the inputs of one of them.\n");
    text
}

/// Returns the resources of a component, sorted by label.
fn resources(catalog: &Catalog, component: &Component) -> Vec<Resource> {
    let own = catalog.units().iter().filter(|entry| entry.component.key == component.key);
    let mut resources: Vec<_> = own.map(|entry| entry.unit.about().resource).collect();
    resources.sort_by_key(|resource| (resource.label, resource.key));
    resources.dedup();
    resources
}

fn units_of<'a>(catalog: &'a Catalog, component: &Component, resource: Resource) -> Vec<&'a Registered> {
    let of_resource =
        |entry: &&Registered| entry.component.key == component.key && entry.unit.about().resource == resource;
    catalog.units().iter().filter(of_resource).collect()
}

fn write_units(text: &mut String, units: &[&Registered]) {
    let widest = |of: fn(&Registered) -> usize| units.iter().map(|entry| of(entry)).max().unwrap_or(0);
    let keys = widest(|entry| entry.unit.about().key.len());
    let labels = widest(|entry| entry.unit.about().label.len());
    for entry in units {
        let about = entry.unit.about();
        let note = if about.deprecated.is_some() { "Deprecated. " } else { "" };
        let (key, label, kind, help) = (about.key, about.label, effect_or_kind(entry.unit), first_sentence(about.help));
        let _ = writeln!(text, "  {key:keys$}  {label:labels$}  {kind:8}  {note}{help}");
    }
}

/// Returns the effect of an action, or the kind of another unit.
fn effect_or_kind(unit: Unit) -> &'static str {
    match unit {
        Unit::Action(action) => action.about().effect.name(),
        Unit::DataSource(_) => "picklist",
        _ => "trigger",
    }
}

fn first_sentence(help: &str) -> &str {
    help.split_inclusive(". ").next().unwrap_or_default().trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_first_sentence_of_the_help() {
        assert_eq!(first_sentence("Reads one job. Fails if there is none."), "Reads one job.");
        assert_eq!(first_sentence("Costs 1.50 each."), "Costs 1.50 each.");
        assert_eq!(first_sentence(""), "");
    }
}
