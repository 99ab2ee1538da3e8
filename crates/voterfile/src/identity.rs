//! Who is who over time: a voter keeps the id we gave, by the state's id first, then by a legacy id. Who is left over is
//! matched by what else is known, and an id may turn out to name somebody else: both are told to
//! [`PriorVoters::reassign`].

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed, xxh3_128};

/// A state's id as it is kept: blanks around it removed, in upper case, and a number with the leading zeros (to `pad`
/// digits) that some tool cut off.
#[must_use]
pub fn normalize_id(id: &str, pad: usize) -> Cow<'_, str> {
    let id = id.trim();
    if id.len() < pad && !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Cow::Owned(format!("{id:0>pad$}"));
    }
    if id.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return Cow::Owned(id.to_ascii_uppercase());
    }
    Cow::Borrowed(id)
}

/// A state's id of a voter in sixteen bytes: ids of up to fifteen bytes are kept whole, so that equal keys are equal
/// ids; longer ones by a 128-bit hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdKey(u128);

impl IdKey {
    /// The key of an id, surrounding blanks removed.
    #[must_use]
    pub fn new(id: &str) -> Self {
        let bytes = id.trim().as_bytes();
        let mut packed = [0_u8; 16];
        match packed.get_mut(..bytes.len()) {
            Some(start) if bytes.len() < 16 => {
                start.copy_from_slice(bytes);
                // At most 15, which the last byte can hold; 0xff marks a hash.
                packed[15] = u8::try_from(bytes.len()).unwrap_or(15);
                Self(u128::from_le_bytes(packed))
            }
            _ => Self(xxh3_128(bytes) | (0xff_u128 << 120)),
        }
    }
}

/// Hasher for [`IdKey`], voter ids and hashes in memory.
#[derive(Default)]
pub struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u128(&mut self, value: u128) {
        self.0 = xxh3_64(&value.to_le_bytes());
    }

    fn write_u64(&mut self, value: u64) {
        // Numbers in sets of ours are hashes already.
        self.0 = value;
    }

    fn write_i64(&mut self, value: i64) {
        self.0 = xxh3_64(&value.to_le_bytes());
    }
}

/// A map keyed by ids.
pub type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<KeyHasher>>;

/// Rows by id: 16 bytes a row for the ids in the order of the rows, and 4 bytes a slot of an open hash table that is at
/// most three quarters full. A map of ids to rows would take twice as much.
#[derive(Debug, Default)]
struct IdIndex {
    keys: Vec<IdKey>,
    slots: Vec<u32>,
}

/// No row: a state has fewer voters.
const EMPTY: u32 = u32::MAX;

impl IdIndex {
    fn with_capacity(rows: usize) -> Self {
        let slots = if rows == 0 { 0 } else { Self::slots_for(rows) };
        Self { keys: Vec::with_capacity(rows), slots: vec![EMPTY; slots] }
    }

    fn slots_for(rows: usize) -> usize {
        (rows + rows / 3 + 8).next_power_of_two()
    }

    /// Adds the next row. Of rows with the same id the last one is found.
    fn push(&mut self, key: IdKey) {
        let row = u32::try_from(self.keys.len()).unwrap_or(EMPTY);
        self.keys.push(key);
        if self.slots.len() < self.keys.len() + self.keys.len() / 3 {
            self.grow();
        } else {
            self.enter(key, row);
        }
    }

    /// Adds the next row without letting it be found.
    fn push_hidden(&mut self, key: IdKey) {
        self.keys.push(key);
    }

    fn grow(&mut self) {
        let larger = vec![EMPTY; Self::slots_for(self.keys.len() * 2)];
        let newest = u32::try_from(self.keys.len()).ok().and_then(|rows| rows.checked_sub(1));
        for row in std::mem::replace(&mut self.slots, larger).into_iter().filter(|row| *row != EMPTY) {
            self.enter(self.keys[row as usize], row);
        }
        if let Some(newest) = newest {
            self.enter(self.keys[newest as usize], newest);
        }
    }

