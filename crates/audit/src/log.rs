//! A log that grows: entries in, files out, in an order in which a crash at any point loses nothing that was signed.

use crate::checkpoint::{Checkpoint, CheckpointError, Head};
use crate::edge::{Edge, read_hashes};
use crate::files::{File, Files};
use crate::key::{KeyError, KeyKind, Signer, VerifierKey};
use crate::note::NoteError;
use crate::proof::{ProveError, Prover};
use crate::tile::{Content, EntryTooLongError, Tile, WIDTH, entries_from_bytes, hashes_to_bytes, push_entry};
use crate::tree_hash::TreeHash;

/// The file of the newest signed checkpoint.
pub const CHECKPOINT: &str = "checkpoint";
/// The file of the public key. Who checks a log brings a copy that they got elsewhere.
pub const VKEY: &str = "vkey";

/// The writing end of a log. There must be one of a log at a time: the caller holds a lock.
///
/// The steps of a batch, in this order:
/// 1. [`Log::append`]; write its [`Batch::files`] and make them durable (file and folder);
/// 2. where a database keeps the newest head, store [`Batch::head`] there: see [`Log::resume`];
/// 3. [`Log::seal`]; replace the checkpoint by its file *at once* (write beside it, sync, rename, sync the folder);
/// 4. only now show the checkpoint to anybody; remove what was superseded.
///
/// After an error in 1 the batch may be dropped and tried again. After one in 3 write [`Log::checkpoint`] again. After a
/// crash [`Log::resume`], and append the entries from [`Log::head`]'s size on. Signatures are deterministic: whatever
/// happens in between, no two checkpoints of one size ever differ.
#[derive(Debug)]
pub struct Log {
    signer: Signer,
    edge: Edge,
    /// Bytes of the bundle that is not full.
    bundle: Vec<u8>,
}

/// Entries that are not signed yet.
#[derive(Debug)]
#[must_use = "entries are in the log only when their batch is sealed"]
pub struct Batch {
    base: Head,
    files: Vec<File>,
    superseded: Vec<String>,
    edge: Edge,
    bundle: Vec<u8>,
}

/// What is left to do for a batch.
#[derive(Debug)]
pub struct Sealed {
    /// The new checkpoint, which replaces the old one.
    pub checkpoint: File,
    /// Folders of partial tiles, each of which has its full tile now. They may be removed when the checkpoint is durable.
    pub superseded: Vec<String>,
}

impl Log {
    /// A log without entries. Write [`Log::vkey`] and [`Log::checkpoint`] before anything else.
    ///
    /// # Errors
    /// A witness' key.
    pub fn create(signer: Signer) -> Result<Self, LogError> {
        match signer.public().kind() {
            KeyKind::Log => Ok(Self { signer, edge: Edge::new(), bundle: Vec::new() }),
            KeyKind::Witness => Err(LogError::WitnessKey),
        }
    }

    /// Takes up a stored log. `known` is the newest head that was, or was about to be, signed, kept in another place
    /// than the log's files (a database). Where files and `known` disagree, one of them was put back from a backup, and
    /// to go on would be to sign two trees of one size: that is refused. When the files hold more than the checkpoint
    /// says, up to `known`, the log was about to be sealed, and is: unless the stored checkpoint [`Log::is_current`],
    /// write [`Log::checkpoint`].
    ///
    /// # Errors
    /// No checkpoint, one that this key did not sign, or files that do not add up to it or to `known`.
    pub fn resume(
        files: &(impl Files + ?Sized),
        signer: Signer,
        known: Option<Head>,
    ) -> Result<Self, LogError> {
        let mut log = Self::create(signer)?;
        let bytes = files.read(CHECKPOINT).ok_or(LogError::NoCheckpoint)?;
        let (checkpoint, _) = Checkpoint::open(&bytes, log.signer.public())?;
        let stored = checkpoint.head;
        if known.is_some_and(|known| known.size == stored.size && known.root != stored.root) {
            return Err(LogError::Forked { size: stored.size });
        }
        let head = known.filter(|known| known.size > stored.size).unwrap_or(stored);
        log.edge = Edge::read(files, head.size).filter(|edge| edge.root() == head.root).ok_or_else(|| {
            if head == stored {
                LogError::Damaged { head }
            } else {
                LogError::RolledBack { known: head, stored }
            }
        })?;
        log.bundle = read_bundle(files, head.size).ok_or(LogError::Damaged { head })?;
        // The smaller of the two heads must be the larger one's past.
        let smaller = known.filter(|known| known.size < stored.size).unwrap_or(stored);
        if Prover::new(files, head.size).root(smaller.size)? == smaller.root {
            Ok(log)
        } else {
            Err(LogError::Forked { size: smaller.size })
        }
    }

    /// Size and root of what is sealed.
    #[must_use]
    pub fn head(&self) -> Head {
        self.edge.head()
    }

    /// The public half of its key.
    #[must_use]
    pub fn verifier_key(&self) -> &VerifierKey {
        self.signer.public()
    }

    /// The file of the public key.
    #[must_use]
    pub fn vkey(&self) -> File {
        File { path: VKEY.to_owned(), bytes: format!("{}\n", self.signer.public()).into_bytes() }
    }

