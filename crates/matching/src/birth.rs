//! Birth dates as decimal numbers, `YYYYMMDD`, with zeros for what is not known. Dates that no calendar has stay: a wrong
//! digit is still evidence.

use crate::similarity::typing_errors;

/// Reads a date: ISO, `YYYYMMDD`, `m/d/Y` (or `d/m/Y` where the first number is no month), `Y/m/d`, a year alone. 0 for
/// none. A time of day behind it is left out.
///
/// ```
/// use hustings_matching::birth::parse;
/// assert_eq!(parse("1971-06-24"), 19_710_624);
/// assert_eq!(parse("6/4/1971"), 19_710_604);
/// assert_eq!(parse("24.06.1971 00:00:00"), 19_710_624);
/// assert_eq!(parse("1971"), 19_710_000);
/// assert_eq!(parse("unknown"), 0);
/// ```
#[must_use]
pub fn parse(text: &str) -> u32 {
    let text = text.trim();
    let text = text.split(['T', ' ']).next().unwrap_or_default();
    let mut numbers = [(0_u32, 0_usize); 3];
    let mut count = 0;
    for part in text.split(['-', '/', '.']) {
        if count == 3 || part.is_empty() || part.len() > 8 {
            return 0;
        }
        let Ok(number) = part.parse::<u32>() else { return 0 };
        numbers[count] = (number, part.len());
        count += 1;
    }
    match (count, numbers) {
        (1, [(number, 8), ..]) => of_parts(number / 10_000, number / 100 % 100, number % 100),
        (1, [(number, 4), ..]) => of_parts(number, 0, 0),
        (2, [(year, 4), (month, 1..=2), _]) | (2, [(month, 1..=2), (year, 4), _]) => of_parts(year, month, 0),
        (3, [(year, 4), (month, 1..=2), (day, 1..=2)]) => of_parts(year, month, day),
        (3, [(first, 1..=2), (second, 1..=2), (year, 4)]) => {
            if first > 12 && second <= 12 {
                of_parts(year, second, first)
            } else {
                of_parts(year, first, second)
            }
        }
        _ => 0,
    }
}

/// The number of a date in its parts; zeros for what is not known. 0 without a year.
#[must_use]
pub fn of_parts(year: u32, month: u32, day: u32) -> u32 {
    if !(1000..=9999).contains(&year) || month > 99 || day > 99 {
        return 0;
    }
    let day = if month == 0 { 0 } else { day };
    year * 10_000 + month * 100 + day
}

/// Year, month, day.
#[must_use]
pub fn parts(birth: u32) -> (u32, u32, u32) {
    (birth / 10_000, birth / 100 % 100, birth % 100)
}

/// The date with the smaller of month and day first, so that swapped ones are equal.
#[must_use]
pub fn unordered(birth: u32) -> u32 {
    let (year, month, day) = parts(birth);
    year * 10_000 + month.min(day) * 100 + month.max(day)
}

/// Which level of [`crate::level::Kind::Birth`] two dates are at.
pub(crate) fn level(a: u32, b: u32) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    let (x, y) = (parts(a), parts(b));
    let near_year = matches!(x.0.abs_diff(y.0), 1 | 2 | 10);
    if x.1 == 0 || y.1 == 0 || x.2 == 0 || y.2 == 0 {
        let months = x.1 == y.1 || x.1 == 0 || y.1 == 0;
        return match (x.0 == y.0, months) {
            (true, true) => 9,
            (true, false) => 11,
            _ if near_year => 10,
            _ => 11,
        };
    }
    if a == b {
        return 1;
    }
    if unordered(a) == unordered(b) {
        return 2;
    }
    let (digits_a, digits_b) = (digits(a), digits(b));
    if typing_errors(&digits_a, &digits_b, 1) <= 1 {
        return 3;
    }
    match (x.0 == y.0, x.1 == y.1, x.2 == y.2) {
        (true, true, _) => 4,
        (true, _, true) => 5,
        (_, true, true) => 6,
        (true, ..) => 7,
        _ if near_year && (x.1 == y.1 || x.2 == y.2) => 7,
        _ => 8,
    }
}

fn digits(number: u32) -> [u8; 8] {
    let mut digits = [b'0'; 8];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).expect("a digit");
        rest /= 10;
    }
    digits
}
