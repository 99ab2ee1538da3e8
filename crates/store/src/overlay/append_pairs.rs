//! Adding an overlay from a list that was matched: the cells of the pairs that hold, by voter. Cells keep their run (in the
//! report) and their row (`source_line`); run, row and voter are the pair.

use super::append::check;
use super::guess::Guess;
use super::source::{SourceColumn, columns};
use super::tables::Tables;
use super::vault::Vault;
use super::{AppendColumn, AppendMatching, AppendReport, AppendRequest, AppendRows};
use crate::durable;
use crate::error::StoreError;
use crate::keyring::DataKey;
use crate::match_run::{MatchPair, MatchPairs, MatchReport, OpenRun, Standings};
use crate::read::table::{Condition, Rows, Table};
use crate::settings::random;
use crate::store::{Store, no_list};
use hustings_access::Act;
use hustings_access::verb::Append;
use hustings_core::digits::hex;
use hustings_core::{FieldClass, StateCode};
use hustings_matching::review::Standing;
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
    /// Places of the list's columns that are to be appended; none: all of them.
    pub columns: Option<BTreeSet<usize>>,
    /// Whether nothing is done where the same list with the same columns is appended already.
    pub once: bool,
}

/// What becomes of a row with a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// This voter gets its cells.
    Joined(i64),
    /// This row, of the same voter, says more.
    Double(u32),
    /// Its pairs wait for an answer.
    Review,
}

impl Store {
    /// Appends cells of a run's pairs that hold now. An earlier append of the organization with the same columns is replaced.
    /// One voter gets one row: of several a confirmed one, of these the fullest, and of those the likeliest.
    ///
    /// # Errors
    /// As [`Store::append`]; no such run, or a column that it does not have.
    pub async fn append_pairs(
        &self,
        act: &Act<'_, Append>,
        wanted: &AppendPairs,
    ) -> Result<AppendReport, StoreError> {
        let open = self.demand_run(act, wanted.state, &wanted.run).await?;
        let chosen = chosen(&headers(&open)?, &open.owner, wanted.columns.as_ref())?;
        let names: BTreeSet<String> = chosen.iter().map(|column| column.name.clone()).collect();
        let standings = Standings::of(self.answers_of(&open).await?);
        let mut made = self.prepare_pairs(act, (&open, &standings), wanted.class, &chosen).await?;
        if !self.still_holds(act).await? {
            return Err(StoreError::Refused("grant ended".to_owned()));
        }
        // Nobody else writes from here on, so that of two appends at once the later one sees the earlier.
        let transaction = self.database.begin("append pairs").await?;
        if wanted.once {
            let list = (made.report.sha256.clone(), names);
            let before = self.matched_before(Some(&transaction), &made.request, list, &made.key).await?;
            if let Some(unchanged) = before.unchanged {
                return Ok(unchanged);
            }
            made.report.removed_before = before.removed;
        }
        let report = made.report.clone();
        self.settle(act, transaction, &made.request, &made.vault(), (&made.key, &open.lineage), report).await
    }

