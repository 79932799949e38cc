//! Serves a runtime over HTTP. So far that is the [`playground`]: a page on loopback for trying units by hand.

mod assets;
mod guard;
pub mod playground;
pub mod rpc;
