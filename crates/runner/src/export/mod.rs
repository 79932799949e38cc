//! Exports: manifests, schemas and UI schemas for form builders, and documentation for people.

mod data_sources;
mod definitions;
pub mod documents;
mod forms;
pub mod manifest;
mod schemas;
mod types;

pub use schemas::{files, schemas_of};
