//! The comparisons and their levels, with the shipped prior: what share of matches, of household mates and of strangers
//! is expected at each level before any data are seen.

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Given names.
    First,
    /// Middle names.
    Middle,
    /// Surnames.
    Last,
    /// Generational suffixes.
    Suffix,
    /// Birth dates.
    Birth,
    /// Sexes.
    Sex,
    /// House numbers and streets.
    Address,
    /// Units.
    Unit,
    /// Cities.
    City,
    /// Postal codes.
    Zip,
    /// States.
    State,
    /// Telephones.
    Phone,
    /// E-mail addresses.
    Email,
    /// A plain column, by its number.
    Plain(usize),
    /// A plain column that agrees more often where another comparison agrees, as a county does where the ZIP does.
    Dependent {
        /// The column's number.
        plain: usize,
        /// The place of the other comparison.
        on: usize,
    },
}

/// One level of a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// As reports name it.
    pub name: &'static str,
    /// Shares are shares within a group; which group a pair falls into is decided by other comparisons or by what is
    /// missing.
    pub group: u8,
    /// Share of the group's matches.
    pub matches: f64,
    /// Share of the group's household mates.
    pub mates: f64,
    /// Share of the group's strangers.
    pub strangers: f64,
    /// Agreement on a value: the chance among strangers is the value's frequency instead of the share.
    pub by_value: bool,
    /// Among household mates the value is shared, and not met by chance.
    pub rank: u8,
}

/// `rank` orders the levels of a group: a level's evidence is never above that of a lower rank; 0 is in no order.
const fn level(name: &'static str, group: u8, rank: u8, shares: [f64; 3]) -> Level {
    Level { name, group, matches: shares[0], mates: shares[1], strangers: shares[2], by_value: false, rank }
}

const fn value(name: &'static str, group: u8, rank: u8, shares: [f64; 3]) -> Level {
    Level { name, group, matches: shares[0], mates: shares[1], strangers: shares[2], by_value: true, rank }
}

/// Numbers of the levels of given names.
pub mod first {
    /// Equal.
    pub const EXACT: u8 = 1;
    /// One is short for the other.
    pub const NICKNAME: u8 = 2;
    /// A typing error.
    pub const NEAR: u8 = 3;
    /// One word of several is equal.
    pub const PART: u8 = 4;
    /// An initial fits.
    pub const INITIAL: u8 = 5;
    /// One's first name is the other's middle name.
    pub const MIDDLE: u8 = 6;
    /// First and last name changed places.
    pub const SWAPPED: u8 = 7;
    /// Somewhat alike.
    pub const ALIKE: u8 = 8;
    /// Different.
    pub const DIFFERENT: u8 = 9;
    /// As a typing error makes them, but both are names that many have.
    pub const NEAR_USUAL: u8 = 10;
}

const FIRST: &[Level] = &[
    value("equal", 0, 1, [0.855, 0.01, 0.005]),
    level("nickname", 0, 2, [0.04, 0.005, 0.004]),
    level("typing error", 0, 3, [0.05, 0.006, 0.004]),
    level("part equal", 0, 4, [0.008, 0.001, 0.0006]),
    level("initial fits", 0, 5, [0.008, 0.0015, 0.0012]),
    level("is the middle name", 0, 0, [0.006, 0.001, 0.001]),
    level("swapped with the last name", 0, 0, [0.008, 0.00005, 0.00005]),
    level("alike", 0, 6, [0.01, 0.02, 0.02]),
    level("different", 0, 7, [0.015, 0.955, 0.965]),
    level("a letter apart, both usual", 0, 0, [0.004, 0.006, 0.004]),
];

const MIDDLE: &[Level] = &[
    value("equal", 0, 1, [0.66, 0.02, 0.015]),
    level("initial fits", 0, 2, [0.24, 0.05, 0.05]),
    level("typing error", 0, 3, [0.04, 0.004, 0.003]),
    level("different", 0, 4, [0.06, 0.926, 0.932]),
];

