//! Which file some bytes are.

use super::*;
use crate::format::RecordShape;

/// The 70 names of North Carolina's file of 2026, a line of the shared synthetic voters.
const NC_2026: &str = "\"county_id\"\t\"county_desc\"\t\"voter_reg_num\"\t\"ncid\"\t\"last_name\"\t\"first_name\"\t\"middle_name\"\t\"name_suffix_lbl\"\t\"status_cd\"\t\"voter_status_desc\"\t\"reason_cd\"\t\"voter_status_reason_desc\"\t\"res_street_address\"\t\"res_city_desc\"\t\"state_cd\"\t\"zip_code\"\t\"mail_addr1\"\t\"mail_addr2\"\t\"mail_addr3\"\t\"mail_addr4\"\t\"mail_city\"\t\"mail_state\"\t\"mail_zipcode\"\t\"full_phone_number\"\t\"confidential_ind\"\t\"registr_dt\"\t\"race_code\"\t\"ethnic_code\"\t\"party_cd\"\t\"gender_code\"\t\"birth_year\"\t\"age_at_year_end\"\t\"birth_state\"\t\"drivers_lic\"\t\"ssn\"\t\"no_dl_ssn_chkbx\"\t\"hava_id_req\"\t\"precinct_abbrv\"\t\"precinct_desc\"\t\"municipality_abbrv\"\t\"municipality_desc\"\t\"ward_abbrv\"\t\"ward_desc\"\t\"cong_dist_abbrv\"\t\"super_court_abbrv\"\t\"judic_dist_abbrv\"\t\"nc_senate_abbrv\"\t\"nc_house_abbrv\"\t\"county_commiss_abbrv\"\t\"county_commiss_desc\"\t\"township_abbrv\"\t\"township_desc\"\t\"school_dist_abbrv\"\t\"school_dist_desc\"\t\"fire_dist_abbrv\"\t\"fire_dist_desc\"\t\"water_dist_abbrv\"\t\"water_dist_desc\"\t\"sewer_dist_abbrv\"\t\"sewer_dist_desc\"\t\"sanit_dist_abbrv\"\t\"sanit_dist_desc\"\t\"rescue_dist_abbrv\"\t\"rescue_dist_desc\"\t\"munic_dist_abbrv\"\t\"munic_dist_desc\"\t\"dist_1_abbrv\"\t\"dist_1_desc\"\t\"vtd_abbrv\"\t\"vtd_desc\"\r\n";
const NC_ROW: &str = "\"89\"\t\"TYRRELL\"\t\"000000000001\"\t\"KD100000\"\t\"SWANSON\"\t\"DENNIS\"\t\"RONALD\"\t\"\"\t\"A\"\t\"ACTIVE\"\t\"AV\"\t\"VERIFIED\"\t\"8016  MILL PL APT 217                       \"\t\"OXFORD\"\t\"NC\"\t\"27856\"\t\"8016  MILL PL APT 217\"\t\"\"\t\"\"\t\"\"\t\"OXFORD\"\t\"NC\"\t\"27856\"\t\"\"\t\"N\"\t\"01/03/2015\"\t\"W\"\t\"UN\"\t\"DEM\"\t\"M\"\t\"2000\"\t\"26\"\t\"\"\t\"Y\"\t\"Y\"\t\"N\"\t\"N\"\t\"01-01\"\t\"PRECINCT 01-01\"\t\"OXFO\"\t\"OXFORD\"\t\"\"\t\"\"\t\"5\"\t\"29A\"\t\"3\"\t\"39\"\t\"1\"\t\"1\"\t\"COMMISSIONER DISTRICT #1\"\t\"\"\t\"\"\t\"1\"\t\"SCHOOL DIST #1\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"OXFO\"\t\"OXFORD\"\t\"5\"\t\"5TH PROSECUTORIAL\"\t\"01-01\"\t\"01-01\"\r\n";

