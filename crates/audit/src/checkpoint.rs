//! Checkpoints (C2SP tlog-checkpoint): what a log was at a size, signed.

use crate::key::{Signer, VerifierKey};
use crate::note::{Note, NoteError};
use crate::tree_hash::TreeHash;
use serde::Serialize;

/// Larger than any log: other tools count in 63 bits.
pub const SIZE_MAX: u64 = i64::MAX.unsigned_abs();

/// Size and root of a tree. Two heads of one size and log are the same, or the log lied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Head {
    /// Entries.
    pub size: u64,
    /// Root.
    pub root: TreeHash,
}

/// What a log signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, for ever the same; also the name of its key.
    pub origin: String,
    /// The tree.
    pub head: Head,
    /// Further lines, which we write none of.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Head { size, root } = self.head;
        let mut text = format!("{}\n{size}\n{root}\n", self.origin);
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Signs it with the log's key, whose name it takes as its origin.
    pub(crate) fn sign(head: Head, signer: &Signer) -> Result<Note, NoteError> {
        let origin = signer.public().name().to_owned();
        Note::sign(Self { origin, head, extensions: Vec::new() }.to_text(), signer)
    }

    /// Reads the text of a note.
    ///
    /// # Errors
    /// Fewer than three lines, or one of them of another form.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines =
            text.strip_suffix('\n').ok_or(CheckpointError::Text("a last line break"))?.split('\n');
        let mut next = |what| lines.next().filter(|line| !line.is_empty()).ok_or(CheckpointError::Text(what));
        let origin = next("an origin in line 1")?.to_owned();
        let size = parse_decimal(next("a tree's size in line 2")?)
            .filter(|size| *size <= SIZE_MAX)
            .ok_or(CheckpointError::Text("a tree's size in line 2"))?;
        let root =
            next("a root in line 3")?.parse().map_err(|_| CheckpointError::Text("a root in line 3"))?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(CheckpointError::Text("no empty line"));
        }
        Ok(Self { origin, head: Head { size, root }, extensions })
    }

    /// Reads a signed checkpoint and checks that `key` signed it and is the key of its origin.
    ///
    /// # Errors
    /// Not of the form, of another log, or not signed by that key.
    pub fn open(bytes: &[u8], key: &VerifierKey) -> Result<(Self, Note), CheckpointError> {
        let note = Note::parse(bytes)?;
        let checkpoint = Self::parse(note.text())?;
        if checkpoint.origin != key.name() {
            let printable = checkpoint.origin.chars().take(200).collect();
            return Err(CheckpointError::Origin { expected: key.name().to_owned(), got: printable });
        }
        match note.signature_by(key)? {
            Some(_) => Ok((checkpoint, note)),
            None => Err(CheckpointError::Unsigned { key: key.to_string() }),
        }
    }
}

/// A decimal number in its one spelling: no sign, no leading zeroes.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let one_spelling =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| one_spelling)
}

/// Why bytes are no checkpoint, or one that is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// No signed note, or one with a forged signature.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The note's text is no checkpoint.
    #[error("expected {0} in the checkpoint")]
    Text(&'static str),
    /// Of another log.
    #[error("expected a checkpoint of the log `{expected}`, got one of `{got}`")]
    Origin {
        /// The key's name.
        expected: String,
        /// The checkpoint's origin.
        got: String,
    },
    /// No signature of the log's key.
    #[error("the checkpoint is not signed by the log's key `{key}`")]
    Unsigned {
        /// The key's text.
        key: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyKind;

    /// The example of the specification.
    const TEXT: &str =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_text_of_the_specification_is_read_and_written() {
        let checkpoint = Checkpoint::parse(TEXT).unwrap();
        assert_eq!(checkpoint.origin, "example.com/behind-the-sofa");
        assert_eq!(checkpoint.head.size, 20_852_163);
        assert_eq!(checkpoint.to_text(), TEXT);
        let extended = format!("{TEXT}a line more\n");
        assert_eq!(Checkpoint::parse(&extended).unwrap().to_text(), extended);
    }

    #[test]
    fn what_is_no_checkpoint_is_refused() {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        for (text, missing) in [
            ("", "a last line break"),
            ("a\n1\n", "a root in line 3"),
            (&format!("\n1\n{root}\n"), "an origin in line 1"),
            (&format!("a\n\n{root}\n"), "a tree's size in line 2"),
            (&format!("a\n01\n{root}\n"), "a tree's size in line 2"),
            (&format!("a\n+1\n{root}\n"), "a tree's size in line 2"),
            (&format!("a\n-1\n{root}\n"), "a tree's size in line 2"),
            (&format!("a\n9223372036854775808\n{root}\n"), "a tree's size in line 2"),
            (&format!("a\n99999999999999999999\n{root}\n"), "a tree's size in line 2"),
            (&format!("a\n1\n{}\n", &root[..40]), "a root in line 3"),
            (&format!("a\n1\n{}\n", root.replace("2I=", "2J=")), "a root in line 3"),
            (&format!("a\n1\n{root}"), "a last line break"),
            (&format!("a\n1\n{root}\n\nmore\n"), "no empty line"),
        ] {
            assert_eq!(Checkpoint::parse(text), Err(CheckpointError::Text(missing)), "{text:?}");
        }
    }

    #[test]
    fn a_checkpoint_of_another_log_or_key_is_refused() {
        let signer = |name, seed: u8| Signer::from_seed(name, KeyKind::Log, &[seed; 32]).unwrap();
        let head = Head { size: 0, root: TreeHash::of_empty_tree() };
        let signed = |signer: &Signer| Checkpoint::sign(head, signer).unwrap().to_string().into_bytes();
        let ours = signer("party.example/log", 1);
        assert_eq!(Checkpoint::open(&signed(&ours), ours.public()).unwrap().0.head, head);
        let error =
            |signer: &Signer| Checkpoint::open(&signed(signer), ours.public()).unwrap_err().to_string();
        assert_eq!(
            error(&signer("other.example/log", 1)),
            "expected a checkpoint of the log `party.example/log`, got one of `other.example/log`"
        );
        assert!(
            error(&signer("party.example/log", 2))
                .starts_with("the checkpoint is not signed by the log's key")
        );
    }
}
