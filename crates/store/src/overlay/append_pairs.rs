//! Adding an overlay from a list that was matched: the cells of the pairs that hold, by voter. Cells keep their run (in the
//! report) and their row (`source_line`); run, row and voter are the pair.

use super::append::{StagingGuard, check, schema, values_schema};
use super::guess::{Guess, Typed};
use super::source::columns;
use super::table_file::TableFile;
use super::vault::{OUT_OF_DOMAIN, REJECTED, VALUES, Vault};
use super::{AppendColumn, AppendReport, AppendRequest, AppendRows};
use crate::durable;
use crate::error::StoreError;
use crate::match_run::MatchRow;
use crate::read::table::{Condition, Rows, Table};
use crate::settings::random;
use crate::store::{Store, no_list};
use arrow_schema::DataType;
use hustings_access::Act;
use hustings_access::verb::Append;
use hustings_core::digits::hex;
use hustings_core::{FieldClass, StateCode};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What of a run to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendPairs {
    /// The state.
    pub state: StateCode,
    /// The run.
    pub run: String,
    /// `appended`, `proprietary` or `private`.
    pub class: FieldClass,
    /// Places of the list's columns that are to be appended.
    pub columns: BTreeSet<usize>,
    /// The pairs that hold, the surest first: of several of one voter, or of one row, the first counts.
    pub pairs: Vec<u32>,
}

/// A row of the list and the voter who gets its cells.
struct Joined<'a> {
    row: &'a MatchRow,
    voter: Result<i64, &'static str>,
}

impl Store {
    /// Appends cells of a run's pairs. An earlier append of the organization with the same columns is replaced.
    ///
    /// # Errors
    /// As [`Store::append`]; no such run; a pair or column that it does not have.
    pub async fn append_pairs(
        &self,
        act: &Act<'_, Append>,
        wanted: &AppendPairs,
    ) -> Result<AppendReport, StoreError> {
        let state = wanted.state;
        let open = self.demand_run(act, state, &wanted.run).await?;
        let list = open.record.report.as_ref();
        let (file, sha256, headers) = match list {
            Some(list) => (
                list.file.clone(),
                list.sha256.clone(),
                list.columns.iter().map(|column| column.header.clone()).collect::<Vec<_>>(),
            ),
            None => return Err(StoreError::Input(format!("there is no matched list `{}` here", wanted.run))),
        };
        if wanted.columns.is_empty() || wanted.columns.iter().any(|column| *column >= headers.len()) {
            return Err(StoreError::Input("choose at least one column of the list to be added".to_owned()));
        }
        let request = AppendRequest {
            state,
            owner: open.owner.clone(),
            class: wanted.class,
            file: PathBuf::from(&file),
            id_column: String::new(),
        };
        check(act, &request)?;
        let view = self.view(act, state);
        let current = self.current_record(state).await?.filter(|_| view.exists());
        let snapshot = current.ok_or_else(|| no_list(state))?;
        let pairs = self.pairs_of(&open)?;
        let mut of_row: BTreeMap<u32, i64> = BTreeMap::new();
        let mut of_voter: BTreeMap<i64, u32> = BTreeMap::new();
        for number in &wanted.pairs {
            let pair = usize::try_from(*number).ok().and_then(|number| pairs.get(number));
            let pair = pair.ok_or_else(|| StoreError::Input(format!("this list has no pair {number}")))?;
            if *of_row.entry(pair.row).or_insert(pair.voter.0) == pair.voter.0 {
                of_voter.entry(pair.voter.0).or_insert(pair.row);
            }
        }
        let there = {
            let voters: BTreeSet<i64> = of_row.values().copied().collect();
            let table = Table::open(&snapshot.folder.join("voters.parquet"))?;
            let (count, filters) = (voters.len(), view.rows(&self.confidential(state).await?));
            let positions = table.first(&[Condition::IntegerIn("voter_id", voters)], &filters, count)?;
            let batches = table.read(&positions, &["voter_id"])?;
            Rows::of(&batches).iter().filter_map(|row| row.integer("voter_id")).collect::<BTreeSet<i64>>()
        };
        let rows = self.rows_of(&open, None)?;
        let joined: Vec<Joined<'_>> = rows
            .iter()
            .map(|(number, row)| {
                let voter = match of_row.get(number) {
                    Some(voter) if !there.contains(voter) => Err("unmatched"),
                    Some(voter) if of_voter.get(voter) == Some(number) => Ok(*voter),
                    Some(_) => Err("duplicate"),
                    None => Err("unmatched"),
                };
                Joined { row, voter }
            })
            .collect();
        // No id stands among the columns.
        let named = columns(&headers, None, &request.owner)?;
        let named: Vec<_> =
            named.into_iter().filter(|column| wanted.columns.contains(&column.position)).collect();
        let positions: Vec<usize> = named.iter().map(|column| column.position).collect();
        let mut appended: Vec<AppendColumn> = named
            .iter()
            .map(|column| {
                let mut guess = Guess::default();
                let cells = rows.iter().filter_map(|(_, row)| row.cells.get(column.position));
                cells.filter(|cell| !cell.is_empty()).for_each(|cell| guess.see(cell));
                AppendColumn {
                    name: column.name.clone(),
                    header: column.header.clone(),
                    kind: guess.kind(&column.header),
                    filled: 0,
                    out_of_domain: 0,
                }
            })
            .collect();
        let key = self.key_to_write(&request.owner, request.class).await?;
        let folder = self.data.overlays(&request.owner, request.class);
        let append = format!("{}-{}", &self.now()[..10], hex(&random::<6>()?));
        let staging = folder.join(format!(".staging-{append}"));
        durable::create_folder(&staging)?;
        let _guard = StagingGuard(&staging);
        let vault = Vault::new(&staging, &append, &key);
        let counted = write(&vault, &joined, &positions, &mut appended)?;
        let report = AppendReport {
            append: append.clone(),
            state,
            owner: request.owner.clone(),
            class: request.class,
            id_column: String::new(),
            file,
            sha256,
            snapshot: snapshot.id,
            rows: counted,
            columns: appended,
            replaced: false,
            replaces: None,
            unchanged: false,
            run: Some(wanted.run.clone()),
            matching: None,
        };
        if !self.still_holds(act).await? {
            return Err(StoreError::Refused("grant ended".to_owned()));
        }
        let transaction = self.database.begin("append pairs").await?;
        self.settle(act, transaction, &request, (&vault, None), &key, report).await
    }
}

