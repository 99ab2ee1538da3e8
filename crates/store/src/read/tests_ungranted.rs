//! A column that was not granted tells nothing by another way: by filters, counts, completion, joins, orders of rows.

use super::ChangeFilter;
use super::VoterSelector;
use super::tests_granted::{self, export, give, grant, world_with_campaigns};
use crate::access::Acting;
use crate::access::api_key::NewApiKey;
use crate::access::grant::NewGrant;
use crate::error::StoreError;
use crate::export::ExportRequest;
use crate::overlay::{AppendReport, AppendRequest};
use crate::store::Store;
use crate::testing::{World, nc, on_each_database};
use hustings_access::verb::Read;
use hustings_access::{Act, Actor, OrganizationId, Principal, Role};
use hustings_core::{FieldClass, VoterId};
use std::collections::BTreeMap;
use std::path::Path;

/// Grants `chen` these columns of the base, in some counties or everywhere.
async fn give_columns(store: &Store, columns: &[&str], counties: Option<&[&str]>) {
    let columns = columns.iter().map(|&column| column.to_owned()).collect();
    let narrow = NewGrant {
        columns: [(FieldClass::Base, columns)].into(),
        counties: counties.map(|some| some.iter().map(|&county| county.to_owned()).collect()),
        ..grant("chen", FieldClass::Base)
    };
    give(store, "local", &narrow).await;
}

/// `chen` appends a file.
async fn append(store: &Store, folder: &Path, text: &str) -> Result<AppendReport, String> {
    let file = folder.join("guess.csv");
    std::fs::write(&file, text).unwrap();
    let request = AppendRequest {
        state: nc(),
        owner: "chen".to_owned(),
        class: FieldClass::Private,
        file: file.clone(),
        id_column: "id".to_owned(),
    };
    // Over the network: who opened the data directory may join by any base that lies there.
    let chen = "chen".parse().unwrap();
    let until = store.instant().checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
    let new = NewApiKey { name: "a program".to_owned(), role: Role::DataDirector, grant: None, until };
    let (key, _) =
        store.create_api_key(&Acting::local(OrganizationId::clone(&chen)), &chen, &new).await.unwrap();
    let owner = store.organization(&chen).await.unwrap().unwrap();
    let director = store.as_actor(Actor::over_network(Principal::Key(key.id), owner, [Role::DataDirector]));
    let report = director.append(&request).await;
    report.map_err(|error| error.to_string().replace(&*file.to_string_lossy(), "guess.csv"))
}

#[tokio::test]
async fn no_voter_is_joined_by_an_id_that_is_not_granted_and_each_by_the_own_key() {
    on_each_database(async |world: World| {
        let (store, folder, _) = world_with_campaigns(&world).await;
        let folder = folder.path();
        give_columns(&store, &["name.last"], Some(&["DURHAM"])).await;
        let absent = append(&store, folder, "id,guess\nZZ1,1\nZZ2,2\n").await.unwrap_err();
        assert_eq!(
            absent,
            "`guess.csv`, column `id`: expected voters' keys as pages and answers show them, got none; the voter file of nc \
             has no column `state_voter_id` here to join by"
        );
        assert_eq!(append(&store, folder, "id,guess\nAA1,1\nAA2,2\n").await, Err(absent));
        let keys = |organization| {
            let organization = store.as_organization(organization);
            async move {
                let mut keys = Vec::new();
                for voter in [11, 12, 13, 15] {
                    keys.push(organization.voter_key(nc(), VoterId(voter)).await);
                }
                keys
            }
        };
        // Of four voters two live there and are not confidential; ids and others' keys beside the keys find nobody.
        let own = keys("chen").await;
        let rival = keys("rivera").await;
        let rows: Vec<String> = own.iter().chain(&rival).map(|key| format!("{},1", key.as_str().to_uppercase())).collect();
        let text = format!("id,guess\n{}\nAA1,1\nAA2,1\n", rows.join("\n"));
        let report = append(&store, folder, &text).await.unwrap();
        assert_eq!((report.rows.read, report.rows.matched, report.rows.unmatched), (10, 2, 8));
        // Where the id is granted, it joins: in its county alone.
        give_columns(&store, &["state_voter_id"], Some(&["WAKE"])).await;
        let report = append(&store, folder, "id,other\nAA1,1\nAA3,1\n").await.unwrap();
        assert_eq!((report.rows.matched, report.rows.unmatched), (1, 1));
    })
    .await;
}

/// The counties with their voters, as the page of exports offers them to `chen`.
async fn counties(store: &Store) -> BTreeMap<String, u64> {
    let count = async |act: &Act<'_, Read>| -> Result<_, StoreError> {
        let record = store.current(act, nc()).await?.unwrap();
        store.exportable_by_county(act, &record).await
    };
    store.as_organization("chen").act(count).await.unwrap()
}

