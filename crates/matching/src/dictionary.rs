//! Texts as numbers, with how often each occurs.

use xxhash_rust::xxh3::xxh3_64;

/// Texts up to this many bytes stand in their entry: one look at memory instead of three.
const SHORT: usize = 16;

/// A value and how many rows have it.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    count: u32,
    length: u32,
    /// The text, or, of a longer one, where it begins in the long texts.
    text: [u8; SHORT],
}

/// Interned values of one field of both sides. Number 0 is the missing value; others begin at 1.
#[derive(Debug, Clone)]
pub struct Dictionary {
    entries: Vec<Entry>,
    long: Vec<u8>,
    /// Open addressing: number of a value and 32 bits of its hash, or zeros.
    slots: Vec<(u32, u32)>,
    total: u64,
}

/// Texts, one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Texts {
    pub fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> + Clone {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.bytes[start..*end])
    }
}

/// So many values are asked for at a time: memory answers them together in the time of a few.
const ASKED: usize = 32;

impl Default for Dictionary {
    fn default() -> Self {
        Self { entries: vec![Entry::default()], long: Vec::new(), slots: vec![(0, 0); 64], total: 0 }
    }
}

/// The low 32 bits.
fn tag(hash: u64) -> u32 {
    u32::try_from(hash & 0xffff_ffff).expect("32 bits")
}

impl Dictionary {
    /// The number of a value, which is counted once more. The empty text is 0 and not counted.
    pub fn intern(&mut self, value: &[u8]) -> u32 {
        if value.is_empty() { 0 } else { self.intern_hashed(value, xxh3_64(value)) }
    }

    /// As [`Self::intern`] for each text in turn.
    pub(crate) fn intern_all(&mut self, texts: &Texts, mut found: impl FnMut(u32)) {
        let mut asked = Vec::with_capacity(ASKED);
        let mut rest = texts.iter();
        loop {
            asked.extend(rest.by_ref().take(ASKED).map(|text| (text, xxh3_64(text))));
            if asked.is_empty() {
                return;
            }
            let slot = |hash| self.slots[Self::start(hash, self.slots.len() - 1)].0;
            std::hint::black_box(asked.iter().fold(0, |touched, (_, hash)| touched ^ slot(*hash)));
            let count = |hash| self.entries[slot(hash) as usize].count;
            std::hint::black_box(asked.iter().fold(0, |touched, (_, hash)| touched ^ count(*hash)));
            for (text, hash) in asked.drain(..) {
                found(if text.is_empty() { 0 } else { self.intern_hashed(text, hash) });
            }
        }
    }

    /// The number of a value, or 0.
    pub(crate) fn find(&self, value: &[u8]) -> u32 {
        let hash = xxh3_64(value);
        let mask = self.slots.len() - 1;
        let mut at = Self::start(hash, mask);
        loop {
            let (number, found) = self.slots[at];
            if number == 0 || found == tag(hash) && self.bytes(number) == value {
                return number;
            }
            at = (at + 1) & mask;
        }
    }

    fn intern_hashed(&mut self, value: &[u8], hash: u64) -> u32 {
        let mask = self.slots.len() - 1;
        let mut at = Self::start(hash, mask);
        loop {
            let (number, found) = self.slots[at];
            if number == 0 {
                return self.add(value, hash, at);
            }
            if found == tag(hash) && self.bytes(number) == value {
                self.entries[number as usize].count += 1;
                self.total += 1;
                return number;
            }
            at = (at + 1) & mask;
        }
    }

    fn start(hash: u64, mask: usize) -> usize {
        usize::try_from(hash >> 20).map_or(0, |hash| hash & mask)
    }

