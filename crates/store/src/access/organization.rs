//! Organizations: registered, listed, named as owner of the directory.

use super::origin::Origin;
use super::{Acting, Deed, base_owner, checked_counties, checked_name, grant, later, parsed, parsed_json};
use crate::audit::outbox::PLATFORM_LOG;
use crate::database::Transaction;
use crate::error::StoreError;
use crate::store::{Store, stamp};
use hustings_access::{Organization, OrganizationId, OrganizationKind, Principal};
use hustings_core::FieldClass;
use sea_orm::FromQueryResult;
use serde_json::json;

/// What a key does not do: it could not be taken back with the key.
pub const GIVEN_BY_NO_KEY: &str = "an API key does not give the data folder to another, nor does an account that came of one: whoever can open it may";

/// The action under which it is recorded that an id was taken.
const TAKEN: &str = "registration_refused";
/// So many ids that are taken an organization may ask for within a day.
const TAKEN_A_DAY_MAX: i64 = 10;

const SELECT: &str = "SELECT id, kind, name, state, counties, registered_by, provisional FROM organizations";

#[derive(FromQueryResult)]
struct Row {
    id: String,
    kind: String,
    name: String,
    state: Option<String>,
    counties: Option<String>,
    registered_by: Option<String>,
    provisional: i64,
}

impl Row {
    fn read(self) -> Result<Organization, StoreError> {
        Ok(Organization {
            id: parsed("an organization", &self.id)?,
            kind: parsed("an organization", &self.kind)?,
            name: self.name,
            state: self.state.map(|state| parsed("an organization", &state)).transpose()?,
            counties: self.counties.map(|list| parsed_json("an organization", &list)).transpose()?,
            registered_by: self.registered_by.map(|id| parsed("an organization", &id)).transpose()?,
        })
    }
}

impl Store {
    /// Registers an organization. One of kind state or external_state becomes the owner of its state's base; where the
    /// directory's owner had loaded that state's list, it gets custody of it by a grant that the state can revoke. An
    /// organization that so far was only named by an overlay is completed by whoever named it, or by the command line where
    /// nobody is known to have: nobody else takes it over, with its columns, by registering its id.
    ///
    /// Ids are of one name space, so whoever registers learns whether one is taken. Each such refusal is recorded, and so many
    /// within a day are the last for that day: nobody goes through the names of those who may be here.
    ///
    /// # Errors
    /// When the id is taken, so many were within a day, a key completes what did not come of it, the state has an owner already, a key or an account that came of one registers a state's
    /// own party, which nobody could take back with the key, kind and state or counties do not fit, or the database fails.
    pub async fn create_organization(
        &self,
        by: &Acting,
        new: &Organization,
    ) -> Result<Organization, StoreError> {
        let mut new = new.clone();
        new.name = checked_name("the organization's name", &new.name)?;
        new.counties = new.counties.as_ref().map(checked_counties).transpose()?;
        check(&new)?;
        let deed = Deed::begin(self, "create organization").await?;
        if new.kind.owns_base() {
            let by_key = matches!(by.principal, Principal::Key(_));
            if by_key || Origin::of(&deed, &by.principal).await?.end().is_some() {
                let who = if by_key { "an API key" } else { "an account that came of an API key" };
                return Err(StoreError::Refused(format!(
                    "{who} registers no organization of kind {}, which owns the list of its state: somebody who has \
                     signed in and came of no key may",
                    new.kind
                )));
            }
        }
        if by.principal != Principal::Local && refused_lately(self, &deed, by).await? >= TAKEN_A_DAY_MAX {
            return Err(StoreError::Refused(format!(
                "`{}` asked for {TAKEN_A_DAY_MAX} ids within a day that were taken: wait a day, or ask the owner of this \
                 system to register it",
                by.organization
            )));
        }
        match row(&deed.transaction, &new.id).await? {
            Some(known) if known.provisional == 0 => return Err(taken(deed, by, &new.id).await?),
            Some(known) => match known.read()?.registered_by {
                // Who named it goes on inviting its first people.
                Some(first) if first == by.organization => new.registered_by = Some(first),
                None if by.principal == Principal::Local => {}
                // The same words: whose overlays lie here is nobody else's to know.
                _ => return Err(taken(deed, by, &new.id).await?),
            },
            None => insert(&deed, by, &new, false).await?,
        }
        // Whose columns lie here already gets its first people from whoever named it, or from who came of no key.
        demand_made(&deed, by, &new.id).await?;
        deed.execute(
            "UPDATE organizations SET kind = $1, name = $2, state = $3, counties = $4, registered_by = $5, \
             provisional = 0, updated_at = $6, updated_by = $7, made_by = $9 WHERE id = $8",
            vec![
                new.kind.as_str().into(),
                new.name.as_str().into(),
                new.state.map(|state| state.as_str().to_owned()).into(),
                counties(&new).into(),
                new.registered_by.as_ref().map(|id| id.as_str().to_owned()).into(),
                deed.now().into(),
                deed.name().into(),
                new.id.as_str().into(),
                by.principal.to_string().into(),
            ],
        )
        .await?;
        let mut custody = None;
        if let (true, Some(state)) = (new.kind.owns_base(), new.state) {
            base_owner::claim(&deed, state, &new.id).await?;
            custody = grant::give_custody(&deed, &new.id, state).await?;
        }
        deed.raise_epoch().await?;
        let mut event = by.event(
            "organization_created",
            new.id.as_str(),
            json!({"kind": new.kind, "name": new.name, "state": new.state, "counties": new.counties,
                   "custody_grant": custody}),
        );
        event.owners.insert(new.id.clone());
        deed.done(&event).await?;
        Ok(new)
    }

