//! Votes of the five shapes, from hand-written rows under the embedded layouts.

use super::*;
use crate::format::TextEncoding;
use crate::layout::{Layouts, recognize};

/// Recognizes `text` and gives the votes of its rows after the header, one line each.
fn votes(state: &str, name: &str, text: &str, maps: &MapFiles) -> Vec<String> {
    let layout = Layouts::embedded().get(state.parse().unwrap()).unwrap();
    let recognized = recognize(layout, name, text.as_bytes(), TextEncoding::Utf8).unwrap();
    let plan = VotePlan::new(&recognized, maps);
    let mut found = Vec::new();
    for row in rows(&recognized, text) {
        plan.votes(&|field| row.get(field).map_or("", String::as_str), |vote| found.push(line(&vote)));
    }
    found
}

fn rows(recognized: &Recognized, text: &str) -> Vec<Vec<String>> {
    let skip = usize::from(recognized.format.header.is_some());
    text.lines()
        .skip(skip)
        .map(|line| match &recognized.format.shape {
            crate::format::RecordShape::Delimited { delimiter, .. } => {
                line.split(char::from(*delimiter)).map(|field| field.trim_matches('"').to_owned()).collect()
            }
            crate::format::RecordShape::Fixed { fields, .. } => fields
                .iter()
                .map(|place| line.get(place.start..place.end.min(line.len())).unwrap_or("").to_owned())
                .collect(),
        })
        .collect()
}

/// `date|type|name|method(raw)|party(raw)|where`, with `?` after a method whose code nobody knows.
fn line(vote: &VoteValue<'_>) -> String {
    let date = vote.election_date.map_or_else(
        || "-".to_owned(),
        |days| {
            jiff::civil::Date::constant(1970, 1, 1).saturating_add(jiff::Span::new().days(days)).to_string()
        },
    );
    format!(
        "{date}|{}|{}|{}({}){}|{}({})|{}",
        vote.election_type,
        vote.election_name,
        vote.method,
        vote.method_raw,
        if vote.method_known { "" } else { "?" },
        vote.party,
        vote.party_raw,
        [vote.county_name, vote.county_code].into_iter().find(|text| !text.is_empty()).unwrap_or("")
    )
}

const NC_HEADER: &str = "county_id\tcounty_desc\tvoter_reg_num\telection_lbl\telection_desc\tvoting_method\tvoted_party_cd\tvoted_party_desc\tpct_label\tpct_description\tncid\tvoted_county_id\tvoted_county_desc\tvtd_label\tvtd_description";

#[test]
fn north_carolina_has_a_row_per_vote() {
    let row = |method: &str, party: &str| {
        format!(
            "\n89\tTYRRELL\t000000000001\t03/05/2024\t03/05/2024 PRIMARY\t{method}\t{party}\t\t01-01\tPRECINCT 01-01\tKD100000\t32\tDURHAM\t01-01\t01-01"
        )
    };
    let methods = [
        "ABSENTEE ONESTOP",
        "EARLY VOTING",
        "IN-PERSON",
        "ABSENTEE BY MAIL",
        "ABSENTEE CURBSIDE",
        "CURBSIDE",
        "PROVISIONAL",
        "TRANSFER",
        "",
        "BY PIGEON",
    ];
    let text = methods.iter().fold(NC_HEADER.to_owned(), |text, method| text + &row(method, "CST"));
    let expected = [
        "early",
        "early",
        "election_day",
        "mail",
        "curbside",
        "curbside",
        "provisional",
        "unknown_voted",
        "unknown_voted",
        "unknown_voted",
    ];
    let found = votes("nc", "ncvhis32.txt", &text, &MapFiles::default());
    assert_eq!(found.len(), methods.len());
    for ((found, raw), method) in found.iter().zip(methods).zip(expected) {
        let doubt = if raw == "BY PIGEON" { "?" } else { "" };
        assert_eq!(
            *found,
            format!("2024-03-05|primary|03/05/2024 PRIMARY|{method}({raw}){doubt}|CON(CST)|DURHAM")
        );
    }
    let parties = votes(
        "nc",
        "x",
        &format!("{NC_HEADER}{}{}{}", row("CURBSIDE", "UNA"), row("CURBSIDE", ""), row("CURBSIDE", "ZZZ")),
        &MapFiles::default(),
    );
    let parties: Vec<&str> = parties.iter().map(|line| line.split('|').nth(4).unwrap()).collect();
    assert_eq!(parties, ["UNA(UNA)", "()", "OTH(ZZZ)"]);
}

