//! Single rows damaged by one place somewhere inside, among thousands of right ones: the damaged are held back, the right
//! ones are not, however much of the rest is damaged.

use super::{Row, nc, read};
use hustings_core::StateCode;
use hustings_voterfile::format::TextEncoding;
use hustings_voterfile::layout::{Layouts, recognize};
use hustings_voterfile::record::CensusTaker;
use std::collections::{BTreeMap, BTreeSet};

const TOWNS: [&str; 8] =
    ["NEW BERN", "ASHEVILLE", "KANNAPOLIS", "HOPE MILLS", "SALISBURY", "GREENSBORO", "APEX", "CHAPEL HILL"];

const MIDDLE: [&str; 16] = [
    "LEE", "MAY", "ANN", "RAY", "SUE", "JOY", "RUTH", "JANE", "EARL", "DEAN", "KAY", "ROSE", "GAIL", "GLEN",
    "HOPE", "LYNN",
];

const STREETS: [&str; 6] =
    ["MAIN ST", "HILL RD", "OAK AVE APT 3", "COURT VIEW LOOP", "MAPLE BLVD", "FERRY POINT CT"];

/// Xorshift: the same list in every run.
#[derive(Clone)]
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 20) % u64::try_from(bound).unwrap()).unwrap()
    }
}

/// Where a voter of a precinct lives: the last 33 columns. Some precincts are in town, some have wards or services, and
/// every seventh one has a single voter in the list.
fn place(county: usize, precinct: usize) -> Vec<String> {
    let town = TOWNS[county % TOWNS.len()];
    let in_town = precinct.is_multiple_of(2);
    let code = format!("{}{}", &town[..2], county * 10 + precinct);
    let name = format!("{town} {precinct}");
    let ordinal = format!("{}TH PROSECUTORIAL", county + 4);
    let number = |base: usize| (base + county).to_string();
    let mut tail = vec![code.clone(), name];
    let municipality = [town[..3].to_owned(), town.to_owned()];
    let none = [String::new(), String::new()];
    tail.extend(if in_town { municipality.clone() } else { none.clone() });
    tail.extend(if in_town && precinct.is_multiple_of(4) {
        [(precinct + 1).to_string(), format!("WARD {precinct}")]
    } else {
        none.clone()
    });
    tail.extend([number(1), format!("{}B", county + 10), number(12), number(20), number(60)]);
    let by_board = precinct % 3 + 1;
    tail.extend(if county.is_multiple_of(3) {
        none.clone()
    } else {
        [by_board.to_string(), format!("COMMISSIONER DISTRICT #{by_board}")]
    });
    tail.extend([format!("T{}", precinct % 3), format!("{town} TOWNSHIP")]);
    tail.extend([by_board.to_string(), format!("SCHOOL DIST #{by_board}")]);
    tail.extend(if in_town { none.clone() } else { [format!("F{by_board}"), format!("{town} RURAL FIRE")] });
    tail.extend(std::iter::repeat_n(String::new(), 8));
    tail.extend(if in_town { municipality } else { none });
    tail.extend([number(4), ordinal, code.clone(), code]);
    tail
}

