//! The life of snapshots, with the plug pulled after every step, on every database. Method: a second `Store` on the same
//! folder stands for the next process.

use super::{SnapshotStatus, Step};
use crate::error::{ErrorKind, StoreError};
use crate::load_lock::{LoadLock, LoadOutcome};
use crate::snapshot::SnapshotRecord;
use crate::store::Store;
use crate::testing::{World, fill, mark, meta, nc, on_each_database};
use hustings_voterfile::report::{GateStatus, LoadReport};

async fn lock(store: &Store) -> LoadLock {
    store.local().lock_state(nc(), "load").await.unwrap()
}

async fn publish(
    store: &Store,
    as_of: &str,
    seed: char,
    predecessor: Option<&str>,
    text: &str,
) -> Result<SnapshotRecord, StoreError> {
    let lock = lock(store).await;
    let staging = store.staging(&lock)?;
    fill(&staging, text);
    store.local().publish(&lock, staging, meta(as_of, seed, predecessor)).await
}

async fn hold(
    store: &Store,
    as_of: &str,
    seed: char,
    predecessor: Option<&str>,
    text: &str,
) -> Result<SnapshotRecord, StoreError> {
    let lock = lock(store).await;
    let staging = store.staging(&lock)?;
    fill(&staging, text);
    store.local().hold(&lock, staging, meta(as_of, seed, predecessor)).await
}

async fn current(store: &Store) -> Option<String> {
    store.local().current(nc()).await.unwrap().map(|current| current.id)
}

fn gate(record: &SnapshotRecord) -> (GateStatus, Option<String>) {
    let report: LoadReport =
        serde_json::from_slice(&std::fs::read(record.folder.join("report.json")).unwrap()).unwrap();
    (report.summary.gate.status, report.summary.gate.accepted_reason)
}

/// Folders of the state that are not snapshots known to the database.
async fn litter(world: &World, store: &Store) -> Vec<String> {
    let known = store.local().snapshots(nc()).await.unwrap();
    let mut found = Vec::new();
    for folder in [store.data().state(nc()), store.data().state(nc()).join("held")] {
        for path in crate::durable::read_folder(&folder).unwrap() {
            if path.is_dir() && !path.ends_with("held") && !known.iter().any(|known| known.folder == path) {
                found.push(path.strip_prefix(world.folder.path()).unwrap().display().to_string());
            }
        }
    }
    found
}

#[tokio::test]
async fn a_published_snapshot_is_current_and_listed() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        assert_eq!(current(&store).await, None);
        let first = publish(&store, "2026-11-07", 'a', None, "first").await.unwrap();
        assert_eq!(first.id, "2026-11-07-aaaaaaaaaaaa");
        let second = publish(&store, "2026-11-14", 'b', Some(&first.id), "second").await.unwrap();
        assert!(second.is_current && second.predecessor.as_deref() == Some(first.id.as_str()));
        let again = world.open().await;
        let ids: Vec<_> =
            again.local().snapshots(nc()).await.unwrap().into_iter().map(|s| (s.id, s.is_current)).collect();
        assert_eq!(ids, [(second.id.clone(), true), (first.id.clone(), false)]);
        assert_eq!(again.local().states().await.unwrap(), [nc()]);
        let found = again.local().find_by_inputs(nc(), &"a".repeat(64)).await.unwrap().remove(0);
        assert_eq!((found.id, mark(&found.folder)), (first.id, "first".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn publishing_the_same_inputs_twice_changes_nothing() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        let first = publish(&store, "2026-11-07", 'a', None, "first").await.unwrap();
        let same = publish(&store, "2026-11-07", 'a', Some(&first.id), "rewritten").await.unwrap();
        assert_eq!(same, first);
        assert_eq!(mark(&same.folder), "first");
        assert!(litter(&world, &world.open().await).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_held_load_stays_aside_until_it_is_accepted_with_a_reason() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        let first = publish(&store, "2026-11-07", 'a', None, "first").await.unwrap();
        let held = hold(&store, "2026-11-14", 'b', Some(&first.id), "second").await.unwrap();
        assert_eq!((held.status, held.is_current), (SnapshotStatus::Held, false));
        assert!(held.folder.ends_with("held/2026-11-14-bbbbbbbbbbbb"));
        assert_eq!(current(&store).await.as_deref(), Some(first.id.as_str()));

        let lock = lock(&store).await;
        let empty = store.local().accept_held(&lock, &held.id, "  ").await.unwrap_err();
        assert_eq!(empty.kind(), ErrorKind::Input);
        let accepted = store.local().accept_held(&lock, &held.id, "county merged two files").await.unwrap();
        assert!(accepted.is_current && !held.folder.exists());
        assert_eq!(accepted.accepted_reason.as_deref(), Some("county merged two files"));
        assert_eq!(gate(&accepted), (GateStatus::Accepted, Some("county merged two files".to_owned())));
        assert_eq!(mark(&accepted.folder), "second");
        let twice = store.local().accept_held(&lock, &held.id, "again").await.unwrap_err();
        assert_eq!(twice.kind(), ErrorKind::Input);
    })
    .await;
}

