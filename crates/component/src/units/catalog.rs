//! The catalog: all registered units, sorted, to be found by key.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use crate::{About, Action, Connection, DataSource, ErrorFormat, Input, Samples, Trigger};

/// A component: the connection to one service, and what its units have in common.
pub struct Component {
    /// Stable name, in lower case: `servicetitan`.
    pub key: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// What the component is for, in one sentence.
    pub help: &'static str,
    /// The connection that its units use.
    pub connection: &'static dyn Connection,
    /// The layout of the service's error bodies.
    pub errors: ErrorFormat,
    /// Inputs to try its units with.
    pub samples: Samples,
}

/// The kind of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum UnitKind {
    /// An operation.
    Action,
    /// The entries of a dropdown.
    DataSource,
    /// The changes since the last poll.
    Trigger,
}

impl UnitKind {
    /// Every kind, in display order.
    pub const ALL: [Self; 3] = [Self::Action, Self::DataSource, Self::Trigger];

    /// The member of an invocation that names a unit of this kind.
    pub fn member(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::DataSource => "dataSource",
            Self::Trigger => "trigger",
        }
    }

    /// Returns the kind with this member.
    pub fn named(member: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.member() == member)
    }

    /// The name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::DataSource => "data source",
            Self::Trigger => "trigger",
        }
    }
}

/// An action, a data source or a trigger.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Unit {
    /// An operation.
    Action(&'static dyn Action),
    /// The entries of a dropdown.
    DataSource(&'static dyn DataSource),
    /// The changes since the last poll.
    Trigger(&'static dyn Trigger),
}

/// A registered unit, its component, and the source line that registered it.
#[derive(Clone, Copy)]
pub struct Registered {
    /// The component.
    pub component: &'static Component,
    /// The unit.
    pub unit: Unit,
    /// The name of the struct.
    pub name: &'static str,
    /// The source file that registered the unit.
    pub file: &'static str,
    /// The line of that file.
    pub line: u32,
}

inventory::collect!(Registered);

/// Registers a unit struct: `register!(action GetJob)`, `register!(source SelectJob)`,
/// `register!(trigger PollChanges)`. Expects the component to be `crate::COMPONENT`.
#[macro_export]
#[expect(clippy::crate_in_macro_def, reason = "the component is the caller's crate")]
macro_rules! register {
    (action $unit:ident) => {
        $crate::register!(@ Action $unit);
    };
    (source $unit:ident) => {
        $crate::register!(@ DataSource $unit);
    };
    (trigger $unit:ident) => {
        $crate::register!(@ Trigger $unit);
    };
    (@ $kind:ident $unit:ident) => {
        $crate::inventory::submit! {
            $crate::Registered {
                component: &crate::COMPONENT,
                unit: $crate::Unit::$kind(&$unit),
                name: stringify!($unit),
                file: file!(),
                line: line!(),
            }
        }
    };
}

impl Unit {
    /// Key, label, resource, effect and help.
    pub fn about(self) -> About {
        match self {
            Self::Action(action) => action.about(),
            Self::DataSource(source) => source.about(),
            Self::Trigger(trigger) => trigger.about(),
        }
    }

    /// The declared inputs.
    pub fn inputs(self) -> &'static [Input] {
        match self {
            Self::Action(action) => action.inputs(),
            Self::DataSource(source) => source.inputs(),
            Self::Trigger(trigger) => trigger.inputs(),
        }
    }

    /// All inputs that it accepts: the declared ones, and those that look up the entries of a data source.
    pub fn all_inputs(self) -> Vec<&'static Input> {
        self.inputs().iter().chain(self.lookup_inputs()).collect()
    }

    /// The inputs that look up the entries of a data source: those that narrow its list, and those of every data
    /// source.
    pub fn lookup_inputs(self) -> impl Iterator<Item = &'static Input> {
        let (narrowing, added): (&[_], _) = match self {
            Self::DataSource(source) => (source.choices().narrowed_by, crate::PICKLIST_INPUTS),
            _ => (&[], &[] as &[_]),
        };
        narrowing.iter().chain(added)
    }

    /// The kind of the unit.
    pub fn kind(self) -> UnitKind {
        match self {
            Self::Action(_) => UnitKind::Action,
            Self::DataSource(_) => UnitKind::DataSource,
            Self::Trigger(_) => UnitKind::Trigger,
        }
    }
}

impl fmt::Debug for Registered {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}.{} ({}:{})", self.unit.kind().member(), self.component.key, self.name, self.file, self.line)
    }
}

/// The units of one or more components, in display order. A clone is the same catalog.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    units: Arc<[Registered]>,
    /// The places of the units with a key or alias.
    places: Arc<HashMap<&'static str, Vec<usize>>>,
}

impl Catalog {
    /// Returns all units that are linked into this program.
    pub fn registered() -> Self {
        static ALL: LazyLock<Catalog> =
            LazyLock::new(|| Catalog::of(inventory::iter::<Registered>.into_iter().copied()));
        ALL.clone()
    }

    /// Returns a catalog of these units.
    pub fn of(units: impl IntoIterator<Item = Registered>) -> Self {
        let mut units: Vec<_> = units.into_iter().collect();
        units.sort_by_cached_key(|entry| {
            let about = entry.unit.about();
            (entry.component.key, entry.unit.kind(), about.label, about.key)
        });
        let mut places = HashMap::<_, Vec<_>>::new();
        for (place, entry) in units.iter().enumerate() {
            let about = entry.unit.about();
            for name in [about.key].iter().chain(about.aliases) {
                places.entry(*name).or_default().push(place);
            }
        }
        Self { units: units.into(), places: Arc::new(places) }
    }

    /// All units, sorted by component, kind and label.
    pub fn units(&self) -> &[Registered] {
        &self.units
    }

    /// The components, sorted by key.
    pub fn components(&self) -> Vec<&'static Component> {
        let mut components: Vec<_> = self.units.iter().map(|entry| entry.component).collect();
        components.dedup_by_key(|component| component.key);
        components
    }

    /// The actions.
    pub fn actions(&self) -> impl Iterator<Item = &'static dyn Action> {
        self.units.iter().filter_map(|entry| match entry.unit {
            Unit::Action(action) => Some(action),
            _ => None,
        })
    }

    /// Returns the first unit of this kind with this key or alias, optionally of one component only.
    pub fn find(&self, component: Option<&str>, kind: UnitKind, key: &str) -> Option<&Registered> {
        self.matching(component, kind, key).next()
    }

    /// Returns all units of this kind with this key or alias, optionally of one component only.
    pub fn matching<'a, 'k>(
        &'a self,
        component: Option<&'k str>,
        kind: UnitKind,
        key: &'k str,
    ) -> impl Iterator<Item = &'a Registered> {
        let of_component = move |entry: &&Registered| component.is_none_or(|key| key == entry.component.key);
        self.named(key).filter(move |entry| entry.unit.kind() == kind).filter(of_component)
    }

    /// Returns all units, of any kind, with this key or alias.
    pub fn named<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a Registered> {
        self.places.get(key).into_iter().flatten().map(|place| &self.units[*place])
    }
}

impl Registered {
    /// Whether this is the key or an alias of the unit.
    pub fn is_called(&self, key: &str) -> bool {
        let about = self.unit.about();
        about.key == key || about.aliases.contains(&key)
    }

    /// Whether its key, label, resource or help has this text in it, in any letter case.
    pub fn mentions(&self, text: &str) -> bool {
        let about = self.unit.about();
        let own = [about.key, about.label, about.resource.label, about.help].join(" ").to_lowercase();
        own.contains(&text.to_lowercase())
    }
}
