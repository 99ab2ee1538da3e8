//! Incidents: "I can see something I should not". Both organizations see the same record at the same time; nobody sees
//! who reported, and neither closes it alone.

use super::{Acting, Deed, later, organization, parsed, parsed_json};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::settings::random;
use crate::store::{Store, stamp};
use hustings_access::{OrganizationId, OrganizationKind};
use hustings_audit::canonical;
use hustings_core::digits::hex;
use sea_orm::FromQueryResult;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

const CHARACTERS_MAX: usize = 4000;
/// Incidents that one organization reports within an hour at most: who is named reads them at once, and is not to be flooded.
const HOURLY_MAX: i64 = 10;

/// An incident as both organizations see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IncidentRecord {
    /// Its id.
    pub id: String,
    /// The organization in which it was seen.
    pub organization: OrganizationId,
    /// The organization whose data could be seen, as the reporter named it: it may be that none is called so here.
    pub about: OrganizationId,
    /// What was seen, in the reporter's words.
    pub what: String,
    /// What was frozen at that moment.
    pub evidence: serde_json::Value,
    /// The SHA-256 of all that was frozen, lower-case hex: of the canonical JSON (RFC 8785) of id, organizations, words,
    /// evidence and time. As read, of what stands in the database now; in the logs of both organizations, of what was
    /// reported.
    pub sha256: String,
    /// When it was reported, RFC 3339.
    pub opened_at: String,
    /// When it was closed, RFC 3339; none while it is open.
    pub closed_at: Option<String>,
    /// What was found and done.
    pub closing_note: Option<String>,
    /// The side that agrees to close it, while the other has not.
    pub agreed_by: Option<OrganizationId>,
    /// What that side says was found and done.
    pub agreed_note: Option<String>,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    organization_id: String,
    about_id: String,
    named: Option<String>,
    what: String,
    evidence: String,
    opened_at: String,
    closed_at: Option<String>,
    closing_note: Option<String>,
    agreed_by: Option<String>,
    agreed_note: Option<String>,
}

const SELECT: &str = "SELECT id, organization_id, about_id, named, what, evidence, opened_at, closed_at, closing_note, \
     agreed_by, agreed_note FROM incidents";

impl Row {
    fn read(self) -> Result<IncidentRecord, StoreError> {
        let what = "an incident";
        IncidentRecord {
            sha256: String::new(),
            id: self.id,
            organization: parsed(what, &self.organization_id)?,
            about: parsed(what, self.named.as_ref().unwrap_or(&self.about_id))?,
            what: self.what,
            evidence: parsed_json(what, &self.evidence)?,
            opened_at: self.opened_at,
            closed_at: self.closed_at,
            closing_note: self.closing_note,
            agreed_by: self.agreed_by.map(|id| parsed(what, &id)).transpose()?,
            agreed_note: self.agreed_note,
        }
        .digested()
    }
}

impl IncidentRecord {
    /// With the digest of what is frozen in it.
    fn digested(self) -> Result<Self, StoreError> {
        let frozen = json!({
            "id": self.id,
            "organization": self.organization,
            "about": self.about,
            "what": self.what,
            "evidence": self.evidence,
            "opened_at": self.opened_at,
        });
        let text = canonical::to_string(&frozen).map_err(|error| StoreError::Unlogged(error.to_string()))?;
        Ok(Self { sha256: hex(&Sha256::digest(text)), ..self })
    }
}

impl Store {
    /// Reports that something could be seen that should not be. `evidence` is what the caller freezes: the request, the
    /// scope, the answer's digest. Whom the reporter names reads it, too, where there is such an organization; whether there
    /// is, no answer tells. Where none is named, or none is called so, it goes to the owner of the data directory.
    ///
    /// # Errors
    /// When there are no words or too many, the organization has reported many within the hour, or the database fails.
    pub async fn report_incident(
        &self,
        by: &Acting,
        about: Option<&OrganizationId>,
        what: &str,
        evidence: &serde_json::Value,
    ) -> Result<IncidentRecord, StoreError> {
        let what = checked_words("what was seen", what)?;
        let deed = Deed::begin(self, "report incident").await?;
        demand_room(&deed, &by.organization).await?;
        let directory_owner = organization::directory_owner(&deed.transaction).await?;
        let named = about.unwrap_or(&directory_owner);
        let reader = match organization::find(&deed.transaction, named).await? {
            Some(organization) => organization.id,
            None => directory_owner.clone(),
        };
        let record = IncidentRecord {
            id: format!("i-{}", hex(&random::<12>()?)),
            organization: by.organization.clone(),
            about: named.clone(),
            what,
            evidence: evidence.clone(),
            sha256: String::new(),
            opened_at: deed.now().to_owned(),
            closed_at: None,
            closing_note: None,
            agreed_by: None,
            agreed_note: None,
        }
        .digested()?;
        deed.execute(
            "INSERT INTO incidents (id, organization_id, about_id, named, reporter, what, evidence, opened_at, \
             updated_at, updated_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)",
            vec![
                record.id.as_str().into(),
                by.organization.as_str().into(),
                reader.as_str().into(),
                about.map(|id| id.as_str().to_owned()).into(),
                by.principal.as_str().into(),
                record.what.as_str().into(),
                record.evidence.to_string().into(),
                deed.now().into(),
                deed.name().into(),
            ],
        )
        .await?;
        let mut event = by.event("incident_reported", &record.id, json!(record));
        event.principal = None;
        deed.done_apart(&event, [reader]).await?;
        Ok(record)
    }

