//! Verification of a whole log: everything is hashed again, nothing is believed but the key and what was kept.

use crate::checkpoint::{Checkpoint, Head};
use crate::edge::{Edge, read_hashes};
use crate::files::Files;
use crate::key::VerifierKey;
use crate::log::CHECKPOINT;
use crate::proof::Prover;
use crate::tile::{Content, Tile, WIDTH};
use crate::tree_hash::TreeHash;
use serde::Serialize;
use std::ops::Range;

/// Problems that a report tells; beyond them it only counts.
const PROBLEMS_MAX: usize = 100;

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The log: the name of the key.
    pub origin: String,
    /// What the log signed, when its checkpoint could be believed.
    pub head: Option<Head>,
    /// Entries that were hashed again.
    pub entries: u64,
    /// Kept checkpoints that the log was found to have grown from: their sizes.
    pub grown_from: Vec<u64>,
    /// What is wrong, at most 100 of it; none in an honest log.
    pub problems: Vec<Problem>,
    /// Problems that were not told.
    pub more_problems: u64,
}

/// Something wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Problem {
    /// No checkpoint, or one that the key did not sign.
    #[error("{reason}")]
    Checkpoint {
        /// Why.
        reason: String,
    },
    /// The log is smaller than it was.
    #[error("a kept checkpoint has {kept} entries, the log has {got}: it was cut")]
    Cut {
        /// Entries.
        kept: u64,
        /// Entries.
        got: u64,
    },
    /// The log is not the one that was kept.
    #[error(
        "the log was rewritten: its first {to} entries are not those of the kept checkpoint; the first changed one is {from} or later"
    )]
    Rewritten {
        /// The first that can have changed.
        from: u64,
        /// Entries of the kept checkpoint.
        to: u64,
    },
    /// An entry is not the one that was signed.
    #[error("entry {index} is not the one whose hash is in the tree")]
    Entry {
        /// From 0.
        index: u64,
    },
    /// A file of entries is missing or ends too early.
    #[error("`{path}` is missing or ends before entry {index}")]
    Missing {
        /// The file.
        path: String,
        /// The first entry that is missing.
        index: u64,
    },
    /// A file of entries holds more than its entries.
    #[error("`{path}` goes on after its last entry, entry {index}")]
    Trailing {
        /// The file.
        path: String,
        /// Its last entry.
        index: u64,
    },
    /// Entries and their hashes were changed together.
    #[error("entries {from} to {last} were changed together with their hashes", last = to - 1)]
    Range {
        /// The first that can have changed.
        from: u64,
        /// The first after them.
        to: u64,
    },
    /// A file of hashes is not as computed; that says nothing against the entries.
    #[error("the file of hashes `{path}` is missing or damaged")]
    Tile {
        /// The file.
        path: String,
    },
    /// A smaller version of a tile, which is served still, does not hold what the tile holds.
    #[error("`{path}`, which a larger file has taken the place of, is not its beginning")]
    Superseded {
        /// The file.
        path: String,
    },
    /// A file that no log has.
    #[error("`{path}` is no file of a log")]
    Stray {
        /// The file.
        path: String,
    },
    /// Entries and tiles agree with each other, and not with the signature.
    #[error("the entries give the root `{got}`, the log signed `{signed}`")]
    Root {
        /// What was signed.
        signed: TreeHash,
        /// What the entries give.
        got: TreeHash,
    },
    /// The caller's own check of an entry failed.
    #[error("entry {index}: {reason}")]
    Refused {
        /// From 0.
        index: u64,
        /// Why.
        reason: String,
    },
}

impl Problem {
    /// The entries among which the first bad one is.
    #[must_use]
    pub fn entries(&self) -> Option<Range<u64>> {
        match self {
            Self::Entry { index }
            | Self::Refused { index, .. }
            | Self::Missing { index, .. }
            | Self::Trailing { index, .. } => Some(*index..index + 1),
            Self::Range { from, to } | Self::Rewritten { from, to } => Some(*from..*to),
            Self::Cut { kept, got } => Some(*got..*kept),
            Self::Checkpoint { .. }
            | Self::Tile { .. }
            | Self::Superseded { .. }
            | Self::Stray { .. }
            | Self::Root { .. } => None,
        }
    }
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.problems.is_empty()
    }

    /// The entries among which the first bad one is: one entry where it can be told.
    #[must_use]
    pub fn first_bad(&self) -> Option<Range<u64>> {
        self.problems.iter().filter_map(Problem::entries).min_by_key(|range| (range.start, range.end))
    }

    pub(crate) fn add(&mut self, problem: Problem) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        } else {
            self.more_problems += 1;
        }
    }
}

