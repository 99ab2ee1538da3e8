//! A base of voters, a vendor's noisy list of some of them and of people who live with them, and which row is whom.

use super::nc::names;
use super::random::Random;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// How much of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkageOptions {
    /// Rows of the base.
    pub base: u64,
    /// Rows of the list.
    pub list: u64,
    /// Chooses everything.
    pub seed: u64,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkageTruth {
    /// Rows of the list who are in the base.
    pub in_base: u64,
}

const HOUSEHOLD: u64 = 1;
const LISTED: u64 = 2;
const ALONE: u64 = 3;
/// Of a hundred rows of the list so many are people who are not in the base; most of them live with somebody who is.
const UNLISTED_PERCENT: f64 = 0.15;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Person {
    first: String,
    middle: String,
    last: String,
    suffix: &'static str,
    birth: [u32; 3],
    sex: char,
    place: Place,
    phone: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Place {
    house: u32,
    street: String,
    unit: String,
    city: String,
    zip: u32,
}

/// Writes `base.csv`, `list.csv`, `truth.csv` (`list_id,base_id`, empty for who is not in the base) and `noise.csv`
/// (`list_id,noise`: what is wrong with the row, parted by blanks) into `folder`.
///
/// # Errors
/// The folder cannot be written.
pub fn write_linkage(folder: &Path, options: LinkageOptions) -> io::Result<LinkageTruth> {
    let create =
        |name: &str| Ok::<_, io::Error>(BufWriter::with_capacity(1 << 18, File::create(folder.join(name))?));
    let mut base = create("base.csv")?;
    writeln!(
        base,
        "id,first_name,middle_name,last_name,suffix,dob,sex,house_number,street,unit,city,state,zip,phone"
    )?;
    for voter in 0..options.base {
        let person = voter_of(options.seed, voter);
        write!(base, "V{voter},")?;
        write_person(&mut base, &person, &iso(person.birth), true)?;
    }
    base.flush()?;
    let (mut list, mut truth, mut noise) = (create("list.csv")?, create("truth.csv")?, create("noise.csv")?);
    writeln!(
        list,
        "row,FNAME,MNAME,LNAME,Suffix,Date of Birth,Gender,house_number,Address 1,unit,City,State,ZIP,Phone"
    )?;
    writeln!(truth, "list_id,base_id")?;
    writeln!(noise, "list_id,noise")?;
    let mut in_base = 0;
    for row in 0..options.list {
        let mut random = Random::keyed(options.seed, &[LISTED, row]);
        let voter = below(&mut random, options.base);
        let listed = !random.chance(UNLISTED_PERCENT);
        let mut person = if listed {
            voter_of(options.seed, voter)
        } else if random.chance(0.8) {
            // Of the voter's household, but not registered.
            member(options.seed, household_of(options.seed, voter).0, 8 + u64::from(random.below(2)))
        } else {
            member(options.seed, options.base + below(&mut random, options.base), 0)
        };
        in_base += u64::from(listed);
        let mut kinds = Vec::new();
        spoil(&mut person, &mut random, &mut kinds);
        let birth = written_birth(&mut random, person.birth, &mut kinds);
        writeln!(noise, "{row},{}", kinds.join(" "))?;
        write!(list, "{row},")?;
        write_person(&mut list, &person, &birth, false)?;
        if listed { writeln!(truth, "{row},V{voter}")? } else { writeln!(truth, "{row},")? }
    }
    list.flush()?;
    truth.flush()?;
    noise.flush()?;
    Ok(LinkageTruth { in_base })
}

/// Of two voters in a row most live together, the first of them as its head; the others are heads of their own households.
fn household_of(seed: u64, voter: u64) -> (u64, u64) {
    let alone = Random::keyed(seed, &[ALONE, voter / 2]).chance(0.4);
    match voter % 2 {
        0 => (voter, 0),
        _ if alone => (voter, 0),
        _ => (voter - 1, 1),
    }
}

fn voter_of(seed: u64, voter: u64) -> Person {
    let (household, number) = household_of(seed, voter);
    member(seed, household, number)
}

/// A member of a household: 0 the head, 1 mostly the partner, 8 and 9 those who are not registered.
fn member(seed: u64, household: u64, number: u64) -> Person {
    let mut shared = Random::keyed(seed, &[HOUSEHOLD, household]);
    let place = place(&mut shared);
    let family = last_name(&mut shared);
    let landline = if shared.chance(0.5) { phone(&mut shared) } else { 0 };
    let head_born = 1932 + shared.below(72);
    let head_is_man = shared.chance(0.5);
    let mut random = Random::keyed(seed, &[HOUSEHOLD, household, number + 1]);
    let (relation, born) = match number {
        0 => ("head", head_born),
        1 if random.chance(0.7) => ("partner", (head_born + random.below(9)).saturating_sub(4)),
        1 => ("other", 1932 + random.below(72)),
        _ if random.chance(0.4) => ("partner", (head_born + random.below(9)).saturating_sub(4)),
        _ => ("child", (head_born + 20 + random.below(18)).min(2007)),
    };
    let man = match relation {
        "head" => head_is_man,
        "partner" => head_is_man == random.chance(0.03),
        _ => random.chance(0.5),
    };
    let mut person = Person {
        first: first_name(&mut random, man, born),
        middle: if random.chance(0.85) { first_name(&mut random, man, born) } else { String::new() },
        last: family.clone(),
        suffix: "",
        birth: [born, 1 + random.below(12), 1 + random.below(28)],
        sex: if man { 'M' } else { 'F' },
        place,
        phone: if landline > 0 && random.chance(0.6) { landline } else { 0 },
    };
    if random.chance(0.015) {
        (person.birth[1], person.birth[2]) = (1, 1);
    }
    match relation {
        "partner" if random.chance(0.18) => person.last = last_name(&mut random),
        "other" => person.last = last_name(&mut random),
        "child" if man && head_is_man && random.chance(0.06) => {
            let head = member(seed, household, 0);
            (person.first, person.middle, person.suffix) = (head.first, head.middle, "JR");
        }
        _ => {}
    }
    if person.phone == 0 && random.chance(0.45) {
        person.phone = phone(&mut random);
    }
    person
}

/// What a vendor makes of a person, and what each is called.
fn spoil(person: &mut Person, random: &mut Random, noise: &mut Vec<&'static str>) {
    if random.chance(0.12) {
        noise.push("moved");
        person.place = place(random);
        person.phone = if random.chance(0.5) { person.phone } else { 0 };
    }
    if person.sex == 'F' && random.chance(0.08) {
        noise.push("renamed");
        let new = last_name(random);
        person.last = if random.chance(0.3) { format!("{}-{new}", person.last) } else { new };
    }
    if random.chance(0.10)
        && let Some(short) = nickname(&person.first, random)
    {
        noise.push("nickname");
        person.first = short.to_owned();
    } else if random.chance(0.03) && !person.middle.is_empty() {
        noise.push("middle_name_first");
        person.first = std::mem::take(&mut person.middle);
    } else if random.chance(0.015) {
        noise.push("initial");
        person.first.truncate(1);
    }
    match random.below(10) {
        0..=3 => person.middle.clear(),
        4..=6 => person.middle.truncate(1),
        _ => {}
    }
    for (text, chance) in [
        (&mut person.first, 0.02),
        (&mut person.last, 0.02),
        (&mut person.place.street, 0.03),
        (&mut person.place.city, 0.02),
    ] {
        if random.chance(chance) {
            noise.push("mistyped");
            mistype(text, random);
        }
    }
    if random.chance(0.004) {
        noise.push("swapped");
        std::mem::swap(&mut person.first, &mut person.last);
    }
    if random.chance(0.4) {
        person.suffix = "";
    }
    if random.chance(0.08) {
        noise.push("no_zip");
        person.place.zip = 0;
    }
    if random.chance(0.02) {
        noise.push("house_number");
        person.place.house = 1 + random.below(9999);
    }
    if random.chance(0.3) {
        person.place.unit.clear();
    }
    match random.below(100) {
        0..=34 => person.phone = 0,
        35..=49 => {
            noise.push("other_phone");
            person.phone = phone(random);
        }
        50..=51 if person.phone > 0 => person.phone = person.phone / 10 * 10 + u64::from(random.below(10)),
        _ => {}
    }
    if random.chance(0.1) {
        person.sex = ' ';
    }
}

fn written_birth(
    random: &mut Random,
    [mut year, mut month, mut day]: [u32; 3],
    noise: &mut Vec<&'static str>,
) -> String {
    let kind = random.below(1000);
    match kind {
        0..=149 => {
            noise.push("no_birth_date");
            return String::new();
        }
        150..=164 => year += 1,
        165..=179 => year = (year / 10) * 10 + random.below(10),
        180..=189 => std::mem::swap(&mut month, &mut day),
        190..=204 => day = 1 + random.below(28),
        205..=214 => month = 1 + random.below(12),
        215..=224 => (month, day) = (1, 1),
        _ => {}
    }
    match kind {
        150..=179 => noise.push("birth_year"),
        180..=224 => noise.push("birth_day"),
        _ => {}
    }
    format!("{month}/{day}/{year}")
}

fn iso([year, month, day]: [u32; 3]) -> String {
    format!("{year}-{month:02}-{day:02}")
}

fn write_person(out: &mut impl Write, person: &Person, birth: &str, standard: bool) -> io::Result<()> {
    let Place { house, street, unit, city, zip } = &person.place;
    let zip = if *zip == 0 { String::new() } else { zip.to_string() };
    let phone = match person.phone {
        0 => String::new(),
        number if standard => number.to_string(),
        number => format!("({}) {:03}-{:04}", number / 10_000_000, number / 10_000 % 1000, number % 10_000),
    };
    let sex = if person.sex == ' ' { String::new() } else { person.sex.to_string() };
    writeln!(
        out,
        "{},{},{},{},{birth},{sex},{house},{street},{unit},{city},NC,{zip},{phone}",
        person.first, person.middle, person.last, person.suffix
    )
}

fn below(random: &mut Random, bound: u64) -> u64 {
    random.bits() % bound.max(1)
}

fn phone(random: &mut Random) -> u64 {
    let area = [919, 704, 336, 910, 828, 252, 980, 984];
    random.pick(&area) * 10_000_000
        + u64::from(200 + random.below(790)) * 10_000
        + u64::from(random.below(10_000))
}

/// A place in a list whose first entries are the most frequent, about as names are.
fn frequent(random: &mut Random, length: usize) -> usize {
    let at = (length as f64).powf(random.unit()) - 1.0;
    (0..length).rfind(|index| *index as f64 <= at).unwrap_or_default()
}

fn first_name(random: &mut Random, man: bool, born: u32) -> String {
    let list = match (man, born < 1972) {
        (true, true) => names::MEN_OLDER,
        (true, false) => names::MEN_YOUNGER,
        (false, true) => names::WOMEN_OLDER,
        (false, false) => names::WOMEN_YOUNGER,
    };
    if random.chance(0.15) {
        return rare(
            random,
            &["ELL", "MAR", "JAN", "TOR", "LEON", "KAR", "SHAN", "DEV", "AL", "VIV"],
            if man { &["ON", "US", "IO", "ELL", "ARD"] } else { &["A", "ICE", "INE", "ETTE", "YN"] },
        );
    }
    list[frequent(random, list.len())].to_owned()
}

fn last_name(random: &mut Random) -> String {
    if random.chance(0.45) {
        return names::LAST[frequent(random, names::LAST.len())].to_owned();
    }
    rare(
        random,
        &[
            "ABER", "ASH", "BAR", "BECK", "BLACK", "BRAD", "BURN", "CAL", "CARL", "CHAD", "CLAY", "CRAW",
            "DAL", "DUN", "EAST", "ELDER", "FAIR", "FEN", "GAL", "GREEN", "HAM", "HART", "HOL", "KEN",
            "LANG", "LIN", "MAR", "MIDDLE", "NEW", "NOR", "OAK", "PAR", "PEM", "RAD", "RED", "SHER", "STAN",
            "THORN", "WAL", "WEST", "WHIT", "WIN", "WOOD", "YAR",
        ],
        &[
            "BERRY", "BOROUGH", "BRIDGE", "BROOK", "BURN", "BY", "COMBE", "COTT", "DALE", "DEN", "FIELD",
            "FORD", "GATE", "HAM", "HILL", "HURST", "INGTON", "LAND", "LEIGH", "LEY", "LOCK", "MAN", "MERE",
            "MORE", "RIDGE", "SHAW", "SON", "STEAD", "STON", "TON", "WAY", "WELL", "WICK", "WOOD", "WORTH",
        ],
    )
}

/// A name of two syllables, and sometimes a third between them.
fn rare(random: &mut Random, beginnings: &[&str], endings: &[&str]) -> String {
    let middle =
        if random.chance(0.5) { "" } else { random.pick(&["EN", "ING", "ER", "LE", "OW", "ST", "ET", "AN"]) };
    format!("{}{middle}{}", random.pick(beginnings), random.pick(endings))
}

fn place(random: &mut Random) -> Place {
    let zip = 27_000 + random.below(900);
    let street = random.below(400);
    let kinds = ["ST", "AVE", "RD", "DR", "LN", "CT", "PL", "WAY"];
    let trees =
        ["OAK", "ELM", "PINE", "MAPLE", "CEDAR", "MAIN", "CHURCH", "PARK", "LAKE", "HILL", "MILL", "RIDGE"];
    let mut named = Random::keyed(u64::from(zip), &[u64::from(street)]);
    let name = if named.chance(0.3) { named.pick(&trees).to_owned() } else { last_name(&mut named) };
    let towns = [
        "RALEIGH",
        "CARY",
        "DURHAM",
        "WILSON",
        "SANFORD",
        "HENDERSON",
        "CLAYTON",
        "APEX",
        "ROXBORO",
        "GARNER",
    ];
    let town = if zip % 9 < 5 {
        towns[usize::try_from(zip % 10).unwrap_or_default()].to_owned()
    } else {
        format!("{}TON", towns[usize::try_from(zip / 9 % 10).unwrap_or_default()])
    };
    Place {
        house: 1 + random.below(60) * 7 + random.below(3) * 1000,
        street: format!("{name} {}", named.pick(&kinds)),
        unit: if random.chance(0.15) { format!("APT {}", 1 + random.below(40)) } else { String::new() },
        city: town,
        zip,
    }
}

fn nickname(name: &str, random: &mut Random) -> Option<&'static str> {
    const SHORT: &[(&str, &[&str])] = &[
        ("ROBERT", &["BOB", "ROB", "BOBBY"]),
        ("WILLIAM", &["BILL", "WILL", "BILLY"]),
        ("JAMES", &["JIM", "JIMMY"]),
        ("MICHAEL", &["MIKE"]),
        ("RICHARD", &["RICK", "DICK"]),
        ("CHARLES", &["CHUCK", "CHARLIE"]),
        ("THOMAS", &["TOM"]),
        ("DAVID", &["DAVE"]),
        ("JOHN", &["JACK", "JOHNNY"]),
        ("EDWARD", &["ED", "TED"]),
        ("ELIZABETH", &["LIZ", "BETTY", "BETH"]),
        ("PATRICIA", &["PAT", "PATTY"]),
        ("MARGARET", &["PEGGY", "MAGGIE"]),
        ("SUSAN", &["SUE"]),
        ("DEBORAH", &["DEBBIE"]),
        ("BARBARA", &["BARB"]),
        ("JENNIFER", &["JEN", "JENNY"]),
        ("CHRISTOPHER", &["CHRIS"]),
        ("MATTHEW", &["MATT"]),
        ("JOSHUA", &["JOSH"]),
        ("NICHOLAS", &["NICK"]),
        ("ANDREW", &["ANDY", "DREW"]),
        ("SAMANTHA", &["SAM"]),
        ("REBECCA", &["BECKY"]),
        ("CATHERINE", &["CATHY", "KATE"]),
    ];
    SHORT.iter().find(|(given, _)| *given == name).map(|(_, short)| random.pick(short))
}

