//! Files that a log's tree no longer needs: smaller versions of its tiles, which are there until the full tile is, and are
//! served to whoever holds an older checkpoint. They must say what the tree says.

use crate::files::Files;
use crate::tile::{Content, Tile, entries_from_bytes};
use crate::tree_hash::TreeHash;
use crate::verify::{Problem, Report};

impl Report {
    /// Compares the files at these paths below `tile/` with the tiles that [`crate::verify`] has hashed, where they hold the
    /// same. What a log wrote and did not sign before it was stopped is not judged: no checkpoint speaks of it.
    pub fn compare_superseded(
        &mut self,
        files: &(impl Files + ?Sized),
        paths: impl IntoIterator<Item = String>,
    ) {
        let Some(head) = self.head else { return };
        for path in paths {
            let Some(tile) = Tile::parse(&path) else {
                self.add(Problem::Stray { path });
                continue;
            };
            let Some(now) = Tile::of_tree(tile.content, tile.index, head.size) else { continue };
            let width = tile.width.min(now.width);
            if tile == now {
                continue;
            }
            let Some(bytes) = files.read(&path) else { continue };
            let whole = files.read(&now.path()).or_else(|| files.read(&now.full().path()));
            // Of a tile that is missing or damaged the verification itself has told.
            let Some(expected) = whole.as_deref().and_then(|whole| first(now.content, whole, width)) else {
                continue;
            };
            let is_whole =
                first(tile.content, &bytes, tile.width).is_some_and(|all| all.len() == bytes.len());
            if !is_whole || first(tile.content, &bytes, width) != Some(expected) {
                self.add(Problem::Superseded { path });
            }
        }
    }
}

/// The first hashes or entries of a file, as many as `width`; nothing when it has fewer.
#[must_use]
pub fn first(content: Content, bytes: &[u8], width: u64) -> Option<&[u8]> {
    let width = usize::try_from(width).ok()?;
    let length = match content {
        Content::Hashes(_) => width.checked_mul(TreeHash::LENGTH)?,
        Content::Entries => {
            let entries = entries_from_bytes(bytes)?;
            entries.get(..width)?.iter().map(|entry| 2 + entry.len()).sum()
        }
    };
    bytes.get(..length)
}