/// The same row and names, as (name, value) pairs in the file's order.
fn nc_pairs() -> Vec<(String, String)> {
    let cells = |line: &str| -> Vec<String> {
        line.trim_end().split('\t').map(|cell| cell.trim_matches('"').to_owned()).collect()
    };
    cells(NC_2026).into_iter().zip(cells(NC_ROW)).collect()
}

/// A file of one header line and `rows` equal rows.
fn table(pairs: &[(String, String)], delimiter: &str, rows: usize) -> String {
    let line = |cells: Vec<&str>| {
        let quoted: Vec<String> = cells.into_iter().map(|cell| format!("\"{cell}\"")).collect();
        format!("{}\r\n", quoted.join(delimiter))
    };
    let mut text = line(pairs.iter().map(|(name, _)| name.as_str()).collect());
    for _ in 0..rows {
        text.push_str(&line(pairs.iter().map(|(_, value)| value.as_str()).collect()));
    }
    text
}

fn chosen(file: &Recognized) -> (FileKind, &str, usize) {
    (file.kind, file.version.as_str(), file.format.width)
}

#[test]
fn north_carolina_of_2026_is_recognized_under_any_name() {
    let file = recognized("nc", "download (3).dat", &format!("{NC_2026}{NC_ROW}")).unwrap();
    assert_eq!(chosen(&file), (FileKind::Voters, "2026-02 (70 columns)", 70));
    assert_eq!(file.field("state_voter_id"), Some(3));
    assert_eq!(file.missing_columns, Vec::<String>::new());
    assert_eq!(file.warnings, Vec::<String>::new());
}

#[test]
fn north_carolina_of_2022_has_three_columns_less() {
    let mut pairs = nc_pairs();
    pairs.retain(|(name, _)| !["ssn", "no_dl_ssn_chkbx", "hava_id_req"].contains(&name.as_str()));
    let file = recognized("nc", "ncvoter32.txt", &table(&pairs, "\t", 3)).unwrap();
    assert_eq!(chosen(&file), (FileKind::Voters, "2022-02 (67 columns)", 67));
    assert_eq!(file.missing_columns, Vec::<String>::new());
}

#[test]
fn north_carolina_before_2022_has_other_names_in_another_order() {
    let mut pairs = nc_pairs();
    pairs.retain(|(name, _)| !["ssn", "no_dl_ssn_chkbx", "hava_id_req"].contains(&name.as_str()));
    for (name, _) in &mut pairs {
        let old = match name.as_str() {
            "middle_name" => "midl_name",
            "name_suffix_lbl" => "name_sufx_cd",
            "age_at_year_end" => "birth_age",
            "birth_state" => "birth_place",
            "confidential_ind" => "Confidential_ind",
            _ => continue,
        };
        *name = old.to_owned();
    }
    for (name, value) in
        [("absent_ind", ""), ("name_prefx_cd", "MS"), ("dist_2_abbrv", ""), ("dist_2_desc", "")]
    {
        pairs.push((name.to_owned(), value.to_owned()));
    }
    let file = recognized("nc", "ncvoter32.txt", &table(&pairs, "\t", 2)).unwrap();
    assert_eq!(chosen(&file), (FileKind::Voters, "before 2022-02 (71 columns)", 71));
    assert_eq!((file.missing_columns.len(), file.unknown_columns.len()), (0, 0));
    assert_eq!(file.field("name.title"), Some(68));
}

#[test]
fn columns_are_found_in_any_order_and_case_and_with_any_delimiter() {
    let mut pairs = nc_pairs();
    pairs.reverse();
    for (name, _) in &mut pairs {
        *name = format!(" {} ", name.to_uppercase());
    }
    for delimiter in ["\t", ",", "|"] {
        let file = recognized("nc", "list", &format!("\u{feff}{}", table(&pairs, delimiter, 2))).unwrap();
        assert_eq!(chosen(&file), (FileKind::Voters, "2026-02 (70 columns)", 70));
        assert_eq!(file.field("state_voter_id"), Some(66));
        assert_eq!(file.field("county_code"), Some(69));
        assert!(
            matches!(file.format.shape, RecordShape::Delimited { delimiter: found, .. } if delimiter.as_bytes() == [found])
        );
    }
}

