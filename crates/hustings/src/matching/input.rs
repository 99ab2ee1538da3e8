//! Lists and snapshots to prepared rows.

use super::MatchError;
use super::ids::Ids;
use arrow_array::{Array, StringArray};
use hustings_access::Scope;
use hustings_core::VoterId;
use hustings_matching::field::Field;
use hustings_matching::plan::{ColumnOptions, Plan, PlanError, Role, Side};
use hustings_matching::prepare::{Preparation, Prepared};
use hustings_store::{LinkableVoters, ListBlock, Store, StoreError, VoterBlock, VoterKey};
use std::collections::HashMap;

/// What voters' keys are called where they name rows.
pub const VOTER_KEY: &str = "voter_key";

/// A side before its rows are read.
#[derive(Debug, Clone)]
pub struct Head {
    /// What messages call it.
    pub name: String,
    /// Its headers.
    pub headers: Vec<String>,
    /// The column that names the rows.
    pub id: Option<String>,
    /// What names the rows without such a column.
    pub otherwise: Otherwise,
}

/// What names the rows of a side without an id column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// Their number, from 0.
    Number,
    /// The voter's key.
    Voter,
}

impl Head {
    /// Of a snapshot's voters.
    pub fn of_voters(voters: &LinkableVoters<'_>, id: Option<&str>) -> Self {
        Self {
            name: format!("{}@{}", voters.state(), voters.as_of()),
            headers: voters.headers().map(str::to_owned).collect(),
            // By the key they are named anyway.
            id: id.filter(|id| !id.eq_ignore_ascii_case(VOTER_KEY)).map(str::to_owned),
            otherwise: Otherwise::Voter,
        }
    }

    fn check_id(&self) -> Result<(), MatchError> {
        match &self.id {
            Some(id) if !self.headers.iter().any(|header| header.eq_ignore_ascii_case(id.trim())) => {
                let names: Vec<String> = self.headers.iter().map(|header| format!("`{header}`")).collect();
                Err(MatchError::Input(format!(
                    "`{}`, header: expected a column `{id}`, got {}",
                    self.name,
                    names.join(", ")
                )))
            }
            _ => Ok(()),
        }
    }

    /// Refuses what is said of columns twice.
    fn check_columns(&self, columns: &[(String, String)]) -> Result<(), MatchError> {
        let is_here =
            |(_, header): &&(String, String)| self.headers.iter().any(|known| bare(known) == bare(header));
        let mut said: Vec<(&str, Option<Field>)> = Vec::new();
        for (word, header) in columns.iter().filter(is_here) {
            let field = Field::of_header(word).filter(|_| word != "ignore");
            let other = said
                .iter()
                .find(|(known, of)| bare(known) == bare(header) || field.is_some() && *of == field);
            if let Some((other, _)) = other {
                return Err(MatchError::Input(if bare(other) == bare(header) {
                    format!("`{}`: --columns says two things of the column `{header}`", self.name)
                } else {
                    format!("`{}`: --columns takes both `{other}` and `{header}` for `{word}`", self.name)
                }));
            }
            said.push((header, field));
        }
        Ok(())
    }

    fn ids(&self) -> Ids {
        match (&self.id, self.otherwise) {
            (Some(_), _) => Ids::named(),
            (None, Otherwise::Number) => Ids::Numbered,
            (None, Otherwise::Voter) => Ids::Keys(HashMap::new()),
        }
    }
}

/// What is prepared.
#[derive(Debug)]
pub struct Loaded {
    /// The rows.
    pub prepared: Prepared,
    /// Rows whose id an earlier row of their list has.
    pub duplicate_ids: u64,
    left: SideIds,
    right: SideIds,
}

#[derive(Debug)]
struct SideIds {
    ids: Ids,
    /// Who the rows are, of a snapshot.
    voters: Vec<VoterId>,
    name: String,
    column: String,
}

impl Loaded {
    /// The ids of a side's rows.
    pub fn ids(&self, side: Side) -> &Ids {
        match side {
            Side::Left => &self.left.ids,
            Side::Right => &self.right.ids,
        }
    }

