//! Which records a request selects, kept so that reading page after page costs the filtering once.

use std::sync::{Arc, Mutex};

use crate::data::lock;

/// How many selections are kept.
const KEPT: usize = 8;

/// The slots of the selected records, in order.
pub(super) enum Selection {
    /// Every slot from 0.
    Whole(u32),
    Some(Arc<Vec<u32>>),
}

impl Selection {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Whole(count) => *count as usize,
            Self::Some(slots) => slots.len(),
        }
    }

    pub(super) fn at(&self, place: usize) -> u32 {
        match self {
            Self::Whole(_) => u32::try_from(place).unwrap_or(u32::MAX),
            Self::Some(slots) => slots[place],
        }
    }
}

/// The latest selections.
#[derive(Default)]
pub(crate) struct Selections(Mutex<Vec<Kept>>);

/// What was asked, of which version of the data, and what it selected.
type Kept = (String, u64, Arc<Vec<u32>>);

impl Selections {
    pub(super) fn find(&self, key: &str, version: u64) -> Option<Arc<Vec<u32>>> {
        let mut kept = lock(&self.0);
        kept.retain(|(_, of, _)| *of == version);
        let at = kept.iter().position(|(known, ..)| known == key)?;
        let found = kept.remove(at);
        let slots = Arc::clone(&found.2);
        kept.push(found);
        Some(slots)
    }

    pub(super) fn keep(&self, key: String, version: u64, slots: Arc<Vec<u32>>) {
        let mut kept = lock(&self.0);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((key, version, slots));
    }
}
