//! What the outbox holds is in the logs once and in order, wherever the sequencer was stopped.

use super::outbox::PLATFORM_LOG;
use super::{AuditEvent, AuditRecord, LogFolder, WitnessFile};
use crate::store::Store;
use crate::testing::{World, on_each_database};
use hustings_access::verb::ReadLog;
use hustings_access::{Organization, OrganizationId, OrganizationKind, Principal, Request};
use hustings_audit::record::RecordId;
use hustings_audit::{Files as _, Policy, Record, TlogProof, VerifierKey, verify};
use sea_orm::FromQueryResult;

async fn act(store: &Store, organization: &str, about: &str) {
    let organization: OrganizationId = organization.parse().unwrap();
    let event = AuditEvent {
        principal: Some(Principal::Local),
        action: "export",
        about: Some(about.to_owned()),
        classes: [hustings_core::FieldClass::Base].into(),
        voters: Some(1234),
        details: serde_json::json!({"file": "list.csv"}),
        owners: [organization.clone()].into(),
        organization,
    };
    store.log_event(&event).await.unwrap();
}

/// The records of a log that verifies.
#[track_caller]
fn records(folder: &LogFolder) -> Vec<RecordId> {
    let key: VerifierKey = String::from_utf8(folder.read("vkey").unwrap()).unwrap().trim().parse().unwrap();
    let mut ids = Vec::new();
    let report = verify(folder, &key, &[], |_, entry| {
        ids.push(Record::parse(entry).map_err(|error| error.to_string())?.envelope().id);
        Ok(())
    });
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.head.unwrap().size, report.entries);
    ids
}

#[derive(FromQueryResult)]
struct Id {
    record_id: String,
}

async fn outbox(store: &Store, log: &str) -> Vec<RecordId> {
    let sql = "SELECT record_id FROM audit_outbox WHERE logs LIKE $1 ORDER BY sequence";
    let rows = store.database.all::<Id>("test", sql, vec![format!("%\"{log}\"%").into()]).await.unwrap();
    rows.iter().map(|row| row.record_id.parse().unwrap()).collect()
}