/// What `chen` gets who asks for a county: the rows, or why not.
async fn of_county(store: &Store, request: &ExportRequest, county: &str) -> Result<u64, String> {
    let request = ExportRequest { county: Some(county.to_owned()), ..request.clone() };
    let report = store.as_organization("chen").export(&request).await;
    report.map(|report| report.rows).map_err(|error| {
        error.to_string().replace(&format!("county `{}`", county.to_uppercase()), "county `X`")
    })
}

#[tokio::test]
async fn by_a_county_that_is_not_granted_nothing_is_chosen_counted_or_completed() {
    on_each_database(async |world: World| {
        let (store, folder, _) = world_with_campaigns(&world).await;
        give_columns(&store, &["name.last"], None).await;
        let request = export(folder.path(), FieldClass::Base, None);
        // One sentence for what is there, for what nearly is, and for what never was.
        let absent = of_county(&store, &request, "atlantis").await.unwrap_err();
        assert_eq!(
            absent,
            "county `X` is not in the voter file of nc: no county is told here, so take all of it"
        );
        for county in ["DURHAM", "durha", "WAKE"] {
            assert_eq!(of_county(&store, &request, county).await, Err(absent.clone()), "{county}");
        }
        assert_eq!(counties(&store).await, [(String::new(), 3)].into());
        let chen = store.as_organization("chen");
        let record = chen.current(nc()).await.unwrap().unwrap();
        let of_changes = async |county: &str| {
            let filter = ChangeFilter { county: Some(county.to_owned()), ..ChangeFilter::default() };
            chen.changes(&record, &filter, 0, 9).await.unwrap().total
        };
        let counted = async || {
            let count = async |act: &Act<'_, Read>| store.change_counts(act, &record).await;
            chen.act(count).await.unwrap()
        };
        assert_eq!((of_changes("durham").await, of_changes("atlantis").await), (0, 0));
        let counts = counted().await;
        assert!(counts.counties.is_empty() && counts.by_county.is_empty(), "{counts:?}");
        assert_eq!(counts.kinds["new"], 2);

        // A grant with the column in one county tells of that county, and of no other.
        give_columns(&store, &["county_name"], Some(&["WAKE"])).await;
        assert_eq!(counties(&store).await, [(String::new(), 2), ("WAKE".to_owned(), 1)].into());
        assert_eq!(of_county(&store, &request, "wake").await, Ok(1));
        let near = of_county(&store, &request, "wak").await.unwrap_err();
        assert!(near.ends_with("did you mean `WAKE`?"), "{near}");
        let hidden = of_county(&store, &request, "durham").await.unwrap_err();
        assert!(hidden.contains("it has `WAKE` and others") && !hidden.contains("DURHAM"), "{hidden}");
        assert_eq!(of_changes("durham").await, 0);
        assert_eq!(counted().await.counties, ["WAKE"]);
    })
    .await;
}

#[tokio::test]
async fn a_grant_of_one_county_tells_that_county_and_one_of_several_none() {
    on_each_database(async |world: World| {
        let (store, folder, _) = world_with_campaigns(&world).await;
        give_columns(&store, &["name.last"], Some(&["DURHAM"])).await;
        let request = export(folder.path(), FieldClass::Base, None);
        assert_eq!(counties(&store).await, [("DURHAM".to_owned(), 2)].into());
        assert_eq!(of_county(&store, &request, "durham").await, Ok(2));
        give_columns(&store, &["name.last"], Some(&["DURHAM", "WAKE"])).await;
        assert_eq!(counties(&store).await, [(String::new(), 3)].into());
        let (there, absent) =
            (of_county(&store, &request, "durham").await, of_county(&store, &request, "atlantis").await);
        assert_eq!(there, absent);
        assert!(there.is_err());
    })
    .await;
}

#[tokio::test]
async fn the_lists_owner_reads_the_same_of_an_export_whatever_private_columns_are_in_it() {
    on_each_database(async |world: World| {
        let (store, folder, _) = world_with_campaigns(&world).await;
        give_columns(&store, &["name.last", "county_name"], Some(&["DURHAM"])).await;
        let chen = store.as_organization("chen");
        let base = chen.export(&export(folder.path(), FieldClass::Base, None)).await.unwrap();
        let private = export(folder.path(), FieldClass::Private, Some("chen"));
        let one = chen.export(&private).await.unwrap();
        append(&store, folder.path(), &format!("id,a,b\n{},1,2\n", chen.voter_key(nc(), VoterId(12)).await))
            .await
            .unwrap();
        let three = chen.export(&private).await.unwrap();
        assert_eq!((base.columns.len(), one.columns.len(), three.columns.len()), (3, 4, 6));
        let owner = store.local();
        let mut told = Vec::new();
        for report in [&base, &one, &three] {
            let records = owner.records(std::slice::from_ref(&report.export)).await;
            let [record] = records.as_slice() else { panic!("{records:?}") };
            told.push((record.details.clone(), record.classes.clone(), record.voters));
            // Whoever took the copy reads all of it.
            let own = &chen.records(std::slice::from_ref(&report.export)).await[0];
            assert_eq!(own.details["sha256"], report.sha256.as_str());
            assert_eq!(own.details["columns"], report.columns.len());
        }
        assert_eq!((&told[0], &told[0]), (&told[1], &told[2]));
        let (details, classes, voters) = &told[0];
        assert_eq!((classes.len(), *voters, &details["columns"]), (1, Some(2), &2.into()));
        assert!(details.get("bytes").is_none() && details.get("sha256").is_none(), "{details}");
    })
    .await;
}

