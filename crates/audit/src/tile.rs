//! Where a tree's hashes and entries lie (C2SP tlog-tiles): tiles of 256 hashes, bundles of 256 entries.

use crate::tree_hash::TreeHash;

/// Hashes in a full tile, entries in a full bundle.
pub const WIDTH: u64 = 256;
/// A tile stands for a subtree of this height.
pub const HEIGHT: u32 = 8;
/// The largest entry, in bytes: its length is written in 16 bits.
pub const ENTRY_BYTES_MAX: usize = 0xffff;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// The entries themselves.
    Entries,
    /// Hashes of this level: each stands for `256^level` entries.
    Hashes(u32),
}

/// A tile or bundle: up to 256 hashes or entries in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// Entries, or hashes of a level.
    pub content: Content,
    /// Which one, from 0.
    pub index: u64,
    /// How many hashes or entries, 1 to 256.
    pub width: u64,
}

impl Tile {
    /// The tile at `index` as it is in a tree of `size` entries, or nothing where such a tree has none.
    #[must_use]
    pub fn of_tree(content: Content, index: u64, size: u64) -> Option<Self> {
        let level = if let Content::Hashes(level) = content { level } else { 0 };
        let start = index.checked_mul(WIDTH)?;
        let width = hashes_at(level, size).checked_sub(start)?.min(WIDTH);
        (width > 0).then_some(Self { content, index, width })
    }

    /// All tiles of a tree of `size` entries: bundles first, then level by level.
    pub fn all(size: u64) -> impl Iterator<Item = Self> {
        let levels = (0..).take_while(move |level| hashes_at(*level, size) > 0).map(Content::Hashes);
        std::iter::once(Content::Entries)
            .chain(levels)
            .flat_map(move |content| (0..).map_while(move |index| Self::of_tree(content, index, size)))
    }

    /// Whether it has all of its 256.
    #[must_use]
    pub fn is_full(self) -> bool {
        self.width == WIDTH
    }

    /// The same tile with all of its 256.
    #[must_use]
    pub fn full(self) -> Self {
        Self { width: WIDTH, ..self }
    }

    /// Its file: `tile/0/x001/234`, `tile/entries/000.p/17`.
    #[must_use]
    pub fn path(self) -> String {
        if self.is_full() { self.stem() } else { format!("{}/{}", self.partial_folder(), self.width) }
    }

    /// Reads the path of a tile's file, in its one spelling.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let (content, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let content = match content {
            "entries" => Content::Entries,
            level => Content::Hashes(level.parse().ok()?),
        };
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse().ok()?),
            None => (rest, WIDTH),
        };
        let mut index = 0_u64;
        for part in number.split('/') {
            let digits = part.strip_prefix('x').unwrap_or(part);
            index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
        }
        let tile = Self { content, index, width };
        ((1..=WIDTH).contains(&width) && tile.path() == path).then_some(tile)
    }

    /// The folder of its partial versions, which may go once the full one exists.
    #[must_use]
    pub fn partial_folder(self) -> String {
        format!("{}.p", self.stem())
    }

    fn stem(self) -> String {
        let mut rest = self.index / 1000;
        let mut number = format!("{:03}", self.index % 1000);
        while rest > 0 {
            number = format!("x{:03}/{number}", rest % 1000);
            rest /= 1000;
        }
        match self.content {
            Content::Entries => format!("tile/entries/{number}"),
            Content::Hashes(level) => format!("tile/{level}/{number}"),
        }
    }
}

/// How many hashes a tree of `size` entries has at `level`, each for a complete subtree of `256^level` entries.
#[must_use]
pub fn hashes_at(level: u32, size: u64) -> u64 {
    size.checked_shr(level.saturating_mul(HEIGHT)).unwrap_or(0)
}

