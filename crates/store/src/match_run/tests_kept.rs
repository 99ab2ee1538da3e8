//! Lists that come in by whatever way: whose run it is, what was undone stays undone, which row of several counts, what an
//! append's row says of itself, and drafts.

use super::tests::{answered, director, new_run, runs};
use super::{MatchDraft, MatchRunRecord, MatchVerdict, NewMatchRun};
use crate::error::StoreError;
use crate::list_file::ListRows;
use crate::overlay::{AppendPairs, AppendReport, AppendRequest};
use crate::read::tests_granted::world_with_campaigns;
use crate::store::Store;
use crate::testing::{World, nc, on_each_database};
use hustings_access::Act;
use hustings_access::verb::{Append, Read};
use hustings_core::{FieldClass, VoterId};

async fn kept_by(store: &Store, id: &str, new: NewMatchRun) -> Result<MatchRunRecord, StoreError> {
    let snapshot = store.current_record(nc()).await.unwrap().unwrap().id;
    let new = NewMatchRun { snapshot, ..new };
    let keep = async |act: &Act<'_, Append>| store.keep_match_run(act, new).await;
    store.as_organization(id).act::<Append, _>(keep).await
}

async fn joined(store: &Store, run: &str, once: bool) -> AppendReport {
    let run = run.to_owned();
    let wanted = AppendPairs { state: nc(), run, class: FieldClass::Private, columns: None, once };
    let join = async |act: &Act<'_, Append>| store.append_pairs(act, &wanted).await;
    director(store, "rivera").await.act::<Append, _>(join).await.unwrap()
}

async fn fate(store: &Store, append: &str, line: u64) -> Option<(String, u32)> {
    let look = async |act: &Act<'_, Read>| store.append_match(act, append, line).await;
    let found = director(store, "rivera").await.act::<Read, _>(look).await.unwrap();
    found.map(|found| (found.fate, found.number))
}

#[tokio::test]
async fn what_only_the_opener_sees_opens_for_the_opener_alone() {
    on_each_database(async |world: World| {
        let (store, _folder, _) = world_with_campaigns(&world).await;
        // Rivera is granted a part: at the command line, too, that part alone is matched, so that its people see the run.
        let linked = async |id: &str| {
            let voters = async |act: &Act<'_, Append>| {
                let voters = store.linkable_voters(act, nc(), None).await?;
                let mut found = Vec::new();
                let take = |block: crate::VoterBlock| {
                    found.extend(block.voters);
                    Ok::<_, StoreError>(())
                };
                store.read_linkable(act, &voters, &[0], take).await?;
                Ok(found)
            };
            store.as_organization(id).act::<Append, _>(voters).await.unwrap()
        };
        assert_eq!(linked("rivera").await, [VoterId(11), VoterId(12)].as_slice());
        let all = linked("chen").await;
        assert!(all.contains(&VoterId(13)), "who is granted nothing matches as the opener: {all:?}");
        let of_rivera = kept_by(&store, "rivera", new_run()).await.unwrap();
        assert_eq!(runs(&store, "rivera").await, [of_rivera]);
        // Chen is granted nothing: its people learn only that there was a list, whoever opens the folder reads it.
        let of_chen = kept_by(&store, "chen", new_run()).await.unwrap();
        let seen = runs(&store, "chen").await;
        assert_eq!((seen.len(), seen[0].report.is_none()), (1, true));
        let read = async |act: &Act<'_, Read>| store.match_run(act, nc(), &of_chen.id).await;
        let opened = store.as_organization("chen").act::<Read, _>(read).await.unwrap();
        assert!(opened.unwrap().report.is_some());
        let by_rival = store.as_organization("rivera").act::<Read, _>(read).await.unwrap();
        assert_eq!(by_rival, None);
    })
    .await;
}

