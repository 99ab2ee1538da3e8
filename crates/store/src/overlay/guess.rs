//! What type a column of somebody's file has. Conservative: a number with a leading zero is text, for it may be a ZIP code
//! or an id.

use super::OverlayType;
use hustings_core::phone::Phone;
use jiff::civil::Date;

/// Share of a column's values that must be of a type for the column to be.
const SHARE_MIN: f64 = 0.95;

/// A value in a column's type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Typed {
    Int(i64),
    Decimal(f64),
    Date(Date),
    Text(String),
}

impl OverlayType {
    /// The value in this type; none when it is outside the domain.
    pub(super) fn read(self, value: &str) -> Option<Typed> {
        match self {
            Self::Int => integer(value).map(Typed::Int),
            Self::Decimal => decimal(value).map(Typed::Decimal),
            Self::Date => date(value).map(Typed::Date),
            Self::Phone => Phone::parse(value).e164.map(|number| Typed::Text(number.as_str().to_owned())),
            Self::Text => Some(Typed::Text(value.to_owned())),
        }
    }
}

/// Counts what a column's values could be.
#[derive(Debug, Default, Clone)]
pub(super) struct Guess {
    filled: u64,
    integers: u64,
    decimals: u64,
    dates: u64,
    phones: u64,
    leading_zero: bool,
}

impl Guess {
    /// Looks at one value that is not blank.
    pub(super) fn see(&mut self, value: &str) {
        self.filled += 1;
        self.integers += u64::from(integer(value).is_some());
        self.decimals += u64::from(decimal(value).is_some());
        self.dates += u64::from(date(value).is_some());
        self.phones += u64::from(Phone::parse(value).e164.is_some());
        let digits = value.trim_start_matches('-');
        self.leading_zero |= digits.len() > 1 && digits.starts_with('0') && !digits.contains('.');
    }

    /// The narrowest type that nearly all values have. Ten digits are telephones only under a name that says so.
    pub(super) fn kind(&self, header: &str) -> OverlayType {
        #[expect(clippy::cast_precision_loss, reason = "a share, where the last digits do not matter")]
        let share = |count: u64| self.filled > 0 && count as f64 / self.filled as f64 >= SHARE_MIN;
        let header = header.to_ascii_lowercase();
        let named_phone =
            ["phone", "cell", "mobile", "landline", "tel"].iter().any(|word| header.contains(word));
        if share(self.phones) && (named_phone || !share(self.integers)) {
            OverlayType::Phone
        } else if share(self.dates) && !share(self.integers) {
            OverlayType::Date
        } else if self.leading_zero {
            OverlayType::Text
        } else if share(self.integers) {
            OverlayType::Int
        } else if share(self.decimals) {
            OverlayType::Decimal
        } else {
            OverlayType::Text
        }
    }
}

fn integer(value: &str) -> Option<i64> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| value.parse().ok())?
}

fn decimal(value: &str) -> Option<f64> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let plain = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().any(|byte| byte.is_ascii_digit());
    if plain { value.parse().ok() } else { None }
}

/// ISO, or month/day/year; years 1800 to 2100.
fn date(value: &str) -> Option<Date> {
    let day = value.split(['T', ' ']).next().unwrap_or(value);
    let date = if let [month, day, year] = day.split('/').collect::<Vec<_>>()[..] {
        if year.len() != 4 {
            return None;
        }
        Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?
    } else if day.len() == 10 {
        day.parse().ok()?
    } else {
        return None;
    };
    (1800..=2100).contains(&date.year()).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_guessed_conservatively() {
        let check = |header: &str, values: &[&str], expected: OverlayType| {
            let mut guess = Guess::default();
            values.iter().for_each(|value| guess.see(value));
            assert_eq!(guess.kind(header), expected, "{header}: {values:?}");
        };
        check("score", &["1", "-20", "300"], OverlayType::Int);
        check("score", &["1", "0.25", "30."], OverlayType::Decimal);
        check("zip", &["27701", "02139"], OverlayType::Text);
        check("since", &["2026-01-31", "1/2/2026"], OverlayType::Date);
        check("since", &["2026-02-30"], OverlayType::Text);
        check("cell", &["9195550123", "(919) 555-0124"], OverlayType::Phone);
        check("number", &["9195550123"], OverlayType::Int);
        check("number", &["919-555-0123"], OverlayType::Phone);
        check("note", &["yes", "1"], OverlayType::Text);
        check("empty", &[], OverlayType::Text);
        // One in forty is out of domain; one in ten makes it text.
        let mut values = vec!["7"; 39];
        values.push("n/a");
        check("score", &values, OverlayType::Int);
        check("score", &["7", "7", "7", "7", "7", "7", "7", "7", "7", "n/a"], OverlayType::Text);
    }
}
