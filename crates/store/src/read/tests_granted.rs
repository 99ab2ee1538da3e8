//! What exists for whom: a campaign with a grant on one county of the five invented voters, its rival, a precinct captain.

use super::{ChangeFilter, QuarantineFilter, VoterSelector};
use crate::access::Acting;
use crate::access::grant::NewGrant;
use crate::export::{ExportFormat, ExportRequest};
use crate::overlay::AppendRequest;
use crate::store::Store;
use crate::testing::{World, integers, nc, on_each_database, publish_voters, texts, write_table};
use hustings_access::verb::{Export, Read};
use hustings_access::{
    Act, Actor, Grant, Organization, OrganizationId, OrganizationKind, Precinct, Principal, Purpose, Request,
    Role, UserId,
};
use hustings_core::{FieldClass, VoterId};
use std::path::Path;

async fn organization(store: &Store, id: &str) {
    let new = Organization {
        id: id.parse().unwrap(),
        kind: OrganizationKind::Campaign,
        name: id.to_owned(),
        state: None,
        counties: None,
        registered_by: None,
    };
    store.create_organization(&Acting::local(OrganizationId::local()), &new).await.unwrap();
}

pub(crate) fn grant(grantee: &str, class: FieldClass) -> NewGrant {
    NewGrant {
        grantee: grantee.parse().unwrap(),
        state: nc(),
        classes: [class].into(),
        columns: [].into(),
        counties: Some(["DURHAM".to_owned()].into()),
        purposes: [Purpose::VoterContact].into(),
        exportable: true,
        not_before: None,
        until: "2100-01-01T00:00:00Z".parse().unwrap(),
    }
}

pub(crate) async fn give(store: &Store, owner: &str, new: &NewGrant) -> Grant {
    store.create_grant(&Acting::local(owner.parse().unwrap()), new).await.unwrap()
}

pub(crate) async fn append(
    store: &Store,
    folder: &Path,
    owner: &str,
    class: FieldClass,
    text: &str,
) -> String {
    let file = folder.join(format!("{owner}.csv"));
    std::fs::write(&file, text).unwrap();
    let request =
        AppendRequest { state: nc(), owner: owner.to_owned(), class, file, id_column: "voter id".to_owned() };
    store.as_organization(owner).append(&request).await.unwrap().append
}

pub(crate) fn export(folder: &Path, class: FieldClass, owner: Option<&str>) -> ExportRequest {
    ExportRequest {
        state: nc(),
        class,
        owner: owner.map(str::to_owned),
        county: None,
        format: ExportFormat::Csv,
        out: folder.join("out.csv"),
        force: true,
    }
}

/// The five voters, the campaigns `rivera` (granted Durham of the base) and `chen`, the vendor's data of `acme`.
pub(crate) async fn world_with_campaigns(world: &World) -> (Store, tempfile::TempDir, Grant) {
    let store = world.open().await;
    publish_voters(&store).await;
    let folder = crate::testing::folder();
    for id in ["rivera", "chen", "acme"] {
        organization(&store, id).await;
    }
    let base = give(&store, "local", &grant("rivera", FieldClass::Base)).await;
    let shared = "voter id,score,secret\nAA1,80,x\nAA3,70,y\nAA05,60,z\n";
    append(&store, folder.path(), "acme", FieldClass::Appended, shared).await;
    append(&store, folder.path(), "chen", FieldClass::Private, "voter id,canary\nAA1,xyzzy\n").await;
    (store, folder, base)
}