#[test]
fn florida_tells_who_did_not_vote_and_what_did_not_count() {
    let text = "ALA\t100100001\t11/05/2024\tGEN\tE\nALA\t100100001\t08/20/2024\tPRI\tN\nALA\t100100001\t03/19/2024\tPPP\tB\nALA\t100100002\t11/05/2024\tGEN\tZ\n";
    assert_eq!(
        votes("fl", "x", text, &MapFiles::default()),
        [
            "2024-11-05|general||early(E)|()|",
            "2024-08-20|primary||did_not_vote(N)|()|",
            "2024-03-19|presidential_preference_primary||not_counted(B)|()|",
            "2024-11-05|general||provisional(Z)|()|",
        ]
    );
    let uncounted = VoteValue { method: "did_not_vote", ..VoteValue::default() };
    assert!(!uncounted.is_counted() && VoteValue { method: "early", ..VoteValue::default() }.is_counted());
}

#[test]
fn virginia_and_michigan_tell_the_method_by_yes_and_no() {
    let header = "IDENTIFICATION_NUMBER,ELECTION_DATE,ELECTION_NAME,ELECTION_YEAR,ELECTION_TYPE,PRIMARY_TYPE_CODE_NAME,VOTE_IN_PERSON,PROTECTED,ABSENTEE,PROVISIONAL";
    let row = |flags: &str| format!("\n912345678,11/05/2024,2024 November General,2024,General,,{flags}");
    let text = [
        header,
        &row("TRUE,FALSE,FALSE,FALSE"),
        &row("FALSE,FALSE,TRUE,FALSE"),
        &row("FALSE,FALSE,FALSE,TRUE"),
        &row("FALSE,FALSE,FALSE,FALSE"),
    ]
    .concat();
    let method = |line: &String| line.split('|').nth(3).unwrap().to_owned();
    let found: Vec<String> = votes("va", "x", &text, &MapFiles::default()).iter().map(method).collect();
    assert_eq!(found, ["election_day()", "absentee()", "provisional()", "unknown_voted()"]);
    let header = "IDENTIFICATION_NUMBER,ELECTION_DATE,ELECTION_NAME,ELECTION_YEAR,ELECTION_TYPE,PRIMARY_TYPE_CODE_NAME,ABSENTEE,PROVISIONAL";
    let newer = [header, &row("FALSE,FALSE"), &row("TRUE,FALSE")].concat();
    let found: Vec<String> = votes("va", "x", &newer, &MapFiles::default()).iter().map(method).collect();
    assert_eq!(found, ["election_day()", "absentee()"], "since 2024-06 the file has no VOTE_IN_PERSON");
    let michigan = "VOTER_IDENTIFICATION_NUMBER,COUNTY_CODE,COUNTY_NAME,JURISDICTION_CODE,JURISDICTION_NAME,SCHOOL_DISTRICT_CODE,SCHOOL_DISTRICT_NAME,ELECTION_DATE,IS_ABSENTEE_VOTER\n100234567,33,INGHAM,12345,LANSING,33020,LANSING,2024-11-05,Y\n100234568,33,INGHAM,12345,LANSING,33020,LANSING,2024-11-05,N\n";
    assert_eq!(
        votes("mi", "x", michigan, &MapFiles::default()),
        ["2024-11-05|||absentee()|()|", "2024-11-05|||election_day()|()|"]
    );
}

#[test]
fn ohio_has_a_column_per_election_with_the_party() {
    let text = "SOS_VOTERID,COUNTY_NUMBER,COUNTY_ID,LAST_NAME,FIRST_NAME,PRIMARY-03/19/2024,GENERAL-11/05/2024,SPECIAL-08/08/2023\nOH0012345678,25,1,DOE,JANE,D,X,\nOH0012345679,25,2,DOE,JOHN,,,\n";
    assert_eq!(
        votes("oh", "SWVF_1_22.txt", text, &MapFiles::default()),
        [
            "2024-03-19|primary|PRIMARY-03/19/2024|unknown_voted()|DEM(D)|",
            "2024-11-05|general|GENERAL-11/05/2024|unknown_voted()|UNA(X)|",
        ]
    );
}