    /// The signed checkpoint of what is sealed: the same bytes however often it is asked.
    ///
    /// # Errors
    /// None in practice: a key's name always fits in a note.
    pub fn checkpoint(&self) -> Result<File, LogError> {
        let note = Checkpoint::sign(self.head(), &self.signer)?;
        Ok(File { path: CHECKPOINT.to_owned(), bytes: note.to_string().into_bytes() })
    }

    /// Whether these bytes are this log's newest checkpoint, with whatever witnesses' signatures were added to it.
    #[must_use]
    pub fn is_current(&self, checkpoint: &[u8]) -> bool {
        Checkpoint::open(checkpoint, self.signer.public()).is_ok_and(|(opened, _)| opened.head == self.head())
    }

    /// Puts entries at the end, in order. The log itself does not change before [`Log::seal`].
    ///
    /// # Errors
    /// An entry of more than 65,535 bytes; none is taken then.
    pub fn append(&self, entries: &[impl AsRef<[u8]>]) -> Result<Batch, EntryTooLongError> {
        let (mut edge, mut bundle) = (self.edge.clone(), self.bundle.clone());
        let (mut bundles, mut tiles, mut superseded) = (Vec::new(), Vec::new(), Vec::new());
        for (index, entry) in entries.iter().map(AsRef::as_ref).enumerate() {
            push_entry(&mut bundle, index, entry)?;
            edge.push(TreeHash::leaf(entry), |tile, hashes| {
                tiles.push(File { path: tile.path(), bytes: hashes_to_bytes(hashes) });
                superseded.push(tile.partial_folder());
            });
            if edge.size().is_multiple_of(WIDTH) {
                let tile = Tile { content: Content::Entries, index: edge.size() / WIDTH - 1, width: WIDTH };
                bundles.push(File { path: tile.path(), bytes: std::mem::take(&mut bundle) });
                superseded.push(tile.partial_folder());
            }
        }
        if edge.size() > self.edge.size() {
            if let Some(tile) = Tile::of_tree(Content::Entries, edge.size() / WIDTH, edge.size()) {
                bundles.push(File { path: tile.path(), bytes: bundle.clone() });
            }
            let before: Vec<Tile> = self.edge.partial_tiles().map(|(tile, _)| tile).collect();
            for (tile, hashes) in edge.partial_tiles().filter(|(tile, _)| !before.contains(tile)) {
                tiles.push(File { path: tile.path(), bytes: hashes_to_bytes(hashes) });
            }
        }
        bundles.extend(tiles);
        Ok(Batch { base: self.head(), files: bundles, superseded, edge, bundle })
    }

    /// Takes a batch whose files are durable, and signs.
    ///
    /// # Errors
    /// The batch was made before another one was sealed.
    pub fn seal(&mut self, batch: Batch) -> Result<Sealed, LogError> {
        if batch.base != self.head() {
            return Err(LogError::StaleBatch { expected: self.head().size, got: batch.base.size });
        }
        let Batch { edge, bundle, superseded, .. } = batch;
        (self.edge, self.bundle) = (edge, bundle);
        Ok(Sealed { checkpoint: self.checkpoint()?, superseded })
    }
}

impl Batch {
    /// New files, none of which any signed checkpoint spoke of before: write them in this order. A crash may have left
    /// files of the same names; they are replaced.
    #[must_use]
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// What the log will be when this is sealed.
    #[must_use]
    pub fn head(&self) -> Head {
        self.edge.head()
    }
}

/// The bundle that is not full in a tree of `size` entries, when its entries have the hashes that the tree says.
fn read_bundle(files: &(impl Files + ?Sized), size: u64) -> Option<Vec<u8>> {
    let Some(tile) = Tile::of_tree(Content::Entries, size / WIDTH, size) else { return Some(Vec::new()) };
    let hashes = read_hashes(files, Tile { content: Content::Hashes(0), ..tile })?;
    let bytes = files.read(&tile.path()).or_else(|| files.read(&tile.full().path()))?;
    let entries = entries_from_bytes(&bytes)?;
    let mut bundle = Vec::new();
    for (index, hash) in hashes.into_iter().enumerate() {
        let entry = entries.get(index).filter(|entry| TreeHash::leaf(entry) == hash)?;
        push_entry(&mut bundle, index, entry).ok()?;
    }
    Some(bundle)
}

/// Why a log cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A log is signed with a log's key.
    #[error("expected a log's key, got a witness' key")]
    WitnessKey,
    /// Nothing to resume.
    #[error("the log has no file `checkpoint`")]
    NoCheckpoint,
    /// The checkpoint is not ours or not signed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Nothing that a key's name should cause.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A key that is none.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A tile that the past is read from is gone.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// The files are not what was signed.
    #[error("the log's files do not add up to its signed tree of {} entries", head.size)]
    Damaged {
        /// What was signed.
        head: Head,
    },
    /// The files are older than the newest head that is known.
    #[error(
        "the log's files hold {} entries, and {} were signed: the files were put back from a backup",
        stored.size, known.size
    )]
    RolledBack {
        /// The newest head.
        known: Head,
        /// The head of the checkpoint.
        stored: Head,
    },
    /// Another log of the same key.
    #[error(
        "the log's files and the newest known head are two different logs: they differ at {size} entries"
    )]
    Forked {
        /// Entries.
        size: u64,
    },
    /// Two batches were made of one state.
    #[error("expected a batch that continues the tree of {expected} entries, got one that continues {got}")]
    StaleBatch {
        /// Entries.
        expected: u64,
        /// Entries.
        got: u64,
    },
}
