//! The contract between components and the runtime.
//!
//! A component declares its [units], the [inputs] that they take, the [requests] that they build, the data of their
//! [replies], and the properties of its [service](services). The runtime finds the units in the [catalog](Catalog) and
//! runs them. This crate contains no HTTP client and no clock.

mod error;
mod guide;
pub mod inputs;
mod issue;
pub mod prelude;
pub mod replies;
pub mod requests;
pub mod schema;
pub mod services;
pub mod units;

pub use error::{Code, Error, Result};
pub use guide::Guide;
pub use inputs::{
    CONNECTION, Choice, Collection, DEBUG_REQUEST, DefaultValue, EMPTY, FETCH_ALL, File, Input, Inputs, Kind, LIMIT,
    PICKLIST_INPUTS, Role, SEARCH, TRUE_OR_FALSE, VALUE, coerce, named, plain, scalars,
};
pub use issue::{Issue, Problem, ValuePath, is_deceptive, shown};
pub use replies::{Field, Output, Record};
pub use requests::{
    Api, Body, Draft, Expect, Filter, FilterValues, IdempotencyKey, IdempotencyKeys, ListEndpoint, Method, Part,
    PartBody, Request, Response, Retry, Sorting, Transport, WrittenRecord, template,
};
pub use services::{
    Authentication, ChainedPages, Check, Checks, ClientCredentials, Connection, ErrorFormat, Grant, HeaderKey, Next,
    NumberedPages, PageLayout, PageMember, PageRole, Paging, Probe, ServiceError, Target, TokenRequest,
};
pub use units::{
    About, Action, Catalog, ChangeFields, Changes, Choices, Component, DataSource, Deprecation, Effect, Feed, Feeds,
    Order, Poll, Polling, Registered, Resource, Sample, Samples, Skipped, Trigger, Unit, UnitKind,
};

#[doc(hidden)]
pub use inventory;
