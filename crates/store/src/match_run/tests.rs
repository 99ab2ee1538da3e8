//! Runs exist for their organization alone, live as long as what they came of is granted, lie nowhere in plain, keep every
//! answer, and give their cells to voters and take them back.

use super::{MatchColumn, MatchPair, MatchReport, MatchRunRecord, MatchVerdict, NewAnswer, NewMatchRun};
use crate::access::Acting;
use crate::access::api_key::NewApiKey;
use crate::access::grant::NewGrant;
use crate::error::StoreError;
use crate::list_file::ListRows;
use crate::overlay::{AppendPairs, AppendReport};
use crate::read::tests::publish_after;
use crate::read::tests_granted::{give, grant, world_with_campaigns};
use crate::store::Store;
use crate::testing::{World, nc, on_each_database};
use crate::testing_scope::As;
use hustings_access::verb::{Append, Read};
use hustings_access::{Act, Actor, OrganizationId, Principal, Role};
use hustings_core::{FieldClass, VoterId};

/// Two rows: of AA1 in Durham, for sure; and one that may be O'Neil there, or AA3 in Wake.
pub(super) fn new_run() -> NewMatchRun {
    let pair = |row, voter, is_accepted| MatchPair {
        row,
        voter: VoterId(voter),
        bits: 7.25,
        chance: if is_accepted { 0.995 } else { 0.4 },
        is_accepted,
        doubt: String::new(),
        levels: 0x0123_4567_89ab_cdef,
        rarity: vec![0.0, 3.5],
        rarity_of_mates: 3.5,
    };
    let column = |header: &str, taken_for: &str, is_appended| MatchColumn {
        header: header.to_owned(),
        taken_for: taken_for.to_owned(),
        is_appended,
    };
    let rows = [["Ann Plover", "(919) 555-0123"], ["Bo", "919-555-0124"]];
    let rows = rows.map(|cells| cells.map(str::to_owned));
    let headers = ["Xyzzy Name", "Cell"].map(str::to_owned).to_vec();
    NewMatchRun {
        state: nc(),
        snapshot: String::new(),
        report: MatchReport {
            file: "plugh.csv".to_owned(),
            sha256: "ab".repeat(32),
            columns: vec![column("Xyzzy Name", "full_name", false), column("Cell", "phone", true)],
            rows: 2,
            voters: 2,
            accepted: 1,
            review: 2,
            estimated_precision: 0.99,
            estimated_recall: 0.9,
            pair_completeness: 1.0,
            precision: 0.99,
            kept_apart: 0,
            model: serde_json::json!({}),
            seconds: 0.1,
        },
        rows: ListRows::of_rows("plugh.csv", headers, (4..).zip(&rows).map(|(line, row)| (line, &row[..]))),
        pairs: vec![pair(0, 11, true), pair(1, 12, false), pair(1, 13, false)],
    }
}

/// A data director of an organization, over the network.
pub(super) async fn director<'a>(store: &'a Store, id: &str) -> As<'a> {
    let id: OrganizationId = id.parse().unwrap();
    let keys = store.api_keys(&id).await.unwrap();
    let key = match keys.into_iter().next() {
        Some(key) => key,
        None => {
            let until = store.instant().checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
            let new =
                NewApiKey { name: "a program".to_owned(), role: Role::DataDirector, grant: None, until };
            store.create_api_key(&Acting::local(id.clone()), &id, &new).await.unwrap().0
        }
    };
    let organization = store.organization(&id).await.unwrap().unwrap();
    store.as_actor(Actor::over_network(Principal::Key(key.id), organization, [Role::DataDirector]))
}

