//! What lies on the disk of overlays, and what becomes of them without their key, on every database.

use crate::error::{ErrorKind, StoreError};
use crate::export::{ExportFormat, ExportRequest};
use crate::overlay::{AppendReport, AppendRequest};
use crate::read::{ValueSource, VoterSelector};
use crate::store::Store;
use crate::testing::{World, nc, on_each_database, publish_voters};
use hustings_access::verb::Append;
use hustings_access::{Act, Actor, Principal, Role, UserId};
use hustings_core::FieldClass::{self, Appended, Private};
use std::path::{Path, PathBuf};

/// Words that stand nowhere but in the appended file: header, id column, a matched, an unmatched, a duplicate, a held back
/// and an out-of-domain value, and the file's name.
const CANARIES: [&str; 8] = [
    "xylophonecolumn",
    "zebraidheader",
    "quokkavalue",
    "okapiunmatched",
    "numbatduplicate",
    "axolotlheldback",
    "narwhaldomain",
    "pangolinfile",
];

fn request(folder: &Path, class: FieldClass, name: &str, text: &str) -> AppendRequest {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    AppendRequest {
        state: nc(),
        owner: "acme".to_owned(),
        class,
        file,
        id_column: "zebraidheader".to_owned(),
    }
}

fn canary_request(folder: &Path) -> AppendRequest {
    let mut text = String::from(
        "zebraidheader,xylophonecolumn,score\nAA1,quokkavalue,narwhaldomain\nAA2,x,7\nAA2,numbatduplicate,7\n\
         ZZ9,okapiunmatched,7\n,axolotlheldback,7\n",
    );
    for row in 0..60 {
        text.push_str(&format!("Q{row},x,{row}\n"));
    }
    request(folder, Private, "pangolinfile.csv", &text)
}

/// Every file below a folder whose bytes hold one of the words, in either case, with the word.
pub(crate) fn holding(folder: &Path, words: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for path in crate::durable::read_folder(folder).unwrap() {
        if path.is_dir() {
            found.extend(holding(&path, words));
            continue;
        }
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.make_ascii_lowercase();
        let name = path.display().to_string().to_ascii_lowercase();
        for word in words {
            if name.contains(word) || bytes.windows(word.len()).any(|part| part == word.as_bytes()) {
                found.push((path.clone(), (*word).to_owned()));
            }
        }
    }
    found
}

pub(crate) async fn values(store: &Store, id: &str) -> Result<Vec<String>, StoreError> {
    let voter = store.local().voter(nc(), None, VoterSelector::StateId(id)).await?.unwrap();
    let overlays =
        voter.values.into_iter().filter(|value| matches!(value.source, ValueSource::Overlay { .. }));
    Ok(overlays.map(|value| format!("{}={}", value.column, value.value)).collect())
}

fn export(class: FieldClass, out: PathBuf) -> ExportRequest {
    let owner = Some("acme".to_owned());
    ExportRequest { state: nc(), class, owner, county: None, format: ExportFormat::Csv, out, force: true }
}

async fn world_with_canaries(world: &World) -> (Store, tempfile::TempDir, AppendReport) {
    let store = world.open().await;
    publish_voters(&store).await;
    let folder = crate::testing::folder();
    let report = store.local().append(&canary_request(folder.path())).await.unwrap();
    (store, folder, report)
}

#[tokio::test]
async fn no_byte_of_the_data_directory_tells_a_value_or_a_column() {
    on_each_database(async |world: World| {
        let (store, folder, report) = world_with_canaries(&world).await;
        let outside: u64 = report.columns.iter().map(|column| column.out_of_domain).sum();
        assert_eq!(
            (
                report.rows.matched,
                report.rows.unmatched,
                report.rows.duplicate,
                report.rows.quarantined,
                outside
            ),
            (2, 61, 1, 1, 1)
        );
        // The scan finds what is there: the state's own public list lies plain.
        assert!(!holding(world.folder.path(), &["smithers"]).is_empty());
        assert!(!holding(folder.path(), &CANARIES).is_empty());
        assert_eq!(holding(world.folder.path(), &CANARIES), []);
        // Nor after everything that can be done with it.
        store.local().export(&export(Private, folder.path().join("out.csv"))).await.unwrap();
        assert_eq!(values(&store, "AA1").await.unwrap(), ["acme__xylophonecolumn=quokkavalue"]);
        store.local().append(&canary_request(folder.path())).await.unwrap();
        let newer = "zebraidheader,xylophonecolumn,score\nAA2,quokkavalue,1\n";
        let newer = request(folder.path(), Private, "pangolinfile2.csv", newer);
        let newer = store.local().append(&newer).await.unwrap();
        assert_eq!(newer.replaces.as_ref(), Some(&report.append));
        assert_eq!(holding(world.folder.path(), &CANARIES), []);
        store.local().remove_append(&newer.append).await.unwrap();
        store.local().destroy_key("acme", Private).await.unwrap();
        assert_eq!(holding(world.folder.path(), &CANARIES), []);
        drop(store);
        assert_eq!(holding(world.folder.path(), &CANARIES), []);
    })
    .await;
}

