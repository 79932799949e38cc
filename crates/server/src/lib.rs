//! Serves a runtime: to other programs over HTTP ([`http`]) and JSON-RPC ([`rpc`]), and to people by the
//! [`playground`], a page on loopback for trying units by hand.

mod assets;
mod errors;
mod guard;
pub mod http;
mod notes;
pub mod playground;
pub mod rpc;
#[cfg(unix)]
mod socket;
