//! Device cookies: what strangers try keeps nobody out of a browser in which they signed in before.

use super::*;
use crate::access::Deed;
use crate::access::attempt::{self, Subject};
use crate::access::device::DEVICE_DAYS_MAX;
use crate::testing::on_each_database;

impl Office {
    async fn half_from(
        &self,
        person: &Person,
        organization: &OrganizationId,
        password: &str,
        device: Option<&str>,
    ) -> Option<Secret> {
        let from = TriedFrom { source: SOURCE, device };
        match self.store.sign_in_password(&person.email, password, organization, from).await.unwrap() {
            PasswordAnswer::SecondFactorPending { token, .. } => Some(token),
            PasswordAnswer::Refused => None,
        }
    }

    async fn code_from(&self, half: &Secret, code: &str, device: Option<&str>) -> Option<NewSession> {
        let from = TriedFrom { source: SOURCE, device };
        match self.store.sign_in_second_factor(half.expose(), code, from).await.unwrap() {
            SecondFactorAnswer::SignedIn(session) => Some(session),
            SecondFactorAnswer::Refused => None,
        }
    }

    /// Signs in with both in a browser.
    pub(super) async fn sign_in_from(
        &self,
        person: &Person,
        organization: &OrganizationId,
        device: Option<&str>,
    ) -> Option<NewSession> {
        self.wait_seconds(30);
        let half = self.half_from(person, organization, PASSWORD, device).await?;
        self.code_from(&half, &person.totp.code_at(self.clock.now()), device).await
    }
}