const LAST: &[Level] = &[
    value("equal", 0, 1, [0.90, 0.75, 0.001]),
    level("part of a double name", 0, 2, [0.01, 0.02, 0.0003]),
    level("typing error", 0, 3, [0.045, 0.01, 0.001]),
    level("alike", 0, 4, [0.008, 0.005, 0.004]),
    level("different, female", 0, 0, [0.02, 0.11, 0.3]),
    level("different", 0, 5, [0.017, 0.105, 0.6937]),
    level("a letter apart, both usual", 0, 0, [0.004, 0.002, 0.001]),
];

/// Numbers of the levels of surnames.
pub mod last {
    /// Somewhat alike.
    pub const ALIKE: u8 = 4;
    /// Different: of a woman, who may have married, or not.
    pub const DIFFERENT: [u8; 2] = [5, 6];
    /// All but equal.
    pub const NOT_EXACT: [u8; 6] = [2, 3, 4, 5, 6, 7];
}

/// Numbers of the levels of middle names.
pub mod middle {
    /// Different.
    pub const DIFFERENT: u8 = 4;
}

/// Numbers of the levels of sexes.
pub mod sex {
    /// Another sex, although the given names are alike.
    pub const CONFLICT: u8 = 2;
    /// Another sex and another name.
    pub const CONFLICT_OTHER_NAME: u8 = 4;
}

/// Numbers of the levels of suffixes.
pub mod suffix {
    /// Different ones.
    pub const CONFLICT: u8 = 3;
}

/// Numbers of the levels of birth dates.
pub mod birth {
    /// Equal.
    pub const EXACT: u8 = 1;
    /// The years are close.
    pub const NEAR_YEAR: u8 = 7;
    /// Whole and different, without a typing error between them.
    pub const DIFFERENT: u8 = 8;
    /// Of at least one a part only is known, and the years are close.
    pub const NEAR_YEAR_AS_KNOWN: u8 = 10;
    /// Of at least one a part only is known, and it differs.
    pub const UNLIKE_AS_KNOWN: u8 = 11;
}

const SUFFIX: &[Level] = &[
    level("equal", 0, 1, [0.72, 0.01, 0.03]),
    level("one missing", 0, 0, [0.26, 0.80, 0.93]),
    level("conflict", 0, 2, [0.02, 0.19, 0.04]),
];

const BIRTH: &[Level] = &[
    value("equal", 0, 1, [0.86, 0.004, 0.00004]),
    level("day and month swapped", 0, 2, [0.012, 0.0001, 0.00003]),
    level("one digit", 0, 3, [0.05, 0.001, 0.0007]),
    level("day differs", 0, 4, [0.02, 0.002, 0.0012]),
    level("month differs", 0, 4, [0.01, 0.001, 0.0005]),
    level("year differs", 0, 4, [0.02, 0.004, 0.0025]),
    level("near year", 0, 5, [0.012, 0.12, 0.04]),
    level("different", 0, 6, [0.016, 0.87, 0.955]),
    value("equal as far as known", 1, 1, [0.90, 0.03, 0.02]),
    level("near year, rest unknown", 1, 2, [0.06, 0.10, 0.05]),
    level("different as far as known", 1, 3, [0.04, 0.87, 0.93]),
];

const SEX: &[Level] = &[
    level("equal, names alike", 0, 1, [0.99, 0.97, 0.97]),
    level("conflict, names alike", 0, 2, [0.01, 0.03, 0.03]),
    level("equal, names different", 1, 1, [0.97, 0.38, 0.5]),
    level("conflict, names different", 1, 2, [0.03, 0.62, 0.5]),
];

