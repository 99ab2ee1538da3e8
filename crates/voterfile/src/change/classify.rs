//! From an old and a new row of one voter to the changes between them.

use super::{ChangeKind, DISTRICT, DISTRICT_PREFIX, MAILING, NAME, RESIDENCE, RESIDENCE_AS_MAILED};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use std::borrow::Cow;

/// One row of `changes.parquet`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRow {
    /// Our id.
    pub voter_id: i64,
    /// The state's id, as it is now.
    pub state_voter_id: String,
    /// What changed.
    pub kind: ChangeKind,
    /// The county now; for a dropped voter the last one.
    pub county_name: String,
    /// The column that decided, in its Parquet name.
    pub column: &'static str,
    /// The value before; empty for none, and for what a confidential voter no longer shows.
    pub old: String,
    /// The value now.
    pub new: String,
    /// Why it is taken for this voter's, where not the state's id says so; empty otherwise.
    pub reason: String,
}

/// The changes between row `i` of `old` and row `i` of `new`, for every `i`. Both batches have the same number of rows;
/// a column that one of them lacks counts as absent values.
pub fn classify(old: &RecordBatch, new: &RecordBatch, out: &mut Vec<ChangeRow>) {
    let districts: Vec<String> = new
        .schema()
        .fields()
        .iter()
        .chain(old.schema().fields().iter())
        .map(|field| field.name().clone())
        .filter(|name| super::is_compared(name) && name.starts_with(DISTRICT_PREFIX))
        .collect();
    for row in 0..new.num_rows() {
        Pair { old, new, row, out }.classify(&districts);
    }
}

struct Pair<'a> {
    old: &'a RecordBatch,
    new: &'a RecordBatch,
    row: usize,
    out: &'a mut Vec<ChangeRow>,
}

