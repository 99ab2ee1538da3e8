//! A key in the wrong hands: what it makes goes not beyond it, does not outlive it, and ends when it is revoked.

use super::*;
use crate::access::api_key::{ApiKeyRecord, NewApiKey};
use crate::access::grant::NewGrant;
use crate::testing::{nc, on_each_database};
use hustings_access::{ApiKeyId, Engagement, Grant, Principal, Purpose};
use hustings_core::FieldClass;

pub(super) fn by_key(organization: &OrganizationId, key: &ApiKeyRecord) -> Acting {
    Acting { organization: organization.clone(), principal: Principal::Key(key.id.clone()) }
}

impl Office {
    pub(super) async fn key(
        &self,
        by: &Acting,
        role: Role,
        minutes: i64,
    ) -> Result<(ApiKeyRecord, Secret), String> {
        let new = NewApiKey { name: "a key".to_owned(), role, grant: None, until: self.in_minutes(minutes) };
        let made = self.store.create_api_key(by, &by.organization, &new).await;
        made.map_err(|error| error.to_string())
    }

    pub(super) async fn holds(&self, key: &Secret) -> bool {
        self.store.api_key(key.expose()).await.unwrap().is_some()
    }

    /// A grant of the private columns of whoever gives it.
    pub(super) async fn give(&self, by: &Acting, to: &OrganizationId, minutes: i64) -> Grant {
        let new = NewGrant {
            grantee: to.clone(),
            state: nc(),
            classes: [FieldClass::Private].into(),
            columns: [].into(),
            counties: None,
            purposes: [Purpose::VoterContact].into(),
            exportable: true,
            not_before: None,
            until: self.in_minutes(minutes),
        };
        self.store.create_grant(by, &new).await.unwrap()
    }

    pub(super) async fn engage(&self, by: &Acting, vendor: &OrganizationId, minutes: i64) -> Engagement {
        let new = Engagement {
            vendor: vendor.clone(),
            organization: by.organization.clone(),
            classes: [FieldClass::Private].into(),
            exportable: true,
            not_before: self.clock.now(),
            until: self.in_minutes(minutes),
            revoked_at: None,
        };
        self.store.engage(by, &new).await.unwrap()
    }

    /// The ids of the grants of an organization that hold.
    pub(super) async fn given(&self, by: &OrganizationId) -> Vec<String> {
        let mut given = self.store.grants_by(by).await.unwrap();
        given.retain(|grant| grant.revoked_at.is_none());
        let mut ids: Vec<String> = given.into_iter().map(|grant| grant.id.to_string()).collect();
        ids.sort();
        ids
    }

    pub(super) async fn disabled(&self, organization: &OrganizationId, id: &UserId) -> bool {
        self.store.user(organization, id).await.unwrap().unwrap().disabled
    }
}

#[tokio::test]
async fn what_a_key_makes_goes_not_beyond_it_and_does_not_outlive_it() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let own = Acting::local(smith.clone());
        let (chair, _) = office.key(&own, Role::Chair, 60).await.unwrap();
        let by = by_key(&smith, &chair);
        for role in [Role::DataDirector, Role::Organizer, Role::AuditorReader] {
            let error = office.key(&by, role, 30).await.unwrap_err();
            let said = format!("an API key of role `chair` makes nobody `{role}` of `smith`");
            assert!(error.starts_with(&said), "{error}");
            let new = invitation(&smith, "eve@example.org", &[Role::Chair, role], &[]);
            let error = office.store.invite(&by, &new).await.unwrap_err().to_string();
            assert!(error.starts_with(&said), "{error}");
        }
        // A year was asked for.
        let (child, secret) = office.key(&by, Role::Chair, 365 * 24 * 60).await.unwrap();
        assert_eq!(child.expires_at, chair.expires_at);
        let new = invitation(&smith, "eve@example.org", &[Role::Chair], &[]);
        let (invited, _) = office.store.invite(&by, &new).await.unwrap();
        assert_eq!(invited.expires_at, chair.expires_at);
        office.wait_minutes(60);
        assert!(!office.holds(&secret).await && office.store.invitations(&smith).await.unwrap().is_empty());
        // It is over, and makes nothing any more; nor does one that never was.
        let gone = Acting { principal: Principal::Key(ApiKeyId::from_random([7; 15])), ..by.clone() };
        for by in [by, gone] {
            let error = office.key(&by, Role::Chair, 5).await.unwrap_err();
            assert!(error.starts_with("`smith` has no API key `k-"), "{error}");
            assert!(office.store.invite(&by, &new).await.is_err());
        }
    })
    .await;
}