fn list() -> Vec<Vec<String>> {
    let counties = ["ALAMANCE", "CABARRUS", "DURHAM", "GUILFORD", "HOKE", "SURRY", "WAKE", "YADKIN"];
    let ids = ["1", "13", "32", "41", "47", "86", "92", "99"];
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    let mut rows = Vec::new();
    for (county, name) in counties.iter().enumerate() {
        for precinct in 0..20 {
            for _ in 0..if precinct % 7 == 3 { 1 } else { 30 } {
                let number = rows.len();
                let (street, town) = (STREETS[dice.below(6)], TOWNS[county]);
                let zip = format!("{}", 27_000 + county * 13 + precinct);
                let house = format!("{}  {street}", 1 + dice.below(900));
                let mail = match dice.below(3) {
                    0 => ["", "", "", "", "", "", ""].map(str::to_owned),
                    1 => [
                        format!("PO BOX {number}"),
                        String::new(),
                        String::new(),
                        String::new(),
                        town.to_owned(),
                        "NC".to_owned(),
                        zip.clone(),
                    ],
                    _ => [
                        house.clone(),
                        String::new(),
                        String::new(),
                        String::new(),
                        town.to_owned(),
                        "NC".to_owned(),
                        zip.clone(),
                    ],
                };
                let year = 1940 + dice.below(60);
                let mut row: Vec<String> = [
                    ids[county],
                    name,
                    &format!("{:012}", 1000 + number),
                    &format!("AB{}", 100_000 + number),
                ]
                .map(str::to_owned)
                .to_vec();
                row.extend(
                    ["SMITH JONES", ["ANN", "JOHN", "MARIA"][dice.below(3)], MIDDLE[number % 16], ""]
                        .map(str::to_owned),
                );
                row.extend(["A", "ACTIVE", "AV", "VERIFIED", &house, town, "NC", &zip].map(str::to_owned));
                row.extend(mail);
                row.extend(
                    [
                        "",
                        "N",
                        "01/03/2015",
                        "W",
                        "NL",
                        ["DEM", "REP", "UNA"][dice.below(3)],
                        ["F", "M"][dice.below(2)],
                    ]
                    .map(str::to_owned),
                );
                row.extend([year.to_string(), (2026 - year).to_string()]);
                row.extend(
                    [["NC", "VA", ""][dice.below(3)], "Y", ["", "Y"][dice.below(2)], "N", "N"]
                        .map(str::to_owned),
                );
                row.extend(place(county, precinct));
                assert_eq!(row.len(), 70, "{row:?}");
                rows.push(row);
            }
        }
    }
    rows
}

/// What befell a row: an empty value came in or was lost, or a value fell into two at its first blank, and an empty one
/// close by kept the count.
const KINDS: [&str; 4] = ["right", "left", "split right", "split left"];

fn damage(row: &[String], kind: &str, dice: &mut Dice) -> Option<Vec<String>> {
    let (from, mut damaged) = (4 + dice.below(65), row.to_vec());
    let to = (from + 1 + dice.below(12)).min(69);
    let pieces =
        |at: usize| row[at].split_once(' ').map(|(left, right)| [left, right.trim()].map(str::to_owned));
    match kind {
        "right" if row[to].is_empty() => {
            damaged.remove(to);
            damaged.insert(from, String::new());
        }
        "left" if row[from].is_empty() => {
            damaged.remove(from);
            damaged.insert(to, String::new());
        }
        "split right" if row[to].is_empty() => {
            damaged.remove(to);
            damaged.splice(from..=from, pieces(from)?);
        }
        "split left" if row[from].is_empty() => {
            damaged.splice(to..=to, pieces(to)?);
            damaged.remove(from);
        }
        _ => return None,
    }
    (damaged != row).then_some(damaged)
}

fn write(rows: &[Vec<String>]) -> String {
    let sample = String::from_utf8_lossy(nc::sample());
    let header = sample.lines().next().unwrap();
    let lines = rows.iter().map(|row| format!("\"{}\"\r\n", row.join("\"\t\"")));
    std::iter::once(format!("{}\r\n", header.trim_end())).chain(lines).collect()
}

/// The ids of the rows that pass.
fn taken(rows: &[Vec<String>]) -> BTreeSet<String> {
    let file = write(rows);
    let layout = Layouts::embedded().get("nc".parse::<StateCode>().unwrap()).unwrap();
    let mut format =
        recognize(layout, "ncvoter_Statewide.txt", file.as_bytes(), TextEncoding::Utf8).unwrap().format;
    let mut taker = CensusTaker::new(&format).unwrap();
    taker.feed(file.as_bytes());
    format.census = Some(taker.finish());
    let rows = read(&format, file.as_bytes()).0;
    rows.into_iter()
        .filter_map(|row| match row {
            Row::Taken { fields, .. } => Some(fields[nc::NCID].clone()),
            Row::Held { .. } => None,
        })
        .collect()
}

/// A mailing address says the same in whichever lines it stands, and nothing else of the row moved.
fn says_the_same(row: &[String], damaged: &[String]) -> bool {
    let text =
        |row: &[String]| row[16..20].join(" ").split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    row[..16] == damaged[..16] && row[20..] == damaged[20..] && text(row) == text(damaged)
}

