//! Adding an overlay: read the file twice (what types, then what values), write it apart, then count it in one
//! transaction.

use super::guess::Guess;
use super::list::{digest_of_column, report_place};
use super::source::{Record, Source, digest};
use super::tables::Tables;
use super::vault::Vault;
use super::voter_ids::VoterIds;
use super::{AppendColumn, AppendRecord, AppendReport, AppendRequest, AppendRows, AppendStatus};
use crate::audit::{AuditEvent, outbox};
use crate::database::Transaction;
use crate::durable;
use crate::error::StoreError;
use crate::keyring::DataKey;
use crate::list_file::{Content, ListFile, ListRows};
use crate::settings::random;
use crate::store::{Store, no_list};
use crate::transit::TransitFile;
use crate::voter_key::{VoterKey, is_key};
use hustings_access::verb::Append;
use hustings_access::{Act, Lineage, OrganizationId};
use hustings_core::FieldClass;
use hustings_core::digits::hex;
use hustings_voterfile::schema::Table as SchemaTable;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

impl Store {
    /// Joins a file to the current snapshot as an overlay, by the state's ids or by the organization's own keys of voters.
    /// Voters outside the scope have neither, and ids that the scope does not show find nobody. The same file by the same id
    /// column a second time changes nothing.
    ///
    /// # Errors
    /// A class or owner that cannot be used, or whose data the act may not write; no snapshot; a file without header or id column; a disk that fails.
    pub async fn append(
        &self,
        act: &Act<'_, Append>,
        request: &AppendRequest,
    ) -> Result<AppendReport, StoreError> {
        self.append_content(act, request, &Content::File, None).await
    }

    /// As [`Store::append`] for a file that was sent: `request.file` is only what its sender calls it.
    ///
    /// # Errors
    /// As [`Store::append`].
    pub async fn append_sent(
        &self,
        act: &Act<'_, Append>,
        request: &AppendRequest,
        sent: &TransitFile,
    ) -> Result<AppendReport, StoreError> {
        self.append_content(act, request, &Content::Sent(sent.clone()), None).await
    }

    /// As [`Store::append`] for a list that has been read, such as a sheet of a spreadsheet.
    ///
    /// # Errors
    /// As [`Store::append`].
    pub async fn append_rows(
        &self,
        act: &Act<'_, Append>,
        request: &AppendRequest,
        rows: &ListRows,
    ) -> Result<AppendReport, StoreError> {
        self.append_content(act, request, rows.content(), Some(rows)).await
    }

    async fn append_content(
        &self,
        act: &Act<'_, Append>,
        request: &AppendRequest,
        content: &Content,
        rows: Option<&ListRows>,
    ) -> Result<AppendReport, StoreError> {
        check(act, request)?;
        let view = self.view(act, request.state);
        let current = self.current_record(request.state).await?.filter(|_| view.exists());
        let snapshot = current.ok_or_else(|| no_list(request.state))?;
        let sha256 = digest(&request.file, content)?;
        let read;
        let rows = match rows {
            None if content.is_no_text(&request.file)? => {
                read = ListRows::read(&ListFile::of_content(&request.file, content.clone(), None)?)?;
                Some(&read)
            }
            rows => rows,
        };
        let source = match rows {
            Some(rows) => Source::of_rows(&request.file, rows, &request.id_column, &request.owner)?,
            None => Source::open(&request.file, content, &request.id_column, &request.owner)?,
        };
        let key = self.key_to_write(&request.owner, request.class).await?;
        if let Some(known) = self.known_append(None, request, &sha256, &key).await? {
            return again(request, known);
        }
        if !view.column(SchemaTable::Voters, "state_voter_id") {
            demand_keys(&source, request)?;
        }
        let folder = self.data.overlays(&request.owner, request.class);
        let append = format!("{}-{}", &self.now()[..10], hex(&random::<6>()?));
        let staging = folder.join(format!(".staging-{append}"));
        durable::create_folder(&staging)?;
        let _guard = StagingGuard(&staging);
        let known = self.confidential(request.state).await?;
        let of_key = |id: &str| self.voter_id(act, request.state, &VoterKey::of_text(id));
        let voters = VoterIds::of(&snapshot.folder, &view, &known, of_key)?;
        let mut columns = guess(&source, &voters)?;
        let vault = Vault::new(&staging, &append, &key);
        let counted = write(&vault, &source, &voters, &mut columns)?;
        let report = AppendReport {
            append: append.clone(),
            state: request.state,
            owner: request.owner.clone(),
            class: request.class,
            id_column: request.id_column.clone(),
            file: request.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            sha256,
            snapshot: snapshot.id,
            rows: counted,
            matching: None,
            columns,
            replaced: false,
            replaces: None,
            unchanged: false,
            run: None,
            removed_before: None,
        };
        // To read two files takes its time: what was decided when it began may have ended.
        if !self.still_holds(act).await? {
            return Err(StoreError::Refused("grant ended".to_owned()));
        }
        // Nobody else writes from here on, so that of two appends at once the later replaces the earlier.
        let transaction = self.database.begin("append overlay").await?;
        if let Some(known) = self.known_append(Some(&transaction), request, &report.sha256, &key).await? {
            return again(request, known);
        }
        self.settle(act, transaction, request, &vault, (&key, &Lineage::default()), report).await
    }