async fn run(store: &Store, sql: &str) {
    let transaction = store.database.begin("test").await.unwrap();
    transaction.script(sql).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn is_complete(store: &Store) {
    for log in ["rivera", "chen", PLATFORM_LOG] {
        assert_eq!(records(&store.log_folder(log)), outbox(store, log).await, "{log}");
    }
}

#[tokio::test]
async fn every_row_comes_once_into_the_logs_concerned() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        for number in 0..300 {
            act(&store, if number % 3 == 0 { "rivera" } else { "chen" }, "export-1").await;
        }
        assert_eq!(store.sequence_logs().await.unwrap(), 300);
        assert_eq!(store.sequence_logs().await.unwrap(), 0);
        is_complete(&store).await;
        assert_eq!(records(&store.log_folder("rivera")).len(), 100);

        // Another process goes on, and then this one again.
        let other = world.open().await;
        act(&other, "chen", "export-2").await;
        assert_eq!(other.sequence_logs().await.unwrap(), 1);
        act(&store, "rivera", "export-3").await;
        assert_eq!(store.sequence_logs().await.unwrap(), 1);
        is_complete(&store).await;

        let entry = hustings_audit::tlog_proof::read_entry(&store.log_folder("rivera"), 0, 101).unwrap();
        let text = String::from_utf8(entry).unwrap();
        assert!(
            text.contains(r#""action":"export","classes":["base"]"#) && text.contains("1000-9999"),
            "{text}"
        );
        assert!(!text.contains("list.csv") && !text.contains("export-1"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn wherever_the_sequencer_is_stopped_the_next_one_signs_the_same_tree() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        act(&store, "rivera", "a").await;
        act(&store, "chen", "b").await;
        store.sequence_logs().await.unwrap();
        let checkpoint = |log: &str| store.log_folder(log).read("checkpoint").unwrap();
        let restore = |log: &str, bytes: &[u8]| {
            std::fs::write(store.log_folder(log).path().join("checkpoint"), bytes).unwrap();
        };
        let logs = ["rivera", "chen", PLATFORM_LOG];
        let before = logs.map(checkpoint);
        run(&store, "CREATE TABLE heads_before AS SELECT * FROM log_heads").await;
        for number in 0..600 {
            act(&store, ["rivera", "chen"][number % 2], "c").await;
        }
        store.sequence_logs().await.unwrap();
        let after = logs.map(checkpoint);
        let back = "DELETE FROM log_heads; INSERT INTO log_heads SELECT * FROM heads_before";
        let signed_once = async |what: &str| {
            let next = world.open().await;
            next.sequence_logs().await.unwrap();
            assert_eq!(logs.map(checkpoint), after, "{what}");
            is_complete(&next).await;
        };

        run(&store, back).await;
        logs.iter().zip(&before).for_each(|(log, bytes)| restore(log, bytes));
        signed_once("after the files, before the database").await;

        logs.iter().zip(&before).for_each(|(log, bytes)| restore(log, bytes));
        signed_once("after the database, before the checkpoints").await;

        restore("chen", &before[1]);
        signed_once("between two checkpoints").await;

        run(&store, back).await;
        signed_once("a database put back from a backup").await;
        act(&store, "chen", "d").await;
        store.sequence_logs().await.unwrap();
        is_complete(&store).await;
    })
    .await;
}

#[tokio::test]
async fn a_log_that_cannot_be_written_keeps_its_rows_and_goes_on_later() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        act(&store, "rivera", "a").await;
        act(&store, "chen", "a").await;
        store.sequence_logs().await.unwrap();
        act(&store, "rivera", "b").await;

        let key = store.log_key_path("rivera");
        let aside = key.with_extension("aside");
        std::fs::rename(&key, &aside).unwrap();
        let next = world.open().await;
        let error = next.sequence_logs().await.unwrap_err().to_string();
        assert!(
            error.contains("rivera-") && error.contains(".log-key") && error.contains("--keys"),
            "{error}"
        );
        std::fs::rename(&aside, &key).unwrap();

        let tile = store.log_folder("rivera").path().join("tile");
        std::fs::rename(&tile, tile.with_extension("aside")).unwrap();
        std::fs::write(&tile, "in the way").unwrap();
        next.sequence_logs().await.unwrap_err();
        std::fs::remove_file(&tile).unwrap();
        std::fs::rename(tile.with_extension("aside"), &tile).unwrap();
        assert_eq!(next.sequence_logs().await.unwrap(), 1);
        is_complete(&next).await;
    })
    .await;
}