#[tokio::test]
async fn a_grantee_sees_exactly_the_rows_of_its_counties() {
    on_each_database(async |world: World| {
        let (store, folder, _) = world_with_campaigns(&world).await;
        let rivera = store.as_organization("rivera");
        // AA3 lives in Wake, AA05 is confidential: both are as if they had never been.
        let nobody = rivera.voter(nc(), None, VoterSelector::StateId("NOBODY")).await.unwrap();
        for id in ["AA3", "AA05"] {
            assert_eq!(rivera.voter(nc(), None, VoterSelector::StateId(id)).await.unwrap(), nobody, "{id}");
        }
        for id in [13, 15, 99] {
            let key = rivera.voter_key(nc(), VoterId(id)).await;
            assert_eq!(rivera.voter(nc(), None, VoterSelector::Key(&key)).await.unwrap(), None, "{id}");
        }
        let seen = rivera.voter(nc(), None, VoterSelector::StateId("aa1")).await.unwrap().unwrap();
        assert_eq!((seen.votes.len(), seen.changes.len()), (2, 2));
        let text = serde_json::to_string(&seen).unwrap();
        assert!(text.contains("SMITH") && !text.contains("xyzzy") && !text.contains("score"), "{text}");
        assert!(!text.contains("ncvoter32.txt"), "files are of the delivery: {text}");
        // Found by name as well as by id, with room on the list for nobody else.
        let hits = rivera.find_voters(nc(), "smith", 1).await.unwrap();
        assert_eq!(hits.iter().map(|hit| hit.last.as_deref()).collect::<Vec<_>>(), [Some("SMITH")]);
        assert!(rivera.find_voters(nc(), "smithers", 9).await.unwrap().is_empty());
        assert!(rivera.find_voters(nc(), "hidden", 9).await.unwrap().is_empty());
        // Changes and their counts.
        let record = rivera.current(nc()).await.unwrap().unwrap();
        assert_eq!((record.voters, record.inputs_digest.as_str()), (2, ""));
        let page = rivera.changes(&record, &ChangeFilter::default(), 0, 2).await.unwrap();
        assert_eq!((page.total, page.rows.len()), (3, 2));
        let rest = rivera.changes(&record, &ChangeFilter::default(), 2, 2).await.unwrap();
        assert_eq!((rest.total, rest.rows.len()), (3, 1));
        let counts = async |act: &Act<'_, Read>| store.change_counts(act, &record).await;
        let counts = rivera.act(counts).await.unwrap();
        assert_eq!(counts.counties, ["DURHAM"]);
        assert_eq!(counts.kinds, [("new".to_owned(), 2), ("name_changed".to_owned(), 1)].into());
        // Of the delivery nothing.
        assert!(rivera.report(&record).await.is_err());
        assert_eq!(rivera.quarantine(&record, &QuarantineFilter::default(), 0, 9).await.unwrap().total, 0);
        // A copy: the same rows, and nothing of who was subtracted elsewhere.
        let base = export(folder.path(), FieldClass::Base, None);
        let report = rivera.export(&base).await.unwrap();
        assert_eq!((report.rows, report.confidential_subtracted, report.dropped_subtracted), (2, 0, 1));
        let text = std::fs::read_to_string(&base.out).unwrap();
        assert!(
            text.contains("AA1") && text.contains("AA2") && !text.contains("AA3") && !text.contains("WAKE")
        );
        let wake = ExportRequest { county: Some("wake".to_owned()), ..base.clone() };
        let absent = ExportRequest { county: Some("atlantis".to_owned()), ..base };
        let (wake, absent) =
            (rivera.export(&wake).await.unwrap_err(), rivera.export(&absent).await.unwrap_err());
        assert_eq!(wake.to_string().replace("WAKE", "ATLANTIS"), absent.to_string());
    })
    .await;
}

#[tokio::test]
async fn a_grant_of_columns_shows_these_and_no_row_can_be_found_by_others() {
    on_each_database(async |world: World| {
        let (store, folder, _) = world_with_campaigns(&world).await;
        let columns = ["name.last", "county_name"].map(str::to_owned);
        let narrow = NewGrant {
            classes: [FieldClass::Base].into(),
            columns: [(FieldClass::Base, columns.clone().into())].into(),
            ..grant("chen", FieldClass::Base)
        };
        give(&store, "local", &narrow).await;
        let shared = NewGrant {
            // As its owner calls it.
            columns: [(FieldClass::Appended, ["score".to_owned()].into())].into(),
            ..grant("chen", FieldClass::Appended)
        };
        give(&store, "acme", &shared).await;
        let chen = store.as_organization("chen");
        assert_eq!(chen.voter(nc(), None, VoterSelector::StateId("AA1")).await.unwrap(), None);
        let key = chen.voter_key(nc(), VoterId(11)).await;
        let seen = chen.voter(nc(), None, VoterSelector::Key(&key)).await.unwrap().unwrap();
        let names: Vec<&str> = seen.values.iter().map(|value| value.column.as_str()).collect();
        assert_eq!(names, ["name.last", "county_name", "chen__canary", "acme__score"]);
        assert!(seen.votes.is_empty());
        let text = serde_json::to_string(&seen.changes).unwrap();
        // A new name is told whole, first name and all.
        assert!(!text.contains("AA1") && !text.contains("name.last"), "{text}");
        let request = export(folder.path(), FieldClass::Appended, Some("acme"));
        let report = chen.export(&request).await.unwrap();
        assert_eq!(report.columns, ["voter_key", "name_last", "county_name", "acme__score"]);
        // The overlay's file is of both counties: its list tells the part.
        let listed = chen.appends(None).await.unwrap();
        let part = listed.iter().find(|record| record.report.owner == "acme").unwrap();
        assert_eq!((part.report.rows.read, part.report.rows.matched, part.report.file.as_str()), (1, 1, ""));
        let columns: Vec<_> = part.report.columns.iter().map(|one| (one.name.as_str(), one.filled)).collect();
        assert_eq!(columns, [("acme__score", 1)]);
    })
    .await;
}