    /// Writes the cells of a run's pairs that hold by these answers, apart.
    pub(super) async fn prepare_pairs(
        &self,
        act: &Act<'_, Append>,
        (open, standings): (&OpenRun, &Standings),
        class: FieldClass,
        chosen: &[SourceColumn],
    ) -> Result<PreparedPairs, StoreError> {
        let state = open.record.state;
        let list = report(open)?;
        let request = AppendRequest {
            state,
            owner: open.owner.clone(),
            class,
            file: PathBuf::from(&list.file),
            id_column: String::new(),
        };
        check(act, &request)?;
        let view = self.view(act, state);
        let current = self.current_record(state).await?.filter(|_| view.exists());
        let snapshot = current.ok_or_else(|| no_list(state))?;
        let pairs = self.pairs_there(open).await?;
        let holds = standings.holds(&pairs);
        let there = {
            let pair = |number: &u32| pairs.get(*number).map(|pair| pair.voter.0);
            let voters: BTreeSet<i64> = holds.iter().filter_map(pair).collect();
            let table = Table::open(&snapshot.folder.join("voters.parquet"))?;
            let (count, filters) = (voters.len(), view.rows(&self.confidential(state).await?));
            let positions = table.first(&[Condition::IntegerIn("voter_id", voters)], &filters, count)?;
            let batches = table.read(&positions, &["voter_id"])?;
            Rows::of(&batches).iter().filter_map(|row| row.integer("voter_id")).collect::<BTreeSet<i64>>()
        };
        let (mut appended, extent) = self.first_reading(open, chosen)?;
        let fates = fates(&pairs, standings, &holds, (&there, &extent.filled));
        let key = self.key_to_write(&request.owner, request.class).await?;
        let folder = self.data.overlays(&request.owner, request.class);
        let append = format!("{}-{}", &self.now()[..10], hex(&random::<6>()?));
        let staging = Staging(folder.join(format!(".staging-{append}")));
        durable::create_folder(&staging.0)?;
        let vault = Vault::new(&staging.0, &append, &key);
        let rows = self.second_reading(open, (&vault, &fates, &extent.lines), chosen, &mut appended)?;
        let report = AppendReport {
            append: append.clone(),
            state,
            owner: request.owner.clone(),
            class: request.class,
            id_column: String::new(),
            file: list.file.clone(),
            sha256: list.sha256.clone(),
            snapshot: snapshot.id,
            matching: Some(AppendMatching {
                matched: rows.matched,
                accepted: rows.matched + rows.duplicate,
                review: rows.review,
                unmatched: rows.unmatched,
                kept_apart: list.kept_apart,
                estimated_precision: list.estimated_precision,
                estimated_recall: list.estimated_recall,
                pair_completeness: list.pair_completeness,
            }),
            rows,
            columns: appended,
            replaced: false,
            replaces: None,
            unchanged: false,
            run: Some(open.record.id.clone()),
            removed_before: None,
        };
        Ok(PreparedPairs { request, key, report, staging })
    }

    /// The columns with their types, and of each row where it begins and how much it says.
    fn first_reading(
        &self,
        open: &OpenRun,
        chosen: &[SourceColumn],
    ) -> Result<(Vec<AppendColumn>, Extent), StoreError> {
        let mut guesses = vec![Guess::default(); chosen.len()];
        let mut extent = Extent::default();
        self.each_row(open, |_, line, cells| {
            extent.lines.push(line);
            extent.filled.push(cells.iter().filter(|cell| !cell.is_empty()).count());
            for (column, guess) in chosen.iter().zip(&mut guesses) {
                if let Some(cell) = cells.get(column.position).filter(|cell| !cell.is_empty()) {
                    guess.see(cell);
                }
            }
            Ok(())
        })?;
        let columns = chosen.iter().zip(&guesses).map(|(column, guess)| AppendColumn {
            name: column.name.clone(),
            header: column.header.clone(),
            kind: guess.kind(&column.header),
            filled: 0,
            out_of_domain: 0,
        });
        Ok((columns.collect(), extent))
    }

    fn second_reading(
        &self,
        open: &OpenRun,
        (vault, fates, lines): (&Vault<'_>, &BTreeMap<u32, Fate>, &[u64]),
        chosen: &[SourceColumn],
        columns: &mut [AppendColumn],
    ) -> Result<AppendRows, StoreError> {
        let mut tables = Tables::create(vault, columns)?;
        let mut counted = AppendRows::default();
        self.each_row(open, |number, line, cells| {
            counted.read += 1;
            match fates.get(&number) {
                Some(Fate::Joined(voter)) => {
                    counted.matched += 1;
                    let of_column = |column: &SourceColumn| cells.get(column.position).copied().unwrap_or("");
                    tables.join(*voter, line, chosen.iter().map(of_column))
                }
                Some(Fate::Double(winner)) => {
                    counted.duplicate += 1;
                    let winner = usize::try_from(*winner).ok().and_then(|row| lines.get(row));
                    let winner = winner.copied().unwrap_or_default();
                    let why = format!("the row of line {winner}, of the same voter, counts");
                    tables.reject(line, ("duplicate", &why), cells)
                }
                Some(Fate::Review) => {
                    counted.review += 1;
                    tables.reject(line, ("review", "too doubtful to be joined by itself"), cells)
                }
                None => {
                    counted.unmatched += 1;
                    tables.reject(line, ("unmatched", "like no voter"), cells)
                }
            }
        })?;
        tables.finish()?;
        Ok(counted)
    }
}

/// Of each row, in their order.
#[derive(Default)]
struct Extent {
    /// Where it begins.
    lines: Vec<u64>,
    /// How many of its cells say anything.
    filled: Vec<usize>,
}

/// Cells that are written, and wait for their place.
pub(super) struct PreparedPairs {
    pub(super) request: AppendRequest,
    pub(super) key: DataKey,
    pub(super) report: AppendReport,
    staging: Staging,
}

impl PreparedPairs {
    pub(super) fn vault(&self) -> Vault<'_> {
        Vault::new(&self.staging.0, &self.report.append, &self.key)
    }
}

