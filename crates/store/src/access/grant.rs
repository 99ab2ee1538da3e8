//! Grants: given by the owner of the data, revoked and restored by the owner alone.

use super::maker::Maker;
use super::origin::Origin;
use super::{Acting, Deed, base_owner, checked_counties, instant, organization, parsed, parsed_json};
use crate::error::StoreError;
use crate::settings::random;
use crate::store::{Store, stamp};
use hustings_access::{Grant, GrantId, OrganizationId, OrganizationKind, Purpose};
use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What an owner asks for: a grant without what only the store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGrant {
    /// Who gets.
    pub grantee: OrganizationId,
    /// The state of the voters.
    pub state: StateCode,
    /// The classes given.
    pub classes: BTreeSet<FieldClass>,
    /// Of these classes only these columns; a class that is not here is given whole.
    pub columns: BTreeMap<FieldClass, BTreeSet<String>>,
    /// Only voters of these counties, in whatever case; none: the whole state.
    pub counties: Option<BTreeSet<String>>,
    /// What the data may be used for.
    pub purposes: BTreeSet<Purpose>,
    /// Whether copies may leave the system.
    pub exportable: bool,
    /// The first instant at which it holds; none: at once.
    pub not_before: Option<Timestamp>,
    /// The first instant at which it no longer holds.
    pub until: Timestamp,
}

const COLUMNS: &str = "id, owner_id, grantee_id, state, classes, columns, counties, purposes, exportable, custody, \
     not_before, until, epoch, revoked_at";

#[derive(FromQueryResult)]
pub(super) struct Row {
    id: String,
    owner_id: String,
    grantee_id: String,
    state: String,
    classes: String,
    columns: Option<String>,
    counties: Option<String>,
    purposes: String,
    exportable: i64,
    custody: i64,
    not_before: String,
    until: String,
    epoch: i64,
    revoked_at: Option<String>,
}

impl Row {
    pub(super) fn read(self) -> Result<Grant, StoreError> {
        let what = "a grant";
        let classes = parsed_json(what, &self.classes)?;
        Ok(Grant {
            id: parsed(what, &self.id)?,
            owner: parsed(what, &self.owner_id)?,
            grantee: parsed(what, &self.grantee_id)?,
            state: parsed(what, &self.state)?,
            columns: match &self.columns {
                None => BTreeMap::new(),
                Some(columns) => columns_of(&classes, parsed_json(what, columns)?),
            },
            classes,
            counties: self.counties.map(|list| parsed_json(what, &list)).transpose()?,
            purposes: parsed_json(what, &self.purposes)?,
            exportable: self.exportable != 0,
            not_before: instant(&self.not_before)?,
            until: instant(&self.until)?,
            epoch: u64::try_from(self.epoch).map_err(|error| super::unknown(what)(&error))?,
            revoked_at: self.revoked_at.map(|at| instant(&at)).transpose()?,
            custody: self.custody != 0,
        })
    }
}

/// The columns of a grant as they are stored.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    ByClass(BTreeMap<FieldClass, BTreeSet<String>>),
    /// Of a grant of before columns were told by their class: the list narrowed each of its classes.
    OfAll(BTreeSet<String>),
}

fn columns_of(classes: &BTreeSet<FieldClass>, stored: Stored) -> BTreeMap<FieldClass, BTreeSet<String>> {
    match stored {
        Stored::ByClass(columns) => columns,
        Stored::OfAll(columns) => classes.iter().map(|class| (*class, columns.clone())).collect(),
    }
}

