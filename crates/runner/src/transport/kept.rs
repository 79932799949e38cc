//! What is kept between invocations, and for how long.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use foldhash::HashMap;
use ring::digest::{Context, SHA256};

/// How long something is kept that nobody uses.
const UNUSED: Duration = Duration::from_hours(1);

/// Values that are created when they are first needed, shared, and dropped when nobody used them for an hour.
#[derive(Debug)]
pub(crate) struct Kept<K, V> {
    /// The maximum number of values that are kept; the one that was unused longest makes room.
    most: usize,
    entries: Mutex<HashMap<K, Entry<V>>>,
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self { most: usize::MAX, entries: Mutex::default() }
    }
}

#[derive(Debug)]
struct Entry<V> {
    value: Arc<V>,
    used: Instant,
}

impl<K: Clone + Eq + Hash, V> Kept<K, V> {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, entries: Mutex::default() }
    }

    /// Returns the value of this key, which `create` makes if there is none. `now` is the present time.
    pub(super) fn get<Q>(&self, key: &Q, now: Instant, create: impl FnOnce() -> V) -> Arc<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get_mut(key) {
            entry.used = now;
            return Arc::clone(&entry.value);
        }
        self.insert(&mut entries, key.to_owned(), now, create())
    }

    /// Returns the value of this key, if there is one.
    pub(crate) fn find<Q>(&self, key: &Q, now: Instant) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get_mut(key)?;
        entry.used = now;
        Some(Arc::clone(&entry.value))
    }

    /// Sets the value of this key.
    pub(crate) fn put(&self, key: K, now: Instant, value: V) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        self.insert(&mut entries, key, now, value);
    }

    fn insert(&self, entries: &mut HashMap<K, Entry<V>>, key: K, now: Instant, value: V) -> Arc<V> {
        let value = Arc::new(value);
        // What is in use must stay: a second one beside it would not know of the first.
        let in_use = |entry: &Entry<V>| Arc::strong_count(&entry.value) > 1;
        entries.retain(|_, entry| in_use(entry) || now.saturating_duration_since(entry.used) < UNUSED);
        if entries.len() >= self.most
            && let Some(oldest) = entries.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone())
        {
            entries.remove::<K>(&oldest);
        }
        entries.insert(key, Entry { value: Arc::clone(&value), used: now });
        value
    }
}

/// Returns a digest of bytes.
pub(crate) fn digest_of(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(ring::digest::digest(&SHA256, bytes).as_ref());
    digest
}

/// Returns a digest of texts, which tells them apart without containing them.
pub(crate) fn digest<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut context = Context::new(&SHA256);
    for text in texts {
        context.update(&text.len().to_le_bytes());
        context.update(text.as_bytes());
    }
    context.finish().as_ref().iter().fold(String::new(), |name, byte| name + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(kept: &Kept<u32, u32>, key: u32, now: Instant) -> Arc<u32> {
        kept.get(&key, now, || key)
    }

    fn keys(kept: &Kept<u32, u32>) -> Vec<u32> {
        let mut keys: Vec<_> = kept.entries.lock().expect("not poisoned").keys().copied().collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn what_nobody_used_for_an_hour_is_dropped() {
        let (kept, start) = (Kept::new(usize::MAX), Instant::now());
        let minute = |minute| start + Duration::from_mins(minute);
        for key in 0..1_000 {
            get(&kept, key, start);
        }
        let first = get(&kept, 1, minute(10));
        let held = get(&kept, 2, start);
        assert!(Arc::ptr_eq(&first, &get(&kept, 1, minute(59))));
        drop(first);
        get(&kept, 1_000, minute(61));
        assert_eq!(keys(&kept), [1, 2, 1_000], "what was used lately, what is in use, and what is new");
        drop(held);
        get(&kept, 1_001, minute(200));
        assert_eq!(keys(&kept), [1_001]);
    }

    #[test]
    fn the_number_is_bounded() {
        let (kept, start) = (Kept::new(3), Instant::now());
        for key in 0..10 {
            get(&kept, key, start + Duration::from_secs(key.into()));
        }
        assert_eq!(keys(&kept), [7, 8, 9]);
    }

    #[test]
    fn a_digest_tells_texts_apart() {
        assert_ne!(digest(["ab", "c"]), digest(["a", "bc"]));
        assert_eq!(digest(["secret"]).len(), 64);
    }
}
