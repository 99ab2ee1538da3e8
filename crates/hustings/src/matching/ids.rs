//! What the rows of a list are called.

use hustings_store::VoterKey;
use std::borrow::Cow;
use std::collections::HashMap;

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
        let mut order: Vec<usize> = (0..ends.len()).collect();
        order.sort_by(|a, b| self.get(*a).cmp(&self.get(*b)).then(a.cmp(b)));
        let (mut count, mut first) = (0, None);
        for pair in order.windows(2) {
            if self.get(pair[0]) == self.get(pair[1]) {
                count += 1;
                first.get_or_insert_with(|| Double {
                    id: self.get(pair[0]).into_owned(),
                    rows: [pair[0], pair[1]],
                });
            }
        }
        (count, first)
    }
}