fn write(
    vault: &Vault<'_>,
    rows: &[Joined<'_>],
    positions: &[usize],
    columns: &mut [AppendColumn],
) -> Result<AppendRows, StoreError> {
    let create = |table: &str, schema| TableFile::create(&vault.path(table), schema, &vault.key(table));
    let text = |text: &str| Some(Typed::Text(text.to_owned()));
    let mut values = create(VALUES, values_schema(columns))?;
    let rejected = ["rule", "detail", "record"].map(|name| (name, DataType::Utf8));
    let mut rejected = create(
        REJECTED,
        schema([("line", DataType::Int64), rejected[0].clone(), rejected[1].clone(), rejected[2].clone()]),
    )?;
    let mut outside = create(
        OUT_OF_DOMAIN,
        schema([("line", DataType::Int64), ("column", DataType::Utf8), ("value", DataType::Utf8)]),
    )?;
    let mut counted = AppendRows::default();
    for Joined { row, voter } in rows {
        counted.read += 1;
        let line = i64::try_from(row.line).unwrap_or(i64::MAX);
        let voter = match voter {
            Ok(voter) => *voter,
            Err(rule) => {
                let detail = match *rule {
                    "duplicate" => "another row is of the same voter",
                    _ => "no voter was found for this row, or it was found by nobody for sure",
                };
                match *rule {
                    "duplicate" => counted.duplicate += 1,
                    _ => counted.unmatched += 1,
                }
                let kept = serde_json::json!(row.cells).to_string();
                rejected.push([Some(Typed::Int(line)), text(rule), text(detail), Some(Typed::Text(kept))])?;
                continue;
            }
        };
        counted.matched += 1;
        let mut cells = vec![Some(Typed::Int(voter)), Some(Typed::Int(line))];
        for (column, position) in columns.iter_mut().zip(positions) {
            let value = row.cells.get(*position).map_or("", String::as_str);
            let typed = if value.is_empty() { None } else { column.kind.read(value) };
            if typed.is_some() {
                column.filled += 1;
            } else if !value.is_empty() {
                column.out_of_domain += 1;
                outside.push([Some(Typed::Int(line)), text(&column.name), text(value)])?;
            }
            cells.push(typed);
        }
        values.push(cells)?;
    }
    values.finish()?;
    rejected.finish()?;
    outside.finish()?;
    Ok(counted)
}