#[tokio::test]
async fn what_reviewers_took_apart_is_not_brought_together_again() {
    on_each_database(async |world: World| {
        let (store, _folder, _) = world_with_campaigns(&world).await;
        let first = kept_by(&store, "rivera", new_run()).await.unwrap();
        answered(&store, &first.id, 0, MatchVerdict::Different).await.unwrap();
        let pairs = async |run: &str| {
            let read = async |act: &Act<'_, Read>| store.open_match(act, nc(), run).await;
            director(&store, "rivera").await.act::<Read, _>(read).await.unwrap().unwrap().pairs().clone()
        };
        // The same row in another list, written otherwise.
        let headers = ["Xyzzy Name", "Cell"].map(str::to_owned).to_vec();
        let again = |name: &str| {
            let rows = [[name.to_owned(), "1".to_owned()], ["Bo".to_owned(), String::new()]];
            let rows = (2..).zip(&rows).map(|(line, row)| (line, &row[..]));
            NewMatchRun { rows: ListRows::of_rows("june.csv", headers.clone(), rows), ..new_run() }
        };
        let second = kept_by(&store, "rivera", again("PLOVER, Ann")).await.unwrap();
        let report = second.report.unwrap();
        assert_eq!((report.kept_apart, report.accepted, report.review), (1, 0, 3));
        let kept = pairs(&second.id).await;
        let doubtful = kept.get(0).unwrap();
        assert!(!doubtful.is_accepted && doubtful.doubt.contains("two people"), "{kept:?}");
        assert_eq!(joined(&store, &second.id, false).await.rows.matched, 0);
        // Somebody else on the list is nobody's affair; nor is an answer that was taken back.
        let third = kept_by(&store, "rivera", again("Ann Clover")).await.unwrap();
        assert_eq!(third.report.unwrap().kept_apart, 0);
        answered(&store, &first.id, 0, MatchVerdict::TakenBack).await.unwrap();
        let fourth = kept_by(&store, "rivera", again("Ann Plover")).await.unwrap();
        assert_eq!(fourth.report.unwrap().kept_apart, 0);
    })
    .await;
}

#[tokio::test]
async fn of_several_rows_the_confirmed_then_the_fullest_counts_and_each_says_why() {
    on_each_database(async |world: World| {
        let (store, _folder, _) = world_with_campaigns(&world).await;
        let mut new = new_run();
        let rows = [["Ann Plover", ""], ["Ann Plover", "919-555-0100"], ["Bo", "919-555-0101"]];
        let rows = rows.map(|cells| cells.map(str::to_owned));
        let rows = (2..).zip(&rows).map(|(line, row)| (line, &row[..]));
        new.rows = ListRows::of_rows("plugh.csv", new.rows.headers().to_vec(), rows);
        new.report.rows = 3;
        // Both rows of Ann are AA1, the first is likelier; Bo may be O'Neil.
        new.pairs[1] = super::MatchPair { row: 1, voter: VoterId(11), chance: 0.991, ..new.pairs[0].clone() };
        new.pairs[2] = super::MatchPair { row: 2, voter: VoterId(12), ..new.pairs[2].clone() };
        let run = kept_by(&store, "rivera", new).await.unwrap().id;
        let first = joined(&store, &run, true).await;
        let rows = &first.rows;
        assert_eq!((rows.read, rows.matched, rows.duplicate, rows.review, rows.unmatched), (3, 1, 1, 1, 0));
        let matching = first.matching.unwrap();
        assert_eq!((matching.matched, matching.accepted, matching.review), (1, 2, 1));
        let told = |fate: &str, pair| Some((fate.to_owned(), pair));
        assert_eq!(fate(&store, &first.append, 2).await, told("duplicate", 0));
        assert_eq!(fate(&store, &first.append, 3).await, told("joined", 1), "the fuller row");
        assert_eq!(fate(&store, &first.append, 4).await, told("review", 2));
        assert_eq!(fate(&store, &first.append, 5).await, None);
        // The same list once more is recognized; removed, it is said of what comes after.
        let again = joined(&store, &run, true).await;
        assert_eq!((again.unchanged, &again.append), (true, &first.append));
        let away = async |act: &Act<'_, Append>| store.remove_append(act, &first.append).await;
        director(&store, "rivera").await.act::<Append, _>(away).await.unwrap();
        answered(&store, &run, 0, MatchVerdict::Same).await.unwrap();
        let later = joined(&store, &run, true).await;
        assert_eq!((later.unchanged, later.removed_before), (false, Some(first.append)));
        assert_eq!(fate(&store, &later.append, 2).await, told("joined", 0), "a person has confirmed it");
    })
    .await;
}

