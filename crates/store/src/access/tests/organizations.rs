//! Organizations: one owner a state, custody where lists were loaded before, owners of overlays registered by themselves.

use super::*;
use crate::testing::{UNDO_ACCESS, nc, on_each_database, publish_voters};
use hustings_access::Principal;
use hustings_core::FieldClass;
use jiff::Timestamp;

#[tokio::test]
async fn the_directory_belongs_to_local_until_another_is_named() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let owner = office.store.directory_owner().await.unwrap();
        assert_eq!((owner.id, owner.kind), (OrganizationId::local(), OrganizationKind::National));
        let national = office.organization("natl", OrganizationKind::National).await;
        let vendor = office.organization("printers", OrganizationKind::Vendor).await;
        office.store.set_directory_owner(&local(), &national).await.unwrap();
        assert_eq!(office.store.directory_owner().await.unwrap().id, national);
        let error = office.store.set_directory_owner(&local(), &vendor).await.unwrap_err();
        assert!(error.to_string().contains("of kind vendor, which owns no data"), "{error}");
        let error = office.store.set_directory_owner(&local(), &id("nobody")).await.unwrap_err();
        assert_eq!(error.to_string(), "there is no organization `nobody`: see `hustings org list`");
        // Another process sees it, and a second opening changes nothing.
        assert_eq!(world.open().await.directory_owner().await.unwrap().id, national);
        let records = office.records("directory_owner_set").await;
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].logs, r#"["local","natl","platform"]"#);
    })
    .await;
}

#[tokio::test]
async fn a_state_has_one_owner() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let state = office.organization("nc-party", OrganizationKind::State).await;
        let second = organization("nc-other", OrganizationKind::ExternalState);
        let error = office.store.create_organization(&local(), &second).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the base of nc belongs to `nc-party` already: a state has one owner; `nc-other` was not registered"
        );
        assert_eq!(office.store.organization(&second.id).await.unwrap(), None);
        assert_eq!(office.store.base_owners().await.unwrap(), [(nc(), state)].into());
        assert_eq!(office.records("organization_created").await.len(), 1, "what was refused left no record");
        // Nothing was loaded, so nobody has custody.
        assert_eq!(office.count("grants").await, 0);
    })
    .await;
}

#[tokio::test]
async fn who_had_loaded_a_states_list_gets_custody_that_the_state_can_revoke() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        publish_voters(&office.store).await;
        let state = office.organization("nc-party", OrganizationKind::State).await;
        let grants = office.store.grants_to(&OrganizationId::local()).await.unwrap();
        assert_eq!(grants.len(), 1);
        let custody = &grants[0];
        assert!(custody.custody && custody.exportable && custody.is_live_at(office.clock.now()));
        assert_eq!((&custody.owner, custody.state), (&state, nc()));
        assert_eq!(custody.classes, [FieldClass::Base].into());
        assert_eq!(custody.until.as_millisecond(), Timestamp::MAX.as_millisecond());
        assert!(office.records("organization_created").await[0].details.contains(custody.id.as_str()));

        let error = office.store.revoke_grant(&local(), &custody.id).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`local` has given no grant `{}`: see `hustings grant list`", custody.id)
        );
        let by_state = Acting::local(state);
        let revoked = office.store.revoke_grant(&by_state, &custody.id).await.unwrap();
        assert!(!revoked.is_live_at(office.clock.now()));
    })
    .await;
}

#[tokio::test]
async fn owners_of_overlays_are_registered_by_themselves_and_completed_later() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let register = |owner: &str, class| {
            let (store, owner) = (office.store.clone(), id(owner));
            async move { store.register_owner(&local(), &owner, class).await }
        };
        let (national, new) = register("natl", FieldClass::Appended).await.unwrap();
        assert_eq!((national.kind, new), (OrganizationKind::National, true));
        let (state, _) = register("nc-party", FieldClass::Proprietary).await.unwrap();
        assert_eq!((state.kind, state.state), (OrganizationKind::State, None));
        let (campaign, _) = register("smith", FieldClass::Private).await.unwrap();
        assert_eq!(campaign.kind, OrganizationKind::Campaign);
        let (again, new) = register("natl", FieldClass::Private).await.unwrap();
        assert_eq!((again.kind, new), (OrganizationKind::National, false), "known ones stay as they are");
        assert!(register("natl", FieldClass::Base).await.is_err());
        assert!(register("platform", FieldClass::Private).await.is_err(), "its log is another's");
        assert!(office.store.base_owners().await.unwrap().is_empty(), "no base goes with it");

        // Whoever registers it then completes it; whoever is registered stays.
        let created = office.organization("nc-party", OrganizationKind::State).await;
        assert_eq!(office.store.base_owners().await.unwrap().get(&nc()), Some(&created));
        let again = organization("nc-party", OrganizationKind::State);
        let error = office.store.create_organization(&local(), &again).await.unwrap_err();
        assert_eq!(error.to_string(), "organization `nc-party` is registered already: choose another id");
    })
    .await;
}

