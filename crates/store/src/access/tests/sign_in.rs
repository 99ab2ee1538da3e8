//! Sign-in as it should go: two steps, sessions that end, recovery, changes of one's own account.

use super::*;
use crate::access::session::{IDLE_MINUTES_MAX, SECOND_FACTOR_MINUTES_MAX, SESSION_MINUTES_MAX};
use crate::testing::on_each_database;

async fn campaign(world: &World) -> (Office, OrganizationId, Person) {
    let office = Office::open(world).await;
    let smith = office.organization("smith", OrganizationKind::Campaign).await;
    let ann = office.hire(&smith, "ann@example.org", &[Role::Organizer]).await;
    (office, smith, ann)
}

#[tokio::test]
async fn a_password_and_a_code_make_a_session_that_ends() {
    on_each_database(async |world: World| {
        let (office, smith, ann) = campaign(&world).await;
        let session = office.sign_in(&ann).await.unwrap();
        let info = office.store.session(session.token.expose()).await.unwrap().unwrap();
        assert_eq!((&info.user, &info.organization), (&ann.user, &smith));
        assert_eq!(info.expires_at, office.in_minutes(SESSION_MINUTES_MAX));
        // Used now and then it lives, for twelve hours; unused for half an hour it ends.
        let step = IDLE_MINUTES_MAX - 1;
        for _ in 0..SESSION_MINUTES_MAX / step {
            office.wait_minutes(step);
            assert!(office.is_signed_in(&session.token).await);
        }
        office.wait_minutes(step);
        assert!(!office.is_signed_in(&session.token).await, "too old");
        let idle = office.sign_in(&ann).await.unwrap();
        office.wait_minutes(IDLE_MINUTES_MAX);
        assert!(!office.is_signed_in(&idle.token).await, "idle");
        assert_eq!(office.records("signed_in").await[0].details, r#"{"second_factor":"totp"}"#);
        assert_eq!(
            office.count("sign_in_attempts WHERE failures > 0").await,
            0,
            "nothing is held against her"
        );
    })
    .await;
}

#[tokio::test]
async fn sign_out_ends_one_session_and_everywhere_ends_all() {
    on_each_database(async |world: World| {
        let (office, _, ann) = campaign(&world).await;
        let phone = office.sign_in(&ann).await.unwrap();
        let desk = office.sign_in(&ann).await.unwrap();
        office.store.sign_out(phone.token.expose()).await.unwrap();
        assert!(!office.is_signed_in(&phone.token).await && office.is_signed_in(&desk.token).await);
        let phone = office.sign_in(&ann).await.unwrap();
        office.store.sign_out_everywhere(desk.token.expose()).await.unwrap();
        assert!(!office.is_signed_in(&phone.token).await && !office.is_signed_in(&desk.token).await);
        assert_eq!(office.records("signed_out").await.len(), 1);
        office.store.sign_out(desk.token.expose()).await.unwrap();
        assert_eq!(office.records("signed_out").await.len(), 1, "what is over leaves no record");
    })
    .await;
}

#[tokio::test]
async fn the_organization_is_named_and_accounts_elsewhere_change_no_answer() {
    on_each_database(async |world: World| {
        let (office, smith, ann) = campaign(&world).await;
        let jones = office.organization("jones", OrganizationKind::Campaign).await;
        office.wait_seconds(30);
        assert!(office.password_at(&smith, &ann.email, PASSWORD, SOURCE).await.is_some());
        assert_eq!(office.password_at(&jones, &ann.email, PASSWORD, SOURCE).await, None);
        // Somebody makes an account under her address elsewhere: she signs in as always, and so does whoever made it,
        // whether she has an account or not.
        let other = office.hire(&jones, "ann@example.org", &[Role::Chair]).await;
        for (organization, person) in [(&smith, &ann), (&jones, &other)] {
            office.wait_seconds(30);
            let answer = office.store.sign_in_password(" ANN@example.org", PASSWORD, organization, FROM);
            let PasswordAnswer::SecondFactorPending { token, expires_at } = answer.await.unwrap() else {
                panic!("refused at {organization}");
            };
            assert_eq!(expires_at, office.in_minutes(SECOND_FACTOR_MINUTES_MAX));
            let session =
                office.second_factor(&token, &person.totp.code_at(office.clock.now())).await.unwrap();
            assert_eq!(session.user, person.user);
        }
    })
    .await;
}

#[tokio::test]
async fn a_reset_password_keeps_the_second_factor() {
    on_each_database(async |world: World| {
        let (office, smith, ann) = campaign(&world).await;
        let earlier = office.store.create_recovery(&local(), &smith, &ann.user).await.unwrap();
        let code = office.store.create_recovery(&local(), &smith, &ann.user).await.unwrap();
        let refused = "this recovery code is wrong, used or over: ask for another";
        for wrong in ["", "0123", earlier.expose()] {
            let error = office.store.recover(wrong, "another four odd words").await.unwrap_err();
            assert_eq!(error.to_string(), refused);
        }
        assert!(office.store.recover(code.expose(), "short").await.is_err(), "and the code still counts");
        office.store.recover(code.expose(), "another four odd words").await.unwrap();
        assert!(!office.is_signed_in(&ann.session.token).await, "all sessions ended");
        let again = office.store.recover(code.expose(), "a third of odd words").await.unwrap_err();
        assert_eq!(again.to_string(), refused, "once");
        assert_eq!(office.password(&ann.email, PASSWORD).await, None);
        office.wait_seconds(30);
        let half = office.password(&ann.email, "another four odd words").await.unwrap();
        assert!(!office.is_signed_in(&half).await, "the password alone opens nothing");
        assert!(office.second_factor(&half, &ann.totp.code_at(office.clock.now())).await.is_some());

        let late = office.store.create_recovery(&local(), &smith, &ann.user).await.unwrap();
        office.wait_minutes(crate::access::recovery::RECOVERY_MINUTES_MAX);
        assert!(office.store.recover(late.expose(), "a third of odd words").await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_recovery_code_stands_once_for_the_second_factor() {
    on_each_database(async |world: World| {
        let (office, _, ann) = campaign(&world).await;
        let code = ann.codes[3].expose().to_uppercase();
        let half = office.password(&ann.email, PASSWORD).await.unwrap();
        let session = office.second_factor(&half, &format!(" {code} ")).await.unwrap();
        let half = office.password(&ann.email, PASSWORD).await.unwrap();
        assert_eq!(office.second_factor(&half, &code).await, None, "once");
        assert_eq!(office.records("signed_in").await[0].details, r#"{"second_factor":"recovery_code"}"#);
        let token = session.token.expose();
        let codes = office.store.new_recovery_codes(token, PASSWORD).await.unwrap();
        assert_eq!(office.second_factor(&half, ann.codes[4].expose()).await, None, "old ones are void");
        assert!(office.second_factor(&half, codes[0].expose()).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_changed_password_and_a_changed_second_factor_end_all_other_sessions() {
    on_each_database(async |world: World| {
        let (office, _, ann) = campaign(&world).await;
        let stolen = office.sign_in(&ann).await.unwrap();
        let mine = office.sign_in(&ann).await.unwrap();
        let new = "another four odd words";
        let error = office.store.change_password(mine.token.expose(), "wrong", new).await.unwrap_err();
        assert!(error.to_string().starts_with("the present password is wrong"), "{error}");
        let fresh = office.store.change_password(mine.token.expose(), PASSWORD, new).await.unwrap();
        assert_ne!(fresh.token, mine.token);
        assert!(!office.is_signed_in(&stolen.token).await && !office.is_signed_in(&mine.token).await);

        let token = fresh.token.expose();
        assert!(office.store.finish_second_factor_change(token, "", "000000").await.is_err(), "not begun");
        let offered = office.store.begin_second_factor_change(token, new).await.unwrap();
        let Enrollment { totp, sealed } = offered;
        office.wait_seconds(30);
        let half = office.password(&ann.email, new).await.unwrap();
        let digits = ann.totp.code_at(office.clock.now());
        let other = office.second_factor(&half, &digits).await.unwrap();
        let error = office.store.finish_second_factor_change(token, &sealed, &digits).await.unwrap_err();
        assert!(error.to_string().starts_with("the six digits are not those"), "{error}");
        let digits = totp.code_at(office.clock.now());
        let (newest, codes) =
            office.store.finish_second_factor_change(token, &sealed, &digits).await.unwrap();
        assert!(!office.is_signed_in(&other.token).await && office.is_signed_in(&newest.token).await);
        assert_eq!(codes.len(), 10);
        office.wait_seconds(30);
        let half = office.password(&ann.email, new).await.unwrap();
        assert_eq!(office.second_factor(&half, &ann.totp.code_at(office.clock.now())).await, None);
        assert!(office.second_factor(&half, &totp.code_at(office.clock.now())).await.is_some());
    })
    .await;
}