/// Numbers of the levels of addresses.
pub mod address {
    /// Number and street equal.
    pub const EXACT: u8 = 1;
    /// All but equal, where both are known.
    pub const NOT_EXACT: [u8; 7] = [2, 3, 4, 5, 6, 7, 8];
    /// Number equal, street with a typing error.
    pub const NEAR: u8 = 2;
    /// Street equal, number with a wrong digit.
    pub const NUMBER_NEAR: u8 = 3;
    /// One's street is the other's second line.
    pub const CROSSED: u8 = 4;
    /// Street equal.
    pub const STREET: u8 = 5;
    /// Street alike.
    pub const STREET_NEAR: u8 = 6;
    /// Number equal.
    pub const NUMBER: u8 = 7;
    /// Different.
    pub const DIFFERENT: u8 = 8;
    /// Street equal, number unknown.
    pub const ONLY_STREET: u8 = 9;
    /// Street alike, number unknown.
    pub const ONLY_STREET_NEAR: u8 = 10;
    /// Street different, number unknown.
    pub const ONLY_STREET_DIFFERENT: u8 = 11;
    /// Number equal, street unknown.
    pub const ONLY_NUMBER: u8 = 12;
    /// Number different, street unknown.
    pub const ONLY_NUMBER_DIFFERENT: u8 = 13;
}

const ADDRESS: &[Level] = &[
    value("equal", 0, 1, [0.62, 0.90, 0.00002]),
    level("street with a typing error", 0, 2, [0.07, 0.03, 0.00003]),
    level("number with a typing error", 0, 3, [0.02, 0.005, 0.0003]),
    level("lines swapped", 0, 0, [0.005, 0.0005, 0.00003]),
    value("street equal", 0, 4, [0.04, 0.01, 0.002]),
    level("street alike", 0, 5, [0.015, 0.004, 0.003]),
    level("number equal", 0, 6, [0.02, 0.0055, 0.006]),
    level("different", 0, 7, [0.21, 0.045, 0.98862]),
    value("street equal, number unknown", 1, 1, [0.62, 0.85, 0.002]),
    level("street alike, number unknown", 1, 2, [0.1, 0.03, 0.003]),
    level("street different, number unknown", 1, 3, [0.28, 0.12, 0.995]),
    value("number equal, street unknown", 2, 1, [0.72, 0.9, 0.01]),
    level("number different, street unknown", 2, 2, [0.28, 0.1, 0.99]),
];

const UNIT: &[Level] = &[
    level("equal, same address", 0, 1, [0.90, 0.93, 0.12]),
    level("typing error, same address", 0, 2, [0.04, 0.02, 0.02]),
    level("different, same address", 0, 3, [0.06, 0.05, 0.86]),
    value("equal", 1, 1, [0.45, 0.30, 0.01]),
    level("typing error", 1, 2, [0.1, 0.02, 0.02]),
    level("different", 1, 3, [0.45, 0.68, 0.97]),
];

const CITY: &[Level] = &[
    level("equal, same address", 0, 1, [0.96, 0.97, 0.6]),
    level("typing error, same address", 0, 2, [0.02, 0.01, 0.01]),
    level("different, same address", 0, 3, [0.02, 0.02, 0.39]),
    value("equal", 1, 1, [0.62, 0.90, 0.02]),
    level("typing error", 1, 2, [0.07, 0.02, 0.002]),
    level("different", 1, 3, [0.31, 0.08, 0.978]),
];

const ZIP: &[Level] = &[
    value("equal, same city", 0, 1, [0.88, 0.95, 0.25]),
    level("typing error, same city", 0, 2, [0.05, 0.01, 0.15]),
    level("different, same city", 0, 3, [0.07, 0.04, 0.60]),
    value("equal", 1, 1, [0.62, 0.90, 0.004]),
    level("typing error", 1, 2, [0.06, 0.01, 0.006]),
    level("same region", 1, 3, [0.08, 0.03, 0.03]),
    level("different", 1, 4, [0.24, 0.06, 0.96]),
];

const STATE: &[Level] = &[
    level("equal, same place", 0, 1, [0.995, 0.998, 0.985]),
    level("different, same place", 0, 2, [0.005, 0.002, 0.015]),
    value("equal", 1, 1, [0.90, 0.97, 0.25]),
    level("different", 1, 2, [0.10, 0.03, 0.75]),
];

const PHONE: &[Level] = &[
    value("equal", 0, 1, [0.55, 0.22, 0.000001]),
    level("one digit", 0, 2, [0.02, 0.003, 0.0001]),
    level("different", 0, 3, [0.43, 0.777, 0.9999]),
];

