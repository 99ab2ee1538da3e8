//! Reading on small hand-made tables, on every database.

use super::{ChangeFilter, QuarantineFilter, ValueSource, VoterSelector};
use crate::snapshot::SnapshotRecord;
use crate::store::Store;
use crate::testing::{
    World, booleans, dates, fill, integers, meta, nc, on_each_database, publish_voters, texts, write_table,
};
use hustings_access::Act;
use hustings_access::verb::Read;
use hustings_core::{FieldClass, VoterId};
use hustings_matching::lookup::COLUMNS;
use std::collections::BTreeSet;
use std::path::Path;

#[tokio::test]
async fn changes_are_filtered_counted_and_paged() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        let record = publish_voters(&store).await;
        let read = async |filter: ChangeFilter, offset, limit| {
            let page = store.local().changes(&record, &filter, offset, limit).await.unwrap();
            (
                page.rows.into_iter().map(|row| row.change.state_voter_id.unwrap()).collect::<Vec<_>>(),
                page.total,
            )
        };
        let all = ChangeFilter::default();
        assert_eq!(read(all.clone(), 0, 2).await, (vec!["AA1".to_owned(), "AA2".to_owned()], 4));
        assert_eq!(read(all.clone(), 3, 2).await, (vec!["AA1".to_owned()], 4));
        assert_eq!(read(all, 9, 2).await, (vec![], 4));
        let kind = ChangeFilter { kind: Some("new".to_owned()), ..ChangeFilter::default() };
        assert_eq!(read(kind, 1, 5).await, (vec!["AA2".to_owned()], 2));
        let county = ChangeFilter { county: Some("wake".to_owned()), ..ChangeFilter::default() };
        assert_eq!(read(county, 0, 5).await, (vec!["AA3".to_owned()], 1));
        let key = store.local().voter_key(nc(), VoterId(11)).await;
        let voter = ChangeFilter { voter: Some(key), ..ChangeFilter::default() };
        assert_eq!(read(voter, 0, 5).await, (vec!["AA1".to_owned(), "AA1".to_owned()], 2));
        let nobody = ChangeFilter { voter: Some("nobody".parse().unwrap()), ..ChangeFilter::default() };
        assert_eq!(read(nobody, 0, 5).await, (vec![], 0));
        // All columns are base columns: who may see those sees the same.
        let base = store
            .local()
            .only(FieldClass::Base)
            .changes(&record, &ChangeFilter::default(), 0, 9)
            .await
            .unwrap();
        assert_eq!(base.total, 4);
        let none = store
            .local()
            .only(FieldClass::Private)
            .changes(&record, &ChangeFilter::default(), 0, 9)
            .await
            .unwrap();
        assert_eq!((none.rows.len(), none.total), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn quarantined_records_keep_their_bytes_and_a_stable_id() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        let record = publish_voters(&store).await;
        let filter = QuarantineFilter { rule: Some("bad_date".to_owned()), ..QuarantineFilter::default() };
        let page = store.local().quarantine(&record, &filter, 0, 20).await.unwrap();
        assert_eq!(page.total, 1);
        let row = &page.rows[0];
        assert_eq!(
            (row.id, row.bytes.as_deref().unwrap_or_default(), row.line, row.lines),
            (1, b"caf\xe9".as_slice(), 9, 2)
        );
        assert_eq!(serde_json::to_value(row).unwrap()["bytes"], "café");
        let base = store.local().only(FieldClass::Base).quarantine(&record, &filter, 0, 20).await.unwrap();
        assert_eq!((base.rows.len(), base.total), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_voter_has_every_value_with_its_source() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        publish_voters(&store).await;
        let voter = store.local().voter(nc(), None, VoterSelector::StateId(" aa1 ")).await.unwrap().unwrap();
        let value = |column: &str| voter.values.iter().find(|value| value.column == column);
        assert_eq!(value("birth_date").unwrap().value, "1980-02-29");
        assert_eq!(value("res.zip5").unwrap().value, "02701");
        assert_eq!(
            value("name.last").unwrap().source,
            ValueSource::StateList {
                file: Some("ncvoter32.txt".to_owned()),
                line: Some(2),
                header: Some("last_name".to_owned()),
                snapshot: "2026-11-07-aaaaaaaaaaaa".to_owned(),
            }
        );
        let ValueSource::Derived { from, .. } = &value("res.std_line").unwrap().source else {
            panic!("a standard line is derived")
        };
        assert_eq!(from, &["res.line1", "res.zip5"]);
        assert_eq!(value("extra_note").unwrap().value, "left-handed");
        // Neither internal columns nor one without a class.
        assert!(value("voter_id").is_none() && value("source_line").is_none());
        assert!(!serde_json::to_string(&voter).unwrap().contains("SECRET"));
        let votes: Vec<_> =
            voter.votes.iter().map(|vote| (vote.election_date.as_deref(), vote.method.as_deref())).collect();
        assert_eq!(votes, [(Some("2024-11-05"), Some("election_day")), (Some("2022-11-08"), Some("early"))]);
        assert_eq!(voter.changes.len(), 2);
        let key = voter.voter_key.clone();
        let same = store.local().voter(nc(), None, VoterSelector::Key(&key)).await.unwrap().unwrap();
        assert_eq!(same, voter);
    })
    .await;
}