    fn enter(&mut self, key: IdKey, row: u32) {
        let mask = self.slots.len() - 1;
        let mut slot = Self::start(key) & mask;
        loop {
            let taken = self.slots[slot];
            if taken == EMPTY || self.keys[taken as usize] == key {
                self.slots[slot] = row;
                return;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn find(&self, key: IdKey) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut slot = Self::start(key) & mask;
        loop {
            let row = self.slots[slot];
            if row == EMPTY {
                return None;
            }
            if self.keys[row as usize] == key {
                return Some(row);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn start(key: IdKey) -> usize {
        // The upper half is as good as the whole: slots are fewer than 2^32.
        (xxh3_64(&key.0.to_le_bytes()) >> 32) as usize
    }
}

/// Voters not seen before, by the state's id.
#[derive(Debug, Default)]
pub struct NewVoters {
    index: IdIndex,
    voter_ids: Vec<i64>,
}

impl NewVoters {
    /// An index of these voters with the ids we gave them.
    #[must_use]
    pub fn of(voters: &[(IdKey, i64)]) -> Self {
        let mut index = IdIndex::with_capacity(voters.len());
        for (key, _) in voters {
            index.push(*key);
        }
        Self { index, voter_ids: voters.iter().map(|(_, voter_id)| *voter_id).collect() }
    }

    /// The id we gave to the voter with this id of the state's.
    #[must_use]
    pub fn voter_id(&self, key: IdKey) -> Option<i64> {
        self.index.find(key).and_then(|row| self.voter_ids.get(row as usize).copied())
    }
}

/// One voter of the predecessor, 40 bytes: what a load must know of each while it reads the new list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriorVoter {
    /// Our id.
    pub voter_id: i64,
    /// Over all compared columns; equal means unchanged.
    pub fingerprint: i64,
    /// Days since 1970-01-01.
    pub first_seen: i32,
    /// The voter had left the list.
    pub dropped: bool,
    /// Name and birth date at a glance.
    pub glimpse: Glimpse,
}

/// Name and birth date of a row as hashes, 0 for what is missing: enough to see that a row with the same id cannot be
/// somebody else, for nearly all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Glimpse {
    first: u32,
    last: u32,
    birth: i32,
}

impl Glimpse {
    /// The glimpse of a row: given name, last name, suffix, and the birth date in days or the birth year alone.
    #[must_use]
    pub fn of(first: &str, last: &str, suffix: &str, birth: Option<i32>) -> Self {
        let hash = |text: &str, seed| match text {
            "" => 0,
            text => u32::try_from(xxh3_64_with_seed(text.as_bytes(), seed) >> 32).unwrap_or_default() | 1,
        };
        Self {
            first: hash(first, 0),
            last: hash(last, 0) ^ (hash(suffix, 1) & !1),
            birth: birth.unwrap_or_default(),
        }
    }

    /// Whether the two may be different people: name and birth date both differ, or given and last name do. Most of
    /// those of whom it says so are not: their rows are worth a comparison.
    #[must_use]
    pub fn may_be_another(self, other: Self) -> bool {
        let (first, last) = (self.first != other.first, self.last != other.last);
        (first || last) && self.birth != other.birth || first && last
    }
}

/// What following voters found beyond their ids.
#[derive(Debug, Default)]
struct Reassigned {
    /// Rows whose id names somebody else now.
    away: HashSet<u32>,
    /// Rows by the id that their voters have now.
    now: IdMap<IdKey, u32>,
}

/// All voters of the predecessor by row, with a mark for those seen again.
#[derive(Debug, Default)]
pub struct PriorVoters {
    voters: Vec<PriorVoter>,
    by_state_id: IdIndex,
    by_legacy_id: IdMap<IdKey, u32>,
    seen: Vec<AtomicU64>,
    reassigned: OnceLock<Reassigned>,
}

impl PriorVoters {
    /// An index with room for `rows` voters.
    #[must_use]
    pub fn with_capacity(rows: usize) -> Self {
        Self {
            voters: Vec::with_capacity(rows),
            by_state_id: IdIndex::with_capacity(rows),
            by_legacy_id: IdMap::default(),
            seen: (0..rows.div_ceil(64)).map(|_| AtomicU64::new(0)).collect(),
            reassigned: OnceLock::new(),
        }
    }

    /// Adds the next row. Of rows with one id, one that is on the list is found; where an id was given again, the one
    /// before has left.
    pub fn push(&mut self, state_id: IdKey, legacy_id: Option<IdKey>, voter: PriorVoter) {
        let row = u32::try_from(self.voters.len()).unwrap_or(u32::MAX);
        if voter.dropped && self.by_state_id.find(state_id).is_some() {
            self.by_state_id.push_hidden(state_id);
        } else {
            self.by_state_id.push(state_id);
        }
        if let Some(legacy) = legacy_id {
            self.by_legacy_id.insert(legacy, row);
        }
        self.voters.push(voter);
        if self.seen.len() * 64 < self.voters.len() {
            self.seen.push(AtomicU64::new(0));
        }
    }

    /// Number of voters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.voters.len()
    }

    /// Whether there is no predecessor, or an empty one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.voters.is_empty()
    }

    /// The row whose voter has this state id: the id of then, unless following voters found that it names somebody else
    /// now.
    #[must_use]
    pub fn find(&self, key: IdKey) -> Option<u32> {
        let found = self.by_state_id.find(key);
        match self.reassigned.get() {
            None => found,
            Some(known) => {
                found.filter(|row| !known.away.contains(row)).or_else(|| known.now.get(&key).copied())
            }
        }
    }

    /// Takes down, once, which rows' ids name somebody else now, and which rows' voters have which id now. Returns whether
    /// it was the first time.
    pub fn reassign(&self, away: HashSet<u32>, now: IdMap<IdKey, u32>) -> bool {
        self.reassigned.set(Reassigned { away, now }).is_ok()
    }

    /// As [`PriorVoters::find`], sooner when the row stands soon behind `before`, the one found last: a list comes in
    /// nearly the same order every week, and neighbors lie in the processor's cache.
    #[must_use]
    pub fn find_near(&self, key: IdKey, before: Option<u32>) -> Option<u32> {
        const AHEAD: usize = 4;
        let start = before.map_or(0, |row| row as usize + 1);
        let ahead = self.by_state_id.keys.get(start..).unwrap_or_default().iter().take(AHEAD);
        let near = ahead.zip(start..).find(|(found, _)| **found == key).map(|(_, row)| row);
        match near.and_then(|row| u32::try_from(row).ok()) {
            Some(row) => Some(row),
            None => self.find(key),
        }
    }

    /// The row whose state id or legacy id was this.
    #[must_use]
    pub fn find_legacy(&self, key: IdKey) -> Option<u32> {
        self.find(key).or_else(|| self.by_legacy_id.get(&key).copied())
    }

    /// The voter of a row.
    #[must_use]
    pub fn voter(&self, row: u32) -> &PriorVoter {
        &self.voters[row as usize]
    }

    /// Marks a row as seen in the new list. Returns whether it had been seen before.
    pub fn mark_seen(&self, row: u32) -> bool {
        let bit = 1_u64 << (row % 64);
        self.seen[row as usize / 64].fetch_or(bit, Ordering::Relaxed) & bit != 0
    }

    /// Takes the mark off again: the row that was seen is somebody else's.
    pub fn unmark_seen(&self, row: u32) {
        self.seen[row as usize / 64].fetch_and(!(1 << (row % 64)), Ordering::Relaxed);
    }

    /// Whether a row was seen.
    #[must_use]
    pub fn is_seen(&self, row: u32) -> bool {
        self.seen[row as usize / 64].load(Ordering::Relaxed) & (1 << (row % 64)) != 0
    }

    /// Rows not seen, in order.
    pub fn unseen(&self) -> impl Iterator<Item = u32> + '_ {
        (0..u32::try_from(self.voters.len()).unwrap_or(u32::MAX)).filter(|row| !self.is_seen(*row))
    }