#[test]
fn damaged_rows_are_held_and_right_ones_pass() {
    let rows = list();
    let (mut damaged_rows, mut passed) = (0, BTreeMap::<&str, Vec<String>>::new());
    for (seed, one_in) in [(1, 0), (2, 4000), (3, 4000), (4, 1000), (5, 1000), (6, 100), (7, 100)] {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed));
        let (mut file, mut damaged) = (rows.clone(), BTreeMap::new());
        for row in &mut file {
            if one_in == 0 || dice.below(one_in) > 0 {
                continue;
            }
            let kind = KINDS[dice.below(4)];
            if let Some(new) = (0..200).find_map(|_| damage(row, kind, &mut dice))
                && !says_the_same(row, &new)
            {
                let old = std::mem::replace(row, new);
                damaged.insert(row[nc::NCID].clone(), (kind, old, row.clone()));
            }
        }
        let taken = taken(&file);
        let falsely_held: Vec<&String> = file
            .iter()
            .map(|row| &row[nc::NCID])
            .filter(|id| !damaged.contains_key(*id) && !taken.contains(*id))
            .collect();
        assert_eq!(falsely_held, [""; 0], "one row in {one_in} damaged");
        damaged_rows += damaged.len();
        for (kind, old, new) in damaged.values().filter(|(_, row, _)| taken.contains(&row[nc::NCID])) {
            let changed = (0..70).filter(|at| old[*at] != new[*at]).collect::<Vec<_>>();
            let (first, last) = (changed[0], changed[changed.len() - 1]);
            passed.entry(kind).or_default().push(format!(
                "{:?} => {:?}",
                &old[first..=last],
                &new[first..=last]
            ));
        }
    }
    let count: usize = passed.values().map(Vec::len).sum();
    assert!(damaged_rows >= 50, "{damaged_rows}");
    // Rows that were damaged alike support each other: two names in the place of the suffix, at one row in a hundred.
    assert!(count * 40 <= damaged_rows, "{count} of {damaged_rows} pass: {passed:#?}");
}

/// Two damaged rows elsewhere look as if a right row of a rare place were moved.
#[test]
fn damage_elsewhere_is_no_evidence() {
    let mut rows = list();
    let commissioner = 48;
    let others: Vec<usize> = (0..rows.len())
        .filter(|at| rows[*at][commissioner + 1].is_empty() && rows[*at][1] == "ALAMANCE")
        .collect();
    // A precinct of one county that writes its board in the column beside it, as nobody else does.
    let rare: Vec<usize> = (0..rows.len()).filter(|at| rows[*at][37] == "KA33").take(4).collect();
    for at in rare {
        rows[at].splice(
            commissioner..commissioner + 5,
            ["", "", "COMMISSIONER DISTRICT #5", "T1", "OLD MILL"].map(str::to_owned),
        );
    }
    for at in &others[..2] {
        rows[*at].splice(
            commissioner..commissioner + 5,
            ["", "COMMISSIONER DISTRICT #5", "T1", "OLD MILL", ""].map(str::to_owned),
        );
    }
    let all: BTreeSet<String> = rows.iter().map(|row| row[nc::NCID].clone()).collect();
    let damaged: BTreeSet<String> = others[..2].iter().map(|at| rows[*at][nc::NCID].clone()).collect();
    let held: BTreeSet<String> = all.difference(&taken(&rows)).cloned().collect();
    assert!(held.is_subset(&damaged), "{held:?}");
}