impl Store {
    /// Gives a grant of data that `by`'s organization owns. One that a key gives ends with the key at the latest.
    ///
    /// # Errors
    /// When the grantee is not registered or of a kind that takes no grants, the class cannot be granted or the base
    /// belongs to another, the grant is empty or over before it begins, or the database fails.
    pub async fn create_grant(&self, by: &Acting, new: &NewGrant) -> Result<Grant, StoreError> {
        let deed = Deed::begin(self, "create grant").await?;
        let owner = &by.organization;
        organization::required(&deed.transaction, owner).await?;
        let grantee = organization::required(&deed.transaction, &new.grantee).await?;
        let now = instant(deed.now())?;
        let until = Maker::of(&deed, by).await?.end_of(new.until);
        check(owner, grantee.kind, new, until, now)?;
        if new.classes.contains(&FieldClass::Base) {
            let base_owner = match base_owner::of(&deed, new.state).await? {
                Some(base_owner) => base_owner,
                None => organization::directory_owner(&deed.transaction).await?,
            };
            if base_owner != *owner {
                return Err(StoreError::Refused(format!(
                    "`{owner}` cannot grant the base of {}: it belongs to `{base_owner}`",
                    new.state
                )));
            }
        }
        let epoch = deed.raise_epoch().await?;
        let grant = Grant {
            id: GrantId::from_random(random()?),
            owner: owner.clone(),
            grantee: new.grantee.clone(),
            state: new.state,
            classes: new.classes.clone(),
            columns: new.columns.clone(),
            counties: new.counties.as_ref().map(checked_counties).transpose()?,
            purposes: new.purposes.clone(),
            exportable: new.exportable,
            not_before: new.not_before.unwrap_or(now),
            until,
            epoch: u64::try_from(epoch).unwrap_or(0),
            revoked_at: None,
            custody: false,
        };
        insert(&deed, &grant, Some(by)).await?;
        deed.done(&by.event("grant_created", grant.id.as_str(), json!(grant))).await?;
        Ok(grant)
    }

    /// Revokes a grant of `by`'s organization. Once this returns nothing is decided under it any more, and what runs under it
    /// ends within a second. Revoking it again changes nothing.
    ///
    /// # Errors
    /// When `by`'s organization has given no such grant, a key does it or somebody who came of one and the grant did not come
    /// of the same, or the database fails.
    pub async fn revoke_grant(&self, by: &Acting, id: &GrantId) -> Result<Grant, StoreError> {
        self.turn_grant(by, id, true).await
    }

    /// Lets a revoked grant of `by`'s organization hold again, with what was made under it. One that a key lets hold again, or
    /// somebody who came of one, ends with the key at the latest, as a new one does.
    ///
    /// # Errors
    /// When `by`'s organization has given no such grant, a key does it or somebody who came of one and the grant did not come
    /// of the same, or the database fails.
    pub async fn restore_grant(&self, by: &Acting, id: &GrantId) -> Result<Grant, StoreError> {
        self.turn_grant(by, id, false).await
    }

    async fn turn_grant(&self, by: &Acting, id: &GrantId, revoke: bool) -> Result<Grant, StoreError> {
        let (name, action) =
            if revoke { ("revoke grant", "grant_revoked") } else { ("restore grant", "grant_restored") };
        let deed = Deed::begin(self, name).await?;
        let sql = format!("SELECT {COLUMNS} FROM grants WHERE id = $1 AND owner_id = $2");
        let row = deed.one::<Row>(&sql, vec![id.as_str().into(), by.organization.as_str().into()]).await?;
        // The same words whether it does not exist or belongs to others.
        let mut grant = row
            .ok_or_else(|| {
                StoreError::Input(format!(
                    "`{}` has given no grant `{id}`: see `hustings grant list`",
                    by.organization
                ))
            })?
            .read()?;
        let maker = maker_of(&deed, id).await?;
        Origin::demand_made(&deed, by, maker.as_deref()).await?;
        if grant.revoked_at.is_some() == revoke {
            return Ok(grant);
        }
        let revoked_at = revoke.then(|| deed.now().to_owned());
        // Who lets it hold again answers for it from then on.
        let restored_by = (!revoke).then(|| by.principal.to_string());
        if !revoke {
            grant.until = Maker::of(&deed, by).await?.end_of(grant.until);
        }
        deed.execute(
            "UPDATE grants SET revoked_at = $1, updated_at = $2, updated_by = $3, made_by = coalesce($5, made_by), \
             until = $6 WHERE id = $4",
            vec![
                revoked_at.clone().into(),
                deed.now().into(),
                deed.name().into(),
                id.as_str().into(),
                restored_by.into(),
                stamp(grant.until).into(),
            ],
        )
        .await?;
        deed.raise_epoch().await?;
        grant.revoked_at = revoked_at.map(|at| instant(&at)).transpose()?;
        deed.done(&by.event(action, id.as_str(), json!(grant))).await?;
        Ok(grant)
    }

