//! Plain words for names that the program uses: states, rules, kinds of change, values. A name that is not listed here is
//! shown as its own words, so that a new rule still reads, only less well.

use super::format::{sentence, visible, words};
use hustings_core::StateCode;
use hustings_voterfile::gate_rule::{self, GateRule};

/// A rule in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name in reports and addresses.
    pub name: String,
    /// A short title.
    pub title: String,
    /// What it means and why it is so. May be empty.
    pub meaning: &'static str,
}

impl Rule {
    fn from_gate(rule: &GateRule) -> Self {
        Self { name: rule.name.to_owned(), title: rule.title.to_owned(), meaning: rule.meaning }
    }

    fn from_list(name: &str, list: &'static [(&'static str, &'static str, &'static str)]) -> Self {
        match list.iter().find(|(known, _, _)| *known == name) {
            Some((_, title, meaning)) => Self { name: name.to_owned(), title: (*title).to_owned(), meaning },
            None => Self { name: name.to_owned(), title: sentence(name), meaning: "" },
        }
    }
}

/// A rule of the gate. The title says what failed.
#[must_use]
pub fn gate_rule(name: &str) -> Rule {
    match gate_rule::gate_rule(name) {
        Some(rule) => Rule::from_gate(rule),
        None => Rule { name: name.to_owned(), title: sentence(name), meaning: "" },
    }
}

/// A rule by which rows are kept aside.
#[must_use]
pub fn quarantine_rule(name: &str) -> Rule {
    Rule::from_list(name, QUARANTINE)
}

/// A rule by which rows are repaired.
#[must_use]
pub fn repair_rule(name: &str) -> Rule {
    Rule::from_list(name, REPAIRS)
}

/// A kind of change.
#[must_use]
pub fn change_kind(name: &str) -> Rule {
    Rule::from_list(name, CHANGES)
}

/// All rules of the gate.
#[must_use]
pub fn gate_rules() -> Vec<Rule> {
    gate_rule::GATE_RULES.iter().map(Rule::from_gate).collect()
}

/// All rules of the quarantine that have words.
#[must_use]
pub fn quarantine_rules() -> Vec<Rule> {
    all(QUARANTINE)
}

/// All rules of repair that have words.
#[must_use]
pub fn repair_rules() -> Vec<Rule> {
    all(REPAIRS)
}

fn all(list: &'static [(&'static str, &'static str, &'static str)]) -> Vec<Rule> {
    list.iter().map(|(name, _, _)| Rule::from_list(name, list)).collect()
}

/// The part of the report in which the evidence for a failed rule of the gate stands.
#[must_use]
pub fn gate_evidence(rule: &str) -> (&'static str, &'static str) {
    match rule {
        "county_missing" | "county_change" | "total_drop" => ("counties", "See the counties"),
        "null_rate" | "vital_column_empty" | "confidential_fall" | "unknown_status" => {
            ("columns", "See the columns")
        }
        "part_unread" | "confidential_missing" => ("files", "See the files"),
        "mass_change" => ("changes", "See the changes"),
        "quarantine_rate" => ("quarantine", "See the quarantine"),
        "history_loss" => ("elections", "See the elections"),
        "purge_watch" => ("purge-watch", "See the purge watch"),
        _ => ("rows", "See the rows"),
    }
}

