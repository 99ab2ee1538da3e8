//! Wrong layouts are refused with line, column and one sentence.

use super::*;

/// A right layout of one small file. Line numbers in the tests count from its first line.
const RIGHT: &str = r#"state = "ZZ"
name = "Nowhere"
layout = "one file"
certainty = "official"
placeholders = ["1900-01-01"]

[id]
digits = [1, 8]

[[file]]
kind = "voters"
names = ["voters*.csv"]
format = "delimited"
delimiters = [","]
header = true
dates = ["%m/%d/%Y"]
key = ["Voter"]
aliases = { "Voter No" = "Voter" }
columns = [
  { name = "Voter", to = "state_voter_id" },
  { name = "Last", to = "name.last" },
  { name = "Born", to = "birth_date" },
  { name = "Status", to = "status" },
]

[codes.status]
"A" = "active"
"I" = { value = "inactive", remark = "no mail came back" }
"#;

#[test]
fn the_right_one_is_right() {
    assert_eq!(check_text(RIGHT, "ZZ.toml"), Vec::new());
}

/// Replaces `from` by `to` in the right layout and expects exactly these findings.
fn check(from: &str, to: &str, expected: &[&str]) {
    assert!(RIGHT.contains(from), "`{from}` is not in the right layout");
    let text = RIGHT.replacen(from, to, 1);
    let found: Vec<String> =
        check_text(&text, "ZZ.toml").iter().map(|finding| finding.sentence("ZZ.toml")).collect();
    assert_eq!(found, expected, "after `{from}` became `{to}`");
}

#[test]
fn what_is_no_toml_is_refused_where_it_breaks() {
    check(
        "name = \"Nowhere\"",
        "name = \"Nowhere",
        &["ZZ.toml:2:16: error: not a TOML file: invalid basic string, expected `\"`"],
    );
}

#[test]
fn unknown_and_missing_keys() {
    check(
        "certainty = \"official\"",
        "certanty = \"official\"",
        &[
            "ZZ.toml:1:1: error: the layout lacks `certainty`",
            "ZZ.toml:4:1: error: unknown key `certanty` in the layout, did you mean `certainty`",
        ],
    );
    check(
        "delimiters = [\",\"]",
        "delimeters = [\",\"]",
        &[
            "ZZ.toml:10:1: error: a delimited [[file]] lacks `delimiters`, such as [\"\\t\"]",
            "ZZ.toml:14:1: error: unknown key `delimeters` in a [[file]], did you mean `delimiters`",
        ],
    );
    check(
        "to = \"name.last\"",
        "to = \"name.last\", width = 3",
        &["ZZ.toml:21:38: error: unknown key `width` in a column"],
    );
    check(
        "header = true",
        "header = \"yes\"",
        &["ZZ.toml:15:10: error: `header` must be true, false or \"first_part_only\""],
    );
    check(
        "digits = [1, 8]",
        "digits = \"8\"",
        &[
            "ZZ.toml:7:1: error: [id] lacks `digits`, the fewest and most digits of an id, such as [1, 12]",
            "ZZ.toml:8:10: error: `digits` must be two numbers such as [1, 3], the smaller one first, got string",
        ],
    );
    check(
        "names = [\"voters*.csv\"]",
        "names = [1]",
        &["ZZ.toml:12:10: error: `names` must be a list of texts, got integer"],
    );
}

#[test]
fn words_are_checked() {
    check(
        "kind = \"voters\"",
        "kind = \"voter\"",
        &[
            "ZZ.toml:11:8: error: `kind` must be one of voters, history, ballots, voters_and_history, district_map, election_map, zone_codes, zone_types, election_codes, got `voter`",
        ],
    );
    check(
        "\"official\"",
        "\"high\"",
        &[
            "ZZ.toml:4:13: error: `certainty` must be official or unofficial, got `high`",
            "ZZ.toml:4:13: error: an unofficial layout needs a `certainty_note` that says what is not confirmed",
        ],
    );
    check(
        "state = \"ZZ\"",
        "state = \"Nowhere\"",
        &["ZZ.toml:1:9: error: `Nowhere` is not a state: expected two letters such as nc"],
    );
    check(
        "1900-01-01",
        "1900-02-30",
        &["ZZ.toml:5:17: error: `1900-02-30` is not a date: expected a form such as 1900-01-01"],
    );
    check(
        "%m/%d/%Y",
        "%m/%d/%q",
        &[
            "ZZ.toml:16:10: error: `%q` is no part of a date form: expected %Y, %y, %m, %B, %d, %H, %M or %S",
            "ZZ.toml:22:3: error: `birth_date` is a date, but its [[file]] lacks `dates`",
        ],
    );
}

