//! Serves a runtime over HTTP: to programs, by [`http`], and to people, by the [`playground`], a page on loopback for
//! trying units by hand.

mod assets;
mod guard;
pub mod http;
pub mod playground;
