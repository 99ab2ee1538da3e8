//! Plain words for names that the program uses: states, rules, kinds of change, values. A name that is not listed here is
//! shown as its own words, so that a new rule still reads, only less well.

use super::format::{sentence, visible, words};
use hustings_core::StateCode;

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
    fn from_list(name: &str, list: &'static [(&'static str, &'static str, &'static str)]) -> Self {
        match list.iter().find(|(known, _, _)| *known == name) {
            Some((_, title, meaning)) => {
                Self { name: name.to_owned(), title: (*title).to_owned(), meaning }
            }
            None => Self { name: name.to_owned(), title: sentence(name), meaning: "" },
        }
    }
}

/// A rule of the gate. The title says what failed.
#[must_use]
pub fn gate_rule(name: &str) -> Rule {
    Rule::from_list(name, GATE)
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

/// The part of the report in which the evidence for a failed rule of the gate stands.
#[must_use]
pub fn gate_evidence(rule: &str) -> (&'static str, &'static str) {
    match rule {
        "county_missing" | "county_change" | "total_drop" => ("counties", "See the counties"),
        "null_rate" | "unknown_status" | "unknown_code" => ("columns", "See the columns"),
        "quarantine_rate" => ("quarantine", "See the quarantine"),
        "history_loss" | "history_lost" => ("elections", "See the elections"),
        "purge_watch" => ("purge-watch", "See the purge watch"),
        _ => ("rows", "See the rows"),
    }
}

const GATE: &[(&str, &str, &str)] = &[
    ("county_missing", "A county is missing", "A county that was on the list before has no voters now."),
    ("county_change", "A county changed too much", "A county grew or shrank by more than 5% (large counties: 500 voters) in one step."),
    ("total_drop", "The list shrank too much", "More than 1% of all voters are gone."),
    ("null_rate", "A key column went blank", "The share of empty values of a key column rose by more than 2 points."),
    ("quarantine_rate", "Too many rows kept aside", "More than 0.01% of the voter rows could not be read safely."),
    ("unknown_status", "Unknown status codes", "The list uses registration status codes that no code map knows."),
    ("history_loss", "Vote history was lost", "Votes that were on file before are gone. States rarely take votes back."),
    ("purge_watch", "Purge watch", "Unusually many voters left the list or became inactive in one place."),
];

const QUARANTINE: &[(&str, &str, &str)] = &[
    ("duplicate_id", "Same voter id twice", "Another row with this id was taken: the newest active one wins. Does not count against the gate."),
    ("width", "Wrong number of fields", "The row has more or fewer fields than the header, and no repair made it fit."),
    ("field_count", "Wrong number of fields", "The row has more or fewer fields than the header, and no repair made it fit."),
    ("too_many_fields", "Too many fields", "The row has more fields than the header, and no repair made it fit."),
    ("too_few_fields", "Too few fields", "The row has fewer fields than the header, and no repair made it fit."),
    ("shifted", "Values in the wrong columns", "The row has the right number of fields, but they stand in the wrong columns: ids, dates or counties are not where they belong."),
    ("shifted_row", "Values in the wrong columns", "The row has the right number of fields, but they stand in the wrong columns: ids, dates or counties are not where they belong."),
    ("bad_id", "No usable voter id", "The voter id is empty or does not look like this state's ids."),
    ("unterminated_quote", "A quote that never closes", "A quote opens a field and is not closed within reason, so where the row ends is unknown."),
    ("bad_county", "Unknown county", "The county is not one of this state's counties."),
    ("truncated", "Row cut off", "The file or the row ends before the row is complete."),
];

const REPAIRS: &[(&str, &str, &str)] = &[
    ("nul_bytes", "Zero bytes removed", "Bytes of value zero inside a field were taken out."),
    ("nul_removed", "Zero bytes removed", "Bytes of value zero inside a field were taken out."),
    ("line_break", "Line break inside a field", "A row that ran over several lines was joined again."),
    ("joined_lines", "Line break inside a field", "A row that ran over several lines was joined again."),
    ("quote", "Stray quotes", "Quotes inside a field that were not doubled were read as text."),
    ("embedded_quote", "Stray quotes", "Quotes inside a field that were not doubled were read as text."),
    ("extra_delimiter", "Delimiter inside a field", "A delimiter inside a field was found by the columns after it, and the field joined again."),
    ("trailing_field", "Empty field at the end", "One empty field too many at the end of the row was dropped."),
    ("short_row", "Blank fields missing at the end", "The row lacked its last fields, which are blank; everything else is in its place."),
];

const CHANGES: &[(&str, &str, &str)] = &[
    ("new", "New voters", "On the list for the first time."),
    ("dropped", "Dropped from the list", "On the list before, not on it now. Their record and history stay, marked as dropped."),
    ("returned", "Returned", "Dropped earlier, on the list again."),
    ("moved_within_county", "Moved within the county", "New residence address in the same county."),
    ("moved_county", "Moved to another county", "New residence address in another county."),
    ("address_changed", "Address corrected", "The residence is written differently."),
    ("name_changed", "Name changed", "A new last, first or middle name."),
    ("name_corrected", "Name corrected", "The same name, written differently."),
    ("party_changed", "Party changed", "Registered with another party, or with none."),
    ("status_changed", "Status changed", "Registration status, such as active to inactive."),
    ("became_inactive", "Became inactive", "From active to inactive."),
    ("became_active", "Became active", "From inactive to active."),
    ("cancelled", "Cancelled", "The registration was cancelled or removed, with the state's reason."),
    ("precinct_changed", "Precinct changed", "Another precinct at the same address, often a redrawn line."),
    ("district_changed", "District changed", "Another district at the same address, often a redrawn line."),
    ("birth_date_changed", "Birth date corrected", "The birth date or year differs."),
    ("contact_changed", "Phone or e-mail changed", "The state's list has another phone or e-mail."),
    ("mailing_changed", "Mailing address changed", "Mail goes elsewhere now."),
    ("mail_flag_changed", "Mail ballot mark changed", "Permanent mail ballot, on or off."),
    ("history_gained", "Votes added", "More vote history than before."),
    ("history_lost", "Votes lost", "Vote history that was there before is gone. Worth a question to the state."),
    ("id_changed", "Voter id changed", "The same voter under a new state id."),
    ("became_confidential", "Became confidential", "Address now protected by the state; it is withheld everywhere."),
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
        ("birth_date" | "age_band", _) => return visible(value),
        _ => return if value.chars().any(char::is_lowercase) { sentence(value) } else { visible(value) },
    };
    known.to_owned()
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
    if short.chars().all(|character| !character.is_ascii_uppercase()) { sentence(short) } else { words(short) }
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
