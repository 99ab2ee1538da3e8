//! Grants, engagements, keys, incidents: given by whom they belong to, ended by the same, and every change raises the
//! epoch.

use super::*;
use crate::access::api_key::NewApiKey;
use crate::access::grant::NewGrant;
use crate::testing::{nc, on_each_database};
use hustings_access::{Engagement, Principal, Purpose};
use hustings_core::FieldClass;
use serde_json::json;

fn grant(office: &Office, grantee: &str, classes: &[FieldClass]) -> NewGrant {
    NewGrant {
        grantee: id(grantee),
        state: nc(),
        classes: classes.iter().copied().collect(),
        columns: [].into(),
        counties: Some(["wake".to_owned()].into()),
        purposes: [Purpose::VoterContact].into(),
        exportable: false,
        not_before: None,
        until: office.in_minutes(60),
    }
}

#[tokio::test]
async fn an_owner_gives_revokes_and_restores_and_each_raises_the_epoch() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let state = Acting::local(office.organization("nc-party", OrganizationKind::State).await);
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let jones = office.organization("jones", OrganizationKind::Campaign).await;
        let mut epochs = vec![office.store.access_epoch().await.unwrap()];
        let given = office.store.create_grant(&state, &grant(&office, "smith", &[FieldClass::Base])).await;
        let given = given.unwrap();
        epochs.push(office.store.access_epoch().await.unwrap());
        assert_eq!(given.counties, Some(["WAKE".to_owned()].into()));
        assert_eq!(office.store.grants_to(&smith).await.unwrap(), std::slice::from_ref(&given));
        assert_eq!(office.store.grants_by(&state.organization).await.unwrap(), std::slice::from_ref(&given));
        assert_eq!(office.store.standing(&smith, None).await.unwrap().grants, std::slice::from_ref(&given));
        assert!(office.store.standing(&jones, None).await.unwrap().grants.is_empty());

        office.wait_seconds(5);
        let revoked = office.store.revoke_grant(&state, &given.id).await.unwrap();
        epochs.push(office.store.access_epoch().await.unwrap());
        assert_eq!(revoked.revoked_at, Some(office.clock.now()));
        let again = office.store.revoke_grant(&state, &given.id).await.unwrap();
        assert_eq!(again, revoked, "revoking twice changes nothing");
        assert_eq!(office.store.access_epoch().await.unwrap(), epochs[2]);
        let restored = office.store.restore_grant(&state, &given.id).await.unwrap();
        epochs.push(office.store.access_epoch().await.unwrap());
        assert_eq!(restored, given, "what was made under it lives again");
        assert!(epochs.is_sorted_by(|before, after| before < after), "{epochs:?}");
        assert_eq!(office.records("grant_revoked").await.len(), 1);
        assert_eq!(office.records("grant_revoked").await[0].logs, r#"["nc-party","platform"]"#);

        // Neither the grantee nor a stranger learns whether it exists.
        let unknown = given.id.as_str().replace(|c: char| c.is_ascii_digit(), "z").parse().unwrap();
        for (by, id) in [(&smith, &given.id), (&jones, &given.id), (&jones, &unknown)] {
            let error = office.store.revoke_grant(&Acting::local(by.clone()), id).await.unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("`{by}` has given no grant `{id}`: see `hustings grant list`")
            );
        }
    })
    .await;
}