fn mistype(text: &mut String, random: &mut Random) {
    let mut letters: Vec<u8> = text.bytes().collect();
    if letters.len() < 3 || !text.is_ascii() {
        return;
    }
    let at = 1 + random.index(letters.len() - 2);
    match random.below(4) {
        0 => letters.swap(at, at + 1),
        1 => {
            letters.remove(at);
        }
        2 => letters.insert(at, letters[at]),
        _ => letters[at] = b'A' + u8::try_from(random.below(26)).expect("a letter"),
    }
    *text = String::from_utf8(letters).expect("ASCII stays ASCII");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_truth_names_rows_that_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let options = LinkageOptions { base: 500, list: 300, seed: 7 };
        let truth = write_linkage(folder.path(), options).unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!((read("base.csv").lines().count(), read("list.csv").lines().count()), (501, 301));
        let named = read("truth.csv").lines().skip(1).filter(|line| !line.ends_with(',')).count() as u64;
        assert_eq!(named, truth.in_base);
        assert!((200..290).contains(&truth.in_base), "{truth:?}");
        assert!(read("base.csv").lines().all(|line| line.matches(',').count() == 13));
        let again = tempfile::tempdir().unwrap();
        write_linkage(again.path(), options).unwrap();
        assert_eq!(read("list.csv"), std::fs::read_to_string(again.path().join("list.csv")).unwrap());
    }
}
