//! Invitations, the first run, roles, conflicts: who gets an account, and as what.

use super::*;
use crate::testing::on_each_database;
use serde_json::json;

#[tokio::test]
async fn the_first_run_code_makes_the_first_user_once() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        assert_eq!(office.count("users").await, 0, "there is no default account");
        let old = office.store.first_run_code().await.unwrap().unwrap();
        let code = office.store.first_run_code().await.unwrap().unwrap();
        assert!(
            office.store.open_invitation(old.expose(), MARK).await.unwrap().is_none(),
            "a new start voids it"
        );
        let first = office.accept(code.expose(), " Ann.Miller@Example.ORG ").await;
        let session = office.store.session(first.session.token.expose()).await.unwrap().unwrap();
        assert_eq!(session.organization, OrganizationId::local());
        assert_eq!(session.email, "ann.miller@example.org");
        assert_eq!(session.roles, [Role::Chair, Role::DataDirector].into());
        assert!(office.store.open_invitation(code.expose(), MARK).await.unwrap().is_none());
        assert_eq!(office.store.first_run_code().await.unwrap(), None);
        assert_eq!(office.count("users").await, 1);
        // The code itself is nowhere in the database's records.
        assert!(
            office.records("first_run_code_made").await.iter().all(|r| !r.details.contains(code.expose()))
        );
    })
    .await;
}

#[tokio::test]
async fn an_invitation_makes_one_account_with_its_roles() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let precincts = [("wake".to_owned(), "01-02".to_owned())];
        let ann = office.hire_for(&smith, "Ann@Example.org", &[Role::PrecinctCaptain], &precincts).await;
        let users = office.store.users(&smith).await.unwrap();
        assert_eq!(users.len(), 1);
        assert_eq!((&users[0].id, users[0].email.as_str()), (&ann.user, "ann@example.org"));
        assert_eq!(users[0].roles, [Role::PrecinctCaptain].into());
        assert_eq!(users[0].precincts, [("WAKE".to_owned(), "01-02".to_owned())].into());
        assert_eq!(ann.codes.len(), 10);
        let session = office.store.session(ann.session.token.expose()).await.unwrap().unwrap();
        assert_eq!(session.precincts, users[0].precincts);

        let by = Acting::local(smith.clone());
        let again = invitation(&smith, "ANN@example.org", &[Role::Chair], &[]);
        let error = office.store.invite(&by, &again).await.unwrap_err().to_string();
        assert!(error.contains("has an account with `smith` already"), "{error}");
        for (role, word) in [(Role::VendorOperator, "for vendors"), (Role::Operator, "owner, `local`")] {
            let new = invitation(&smith, "bo@example.org", &[role], &[]);
            let error = office.store.invite(&local(), &new).await.unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
        let both = [Role::Operator, Role::DataDirector];
        let new = invitation(&OrganizationId::local(), "bo@example.org", &both, &[]);
        let error = office.store.invite(&local(), &new).await.unwrap_err().to_string();
        assert!(error.contains("who runs the system reads no voters"), "{error}");
        for email in
            ["", "ann", "@example.org", "a b@example.org", "a@b@c", "\u{430}nn@example.org", "a@b\r\nX: y"]
        {
            let new = invitation(&smith, email, &[Role::Chair], &[]);
            assert!(office.store.invite(&local(), &new).await.is_err(), "{email:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_withdrawn_replaced_and_runs_out() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let jones = office.organization("jones", OrganizationKind::Campaign).await;
        let new = invitation(&smith, "ann@example.org", &[Role::Organizer], &[]);
        let (_, replaced) = office.store.invite(&local(), &new).await.unwrap();
        let (record, code) = office.store.invite(&local(), &new).await.unwrap();
        assert!(office.store.open_invitation(replaced.expose(), MARK).await.unwrap().is_none());
        assert_eq!(office.store.invitations(&smith).await.unwrap(), std::slice::from_ref(&record));
        assert!(office.store.invitations(&jones).await.unwrap().is_empty());
        assert!(office.store.withdraw_invitation(&local(), &jones, &record.id).await.is_err());
        office.store.withdraw_invitation(&local(), &smith, &record.id).await.unwrap();
        assert!(office.store.open_invitation(code.expose(), MARK).await.unwrap().is_none());
        let (_, code) = office.store.invite(&local(), &new).await.unwrap();
        office.wait_minutes(super::super::invitation::INVITATION_MINUTES_MAX);
        assert!(office.store.open_invitation(code.expose(), MARK).await.unwrap().is_none());
        let late = Acceptance {
            email: "",
            name: "Ann",
            password: PASSWORD,
            second_factor: "",
            code: "000000",
            device: None,
        };
        let error = office.store.accept_invitation(code.expose(), MARK, &late).await.unwrap_err();
        assert_eq!(error.to_string(), "this invitation is wrong, used or over: ask for another");
    })
    .await;
}

