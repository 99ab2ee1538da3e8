//! States by name and by code: `North Carolina` is `NC`.

/// Names, without blanks, and codes.
const STATES: [(&str, &str); 56] = [
    ("ALABAMA", "AL"),
    ("ALASKA", "AK"),
    ("AMERICANSAMOA", "AS"),
    ("ARIZONA", "AZ"),
    ("ARKANSAS", "AR"),
    ("CALIFORNIA", "CA"),
    ("COLORADO", "CO"),
    ("CONNECTICUT", "CT"),
    ("DELAWARE", "DE"),
    ("DISTRICTOFCOLUMBIA", "DC"),
    ("FLORIDA", "FL"),
    ("GEORGIA", "GA"),
    ("GUAM", "GU"),
    ("HAWAII", "HI"),
    ("IDAHO", "ID"),
    ("ILLINOIS", "IL"),
    ("INDIANA", "IN"),
    ("IOWA", "IA"),
    ("KANSAS", "KS"),
    ("KENTUCKY", "KY"),
    ("LOUISIANA", "LA"),
    ("MAINE", "ME"),
    ("MARYLAND", "MD"),
    ("MASSACHUSETTS", "MA"),
    ("MICHIGAN", "MI"),
    ("MINNESOTA", "MN"),
    ("MISSISSIPPI", "MS"),
    ("MISSOURI", "MO"),
    ("MONTANA", "MT"),
    ("NEBRASKA", "NE"),
    ("NEVADA", "NV"),
    ("NEWHAMPSHIRE", "NH"),
    ("NEWJERSEY", "NJ"),
    ("NEWMEXICO", "NM"),
    ("NEWYORK", "NY"),
    ("NORTHCAROLINA", "NC"),
    ("NORTHDAKOTA", "ND"),
    ("NORTHERNMARIANAISLANDS", "MP"),
    ("OHIO", "OH"),
    ("OKLAHOMA", "OK"),
    ("OREGON", "OR"),
    ("PENNSYLVANIA", "PA"),
    ("PUERTORICO", "PR"),
    ("RHODEISLAND", "RI"),
    ("SOUTHCAROLINA", "SC"),
    ("SOUTHDAKOTA", "SD"),
    ("TENNESSEE", "TN"),
    ("TEXAS", "TX"),
    ("UTAH", "UT"),
    ("VERMONT", "VT"),
    ("VIRGINIA", "VA"),
    ("VIRGINISLANDS", "VI"),
    ("WASHINGTON", "WA"),
    ("WESTVIRGINIA", "WV"),
    ("WISCONSIN", "WI"),
    ("WYOMING", "WY"),
];

/// The code of a state's name, in capitals without blanks; else the text as it is.
#[must_use]
pub fn code_of(text: &str) -> &str {
    match STATES.binary_search_by_key(&text, |(name, _)| name) {
        Ok(at) => STATES[at].1,
        Err(_) => text,
    }
}

/// Whether a text is the code of a state.
#[must_use]
pub fn is_code(text: &str) -> bool {
    text.len() == 2 && STATES.iter().any(|(_, code)| *code == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_codes() {
        assert!(STATES.is_sorted_by_key(|(name, _)| name));
        assert_eq!(code_of("NORTHCAROLINA"), "NC");
        assert_eq!(code_of("NC"), "NC");
        assert_eq!(code_of("NSW"), "NSW");
        assert!(is_code("GA") && !is_code("GE") && !is_code("GEORGIA"));
    }
}