    /// Puts a complete append into its place and records it, in one; where that fails nothing of it stays.
    ///
    /// # Errors
    /// As [`Store::append`].
    pub(super) async fn settle(
        &self,
        act: &Act<'_, Append>,
        transaction: Transaction,
        request: &AppendRequest,
        vault: &Vault<'_>,
        (key, lineage): (&DataKey, &Lineage),
        mut report: AppendReport,
    ) -> Result<AppendReport, StoreError> {
        report.replaces = self.same_columns(&transaction, request, &report).await?;
        self.settle_in(&transaction, act, vault, (key, lineage), &mut report).await?;
        transaction.commit().await?;
        Ok(report)
    }

    /// Puts a vault in its place, in that of the append that its report names, and writes both down; it is there with the
    /// transaction. What has its place and comes to nothing is the caller's to remove.
    pub(super) async fn settle_in(
        &self,
        transaction: &Transaction,
        act: &Act<'_, Append>,
        vault: &Vault<'_>,
        (key, lineage): (&DataKey, &Lineage),
        report: &mut AppendReport,
    ) -> Result<(), StoreError> {
        report.replaced = report.replaces.is_some();
        vault.close(report)?;
        let place = self.place_of(report);
        durable::rename(vault.folder(), &place)?;
        let written = match self.write_append(transaction, (key, lineage), report).await {
            Ok(()) => {
                outbox::write(transaction, &self.now(), &event(act, "appended", report)).await.map(drop)
            }
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            durable::remove_tree(&place)?;
            return Err(error);
        }
        Ok(())
    }

    /// Where an append lies.
    pub(super) fn place_of(&self, report: &AppendReport) -> PathBuf {
        self.data.overlays(&report.owner, report.class).join(&report.append)
    }

    /// Whether a file can be appended at all: its class, its header, its id column.
    ///
    /// # Errors
    /// As [`Store::append`].
    pub fn check_append(&self, request: &AppendRequest) -> Result<(), StoreError> {
        check_class(request.class)?;
        digest(&request.file, &Content::File)?;
        if request.id_column.is_empty() || Content::File.is_no_text(&request.file)? {
            return ListFile::open(&request.file).map(|_| ());
        }
        Source::open(&request.file, &Content::File, &request.id_column, &request.owner).map(|_| ())
    }

    pub(super) async fn write_append(
        &self,
        transaction: &Transaction,
        (key, lineage): (&DataKey, &Lineage),
        report: &AppendReport,
    ) -> Result<(), StoreError> {
        self.demand_key(transaction, key).await?;
        let now = self.now();
        if let Some(replaced) = &report.replaces {
            transaction
                .execute(
                    "UPDATE appends SET status = 'replaced', updated_at = $1, updated_by = $2 \
                     WHERE id = $3 AND status = 'current'",
                    vec![now.as_str().into(), transaction.name().into(), replaced.as_str().into()],
                )
                .await?;
        }
        transaction
            .execute(
                "INSERT INTO appends (id, state, owner, class, file_name, file_sha256, snapshot_id, report, \
                 status, replaces, created_at, updated_at, updated_by, id_column, lineage) \
                 VALUES ($1, $2, $3, $4, '', $5, $6, '', 'current', $7, $8, $8, $9, '', $10)",
                vec![
                    report.append.as_str().into(),
                    report.state.as_str().into(),
                    report.owner.as_str().into(),
                    report.class.as_str().into(),
                    key.digest("file", &report.sha256).into(),
                    report.snapshot.as_str().into(),
                    report.replaces.clone().into(),
                    now.as_str().into(),
                    transaction.name().into(),
                    serde_json::json!(lineage).to_string().into(),
                ],
            )
            .await?;
        write_report(self, transaction, key, report).await
    }