    /// Rows by our id, for joining the predecessor's votes.
    #[must_use]
    pub fn rows_by_voter_id(&self) -> IdMap<i64, u32> {
        self.voters
            .iter()
            .enumerate()
            .map(|(row, voter)| (voter.voter_id, u32::try_from(row).unwrap_or(u32::MAX)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_form() {
        assert_eq!(normalize_id(" aa100005 ", 0), "AA100005");
        assert_eq!(normalize_id("123", 8), "00000123");
        assert_eq!(normalize_id("", 8), "");
        assert_eq!(normalize_id("AB1", 8), "AB1");
    }

    #[test]
    fn keys_of_different_ids_differ() {
        assert_eq!(IdKey::new(" AB1 "), IdKey::new("AB1"));
        assert_ne!(IdKey::new("AB1"), IdKey::new("AB10"));
        assert_ne!(IdKey::new("A"), IdKey::new("A\0"));
        let long = "000000000-00000000000-02";
        assert_eq!(IdKey::new(long), IdKey::new(long));
        assert_ne!(IdKey::new(long), IdKey::new("000000000-00000000000-03"));
    }

    #[test]
    fn a_voter_is_found_by_state_id_and_by_legacy_id_and_seen_once() {
        let mut prior = PriorVoters::with_capacity(0);
        let voter = PriorVoter {
            voter_id: 7,
            fingerprint: 1,
            first_seen: 0,
            dropped: false,
            glimpse: Glimpse::default(),
        };
        prior.push(IdKey::new("A1"), Some(IdKey::new("OLD9")), voter);
        prior.push(IdKey::new("A2"), None, PriorVoter { voter_id: 8, ..voter });
        assert_eq!(prior.find(IdKey::new("A2")), Some(1));
        assert_eq!(prior.find_legacy(IdKey::new("OLD9")), Some(0));
        assert_eq!(prior.find(IdKey::new("OLD9")), None);
        assert_eq!(prior.find_near(IdKey::new("A2"), Some(0)), Some(1));
        assert_eq!(prior.find_near(IdKey::new("A1"), Some(1)), Some(0));
        assert_eq!(prior.find_near(IdKey::new("A3"), None), None);
        assert!(!prior.mark_seen(1));
        assert!(prior.mark_seen(1));
        assert_eq!(prior.unseen().collect::<Vec<_>>(), vec![0]);
    }

    #[test]
    fn an_id_that_was_given_again_leads_to_who_has_it_now() {
        for capacity in [0, 8] {
            let mut prior = PriorVoters::with_capacity(capacity);
            let voter = PriorVoter {
                voter_id: 7,
                fingerprint: 1,
                first_seen: 0,
                dropped: false,
                glimpse: Glimpse::default(),
            };
            let gone = PriorVoter { dropped: true, ..voter };
            for (id, voter) in [("A1", voter), ("A2", gone), ("A1", gone), ("A2", voter)] {
                prior.push(IdKey::new(id), None, voter);
            }
            for id in 0..100 {
                prior.push(IdKey::new(&format!("B{id}")), None, voter);
            }
            assert_eq!(
                prior.find(IdKey::new("A1")),
                Some(0),
                "the one on the list, though another comes later"
            );
            assert_eq!(prior.find(IdKey::new("A2")), Some(3));
            let (one, other) = (IdKey::new("A1"), IdKey::new("C9"));
            prior.mark_seen(0);
            prior.unmark_seen(0);
            assert!(prior.reassign(HashSet::from([0]), IdMap::from_iter([(other, 0)])));
            assert_eq!((prior.find(one), prior.find(other), prior.is_seen(0)), (None, Some(0), false));
        }
    }

    #[test]
    fn a_glimpse_lets_nobody_pass_who_may_be_another() {
        let mary = Glimpse::of("MARY", "SMITH", "", Some(1960));
        let check = |first, last, suffix, birth, expected| {
            assert_eq!(
                Glimpse::of(first, last, suffix, birth).may_be_another(mary),
                expected,
                "{first} {last}"
            );
        };
        check("MARY", "SMITH", "", Some(1960), false);
        check("MARY", "SMITH", "", Some(1985), false);
        check("MARY", "JONES", "", Some(1960), false);
        check("MARY", "JONES", "", Some(1985), true);
        check("JOSE", "SMITH", "", None, true);
        check("JOSE", "LOPEZ", "", Some(1960), true);
        check("MARY", "SMITH", "JR", Some(1985), true);
    }

    #[test]
    fn every_id_is_found_again_however_many_there_are() {
        for capacity in [0, 5_000, 10_000] {
            let mut prior = PriorVoters::with_capacity(capacity);
            let voter = PriorVoter {
                voter_id: 7,
                fingerprint: 1,
                first_seen: 0,
                dropped: false,
                glimpse: Glimpse::default(),
            };
            for id in 0..10_000 {
                prior.push(IdKey::new(&format!("AB{id}")), None, voter);
            }
            for id in 0..10_000 {
                assert_eq!(prior.find(IdKey::new(&format!("AB{id}"))), Some(id));
            }
            assert_eq!(prior.find(IdKey::new("AB10000")), None);
        }
    }

    #[test]
    fn new_voters_are_found_and_the_last_of_an_id_wins() {
        let voters = [(IdKey::new("A1"), 5), (IdKey::new("A2"), 6), (IdKey::new("A1"), 7)];
        let new = NewVoters::of(&voters);
        assert_eq!(new.voter_id(IdKey::new("A1")), Some(7));
        assert_eq!(new.voter_id(IdKey::new("A2")), Some(6));
        assert_eq!(new.voter_id(IdKey::new("A3")), None);
        assert_eq!(NewVoters::of(&[]).voter_id(IdKey::new("A1")), None);
    }
}