/// Verifies a log with its key. `since` are heads of checkpoints that somebody kept (opened with [`Checkpoint::open`]):
/// without one, a log that was rewritten and signed again cannot be told from an honest one. `check` sees every entry
/// that is as signed and may refuse it.
pub fn verify(
    files: &(impl Files + ?Sized),
    key: &VerifierKey,
    since: &[Head],
    check: impl FnMut(u64, &[u8]) -> Result<(), String>,
) -> Report {
    let mut report = Report {
        origin: key.name().to_owned(),
        head: None,
        entries: 0,
        grown_from: Vec::new(),
        problems: Vec::new(),
        more_problems: 0,
    };
    let opened = match files.read(CHECKPOINT) {
        Some(bytes) => Checkpoint::open(&bytes, key).map_err(|error| error.to_string()),
        None => Err("the log has no file `checkpoint`".to_owned()),
    };
    match opened {
        Ok((checkpoint, _)) => {
            report.head = Some(checkpoint.head);
            let mut kept = since.to_vec();
            kept.sort_by_key(|head| head.size);
            Verification { files, head: checkpoint.head, kept, check, report: &mut report }.run();
        }
        Err(reason) => report.add(Problem::Checkpoint { reason }),
    }
    report
}

struct Verification<'a, F: ?Sized, C> {
    files: &'a F,
    head: Head,
    kept: Vec<Head>,
    check: C,
    report: &'a mut Report,
}

/// What was found while hashing, to be judged at the end.
#[derive(Default)]
struct Found {
    /// Entries that differ from their stored hash, with what their whole tile hashes to.
    differing: Vec<(u64, Option<TreeHash>)>,
    /// Tiles that differ from what was computed, and at which place first; no place where the tile cannot be read.
    tiles: Vec<(Tile, Option<u64>)>,
    /// Kept heads whose root was another.
    kept: Vec<Head>,
    missing: bool,
}

