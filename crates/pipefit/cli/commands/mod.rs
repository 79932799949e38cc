//! The commands, a file for each.

#[cfg(feature = "restate")]
pub(super) mod call;
pub(super) mod connection;
pub(super) mod describe;
pub(super) mod explain;
pub(super) mod export;
pub(super) mod http;
pub(super) mod init;
pub(super) mod list;
pub(super) mod playground;
#[cfg(feature = "restate")]
mod restate_server;
pub(super) mod run;
pub(super) mod run_help;
pub(super) mod sandbox;
pub(super) mod scopes;
pub(super) mod serve;
#[cfg(feature = "restate")]
pub(super) mod worker;