#[tokio::test]
async fn what_may_not_be_granted_is_refused() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let state = Acting::local(office.organization("nc-party", OrganizationKind::State).await);
        let smith = Acting::local(office.organization("smith", OrganizationKind::Campaign).await);
        office.organization("printers", OrganizationKind::Vendor).await;
        office.organization("checkers", OrganizationKind::Auditor).await;
        let base = [FieldClass::Base];
        let refused = async |by: &Acting, new: NewGrant| {
            office.store.create_grant(by, &new).await.unwrap_err().to_string()
        };
        assert!(
            refused(&state, grant(&office, "nc-party", &base)).await.contains("needs no grant of its own")
        );
        assert!(refused(&state, grant(&office, "printers", &base)).await.contains("is a vendor"));
        assert!(refused(&state, grant(&office, "checkers", &base)).await.contains("never voters"));
        assert!(refused(&state, grant(&office, "nobody", &base)).await.contains("no organization `nobody`"));
        for class in [FieldClass::Restricted, FieldClass::Exchange] {
            let new = grant(&office, "smith", &[FieldClass::Base, class]);
            assert!(refused(&state, new).await.contains("granted to nobody"));
        }
        assert!(refused(&state, grant(&office, "smith", &[])).await.contains("no class or no purpose"));
        let commercial =
            NewGrant { purposes: [Purpose::Commercial].into(), ..grant(&office, "smith", &base) };
        assert!(refused(&state, commercial).await.contains("never for commercial use"));
        let over = NewGrant { until: office.clock.now(), ..grant(&office, "smith", &base) };
        assert!(
            refused(&state, over)
                .await
                .contains("over before it begins: it ends at 2026-09-01T12:00:00.000Z")
        );
        assert_eq!(
            refused(&local(), grant(&office, "smith", &base)).await,
            "`local` cannot grant the base of nc: it belongs to `nc-party`"
        );
        assert!(refused(&smith, grant(&office, "nc-party", &base)).await.contains("belongs to `nc-party`"));
        assert_eq!(office.count("grants").await, 0);
        // Its own class it may share with whom it wants, also the base of a state without an owner.
        office.store.create_grant(&smith, &grant(&office, "nc-party", &[FieldClass::Private])).await.unwrap();
        let georgia = NewGrant { state: "ga".parse().unwrap(), ..grant(&office, "smith", &base) };
        office.store.create_grant(&local(), &georgia).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn vendors_act_for_whom_engages_them_and_rivals_learn_that_they_share_one() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let vendor = office.organization("printers", OrganizationKind::Vendor).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let jones = office.organization("jones", OrganizationKind::Campaign).await;
        let engagement = |organization: &OrganizationId| Engagement {
            vendor: vendor.clone(),
            organization: organization.clone(),
            classes: [FieldClass::Base].into(),
            exportable: true,
            not_before: office.clock.now(),
            until: office.in_minutes(60),
            revoked_at: None,
        };
        let by_smith = Acting::local(smith.clone());
        let error = office.store.engage(&by_smith, &engagement(&jones)).await.unwrap_err().to_string();
        assert!(error.contains("`smith` engages for itself only"), "{error}");
        let not_a_vendor = Engagement { vendor: jones.clone(), ..engagement(&smith) };
        assert!(office.store.engage(&by_smith, &not_a_vendor).await.is_err());
        office.store.engage(&by_smith, &engagement(&smith)).await.unwrap();
        assert!(office.store.conflicts(&smith).await.unwrap().is_empty());
        office.store.engage(&Acting::local(jones.clone()), &engagement(&jones)).await.unwrap();
        for campaign in [&smith, &jones] {
            let conflicts = json!(office.store.conflicts(campaign).await.unwrap());
            assert_eq!(conflicts, json!([{"kind": "vendor", "vendor": "printers"}]), "and names no rival");
        }

        let standing = office.store.standing(&vendor, Some(&smith)).await.unwrap();
        assert_eq!(standing.organization, smith);
        assert_eq!(standing.engagements, [engagement(&smith)]);
        let before = standing.epoch;
        office.store.end_engagement(&by_smith, &vendor).await.unwrap();
        let standing = office.store.standing(&vendor, Some(&smith)).await.unwrap();
        assert_eq!(standing.engagements[0].revoked_at, Some(office.clock.now()));
        assert!(standing.epoch > before);
        assert!(office.store.conflicts(&jones).await.unwrap().is_empty());
        assert_eq!(office.store.engagements_as(&vendor).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_bound_to_its_organization_and_dies_at_once() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let jones = office.organization("jones", OrganizationKind::Campaign).await;
        let given = grant(&office, "smith", &[FieldClass::Base]);
        let given = office.store.create_grant(&local(), &given).await.unwrap();
        let new = NewApiKey {
            name: "nightly".to_owned(),
            role: Role::Organizer,
            grant: Some(given.id.clone()),
            until: office.in_minutes(60),
        };
        let error = office.store.create_api_key(&local(), &jones, &new).await.unwrap_err();
        assert!(error.to_string().starts_with("`jones` has got no grant `g-"), "{error}");
        let (record, key) = office.store.create_api_key(&local(), &smith, &new).await.unwrap();
        assert!(key.expose().starts_with("hustings-key-") && key.expose().len() == 13 + 64);
        let found = office.store.api_key(key.expose()).await.unwrap().unwrap();
        assert_eq!((&found.organization, found.role, &found.grant), (&smith, Role::Organizer, &new.grant));
        for wrong in ["", record.id.as_str(), &key.expose()[13..], &format!("{}0", key.expose())] {
            assert_eq!(office.store.api_key(wrong).await.unwrap(), None);
        }
        let listed = json!(office.store.api_keys(&smith).await.unwrap()).to_string();
        assert!(!listed.contains(&key.expose()[13..]));
        assert!(!office.records("api_key_created").await[0].details.contains(&key.expose()[13..]));

        let error = office.store.revoke_api_key(&local(), &jones, &record.id).await.unwrap_err();
        assert!(error.to_string().starts_with("`jones` has no API key"), "{error}");
        office.store.revoke_api_key(&local(), &smith, &record.id).await.unwrap();
        assert_eq!(office.store.api_key(key.expose()).await.unwrap(), None);

        let (_, key) = office.store.create_api_key(&local(), &smith, &new).await.unwrap();
        office.wait_minutes(60);
        assert_eq!(office.store.api_key(key.expose()).await.unwrap(), None, "over");
        for until in [office.clock.now(), office.in_minutes(400 * 24 * 60)] {
            let error =
                office.store.create_api_key(&local(), &smith, &NewApiKey { until, ..new.clone() }).await;
            assert!(error.unwrap_err().to_string().contains("within a year"));
        }
    })
    .await;
}