#[tokio::test]
async fn an_append_of_which_no_column_is_granted_is_not_there_and_others_count_what_is() {
    on_each_database(async |world: World| {
        let (store, folder, _) = world_with_campaigns(&world).await;
        let appended = async |text: &str| {
            tests_granted::append(&store, folder.path(), "acme", FieldClass::Appended, text).await
        };
        let seen = appended("voter id,cola,colb\nAA1,1,1\nAA2,2,\nAA3,3,3\n").await;
        appended("voter id,other\nAA1,1\n").await;
        give_columns(&store, &["name.last"], Some(&["DURHAM"])).await;
        let shared = NewGrant {
            columns: [(FieldClass::Appended, ["colb".to_owned()].into())].into(),
            ..grant("chen", FieldClass::Appended)
        };
        give(&store, "acme", &shared).await;
        let mut listed = store.as_organization("chen").appends(None).await.unwrap();
        listed.retain(|record| record.report.owner == "acme");
        let [record] = listed.as_slice() else { panic!("{listed:?}") };
        let report = &record.report;
        assert_eq!((&report.append, report.rows.read, report.rows.matched), (&seen, 1, 1));
        assert_eq!((report.columns.len(), report.columns[0].filled), (1, 1));
        // Once its key is destroyed, nobody can say whose columns they were.
        store.local().destroy_key("acme", FieldClass::Appended).await.unwrap();
        let listed = store.as_organization("chen").appends(None).await.unwrap();
        assert!(listed.iter().all(|record| record.report.owner == "chen"), "{listed:?}");
    })
    .await;
}

#[tokio::test]
async fn when_a_voter_left_and_whether_confidential_is_told_with_the_columns_that_say_it() {
    on_each_database(async |world: World| {
        let (store, _folder, _) = world_with_campaigns(&world).await;
        let seen = async |organization: &str| {
            let organization = store.as_organization(organization);
            let hits = organization.find_voters(nc(), "gone", 9).await.unwrap();
            let key = &hits[0].voter_key;
            let voter = organization.voter(nc(), None, VoterSelector::Key(key)).await.unwrap().unwrap();
            assert_eq!(voter.dropped_at, hits[0].dropped_at);
            (voter.dropped_at.is_some(), voter.confidential)
        };
        assert_eq!(seen("rivera").await, (true, Some(false)));
        give_columns(&store, &["name.last", "name.first"], None).await;
        assert_eq!(seen("chen").await, (false, None));
        give_columns(&store, &["status", "confidential"], None).await;
        assert_eq!(seen("chen").await, (true, Some(false)));
    })
    .await;
}

#[tokio::test]
async fn rows_stand_in_no_order_that_tells_of_columns_that_are_not_granted() {
    on_each_database(async |world: World| {
        let (store, folder, _) = world_with_campaigns(&world).await;
        give_columns(&store, &["name.last", "name.first"], None).await;
        let chen = store.as_organization("chen");
        let request = export(folder.path(), FieldClass::Base, None);
        // Of three rows some order is by chance that of the list.
        for _ in 0..6 {
            chen.export(&request).await.unwrap();
            let text = std::fs::read_to_string(&request.out).unwrap();
            let rows: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
            assert_eq!(rows.len(), 3);
            assert!(rows.is_sorted(), "by the export's own key: {text}");
        }
        // A page is a part of the one order that searches and changes have.
        let pages = async |limit: usize| {
            let hits = chen.find_voters(nc(), "s", limit).await.unwrap();
            hits.into_iter().map(|hit| hit.voter_key).collect::<Vec<_>>()
        };
        let all = pages(9).await;
        assert!(all.len() == 2 && all.is_sorted(), "{all:?}");
        assert_eq!(pages(1).await, all[..1]);
        let record = chen.current(nc()).await.unwrap().unwrap();
        let changes = async |offset: u64, limit: usize| {
            let page = chen.changes(&record, &ChangeFilter::default(), offset, limit).await.unwrap();
            page.rows.into_iter().map(|row| (row.change.voter_key, row.change.kind)).collect::<Vec<_>>()
        };
        let all = changes(0, 9).await;
        assert!(all.len() >= 2 && all.is_sorted_by_key(|(key, _)| key.clone()), "{all:?}");
        let mut paged = Vec::new();
        for offset in (0_u64..).take(all.len()) {
            paged.extend(changes(offset, 1).await);
        }
        assert_eq!(paged, all);
        // Whoever sees every column reads the list as it stands.
        let rivera = store.as_organization("rivera");
        rivera.export(&request).await.unwrap();
        let text = std::fs::read_to_string(&request.out).unwrap();
        assert!(text.find("AA1").unwrap() < text.find("AA2").unwrap(), "{text}");
    })
    .await;
}
