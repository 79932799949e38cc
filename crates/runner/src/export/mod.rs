//! What is exported from the declarations: the manifest, schemas and forms for builders, documents for people.

pub mod documents;
mod forms;
pub mod manifest;
mod schemas;

pub use schemas::files;
