//! Draws: everything that a case consists of follows from its seed.

use std::ops::Range;

pub(crate) struct Draw(fastrand::Rng);

impl Draw {
    pub(crate) fn of(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.0.u64(..)
    }

    pub(super) fn flag(&mut self) -> bool {
        self.0.bool()
    }

    pub(super) fn number(&mut self, range: Range<usize>) -> usize {
        self.0.usize(range)
    }

    /// Whether one of `several` draws is it.
    pub(super) fn one_in(&mut self, several: usize) -> bool {
        self.number(0..several) == 0
    }

    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.number(0..choices.len())]
    }

    /// One of several choices, each as often as the number beside it says.
    pub(super) fn weighted<T: Copy>(&mut self, choices: &[(usize, T)]) -> T {
        let mut at = self.number(0..choices.iter().map(|(weight, _)| weight).sum());
        let chosen = choices.iter().find(|(weight, _)| {
            let found = at < *weight;
            at = at.saturating_sub(*weight);
            found
        });
        chosen.unwrap().1
    }

    pub(super) fn list<T>(&mut self, lengths: Range<usize>, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.number(lengths)).map(|_| one(self)).collect()
    }

    /// A text of fewer than `most` characters, of any kind.
    pub(super) fn text(&mut self, most: usize) -> String {
        const NOTABLE: [char; 24] = [
            '"', '\\', '/', '%', '+', ' ', '\0', '\t', '\r', '\n', '\u{1b}', '\u{7f}', '\u{85}', '\u{202e}',
            '\u{feff}', '\u{fffd}', '&', '=', '{', '}', '…', 'é', '😀', '\'',
        ];
        (0..self.number(0..most))
            .map(|_| match self.number(0..4) {
                0 => self.0.char(..),
                1 => *self.pick(&NOTABLE),
                _ => self.0.char(' '..='~'),
            })
            .collect()
    }

    pub(super) fn letters(&mut self, lengths: Range<usize>) -> String {
        (0..self.number(lengths)).map(|_| self.0.alphabetic()).collect()
    }
}
