//! North Carolina's rows whose cells moved by one place: none that changes a value may pass as good.
//!
//! The list is written by hand: people and places of several kinds. Every row of every kind is moved at every column, in
//! every way that keeps the number of fields, and read among the other rows of the list.

use super::{Row, read};
use hustings_core::StateCode;
use hustings_voterfile::format::{RecordFormat, TextEncoding};
use hustings_voterfile::layout::{Layouts, recognize};
use hustings_voterfile::record::CensusTaker;
use std::fmt::Write;

/// The header before its last 33 columns, which are the same in 2022 and 2026.
const HEAD: &str = "county_id county_desc voter_reg_num ncid last_name first_name middle_name name_suffix_lbl status_cd \
    voter_status_desc reason_cd voter_status_reason_desc res_street_address res_city_desc state_cd zip_code mail_addr1 \
    mail_addr2 mail_addr3 mail_addr4 mail_city mail_state mail_zipcode full_phone_number confidential_ind registr_dt \
    race_code ethnic_code party_cd gender_code birth_year age_at_year_end birth_state drivers_lic";

/// Only in 2026.
const FLAGS: &str = "ssn no_dl_ssn_chkbx hava_id_req";

const TAIL: &str = "precinct_abbrv precinct_desc municipality_abbrv municipality_desc ward_abbrv ward_desc \
    cong_dist_abbrv super_court_abbrv judic_dist_abbrv nc_senate_abbrv nc_house_abbrv county_commiss_abbrv \
    county_commiss_desc township_abbrv township_desc school_dist_abbrv school_dist_desc fire_dist_abbrv fire_dist_desc \
    water_dist_abbrv water_dist_desc sewer_dist_abbrv sewer_dist_desc sanit_dist_abbrv sanit_dist_desc \
    rescue_dist_abbrv rescue_dist_desc munic_dist_abbrv munic_dist_desc dist_1_abbrv dist_1_desc vtd_abbrv vtd_desc";

/// The last 33 columns of voters who live at one place.
const PLACES: [(&str, &str); 7] = [
    // In town, nearly everything filled.
    (
        "1|ALAMANCE",
        "12W|WEST BURLINGTON|BUR|BURLINGTON|W2|WARD 2|6|15A|15A|25|63|2|COMMISSIONER 2|TWP12|TOWNSHIP 12|S03|SCHOOL 3|FD1|FIRE ONE|WA1|WATER ONE|SE1|SEWER ONE|SA1|SANITARY ONE|RE1|RESCUE ONE|BUR|BURLINGTON|17|17TH PROSECUTORIAL|12W|12W",
    ),
    // In the country: no town, no ward, no services but one.
    ("1|ALAMANCE", "06S|SOUTH THOMPSON|||||6|15A|15A|25|64|||||||||||||||||||17|17TH PROSECUTORIAL|06S|06S"),
    (
        "32|DURHAM",
        "14|ROGERS-HERR MS|DUR|DURHAM|3|WARD 3|4|16C|16|20|29|||||||||||||||||DUR|DURHAM|16|16TH PROSECUTORIAL|14|VTD 14",
    ),
    (
        "32|DURHAM",
        "30-2|EVENT CENTER|DUR|DURHAM|1|WARD 1|4|16A|16|22|31|1|BOARD 1|||4|SCHOOL BOARD 4|||||||||||DUR|DURHAM|16|16TH PROSECUTORIAL|30-2|VTD 30-2",
    ),
    // Everything is a number, and the same one.
    (
        "92|WAKE",
        "01-01|PRECINCT 01-01|RAL|RALEIGH|A|A|2|10A|10|15|11|5|5|||5|5|||||||||||RAL|RALEIGH|10|10TH PROSECUTORIAL|01-01|01-01",
    ),
    (
        "92|WAKE",
        "12-05|PRECINCT 12-05||||||13|10D|10|13|37|7|7|||9|9|12|DURHAM HIGHWAY||||||||||10|10TH PROSECUTORIAL|12-05|12-05",
    ),
    // Removed, denied: nobody says where they lived.
    ("92|WAKE", "||||||||||||||||||||||||||||||||"),
];