#[test]
fn an_unknown_column_is_kept_and_a_missing_one_is_named() {
    let mut pairs = nc_pairs();
    pairs.remove(24);
    pairs.insert(5, ("Voter Hash2".to_owned(), "x".to_owned()));
    let file = recognized("nc", "ncvoter1.txt", &table(&pairs, "\t", 2)).unwrap();
    assert_eq!(file.unknown_columns, ["Voter Hash2"]);
    assert_eq!(file.field("extra.voter_hash2"), Some(5));
    assert_eq!(file.columns[5].parquet, "extra_voter_hash2");
    assert_eq!(file.missing_columns, ["confidential_ind"]);
    assert_eq!(
        file.warnings,
        [
            "column `Voter Hash2` is not in the layout: kept under `extra.voter_hash2`",
            "columns of the layout that are missing: confidential_ind",
        ]
    );
    for (at, column) in file.columns.iter().enumerate() {
        assert_eq!(column.field, at);
    }
}

#[test]
fn north_carolina_history_and_absentee_files_are_told_from_voters() {
    let history = "county_id\tcounty_desc\tvoter_reg_num\telection_lbl\telection_desc\tvoting_method\tvoted_party_cd\tvoted_party_desc\tpct_label\tpct_description\tncid\tvoted_county_id\tvoted_county_desc\tvtd_label\tvtd_description\n\
        89\tTYRRELL\t000000000001\t03/05/2024\t03/05/2024 PRIMARY\tIN-PERSON\tDEM\t\t01-01\tPRECINCT 01-01\tKD100000\t89\tTYRRELL\t01-01\t01-01\n";
    let file = recognized("nc", "x", history).unwrap();
    assert_eq!(chosen(&file), (FileKind::History, "history (15 columns)", 15));
    let absentee = "county_desc,voter_reg_num,ncid,voter_last_name,voter_first_name,voter_middle_name,race,ethnicity,gender,age,voter_street_address,voter_city,voter_state,voter_zip,ballot_mail_street_address,ballot_mail_city,ballot_mail_state,ballot_mail_zip,other_mail_addr1,other_mail_addr2,other_city_state_zip,relative_request_name,relative_request_address,relative_request_city,relative_request_state,relative_request_zip,election_dt,voter_party_code,precinct_desc,cong_dist_desc,nc_house_desc,nc_senate_desc,ballot_req_delivery_type,ballot_req_type,ballot_request_party,ballot_req_dt,ballot_send_dt,ballot_rtn_dt,ballot_rtn_status,site_name,sdr,mail_veri_status\n\
        \"DURHAM\",\"000000000009\",\"AB12345\",\"DOE\",\"JANE\",\"\",\"WHITE\",\"NOT HISPANIC or LATINO\",\"FEMALE\",\"44\",\"1 MAIN ST\",\"DURHAM\",\"NC\",\"27701\",,,,,,,,,,,,,\"11/05/2024\",\"UNA\",\"A\",\"4\",\"30\",\"20\",\"MAIL\",\"MAIL\",,\"08/01/2024\",\"09/20/2024\",\"10/01/2024\",\"ACCEPTED\",,,\n";
    let file = recognized("nc", "x", absentee).unwrap();
    assert_eq!(chosen(&file), (FileKind::Ballots, "absentee (daily)", 42));
    assert!(
        file.warnings[0].starts_with("no official document confirmed the layout of NC ballots:"),
        "{:?}",
        file.warnings
    );
}