#[tokio::test]
async fn with_a_revoked_key_ends_all_that_came_of_it_and_nothing_else() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let party = office.organization("nc-party", OrganizationKind::State).await;
        let own = Acting::local(party.clone());
        let ann = office.hire(&party, "ann@example.org", &[Role::Chair]).await;
        let ann_acts = Acting { organization: party.clone(), principal: Principal::User(ann.user.clone()) };
        let (leaked, leaked_secret) = office.key(&ann_acts, Role::DataDirector, 600).await.unwrap();
        let (_, kept) = office.key(&ann_acts, Role::DataDirector, 1200).await.unwrap();
        let by = by_key(&party, &leaked);
        let campaign = organization("rivera", OrganizationKind::Campaign);
        let rivera = office.store.create_organization(&by, &campaign).await.unwrap().id;

        // A key's key, and its key; an account, and whom that one invited, and its key; an open invitation.
        let (second, second_secret) = office.key(&by, Role::DataDirector, 600).await.unwrap();
        let (_, third) = office.key(&by_key(&party, &second), Role::Chair, 600).await.unwrap();
        let invite = async |by: &Acting, to: &OrganizationId, email: &str| {
            let new = invitation(to, email, &[Role::Chair], &[]);
            office.store.invite(by, &new).await.unwrap().1
        };
        let eve = office.accept(invite(&by, &party, "eve@example.org").await.expose(), "").await;
        let eve_acts = Acting { organization: party.clone(), principal: Principal::User(eve.user.clone()) };
        let bob = office.accept(invite(&eve_acts, &party, "bob@example.org").await.expose(), "").await;
        let (_, eves) = office.key(&eve_acts, Role::DataDirector, 365 * 24 * 60).await.unwrap();
        let open = invite(&by, &party, "mal@example.org").await;
        let spare = invite(&by, &rivera, "spare@example.org").await;
        let manager = office.accept(invite(&by, &rivera, "manager@example.org").await.expose(), "").await;
        let cy = office.accept(invite(&own, &party, "cy@example.org").await.expose(), "").await;

        // Also when it is over already: what it made may not be.
        office.wait_minutes(600);
        assert!(!office.holds(&leaked_secret).await && !office.holds(&eves).await, "hers ends with it");
        office.store.revoke_api_key(&ann_acts, &party, &leaked.id).await.unwrap();
        for key in [&second_secret, &third, &eves] {
            assert!(!office.holds(key).await);
        }
        for person in [&eve, &bob] {
            assert!(
                office.disabled(&party, &person.user).await
                    && !office.is_signed_in(&person.session.token).await
            );
            assert_eq!(office.sign_in(person).await, None);
        }
        for code in [&open, &spare] {
            assert!(office.store.open_invitation(code.expose(), MARK).await.unwrap().is_none());
        }
        assert!(office.holds(&kept).await);
        assert!(!office.disabled(&party, &ann.user).await && !office.disabled(&party, &cy.user).await);
        assert!(!office.disabled(&rivera, &manager.user).await, "another organization's people are its own");
        let record = &office.records("api_key_revoked").await[0];
        for gone in [second.id.as_str(), eve.user.as_str(), bob.user.as_str()] {
            assert!(record.details.contains(gone), "{}", record.details);
        }
        // Who should stay is let in again.
        office.store.enable_user(&ann_acts, &party, &bob.user).await.unwrap();
        assert!(office.sign_in(&bob).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn who_revokes_a_key_that_they_came_of_ends_with_it() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let (key, secret) = office.key(&Acting::local(smith.clone()), Role::Chair, 60).await.unwrap();
        let new = invitation(&smith, "ann@example.org", &[Role::Chair], &[]);
        let (_, code) = office.store.invite(&by_key(&smith, &key), &new).await.unwrap();
        let ann = office.accept(code.expose(), "").await;
        let ann_acts = Acting { organization: smith.clone(), principal: Principal::User(ann.user.clone()) };
        let (_, hers) = office.key(&ann_acts, Role::Chair, 600).await.unwrap();
        assert_eq!(office.store.keys_behind(&ann_acts.principal).await.unwrap(), [key.id.clone()].into());
        office.store.revoke_api_key(&ann_acts, &smith, &key.id).await.unwrap();
        assert!(!office.holds(&secret).await && !office.holds(&hers).await);
        assert!(!office.is_signed_in(&ann.session.token).await && office.disabled(&smith, &ann.user).await);
        assert_eq!(office.sign_in(&ann).await, None);
        // Somebody who came of no key keeps her.
        office.store.enable_user(&Acting::local(smith.clone()), &smith, &ann.user).await.unwrap();
        assert!(office.sign_in(&ann).await.is_some());
        assert!(office.store.keys_behind(&ann_acts.principal).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn with_a_disabled_person_end_the_keys_whose_secrets_they_know() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let ann = office.hire(&smith, "ann@example.org", &[Role::DataDirector]).await;
        let by = office.store.session(ann.session.token.expose()).await.unwrap().unwrap().acting();
        let (key, secret) = office.key(&by, Role::DataDirector, 600).await.unwrap();
        let (_, of_key) = office.key(&by_key(&smith, &key), Role::DataDirector, 60).await.unwrap();
        let (_, own) = office.key(&Acting::local(smith.clone()), Role::Organizer, 60).await.unwrap();
        let new = invitation(&smith, "eve@example.org", &[Role::Chair], &[]);
        office.store.invite(&by, &new).await.unwrap();
        let bob = office.hire(&smith, "bob@example.org", &[Role::Organizer]).await;

        office.store.disable_user(&Acting::local(smith.clone()), &smith, &ann.user).await.unwrap();
        assert!(!office.holds(&secret).await && !office.holds(&of_key).await);
        assert!(office.store.invitations(&smith).await.unwrap().is_empty());
        assert!(office.holds(&own).await && !office.disabled(&smith, &bob.user).await, "others' stay");
        let record = office.records("user_disabled").await.pop().unwrap();
        assert!(record.details.contains(key.id.as_str()), "{}", record.details);
    })
    .await;
}

