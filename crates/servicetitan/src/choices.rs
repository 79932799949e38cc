//! Closed lists of values, as the API spells them.

use pipefit_component::{Choice, EMPTY, plain};

/// How urgent a job or a booking is.
pub(crate) const PRIORITIES: &[Choice] = &[EMPTY, plain("Low"), plain("Normal"), plain("High"), plain("Urgent")];
