//! Closed lists of values, as the API spells them.

use pipefit_component::{Choice, EMPTY, plain};

/// The priorities of jobs and bookings.
pub(crate) const PRIORITIES: &[Choice] = &[EMPTY, plain("Low"), plain("Normal"), plain("High"), plain("Urgent")];
