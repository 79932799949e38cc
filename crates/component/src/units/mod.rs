//! Units (actions, data sources and triggers) and the catalog of all registered units.

mod about;
mod action;
mod catalog;
mod data_source;
mod sample;
mod trigger;

pub use about::{About, Deprecation, Effect, Resource};
pub use action::Action;
pub use catalog::{Catalog, Component, Registered, Unit, UnitKind};
pub use data_source::{Choices, DataSource, Order};
pub use sample::{Sample, Samples};
pub use trigger::{ChangeFields, Changes, Feed, Feeds, Poll, Polling, Skipped, Trigger};
