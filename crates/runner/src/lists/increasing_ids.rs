//! Increasing ids in little memory: one or two bytes for each of the usual ones.

/// Increasing numbers, as the differences between them in groups of seven bits.
#[derive(Debug, Default)]
pub(super) struct IncreasingIds {
    differences: Vec<u8>,
    last: Option<i64>,
}

impl IncreasingIds {
    pub(super) fn last(&self) -> Option<i64> {
        self.last
    }

    /// Adds an id, and returns whether it is greater than all before. Otherwise nothing is added.
    pub(super) fn push(&mut self, id: i64) -> bool {
        if self.last.is_some_and(|last| id <= last) {
            return false;
        }
        let mut rest = id.wrapping_sub(self.last.unwrap_or_default()).cast_unsigned();
        while rest >= 0x80 {
            self.differences.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        self.differences.push(rest.to_le_bytes()[0]);
        self.last = Some(id);
        true
    }

    /// Iterates over all ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = i64> {
        self.differences.split_inclusive(|byte| *byte < 0x80).scan(0_i64, |last, bytes| {
            let difference = bytes.iter().rev().fold(0_u64, |value, byte| value << 7 | u64::from(byte & 0x7F));
            *last = last.wrapping_add(difference.cast_signed());
            Some(*last)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_every_id() {
        let ids = [i64::MIN, -1, 0, 1, 128, 10_978_752_986, i64::MAX];
        let mut kept = IncreasingIds::default();
        assert!(ids.iter().all(|id| kept.push(*id)) && !kept.push(i64::MAX));
        assert_eq!((kept.iter().collect::<Vec<_>>(), kept.last()), (ids.to_vec(), Some(i64::MAX)));
    }

    #[test]
    fn takes_little_memory() {
        let mut kept = IncreasingIds::default();
        (0..10_000).for_each(|number| assert!(kept.push(10_978_752_986 + 100 * number)));
        assert!(kept.differences.len() < 10_010);
    }
}
