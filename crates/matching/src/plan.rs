//! What is done with each column of both sides.

use crate::field::{Field, bare};
use std::collections::BTreeMap;

/// Which of the two inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The list whose rows look for their match.
    Left,
    /// The base in which they look.
    Right,
}

/// What a column is taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A canonical column.
    Field(Field),
    /// A plain comparison, by its number.
    Plain(usize),
    /// Names the row.
    Id,
    /// Not compared.
    Ignored,
}

/// The user's word on columns.
#[derive(Debug, Clone, Default)]
pub struct ColumnOptions {
    /// The id column of the left side.
    pub left_id: Option<String>,
    /// The id column of the right side.
    pub right_id: Option<String>,
    /// Canonical word and header, which may be that of either side; `ignore` for columns that are not to be compared.
    pub columns: Vec<(String, String)>,
}

/// What was wrong with the user's word.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlanError {
    /// A column that is not there.
    #[error("column `{0}` is not in the header")]
    NoColumn(String),
    /// A word before `=` that names no canonical column.
    #[error(
        "`{0}` is no canonical column; expected one of first_name, middle_name, last_name, suffix, full_name, dob, birth_year, birth_month, birth_day, age, sex, house_number, street, unit, city, state, zip, phone, email, ignore"
    )]
    NoField(String),
}

/// What is done with each column.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Roles of the left side's columns.
    pub left: Vec<Role>,
    /// Roles of the right side's columns; empty when one file is searched for doubles.
    pub right: Vec<Role>,
    /// Headers of the plain comparisons.
    pub plain: Vec<String>,
    left_headers: Vec<String>,
    right_headers: Vec<String>,
}

impl Plan {
    /// Recognizes the columns of two sides; `right` is none when one file is searched for doubles.
    ///
    /// # Errors
    /// When the options name a column that is not there or a canonical column that does not exist.
    pub fn new(
        left: &[String],
        right: Option<&[String]>,
        options: &ColumnOptions,
    ) -> Result<Self, PlanError> {
        let mut forced: BTreeMap<&str, Option<Field>> = BTreeMap::new();
        for (word, header) in &options.columns {
            let known = |headers: &[String]| headers.iter().any(|have| same_header(have, header));
            if !known(left) && !right.is_some_and(known) {
                return Err(PlanError::NoColumn(header.clone()));
            }
            let field = match word.as_str() {
                "ignore" => None,
                _ => Some(Field::of_header(word).ok_or_else(|| PlanError::NoField(word.clone()))?),
            };
            forced.insert(header, field);
        }
        let mut plan = Self {
            left: roles(left, options.left_id.as_deref(), &forced)?,
            right: match right {
                Some(right) => roles(right, options.right_id.as_deref(), &forced)?,
                None => Vec::new(),
            },
            plain: Vec::new(),
            left_headers: left.to_vec(),
            right_headers: right.unwrap_or_default().to_vec(),
        };
        plan.number_plain(right.is_some());
        Ok(plan)
    }

    /// Plain comparisons are the columns that no field takes and that stand on both sides.
    fn number_plain(&mut self, two_sides: bool) {
        for at in 0..self.left.len() {
            if self.left[at] != Role::Plain(usize::MAX) {
                continue;
            }
            let other = self.right_headers.iter().zip(&self.right).position(|(header, role)| {
                *role == Role::Plain(usize::MAX) && same_header(header, &self.left_headers[at])
            });
            if two_sides && other.is_none() {
                self.left[at] = Role::Ignored;
                continue;
            }
            let number = self.plain.len();
            self.plain.push(self.left_headers[at].trim().to_owned());
            self.left[at] = Role::Plain(number);
            if let Some(other) = other {
                self.right[other] = Role::Plain(number);
            }
        }
        for role in &mut self.right {
            if *role == Role::Plain(usize::MAX) {
                *role = Role::Ignored;
            }
        }
    }

    /// Roles of a side's columns.
    #[must_use]
    pub fn roles(&self, side: Side) -> &[Role] {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    /// Headers of a side.
    #[must_use]
    pub fn headers(&self, side: Side) -> &[String] {
        match side {
            Side::Left => &self.left_headers,
            Side::Right => &self.right_headers,
        }
    }

    /// The column of a side that is taken for a field.
    #[must_use]
    pub fn column_of(&self, side: Side, field: Field) -> Option<usize> {
        self.roles(side).iter().position(|role| *role == Role::Field(field))
    }
}

fn same_header(left: &str, right: &str) -> bool {
    left.trim() == right.trim() || bare(left) == bare(right)
}

fn roles(
    headers: &[String],
    id: Option<&str>,
    forced: &BTreeMap<&str, Option<Field>>,
) -> Result<Vec<Role>, PlanError> {
    let mut roles = vec![Role::Plain(usize::MAX); headers.len()];
    if let Some(id) = id {
        let exact = headers.iter().position(|header| header.trim() == id.trim());
        let at = exact.or_else(|| headers.iter().position(|header| same_header(header, id)));
        roles[at.ok_or_else(|| PlanError::NoColumn(id.to_owned()))?] = Role::Id;
    }
    let mut taken = Vec::new();
    for (header, field) in forced {
        let found = headers.iter().position(|have| same_header(have, header));
        if let Some(at) = found.filter(|at| roles[*at] != Role::Id) {
            roles[at] = field.map_or(Role::Ignored, Role::Field);
            taken.extend(*field);
        }
    }
    for (at, header) in headers.iter().enumerate() {
        if roles[at] != Role::Plain(usize::MAX) {
            continue;
        }
        if let Some(field) = Field::of_header(header)
            && !taken.contains(&field)
        {
            roles[at] = Role::Field(field);
            taken.push(field);
        }
    }
    // A whole name beside its parts says nothing new.
    if taken.contains(&Field::FirstName) || taken.contains(&Field::LastName) {
        for role in &mut roles {
            if *role == Role::Field(Field::FullName) {
                *role = Role::Ignored;
            }
        }
    }
    Ok(roles)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn plain_columns_stand_on_both_sides() {
        let plan = Plan::new(
            &headers("id,Given Name,party,note,name"),
            Some(&headers("PARTY,fname,name,other")),
            &ColumnOptions { left_id: Some("ID".to_owned()), ..ColumnOptions::default() },
        )
        .unwrap();
        assert_eq!(
            plan.left,
            [Role::Id, Role::Field(Field::FirstName), Role::Plain(0), Role::Ignored, Role::Ignored]
        );
        assert_eq!(plan.right[..2], [Role::Plain(0), Role::Field(Field::FirstName)]);
        assert_eq!(plan.plain, ["party"]);
    }

    #[test]
    fn the_users_word_comes_first_and_is_checked() {
        let options = |word: &str, header: &str| ColumnOptions {
            columns: vec![(word.to_owned(), header.to_owned())],
            ..ColumnOptions::default()
        };
        let left = headers("last_name,maiden,truth");
        let plan = Plan::new(&left, None, &options("last_name", "maiden")).unwrap();
        assert_eq!(plan.left, [Role::Plain(0), Role::Field(Field::LastName), Role::Plain(1)]);
        let plan = Plan::new(&left, None, &options("ignore", "truth")).unwrap();
        assert_eq!(plan.left[2], Role::Ignored);
        assert_eq!(
            Plan::new(&left, None, &options("zip", "plz")).unwrap_err().to_string(),
            "column `plz` is not in the header"
        );
        assert!(Plan::new(&left, None, &options("shoe", "maiden")).is_err());
    }
}
