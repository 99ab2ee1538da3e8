//! Who saw a voter: every act that released the voter is found in the log of whoever owns what was seen, with the classes
//! that were seen; what releases nobody leaves no such record, and nobody learns what was seen of others' data.

use super::shown::by_reader;
use super::{AuditRecord, Held};
use crate::export::ExportRequest;
use crate::read::tests_granted::{append, export, give, grant, world_with_campaigns};
use crate::read::{ChangeFilter, QuarantineFilter, VoterSelector};
use crate::store::Store;
use crate::testing::{World, nc, on_each_database};
use hustings_access::OrganizationId;
use hustings_core::FieldClass::{self, Appended, Base, Private, Restricted};
use hustings_core::VoterId;

/// What the log of an organization says of a voter: by whom, where, in which classes; newest first.
async fn of_voter(store: &Store, log: &str, voter: i64) -> Vec<(String, String, Vec<String>)> {
    let records = store.as_organization(log).records(&[store.log_name(nc(), VoterId(voter))]).await;
    let told = |record: AuditRecord| {
        let place = match record.held {
            Some(Held::Yes) => "held".to_owned(),
            Some(Held::Maybe) => "perhaps held".to_owned(),
            None => record.details["place"].as_str().unwrap_or(&record.action).to_owned(),
        };
        (record.organization, place, record.classes)
    };
    records.into_iter().map(told).collect()
}

