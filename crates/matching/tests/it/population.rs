//! Made people who live together, and lists of them of which it is known who is who: couples, children, twins, a father and
//! his son of one name, e-mail addresses made of names.

use crate::table::Table;
use hustings_matching::random::Random;

const MEN: [&str; 24] = [
    "JAMES", "JOHN", "ROBERT", "MICHAEL", "WILLIAM", "DAVID", "RICHARD", "JOSEPH", "THOMAS", "CHARLES",
    "DANIEL", "MATTHEW", "ANTHONY", "MARK", "DONALD", "STEVEN", "PAUL", "ANDREW", "JOSHUA", "KENNETH",
    "KEVIN", "BRIAN", "GEORGE", "EDWARD",
];
const WOMEN: [&str; 24] = [
    "MARY",
    "PATRICIA",
    "JENNIFER",
    "LINDA",
    "ELIZABETH",
    "BARBARA",
    "SUSAN",
    "JESSICA",
    "SARAH",
    "KAREN",
    "LISA",
    "NANCY",
    "BETTY",
    "MARGARET",
    "SANDRA",
    "ASHLEY",
    "KIMBERLY",
    "EMILY",
    "DONNA",
    "MICHELLE",
    "CAROL",
    "AMANDA",
    "DOROTHY",
    "MELISSA",
];
const COMMON: [&str; 12] = [
    "SMITH", "JOHNSON", "WILLIAMS", "BROWN", "JONES", "GARCIA", "MILLER", "DAVIS", "WILSON", "MOORE",
    "TAYLOR", "LEE",
];
const BEGINNINGS: [&str; 20] = [
    "BAR", "CAL", "DOR", "ELL", "FAR", "GRAN", "HAL", "IVER", "KEN", "LAN", "MAR", "NOR", "OAK", "PEN",
    "QUIN", "RAD", "SHEL", "TAN", "WES", "YAR",
];
const ENDS: [&str; 10] = ["TON", "FORD", "MAN", "LEY", "WELL", "BERG", "FIELD", "WORTH", "HAM", "BURN"];
const STREETS: [&str; 10] =
    ["MAIN", "OAK", "PINE", "MAPLE", "CEDAR", "ELM", "LAKE", "HILL", "WALNUT", "PARK"];
const CITIES: [(&str, &str); 4] =
    [("RALEIGH", "276"), ("DURHAM", "277"), ("CHARLOTTE", "282"), ("GREENSBORO", "274")];
const NICKNAMES: [(&str, &str); 6] = [
    ("JAMES", "JIM"),
    ("ROBERT", "BOB"),
    ("WILLIAM", "BILL"),
    ("RICHARD", "DICK"),
    ("ELIZABETH", "BETH"),
    ("MARGARET", "PEGGY"),
];

pub const HEADERS: [&str; 13] = [
    "first_name",
    "middle_name",
    "last_name",
    "suffix",
    "dob",
    "sex",
    "house_number",
    "street",
    "city",
    "zip",
    "phone",
    "email",
    "precinct",
];
const FIRST: usize = 0;
const MIDDLE: usize = 1;
const LAST: usize = 2;
const SUFFIX: usize = 3;
const DOB: usize = 4;
const SEX: usize = 5;
const PHONE: usize = 10;
const EMAIL: usize = 11;

pub type Person = [String; 13];

fn one_of<'a>(random: &mut Random, all: &[&'a str]) -> &'a str {
    all[random.below(all.len())]
}

/// True in so many of a thousand cases.
fn happens(random: &mut Random, of_thousand: usize) -> bool {
    random.below(1000) < of_thousand
}

fn person(random: &mut Random, sex: &str, year: usize) -> Person {
    let names = |random: &mut Random| one_of(random, if sex == "M" { &MEN } else { &WOMEN }).to_owned();
    let mut person = Person::default();
    (person[FIRST], person[MIDDLE]) = (names(random), names(random));
    person[LAST] = if happens(random, 300) {
        one_of(random, &COMMON).to_owned()
    } else {
        format!("{}{}", one_of(random, &BEGINNINGS), one_of(random, &ENDS))
    };
    person[DOB] = format!("{year}-{:02}-{:02}", 1 + random.below(12), 1 + random.below(28));
    person[SEX] = sex.to_owned();
    person[PHONE] = format!("919{:07}", 2_000_000 + random.below(7_000_000));
    settle(random, &mut person);
    person
}

/// An address of one's own.
fn settle(random: &mut Random, person: &mut Person) {
    let (city, zip) = CITIES[random.below(CITIES.len())];
    let place = [
        (1 + random.below(4000)).to_string(),
        format!("{} ST", one_of(random, &STREETS)),
        city.to_owned(),
        format!("{zip}{:02}", random.below(20)),
    ];
    person[6..10].clone_from_slice(&place);
    person[12] = format!("{}-{:02}", &place[3], place[0].len() + place[1].len());
}

fn join(person: &mut Person, household: &Person) {
    person[LAST].clone_from(&household[LAST]);
    person[6..10].clone_from_slice(&household[6..10]);
    person[12].clone_from(&household[12]);
}

