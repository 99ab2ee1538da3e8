//! Whether a list that is to be matched and appended has been before.

use super::append::check;
use super::source::{columns, digest};
use super::{AppendReport, AppendRequest, AppendStatus};
use crate::database::Transaction;
use crate::error::StoreError;
use crate::keyring::DataKey;
use crate::list_file::ListRows;
use crate::store::Store;
use hustings_access::Act;
use hustings_access::verb::Append;
use hustings_core::FieldClass;
use std::collections::BTreeSet;

/// What became of the same list before.
#[derive(Debug, Clone, Default)]
pub struct ListBefore {
    /// Its digest, lower-case hex.
    pub sha256: String,
    /// What it was appended as: nothing is to be done.
    pub unchanged: Option<AppendReport>,
    /// What it was appended as and is no longer, since that was removed.
    pub removed: Option<String>,
}

impl Store {
    /// Whether this list, with all of its columns, was matched and appended before, and what became of that.
    ///
    /// # Errors
    /// As [`Store::append`] for a class or an owner; the list was appended and replaced since; database or file fail.
    pub async fn list_before(
        &self,
        act: &Act<'_, Append>,
        request: &AppendRequest,
        list: &ListRows,
    ) -> Result<ListBefore, StoreError> {
        check(act, request)?;
        let sha256 = digest(&request.file, list.content())?;
        let named = columns(list.headers(), None, &request.owner)?;
        let named = named.into_iter().map(|column| column.name).collect();
        let key = self.key_to_write(&request.owner, request.class).await?;
        self.matched_before(None, request, (sha256, named), &key).await
    }

    /// As [`Store::list_before`], of a list with this digest and these columns; as it stands within a transaction, if in one.
    pub(super) async fn matched_before(
        &self,
        within: Option<&Transaction>,
        request: &AppendRequest,
        (sha256, named): (String, BTreeSet<String>),
        key: &DataKey,
    ) -> Result<ListBefore, StoreError> {
        let class: FieldClass = request.class;
        let found = self
            .select_appends(
                within,
                "WHERE a.state = $1 AND a.owner = $2 AND a.class = $3 AND a.file_sha256 = $4 \
                 ORDER BY a.created_at DESC, a.id DESC",
                vec![
                    request.state.as_str().into(),
                    request.owner.as_str().into(),
                    class.as_str().into(),
                    key.digest("file", &sha256).into(),
                ],
            )
            .await?;
        let mut before = ListBefore { sha256, ..ListBefore::default() };
        let mut replaced = None;
        for stored in found {
            let Some((record, _)) = stored.open(self)? else { continue };
            let report = record.report;
            let of_it: BTreeSet<String> = report.columns.iter().map(|column| column.name.clone()).collect();
            if report.run.is_none() || of_it != named {
                continue;
            }
            match record.status {
                AppendStatus::Current => {
                    before.unchanged.get_or_insert(AppendReport { unchanged: true, ..report });
                }
                AppendStatus::Replaced => replaced = replaced.or(Some(report.append)),
                AppendStatus::Removed => before.removed = before.removed.or(Some(report.append)),
            }
        }
        match replaced {
            Some(append) if before.unchanged.is_none() => Err(StoreError::Input(format!(
                "`{}` was appended as {append} and has been replaced since: remove the newer append to return to it",
                request.file.display()
            ))),
            _ => Ok(before),
        }
    }
}
