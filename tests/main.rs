//! What Pipefit promises, tested from outside over real HTTP on loopback.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

mod architecture;
mod catalogue;
mod cli;
mod conformance;
mod doctor;
mod paging;
mod policy;
mod requests;
mod runtime;
mod second;
mod support;
mod transport;
mod trigger;