async fn kept(store: &Store, as_of: &str) -> Result<MatchRunRecord, StoreError> {
    let snapshot = store.current_record(nc()).await.unwrap().unwrap().id;
    let new = NewMatchRun { snapshot, ..new_run() };
    director(store, as_of)
        .await
        .act::<Append, _>(async |act: &Act<'_, Append>| store.keep_match_run(act, new).await)
        .await
}

pub(super) async fn runs(store: &Store, as_of: &str) -> Vec<MatchRunRecord> {
    let list = async |act: &Act<'_, Read>| store.match_runs(act, nc()).await;
    director(store, as_of).await.act::<Read, _>(list).await.unwrap()
}

pub(super) async fn answered(
    store: &Store,
    run: &str,
    pair: u32,
    verdict: MatchVerdict,
) -> Result<u64, StoreError> {
    let new = NewAnswer { pair, verdict, from_queue: true, settles: false, why: String::new() };
    let answer = async |act: &Act<'_, Append>| store.answer_pair(act, nc(), run, &new).await;
    let kept = director(store, "rivera").await.act::<Append, _>(answer).await?;
    kept.map(|answer| answer.sequence).ok_or_else(|| super::no_run(run))
}

async fn appended(store: &Store, run: &str) -> AppendReport {
    let (run, columns) = (run.to_owned(), Some([1].into()));
    let wanted = AppendPairs { state: nc(), run, class: FieldClass::Private, columns, once: false };
    let join = async |act: &Act<'_, Append>| store.append_pairs(act, &wanted).await;
    director(store, "rivera").await.act::<Append, _>(join).await.unwrap()
}

/// The numbers that stand on a voter's page.
async fn cells(store: &Store, voter: i64) -> Vec<String> {
    let read = async |act: &Act<'_, Read>| {
        let key = store.voter_key(act, nc(), VoterId(voter));
        store.voter(act, nc(), None, crate::VoterSelector::Key(&key)).await
    };
    let found = director(store, "rivera").await.act::<Read, _>(read).await.unwrap();
    let values = found.into_iter().flat_map(|voter| voter.values);
    values.filter(|value| value.column == "rivera__cell").map(|value| value.value).collect()
}