/// Everything between the county and the last columns: names to suffix, status to reason, addresses to driver's license.
const PEOPLE: [(&str, &str, &str); 6] = [
    (
        "SMITH|JOHN|ALLEN|JR",
        "A|ACTIVE|AV|VERIFIED",
        "101  MAIN ST   |GRAHAM|NC|27253|PO BOX 12||||GRAHAM|NC|27253|3365550101|N|01/03/2015|W|NL|DEM|M|1970|56|NC|Y",
    ),
    (
        "DE LA CRUZ|MARIA||",
        "I|INACTIVE|IN|CONFIRMATION NOT RETURNED",
        "7 N OAK AVE APT 3|DURHAM|NC|277011234|||||||||N|10/10/2020|O|HL|UNA|F|2001|25||N",
    ),
    (
        "BROWN|ANN|LEE|",
        "A|ACTIVE|AU|UNVERIFIED",
        "22 HILL RD|RALEIGH|NC|27601|22 HILL RD||||RALEIGH|NC|27601||N|05/06/1988|B|UN|REP|U|1960|66|VA|Y",
    ),
    (
        "JONES|MAY|ANN|III",
        "S|TEMPORARY|SM|MILITARY",
        "5 ELM CT|CARY|NC|27511|PSC 3 BOX 9|APO AE 09021|||||||N|02/29/2008|A|NL|LIB|F|1985|41|OC|N",
    ),
    // Confidential: no address.
    ("DOE|JANE|Q|", "A|ACTIVE|AV|VERIFIED", "||||||||||||Y|03/04/2012|W|UN|UNA|F|1990|36|NY|Y"),
    ("POE|ED|A|SR", "R|REMOVED|RL|MOVED FROM COUNTY", "REMOVED||||||||||||N|##/##/####|U|UN|DEM|M|1950|76||"),
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Version {
    Y2022,
    Y2026,
}

fn header(version: Version) -> Vec<&'static str> {
    let flags = if version == Version::Y2026 { FLAGS } else { "" };
    [HEAD, flags, TAIL].iter().flat_map(|part| part.split_whitespace()).collect()
}

/// The list: every person at every place, [`TIMES`] times. Removed voters have no place, and nobody else lacks one.
/// How often each kind of voter is in the list; the first ones are moved.
const TIMES: usize = 10;

fn list(version: Version) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for number in 0..PEOPLE.len() * PLACES.len() * TIMES {
        let (name, status, data) = PEOPLE[number % PEOPLE.len()];
        let (county, tail) = PLACES[number / PEOPLE.len() % PLACES.len()];
        if status.starts_with("R|") != tail.starts_with('|') {
            continue;
        }
        let mut row: Vec<String> = county.split('|').map(str::to_owned).collect();
        row.push(format!("{:012}", 1000 + number));
        row.push(format!("AB{}", 5000 + number));
        row.extend([name, status, data].iter().flat_map(|part| part.split('|')).map(str::to_owned));
        if version == Version::Y2026 {
            let flags =
                if status.starts_with("R|") { "N|N|N" } else { ["Y|N|N", "N|N|Y", "Y|N|N"][number % 3] };
            row.extend(flags.split('|').map(str::to_owned));
        }
        row.extend(tail.split('|').map(str::to_owned));
        assert_eq!(row.len(), header(version).len(), "{row:?}");
        rows.push(row);
    }
    rows
}

fn write(rows: &[Vec<String>], version: Version) -> String {
    let mut file = String::new();
    let _ = write!(file, "\"{}\"\r\n", header(version).join("\"\t\""));
    for row in rows {
        let _ = write!(file, "\"{}\"\r\n", row.join("\"\t\""));
    }
    file
}

fn format(file: &str) -> RecordFormat {
    let layout = Layouts::embedded().get("nc".parse::<StateCode>().unwrap()).unwrap();
    recognize(layout, "ncvoter_Statewide.txt", file.as_bytes(), TextEncoding::Utf8).unwrap().format
}

/// What befell the row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shift {
    /// A stray empty cell at the column; what follows moves right, up to the column where a cell or delimiter is lost.
    RightEmpty,
    /// The cell stands twice.
    RightDouble,
    /// A cell is lost; what follows moves left, up to the column where an empty cell comes in.
    Left,
    /// A cell is lost; another one, further right, stands twice.
    LeftDouble,
}

const SHIFTS: [Shift; 4] = [Shift::RightEmpty, Shift::RightDouble, Shift::Left, Shift::LeftDouble];