#[tokio::test]
async fn nobody_takes_over_an_organization_that_an_overlay_named() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let party = office.organization("nc-party", OrganizationKind::State).await;
        let rivera = office
            .store
            .register_owner(&local(), &id("rivera"), FieldClass::Private)
            .await
            .unwrap()
            .0;
        // As the migration leaves the owners of overlays of release 0.1: nobody is known to have named them.
        let transaction = office.store.database.begin("test").await.unwrap();
        let nobodys = "INSERT INTO organizations (id, kind, name, provisional, created_at, updated_at, updated_by) \
                       VALUES ('chen', 'campaign', 'chen', 1, '', '', '')";
        transaction.script(nobodys).await.unwrap();
        transaction.commit().await.unwrap();

        let sam = office.hire(&party, "sam@example.org", &[Role::DataDirector]).await;
        let sam = Acting { organization: party.clone(), principal: Principal::User(sam.user) };
        let before = office.store.organizations().await.unwrap();
        for taken in ["rivera", "chen"] {
            let mut new = organization(taken, OrganizationKind::Campaign);
            new.registered_by = Some(party.clone());
            let error = office.store.create_organization(&sam, &new).await.unwrap_err().to_string();
            assert_eq!(error, format!("organization `{taken}` is registered already: choose another id"));
        }
        let mut new = organization("rivera", OrganizationKind::Campaign);
        new.registered_by = Some(party.clone());
        let error = office.store.create_organization(&Acting::local(party.clone()), &new).await;
        assert!(error.is_err(), "nor the command line in another's name than who named it");
        assert_eq!(office.store.organizations().await.unwrap(), before, "nothing of them has changed");

        // Who named it completes it, and stays who invites its first people; the command line gives what is nobody's.
        let made = office.store.create_organization(&local(), &new).await.unwrap();
        assert_eq!(made.registered_by, rivera.registered_by);
        assert_eq!(office.store.organization(&made.id).await.unwrap(), Some(made));
        let mut new = organization("chen", OrganizationKind::Campaign);
        new.registered_by = Some(party.clone());
        let made = office.store.create_organization(&Acting::local(party.clone()), &new).await.unwrap();
        assert_eq!(made.registered_by, Some(party));
    })
    .await;
}

#[tokio::test]
async fn kind_state_and_counties_must_fit() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let refused = async |new: &Organization| {
            office.store.create_organization(&local(), new).await.unwrap_err().to_string()
        };
        let mut state = organization("nc-party", OrganizationKind::State);
        state.state = None;
        assert_eq!(refused(&state).await, "organization `nc-party` of kind state needs its state");
        let mut campaign = organization("smith", OrganizationKind::Campaign);
        campaign.counties = Some(["WAKE".to_owned()].into());
        assert!(refused(&campaign).await.contains("only a local committee has"));
        campaign.counties = None;
        campaign.name = "two\nlines".to_owned();
        assert!(refused(&campaign).await.contains("in one line"));
        let platform = organization("platform", OrganizationKind::Ally);
        assert!(refused(&platform).await.contains("the platform's own log"));

        let mut county = organization("wake", OrganizationKind::LocalCommittee);
        county.state = Some(nc());
        county.counties = Some(["wake".to_owned()].into());
        let made = office.store.create_organization(&local(), &county).await.unwrap();
        assert_eq!(made.counties, Some(["WAKE".to_owned()].into()));
        assert_eq!(office.store.organization(&made.id).await.unwrap(), Some(made));
    })
    .await;
}