#[tokio::test]
async fn a_run_is_its_organizations_alone_and_ends_with_its_grant() {
    on_each_database(async |world: World| {
        let (store, _folder, base) = world_with_campaigns(&world).await;
        let run = kept(&store, "rivera").await.unwrap();
        assert_eq!(runs(&store, "rivera").await, std::slice::from_ref(&run));
        assert!(runs(&store, "chen").await.is_empty() && runs(&store, "local").await.is_empty());
        // Whoever sees no voters keeps no run of them.
        assert!(kept(&store, "chen").await.is_err());
        let look = async |as_of: &str| {
            let id = run.id.clone();
            let read = async |act: &Act<'_, Read>| match store.open_match(act, nc(), &id).await? {
                Some(open) => store.look_at_pairs(act, &open, &[0, 1, 2, 9]).await,
                None => Ok(Vec::new()),
            };
            director(&store, as_of).await.act::<Read, _>(read).await.unwrap()
        };
        let looks = look("rivera").await;
        assert_eq!(looks.len(), 2, "Wake was not granted");
        assert_eq!(looks[0].row.cells, ["Ann Plover", "(919) 555-0123"]);
        assert_eq!(looks[0].pair, new_run().pairs[0]);
        assert_eq!(looks[0].voter.values["last_name"], "SMITH");
        assert!(look("chen").await.is_empty());
        // The grant ends: nothing can be opened, answered or appended, and it is not told what it was.
        let acting = Acting::local("local".parse().unwrap());
        store.revoke_grant(&acting, &base.id).await.unwrap();
        assert!(look("rivera").await.is_empty());
        assert!(runs(&store, "rivera").await.iter().all(|run| run.report.is_none()));
        assert!(answered(&store, &run.id, 0, MatchVerdict::Same).await.is_err());
        store.restore_grant(&acting, &base.id).await.unwrap();
        assert_eq!(look("rivera").await.len(), 2, "and lives again with it");
        // Another grant is not the one that it came of.
        store.revoke_grant(&acting, &base.id).await.unwrap();
        give(&store, "local", &NewGrant { exportable: false, ..grant("rivera", FieldClass::Base) }).await;
        assert!(look("rivera").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn of_who_has_become_confidential_since_a_run_tells_nothing() {
    on_each_database(async |world: World| {
        let (store, _folder, _) = world_with_campaigns(&world).await;
        let run = kept(&store, "rivera").await.unwrap().id;
        let read = async || {
            let read = async |act: &Act<'_, Read>| {
                let open = store.open_match(act, nc(), &run).await?.unwrap();
                let there: Vec<u32> = open.pairs().iter().map(|(number, _)| number).collect();
                Ok::<_, StoreError>((there, store.look_at_pairs(act, &open, &[0, 1]).await?))
            };
            director(&store, "rivera").await.act::<Read, _>(read).await.unwrap()
        };
        let (there, looks) = read().await;
        assert_eq!(there, [0, 1, 2]);
        assert_eq!(looks.iter().map(|look| look.number).collect::<Vec<_>>(), [0, 1]);
        let before = store.current_record(nc()).await.unwrap().unwrap();
        publish_after(&store, &before, "2026-11-21", 'c').await;
        // Voter 11: neither record nor how the row compares with it.
        let (there, looks) = read().await;
        assert_eq!(there, [1, 2]);
        assert_eq!(looks.iter().map(|look| look.number).collect::<Vec<_>>(), [1]);
    })
    .await;
}

#[tokio::test]
async fn cells_that_found_their_voters_by_a_grant_are_shown_while_as_much_is_granted() {
    on_each_database(async |world: World| {
        let (store, _folder, base) = world_with_campaigns(&world).await;
        let run = kept(&store, "rivera").await.unwrap().id;
        let append = appended(&store, &run).await.append;
        let listed = async || {
            let list = async |act: &Act<'_, Read>| store.appends(act, Some(nc())).await;
            let all = director(&store, "rivera").await.act::<Read, _>(list).await.unwrap();
            all.into_iter().find(|one| one.report.append == append).unwrap()
        };
        assert_eq!(cells(&store, 11).await, ["+19195550123"]);
        assert_eq!(listed().await.unreadable, None);
        let acting = Acting::local("local".parse().unwrap());
        store.revoke_grant(&acting, &base.id).await.unwrap();
        assert!(cells(&store, 11).await.is_empty());
        let ended = listed().await;
        assert_eq!((ended.unreadable.as_deref(), ended.report.columns.len()), (Some("grant ended"), 0));
        store.restore_grant(&acting, &base.id).await.unwrap();
        assert_eq!(cells(&store, 11).await, ["+19195550123"]);
        // What an organization has found out is not lost when another grant takes the place of the one.
        store.revoke_grant(&acting, &base.id).await.unwrap();
        give(&store, "local", &NewGrant { exportable: false, ..grant("rivera", FieldClass::Base) }).await;
        assert_eq!(cells(&store, 11).await, ["+19195550123"]);
    })
    .await;
}

#[tokio::test]
async fn nothing_of_a_list_lies_in_plain() {
    on_each_database(async |world: World| {
        let (store, _folder, _) = world_with_campaigns(&world).await;
        let run = kept(&store, "rivera").await.unwrap();
        answered(&store, &run.id, 0, MatchVerdict::Different).await.unwrap();
        appended(&store, &run.id).await;
        let mut files = Vec::new();
        let mut folders = vec![store.data().root().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        assert!(files.iter().any(|file| file.to_string_lossy().contains("matches/rivera")));
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            for secret in ["Plover", "Xyzzy", "plugh", "5550123", "555-0123"] {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "`{secret}` lies in {}", file.display());
            }
        }
    })
    .await;
}

#[tokio::test]
async fn every_answer_is_kept_in_its_order() {
    on_each_database(async |world: World| {
        let (store, _folder, _) = world_with_campaigns(&world).await;
        let run = kept(&store, "rivera").await.unwrap().id;
        for (at, verdict) in
            [MatchVerdict::Same, MatchVerdict::TakenBack, MatchVerdict::Different].into_iter().enumerate()
        {
            assert_eq!(answered(&store, &run, 1, verdict).await.unwrap(), u64::try_from(at + 1).unwrap());
        }
        let wrong = answered(&store, &run, 3, MatchVerdict::Same).await.unwrap_err();
        assert_eq!(wrong.to_string(), "this list has no pair 3");
        let read = async |act: &Act<'_, Read>| store.open_match(act, nc(), &run).await;
        let open = director(&store, "rivera").await.act::<Read, _>(read).await.unwrap().unwrap();
        let said: Vec<MatchVerdict> = open.answers().iter().map(|answer| answer.answer.verdict).collect();
        assert_eq!(said, [MatchVerdict::Same, MatchVerdict::TakenBack, MatchVerdict::Different]);
        let of_rival = async |act: &Act<'_, Read>| store.open_match(act, nc(), &run).await;
        assert!(director(&store, "chen").await.act::<Read, _>(of_rival).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn cells_go_to_voters_and_a_pair_taken_back_loses_them() {
    on_each_database(async |world: World| {
        let (store, _folder, _) = world_with_campaigns(&world).await;
        let run = kept(&store, "rivera").await.unwrap().id;
        // What is doubtful is added to nobody.
        let first = appended(&store, &run).await;
        assert_eq!((first.rows.read, first.rows.matched, first.rows.review), (2, 1, 1));
        answered(&store, &run, 1, MatchVerdict::Same).await.unwrap();
        let first = appended(&store, &run).await;
        assert_eq!((first.rows.read, first.rows.matched, first.rows.unmatched), (2, 2, 0));
        assert_eq!(first.run.as_deref(), Some(run.as_str()));
        assert_eq!(cells(&store, 11).await, ["+19195550123"]);
        assert_eq!(cells(&store, 12).await, ["+19195550124"]);
        // Wake is not there for the campaign: a pair with somebody there is with nobody.
        answered(&store, &run, 1, MatchVerdict::Different).await.unwrap();
        answered(&store, &run, 2, MatchVerdict::Same).await.unwrap();
        let second = appended(&store, &run).await;
        assert_eq!(second.replaces, Some(first.append.clone()));
        assert_eq!((second.rows.matched, second.rows.unmatched), (1, 1));
        assert_eq!(cells(&store, 11).await, ["+19195550123"]);
        assert!(cells(&store, 12).await.is_empty(), "the cell is gone");
        // Removed, the oldest first, nothing comes back.
        let mut all = {
            let list = async |act: &Act<'_, Read>| store.appends(act, None).await;
            director(&store, "rivera").await.act::<Read, _>(list).await.unwrap()
        };
        all.retain(|append| append.status != crate::overlay::AppendStatus::Removed);
        all.reverse();
        assert_eq!(all.len(), 3);
        for append in all.into_iter().map(|append| append.report.append) {
            let away = async |act: &Act<'_, Append>| store.remove_append(act, &append).await;
            director(&store, "rivera").await.act::<Append, _>(away).await.unwrap();
        }
        assert!(cells(&store, 11).await.is_empty());
        let folder = store.data().matches("rivera").join(&run);
        assert!(folder.exists());
        let away = async |act: &Act<'_, Append>| store.remove_match_run(act, nc(), &run).await;
        assert!(director(&store, "rivera").await.act::<Append, _>(away).await.unwrap());
        assert!(!folder.exists() && runs(&store, "rivera").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_pair_taken_back_loses_its_cell_and_all_others_keep_theirs_where_columns_share_a_header() {
    on_each_database(async |world: World| {
        let (store, _folder, _) = world_with_campaigns(&world).await;
        let snapshot = store.current_record(nc()).await.unwrap().unwrap().id;
        let new = || {
            let cells = [["919-555-0001", "(919) 555-0123"], ["919-555-0002", "919-555-0124"]];
            let cells = cells.map(|cells| cells.map(str::to_owned));
            let headers = ["Cell", "Cell"].map(str::to_owned).to_vec();
            let mut new = NewMatchRun { snapshot: snapshot.clone(), ..new_run() };
            new.report.columns.iter_mut().for_each(|column| column.header = "Cell".to_owned());
            new.rows = ListRows::of_rows(
                "plugh.csv",
                headers,
                (4..).zip(&cells).map(|(line, row)| (line, &row[..])),
            );
            new
        };
        let keep = async |act: &Act<'_, Append>| store.keep_match_run(act, new()).await;
        let run = director(&store, "rivera").await.act::<Append, _>(keep).await.unwrap().id;
        answered(&store, &run, 1, MatchVerdict::Same).await.unwrap();
        let first = appended(&store, &run).await;
        assert_eq!(first.columns[0].name, "rivera__cell_2", "the second of them");
        let shown = async |voter: i64| {
            let read = async |act: &Act<'_, Read>| {
                let key = store.voter_key(act, nc(), VoterId(voter));
                store.voter(act, nc(), None, crate::VoterSelector::Key(&key)).await
            };
            let found = director(&store, "rivera").await.act::<Read, _>(read).await.unwrap();
            let values = found.into_iter().flat_map(|voter| voter.values);
            let ours = values.filter(|value| value.column.starts_with("rivera__"));
            ours.map(|value| format!("{}={}", value.column, value.value)).collect::<Vec<_>>()
        };
        assert_eq!(shown(11).await, ["rivera__cell_2=+19195550123"]);
        assert_eq!(shown(12).await, ["rivera__cell_2=+19195550124"]);
        let take_back = async |pair: u32| {
            let (verdict, why) = (MatchVerdict::Different, "another Bo".to_owned());
            let no = NewAnswer { pair, verdict, from_queue: false, settles: true, why };
            let renew = async |act: &Act<'_, Append>| store.renew_appends(act, nc(), &run, Some(&no)).await;
            director(&store, "rivera").await.act::<Append, _>(renew).await
        };
        take_back(1).await.unwrap();
        assert_eq!(shown(11).await, ["rivera__cell_2=+19195550123"]);
        assert!(shown(12).await.is_empty());
        let appends = async || {
            let list = async |act: &Act<'_, Read>| store.appends(act, None).await;
            let mut all = director(&store, "rivera").await.act::<Read, _>(list).await.unwrap();
            all.retain(|append| append.status == crate::overlay::AppendStatus::Current);
            all.into_iter().map(|append| append.report.replaces).collect::<Vec<_>>()
        };
        assert_eq!(appends().await, [Some(first.append)], "in the place of the first");
        // A pair that is not there leaves neither answer nor append.
        assert!(take_back(9).await.is_err());
        let read = async |act: &Act<'_, Read>| store.open_match(act, nc(), &run).await;
        let open = director(&store, "rivera").await.act::<Read, _>(read).await.unwrap().unwrap();
        assert_eq!(open.answers().len(), 2);
        // With the last pair all of it goes, and nothing that was replaced comes back.
        take_back(0).await.unwrap();
        assert!(shown(11).await.is_empty() && appends().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_killed_programs_left_of_runs_is_gone_at_the_next_start() {
    on_each_database(async |world: World| {
        let (store, _folder, _) = world_with_campaigns(&world).await;
        let matches = store.data().matches("rivera");
        let run = kept(&store, "rivera").await.unwrap().id;
        let removed = kept(&store, "rivera").await.unwrap().id;
        // Killed between the transaction and the removal of the files.
        let copy = matches.join("copy");
        let copy_of = |from: &std::path::Path, to: &std::path::Path| {
            std::fs::create_dir_all(to).unwrap();
            for entry in std::fs::read_dir(from).unwrap() {
                let path = entry.unwrap().path();
                std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
            }
        };
        copy_of(&matches.join(&removed), &copy);
        let away = async |act: &Act<'_, Append>| store.remove_match_run(act, nc(), &removed).await;
        assert!(director(&store, "rivera").await.act::<Append, _>(away).await.unwrap());
        std::fs::rename(&copy, matches.join(&removed)).unwrap();
        // Killed before the row; another database's; one that is being written; one that was.
        let [unrecorded, foreign, living, dead] =
            ["2026-11-01-aaaa", "2026-11-01-bbbb", ".staging-cccc", ".staging-dddd"]
                .map(|name| matches.join(name));
        for folder in [&unrecorded, &foreign, &living, &dead] {
            copy_of(&matches.join(&run), folder);
        }
        std::fs::write(unrecorded.join("unrecorded"), []).unwrap();
        let old = std::time::SystemTime::now() - std::time::Duration::from_secs(7200);
        for path in std::fs::read_dir(&dead).unwrap().map(|entry| entry.unwrap().path()).chain([dead.clone()])
        {
            std::fs::File::open(&path).unwrap().set_modified(old).unwrap();
        }
        store.sweep_matches().await.unwrap();
        assert!(!matches.join(&removed).exists() && !unrecorded.exists() && !dead.exists());
        assert!(foreign.exists() && living.exists() && matches.join(&run).exists());
        assert!(!matches.join(&run).join("unrecorded").exists());
        assert_eq!(runs(&store, "rivera").await.len(), 1);
        // Asked to remove it once more, what was left goes, too.
        copy_of(&matches.join(&run), &matches.join(&removed));
        let away = async |act: &Act<'_, Append>| store.remove_match_run(act, nc(), &removed).await;
        assert!(!director(&store, "rivera").await.act::<Append, _>(away).await.unwrap());
        assert!(!matches.join(&removed).exists());
    })
    .await;
}