    /// The organization that owns an overlay, registered when nobody has done so: owner of `appended` data as national,
    /// of `proprietary` as state (without the base of any), of `private` as campaign. The second value says whether it is
    /// new, so that the caller can say so.
    ///
    /// # Errors
    /// When the class is not one of an overlay's, or the database fails.
    pub async fn register_owner(
        &self,
        by: &Acting,
        owner: &OrganizationId,
        class: FieldClass,
    ) -> Result<(Organization, bool), StoreError> {
        let kind = match class {
            FieldClass::Appended => OrganizationKind::National,
            FieldClass::Proprietary => OrganizationKind::State,
            FieldClass::Private => OrganizationKind::Campaign,
            other => {
                return Err(StoreError::Input(format!(
                    "class `{other}` has no owner of its own: expected appended, proprietary or private"
                )));
            }
        };
        refuse_reserved(owner)?;
        if let Some(known) = self.organization(owner).await? {
            return Ok((known, false));
        }
        let deed = Deed::begin(self, "register owner").await?;
        if let Some(known) = row(&deed.transaction, owner).await? {
            return Ok((known.read()?, false));
        }
        let new = Organization {
            id: owner.clone(),
            kind,
            name: owner.to_string(),
            state: None,
            counties: None,
            registered_by: Some(by.organization.clone()).filter(|id| id != owner),
        };
        insert(&deed, by, &new, true).await?;
        deed.raise_epoch().await?;
        let mut event =
            by.event("organization_registered", owner.as_str(), json!({"kind": kind, "class": class}));
        event.owners = [owner.clone()].into();
        deed.done(&event).await?;
        Ok((new, true))
    }

    /// Names the owner of the data directory, who owns the base of every state that has no owner of its own. Nothing that
    /// is written changes.
    ///
    /// # Errors
    /// When a key asks, there is no such organization, its kind cannot own data, or the database fails.
    pub async fn set_directory_owner(&self, by: &Acting, id: &OrganizationId) -> Result<(), StoreError> {
        let deed = Deed::begin(self, "set directory owner").await?;
        let by_key = matches!(by.principal, Principal::Key(_));
        if by_key || Origin::of(&deed, &by.principal).await?.end().is_some() {
            return Err(StoreError::Refused(GIVEN_BY_NO_KEY.to_owned()));
        }
        let new = required(&deed.transaction, id).await?;
        if matches!(new.kind, OrganizationKind::Vendor | OrganizationKind::Auditor) {
            return Err(StoreError::Refused(format!(
                "`{id}` cannot own a data directory: it is of kind {}, which owns no data",
                new.kind
            )));
        }
        let before = directory_owner(&deed.transaction).await?;
        deed.execute(
            "UPDATE settings SET value = $1, updated_at = $2, updated_by = $3 WHERE name = 'directory_owner'",
            vec![id.as_str().into(), deed.now().into(), deed.name().into()],
        )
        .await?;
        deed.raise_epoch().await?;
        let mut event = by.event("directory_owner_set", id.as_str(), json!({"before": before}));
        event.owners.extend([id.clone(), before]);
        deed.done(&event).await
    }

    /// The owner of the data directory.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn directory_owner(&self) -> Result<Organization, StoreError> {
        let sql = format!("{SELECT} WHERE id = (SELECT value FROM settings WHERE name = 'directory_owner')");
        let row = self.database.one::<Row>("read directory owner", &sql, Vec::new()).await?;
        row.ok_or_else(no_directory_owner)?.read()
    }

    /// One organization.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn organization(&self, id: &OrganizationId) -> Result<Option<Organization>, StoreError> {
        let sql = format!("{SELECT} WHERE id = $1");
        let row = self.database.one::<Row>("read organization", &sql, vec![id.as_str().into()]).await?;
        row.map(Row::read).transpose()
    }

    /// All organizations, by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn organizations(&self) -> Result<Vec<Organization>, StoreError> {
        let sql = format!("{SELECT} ORDER BY id");
        let rows = self.database.all::<Row>("list organizations", &sql, Vec::new()).await?;
        rows.into_iter().map(Row::read).collect()
    }
}

