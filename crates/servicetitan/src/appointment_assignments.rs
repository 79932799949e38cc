//! Who goes to which visit.