#[tokio::test]
async fn a_changed_district_is_seen_by_who_sees_that_district_and_by_nobody_else() {
    on_each_database(async |world: World| {
        let (store, _folder, _) = world_with_campaigns(&world).await;
        let record = store.as_organization("local").current(nc()).await.unwrap().unwrap();
        write_table(
            &record.folder.join("changes.parquet"),
            vec![
                ("voter_id", integers([Some(11), Some(12), Some(13), Some(11), Some(12)])),
                ("state_voter_id", texts([Some("AA1"), Some("AA2"), Some("AA3"), Some("AA1"), Some("AA2")])),
                ("kind", texts([Some("district_changed"); 5])),
                (
                    "county_name",
                    texts([Some("DURHAM"), Some("DURHAM"), Some("WAKE"), Some("DURHAM"), Some("DURHAM")]),
                ),
                ("column", texts([Some("district"); 5])),
                // The last one names no district that there is.
                (
                    "old",
                    texts([Some("cd 4"), Some("sd 20"), Some("cd 2"), Some("sd "), Some("support_score 1")]),
                ),
                (
                    "new",
                    texts([
                        Some("cd 13"),
                        Some("sd 22"),
                        Some("cd 4"),
                        Some("sd 20"),
                        Some("support_score 9"),
                    ]),
                ),
            ],
        );
        let columns = ["district.cd", "county_name"].map(str::to_owned);
        let narrow = NewGrant {
            columns: [(FieldClass::Base, columns.into())].into(),
            ..grant("chen", FieldClass::Base)
        };
        give(&store, "local", &narrow).await;
        let others = ["name.last", "county_name"].map(str::to_owned);
        let without = NewGrant {
            columns: [(FieldClass::Base, others.into())].into(),
            ..grant("acme", FieldClass::Base)
        };
        give(&store, "local", &without).await;
        let seen = async |organization: &str| {
            let organization = store.as_organization(organization);
            let page = organization.changes(&record, &ChangeFilter::default(), 0, 9).await.unwrap();
            let counts = async |act: &Act<'_, Read>| store.change_counts(act, &record).await;
            let counts = organization.act(counts).await.unwrap();
            assert_eq!(counts.kinds.values().sum::<u64>(), page.total);
            page.rows.into_iter().filter_map(|row| row.change.new).collect::<Vec<_>>()
        };
        // Base in Durham; the congressional district there; neither.
        assert_eq!(seen("rivera").await, ["cd 13", "sd 22", "sd 20"]);
        assert_eq!(seen("chen").await, ["cd 13"]);
        assert_eq!(seen("acme").await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_rivals_private_data_are_nowhere() {
    on_each_database(async |world: World| {
        let (store, folder, _) = world_with_campaigns(&world).await;
        for id in ["rivera", "local", "acme"] {
            let other = store.as_organization(id);
            let listed = other.appends(None).await.unwrap();
            assert!(listed.iter().all(|record| record.report.owner == id), "{id}: {listed:?}");
            let of_chen = other.export(&export(folder.path(), FieldClass::Private, Some("chen"))).await;
            let of_none = other.export(&export(folder.path(), FieldClass::Private, Some("nobody"))).await;
            let (of_chen, of_none) = (of_chen.unwrap_err().to_string(), of_none.unwrap_err().to_string());
            assert_eq!(of_chen.replace("chen", "nobody"), of_none, "{id}");
        }
        let chens = store.as_organization("chen").appends(None).await.unwrap();
        let id = &chens[0].report.append;
        let error = store.as_organization("rivera").remove_append(id).await.unwrap_err().to_string();
        assert!(error.starts_with("there is no append"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_precinct_captain_sees_the_precinct_and_a_chair_no_confidential_voter() {
    on_each_database(async |world: World| {
        let store = world.open().await;
        publish_voters(&store).await;
        let owner = store.directory_owner().await.unwrap();
        let principal = Principal::User(UserId::from_random([7; 15]));
        let user = |role| Actor::over_network(principal.clone(), owner.clone(), [role]);
        // These voters have no precinct written: a captain of `DURHAM 1` has nobody, one of no name has Durham.
        let captain = |precinct: &str| Actor {
            precincts: [Precinct::new("DURHAM", precinct)].into(),
            ..user(Role::PrecinctCaptain)
        };
        let none = store.as_actor(captain("1"));
        assert!(none.find_voters(nc(), "s", 9).await.unwrap().is_empty());
        let some = store.as_actor(captain(""));
        assert_eq!(some.find_voters(nc(), "s", 9).await.unwrap().len(), 1);
        assert!(some.find_voters(nc(), "smithers", 9).await.unwrap().is_empty());
        let chair = store.as_actor(user(Role::Chair));
        assert_eq!(chair.voter(nc(), None, VoterSelector::StateId("AA05")).await.unwrap(), None);
        assert!(chair.voter(nc(), None, VoterSelector::StateId("AA3")).await.unwrap().is_some());
        let director = store.as_actor(user(Role::DataDirector));
        assert!(director.voter(nc(), None, VoterSelector::StateId("AA05")).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_revoked_grant_takes_the_list_away_and_leaves_an_organization_its_own() {
    on_each_database(async |world: World| {
        let (store, folder, base) = world_with_campaigns(&world).await;
        append(&store, folder.path(), "rivera", FieldClass::Private, "voter id,mine\nAA1,1\nAA3,2\n").await;
        let rivera = store.as_organization("rivera");
        let request = export(folder.path(), FieldClass::Base, None);
        let made = rivera.export(&request).await.unwrap();
        let reopen = async |act: &Act<'_, Export>| store.reopen_export(act, &made.export).await.map(|_| ());
        rivera.act(reopen).await.unwrap();
        let key = rivera.voter_key(nc(), VoterId(11)).await;
        let by = Acting::local(OrganizationId::local());

        // A running export ends with the grant, and leaves nothing.
        let late = ExportRequest { out: folder.path().join("late.csv"), ..request.clone() };
        let running = async |act: &Act<'_, Export>| {
            let rows = store.open_export(act, &late).await?;
            store.revoke_grant(&by, &base.id).await?;
            tokio::time::sleep(std::time::Duration::from_millis(250)).await;
            store.write_export(act, rows).await
        };
        let error = rivera.act(running).await.unwrap_err();
        assert_eq!(error.to_string(), "grant ended");
        assert!(!late.out.exists());
        assert_eq!(
            rivera.act(reopen).await.unwrap_err().to_string(),
            format!("export `{}`: grant ended", made.export)
        );

        // Nothing of the list; one's own values by the voter's key, and in one's own export.
        assert_eq!(rivera.voter(nc(), None, VoterSelector::StateId("AA1")).await.unwrap(), None);
        assert_eq!(rivera.current(nc()).await.unwrap(), None);
        assert!(rivera.find_voters(nc(), "smith", 9).await.unwrap().is_empty());
        let own = rivera.voter(nc(), None, VoterSelector::Key(&key)).await.unwrap().unwrap();
        assert_eq!(
            own.values.iter().map(|value| value.column.as_str()).collect::<Vec<_>>(),
            ["rivera__mine"]
        );
        assert_eq!((own.votes.len(), own.changes.len(), own.dropped_at), (0, 0, None));
        assert!(rivera.export(&request).await.is_err());
        let mine = export(folder.path(), FieldClass::Private, Some("rivera"));
        assert_eq!(rivera.export(&mine).await.unwrap().columns, ["voter_key", "rivera__mine"]);

        store.restore_grant(&by, &base.id).await.unwrap();
        rivera.act(reopen).await.unwrap();
        assert!(rivera.voter(nc(), None, VoterSelector::StateId("AA1")).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn who_was_never_granted_anything_is_told_what_an_empty_directory_tells() {
    on_each_database(async |world: World| {
        let (store, _folder, _) = world_with_campaigns(&world).await;
        organization(&store, "newcomer").await;
        let newcomer = store.as_organization("newcomer");
        assert_eq!(newcomer.current(nc()).await.ok().flatten(), None);
        let read = store.local_actor(Some(&"newcomer".parse().unwrap())).await.unwrap();
        let of = async |state: &str| {
            let request = Request::voters_of(state.parse().unwrap());
            match store.permit::<Read>(&read, request).await {
                Ok(permit) => {
                    let find = async |act: &Act<'_, Read>| {
                        store.find_voters(act, state.parse().unwrap(), "smith", 9).await
                    };
                    format!("{:?}", permit.enter_async(find).await.unwrap())
                }
                Err(error) => error.to_string().replace(state, "STATE"),
            }
        };
        assert_eq!(of("nc").await, of("va").await);
    })
    .await;
}
