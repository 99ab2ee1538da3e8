//! Two rows to their levels.

use crate::dictionary::Dictionary;
use crate::level::{
    BIRTH_OF_NAMESAKES, DEPENDENT_GROUP, Kind, MIDDLE_OF_NAMESAKES, address, birth, email, first, last,
};
use crate::memo::Memo;
use crate::nickname::{nicknames, share};
use crate::prepare::Prepared;
use crate::row::{Row, digits_apart};
use crate::similarity::{
    STREET_ERRORS_MAX, names_alike, part_equal, same_letters, streets_alike, typing_errors,
};
use crate::sketch::Sketch;
use crate::{birth as date, level::Level};

/// The levels of a pair, four bits each, comparison by comparison from the lowest bits; 0 is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Pattern(pub u64);

impl Pattern {
    /// The level of the comparison at a place.
    #[must_use]
    pub fn level(self, place: usize) -> u8 {
        u8::try_from(self.0 >> (place * 4) & 15).expect("four bits")
    }

    /// As if the value of the comparison at a place were missing.
    #[must_use]
    pub fn without(self, place: usize) -> Self {
        Self(self.0 & !(15 << (place * 4)))
    }
}

/// The most comparisons that a pattern holds.
pub const COMPARISONS_MAX: usize = 16;

/// As [`Kind::usual_values`], where only one of the two is known.
const USUAL_HOUSE_NUMBERS: f64 = 100.0;
const USUAL_STREETS: f64 = 300.0;
/// A name that more rows have than this, and more than one in so many, is nobody's typing error.
const USUAL_ROWS: u64 = 4;
const USUAL_ONE_IN: u64 = 20_000;

/// Namesakes of one family are so many years apart.
const GENERATION_YEARS: std::ops::RangeInclusive<u32> = 14..=60;

/// What comparing a pair gave.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence {
    /// The levels.
    pub pattern: Pattern,
    /// Bits by which the values that agree are rare among strangers.
    pub rarity: f32,
    /// The same, of the values that household mates do not share.
    pub rarity_of_mates: f32,
}

/// Compares rows of one preparation.
#[derive(Debug)]
pub struct Comparer<'a> {
    prepared: &'a Prepared,
    kinds: Vec<Kind>,
    first_sets: Vec<&'static [u16]>,
    sketches: Sketches,
    alike: [Memo; 2],
}

#[derive(Debug)]
struct Sketches {
    first: Vec<Sketch>,
    middle: Vec<Sketch>,
    last: Vec<Sketch>,
    street: Vec<Sketch>,
}

impl<'a> Comparer<'a> {
    /// A comparer for the comparisons that the data allow.
    #[must_use]
    pub fn new(prepared: &'a Prepared, kinds: Vec<Kind>) -> Self {
        let names = &prepared.values.first;
        let numbers = 0..u32::try_from(names.len()).expect("numbers are 32 bits");
        let table = nicknames();
        let first_sets = numbers.map(|name| table.set(names.text(name))).collect();
        let alike = [names, &prepared.values.last].map(|names| Memo::new(names.len()));
        let values = &prepared.values;
        let [first, middle, last, street] =
            [&values.first, &values.middle, &values.last, &values.street].map(Sketch::all);
        Self { prepared, kinds, first_sets, sketches: Sketches { first, middle, last, street }, alike }
    }

    /// The comparisons, in the pattern's order.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Compares a row of the left side with a row of the base.
    #[must_use]
    pub fn compare(&self, left: usize, right: usize) -> Evidence {
        self.compare_with(self.prepared.left_row(left), self.prepared.base_row(right), |_, _, _| {})
    }

    /// Whether the birth dates of two rows contradict each other: whole ones that no typing error relates, a generation apart,
    /// as namesakes of one family are. None where one is not whole, or is the first of January, which stands for many that are
    /// not known.
    #[must_use]
    pub fn births(&self, left: usize, right: usize) -> Option<bool> {
        let births = [self.prepared.left[left].birth, self.prepared.base()[right].birth];
        let whole = |birth: u32| !birth.is_multiple_of(100) && birth % 10_000 != 101;
        births.iter().all(|birth| whole(*birth)).then(|| {
            GENERATION_YEARS.contains(&(births[0] / 10_000).abs_diff(births[1] / 10_000))
                && date::level(births[0], births[1]) == birth::DIFFERENT
        })
    }

    /// Compares two rows of the base.
    #[must_use]
    pub fn compare_in_base(&self, one: usize, other: usize) -> Evidence {
        self.compare_with(self.prepared.base_row(one), self.prepared.base_row(other), |_, _, _| {})
    }