pub(super) fn person(organization: &OrganizationId, person: &Person) -> Acting {
    Acting { organization: organization.clone(), principal: Principal::User(person.user.clone()) }
}

#[tokio::test]
async fn what_a_key_gives_ends_with_it_and_when_it_is_revoked() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let smith = office.organization("smith", OrganizationKind::Campaign).await;
        let jones = office.organization("jones", OrganizationKind::Campaign).await;
        let printers = office.organization("printers", OrganizationKind::Vendor).await;
        let callers = office.organization("callers", OrganizationKind::Vendor).await;
        let texters = office.organization("texters", OrganizationKind::Vendor).await;
        let ann = office.hire(&smith, "ann@example.org", &[Role::DataDirector]).await;
        let ann_acts = person(&smith, &ann);
        let (leaked, _) = office.key(&ann_acts, Role::DataDirector, 600).await.unwrap();
        let by = by_key(&smith, &leaked);

        // Of what was asked for it has as much as the key has left, and says so.
        let given = office.give(&by, &jones, 365 * 24 * 60).await;
        assert_eq!(given.until.to_string(), leaked.expires_at.replace(".000", ""));
        let short = office.give(&by, &jones, 60).await;
        assert_eq!(short.until, office.in_minutes(60));
        let engaged = office.engage(&by, &printers, 365 * 24 * 60).await;
        assert_eq!(engaged.until, given.until);
        assert_eq!(office.store.engagements_of(&smith).await.unwrap(), [engaged]);
        // What came of it gives, too, and lets hold again.
        let (second, _) = office.key(&by, Role::DataDirector, 600).await.unwrap();
        let of_second = office.give(&by_key(&smith, &second), &jones, 600).await;
        let new = invitation(&smith, "eve@example.org", &[Role::Chair], &[]);
        let (_, code) = office.store.invite(&by, &new).await.unwrap();
        let eve = office.accept(code.expose(), "").await;
        let eve_acts = person(&smith, &eve);
        let of_eve = office.give(&eve_acts, &jones, 365 * 24 * 60).await;
        office.engage(&eve_acts, &callers, 6000).await;
        let hers = office.give(&ann_acts, &jones, 6000).await;
        let restored = office.give(&by, &jones, 600).await;
        office.store.revoke_grant(&by, &restored.id).await.unwrap();
        office.store.restore_grant(&eve_acts, &restored.id).await.unwrap();
        let answered_for = office.give(&by, &jones, 600).await;
        office.store.revoke_grant(&by, &answered_for.id).await.unwrap();
        office.store.restore_grant(&ann_acts, &answered_for.id).await.unwrap();
        office.engage(&ann_acts, &texters, 6000).await;
        let bob = office.hire(&smith, "bob@example.org", &[Role::Organizer]).await;
        assert_eq!(office.given(&smith).await.len(), 7);

        // One is over by itself; the others end now.
        office.wait_minutes(61);
        let before = office.store.access_epoch().await.unwrap();
        let link = office.store.create_recovery(&eve_acts, &smith, &eve.user).await.unwrap();
        office.store.revoke_api_key(&ann_acts, &smith, &leaked.id).await.unwrap();
        let mut kept = vec![hers.id.to_string(), answered_for.id.to_string(), short.id.to_string()];
        kept.sort();
        assert_eq!(office.given(&smith).await, kept);
        assert!(office.store.access_epoch().await.unwrap() > before);
        let ended = office.store.engagements_of(&smith).await.unwrap();
        let holding: Vec<&str> = ended
            .iter()
            .filter(|engagement| engagement.revoked_at.is_none())
            .map(|engagement| engagement.vendor.as_str())
            .collect();
        assert_eq!(holding, ["texters"]);
        let new = "another four odd words";
        assert!(
            office.store.recover(link.expose(), new).await.is_err(),
            "the link of an account that came of it"
        );

        // Each as if it had been revoked by itself, and all of them by the revocation of the key.
        let gone = [&given, &of_second, &of_eve, &restored].map(|grant| grant.id.to_string());
        let records = office.records("grant_revoked").await;
        for id in &gone {
            let record = records.iter().rfind(|record| record.about.as_deref() == Some(id)).unwrap();
            assert_eq!(
                (record.principal.as_deref(), record.organization_id.as_str()),
                (Some(ann.user.as_str()), "smith")
            );
            assert!(!record.details.contains(r#""revoked_at":null"#), "{}", record.details);
        }
        assert_eq!(office.records("engagement_ended").await.len(), 2);
        let record = &office.records("api_key_revoked").await[0];
        for id in gone.iter().map(String::as_str).chain(["printers", "callers"]) {
            assert!(record.details.contains(id), "{}", record.details);
        }

        // With somebody who is disabled end their links; what they gave is the organization's.
        let link = office.store.create_recovery(&person(&smith, &bob), &smith, &ann.user).await.unwrap();
        let of_bob = office.give(&person(&smith, &bob), &jones, 60).await;
        office.store.disable_user(&ann_acts, &smith, &bob.user).await.unwrap();
        assert!(office.store.recover(link.expose(), new).await.is_err());
        assert!(office.given(&smith).await.contains(&of_bob.id.to_string()));
    })
    .await;
}

