//! What Pipefit promises, tested from outside over real HTTP on loopback.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

mod account;
mod accounting;
mod api;
mod architecture;
#[cfg(unix)]
mod arguments;
mod attachments;
mod broken_feeds;
mod catalogue;
mod cli;
mod coercion;
mod conformance;
mod customers;
mod doctor;
mod documents;
mod fields;
mod fuzzing;
mod hardening;
mod host;
mod http_face;
mod logs;
mod misbehaving;
mod narrowing;
mod once;
#[cfg(unix)]
mod operator;
mod output;
mod paging;
mod people;
#[cfg(unix)]
mod pictures;
mod plain_inputs;
mod playground;
mod policy;
mod pooling;
mod properties;
mod raw_request;
mod requests;
mod rpc;
mod runtime;
mod scheduling;
mod scopes;
mod second;
mod secrets;
#[cfg(unix)]
mod settings;
mod simulation;
mod slips;
mod support;
mod telemetry;
mod tenants;
#[cfg(unix)]
mod terminal;
mod tls;
mod transport;
mod trigger;
