//! What became of one row of an append.

use super::AppendRecord;
use super::vault::{REJECTED, VALUES, Vault};
use crate::error::StoreError;
use crate::keyring::DataKey;
use crate::read::table::{Condition, Rows};
use crate::store::Store;
use hustings_access::Scope;
use hustings_core::VoterId;

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowFate {
    /// This voter got its cells.
    Joined(VoterId),
    /// Nobody did; by which rule.
    Rejected(String),
}

impl RowFate {
    /// `joined`, or the rule.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Joined(_) => "joined",
            Self::Rejected(rule) => rule,
        }
    }

    /// Who got its cells.
    pub(crate) fn voter(&self) -> Option<VoterId> {
        match self {
            Self::Joined(voter) => Some(*voter),
            Self::Rejected(_) => None,
        }
    }
}

impl Store {
    /// An append of the scope's own organization, and its key; none where there is none, or it is no longer there.
    pub(crate) async fn own_append(
        &self,
        scope: &Scope<'_>,
        append: &str,
    ) -> Result<Option<(AppendRecord, DataKey)>, StoreError> {
        let found = self
            .select_appends(None, "WHERE a.id = $1 AND a.status <> 'removed'", vec![append.into()])
            .await?;
        let Some(stored) = found.into_iter().next() else { return Ok(None) };
        let is_own = stored.outline().owner == scope.organization().as_str();
        if !is_own || !self.overlay_view(scope, stored.outline()).is_whole() {
            return Ok(None);
        }
        stored.open(self)
    }

    /// An append of the scope's own organization with what became of the row that begins on a line; none where there is no such
    /// append, or it is no longer there, or has no such row.
    pub(crate) async fn row_fate(
        &self,
        scope: &Scope<'_>,
        append: &str,
        line: u64,
    ) -> Result<Option<(AppendRecord, RowFate)>, StoreError> {
        let Some((record, key)) = self.own_append(scope, append).await? else { return Ok(None) };
        let report = &record.report;
        let folder = self.data.overlays(&report.owner, report.class).join(&report.append);
        let vault = Vault::new(&folder, &report.append, &key);
        let of_line = |column| [Condition::Integer(column, i64::try_from(line).unwrap_or(i64::MAX))];
        let values = vault.table(VALUES)?;
        let batches = values.read(&values.first(&of_line("source_line"), &[], 1)?, &["voter_id"])?;
        if let Some(voter) = Rows::of(&batches).iter().next().and_then(|row| row.integer("voter_id")) {
            return Ok(Some((record, RowFate::Joined(VoterId(voter)))));
        }
        let rejected = vault.table(REJECTED)?;
        let batches = rejected.read(&rejected.first(&of_line("line"), &[], 1)?, &["rule"])?;
        let rule = Rows::of(&batches).iter().next().and_then(|row| row.text("rule"));
        Ok(rule.map(|rule| (record, RowFate::Rejected(rule))))
    }
}