/// Removed when nothing comes of it.
struct Staging(PathBuf);

impl Drop for Staging {
    fn drop(&mut self) {
        // Nobody is there to tell; what stays is litter without a row.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn report(open: &OpenRun) -> Result<&MatchReport, StoreError> {
    let report = open.record.report.as_ref();
    report.ok_or_else(|| StoreError::Input(format!("there is no matched list `{}` here", open.record.id)))
}

fn headers(open: &OpenRun) -> Result<Vec<String>, StoreError> {
    Ok(report(open)?.columns.iter().map(|column| column.header.clone()).collect())
}

/// The columns to append: those at these places, or all.
fn chosen(
    headers: &[String],
    owner: &str,
    places: Option<&BTreeSet<usize>>,
) -> Result<Vec<SourceColumn>, StoreError> {
    if places.is_some_and(|places| places.is_empty() || places.iter().any(|place| *place >= headers.len())) {
        return Err(StoreError::Input("choose at least one column of the list to be added".to_owned()));
    }
    // No id stands among the columns.
    let mut named = columns(headers, None, owner)?;
    named.retain(|column| places.is_none_or(|places| places.contains(&column.position)));
    Ok(named)
}

/// The places of a list's columns that an append of it has: headers may be alike.
#[must_use]
pub fn appended_places(headers: &[String], append: &AppendReport) -> BTreeSet<usize> {
    let named = columns(headers, None, &append.owner).unwrap_or_default();
    let is_there = |column: &SourceColumn| append.columns.iter().any(|one| one.name == column.name);
    named.into_iter().filter(is_there).map(|column| column.position).collect()
}

/// The columns of a run's list that were appended: headers may be alike, names are not.
pub(super) fn appended_columns(
    open: &OpenRun,
    append: &AppendReport,
) -> Result<Vec<SourceColumn>, StoreError> {
    let mut named = columns(&headers(open)?, None, &append.owner)?;
    named.retain(|column| append.columns.iter().any(|one| one.name == column.name));
    Ok(named)
}

/// What becomes of each row that has a pair; of all others nothing is known.
fn fates(
    pairs: &MatchPairs,
    standings: &Standings,
    holds: &[u32],
    (there, filled): (&BTreeSet<i64>, &[usize]),
) -> BTreeMap<u32, Fate> {
    let rank = |number: u32, pair: &MatchPair| {
        let filled = usize::try_from(pair.row).ok().and_then(|row| filled.get(row)).copied();
        (standings.of_pair(number) == Standing::Same, filled.unwrap_or_default())
    };
    // The surest come first, so of equals the first counts.
    let mut of_voter: BTreeMap<i64, ((bool, usize), u32)> = BTreeMap::new();
    let held: Vec<(u32, &MatchPair)> =
        holds.iter().filter_map(|number| Some((*number, pairs.get(*number)?))).collect();
    for (number, pair) in held.iter().filter(|(_, pair)| there.contains(&pair.voter.0)) {
        let rank = rank(*number, pair);
        let best = of_voter.entry(pair.voter.0).or_insert((rank, pair.row));
        if rank > best.0 {
            *best = (rank, pair.row);
        }
    }
    let mut fates: BTreeMap<u32, Fate> = BTreeMap::new();
    for (number, pair) in pairs.iter() {
        if standings.waits(number, pair) {
            fates.insert(pair.row, Fate::Review);
        }
    }
    for (_, pair) in held {
        match of_voter.get(&pair.voter.0) {
            Some((_, winner)) if *winner == pair.row => fates.insert(pair.row, Fate::Joined(pair.voter.0)),
            Some((_, winner)) => fates.insert(pair.row, Fate::Double(*winner)),
            // Nobody is there any more for the organization.
            None => fates.remove(&pair.row),
        };
    }
    fates
}