#[tokio::test]
async fn both_organizations_see_an_incident_and_nobody_sees_who_reported() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let jones = office.organization("jones", OrganizationKind::Campaign).await;
        let rival = office.organization("rival", OrganizationKind::Campaign).await;
        let ann = office.hire(&smith, "ann@example.org", &[Role::Canvasser]).await;
        let by = office.store.session(ann.session.token.expose()).await.unwrap().unwrap().acting();
        let evidence = json!({"request": "/voters?sort=score"});
        let opened =
            office.store.report_incident(&by, Some(&jones), "their scores", &evidence).await.unwrap();
        for side in [&smith, &jones] {
            let seen = office.store.incidents(side).await.unwrap();
            assert_eq!(seen, std::slice::from_ref(&opened));
            assert!(!json!(seen).to_string().contains(ann.user.as_str()));
        }
        assert!(office.store.incidents(&rival).await.unwrap().is_empty());
        // Frozen: the digest in both logs is that of what was reported; what is changed later has another.
        assert_eq!(opened.sha256.len(), 64);
        let logged: serde_json::Value =
            serde_json::from_str(&office.records("incident_reported").await[0].details).unwrap();
        assert_eq!(logged["sha256"], opened.sha256.as_str());
        assert_eq!(logged["evidence"], evidence);
        let forge = async |what: &str| {
            let transaction = office.store.database.begin("test").await.unwrap();
            let sql = "UPDATE incidents SET what = $1";
            transaction.execute(sql, vec![what.into()]).await.unwrap();
            transaction.commit().await.unwrap();
            office.store.incidents(&smith).await.unwrap().remove(0).sha256
        };
        assert_ne!(forge("nothing").await, opened.sha256);
        assert_eq!(forge("their scores").await, opened.sha256);
        let record = &office.records("incident_reported").await[0];
        assert_eq!((record.principal.as_deref(), record.organization_id.as_str()), (None, "smith"));
        assert!(!record.details.contains(ann.user.as_str()));
        let logs = async |action: &str| -> Vec<String> {
            office.records(action).await.into_iter().map(|record| record.logs).collect()
        };
        let apart = [r#"["smith","platform"]"#, r#"["jones","platform"]"#];
        assert_eq!(logs("incident_reported").await, apart, "neither record tells of the other's log");

        let close = async |by: &OrganizationId, note: &str| {
            office.store.close_incident(&Acting::local(by.clone()), &opened.id, note).await
        };
        let error = close(&rival, "none").await.unwrap_err();
        assert!(error.to_string().starts_with("no open incident"), "{error}");
        // Neither side alone, however often it says so.
        let agreed = close(&jones, "a column with a wrong owner").await.unwrap();
        assert_eq!((&agreed.closed_at, agreed.agreed_by.as_ref()), (&None, Some(&jones)));
        let error = close(&jones, "really").await.unwrap_err();
        assert!(error.to_string().contains("once the other side agrees"), "{error}");
        assert_eq!(office.store.incidents(&smith).await.unwrap(), [agreed], "the other side reads that");
        let closed = close(&smith, "seen no more").await.unwrap();
        assert_eq!(
            closed.closing_note.as_deref(),
            Some("jones: a column with a wrong owner\nsmith: seen no more")
        );
        assert_eq!(office.store.incidents(&jones).await.unwrap(), [closed]);
        let apart = [r#"["jones","platform"]"#, r#"["smith","platform"]"#];
        assert_eq!(logs("incident_close_agreed").await, apart);
    })
    .await;
}