    /// Compares any two rows and tells each comparison's place, level and rarity in bits; comparisons with a missing value
    /// are not told.
    pub fn compare_with(
        &self,
        (a, a_plain): (&Row, &[u32]),
        (b, b_plain): (&Row, &[u32]),
        mut tell: impl FnMut(usize, u8, f64),
    ) -> Evidence {
        let first = self.first(a, b);
        let address = if a.street | a.house == 0 || b.street | b.house == 0 { 0 } else { self.address(a, b) };
        let same_address = matches!(address, address::EXACT..=address::NUMBER_NEAR);
        let city = self.city(a, b, same_address);
        let same_city = matches!(city, 1 | 2 | 4 | 5);
        let mut evidence = Evidence::default();
        let (mut last_level, mut zip) = (0, 0);
        for (place, kind) in self.kinds.iter().enumerate() {
            let level = match kind {
                Kind::First => first,
                Kind::Middle => self.middle(a, b, first),
                Kind::Last => {
                    last_level = self.last(a, b, first);
                    last_level
                }
                Kind::Suffix => suffix(a, b),
                Kind::Birth => date::level(a.birth, b.birth),
                Kind::Sex => sex(a, b, first),
                Kind::Address => address,
                Kind::Unit => self.unit(a, b, address),
                Kind::City => city,
                Kind::Zip => {
                    zip = self.zip(a, b, same_city);
                    zip
                }
                Kind::State => state(a, b, same_city || matches!(zip, 1 | 2 | 4 | 5)),
                Kind::Phone => self.phone(a, b),
                Kind::Email => self.email(a, b, first, last_level),
                Kind::Plain(number) => self.plain(*number, a_plain[*number], b_plain[*number]),
                Kind::Dependent { plain, on } => {
                    let level = self.plain(*plain, a_plain[*plain], b_plain[*plain]);
                    let other = evidence.pattern.level(*on);
                    match (level, other) {
                        (0, _) | (_, 0) => level,
                        // Nearly equal, and the column that follows is nearly equal with it.
                        _ if self.kinds[*on].is_near(other) => 0,
                        _ if self.kinds[*on].is_equal(other) => level + DEPENDENT_GROUP,
                        _ => level + 2 * DEPENDENT_GROUP,
                    }
                }
            };
            if level == 0 {
                continue;
            }
            evidence.pattern.0 |= u64::from(level) << (place * 4);
            if kind.levels()[usize::from(level) - 1].by_value {
                let frequency = self.frequency(*kind, level, a, a_plain).clamp(1e-9, 1.0);
                let bits = bits_of(frequency);
                evidence.rarity += narrow(bits);
                if !kind.is_shared() {
                    let beyond = match kind {
                        Kind::Middle if first == first::EXACT => MIDDLE_OF_NAMESAKES,
                        Kind::Birth if matches!(first, first::EXACT | first::NICKNAME) => BIRTH_OF_NAMESAKES,
                        _ => kind.mates_beyond_chance(),
                    };
                    evidence.rarity_of_mates += narrow(-(frequency + beyond).min(1.0).log2());
                }
                tell(place, level, bits);
            } else {
                tell(place, level, 0.0);
            }
        }
        evidence
    }

    /// Tells each comparison's place and the bits of its value's rarity, of a pair whose levels are known: as
    /// [`Self::compare_with`] does, without comparing once more.
    pub fn rarity(&self, pattern: Pattern, left: usize, mut tell: impl FnMut(usize, f64)) {
        let (row, plain) = self.prepared.left_row(left);
        for (place, kind) in self.kinds.iter().enumerate() {
            let level = pattern.level(place);
            if level != 0 && level_of(*kind, level).by_value {
                tell(place, bits_of(self.frequency(*kind, level, row, plain)));
            }
        }
    }