#[test]
fn wisconsin_names_only_the_month() {
    let text = "Voter Reg Number\tLastName\tFirstName\tCounty\tNovember2024\tAugust2024\tApril2024\tFebruary2024\tJune2023\n0700123456\tDOE\tJANE\tDane County\tAt Polls\tAbsentee\tAt Polls\tAbsentee\tBy Drone\n";
    assert_eq!(
        votes("wi", "x.txt", text, &MapFiles::default()),
        [
            "2024-11-05||November2024|election_day(At Polls)|()|",
            "2024-08-13||August2024|absentee(Absentee)|()|",
            "2024-04-02||April2024|election_day(At Polls)|()|",
            "2024-02-20||February2024|absentee(Absentee)|()|",
            "2023-06-01||June2023|unknown_voted(By Drone)?|()|",
        ]
    );
}

#[test]
fn arizona_gives_method_and_party_in_one_value() {
    let text = "RegistrantID,LastName,FirstName,County,PRIMARY-7/30/2024,11/05/2024\n1234567,DOE,JANE,Pima,e - dem,p\n";
    assert_eq!(
        votes("az", "x.csv", text, &MapFiles::default()),
        [
            "2024-07-30|primary|PRIMARY-7/30/2024|early(e)|DEM(dem)|",
            "2024-11-05||11/05/2024|election_day(p)|()|",
        ]
    );
}

#[test]
fn pennsylvanias_slots_mean_what_the_countys_map_says() {
    let layout = Layouts::embedded().get("pa".parse().unwrap()).unwrap();
    let text = "ALLEGHENY\t1\t2024 GENERAL ELECTION\t11/05/2024\nALLEGHENY\t02\t2024 GENERAL PRIMARY\t04/23/2024\nYORK\t1\t2023 MUNICIPAL ELECTION\t11/07/2023\n";
    let recognized =
        recognize(layout, "ALLEGHENY Election Map 20260105.txt", text.as_bytes(), TextEncoding::Utf8)
            .unwrap();
    let mut maps = MapFiles::default();
    for row in rows(&recognized, text) {
        assert!(maps.add(&recognized, &|field| row.get(field).map_or("", String::as_str)));
    }
    assert_eq!(maps.len(), 3);
    let row = |county: &str| {
        let mut fields = vec![""; 153];
        for (at, value) in [
            (0, "012345678-02"),
            (2, "DOE"),
            (3, "JANE"),
            (7, "02/03/1980"),
            (8, "05/06/2010"),
            (9, "A"),
            (151, county),
        ] {
            fields[at] = value;
        }
        (fields[70], fields[71], fields[72], fields[73], fields[74], fields[75]) =
            ("AP", "D", "MB", "R", "", "");
        fields[76] = "AB";
        fields.join("\t") + "\n"
    };
    assert_eq!(
        votes("pa", "x", &(row("Allegheny") + &row("YORK")), &maps),
        [
            "2024-11-05|general|2024 GENERAL ELECTION|election_day(AP)|DEM(D)|",
            "2024-04-23|primary|2024 GENERAL PRIMARY|mail(MB)|REP(R)|",
            "-||election slot 4|absentee(AB)|()|",
            "2023-11-07|municipal|2023 MUNICIPAL ELECTION|election_day(AP)|DEM(D)|",
            "-||election slot 2|mail(MB)|REP(R)|",
            "-||election slot 4|absentee(AB)|()|",
        ]
    );
}

#[test]
fn iowa_repeats_pairs_of_date_and_method() {
    let text = "REGN_NUM,LAST_NAME,COUNTY,GENERAL_ELECTION_DATE,GENERAL_VOTERVOTEMETHOD,GENERAL_ELECTION_DATE,GENERAL_VOTERVOTEMETHOD,PRIMARY_ELECTION_DATE,PRIMARY_VOTERVOTEMETHOD,POLITICAL_PARTY,CITY/SCHOOL_ELECTION_DATE,CITY/SCHOOL_VOTERVOTEMETHOD\n1234567,DOE,Polk,11/05/2024,A,11/08/2022,P,06/04/2024,P,DEM,,\n";
    assert_eq!(
        votes("ia", "VoterDetails_ Part1.txt", text, &MapFiles::default()),
        [
            "2024-11-05|general||absentee(A)|()|",
            "2022-11-08|general||election_day(P)|()|",
            "2024-06-04|primary||election_day(P)|DEM(DEM)|",
        ]
    );
}

