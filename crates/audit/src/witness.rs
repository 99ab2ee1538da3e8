//! A witness (C2SP tlog-witness): confirms checkpoints of a log, and never two that are not one log's past and future.

use crate::checkpoint::{Checkpoint, CheckpointError, Head, parse_decimal};
use crate::cosignature;
use crate::files::Files;
use crate::key::{KeyKind, Signer, VerifierKey};
use crate::log::CHECKPOINT;
use crate::note::{NOTE_BYTES_MAX, Note, SignatureLine};
use crate::proof::{ProofError, ProveError, Prover, check_consistency};
use crate::tree_hash::TreeHash;
use jiff::Timestamp;

/// No honest proof is longer: a tree has at most 63 levels.
const PROOF_MAX: usize = 63;

/// A witness' key. All else it knows is one head a log, which its caller stores.
#[derive(Debug)]
pub struct Witness {
    signer: Signer,
}

/// A checkpoint that may be signed as soon as it is stored.
#[derive(Debug)]
#[must_use = "nothing is signed yet"]
pub struct Pending<'a> {
    witness: &'a Witness,
    origin: String,
    from: Option<Head>,
    to: Head,
    note: Note,
}

impl Witness {
    /// A witness with this key.
    ///
    /// # Errors
    /// A log's key.
    pub fn new(signer: Signer) -> Result<Self, Refusal> {
        match signer.public().kind() {
            KeyKind::Witness => Ok(Self { signer }),
            KeyKind::Log => Err(Refusal::LogKey),
        }
    }

    /// The public half of its key.
    #[must_use]
    pub fn public(&self) -> &VerifierKey {
        self.signer.public()
    }

    /// Checks a checkpoint. `logs` are the keys that it knows; `seen` gives the newest head that it stored of an origin.
    /// The first checkpoint of an origin is believed.
    ///
    /// # Errors
    /// Another log, not signed by it, smaller than what was seen, or not grown from it.
    pub fn check(
        &self,
        request: &Request,
        logs: &[VerifierKey],
        seen: impl FnOnce(&str) -> Option<Head>,
    ) -> Result<Pending<'_>, Refusal> {
        let note = Note::parse(&request.checkpoint).map_err(CheckpointError::from)?;
        let origin = Checkpoint::parse(note.text())?.origin;
        let keys: Vec<&VerifierKey> = logs.iter().filter(|key| key.name() == origin).collect();
        let last = keys.last().ok_or(Refusal::UnknownLog)?;
        let opened = keys.iter().find_map(|key| Checkpoint::open(&request.checkpoint, key).ok());
        let (checkpoint, note) = match opened {
            Some(opened) => opened,
            None => Checkpoint::open(&request.checkpoint, last)?,
        };
        let to = checkpoint.head;
        if request.old_size > to.size {
            return Err(Refusal::Smaller { seen: request.old_size, got: to.size });
        }
        let from = seen(&origin);
        let expected = from.map_or(0, |from| from.size);
        if request.old_size != expected {
            return Err(Refusal::Conflict { seen: expected });
        }
        if from.is_some_and(|from| from.size == to.size && from.root != to.root) {
            return Err(Refusal::Split { size: to.size });
        }
        let old = from.unwrap_or(Head { size: 0, root: TreeHash::of_empty_tree() });
        check_consistency(old, to, &request.proof)?;
        Ok(Pending { witness: self, origin, from, to, note })
    }
}

impl Pending<'_> {
    /// The log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The head to store.
    #[must_use]
    pub fn head(&self) -> Head {
        self.to
    }

    /// Stores, then signs. `store` gets the origin, the head that must still be the stored one, and the new one; it
    /// compares, replaces and makes durable in one transaction. Where it fails, nothing is signed.
    ///
    /// # Errors
    /// Those of `store`, and a time before 1970.
    pub fn cosign<E: From<Refusal>>(
        self,
        now: Timestamp,
        store: impl FnOnce(&str, Option<Head>, Head) -> Result<(), E>,
    ) -> Result<SignatureLine, E> {
        let at_seconds = u64::try_from(now.as_second()).map_err(|_| E::from(Refusal::Clock))?;
        store(&self.origin, self.from, self.to)?;
        Ok(cosignature::sign(self.note.text(), &self.witness.signer, at_seconds))
    }
}