    fn add(&mut self, value: &[u8], hash: u64, at: usize) -> u32 {
        let number = u32::try_from(self.entries.len()).expect("fewer than 4 billion distinct values");
        let length = u32::try_from(value.len()).expect("a cell is far shorter");
        let mut entry = Entry { count: 1, length, text: [0; SHORT] };
        if let Some(text) = entry.text.get_mut(..value.len()) {
            text.copy_from_slice(value);
        } else {
            entry.text[..8].copy_from_slice(&(self.long.len() as u64).to_le_bytes());
            self.long.extend_from_slice(value);
        }
        self.entries.push(entry);
        self.total += 1;
        self.slots[at] = (number, tag(hash));
        if self.entries.len() * 5 > self.slots.len() * 3 {
            self.grow();
        }
        number
    }

    fn grow(&mut self) {
        let size = self.slots.len() * 2;
        self.slots = vec![(0, 0); size];
        for number in 1..u32::try_from(self.entries.len()).expect("checked when added") {
            let hash = xxh3_64(self.bytes(number));
            let mut at = Self::start(hash, size - 1);
            while self.slots[at].0 != 0 {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = (number, tag(hash));
        }
    }

    /// The number of a value of which it is known how many rows have it; those of one that is here already stay. The empty
    /// text is 0.
    pub fn intern_as(&mut self, value: &[u8], count: u32) -> u32 {
        let known = self.entries.len();
        let number = self.intern(value);
        if number as usize == known {
            self.entries[known].count = count.max(1);
        } else if number != 0 {
            self.entries[number as usize].count -= 1;
        }
        number
    }

    /// Sets how many rows have any value, where that is known.
    pub fn set_total(&mut self, total: u64) {
        self.total = total;
    }

    /// The value of a number; empty for 0.
    #[must_use]
    pub fn bytes(&self, number: u32) -> &[u8] {
        let entry = &self.entries[number as usize];
        let length = entry.length as usize;
        if length <= SHORT {
            return &entry.text[..length];
        }
        let [start, _] = entry.text.as_chunks::<8>().0 else { return &[] };
        let start = usize::try_from(u64::from_le_bytes(*start)).expect("a place in memory");
        &self.long[start..start + length]
    }

    /// The values in the order of their numbers, the missing one first.
    pub(crate) fn values(&self) -> impl Iterator<Item = &[u8]> {
        (0..u32::try_from(self.entries.len()).unwrap_or(u32::MAX)).map(|number| self.bytes(number))
    }

    /// The value of a number as text.
    #[must_use]
    pub fn text(&self, number: u32) -> &str {
        std::str::from_utf8(self.bytes(number)).unwrap_or_default()
    }

    /// How many rows have the value.
    #[must_use]
    pub fn count(&self, number: u32) -> u32 {
        self.entries[number as usize].count
    }

    /// How many rows have any value.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many numbers there are, that of the missing value included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no value was interned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.len() == 1
    }

    /// Lets go of what only interning needs.
    pub fn freeze(&mut self) {
        self.slots = vec![(0, 0); 64];
        self.entries.shrink_to_fit();
        self.long.shrink_to_fit();
    }

    /// The chance that another row has this value, given that two have it; see [`frequency`].
    #[must_use]
    pub fn frequency(&self, number: u32, usual_values: f64) -> f64 {
        frequency(self.count(number), self.total, usual_values)
    }
}

/// The chance that another row has a value that `count` of `total` rows have, two of which are being compared: how many
/// others have it; and where no other has it, less than one in all rows, and less than one in as many as a field usually has
/// values, which is all that a small file can say. Never 0.
#[must_use]
pub fn frequency(count: u32, total: u64, usual_values: f64) -> f64 {
    let others = f64::from(count.saturating_sub(2));
    let rows = total as f64 + 1.0;
    others / rows + 1.0 / (rows + usual_values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_and_counted() {
        let mut names = Dictionary::default();
        for round in 0..3 {
            for name in 0..1000 {
                let number = names.intern(format!("name {name}").as_bytes());
                assert_eq!(number, name + 1, "{round}");
            }
        }
        assert_eq!(names.intern(b""), 0);
        assert_eq!(
            (names.len(), names.total(), names.count(1), names.text(1000)),
            (1001, 3000, 3, "name 999")
        );
        assert!(names.frequency(1, 500.0) < 0.001);
    }
}