#[tokio::test]
async fn what_was_changed_in_the_log_or_in_the_database_is_found() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        for number in 0..5 {
            act(&store, ["rivera", "chen"][number % 2], "a").await;
        }
        store.sequence_logs().await.unwrap();
        let good = store.verify_logs(&[]).await.unwrap();
        assert!(good.iter().all(super::LogVerified::is_good), "{good:?}");
        assert_eq!(good.iter().map(|log| log.report.entries).collect::<Vec<_>>(), [2, 5, 3]);
        let of = async |log: &str| {
            let found = store.verify_logs(&[]).await.unwrap();
            found.into_iter().find(|verified| verified.log == log).unwrap()
        };

        // A row of the database says something else than was signed.
        run(&store, "UPDATE audit_outbox SET about = 'b' WHERE sequence = 3").await;
        let found = of("rivera").await;
        assert_eq!((found.is_good(), found.first_bad), (false, Some((1, 2))), "{found:?}");
        run(&store, "UPDATE audit_outbox SET about = 'a' WHERE sequence = 3").await;

        // An entry says something else than was signed.
        let bundle = store.log_folder("rivera").path().join("tile/entries/000.p/3");
        let before = std::fs::read(&bundle).unwrap();
        let mut changed = before.clone();
        *changed.last_mut().unwrap() ^= 1;
        std::fs::write(&bundle, changed).unwrap();
        assert_eq!(of("rivera").await.first_bad, Some((2, 3)));
        std::fs::write(&bundle, before).unwrap();
        assert!(of("rivera").await.is_good());

        // The log is cut to what it was once, with the checkpoint of that time.
        let kept = store.log_folder("chen").read("checkpoint").unwrap();
        act(&store, "chen", "a").await;
        store.sequence_logs().await.unwrap();
        assert_eq!(
            store.verify_logs(std::slice::from_ref(&kept)).await.unwrap()[0].report.grown_from,
            [2, 3]
        );
        std::fs::write(store.log_folder("chen").path().join("checkpoint"), kept).unwrap();
        let found = of("chen").await;
        assert_eq!((found.is_good(), found.first_bad, found.missing), (false, Some((2, 3)), 1), "{found:?}");

        // The database is made to forget that there is a log.
        assert!(of("rivera").await.is_good());
        run(&store, "DELETE FROM log_heads WHERE log = 'rivera'").await;
        let found = of("rivera").await;
        assert!(!found.is_good() && found.report.entries == 3, "{found:?}");
    })
    .await;
}

#[tokio::test]
async fn an_organization_lists_and_proves_its_own_records_and_no_others() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        let local = crate::access::Acting::local(OrganizationId::local());
        let class = hustings_core::FieldClass::Private;
        for id in ["rivera", "chen"] {
            store.register_owner(&local, &id.parse().unwrap(), class).await.unwrap();
        }
        for number in 0..300 {
            act(&store, ["rivera", "chen"][number % 2], &format!("export-{number}")).await;
        }
        let rivera = store.local_actor(Some(&"rivera".parse().unwrap())).await.unwrap();
        let request = Request::organization(rivera.works_in.clone());
        let permit = store.permit::<ReadLog>(&rivera, request).await.unwrap();
        store.sequence_logs().await.unwrap();
        permit
            .enter_async(async |act| {
                let list = store.audit_list(act, &[], None, 1000).await.unwrap();
                assert!(list.iter().all(|record| record.organization != "chen"));
                assert_eq!(list.iter().filter(|record| record.action == "export").count(), 150);
                let about = async |text: &str| store.audit_list(act, &[text.to_owned()], None, 10).await;
                let of_own: Vec<AuditRecord> = about("export-42").await.unwrap();
                assert_eq!((of_own.len(), of_own[0].voters), (1, Some(1234)));
                assert_eq!(of_own[0].details["file"], "list.csv");
                assert!(about("export-43").await.unwrap().is_empty(), "a rival's");

                let proved = store.prove_record(act, &of_own[0].record).await.unwrap();
                let key = String::from_utf8(store.log_folder("rivera").read("vkey").unwrap()).unwrap();
                let policy = Policy::of_log(key.trim().parse().unwrap()).unwrap();
                let proof = TlogProof::parse(proved.proof.as_bytes()).unwrap();
                let (entry, approved) = proof.check_own(&policy).unwrap();
                assert_eq!(Record::parse(entry).unwrap().envelope().id.to_string(), of_own[0].record);
                assert_eq!(approved.head.size, list.len() as u64);
                assert!(proved.details.contains("list.csv"));

                // The rows of what came before it are lost, such as from an older backup.
                run(
                    &store,
                    "DELETE FROM audit_outbox WHERE about IN ('export-40', 'export-38', 'export-44')",
                )
                .await;
                assert_eq!(store.prove_record(act, &of_own[0].record).await.unwrap().index, proved.index);

                let sql = "SELECT record_id FROM audit_outbox WHERE about = 'export-43'";
                let rival =
                    store.database.one::<Id>("test", sql, Vec::new()).await.unwrap().unwrap().record_id;
                let error = store.prove_record(act, &rival).await.unwrap_err().to_string();
                let never = error.replace(&rival, "r-1");
                assert_eq!(store.prove_record(act, "r-1").await.unwrap_err().to_string(), never);
            })
            .await;

        // An auditor who asks for a log reads that one, and not their own under its name.
        let house = Organization {
            id: "clear-count".parse().unwrap(),
            kind: OrganizationKind::Auditor,
            name: "Clear Count".to_owned(),
            state: None,
            counties: None,
            registered_by: None,
        };
        store.create_organization(&local, &house).await.unwrap();
        let auditor = store.local_actor(Some(&house.id)).await.unwrap();
        let request = Request::organization(rivera.works_in.clone());
        let permit = store.permit::<ReadLog>(&auditor, request).await.unwrap();
        permit
            .enter_async(async |act| {
                let list = store.audit_list(act, &[], None, 1000).await.unwrap();
                assert_eq!(
                    list.iter().filter(|record| record.action == "export").count(),
                    147,
                    "three are lost"
                );
                let of_rivera = list.iter().find(|record| record.action == "export").unwrap();
                assert_eq!(store.prove_record(act, &of_rivera.record).await.unwrap().log, "rivera");
            })
            .await;
    })
    .await;
}

