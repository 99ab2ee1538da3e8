//! A proof in a file of its own (C2SP tlog-proof): that an entry is in a log, checked offline with a policy's keys.

use crate::checkpoint::{Checkpoint, CheckpointError, parse_decimal};
use crate::files::Files;
use crate::key::VerifierKey;
use crate::log::CHECKPOINT;
use crate::note::{NOTE_BYTES_MAX, Note, NoteError};
use crate::policy::{Approved, Policy, PolicyError};
use crate::proof::{ProofError, ProveError, Prover, check_inclusion};
use crate::tile::{Content, ENTRY_BYTES_MAX, Tile, WIDTH, entries_from_bytes};
use crate::tree_hash::TreeHash;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::fmt;

const HEADER: &str = "c2sp.org/tlog-proof@v1";
const PATH_MAX: usize = 63;

/// The proof of one entry. As extra data it holds the entry itself, so that the file alone says what was logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// From 0.
    pub index: u64,
    /// The entry's bytes; other tools' proofs may hold something else, or nothing.
    pub extra: Option<Vec<u8>>,
    /// Siblings from the leaf to the root.
    pub path: Vec<TreeHash>,
    /// The signed checkpoint, with the witnesses' signatures that it has.
    pub checkpoint: String,
}

impl TlogProof {
    /// Proves entry `index` from a log's files. They are not believed: the proof is checked before it is given.
    ///
    /// # Errors
    /// No such entry, or files that do not add up to the checkpoint.
    pub fn prove(
        files: &(impl Files + ?Sized),
        key: &VerifierKey,
        index: u64,
    ) -> Result<Self, TlogProofError> {
        let bytes = files.read(CHECKPOINT).ok_or_else(|| ProveError::Missing(CHECKPOINT.to_owned()))?;
        let (checkpoint, note) = Checkpoint::open(&bytes, key)?;
        let size = checkpoint.head.size;
        let path = Prover::new(files, size).inclusion(index, size)?;
        let entry = read_entry(files, index, size)?;
        check_inclusion(TreeHash::leaf(&entry), index, checkpoint.head, &path)?;
        Ok(Self { index, extra: Some(entry), path, checkpoint: note.to_string() })
    }

    /// Checks that `entry` is in a log that the policy believes; gives which, and who confirmed it.
    ///
    /// # Errors
    /// The checkpoint does not fulfil the policy, or the entry is not in its tree.
    pub fn check(&self, entry: &[u8], policy: &Policy) -> Result<Approved, TlogProofError> {
        let approved = policy.check(self.checkpoint.as_bytes())?;
        check_inclusion(TreeHash::leaf(entry), self.index, approved.head, &self.path)?;
        Ok(approved)
    }

    /// Checks the entry that the file itself holds; gives it with the log.
    ///
    /// # Errors
    /// As [`Self::check`], and a file without an entry.
    pub fn check_own(&self, policy: &Policy) -> Result<(&[u8], Approved), TlogProofError> {
        let entry = self.extra.as_deref().ok_or(TlogProofError::NoEntry)?;
        Ok((entry, self.check(entry, policy)?))
    }

    /// Reads a proof's file. Nothing is checked yet.
    ///
    /// # Errors
    /// Not of the form.
    pub fn parse(bytes: &[u8]) -> Result<Self, TlogProofError> {
        let form = TlogProofError::Form;
        if bytes.len() > NOTE_BYTES_MAX + 2 * ENTRY_BYTES_MAX {
            return Err(form("at most 390 kB"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| form("UTF-8"))?;
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or(form("an empty line before the checkpoint"))?;
        let mut lines = head.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(form("`c2sp.org/tlog-proof@v1` in the first line"));
        }
        let mut line = lines.next();
        let mut extra = None;
        if let Some(data) = line.and_then(|line| line.strip_prefix("extra ")) {
            extra = Some(BASE64_STANDARD.decode(data).map_err(|_| form("base64 after `extra`"))?);
            line = lines.next();
        }
        let index = line.and_then(|line| line.strip_prefix("index ")).and_then(parse_decimal);
        let index = index.ok_or(form("a line `index NUMBER`"))?;
        let path: Vec<TreeHash> = lines
            .map(|line| line.parse().map_err(|_| form("a hash in each line after the index")))
            .collect::<Result<_, _>>()?;
        if path.len() > PATH_MAX {
            return Err(form("at most 63 hashes"));
        }
        Note::parse(checkpoint.as_bytes())?;
        Ok(Self { index, extra, path, checkpoint: checkpoint.to_owned() })
    }
}

/// The file.
impl fmt::Display for TlogProof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(formatter, "extra {}", BASE64_STANDARD.encode(extra))?;
        }
        writeln!(formatter, "index {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(formatter, "{hash}"))?;
        write!(formatter, "\n{}", self.checkpoint)
    }
}