/// A tile's file.
#[must_use]
pub fn hashes_to_bytes(hashes: &[TreeHash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

/// The hashes in a tile's file, or nothing when it is not made of whole hashes.
#[must_use]
pub fn hashes_from_bytes(bytes: &[u8]) -> Option<Vec<TreeHash>> {
    let (hashes, rest) = bytes.as_chunks::<{ TreeHash::LENGTH }>();
    rest.is_empty().then(|| hashes.iter().copied().map(TreeHash::from_bytes).collect())
}

/// An entry whose length does not fit in 16 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an entry of at most {ENTRY_BYTES_MAX} bytes, got {got} bytes (entry {index} of the batch)")]
pub struct EntryTooLongError {
    /// Which of the batch, from 0.
    pub index: usize,
    /// Its length in bytes.
    pub got: usize,
}

/// Appends an entry to a bundle's bytes: length in two bytes, high byte first, then the entry. Whatever the entry holds,
/// it ends where its length says, so no entry can look like two.
pub(crate) fn push_entry(bundle: &mut Vec<u8>, index: usize, entry: &[u8]) -> Result<(), EntryTooLongError> {
    let length = u16::try_from(entry.len()).map_err(|_| EntryTooLongError { index, got: entry.len() })?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle's file, in order, or nothing when it does not end where its last entry does.
#[must_use]
pub fn entries_from_bytes(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        bytes = rest;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let path = |content, index, width| Tile { content, index, width }.path();
        assert_eq!(path(Content::Hashes(0), 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(path(Content::Hashes(63), 5, 1), "tile/63/005.p/1");
        assert_eq!(path(Content::Entries, 1000, 255), "tile/entries/x001/000.p/255");
        assert_eq!(path(Content::Entries, 999, 256), "tile/entries/999");
    }

    #[test]
    fn a_path_is_read_in_its_one_spelling() {
        for path in
            ["tile/0/x001/x234/067", "tile/63/005.p/1", "tile/entries/x001/000.p/255", "tile/entries/999"]
        {
            assert_eq!(Tile::parse(path).map(Tile::path).as_deref(), Some(path));
        }
        for path in [
            "",
            "tile/0",
            "tile/0/0",
            "tile/0/x000/001",
            "tile/0/001/234",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/07",
            "tile/+1/000",
            "tile/-1/000",
            "tile/names/000",
            "entries/000",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(Tile::parse(path), None, "{path}");
        }
    }

    #[test]
    fn a_tree_of_70000_has_the_tiles_of_the_specification() {
        // "273 full level 0 tiles, one partial level 0 tile of width 112, one full level 1 tile, one partial level 1 tile
        // of width 17, and one partial level 2 tile of width 1"
        let of = |wanted| -> Vec<Tile> { Tile::all(70_000).filter(|tile| tile.content == wanted).collect() };
        for content in [Content::Entries, Content::Hashes(0)] {
            let tiles = of(content);
            assert_eq!(tiles.len(), 274);
            assert!(tiles[..273].iter().all(|tile| tile.is_full()));
            assert_eq!(tiles[273].width, 112);
        }
        let widths =
            |level| -> Vec<u64> { of(Content::Hashes(level)).iter().map(|tile| tile.width).collect() };
        assert_eq!(widths(1), [256, 17]);
        assert_eq!(widths(2), [1]);
        assert!(widths(3).is_empty());
        // "a tree of size 256 will be represented by a full level 0 tile and a partial level 1 tile of width 1"
        let small: Vec<String> = Tile::all(256).map(Tile::path).collect();
        assert_eq!(small, ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]);
        assert_eq!(Tile::all(0).count(), 0);
        assert_eq!(Tile::of_tree(Content::Hashes(7), 0, u64::MAX).map(|tile| tile.width), Some(255));
        assert_eq!(Tile::of_tree(Content::Hashes(8), 0, u64::MAX), None);
        assert_eq!(Tile::of_tree(Content::Hashes(0), u64::MAX, u64::MAX), None);
    }

    #[test]
    fn a_bundle_holds_any_bytes_and_is_read_to_its_end() {
        let entries: [&[u8]; 4] = [b"", b"\n\0\x05fake", &[0xff; ENTRY_BYTES_MAX], b"last"];
        let mut bundle = Vec::new();
        for (index, entry) in entries.into_iter().enumerate() {
            push_entry(&mut bundle, index, entry).unwrap();
        }
        assert_eq!(entries_from_bytes(&bundle).unwrap(), entries);
        assert_eq!(entries_from_bytes(&bundle[..bundle.len() - 1]), None);
        assert_eq!(entries_from_bytes(&[0]), None);
        assert_eq!(entries_from_bytes(&[]), Some(Vec::new()));
        let error = push_entry(&mut bundle, 3, &[0; ENTRY_BYTES_MAX + 1]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected an entry of at most 65535 bytes, got 65536 bytes (entry 3 of the batch)"
        );
    }
}