    /// The chance that a stranger has the value on which the pair agrees.
    fn frequency(&self, kind: Kind, level: u8, row: &Row, plain: &[u32]) -> f64 {
        let values = &self.prepared.values;
        let usual = kind.usual_values();
        match kind {
            Kind::First => values.first.frequency(row.first, usual),
            Kind::Middle => values.middle.frequency(row.middle, usual),
            Kind::Last => values.last.frequency(row.last, usual),
            Kind::Birth if level == 1 => self.prepared.birth_frequency(row.birth),
            Kind::Birth => 0.02,
            Kind::Address => match level {
                address::EXACT => values.address.frequency(row.address, usual),
                address::ONLY_NUMBER => values.house.frequency(row.house, USUAL_HOUSE_NUMBERS),
                _ => values.street.frequency(row.street, USUAL_STREETS),
            },
            Kind::Unit => values.unit.frequency(row.unit, usual),
            Kind::City => values.city.frequency(row.city, usual),
            Kind::Zip if level == 1 => {
                let city = values.city.frequency(row.city, Kind::City.usual_values());
                (values.zip.frequency(row.zip, usual) / city).min(0.9)
            }
            Kind::Zip => values.zip.frequency(row.zip, usual),
            Kind::State => values.state.frequency(row.state, usual),
            Kind::Phone => values.phone.frequency(row.phone, usual),
            Kind::Email => values.email.frequency(row.email, usual),
            Kind::Plain(number) | Kind::Dependent { plain: number, .. } => {
                values.plain[number].frequency(plain[number], usual)
            }
            Kind::Suffix | Kind::Sex => 1.0,
        }
    }

    fn first(&self, a: &Row, b: &Row) -> u8 {
        if a.first == b.first && a.first != 0 {
            return first::EXACT;
        }
        let values = &self.prepared.values;
        let firsts = [a.first, b.first].map(|name| self.sketches.first[name as usize]);
        let lasts = [a.last, b.last].map(|name| self.sketches.last[name as usize]);
        // What changed places may leave one of the two empty.
        let crossed = |(first, sketch): (u32, Sketch), (last, other): (u32, Sketch)| {
            sketch == other
                && !sketch.is_initial()
                && first != 0
                && values.first.bytes(first) == values.last.bytes(last)
        };
        let one = crossed((a.first, firsts[0]), (b.last, lasts[1]));
        let other = crossed((b.first, firsts[1]), (a.last, lasts[0]));
        if (one && (other || b.first == 0 || a.last == 0) || other && (a.first == 0 || b.last == 0))
            && !(a.last == b.last && a.last != 0)
        {
            return first::SWAPPED;
        }
        if a.first == 0 || b.first == 0 {
            return 0;
        }
        let names = || [a.first, b.first].map(|name| values.first.bytes(name));
        if firsts[0].may_have_the_same_letters(firsts[1]) && same_letters(names()) {
            return first::EXACT;
        }
        if share(self.first_sets[a.first as usize], self.first_sets[b.first as usize]) {
            return first::NICKNAME;
        }
        if firsts[0].is_initial() || firsts[1].is_initial() {
            let [x, y] = names();
            return if x[0] == y[0] { first::INITIAL } else { first::DIFFERENT };
        }
        if firsts[0].may_be_alike(firsts[1]) {
            match self.alike[0].get(a.first, b.first, || names_alike(names())) {
                2 if is_usual(&values.first, a.first) && is_usual(&values.first, b.first) => {
                    return first::NEAR_USUAL;
                }
                2 => return first::NEAR,
                1 => return first::ALIKE,
                _ => {}
            }
        }
        if (firsts[0].has_blank() || firsts[1].has_blank()) && part_equal(names()) {
            return first::PART;
        }
        let is_middle = |name: u32, sketch: Sketch, middle: u32| {
            middle != 0
                && self.sketches.middle[middle as usize].may_have_the_same_letters(sketch)
                && same_letters([values.middle.bytes(middle), values.first.bytes(name)])
        };
        if is_middle(a.first, firsts[0], b.middle) || is_middle(b.first, firsts[1], a.middle) {
            return first::MIDDLE;
        }
        first::DIFFERENT
    }

    fn middle(&self, a: &Row, b: &Row, first: u8) -> u8 {
        if a.middle == 0 || b.middle == 0 || matches!(first, first::MIDDLE | first::SWAPPED) {
            return 0;
        }
        if a.middle == b.middle {
            return 1;
        }
        let sketches = [a.middle, b.middle].map(|name| self.sketches.middle[name as usize]);
        let names = || [a.middle, b.middle].map(|name| self.prepared.values.middle.bytes(name));
        if sketches[0].may_have_the_same_letters(sketches[1]) && same_letters(names()) {
            return 1;
        }
        if sketches[0].is_initial() || sketches[1].is_initial() {
            let [x, y] = names();
            return if x[0] == y[0] { 2 } else { 4 };
        }
        if sketches[0].may_be_alike(sketches[1]) && names_alike(names()) == 2 { 3 } else { 4 }
    }