fn shift(row: &[String], shift: Shift, from: usize, to: usize) -> Vec<String> {
    let mut row = row.to_vec();
    match shift {
        Shift::RightEmpty => {
            row.remove(to);
            row.insert(from, String::new());
        }
        Shift::RightDouble => {
            let twin = row[from].clone();
            row.remove(to);
            row.insert(from, twin);
        }
        Shift::Left => {
            row.remove(from);
            row.insert(to, String::new());
        }
        Shift::LeftDouble => {
            row.remove(from);
            row.insert(to, row[to - 1].clone());
        }
    }
    row
}

/// Shifts tried that change a value, and those of them that pass as good.
fn passing(
    version: Version,
    ends: impl Fn(usize, usize) -> Vec<usize>,
) -> (usize, Vec<(usize, Shift, usize, usize)>) {
    let rows = list(version);
    let width = header(version).len();
    let (mut tried, mut passing) = (0, Vec::new());
    let mut format = format(&write(&rows, version));
    for at in 0..rows.len() / TIMES {
        let mut others = rows.clone();
        others.remove(at);
        let mut taker = CensusTaker::new(&format).unwrap();
        taker.feed(write(&others, version).as_bytes());
        for kind in SHIFTS {
            for from in 0..width {
                for to in ends(from, width) {
                    let moved = shift(&rows[at], kind, from, to);
                    if moved == rows[at] {
                        continue;
                    }
                    tried += 1;
                    let line = format!("\"{}\"\r\n", moved.join("\"\t\""));
                    let mut taker = taker.clone();
                    taker.feed(line.as_bytes());
                    format.census = Some(taker.finish());
                    if let [Row::Taken { fields, .. }] = read(&format, line.as_bytes()).0.as_slice()
                        && *fields != rows[at]
                    {
                        passing.push((at, kind, from, to));
                    }
                }
            }
        }
    }
    (tried, passing)
}

#[test]
fn good_rows_pass() {
    for version in [Version::Y2022, Version::Y2026] {
        let rows = list(version);
        let file = write(&rows, version);
        let mut format = format(&file);
        let mut taker = CensusTaker::new(&format).unwrap();
        taker.feed(file.as_bytes());
        format.census = Some(taker.finish());
        let (_, counts) = read(&format, file.as_bytes());
        assert_eq!((counts.accepted, counts.quarantined), (u64::try_from(rows.len()).unwrap(), 0));
    }
}

/// Without the census half of them pass: every second one that begins behind the age.
#[test]
fn no_row_that_moved_to_its_end_passes() {
    for version in [Version::Y2022, Version::Y2026] {
        let header = header(version);
        let (tried, passing) = passing(version, |_, width| vec![width - 1]);
        let named: Vec<String> = passing
            .iter()
            .map(|(row, kind, from, _)| format!("row {row} {kind:?} from {}", header[*from]))
            .collect();
        assert!(tried > 8_000);
        assert_eq!(named, [""; 0], "{version:?}");
    }
}

/// `DE LA` and `CRUZ` fell into two fields, and the empty suffix was lost.
#[test]
fn a_name_in_the_place_of_the_suffix_is_held_back() {
    for version in [Version::Y2022, Version::Y2026] {
        let mut rows = list(version);
        let at = rows.iter().position(|row| row[6] == "ANN").unwrap();
        let names = |last: &str, first: &str, middle: &str, suffix: &str| {
            [last, first, middle, suffix].map(str::to_owned)
        };
        let outcome = |rows: &[Vec<String>]| {
            let file = write(rows, version);
            let mut format = format(&file);
            let mut taker = CensusTaker::new(&format).unwrap();
            taker.feed(file.as_bytes());
            format.census = Some(taker.finish());
            read(&format, file.as_bytes()).1.quarantined
        };
        rows[at].splice(4..8, names("DE LA", "CRUZ", "MARIA", "ANN"));
        assert_eq!(outcome(&rows), 1);
        // Nobody is held back for a word that no rule knows, nor for one that is a suffix for some and a name for others.
        rows[at].splice(4..8, names("CRUZ", "MARIA", "LUZ", "CPA"));
        assert_eq!(outcome(&rows), 0);
        rows[at].splice(4..8, names("CRUZ", "MARIA", "LUZ", "V"));
        assert_eq!(outcome(&rows), 0);
    }
}