/// What a witness is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Entries of the newest tree of the log that the witness is believed to have signed.
    pub old_size: u64,
    /// That the new tree begins with the old one.
    pub proof: Vec<TreeHash>,
    /// The signed checkpoint, as it is in the log's file.
    pub checkpoint: Vec<u8>,
}

impl Request {
    /// The request that a log's own files make, for a witness that reads them. The files are not believed.
    ///
    /// # Errors
    /// No checkpoint, or a tile is missing.
    pub fn from_files(files: &(impl Files + ?Sized), seen: Option<Head>) -> Result<Self, Refusal> {
        let checkpoint = files.read(CHECKPOINT).ok_or(Refusal::NoCheckpoint)?;
        let note = Note::parse(&checkpoint).map_err(CheckpointError::from)?;
        let size = Checkpoint::parse(note.text())?.head.size;
        let old_size = seen.map_or(0, |seen| seen.size);
        let proof = if old_size > size {
            Vec::new()
        } else {
            Prover::new(files, size).consistency(old_size, size)?
        };
        Ok(Self { old_size, proof, checkpoint })
    }

    /// Reads the body of an `add-checkpoint` request.
    ///
    /// # Errors
    /// Not of the form.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        if body.len() > 2 * NOTE_BYTES_MAX {
            return Err(Refusal::Form);
        }
        let text = std::str::from_utf8(body).map_err(|_| Refusal::Form)?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(Refusal::Form)?;
        let mut lines = head.split('\n');
        let old_size = lines
            .next()
            .and_then(|line| line.strip_prefix("old "))
            .and_then(parse_decimal)
            .ok_or(Refusal::Form)?;
        let proof: Vec<TreeHash> =
            lines.map(|line| line.parse().map_err(|_| Refusal::Form)).collect::<Result<_, _>>()?;
        if proof.len() > PROOF_MAX {
            return Err(Refusal::Form);
        }
        Ok(Self { old_size, proof, checkpoint: checkpoint.as_bytes().to_vec() })
    }

    /// The body of an `add-checkpoint` request.
    #[must_use]
    pub fn to_body(&self) -> Vec<u8> {
        let mut body = format!("old {}\n", self.old_size).into_bytes();
        for hash in &self.proof {
            body.extend_from_slice(format!("{hash}\n").as_bytes());
        }
        body.push(b'\n');
        body.extend_from_slice(&self.checkpoint);
        body
    }
}

/// Why a witness does not sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A witness signs with a witness' key.
    #[error("expected a witness' key, got a log's key")]
    LogKey,
    /// A body that is no request.
    #[error("expected `old SIZE`, a proof and a checkpoint, got something else")]
    Form,
    /// Nothing to sign.
    #[error("the log has no file `checkpoint`")]
    NoCheckpoint,
    /// No key of this log is known.
    #[error("the checkpoint is of a log that this witness does not know")]
    UnknownLog,
    /// No checkpoint, or not signed by its log.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The log lost entries.
    #[error("the log had {seen} entries when this witness last signed, and has {got} now: it was cut")]
    Smaller {
        /// Entries.
        seen: u64,
        /// Entries.
        got: u64,
    },
    /// The asker believes that the witness saw another size.
    #[error("this witness last signed the log's tree of {seen} entries")]
    Conflict {
        /// Entries.
        seen: u64,
    },
    /// Two trees of one size.
    #[error(
        "the log shows another tree of {size} entries than the one that this witness signed: it was rewritten"
    )]
    Split {
        /// Entries.
        size: u64,
    },
    /// The new tree does not begin with the old one.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The log's files do not give a proof.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// A clock before 1970.
    #[error("the clock shows a time before 1970")]
    Clock,
}

impl Refusal {
    /// The status that tlog-witness answers with.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::UnknownLog => 404,
            Self::Checkpoint(CheckpointError::Unsigned { .. } | CheckpointError::Note(_)) => 403,
            Self::Conflict { .. } | Self::Split { .. } => 409,
            Self::Proof(_) => 422,
            Self::LogKey | Self::Clock | Self::NoCheckpoint | Self::Prove(_) => 500,
            Self::Form | Self::Checkpoint(_) | Self::Smaller { .. } => 400,
        }
    }

    /// Whether the log itself is at fault, so that its members are to be told.
    #[must_use]
    pub fn is_misbehavior(&self) -> bool {
        matches!(self, Self::Smaller { .. } | Self::Split { .. } | Self::Proof(_))
    }
}