    /// The current append of the owner and class that has exactly these columns.
    pub(super) async fn same_columns(
        &self,
        transaction: &Transaction,
        request: &AppendRequest,
        report: &AppendReport,
    ) -> Result<Option<String>, StoreError> {
        let names = |columns: &[AppendColumn]| -> BTreeSet<String> {
            columns.iter().map(|column| column.name.clone()).collect()
        };
        let wanted = names(&report.columns);
        for known in self.current_appends(Some(transaction), request.state).await? {
            if known.outline().owner != request.owner || known.outline().class != request.class {
                continue;
            }
            if let Some((known, _)) = known.open(self)?
                && names(&known.report.columns) == wanted
            {
                return Ok(Some(known.report.append));
            }
        }
        Ok(None)
    }
}

/// Refuses a file of which no row can be joined, since the list has no column of ids for the scope and no row names a voter by
/// key: whether an id is there is not to be told.
fn demand_keys(source: &Source<'_>, request: &AppendRequest) -> Result<(), StoreError> {
    let mut has_key = false;
    source.each_record(|record| {
        has_key |= record.fields.get(source.id).is_some_and(|id| is_key(id));
        Ok(())
    })?;
    if has_key {
        return Ok(());
    }
    Err(StoreError::Input(format!(
        "`{}`, column `{}`: expected voters' keys as pages and answers show them, got none; the voter file of {} has no \
         column `state_voter_id` here to join by",
        request.file.display(),
        request.id_column,
        request.state
    )))
}

/// The answer to a file that is joined already.
fn again(request: &AppendRequest, known: AppendRecord) -> Result<AppendReport, StoreError> {
    if known.status == AppendStatus::Replaced {
        return Err(StoreError::Input(format!(
            "`{}` was appended as {} and has been replaced since: remove the newer append to return to it",
            request.file.display(),
            known.report.append
        )));
    }
    Ok(AppendReport { unchanged: true, ..known.report })
}

/// Writes the report of an append into its row, encrypted, with digests of the file and of its id column that tell nothing
/// to who lacks the key.
pub(crate) async fn write_report(
    store: &Store,
    transaction: &Transaction,
    key: &DataKey,
    report: &AppendReport,
) -> Result<(), StoreError> {
    let json = serde_json::json!(report).to_string();
    transaction
        .execute(
            "UPDATE appends SET report = $1, file_name = '', file_sha256 = $2, id_column = $3, key_id = $4, \
             updated_at = $5, updated_by = $6 WHERE id = $7",
            vec![
                key.seal(&report_place(&report.append), &json)?.into(),
                key.digest("file", &report.sha256).into(),
                digest_of_column(key, &joined_by(report)).into(),
                key.id.as_str().into(),
                store.now().into(),
                transaction.name().into(),
                report.append.as_str().into(),
            ],
        )
        .await?;
    Ok(())
}

/// By what rows were joined: an append of a matched list's pairs is like no other.
fn joined_by(report: &AppendReport) -> String {
    match &report.run {
        Some(run) => format!("pairs of {run} in {}", report.append),
        None => report.id_column.clone(),
    }
}

/// The record of what was done to an append, for whoever did it and whose data it is.
pub(super) fn event(act: &Act<'_, Append>, action: &'static str, append: &AppendReport) -> AuditEvent {
    let owner = append.owner.parse().ok();
    AuditEvent {
        organization: act.organization().clone(),
        principal: Some(act.principal().clone()),
        action,
        about: Some(append.append.clone()),
        classes: [append.class].into(),
        voters: None,
        details: append.for_log(),
        owners: owner.into_iter().chain([act.organization().clone()]).collect(),
    }
}

/// Removes the staging folder when an append gives up.
pub(super) struct StagingGuard<'a>(pub(super) &'a Path);

impl Drop for StagingGuard<'_> {
    fn drop(&mut self) {
        // Nobody is there to tell; what stays is litter without a row.
        let _ = std::fs::remove_dir_all(self.0);
    }
}

