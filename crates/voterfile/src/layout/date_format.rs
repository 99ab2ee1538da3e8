//! Dates as states write them: a small, fast reading of the strptime forms that layouts use.

use jiff::civil::Date;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    ShortYear,
    Month,
    MonthName,
    Day,
    /// Hours, minutes, seconds and fractions: read over.
    Ignored,
    Literal(u8),
}

/// Years outside are no dates of a voter: they tell `%Y%m%d` from `%m%d%Y`.
const YEAR_MIN: i16 = 1800;
const YEAR_MAX: i16 = 2100;

/// A compiled strptime form: `%Y %m %d %y %B %H %M %S` and literal bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat {
    parts: Vec<Part>,
}

impl DateFormat {
    /// Compiles a form.
    ///
    /// # Errors
    /// One sentence, when the form has another directive than those above or lacks a year.
    pub fn new(form: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut bytes = form.bytes();
        while let Some(byte) = bytes.next() {
            if byte != b'%' {
                parts.push(Part::Literal(byte));
                continue;
            }
            parts.push(match bytes.next() {
                Some(b'Y') => Part::Year,
                Some(b'y') => Part::ShortYear,
                Some(b'm') => Part::Month,
                Some(b'B') => Part::MonthName,
                Some(b'd') => Part::Day,
                Some(b'H' | b'M' | b'S' | b'f') => Part::Ignored,
                Some(other) => {
                    return Err(format!(
                        "`%{}` is no part of a date form: expected %Y, %y, %m, %B, %d, %H, %M or %S",
                        char::from(other)
                    ));
                }
                None => return Err("a date form cannot end with `%`".to_owned()),
            });
        }
        if parts.iter().any(|part| matches!(part, Part::Year | Part::ShortYear)) {
            Ok(Self { parts })
        } else {
            Err(format!("the date form `{form}` has no year: expected %Y or %y"))
        }
    }

    /// Whether it gives year, month and day.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.parts.contains(&Part::Day)
    }

    /// Reads a date; the parts that the form lacks are 1. Days and months may lack their leading zero between
    /// literals. Two-digit years are read as 1970 to 2069: the caller knows better for birth dates.
    #[must_use]
    pub fn parse(&self, text: &str) -> Option<Date> {
        let mut rest = text.trim().as_bytes();
        let (mut year, mut month, mut day) = (None, 1, 1);
        for (at, part) in self.parts.iter().enumerate() {
            let separated = |neighbor: Option<&Part>| matches!(neighbor, None | Some(Part::Literal(_)));
            let open = separated(self.parts.get(at + 1))
                && separated(at.checked_sub(1).and_then(|at| self.parts.get(at)));
            match part {
                Part::Year => year = Some(i16::try_from(number(&mut rest, 4, 4)?).ok()?),
                Part::ShortYear => {
                    let short = i16::try_from(number(&mut rest, 2, 2)?).ok()?;
                    year = Some(if short < 70 { 2000 + short } else { 1900 + short });
                }
                Part::Month => month = i8::try_from(number(&mut rest, if open { 1 } else { 2 }, 2)?).ok()?,
                Part::Day => day = i8::try_from(number(&mut rest, if open { 1 } else { 2 }, 2)?).ok()?,
                Part::MonthName => month = month_name(&mut rest)?,
                Part::Ignored => {
                    number(&mut rest, 1, 9)?;
                }
                Part::Literal(byte) => {
                    let (first, tail) = rest.split_first()?;
                    if !first.eq_ignore_ascii_case(byte) {
                        return None;
                    }
                    rest = tail;
                }
            }
        }
        let year = year.filter(|year| rest.is_empty() && (YEAR_MIN..=YEAR_MAX).contains(year))?;
        Date::new(year, month, day).ok()
    }
}

fn number(rest: &mut &[u8], fewest: usize, most: usize) -> Option<u32> {
    let digits = rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    if digits < fewest {
        return None;
    }
    let (head, tail) = rest.split_at(digits);
    *rest = tail;
    Some(head.iter().fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0')))
}

const MONTHS: [&str; 12] = [
    "JANUARY",
    "FEBRUARY",
    "MARCH",
    "APRIL",
    "MAY",
    "JUNE",
    "JULY",
    "AUGUST",
    "SEPTEMBER",
    "OCTOBER",
    "NOVEMBER",
    "DECEMBER",
];

fn month_name(rest: &mut &[u8]) -> Option<i8> {
    for (name, month) in MONTHS.iter().zip(1..) {
        let found = rest.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes()));
        if found {
            *rest = &rest[name.len()..];
            return Some(month);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_form_and_nothing_else() {
        let check = |form: &str, text: &str, expected: Option<&str>| {
            let found = DateFormat::new(form).unwrap().parse(text).map(|date| date.to_string());
            assert_eq!(found.as_deref(), expected, "`{text}` as {form}");
        };
        check("%m/%d/%Y", "03/05/2024", Some("2024-03-05"));
        check("%m/%d/%Y", "3/5/2024", Some("2024-03-05"));
        check("%m/%d/%Y", " 11/03/2020 ", Some("2020-11-03"));
        check("%m/%d/%Y", "02/30/2024", None);
        check("%m/%d/%Y", "03/05/24", None);
        check("%m/%d/%Y", "03/05/2024x", None);
        check("%m/%d/%Y", "##/##/####", None);
        check("%m/%d/%Y", "", None);
        check("%Y%m%d", "20241105", Some("2024-11-05"));
        check("%Y%m%d", "2024115", None);
        check("%m%d%Y", "11052024", Some("2024-11-05"));
        check("%Y%m%d", "11052024", None);
        check("%Y", "1987", Some("1987-01-01"));
        check("%m/%d/%y", "11/05/24", Some("2024-11-05"));
        check("%m/%d/%y", "11/05/84", Some("1984-11-05"));
        check("%Y-%m-%d %H:%M:%S", "2024-11-05 00:00:00", Some("2024-11-05"));
        check("%B%Y", "November2024", Some("2024-11-01"));
        check("%B%Y", "NOVEMBER2024", Some("2024-11-01"));
        check("%B%Y", "Smarch2024", None);
    }

    #[test]
    fn a_form_that_is_no_date_is_refused_with_the_reason() {
        assert_eq!(
            DateFormat::new("%m/%d/%q").unwrap_err(),
            "`%q` is no part of a date form: expected %Y, %y, %m, %B, %d, %H, %M or %S"
        );
        assert_eq!(
            DateFormat::new("%m/%d").unwrap_err(),
            "the date form `%m/%d` has no year: expected %Y or %y"
        );
    }
}
