//! Overlays on the five invented voters, on every database.

use super::vault::{OUT_OF_DOMAIN, REJECTED, Vault};
use super::{AppendReport, AppendRequest, AppendRows, AppendStatus, OverlayType};
use crate::access::Acting;
use crate::error::ErrorKind;
use crate::export::{ExportFormat, ExportRequest};
use crate::read::{ValueSource, VoterSelector};
use crate::store::Store;
use crate::testing::{World, nc, on_each_database, publish_voters};
use hustings_access::OrganizationId;
use hustings_core::FieldClass;
use std::path::Path;

const FILE: &str = "Voter ID,Support Score,Cell Phone,Since,Note\n\
     aa1,80,(919) 555-0123,2026-01-31,\"likes, commas\"\n\
     AA2,n/a,9195550124,,caf\u{e9}\n\
     AA2,10,,,again\n\
     ZZ9,20,,,stranger\n\
     ,30,,,nobody\n\
     AA3,40\n\
     5,50,555,,text\n";

fn request(folder: &Path, name: &str, text: &[u8]) -> AppendRequest {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    AppendRequest {
        state: nc(),
        owner: "acme-data".to_owned(),
        class: FieldClass::Appended,
        file,
        id_column: "voter id".to_owned(),
    }
}

async fn world_with_voters(world: &World) -> (Store, tempfile::TempDir) {
    let store = world.open().await;
    publish_voters(&store).await;
    (store, crate::testing::folder())
}

async fn overlay_values(store: &Store, id: &str) -> Vec<(String, String)> {
    let voter = store.local().voter(nc(), None, VoterSelector::StateId(id)).await.unwrap().unwrap();
    voter
        .values
        .into_iter()
        .filter(|value| matches!(value.source, ValueSource::Overlay { .. }))
        .map(|value| (value.column, value.value))
        .collect()
}

/// Rows of one of an append's tables.
async fn rows_kept(store: &Store, report: &AppendReport, table: &str) -> u64 {
    let key = store.current_key(&report.owner, report.class).await.unwrap().unwrap();
    let lies = store.data().overlays(&report.owner, report.class).join(&report.append);
    Vault::new(&lies, &report.append, &key).table(table).unwrap().rows()
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.map(|(column, value)| (column.to_owned(), value.to_owned())).to_vec()
}

#[tokio::test]
async fn appends_at_once_wait_for_one_another_and_none_counts_twice() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        // More than there are connections to the database.
        let at_once = async |contents: Vec<String>| {
            let mut joining = Vec::new();
            for (number, content) in contents.into_iter().enumerate() {
                let request = request(folder.path(), &format!("at-once-{number}.csv"), content.as_bytes());
                let store = store.clone();
                joining.push(tokio::spawn(async move { store.local().append(&request).await }));
            }
            let mut reports = Vec::new();
            for joined in joining {
                reports.push(joined.await.unwrap().unwrap());
            }
            reports
        };
        let same = at_once(vec!["Voter ID,Score\nAA1,7\n".to_owned(); 8]).await;
        assert_eq!(same.iter().filter(|report| !report.unchanged).count(), 1, "one file, joined once");
        assert!(same.iter().all(|report| report.append == same[0].append));
        let different =
            at_once((0..8).map(|number| format!("Voter ID,Score\nAA1,{number}0\n")).collect()).await;
        assert!(different.iter().all(|report| report.replaced), "each replaces the one before");
        assert_eq!(overlay_values(&store, "AA1").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn every_row_of_an_appended_file_is_accounted_for() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let report = store.local().append(&request(folder.path(), "a.csv", FILE.as_bytes())).await.unwrap();
        assert_eq!(
            report.rows,
            AppendRows { read: 7, matched: 2, review: 0, unmatched: 2, duplicate: 1, quarantined: 2 }
        );
        let columns: Vec<_> = report
            .columns
            .iter()
            .map(|column| (column.name.as_str(), column.kind, column.filled, column.out_of_domain))
            .collect();
        assert_eq!(
            columns,
            [
                // Five of six values are whole numbers: too few to call the sixth an error.
                ("acme-data__support_score", OverlayType::Text, 2, 0),
                ("acme-data__cell_phone", OverlayType::Text, 2, 0),
                ("acme-data__since", OverlayType::Date, 1, 0),
                ("acme-data__note", OverlayType::Text, 2, 0),
            ]
        );
        assert_eq!(
            overlay_values(&store, "AA1").await,
            pairs([
                ("acme-data__support_score", "80"),
                ("acme-data__cell_phone", "(919) 555-0123"),
                ("acme-data__since", "2026-01-31"),
                ("acme-data__note", "likes, commas"),
            ])
        );
        assert_eq!(overlay_values(&store, "AA2").await[2], ("acme-data__note".to_owned(), "café".to_owned()));
        assert_eq!(overlay_values(&store, "AA3").await, []);
        assert_eq!(rows_kept(&store, &report, REJECTED).await, 5);
    })
    .await;
}