#[tokio::test]
async fn an_append_of_before_there_were_runs_says_so() {
    on_each_database(async |world: World| {
        let (store, folder, _) = world_with_campaigns(&world).await;
        let run = kept_by(&store, "rivera", new_run()).await.unwrap().id;
        let mut report = joined(&store, &run, false).await;
        report.run = None;
        let key = store.key_to_write("rivera", FieldClass::Private).await.unwrap();
        let transaction = store.database.begin("test").await.unwrap();
        crate::overlay::rewrite_report(&store, &transaction, &key, &report).await.unwrap();
        transaction.commit().await.unwrap();
        let look = async |act: &Act<'_, Read>| store.append_match(act, &report.append, 4).await;
        let said = director(&store, "rivera").await.act::<Read, _>(look).await.unwrap_err();
        assert!(said.to_string().contains("was matched by an earlier version"), "{said}");
        // One by ids has simply no pairs.
        let file = folder.path().join("by-id.csv");
        std::fs::write(&file, "voter id,score\nAA1,1\n").unwrap();
        let (owner, class) = ("rivera".to_owned(), FieldClass::Private);
        let request = AppendRequest { state: nc(), owner, class, file, id_column: "voter id".to_owned() };
        let by_id = store.as_organization("rivera").append(&request).await.unwrap().append;
        assert_eq!(fate(&store, &by_id, 2).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_its_senders_alone_and_lies_there_until_it_is_replaced_or_removed() {
    on_each_database(async |world: World| {
        let (store, _folder, _) = world_with_campaigns(&world).await;
        let keep = async |bytes: &[u8]| {
            let keep = async |act: &Act<'_, Append>| store.keep_draft(act, nc(), ("xyzzy.csv", bytes)).await;
            director(&store, "rivera").await.act::<Append, _>(keep).await.unwrap()
        };
        let first = keep(b"plugh").await;
        let draft = keep(b"Plover,Ann").await;
        let read = async |store: &Store, draft: &MatchDraft| {
            let read = async |act: &Act<'_, Append>| {
                Ok((store.draft(act, nc()).await?, store.draft_bytes(act, draft).await?))
            };
            director(store, "rivera").await.act::<Append, _>(read).await.unwrap()
        };
        assert_eq!(read(&store, &draft).await, (Some(draft.clone()), Some(b"Plover,Ann".to_vec())));
        assert_eq!(read(&store, &first).await.1, None, "one a person");
        // Another program over the same folder has it; other people of the same campaign, and other campaigns, have not.
        let later = world.open().await;
        assert_eq!(read(&later, &draft).await.0, Some(draft.clone()));
        for id in ["rivera", "chen"] {
            let other = store.as_organization(id);
            let look = async |act: &Act<'_, Append>| store.draft(act, nc()).await;
            assert_eq!(other.act::<Append, _>(look).await.unwrap_or_default(), None, "{id}");
            let away = async |act: &Act<'_, Append>| store.remove_draft(act, nc(), &draft.id).await;
            assert!(!other.act::<Append, _>(away).await.unwrap_or_default());
        }
        let folder = store.data().matches("rivera").join("drafts");
        let files = || std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
        assert_eq!(files().count(), 2, "what was replaced is gone");
        for file in files() {
            let bytes = std::fs::read(&file).unwrap();
            let shown = file.display().to_string();
            for secret in ["Plover", "xyzzy"] {
                assert!(!shown.contains(secret));
                assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()));
            }
        }
        // Killed after the list and before what names it: as if it had not been sent, and the one before is there.
        std::fs::copy(files().next().unwrap(), folder.join("half")).unwrap();
        assert_eq!(read(&store, &draft).await.0, Some(draft.clone()));
        let away = async |act: &Act<'_, Append>| store.remove_draft(act, nc(), &draft.id).await;
        let director = director(&store, "rivera").await;
        assert!(director.act::<Append, _>(away).await.unwrap());
        assert!(!director.act::<Append, _>(away).await.unwrap());
        assert_eq!(read(&store, &draft).await, (None, None));
    })
    .await;
}
