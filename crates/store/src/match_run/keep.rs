//! Keeping a run: its tables encrypted and durable, then its row and its record in one transaction.

use super::sweep;
use super::{MatchPair, MatchRunRecord, NewMatchRun, PAIRS, ROWS, Sealed, report_place};
use crate::audit::{AuditEvent, outbox};
use crate::data_dir::STAGING_PREFIX;
use crate::durable;
use crate::error::StoreError;
use crate::keyring::DataKey;
use crate::list_file::ListRows;
use crate::overlay::{TableFile, Typed};
use crate::settings::random;
use crate::store::{Store, no_list};
use crate::verified_file::Written;
use arrow_array::{Array, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use hustings_access::verb::Append;
use hustings_access::{Act, Lineage};
use hustings_core::FieldClass;
use hustings_core::digits::hex;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Store {
    /// Keeps a run for the act's organization. Pairs that reviewers of its earlier lists took apart are not accepted again.
    ///
    /// # Errors
    /// When the organization may not write private data of the state, the act has ended meanwhile, or database or disk fail.
    pub async fn keep_match_run(
        &self,
        act: &Act<'_, Append>,
        mut new: NewMatchRun,
    ) -> Result<MatchRunRecord, StoreError> {
        let owner = act.organization();
        if !self.may_match(act, new.state) {
            return Err(StoreError::Refused(format!(
                "`{owner}` may not match lists with voters of {}",
                new.state
            )));
        }
        if !self.view(act, new.state).exists() {
            return Err(no_list(new.state));
        }
        let lineage: Lineage = self.linkable_view(act, new.state).base().collect();
        if !self.run_lives(act, &lineage, &self.standing(owner, None).await?) {
            return Err(no_list(new.state));
        }
        self.keep_apart(act, &mut new).await?;
        let key = self.key_to_write(owner.as_str(), FieldClass::Private).await?;
        let id = format!("{}-{}", &self.now()[..10], hex(&random::<6>()?));
        let folder = self.data.matches(owner.as_str());
        let staging = folder.join(format!("{STAGING_PREFIX}{id}"));
        durable::create_folder(&staging)?;
        let guard = Gone(staging.clone());
        let tables = BTreeMap::from([
            (ROWS.to_owned(), write_rows(&staging, &key, &id, &new.rows)?),
            (PAIRS.to_owned(), write_pairs(&staging, &key, &id, &new.pairs)?),
        ]);
        sweep::mark(&staging)?;
        durable::sync_tree(&staging)?;
        let sealed = serde_json::to_string(&Sealed { report: new.report.clone(), tables })
            .map_err(|error| StoreError::Input(format!("the report cannot be written: {error}")))?;
        if !self.still_holds(act).await? {
            return Err(StoreError::Refused("grant ended".to_owned()));
        }
        let now = self.now();
        let transaction = self.database.begin("keep match run").await?;
        self.demand_key(&transaction, &key).await?;
        let place = folder.join(&id);
        durable::rename(&staging, &place)?;
        drop(guard);
        let written = async {
            transaction
                .execute(
                    "INSERT INTO match_runs (id, state, owner, snapshot_id, key_id, report, lineage, made_by, status, \
                     created_at, updated_at, updated_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'current', $9, $9, $10)",
                    vec![
                        id.as_str().into(),
                        new.state.as_str().into(),
                        owner.as_str().into(),
                        new.snapshot.as_str().into(),
                        key.id.as_str().into(),
                        key.seal(&report_place(&id), &sealed)?.into(),
                        json!(lineage).to_string().into(),
                        act.principal().as_str().into(),
                        now.as_str().into(),
                        transaction.name().into(),
                    ],
                )
                .await?;
            let details = json!({ "snapshot": new.snapshot, "state": new.state });
            outbox::write(&transaction, &now, &event(act, "list_matched", &id, details)).await
        };
        if let Err(error) = written.await {
            durable::remove_tree(&place)?;
            return Err(error);
        }
        transaction.commit().await?;
        sweep::unmark(&place);
        Ok(MatchRunRecord {
            id,
            state: new.state,
            snapshot: new.snapshot,
            made_by: act.principal().to_string(),
            created_at: now,
            report: Some(new.report),
        })
    }

    /// Where a table of a run lies.
    pub(super) fn match_table(&self, owner: &str, run: &str, table: &str) -> PathBuf {
        path(&self.data.matches(owner).join(run), table)
    }
}

/// The record of what was done to a run, for whoever did it: the list is theirs alone.
pub(super) fn event(
    act: &Act<'_, Append>,
    action: &'static str,
    run: &str,
    details: serde_json::Value,
) -> AuditEvent {
    AuditEvent {
        organization: act.organization().clone(),
        principal: Some(act.principal().clone()),
        action,
        about: Some(run.to_owned()),
        classes: [FieldClass::Private].into(),
        voters: None,
        details,
        owners: [act.organization().clone()].into(),
    }
}

fn path(folder: &Path, table: &str) -> PathBuf {
    folder.join(format!("{table}.encrypted.parquet"))
}

fn schema(fields: impl IntoIterator<Item = (String, DataType)>) -> SchemaRef {
    Arc::new(Schema::new(
        fields.into_iter().map(|(name, kind)| Field::new(name, kind, true)).collect::<Vec<_>>(),
    ))
}

fn number(value: impl TryInto<i64>) -> Option<Typed> {
    Some(Typed::Int(value.try_into().unwrap_or(i64::MAX)))
}

fn write_rows(folder: &Path, key: &DataKey, run: &str, rows: &ListRows) -> Result<Written, StoreError> {
    let path = path(folder, ROWS);
    let fields = ["row", "line"].map(|name| (name.to_owned(), DataType::Int64));
    let cells = (0..rows.headers().len()).map(|column| (format!("cell_{column}"), DataType::Utf8));
    let mut file = TableFile::create(&path, schema(fields.into_iter().chain(cells)), &key.file(run, ROWS))?;
    let mut row = 0_usize;
    for block in rows.blocks() {
        for (at, line) in block.lines.iter().enumerate() {
            let text = |cells: &StringArray| {
                let cell = if cells.is_valid(at) { cells.value(at).trim() } else { "" };
                (!cell.is_empty()).then(|| Typed::Text(cell.to_owned()))
            };
            let cells = block.columns.iter().map(text);
            file.push([number(row), number(*line)].into_iter().chain(cells))?;
            row += 1;
        }
    }
    file.finish()?;
    Written::of(&path)
}

fn write_pairs(folder: &Path, key: &DataKey, run: &str, pairs: &[MatchPair]) -> Result<Written, StoreError> {
    let path = path(folder, PAIRS);
    let integers = ["row", "voter_id", "accepted"].map(|name| (name.to_owned(), DataType::Int64));
    let decimals = ["bits", "chance", "rarity_of_mates"].map(|name| (name.to_owned(), DataType::Float64));
    let texts = ["doubt", "levels", "rarity"].map(|name| (name.to_owned(), DataType::Utf8));
    let fields = integers.into_iter().chain(decimals).chain(texts);
    let mut file = TableFile::create(&path, schema(fields), &key.file(run, PAIRS))?;
    for pair in pairs {
        let rarity: Vec<String> = pair.rarity.iter().map(|bits| format!("{bits:.3}")).collect();
        file.push([
            number(pair.row),
            number(pair.voter.0),
            number(i64::from(pair.is_accepted)),
            Some(Typed::Decimal(pair.bits)),
            Some(Typed::Decimal(pair.chance)),
            Some(Typed::Decimal(pair.rarity_of_mates)),
            Some(Typed::Text(pair.doubt.clone())),
            Some(Typed::Text(format!("{:016x}", pair.levels))),
            Some(Typed::Text(rarity.join(" "))),
        ])?;
    }
    file.finish()?;
    Written::of(&path)
}

/// Removes the staging folder when nothing comes of it.
struct Gone(PathBuf);

impl Drop for Gone {
    fn drop(&mut self) {
        // Nobody is there to tell; what stays is litter without a row.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
