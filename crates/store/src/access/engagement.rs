//! Engagements: a vendor acts for the organization that engaged it.

use super::maker::Maker;
use super::origin::Origin;
use super::{Acting, Deed, instant, organization, parsed, parsed_json};
use crate::error::StoreError;
use crate::store::{Store, stamp};
use hustings_access::{Engagement, OrganizationId, OrganizationKind};
use hustings_core::FieldClass;
use sea_orm::FromQueryResult;
use serde_json::json;

const COLUMNS: &str = "vendor_id, organization_id, classes, exportable, not_before, until, revoked_at";

#[derive(FromQueryResult)]
struct Row {
    vendor_id: String,
    organization_id: String,
    classes: String,
    exportable: i64,
    not_before: String,
    until: String,
    revoked_at: Option<String>,
}

#[derive(FromQueryResult)]
struct Made {
    made_by: Option<String>,
    revoked_at: Option<String>,
}

impl Row {
    fn read(self) -> Result<Engagement, StoreError> {
        let what = "an engagement";
        Ok(Engagement {
            vendor: parsed(what, &self.vendor_id)?,
            organization: parsed(what, &self.organization_id)?,
            classes: parsed_json(what, &self.classes)?,
            exportable: self.exportable != 0,
            not_before: instant(&self.not_before)?,
            until: instant(&self.until)?,
            revoked_at: self.revoked_at.map(|at| instant(&at)).transpose()?,
        })
    }
}

impl Store {
    /// Engages a vendor for `by`'s organization, or changes how it is engaged; by a key, until the key ends at the latest.
    /// `revoked_at` of the request is not looked at.
    ///
    /// # Errors
    /// When the organization is not `by`'s own, there is no such vendor or it is of another kind, a vendor engages, the
    /// engagement is empty or over before it begins, a key does it or somebody who came of one and it is engaged by others
    /// than came of the same, or the database fails.
    pub async fn engage(&self, by: &Acting, new: &Engagement) -> Result<Engagement, StoreError> {
        let deed = Deed::begin(self, "engage vendor").await?;
        // The same words for what is no vendor and for what is not there: nobody learns here whether a rival is.
        let vendor = organization::required(&deed.transaction, &new.vendor).await;
        match vendor {
            Ok(vendor) if vendor.kind == OrganizationKind::Vendor => {}
            Ok(_) | Err(StoreError::Input(_)) => {
                return Err(StoreError::Input(format!(
                    "there is no vendor `{}`: ask whoever registers organizations here",
                    new.vendor
                )));
            }
            Err(error) => return Err(error),
        }
        let principal = organization::required(&deed.transaction, &by.organization).await?;
        check(by, principal.kind, new)?;
        let sql = "SELECT made_by, revoked_at FROM engagements WHERE vendor_id = $1 AND organization_id = $2 \
                   AND revoked_at IS NULL AND until > $3";
        let values = vec![new.vendor.as_str().into(), new.organization.as_str().into(), deed.now().into()];
        if let Some(known) = deed.one::<Made>(sql, values).await? {
            Origin::demand_made(&deed, by, known.made_by.as_deref()).await?;
        }
        let until = Maker::of(&deed, by).await?.end_of(new.until);
        if until <= instant(deed.now())? || until <= new.not_before {
            return Err(StoreError::Input(format!(
                "this engagement would be over before it begins: it ends at {}",
                stamp(until)
            )));
        }
        deed.execute(
            &format!(
                "INSERT INTO engagements ({COLUMNS}, made_by, created_at, updated_at, updated_by) \
                 VALUES ($1, $2, $3, $4, $5, $6, NULL, $9, $7, $7, $8) ON CONFLICT (vendor_id, organization_id) \
                 DO UPDATE SET classes = $3, exportable = $4, not_before = $5, until = $6, revoked_at = NULL, \
                 made_by = $9, updated_at = $7, updated_by = $8"
            ),
            vec![
                new.vendor.as_str().into(),
                new.organization.as_str().into(),
                json!(new.classes).to_string().into(),
                i64::from(new.exportable).into(),
                stamp(new.not_before).into(),
                stamp(until).into(),
                deed.now().into(),
                deed.name().into(),
                by.principal.to_string().into(),
            ],
        )
        .await?;
        deed.raise_epoch().await?;
        let engagement = Engagement { until, revoked_at: None, ..new.clone() };
        deed.done(&by.event("vendor_engaged", new.vendor.as_str(), json!(engagement))).await?;
        Ok(engagement)
    }

