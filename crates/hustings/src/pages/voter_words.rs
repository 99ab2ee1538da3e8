//! What the columns of a voter are called on the page, in which group they stand, and which only experts look at.

use hustings_store::{ValueSource, VoterValue};

/// The groups in the order of the page.
pub const GROUPS: [&str; 8] = [
    "Name",
    "Added columns",
    "Residence",
    "Registration",
    "Person",
    "Districts",
    "Mailing address",
    "Contact",
];

/// Where a column that belongs to no other group stands.
pub const OTHERS: &str = "Other columns of the list";

/// The group of a value.
#[must_use]
pub fn group_of(value: &VoterValue) -> &'static str {
    if matches!(value.source, ValueSource::Overlay { .. }) {
        return "Added columns";
    }
    group_of_column(&value.column)
}

/// The group of a column of the state's list.
#[must_use]
pub fn group_of_column(column: &str) -> &'static str {
    let start = column.split_once('.').map_or(column, |(start, _)| start);
    match start {
        "name" => "Name",
        "res" | "household_id" => "Residence",
        "mail" => "Mailing address",
        "precinct" | "district" | "county" => "Districts",
        _ if column.starts_with("district_") => "Districts",
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
    if column.starts_with("district_other_") {
        return false;
    }
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
        "precinct.vtd_name" => "Name of the voting district",
        "county_name" => "County",
        "county_code" => "County number",
        "registration_date" => "Registered on",
        "status" => "Status",
        "status_reason" => "Reason for the status",
        "has_drivers_license" => "Driver's license on file",
        "has_ssn_flag" => "Social Security number on file",
        "no_dl_ssn_flag" => "Neither license nor Social Security number",
        "birth_precision" => "How exact the birth date is",
        "id_required" => "Must show an id",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    if let Some(district) = column.strip_prefix("district_other_") {
        return other_district(district);
    }
    for (suffix, words) in [("_raw", "the state's code"), ("_desc", "in the state's words")] {
        if let Some(of) = column.strip_suffix(suffix) {
            return format!("{}, {words}", label(of));
        }
    }
    super::words::column(&column.replace('.', "_"))
}

/// A district of a kind that few states have, which keeps the state's name: `fire_dist_abbrv` → `Fire district`.
fn other_district(column: &str) -> String {
    let is_name = column.ends_with("_desc") || column.ends_with("_name");
    let kind: Vec<&str> = column
        .split('_')
        .filter(|word| !["dist", "district", "abbrv", "desc", "name", "code"].contains(word))
        .map(|word| match word {
            "munic" => "municipal",
            "sanit" => "sanitary",
            word => word,
        })
        .collect();
    let district = super::format::sentence_case(&format!("{} district", kind.join(" ")));
    if is_name { format!("{district}, its name") } else { district }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_read_as_words() {
        for (column, words) in [
            ("district_other_fire_dist_abbrv", "Fire district"),
            ("district_other_munic_dist_desc", "Municipal district, its name"),
            ("district_other_rescue", "Rescue district"),
            ("precinct.vtd_name", "Name of the voting district"),
            ("status_raw", "Status, the state's code"),
            ("status_reason_desc", "Reason for the status, in the state's words"),
            ("has_ssn_flag", "Social Security number on file"),
            ("name.first", "First name"),
        ] {
            assert_eq!(label(column), words, "{column}");
        }
    }
}
