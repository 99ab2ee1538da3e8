//! Goal: no input of a stranger stops the program. Method: random bytes, and changed honest texts, into every parser.

use crate::{entries, log_of, signer};
use hustings_audit::key::VerifierKey;
use hustings_audit::log::CHECKPOINT;
use hustings_audit::note::Note;
use hustings_audit::witness::Request;
use hustings_audit::{Checkpoint, Policy, Record, Signer, TlogProof, TreeHash, proof, tile};

/// Whatever is read is written as it was: a text has one meaning.
fn read_all(bytes: &[u8]) {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes);
        if let Ok(checkpoint) = Checkpoint::parse(note.text()) {
            assert_eq!(checkpoint.to_text(), note.text());
        }
    }
    if let Ok(read) = TlogProof::parse(bytes) {
        assert_eq!(read.to_string().as_bytes(), bytes);
    }
    if let Ok(request) = Request::parse(bytes) {
        assert_eq!(request.to_body(), bytes);
    }
    if let Ok(record) = Record::parse(bytes) {
        assert_eq!(record.to_entry(), bytes);
    }
    let _ = Checkpoint::open(bytes, signer().public());
    let _ = tile::entries_from_bytes(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Policy::parse(text);
        let _ = Signer::from_secret_text(text);
        if let Ok(key) = text.parse::<VerifierKey>() {
            assert_eq!(key.to_string(), text);
        }
        if let Ok(checkpoint) = Checkpoint::parse(text) {
            assert_eq!(checkpoint.to_text(), text);
        }
    }
}

#[test]
fn random_bytes_stop_no_parser() {
    bolero::check!().with_iterations(20_000).for_each(read_all);
}

#[test]
fn changed_texts_stop_no_parser() {
    let folder = log_of(&entries(300)).0;
    let proof = TlogProof::prove(&folder, signer().public(), 270).unwrap();
    let request = Request::from_files(&folder, None).unwrap();
    let policy = format!("log {}\nquorum none\n", signer().public());
    let texts =
        [folder[CHECKPOINT].clone(), proof.to_string().into_bytes(), request.to_body(), policy.into_bytes()];
    for text in &texts {
        read_all(text);
    }
    bolero::check!().with_type::<(u8, u16, u8, u16)>().with_iterations(20_000).for_each(
        |(which, place, byte, end)| {
            let mut text = texts[usize::from(*which) % texts.len()].clone();
            let length = text.len();
            text[usize::from(*place) % length] = *byte;
            text.truncate(length - usize::from(*end) % 7);
            read_all(&text);
        },
    );
}

#[test]
fn proofs_of_strangers_prove_nothing() {
    bolero::check!().with_type::<(u64, u64, u64, Vec<[u8; 32]>)>().with_iterations(20_000).for_each(
        |(index, old, new, hashes)| {
            let path: Vec<TreeHash> = hashes.iter().copied().map(TreeHash::from_bytes).collect();
            let root = TreeHash::leaf(b"root");
            let head = |size| hustings_audit::Head { size, root };
            assert!(proof::check_inclusion(TreeHash::leaf(b"entry"), *index, head(*new), &path).is_err());
            if old != new {
                assert!(proof::check_consistency(head(*old), head(*new), &path).is_err());
            }
        },
    );
}
