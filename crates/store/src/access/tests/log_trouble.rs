//! Where the logs cannot be written nothing leaves, also not for a program that has just been started.

use super::*;
use crate::error::StoreError;
use crate::testing::{nc, on_each_database};
use hustings_access::Request;
use hustings_access::verb::{ManageGrants, Read};

#[tokio::test]
async fn while_the_logs_cannot_be_written_no_voter_is_read() {
    on_each_database(async |world: World| {
        let office = Office::open(&world).await;
        let store = &office.store;
        let owner = store.local_actor(None).await.unwrap();
        let read =
            async |store: &Store| store.permit::<Read>(&owner, Request::voters_of(nc())).await.map(drop);
        read(store).await.unwrap();
        store.sequence_logs().await.unwrap();

        let tile = store.log_folder("local").path().join("tile");
        std::fs::rename(&tile, tile.with_extension("aside")).unwrap();
        std::fs::write(&tile, "in the way").unwrap();
        read(store).await.unwrap();
        store.sequence_logs().await.unwrap_err();
        read(store).await.expect("a disk may hiccup");
        office.wait_seconds(30);
        store.sequence_logs().await.unwrap_err();
        let error = read(store).await.unwrap_err();
        assert!(matches!(error, StoreError::Unlogged(_)), "{error}");
        assert!(
            error.to_string().contains("the logs cannot be written since 2026-09-01T12:00:00Z"),
            "{error}"
        );
        // Rights can still be taken away.
        let own = Request::organization(owner.works_in.clone());
        store.permit::<ManageGrants>(&owner, own).await.unwrap();
        let other = office.again(&world).await;
        assert!(read(&other).await.is_err(), "a program that starts meanwhile");

        std::fs::remove_file(&tile).unwrap();
        std::fs::rename(tile.with_extension("aside"), &tile).unwrap();
        store.sequence_logs().await.unwrap();
        read(store).await.unwrap();
        other.sequence_logs().await.unwrap();
        read(&other).await.unwrap();
    })
    .await;
}