#[test]
fn a_lost_header_is_noticed_and_every_field_is_still_found() {
    let file = recognized("nc", "ncvoter32.txt", &NC_ROW.repeat(5)).unwrap();
    assert_eq!(chosen(&file), (FileKind::Voters, "2026-02 (70 columns)", 70));
    assert_eq!(
        file.warnings,
        ["no header line: columns are taken by their place in voters 2026-02 (70 columns)"]
    );
    let swapped = NC_ROW.replacen("KD100000", "SWANSON", 1).repeat(5);
    assert!(recognized("nc", "ncvoter32.txt", &swapped).is_err(), "rows that do not verify have no layout");
}

#[test]
fn a_lost_header_is_no_guess_where_the_order_is_not_sure() {
    let names: Vec<String> = layout("nc").files[2].columns.iter().map(|column| column.name.clone()).collect();
    assert_eq!((names.len(), layout("nc").files[2].order_known), (71, false));
    let mut row = vec![""; 71];
    for (name, value) in [
        ("county_id", "32"),
        ("county_desc", "DURHAM"),
        ("ncid", "AB1234"),
        ("zip_code", "27701"),
        ("state_cd", "NC"),
    ] {
        row[names.iter().position(|known| known == name).unwrap()] = value;
    }
    let text = format!("{}\n", row.join("\t")).repeat(3);
    assert!(matches!(recognized("nc", "ncvoter32.txt", &text), Err(RecognizeError::Unknown { .. })));
}

#[test]
fn an_extract_of_few_columns_is_what_most_of_its_names_say() {
    let voters = "ncid,last_name,county_desc,res_street_address\nAB1234,DOE,DURHAM,1 MAIN ST\n";
    assert_eq!(recognized("nc", "x", voters).unwrap().kind, FileKind::Voters);
    let votes = "ncid,county_desc,election_lbl,voting_method\nAB1234,DURHAM,11/05/2024,IN-PERSON\n";
    assert_eq!(recognized("nc", "x", votes).unwrap().kind, FileKind::History);
    let neither = "county_desc,last_name,first_name,precinct_desc\nDURHAM,DOE,JANE,A\n";
    assert!(recognized("nc", "x", neither).is_err(), "rows without the voter's id are no voters");
}

#[test]
fn rows_that_do_not_follow_their_header_are_refused() {
    let mut pairs = nc_pairs();
    for at in 0..pairs.len() - 1 {
        pairs[at].1 = nc_pairs()[at + 1].1.clone();
    }
    let error = recognized("nc", "ncvoter32.txt", &table(&pairs, "\t", 4)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`ncvoter32.txt` has the header of voters 2026-02 (70 columns), but its rows do not follow it: field 1 \
         (`county_id`): expected a county code (001, 002, 003, …), got something else in 4 of the first 4 rows"
    );
    let short = format!("{NC_2026}1\t2\r\n1\t2\r\n1\t2\r\n");
    let error = recognized("nc", "ncvoter32.txt", &short).unwrap_err();
    assert!(error.to_string().ends_with("the header has 70 fields, the first row 2"), "{error}");
}

#[test]
fn a_file_that_no_layout_knows_is_refused_with_the_nearest_one() {
    let check = |state: &str, text: &str, expected: &str| {
        assert_eq!(recognized(state, "list.txt", text).unwrap_err().to_string(), expected);
    };
    check(
        "nc",
        "ncid\tvoter_name\tlast_nam\tzip\tphone\nAB1\tDOE\tD\t1\t2\n",
        "`list.txt` is no file that the layout of NC knows: nearest is history history (15 columns) with 1 of 15 names; it \
         lacks `county_id`, `county_desc`, `voter_reg_num`; it has `voter_name`, `last_nam`, `zip` instead",
    );
    check(
        "fl",
        "a,b\n1,2\n",
        "`list.txt` is no file that the layout of FL knows: its first line has 2 fields and none of the layout's names, \
         expected voters 38, history 5, ballots 34",
    );
    check("nc", "\r\n  \r\n", "`list.txt` is empty");
    check("nc", "PK\u{3}\u{4}....", "`list.txt` is a zip archive or a spreadsheet, not a text file");
}