#[test]
fn new_york_packs_elections_into_one_field() {
    let mut fields = vec![String::new(); 47];
    for (at, value) in [
        (0, "DOE"),
        (1, "JANE"),
        (13, "11201"),
        (19, "19800203"),
        (20, "F"),
        (21, "BLK"),
        (23, "24"),
        (37, "20100506"),
        (41, "A"),
        (45, "NY000000000012345678"),
        (
            46,
            "20201103 GE; 2019 General Election;Primary Election, 06/28/2022(E);2018 PRIMARY ELECTION;;GENERAL ELECTION 2012",
        ),
    ] {
        fields[at] = value.to_owned();
    }
    // The test's own splitter knows no quotes: the one comma inside a value is replaced.
    let text =
        fields.iter().map(|field| format!("\"{}\"", field.replace(',', ""))).collect::<Vec<_>>().join(",")
            + "\n";
    assert_eq!(
        votes("ny", "AllNYSVoters_01052026.txt", &text, &MapFiles::default()),
        [
            "2020-11-03|general|20201103 GE|unknown_voted()|()|",
            "2019-11-05|general|2019 General Election|unknown_voted()|()|",
            "2022-06-28|primary|Primary Election 06/28/2022|unknown_voted(E)?|()|",
            "-|primary|2018 PRIMARY ELECTION|unknown_voted()|()|",
            "2012-11-06|general|GENERAL ELECTION 2012|unknown_voted()|()|",
        ]
    );
}

#[test]
fn texas_mixes_voters_and_votes_in_one_file() {
    let base = |tail: &str| {
        let mut line = String::new();
        for (start, value) in [
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
        ] {
            line = format!("{line:<start$}{value}");
        }
        line + tail + "\n"
    };
    let text = base("20240305PODEMEV") + &base("");
    let layout = Layouts::embedded().get("tx".parse().unwrap()).unwrap();
    let recognized = recognize(layout, "x", text.as_bytes(), TextEncoding::Utf8).unwrap();
    let plan = VotePlan::new(&recognized, &MapFiles::default());
    let kinds: Vec<bool> = rows(&recognized, &text)
        .iter()
        .map(|row| plan.is_vote_row(&|field| row.get(field).map_or("", String::as_str)))
        .collect();
    assert_eq!(kinds, [true, false]);
    let vote = base("20240305PODEMEV");
    assert_eq!(
        votes("tx", "x", &vote, &MapFiles::default()),
        ["2024-03-05|open_primary||early(EV)|DEM(DEM)|"]
    );
}

#[test]
fn old_michigan_resolves_its_election_codes() {
    let layout = Layouts::embedded().get("mi".parse().unwrap()).unwrap();
    let codes = format!("{:<13}11062012{:<25}\n", "601", "STATE GENERAL");
    let recognized = recognize(layout, "electionscd.lst", codes.as_bytes(), TextEncoding::Utf8).unwrap();
    let mut maps = MapFiles::default();
    for row in rows(&recognized, &codes) {
        assert!(maps.add(&recognized, &|field| row.get(field).map_or("", String::as_str)));
    }
    let history = format!("{:<13}33123453302 {:<13}Y\n", "100234567", "601");
    assert_eq!(
        votes("mi", "entire_state_h.lst", &history, &maps),
        ["2012-11-06|general|STATE GENERAL|absentee()|()|"]
    );
}

#[test]
fn the_type_of_an_election_is_read_from_its_name_where_the_state_gives_no_other() {
    let check = |name: &str, expected: &str| assert_eq!(words::type_in_name(name), expected, "{name}");
    check("11/05/2024 GENERAL", "general");
    check("03/05/2024 PRIMARY", "primary");
    check("05/14/2024 SECOND PRIMARY", "primary");
    check("Presidential Primary 2020", "presidential_primary");
    check("2020 PP", "presidential_primary");
    check("2020 Presidential Election", "general");
    check("SPECIAL GENERAL ELECTION 2021", "special");
    check("primary run-off", "runoff");
    check("11/07/2023 MUNICIPAL", "municipal");
    check("Bond referendum", "");
    check("", "");
}

#[test]
fn days_agree_with_the_calendar() {
    let epoch = jiff::civil::Date::constant(1970, 1, 1);
    for days in (-62_000..48_000).step_by(13).chain([-1, 0, 1, 10_956, 11_016, 19_782]) {
        let date = epoch.saturating_add(jiff::Span::new().days(days));
        assert_eq!(words::days(date), days, "{date}");
    }
}
