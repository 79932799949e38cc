//! Random numbers that follow from a seed.

/// A generator; the same seed gives the same numbers.
pub(crate) struct Rng(fastrand::Rng);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    pub(crate) fn u64(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// A number from 0 up to this limit, the limit excluded; 0 if the limit is 0.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.0.u32(..limit.max(1))
    }

    pub(crate) fn below_i64(&mut self, limit: i64) -> i64 {
        self.0.i64(0..limit.max(1))
    }

    pub(crate) fn one_in(&mut self, chances: u32) -> bool {
        self.below(chances) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.0.usize(..from.len())]
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.0.f64() < probability
    }
}

/// FNV-1a: a stable number for a name.
pub(crate) const fn hash(text: &str) -> u64 {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < text.len() {
        sum = (sum ^ text.as_bytes()[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    sum
}
