//! Proofs of RFC 6962: that an entry is in a tree, and that a tree grew from another. Made from tiles, checked without.

use crate::tile::{Content, HEIGHT, Tile, WIDTH};
use crate::tree_hash::TreeHash;
use crate::{Files, Head, edge};
use std::collections::BTreeMap;

/// Makes proofs from a log's tiles. Tiles are not believed: check what it made against a signed root.
pub struct Prover<F> {
    files: F,
    size: u64,
    tiles: BTreeMap<Tile, Vec<TreeHash>>,
}

impl<F: Files> Prover<F> {
    /// Over the tiles of a tree of `size` entries.
    pub fn new(files: F, size: u64) -> Self {
        Self { files, size, tiles: BTreeMap::new() }
    }

    /// The root that the tree had at `size` entries.
    ///
    /// # Errors
    /// A tile is missing, or the tree was never that large.
    pub fn root(&mut self, size: u64) -> Result<TreeHash, ProveError> {
        self.within(size)?;
        if size == 0 { Ok(TreeHash::of_empty_tree()) } else { self.range(0, size) }
    }

    /// That entry `index` is in the tree of `size` entries: siblings from the leaf to the root.
    ///
    /// # Errors
    /// A tile is missing, the tree was never that large, or has no such entry.
    pub fn inclusion(&mut self, index: u64, size: u64) -> Result<Vec<TreeHash>, ProveError> {
        self.within(size)?;
        if index >= size {
            return Err(ProveError::NoSuchEntry { index, size });
        }
        let (mut start, mut end) = (0, size);
        let mut path = Vec::new();
        while end - start > 1 {
            let split = start + split(end - start);
            if index < split {
                path.push(self.range(split, end)?);
                end = split;
            } else {
                path.push(self.range(start, split)?);
                start = split;
            }
        }
        path.reverse();
        Ok(path)
    }

    /// That the tree of `new` entries begins with the tree of `old` entries.
    ///
    /// # Errors
    /// A tile is missing, the tree was never that large, or `old` is larger than `new`.
    pub fn consistency(&mut self, old: u64, new: u64) -> Result<Vec<TreeHash>, ProveError> {
        self.within(new)?;
        if old > new {
            return Err(ProveError::TooLarge { wanted: old, size: new });
        }
        if old == 0 || old == new {
            return Ok(Vec::new());
        }
        let (mut start, mut end) = (0, new);
        let mut path = Vec::new();
        while end > old {
            let split = start + split(end - start);
            if old <= split {
                path.push(self.range(split, end)?);
                end = split;
            } else {
                path.push(self.range(start, split)?);
                start = split;
            }
        }
        // The old tree's last subtree; its checker has that one where it is the whole old tree.
        if start > 0 {
            path.push(self.range(start, end)?);
        }
        path.reverse();
        Ok(path)
    }

    fn within(&self, size: u64) -> Result<(), ProveError> {
        if size > self.size { Err(ProveError::TooLarge { wanted: size, size: self.size }) } else { Ok(()) }
    }

    /// The hash over entries from `start` to before `end`, as RFC 6962 cuts trees: `start` is a multiple of the largest
    /// power of two in the range.
    fn range(&mut self, start: u64, end: u64) -> Result<TreeHash, ProveError> {
        let count = end - start;
        if count.is_power_of_two() {
            return self.complete(start, count.trailing_zeros());
        }
        let split = start + split(count);
        Ok(TreeHash::node(self.range(start, split)?, self.range(split, end)?))
    }

    /// The hash of the complete subtree of `2^height` entries from `start`.
    fn complete(&mut self, start: u64, height: u32) -> Result<TreeHash, ProveError> {
        let level = height / HEIGHT;
        let first = start >> (level * HEIGHT);
        let missing = || ProveError::Missing(format!("tile/{level}/…"));
        let tile = Tile::of_tree(Content::Hashes(level), first / WIDTH, self.size).ok_or_else(missing)?;
        if !self.tiles.contains_key(&tile) {
            let hashes = edge::read_hashes(&self.files, tile).ok_or(ProveError::Missing(tile.path()))?;
            self.tiles.insert(tile, hashes);
        }
        let from = usize::try_from(first % WIDTH).map_err(|_| missing())?;
        let to = from + (1 << (height % HEIGHT));
        let hashes = self.tiles.get(&tile).and_then(|hashes| hashes.get(from..to));
        hashes.map(TreeHash::of_complete).ok_or_else(missing)
    }
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// Why a proof could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProveError {
    /// A tile is not there, or has another width.
    #[error("the log's file `{0}` is missing or damaged")]
    Missing(String),
    /// The tree is smaller.
    #[error("expected a tree of at least {wanted} entries, got one of {size}")]
    TooLarge {
        /// Wanted entries.
        wanted: u64,
        /// Entries.
        size: u64,
    },
    /// No such entry.
    #[error("expected an entry below {size}, got {index}")]
    NoSuchEntry {
        /// From 0.
        index: u64,
        /// Entries.
        size: u64,
    },
}

