//! What happens to nodes and workers, and when.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::{Failure, Result};

/// The steps of a script, in the order of their times.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    text: String,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// After the first invocation.
    pub(crate) at: Duration,
    pub(crate) verb: Verb,
    pub(crate) target: Target,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Kill,
    Start,
    Freeze,
    Thaw,
}

/// Numbers count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Worker(usize),
    Workers,
    Node(usize),
    Nodes,
    /// The node that leads most partitions when it is killed or frozen; afterwards that node.
    Leader,
}

impl Target {
    pub(crate) fn is_worker(self) -> bool {
        matches!(self, Self::Worker(_) | Self::Workers)
    }
}

impl Step {
    /// Whether something is lost by it.
    pub(crate) fn loses(&self) -> bool {
        matches!(self.verb, Verb::Kill | Verb::Freeze)
    }
}

impl fmt::Display for Script {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl FromStr for Script {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self> {
        let steps = text.split(',').map(|step| read(step).ok_or_else(|| format!("`{}` is no step", step.trim())));
        let mut steps = steps.collect::<std::result::Result<Vec<_>, _>>()?;
        steps.sort_by_key(|step| step.at);
        Ok(Self { text: text.to_owned(), steps })
    }
}

fn read(step: &str) -> Option<Step> {
    let mut words = step.split_whitespace();
    let at = Duration::try_from_secs_f64(words.next()?.parse().ok()?).ok()?;
    let verb = match words.next()? {
        "kill" => Verb::Kill,
        "start" => Verb::Start,
        "freeze" => Verb::Freeze,
        "thaw" => Verb::Thaw,
        _ => return None,
    };
    let kind = words.next()?;
    let number = words.next().map(str::parse::<usize>).transpose().ok()?;
    let number = number.map(|number| number.checked_sub(1).filter(|number| *number < crate::cluster::WORKERS));
    let target = match (kind, number) {
        ("worker", Some(Some(number))) => Target::Worker(number),
        ("node", Some(Some(number))) => Target::Node(number),
        ("workers", None) => Target::Workers,
        ("nodes", None) => Target::Nodes,
        ("leader", None) => Target::Leader,
        _ => return None,
    };
    words.next().is_none().then_some(Step { at, verb, target })
}
