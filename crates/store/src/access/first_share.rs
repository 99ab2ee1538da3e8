//! Whoever adds an overlay of an owner that nobody has registered goes on to see it: by a grant in that owner's name, which
//! stands in its list of grants and which it can revoke.

use super::{Acting, Deed, grant, instant, organization};
use crate::error::StoreError;
use crate::settings::random;
use crate::store::Store;
use hustings_access::{Grant, GrantId, OrganizationId, Purpose};
use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use serde_json::json;

#[derive(FromQueryResult)]
struct Provisional {
    provisional: i64,
}

#[derive(FromQueryResult)]
struct Classes {
    classes: String,
}

#[derive(FromQueryResult)]
struct Adopted {
    owner: String,
    class: String,
    state: String,
}

impl Store {
    /// After the migration that registered the owners of the overlays that were there: grants those, once.
    pub(crate) async fn share_adopted(&self) -> Result<(), StoreError> {
        let sql = "SELECT DISTINCT a.owner, a.class, a.state FROM appends a JOIN settings s \
                   ON s.name = 'overlays_unshared'";
        let adopted = self.database.all::<Adopted>("read adopted", sql, Vec::new()).await?;
        if adopted.is_empty() {
            return Ok(());
        }
        for Adopted { owner, class, state } in adopted {
            if let Ok(owner) = owner.parse() {
                let (class, state) =
                    (super::parsed("an append", &class)?, super::parsed("an append", &state)?);
                self.share_unregistered(&owner, class, state).await?;
            }
        }
        let transaction = self.database.begin("share adopted").await?;
        transaction.execute("DELETE FROM settings WHERE name = 'overlays_unshared'", Vec::new()).await?;
        transaction.commit().await
    }

    /// Grants the directory's owner the data of this class and state of an organization that is known only by its data.
    /// Nothing is granted for one that was registered, nor a second time: a grant that was revoked stays revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn share_unregistered(
        &self,
        owner: &OrganizationId,
        class: FieldClass,
        state: StateCode,
    ) -> Result<Option<GrantId>, StoreError> {
        let deed = Deed::begin(self, "share unregistered").await?;
        let sql = "SELECT provisional FROM organizations WHERE id = $1";
        let known = deed.one::<Provisional>(sql, vec![owner.as_str().into()]).await?;
        let grantee = organization::directory_owner(&deed.transaction).await?;
        if known.is_none_or(|known| known.provisional == 0) || grantee == *owner {
            return Ok(None);
        }
        let given = deed
            .transaction
            .all::<Classes>(
                "SELECT classes FROM grants WHERE owner_id = $1 AND grantee_id = $2 AND state = $3",
                vec![owner.as_str().into(), grantee.as_str().into(), state.as_str().into()],
            )
            .await?;
        for Classes { classes } in given {
            if super::parsed_json::<Vec<FieldClass>>("a grant", &classes)?.contains(&class) {
                return Ok(None);
            }
        }
        let epoch = deed.raise_epoch().await?;
        let grant = Grant {
            id: GrantId::from_random(random()?),
            owner: owner.clone(),
            grantee,
            state,
            classes: [class].into(),
            columns: [].into(),
            counties: None,
            purposes: Purpose::ALL.iter().copied().filter(|one| *one != Purpose::Commercial).collect(),
            exportable: true,
            not_before: instant(deed.now())?,
            until: Timestamp::MAX,
            epoch: u64::try_from(epoch).unwrap_or(0),
            revoked_at: None,
            custody: false,
        };
        grant::insert(&deed, &grant, None).await?;
        let event = Acting::local(owner.clone()).event("grant_created", grant.id.as_str(), json!(grant));
        deed.done(&event).await?;
        Ok(Some(grant.id))
    }
}