#[tokio::test]
async fn a_held_load_whose_predecessor_is_no_longer_current_must_be_loaded_again() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        let first = publish(&store, "2026-11-07", 'a', None, "first").await.unwrap();
        let held = hold(&store, "2026-11-14", 'b', Some(&first.id), "second").await.unwrap();
        let third = publish(&store, "2026-11-21", 'c', Some(&first.id), "third").await.unwrap();
        let lock = lock(&store).await;
        let error = store.local().accept_held(&lock, &held.id, "fine").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::No);
        assert!(error.to_string().contains("load its files again"), "{error}");
        assert_eq!(current(&store).await, Some(third.id));
    })
    .await;
}

#[tokio::test]
async fn a_load_compared_with_an_outdated_snapshot_is_refused() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        publish(&store, "2026-11-07", 'a', None, "first").await.unwrap();
        let error = publish(&store, "2026-11-14", 'b', None, "second").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::No);
    })
    .await;
}

#[tokio::test]
async fn undo_makes_the_predecessor_current_and_the_same_files_publish_again() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        let first = publish(&store, "2026-11-07", 'a', None, "first").await.unwrap();
        let second = publish(&store, "2026-11-14", 'b', Some(&first.id), "second").await.unwrap();
        let lock_one = lock(&store).await;
        assert_eq!(store.local().undo(&lock_one).await.unwrap().id, first.id);
        let undone = store.local().snapshot(nc(), &second.id).await.unwrap().unwrap();
        assert_eq!((undone.status, undone.is_current), (SnapshotStatus::Undone, false));
        assert_eq!(mark(&undone.folder), "second");
        let error = store.local().undo(&lock_one).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::No);
        drop(lock_one);
        let again = publish(&store, "2026-11-14", 'b', Some(&first.id), "second again").await.unwrap();
        assert!(again.is_current && again.status == SnapshotStatus::Published);
        assert!(litter(&world, &store).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_crash_before_the_commit_leaves_the_last_good_snapshot_and_a_clean_folder() {
    on_each_database(async |world: World| {
        let mut store = world.open().await;
        let first = publish(&store, "2026-11-07", 'a', None, "first").await.unwrap();
        for step in [Step::Synced, Step::Announced, Step::Cleared, Step::Placed] {
            store.fault = Some(step);
            publish(&store, "2026-11-14", 'b', Some(&first.id), "second").await.unwrap_err();
            let next = world.open().await;
            assert_eq!(current(&next).await.as_deref(), Some(first.id.as_str()), "{step:?}");
            drop(lock(&next).await);
            assert!(litter(&world, &next).await.is_empty(), "{step:?}");
            assert_eq!(next.local().snapshots(nc()).await.unwrap().len(), 1, "{step:?}");
        }
        store.fault = None;
        let second = publish(&store, "2026-11-14", 'b', Some(&first.id), "second").await.unwrap();
        assert_eq!((second.is_current, mark(&second.folder)), (true, "second".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_crash_right_after_the_commit_has_published() {
    on_each_database(async |world: World| {
        let mut store = world.open().await;
        let first = publish(&store, "2026-11-07", 'a', None, "first").await.unwrap();
        store.fault = Some(Step::Committed);
        publish(&store, "2026-11-14", 'b', Some(&first.id), "second").await.unwrap_err();
        let next = world.open().await;
        assert_eq!(current(&next).await.as_deref(), Some("2026-11-14-bbbbbbbbbbbb"));
        drop(lock(&next).await);
        assert!(litter(&world, &next).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_crash_while_accepting_leaves_the_load_held() {
    on_each_database(async |world: World| {
        let mut store = world.open().await;
        let first = publish(&store, "2026-11-07", 'a', None, "first").await.unwrap();
        let held = hold(&store, "2026-11-14", 'b', Some(&first.id), "second").await.unwrap();
        for step in [Step::Reported, Step::Synced, Step::Announced, Step::Cleared, Step::Placed] {
            store.fault = Some(step);
            let lock_one = lock(&store).await;
            store.local().accept_held(&lock_one, &held.id, "fine").await.unwrap_err();
            drop(lock_one);
            let next = world.open().await;
            drop(lock(&next).await);
            let record = next.local().snapshot(nc(), &held.id).await.unwrap().unwrap();
            assert_eq!(record.status, SnapshotStatus::Held, "{step:?}");
            assert_eq!(gate(&record), (GateStatus::Held, None), "{step:?}");
            assert_eq!(current(&next).await.as_deref(), Some(first.id.as_str()), "{step:?}");
            assert!(litter(&world, &next).await.is_empty(), "{step:?}");
        }
        store.fault = None;
        let lock = lock(&store).await;
        let accepted = store.local().accept_held(&lock, &held.id, "fine").await.unwrap();
        assert_eq!(mark(&accepted.folder), "second");
    })
    .await;
}

#[tokio::test]
async fn a_crash_while_holding_again_forgets_at_worst_what_was_never_current() {
    on_each_database(async |world: World| {
        let mut store = world.open().await;
        for step in [Step::Synced, Step::Announced, Step::Cleared, Step::Placed] {
            store.fault = None;
            hold(&store, "2026-11-14", 'b', None, "held").await.unwrap();
            store.fault = Some(step);
            hold(&store, "2026-11-14", 'b', None, "held again").await.unwrap_err();
            let next = world.open().await;
            drop(lock(&next).await);
            assert!(litter(&world, &next).await.is_empty(), "{step:?}");
            for record in next.local().snapshots(nc()).await.unwrap() {
                assert!(record.folder.is_dir(), "{step:?}: {record:?}");
            }
        }
        store.fault = None;
        assert_eq!(mark(&hold(&store, "2026-11-14", 'b', None, "last").await.unwrap().folder), "last");
    })
    .await;
}

#[tokio::test]
async fn a_folder_unknown_to_the_database_is_replaced_and_never_deleted_unasked() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        for id in ["2026-11-07-aaaaaaaaaaaa", "2026-10-31-cccccccccccc"] {
            std::fs::create_dir_all(store.data().snapshot(nc(), id)).unwrap();
            std::fs::write(store.data().snapshot(nc(), id).join("voters.parquet"), "lost").unwrap();
        }
        let first = publish(&store, "2026-11-07", 'a', None, "first").await.unwrap();
        assert_eq!(mark(&first.folder), "first");
        assert_eq!(mark(&store.data().snapshot(nc(), "2026-10-31-cccccccccccc")), "lost");
    })
    .await;
}

#[tokio::test]
async fn the_second_locker_is_told_who_holds_the_lock() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        let held = lock(&store).await;
        let other = world.open().await;
        let error = other.local().lock_state(nc(), "load").await.unwrap_err();
        assert!(matches!(error, StoreError::Locked { .. }));
        assert_eq!(error.kind(), ErrorKind::Environment);
        let sentence = error.to_string();
        assert!(sentence.contains(&format!("process {}", std::process::id())), "{sentence}");
        assert!(sentence.contains("runs `load` since 20"), "{sentence}");
        // Another state is free.
        other.local().in_state("va").lock_state("va".parse().unwrap(), "load").await.unwrap();
        store.release(held, LoadOutcome::Failed).await.unwrap();
        other.local().lock_state(nc(), "load").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_state_outside_the_scope_is_as_if_it_were_not_there() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        let first = publish(&store, "2026-11-07", 'a', None, "first").await.unwrap();
        let virginia = store.local().in_state("va");
        assert!(!virginia.states().await.unwrap().contains(&nc()));
        assert!(virginia.snapshots(nc()).await.unwrap().is_empty());
        assert_eq!(virginia.snapshot(nc(), &first.id).await.unwrap(), None);
        assert!(virginia.lock_state(nc(), "load").await.is_err());
    })
    .await;
}

#[tokio::test]
async fn two_processes_that_start_at_once_on_a_fresh_directory_both_open() {
    on_each_database(async |world: World| {
        let (one, two) = tokio::join!(world.open(), world.open());
        assert_eq!(one.secret, two.secret);
    })
    .await;
}

#[derive(sea_orm::FromQueryResult)]
struct Load {
    verb: String,
    outcome: Option<String>,
}

#[tokio::test]
async fn loads_tell_how_each_ended_and_a_dead_holder_is_marked_interrupted() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        let lock_one = lock(&store).await;
        let staging = store.staging(&lock_one).unwrap();
        fill(&staging, "half");
        // The operating system frees a dead process's lock; nobody writes how it ended.
        drop(lock_one);
        let lock_two = store.local().lock_state(nc(), "undo").await.unwrap();
        assert!(!staging.path().exists());
        store.release(lock_two, LoadOutcome::Unchanged).await.unwrap();
        publish(&store, "2026-11-07", 'a', None, "first").await.unwrap();
        let loads: Vec<Load> = store
            .database
            .all("test", "SELECT verb, outcome FROM loads ORDER BY started_at, outcome DESC", Vec::new())
            .await
            .unwrap();
        let mut ends: Vec<_> =
            loads.iter().map(|load| (load.verb.as_str(), load.outcome.as_deref().unwrap_or(""))).collect();
        ends.sort_unstable();
        assert_eq!(ends, [("load", "interrupted"), ("load", "published"), ("undo", "unchanged")]);
    })
    .await;
}

async fn discard(store: &Store, id: &str) -> Result<SnapshotRecord, StoreError> {
    let lock = store.local().lock_state(nc(), "discard").await?;
    store.local().discard_held(&lock, id).await
}

#[tokio::test]
async fn a_discarded_load_keeps_its_report_frees_the_disk_and_can_be_loaded_again() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        let first = publish(&store, "2026-11-07", 'a', None, "first").await.unwrap();
        let held = hold(&store, "2026-11-14", 'b', Some(&first.id), "second").await.unwrap();
        let discarded = discard(&store, &held.id).await.unwrap();
        assert_eq!((discarded.status, discarded.is_current), (SnapshotStatus::Discarded, false));
        assert!(discarded.discarded_at.is_some());
        assert_eq!(store.local().report(&discarded).await.unwrap().summary.gate.status, GateStatus::Held);
        assert!(!discarded.folder.join("voters.parquet").exists());
        assert_eq!(current(&store).await.as_deref(), Some(first.id.as_str()));
        assert_eq!(mark(&first.folder), "first");
        // What is gone cannot be accepted, looked at or discarded once more; what is current never is.
        for id in [&held.id, &first.id] {
            assert_eq!(discard(&store, id).await.unwrap_err().kind(), ErrorKind::Input);
        }
        let lock_one = lock(&store).await;
        let error = store.local().accept_held(&lock_one, &held.id, "fine").await.unwrap_err();
        assert!(error.to_string().contains("is discarded, not held"), "{error}");
        drop(lock_one);
        let filter = crate::QuarantineFilter::default();
        let error = store.local().quarantine(&discarded, &filter, 0, 1).await.unwrap_err();
        assert!(error.to_string().contains("its rows are not"), "{error}");

        let again = hold(&store, "2026-11-14", 'b', Some(&first.id), "again").await.unwrap();
        assert_eq!((again.status, again.discarded_at.as_deref()), (SnapshotStatus::Held, None));
        assert_eq!(mark(&again.folder), "again");
        assert!(litter(&world, &store).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_crash_while_discarding_leaves_it_held_or_discarded_and_nothing_between() {
    on_each_database(async |world: World| {
        let mut store = world.open().await;
        let first = publish(&store, "2026-11-07", 'a', None, "first").await.unwrap();
        let held = hold(&store, "2026-11-14", 'b', Some(&first.id), "second").await.unwrap();
        for (step, status) in
            [(Step::Announced, SnapshotStatus::Held), (Step::Committed, SnapshotStatus::Discarded)]
        {
            store.fault = Some(step);
            discard(&store, &held.id).await.unwrap_err();
            let next = world.open().await;
            drop(lock(&next).await);
            let record = next.local().snapshot(nc(), &held.id).await.unwrap().unwrap();
            assert_eq!(record.status, status, "{step:?}");
            let rows = record.folder.join("voters.parquet").exists();
            assert_eq!(rows, status == SnapshotStatus::Held, "{step:?}");
            assert!(record.folder.join("report.json").exists(), "{step:?}");
            assert_eq!(current(&next).await.as_deref(), Some(first.id.as_str()), "{step:?}");
        }
        // The plug is pulled while its files are loaded again: discarded as before, or forgotten.
        for step in [Step::Synced, Step::Announced, Step::Cleared, Step::Placed] {
            store.fault = Some(step);
            hold(&store, "2026-11-14", 'b', Some(&first.id), "again").await.unwrap_err();
            let next = world.open().await;
            drop(lock(&next).await);
            assert!(litter(&world, &next).await.is_empty(), "{step:?}");
            if let Some(record) = next.local().snapshot(nc(), &held.id).await.unwrap() {
                assert_eq!(record.status, SnapshotStatus::Discarded, "{step:?}");
                assert!(record.folder.join("report.json").exists(), "{step:?}");
                assert!(!record.folder.join("voters.parquet").exists(), "{step:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_record_of_a_load_tells_how_it_went_also_of_a_dead_one() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        let outcome = async |id: &str| {
            let record = store.local().load_record(id).await.unwrap().unwrap();
            (record.outcome, record.snapshot)
        };
        assert_eq!(store.local().load_record("00ff").await.unwrap(), None);
        let lock = store.local().lock_state_as(nc(), "load", "00ff").await.unwrap();
        assert_eq!(outcome("00ff").await, (None, None), "it runs");
        let staging = store.staging(&lock).unwrap();
        fill(&staging, "first");
        let first = store.local().publish(&lock, staging, meta("2026-11-07", 'a', None)).await.unwrap();
        drop(lock);
        assert_eq!(outcome("00ff").await, (Some(LoadOutcome::Published), Some(first.id)));
        let lock = store.local().lock_state_as(nc(), "load", "00fe").await.unwrap();
        drop(lock);
        assert_eq!(
            outcome("00fe").await,
            (Some(LoadOutcome::Interrupted), None),
            "dead, and nobody has said so"
        );
        assert!(store.local().lock_state_as(nc(), "load", "00fe").await.is_err(), "an id is used once");
    })
    .await;
}

#[tokio::test]
async fn the_log_tells_of_every_list_that_came_waited_or_went() {
    #[derive(sea_orm::FromQueryResult)]
    struct Recorded {
        action: String,
        about: String,
        logs: String,
    }

    on_each_database(async |world: World| {
        let store = world.open().await;
        let first = publish(&store, "2026-11-07", 'a', None, "first").await.unwrap().id;
        let held = hold(&store, "2026-11-14", 'b', Some(&first), "second").await.unwrap().id;
        let lock_one = lock(&store).await;
        store.local().accept_held(&lock_one, &held, "checked by telephone").await.unwrap();
        store.local().undo(&lock_one).await.unwrap();
        drop(lock_one);
        publish(&store, "2026-11-14", 'b', Some(&first), "second").await.unwrap();
        let other = hold(&store, "2026-11-21", 'c', Some(&held), "third").await.unwrap().id;
        discard(&store, &other).await.unwrap();

        let sql = "SELECT action, about, logs FROM audit_outbox WHERE action LIKE 'list_%' ORDER BY sequence";
        let rows = store.database.all::<Recorded>("test", sql, Vec::new()).await.unwrap();
        let told: Vec<_> = rows.iter().map(|row| (row.action.as_str(), row.about.as_str())).collect();
        let expected = [
            ("list_published", first.as_str()),
            ("list_held", &held),
            ("list_accepted", &held),
            ("list_undone", &held),
            ("list_published", &held),
            ("list_held", &other),
            ("list_discarded", &other),
        ];
        assert_eq!(told, expected);
        assert!(rows.iter().all(|row| row.logs == r#"["local","platform"]"#));
    })
    .await;
}