#[test]
fn another_states_file_is_refused() {
    let ohio = "SOS_VOTERID,COUNTY_NUMBER,COUNTY_ID,LAST_NAME,FIRST_NAME,MIDDLE_NAME\nOH0012345678,25,1,DOE,JANE,A\n";
    assert!(recognized("oh", "x", ohio).is_ok());
    for state in ["nc", "co", "ga", "fl", "tx", "pa", "va", "mi"] {
        assert!(recognized(state, "x", ohio).is_err(), "{state} took a file of Ohio");
    }
    let voters = format!("{NC_2026}{NC_ROW}");
    for layout in Layouts::embedded().iter().filter(|layout| layout.state.as_str() != "nc") {
        let taken = recognize(layout, "ncvoter32.txt", voters.as_bytes(), TextEncoding::Utf8);
        assert!(taken.is_err(), "{} took a file of North Carolina", layout.state);
    }
}

/// A row of Florida's 38 fields.
fn florida(id: &str) -> String {
    let mut fields = vec![""; 38];
    for (at, value) in [
        (0, "ALA"),
        (1, id),
        (2, "DOE"),
        (4, "JANE"),
        (6, "N"),
        (7, "1 NW 2ND ST"),
        (9, "Gainesville"),
        (10, "FL"),
        (11, "32601"),
        (19, "F"),
        (20, "5"),
        (21, "02/03/1980"),
        (22, "05/06/2010"),
        (23, "NPA"),
        (24, "12"),
        (28, "ACT"),
        (29, "3"),
    ] {
        fields[at] = value;
    }
    format!("{}\r\n", fields.join("\t"))
}

#[test]
fn florida_is_recognized_by_width_without_a_header() {
    let voters: String = (0..20).map(|number| florida(&format!("1001{number:05}"))).collect();
    let file = recognized("fl", "anything.bin", &voters).unwrap();
    assert_eq!(chosen(&file), (FileKind::Voters, "extract (38 columns)", 38));
    assert_eq!((file.field("state_voter_id"), file.format.header), (Some(1), None));
    assert!(matches!(file.format.shape, RecordShape::Delimited { delimiter: b'\t', quote: None }));
    let history = "ALA\t100100001\t11/05/2024\tGEN\tE\r\n".repeat(3);
    assert_eq!(
        chosen(&recognized("fl", "anything.bin", &history).unwrap()),
        (FileKind::History, "history (5 columns)", 5)
    );
    let other_county = voters.replace("ALA\t", "XXX\t");
    assert!(recognized("fl", "ALA_20260101.txt", &other_county).is_err());
}

#[test]
fn withheld_values_of_florida_are_no_shift() {
    let mut rows: String = (0..3).map(|number| florida(&format!("1001{number:05}"))).collect();
    for (value, mask) in [
        ("DOE", "*"),
        ("Gainesville", "*"),
        ("FL\t", "*\t"),
        ("32601", "*"),
        ("02/03/1980", "*"),
        ("N\t1 NW", "Y\t*"),
    ] {
        rows = rows.replace(value, mask);
    }
    let file = recognized("fl", "x", &rows).unwrap();
    assert_eq!(
        (file.kind, file.masks, file.null_dates),
        (FileKind::Voters, vec!["*".to_owned()], vec!["*".to_owned()])
    );
}