fn check_class(class: FieldClass) -> Result<(), StoreError> {
    if !matches!(class, FieldClass::Appended | FieldClass::Proprietary | FieldClass::Private) {
        return Err(StoreError::Input(format!(
            "class `{class}` cannot be appended: expected appended, proprietary or private"
        )));
    }
    Ok(())
}

pub(super) fn check(act: &Act<'_, Append>, request: &AppendRequest) -> Result<(), StoreError> {
    let class = request.class;
    check_class(class)?;
    let owner: OrganizationId = request
        .owner
        .parse()
        .map_err(|error| StoreError::Input(format!("owner `{}` cannot be used: {error}", request.owner)))?;
    if act.may_write(&owner, class, request.state) {
        return Ok(());
    }
    Err(StoreError::Refused(format!(
        "`{}` may not append {class} data of `{owner}`: an organization appends its own data",
        act.organization()
    )))
}

/// What becomes of a record.
enum Fate {
    Matched(i64),
    /// Why it is kept apart: the rule, and the reason.
    Rejected(&'static str, String),
}

impl Fate {
    fn is_quarantined(&self) -> bool {
        matches!(self, Self::Rejected(QUARANTINED, _))
    }
}

const QUARANTINED: &str = "quarantined";

/// Decides about records in their order: of ids the first of a voter counts.
struct Judge<'a> {
    source: &'a Source<'a>,
    voters: &'a VoterIds<'a>,
    seen: HashSet<i64>,
    rows: AppendRows,
}

impl<'a> Judge<'a> {
    fn new(source: &'a Source<'a>, voters: &'a VoterIds<'a>) -> Self {
        Self { source, voters, seen: HashSet::new(), rows: AppendRows::default() }
    }

    fn judge(&mut self, record: &Record) -> Fate {
        self.rows.read += 1;
        if !self.source.fits(record) {
            self.rows.quarantined += 1;
            return Fate::Rejected(
                QUARANTINED,
                format!("expected {} fields, got {}", self.source.width(), record.fields.len()),
            );
        }
        let id = record.fields[self.source.id].as_str();
        if id.is_empty() {
            self.rows.quarantined += 1;
            return Fate::Rejected(QUARANTINED, "expected a voter id, got none".to_owned());
        }
        match self.voters.find(id) {
            None => {
                self.rows.unmatched += 1;
                Fate::Rejected("unmatched", "no voter has this id".to_owned())
            }
            Some(voter) if self.seen.insert(voter) => {
                self.rows.matched += 1;
                Fate::Matched(voter)
            }
            Some(_) => {
                self.rows.duplicate += 1;
                Fate::Rejected("duplicate", "an earlier row is of the same voter".to_owned())
            }
        }
    }
}

/// First reading: the columns with their types.
fn guess(source: &Source<'_>, voters: &VoterIds<'_>) -> Result<Vec<AppendColumn>, StoreError> {
    let mut guesses = vec![Guess::default(); source.columns.len()];
    let mut judge = Judge::new(source, voters);
    source.each_record(|record| {
        // Rows that no voter has tell the type as well.
        if !judge.judge(&record).is_quarantined() {
            for (column, guess) in source.columns.iter().zip(&mut guesses) {
                let value = &record.fields[column.position];
                if !value.is_empty() {
                    guess.see(value);
                }
            }
        }
        Ok(())
    })?;
    let columns = source.columns.iter().zip(&guesses).map(|(column, guess)| AppendColumn {
        name: column.name.clone(),
        header: column.header.clone(),
        kind: guess.kind(&column.header),
        filled: 0,
        out_of_domain: 0,
    });
    Ok(columns.collect())
}

/// Second reading: the values, the rejected rows and the values outside their domain.
fn write(
    vault: &Vault<'_>,
    source: &Source<'_>,
    voters: &VoterIds<'_>,
    columns: &mut [AppendColumn],
) -> Result<AppendRows, StoreError> {
    let mut tables = Tables::create(vault, columns)?;
    let mut judge = Judge::new(source, voters);
    source.each_record(|record| match judge.judge(&record) {
        Fate::Matched(voter) => {
            let cells = source.columns.iter().map(|column| record.fields[column.position].as_str());
            tables.join(voter, record.line, cells)
        }
        Fate::Rejected(rule, detail) => tables.reject(record.line, (rule, &detail), &record.fields),
    })?;
    tables.finish()?;
    Ok(judge.rows)
}