#[test]
fn a_code_map_yields_canonical_words_and_nothing_else() {
    check(
        "\"A\" = \"active\"",
        "\"A\" = \"Active\"",
        &["ZZ.toml:27:7: error: `Active` is no word of [codes.status], did you mean `active`"],
    );
    check(
        "\"A\" = \"active\"",
        "\"A\" = \"temporary (military) -> active\"",
        &[
            "ZZ.toml:27:7: error: `temporary (military) -> active` is no word of [codes.status]: expected one of active, inactive, pending, preregistered, suspense, cancelled, removed, purged, denied, not_registered, unknown",
        ],
    );
    check(
        "\"A\" = \"active\"",
        "\"A\" = \"active\"\n\"a\" = \"active\"",
        &[
            "ZZ.toml:28:7: error: the code `a` occurs twice in [codes.status]: codes are compared without case",
        ],
    );
    check(
        "[codes.status]",
        "[codes.statsu]",
        &["ZZ.toml:26:8: error: no column uses a code map `statsu`, did you mean `status`"],
    );
    check(
        "[codes.status]",
        "[codes.party]\n\"D\" = \"democratic\"\n[codes.status]",
        &[
            "ZZ.toml:27:7: error: `democratic` is no word of [codes.party]: expected one of DEM, REP, UNA, LIB, GRE, CON, OTH",
        ],
    );
    check(
        "remark = \"no mail came back\"",
        "note = \"no mail came back\"",
        &["ZZ.toml:28:29: error: unknown key `note` in a code"],
    );
    check(
        "to = \"status\"",
        "to = \"status\", codes = \"statuses\"",
        &["ZZ.toml:23:3: error: there is no [codes.statuses], did you mean `status`"],
    );
    check(
        "to = \"status\" },",
        "to = \"status\", codes = \"own\" },",
        &["ZZ.toml:23:3: error: there is no [codes.own]"],
    );
    check(
        "[codes.status]",
        "[codes.own]\n\"B\" = \"alive\"\n[codes.status]",
        &["ZZ.toml:26:8: error: no column uses a code map `own`"],
    );
}

#[test]
fn a_columns_own_codes_yield_its_words() {
    let text = RIGHT.replace("to = \"status\" }", "to = \"status\", codes = \"own\" }")
        + "[codes.own]\n\"B\" = \"alive\"\n";
    let found: Vec<String> =
        check_text(&text, "ZZ.toml").iter().map(|finding| finding.sentence("ZZ.toml")).collect();
    assert_eq!(
        found,
        ["ZZ.toml:23:3: error: [codes.own] turns `B` into `alive`, which is no word of `status`"]
    );
}

#[test]
fn columns_are_mapped_once_to_names_that_exist() {
    check(
        "name.last",
        "name.lst",
        &["ZZ.toml:21:3: error: `name.lst` is no canonical name, did you mean `name.last`"],
    );
    check(
        "name.last",
        "voter_id",
        &["ZZ.toml:21:3: error: `voter_id` is a column of ours: no state's file can fill it"],
    );
    check("name.last", "extra.Last", &["ZZ.toml:21:3: error: `extra.Last` is no canonical name"]);
    check(
        "to = \"name.last\"",
        "to = \"status\"",
        &[
            "ZZ.toml:23:3: error: `Last` and `Status` are both mapped to `status`: one of them needs another name",
        ],
    );
    check(
        "name = \"Last\"",
        "name = \" voter\"",
        &[
            "ZZ.toml:21:3: error: the column ` voter` occurs twice: name the second ` voter_2`, as the reader does",
        ],
    );
    check(
        "to = \"state_voter_id\"",
        "to = \"county_voter_id\"",
        &["ZZ.toml:10:1: error: a voters file needs a column with to = \"state_voter_id\""],
    );
    check(
        "key = [\"Voter\"]",
        "key = [\"Votr\"]",
        &["ZZ.toml:17:8: error: `Votr` is no column here, did you mean `Voter`"],
    );
    check(
        "\"Voter No\" = \"Voter\"",
        "\"Voter No\" = \"Number\"",
        &["ZZ.toml:18:26: error: an alias stands for `Number`, which is no column here"],
    );
    check(
        "to = \"name.last\"",
        "to = \"vote.method\"",
        &["ZZ.toml:21:3: error: `vote.method` belongs to a vote, but this voters file has no `history`"],
    );
}

