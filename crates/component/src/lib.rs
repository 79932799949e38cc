//! The contract between a component and the runtime.
//!
//! A component declares; the runtime acts. This crate holds what both need: the [units] of a component, the [inputs]
//! that they take, the [requests] that they build, what their [replies] hold, the [facts of a service](services) that
//! the runtime goes by, and the [catalog](Catalog) of everything that is registered. It knows no HTTP client and no
//! clock.

mod error;
pub mod inputs;
mod issue;
pub mod prelude;
pub mod replies;
pub mod requests;
pub mod schema;
pub mod services;
pub mod units;

pub use error::{Code, Error, Result};
pub use inputs::{
    CONNECTION, Choice, Collection, Constant, DEBUG_REQUEST, EMPTY, FETCH_ALL, File, Input, Inputs, Kind, LIMIT,
    PICKLIST_INPUTS, Role, SEARCH, TRUE_OR_FALSE, VALUE, coerce, named, plain, scalars,
};
pub use issue::{Issue, Problem};
pub use replies::{Field, Output, Record};
pub use requests::{
    Api, Body, Draft, Expect, ListEndpoint, Method, Part, PartBody, Request, Response, Retry, Sorting, Transport,
    template,
};
pub use services::{
    Authentication, ChainedPages, Check, Checks, ClientCredentials, Connection, ErrorFormat, Grant, HeaderKey, Next,
    NumberedPages, PageLayout, PageMember, PageRole, Paging, Probe, ServiceError, Target, TokenRequest,
};
pub use units::{
    About, Action, Catalog, ChangeFields, Changes, Choices, Component, DataSource, Deprecation, Effect, Feed, Feeds,
    Order, Poll, Polling, Registered, Resource, Trigger, Unit, UnitKind,
};

#[doc(hidden)]
pub use inventory;
