//! What the rows of a list are called.

use super::Source;

/// The ids of a list's rows; the number of the row, from 0, where the list has no id column.
#[derive(Debug, Default)]
pub struct Ids {
    text: String,
    ends: Vec<usize>,
    numbered: bool,
}

/// An id that two rows have.
#[derive(Debug, PartialEq, Eq)]
pub struct Double {
    id: String,
    rows: [usize; 2],
}

impl Double {
    /// One sentence with file and column. Rows are counted from 1, the header not counted.
    pub fn sentence(&self, source: &Source) -> String {
        format!(
            "`{}`, column `{}`: expected an id for each row, got `{}` in rows {} and {}",
            source.path.display(),
            source.id.as_deref().unwrap_or_default(),
            self.id,
            self.rows[0] + 1,
            self.rows[1] + 1
        )
    }
}

impl Ids {
    /// No rows yet.
    pub fn new(numbered: bool) -> Self {
        Self { numbered, ..Self::default() }
    }

    /// Adds the id of the next row.
    pub fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(self.text.len());
    }

    /// The id of a row.
    pub fn get(&self, row: usize) -> std::borrow::Cow<'_, str> {
        if self.numbered {
            return row.to_string().into();
        }
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        self.text[start..self.ends[row]].into()
    }

    /// Rows whose id an earlier row has, and the first such id.
    pub fn doubles(&self) -> (u64, Option<Double>) {
        if self.numbered {
            return (0, None);
        }
        let mut order: Vec<usize> = (0..self.ends.len()).collect();
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

    /// The first id that two rows have.
    pub fn first_double(&self) -> Option<Double> {
        self.doubles().1
    }
}