/// Half of the people have an address, most of them one made of their name.
fn email(random: &mut Random, person: &mut Person) {
    let (first, last) = (person[FIRST].to_lowercase(), person[LAST].to_lowercase());
    let number = random.below(1000);
    let name = match random.below(8) {
        0..=3 => return,
        4 => format!("{first}.{last}{number}"),
        5 | 6 => format!("{}{last}{number}", &first[..1]),
        _ => format!("{}{number}{}", &last[..2], random.below(1000)),
    };
    let provider = one_of(random, &["gmail.com", "yahoo.com", "aol.com"]);
    person[EMAIL] = format!("{name}@{provider}");
}

/// So many people, in households.
pub fn people(random: &mut Random, count: usize) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    while people.len() < count {
        let year = 1935 + random.below(70);
        let sex = one_of(random, &["M", "F"]);
        let mut head = person(random, sex, year);
        let mut mates = Vec::new();
        if happens(random, 350) {
            let other = if sex == "M" { "F" } else { "M" };
            let year = year + random.below(12) - 6;
            mates.push(person(random, other, year));
        }
        if happens(random, 200) {
            let sex = one_of(random, &["M", "F"]);
            mates.push(person(random, sex, (year + 26).min(2006)));
        }
        if happens(random, 5) {
            let mut twin = person(random, sex, year);
            twin[DOB].clone_from(&head[DOB]);
            if twin[FIRST] != head[FIRST] {
                mates.push(twin);
            }
        }
        if sex == "M" && year < 1980 && happens(random, 10) {
            let mut son = person(random, "M", year + 26);
            (son[FIRST], son[MIDDLE]) = (head[FIRST].clone(), head[MIDDLE].clone());
            (son[SUFFIX], head[SUFFIX]) = ("JR".to_owned(), "SR".to_owned());
            mates.push(son);
        }
        for mate in &mut mates {
            join(mate, &head);
        }
        for mut person in std::iter::once(head).chain(mates) {
            email(random, &mut person);
            people.push(person);
        }
    }
    people.truncate(count);
    people
}

fn mistyped(random: &mut Random, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = random.below(letters.len().max(2) - 1);
    match random.below(3) {
        0 => drop(letters.remove(at)),
        1 if letters.len() > 1 => letters.swap(at, at + 1),
        _ => letters.insert(at, 'E'),
    }
    letters.into_iter().collect()
}

/// The same person as another list has it.
pub fn noisy(random: &mut Random, person: &Person) -> Person {
    let mut row = person.clone();
    if happens(random, 80) {
        let nickname = NICKNAMES.iter().find(|(name, _)| *name == row[FIRST]);
        row[FIRST] = nickname.map_or(row[FIRST].clone(), |(_, short)| (*short).to_owned());
    }
    for at in [FIRST, LAST] {
        if happens(random, 50) {
            row[at] = mistyped(random, &row[at]);
        }
    }
    if happens(random, 30) && row[SEX] == "F" {
        row[LAST] = format!("{}{}", one_of(random, &BEGINNINGS), one_of(random, &ENDS));
    }
    match random.below(10) {
        0..=2 => row[MIDDLE].clear(),
        3..=6 => row[MIDDLE].truncate(1),
        _ => {}
    }
    if happens(random, 120) {
        settle(random, &mut row);
    }
    for (at, of_thousand) in [(SUFFIX, 500), (DOB, 80), (PHONE, 200), (EMAIL, 300)] {
        if happens(random, of_thousand) {
            row[at].clear();
        }
    }
    if happens(random, 300) {
        row[PHONE] = format!("919{:07}", 2_000_000 + random.below(7_000_000));
    }
    row
}

/// Rows as a table of these columns, with who each is.
pub fn table(rows: &[(usize, Person)], columns: &[&str]) -> Table {
    let at = |name: &&str| HEADERS.iter().position(|header| header == name).expect("one of the headers");
    Table {
        headers: columns.iter().map(|name| (*name).to_owned()).collect(),
        columns: columns
            .iter()
            .map(|name| rows.iter().map(|(_, row)| row[at(name)].clone()).collect())
            .collect(),
        labels: rows.iter().map(|(who, _)| who.to_string()).collect(),
    }
}

/// A list and a base: of so many of a thousand rows of the list the person is in the base; the others mostly live with somebody who
/// is.
pub fn list_and_base(seed: u64, sizes: [usize; 2], known_of_thousand: usize) -> [Vec<(usize, Person)>; 2] {
    let mut random = Random::new(seed);
    let [list, base] = sizes;
    let mut all: Vec<(usize, Person)> = people(&mut random, list + base).into_iter().enumerate().collect();
    for at in (1..all.len()).rev() {
        all.swap(at, random.below(at + 1));
    }
    let strangers = all.split_off(base);
    let known = list * known_of_thousand / 1000;
    let rows = all[..known].iter().chain(&strangers[..list - known]);
    let rows = rows.map(|(who, person)| (*who, noisy(&mut random, person))).collect();
    [rows, all]
}