#[tokio::test]
async fn two_accounts_of_one_human_in_two_campaigns_are_flagged_to_both() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let jones = office.organization("jones", OrganizationKind::Campaign).await;
        let ally = office.organization("ally", OrganizationKind::Ally).await;
        let at_smith = office.hire(&smith, "ann@example.org", &[Role::Organizer]).await;
        office.hire(&smith, "bo@example.org", &[Role::Organizer]).await;
        office.hire(&ally, "bo@example.org", &[Role::Organizer]).await;
        assert!(office.store.conflicts(&smith).await.unwrap().is_empty());
        let at_jones = office.hire(&jones, "Ann@example.org", &[Role::Canvasser]).await;
        assert_ne!(at_smith.user, at_jones.user, "two accounts");
        // An address is nobody's proof: whoever invites it and comes themselves would read which rival's staff are here, and
        // make them look disloyal.
        for campaign in [&smith, &jones] {
            assert!(office.store.conflicts(campaign).await.unwrap().is_empty());
        }
        // Who signs in to both in one browser, with both factors, is one human.
        let browser = at_smith.session.device.as_ref().map(Secret::expose);
        assert!(office.sign_in_from(&at_jones, &jones, browser).await.is_some());
        for (campaign, person) in [(&smith, &at_smith), (&jones, &at_jones)] {
            let conflicts = json!(office.store.conflicts(campaign).await.unwrap());
            assert_eq!(conflicts, json!([{"kind": "user", "user": person.user}]), "and names no rival");
        }
        // Neither account opens the other's.
        let session = office.store.session(at_jones.session.token.expose()).await.unwrap().unwrap();
        assert_eq!((session.organization, session.roles), (jones.clone(), [Role::Canvasser].into()));
        assert_eq!(office.store.user(&smith, &at_jones.user).await.unwrap(), None);
        office.store.disable_user(&local(), &jones, &at_jones.user).await.unwrap();
        assert!(office.store.conflicts(&smith).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_change_of_roles_or_disabling_ends_sessions_and_raises_the_epoch() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let jones = office.organization("jones", OrganizationKind::Campaign).await;
        let ann = office.hire(&smith, "ann@example.org", &[Role::Chair]).await;
        let before = office.store.access_epoch().await.unwrap();
        let error =
            office.store.disable_user(&Acting::local(jones.clone()), &jones, &ann.user).await.unwrap_err();
        assert!(error.to_string().starts_with("`jones` has no user"), "{error}");
        let canvasser = [Role::Canvasser].into();
        office.store.set_roles(&local(), &smith, &ann.user, &canvasser, &Default::default()).await.unwrap();
        assert!(!office.is_signed_in(&ann.session.token).await);
        let after = office.store.access_epoch().await.unwrap();
        assert!(after > before);
        let session = office.sign_in(&ann).await.unwrap();
        let info = office.store.session(session.token.expose()).await.unwrap().unwrap();
        assert_eq!(info.roles, canvasser);

        let half = office.password(&ann.email, PASSWORD).await.unwrap();
        office.store.disable_user(&local(), &smith, &ann.user).await.unwrap();
        assert!(!office.is_signed_in(&session.token).await, "at once");
        office.wait_seconds(30);
        let digits = ann.totp.code_at(office.clock.now());
        assert_eq!(office.second_factor(&half, &digits).await, None, "also half-way through sign-in");
        assert_eq!(office.sign_in(&ann).await, None);
        assert!(office.store.access_epoch().await.unwrap() > after);
        office.store.enable_user(&local(), &smith, &ann.user).await.unwrap();
        assert!(office.sign_in(&ann).await.is_some());
        assert_eq!(office.records("user_disabled").await[0].logs, r#"["local","smith","platform"]"#);
    })
    .await;
}