#[test]
fn fixed_width_columns_have_their_places() {
    let fixed = |columns: &str| {
        let head = RIGHT.split("[[file]]").next().unwrap();
        format!(
            "{head}[[file]]\nkind = \"voters\"\nformat = \"fixed\"\nline_length = 20\nheader = false\ncolumns = [\n{columns}\n]\n"
        )
    };
    let check = |columns: &str, expected: &[&str]| {
        let found: Vec<String> = check_text(&fixed(columns), "ZZ.toml")
            .iter()
            .map(|finding| finding.sentence("ZZ.toml"))
            .collect();
        assert_eq!(found, expected);
    };
    check(
        r#"{ name = "Voter", to = "state_voter_id", start = 0, len = 8 },
{ name = "Last", to = "name.last", start = 8, len = 12 }"#,
        &[],
    );
    check(
        r#"{ name = "Voter", to = "state_voter_id", start = 0, len = 8 },
{ name = "Last", to = "name.last", start = 7, len = 14 }"#,
        &[
            "ZZ.toml:17:1: error: `Last` begins at byte 7, but the column before it ends at 8",
            "ZZ.toml:17:1: error: `Last` ends at byte 21, but a line has 20 bytes",
        ],
    );
    check(
        r#"{ name = "Voter", to = "state_voter_id", start = 0 }"#,
        &[
            "ZZ.toml:16:1: error: a column has `start` without `len`, or `len` without `start`",
            "ZZ.toml:16:1: error: the fixed-width column `Voter` lacks `start` and `len`",
        ],
    );
}

#[test]
fn history_shapes_have_what_they_need() {
    let key = "key = [\"Voter\"]";
    let with = |history: &str| format!("{key}\nhistory = {history}");
    check(
        key,
        &with("{ shape = \"packed\", separator = \";\" }"),
        &["ZZ.toml:18:11: error: this history shape needs a column such as to = \"vote.packed\""],
    );
    check(
        key,
        &with("{ shape = \"slots\", map = \"election_map\" }"),
        &[
            "ZZ.toml:18:11: error: history needs a [[file]] of kind election_map",
            "ZZ.toml:18:11: error: this history shape needs a column such as to = \"vote.slot1.method\"",
        ],
    );
    check(
        key,
        &with("{ shape = \"wide\", regex = '^(\\d{8})$', date = \"%Y%m%d\", value = \"method\" }"),
        &["ZZ.toml:18:37: error: the regex has no group `(?<date>…)`"],
    );
    check(
        key,
        &with("{ shape = \"wide\", regex = '^(?<date>', date = \"%Y%m%d\", value = \"metod\" }"),
        &[
            "ZZ.toml:18:37: error: the regex cannot be read: regex parse error: ^(?<date> ^ error: unclosed group",
            "ZZ.toml:18:75: error: `value` must be one of party, method, method_party, got `metod`",
        ],
    );
    check(
        key,
        &with("{ shape = \"round\" }"),
        &["ZZ.toml:18:21: error: `shape` must be one of rows, wide, slots, pairs, packed, got `round`"],
    );
}

#[test]
fn counties_are_upper_case_and_known() {
    let counties = "[counties]\n\"1\" = \"Adams\"\n\"2\" = \"BOONE\"\n[county_aliases]\n\"BONE\" = \"BOON\"\n[county_fips]\n\"BOONE\" = \"7\"\n\n[[file]]";
    check(
        "[[file]]",
        counties,
        &[
            "ZZ.toml:11:7: error: the county name `Adams` must be upper case",
            "ZZ.toml:14:10: error: `BOON` is no county of [counties], did you mean `BOONE`",
            "ZZ.toml:16:11: error: `7` is no county FIPS code of three digits",
        ],
    );
}

#[test]
fn what_cannot_be_checked_is_a_warning() {
    check(
        "[id]\ndigits = [1, 8]\n",
        "",
        &["ZZ.toml:1:1: warning: no [id]: rows cannot be checked by the form of the voter's id"],
    );
    check(
        "to = \"name.last\"",
        "to = \"county_name\"",
        &["ZZ.toml:1:1: warning: no [counties]: rows cannot be checked by their county"],
    );
}

#[test]
fn a_users_layout_takes_its_states_place_or_is_added() {
    let layouts = Layouts::with_overrides(&[("ZZ.toml", RIGHT)]).unwrap();
    assert_eq!(layouts.iter().count(), 22);
    assert_eq!(layouts.get("zz".parse().unwrap()).unwrap().name, "Nowhere");
    let mine = RIGHT.replace("\"ZZ\"", "\"NC\"");
    let layouts = Layouts::with_overrides(&[("mine.toml", mine)]).unwrap();
    assert_eq!(
        (layouts.iter().count(), layouts.get("nc".parse().unwrap()).unwrap().name.as_str()),
        (21, "Nowhere")
    );
    let wrong = RIGHT.replace("name.last", "name.lst").replace("birth_date", "birth");
    let error = Layouts::with_overrides(&[("/etc/hustings/ZZ.toml", wrong)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/etc/hustings/ZZ.toml:21:3: error: `name.lst` is no canonical name, did you mean `name.last`"
    );
    assert_eq!(error.more, 1);
}
