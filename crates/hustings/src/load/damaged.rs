//! Damaged rows of the vote history: held back, so that the votes they told are missing from what was read. A vote that
//! was on file before and may have stood in such a row is not lost: it stays as it was.
//!
//! A row *tells* the votes of the voters whose id of the state's or of the county's stands in it, on the days of
//! elections that stand in it, or on any day when none does. A row that names nobody for certain, and that tells no
//! missing vote of somebody it may name, may be anybody's. So no vote is taken off because a row could not be read.
//! A line holds one vote at most: what is kept beyond the number of damaged lines counts as missing in the sums, though nobody
//! can say which votes these are.

use hustings_voterfile::format::{RecordFormat, RecordShape};
use hustings_voterfile::history::VotePlan;
use hustings_voterfile::identity::{IdKey, IdMap, normalize_id};
use hustings_voterfile::record::QuarantinedRow;
use std::collections::{BTreeSet, HashMap, HashSet};

/// More rows than this are only counted, and may then be anybody's: such a history is held by the gate anyway.
const ROWS_MAX: usize = 100_000;
/// No id is longer.
const ID_LENGTH_MAX: usize = 40;

/// The damaged rows of a delivery.
#[derive(Debug, Default)]
pub struct DamagedRows {
    rows: Vec<DamagedRow>,
    uncounted: u64,
}

/// What can still be read of a damaged row.
#[derive(Debug)]
pub struct DamagedRow {
    /// Keys of the values that may be ids.
    ids: Vec<IdKey>,
    /// Days that stand in it, since 1970-01-01.
    dates: Vec<i32>,
    /// Physical lines: so many votes it may hold.
    lines: u64,
    /// A voter's row with all their votes in it, not the row of one vote.
    is_voter: bool,
    /// An id of somebody known stands in it whole: it is nobody else's.
    names_voter: bool,
}

/// A vote that was on file before and is missing now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingVote {
    /// Our id of the voter.
    pub voter_id: i64,
    /// The state's id.
    pub state_voter_id: String,
    /// The county's id; empty for none.
    pub county_voter_id: String,
    /// Day of the election, since 1970-01-01.
    pub date: Option<i32>,
    /// How many votes of that day are missing.
    pub count: u64,
}

/// What stays on file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct KeptVotes {
    /// Votes by voter and day.
    pub votes: HashMap<(i64, Option<i32>), u64>,
    /// How many of them no damaged row can have told, since there are fewer rows than votes.
    pub excess: u64,
}

impl DamagedRow {
    /// Looks through the bytes of a row that was held back.
    pub fn read(
        row: &QuarantinedRow<'_>,
        format: &RecordFormat,
        plan: &VotePlan,
        is_voter: bool,
        id_pad: usize,
        is_known: impl Fn(&str) -> bool,
    ) -> Self {
        let values = values_of(row.bytes, &format.shape);
        let mut read = Self {
            ids: Vec::new(),
            dates: Vec::new(),
            lines: u64::from(row.lines),
            is_voter,
            names_voter: false,
        };
        // Two rows that ran into each other name two voters, and one of the names may be unreadable.
        let is_single = row.lines == 1 && values.len() <= format.width;
        for (index, value) in values.iter().enumerate() {
            if value.len() <= ID_LENGTH_MAX && value.bytes().any(|byte| byte.is_ascii_digit()) {
                let id = normalize_id(value, id_pad);
                // The last value may be the beginning of another id.
                let is_whole = index + 1 < values.len();
                read.names_voter |= is_single && is_whole && is_known(&id);
                read.ids.push(IdKey::new(&id));
                // The county's id is kept as it stands in the file.
                if id != *value {
                    read.ids.push(IdKey::new(value));
                }
            }
            // A day may stand in the name of the election only: `11/05/2024 GENERAL`.
            read.dates
                .extend(std::iter::once(*value).chain(value.split(' ')).filter_map(|text| plan.day(text)));
        }
        read.dates.sort_unstable();
        read.dates.dedup();
        read
    }

    fn tells(&self, date: Option<i32>) -> bool {
        self.is_voter || self.dates.is_empty() || date.is_none_or(|date| self.dates.contains(&date))
    }
}

