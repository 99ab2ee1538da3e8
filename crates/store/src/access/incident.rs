//! Incidents: "I can see something I should not". Both organizations see the same record at the same time; nobody sees
//! who reported.

use super::{Acting, Deed, organization, parsed, parsed_json};
use crate::error::StoreError;
use crate::settings::{hex, random};
use crate::store::Store;
use hustings_access::OrganizationId;
use hustings_audit::canonical;
use sea_orm::FromQueryResult;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

const CHARACTERS_MAX: usize = 4000;

/// An incident as both organizations see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IncidentRecord {
    /// Its id.
    pub id: String,
    /// The organization in which it was seen.
    pub organization: OrganizationId,
    /// The organization whose data could be seen.
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
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    organization_id: String,
    about_id: String,
    what: String,
    evidence: String,
    opened_at: String,
    closed_at: Option<String>,
    closing_note: Option<String>,
}

const SELECT: &str = "SELECT id, organization_id, about_id, what, evidence, opened_at, closed_at, closing_note \
     FROM incidents";

impl Row {
    fn read(self) -> Result<IncidentRecord, StoreError> {
        let what = "an incident";
        IncidentRecord {
            sha256: String::new(),
            id: self.id,
            organization: parsed(what, &self.organization_id)?,
            about: parsed(what, &self.about_id)?,
            what: self.what,
            evidence: parsed_json(what, &self.evidence)?,
            opened_at: self.opened_at,
            closed_at: self.closed_at,
            closing_note: self.closing_note,
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
    /// scope, the answer's digest.
    ///
    /// # Errors
    /// When there are no words or too many, there is no such organization, or the database fails.
    pub async fn report_incident(
        &self,
        by: &Acting,
        about: &OrganizationId,
        what: &str,
        evidence: &serde_json::Value,
    ) -> Result<IncidentRecord, StoreError> {
        let what = checked_words("what was seen", what)?;
        let deed = Deed::begin(self, "report incident").await?;
        organization::required(&deed.transaction, about).await?;
        let record = IncidentRecord {
            id: format!("i-{}", hex(&random::<12>()?)),
            organization: by.organization.clone(),
            about: about.clone(),
            what,
            evidence: evidence.clone(),
            sha256: String::new(),
            opened_at: deed.now().to_owned(),
            closed_at: None,
            closing_note: None,
        }
        .digested()?;
        deed.execute(
            "INSERT INTO incidents (id, organization_id, about_id, reporter, what, evidence, opened_at, \
             updated_at, updated_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
            vec![
                record.id.as_str().into(),
                by.organization.as_str().into(),
                about.as_str().into(),
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
        event.owners.insert(about.clone());
        deed.done(&event).await?;
        Ok(record)
    }

    /// Closes an incident that concerns `by`'s organization.
    ///
    /// # Errors
    /// When no open incident of that id concerns it, there are no words or too many, or the database fails.
    pub async fn close_incident(
        &self,
        by: &Acting,
        id: &str,
        note: &str,
    ) -> Result<IncidentRecord, StoreError> {
        let note = checked_words("what was found", note)?;
        let deed = Deed::begin(self, "close incident").await?;
        let sql = format!(
            "{SELECT} WHERE id = $1 AND (organization_id = $2 OR about_id = $2) AND closed_at IS NULL"
        );
        let row = deed.one::<Row>(&sql, vec![id.into(), by.organization.as_str().into()]).await?;
        let row = row.ok_or_else(|| {
            StoreError::Input(format!("no open incident `{id}` concerns `{}`", by.organization))
        })?;
        let record = IncidentRecord {
            closed_at: Some(deed.now().to_owned()),
            closing_note: Some(note),
            ..row.read()?
        };
        deed.execute(
            "UPDATE incidents SET closed_at = $1, closing_note = $2, updated_at = $1, updated_by = $3 WHERE id = $4",
            vec![
                deed.now().into(),
                record.closing_note.clone().into(),
                deed.name().into(),
                id.into(),
            ],
        )
        .await?;
        let mut event = by.event("incident_closed", id, json!(record));
        event.owners.extend([record.organization.clone(), record.about.clone()]);
        deed.done(&event).await?;
        Ok(record)
    }

    /// The incidents that concern an organization, as reporter's or as owner of what was seen, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn incidents(&self, organization: &OrganizationId) -> Result<Vec<IncidentRecord>, StoreError> {
        let sql = format!("{SELECT} WHERE organization_id = $1 OR about_id = $1 ORDER BY opened_at DESC, id");
        let rows =
            self.database.all::<Row>("list incidents", &sql, vec![organization.as_str().into()]).await?;
        rows.into_iter().map(Row::read).collect()
    }
}

fn checked_words(what: &str, words: &str) -> Result<String, StoreError> {
    let words = words.trim();
    if words.is_empty() || words.chars().count() > CHARACTERS_MAX || words.contains('\0') {
        return Err(StoreError::Input(format!("say {what} in 1 to {CHARACTERS_MAX} characters")));
    }
    Ok(words.to_owned())
}
