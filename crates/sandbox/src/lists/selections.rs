//! Which records a request selects, kept so that reading page after page costs the filtering once.

use std::sync::{Arc, Mutex};

use crate::data::lock;

const KEPT: usize = 8;

#[derive(Default)]
pub(crate) struct Selections(Mutex<Vec<Kept>>);

/// What was asked, of which version of the data, and what it selected.
type Kept = (String, u64, Arc<Vec<u32>>);

impl Selections {
    /// What is kept under a key, or else found out.
    pub(super) fn get(&self, key: String, version: u64, select: impl FnOnce() -> Vec<u32>) -> Arc<Vec<u32>> {
        let taken = {
            let mut kept = lock(&self.0);
            kept.retain(|(_, of, _)| *of == version);
            let at = kept.iter().position(|(known, ..)| *known == key);
            at.map(|at| kept.remove(at).2)
        };
        let slots = taken.unwrap_or_else(|| Arc::new(select()));
        let mut kept = lock(&self.0);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((key, version, Arc::clone(&slots)));
        slots
    }
}