impl DamagedRows {
    /// Adds rows of the next block.
    pub fn extend(&mut self, rows: Vec<DamagedRow>) {
        for row in rows {
            if self.rows.len() < ROWS_MAX {
                self.rows.push(row);
            } else {
                self.uncounted += 1;
            }
        }
    }

    /// Whether nothing was damaged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.uncounted.saturating_add(u64::try_from(self.rows.len()).unwrap_or(u64::MAX))
    }

    /// Which of the missing votes stay. `elections` are the days on which anybody voted: other days in a row tell
    /// nothing.
    #[must_use]
    pub fn keep(mut self, missing: &[MissingVote], elections: &BTreeSet<i32>) -> KeptVotes {
        let mut by_id: IdMap<IdKey, Vec<usize>> = IdMap::default();
        for (index, row) in self.rows.iter_mut().enumerate() {
            row.dates.retain(|date| elections.contains(date));
            for id in &row.ids {
                by_id.entry(*id).or_default().push(index);
            }
        }
        let mut kept = KeptVotes::default();
        let mut explains = vec![false; self.rows.len()];
        let mut rest = Vec::new();
        // Votes kept for rows that hold one vote a line.
        let mut single = 0_u64;
        for vote in missing {
            let ids = [vote.state_voter_id.as_str(), vote.county_voter_id.as_str()];
            let named = ids.iter().filter(|id| !id.is_empty()).filter_map(|id| by_id.get(&IdKey::new(id)));
            let telling: HashSet<usize> =
                named.flatten().copied().filter(|row| self.rows[*row].tells(vote.date)).collect();
            if telling.is_empty() {
                rest.push(vote);
                continue;
            }
            kept.votes.insert((vote.voter_id, vote.date), vote.count);
            if !telling.iter().any(|row| self.rows[*row].is_voter) {
                single += vote.count;
            }
            telling.into_iter().for_each(|row| explains[row] = true);
        }
        let is_single = |row: &&DamagedRow| !row.is_voter;
        let anybodys: Vec<&DamagedRow> = self
            .rows
            .iter()
            .zip(explains)
            .filter(|(row, explains)| !explains && !row.names_voter)
            .map(|(row, _)| row)
            .filter(is_single)
            .collect();
        let any_day = self.uncounted > 0 || anybodys.iter().any(|row| row.dates.is_empty());
        let days: HashSet<i32> = anybodys.iter().flat_map(|row| row.dates.iter().copied()).collect();
        for vote in rest {
            let is_told = any_day || vote.date.map_or(!anybodys.is_empty(), |date| days.contains(&date));
            if is_told {
                kept.votes.insert((vote.voter_id, vote.date), vote.count);
                single += vote.count;
            }
        }
        let told: u64 = self.rows.iter().filter(is_single).map(|row| row.lines).sum();
        kept.excess = single.saturating_sub(told.saturating_add(self.uncounted));
        kept
    }
}

