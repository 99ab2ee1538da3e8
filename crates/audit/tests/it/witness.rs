//! Goal: a witness never confirms two trees that are not one log's past and future, and never signs before it has stored.
//! Method: an honest log, a rewritten one, a cut one, and a store that fails.

use crate::{ORIGIN, append, entries, log_of, signer};
use hustings_audit::key::KeyKind;
use hustings_audit::log::CHECKPOINT;
use hustings_audit::note::Note;
use hustings_audit::policy::PolicyError;
use hustings_audit::tlog_proof::TlogProofError;
use hustings_audit::witness::{Refusal, Request};
use hustings_audit::{Files, Head, Policy, Signer, TlogProof, Witness};
use jiff::Timestamp;

fn witness_key(name: &str, seed: u8) -> Signer {
    Signer::from_seed(name, KeyKind::Witness, &[seed; 32]).unwrap()
}

fn witness() -> Witness {
    Witness::new(witness_key("auditor.example/w1", 40)).unwrap()
}

fn at() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// What `hustings witness --log DIR` does in one round.
fn round(files: &impl Files, seen: &mut Option<Head>) -> Result<String, Refusal> {
    let witness = witness();
    let request = Request::from_files(files, *seen)?;
    // Over the wire and back.
    let request = Request::parse(&request.to_body()).unwrap();
    let pending = witness.check(&request, &[signer().public().clone()], |_| *seen)?;
    let line = pending.cosign::<Refusal>(at(), |origin, from, to| {
        assert_eq!((origin, from), (ORIGIN, *seen));
        *seen = Some(to);
        Ok(())
    })?;
    Ok(line.to_string())
}

#[test]
fn a_growing_log_is_confirmed_each_time() {
    let (mut folder, mut log) = log_of(&entries(3));
    let mut seen = None;
    for count in [0, 1, 252, 1, 300, 1000, 0] {
        append(&mut folder, &mut log, &entries(count));
        let line = round(&folder, &mut seen).unwrap();
        assert_eq!(seen, Some(log.head()));
        let mut note = Note::parse(&folder[CHECKPOINT]).unwrap();
        note.add(hustings_audit::note::SignatureLine::parse(&line, 1).unwrap());
        let read = Note::parse(note.to_string().as_bytes()).unwrap();
        let verified = read.signature_by(witness().public()).unwrap().unwrap();
        assert_eq!(verified.at_seconds, Some(1_800_000_000));
    }
}

#[test]
fn a_rewritten_a_cut_and_a_foreign_log_are_refused() {
    let (mut folder, mut log) = log_of(&entries(500));
    let small = folder.clone();
    append(&mut folder, &mut log, &entries(100));
    let mut seen = None;
    round(&folder, &mut seen).unwrap();
    let kept = seen;

    let refusal = round(&small, &mut seen).unwrap_err();
    assert_eq!(refusal, Refusal::Smaller { seen: 600, got: 500 });
    assert!(refusal.is_misbehavior());

    let mut other = entries(500);
    other[77] = b"forged".to_vec();
    other.extend(entries(100));
    let same_size = log_of(&other).0;
    assert_eq!(round(&same_size, &mut seen).unwrap_err(), Refusal::Split { size: 600 });
    other.extend(entries(7));
    let larger = log_of(&other).0;
    let refusal = round(&larger, &mut seen).unwrap_err();
    assert!(matches!(refusal, Refusal::Proof(_)), "{refusal}");
    assert_eq!(refusal.status(), 422);
    assert_eq!(seen, kept, "nothing of it was stored");

    let request = Request::from_files(&folder, None).unwrap();
    let unknown = witness().check(&request, &[], |_| None).unwrap_err();
    assert_eq!((unknown.status(), unknown), (404, Refusal::UnknownLog));
    let stranger = Signer::from_seed(ORIGIN, KeyKind::Log, &[99; 32]).unwrap();
    let unsigned = witness().check(&request, &[stranger.public().clone()], |_| None).unwrap_err();
    assert_eq!(unsigned.status(), 403);
    let conflict = witness().check(&request, &[signer().public().clone()], |_| kept).unwrap_err();
    assert_eq!((conflict.status(), conflict), (409, Refusal::Conflict { seen: 600 }));
}

#[test]
fn nothing_is_signed_when_the_state_cannot_be_stored() {
    #[derive(Debug, PartialEq)]
    struct DiskFull;
    impl From<Refusal> for DiskFull {
        fn from(_: Refusal) -> Self {
            Self
        }
    }
    let folder = log_of(&entries(5)).0;
    let witness = witness();
    let request = Request::from_files(&folder, None).unwrap();
    let pending = witness.check(&request, &[signer().public().clone()], |_| None).unwrap();
    assert_eq!(pending.cosign(at(), |_, _, _| Err(DiskFull)).unwrap_err(), DiskFull);
}

