//! A vendor's messy list of some voters of a synthetic state, without the state's ids: nicknames, typing errors, movers,
//! spouses who are no voters, doubles, an odd header below a title.

use super::nc::names;
use super::random::Random;
use std::collections::HashMap;
use std::fmt::Write;

/// A list and its truth.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VendorList {
    /// As the vendor sends it.
    pub csv: String,
    /// Of each row the state's id of its voter; none: nobody on the state's list.
    pub truth: Vec<Option<String>>,
}

/// What stands above the header, and the header.
const HEAD: &str = "Acme Voter Data LLC - append order 4711,,,,,,,,,,,\n\n\
    Rec #,Given Name,M I,SURNAME,Suffix,YOB,Gender,Street Address,City,Zip Code,Cell Phone,Quality\n";

const NICKNAMES: [(&str, &str); 24] = [
    ("ROBERT", "Bob"),
    ("WILLIAM", "Bill"),
    ("JAMES", "Jim"),
    ("JOHN", "Jack"),
    ("RICHARD", "Dick"),
    ("MICHAEL", "Mike"),
    ("CHARLES", "Chuck"),
    ("THOMAS", "Tom"),
    ("EDWARD", "Ed"),
    ("KENNETH", "Ken"),
    ("RONALD", "Ron"),
    ("DONALD", "Don"),
    ("CHRISTOPHER", "Chris"),
    ("MATTHEW", "Matt"),
    ("JOSHUA", "Josh"),
    ("NICHOLAS", "Nick"),
    ("PATRICIA", "Patty"),
    ("ELIZABETH", "Beth"),
    ("MARGARET", "Peggy"),
    ("JENNIFER", "Jenny"),
    ("DEBORAH", "Debbie"),
    ("SUSAN", "Sue"),
    ("REBECCA", "Becky"),
    ("STEPHANIE", "Steph"),
];

#[derive(Clone, Default)]
struct Person {
    first: String,
    middle: String,
    last: String,
    suffix: String,
    born: i32,
    sex: String,
    street: String,
    city: String,
    zip: String,
}

/// Makes a list of at most `rows` rows from the text of a state's file of voters (tab-separated, with its header).
#[must_use]
pub fn vendor_list(voters: &str, rows: usize, seed: u64) -> VendorList {
    let people = read(voters);
    let mut list = VendorList { csv: HEAD.to_owned(), truth: Vec::new() };
    if people.is_empty() {
        return list;
    }
    let mut random = Random::keyed(seed, &[0x7E4D_0012]);
    while list.truth.len() < rows {
        let (id, voter) = &people[random.index(people.len())];
        let mut person = voter.clone();
        let mut of = Some(id.clone());
        if random.chance(0.12) {
            // Somebody who lives with the voter and is not on the state's list.
            let woman = voter.sex == "M";
            person.first =
                if woman { random.pick(names::WOMEN_YOUNGER) } else { random.pick(names::MEN_OLDER) }
                    .to_owned();
            person.sex = if woman { "F" } else { "M" }.to_owned();
            person.middle.clear();
            person.suffix.clear();
            person.born += i32::try_from(random.below(9)).unwrap_or(0) - 4;
            of = None;
        } else if random.chance(0.1) {
            // Moved since.
            let elsewhere = &people[random.index(people.len())].1;
            person.street.clone_from(&elsewhere.street);
            person.city.clone_from(&elsewhere.city);
            person.zip.clone_from(&elsewhere.zip);
        }
        push(&mut list, &mut random, &person, &of);
        if random.chance(0.02) && list.truth.len() < rows {
            // The same person twice, written otherwise.
            push(&mut list, &mut random, &person, &of);
        }
    }
    list
}