const QUARANTINE: &[(&str, &str, &str)] = &[
    (
        "short_row",
        "Row cut short",
        "The row has too few fields, or ends inside its last one: part of it was lost on the way.",
    ),
    (
        "long_row",
        "Too many fields",
        "The row has more fields than the layout, and no way of joining neighbors makes it fit.",
    ),
    (
        "shifted_row",
        "Values in the wrong columns",
        "The row has as many fields as it should, but ids, dates, ZIPs or counties are not where they belong. Read as it stands it would look good and be wrong.",
    ),
    (
        "invalid_id",
        "No usable voter id",
        "Everything is in its place except the voter id, which is empty or not written as this state writes its ids.",
    ),
    (
        "ambiguous_shift",
        "More than one way to read it",
        "Several repairs fit this row and give different values. Choosing one would be a guess.",
    ),
    (
        "broken_quotes",
        "Quotes that cannot be understood",
        "Quotes open and close so that it is unknown where a field, or the row, ends.",
    ),
    (
        "oversize",
        "Row too long",
        "The row is longer than any real row: most likely a quote that was never closed.",
    ),
    (
        "duplicate_id",
        "Same voter id twice",
        "Another row with this id was taken: the newest active one wins. These rows do not count against the gate.",
    ),
    (
        "key_conflict",
        "A vote with two voters' ids",
        "The voter id is one voter's, county and registration number are another's: the vote may be either's.",
    ),
    (
        "duplicate_vote",
        "Same vote twice",
        "The same row stands in the history before, byte for byte. It is one vote. These rows do not count against the gate.",
    ),
];

const REPAIRS: &[(&str, &str, &str)] = &[
    ("nul_stripped", "Zero bytes removed", "Bytes of value zero inside the row were taken out."),
    ("carriage_return_blanked", "Carriage return inside the row", "A stray carriage return became a blank."),
    (
        "end_of_file_stripped",
        "Old end-of-file mark removed",
        "A DOS end-of-file byte after the last field was taken off.",
    ),
    (
        "byte_order_mark_stripped",
        "Byte-order mark removed",
        "A byte-order mark at the start of a line inside the file was taken off: files were put together.",
    ),
    (
        "mixed_encoding",
        "Another encoding in one line",
        "The line is not UTF-8 although the file is; it was read as Windows-1252.",
    ),
    (
        "embedded_quotes",
        "Quotes inside a value",
        "Quotes inside a value that were not doubled were read as part of it.",
    ),
    (
        "unbalanced_quote",
        "Half of a pair of quotes",
        "One quote of a pair was lost; the fields still fall into place.",
    ),
    (
        "unquoted_delimiter",
        "Delimiter inside a value",
        "A value held the delimiter without quotes. Its parts were joined where the columns after it fit, and only there.",
    ),
    ("trailing_empty_fields", "Empty fields at the end", "Empty fields beyond the last column were cut off."),
    (
        "missing_field",
        "A missing empty field",
        "The row lacked one field; put back empty, everything else is in its place.",
    ),
    (
        "joined_lines",
        "Line break inside a value",
        "A value ran over the end of a line; its lines were joined.",
    ),
];

const CHANGES: &[(&str, &str, &str)] = &[
    ("new", "New voters", "On the list for the first time."),
    (
        "dropped",
        "Dropped from the list",
        "On the list before, not on it now. Their record and history stay, marked as dropped.",
    ),
    ("returned", "Returned", "Dropped earlier, on the list again."),
    ("moved_within_county", "Moved within the county", "Another residence in the same county."),
    ("moved_county", "Moved to another county", "Another residence in another county."),
    ("name_changed", "Name changed", "Another name, as after a marriage."),
    (
        "name_corrected",
        "Name corrected",
        "The same name, written otherwise: one letter, a suffix, an initial spelled out.",
    ),
    ("party_changed", "Party changed", "Registered with another party, or with none."),
    ("status_changed", "Status changed", "Another registration status, such as active to inactive."),
    ("precinct_changed", "Precinct changed", "Another precinct at the same residence: a line was redrawn."),
    (
        "district_changed",
        "District changed",
        "Another district at the same residence and in the same precinct: a line was redrawn.",
    ),
    ("birth_date_changed", "Birth date corrected", "Another birth date or year."),
    ("contact_changed", "Phone or e-mail changed", "The state's list has another phone or e-mail."),
    ("mailing_changed", "Mailing address changed", "Mail goes elsewhere now."),
    ("registration_date_changed", "Registration date changed", "Another registration date."),
    ("demographics_changed", "Gender, race or ethnicity changed", "Recorded otherwise than before."),
    ("history_gained", "Votes added", "Votes on file that were not there before."),
    ("history_lost", "Votes lost", "Votes that were on file are gone. Worth a question to the state."),
    ("id_changed", "Voter id changed", "The same voter under another state id."),
    (
        "id_reused",
        "Voter id given to somebody else",
        "A new voter under an id that was another person's. Nothing of that person goes to the new one.",
    ),
    (
        "id_doubtful",
        "Identity doubtful",
        "Perhaps somebody else under the same id, or somebody who left under another one. Worth a look.",
    ),
    (
        "became_confidential",
        "Became confidential",
        "The state now protects the address; it is withheld everywhere.",
    ),
    ("no_longer_confidential", "No longer confidential", "The state shows the address again."),
];