    fn last(&self, a: &Row, b: &Row, first: u8) -> u8 {
        if a.last == 0 || b.last == 0 || first == first::SWAPPED {
            return 0;
        }
        if a.last == b.last {
            return 1;
        }
        let all = &self.prepared.values.last;
        let sketches = [a.last, b.last].map(|name| self.sketches.last[name as usize]);
        let names = || [a.last, b.last].map(|name| all.bytes(name));
        if sketches[0].may_have_the_same_letters(sketches[1]) && same_letters(names()) {
            return 1;
        }
        if sketches[0].has_blank() || sketches[1].has_blank() {
            let word = |name: &[u8], other: &[u8]| {
                other.contains(&b' ')
                    && other.split(|byte| *byte == b' ').any(|word| word == name && word.len() > 2)
            };
            let [x, y] = names();
            if word(x, y) || word(y, x) {
                return 2;
            }
        }
        let alike = if sketches[0].may_be_alike(sketches[1]) {
            self.alike[1].get(a.last, b.last, || names_alike(names()))
        } else {
            0
        };
        match alike {
            2 if is_usual(all, a.last) && is_usual(all, b.last) => 7,
            2 => 3,
            1 => 4,
            _ if a.sex == b'F' && b.sex != b'M' || b.sex == b'F' && a.sex != b'M' => 5,
            _ => 6,
        }
    }

    fn address(&self, a: &Row, b: &Row) -> u8 {
        if a.address != 0 && a.address == b.address {
            return address::EXACT;
        }
        let values = &self.prepared.values;
        let numbers = a.house != 0 && b.house != 0;
        if a.street == 0 || b.street == 0 {
            if !numbers {
                return 0;
            }
            return if a.house == b.house { address::ONLY_NUMBER } else { address::ONLY_NUMBER_DIFFERENT };
        }
        let street = if a.street == b.street {
            2
        } else if self.sketches.street[a.street as usize]
            .may_be_within(self.sketches.street[b.street as usize], STREET_ERRORS_MAX)
        {
            streets_alike(values.street.bytes(a.street), values.street.bytes(b.street))
        } else {
            0
        };
        if street == 0 {
            let crossed = |street: u32, unit: u32| {
                let street = || values.street.bytes(street);
                unit != 0 && street().len() > 3 && typing_errors(street(), values.unit.bytes(unit), 2) <= 2
            };
            if crossed(a.street, b.unit) || crossed(b.street, a.unit) {
                return address::CROSSED;
            }
        }
        if !numbers {
            return match street {
                2 => address::ONLY_STREET,
                1 => address::ONLY_STREET_NEAR,
                _ => address::ONLY_STREET_DIFFERENT,
            };
        }
        let same = a.house == b.house;
        match (street, same) {
            (2, false) => {
                let (x, y) = (values.house.bytes(a.house), values.house.bytes(b.house));
                if x.len().max(y.len()) > 1 && typing_errors(x, y, 1) <= 1 {
                    address::NUMBER_NEAR
                } else {
                    address::STREET
                }
            }
            (1, true) => address::NEAR,
            (1, false) => address::STREET_NEAR,
            (_, true) => address::NUMBER,
            (_, false) => address::DIFFERENT,
        }
    }

    fn unit(&self, a: &Row, b: &Row, address: u8) -> u8 {
        if a.unit == 0 || b.unit == 0 || address == address::CROSSED {
            return 0;
        }
        let group = if matches!(address, address::EXACT..=address::NUMBER_NEAR) { 0 } else { 3 };
        let units = &self.prepared.values.unit;
        group
            + if a.unit == b.unit {
                1
            } else {
                3 - u8::from(streets_alike(units.bytes(a.unit), units.bytes(b.unit)) > 0)
            }
    }

    fn city(&self, a: &Row, b: &Row, same_address: bool) -> u8 {
        if a.city == 0 || b.city == 0 {
            return 0;
        }
        let group = if same_address { 0 } else { 3 };
        let cities = &self.prepared.values.city;
        group
            + if a.city == b.city {
                1
            } else {
                3 - u8::from(streets_alike(cities.bytes(a.city), cities.bytes(b.city)) > 0)
            }
    }

    fn zip(&self, a: &Row, b: &Row, same_city: bool) -> u8 {
        if a.zip == 0 || b.zip == 0 {
            return 0;
        }
        let group = if same_city { 0 } else { 3 };
        if a.zip == b.zip {
            return group + 1;
        }
        let zips = &self.prepared.values.zip;
        let (x, y) = (zips.bytes(a.zip), zips.bytes(b.zip));
        if typing_errors(x, y, 1) <= 1 {
            return group + 2;
        }
        if same_city {
            return 3;
        }
        let region = x.len() > 4 && y.len() > 4 && x[..3] == y[..3]
            || x.len() == 4 && y.len() == 4 && x[..2] == y[..2];
        if region { 6 } else { 7 }
    }

