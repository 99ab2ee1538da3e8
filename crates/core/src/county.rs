//! Counties by name and by FIPS code, whatever the state's spelling.

use crate::StateCode;
use crate::fold::fold_char;
use std::sync::LazyLock;

/// A county, parish, borough or independent city.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct County {
    /// Five digits: `37063`.
    pub fips: &'static str,
    /// Its state.
    pub state: StateCode,
    /// As people write it: `Durham`, `Doña Ana`. An independent city of Virginia, Maryland or Missouri ends in ` city`.
    pub name: &'static str,
    /// The canonical `county_name`: upper case, folded to ASCII.
    pub name_upper: String,
}

struct Counties {
    /// In order of FIPS code.
    list: Vec<County>,
    /// Key and position in `list`, sorted.
    by_name: Vec<(StateCode, Key, usize)>,
}

/// Names in use which are neither the county's own nor another spelling of it.
const ALIASES: &[(&str, &str, &str)] = &[
    ("ak", "WADE HAMPTON", "02158"),
    ("dc", "WASHINGTON", "11001"),
    ("fl", "DADE", "12086"),
    ("mi", "GD TRAVERSE", "26055"),
    ("mo", "KANSAS CITY", "29095"),
    ("ny", "BROOKLYN", "36047"),
    ("ny", "MANHATTAN", "36061"),
    ("ny", "STATEN ISLAND", "36085"),
    ("sd", "SHANNON", "46102"),
];

const KEY_LENGTH: usize = 40;
/// Letters of a name without blanks and punctuation; zeros behind.
type Key = [u8; KEY_LENGTH];

static COUNTIES: LazyLock<Counties> = LazyLock::new(build);

/// The county of a name, in any case, with or without `County`, `Parish` or `Borough`, blanks and points as they may be.
///
/// A bare name that a county and a city share is the county (`Richmond`); the city is `Richmond City`.
///
/// ```
/// use hustings_core::county;
/// let fips = |state: &str, name| county::find(state.parse().unwrap(), name).map(|county| county.fips);
/// assert_eq!(fips("nc", "DURHAM"), Some("37063"));
/// assert_eq!(fips("ga", "De Kalb"), fips("ga", "DeKalb County"));
/// assert_eq!(fips("nc", "ATLANTIS"), None);
/// ```
#[must_use]
pub fn find(state: StateCode, name: &str) -> Option<&'static County> {
    let name = name.trim();
    let city = name.get(..8).filter(|start| start.eq_ignore_ascii_case("CITY OF ")).map(|_| &name[8..]);
    let key = key(city.unwrap_or(name))?;
    let bare = if city.is_none() { lookup(state, &key) } else { None };
    bare.or_else(|| {
        // `ALEXANDRIA` where only the city exists.
        let length = key.iter().position(|byte| *byte == 0)?;
        let mut city = key;
        city.get_mut(length..length + 4)?.copy_from_slice(b"CITY");
        lookup(state, &city)
    })
}

/// The county of a FIPS code of five digits.
#[must_use]
pub fn by_fips(fips: &str) -> Option<&'static County> {
    let list = &COUNTIES.list;
    list.binary_search_by(|county| county.fips.cmp(fips.trim())).ok().map(|index| &list[index])
}

/// The counties of a state, in order of FIPS code.
pub fn of_state(state: StateCode) -> impl Iterator<Item = &'static County> {
    COUNTIES.list.iter().filter(move |county| county.state == state)
}

/// The county of North Carolina's own number, 1 (Alamance) to 100 (Yancey): its rank in the alphabet.
///
/// ```
/// assert_eq!(hustings_core::county::by_nc_number(100).unwrap().name, "Yancey");
/// ```
#[must_use]
pub fn by_nc_number(number: u32) -> Option<&'static County> {
    if !(1..=100).contains(&number) {
        return None;
    }
    // FIPS numbers the same ranks with odd numbers only.
    by_fips(&format!("{:05}", 37_000 + 2 * number - 1))
}

/// North Carolina's own number of a county; none for other states'.
#[must_use]
pub fn nc_number(county: &County) -> Option<u32> {
    let within: u32 = county.fips.strip_prefix("37")?.parse().ok()?;
    Some(within.div_ceil(2))
}

fn lookup(state: StateCode, key: &Key) -> Option<&'static County> {
    let counties = &*COUNTIES;
    let found = counties.by_name.binary_search_by(|(at, name, _)| (at, name).cmp(&(&state, key))).ok()?;
    Some(&counties.list[counties.by_name[found].2])
}

fn build() -> Counties {
    let mut list = Vec::with_capacity(3_300);
    let mut by_name = Vec::with_capacity(3_400);
    for row in include_str!("../data/counties.csv").lines().skip(1) {
        let mut fields = row.splitn(3, ',');
        let mut next = || fields.next().expect("the shipped table has three columns");
        let (fips, state, name) = (next(), next(), next());
        let state: StateCode = state.parse().expect("the shipped table has two-letter states");
        let name_upper = name.chars().fold(String::new(), |mut text, character| {
            match fold_char(character) {
                Some(folded) => text.push_str(folded),
                None => text.push(character.to_ascii_uppercase()),
            }
            text
        });
        by_name.push((state, key(name).expect("the shipped names are short"), list.len()));
        list.push(County { fips, state, name, name_upper });
    }
    for (state, alias, fips) in ALIASES {
        let index =
            list.binary_search_by(|county| county.fips.cmp(fips)).expect("aliases name listed counties");
        let state = state.parse().expect("aliases have two-letter states");
        by_name.push((state, key(alias).expect("aliases are short"), index));
    }
    by_name.sort_unstable();
    Counties { list, by_name }
}