#[tokio::test]
async fn an_incident_tells_nobody_whether_the_organization_named_is_here() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let jones = office.organization("jones", OrganizationKind::Campaign).await;
        let auditor = office.organization("auditor", OrganizationKind::Auditor).await;
        let by = Acting::local(smith.clone());
        let report = async |about: Option<&OrganizationId>| {
            office.store.report_incident(&by, about, "their scores", &json!({})).await.unwrap()
        };
        let (there, nowhere) = (report(Some(&jones)).await, report(Some(&id("jonas"))).await);
        let unsaid = report(None).await;
        assert_eq!((&there.about, &nowhere.about), (&jones, &id("jonas")), "as the reporter said");
        assert_eq!(unsaid.about, OrganizationId::local());
        let own = json!(office.store.incidents(&smith).await.unwrap()).to_string();
        assert!(own.contains("jones") && own.contains("jonas"));
        // Whose data it may be reads it; of what is about nobody here the directory's owner does, and of all.
        assert_eq!(office.store.incidents(&jones).await.unwrap(), std::slice::from_ref(&there));
        for all in [&OrganizationId::local(), &auditor] {
            assert_eq!(office.store.incidents(all).await.unwrap().len(), 3, "{all}");
        }
        let reported = office.records("incident_reported").await;
        let logs: Vec<&str> = reported.iter().map(|record| record.logs.as_str()).collect();
        let (own, theirs) = (r#"["smith","platform"]"#, r#"["jones","platform"]"#);
        let owners = r#"["local","platform"]"#;
        assert_eq!(logs, [own, theirs, own, owners, own, owners], "the reporter's own are alike");
        for (by, incident) in [(&auditor, &there), (&OrganizationId::local(), &nowhere)] {
            let closed =
                office.store.close_incident(&Acting::local(by.clone()), &incident.id, "mended").await;
            assert!(closed.unwrap().closed_at.is_some(), "who is no side of it closes it");
        }
        // The directory's owner, too, closes nothing alone that is about itself.
        let about_owner = report(Some(&OrganizationId::local())).await;
        let owner = Acting::local(OrganizationId::local());
        let agreed = office.store.close_incident(&owner, &about_owner.id, "nothing").await.unwrap();
        assert_eq!(agreed.closed_at, None);
    })
    .await;
}

