//! To find a voter by id or name, else by likeness.

use super::{Ask, AskError, Call, reading};
use hustings_access::verb::Read;
use hustings_access::{Act, Actor, Request};
use hustings_core::StateCode;
use hustings_matching::lookup::COLUMNS;
use hustings_store::{LikelyVoter, Store, VoterHit};
use serde::{Deserialize, Serialize};

/// Voters of one answer.
pub const HITS: usize = 50;
/// Voters of one answer by likeness, unless a number is named.
pub const LIKELY: usize = 10;

/// To find voters of a state: by id or name, or by all that is known of somebody. Over the network names stay out of the
/// address, which proxies keep.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindVoters {
    /// Whose list.
    pub state: StateCode,
    /// At most so many by likeness.
    #[serde(default = "likely")]
    pub limit: usize,
    /// The state's voter id, a name (`Smith, Anna`, also its beginning), or all that is known, parted by commas: `Jon
    /// Smyth, 1961, Raleigh`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// Given name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub first_name: String,
    /// Middle name or initial.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub middle_name: String,
    /// Last name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_name: String,
    /// `JR`, `III`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suffix: String,
    /// Birth date, or the year alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub dob: String,
    /// `F` or `M`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sex: String,
    /// House number and street.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub street: String,
    /// City.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub city: String,
    /// ZIP.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub zip: String,
    /// Telephone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phone: String,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
}

impl FindVoters {
    /// By what stands in a search field.
    #[must_use]
    pub fn of_query(state: StateCode, query: &str) -> Self {
        let empty = String::new;
        Self {
            state,
            limit: LIKELY,
            query: query.to_owned(),
            first_name: empty(),
            middle_name: empty(),
            last_name: empty(),
            suffix: empty(),
            dob: empty(),
            sex: empty(),
            street: empty(),
            city: empty(),
            zip: empty(),
            phone: empty(),
            email: empty(),
        }
    }

    /// The cells that are compared: those named, and what the query says of the others.
    #[must_use]
    pub fn cells(&self) -> [String; COLUMNS.len()] {
        let mut cells = read(&self.query);
        let named = [
            &self.first_name,
            &self.middle_name,
            &self.last_name,
            &self.suffix,
            &self.dob,
            &self.sex,
            &self.street,
            &self.city,
            &self.zip,
            &self.phone,
            &self.email,
        ];
        for (cell, named) in cells.iter_mut().zip(named) {
            if !named.trim().is_empty() {
                named.trim().clone_into(cell);
            }
        }
        cells
    }
}

/// What the parts of a query say, each told by its look.
fn read(query: &str) -> [String; COLUMNS.len()] {
    let mut cells = <[String; COLUMNS.len()]>::default();
    let place = |name: &str| COLUMNS.iter().position(|column| *column == name).unwrap_or_default();
    let mut words = Vec::new();
    for part in query.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let digits = part.chars().filter(char::is_ascii_digit).count();
        let letters = part.chars().filter(|letter| letter.is_alphabetic()).count();
        let year = part.parse::<u32>().ok().filter(|year| (1880..2100).contains(year));
        let column = match (digits, letters) {
            _ if part.contains('@') => "email",
            (0, _) => {
                words.push(part);
                continue;
            }
            (_, 0) if year.is_some() || hustings_matching::birth::parse(part) != 0 => "dob",
            (5 | 9, 0) => "zip",
            (7.., 0) => "phone",
            _ => "street",
        };
        part.clone_into(&mut cells[place(column)]);
    }
    let mut words = words.into_iter();
    let Some(first) = words.next() else { return cells };
    let mut name = first.to_owned();
    if !first.contains(char::is_whitespace)
        && let Some(given) = words.next()
    {
        name = format!("{given} {first}");
    }
    let parts = hustings_core::name::NameParts::from_full(&name);
    for (column, part) in [
        ("first_name", parts.first),
        ("middle_name", parts.middle),
        ("last_name", parts.last),
        ("suffix", parts.suffix),
    ] {
        part.clone_into(&mut cells[place(column)]);
    }
    if let Some(city) = words.next() {
        city.clone_into(&mut cells[place("city")]);
    }
    cells
}

fn likely() -> usize {
    LIKELY
}

/// The voters found.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FoundVoters {
    /// Whose id is the query, or whose name begins as it does.
    pub exact: Vec<VoterHit>,
    /// Where nobody is, who may be meant: the likeliest first.
    pub likely: Vec<LikelyVoter>,
    /// Whether there are more.
    pub more: bool,
}

impl FoundVoters {
    /// Looks for voters within a scope.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of(
        store: &Store,
        act: &Act<'_, Read>,
        asked: &FindVoters,
    ) -> Result<Self, hustings_store::StoreError> {
        let state = asked.state;
        let (exact, more) = match asked.query.trim() {
            "" => (Vec::new(), false),
            query => store.find_voters(act, state, query, HITS).await?,
        };
        if !exact.is_empty() {
            return Ok(Self { exact, likely: Vec::new(), more });
        }
        let cells = asked.cells();
        if cells.iter().all(String::is_empty) {
            return Ok(Self::default());
        }
        let found = store
            .likely_voters(act, state, &cells.each_ref().map(String::as_str), asked.limit.min(HITS))
            .await?;
        Ok(Self { exact, likely: found.voters, more: found.more })
    }
}

impl Ask for FindVoters {
    type Answer = FoundVoters;

    fn call(&self) -> Call {
        Call::post(&["voters", "search"], self)
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let cells = self.cells();
        if self.query.trim().is_empty() && cells.iter().all(String::is_empty) {
            return Err(AskError::Input(
                "nothing is said of the voter: expected an id, a name, or what else is known".to_owned(),
            ));
        }
        let find = async |act: &Act<'_, Read>| Ok(FoundVoters::of(store, act, self).await?);
        reading(store, actor, Request::voters_of(self.state), find).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expected: &[(&str, &str)]) {
        let cells = read(query);
        let found: Vec<(&str, &str)> = COLUMNS
            .iter()
            .zip(&cells)
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(column, cell)| (*column, cell.as_str()))
            .collect();
        assert_eq!(found, expected, "{query}");
    }

    #[test]
    fn what_is_known_is_told_by_its_look() {
        let jon = [("first_name", "Jon"), ("last_name", "Smyth")];
        check("Jon Smyth", &jon);
        check("Smyth, Jon", &jon);
        check("Jon Smyth, 1961, Raleigh", &[jon[0], jon[1], ("dob", "1961"), ("city", "Raleigh")]);
        check("Smyth, Jon, Raleigh, 27601", &[jon[0], jon[1], ("city", "Raleigh"), ("zip", "27601")]);
        check("Jon Smyth, 12 Oak St", &[jon[0], jon[1], ("street", "12 Oak St")]);
        check("(919) 555-0100", &[("phone", "(919) 555-0100")]);
        check("jon@example.org, 1961-05-06", &[("dob", "1961-05-06"), ("email", "jon@example.org")]);
        check("", &[]);
    }
}