/// A proof that proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The entry is not in the tree of that root.
    #[error("the proof does not show that the entry is in the log's tree")]
    NotIncluded,
    /// The trees do not share a beginning.
    #[error(
        "the proof does not show that the log's tree of {new} entries begins with its tree of {old} entries"
    )]
    NotConsistent {
        /// Entries of the older tree.
        old: u64,
        /// Entries of the newer tree.
        new: u64,
    },
}

/// Checks that the entry with this leaf hash is number `index` in the tree (RFC 9162, 2.1.3.2).
///
/// # Errors
/// It is not, or the proof is of another length.
pub fn check_inclusion(leaf: TreeHash, index: u64, tree: Head, path: &[TreeHash]) -> Result<(), ProofError> {
    let mut place = index;
    let mut last = tree.size.checked_sub(1).filter(|last| index <= *last).ok_or(ProofError::NotIncluded)?;
    let mut hash = leaf;
    for sibling in path {
        if last == 0 {
            return Err(ProofError::NotIncluded);
        }
        if place & 1 == 1 || place == last {
            hash = TreeHash::node(*sibling, hash);
            skip_missing_siblings(&mut place, &mut last);
        } else {
            hash = TreeHash::node(hash, *sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == tree.root { Ok(()) } else { Err(ProofError::NotIncluded) }
}

/// Checks that `new` begins with all of `old` (RFC 9162, 2.1.4.2). An empty tree is the beginning of every tree.
///
/// # Errors
/// It does not, or the proof is of another length.
pub fn check_consistency(old: Head, new: Head, path: &[TreeHash]) -> Result<(), ProofError> {
    let error = ProofError::NotConsistent { old: old.size, new: new.size };
    let prove = |holds: bool| if holds { Ok(()) } else { Err(error) };
    if old.size == 0 {
        let new_too = new.size > 0 || new.root == old.root;
        return prove(path.is_empty() && old.root == TreeHash::of_empty_tree() && new_too);
    }
    if old.size >= new.size {
        return prove(path.is_empty() && old == new);
    }
    let (mut place, mut last) = (old.size - 1, new.size - 1);
    while place & 1 == 1 {
        place >>= 1;
        last >>= 1;
    }
    let (first, path) = match path.split_first() {
        _ if old.size.is_power_of_two() => (old.root, path),
        Some((first, rest)) => (*first, rest),
        None => return Err(error),
    };
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in path {
        if last == 0 {
            return Err(error);
        }
        if place & 1 == 1 || place == last {
            old_hash = TreeHash::node(*sibling, old_hash);
            new_hash = TreeHash::node(*sibling, new_hash);
            skip_missing_siblings(&mut place, &mut last);
        } else {
            new_hash = TreeHash::node(new_hash, *sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    prove(last == 0 && old_hash == old.root && new_hash == new.root)
}

/// On the right edge a node may be its parent's only child, and is the parent then.
fn skip_missing_siblings(place: &mut u64, last: &mut u64) {
    while *place & 1 == 0 && *place != 0 {
        *place >>= 1;
        *last >>= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::Edge;
    use crate::tile::hashes_to_bytes;

    type Folder = BTreeMap<String, Vec<u8>>;

    fn leaves(count: usize) -> Vec<TreeHash> {
        (0..count).map(|number| TreeHash::leaf(&number.to_be_bytes())).collect()
    }

    fn tiles(leaves: &[TreeHash]) -> Folder {
        let mut folder = Folder::new();
        let mut edge = Edge::new();
        for leaf in leaves {
            edge.push(*leaf, |tile, hashes| _ = folder.insert(tile.path(), hashes_to_bytes(hashes)));
        }
        folder.extend(edge.partial_tiles().map(|(tile, hashes)| (tile.path(), hashes_to_bytes(hashes))));
        folder
    }

    /// `MTH`, `PATH` and `SUBPROOF` of RFC 6962, 2.1, word for word.
    fn mth(d: &[TreeHash]) -> TreeHash {
        match d {
            [] => TreeHash::of_empty_tree(),
            [one] => *one,
            _ => TreeHash::node(mth(&d[..k(d)]), mth(&d[k(d)..])),
        }
    }

    fn k(d: &[TreeHash]) -> usize {
        d.len().next_power_of_two() / 2
    }

    fn path(m: usize, d: &[TreeHash]) -> Vec<TreeHash> {
        if d.len() == 1 {
            Vec::new()
        } else if m < k(d) {
            [path(m, &d[..k(d)]), vec![mth(&d[k(d)..])]].concat()
        } else {
            [path(m - k(d), &d[k(d)..]), vec![mth(&d[..k(d)])]].concat()
        }
    }

    fn subproof(m: usize, d: &[TreeHash], b: bool) -> Vec<TreeHash> {
        if m == d.len() {
            if b { Vec::new() } else { vec![mth(d)] }
        } else if m <= k(d) {
            [subproof(m, &d[..k(d)], b), vec![mth(&d[k(d)..])]].concat()
        } else {
            [subproof(m - k(d), &d[k(d)..], false), vec![mth(&d[..k(d)])]].concat()
        }
    }

    fn head(d: &[TreeHash]) -> Head {
        Head { size: d.len() as u64, root: mth(d) }
    }

    fn check_tree(d: &[TreeHash], places: impl Iterator<Item = usize>) {
        let (folder, new) = (tiles(d), head(d));
        let mut prover = Prover::new(&folder, new.size);
        for m in places {
            let place = m as u64;
            let inclusion = prover.inclusion(place, new.size).unwrap();
            assert_eq!(inclusion, path(m, d), "{m} of {}", d.len());
            assert_eq!(check_inclusion(d[m], place, new, &inclusion), Ok(()));
            assert_eq!(check_inclusion(d[m], place + 1, new, &inclusion), Err(ProofError::NotIncluded));
            assert!(check_inclusion(d[(m + 1) % d.len()], place, new, &inclusion).is_err() || d.len() == 1);

            let old = head(&d[..=m]);
            assert_eq!(prover.root(old.size), Ok(old.root));
            let growth = prover.consistency(old.size, new.size).unwrap();
            assert_eq!(growth, subproof(m + 1, d, true), "{m} of {}", d.len());
            assert_eq!(check_consistency(old, new, &growth), Ok(()));
            let other = Head { root: d[m], ..old };
            assert!(check_consistency(other, new, &growth).is_err() || other == old);
            for wrong in [&growth[1.min(growth.len())..], &[&growth[..], &[d[0]]].concat()] {
                assert!(check_consistency(old, new, wrong).is_err() || wrong == growth);
            }
            for wrong in [&inclusion[1.min(inclusion.len())..], &[&inclusion[..], &[d[0]]].concat()] {
                assert!(check_inclusion(d[m], place, new, wrong).is_err() || wrong == inclusion);
            }
        }
    }

    #[test]
    fn proofs_are_those_of_the_definition() {
        let all = leaves(66_000);
        for size in 1..70 {
            check_tree(&all[..size], 0..size);
        }
        for size in [255, 256, 257, 511, 512, 513, 1000] {
            check_tree(&all[..size], [0, 1, 127, 128, 254, size / 2, size - 2, size - 1].into_iter());
        }
        check_tree(&all, [0, 255, 256, 65_535, 65_536, 65_999].into_iter());
    }

    #[test]
    fn an_empty_tree_is_the_beginning_of_every_tree() {
        let (empty, some) = (head(&[]), head(&leaves(3)));
        let folder = tiles(&leaves(3));
        assert_eq!(Prover::new(&folder, 3).consistency(0, 3), Ok(Vec::new()));
        assert_eq!(check_consistency(empty, some, &[]), Ok(()));
        assert_eq!(check_consistency(empty, empty, &[]), Ok(()));
        assert!(check_consistency(Head { size: 0, ..some }, some, &[]).is_err());
        assert!(check_consistency(empty, Head { size: 0, ..some }, &[]).is_err());
        assert!(check_consistency(some, empty, &[]).is_err());
        assert!(check_inclusion(some.root, 0, empty, &[]).is_err());
    }

    #[test]
    fn a_root_with_another_size_is_not_believed() {
        let d = leaves(3);
        let (one, two, three) = (head(&d[..1]), head(&d[..2]), head(&d));
        assert!(check_inclusion(d[0], 0, Head { size: 2, ..one }, &[]).is_err());
        assert!(check_consistency(two, Head { size: 5, ..three }, &[d[2]]).is_err());
        assert_eq!(check_consistency(two, three, &[d[2]]), Ok(()));
    }

    #[test]
    fn what_cannot_be_proved_is_said() {
        let folder = tiles(&leaves(300));
        let mut prover = Prover::new(&folder, 300);
        let error = |result: Result<Vec<TreeHash>, ProveError>| result.unwrap_err().to_string();
        assert_eq!(error(prover.inclusion(300, 300)), "expected an entry below 300, got 300");
        assert_eq!(
            error(prover.inclusion(0, 301)),
            "expected a tree of at least 301 entries, got one of 300"
        );
        assert_eq!(error(prover.consistency(5, 4)), "expected a tree of at least 5 entries, got one of 4");
        let mut fewer = folder.clone();
        fewer.remove("tile/0/001.p/44");
        let mut prover = Prover::new(&fewer, 300);
        assert_eq!(
            error(prover.inclusion(270, 300)),
            "the log's file `tile/0/001.p/44` is missing or damaged"
        );
    }
}
