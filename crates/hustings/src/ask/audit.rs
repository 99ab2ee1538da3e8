//! The log: who saw, changed and exported, and the proof of a record; of the asker's own organization, or of the one that
//! an auditor names.

use super::{Ask, AskError, Call, about, hidden, organization_or_own};
use hustings_access::verb::ReadLog;
use hustings_access::{Act, Actor, Organization, OrganizationId, Permit, Request};
use hustings_store::Store;
use hustings_store::audit::{AuditRecord, ProvedRecord, RECORDS_MAX};
use serde::{Deserialize, Serialize};

/// Records of an answer, unless a number is named.
pub const RECORDS: u32 = 100;
/// No id that a record can be about is longer.
const ABOUT_MAX: usize = 100;

/// To list records. What they are about may be a voter: it stays out of the address, which proxies keep.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRecords {
    /// Whose log; the asker's own when not given.
    #[serde(default)]
    pub of: Option<OrganizationId>,
    /// Only about this voter, organization, grant or export.
    #[serde(default)]
    pub about: Option<String>,
    /// Only those before this record.
    #[serde(default)]
    pub before: Option<String>,
    /// So many at most.
    #[serde(default = "records")]
    pub limit: u32,
}

/// Records of a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordList {
    /// Under which path of the pages' address the log's files are served, to whoever knows it: for witnesses.
    #[serde(default)]
    pub address: String,
    /// Newest first.
    pub records: Vec<AuditRecord>,
}

impl Ask for ListRecords {
    type Answer = RecordList;

    fn call(&self) -> Call {
        Call::post(&["audit", "records", "find"], self)
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        if self.limit == 0 || self.limit > RECORDS_MAX {
            return Err(AskError::Input(format!(
                "expected a limit from 1 to {RECORDS_MAX}, got {}",
                self.limit
            )));
        }
        let of = organization_or_own(store, actor, self.of.as_ref()).await?;
        let before = self.before.as_deref().map(checked).transpose()?;
        let names = match &self.about {
            Some(about) => about::names(store, actor, checked(about)?).await?,
            None => Vec::new(),
        };
        let address = store.log_address(of.id.as_str());
        let permit = reading(store, actor, of, names.last()).await?;
        let list = async |act: &Act<'_, ReadLog>| store.audit_list(act, &names, before, self.limit).await;
        Ok(RecordList { address, records: permit.enter_async(list).await? })
    }
}

/// To prove that a record is in a log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProveRecord {
    /// Which.
    pub record: String,
    /// Whose log; the asker's own when not given.
    #[serde(default)]
    pub of: Option<OrganizationId>,
}

impl Ask for ProveRecord {
    type Answer = ProvedRecord;

    fn call(&self) -> Call {
        Call::get(&["audit", "records", &self.record, "proof"]).with("of", self.of.as_ref())
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let of = organization_or_own(store, actor, self.of.as_ref()).await?;
        checked(&self.record)?;
        let permit = reading(store, actor, of, Some(&self.record)).await?;
        // A record of a moment ago is in the log now.
        store.sequence_logs().await?;
        permit.enter_async(async |act| store.prove_record(act, &self.record).await).await.map_err(hidden)
    }
}

async fn reading(
    store: &Store,
    actor: &Actor,
    of: Organization,
    about: Option<&String>,
) -> Result<Permit<ReadLog>, AskError> {
    let request = Request::organization(of);
    let request = match about {
        Some(about) => request.about(about.as_str()),
        None => request,
    };
    store.permit::<ReadLog>(actor, request).await.map_err(hidden)
}

fn checked(about: &str) -> Result<&str, AskError> {
    if about.len() > ABOUT_MAX {
        return Err(AskError::Input(format!("expected an id of at most {ABOUT_MAX} characters")));
    }
    Ok(about)
}

fn records() -> u32 {
    RECORDS
}