#[tokio::test]
async fn a_confidential_voter_shows_no_address_even_if_the_file_holds_one() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        publish_voters(&store).await;
        let voter = store.local().voter(nc(), None, VoterSelector::StateId("AA05")).await.unwrap().unwrap();
        assert_eq!(voter.confidential, Some(true));
        assert!(!serde_json::to_string(&voter).unwrap().contains("LEAKED"));
    })
    .await;
}

#[tokio::test]
async fn absent_foreign_and_hidden_voters_are_all_the_same_nothing() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        publish_voters(&store).await;
        let foreign = "0000000000000".parse().unwrap();
        for selector in
            [VoterSelector::StateId("ZZ9"), VoterSelector::StateId(""), VoterSelector::Key(&foreign)]
        {
            assert_eq!(store.local().voter(nc(), None, selector).await.unwrap(), None);
        }
        let before = "2026-11-06".parse().unwrap();
        assert_eq!(
            store.local().voter(nc(), Some(before), VoterSelector::StateId("AA1")).await.unwrap(),
            None
        );
        let hidden = store.local().only(FieldClass::Private);
        assert_eq!(hidden.voter(nc(), None, VoterSelector::StateId("AA1")).await.unwrap(), None);
        assert!(hidden.find_voters(nc(), "smith", 5).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn voters_are_found_by_id_and_by_the_beginning_of_their_name() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        publish_voters(&store).await;
        let find = async |query: &str, limit| {
            let hits = store.local().find_voters(nc(), query, limit).await.unwrap();
            hits.into_iter().map(|hit| hit.state_voter_id.unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(find("aa3", 5).await, ["AA3"]);
        assert_eq!(find("smith", 5).await, ["AA1", "AA3"]);
        assert_eq!(find("smith", 1).await, ["AA1"]);
        assert_eq!(find("Smith, c", 5).await, ["AA3"]);
        assert_eq!(find("  ", 5).await, Vec::<String>::new());
    })
    .await;
}

/// A snapshot after `before`, in which voter 11 has become confidential and the rows stand in files of three deliveries.
pub(crate) async fn publish_after(
    store: &Store,
    before: &SnapshotRecord,
    as_of: &str,
    seed: char,
) -> SnapshotRecord {
    let lock = store.local().lock_state(nc(), "load").await.unwrap();
    let staging = store.staging(&lock).unwrap();
    fill(&staging, "");
    let folder = staging.path();
    write_table(
        &folder.join("voters.parquet"),
        vec![
            ("voter_id", integers([Some(11), Some(12), Some(13), Some(14)])),
            ("state_voter_id", texts([Some("AA1"), Some("AA2"), Some("AA3"), Some("AA4")])),
            ("name_last", texts([Some("SMITH"), Some("O'NEIL"), Some("SMITHERS"), Some("GONE")])),
            ("res_city", texts([Some("LEAKED"), Some("DURHAM"), Some("CARY"), None])),
            ("confidential", booleans([Some(true), Some(false), Some(false), Some(false)])),
            ("source_file", integers([Some(2), Some(2), Some(1), Some(0)])),
            ("source_line", integers([Some(20), Some(30), Some(40), Some(50)])),
            (
                "last_seen",
                dates([Some("2026-11-14"), Some("2026-11-14"), Some("2026-11-07"), Some("2026-11-07")]),
            ),
            ("dropped_at", dates([None, None, None, Some("2026-11-14")])),
        ],
    );
    // Every week's file has the same name; only the columns are called otherwise.
    let file = |header: &str| serde_json::json!({"name": "ncvoter32.txt", "columns": {"name.last": header}});
    let mut files = vec![file("first"), file("second"), file("third")];
    files.truncate(if seed == 'b' { 2 } else { 3 });
    let manifest = serde_json::json!({"files": files, "files_delivered": 1});
    std::fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
    store.local().publish(&lock, staging, meta(as_of, seed, Some(&before.id))).await.unwrap()
}