/// Numbers of the levels of e-mail addresses.
pub mod email {
    /// So many levels has each group: names unlike, surnames alike, names alike.
    pub const GROUP: u8 = 5;
    /// Equal.
    pub const EXACT: u8 = 1;
    /// What stands before the `@` is equal.
    pub const OTHER_PROVIDER: u8 = 2;
    /// One letter.
    pub const NEAR: u8 = 3;
    /// Few letters or digits.
    pub const ALIKE: u8 = 4;
    /// Different.
    pub const DIFFERENT: u8 = 5;
}

/// For each of: names unlike, surnames alike, names alike. Addresses are made of names, so that those of namesakes are alike.
const EMAIL: &[Level] = &[
    value("equal", 0, 1, [0.60, 0.04, 0.000001]),
    level("same name, other provider", 0, 2, [0.04, 0.002, 0.0001]),
    level("typing error", 0, 2, [0.05, 0.001, 0.00003]),
    level("alike", 0, 3, [0.03, 0.001, 0.00007]),
    level("different", 0, 4, [0.28, 0.956, 0.9998]),
    value("equal, surnames alike", 1, 1, [0.60, 0.04, 0.000001]),
    level("same name, other provider, surnames alike", 1, 2, [0.04, 0.005, 0.002]),
    level("typing error, surnames alike", 1, 2, [0.05, 0.006, 0.002]),
    level("alike, surnames alike", 1, 3, [0.03, 0.02, 0.01]),
    level("different, surnames alike", 1, 4, [0.28, 0.929, 0.986]),
    value("equal, names alike", 2, 1, [0.60, 0.04, 0.000001]),
    level("same name, other provider, names alike", 2, 2, [0.04, 0.04, 0.03]),
    level("typing error, names alike", 2, 2, [0.05, 0.04, 0.03]),
    level("alike, names alike", 2, 3, [0.03, 0.1, 0.1]),
    level("different, names alike", 2, 4, [0.28, 0.78, 0.84]),
];

const PLAIN: &[Level] = &[
    value("equal", 0, 1, [0.75, 0.2, 0.05]),
    level("typing error", 0, 2, [0.08, 0.02, 0.01]),
    level("different", 0, 3, [0.17, 0.78, 0.94]),
];

/// As [`PLAIN`], for each of: nothing is known of what it depends on, that agrees, that differs.
const DEPENDENT: &[Level] = &[
    value("equal", 0, 1, [0.75, 0.2, 0.05]),
    level("typing error", 0, 2, [0.08, 0.02, 0.01]),
    level("different", 0, 3, [0.17, 0.78, 0.94]),
    level("equal, follows", 1, 1, [0.92, 0.80, 0.60]),
    level("typing error, where it should follow", 1, 2, [0.03, 0.02, 0.02]),
    level("different, where it should follow", 1, 3, [0.05, 0.18, 0.38]),
    value("equal all the same", 2, 1, [0.60, 0.2, 0.05]),
    level("typing error all the same", 2, 2, [0.08, 0.02, 0.01]),
    level("different as well", 2, 3, [0.32, 0.78, 0.94]),
];

/// How often two household mates of one given name have one middle name: a father and his son.
pub const MIDDLE_OF_NAMESAKES: f64 = 0.5;

/// How often two household mates of one given name have one birth date: twins have two names.
pub const BIRTH_OF_NAMESAKES: f64 = 0.0003;

/// How many levels a group of [`DEPENDENT`] has.
pub const DEPENDENT_GROUP: u8 = 3;

impl Kind {
    /// Whether a level says that the two values are equal.
    #[must_use]
    pub fn is_equal(self, level: u8) -> bool {
        match self {
            Self::Sex | Self::State => matches!(level, 1 | 3),
            Self::Email => level % email::GROUP == email::EXACT,
            Self::Unit | Self::City | Self::Zip => matches!(level, 1 | 4),
            Self::Dependent { .. } => matches!(level, 1 | 4 | 7),
            _ => level == 1,
        }
    }