#[test]
fn a_body_that_is_no_request_is_refused() {
    let hash = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=";
    for body in [
        String::new(),
        "old 1\n".to_owned(),
        "old 01\n\nx".to_owned(),
        "old -1\n\nx".to_owned(),
        "new 1\n\nx".to_owned(),
        format!("old 1\n{hash}x\n\nx"),
        format!("old 1\n{}\nx", format!("{hash}\n").repeat(64)),
    ] {
        assert_eq!(Request::parse(body.as_bytes()), Err(Refusal::Form), "{body:.60}");
    }
    let longest = format!("old 18446744073709551615\n{}\nx", format!("{hash}\n").repeat(63));
    let read = Request::parse(longest.as_bytes()).unwrap();
    assert_eq!(
        (read.old_size, read.proof.len(), read.checkpoint.as_slice()),
        (u64::MAX, 63, b"x".as_slice())
    );
    assert_eq!(read.to_body(), longest.as_bytes());
    let large = format!("old 0\n\n{}", "x".repeat((1 << 19) - 7));
    assert!(Request::parse(large.as_bytes()).is_ok(), "with the largest note");
    assert_eq!(Request::parse(format!("{large}x").as_bytes()), Err(Refusal::Form));
}

/// What a program reads of a refusal: the status, and whether the log's members are to be told.
#[test]
fn a_refusal_says_who_is_at_fault() {
    use hustings_audit::checkpoint::CheckpointError;
    use hustings_audit::proof::{ProofError, ProveError};
    let text = CheckpointError::Text("an origin in line 1");
    for (refusal, status, is_misbehavior) in [
        (Refusal::UnknownLog, 404, false),
        (Refusal::Checkpoint(text), 400, false),
        (Refusal::Form, 400, false),
        (Refusal::Smaller { seen: 2, got: 1 }, 400, true),
        (Refusal::Conflict { seen: 1 }, 409, false),
        (Refusal::Split { size: 1 }, 409, true),
        (Refusal::Proof(ProofError::NotConsistent { old: 1, new: 2 }), 422, true),
        (Refusal::Prove(ProveError::Missing("tile/0/000".to_owned())), 500, false),
        (Refusal::NoCheckpoint, 500, false),
        (Refusal::LogKey, 500, false),
        (Refusal::Clock, 500, false),
    ] {
        assert_eq!((refusal.status(), refusal.is_misbehavior()), (status, is_misbehavior), "{refusal}");
    }
}

/// Two of three states and the national party, as the specification's example has it.
#[test]
fn a_quorum_counts_witnesses_of_each_side() {
    let (mut folder, _) = log_of(&entries(300));
    let states: Vec<Signer> =
        (1u8..=3).map(|seed| witness_key(&format!("state{seed}.example"), seed)).collect();
    let national = witness_key("national.example", 9);
    let mut text =
        format!("# who must confirm\nlog {} https://party.example/logs/state\n\n", signer().public());
    for (number, state) in states.iter().enumerate() {
        text.push_str(&format!("\twitness S{number} {}\n", state.public()));
    }
    text.push_str(&format!("witness N {}\n", national.public()));
    text.push_str(
        "group states 2 S0 S1 S2\ngroup national any N\ngroup both all states national\nquorum both\n",
    );
    let policy = Policy::parse(&text).unwrap();

    let proof = |folder: &crate::Folder| TlogProof::prove(folder, signer().public(), 123).unwrap();
    let confirm = |signer: Signer, folder: &mut crate::Folder| {
        let witness = Witness::new(signer).unwrap();
        let request = Request::from_files(folder, None).unwrap();
        let keys = [crate::signer().public().clone()];
        let pending = witness.check(&request, &keys, |_| None).unwrap();
        let line = pending.cosign::<Refusal>(at(), |_, _, _| Ok(())).unwrap();
        let mut note = Note::parse(&folder[CHECKPOINT]).unwrap();
        note.add(line);
        folder.insert(CHECKPOINT.to_owned(), note.to_string().into_bytes());
    };
    let mut states = states.into_iter();
    for expected in [0, 1, 2] {
        let error = proof(&folder).check_own(&policy).unwrap_err();
        assert_eq!(error, TlogProofError::Policy(PolicyError::TooFewWitnesses { got: expected }));
        confirm(states.next().unwrap(), &mut folder);
    }
    confirm(national, &mut folder);
    let proof = proof(&folder);
    let read = TlogProof::parse(proof.to_string().as_bytes()).unwrap();
    assert_eq!(read, proof);
    let (entry, approved) = read.check_own(&policy).unwrap();
    assert_eq!(entry, crate::entry(123));
    let names: Vec<&str> = approved.witnesses.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["S0", "S1", "S2", "N"]);
    assert!(matches!(read.check(b"other", &policy), Err(TlogProofError::Proof(_))));
    let moved = TlogProof { index: 124, ..read };
    assert!(matches!(moved.check_own(&policy), Err(TlogProofError::Proof(_))));
}
