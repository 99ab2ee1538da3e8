//! What the rows of a list are called.

use hustings_store::VoterKey;
use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::BuildHasher;

/// The ids of a list's rows.
#[derive(Debug)]
pub enum Ids {
    /// The number of the row, from 0.
    Numbered,
    /// What a column says.
    Named {
        /// The ids, one behind the other.
        text: String,
        /// Where each ends.
        ends: Vec<usize>,
    },
    /// Voters' keys, of those rows that are named anywhere.
    Keys(HashMap<usize, VoterKey>),
}

/// An id that two rows have.
#[derive(Debug, PartialEq, Eq)]
pub struct Double {
    id: String,
    rows: [usize; 2],
}

impl Double {
    /// One sentence with file and column. Rows are counted from 1, the header not counted.
    pub fn sentence(&self, file: &str, column: &str) -> String {
        format!(
            "`{file}`, column `{column}`: expected an id for each row, got `{}` in rows {} and {}",
            self.id,
            self.rows[0] + 1,
            self.rows[1] + 1
        )
    }
}

impl Ids {
    /// Of a column; no rows yet.
    pub fn named() -> Self {
        Self::Named { text: String::new(), ends: Vec::new() }
    }

    /// The id of a row.
    pub fn get(&self, row: usize) -> Cow<'_, str> {
        match self {
            Self::Numbered => row.to_string().into(),
            Self::Named { text, ends } => {
                let start = if row == 0 { 0 } else { ends[row - 1] };
                text[start..ends[row]].into()
            }
            Self::Keys(keys) => keys.get(&row).map_or("", VoterKey::as_str).into(),
        }
    }

    /// Rows whose id an earlier row has, and the first such id. Only a column can say one twice.
    pub fn doubles(&self) -> (u64, Option<Double>) {
        let Self::Named { ends, .. } = self else { return (0, None) };
        // By hash first: texts are looked at only where two may be equal.
        let hasher = std::hash::RandomState::new();
        let mut order: Vec<(u64, usize)> =
            (0..ends.len()).map(|row| (hasher.hash_one(&*self.get(row)), row)).collect();
        order.sort_unstable();
        let (mut count, mut first): (u64, Option<Double>) = (0, None);
        for same in order.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            let mut rows: Vec<usize> = same.iter().map(|(_, row)| *row).collect();
            rows.sort_by(|a, b| self.get(*a).cmp(&self.get(*b)).then(a.cmp(b)));
            for pair in rows.windows(2) {
                let id = self.get(pair[0]);
                if id != self.get(pair[1]) {
                    continue;
                }
                count += 1;
                if first.as_ref().is_none_or(|first| *id < *first.id) {
                    first = Some(Double { id: id.into_owned(), rows: [pair[0], pair[1]] });
                }
            }
        }
        (count, first)
    }
}