fn row(organization: &str, place: &str, classes: &[FieldClass]) -> (String, String, Vec<String>) {
    (organization.to_owned(), place.to_owned(), classes.iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn every_act_that_shows_a_voter_is_found_by_the_voter() {
    on_each_database(async |world: World| {
        let (store, folder, _) = world_with_campaigns(&world).await;
        give(&store, "acme", &grant("rivera", Appended)).await;
        append(&store, folder.path(), "rivera", Private, "voter id,support\nAA1,yes\n").await;
        let rivera = store.as_organization("rivera");
        let record = rivera.current(nc()).await.unwrap().unwrap();
        assert_eq!(of_voter(&store, "local", 11).await, []);

        let key = rivera.voter_key(nc(), VoterId(11)).await;
        rivera.voter(nc(), None, VoterSelector::Key(&key)).await.unwrap().unwrap();
        rivera.find_voters(nc(), "smith", 9).await.unwrap();
        rivera.changes(&record, &ChangeFilter::default(), 0, 2).await.unwrap();
        rivera.export(&export(folder.path(), Private, Some("rivera"))).await.unwrap();
        store.local().quarantine(&record, &QuarantineFilter::default(), 0, 9).await.unwrap();
        // The owner of the list: all of it, and of others' classes nothing.
        let quarantine = row("local", "quarantine", &[Base]);
        let expected = [
            quarantine.clone(),
            row("rivera", "held", &[Base]),
            row("rivera", "changes", &[Base]),
            row("rivera", "found", &[Base]),
            row("rivera", "voter", &[Base]),
        ];
        assert_eq!(of_voter(&store, "local", 11).await, expected);
        // Of the second voter the page alone, and the export; nothing of her who lives elsewhere, or has left.
        let expected = [row("rivera", "held", &[Base]), row("rivera", "changes", &[Base])];
        assert_eq!(of_voter(&store, "local", 12).await, expected);
        for absent in [13, 14, 15, 99] {
            assert_eq!(of_voter(&store, "local", absent).await, [], "{absent}");
        }
        // Whoever looked: all that was seen.
        let expected = [
            row("rivera", "held", &[Base, Private]),
            row("rivera", "changes", &[Base]),
            row("rivera", "found", &[Base]),
            row("rivera", "voter", &[Base, Appended, Private]),
        ];
        assert_eq!(of_voter(&store, "rivera", 11).await, expected);
        // Another owner: what was seen of its own.
        assert_eq!(of_voter(&store, "acme", 11).await, [row("rivera", "voter", &[Appended])]);
        assert_eq!(of_voter(&store, "chen", 11).await, []);
        // By the state's id the record that was held back is found as well, whoever's it may be.
        let by_id = store.local().records(&[store.state_id_log_name(nc(), " aa1")]).await;
        assert_eq!((by_id.len(), by_id[0].details["place"].as_str()), (1, Some("quarantine")));
    })
    .await;
}

#[tokio::test]
async fn what_is_confidential_is_told_by_its_class_and_what_shows_nobody_leaves_no_record() {
    on_each_database(async |world: World| {
        let (store, ..) = world_with_campaigns(&world).await;
        let local = store.local();
        local.voter(nc(), None, VoterSelector::StateId("AA05")).await.unwrap().unwrap();
        assert_eq!(of_voter(&store, "local", 15).await, [row("local", "voter", &[Base, Restricted])]);
        local.find_voters(nc(), "nobody", 9).await.unwrap();
        local.voter(nc(), None, VoterSelector::StateId("ZZ9")).await.unwrap();
        // Whether there are more is no list of them.
        assert_eq!(local.find_voters(nc(), "s", 1).await.unwrap().len(), 1);
        let shown = local.records(&[]).await.into_iter().filter(|record| record.action == "shown");
        assert_eq!(shown.map(|record| record.voters).collect::<Vec<_>>(), [Some(1), Some(1)]);
    })
    .await;
}

#[tokio::test]
async fn an_answer_whose_record_cannot_be_written_does_not_leave() {
    let world = World { folder: crate::testing::folder(), database: None };
    let (store, ..) = world_with_campaigns(&world).await;
    let record = store.local().current(nc()).await.unwrap().unwrap();
    let transaction = store.database.begin("test").await.unwrap();
    transaction
        .script(
            "CREATE TRIGGER full BEFORE INSERT ON audit_outbox WHEN NEW.action = 'shown' \
             BEGIN SELECT raise(ABORT, 'disk full'); END;",
        )
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let local = store.local();
    let refused = [
        local.voter(nc(), None, VoterSelector::StateId("AA1")).await.unwrap_err(),
        local.find_voters(nc(), "smith", 9).await.unwrap_err(),
        local.changes(&record, &ChangeFilter::default(), 0, 9).await.unwrap_err(),
        local.quarantine(&record, &QuarantineFilter::default(), 0, 9).await.unwrap_err(),
    ];
    for error in refused {
        assert!(matches!(error, crate::error::StoreError::Unlogged(_)), "{error}");
    }
    assert!(local.find_voters(nc(), "nobody", 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_export_says_whom_it_held_and_perhaps_when_its_list_is_gone() {
    on_each_database(async |world: World| {
        let (store, folder, _) = world_with_campaigns(&world).await;
        give(&store, "acme", &grant("rivera", Appended)).await;
        let rivera = store.as_organization("rivera");
        let laid = export(folder.path(), Appended, Some("acme"));
        rivera.export(&laid).await.unwrap();
        store
            .local()
            .export(&ExportRequest { county: Some("wake".to_owned()), ..export(folder.path(), Base, None) })
            .await
            .unwrap();
        // One county, and of the other nobody; of an overlay whom it has a row of.
        assert_eq!(of_voter(&store, "local", 13).await, [row("local", "held", &[Base])]);
        assert_eq!(of_voter(&store, "local", 12).await, [row("rivera", "held", &[Base])]);
        assert_eq!(of_voter(&store, "acme", 11).await, [row("rivera", "held", &[Appended])]);
        assert_eq!(of_voter(&store, "acme", 12).await, []);
        assert_eq!(of_voter(&store, "acme", 13).await, [], "of Wake nothing is granted");
        // Where rights lay is told to nobody whose they are not.
        let records = store.as_organization("acme").records(&[]).await;
        let exported = records.iter().find(|record| record.action == "exported").unwrap();
        assert!(exported.details["rows"]["listed"].is_null(), "{}", exported.details);

        let list = store.records(nc()).await.unwrap().remove(0).folder.join("voters.parquet");
        std::fs::remove_file(list).unwrap();
        assert_eq!(
            of_voter(&store, "local", 11).await,
            [row("local", "perhaps held", &[Base]), row("rivera", "perhaps held", &[Base])]
        );
    })
    .await;
}

#[test]
fn owners_who_need_not_know_of_each_other_share_no_record() {
    let id = |text: &str| text.parse::<OrganizationId>().unwrap();
    let (rivera, acme, base) = (id("rivera"), id("acme"), id("nc-party"));
    let one = by_reader(&rivera, [&rivera, &base].into_iter(), |_| "same");
    assert_eq!(one, [("same", [rivera.clone(), base.clone()].into())]);
    let two = by_reader(&rivera, [&acme, &base].into_iter(), |_| "same");
    let alone = |one: &OrganizationId| ("same", [one.clone()].into());
    assert_eq!(two, [alone(&rivera), alone(&acme), alone(&base)]);
}
