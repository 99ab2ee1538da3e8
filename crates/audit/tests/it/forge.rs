//! Goal: whoever changes a log is found out, and the first bad entry is named where it can be told. Method: every kind of
//! change to a log of 1,300 entries, and a flip of every kind of file at random places.

use crate::{Folder, append, entries, log_of, signer, write};
use hustings_audit::key::KeyKind;
use hustings_audit::log::CHECKPOINT;
use hustings_audit::verify::Problem;
use hustings_audit::{Head, Log, Policy, Report, Signer, TlogProof, TreeHash, verify};
use proptest::prelude::*;

const COUNT: usize = 1300;

fn report(folder: &Folder, since: &[Head]) -> Report {
    verify(folder, signer().public(), since, |_, entry| {
        if entry.starts_with(b"entry ") { Ok(()) } else { Err("no record".to_owned()) }
    })
}

fn problems(folder: &Folder) -> Vec<Problem> {
    report(folder, &[]).problems
}

fn bundle(numbers: &[usize]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in numbers {
        let entry = crate::entry(*number);
        bytes.extend_from_slice(&u16::try_from(entry.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(&entry);
    }
    bytes
}

#[test]
fn an_honest_log_verifies() {
    let (folder, log) = log_of(&entries(COUNT));
    let report = report(&folder, &[log.head()]);
    assert!(report.is_good(), "{:?}", report.problems);
    assert_eq!((report.entries, report.head, report.grown_from), (1300, Some(log.head()), vec![1300]));
}

#[test]
fn of_many_problems_a_hundred_are_told_and_the_rest_counted() {
    let folder = log_of(&entries(COUNT)).0;
    let refusing = |count: u64| {
        let report = verify(&folder, signer().public(), &[], |index, _| {
            if index < count { Err("no record".to_owned()) } else { Ok(()) }
        });
        (report.problems.len(), report.more_problems)
    };
    assert_eq!([99, 100, 101, 1300].map(refusing), [(99, 0), (100, 0), (100, 1), (100, 1200)]);
}

#[test]
fn an_entry_changed_deleted_doubled_or_moved_is_named() {
    let folder = log_of(&entries(COUNT)).0;
    let changed = |path: &str, numbers: &[usize]| {
        let mut folder = folder.clone();
        assert_ne!(folder.insert(path.to_owned(), bundle(numbers)).unwrap(), bundle(numbers));
        report(&folder, &[])
    };
    let whole: Vec<usize> = (256..512).collect();
    // Changed.
    let mut other = whole.clone();
    other[44] = 7;
    assert_eq!(changed("tile/entries/001", &other).problems, [Problem::Entry { index: 300 }]);
    // Two exchanged.
    let mut swapped = whole.clone();
    swapped.swap(10, 20);
    assert_eq!(changed("tile/entries/001", &swapped).first_bad(), Some(266..267));
    // One deleted: the next one stands in its place, and the last place is empty.
    let deleted: Vec<usize> = whole.iter().copied().filter(|number| *number != 300).collect();
    let report = changed("tile/entries/001", &deleted);
    assert_eq!(report.first_bad(), Some(300..301));
    assert!(report.problems.contains(&Problem::Missing { path: "tile/entries/001".to_owned(), index: 511 }));
    // One doubled, in the middle and at the end.
    let mut doubled = whole.clone();
    doubled.insert(44, 300);
    assert_eq!(changed("tile/entries/001", &doubled).first_bad(), Some(301..302));
    let mut longer: Vec<usize> = (1280..1300).collect();
    longer.push(1299);
    assert_eq!(
        changed("tile/entries/005.p/20", &longer).problems,
        [Problem::Trailing { path: "tile/entries/005.p/20".to_owned(), index: 1299 }]
    );
}

#[test]
fn a_missing_file_is_named() {
    let folder = log_of(&entries(COUNT)).0;
    let without = |path: &str| {
        let mut folder = folder.clone();
        folder.remove(path).unwrap();
        problems(&folder)
    };
    let path = "tile/entries/002".to_owned();
    assert_eq!(without(&path), [Problem::Missing { path, index: 512 }]);
    for path in ["tile/0/003", "tile/0/005.p/20", "tile/1/000.p/5"] {
        assert_eq!(without(path), [Problem::Tile { path: path.to_owned() }]);
    }
    let checkpoint = without(CHECKPOINT);
    assert_eq!(checkpoint[0].to_string(), "the log has no file `checkpoint`");
    // Neither entries nor hashes: the verification ends there.
    let mut empty = folder.clone();
    empty.retain(|path, _| path == CHECKPOINT);
    assert_eq!(problems(&empty), [Problem::Missing { path: "tile/entries/000".to_owned(), index: 0 }]);
}

#[test]
fn a_damaged_tile_is_told_from_a_damaged_entry() {
    let mut folder = log_of(&entries(COUNT)).0;
    folder.get_mut("tile/0/002").unwrap()[5 * 32] ^= 1;
    assert_eq!(problems(&folder), [Problem::Tile { path: "tile/0/002".to_owned() }]);
    assert_eq!(report(&folder, &[]).first_bad(), None);
    // An entry as well, elsewhere.
    folder.get_mut("tile/entries/001").unwrap()[3] ^= 1;
    assert_eq!(
        problems(&folder),
        [Problem::Entry { index: 256 }, Problem::Tile { path: "tile/0/002".to_owned() }]
    );
}

#[test]
fn entries_changed_with_their_hashes_are_narrowed_to_their_tile() {
    let mut folder = log_of(&entries(COUNT)).0;
    let mut numbers: Vec<usize> = (256..512).collect();
    numbers[44] = 7;
    folder.insert("tile/entries/001".to_owned(), bundle(&numbers));
    let leaf = TreeHash::leaf(&crate::entry(7));
    folder.get_mut("tile/0/001").unwrap()[44 * 32..45 * 32].copy_from_slice(leaf.as_bytes());
    assert_eq!(problems(&folder), [Problem::Range { from: 256, to: 512 }]);
}

/// Above 65,536 entries there is a third level of tiles.
#[test]
fn entries_changed_with_two_levels_of_hashes_are_narrowed_too() {
    let honest = log_of(&entries(66_000)).0;
    let mut other = entries(66_000);
    other[300] = b"entry forged".to_vec();
    let forged = log_of(&other).0;
    let with = |paths: &[&str]| {
        let mut folder = honest.clone();
        for path in paths {
            assert_ne!(folder.insert((*path).to_owned(), forged[*path].clone()).unwrap(), forged[*path]);
        }
        problems(&folder)
    };
    assert_eq!(with(&["tile/entries/001"]), [Problem::Entry { index: 300 }]);
    assert_eq!(with(&["tile/entries/001", "tile/0/001"]), [Problem::Range { from: 256, to: 512 }]);
    let two = ["tile/entries/001", "tile/0/001", "tile/1/000"];
    assert_eq!(with(&two), [Problem::Range { from: 0, to: 65_536 }]);
}

#[test]
fn a_tree_rebuilt_without_the_key_does_not_give_the_signed_root() {
    let (folder, log) = log_of(&entries(COUNT));
    let mut other = entries(COUNT);
    other[1234] = b"entry forged".to_vec();
    let (mut rebuilt, forged) = log_of(&other);
    rebuilt.insert(CHECKPOINT.to_owned(), folder[CHECKPOINT].clone());
    let (signed, got) = (log.head().root, forged.head().root);
    assert_eq!(problems(&rebuilt), [Problem::Root { signed, got }]);
    // Signed with another key.
    let stranger = Signer::from_seed(crate::ORIGIN, KeyKind::Log, &[9; 32]).unwrap();
    write(&mut rebuilt, &Log::resume(&folder, signer(), None).unwrap().checkpoint().unwrap());
    let report = verify(&rebuilt, stranger.public(), &[], |_, _| Ok(()));
    assert!(matches!(report.problems[..], [Problem::Checkpoint { .. }]));
}

/// Who holds the key can rewrite everything; who kept a checkpoint finds out, and a witness signs no more.
#[test]
fn a_log_rewritten_and_signed_again_is_caught_by_whoever_kept_a_checkpoint() {
    let mut honest = entries(1000);
    let (mut folder, mut log) = log_of(&honest);
    let first = log.head();
    append(&mut folder, &mut log, &entries(200));
    let kept = log.head();
    let proof = TlogProof::prove(&folder, signer().public(), 1100).unwrap();
    honest.extend(entries(200));
    honest[1100] = b"entry forged".to_vec();
    honest.extend(entries(100));
    let (rewritten, _) = log_of(&honest);
    assert!(report(&rewritten, &[]).is_good(), "without a kept checkpoint nobody can tell");
    let report = report(&rewritten, &[kept, first]);
    assert_eq!(report.problems, [Problem::Rewritten { from: 1000, to: 1200 }]);
    assert_eq!(report.grown_from, [1000]);
    assert_eq!(
        report.problems[0].to_string(),
        "the log was rewritten: its first 1200 entries are not those of the kept checkpoint; the first changed one is \
         1000 or later"
    );
    // The old proof still shows what had been logged.
    let policy = Policy::of_log(signer().public().clone()).unwrap();
    assert_eq!(proof.check_own(&policy).unwrap().0, crate::entry(100));
}

#[test]
fn a_log_that_was_cut_or_is_of_a_backup_is_caught() {
    let (folder, mut log) = log_of(&entries(600));
    let mut grown = folder.clone();
    append(&mut grown, &mut log, &entries(50));
    assert_eq!(report(&folder, &[log.head()]).problems, [Problem::Cut { kept: 650, got: 600 }]);
}

#[test]
fn an_entry_that_the_caller_refuses_is_a_problem() {
    let folder = log_of(&[crate::entry(0), b"\n{}".to_vec()]).0;
    assert_eq!(problems(&folder), [Problem::Refused { index: 1, reason: "no record".to_owned() }]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_flipped_bit_is_found(file in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), bit in 0u32..8) {
        let mut folder = log_of(&entries(700)).0;
        folder.remove("vkey");
        let path = file.get(&folder.keys().cloned().collect::<Vec<_>>()).clone();
        let bytes = folder.get_mut(&path).unwrap();
        let place = place.index(bytes.len());
        bytes[place] ^= 1u8 << bit;
        let report = verify(&folder, signer().public(), &[], |_, _| Ok(()));
        prop_assert!(!report.is_good(), "{}", path);
        if path.starts_with("tile/entries/") {
            prop_assert!(report.first_bad().is_some(), "{}: {:?}", path, report.problems);
        }
    }

    /// A kept checkpoint catches a change below its size, and nothing above it: what came later it never saw.
    #[test]
    fn a_kept_checkpoint_catches_what_lies_below_it(kept in 1usize..700, changed in 0usize..700, kind in 0..4) {
        let honest = log_of(&entries(kept)).1.head();
        let mut other = entries(700);
        match kind {
            0 => other[changed] = b"entry forged".to_vec(),
            1 => _ = other.remove(changed),
            2 => other.insert(changed, b"entry forged".to_vec()),
            _ => other.swap(changed, 699),
        }
        let same = other[..kept.min(other.len())] == entries(kept)[..];
        let (rewritten, log) = log_of(&other);
        prop_assert!(report(&rewritten, &[]).is_good());
        let problems = report(&rewritten, &[honest]).problems;
        if same {
            prop_assert_eq!(problems, []);
        } else if kept > other.len() {
            prop_assert_eq!(problems, [Problem::Cut { kept: kept as u64, got: log.head().size }]);
        } else {
            prop_assert_eq!(problems, [Problem::Rewritten { from: 0, to: kept as u64 }]);
        }
    }
}
