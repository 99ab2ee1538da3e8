//! What the columns of a voter are called on the page, in which group they stand, and which only experts look at.

use hustings_store::{ValueSource, VoterValue};

/// The groups in the order of the page.
pub const GROUPS: [&str; 8] = [
    "Name",
    "Residence",
    "Registration",
    "Person",
    "Districts",
    "Mailing address",
    "Contact",
    "Added by overlays",
];

/// Where a column that belongs to no other group stands.
pub const OTHERS: &str = "Other columns of the list";

/// The group of a value.
#[must_use]
pub fn group_of(value: &VoterValue) -> &'static str {
    if matches!(value.source, ValueSource::Overlay { .. }) {
        return "Added by overlays";
    }
    let column = value.column.as_str();
    let start = column.split_once('.').map_or(column, |(start, _)| start);
    match start {
        "name" => "Name",
        "res" | "household_id" => "Residence",
        "mail" => "Mailing address",
        "precinct" | "district" | "county" => "Districts",
        "extra" | "raw_values" => OTHERS,
        "age" | "gender" | "race" | "ethnicity" | "language" => "Person",
        _ if column.starts_with("county_") && column != "county_voter_id" => "Districts",
        _ if ["phone", "email", "fax"].iter().any(|word| column.starts_with(word)) => "Contact",
        _ if ["birth", "gender_", "race_", "ethnicity_"].iter().any(|word| column.starts_with(word)) => {
            "Person"
        }
        _ => "Registration",
    }
}

/// Raw codes, hashes and flags of the list's making: shown, but folded away.
#[must_use]
pub fn is_detail(column: &str) -> bool {
    column.ends_with("_raw")
        || column.ends_with("_desc")
        || column.ends_with("_code")
        || column.starts_with("extra.")
        || column.starts_with("name.norm")
        || matches!(
            column,
            "household_id" | "res.kind" | "res.quality" | "birth_precision" | "county_fips" | "raw_values"
        )
        || column.starts_with("has_")
        || column.ends_with("_flag")
}

/// The plain name of a canonical column within its group.
#[must_use]
pub fn label(column: &str) -> String {
    let known = match column {
        "name.first" => "First name",
        "name.middle" => "Middle name",
        "name.last" => "Last name",
        "name.suffix" => "Suffix",
        "name.former" => "Former name",
        "name.full" => "Full name",
        "res.line1" | "mail.line1" => "Address",
        "res.line2" | "mail.line2" => "Second line",
        "res.line3" | "mail.line3" => "Third line",
        "res.full" => "Address in full",
        "res.house_fraction" => "Fraction",
        "mail.same_as_res" => "Same as residence",
        "district.cd" => "Congressional district",
        "district.sd" => "State senate",
        "district.hd" => "State house",
        "district.ld" => "Legislative district",
        "precinct.code" => "Precinct",
        "precinct.name" => "Name of the precinct",
        "precinct.vtd" => "Voting district",
        "county_name" => "County",
        "county_code" => "County number",
        "registration_date" => "Registered on",
        "status" => "Status",
        "id_required" => "Must show an id",
        _ => "",
    };
    if known.is_empty() { super::words::column(&column.replace('.', "_")) } else { known.to_owned() }
}
