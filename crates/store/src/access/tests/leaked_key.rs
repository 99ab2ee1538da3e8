//! A key in the wrong hands, and who came of it: they change only what came of the same key, so that ending it undoes all
//! that they did, and nothing that others did.

use super::makers::by_key;
use super::origins::Leak;
use super::*;
use crate::access::origin::OF_ONE_KEY;
use crate::error::StoreError;
use crate::testing::on_each_database;
use hustings_access::Principal;

fn refused<T: std::fmt::Debug>(done: Result<T, StoreError>) {
    let error = done.unwrap_err();
    assert!(matches!(&error, StoreError::Refused(why) if why == OF_ONE_KEY), "{error}");
}

#[tokio::test]
async fn a_key_takes_over_no_organization_that_waits_for_its_first_person() {
    on_each_database(async |world: World| {
        let leak = Leak::of(&world).await;
        let store = &leak.office.store;
        let wake = organization("wake", OrganizationKind::Campaign);
        store.create_organization(&leak.ann, &wake).await.unwrap();
        let manager = invitation(&wake.id, "manager@wake.example", &[Role::DataDirector], &[]);
        let (_, code) = store.invite(&leak.ann, &manager).await.unwrap();
        let (_, eve_acts) = leak.hire(&leak.key_acts, "eve@example.org").await;
        let evil = invitation(&wake.id, "evil@evil.example", &[Role::DataDirector], &[]);
        for by in [&leak.key_acts, &eve_acts] {
            refused(store.invite(by, &evil).await);
            refused(store.invite(by, &manager).await);
        }
        assert_eq!(leak.office.accept(code.expose(), "").await.email, "manager@wake.example");
        // Into one that came of the key, it may.
        let kin = organization("kin", OrganizationKind::Campaign);
        store.create_organization(&eve_acts, &kin).await.unwrap();
        store.invite(&leak.key_acts, &NewInvitation { organization: kin.id, ..evil }).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_key_turns_nobody_who_did_not_come_of_it() {
    on_each_database(async |world: World| {
        let leak = Leak::of(&world).await;
        let (office, store, smith) = (&leak.office, &leak.office.store, &leak.smith);
        let oscar = office.hire(smith, "oscar@example.org", &[Role::Canvasser]).await;
        let gone = office.hire(smith, "gone@example.org", &[Role::Canvasser]).await;
        leak.disable(&leak.ann, &gone).await;
        let (eve, eve_acts) = leak.hire(&leak.key_acts, "eve@example.org").await;
        let (second, second_secret) = office.key(&leak.ann, Role::DataDirector, 900).await.unwrap();
        let (of_second, _) = leak.hire(&by_key(smith, &second), "second@example.org").await;
        let (third, third_secret) = office.key(&leak.key_acts, Role::DataDirector, 600).await.unwrap();
        let ann = UserId::from_random([9; 15]);
        let ann = match &leak.ann.principal {
            Principal::User(id) => id.clone(),
            _ => ann,
        };
        let director = [Role::DataDirector].into();
        for by in [&leak.key_acts, &eve_acts, &by_key(smith, &third)] {
            for whom in [&oscar.user, &gone.user, &of_second.user, &ann] {
                refused(store.set_roles(by, smith, whom, &director, &[].into()).await);
                refused(store.disable_user(by, smith, whom).await);
                refused(store.enable_user(by, smith, whom).await);
                if *whom != gone.user {
                    refused(store.create_recovery(by, smith, whom).await);
                }
            }
            refused(store.revoke_api_key(by, smith, &second.id).await);
            // The address of a disabled account is theirs still.
            let new = invitation(smith, &gone.email, &[Role::Canvasser], &[]);
            refused(store.invite(by, &new).await);
        }
        // Who came of a key that the key made changes nothing of the key's own, which would stay when theirs ends.
        refused(store.disable_user(&by_key(smith, &third), smith, &eve.user).await);
        refused(store.revoke_api_key(&by_key(smith, &third), smith, &leak.key.id).await);
        for key in [&second_secret, &third_secret] {
            assert!(office.holds(key).await);
        }
        // An invitation that others sent out is neither withdrawn nor pushed aside.
        let new = invitation(smith, "new@example.org", &[Role::Canvasser], &[]);
        let (open, _) = store.invite(&leak.ann, &new).await.unwrap();
        for by in [&leak.key_acts, &eve_acts] {
            refused(store.withdraw_invitation(by, smith, &open.id).await);
            refused(store.invite(by, &new).await);
        }
        // What came of it, it changes.
        store
            .set_roles(&leak.key_acts, smith, &eve.user, &[Role::Organizer].into(), &[].into())
            .await
            .unwrap();
        let (again, _) = office.key(&leak.ann, Role::DataDirector, 60).await.unwrap();
        store.revoke_api_key(&by_key(smith, &again), smith, &again.id).await.unwrap();

        leak.revoke(&leak.ann).await;
        assert!(office.sign_in(&oscar).await.is_some() && leak.disabled(&eve).await);
        let roles = store.user(smith, &oscar.user).await.unwrap().unwrap().roles;
        assert_eq!(roles, [Role::Canvasser].into());
    })
    .await;
}

#[tokio::test]
async fn nobody_who_came_of_a_key_gives_more_than_the_key_has() {
    on_each_database(async |world: World| {
        let leak = Leak::of(&world).await;
        let (store, smith) = (&leak.office.store, &leak.smith);
        let (chair, _) = leak.office.key(&leak.ann, Role::Chair, 600).await.unwrap();
        let new = invitation(smith, "eve@example.org", &[Role::Chair], &[]);
        let (_, code) = store.invite(&by_key(smith, &chair), &new).await.unwrap();
        let eve = leak.office.accept(code.expose(), "").await;
        let eve_acts = Acting { organization: smith.clone(), principal: Principal::User(eve.user.clone()) };
        let director = [Role::DataDirector].into();
        let said =
            "an account that came of an API key of role `chair` makes nobody `data_director` of `smith`";
        let error = store.set_roles(&eve_acts, smith, &eve.user, &director, &[].into()).await.unwrap_err();
        assert!(error.to_string().starts_with(said), "{error}");
        let error = leak.office.key(&eve_acts, Role::DataDirector, 60).await.unwrap_err();
        assert!(error.starts_with(said), "{error}");
        let new = invitation(smith, "mal@example.org", &[Role::DataDirector], &[]);
        assert!(store.invite(&eve_acts, &new).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_key_lets_hold_again_only_its_own_and_no_longer_than_itself() {
    on_each_database(async |world: World| {
        let leak = Leak::of(&world).await;
        let (office, store) = (&leak.office, &leak.office.store);
        let jones = office.organization("jones", OrganizationKind::Campaign).await;
        let printers = office.organization("printers", OrganizationKind::Vendor).await;
        let (_, eve_acts) = leak.hire(&leak.key_acts, "eve@example.org").await;
        let hers = office.give(&leak.ann, &jones, 6000).await;
        let old = office.give(&leak.ann, &jones, 6000).await;
        store.revoke_grant(&leak.ann, &old.id).await.unwrap();
        let before = office.engage(&leak.ann, &printers, 6000).await;
        for by in [&leak.key_acts, &eve_acts] {
            refused(store.restore_grant(by, &old.id).await);
            refused(store.revoke_grant(by, &hers.id).await);
            refused(store.end_engagement(by, &printers).await);
            refused(store.engage(by, &before).await);
        }
        // One of its own, which somebody had made longer meanwhile, holds again until the key's end.
        let own = office.give(&leak.key_acts, &jones, 600).await;
        let sql = "UPDATE grants SET until = $1 WHERE id = $2";
        let transaction = store.database.begin("test").await.unwrap();
        let values = vec![crate::store::stamp(hers.until).into(), own.id.as_str().into()];
        assert_eq!(transaction.execute(sql, values).await.unwrap(), 1);
        transaction.commit().await.unwrap();
        store.revoke_grant(&eve_acts, &own.id).await.unwrap();
        assert_eq!(store.restore_grant(&eve_acts, &own.id).await.unwrap().until, office.in_minutes(600));
        let kept = store.grants_by(&leak.smith).await.unwrap();
        let kept = kept.iter().find(|grant| grant.id == own.id).unwrap();
        assert_eq!(kept.until, office.in_minutes(600));

        leak.revoke(&leak.ann).await;
        assert_eq!(office.given(&leak.smith).await, [hers.id.to_string()]);
        assert_eq!(store.engagements_of(&leak.smith).await.unwrap(), [before]);
    })
    .await;
}

#[tokio::test]
async fn links_of_a_key_are_worth_nothing_after_its_natural_end() {
    on_each_database(async |world: World| {
        let leak = Leak::of(&world).await;
        let (office, store, smith) = (&leak.office, &leak.office.store, &leak.smith);
        office.wait_minutes(590);
        let (_, eve_acts) = leak.hire(&leak.key_acts, "eve@example.org").await;
        let (mal, _) = leak.hire(&eve_acts, "mal@example.org").await;
        let recovery = store.create_recovery(&eve_acts, smith, &mal.user).await.unwrap();
        let new = invitation(smith, "late@example.org", &[Role::Chair], &[]);
        let (_, late) = store.invite(&eve_acts, &new).await.unwrap();
        // Somebody keeps one of them, whose password is then nobody's of the key's to set; and a link made by an older program
        // holds as long as any.
        store.keep_user(&leak.ann, smith, &mal.user).await.unwrap();
        let transaction = store.database.begin("test").await.unwrap();
        for table in ["recoveries", "invitations"] {
            let sql = format!("UPDATE {table} SET expires_at = $1");
            let later = crate::store::stamp(office.in_minutes(60));
            transaction.execute(&sql, vec![later.into()]).await.unwrap();
        }
        transaction.commit().await.unwrap();
        office.wait_minutes(10);
        let error = store.recover(recovery.expose(), "another four odd words").await.unwrap_err().to_string();
        assert!(error.starts_with("this recovery code is wrong, used or over"), "{error}");
        assert!(store.open_invitation(late.expose(), MARK).await.unwrap().is_none());
        assert!(office.sign_in(&mal).await.is_some(), "with the password as it was");
    })
    .await;
}

#[tokio::test]
async fn a_key_makes_no_bomb_of_its_own_end() {
    on_each_database(async |world: World| {
        let leak = Leak::of(&world).await;
        let (office, smith) = (&leak.office, &leak.smith);
        let jones = office.organization("jones", OrganizationKind::Campaign).await;
        let olga = office.hire(smith, "olga@example.org", &[Role::DataDirector]).await;
        let olga_acts = Acting { organization: smith.clone(), principal: Principal::User(olga.user.clone()) };
        let (pat, _) = leak.hire(&olga_acts, "pat@example.org").await;
        let grant = office.give(&olga_acts, &jones, 6000).await;
        // As it was done before such were refused: who lets in again makes nobody.
        leak.disable(&leak.ann, &olga).await;
        let (_, eve_acts) = leak.hire(&leak.key_acts, "eve@example.org").await;
        refused(office.store.enable_user(&eve_acts, smith, &olga.user).await);
        leak.enable(&leak.ann, &olga).await;
        leak.revoke(&leak.ann).await;
        for whom in [&olga, &pat] {
            assert!(office.sign_in(whom).await.is_some());
        }
        assert_eq!(office.given(smith).await, [grant.id.to_string()]);
    })
    .await;
}