impl<F: Files + ?Sized, C: FnMut(u64, &[u8]) -> Result<(), String>> Verification<'_, F, C> {
    fn run(mut self) {
        let mut found = Found::default();
        let mut edge = Edge::new();
        for kept in self.kept.iter().filter(|kept| kept.size > self.head.size) {
            self.report.add(Problem::Cut { kept: kept.size, got: self.head.size });
        }
        self.compare_kept(&edge, &mut found);
        for index in 0.. {
            let Some(tile) = Tile::of_tree(Content::Entries, index, self.head.size) else { break };
            if !self.bundle(tile, &mut edge, &mut found) {
                // Neither entries nor hashes: nothing after them can be verified.
                return;
            }
        }
        for (tile, hashes) in edge.partial_tiles() {
            self.compare_tile(tile, hashes, &mut found);
        }
        self.judge(edge.root(), found);
    }

    /// Hashes a bundle's entries into the tree. Where an entry cannot be read, its stored hash stands in for it, so that
    /// the rest is verified all the same; where there is none either, says so.
    fn bundle(&mut self, tile: Tile, edge: &mut Edge, found: &mut Found) -> bool {
        let stored =
            read_hashes(self.files, Tile { content: Content::Hashes(0), ..tile }).unwrap_or_default();
        let bytes = self.entries_of(tile);
        let entries = readable_entries(&bytes);
        let mut computed = Vec::with_capacity(entries.len());
        let mut first_differing = None;
        for place in 0..tile.width {
            let index = edge.size();
            let at = usize::try_from(place).unwrap_or(usize::MAX);
            let (entry, stored) = (entries.get(at), stored.get(at).copied());
            let own = entry.map(|entry| TreeHash::leaf(entry));
            if let Some(entry) = entry {
                self.report.entries += 1;
                if own != stored && stored.is_some() {
                    first_differing = first_differing.or(Some(index));
                } else if let Err(reason) = (self.check)(index, entry) {
                    self.report.add(Problem::Refused { index, reason });
                }
            } else if place == 0 || entries.len() == at {
                found.missing = true;
                self.report.add(Problem::Missing { path: tile.path(), index });
            }
            let Some(leaf) = own.or(stored) else { return false };
            computed.push(leaf);
            edge.push(leaf, |tile, hashes| self.compare_tile(tile, hashes, found));
            self.compare_kept(edge, found);
        }
        let length: usize = entries.iter().take(computed.len()).map(|entry| 2 + entry.len()).sum();
        if length < bytes.len() && entries.len() >= computed.len() {
            self.report.add(Problem::Trailing { path: tile.path(), index: edge.size() - 1 });
        }
        if let Some(index) = first_differing {
            found.differing.push((index, tile.is_full().then(|| TreeHash::of_complete(&computed))));
        }
        true
    }

    /// A bundle's bytes. A partial one may have gone because the full one is there, whose beginning it is.
    fn entries_of(&self, tile: Tile) -> Vec<u8> {
        if let Some(bytes) = self.files.read(&tile.path()) {
            return bytes;
        }
        let full = self.files.read(&tile.full().path()).unwrap_or_default();
        let width = usize::try_from(tile.width).unwrap_or(usize::MAX);
        let length = readable_entries(&full).iter().take(width).map(|entry| 2 + entry.len()).sum();
        full.get(..length).unwrap_or_default().to_vec()
    }

    fn compare_tile(&self, tile: Tile, hashes: &[TreeHash], found: &mut Found) {
        let stored = read_hashes(self.files, tile);
        if stored.as_deref() != Some(hashes) {
            let same = stored
                .map(|stored| stored.iter().zip(hashes).take_while(|(one, other)| one == other).count());
            found.tiles.push((tile, same.and_then(|place| u64::try_from(place).ok())));
        }
    }

    fn compare_kept(&mut self, edge: &Edge, found: &mut Found) {
        let first = self.kept.partition_point(|kept| kept.size < edge.size());
        let here: Vec<Head> =
            self.kept[first..].iter().take_while(|kept| kept.size == edge.size()).copied().collect();
        for kept in here {
            if edge.root() == kept.root {
                self.report.grown_from.push(kept.size);
            } else {
                found.kept.push(kept);
            }
        }
    }

    fn judge(&mut self, root: TreeHash, found: Found) {
        self.judge_kept(&found.kept);
        if root == self.head.root && !found.missing {
            for (tile, _) in &found.tiles {
                self.report.add(Problem::Tile { path: tile.path() });
            }
            return;
        }
        let mut first_bad = Vec::new();
        for (index, computed) in &found.differing {
            let tile = Tile { content: Content::Hashes(0), index: index / WIDTH, width: WIDTH };
            // The level above says which is right, the entries or their tile of hashes.
            if computed.is_some_and(|computed| self.parent(tile) == Some(computed)) {
                self.report.add(Problem::Tile { path: tile.path() });
            } else {
                self.report.add(Problem::Entry { index: *index });
                first_bad.push(*index);
            }
        }
        // A tile was compared after those below it: what they explain is not told again.
        for (tile, place) in &found.tiles {
            let Content::Hashes(level) = tile.content else { continue };
            let Some(place) = place else {
                self.report.add(Problem::Tile { path: tile.path() });
                continue;
            };
            let each = WIDTH.checked_pow(level).unwrap_or(u64::MAX);
            let from = (tile.index * WIDTH + place).saturating_mul(each);
            let to = from.saturating_add(each).min(self.head.size);
            // On level 0 the entries were compared one by one.
            if level > 0 && !first_bad.iter().any(|bad| (from..to).contains(bad)) {
                self.report.add(Problem::Range { from, to });
                first_bad.push(from);
            }
        }
        if first_bad.is_empty() && root != self.head.root {
            self.report.add(Problem::Root { signed: self.head.root, got: root });
        }
    }

    /// Where the stored hashes are as signed, a kept checkpoint is compared with them, so that damage to an entry is not
    /// taken for a rewritten log.
    fn judge_kept(&mut self, differing: &[Head]) {
        let mut prover = Prover::new(self.files, self.head.size);
        let tiles_as_signed = prover.root(self.head.size) == Ok(self.head.root);
        for kept in differing {
            if tiles_as_signed && prover.root(kept.size) == Ok(kept.root) {
                self.report.grown_from.push(kept.size);
            } else {
                let from = self.report.grown_from.iter().copied().filter(|size| *size < kept.size).max();
                self.report.add(Problem::Rewritten { from: from.unwrap_or(0), to: kept.size });
            }
        }
    }

    /// The hash of a full tile as the stored tile above it says.
    fn parent(&self, tile: Tile) -> Option<TreeHash> {
        let Content::Hashes(level) = tile.content else { return None };
        let above = Tile::of_tree(Content::Hashes(level + 1), tile.index / WIDTH, self.head.size)?;
        let place = usize::try_from(tile.index % WIDTH).ok()?;
        read_hashes(self.files, above)?.get(place).copied()
    }
}

/// The entries of a bundle up to where it can no longer be read.
fn readable_entries(mut rest: &[u8]) -> Vec<&[u8]> {
    let mut entries = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<2>()
        && let Some((entry, after)) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))
    {
        entries.push(entry);
        rest = after;
    }
    entries
}
