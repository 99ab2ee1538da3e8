//! What runs ends with the session or key that began it.

use super::{Office, local};
use crate::access::api_key::NewApiKey;
use crate::store::Store;
use crate::testing::{World, nc, on_each_database};
use hustings_access::verb::Read;
use hustings_access::{Actor, OrganizationId, Request, Role};
use std::time::Duration;

/// What a revocation may take until nothing more leaves.
const SOON: Duration = Duration::from_millis(900);

/// Whether a stream that `actor` began goes on after `then`; before it, it did.
async fn goes_on(store: &Store, actor: &Actor, then: impl AsyncFnOnce()) -> bool {
    let permit = store.permit::<Read>(actor, Request::voters_of(nc())).await.unwrap();
    permit
        .enter_async(async |act| {
            assert!(store.still_holds(act).await.unwrap());
            then().await;
            tokio::time::sleep(SOON).await;
            store.still_holds(act).await.unwrap()
        })
        .await
}

#[tokio::test]
async fn signed_out_disabled_or_revoked_nothing_goes_on() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let store = &office.store;
        let house = OrganizationId::local();
        let ann = office.hire(&house, "ann@example.org", &[Role::DataDirector]).await;
        let bea = office.hire(&house, "bea@example.org", &[Role::DataDirector]).await;
        let actor = async |token: &str| {
            let session = store.session(token).await.unwrap().unwrap();
            store.actor_of_session(&session, None).await.unwrap()
        };
        let first = ann.session.token.expose();

        let other = actor(bea.session.token.expose()).await;
        let left = goes_on(store, &other, async || store.sign_out(first).await.unwrap()).await;
        assert!(left, "somebody else's sign-out is no reason to stop");

        let second = office.sign_in(&ann).await.unwrap();
        let again = actor(second.token.expose()).await;
        // Whoever only sits back has not signed out.
        assert!(goes_on(store, &again, async || office.wait_minutes(45)).await);
        let third = office.sign_in(&ann).await.unwrap();
        let with_third = actor(third.token.expose()).await;
        assert!(
            goes_on(store, &again, async || store.sign_out(third.token.expose()).await.unwrap()).await,
            "another session of the same person"
        );
        // Whoever was recognized, signed out, and only then decided about, does not begin either.
        let permit = store.permit::<Read>(&with_third, Request::voters_of(nc())).await.unwrap();
        assert!(!permit.enter_async(async |act| store.still_holds(act).await.unwrap()).await);

        let fourth = office.sign_in(&ann).await.unwrap();
        let with_fourth = actor(fourth.token.expose()).await;
        let token = fourth.token.expose();
        assert!(!goes_on(store, &with_fourth, async || store.sign_out(token).await.unwrap()).await);

        let fifth = office.sign_in(&ann).await.unwrap();
        let with_fifth = actor(fifth.token.expose()).await;
        let everywhere = async || store.sign_out_everywhere(fifth.token.expose()).await.unwrap();
        assert!(!goes_on(store, &with_fifth, everywhere).await);

        let sixth = office.sign_in(&ann).await.unwrap();
        let with_sixth = actor(sixth.token.expose()).await;
        let disabled = async || store.disable_user(&local(), &house, &ann.user).await.unwrap();
        assert!(!goes_on(store, &with_sixth, disabled).await);

        let new = NewApiKey {
            name: "nightly".to_owned(),
            role: Role::DataDirector,
            grant: None,
            until: office.in_minutes(60),
        };
        let (key, _) = store.create_api_key(&local(), &house, &new).await.unwrap();
        let program = store.actor_of_key(&key, None).await.unwrap();
        let revoked = async || store.revoke_api_key(&local(), &house, &key.id).await.unwrap();
        assert!(!goes_on(store, &program, revoked).await);

        let (key, _) = store.create_api_key(&local(), &house, &new).await.unwrap();
        let program = store.actor_of_key(&key, None).await.unwrap();
        assert!(!goes_on(store, &program, async || office.wait_minutes(60)).await, "the key has ended");
    })
    .await;
}