#[tokio::test]
async fn a_value_outside_its_column_is_counted_and_kept_apart() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let mut text = String::from("id\tscore\tcell\nAA1\tmany\t+1 919 555 0123\nAA2\t7\t\n");
        for row in 0..60 {
            text.push_str(&format!("Q{row}\t{row}\t919-555-01{:02}\n", row % 60));
        }
        let mut request = request(folder.path(), "a.tsv", text.as_bytes());
        request.id_column = "id".to_owned();
        let report = store.local().append(&request).await.unwrap();
        let score = &report.columns[0];
        assert_eq!((score.kind, score.filled, score.out_of_domain), (OverlayType::Int, 1, 1));
        assert_eq!(report.columns[1].kind, OverlayType::Phone);
        assert_eq!(overlay_values(&store, "AA1").await, pairs([("acme-data__cell", "+19195550123")]));
        assert_eq!(rows_kept(&store, &report, OUT_OF_DOMAIN).await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_same_file_twice_changes_nothing() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let request = request(folder.path(), "a.csv", FILE.as_bytes());
        let first = store.local().append(&request).await.unwrap();
        let second = store.local().append(&request).await.unwrap();
        assert!(!first.unchanged && second.unchanged);
        assert_eq!(first.append, second.append);
        assert_eq!(store.local().appends(None).await.unwrap().len(), 1);
        // Of another class it is another overlay, in files of its own.
        let private = AppendRequest { class: FieldClass::Private, ..request };
        let third = store.local().append(&private).await.unwrap();
        assert_ne!(third.append, first.append);
        assert!(store.data().overlays("acme-data", FieldClass::Private).join(&third.append).is_dir());
    })
    .await;
}

#[tokio::test]
async fn a_newer_file_replaces_the_older_and_its_removal_brings_it_back() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let old = request(folder.path(), "old.csv", b"voter id,score\nAA1,1\nAA2,2\n");
        let new = request(folder.path(), "new.csv", b"voter id,score\nAA1,9\n");
        let first = store.local().append(&old).await.unwrap();
        let second = store.local().append(&new).await.unwrap();
        assert_eq!((second.replaced, second.replaces.as_deref()), (true, Some(first.append.as_str())));
        assert_eq!(overlay_values(&store, "AA1").await, pairs([("acme-data__score", "9")]));
        assert_eq!(overlay_values(&store, "AA2").await, []);
        assert_eq!(store.local().append(&old).await.unwrap_err().kind(), ErrorKind::Input);

        let removed = store.local().remove_append(&second.append).await.unwrap();
        assert_eq!(removed.status, AppendStatus::Removed);
        assert!(!store.data().overlays("acme-data", FieldClass::Appended).join(&second.append).exists());
        assert_eq!(overlay_values(&store, "AA1").await, pairs([("acme-data__score", "1")]));
        // Again, and a file that was removed can come back.
        store.local().remove_append(&second.append).await.unwrap();
        let third = store.local().append(&new).await.unwrap();
        assert_eq!(third.replaces.as_deref(), Some(first.append.as_str()));
        // The older one goes: the newer one stays and has nothing to fall back on.
        store.local().remove_append(&first.append).await.unwrap();
        store.local().remove_append(&third.append).await.unwrap();
        assert_eq!(overlay_values(&store, "AA1").await, []);
        assert_eq!(store.local().remove_append("nothing").await.unwrap_err().kind(), ErrorKind::Input);
    })
    .await;
}

#[tokio::test]
async fn a_class_that_is_not_granted_does_not_exist() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let mut private = request(folder.path(), "a.csv", b"voter id,score\nAA1,9\n");
        private.class = FieldClass::Private;
        let report = store.local().append(&private).await.unwrap();
        let local = Acting::local(OrganizationId::local());
        let base = store.local().only(FieldClass::Base);
        assert!(base.appends(None).await.unwrap().is_empty());
        let voter = base.voter(nc(), None, VoterSelector::StateId("AA1")).await.unwrap().unwrap();
        assert!(!serde_json::to_string(&voter).unwrap().contains("acme"));
        store.register_owner(&local, &"rival".parse().unwrap(), FieldClass::Private).await.unwrap();
        let rival = store.as_organization("rival");
        let absent = rival.remove_append("nothing").await.unwrap_err().to_string();
        let hidden = rival.remove_append(&report.append).await.unwrap_err().to_string();
        assert_eq!(absent.replace("nothing", "X"), hidden.replace(&report.append, "X"));
    })
    .await;
}