#[tokio::test]
async fn owners_of_overlays_of_an_older_version_are_registered_at_its_migration() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        // Back to before the migration, with overlays of two owners.
        let transaction = office.store.database.begin("test").await.unwrap();
        transaction.script(UNDO_ACCESS).await.unwrap();
        transaction
            .script(
                "ALTER TABLE exports DROP COLUMN lineage; ALTER TABLE appends DROP COLUMN lineage; DELETE FROM schema_migrations WHERE version >= 5",
            )
            .await
            .unwrap();
        for (append, owner, class) in
            [("a1", "smith", "private"), ("a2", "nc-party", "appended"), ("a3", "nc-party", "proprietary")]
        {
            transaction
                .script(&format!(
                    "INSERT INTO appends (id, state, owner, class, file_name, file_sha256, snapshot_id, report, \
                     status, created_at, updated_at, updated_by) VALUES ('{append}', 'nc', '{owner}', '{class}', \
                     'f.csv', '{}', 's', '{{}}', 'current', '2026-01-01T00:00:00.000Z', '', '')",
                    "0".repeat(64)
                ))
                .await
                .unwrap();
        }
        transaction.commit().await.unwrap();
        let known: Vec<_> = world
            .open()
            .await
            .organizations()
            .await
            .unwrap()
            .into_iter()
            .map(|known| (known.id.to_string(), known.kind))
            .collect();
        assert_eq!(
            known,
            [
                ("local".to_owned(), OrganizationKind::National),
                ("nc-party".to_owned(), OrganizationKind::State),
                ("smith".to_owned(), OrganizationKind::Campaign),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_recorded_does_not_happen() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let ann = office.hire(&smith, "ann@example.org", &[Role::Chair]).await;
        let code = office.store.create_recovery(&local(), &smith, &ann.user).await.unwrap();
        let epoch = office.store.access_epoch().await.unwrap();
        let transaction = office.store.database.begin("test").await.unwrap();
        transaction.script("ALTER TABLE audit_outbox RENAME TO audit_gone").await.unwrap();
        transaction.commit().await.unwrap();

        let jones = organization("jones", OrganizationKind::Campaign);
        assert!(office.store.create_organization(&local(), &jones).await.is_err());
        assert!(office.store.disable_user(&local(), &smith, &ann.user).await.is_err());
        assert!(office.store.recover(code.expose(), "another four odd words").await.is_err());
        assert!(
            office
                .store
                .sign_in_password(&ann.email, PASSWORD, &OrganizationId::local(), FROM)
                .await
                .is_err()
        );
        assert_eq!(office.store.organization(&jones.id).await.unwrap(), None);
        assert!(!office.store.user(&smith, &ann.user).await.unwrap().unwrap().disabled);
        assert!(office.is_signed_in(&ann.session.token).await);
        assert_eq!(office.store.access_epoch().await.unwrap(), epoch);

        let transaction = office.store.database.begin("test").await.unwrap();
        transaction.script("ALTER TABLE audit_gone RENAME TO audit_outbox").await.unwrap();
        transaction.commit().await.unwrap();
        assert!(office.sign_in(&ann).await.is_some(), "the old password counts still");
    })
    .await;
}

#[tokio::test]
async fn whoever_asks_for_ids_that_are_taken_is_recorded_and_soon_told_nothing_more() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let party = office.organization("nc-party", OrganizationKind::State).await;
        office.organization("chen", OrganizationKind::Campaign).await;
        let ann = office.hire(&party, "ann@example.org", &[Role::Chair]).await;
        let by = Acting { organization: party.clone(), principal: Principal::User(ann.user.clone()) };
        let register = async |id: &str| {
            let new = organization(id, OrganizationKind::Ally);
            office.store.create_organization(&by, &new).await.map_err(|error| error.to_string())
        };
        for number in 1..=10 {
            let error = register("chen").await.unwrap_err();
            assert_eq!(error, "organization `chen` is registered already: choose another id");
            let records = office.records("registration_refused").await;
            assert_eq!(records.len(), number);
            let last = records.last().unwrap();
            assert_eq!(last.principal.as_deref(), Some(ann.user.as_str()));
            // In the platform's log and the asker's own: not in that of whom they asked for.
            assert_eq!(
                (last.logs.as_str(), last.about.as_deref()),
                (r#"["nc-party","platform"]"#, Some("nc-party"))
            );
            assert!(last.details.contains("chen"));
        }
        // From then on one answer, whether or not it is taken.
        let (taken, free) = (register("chen").await.unwrap_err(), register("free").await.unwrap_err());
        assert_eq!(taken, free);
        assert!(taken.starts_with("`nc-party` asked for 10 ids within a day that were taken"), "{taken}");
        assert_eq!(office.records("registration_refused").await.len(), 10);
        // Whoever can open the data directory reads the ids there.
        let free = organization("free", OrganizationKind::Ally);
        office.store.create_organization(&Acting::local(party.clone()), &free).await.unwrap();
        office.wait_minutes(24 * 60 + 1);
        register("another").await.unwrap();
    })
    .await;
}