#[test]
fn pennsylvania_has_153_or_154_fields_and_map_files_are_told_apart_by_name() {
    let row = |width: usize| {
        let mut fields = vec![String::new(); width];
        for (at, value) in [
            (0, "012345678-02"),
            (2, "DOE"),
            (3, "JANE"),
            (6, "F"),
            (7, "02/03/1980"),
            (8, "05/06/2010"),
            (9, "A"),
            (11, "D"),
            (12, "18"),
            (17, "YORK"),
            (18, "PA"),
            (19, "17401"),
            (70, "AP"),
            (71, "D"),
            (151, "ALLEGHENY"),
        ] {
            fields[at] = value.to_owned();
        }
        fields.join("\t") + "\n"
    };
    let file = recognized("pa", "x", &row(153).repeat(3)).unwrap();
    assert_eq!((file.kind, file.format.width), (FileKind::Voters, 153));
    assert_eq!(file.missing_columns, ["Registration Method"]);
    assert_eq!(recognized("pa", "x", &row(154).repeat(3)).unwrap().format.width, 154);
    let map = "ALLEGHENY\t1\t2024 GENERAL ELECTION\t11/05/2024\n";
    let file = recognized("pa", "ALLEGHENY Election Map 20260105.txt", map).unwrap();
    assert_eq!(file.kind, FileKind::ElectionMap);
    let codes = "ALLEGHENY\t1\t02\tCOUNTY COUNCIL 2\n";
    let file = recognized("pa", "ALLEGHENY Zone Codes 20260105.txt", codes).unwrap();
    assert_eq!(file.kind, FileKind::ZoneCodes);
    assert_eq!(
        recognized("pa", "x.txt", codes).unwrap_err().to_string(),
        "`x.txt` may be zone_codes or zone_types: name it as the state does so that it can be told apart"
    );
}

/// A line of Texas with values at byte positions, cut after the last one.
fn texas(values: &[(usize, &str)]) -> String {
    let mut line = String::new();
    for (start, value) in values {
        line = format!("{line:<start$}{value}");
    }
    line + "\n"
}

#[test]
fn texas_is_told_by_where_its_dates_stand() {
    let full = texas(&[
        (0, "101"),
        (3, "0012"),
        (13, "1001234567"),
        (23, "DOE"),
        (73, "JANE"),
        (227, "F"),
        (228, "19800203"),
        (397, "77002"),
        (656, "20100506"),
        (664, "V"),
        (665, "N"),
        (666, "20241105"),
        (674, "GE"),
        (679, "EV"),
    ]);
    let file = recognized("tx", "x", &full.repeat(3)).unwrap();
    assert_eq!(chosen(&file), (FileKind::VotersAndHistory, "fixed width, lines of 685 bytes", 32));
    let narrow = texas(&[
        (0, "101"),
        (3, "0012"),
        (7, "1001234567"),
        (17, "DOE"),
        (67, "JANE"),
        (221, "F"),
        (222, "19800203"),
        (391, "77002"),
        (650, "20100506"),
        (658, "V"),
        (659, "N"),
    ]);
    let file = recognized("tx", "x", &narrow.repeat(3)).unwrap();
    assert_eq!(
        chosen(&file),
        (FileKind::VotersAndHistory, "fixed width, lines of 679 bytes (precinct of 4)", 32)
    );
    let old = texas(&[
        (0, "101"),
        (3, "0012"),
        (13, "1001234567"),
        (23, "DOE"),
        (73, "JANE"),
        (227, "F"),
        (228, "19800203"),
        (397, "77002"),
        (656, "V"),
        (657, "20100506"),
        (665, "N"),
    ]);
    let file = recognized("tx", "x", &old.repeat(3)).unwrap();
    assert_eq!(
        chosen(&file),
        (FileKind::Voters, "fixed width, lines of 666 bytes (status before date, no elections)", 28)
    );
    let csv = "county_code,precinct,vuid,last_name,first_name,mid_name,former_last,suff,gender,dob,residential_address,mailing_address,cd_status,edr,spanish_mailing\n\
        101,0012,1001234567,DOE,JANE,,,,F,1980-02-03,\"1 MAIN ST, HOUSTON TX 77002\",,V,2010-05-06,N\n";
    let file = recognized("tx", "HARRIS.csv", csv).unwrap();
    assert_eq!(chosen(&file), (FileKind::Voters, "CSV since 2025-10", 15));
    assert_eq!((file.field("registration_date"), file.field("ethnicity")), (Some(13), Some(14)));
    assert_eq!(file.missing_columns, Vec::<String>::new());
}