#[tokio::test]
async fn who_is_invited_under_a_disabled_accounts_address_is_somebody_else() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let before = office.hire(&smith, "ann@example.org", &[Role::Chair]).await;
        office.store.disable_user(&local(), &smith, &before.user).await.unwrap();
        let after = office.hire(&smith, "ann@example.org", &[Role::Canvasser]).await;
        assert_ne!(before.user, after.user, "acts under the one id are not the other's");
        let accepted = office.records("invitation_accepted").await;
        assert!(accepted[1].details.contains(before.user.as_str()), "the record says whom they follow");
        assert!(office.sign_in(&after).await.is_some());
        let users = office.store.users(&smith).await.unwrap();
        assert_eq!(users.len(), 2);
        let former = users.iter().find(|user| user.id == before.user).unwrap();
        assert_eq!(former.email, format!("ann@example.org (former {})", before.user));
        assert!(former.disabled && former.roles == [Role::Chair].into(), "and is what it was");
        let error = office.store.enable_user(&local(), &smith, &before.user).await.unwrap_err();
        assert!(error.to_string().contains("was given to another account"), "{error}");
        // A third of that address, too.
        office.store.disable_user(&local(), &smith, &after.user).await.unwrap();
        office.hire(&smith, "ann@example.org", &[Role::Canvasser]).await;
        assert_eq!(office.store.users(&smith).await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn once_an_organization_has_somebody_the_registrars_other_invitations_are_worth_nothing() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let party = office.organization("nc-party", OrganizationKind::State).await;
        let rivera = office.organization("rivera", OrganizationKind::Campaign).await;
        let registrar = Acting::local(party.clone());
        let first = |email: &str| invitation(&rivera, email, &[Role::DataDirector], &[]);
        let (_, spare) = office.store.invite(&registrar, &first("spare@example.org")).await.unwrap();
        let (_, code) = office.store.invite(&registrar, &first("manager@example.org")).await.unwrap();
        let own = Acting::local(rivera.clone());
        let (_, deputy) = office.store.invite(&own, &first("deputy@example.org")).await.unwrap();
        office.accept(code.expose(), "").await;
        assert!(office.store.open_invitation(spare.expose(), MARK).await.unwrap().is_none());
        let open = office.store.invitations(&rivera).await.unwrap();
        assert_eq!(open.len(), 1, "its own stays: {open:?}");
        // Asked for before and written after: nobody gets in so either.
        let late = office.store.invite(&registrar, &first("late@example.org")).await.unwrap_err();
        assert!(late.to_string().starts_with("there is no organization `rivera`"), "{late}");
        let transaction = office.store.database.begin("test").await.unwrap();
        transaction
            .script("UPDATE invitations SET status = 'open' WHERE email = 'spare@example.org'")
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        let Enrollment { totp, sealed } =
            office.store.open_invitation(spare.expose(), MARK).await.unwrap().unwrap().second_factor;
        let digits = totp.code_at(office.clock.now());
        let spy = Acceptance {
            email: "",
            name: "Spy",
            password: PASSWORD,
            second_factor: &sealed,
            code: &digits,
            device: None,
        };
        let error = office.store.accept_invitation(spare.expose(), MARK, &spy).await.unwrap_err();
        assert_eq!(error.to_string(), "this invitation is wrong, used or over: ask for another");
        office.accept(deputy.expose(), "").await;
        assert_eq!(office.store.users(&rivera).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_first_run_code_is_void_once_somebody_else_has_an_account() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let code = office.store.first_run_code().await.unwrap().unwrap();
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        office.hire(&smith, "bo@example.org", &[Role::Chair]).await;
        assert!(
            office.store.open_invitation(code.expose(), MARK).await.unwrap().is_some(),
            "not of the owner's people"
        );
        office.hire(&OrganizationId::local(), "ann@example.org", &[Role::Chair]).await;
        assert!(office.store.open_invitation(code.expose(), MARK).await.unwrap().is_none());
    })
    .await;
}
