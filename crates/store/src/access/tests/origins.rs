//! Accounts that came of a key in the wrong hands: what they do with one another, they stay the key's.

use super::makers::{by_key, person};
use super::*;
use crate::access::api_key::ApiKeyRecord;
use crate::access::user::active_in;
use crate::testing::on_each_database;
use std::collections::BTreeSet;

/// A campaign with a director of its own, and a key of hers that leaked.
pub(super) struct Leak {
    pub(super) office: Office,
    pub(super) smith: OrganizationId,
    pub(super) ann: Acting,
    pub(super) key: ApiKeyRecord,
    pub(super) key_acts: Acting,
}

impl Leak {
    pub(super) async fn of(world: &World) -> Self {
        let office = Office::open(world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let ann = office.hire(&smith, "ann@example.org", &[Role::DataDirector]).await;
        let ann = person(&smith, &ann);
        let (key, _) = office.key(&ann, Role::DataDirector, 600).await.unwrap();
        let key_acts = by_key(&smith, &key);
        Self { office, smith, ann, key, key_acts }
    }

    /// Somebody whom `by` invites comes.
    pub(super) async fn hire(&self, by: &Acting, email: &str) -> (Person, Acting) {
        let new = invitation(&self.smith, email, &[Role::DataDirector], &[]);
        let (_, code) = self.office.store.invite(by, &new).await.unwrap();
        let hired = self.office.accept(code.expose(), "").await;
        let acts = person(&self.smith, &hired);
        (hired, acts)
    }

    pub(super) async fn disable(&self, by: &Acting, whom: &Person) {
        self.office.store.disable_user(by, &self.smith, &whom.user).await.unwrap();
    }

    pub(super) async fn enable(&self, by: &Acting, whom: &Person) {
        self.office.store.enable_user(by, &self.smith, &whom.user).await.unwrap();
    }

    pub(super) async fn revoke(&self, by: &Acting) {
        self.office.store.revoke_api_key(by, &self.smith, &self.key.id).await.unwrap();
    }

    pub(super) async fn disabled(&self, whom: &Person) -> bool {
        self.office.disabled(&self.smith, &whom.user).await
    }
}

#[tokio::test]
async fn accounts_of_a_key_do_not_answer_for_one_another_in_its_place() {
    on_each_database(async |world: World| {
        let leak = Leak::of(&world).await;
        let jones = leak.office.organization("jones", OrganizationKind::Campaign).await;
        let printers = leak.office.organization("printers", OrganizationKind::Vendor).await;
        let (eve, eve_acts) = leak.hire(&leak.key_acts, "eve@example.org").await;
        let (mal, mal_acts) = leak.hire(&eve_acts, "mal@example.org").await;
        let (ida, ida_acts) = leak.hire(&mal_acts, "ida@example.org").await;
        // Each lets in again who invited them.
        for (by, whom) in [(&mal_acts, &eve), (&ida_acts, &mal), (&ida_acts, &eve)] {
            leak.disable(by, whom).await;
            leak.enable(by, whom).await;
        }
        // What the key gave is let hold again by an account of it.
        let grant = leak.office.give(&leak.key_acts, &jones, 600).await;
        leak.office.store.revoke_grant(&mal_acts, &grant.id).await.unwrap();
        leak.office.store.restore_grant(&mal_acts, &grant.id).await.unwrap();
        leak.office.engage(&leak.key_acts, &printers, 600).await;
        leak.office.engage(&ida_acts, &printers, 600).await;

        leak.revoke(&leak.ann).await;
        for whom in [&eve, &mal, &ida] {
            assert!(leak.disabled(whom).await, "{}", whom.email);
        }
        assert!(leak.office.given(&leak.smith).await.is_empty());
        assert!(leak.office.store.engagements_of(&leak.smith).await.unwrap()[0].revoked_at.is_some());
    })
    .await;
}

#[tokio::test]
async fn who_disables_the_account_that_invited_them_stays_the_keys() {
    on_each_database(async |world: World| {
        let leak = Leak::of(&world).await;
        let jones = leak.office.organization("jones", OrganizationKind::Campaign).await;
        let (eve, eve_acts) = leak.hire(&leak.key_acts, "eve@example.org").await;
        let (mal, mal_acts) = leak.hire(&eve_acts, "mal@example.org").await;
        let (ida, ida_acts) = leak.hire(&mal_acts, "ida@example.org").await;
        leak.office.give(&mal_acts, &jones, 600).await;
        leak.disable(&mal_acts, &eve).await;
        leak.disable(&ida_acts, &mal).await;
        leak.revoke(&leak.ann).await;
        assert!(leak.disabled(&ida).await, "two that were disabled before stand between");
        assert!(leak.office.given(&leak.smith).await.is_empty());
        let record = &leak.office.records("api_key_revoked").await[0];
        assert!(record.details.contains(ida.user.as_str()) && !record.details.contains(eve.user.as_str()));
    })
    .await;
}

#[tokio::test]
async fn an_account_of_a_key_does_not_keep_itself_by_revoking_it_first() {
    on_each_database(async |world: World| {
        let leak = Leak::of(&world).await;
        let (eve, eve_acts) = leak.hire(&leak.key_acts, "eve@example.org").await;
        let (mal, _) = leak.hire(&eve_acts, "mal@example.org").await;
        leak.revoke(&eve_acts).await;
        assert!(leak.disabled(&eve).await && leak.disabled(&mal).await);
        assert!(!leak.office.is_signed_in(&eve.session.token).await);
        let new = invitation(&leak.smith, "late@example.org", &[Role::DataDirector], &[]);
        let late = leak.office.store.invite(&eve_acts, &new).await.unwrap();
        // What was under way while it was revoked is left, and said to be; it ends when the key is revoked once more.
        let left = || leak.office.store.keys_with_something_left(&leak.smith);
        assert_eq!(left().await.unwrap(), [leak.key.id.clone()].into());
        leak.revoke(&leak.ann).await;
        assert!(left().await.unwrap().is_empty());
        assert!(leak.office.store.open_invitation(late.1.expose(), MARK).await.unwrap().is_none());
        leak.revoke(&leak.ann).await;
        assert_eq!(leak.office.records("api_key_revoked").await.len(), 2, "nothing was left to end");
    })
    .await;
}

#[tokio::test]
async fn who_came_of_no_key_answers_for_whom_they_let_in() {
    on_each_database(async |world: World| {
        let leak = Leak::of(&world).await;
        let (eve, eve_acts) = leak.hire(&leak.key_acts, "eve@example.org").await;
        let (mal, _) = leak.hire(&eve_acts, "mal@example.org").await;
        let (ida, _) = leak.hire(&eve_acts, "ida@example.org").await;
        leak.disable(&leak.ann, &mal).await;
        leak.enable(&leak.ann, &mal).await;
        // Nor need somebody be disabled for it; once is enough, and is in the log.
        leak.enable(&eve_acts, &ida).await;
        leak.enable(&leak.ann, &ida).await;
        leak.enable(&leak.ann, &ida).await;
        let records = leak.office.records("user_enabled").await;
        assert!(
            records.iter().all(|record| record.principal.as_deref() == Some(leak.ann.principal.as_str()))
        );
        assert_eq!(records.len(), 2);
        leak.revoke(&leak.ann).await;
        assert!(leak.disabled(&eve).await && !leak.disabled(&mal).await && !leak.disabled(&ida).await);
    })
    .await;
}

#[tokio::test]
async fn an_account_is_kept_before_its_key_ends_and_by_no_key() {
    on_each_database(async |world: World| {
        let leak = Leak::of(&world).await;
        let (eve, eve_acts) = leak.hire(&leak.key_acts, "eve@example.org").await;
        let (mal, mal_acts) = leak.hire(&leak.key_acts, "mal@example.org").await;
        let (ida, _) = leak.hire(&eve_acts, "ida@example.org").await;
        let store = &leak.office.store;
        let ends = store.account_ends(&leak.smith).await.unwrap();
        let all: BTreeSet<&UserId> = [&eve.user, &mal.user, &ida.user].into();
        assert_eq!(ends.keys().collect::<BTreeSet<_>>(), all, "and not who came of nobody's key");
        let of_the_key: Timestamp = leak.key.expires_at.parse().unwrap();
        assert!(ends.values().all(|end| *end == of_the_key), "{ends:?}");

        let (other, _) = leak.office.key(&leak.ann, Role::DataDirector, 1200).await.unwrap();
        for by in [&leak.key_acts, &by_key(&leak.smith, &other), &mal_acts, &eve_acts] {
            let error = store.keep_user(by, &leak.smith, &eve.user).await.unwrap_err().to_string();
            assert!(error.starts_with("an account is kept beyond its API key by somebody"), "{error}");
        }
        let jones = leak.office.organization("jones", OrganizationKind::Campaign).await;
        assert!(store.keep_user(&leak.ann, &jones, &eve.user).await.is_err(), "another organization's");
        assert!(leak.office.records("user_kept").await.is_empty());

        for _ in 0..2 {
            store.keep_user(&leak.ann, &leak.smith, &eve.user).await.unwrap();
        }
        let records = leak.office.records("user_kept").await;
        assert_eq!(records.len(), 1, "what is kept already is not kept again");
        assert_eq!(records[0].principal.as_deref(), Some(leak.ann.principal.as_str()));
        assert!(leak.office.is_signed_in(&eve.session.token).await, "they notice nothing of it");
        let left = store.account_ends(&leak.smith).await.unwrap();
        assert_eq!(left.keys().collect::<Vec<_>>(), [&mal.user], "with whom they had invited");

        leak.office.wait_minutes(600);
        let error = store.keep_user(&leak.ann, &leak.smith, &mal.user).await.unwrap_err().to_string();
        assert!(error.ends_with("is disabled: let them sign in again instead"), "{error}");
        leak.revoke(&leak.ann).await;
        assert!(!leak.disabled(&eve).await && !leak.disabled(&ida).await && leak.disabled(&mal).await);
    })
    .await;
}

#[tokio::test]
async fn an_account_ends_with_the_key_that_it_came_of_and_so_does_what_it_made() {
    on_each_database(async |world: World| {
        let leak = Leak::of(&world).await;
        let office = &leak.office;
        let jones = office.organization("jones", OrganizationKind::Campaign).await;
        let printers = office.organization("printers", OrganizationKind::Vendor).await;
        office.wait_minutes(590);
        let (eve, eve_acts) = leak.hire(&leak.key_acts, "eve@example.org").await;
        let (mal, mal_acts) = leak.hire(&eve_acts, "mal@example.org").await;
        let (ida, _) = leak.hire(&mal_acts, "ida@example.org").await;
        let kin = organization("kin", OrganizationKind::Campaign);
        let kin = office.store.create_organization(&leak.key_acts, &kin).await.unwrap().id;
        let first = invitation(&kin, "first@example.org", &[Role::Chair], &[]);
        let (_, code) = office.store.invite(&leak.key_acts, &first).await.unwrap();
        let first = office.accept(code.expose(), "").await;

        // A year was asked for of everything.
        let end = office.in_minutes(10);
        assert_eq!(office.give(&mal_acts, &jones, 365 * 24 * 60).await.until, end);
        assert_eq!(office.engage(&mal_acts, &printers, 365 * 24 * 60).await.until, end);
        let (key, secret) = office.key(&mal_acts, Role::Chair, 365 * 24 * 60).await.unwrap();
        assert_eq!(key.expires_at, leak.key.expires_at);
        let new = invitation(&leak.smith, "spare@example.org", &[Role::Chair], &[]);
        assert_eq!(office.store.invite(&mal_acts, &new).await.unwrap().0.expires_at, leak.key.expires_at);
        assert_eq!(eve.session.expires_at, end);
        // Whom somebody lets stay who came of no key is theirs.
        leak.enable(&leak.ann, &ida).await;
        assert!(office.sign_in(&ida).await.is_some() && office.sign_in(&mal).await.is_some());
        let half = office.password(&mal.email, PASSWORD).await.unwrap();

        office.wait_seconds(9 * 60);
        for whom in [&eve, &mal] {
            assert!(!office.is_signed_in(&whom.session.token).await && leak.disabled(whom).await);
            assert_eq!(office.sign_in(whom).await, None);
        }
        assert_eq!(office.second_factor(&half, &mal.totp.code_at(office.clock.now())).await, None);
        let goes_on = active_in(&office.store.database, &mal.user, office.clock.now());
        assert_eq!(goes_on.await.unwrap(), None, "nor does what runs for them");
        assert!(!office.holds(&secret).await);
        assert!(office.sign_in(&ida).await.is_some() && !leak.disabled(&ida).await);
        assert!(office.is_signed_in(&first.session.token).await, "another organization's people are its own");
        // Nobody of the key's lets them in again; somebody else does.
        leak.enable(&mal_acts, &eve).await;
        assert!(leak.disabled(&eve).await);
        leak.enable(&leak.ann, &eve).await;
        assert!(office.sign_in(&eve).await.is_some() && !leak.disabled(&eve).await);
        assert!(!leak.disabled(&mal).await, "with whom they had invited");
    })
    .await;
}