    /// Ends a vendor's engagement by `by`'s organization at once. Ending it again changes nothing.
    ///
    /// # Errors
    /// When `by`'s organization has not engaged it, a key does it or somebody who came of one and the engagement did not come
    /// of the same, or the database fails.
    pub async fn end_engagement(&self, by: &Acting, vendor: &OrganizationId) -> Result<(), StoreError> {
        let deed = Deed::begin(self, "end engagement").await?;
        let sql = "SELECT made_by, revoked_at FROM engagements WHERE vendor_id = $1 AND organization_id = $2";
        let row =
            deed.one::<Made>(sql, vec![vendor.as_str().into(), by.organization.as_str().into()]).await?;
        let row = row.ok_or_else(|| {
            StoreError::Input(format!("`{}` has not engaged a vendor `{vendor}`", by.organization))
        })?;
        Origin::demand_made(&deed, by, row.made_by.as_deref()).await?;
        if row.revoked_at.is_some() {
            return Ok(());
        }
        deed.execute(
            "UPDATE engagements SET revoked_at = $1, updated_at = $1, updated_by = $2 \
             WHERE vendor_id = $3 AND organization_id = $4",
            vec![
                deed.now().into(),
                deed.name().into(),
                vendor.as_str().into(),
                by.organization.as_str().into(),
            ],
        )
        .await?;
        deed.raise_epoch().await?;
        deed.done(&by.event("engagement_ended", vendor.as_str(), json!({}))).await
    }

    /// The vendors that an organization has engaged, dead engagements too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn engagements_of(&self, organization: &OrganizationId) -> Result<Vec<Engagement>, StoreError> {
        self.engagements_where("organization_id", organization).await
    }

    /// The organizations for which a vendor is engaged, dead engagements too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn engagements_as(&self, vendor: &OrganizationId) -> Result<Vec<Engagement>, StoreError> {
        self.engagements_where("vendor_id", vendor).await
    }

    async fn engagements_where(
        &self,
        side: &str,
        id: &OrganizationId,
    ) -> Result<Vec<Engagement>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM engagements WHERE {side} = $1 ORDER BY organization_id, vendor_id"
        );
        let rows = self.database.all::<Row>("list engagements", &sql, vec![id.as_str().into()]).await?;
        rows.into_iter().map(Row::read).collect()
    }
}

/// Ends the engagements that somebody made or last changed and that hold still or are to, each with its record. The vendors.
pub(super) async fn end_made_by(deed: &Deed, by: &Acting, maker: &str) -> Result<Vec<String>, StoreError> {
    let sql = format!(
        "UPDATE engagements SET revoked_at = $1, updated_at = $1, updated_by = $2 \
         WHERE made_by = $3 AND revoked_at IS NULL AND until > $1 RETURNING {COLUMNS}"
    );
    let values = vec![deed.now().into(), deed.name().into(), maker.into()];
    let rows = deed.transaction.all::<Row>(&sql, values).await?;
    if !rows.is_empty() {
        deed.raise_epoch().await?;
    }
    let mut ended = Vec::with_capacity(rows.len());
    for row in rows {
        let engagement = row.read()?;
        let mut event = by.event("engagement_ended", engagement.vendor.as_str(), json!({}));
        event.owners.insert(engagement.organization);
        deed.record(&event).await?;
        ended.push(engagement.vendor.to_string());
    }
    Ok(ended)
}

fn check(by: &Acting, principal: OrganizationKind, new: &Engagement) -> Result<(), StoreError> {
    let refuse = |why: String| Err(StoreError::Input(format!("this vendor cannot be engaged: {why}")));
    if new.organization != by.organization {
        return refuse(format!("`{}` engages for itself only", by.organization));
    }
    if matches!(principal, OrganizationKind::Vendor | OrganizationKind::Auditor) {
        return refuse(format!("`{}` is of kind {principal}, which has no data", by.organization));
    }
    if new.classes.is_empty() {
        return refuse("no class is named".to_owned());
    }
    if let Some(class) =
        new.classes.iter().find(|class| matches!(class, FieldClass::Restricted | FieldClass::Exchange))
    {
        return refuse(format!("class `{class}` is given to nobody"));
    }
    Ok(())
}