/// Entry `index` of a log of `size` entries. Not checked against the tree.
///
/// # Errors
/// Its bundle is missing or damaged.
pub fn read_entry(files: &(impl Files + ?Sized), index: u64, size: u64) -> Result<Vec<u8>, ProveError> {
    let no_entry = ProveError::NoSuchEntry { index, size };
    let tile = Tile::of_tree(Content::Entries, index / WIDTH, size).ok_or(no_entry)?;
    let missing = || ProveError::Missing(tile.path());
    let bytes = files.read(&tile.path()).or_else(|| files.read(&tile.full().path())).ok_or_else(missing)?;
    let place = usize::try_from(index % WIDTH).map_err(|_| missing())?;
    let entry = entries_from_bytes(&bytes).and_then(|entries| entries.get(place).map(|entry| entry.to_vec()));
    entry.ok_or_else(missing)
}

/// Why a proof cannot be made, read or believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// Not of the form.
    #[error("expected {0} in the proof")]
    Form(&'static str),
    /// No checkpoint at its end.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The log's checkpoint is not signed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The log's files do not give a proof.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// The checkpoint does not fulfil the policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The entry is not in the tree.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The file does not hold the entry.
    #[error("the proof does not hold its entry: it must be given beside it")]
    NoEntry,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{KeyKind, Signer};
    use crate::{Head, edge::Edge};

    const HASH: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

    fn key() -> VerifierKey {
        Signer::from_seed("party.example/log", KeyKind::Log, &[1; 32]).unwrap().public().clone()
    }

    /// Of a tree of one entry: no siblings.
    fn proof() -> TlogProof {
        let signer = Signer::from_seed("party.example/log", KeyKind::Log, &[1; 32]).unwrap();
        let mut edge = Edge::new();
        edge.push(TreeHash::leaf(b"entry"), |_, _| {});
        let head: Head = edge.head();
        let checkpoint = Checkpoint::sign(head, &signer).unwrap().to_string();
        TlogProof { index: 0, extra: Some(b"entry".to_vec()), path: Vec::new(), checkpoint }
    }

    #[test]
    fn a_file_is_as_the_specification_has_it() {
        let proof = proof();
        let checkpoint = &proof.checkpoint;
        assert_eq!(
            proof.to_string(),
            format!("c2sp.org/tlog-proof@v1\nextra ZW50cnk=\nindex 0\n\n{checkpoint}")
        );
        let policy = Policy::of_log(key()).unwrap();
        assert_eq!(proof.check_own(&policy).unwrap().0, b"entry");
        let bare = TlogProof { extra: None, ..proof };
        let read = TlogProof::parse(bare.to_string().as_bytes()).unwrap();
        assert_eq!(read, bare);
        assert_eq!(read.check_own(&policy), Err(TlogProofError::NoEntry));
        assert!(read.check(b"entry", &policy).is_ok());
        assert!(matches!(read.check(b"other", &policy), Err(TlogProofError::Proof(ProofError::NotIncluded))));
    }

    #[test]
    fn what_is_no_proof_is_refused() {
        let checkpoint = proof().checkpoint;
        let hashes = format!("{HASH}\n").repeat(64);
        for head in [
            "c2sp.org/tlog-proof@v2\nindex 0\n",
            "c2sp.org/tlog-proof@v1\n",
            "c2sp.org/tlog-proof@v1\nindex 00\n",
            "c2sp.org/tlog-proof@v1\nindex 1 \n",
            "c2sp.org/tlog-proof@v1\nindex -1\n",
            "c2sp.org/tlog-proof@v1\nindex 18446744073709551616\n",
            "c2sp.org/tlog-proof@v1\nextra ZW50cnk\nindex 0\n",
            "c2sp.org/tlog-proof@v1\nindex 0\nextra ZW50cnk=\n",
            "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n",
            "c2sp.org/tlog-proof@v1\r\nindex 0\n",
            &format!("c2sp.org/tlog-proof@v1\nindex 0\n{hashes}"),
        ] {
            let read = TlogProof::parse(format!("{head}\n{checkpoint}").as_bytes());
            assert!(matches!(read, Err(TlogProofError::Form(_))), "{head:.60}");
        }
        assert!(matches!(
            TlogProof::parse(b"c2sp.org/tlog-proof@v1\nindex 0\n\nx"),
            Err(TlogProofError::Note(_))
        ));
        assert!(matches!(TlogProof::parse(&[b'x'; 400_000]), Err(TlogProofError::Form(_))));
    }

    #[test]
    fn the_largest_proof_is_read() {
        let checkpoint = proof().checkpoint;
        let signature = checkpoint.rsplit_once("\n\n").unwrap().1;
        let longest = format!("{}\n\n{signature}", "x".repeat(NOTE_BYTES_MAX - 2 - signature.len()));
        let largest = TlogProof {
            index: u64::MAX,
            extra: Some(vec![0xff; ENTRY_BYTES_MAX]),
            path: vec![HASH.parse().unwrap(); PATH_MAX],
            checkpoint: longest,
        };
        assert_eq!(TlogProof::parse(largest.to_string().as_bytes()), Ok(largest));
    }
}