    /// Whether a level of a plain column says that the two values differ by a typing error.
    #[must_use]
    pub fn is_near(self, level: u8) -> bool {
        self.plain().is_some() && level % DEPENDENT_GROUP == 2
    }

    /// The number of a plain column.
    #[must_use]
    pub fn plain(self) -> Option<usize> {
        match self {
            Self::Plain(number) | Self::Dependent { plain: number, .. } => Some(number),
            _ => None,
        }
    }

    /// The levels; a pair's level is a place in this list plus 1, and 0 says that a value is missing.
    #[must_use]
    pub fn levels(self) -> &'static [Level] {
        match self {
            Self::First => FIRST,
            Self::Middle => MIDDLE,
            Self::Last => LAST,
            Self::Suffix => SUFFIX,
            Self::Birth => BIRTH,
            Self::Sex => SEX,
            Self::Address => ADDRESS,
            Self::Unit => UNIT,
            Self::City => CITY,
            Self::Zip => ZIP,
            Self::State => STATE,
            Self::Phone => PHONE,
            Self::Email => EMAIL,
            Self::Plain(_) => PLAIN,
            Self::Dependent { .. } => DEPENDENT,
        }
    }

    /// Whether household mates share the value, so that its rarity says nothing about which of them it is.
    #[must_use]
    pub fn is_shared(self) -> bool {
        matches!(
            self,
            Self::Last
                | Self::Address
                | Self::Unit
                | Self::City
                | Self::Zip
                | Self::State
                | Self::Phone
                | Self::Plain(_)
                | Self::Dependent { .. }
        )
    }

    /// How often two household mates have the same value beyond chance: namesakes, twins. Namesakes share the middle name, too, and
    /// no birth date: see [`MIDDLE_OF_NAMESAKES`] and [`BIRTH_OF_NAMESAKES`].
    #[must_use]
    pub fn mates_beyond_chance(self) -> f64 {
        match self {
            Self::First => 0.005,
            Self::Middle => 0.01,
            Self::Birth => 0.01,
            Self::Email => 0.04,
            _ => 0.0,
        }
    }

    /// How many values, about equally frequent, the field usually has: what is known of rarity before any rows are seen.
    #[must_use]
    pub fn usual_values(self) -> f64 {
        match self {
            Self::First => 150.0,
            Self::Middle => 100.0,
            Self::Last => 500.0,
            Self::Birth => 3000.0,
            Self::Address => 5000.0,
            Self::Unit | Self::City => 50.0,
            Self::Zip => 200.0,
            Self::State => 4.0,
            Self::Phone | Self::Email => 50_000.0,
            Self::Plain(_) | Self::Dependent { .. } => 20.0,
            Self::Suffix | Self::Sex => 2.0,
        }
    }

    /// The word in reports and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first_name",
            Self::Middle => "middle_name",
            Self::Last => "last_name",
            Self::Suffix => "suffix",
            Self::Birth => "dob",
            Self::Sex => "sex",
            Self::Address => "address",
            Self::Unit => "unit",
            Self::City => "city",
            Self::Zip => "zip",
            Self::State => "state",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Plain(_) | Self::Dependent { .. } => "plain",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_group_add_up() {
        let kinds = [
            Kind::First,
            Kind::Middle,
            Kind::Last,
            Kind::Suffix,
            Kind::Birth,
            Kind::Sex,
            Kind::Address,
            Kind::Unit,
            Kind::City,
            Kind::Zip,
            Kind::State,
            Kind::Phone,
            Kind::Email,
            Kind::Plain(0),
            Kind::Dependent { plain: 0, on: 0 },
        ];
        for kind in kinds {
            let levels = kind.levels();
            assert!(levels.len() < 16, "a level takes four bits");
            for group in 0..3 {
                let share = |of: fn(&Level) -> f64| {
                    levels.iter().filter(|level| level.group == group).map(of).sum::<f64>()
                };
                for sum in
                    [share(|level| level.matches), share(|level| level.mates), share(|level| level.strangers)]
                {
                    assert!(sum == 0.0 || (sum - 1.0).abs() < 0.02, "{kind:?} {group} {sum}");
                }
            }
        }
    }
}