    /// The grants that an organization has given, newest first: with dead ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn grants_by(&self, owner: &OrganizationId) -> Result<Vec<Grant>, StoreError> {
        self.grants_where("owner_id", owner).await
    }

    /// The grants that an organization has got, newest first: with dead ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn grants_to(&self, grantee: &OrganizationId) -> Result<Vec<Grant>, StoreError> {
        self.grants_where("grantee_id", grantee).await
    }

    async fn grants_where(&self, side: &str, id: &OrganizationId) -> Result<Vec<Grant>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM grants WHERE {side} = $1 ORDER BY created_at DESC, id");
        let rows = self.database.all::<Row>("list grants", &sql, vec![id.as_str().into()]).await?;
        rows.into_iter().map(Row::read).collect()
    }
}

/// Who gave a grant, or last let it hold again, as far as that is known.
async fn maker_of(deed: &Deed, id: &GrantId) -> Result<Option<String>, StoreError> {
    #[derive(FromQueryResult)]
    struct Made {
        made_by: Option<String>,
    }
    let made = deed.one::<Made>("SELECT made_by FROM grants WHERE id = $1", vec![id.as_str().into()]).await?;
    Ok(made.and_then(|made| made.made_by))
}

fn check(
    owner: &OrganizationId,
    grantee: OrganizationKind,
    new: &NewGrant,
    until: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let refuse = |why: String| Err(StoreError::Input(format!("this grant cannot be given: {why}")));
    if *owner == new.grantee {
        return refuse(format!("`{owner}` needs no grant of its own data"));
    }
    match grantee {
        OrganizationKind::Vendor => {
            return refuse(format!(
                "`{}` is a vendor, who acts for an organization that engages it and gets nothing itself",
                new.grantee
            ));
        }
        OrganizationKind::Auditor => {
            return refuse(format!("`{}` is an auditor, who reads logs and never voters", new.grantee));
        }
        _ => {}
    }
    if new.classes.is_empty() || new.purposes.is_empty() {
        return refuse("it names no class or no purpose".to_owned());
    }
    if let Some(class) =
        new.classes.iter().find(|class| matches!(class, FieldClass::Restricted | FieldClass::Exchange))
    {
        return refuse(format!("class `{class}` is granted to nobody"));
    }
    if new.purposes.contains(&Purpose::Commercial) {
        return refuse("voter data are never for commercial use".to_owned());
    }
    if new.columns.values().any(BTreeSet::is_empty) {
        return refuse("the list of columns is empty: name one, or none at all for all of them".to_owned());
    }
    if let Some(class) = new.columns.keys().find(|class| !new.classes.contains(class)) {
        return refuse(format!("columns of class `{class}` are named, and the class is not given"));
    }
    if until <= now || new.not_before.is_some_and(|begin| until <= begin) {
        return refuse(format!("it would be over before it begins: it ends at {}", stamp(until)));
    }
    Ok(())
}

