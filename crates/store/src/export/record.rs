//! Exports that were made: their files are read again only as long as all that they were made from is granted.

use crate::error::StoreError;
use crate::store::Store;
use hustings_access::verb::Export;
use hustings_access::{Act, Lineage, Scope};
use sea_orm::FromQueryResult;
use std::fs::File;
use std::path::PathBuf;

#[derive(FromQueryResult)]
struct Row {
    file: String,
    lineage: String,
}

impl Store {
    /// Opens the file of an export that the organization made.
    ///
    /// # Errors
    /// When it made no such export, a grant that it was made under has ended, or the file is gone.
    pub async fn reopen_export(&self, act: &Act<'_, Export>, export: &str) -> Result<File, StoreError> {
        let sql = "SELECT file, lineage FROM exports WHERE id = $1 AND organization_id = $2";
        let values = vec![export.into(), act.organization().as_str().into()];
        let row = self.database.one::<Row>("read export", sql, values).await?;
        let row = row.ok_or_else(|| StoreError::Input(format!("there is no export `{export}`")))?;
        let lineage: Lineage = serde_json::from_str(&row.lineage)
            .map_err(|_| StoreError::Connect(format!("table exports: the lineage of {export} is damaged")))?;
        let standing = self.standing(act.organization(), None).await?;
        lineage
            .check(&standing, self.instant())
            .map_err(|error| StoreError::Refused(format!("export `{export}`: {error}")))?;
        let file = PathBuf::from(row.file);
        File::open(&file).map_err(StoreError::io("read", &file))
    }

    /// Refuses to go on when what a scope was decided upon no longer holds: before a batch is released, and before an answer
    /// is whose reading may have taken longer than its grant lasted.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when it no longer holds, or when the database fails.
    pub async fn demand_grant(&self, scope: &Scope<'_>) -> Result<(), StoreError> {
        if self.still_holds(scope).await? {
            return Ok(());
        }
        Err(StoreError::Refused("grant ended".to_owned()))
    }
}
