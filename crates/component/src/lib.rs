//! The contract between a component and the runtime.
//!
//! A component declares; the runtime acts. This crate holds what both need to speak: the traits of
//! [actions](Action), [data sources](DataSource), [triggers](Trigger) and [connections](Connection), the
//! [inputs](Input) they declare, the [request](Request) they build, and the [catalogue](Catalog) of all that
//! was registered. It knows no HTTP client and no clock.

mod about;
mod action;
mod catalog;
mod connection;
mod controls;
mod error;
mod file;
mod input;
mod inputs;
mod issue;
mod kind;
mod output;
pub mod prelude;
mod record;
mod request;
pub mod schema;
pub mod shape;
mod source;
pub mod template;
mod transport;
mod trigger;

pub use about::{About, Deprecation, Effect, Resource};
pub use action::Action;
pub use catalog::{Catalog, Component, Registered, Unit};
pub use connection::{Auth, Check, Checks, ClientCredentials, Connection, Grant, Probe, Target};
pub use controls::{CONNECTION, DEBUG_REQUEST, FETCH_ALL, LIMIT, PICKLIST_INPUTS, SEARCH, VALUE};
pub use error::{Code, Error, Result};
pub use file::File;
pub use input::{Choice, Collection, Constant, EMPTY, Input, Role, TRUE_OR_FALSE, named, plain};
pub use inputs::{Inputs, canonical};
pub use issue::{Issue, Problem};
pub use kind::Kind;
pub use output::Output;
pub use record::{Field, Record};
pub use request::{Api, Body, Draft, Expect, Method, Paging, Part, PartBody, Request, Retry};
pub use source::{DataSource, Order, Picklist};
pub use transport::{Reply, Transport};
pub use trigger::{Poll, Trigger};

#[doc(hidden)]
pub use inventory;