    /// Gives the voters of these rows their keys, where keys name them.
    pub fn give_keys(
        &mut self,
        side: Side,
        rows: impl Iterator<Item = usize>,
        key: impl Fn(VoterId) -> VoterKey,
    ) {
        let side = match side {
            Side::Left => &mut self.left,
            Side::Right => &mut self.right,
        };
        if let Ids::Keys(keys) = &mut side.ids {
            for row in rows {
                if let Some(voter) = side.voters.get(row) {
                    keys.entry(row).or_insert_with(|| key(*voter));
                }
            }
        }
    }

    /// The voter of a side's row.
    pub fn voter(&self, side: Side, row: usize) -> Option<VoterId> {
        let side = match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        };
        side.voters.get(row).copied()
    }

    /// How many voters a side has.
    pub fn voters(&self, side: Side) -> usize {
        match side {
            Side::Left => self.left.voters.len(),
            Side::Right => self.right.voters.len(),
        }
    }

    /// What is wrong when two rows of the left side have one id.
    pub fn first_double(&self) -> Option<String> {
        let double = self.left.ids.doubles().1?;
        Some(double.sentence(&self.left.name, &self.left.column))
    }
}

/// Two sides, or one, whose rows are being read.
#[derive(Debug)]
pub struct Reading {
    preparation: Preparation,
    plan: Plan,
    left: SideIds,
    right: SideIds,
    rows: [usize; 2],
}

impl Reading {
    /// Says what each column is.
    ///
    /// # Errors
    /// An id column that is not there, or nothing that can be compared.
    pub fn begin(
        left: &Head,
        right: Option<&Head>,
        columns: &[(String, String)],
    ) -> Result<Self, MatchError> {
        left.check_id()?;
        right.map_or(Ok(()), Head::check_id)?;
        for head in [Some(left), right].into_iter().flatten() {
            head.check_columns(columns)?;
        }
        let options = ColumnOptions {
            left_id: left.id.clone(),
            right_id: right.and_then(|right| right.id.clone()),
            columns: columns.to_vec(),
        };
        let files = match right {
            Some(right) => format!("{}` and `{}", left.name, right.name),
            None => left.name.clone(),
        };
        let plan = Plan::new(&left.headers, right.map(|right| right.headers.as_slice()), &options)
            .map_err(|reason: PlanError| MatchError::Columns { file: files.clone(), reason })?;
        if !comparable(&plan, right.is_some()) {
            let right = right.map_or(String::new(), |right| format!("; {}", right.headers.join(", ")));
            return Err(MatchError::Input(format!(
                "`{files}`: no column can be compared; the headers are {}{right}: say what they are with --columns first_name=…,last_name=…",
                left.headers.join(", ")
            )));
        }
        let side = |head: &Head| SideIds {
            ids: head.ids(),
            voters: Vec::new(),
            name: head.name.clone(),
            column: head.id.clone().unwrap_or_default(),
        };
        let none =
            || SideIds { ids: Ids::Numbered, voters: Vec::new(), name: String::new(), column: String::new() };
        Ok(Self {
            preparation: Preparation::new(plan.clone(), right.is_some()),
            left: side(left),
            right: right.map_or_else(none, side),
            plan,
            rows: [0; 2],
        })
    }

    /// Takes rows of a list.
    ///
    /// # Errors
    /// A row without an id.
    pub fn push(&mut self, side: Side, block: ListBlock<'_>) -> Result<(), StoreError> {
        self.name_rows(side, block.columns)?;
        let rows = match side {
            Side::Left => &mut self.rows[0],
            Side::Right => &mut self.rows[1],
        };
        *rows += block.lines.len();
        self.prepare(side, block.columns);
        Ok(())
    }

    /// Takes voters, whose columns are those that [`Reading::wanted`] names.
    ///
    /// # Errors
    /// A voter without the id that was asked for.
    pub fn push_voters(&mut self, side: Side, block: VoterBlock) -> Result<(), StoreError> {
        let rows = block.voters.len();
        let (wanted, width) = (self.wanted(side), self.plan.headers(side).len());
        let mut columns = vec![StringArray::new_null(rows); width];
        for (at, column) in wanted.into_iter().zip(block.columns) {
            columns[at] = column;
        }
        self.name_rows(side, &columns)?;
        let (of, count) = match side {
            Side::Left => (&mut self.left, &mut self.rows[0]),
            Side::Right => (&mut self.right, &mut self.rows[1]),
        };
        of.voters.extend(block.voters);
        *count += rows;
        self.prepare(side, &columns);
        Ok(())
    }

