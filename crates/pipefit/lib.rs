//! Pipefit runs integration components: actions, data sources for dropdowns, and polling triggers.
//!
//! A [`Runtime`] is built once; [`Runtime::invoke`] then runs an [`Invocation`]. It checks the inputs, authenticates,
//! sends the request, and returns the response of the service unchanged.
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
//! This example uses the sandbox instead of the service. For a real account, build the runtime with
//! `Runtime::builder().connection("main", connection).build()?` and add the input `"connection": "main"`, or use the
//! connection object itself as the input.
//!
//! Failures are an [`Error`] with a [`Code`]. The [`Catalog`] contains everything that can be invoked.
//!
//! The feature `cli`, which is a default, is for the command. A program that embeds the crate needs only the components
//! that it uses: `default-features = false, features = ["servicetitan"]`. `sandbox` adds the local `ServiceTitan`, and
//! `server` serves a runtime to other programs.

#[cfg(feature = "sandbox")]
mod demo;

#[cfg(feature = "sandbox")]
pub use demo::{at_sandbox, sandbox_connection, sandbox_runtime};
pub use pipefit_component as component;
pub use pipefit_component::{Catalog, Code, Component, Error, Issue, Problem, Registered, Result, Unit, UnitKind};
#[cfg(feature = "restate")]
pub use pipefit_restate as restate;
pub use pipefit_runner as runner;
pub use pipefit_runner::{Invocation, InvocationHandle, PreparedInvocation, Reply, Runtime};
#[cfg(feature = "sandbox")]
pub use pipefit_sandbox as sandbox;
#[cfg(feature = "server")]
pub use pipefit_server as server;
/// The `ServiceTitan` component. Re-exporting it links the crate, which registers its units.
#[cfg(feature = "servicetitan")]
pub use pipefit_servicetitan as servicetitan;

#[cfg(all(doctest, feature = "cli"))]
#[doc = include_str!("../../README.md")]
mod readme {}

#[cfg(all(doctest, feature = "cli"))]
#[doc = include_str!("../../docs/rust.md")]
mod guide {}

#[cfg(all(doctest, feature = "cli"))]
#[doc = include_str!("../../docs/http.md")]
mod http {}

#[cfg(test)]
mod tests {
    const PAGE: &str = include_str!("../../docs/components.md");
    const JOBS: &str = include_str!("../servicetitan/src/resources/jobs.rs");

    #[test]
    fn documents_quote_an_action() {
        let shown = PAGE.split("```rust,ignore\n").nth(1).and_then(|rest| rest.split("```").next());
        assert!(shown.is_some_and(|action| JOBS.contains(action)), "docs/components.md and jobs.rs differ");
    }
}
