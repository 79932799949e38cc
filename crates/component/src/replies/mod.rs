//! What a reply holds: records, declared a line a field, and the forms in which they come.

mod output;
mod record;

pub use output::Output;
pub use record::{Field, Record};
