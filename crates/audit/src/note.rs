//! Signed notes (C2SP signed-note): a text, a blank line, and a line for each signature.

use crate::cosignature;
use crate::key::{KeyKind, Signer, VerifierKey};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::fmt;

/// A note larger than this is not read: a checkpoint with a hundred witnesses has 20 kB.
pub const NOTE_BYTES_MAX: usize = 1 << 18;
const SIGNATURES_MAX: usize = 256;
const DASH: &str = "\u{2014} ";

/// A text with its signatures. Nothing is verified yet: [`Note::signature_by`] does that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<SignatureLine>,
}

/// One signature of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine {
    pub(crate) name: String,
    pub(crate) key_id: u32,
    pub(crate) bytes: Vec<u8>,
}

/// A signature that was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// A witness' own time, in seconds since 1970; a log's signature has none.
    pub at_seconds: Option<u64>,
}

impl Note {
    /// A note with one signature.
    ///
    /// # Errors
    /// A text that does not end in a line break, or holds a control character.
    pub fn sign(text: String, signer: &Signer) -> Result<Self, NoteError> {
        check_text(&text)?;
        let line = SignatureLine::of(signer.public(), signer.sign(text.as_bytes()).to_vec());
        Ok(Self { text, signatures: vec![line] })
    }

    /// Reads a note.
    ///
    /// # Errors
    /// Not of the form, or too large.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLarge { got: bytes.len() });
        }
        let all = std::str::from_utf8(bytes).map_err(|_| NoteError::Encoding)?;
        let end = all.rfind("\n\n").ok_or(NoteError::NoSignature)?;
        let (text, lines) = (&all[..=end], &all[end + 2..]);
        check_text(text)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::NoSignature)?;
        let signatures: Vec<SignatureLine> = lines
            .split('\n')
            .zip(1..)
            .map(|(line, number)| SignatureLine::parse(line, number))
            .collect::<Result<_, _>>()?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(NoteError::TooManySignatures { got: signatures.len() });
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// The text, with its last line break.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds a signature unless the same one is there.
    pub fn add(&mut self, line: SignatureLine) {
        if !self.signatures.contains(&line) {
            self.signatures.push(line);
        }
    }

    /// The signature of this key, verified; nothing when it did not sign.
    ///
    /// # Errors
    /// A line says that it is of this key and is not: the whole note is to be refused.
    pub fn signature_by(&self, key: &VerifierKey) -> Result<Option<Verified>, NoteError> {
        let mut found = None;
        let lines = self.signatures.iter();
        for line in lines.filter(|line| line.name == key.name() && line.key_id == key.id()) {
            let verified = match key.kind() {
                KeyKind::Log => {
                    key.is_signed(self.text.as_bytes(), &line.bytes).then_some(Verified { at_seconds: None })
                }
                KeyKind::Witness => cosignature::time_of(key, &self.text, &line.bytes)
                    .map(|seconds| Verified { at_seconds: Some(seconds) }),
            };
            found = Some(verified.ok_or_else(|| NoteError::Forged { key: key.to_string() })?);
        }
        Ok(found)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| writeln!(formatter, "{line}"))
    }
}

impl SignatureLine {
    pub(crate) fn of(key: &VerifierKey, bytes: Vec<u8>) -> Self {
        Self { name: key.name().to_owned(), key_id: key.id(), bytes }
    }

    /// Who says to have signed. Not verified.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads a line as a witness answers it, without the line break; `number` is for the error.
    ///
    /// # Errors
    /// Not of the form.
    pub fn parse(line: &str, number: usize) -> Result<Self, NoteError> {
        let error = || NoteError::SignatureLine { number };
        let (name, signature) =
            line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or_else(error)?;
        let name = crate::key::key_name(name).map_err(|_| error())?;
        let bytes = BASE64_STANDARD.decode(signature).map_err(|_| error())?;
        let (key_id, bytes) = bytes.split_first_chunk::<4>().ok_or_else(error)?;
        if bytes.is_empty() {
            return Err(error());
        }
        Ok(Self { name, key_id: u32::from_be_bytes(*key_id), bytes: bytes.to_vec() })
    }
}

/// The line, without its line break.
impl fmt::Display for SignatureLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.key_id.to_be_bytes()[..], &self.bytes].concat();
        write!(formatter, "{DASH}{} {}", self.name, BASE64_STANDARD.encode(bytes))
    }
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') {
        return Err(NoteError::NoLineBreak);
    }
    if text.chars().any(|c| c < ' ' && c != '\n') {
        return Err(NoteError::Control);
    }
    Ok(())
}