/// The values of a row as far as its shape can be trusted, trimmed and without quotes.
fn values_of<'a>(bytes: &'a [u8], shape: &RecordShape) -> Vec<&'a str> {
    let text = |piece: &'a [u8]| {
        let blank = |letter: char| letter.is_whitespace() || letter == '"' || letter == '\0';
        std::str::from_utf8(piece).map_or("", |piece| piece.trim_matches(blank))
    };
    match shape {
        RecordShape::Delimited { delimiter, .. } => {
            bytes.split(|byte| byte == delimiter || matches!(byte, b'\r' | b'\n')).map(text).collect()
        }
        RecordShape::Fixed { fields, .. } => fields
            .iter()
            .map(|field| bytes.get(field.start..field.end.min(bytes.len())).map_or("", text))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENERAL: i32 = 20_032;
    const PRIMARY: i32 = 19_787;

    fn row(ids: &[&str], dates: &[i32]) -> DamagedRow {
        DamagedRow {
            ids: ids.iter().map(|id| IdKey::new(id)).collect(),
            dates: dates.to_vec(),
            lines: 1,
            is_voter: false,
            names_voter: false,
        }
    }

    fn missing(voter_id: i64, date: Option<i32>) -> MissingVote {
        MissingVote {
            voter_id,
            state_voter_id: format!("AA{voter_id}"),
            county_voter_id: format!("00{voter_id}"),
            date,
            count: 1,
        }
    }

    #[track_caller]
    fn check(rows: Vec<DamagedRow>, missing: &[MissingVote], kept: &[(i64, Option<i32>)], excess: u64) {
        let mut damaged = DamagedRows::default();
        damaged.extend(rows);
        let elections = BTreeSet::from([GENERAL, PRIMARY]);
        let found = damaged.keep(missing, &elections);
        assert_eq!(found.votes, kept.iter().map(|vote| (*vote, 1)).collect());
        assert_eq!(found.excess, excess);
    }

    #[test]
    fn a_row_that_names_its_voter_keeps_that_vote_only() {
        let lost = [missing(1, Some(GENERAL)), missing(1, Some(PRIMARY)), missing(2, Some(GENERAL))];
        check(vec![row(&["AA1"], &[GENERAL])], &lost, &[(1, Some(GENERAL))], 0);
        check(vec![row(&["001"], &[GENERAL])], &lost, &[(1, Some(GENERAL))], 0);
    }

    #[test]
    fn without_a_day_all_votes_of_the_voter_stay_and_those_beyond_the_rows_count_as_missing() {
        let lost = [missing(1, Some(GENERAL)), missing(1, Some(PRIMARY)), missing(2, Some(GENERAL))];
        check(vec![row(&["AA1"], &[])], &lost, &[(1, Some(GENERAL)), (1, Some(PRIMARY))], 1);
        // A day on which nobody voted is a misread one.
        check(vec![row(&["AA1"], &[12])], &lost, &[(1, Some(GENERAL)), (1, Some(PRIMARY))], 1);
    }

    #[test]
    fn a_row_that_names_nobody_may_be_anybodys() {
        let lost = [missing(1, Some(GENERAL)), missing(2, Some(GENERAL)), missing(3, Some(PRIMARY))];
        let both = [(1, Some(GENERAL)), (2, Some(GENERAL))];
        check(vec![row(&[], &[GENERAL])], &lost, &both, 1);
        check(vec![row(&[], &[GENERAL]), row(&["?"], &[GENERAL])], &lost, &both, 0);
        check(vec![row(&[], &[])], &lost[1..], &[(2, Some(GENERAL)), (3, Some(PRIMARY))], 1);
        // A vote without a day may stand in any of them.
        check(vec![row(&[], &[GENERAL])], &[missing(4, None)], &[(4, None)], 0);
    }

    #[test]
    fn a_row_that_is_somebody_elses_keeps_nothing() {
        let named = DamagedRow { names_voter: true, ..row(&["AA9"], &[GENERAL]) };
        check(vec![named], &[missing(1, Some(GENERAL))], &[], 0);
        // But a name that may be the beginning of another one does not say whose it is.
        check(vec![row(&["AA9"], &[GENERAL])], &[missing(1, Some(GENERAL))], &[(1, Some(GENERAL))], 0);
    }

    #[test]
    fn a_row_that_runs_over_lines_may_hold_a_vote_in_each() {
        let lost = [missing(1, Some(GENERAL)), missing(2, Some(GENERAL))];
        let long = DamagedRow { lines: 2, ..row(&[], &[GENERAL]) };
        check(vec![long], &lost, &[(1, Some(GENERAL)), (2, Some(GENERAL))], 0);
    }

    #[test]
    fn a_voters_row_holds_all_their_votes() {
        let lost = [missing(1, Some(GENERAL)), missing(1, Some(PRIMARY)), missing(2, Some(PRIMARY))];
        let voter = DamagedRow { is_voter: true, ..row(&["AA1"], &[]) };
        check(vec![voter], &lost, &[(1, Some(GENERAL)), (1, Some(PRIMARY))], 0);
    }

    #[test]
    fn values_stand_between_delimiters_or_at_their_places() {
        let tabs = RecordShape::Delimited { delimiter: b'\t', quote: Some(b'"') };
        assert_eq!(values_of(b"\"32\"\t AA1 \t\"AA", &tabs), ["32", "AA1", "AA"]);
        let fixed = RecordShape::Fixed { fields: vec![0..3, 3..8], line_length_max: 8 };
        assert_eq!(values_of(b"AA1 x", &fixed), ["AA1", "x"]);
        assert_eq!(values_of(b"AA", &fixed), ["AA", ""]);
    }
}