fn push(list: &mut VendorList, random: &mut Random, person: &Person, of: &Option<String>) {
    let mut person = person.clone();
    spoil(&mut person, random);
    let number = list.truth.len() + 1;
    let digits = 2_000_000 + random.below(7_999_999);
    let phone = match random.below(4) {
        0 => format!("(919) {}-{:04}", digits / 10_000, digits % 10_000),
        1 => format!("919{digits:07}"),
        2 => format!("919.{}.{:04}", digits / 10_000, digits % 10_000),
        _ => format!("1-919-{}-{:04}", digits / 10_000, digits % 10_000),
    };
    let phone = if random.chance(0.06) { String::new() } else { phone };
    let born = if random.chance(0.1) { String::new() } else { person.born.to_string() };
    // A string takes any text.
    let _ = writeln!(
        list.csv,
        "{number},{},{},{},{},{born},{},{},{},{},{phone},{}",
        cell(&person.first),
        cell(&person.middle),
        cell(&person.last),
        cell(&person.suffix),
        person.sex,
        cell(&person.street),
        cell(&person.city),
        person.zip,
        random.pick(&["A", "A", "B", "C"]),
    );
    list.truth.push(of.clone());
}

fn spoil(person: &mut Person, random: &mut Random) {
    let short = NICKNAMES.iter().find(|(name, _)| *name == person.first).map(|(_, short)| *short);
    if let Some(short) = short.filter(|_| random.chance(0.5)) {
        person.first = short.to_owned();
    } else if random.chance(0.05) {
        person.first = mistyped(&person.first, random);
    }
    if random.chance(0.05) {
        person.last = mistyped(&person.last, random);
    }
    if random.chance(0.08) {
        person.street = mistyped(&person.street, random);
    }
    if random.chance(0.4) {
        person.middle.truncate(person.middle.chars().next().map_or(0, char::len_utf8));
    } else if random.chance(0.4) {
        person.middle.clear();
    }
    if random.chance(0.03) {
        person.born += if random.chance(0.5) { 1 } else { -1 };
    }
    if random.chance(0.05) {
        person.zip.clear();
    }
    if random.chance(0.04) {
        std::mem::swap(&mut person.first, &mut person.last);
    }
    if random.chance(0.5) {
        for text in [&mut person.first, &mut person.last, &mut person.street, &mut person.city] {
            *text = capitalized(text);
        }
    }
}

/// Two letters swapped, or one left out.
fn mistyped(text: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 4 {
        return text.to_owned();
    }
    let at = 1 + random.index(letters.len() - 2);
    if random.chance(0.5) {
        letters.swap(at, at + 1);
    } else {
        letters.remove(at);
    }
    letters.into_iter().collect()
}

fn capitalized(text: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |first| format!("{first}{}", letters.as_str().to_lowercase()))
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn cell(text: &str) -> String {
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// The people of the file, without those whose address or name is not there.
fn read(voters: &str) -> Vec<(String, Person)> {
    let mut lines = voters.lines();
    let cells = |line: &str| -> Vec<String> {
        line.split('\t').map(|field| field.trim_matches('"').trim().to_owned()).collect()
    };
    let Some(header) = lines.next().map(cells) else { return Vec::new() };
    let place: HashMap<&str, usize> =
        header.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let mut people = Vec::new();
    for row in lines.map(cells) {
        let value = |name: &str| -> String {
            let at = place.get(name).copied();
            at.and_then(|at| row.get(at)).cloned().unwrap_or_default()
        };
        let person = Person {
            first: value("first_name"),
            middle: value("middle_name"),
            last: value("last_name"),
            suffix: value("name_suffix_lbl"),
            born: value("birth_year").parse().unwrap_or_default(),
            sex: value("gender_code"),
            street: value("res_street_address"),
            city: value("res_city_desc"),
            zip: value("zip_code"),
        };
        let is_whole = [&person.first, &person.last, &person.street].iter().all(|text| !text.is_empty())
            && person.born > 1900
            && !person.street.contains("CONFIDENTIAL")
            && value("status_cd") != "R"
            && value("confidential_ind") != "Y";
        if is_whole {
            people.push((value("ncid"), person));
        }
    }
    people
}