    /// The columns of a side that are of any use.
    pub fn wanted(&self, side: Side) -> Vec<usize> {
        let roles = self.plan.roles(side).iter().enumerate();
        roles.filter(|(_, role)| **role != Role::Ignored).map(|(at, _)| at).collect()
    }

    fn name_rows(&mut self, side: Side, columns: &[StringArray]) -> Result<(), StoreError> {
        let Some(id) = self.plan.roles(side).iter().position(|role| *role == Role::Id) else { return Ok(()) };
        let (of, before) = match side {
            Side::Left => (&mut self.left, self.rows[0]),
            Side::Right => (&mut self.right, self.rows[1]),
        };
        let Ids::Named { text, ends } = &mut of.ids else { return Ok(()) };
        let column = &columns[id];
        for row in 0..column.len() {
            if column.is_null(row) {
                return Err(StoreError::Input(format!(
                    "`{}`, column `{}`: expected an id for each row, got none in row {}",
                    of.name,
                    of.column,
                    before + row + 1
                )));
            }
            text.push_str(column.value(row));
            ends.push(text.len());
        }
        Ok(())
    }

    fn prepare(&mut self, side: Side, columns: &[StringArray]) {
        let mended: Vec<(usize, StringArray)> = self
            .plan
            .column_of(side, Field::Zip)
            .map(|at| (at, columns[at].iter().map(|zip| zip.map(with_zeros)).collect()))
            .into_iter()
            .collect();
        let columns: Vec<&StringArray> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| mended.iter().find(|(zip, _)| *zip == at).map_or(column, |(_, zip)| zip))
            .collect();
        self.preparation.push(side, &columns);
    }

    /// The rows.
    pub fn finish(self) -> Loaded {
        let duplicate_ids = self.left.ids.doubles().0 + self.right.ids.doubles().0;
        Loaded { prepared: self.preparation.finish(), duplicate_ids, left: self.left, right: self.right }
    }
}

/// A ZIP with the zeros that a spreadsheet takes away: of five digits, or of nine.
fn with_zeros(zip: &str) -> String {
    let whole = zip.trim();
    let whole = whole.strip_suffix(".0").unwrap_or(whole);
    let (first, rest) = whole.split_once('-').unwrap_or((whole, ""));
    if first.is_empty() || !first.bytes().all(|byte| byte.is_ascii_digit()) {
        return zip.to_owned();
    }
    match first.len() {
        3 | 4 => format!("{first:0>5}{rest}"),
        7 | 8 if rest.is_empty() => format!("{first:0>9}"),
        _ => zip.to_owned(),
    }
}

/// A header without case, blanks, underscores and other marks.
fn bare(header: &str) -> String {
    header.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether any column of one side stands on the other.
fn comparable(plan: &Plan, two_sides: bool) -> bool {
    let field = |role: &Role| matches!(role, Role::Field(_));
    let left = plan.roles(Side::Left);
    let right = plan.roles(Side::Right);
    if two_sides {
        !plan.plain.is_empty() || left.iter().any(|role| field(role) && right.contains(role))
    } else {
        !plan.plain.is_empty() || left.iter().any(field)
    }
}

/// Reads voters into a side, and tells of each block how many they were.
///
/// # Errors
/// A grant that ends meanwhile, a damaged file, or a voter without the id that was asked for.
pub async fn read_voters<'id>(
    reading: &mut Reading,
    side: Side,
    (store, scope): (&Store, &Scope<'id>),
    voters: &LinkableVoters<'id>,
    read: &dyn Fn(usize),
) -> Result<(), StoreError> {
    let wanted = reading.wanted(side);
    let take = |block: VoterBlock| {
        read(block.voters.len());
        reading.push_voters(side, block)
    };
    store.read_linkable(scope, voters, &wanted, take).await
}

#[cfg(test)]
mod tests {
    use super::with_zeros;

    #[test]
    fn a_spreadsheet_takes_the_zeros_before_a_zip() {
        let check = |zip: &str, expected: &str| assert_eq!(with_zeros(zip), expected, "{zip}");
        check("2139", "02139");
        check("601", "00601");
        check("2139.0", "02139");
        check("2139-1234", "021391234");
        check("21391234", "021391234");
        check("27701", "27701");
        check("27701-0001", "27701-0001");
        check("K1A 0B1", "K1A 0B1");
        check("12", "12");
        check("", "");
    }
}
