//! The demo's people: entered by their links alone, and nobody else by such a link.

use super::{Office, id};
use crate::testing::{World, on_each_database};
use hustings_access::{OrganizationId, Role};
use std::collections::BTreeSet;

#[tokio::test]
async fn a_demo_account_is_entered_by_its_link_alone_and_no_other_account_by_a_link() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let roles = BTreeSet::from([Role::DataDirector]);
        let make = async || {
            office
                .store
                .demo_user(&id("local"), "ada@example.org", "Ada", &roles, &BTreeSet::new())
                .await
                .unwrap()
        };
        let ada = make().await;
        assert_eq!(make().await, ada, "made once");
        let session = office.store.begin_demo_session(&ada).await.unwrap();
        assert!(office.is_signed_in(&session.token).await);
        let [record] = &office.records("signed_in").await[..] else { panic!("one record") };
        assert!(format!("{record:?}").contains("data_directory"), "{record:?}");
        for password in ["demo", "", "a long enough password"] {
            assert!(office.password("ada@example.org", password).await.is_none(), "{password}");
        }
        let real = office.hire(&OrganizationId::local(), "grace@example.org", &[Role::DataDirector]).await;
        assert!(office.store.begin_demo_session(&real.user).await.is_err());
        let sessions = office.store.sessions(real.session.token.expose()).await.unwrap();
        assert_eq!(sessions.len(), 1);
        assert!(sessions[0].is_this);
    })
    .await;
}