impl Pair<'_> {
    fn classify(&mut self, districts: &[String]) {
        let confidential = self.new_text("confidential") == "true";
        let was_confidential = self.old_text("confidential") == "true";
        if !self.old_text("dropped_at").is_empty() {
            self.push(
                ChangeKind::Returned,
                "dropped_at",
                self.old_text("dropped_at").into_owned(),
                String::new(),
            );
        }
        self.changed(ChangeKind::IdChanged, "state_voter_id");
        if confidential != was_confidential {
            let kind =
                if confidential { ChangeKind::BecameConfidential } else { ChangeKind::NoLongerConfidential };
            self.push(kind, "confidential", was_confidential.to_string(), confidential.to_string());
        }
        let moved = self.residence(confidential || was_confidential);
        self.name();
        self.changed(ChangeKind::PartyChanged, "party");
        if !self.changed(ChangeKind::StatusChanged, "status") {
            self.changed(ChangeKind::StatusChanged, "status_reason");
        }
        if !moved && !self.changed(ChangeKind::PrecinctChanged, "precinct_code") {
            self.districts(districts);
        }
        if !self.changed(ChangeKind::BirthDateChanged, "birth_date") {
            self.changed(ChangeKind::BirthDateChanged, "birth_year");
        }
        if !confidential && !was_confidential {
            for column in ["phone", "phone_raw", "email"] {
                if self.changed(ChangeKind::ContactChanged, column) {
                    break;
                }
            }
            self.mailing();
        }
        self.changed(ChangeKind::RegistrationDateChanged, "registration_date");
        for column in ["gender", "race", "ethnicity"] {
            if self.changed(ChangeKind::DemographicsChanged, column) {
                break;
            }
        }
    }

    /// A new county or a new residence; the county alone when either side is confidential.
    fn residence(&mut self, confidential: bool) -> bool {
        let (old_county, new_county) = (self.old_text("county_name"), self.new_text("county_name"));
        if old_county != new_county && !old_county.is_empty() && !new_county.is_empty() {
            let (old, new) = (old_county.into_owned(), new_county.into_owned());
            self.push(ChangeKind::MovedCounty, "county_name", old, new);
            return true;
        }
        !confidential && self.joined(ChangeKind::MovedWithinCounty, "res_std_line", &RESIDENCE)
    }

    fn name(&mut self) {
        let (old, new) = (self.join_old(&NAME), self.join_new(&NAME));
        if old == new {
            return;
        }
        let kind =
            if self.is_name_correction() { ChangeKind::NameCorrected } else { ChangeKind::NameChanged };
        self.push(kind, "name_last", old, new);
    }

    /// The last and the first name are the same but for at most one letter between them, whatever became of middle
    /// name and suffix.
    fn is_name_correction(&self) -> bool {
        let distance: usize = ["name_last", "name_first"]
            .iter()
            .map(|column| {
                edit_distance_capped(&letters(&self.old_text(column)), &letters(&self.new_text(column)))
            })
            .sum();
        distance <= 1
    }

    fn districts(&mut self, districts: &[String]) {
        for column in districts {
            let (old, new) = (self.old_text(column), self.new_text(column));
            if old != new {
                let label = column.strip_prefix(DISTRICT_PREFIX).unwrap_or(column);
                let (old, new) = (format!("{label} {old}"), format!("{label} {new}"));
                self.push(ChangeKind::DistrictChanged, DISTRICT, old, new);
                return;
            }
        }
    }

    /// Where mail goes, whichever columns say so: somebody who moves and keeps the old address for mail has moved, and
    /// has not changed the mailing address.
    fn mailing(&mut self) {
        let same = |text: Cow<'_, str>| text == "true";
        let was_same = same(self.old_text("mail_same_as_res"));
        let is_same = same(self.new_text("mail_same_as_res"));
        if was_same && is_same {
            return;
        }
        let old = self.join_old(if was_same { &RESIDENCE_AS_MAILED } else { &MAILING });
        let new = self.join_new(if is_same { &RESIDENCE_AS_MAILED } else { &MAILING });
        if !old.eq_ignore_ascii_case(&new) {
            self.push(ChangeKind::MailingChanged, "mail_line1", old, new);
        }
    }

    fn changed(&mut self, kind: ChangeKind, column: &'static str) -> bool {
        let (old, new) = (self.old_text(column), self.new_text(column));
        if old == new {
            return false;
        }
        let (old, new) = (old.into_owned(), new.into_owned());
        self.push(kind, column, old, new);
        true
    }

    fn joined(&mut self, kind: ChangeKind, column: &'static str, columns: &[&str]) -> bool {
        let (old, new) = (self.join_old(columns), self.join_new(columns));
        let differs = old != new;
        if differs {
            self.push(kind, column, old, new);
        }
        differs
    }

    fn push(&mut self, kind: ChangeKind, column: &'static str, old: String, new: String) {
        let voter_id = self
            .new
            .column_by_name("voter_id")
            .map_or(0, |array| array.as_primitive::<Int64Type>().value(self.row));
        let state_voter_id = self.new_text("state_voter_id").into_owned();
        let county_name = self.new_text("county_name").into_owned();
        let reason = String::new();
        self.out.push(ChangeRow { voter_id, state_voter_id, kind, county_name, column, old, new, reason });
    }

    fn old_text(&self, column: &str) -> Cow<'_, str> {
        cell_text(self.old, column, self.row)
    }

    fn new_text(&self, column: &str) -> Cow<'_, str> {
        cell_text(self.new, column, self.row)
    }

    fn join_old(&self, columns: &[&str]) -> String {
        join(columns.iter().map(|column| self.old_text(column)))
    }

    fn join_new(&self, columns: &[&str]) -> String {
        join(columns.iter().map(|column| self.new_text(column)))
    }
}

fn join<'a>(values: impl Iterator<Item = Cow<'a, str>>) -> String {
    let mut line = String::new();
    for value in values.filter(|value| !value.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&value);
    }
    line
}

/// The value of a cell as text; empty for none.
pub(crate) fn cell_text<'a>(batch: &'a RecordBatch, column: &str, row: usize) -> Cow<'a, str> {
    let Some(array) = batch.column_by_name(column).filter(|array| array.is_valid(row)) else {
        return Cow::Borrowed("");
    };
    match array.data_type() {
        DataType::Utf8 => Cow::Borrowed(array.as_string::<i32>().value(row)),
        DataType::Date32 => Cow::Owned(
            array
                .as_primitive::<Date32Type>()
                .value_as_date(row)
                .map_or_else(String::new, |date| date.to_string()),
        ),
        DataType::Int32 => Cow::Owned(array.as_primitive::<Int32Type>().value(row).to_string()),
        DataType::Int64 => Cow::Owned(array.as_primitive::<Int64Type>().value(row).to_string()),
        DataType::Boolean => Cow::Borrowed(if array.as_boolean().value(row) { "true" } else { "" }),
        _ => Cow::Borrowed(""),
    }
}

