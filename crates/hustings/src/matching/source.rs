//! What is linked: a file, or a snapshot as somebody's scope shows it.

use super::MatchError;
use super::input::{Head, Loaded, Otherwise, Reading, read_voters};
use hustings_access::Scope;
use hustings_core::StateCode;
use hustings_matching::plan::Side;
use hustings_store::{LinkableVoters, ListFile, Store, StoreError};
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a file.
    File(PathBuf),
    /// In a snapshot: of this date, else the current one.
    Snapshot(StateCode, Option<Date>),
}

impl Place {
    /// Whether it is a snapshot.
    #[must_use]
    pub fn is_snapshot(&self) -> bool {
        matches!(self, Self::Snapshot(..))
    }
}

impl FromStr for Place {
    type Err = String;

    /// `nc` and `nc@2026-11-14` are snapshots, all else is a file; a file that is called so is meant by `./nc`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (state, date) = match text.split_once('@') {
            Some((state, date)) => (state, Some(date)),
            None => (text, None),
        };
        let Ok(state) = state.parse::<StateCode>() else { return Ok(Self::File(text.into())) };
        let date = date.map(|date| {
            date.parse::<Date>().map_err(|_| {
                format!("expected the date of a snapshot as {state}@2026-11-14, got `{text}`; a file of that name is `./{text}`")
            })
        });
        Ok(Self::Snapshot(state, date.transpose()?))
    }
}

/// A list to be linked.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where it is.
    pub place: Place,
    /// The column that names the rows.
    pub id: Option<String>,
    /// The sheet, of a spreadsheet; the first when none is named.
    pub sheet: Option<String>,
}

impl Source {
    /// The state of the snapshot.
    #[must_use]
    pub fn state(&self) -> Option<StateCode> {
        match self.place {
            Place::File(_) => None,
            Place::Snapshot(state, _) => Some(state),
        }
    }
}

/// Under what snapshots are read.
#[derive(Debug, Clone, Copy)]
pub struct Under<'a, 'id> {
    /// The store.
    pub store: &'a Store,
    /// The scope.
    pub scope: &'a Scope<'id>,
}

enum Opened<'id> {
    File(ListFile),
    Voters(LinkableVoters<'id>),
}

impl<'id> Opened<'id> {
    async fn open(source: &Source, under: Option<Under<'_, 'id>>) -> Result<Self, MatchError> {
        Ok(match (&source.place, under) {
            (Place::File(path), _) => Self::File(ListFile::open_sheet(path, source.sheet.as_deref())?),
            (Place::Snapshot(state, _), _) if source.sheet.is_some() => {
                return Err(MatchError::Input(format!("`{state}` is a snapshot: it has no sheets")));
            }
            (Place::Snapshot(state, date), Some(Under { store, scope })) => {
                Self::Voters(store.linkable_voters(scope, *state, *date).await?)
            }
            (Place::Snapshot(state, _), None) => return Err(hustings_store::no_list(*state).into()),
        })
    }

    fn head(&self, source: &Source) -> Head {
        match self {
            Self::File(list) => Head {
                name: list.path().display().to_string(),
                headers: list.headers().to_vec(),
                id: source.id.clone(),
                otherwise: Otherwise::Number,
            },
            Self::Voters(voters) => Head::of_voters(voters, source.id.as_deref()),
        }
    }

    /// Reads the rows; what the user should know of how.
    async fn read(
        &self,
        reading: &mut Reading,
        side: Side,
        under: Option<Under<'_, 'id>>,
    ) -> Result<Vec<String>, StoreError> {
        match (self, under) {
            (Self::File(list), _) => {
                let mended = list.each_block(&mut |block| reading.push(side, block))?;
                return Ok(list.note().into_iter().chain(mended.note(list.path())).collect());
            }
            (Self::Voters(voters), Some(Under { store, scope })) => {
                read_voters(reading, side, (store, scope), voters, &|_| ()).await?;
            }
            (Self::Voters(voters), None) => return Err(hustings_store::no_list(voters.state())),
        }
        Ok(Vec::new())
    }
}

/// The snapshots that were read, and under what.
pub struct Seen<'a, 'id> {
    under: Option<Under<'a, 'id>>,
    voters: Vec<(Side, LinkableVoters<'id>)>,
    /// What the user should know of how lists were read.
    pub notes: Vec<String>,
}

impl Seen<'_, '_> {
    /// Gives the voters of these rows the organization's keys, and records that they are shown.
    ///
    /// # Errors
    /// A grant that has ended, or the log cannot be written.
    pub async fn name_and_record(
        &self,
        loaded: &mut Loaded,
        rows: &impl Fn(Side) -> BTreeSet<usize>,
    ) -> Result<(), StoreError> {
        let Some(Under { store, scope }) = self.under else { return Ok(()) };
        for (side, voters) in &self.voters {
            let rows = rows(*side);
            let state = voters.state();
            let who = rows.iter().filter_map(|row| loaded.voter(*side, *row));
            store.record_linked(scope, state, voters.snapshot(), who).await?;
            loaded.give_keys(*side, rows.into_iter(), |voter| store.voter_key(scope, state, voter));
        }
        Ok(())
    }
}

/// Reads and prepares one list, or two.
pub async fn load<'a, 'id>(
    left: &Source,
    right: Option<&Source>,
    columns: &[(String, String)],
    under: Option<Under<'a, 'id>>,
) -> Result<(Loaded, Seen<'a, 'id>), MatchError> {
    let mut sides = vec![(Side::Left, left, Opened::open(left, under).await?)];
    if let Some(right) = right {
        sides.push((Side::Right, right, Opened::open(right, under).await?));
    }
    let heads: Vec<Head> = sides.iter().map(|(_, source, opened)| opened.head(source)).collect();
    let mut reading = Reading::begin(&heads[0], heads.get(1), columns)?;
    let mut notes = Vec::new();
    for (side, _, opened) in &sides {
        notes.extend(opened.read(&mut reading, *side, under).await?);
    }
    let voters = sides.into_iter().filter_map(|(side, _, opened)| match opened {
        Opened::Voters(voters) => Some((side, voters)),
        Opened::File(_) => None,
    });
    Ok((reading.finish(), Seen { under, voters: voters.collect(), notes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_a_snapshot_and_all_else_a_file() {
        let check = |text: &str, expected: Place| assert_eq!(text.parse(), Ok(expected));
        let nc: StateCode = "nc".parse().unwrap();
        check("nc", Place::Snapshot(nc, None));
        check("NC", Place::Snapshot(nc, None));
        check("nc@2026-11-14", Place::Snapshot(nc, Some("2026-11-14".parse().unwrap())));
        check("./nc", Place::File("./nc".into()));
        check("./nc@2026", Place::File("./nc@2026".into()));
        check("nc.csv", Place::File("nc.csv".into()));
        check("list@home.csv", Place::File("list@home.csv".into()));
        assert!("nc@november".parse::<Place>().unwrap_err().contains("nc@2026-11-14"));
    }
}
