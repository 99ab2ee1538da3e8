//! Birth dates as decimal numbers, `YYYYMMDD`, with zeros for what is not known. Dates that no calendar has stay: a wrong
//! digit is still evidence.

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