fn letters(name: &str) -> Vec<char> {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// 0, 1, or 2 for more: substitutions, insertions, deletions and swaps of neighbours. Names of three letters or fewer
/// have no room for an error.
fn edit_distance_capped(a: &[char], b: &[char]) -> usize {
    if a == b {
        return 0;
    }
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.len() <= 3 || long.len() - short.len() > 1 {
        return 2;
    }
    let start = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let (short, long) = (&short[start..], &long[start..]);
    let one_more = long.len() > short.len() && short == &long[1..];
    let one_other = long.len() == short.len() && short[1..] == long[1..];
    let swapped = long.len() == short.len()
        && short.len() >= 2
        && short[0] == long[1]
        && short[1] == long[0]
        && short[2..] == long[2..];
    if one_more || one_other || swapped { 1 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{ArrayRef, BooleanArray, StringArray};
    use std::sync::Arc;

    fn voter(values: &[(&str, &str)]) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable(values.iter().map(|(name, value)| {
            let array: ArrayRef = if matches!(*name, "confidential" | "mail_same_as_res") {
                Arc::new(BooleanArray::from(vec![*value == "true"]))
            } else {
                Arc::new(StringArray::from(vec![Some(*value)]))
            };
            (*name, array, true)
        }))
        .unwrap()
    }

    #[track_caller]
    fn check(old: &[(&str, &str)], new: &[(&str, &str)], expected: &[(&str, &str, &str)]) {
        let mut out = Vec::new();
        classify(&voter(old), &voter(new), &mut out);
        let found: Vec<_> =
            out.iter().map(|row| (row.kind.as_str(), row.old.as_str(), row.new.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_move_within_the_county_hides_the_precinct_that_comes_with_it() {
        check(
            &[
                ("county_name", "WAKE"),
                ("res_std_line", "1 OAK ST"),
                ("res_zip5", "27601"),
                ("precinct_code", "01"),
            ],
            &[
                ("county_name", "WAKE"),
                ("res_std_line", "9 ELM ST"),
                ("res_zip5", "27601"),
                ("precinct_code", "02"),
            ],
            &[("moved_within_county", "1 OAK ST 27601", "9 ELM ST 27601")],
        );
    }

    #[test]
    fn a_county_move_is_one_change() {
        check(
            &[("county_name", "WAKE"), ("res_std_line", "1 OAK ST")],
            &[("county_name", "HYDE"), ("res_std_line", "9 ELM ST")],
            &[("moved_county", "WAKE", "HYDE")],
        );
    }

    #[test]
    fn a_precinct_alone_and_a_district_alone() {
        check(&[("precinct_code", "01")], &[("precinct_code", "02")], &[("precinct_changed", "01", "02")]);
        check(&[("district_cd", "4")], &[("district_cd", "13")], &[("district_changed", "cd 4", "cd 13")]);
    }

    #[test]
    fn a_corrected_name_is_not_a_changed_one() {
        let check_name = |old: (&str, &str), new: (&str, &str), kind: &str| {
            let old_name = format!("{} {}", old.0, old.1);
            let new_name = format!("{} {}", new.0, new.1);
            check(
                &[("name_last", old.0), ("name_first", old.1)],
                &[("name_last", new.0), ("name_first", new.1)],
                &[(kind, &old_name, &new_name)],
            );
        };
        check_name(("SMITH", "MARY"), ("SMYTH", "MARY"), "name_corrected");
        check_name(("OBRIEN", "MARY"), ("O'BRIEN", "MARY"), "name_corrected");
        check_name(("SMIHT", "MARY"), ("SMITH", "MARY"), "name_corrected");
        check_name(("SMITH", "MARY"), ("JONES", "MARY"), "name_changed");
        check_name(("LEE", "MARY"), ("LEA", "MARY"), "name_changed");
        check_name(("SMITH", "MARY"), ("SMITH-JONES", "MARY"), "name_changed");
    }

    #[test]
    fn who_becomes_confidential_shows_no_address() {
        check(
            &[
                ("confidential", "false"),
                ("res_std_line", "1 OAK ST"),
                ("phone", "+19195550101"),
                ("party", "DEM"),
            ],
            &[("confidential", "true"), ("res_std_line", ""), ("phone", ""), ("party", "REP")],
            &[("became_confidential", "false", "true"), ("party_changed", "DEM", "REP")],
        );
    }

    #[test]
    fn somebody_back_on_the_list_has_returned_and_may_have_changed_too() {
        check(
            &[("dropped_at", "2026-01-03"), ("status", "inactive")],
            &[("status", "active")],
            &[("returned", "2026-01-03", ""), ("status_changed", "inactive", "active")],
        );
    }

    #[test]
    fn where_mail_goes_and_not_which_columns_say_so() {
        let home = |line, same| {
            vec![
                ("res_std_line", line),
                ("res_line1", line),
                ("res_city", "APEX"),
                ("res_zip5", "27502"),
                ("mail_same_as_res", same),
            ]
        };
        let with_mail = |line, mail| {
            let mut row = home(line, "");
            row.extend([("mail_line1", mail), ("mail_city", "APEX"), ("mail_zip5", "27502")]);
            row
        };
        let moved = ("moved_within_county", "1 OAK ST APEX 27502", "9 ELM ST APEX 27502");
        check(&home("1 OAK ST", "true"), &home("9 ELM ST", "true"), &[moved]);
        check(&home("1 OAK ST", "true"), &with_mail("9 ELM ST", "1 OAK ST"), &[moved]);
        check(
            &home("1 OAK ST", "true"),
            &with_mail("1 OAK ST", "PO BOX 9"),
            &[("mailing_changed", "1 OAK ST APEX 27502", "PO BOX 9 APEX 27502")],
        );
    }

    #[test]
    fn nothing_changed() {
        check(&[("party", "DEM"), ("age", "41")], &[("party", "DEM"), ("age", "42")], &[]);
    }

    /// A voter's columns and what may stand in them.
    fn compared() -> Vec<&'static str> {
        let mut columns: Vec<&str> = [&NAME[..], &RESIDENCE, &MAILING, &RESIDENCE_AS_MAILED].concat();
        columns.extend(["county_name", "party", "status", "status_reason", "precinct_code", "birth_date"]);
        columns.extend(["birth_year", "phone", "phone_raw", "email", "registration_date", "gender", "race"]);
        columns.extend(["ethnicity", "state_voter_id", "dropped_at", "mail_same_as_res", "confidential"]);
        columns.extend(["district_cd", "district_sd", "district_school"]);
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    #[test]
    fn no_change_tells_more_than_the_columns_that_it_is_said_to_tell() {
        let columns = compared();
        let seen = std::sync::Mutex::new(std::collections::BTreeSet::new());
        bolero::check!().with_type::<[u8; 200]>().with_iterations(500).for_each(|choices: &[u8; 200]| {
            let mut choices = choices.iter();
            let mut drawn = || -> Vec<&'static str> {
                let values = ["", "OAK", "ELM", "OAK", "OAK"];
                columns
                    .iter()
                    .map(|column| match (*column, usize::from(*choices.next().unwrap_or(&0))) {
                        ("mail_same_as_res", choice) => {
                            if choice % 2 == 0 {
                                ""
                            } else {
                                "true"
                            }
                        }
                        // Rarely, so that something is told.
                        ("confidential" | "dropped_at", choice) => {
                            if choice % 8 == 7 {
                                "true"
                            } else {
                                ""
                            }
                        }
                        (_, choice) => values[choice % values.len()],
                    })
                    .collect()
            };
            let [old, new, other_old, other_new] = [drawn(), drawn(), drawn(), drawn()];
            let changes = |old: &[&str], new: &[&str]| {
                let row = |values: &[&str]| -> RecordBatch {
                    let pairs: Vec<_> = columns.iter().copied().zip(values.iter().copied()).collect();
                    voter(&pairs)
                };
                let mut out = Vec::new();
                classify(&row(old), &row(new), &mut out);
                out
            };
            for change in changes(&old, &new) {
                let told = crate::change::columns_told(change.column, Some(&change.new));
                seen.lock().unwrap().insert((change.kind.as_str(), told.len()));
                // The same in these columns, anything in all others.
                let mixed = |same: &[&'static str], other: &[&'static str]| -> Vec<&'static str> {
                    let pick = |(at, column): (usize, &&str)| {
                        if told.iter().any(|told| told == column) { same[at] } else { other[at] }
                    };
                    columns.iter().enumerate().map(pick).collect()
                };
                let again = changes(&mixed(&old, &other_old), &mixed(&new, &other_new));
                let same = again.iter().find(|other| {
                    other.column == change.column
                        && crate::change::columns_told(other.column, Some(&other.new)) == told
                });
                if let Some(same) = same {
                    assert_eq!((&same.old, &same.new), (&change.old, &change.new), "{told:?}");
                }
            }
        });
        // It says something only where there were changes of many kinds.
        let seen = seen.into_inner().unwrap();
        assert!(seen.len() >= 12, "{seen:?}");
    }
}