/// The plain name of a value of a column that takes few values.
#[must_use]
pub fn value(column: &str, value: &str) -> String {
    let known = match (column, value) {
        (_, "") => "No value",
        ("party", "DEM") => "Democratic",
        ("party", "REP") => "Republican",
        ("party", "UNA") => "Unaffiliated",
        ("party", "LIB") => "Libertarian",
        ("party", "GRE") => "Green",
        ("party", "CON") => "Constitution",
        ("party", "OTH") => "Other party",
        ("gender", "F") => "Female",
        ("gender", "M") => "Male",
        ("gender", "X") => "Nonbinary",
        ("gender", "U") => "Unknown",
        ("race", "american_indian") => "American Indian",
        ("race", "asian_pacific") => "Asian or Pacific Islander",
        ("race", "pacific_islander") => "Pacific Islander",
        ("ethnicity", "not_hispanic") => "Not Hispanic",
        ("birth_date" | "age_band", _) => return visible(value),
        _ => return if value.chars().any(char::is_lowercase) { sentence(value) } else { visible(value) },
    };
    known.to_owned()
}

/// How a vote was cast.
#[must_use]
pub fn vote_method(method: &str) -> String {
    match method {
        "election_day" => "On election day".to_owned(),
        "early" => "Early, in person".to_owned(),
        "mail" => "By mail".to_owned(),
        "federal_write_in" => "Federal write-in ballot".to_owned(),
        "unknown_voted" => "Voted, not said how".to_owned(),
        _ => sentence(method),
    }
}

/// The plain name of a breakdown.
#[must_use]
pub fn breakdown(name: &str) -> String {
    match name {
        "status" => "Registration status".to_owned(),
        "age_band" => "Age".to_owned(),
        _ => sentence(name),
    }
}

/// The plain name of a canonical column: `res_house_number` → `House number`.
#[must_use]
pub fn column(name: &str) -> String {
    let known = match name {
        "state_voter_id" => "State voter id",
        "county_voter_id" => "County voter id",
        "legacy_voter_id" => "Earlier voter id",
        "res_zip5" | "mail_zip5" => "ZIP",
        "res_zip4" | "mail_zip4" => "ZIP+4",
        "res_predir" => "Direction before",
        "res_postdir" => "Direction after",
        "res_std_line" => "Standardized address",
        "res_kind" => "Kind of address",
        "res_quality" => "Confidence of the parser",
        "birth_date" => "Birth date",
        "name_last" => "Last name",
        "name_first" => "First name",
        "county_name" => "County",
        "precinct_code" => "Precinct",
        "county_fips" => "County FIPS",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let short = ["name_", "res_", "mail_", "extra_", "district_"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    if short.chars().all(|character| !character.is_ascii_uppercase()) {
        sentence(short)
    } else {
        words(short)
    }
}

/// A sentence that begins with the program's name of a column, with its plain name instead: `res_zip5: 3% …` → `ZIP: 3% …`.
#[must_use]
pub fn with_column_words(text: &str) -> String {
    let is_column = |word: &str| {
        word.contains('_')
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || b"_.0123456789".contains(&byte))
    };
    match text.split_once(": ") {
        Some((name, rest)) if is_column(name) => format!("{}: {rest}", column(&name.replace('.', "_"))),
        _ => text.to_owned(),
    }
}

/// Whether a code is one of the 56 states, territories and the District.
#[must_use]
pub fn is_state(code: StateCode) -> bool {
    STATES.iter().any(|(known, _)| *known == code.as_str())
}

/// All states and territories, by name.
#[must_use]
pub fn states() -> &'static [(&'static str, &'static str)] {
    STATES
}