    /// Closes an incident, or agrees to that: neither the side in which it was seen nor the one whose data it was closes it
    /// alone. It is closed once both agree, or by the owner of the data directory or an auditor where they are no side of it.
    ///
    /// # Errors
    /// When no open incident of that id concerns `by`'s organization, it has agreed already, there are no words or too many,
    /// or the database fails.
    pub async fn close_incident(
        &self,
        by: &Acting,
        id: &str,
        note: &str,
    ) -> Result<IncidentRecord, StoreError> {
        let note = checked_words("what was found", note)?;
        let deed = Deed::begin(self, "close incident").await?;
        let sql = format!("{SELECT} WHERE id = $1 AND closed_at IS NULL");
        let row = deed.one::<Row>(&sql, vec![id.into()]).await?;
        let missing = || StoreError::Input(format!("no open incident `{id}` concerns `{}`", by.organization));
        let row = row.ok_or_else(missing)?;
        let reader: OrganizationId = parsed("an incident", &row.about_id)?;
        let own = &by.organization;
        // Whoever reads it only because nobody is named, or nobody is called so, is no side of it.
        let is_side = own.as_str() == row.organization_id || row.named.as_deref() == Some(own.as_str());
        let record = row.read()?;
        if !is_side && !judges(&deed.transaction, own).await? {
            return Err(missing());
        }
        let closes = !is_side || record.agreed_by.as_ref().is_some_and(|first| first != own);
        if !closes && record.agreed_by.as_ref() == Some(own) {
            return Err(StoreError::Refused(format!(
                "`{own}` has agreed already: the incident is closed once the other side agrees, too"
            )));
        }
        let (record, action) = if closes {
            let note = match (&record.agreed_by, &record.agreed_note) {
                (Some(first), Some(before)) if is_side => format!("{first}: {before}\n{own}: {note}"),
                _ => note,
            };
            let (closed_at, closing_note) = (Some(deed.now().to_owned()), Some(note));
            (IncidentRecord { closed_at, closing_note, ..record }, "incident_closed")
        } else {
            let (agreed_by, agreed_note) = (Some(own.clone()), Some(note));
            (IncidentRecord { agreed_by, agreed_note, ..record }, "incident_close_agreed")
        };
        deed.execute(
            "UPDATE incidents SET closed_at = $1, closing_note = $2, agreed_by = $3, agreed_note = $4, \
             updated_at = $5, updated_by = $6 WHERE id = $7",
            vec![
                record.closed_at.clone().into(),
                record.closing_note.clone().into(),
                record.agreed_by.as_ref().map(|id| id.as_str().to_owned()).into(),
                record.agreed_note.clone().into(),
                deed.now().into(),
                deed.name().into(),
                id.into(),
            ],
        )
        .await?;
        let event = by.event(action, id, json!(record));
        deed.done_apart(&event, [record.organization.clone(), reader]).await?;
        Ok(record)
    }

    /// The incidents that an organization reads, newest first: as the side in which it was seen or whose data it was; the
    /// owner of the data directory and auditors read all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn incidents(&self, organization: &OrganizationId) -> Result<Vec<IncidentRecord>, StoreError> {
        let kind = self.organization(organization).await?.map(|organization| organization.kind);
        let all =
            kind == Some(OrganizationKind::Auditor) || self.directory_owner().await?.id == *organization;
        let sql = format!(
            "{SELECT} WHERE organization_id = $1 OR about_id = $1 OR $2 = 1 ORDER BY opened_at DESC, id"
        );
        let values = vec![organization.as_str().into(), i64::from(all).into()];
        let rows = self.database.all::<Row>("list incidents", &sql, values).await?;
        rows.into_iter().map(Row::read).collect()
    }
}

#[derive(FromQueryResult)]
struct Reported {
    number: i64,
}

/// Refuses more incidents of an organization than an hour has room for.
async fn demand_room(deed: &Deed, organization: &OrganizationId) -> Result<(), StoreError> {
    let hour_ago = stamp(later(parsed("the clock", deed.now())?, -60));
    let sql = "SELECT COUNT(*) AS number FROM incidents WHERE organization_id = $1 AND opened_at > $2";
    let reported = deed.one::<Reported>(sql, vec![organization.as_str().into(), hour_ago.into()]).await?;
    if reported.is_some_and(|reported| reported.number >= HOURLY_MAX) {
        return Err(StoreError::Refused(format!(
            "`{organization}` has reported {HOURLY_MAX} incidents within the hour, as many as are taken: these are kept and \
             read; report more later, or say it to the owner of this system"
        )));
    }
    Ok(())
}

/// Whether an organization closes incidents of others.
async fn judges(transaction: &Transaction, id: &OrganizationId) -> Result<bool, StoreError> {
    let kind = organization::find(transaction, id).await?.map(|organization| organization.kind);
    Ok(kind == Some(OrganizationKind::Auditor) || organization::directory_owner(transaction).await? == *id)
}

fn checked_words(what: &str, words: &str) -> Result<String, StoreError> {
    let words = words.trim();
    if words.is_empty() || words.chars().count() > CHARACTERS_MAX || words.contains('\0') {
        return Err(StoreError::Input(format!("say {what} in 1 to {CHARACTERS_MAX} characters")));
    }
    Ok(words.to_owned())
}