    fn phone(&self, a: &Row, b: &Row) -> u8 {
        if a.phone == 0 || b.phone == 0 {
            return 0;
        }
        if a.phone == b.phone {
            return 1;
        }
        // Their digits are at hand, the texts are not.
        if digits_apart(a.phone_digits, b.phone_digits) > 2 {
            return 3;
        }
        let phones = &self.prepared.values.phone;
        if typing_errors(phones.bytes(a.phone), phones.bytes(b.phone), 1) <= 1 { 2 } else { 3 }
    }

    fn email(&self, a: &Row, b: &Row, first: u8, last_level: u8) -> u8 {
        if a.email == 0 || b.email == 0 {
            return 0;
        }
        let last_alike = !matches!(last_level, 0 | last::ALIKE) && !last::DIFFERENT.contains(&last_level);
        let group = match (last_alike, first) {
            (_, first::SWAPPED) => 2,
            (true, first::ALIKE | first::DIFFERENT | first::MIDDLE) => 1,
            (true, _) => 2,
            (false, first::ALIKE | first::DIFFERENT | first::MIDDLE) => 0,
            // Nothing is known of the surnames, or one has married.
            (false, _) => u8::from(last_level == 0),
        };
        group * email::GROUP
            + if a.email == b.email { email::EXACT } else { self.emails_alike(a.email, b.email) }
    }

    fn emails_alike(&self, one: u32, other: u32) -> u8 {
        let emails = &self.prepared.values.email;
        let (x, y) = (emails.bytes(one), emails.bytes(other));
        let name = |email: &'a [u8]| email.split(|byte| *byte == b'@').next().unwrap_or_default();
        if name(x).len() > 3 && name(x) == name(y) {
            return email::OTHER_PROVIDER;
        }
        let errors = typing_errors(x, y, 4);
        if errors <= 1
            && x.iter().filter(|byte| byte.is_ascii_digit()).eq(y.iter().filter(|byte| byte.is_ascii_digit()))
        {
            return email::NEAR;
        }
        // `jperez32` and `jperez69` are two people's.
        if errors <= 2 + usize::from(x.len() > 16) + usize::from(x.len() > 24) {
            email::ALIKE
        } else {
            email::DIFFERENT
        }
    }

    fn plain(&self, number: usize, a: u32, b: u32) -> u8 {
        if a == 0 || b == 0 {
            return 0;
        }
        if a == b {
            return 1;
        }
        let values = &self.prepared.values.plain[number];
        let (x, y) = (values.bytes(a), values.bytes(b));
        if x.len().min(y.len()) > 3 && streets_alike(x, y) > 0 { 2 } else { 3 }
    }
}

/// Whether so many rows have a name that it is no typing error.
fn is_usual(names: &Dictionary, number: u32) -> bool {
    u64::from(names.count(number)) > (names.total() / USUAL_ONE_IN).max(USUAL_ROWS)
}

fn suffix(a: &Row, b: &Row) -> u8 {
    match (a.suffix, b.suffix) {
        (0, 0) => 0,
        (x, y) if x == y => 1,
        (0, _) | (_, 0) => 2,
        // The elder of two is written `SR` or `I`, the younger `JR` or `II`.
        (1, 4) | (4, 1) | (2, 3) | (3, 2) => 0,
        _ => 3,
    }
}

fn sex(a: &Row, b: &Row, first: u8) -> u8 {
    if a.sex == 0 || b.sex == 0 {
        return 0;
    }
    let group = if matches!(first, first::EXACT..=first::PART | first::NEAR_USUAL) { 0 } else { 2 };
    group + if a.sex == b.sex { 1 } else { 2 }
}

fn state(a: &Row, b: &Row, same_place: bool) -> u8 {
    if a.state == 0 || b.state == 0 {
        return 0;
    }
    (if same_place { 0 } else { 2 }) + if a.state == b.state { 1 } else { 2 }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "bits of evidence: some tens, and a millionth more or less is nothing"
)]
fn narrow(bits: f64) -> f32 {
    bits as f32
}

fn bits_of(frequency: f64) -> f64 {
    -frequency.clamp(1e-9, 1.0).log2()
}

/// The level of a comparison by its number, which is not 0.
#[must_use]
pub fn level_of(kind: Kind, level: u8) -> &'static Level {
    &kind.levels()[usize::from(level) - 1]
}