#[tokio::test]
async fn an_export_of_a_class_lays_the_owners_columns_beside_the_base() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let request = request(folder.path(), "a.csv", b"voter id,score,res_line1\nAA1,9,x\nAA05,7,y\n");
        store.local().append(&request).await.unwrap();
        let mut export = ExportRequest {
            state: nc(),
            class: FieldClass::Appended,
            owner: Some("acme-data".to_owned()),
            county: None,
            format: ExportFormat::Csv,
            out: folder.path().join("out.csv"),
            force: false,
        };
        let report = store.local().export(&export).await.unwrap();
        assert_eq!(report.columns[report.columns.len() - 2..], ["acme-data__score", "acme-data__res_line1"]);
        let text = std::fs::read_to_string(&export.out).unwrap();
        assert!(text.lines().nth(1).unwrap().ends_with(",9,x"), "{text}");
        assert!(text.lines().nth(2).unwrap().ends_with(",,"), "{text}");
        assert_eq!(report.rows, 3);
        // The base file knows nothing of it.
        export.class = FieldClass::Base;
        export.out = folder.path().join("base.csv");
        assert_eq!(store.local().export(&export).await.unwrap_err().kind(), ErrorKind::Input);
        export.owner = None;
        let base = store.local().export(&export).await.unwrap();
        assert!(!base.columns.iter().any(|column| column.contains("acme")));
        export.class = FieldClass::Private;
        export.owner = Some("acme-data".to_owned());
        assert_eq!(store.local().export(&export).await.unwrap_err().kind(), ErrorKind::Input);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_appended_is_refused_in_one_sentence() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let good = request(folder.path(), "a.csv", b"voter id,score\nAA1,9\n");
        let check = async |change: &dyn Fn(&mut AppendRequest), expected: &str| {
            let mut request = good.clone();
            change(&mut request);
            let error = store.local().append(&request).await.unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert!(!error.to_string().contains('\n'));
        };
        check(&|request| request.class = FieldClass::Base, "class `base` cannot be appended").await;
        check(&|request| request.owner = "../x".to_owned(), "owner `../x` cannot be used").await;
        check(&|request| request.owner = "extra".to_owned(), "would look like one of the state's").await;
        check(
            &|request| request.id_column = "ncid".to_owned(),
            "line 1: expected a column `ncid`, got `voter id`, `score`",
        )
        .await;
        check(&|request| request.state = "va".parse().unwrap(), "there is no voter file of va").await;
        check(&|request| request.file = folder.path().join("absent.csv"), "there is no file").await;
        assert!(store.local().appends(None).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_id_column_is_part_of_what_makes_an_append_the_same() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let text = b"voter id,other id,score\nAA1,AA2,9\n";
        let mut request = request(folder.path(), "a.csv", text);
        let first = store.local().append(&request).await.unwrap();
        request.id_column = "absent".to_owned();
        let error = store.local().append(&request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input);
        assert!(error.to_string().contains("expected a column `absent`"), "{error}");
        // By another column the same file is of other voters.
        request.id_column = "other id".to_owned();
        let second = store.local().append(&request).await.unwrap();
        assert!(!second.unchanged && second.append != first.append);
        assert!(overlay_values(&store, "AA2").await.contains(&pairs([("acme-data__score", "9")])[0]));
        // Each of them again, in other letters: nothing is done.
        for (column, known) in [(" VOTER ID", &first.append), ("Other ID", &second.append)] {
            request.id_column = column.to_owned();
            let again = store.local().append(&request).await.unwrap();
            assert_eq!((again.unchanged, &again.append), (true, known));
        }
    })
    .await;
}

#[tokio::test]
async fn a_confidential_voter_shows_no_overlay() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let request = request(folder.path(), "a.csv", b"voter id,cell\nAA1,5550100\nAA05,5550199\n");
        assert_eq!(
            store.local().append(&request).await.unwrap().rows.matched,
            1,
            "only the data directors of the list's owner know of a confidential voter"
        );
        assert_eq!(overlay_values(&store, "AA05").await, []);
        assert_eq!(overlay_values(&store, "AA1").await, pairs([("acme-data__cell", "5550100")]));
    })
    .await;
}

#[tokio::test]
async fn of_two_appends_at_once_one_replaces_the_other() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let one = request(folder.path(), "one.csv", b"voter id,score\nAA1,1\n");
        let two = request(folder.path(), "two.csv", b"voter id,score\nAA1,2\n");
        let local = store.local();
        let (first, second) = tokio::join!(local.append(&one), local.append(&two));
        let ids = [first.unwrap().append, second.unwrap().append];
        let all = store.local().appends(Some(nc())).await.unwrap();
        let of =
            |status| all.iter().filter(|one| one.status == status).map(|one| &one.report).collect::<Vec<_>>();
        let (current, replaced) = (of(AppendStatus::Current), of(AppendStatus::Replaced));
        assert_eq!((current.len(), replaced.len()), (1, 1));
        assert_eq!(current[0].replaces.as_ref(), Some(&replaced[0].append));
        assert!(ids.contains(&current[0].append) && ids.contains(&replaced[0].append));
    })
    .await;
}
