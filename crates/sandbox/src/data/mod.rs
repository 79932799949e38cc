//! The data: how tables and their fields are declared, the records they are seeded with, and the changes since.

pub(crate) mod clock;
pub(crate) mod field;
pub(crate) mod filter;
pub(crate) mod json;
pub(crate) mod kind;
pub(crate) mod references;
pub(crate) mod rng;
pub(crate) mod row;
pub(crate) mod seed;
pub(crate) mod seed_data;
pub(crate) mod store;
pub(crate) mod table;
pub(crate) mod words;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is behind a lock; a panic elsewhere leaves it usable.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
