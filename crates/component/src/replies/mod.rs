//! The types of replies: records, pages, files, single values.

mod output;
mod record;

pub use output::Output;
pub use record::{Field, Record};
