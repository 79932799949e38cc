//! `pipefit list`: lists all units.

use std::fmt::Write as _;
use std::process::ExitCode;

use anstyle::Style;
use clap_complete::engine::ArgValueCompleter;
use pipefit::component::{Effect, Resource, shown};
use pipefit::runner::{manifest, suggestion};
use pipefit::{Catalog, Code, Component, Error, Registered, Unit};
use serde_json::Value;

use crate::cli::output::fitted;
use crate::cli::{complete, exit, out, terminal};

/// The columns that the help needs at least; the labels give way to it.
const HELP_WIDTH: usize = 40;

/// The members of a manifest that list units.
const UNITS: [&str; 3] = ["actions", "dataSources", "triggers"];

const HELP: &str = "\
Examples:
  pipefit list
  pipefit list cancel job
  pipefit list --resource invoices --effect read";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// List only what has all of these words in its key, label, resource or help
    #[arg(value_name = "WORD", add = ArgValueCompleter::new(complete::resources))]
    words: Vec<String>,
    /// List only what works with this resource, such as `jobs`
    #[arg(long, add = ArgValueCompleter::new(complete::resources))]
    resource: Option<String>,
    /// List only what has this effect
    #[arg(long, value_name = "EFFECT")]
    effect: Option<EffectName>,
    /// Print the manifest, which describes every unit in full, as JSON
    #[arg(long)]
    json: bool,
}

/// The name of an effect.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum EffectName {
    Read,
    Create,
    Update,
    Delete,
}

/// Lists the units that were asked for.
pub(crate) fn main(args: &Args) -> ExitCode {
    let all = Catalog::registered();
    match args.select(&all) {
        Ok(catalog) if args.json => out::finish(&as_json(&all, &catalog), exit::OK),
        Ok(catalog) => out::finish(&for_people(&catalog), exit::OK),
        Err(error) if args.json => out::fail_in_json(&error),
        Err(error) => out::fail(&error),
    }
}

impl Args {
    /// Returns what was asked for. Fails if there is nothing of it.
    fn select(&self, all: &Catalog) -> Result<Catalog, Error> {
        if let Some(name) = &self.resource
            && !all.units().iter().any(|entry| is_called(entry.unit.about().resource, name))
        {
            let keys = all.units().iter().map(|entry| entry.unit.about().resource.key);
            let hint = suggestion(name, keys).unwrap_or_else(|| "`pipefit list` shows all".to_owned());
            let message = format!("there is no resource `{}`; {hint}", shown(name));
            return Err(Error::new(Code::InvalidRequest, message));
        }
        let chosen = Catalog::of(all.units().iter().filter(|entry| self.admits(entry)).copied());
        if chosen.units().is_empty() {
            let abouts = || all.units().iter().map(|entry| entry.unit.about());
            let keys = || abouts().flat_map(|about| [about.key, about.resource.key]);
            let hint = self.words.iter().find_map(|word| suggestion(word, keys()));
            let hint = hint.unwrap_or_else(|| "`pipefit list` lists all".to_owned());
            let message = format!("there is no action, data source or trigger like this; {hint}");
            return Err(Error::new(Code::UnknownAction, message));
        }
        Ok(chosen)
    }

    fn admits(&self, entry: &Registered) -> bool {
        let about = entry.unit.about();
        self.words.iter().all(|word| entry.mentions(word))
            && self.resource.as_ref().is_none_or(|name| is_called(about.resource, name))
            && self.effect.is_none_or(|effect| effect.effect() == about.effect)
    }
}

impl EffectName {
    fn effect(self) -> Effect {
        match self {
            Self::Read => Effect::Read,
            Self::Create => Effect::Create,
            Self::Update => Effect::Update,
            Self::Delete => Effect::Delete,
        }
    }
}

fn is_called(resource: Resource, name: &str) -> bool {
    [resource.key, resource.label].iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// Returns the manifest with the chosen units, or a list of manifests if there are several components.
fn as_json(all: &Catalog, chosen: &Catalog) -> String {
    let of_component = |component: &&'static Component| {
        let mut whole = manifest::of_component(component, all);
        let own = |unit: &Value| unit["key"].as_str().is_some_and(|key| chosen.named(key).next().is_some());
        for member in UNITS {
            if let Some(units) = whole[member].as_array_mut() {
                units.retain(own);
            }
        }
        whole
    };
    let mut manifests: Vec<_> = chosen.components().iter().map(of_component).collect();
    let whole = if manifests.len() == 1 { manifests.remove(0) } else { Value::Array(manifests) };
    format!("{whole:#}")
}

fn for_people(catalog: &Catalog) -> String {
    let bold = if terminal::colours() { Style::new().bold() } else { Style::new() };
    let width = terminal::is_stdout().then(terminal::width);
    let mut text = String::new();
    for component in catalog.components() {
        let _ = writeln!(text, "{} ({})", component.label, component.key);
        for resource in resources(catalog, component) {
            let _ = writeln!(text, "\n{bold}{}{bold:#}", resource.label);
            write_units(&mut text, &units_of(catalog, component, resource), width);
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

/// Writes a line for each unit. Where they must fit a width, the labels give way, and the help is cut.
fn write_units(text: &mut String, units: &[&Registered], width: Option<usize>) {
    let widest = |of: fn(&Registered) -> usize| units.iter().map(|entry| of(entry)).max().unwrap_or(0);
    let keys = widest(|entry| entry.unit.about().key.len());
    let labels = widest(|entry| entry.unit.about().label.len());
    let labelled = width.is_none_or(|width| keys + labels + HELP_WIDTH <= width);
    for entry in units {
        let about = entry.unit.about();
        let note = if about.deprecated.is_some() { "Deprecated. " } else { "" };
        let (key, label, kind, help) = (about.key, about.label, effect_or_kind(entry.unit), first_sentence(about.help));
        let label = if labelled { format!("{label:labels$}  ") } else { String::new() };
        let line = format!("  {key:keys$}  {label}{kind:8}  {note}{help}");
        let _ = writeln!(text, "{}", width.map_or(line.clone(), |width| fitted(&line, width)));
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

pub(super) fn first_sentence(help: &str) -> &str {
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