#[test]
fn election_columns_of_ohio_are_known_by_their_form() {
    let text = "SOS_VOTERID,COUNTY_NUMBER,COUNTY_ID,LAST_NAME,FIRST_NAME,PRIMARY-03/19/2024,GENERAL-11/05/2024,NOTE\n\
        OH0012345678,25,1,DOE,JANE,D,X,\n";
    let file = recognized("oh", "SWVF_1_22.txt", text).unwrap();
    let elections: Vec<&str> = file
        .columns
        .iter()
        .filter(|column| column.to == "vote.wide")
        .map(|column| column.header.as_str())
        .collect();
    assert_eq!(elections, ["PRIMARY-03/19/2024", "GENERAL-11/05/2024"]);
    assert_eq!(file.unknown_columns, ["NOTE"]);
}

#[test]
fn a_trailing_delimiter_that_the_header_lacks_is_no_shift() {
    let text = "VOTER_IDENTIFICATION_NUMBER,COUNTY_CODE,COUNTY_NAME,JURISDICTION_CODE,JURISDICTION_NAME,SCHOOL_DISTRICT_CODE,SCHOOL_DISTRICT_NAME,ELECTION_DATE,IS_ABSENTEE_VOTER\n\
        100234567,33,INGHAM,12345,LANSING,33020,LANSING,2024-11-05,Y,\n100234568,33,INGHAM,12345,LANSING,33020,LANSING,2024-11-05,N,\n";
    let file = recognized("mi", "EntireStateVoterHistory.csv", text).unwrap();
    assert_eq!((file.kind, file.format.width, file.columns.len()), (FileKind::History, 10, 9));
}

#[test]
fn iowas_parts_after_the_first_have_no_header() {
    let base = layout("ia");
    let names: Vec<String> = base.files[0].columns.iter().map(|column| column.name.clone()).collect();
    let numbered: Vec<&str> =
        names.iter().map(|name| name.trim_end_matches(['_', '2', '3', '4', '5'])).collect();
    let mut row = vec![String::new(); names.len()];
    for (name, value) in [
        ("REGN_NUM", "1234567"),
        ("EFF_REGN_DATE", "01/02/2010"),
        ("COUNTY", "Polk"),
        ("VOTERSTATUS", "Active"),
        ("BIRTHDATE", "02/03/1980"),
        ("ZIP_CODE", "50309"),
        ("STATE", "IA"),
        ("GENDER", "F"),
    ] {
        row[names.iter().position(|known| known == name).unwrap()] = value.to_owned();
    }
    let body = format!("{}\n", row.join(",")).repeat(3);
    let file =
        recognized("ia", "VoterDetails_ Part1.txt", &format!("{}\n{body}", numbered.join(","))).unwrap();
    assert_eq!(
        (file.missing_columns.len(), file.unknown_columns.len()),
        (0, 0),
        "{:?}",
        file.unknown_columns
    );
    let file = recognized("ia", "VoterDetails_ Part2.txt", &body).unwrap();
    assert_eq!(file.format.width, names.len());
    assert_eq!(file.field("res.city"), names.iter().position(|name| name == "CITY"));
}

#[test]
fn a_file_of_carriage_returns_only_is_read() {
    let text = format!("{NC_2026}{NC_ROW}").replace("\r\n", "\r");
    let file = recognized("nc", "x", &text).unwrap();
    assert_eq!((file.kind, file.format.line_end), (FileKind::Voters, crate::format::LineEnd::CarriageReturn));
}
