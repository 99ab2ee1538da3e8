//! North Carolina's 70 columns, as the layout describes them.

use hustings_voterfile::format::{Check, FieldCheck, LineEnd, RecordFormat, RecordShape, TextEncoding};

const COUNTIES: &str = "ALAMANCE ALEXANDER ALLEGHANY ANSON ASHE AVERY BEAUFORT BERTIE BLADEN BRUNSWICK BUNCOMBE BURKE \
    CABARRUS CALDWELL CAMDEN CARTERET CASWELL CATAWBA CHATHAM CHEROKEE CHOWAN CLAY CLEVELAND COLUMBUS CRAVEN CUMBERLAND \
    CURRITUCK DARE DAVIDSON DAVIE DUPLIN DURHAM EDGECOMBE FORSYTH FRANKLIN GASTON GATES GRAHAM GRANVILLE GREENE GUILFORD \
    HALIFAX HARNETT HAYWOOD HENDERSON HERTFORD HOKE HYDE IREDELL JACKSON JOHNSTON JONES LEE LENOIR LINCOLN MACON MADISON \
    MARTIN MCDOWELL MECKLENBURG MITCHELL MONTGOMERY MOORE NASH NEW_HANOVER NORTHAMPTON ONSLOW ORANGE PAMLICO PASQUOTANK \
    PENDER PERQUIMANS PERSON PITT POLK RANDOLPH RICHMOND ROBESON ROCKINGHAM ROWAN RUTHERFORD SAMPSON SCOTLAND STANLY \
    STOKES SURRY SWAIN TRANSYLVANIA TYRRELL UNION VANCE WAKE WARREN WASHINGTON WATAUGA WAYNE WILKES WILSON YADKIN YANCEY";

pub const NCID: usize = 3;

pub fn sample() -> &'static [u8] {
    include_bytes!("../../data/synthetic_ncvoter_300.txt")
}

pub fn header() -> Vec<String> {
    let line = sample().split(|byte| *byte == b'\r').next().expect("the sample has a header");
    String::from_utf8(line.to_vec())
        .expect("the header is ASCII")
        .split('\t')
        .map(|name| name.trim_matches('"').to_uppercase())
        .collect()
}

pub fn column(name: &str) -> usize {
    header().iter().position(|column| column == name).expect("a column of the sample")
}

pub fn format() -> RecordFormat {
    let header = header();
    let at = |name: &str| header.iter().position(|column| column == name).expect("a column of the sample");
    let soft = |name: &str, check| FieldCheck { field: at(name), check, anchor: false, required: false };
    let code = |name: &str, known: &str, width_max| {
        soft(name, Check::Code { known: known.split(' ').map(str::to_owned).collect(), width_max })
    };
    let mut checks = vec![
        FieldCheck {
            field: NCID,
            check: Check::Id { letters: 1..4, digits: 1..13, punctuation: vec![] },
            anchor: true,
            required: true,
        },
        FieldCheck {
            field: at("COUNTY_DESC"),
            check: Check::OneOf(COUNTIES.split_whitespace().map(|name| name.replace('_', " ")).collect()),
            anchor: true,
            required: false,
        },
        FieldCheck {
            field: at("COUNTY_ID"),
            check: Check::OneOf((0..=100).map(|number| number.to_string()).collect()),
            anchor: true,
            required: false,
        },
        soft("STATE_CD", Check::StateAbbreviation),
        soft("ZIP_CODE", Check::Zip),
        soft(
            "REGISTR_DT",
            Check::Date { formats: vec!["%m/%d/%Y".into()], null_dates: vec!["##/##/####".into()] },
        ),
        soft("BIRTH_YEAR", Check::Year),
        soft("AGE_AT_YEAR_END", Check::Age),
        code("STATUS_CD", "A I R D S", 2),
        code("RACE_CODE", "A B I M O U W P", 3),
        code("ETHNIC_CODE", "HL NL UN", 3),
        code("PARTY_CD", "DEM REP LIB UNA GRE CST", 3),
        code("CONFIDENTIAL_IND", "Y N", 1),
        code("GENDER_CODE", "F M U", 1),
        code("DRIVERS_LIC", "Y N", 1),
    ];
    let widths = [
        ("VOTER_REG_NUM", 12),
        ("LAST_NAME", 25),
        ("FIRST_NAME", 20),
        ("MIDDLE_NAME", 20),
        ("NAME_SUFFIX_LBL", 3),
        ("VOTER_STATUS_DESC", 25),
        ("REASON_CD", 2),
        ("VOTER_STATUS_REASON_DESC", 60),
        ("RES_STREET_ADDRESS", 65),
        ("RES_CITY_DESC", 60),
        ("MAIL_ADDR1", 40),
        ("MAIL_ADDR2", 40),
        ("MAIL_ADDR3", 40),
        ("MAIL_ADDR4", 40),
        ("MAIL_CITY", 30),
        ("MAIL_STATE", 2),
        ("MAIL_ZIPCODE", 9),
        ("FULL_PHONE_NUMBER", 12),
        ("BIRTH_STATE", 2),
    ];
    checks.extend(widths.map(|(name, width)| soft(name, Check::Width(width))));
    RecordFormat {
        shape: RecordShape::Delimited { delimiter: b'\t', quote: Some(b'"') },
        width: header.len(),
        encoding: TextEncoding::Cp1252,
        line_end: LineEnd::LineFeed,
        header: Some(header),
        checks,
    }
}