#[tokio::test]
async fn strangers_tries_keep_nobody_out_of_a_browser_that_is_known() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let ann = office.hire(&smith, "ann@example.org", &[Role::Chair]).await;
        let bob = office.hire(&smith, "bob@example.org", &[Role::Chair]).await;
        let known = ann.session.device.clone().unwrap();
        let known = Some(known.expose());
        // The account's own tries, everybody's from her address, and the second factor's are used up.
        for _ in 0..5 {
            office.password_at(&smith, &ann.email, "guess", SOURCE).await;
        }
        let deed = Deed::begin(&office.store, "test").await.unwrap();
        for _ in 0..31 {
            attempt::begin(&office.store, &deed, Subject::Source(SOURCE)).await.unwrap();
        }
        deed.transaction.commit().await.unwrap();
        assert_eq!(office.half_from(&ann, &smith, PASSWORD, None).await, None, "locked");
        let foreign = bob.session.device.clone().unwrap();
        for device in [Some(foreign.expose()), Some("0123"), Some("")] {
            assert_eq!(office.half_from(&ann, &smith, PASSWORD, device).await, None, "no device of hers");
        }
        let half = office.half_from(&ann, &smith, PASSWORD, known).await.unwrap();
        let wrong = "12345x";
        for _ in 0..4 {
            assert_eq!(office.code_from(&half, wrong, None).await, None);
        }
        let half = office.half_from(&ann, &smith, PASSWORD, known).await.unwrap();
        office.code_from(&half, wrong, None).await;
        office.wait_seconds(30);
        let code = ann.totp.code_at(office.clock.now());
        assert_eq!(office.code_from(&half, &code, None).await, None, "locked");
        let session = office.code_from(&half, &code, known).await.unwrap();
        // The cookie is another now, and the old one worth nothing.
        let fresh = session.device.unwrap();
        assert_eq!(office.half_from(&ann, &smith, PASSWORD, known).await, None);
        assert!(office.half_from(&ann, &smith, PASSWORD, Some(fresh.expose())).await.is_some());
        let at = office.store.organization_of_device(fresh.expose()).await.unwrap();
        assert_eq!((at, office.store.organization_of_device("0123").await.unwrap()), (Some(smith), None));
        // Nothing that strangers try keeps her from changing what they guess at.
        let token = session.token.expose();
        assert!(office.store.change_password(token, PASSWORD, "another four odd words").await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_known_browser_has_few_tries_and_uses_up_nobody_elses() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let ann = office.hire(&smith, "ann@example.org", &[Role::Chair]).await;
        let stolen = ann.session.device.clone().unwrap();
        let before = office.records("password_refused").await.len();
        for _ in 0..8 {
            office.half_from(&ann, &smith, "guess", Some(stolen.expose())).await;
        }
        assert_eq!(office.records("password_refused").await.len(), before + 5, "five were looked at");
        assert_eq!(office.half_from(&ann, &smith, PASSWORD, Some(stolen.expose())).await, None, "locked");
        assert!(office.half_from(&ann, &smith, PASSWORD, None).await.is_some(), "her other browsers are not");
        office.wait_minutes(2);
        assert!(office.half_from(&ann, &smith, PASSWORD, Some(stolen.expose())).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_browser_is_known_until_it_is_signed_out_everywhere_or_the_account_changes_hands() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let ann = office.hire(&smith, "ann@example.org", &[Role::Chair]).await;
        let by = Acting::local(smith.clone());
        let store = &office.store;
        let (old, new) = (PASSWORD, "another four odd words");
        for end in ["everywhere", "password", "recovery", "disabled", "time"] {
            let session = office.sign_in_from(&ann, &smith, None).await.unwrap();
            let device = session.device.clone().unwrap();
            store.set_roles(&by, &smith, &ann.user, &[Role::Chair].into(), &[].into()).await.unwrap();
            assert_eq!(
                store.organization_of_device(device.expose()).await.unwrap(),
                Some(smith.clone()),
                "{end}"
            );
            let again = office.sign_in(&ann).await.unwrap();
            match end {
                "everywhere" => store.sign_out_everywhere(again.token.expose()).await.unwrap(),
                "password" => {
                    let fresh = store.change_password(again.token.expose(), old, new).await.unwrap();
                    assert_eq!(fresh.device, None);
                    store.change_password(fresh.token.expose(), new, old).await.unwrap();
                }
                "recovery" => {
                    let code = store.create_recovery(&by, &smith, &ann.user).await.unwrap();
                    assert_eq!(store.recover(code.expose(), old).await.unwrap(), smith);
                }
                "disabled" => {
                    store.disable_user(&by, &smith, &ann.user).await.unwrap();
                    store.enable_user(&by, &smith, &ann.user).await.unwrap();
                }
                _ => office.wait_minutes(DEVICE_DAYS_MAX * 24 * 60),
            }
            assert!(!office.is_signed_in(&session.token).await);
            assert_eq!(store.organization_of_device(device.expose()).await.unwrap(), None, "{end}");
            // From there tries count with everybody's again.
            for _ in 0..5 {
                office.password_at(&smith, &ann.email, "guess", "192.0.2.66").await;
            }
            assert_eq!(office.half_from(&ann, &smith, PASSWORD, Some(device.expose())).await, None, "{end}");
            office.wait_minutes(61);
        }
    })
    .await;
}

#[tokio::test]
async fn one_browser_is_known_at_each_account_that_was_signed_in_to_there() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let ann = office.hire(&smith, "ann@example.org", &[Role::Chair]).await;
        let bob = office.hire(&smith, "bob@example.org", &[Role::Chair]).await;
        let first = ann.session.device.clone().unwrap();
        let session = office.sign_in_from(&bob, &smith, Some(first.expose())).await.unwrap();
        let shared = session.device.unwrap();
        for person in [&ann, &bob] {
            for _ in 0..5 {
                office.password_at(&smith, &person.email, "guess", "192.0.2.66").await;
            }
            assert!(office.half_from(person, &smith, PASSWORD, Some(shared.expose())).await.is_some());
        }
        office.store.sign_out_everywhere(session.token.expose()).await.unwrap();
        assert_eq!(office.half_from(&bob, &smith, PASSWORD, Some(shared.expose())).await, None);
        assert!(
            office.half_from(&ann, &smith, PASSWORD, Some(shared.expose())).await.is_some(),
            "hers stays"
        );
    })
    .await;
}