#[tokio::test]
async fn directories_that_share_a_folder_of_keys_sign_with_keys_of_their_own() {
    let (one, other) = (crate::testing::folder(), crate::testing::folder());
    let keys = crate::testing::folder();
    let mut signed_with = Vec::new();
    for data in [&one, &other] {
        let store = Store::builder(data.path()).keys(Some(keys.path())).open().await.unwrap();
        act(&store, "rivera", "a").await;
        store.sequence_logs().await.unwrap();
        signed_with.push(store.log_folder("rivera").read("vkey").unwrap());
    }
    assert_ne!(signed_with[0], signed_with[1]);
}

#[tokio::test]
async fn a_witness_confirms_what_grows_and_never_two_pasts() {
    let world = World { folder: crate::testing::folder(), database: None };
    let store = world.open().await;
    act(&store, "rivera", "a").await;
    store.sequence_logs().await.unwrap();
    let folder = store.log_folder("rivera");
    let key: VerifierKey = String::from_utf8(folder.read("vkey").unwrap()).unwrap().trim().parse().unwrap();
    let path = world.folder.path().join("witness");
    let now = "2026-11-22T05:00:00Z".parse().unwrap();
    let confirm = || WitnessFile::open(&path, "watch.example").unwrap().confirm(&folder, &key, now);
    let first = confirm().unwrap();
    assert_eq!((first.before, first.head.size), (None, 1));
    let old = folder.read("checkpoint").unwrap();
    for _ in 0..300 {
        act(&store, "rivera", "b").await;
    }
    store.sequence_logs().await.unwrap();
    let second = confirm().unwrap();
    assert_eq!((second.before, second.head.size), (Some(first.head), 301));
    assert!(second.checkpoint.ends_with(&format!("{}\n", second.line)), "{}", second.checkpoint);
    assert_eq!(confirm().unwrap().line, second.line, "the same again");

    // The log goes back to what it was: cut, and nothing is signed.
    std::fs::write(folder.path().join("checkpoint"), old).unwrap();
    let error = confirm().unwrap_err().to_string();
    assert!(error.starts_with("not confirmed: "), "{error}");
    // Another log of the same name under another key.
    let other: VerifierKey =
        hustings_audit::Signer::from_seed(key.name(), hustings_audit::key::KeyKind::Log, &[7; 32])
            .unwrap()
            .public()
            .clone();
    let error = WitnessFile::open(&path, "").unwrap().confirm(&folder, &other, now).unwrap_err().to_string();
    assert!(error.contains("another key"), "{error}");
}
