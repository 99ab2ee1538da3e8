//! The right edge of a tree: all that is needed to append to it and to know its root.

use crate::tile::{Content, Tile, WIDTH, hashes_at, hashes_from_bytes};
use crate::tree_hash::TreeHash;
use crate::{Files, Head};

/// The hashes in a tree's partial tiles: at most 255 a level, so 8 KiB for 256 entries and 24 KiB for 16 million.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// By level.
    partial: Vec<Vec<TreeHash>>,
}

impl Default for Edge {
    fn default() -> Self {
        Self::new()
    }
}

impl Edge {
    /// The edge of a tree without entries.
    #[must_use]
    pub fn new() -> Self {
        Self { size: 0, partial: vec![Vec::new()] }
    }

    /// Entries in the tree.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends an entry by its hash, and hands out each tile that it fills, lowest level first.
    pub fn push(&mut self, leaf: TreeHash, mut filled: impl FnMut(Tile, &[TreeHash])) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0.. {
            let Ok(place) = usize::try_from(level) else { return };
            if place == self.partial.len() {
                self.partial.push(Vec::new());
            }
            let hashes = &mut self.partial[place];
            hashes.push(hash);
            let width = hashes_at(level, self.size) % WIDTH;
            if width != 0 {
                return;
            }
            let index = hashes_at(level, self.size) / WIDTH - 1;
            filled(Tile { content: Content::Hashes(level), index, width: WIDTH }, hashes);
            hash = TreeHash::of_complete(hashes);
            hashes.clear();
        }
    }

    /// The tiles that are not full, with their hashes, lowest level first.
    pub fn partial_tiles(&self) -> impl Iterator<Item = (Tile, &[TreeHash])> {
        (0..).zip(&self.partial).filter_map(|(level, hashes)| {
            let index = hashes_at(level, self.size) / WIDTH;
            Some((Tile::of_tree(Content::Hashes(level), index, self.size)?, hashes.as_slice()))
        })
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { size: self.size, root: self.root() }
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> TreeHash {
        let mut root = None;
        for hashes in &self.partial {
            // Complete subtrees from the right: the smallest first.
            let mut end = hashes.len();
            while end > 0 {
                let start = end - (1 << end.trailing_zeros());
                let left = TreeHash::of_complete(&hashes[start..end]);
                root = Some(root.map_or(left, |right| TreeHash::node(left, right)));
                end = start;
            }
        }
        root.unwrap_or_else(TreeHash::of_empty_tree)
    }

    /// The edge of a stored tree of `size` entries, or nothing when one of its tiles is missing or not of that width.
    /// Nothing is checked against a root: the caller compares.
    #[must_use]
    pub fn read(files: &(impl Files + ?Sized), size: u64) -> Option<Self> {
        let mut edge = Self { size, partial: Vec::new() };
        for level in 0.. {
            let hashes = hashes_at(level, size);
            if hashes == 0 && level > 0 {
                break;
            }
            let partial = match Tile::of_tree(Content::Hashes(level), hashes / WIDTH, size) {
                Some(tile) => read_hashes(files, tile)?,
                None => Vec::new(),
            };
            edge.partial.push(partial);
        }
        Some(edge)
    }
}

/// A tile's hashes. A partial tile may have gone because the full one is there.
pub(crate) fn read_hashes(files: &(impl Files + ?Sized), tile: Tile) -> Option<Vec<TreeHash>> {
    let width = usize::try_from(tile.width).ok()?;
    let exact = files.read(&tile.path()).and_then(|bytes| hashes_from_bytes(&bytes));
    if let Some(hashes) = exact.filter(|hashes| hashes.len() == width) {
        return Some(hashes);
    }
    if tile.is_full() {
        return None;
    }
    let mut hashes = hashes_from_bytes(&files.read(&tile.full().path())?)?;
    (hashes.len() == usize::try_from(WIDTH).ok()?).then(|| hashes.truncate(width))?;
    Some(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The eight entries with which implementations of RFC 6962 are tested, and the roots of the trees of the first one,
    /// two, … of them (google/certificate-transparency, `merkle_tree_test`).
    #[test]
    fn roots_are_those_of_other_implementations() {
        let entries: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let hex = |hash: TreeHash| -> String { hash.as_bytes().iter().map(|b| format!("{b:02x}")).collect() };
        let mut edge = Edge::new();
        assert_eq!(hex(edge.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for (entry, root) in entries.into_iter().zip(roots) {
            edge.push(TreeHash::leaf(entry), |_, _| {});
            assert_eq!(hex(edge.root()), root);
        }
    }

    /// The definition of RFC 6962, word for word.
    fn root_by_definition(leaves: &[TreeHash]) -> TreeHash {
        match leaves {
            [] => TreeHash::of_empty_tree(),
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() / 2;
                TreeHash::node(root_by_definition(&many[..split]), root_by_definition(&many[split..]))
            }
        }
    }

    #[test]
    fn the_edge_knows_the_root_at_every_size() {
        let leaves: Vec<TreeHash> = (0u32..1300).map(|n| TreeHash::leaf(&n.to_be_bytes())).collect();
        let mut edge = Edge::new();
        let mut full = 0;
        for (count, leaf) in leaves.iter().enumerate() {
            edge.push(*leaf, |_, _| full += 1);
            if count % 7 == 0 || count % 256 > 253 || count % 256 < 3 {
                assert_eq!(edge.root(), root_by_definition(&leaves[..=count]), "{count}");
            }
        }
        assert_eq!(full, 5);
    }

    #[test]
    fn a_tile_of_the_second_level_is_filled_after_65536_entries() {
        let mut edge = Edge::new();
        let mut filled = Vec::new();
        for n in 0u32..65_536 {
            edge.push(TreeHash::leaf(&n.to_be_bytes()), |tile, _| filled.push(tile.path()));
        }
        assert_eq!(filled.len(), 257);
        assert_eq!(filled[255..], ["tile/0/255", "tile/1/000"]);
        let partial: Vec<String> = edge.partial_tiles().map(|(tile, _)| tile.path()).collect();
        assert_eq!(partial, ["tile/2/000.p/1"]);
    }
}