/// When the directory's owner has lists of a state whose organization is registered now: the grant by which it may keep
/// them up to date.
pub(super) async fn give_custody(
    deed: &Deed,
    owner: &OrganizationId,
    state: StateCode,
) -> Result<Option<GrantId>, StoreError> {
    #[derive(FromQueryResult)]
    struct Loaded {
        loaded: i64,
    }
    let grantee = organization::directory_owner(&deed.transaction).await?;
    let sql = "SELECT count(*) AS loaded FROM snapshots WHERE state = $1";
    let loaded = deed.one::<Loaded>(sql, vec![state.as_str().into()]).await?;
    if grantee == *owner || loaded.is_none_or(|row| row.loaded == 0) {
        return Ok(None);
    }
    let epoch = deed.raise_epoch().await?;
    let grant = Grant {
        id: GrantId::from_random(random()?),
        owner: owner.clone(),
        grantee,
        state,
        classes: [FieldClass::Base].into(),
        columns: BTreeMap::new(),
        counties: None,
        purposes: Purpose::ALL.iter().copied().filter(|purpose| *purpose != Purpose::Commercial).collect(),
        exportable: true,
        not_before: instant(deed.now())?,
        until: Timestamp::MAX,
        epoch: u64::try_from(epoch).unwrap_or(0),
        revoked_at: None,
        custody: true,
    };
    insert(deed, &grant, None).await?;
    Ok(Some(grant.id))
}

/// Revokes what somebody gave, or let hold again, and what holds still or is to: each with the record of a revocation. The ids.
pub(super) async fn revoke_made_by(deed: &Deed, by: &Acting, maker: &str) -> Result<Vec<String>, StoreError> {
    let sql = format!(
        "UPDATE grants SET revoked_at = $1, updated_at = $1, updated_by = $2 \
         WHERE made_by = $3 AND revoked_at IS NULL AND until > $1 RETURNING {COLUMNS}"
    );
    let values = vec![deed.now().into(), deed.name().into(), maker.into()];
    let rows = deed.transaction.all::<Row>(&sql, values).await?;
    if !rows.is_empty() {
        deed.raise_epoch().await?;
    }
    let mut revoked = Vec::with_capacity(rows.len());
    for row in rows {
        let grant = row.read()?;
        let mut event = by.event("grant_revoked", grant.id.as_str(), json!(grant));
        event.owners.insert(grant.owner.clone());
        deed.record(&event).await?;
        revoked.push(grant.id.to_string());
    }
    Ok(revoked)
}

/// Writes a grant; `by` is who gave it, none where no principal did.
pub(super) async fn insert(deed: &Deed, grant: &Grant, by: Option<&Acting>) -> Result<(), StoreError> {
    let list = |list: &Option<BTreeSet<String>>| list.as_ref().map(|list| json!(list).to_string());
    deed.execute(
        &format!(
            "INSERT INTO grants ({COLUMNS}, made_by, created_at, updated_at, updated_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, NULL, $14, $15, $15, $16)"
        ),
        vec![
            grant.id.as_str().into(),
            grant.owner.as_str().into(),
            grant.grantee.as_str().into(),
            grant.state.as_str().into(),
            json!(grant.classes).to_string().into(),
            (!grant.columns.is_empty()).then(|| json!(grant.columns).to_string()).into(),
            list(&grant.counties).into(),
            json!(grant.purposes).to_string().into(),
            i64::from(grant.exportable).into(),
            i64::from(grant.custody).into(),
            stamp(grant.not_before).into(),
            stamp(grant.until).into(),
            i64::try_from(grant.epoch).unwrap_or(i64::MAX).into(),
            by.map(|by| by.principal.to_string()).into(),
            deed.now().into(),
            deed.name().into(),
        ],
    )
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use FieldClass::{Base, Private};

    #[test]
    fn a_grant_of_before_keeps_what_it_gave() {
        let list: BTreeSet<String> = ["phone".to_owned()].into();
        let read = |text: &str| columns_of(&[Base, Private].into(), serde_json::from_str(text).unwrap());
        assert_eq!(read(r#"["phone"]"#), [(Base, list.clone()), (Private, list.clone())].into());
        assert_eq!(read(r#"{"private":["phone"]}"#), [(Private, list)].into());
    }
}