/// Records that an id is taken; the refusal. The record is about who asked, and in no log of whom they asked for.
async fn taken(deed: Deed, by: &Acting, id: &OrganizationId) -> Result<StoreError, StoreError> {
    let event = by.event(TAKEN, by.organization.as_str(), json!({ "asked_for": id }));
    deed.done(&event).await?;
    Ok(StoreError::Refused(format!("organization `{id}` is registered already: choose another id")))
}

/// How many ids that were taken an organization asked for within a day.
async fn refused_lately(store: &Store, deed: &Deed, by: &Acting) -> Result<i64, StoreError> {
    #[derive(FromQueryResult)]
    struct Refused {
        refused: i64,
    }
    let since = stamp(later(store.instant(), -24 * 60));
    let sql = "SELECT count(*) AS refused FROM audit_outbox WHERE about = $1 AND action = $2 AND at > $3";
    let values = vec![by.organization.as_str().into(), TAKEN.into(), since.into()];
    Ok(deed.one::<Refused>(sql, values).await?.map_or(0, |row| row.refused))
}

/// Kind, state and counties fit one another.
fn check(new: &Organization) -> Result<(), StoreError> {
    let refuse = |why: &str| Err(StoreError::Input(format!("organization `{}` {why}", new.id)));
    refuse_reserved(&new.id)?;
    if new.kind.owns_base() && new.state.is_none() {
        return refuse(&format!("of kind {} needs its state", new.kind));
    }
    if new.counties.is_some() && new.kind != OrganizationKind::LocalCommittee {
        return refuse(&format!("of kind {} has no counties: only a local committee has", new.kind));
    }
    if new.counties.is_some() && new.state.is_none() {
        return refuse("has counties but no state: name the state");
    }
    Ok(())
}

/// The platform's own log lies beside those of organizations.
fn refuse_reserved(id: &OrganizationId) -> Result<(), StoreError> {
    if id.as_str() == PLATFORM_LOG {
        return Err(StoreError::Input(format!(
            "organization `{id}` cannot be registered: that id is the platform's own log"
        )));
    }
    Ok(())
}

fn counties(organization: &Organization) -> Option<String> {
    organization.counties.as_ref().map(|counties| json!(counties).to_string())
}

async fn insert(deed: &Deed, by: &Acting, new: &Organization, provisional: bool) -> Result<(), StoreError> {
    deed.execute(
        "INSERT INTO organizations (id, kind, name, state, counties, registered_by, provisional, made_by, \
         created_at, updated_at, updated_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $10, $8, $8, $9)",
        vec![
            new.id.as_str().into(),
            new.kind.as_str().into(),
            new.name.as_str().into(),
            new.state.map(|state| state.as_str().to_owned()).into(),
            counties(new).into(),
            new.registered_by.as_ref().map(|id| id.as_str().to_owned()).into(),
            i64::from(provisional).into(),
            deed.now().into(),
            deed.name().into(),
            by.principal.to_string().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Refuses a key, and who came of one, an organization that did not come of the same key: what came of the key there would
/// stay when it ends.
pub(super) async fn demand_made(deed: &Deed, by: &Acting, id: &OrganizationId) -> Result<(), StoreError> {
    #[derive(FromQueryResult)]
    struct Made {
        made_by: Option<String>,
    }
    let sql = "SELECT made_by FROM organizations WHERE id = $1";
    let made = deed.one::<Made>(sql, vec![id.as_str().into()]).await?;
    Origin::demand_made(deed, by, made.and_then(|made| made.made_by).as_deref()).await
}

async fn row(transaction: &Transaction, id: &OrganizationId) -> Result<Option<Row>, StoreError> {
    transaction.one::<Row>(&format!("{SELECT} WHERE id = $1"), vec![id.as_str().into()]).await
}

/// The organization, if there is one.
pub(super) async fn find(
    transaction: &Transaction,
    id: &OrganizationId,
) -> Result<Option<Organization>, StoreError> {
    row(transaction, id).await?.map(Row::read).transpose()
}

/// The organization, or the refusal that names it.
pub(super) async fn required(
    transaction: &Transaction,
    id: &OrganizationId,
) -> Result<Organization, StoreError> {
    find(transaction, id).await?.ok_or_else(|| missing(id))
}

pub(super) fn missing(id: &OrganizationId) -> StoreError {
    StoreError::Input(format!("there is no organization `{id}`: see `hustings org list`"))
}

#[derive(FromQueryResult)]
struct Pointer {
    value: String,
}

/// To whom the data directory belongs, within a transaction.
pub(super) async fn directory_owner(transaction: &Transaction) -> Result<OrganizationId, StoreError> {
    let sql = "SELECT value FROM settings WHERE name = 'directory_owner'";
    let pointer = transaction.one::<Pointer>(sql, Vec::new()).await?.ok_or_else(no_directory_owner)?;
    parsed("the directory's owner", &pointer.value)
}

fn no_directory_owner() -> StoreError {
    StoreError::Connect("the directory's owner is missing: restore the database from a backup".to_owned())
}