#[tokio::test]
async fn a_row_that_was_carried_over_names_its_own_delivery() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        let first = publish_voters(&store).await;
        // A second list of the same day, then one of the next week.
        let second = publish_after(&store, &first, "2026-11-07", 'b').await;
        let third = publish_after(&store, &second, "2026-11-14", 'c').await;
        for (id, line, header, snapshot) in
            [("AA2", 30, "third", &third), ("AA3", 40, "second", &second), ("AA4", 50, "first", &first)]
        {
            let voter = store.local().voter(nc(), None, VoterSelector::StateId(id)).await.unwrap().unwrap();
            assert_eq!(voter.snapshot, third.id);
            let last = voter.values.iter().find(|value| value.column == "name.last").unwrap();
            let expected = ValueSource::StateList {
                file: Some("ncvoter32.txt".to_owned()),
                line: Some(line),
                header: Some(header.to_owned()),
                snapshot: snapshot.id.clone(),
            };
            assert_eq!(last.source, expected, "{id}");
        }
    })
    .await;
}

/// Two sisters, of whom the first may be confidential.
fn write_sisters(folder: &Path, confidential: bool) {
    write_table(
        &folder.join("voters.parquet"),
        vec![
            ("voter_id", integers([Some(21), Some(22)])),
            ("state_voter_id", texts([Some("AB1"), Some("AB2")])),
            ("name_last", texts([Some("WATKINS"), Some("WATKINS")])),
            ("name_first", texts([Some("MEGAN"), Some("GRACE")])),
            ("res_std_line", texts([Some("615 WREN TRCE"), Some("615 WREN TRCE")])),
            ("res_zip5", texts([Some("27701"), Some("27701")])),
            ("county_name", texts([Some("DURHAM"), Some("DURHAM")])),
            ("confidential", booleans([Some(confidential), Some(false)])),
            ("source_file", integers([Some(0), Some(0)])),
            ("source_line", integers([Some(2), Some(3)])),
            ("last_seen", dates([Some("2026-11-07"), Some("2026-11-07")])),
        ],
    );
}

#[tokio::test]
async fn who_becomes_confidential_in_a_list_that_is_held_takes_no_place_among_those_alike() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        let asked: [&str; COLUMNS.len()] = std::array::from_fn(|column| match COLUMNS[column] {
            "last_name" => "WATKINS",
            "street" => "615 WREN TRACE",
            "zip" => "27701",
            _ => "",
        });
        let alike = async |limit: usize| -> BTreeSet<String> {
            let find = async |act: &Act<'_, Read>| store.likely_voters(act, nc(), &asked, limit).await;
            let found = store.local().act::<Read, _>(find).await.unwrap();
            found.voters.into_iter().filter_map(|likely| likely.voter.state_voter_id).collect()
        };
        let lock = store.local().lock_state(nc(), "load").await.unwrap();
        let staging = store.staging(&lock).unwrap();
        fill(&staging, "");
        write_sisters(staging.path(), false);
        let first = store.local().publish(&lock, staging, meta("2026-11-07", 'a', None)).await.unwrap();
        assert_eq!(alike(5).await, ["AB1", "AB2"].map(str::to_owned).into());
        assert_eq!(alike(1).await.len(), 1);
        let staging = store.staging(&lock).unwrap();
        fill(&staging, "");
        write_sisters(staging.path(), true);
        store.local().hold(&lock, staging, meta("2026-11-14", 'b', Some(&first.id))).await.unwrap();
        // Megan does not show by a place that stays empty.
        for limit in [1, 2, 5] {
            assert_eq!(alike(limit).await, ["AB2"].map(str::to_owned).into(), "{limit}");
        }
    })
    .await;
}

#[tokio::test]
async fn who_is_confidential_now_is_so_in_older_snapshots_too() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        let first = publish_voters(&store).await;
        let day = Some(first.as_of);
        let read = async || store.local().voter(nc(), day, VoterSelector::StateId("AA1")).await;
        let before = read().await.unwrap().unwrap();
        assert_eq!(before.confidential, Some(false));
        assert!(serde_json::to_string(&before).unwrap().contains("1 ELM ST"));
        publish_after(&store, &first, "2026-11-14", 'c').await;
        let after = read().await.unwrap().unwrap();
        assert_eq!((after.snapshot.as_str(), after.confidential), (first.id.as_str(), Some(true)));
        let text = serde_json::to_string(&after).unwrap();
        assert!(!text.contains("ELM ST") && !text.contains("02701"), "{text}");
        // Their neighbor is shown as before.
        let other = store.local().voter(nc(), day, VoterSelector::StateId("AA2")).await.unwrap().unwrap();
        assert!(
            other.confidential == Some(false) && serde_json::to_string(&other).unwrap().contains("2 OAK ST")
        );
        // The look-up tells no city of them either.
        let hits = store.local().find_voters(nc(), "smith", 5).await.unwrap();
        let cities: Vec<_> = hits.iter().map(|hit| hit.city.as_deref()).collect();
        assert_eq!(cities, [None, Some("CARY")]);
    })
    .await;
}
