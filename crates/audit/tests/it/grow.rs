//! Goal: whatever the batches and wherever the crash, the log that results is the same, and no two checkpoints of one
//! size ever differ. Method: random batches and crash points against a log that is written at once.

use crate::{Folder, append, entries, entry, log_of, signer, write};
use hustings_audit::log::{CHECKPOINT, LogError};
use hustings_audit::tile::Tile;
use hustings_audit::{Checkpoint, Head, Log, verify};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn no_check(_: u64, _: &[u8]) -> Result<(), String> {
    Ok(())
}

/// The files that a log of this size must have, and no more.
fn needed(folder: &Folder, size: u64) -> Folder {
    let mut needed: Folder =
        Tile::all(size).map(|tile| (tile.path(), folder[&tile.path()].clone())).collect();
    needed.insert(CHECKPOINT.to_owned(), folder[CHECKPOINT].clone());
    needed
}

fn head_of(checkpoint: &[u8]) -> Head {
    Checkpoint::open(checkpoint, signer().public()).unwrap().0.head
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_crash_between_any_two_writes_changes_nothing(
        // How many entries a batch has, after how many writes of it the machine stops, and whether the database had
        // stored the head that was about to be signed.
        steps in prop::collection::vec((1usize..400, 0usize..12, any::<bool>()), 1..12),
    ) {
        let mut folder = log_of(&[]).0;
        let mut known = None;
        let mut signed: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
        for (count, writes, pledged) in steps {
            let mut log = Log::resume(&folder, signer(), known).unwrap();
            let size = log.head().size;
            if !log.is_current(&folder[CHECKPOINT]) {
                write(&mut folder, &log.checkpoint().unwrap());
            }
            prop_assert!(log.is_current(&folder[CHECKPOINT]));
            let from = usize::try_from(size).unwrap();
            let batch: Vec<Vec<u8>> = (from..from + count).map(entry).collect();
            let batch = log.append(&batch).unwrap();
            for file in batch.files().iter().take(writes) {
                write(&mut folder, file);
            }
            if writes > batch.files().len() {
                if pledged {
                    known = Some(batch.head());
                }
                if writes > batch.files().len() + 1 {
                    let sealed = log.seal(batch).unwrap();
                    write(&mut folder, &sealed.checkpoint);
                    if writes > 8 {
                        for gone in sealed.superseded {
                            folder.retain(|path, _| !path.starts_with(&format!("{gone}/")));
                        }
                    }
                }
            }
            let checkpoint = folder[CHECKPOINT].clone();
            let before = signed.insert(head_of(&checkpoint).size, checkpoint.clone());
            prop_assert!(before.is_none_or(|before| before == checkpoint));
            prop_assert!(verify(&folder, signer().public(), &[], no_check).is_good());
        }
        let log = Log::resume(&folder, signer(), known).unwrap();
        write(&mut folder, &log.checkpoint().unwrap());
        prop_assert!(!log.is_current(&log_of(&[]).0[CHECKPOINT]) || log.head().size == 0);
        let size = log.head().size;
        let once = log_of(&entries(usize::try_from(size).unwrap())).0;
        prop_assert_eq!(needed(&folder, size), needed(&once, size));
        let kept: Vec<Head> = signed.values().map(|checkpoint| head_of(checkpoint)).collect();
        let report = verify(&folder, signer().public(), &kept, no_check);
        prop_assert!(report.is_good(), "{:?}", report.problems);
        prop_assert_eq!(report.grown_from.len(), kept.len());
    }
}

#[test]
fn an_empty_batch_writes_nothing_and_an_empty_log_verifies() {
    let (folder, log) = log_of(&[]);
    assert_eq!(folder.keys().collect::<Vec<_>>(), ["checkpoint", "vkey"]);
    assert_eq!(log.append(&Vec::<Vec<u8>>::new()).unwrap().files(), []);
    assert!(verify(&folder, signer().public(), &[log.head()], no_check).is_good());
}

#[test]
fn a_batch_that_was_dropped_was_never_there() {
    let (mut folder, mut log) = log_of(&entries(300));
    let head = log.head();
    let lost = log.append(&entries(5)).unwrap();
    assert_eq!(log.head(), head);
    append(&mut folder, &mut log, &[b"another".to_vec()]);
    let error = log.seal(lost).unwrap_err().to_string();
    assert_eq!(error, "expected a batch that continues the tree of 301 entries, got one that continues 300");
    assert!(verify(&folder, signer().public(), &[head], no_check).is_good());
}

#[test]
fn an_entry_that_is_too_long_takes_none_of_its_batch() {
    let log = log_of(&entries(3)).1;
    let error = log.append(&[vec![0; 65_535], vec![0; 65_536]]).unwrap_err();
    assert_eq!((error.index, error.got), (1, 65_536));
}

#[test]
fn a_folder_from_a_backup_is_not_taken_up() {
    let (mut folder, mut log) = log_of(&entries(300));
    let backup = folder.clone();
    append(&mut folder, &mut log, &entries(10));
    let known = Some(log.head());
    // Yesterday's folder and today's database.
    let error = Log::resume(&backup, signer(), known).unwrap_err();
    assert!(matches!(error, LogError::RolledBack { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "the log's files hold 300 entries, and 310 were signed: the files were put back from a backup"
    );
    // Today's folder and yesterday's database: nothing that was signed is missing.
    let old = head_of(&backup[CHECKPOINT]);
    assert_eq!(Log::resume(&folder, signer(), Some(old)).unwrap().head(), log.head());
    // Somebody went on from the backup.
    let mut forked = backup;
    let mut fork = Log::resume(&forked, signer(), None).unwrap();
    append(&mut forked, &mut fork, &vec![b"other".to_vec(); 10]);
    assert!(matches!(Log::resume(&forked, signer(), known), Err(LogError::Forked { size: 310 })));
    append(&mut forked, &mut fork, &vec![b"other".to_vec(); 10]);
    assert!(matches!(Log::resume(&forked, signer(), known), Err(LogError::Forked { size: 310 })));
}

#[test]
fn damaged_files_are_not_taken_up() {
    let folder = log_of(&entries(300)).0;
    for path in ["tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44"] {
        for damage in [true, false] {
            let mut damaged = folder.clone();
            if damage {
                damaged.get_mut(path).unwrap()[9] ^= 1;
            } else {
                damaged.remove(path);
            }
            assert!(matches!(Log::resume(&damaged, signer(), None), Err(LogError::Damaged { .. })), "{path}");
        }
    }
    let mut none = folder.clone();
    none.remove(CHECKPOINT);
    assert!(matches!(Log::resume(&none, signer(), None), Err(LogError::NoCheckpoint)));
    let mut forged = folder;
    forged.get_mut(CHECKPOINT).unwrap()[30] ^= 1;
    assert!(matches!(Log::resume(&forged, signer(), None), Err(LogError::Checkpoint(_))));
}