#[tokio::test]
async fn a_destroyed_key_takes_its_class_and_no_other_for_ever() {
    on_each_database(async |world: World| {
        let (store, folder, report) = world_with_canaries(&world).await;
        let shared = "zebraidheader,age\nAA1,40\n";
        store.local().append(&request(folder.path(), Appended, "b.csv", shared)).await.unwrap();
        let wrapped = "SELECT id, wrapped FROM data_keys WHERE class = 'private'";
        let before: Vec<super::KeyRow> = store.database.all("test", wrapped, Vec::new()).await.unwrap();

        // Who may add columns may not destroy them all.
        let acme = store.organization(&"acme".parse().unwrap()).await.unwrap().unwrap();
        let user = Principal::User(UserId::from_random([7; 15]));
        let organizer = Actor::over_network(user, acme, [Role::Organizer]);
        let destroy = async |act: &Act<'_, Append>| store.destroy_key(act, "acme", Private).await;
        let refused = store.as_actor(organizer).act::<Append, _>(destroy).await.unwrap_err();
        assert_eq!(refused.to_string(), "only a data director of `acme` destroys the key of its data");

        let destroyed = store.local().destroy_key("acme", Private).await.unwrap();
        assert_eq!((destroyed.owner.as_str(), destroyed.class, destroyed.appends), ("acme", Private, 1));
        assert_eq!(values(&store, "AA1").await.unwrap(), ["acme__age=40"]);
        let refused = store.local().export(&export(Private, folder.path().join("out.csv"))).await.unwrap_err();
        assert!(refused.to_string().contains("destroyed"), "{refused}");
        store.local().export(&export(Appended, folder.path().join("out.csv"))).await.unwrap();
        let again = store.local().destroy_key("acme", Private).await.unwrap_err();
        assert_eq!(again.to_string(), "there is no key of private data of `acme`");
        let listed = store.local().appends(None).await.unwrap();
        let listed = listed.into_iter().find(|record| record.report.append == report.append).unwrap();
        let why = listed.unreadable.unwrap();
        assert!(why.starts_with("its key was destroyed on 20") && why.contains("nobody can read"), "{why}");
        assert_eq!((listed.report.columns.len(), listed.report.file.as_str()), (0, ""));

        // The same file comes back only from its owner, under a new key.
        let anew = store.local().append(&canary_request(folder.path())).await.unwrap();
        assert!(!anew.unchanged && anew.append != report.append && anew.replaces.is_none());
        assert_eq!(values(&store, "AA1").await.unwrap().len(), 2);
        store.local().remove_append(&anew.append).await.unwrap();

        // An old copy of the database has the wrapped key, and nothing unwraps it.
        let transaction = store.database.begin("test").await.unwrap();
        let restore = format!(
            "UPDATE data_keys SET status = 'destroyed', wrapped = '', destroyed_at = 'x' WHERE class = 'private'; \
             UPDATE data_keys SET status = 'current', wrapped = '{}', destroyed_at = NULL WHERE id = '{}'",
            before[0].wrapped, before[0].id
        );
        transaction.script(&restore).await.unwrap();
        transaction.commit().await.unwrap();
        let error = values(&store, "AA1").await.unwrap_err().to_string();
        assert!(error.contains("does not hold the key of the private data of `acme`"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_destruction_that_a_crash_cut_short_is_finished_on_opening() {
    on_each_database(async |world: World| {
        let (store, _folder, _) = world_with_canaries(&world).await;
        let file = world.folder.path().join("keys/acme.key");
        let before = std::fs::read_to_string(&file).unwrap();
        store.local().destroy_key("acme", Private).await.unwrap();
        let after = std::fs::read_to_string(&file).unwrap();
        assert_eq!((before.lines().count(), after.lines().count()), (2, 1));
        // The database had forgotten the key, the file had not.
        std::fs::write(&file, &before).unwrap();
        let transaction = store.database.begin("test").await.unwrap();
        transaction.script("UPDATE data_keys SET status = 'destroying'").await.unwrap();
        transaction.commit().await.unwrap();
        drop(store);
        let store = world.open().await;
        assert_eq!(std::fs::read_to_string(&file).unwrap(), after);
        assert_eq!(values(&store, "AA1").await.unwrap(), [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_lost_or_wrong_is_said_in_one_sentence() {
    on_each_database(async |world: World| {
        let (store, folder, report) = world_with_canaries(&world).await;
        let file = world.folder.path().join("keys/acme.key");
        let right = std::fs::read_to_string(&file).unwrap();
        let digits = &right[right.len() - 65..right.len() - 1];
        let check = async |expected: &str| {
            let error = values(&store, "AA1").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Environment);
            let error = error.to_string();
            assert!(error.contains(expected) && error.contains("acme") && !error.contains('\n'), "{error}");
            let out = folder.path().join("out.csv");
            let refused = store.local().export(&export(Private, out.clone())).await.unwrap_err();
            assert_eq!(refused.to_string(), error);
            assert!(!out.exists());
            let listed = store.local().appends(None).await.unwrap();
            assert_eq!(listed[0].unreadable.as_ref(), Some(&error));
            // Nor is a new key made in place of the one that is missing.
            let more = request(folder.path(), Private, "more.csv", "zebraidheader,more\nAA1,1\n");
            assert_eq!(store.local().append(&more).await.unwrap_err().to_string(), error);
        };
        std::fs::remove_file(&file).unwrap();
        check("which is not there: put it back").await;
        std::fs::write(&file, right.replace(digits, &"0".repeat(64))).unwrap();
        check("does not fit the private data").await;
        std::fs::write(&file, "hustings-owner-key 1\n").unwrap();
        check("does not hold the key of the private data").await;
        std::fs::write(&file, right.replace(digits, "abc")).unwrap();
        check("line 2: expected an owner's key").await;
        std::fs::write(&file, b"\xff\xfe").unwrap();
        check("line 1: expected an owner's key").await;
        std::fs::write(&file, &right).unwrap();
        assert_eq!(values(&store, "AA1").await.unwrap().len(), 1);
        // What nobody can read can be removed.
        std::fs::remove_file(&file).unwrap();
        store.local().remove_append(&report.append).await.unwrap();
        assert_eq!(values(&store, "AA1").await.unwrap(), [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn keys_may_lie_apart_from_the_data() {
    on_each_database(async |world: World| {
        let apart = crate::testing::folder();
        let keys = apart.path().join("keys");
        let open = async |keys: Option<&Path>| {
            Store::builder(world.folder.path()).database(world.database.as_deref()).keys(keys).open().await
        };
        let store = open(Some(&keys)).await.unwrap();
        publish_voters(&store).await;
        store.local().append(&canary_request(apart.path())).await.unwrap();
        drop(store);
        let file = keys.join("acme.key");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&keys), mode(&file)), (0o700, 0o600));
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let secret = text.lines().last().unwrap().rsplit(' ').next().unwrap();
        assert_eq!(holding(world.folder.path(), &[secret]), []);
        assert!(!world.folder.path().join("keys").exists());
        let error = open(None).await.unwrap_err().to_string();
        assert!(error.contains(".secret`") && error.contains("--keys"), "{error}");
        assert!(
            !world.folder.path().join("keys").exists(),
            "no second secret is made in the place of the first"
        );
        assert_eq!(values(&open(Some(&keys)).await.unwrap(), "AA1").await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn whatever_happens_to_a_file_no_value_is_wrong() {
    let world = World { folder: crate::testing::folder(), database: None };
    let (store, _folder, report) = world_with_canaries(&world).await;
    let right = values(&store, "AA1").await.unwrap();
    let lies = store.data().overlays("acme", Private).join(&report.append);
    for name in ["values.encrypted.parquet", "manifest.encrypted"] {
        let path = lies.join(name);
        let whole = std::fs::read(&path).unwrap();
        let check = async |bytes: &[u8], what: String| {
            std::fs::write(&path, bytes).unwrap();
            let error = values(&store, "AA1").await.expect_err(&what);
            let text = error.to_string();
            assert!(
                matches!(error, StoreError::Damaged { .. }) && text.contains("is damaged"),
                "{what}: {text}"
            );
        };
        for at in (0..whole.len()).step_by(7) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x40;
            check(&bytes, format!("{name}: bit at {at}")).await;
            // As a disk leaves it after a power cut.
            let mut bytes = whole.clone();
            let end = bytes.len().min(at + 64);
            bytes[at..end].fill(0);
            check(&bytes, format!("{name}: zeros at {at}")).await;
            check(&whole[..at], format!("{name}: cut at {at}")).await;
        }
        std::fs::write(&path, &whole).unwrap();
        assert_eq!(values(&store, "AA1").await.unwrap(), right);
    }
    // Another file of the same owner in its place.
    let values_file = lies.join("values.encrypted.parquet");
    std::fs::copy(lies.join("rejected.encrypted.parquet"), &values_file).unwrap();
    assert!(values(&store, "AA1").await.is_err());
}