#[tokio::test]
async fn a_key_gives_away_nothing_that_could_not_be_taken_back_with_it() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let owner = OrganizationId::local();
        let (key, _) = office.key(&local(), Role::DataDirector, 600).await.unwrap();
        let by = by_key(&owner, &key);
        let campaign = organization("smith", OrganizationKind::Campaign);
        office.store.create_organization(&by, &campaign).await.unwrap();
        let error = office.store.set_directory_owner(&by, &campaign.id).await.unwrap_err().to_string();
        assert!(error.starts_with("an API key does not give the data folder to another"), "{error}");
        let party = organization("nc-party", OrganizationKind::State);
        let error = office.store.create_organization(&by, &party).await.unwrap_err().to_string();
        assert!(error.starts_with("an API key registers no organization of kind state"), "{error}");
        // Nor by way of an account: with whoever answers for it, it may.
        let new = invitation(&owner, "eve@example.org", &[Role::DataDirector], &[]);
        let (_, code) = office.store.invite(&by, &new).await.unwrap();
        let eve = office.accept(code.expose(), "").await;
        let eve_acts = person(&owner, &eve);
        let error = office.store.create_organization(&eve_acts, &party).await.unwrap_err().to_string();
        assert!(error.starts_with("an account that came of an API key registers no organization"), "{error}");
        let error = office.store.set_directory_owner(&eve_acts, &campaign.id).await.unwrap_err().to_string();
        assert!(error.contains("nor does an account that came of one"), "{error}");
        let ann = office.hire(&owner, "ann@example.org", &[Role::DataDirector]).await;
        office.store.keep_user(&person(&owner, &ann), &owner, &eve.user).await.unwrap();
        office.store.create_organization(&eve_acts, &party).await.unwrap();
    })
    .await;
}