/// A tool that breaks one row breaks another in the same way: the two do not vouch for each other.
#[test]
fn two_rows_that_moved_alike_are_both_held() {
    let rows = list();
    let mut dice = Dice(0x1234_5678_9ABC_DEF1);
    let (mut pairs, mut passed) = (0, Vec::new());
    for kind in KINDS {
        for _ in 0..3 {
            // The same places, so that the two agree with each other wherever they are damaged.
            let (at, state) = (dice.below(rows.len() - 1), dice.clone());
            let alike = |at: usize| {
                let mut dice = state.clone();
                (0..200).find_map(|_| damage(&rows[at], kind, &mut dice))
            };
            let Some(other) = (at + 1..rows.len()).find(|other| rows[*other][37..] == rows[at][37..]) else {
                continue;
            };
            let (Some(one), Some(two)) = (alike(at), alike(other)) else { continue };
            if one[37..] == rows[at][37..] || one[37..] != two[37..] {
                continue;
            }
            let mut file = rows.clone();
            (file[at], file[other]) = (one, two);
            pairs += 1;
            let taken = taken(&file);
            let ids = [at, other].map(|at| &rows[at][nc::NCID]);
            assert!(taken.len() >= rows.len() - 2, "undamaged rows are held");
            if ids.iter().any(|id| taken.contains(*id)) {
                passed.push((kind, rows[at][37..].join("|"), file[at][37..].join("|")));
            }
            dice.below(7);
        }
    }
    assert!(pairs >= 4, "{pairs}");
    assert!(passed.is_empty(), "{} of {pairs}: {passed:#?}", passed.len());
}

fn history(votes: &[String]) -> u64 {
    let header = "county_id county_desc voter_reg_num election_lbl election_desc voting_method voted_party_cd \
        voted_party_desc pct_label pct_description ncid voted_county_id voted_county_desc vtd_label vtd_description"
        .split_whitespace()
        .collect::<Vec<_>>()
        .join("\t");
    let file = format!("{header}\r\n{}\r\n", votes.join("\r\n"));
    let layout = Layouts::embedded().get("nc".parse::<StateCode>().unwrap()).unwrap();
    let mut format =
        recognize(layout, "ncvhis_Statewide.txt", file.as_bytes(), TextEncoding::Utf8).unwrap().format;
    let mut taker = CensusTaker::new(&format).unwrap();
    taker.feed(file.as_bytes());
    format.census = Some(taker.finish());
    read(&format, file.as_bytes()).1.quarantined
}

#[test]
fn a_vote_whose_values_moved_is_held() {
    let vote = |number: usize, middle: &str| {
        format!("32|DURHAM|{number:012}|{middle}|AB{number}|32|DURHAM|14|14").replace('|', "\t")
    };
    let right = |election: &str, party: &str| {
        format!("{election}|{election} GENERAL|IN-PERSON|{party}|14|PRECINCT 14")
    };
    let elections = ["11/08/2022", "03/05/2024", "11/05/2024"];
    let parties = ["DEM|DEMOCRATIC", "REP|REPUBLICAN", "UNA|UNAFFILIATED"];
    let votes: Vec<String> =
        (0..1_200).map(|at| vote(1000 + at, &right(elections[at % 3], parties[at / 3 % 3]))).collect();
    assert_eq!(history(&votes), 0);
    for moved in [
        "11/08/2022|11/08/2022 GENERAL|IN-PERSON||DEM|DEMOCRATIC|PRECINCT 14",
        "11/08/2022|11/08/2022 GENERAL|IN-PERSON|DEM|DEMOCRATIC||14",
        "11/08/2022|11/08/2022 GENERAL|IN-PERSON|DEM|14|PRECINCT 14|",
        "03/05/2024|11/08/2022 GENERAL|IN-PERSON|DEM|DEMOCRATIC|14|PRECINCT 14",
    ] {
        let mut votes = votes.clone();
        votes[200] = vote(5200, moved);
        assert_eq!(history(&votes), 1, "{moved}");
        votes[201] = vote(5201, moved);
        assert_eq!(history(&votes), 2, "twice: {moved}");
    }
    // Unseen values are no fault: a new election, a new party, another way to vote.
    for new in [
        "11/03/2026|11/03/2026 GENERAL|IN-PERSON|DEM|DEMOCRATIC|14|PRECINCT 14",
        "11/05/2024|11/05/2024 GENERAL|CURBSIDE|GRE|GREEN|14|PRECINCT 14",
    ] {
        let mut votes = votes.clone();
        votes[200] = vote(5200, new);
        assert_eq!(history(&votes), 0, "{new}");
    }
}