/// The letters by which spellings are compared: upper case, folded, `ST` and `STE` spelled out, the kind of county and
/// all punctuation gone. None for names without letters or longer than any county's.
fn key(name: &str) -> Option<Key> {
    let mut key = [0; KEY_LENGTH];
    let mut length = 0;
    let mut word_start = 0;
    let mut end = 0;
    for character in name.chars().chain([' ']) {
        if character.is_ascii_alphanumeric() || !character.is_ascii() {
            let mut buffer = [0; 4];
            let text = fold_char(character).unwrap_or_else(|| character.encode_utf8(&mut buffer));
            for byte in text.bytes() {
                *key.get_mut(length)? = byte.to_ascii_uppercase();
                length += 1;
            }
        } else if character != '\'' && length > word_start {
            let word = &key[word_start..length];
            let spelled: &[u8] = match word {
                b"ST" => b"SAINT",
                b"STE" => b"SAINTE",
                _ => b"",
            };
            if !spelled.is_empty() {
                key.get_mut(word_start..word_start + spelled.len())?.copy_from_slice(spelled);
                length = word_start + spelled.len();
            }
            let kind: &[&[u8]] =
                &[b"COUNTY", b"CO", b"PARISH", b"BOROUGH", b"CENSUS", b"AREA", b"MUNICIPALITY"];
            if !kind.contains(&&key[word_start..length]) || word_start == 0 {
                end = length;
            }
            word_start = length;
        }
        if character == '&' {
            key.get_mut(length..length + 3)?.copy_from_slice(b"AND");
            length += 3;
            (word_start, end) = (length, length);
        }
    }
    key[end..].fill(0);
    (end > 0).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(state: &str, name: &str, expect: &str) {
        let found = find(state.parse().unwrap(), name).map_or("", |county| county.fips);
        assert_eq!(found, expect, "{state} {name}");
    }

    #[test]
    fn every_spelling_finds_its_county() {
        check("nc", "DURHAM", "37063");
        check("nc", " durham county ", "37063");
        check("ga", "DE KALB", "13089");
        check("ga", "DeKalb", "13089");
        check("wi", "LaCrosse", "55063");
        check("wi", "LA CROSSE", "55063");
        check("wi", "Saint Croix", "55109");
        check("wi", "ST CROIX", "55109");
        check("fl", "ST. JOHNS", "12109");
        check("fl", "Saint Lucie", "12111");
        check("fl", "Desoto", "12027");
        check("fl", "DE SOTO", "12027");
        check("fl", "DADE", "12086");
        check("fl", "MIAMI DADE", "12086");
        check("mo", "Sainte Genevieve", "29186");
        check("mo", "STE. GENEVIEVE", "29186");
        check("la", "De Soto Parish", "22031");
        check("md", "PRINCE GEORGE'S", "24033");
        check("md", "PRINCE GEORGES", "24033");
        check("ia", "OBRIEN", "19141");
        check("nm", "DONA ANA", "35013");
        check("nm", "Doña Ana", "35013");
        check("mt", "LEWIS & CLARK", "30049");
        check("va", "KING AND QUEEN", "51097");
        check("ny", "BROOKLYN", "36047");
        check("ak", "Kenai Peninsula Borough", "02122");
        check("ak", "Nome Census Area", "02180");
        check("sd", "Shannon", "46102");
    }

    #[test]
    fn cities_stand_beside_counties_of_their_name() {
        check("va", "RICHMOND", "51159");
        check("va", "RICHMOND COUNTY", "51159");
        check("va", "RICHMOND CITY", "51760");
        check("va", "City of Richmond", "51760");
        check("va", "ALEXANDRIA", "51510");
        check("va", "JAMES CITY", "51095");
        check("va", "CHARLES CITY COUNTY", "51036");
        check("md", "BALTIMORE", "24005");
        check("md", "BALTIMORE CITY", "24510");
        check("mo", "ST LOUIS CITY", "29510");
        check("mo", "St. Louis County", "29189");
        check("nv", "CARSON CITY", "32510");
    }

    #[test]
    fn what_is_no_county_is_not_found() {
        for name in [
            "",
            "   ",
            "ATLANTIS",
            "COUNTY",
            "1234",
            "A NAME THAT IS MUCH LONGER THAN ANY COUNTY IN THE COUNTRY",
        ] {
            check("nc", name, "");
        }
        check("zz", "DURHAM", "");
        assert_eq!(by_fips("37999"), None);
    }

    #[test]
    fn every_listed_county_finds_itself() {
        for county in &COUNTIES.list {
            assert_eq!(by_fips(county.fips), Some(county));
            assert_eq!(find(county.state, county.name), Some(county), "{}", county.name);
            assert_eq!(find(county.state, &county.name_upper), Some(county), "{}", county.name_upper);
        }
    }

    #[test]
    fn north_carolina_numbers_its_counties_by_the_alphabet() {
        let state = "nc".parse().unwrap();
        let names: Vec<_> = of_state(state).map(|county| county.name_upper.as_str()).collect();
        assert_eq!(names.len(), 100);
        for (index, name) in names.iter().enumerate() {
            let number = u32::try_from(index).unwrap() + 1;
            let county = by_nc_number(number).unwrap();
            assert_eq!(county.name_upper, *name);
            assert_eq!(nc_number(county), Some(number));
        }
        assert_eq!(by_nc_number(100).unwrap().name_upper, "YANCEY");
        assert_eq!(by_nc_number(89).unwrap().name_upper, "TYRRELL");
        assert_eq!((by_nc_number(0), by_nc_number(101)), (None, None));
        assert_eq!(nc_number(by_fips("51159").unwrap()), None);
    }
}
