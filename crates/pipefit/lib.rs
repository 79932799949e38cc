//! Pipefit runs integration components: actions, data sources for dropdowns, and polling triggers.
//!
//! A [`Runtime`] is built once; [`Runtime::invoke`] then runs an [`Invocation`] from anywhere. It checks the inputs,
//! authenticates, sends, and returns what the service returned, digit for digit.
//!
//! ```
//! use pipefit::{Invocation, sandbox::Sandbox, sandbox_runtime};
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let sandbox = Sandbox::builder().start().await?;
//!     let runtime = sandbox_runtime(&sandbox).build()?;
//!     let inputs = serde_json::json!({"jobId": "10978752986"});
//!     let job = runtime.invoke(Invocation::action("getJob", inputs)).await?;
//!     println!("{job}");
//!     Ok(())
//! }
//! ```
//!
//! The sandbox stands in for the service here. For a real account leave it out, and name a connection: build the
//! runtime with `Runtime::builder().connection("main", fields).build()?` and put `"connection": "main"` among the
//! inputs, or put the connection object itself there.
//!
//! What goes wrong is an [`Error`]: branch on its [`Code`]. What there is to invoke is in the [`Catalog`].

mod demo;

pub use demo::{sandbox_connection, sandbox_runtime};
pub use pipefit_component as component;
pub use pipefit_component::{Catalog, Code, Component, Error, Issue, Problem, Registered, Result, Unit, UnitKind};
pub use pipefit_runner as runner;
pub use pipefit_runner::{Invocation, Reply, Runtime};
pub use pipefit_sandbox as sandbox;
/// The `ServiceTitan` component. Naming the crate links it, and linking it registers its units.
pub use pipefit_servicetitan as servicetitan;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

#[cfg(test)]
mod tests {
    const README: &str = include_str!("../../README.md");
    const JOBS: &str = include_str!("../servicetitan/src/resources/jobs.rs");

    #[test]
    fn readme_shows_an_action_as_it_is() {
        let shown = README.split("```rust,ignore\n").nth(1).and_then(|rest| rest.split("```").next());
        assert!(shown.is_some_and(|action| JOBS.contains(action)), "README.md shows another GetJob than jobs.rs has");
    }
}