/// Why bytes are no note, or a note is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// More bytes than any honest note has.
    #[error("expected a signed note of at most {NOTE_BYTES_MAX} bytes, got {got}")]
    TooLarge {
        /// Bytes.
        got: usize,
    },
    /// More signatures than anybody verifies.
    #[error("expected at most {SIGNATURES_MAX} signatures in a note, got {got}")]
    TooManySignatures {
        /// Signatures.
        got: usize,
    },
    /// Not UTF-8.
    #[error("expected a signed note in UTF-8")]
    Encoding,
    /// A tab, an escape or another control character.
    #[error("a signed note must not hold a control character other than line breaks")]
    Control,
    /// A text that does not end in a line break.
    #[error("the text of a signed note must end in a line break")]
    NoLineBreak,
    /// No blank line, or nothing that ends in a line break after it.
    #[error("expected signatures after a blank line at the end of the note")]
    NoSignature,
    /// A line after the last blank line that is no signature.
    #[error("line {number} after the note's last blank line is no signature")]
    SignatureLine {
        /// From 1.
        number: usize,
    },
    /// Signed, it says, by a key that did not sign it.
    #[error("the signature that says to be of `{key}` is not")]
    Forged {
        /// The key's text.
        key: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    /// The example of `golang.org/x/mod/sumdb/note`.
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_of_the_go_tools_verifies_and_is_written_alike() {
        let note = Note::parse(NOTE.as_bytes()).unwrap();
        assert_eq!(note.signature_by(&KEY.parse().unwrap()), Ok(Some(Verified { at_seconds: None })));
        assert_eq!(note.to_string(), NOTE);
        let own = Note::sign(note.text().to_owned(), &Signer::from_secret_text(SECRET).unwrap()).unwrap();
        assert_eq!(own.to_string(), NOTE);
    }

    #[test]
    fn a_changed_text_is_refused_and_a_stranger_is_ignored() {
        let note = Note::parse(NOTE.replace("answer", "anwser").as_bytes()).unwrap();
        let error = note.signature_by(&KEY.parse().unwrap()).unwrap_err();
        assert_eq!(error.to_string(), format!("the signature that says to be of `{KEY}` is not"));
        let stranger = Signer::from_seed("stranger", KeyKind::Log, &[7; 32]).unwrap();
        assert_eq!(note.signature_by(stranger.public()), Ok(None));
    }

    #[test]
    fn what_is_no_note_is_refused() {
        let signature = NOTE.rsplit_once("\n\n").unwrap().1;
        let cases = [
            (String::new(), NoteError::NoSignature),
            ("text\n".to_owned(), NoteError::NoSignature),
            ("text\n\n".to_owned(), NoteError::NoSignature),
            ("\n".to_owned() + signature, NoteError::NoSignature),
            (NOTE.trim_end().to_owned(), NoteError::NoSignature),
            (format!("te\txt\n\n{signature}"), NoteError::Control),
            (format!("te\rxt\n\n{signature}"), NoteError::Control),
            (
                format!("text\n\n{}", signature.replace('\u{2014}', "-")),
                NoteError::SignatureLine { number: 1 },
            ),
            (format!("text\n\n{signature}more\n"), NoteError::SignatureLine { number: 2 }),
            (
                format!("text\n\n{}", signature.replace("x08go", "x08g!")),
                NoteError::SignatureLine { number: 1 },
            ),
            ("text\n\n\u{2014} a AAAA\n".to_owned(), NoteError::SignatureLine { number: 1 }),
            ("text\n\n\u{2014} a b+c AAAAAAAA\n".to_owned(), NoteError::SignatureLine { number: 1 }),
            (format!("text\n\n{}", signature.repeat(257)), NoteError::TooManySignatures { got: 257 }),
            ("x".repeat(NOTE_BYTES_MAX + 1), NoteError::TooLarge { got: NOTE_BYTES_MAX + 1 }),
        ];
        for (text, error) in cases {
            assert_eq!(Note::parse(text.as_bytes()), Err(error), "{text:.80}");
        }
        assert_eq!(Note::parse(b"\xff\n\n"), Err(NoteError::Encoding));
    }

    #[test]
    fn the_largest_note_is_read() {
        let signature = NOTE.rsplit_once("\n\n").unwrap().1;
        let many = format!("text\n\n{}", signature.repeat(SIGNATURES_MAX));
        assert_eq!(Note::parse(many.as_bytes()).unwrap().to_string(), many);
        let long = "x".repeat(NOTE_BYTES_MAX - 2 - signature.len());
        let longest = format!("{long}\n\n{signature}");
        assert_eq!(longest.len(), NOTE_BYTES_MAX);
        assert_eq!(Note::parse(longest.as_bytes()).unwrap().to_string(), longest);
    }

    #[test]
    fn the_same_signature_is_added_once() {
        let mut note = Note::parse(NOTE.as_bytes()).unwrap();
        note.add(note.signatures[0].clone());
        assert_eq!(note.to_string(), NOTE);
        let other = SignatureLine { name: "w".to_owned(), key_id: 1, bytes: vec![2] };
        note.add(other.clone());
        assert_eq!((note.signatures.len(), note.signatures[1].name()), (2, "w"));
    }
}