#[tokio::test]
async fn whom_an_organization_may_name_is_whom_it_knows_or_whose_code_it_has() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let state = office.organization("nc-party", OrganizationKind::State).await;
        let registered = async |id: &str, kind, state: Option<&str>| {
            let new = Organization {
                registered_by: Some(super::id("nc-party")),
                state: state.map(|state| state.parse().unwrap()),
                ..organization(id, kind)
            };
            office.store.create_organization(&local(), &new).await.unwrap().id
        };
        let rivera = registered("rivera", OrganizationKind::Campaign, Some("nc")).await;
        let chen = registered("chen", OrganizationKind::Campaign, Some("nc")).await;
        registered("durham", OrganizationKind::LocalCommittee, Some("nc")).await;
        registered("richmond", OrganizationKind::LocalCommittee, Some("va")).await;
        registered("acme", OrganizationKind::Vendor, None).await;
        office.organization("printers", OrganizationKind::Vendor).await;

        let known = async |id: &OrganizationId| -> Vec<String> {
            let known = office.store.known_to(id).await.unwrap();
            known.into_iter().map(|known| known.id.to_string()).collect()
        };
        assert_eq!(known(&rivera).await, ["acme", "durham", "local", "nc-party", "rivera"]);
        assert_eq!(
            known(&state).await,
            ["acme", "chen", "durham", "local", "nc-party", "richmond", "rivera"]
        );
        assert_eq!(known(&OrganizationId::local()).await.len(), 8, "the directory's owner knows all");

        let manager = Acting {
            organization: rivera.clone(),
            principal: Principal::User(office.hire(&rivera, "m@example.org", &[Role::Chair]).await.user),
        };
        let name = async |text: &str| {
            office.store.addressed(&manager, &text.parse().unwrap()).await.map_err(|error| error.to_string())
        };
        let said = |id: &str| {
            format!(
                "there is no organization `{id}` that `rivera` knows of: ask them for their contact code, and write that"
            )
        };
        assert_eq!(name("durham").await.unwrap().id.as_str(), "durham");
        let code = office.store.contact(&chen);
        let wrong = office.store.contact(&id("chan")).code.unwrap();
        // Who is here and not known, who is not here, and every wrong code: one sentence.
        for (text, id) in [
            ("chen".to_owned(), "chen"),
            ("chan".to_owned(), "chan"),
            (format!("chen.{wrong}"), "chen"),
            (format!("chan.{wrong}"), "chan"),
            ("chen.".to_owned(), "chen"),
        ] {
            assert_eq!(name(&text).await.unwrap_err(), said(id), "{text}");
        }
        assert_eq!(name(&code.to_string()).await.unwrap().id, chen);
        assert_eq!(world.open().await.contact(&chen), code, "it stays");
        // Who was granted something knows who gave it, and stays known.
        let given = grant(&office, "rivera", &[FieldClass::Private]);
        office.store.create_grant(&Acting::local(chen.clone()), &given).await.unwrap();
        assert_eq!(name("chen").await.unwrap().id, chen);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_flooded_with_incidents() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let jones = office.organization("jones", OrganizationKind::Campaign).await;
        let report = async |by: &OrganizationId| {
            let by = Acting::local(by.clone());
            office.store.report_incident(&by, Some(&jones), "their scores", &json!({})).await
        };
        for _ in 0..10 {
            report(&smith).await.unwrap();
        }
        let error = report(&smith).await.unwrap_err().to_string();
        assert!(error.starts_with("`smith` has reported 10 incidents within the hour"), "{error}");
        // Others report, and it does again an hour later; what was reported is kept.
        report(&jones).await.unwrap();
        office.wait_minutes(61);
        report(&smith).await.unwrap();
        assert_eq!(office.store.incidents(&jones).await.unwrap().len(), 12);
    })
    .await;
}