/// A state's or territory's name; its code where it is none of the 56.
#[must_use]
pub fn state(code: StateCode) -> String {
    STATES
        .iter()
        .find(|(known, _)| *known == code.as_str())
        .map_or_else(|| code.upper(), |(_, name)| (*name).to_owned())
}

const STATES: &[(&str, &str)] = &[
    ("al", "Alabama"),
    ("ak", "Alaska"),
    ("as", "American Samoa"),
    ("az", "Arizona"),
    ("ar", "Arkansas"),
    ("ca", "California"),
    ("co", "Colorado"),
    ("ct", "Connecticut"),
    ("de", "Delaware"),
    ("dc", "District of Columbia"),
    ("fl", "Florida"),
    ("ga", "Georgia"),
    ("gu", "Guam"),
    ("hi", "Hawaii"),
    ("id", "Idaho"),
    ("il", "Illinois"),
    ("in", "Indiana"),
    ("ia", "Iowa"),
    ("ks", "Kansas"),
    ("ky", "Kentucky"),
    ("la", "Louisiana"),
    ("me", "Maine"),
    ("md", "Maryland"),
    ("ma", "Massachusetts"),
    ("mi", "Michigan"),
    ("mn", "Minnesota"),
    ("ms", "Mississippi"),
    ("mo", "Missouri"),
    ("mt", "Montana"),
    ("ne", "Nebraska"),
    ("nv", "Nevada"),
    ("nh", "New Hampshire"),
    ("nj", "New Jersey"),
    ("nm", "New Mexico"),
    ("ny", "New York"),
    ("nc", "North Carolina"),
    ("nd", "North Dakota"),
    ("mp", "Northern Mariana Islands"),
    ("oh", "Ohio"),
    ("ok", "Oklahoma"),
    ("or", "Oregon"),
    ("pa", "Pennsylvania"),
    ("pr", "Puerto Rico"),
    ("ri", "Rhode Island"),
    ("sc", "South Carolina"),
    ("sd", "South Dakota"),
    ("tn", "Tennessee"),
    ("tx", "Texas"),
    ("vi", "U.S. Virgin Islands"),
    ("ut", "Utah"),
    ("vt", "Vermont"),
    ("va", "Virginia"),
    ("wa", "Washington"),
    ("wv", "West Virginia"),
    ("wi", "Wisconsin"),
    ("wy", "Wyoming"),
];

/// `1 row`, `2 rows`.
#[must_use]
pub fn plural(count: u64, one: &str, many: &str) -> String {
    let noun = if count == 1 { one } else { many };
    format!("{} {noun}", super::format::Count(count))
}

/// The same for a count of things in memory.
#[must_use]
pub fn plural_of(count: usize, one: &str, many: &str) -> String {
    plural(u64::try_from(count).unwrap_or(u64::MAX), one, many)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_about_a_column_names_it_in_plain_words() {
        assert_eq!(with_column_words("res_zip5: 3.0% are empty"), "ZIP: 3.0% are empty");
        assert_eq!(with_column_words("name_last: none"), "Last name: none");
        for other in ["HYDE: 900 voters", "status code `Z` is unknown: ask", "no column"] {
            assert_eq!(with_column_words(other), other);
        }
    }

    #[test]
    fn the_guide_tells_every_rule_of_the_gate() {
        let guide = include_str!("../../../../docs/guides/weekly-load.md");
        for rule in gate_rules() {
            let line = format!("| {} | {} |", rule.title, rule.meaning);
            assert!(guide.contains(&line), "docs/guides/weekly-load.md lacks the line\n{line}");
        }
    }
}
