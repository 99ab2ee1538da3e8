//! strptime forms, compiled once and tried in order.

use super::{DatePrecision, DateStatus, DateValue};
use jiff::civil::Date;

/// A form that this reader does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("date format `{format}`: {problem}")]
pub struct InvalidDateFormatError {
    format: String,
    problem: String,
}

/// One step of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Year,
    YearOfCentury,
    /// The flag: exactly two digits, because digits follow.
    Month(bool),
    Day(bool),
    MonthName,
    Clock {
        digits_max: usize,
        value_max: u32,
    },
    Fraction,
    AmPm,
    Literal(u8),
}

/// The date forms, null words and placeholders of a column, compiled once per load.
#[derive(Debug, Clone, Default)]
pub struct DateFormats {
    formats: Vec<Vec<Item>>,
    null_dates: Vec<String>,
    placeholders: Vec<Date>,
}

const YEARS: std::ops::RangeInclusive<i16> = 1800..=2100;
const MONTHS: [&[u8; 3]; 12] =
    [b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC"];

/// A date as its numbers stand in the text; month and day 0 mean unknown.
#[derive(Debug, Clone, Copy, Default)]
struct Fields {
    year: i16,
    month: i8,
    day: i8,
    two_digit: bool,
}

impl DateFormats {
    /// Compiles strptime forms (`%Y %y %m %d %b %H %I %M %S %f %p` and literal characters), words for "no date", and
    /// known placeholder days (year, month, day).
    ///
    /// # Errors
    /// When a form has a directive that is not in this list or lacks a year, or a placeholder is no day.
    pub fn compile(
        formats: &[&str],
        null_dates: &[&str],
        placeholders: &[(i16, i8, i8)],
    ) -> Result<Self, InvalidDateFormatError> {
        Ok(Self {
            formats: formats.iter().map(|format| compile(format)).collect::<Result<_, _>>()?,
            null_dates: null_dates.iter().map(|text| text.trim().to_owned()).collect(),
            placeholders: placeholders
                .iter()
                .map(|(year, month, day)| {
                    Date::new(*year, *month, *day).map_err(|_| InvalidDateFormatError {
                        format: format!("{year:04}-{month:02}-{day:02}"),
                        problem: "a placeholder must be a day of the calendar".to_owned(),
                    })
                })
                .collect::<Result<_, _>>()?,
        })
    }

    /// Reads one field. A two-digit year is the last one that does not lie after `two_digit_latest`: for birth dates
    /// give today less sixteen years, for others today.
    ///
    /// A time of day behind the date is allowed and dropped. Day or month `00` lowers the precision, as do masks
    /// around a year (`XX/XX/1980`).
    ///
    /// ```
    /// use hustings_core::date::{DateFormats, DatePrecision, DateStatus};
    /// use jiff::civil::date;
    /// let formats = DateFormats::compile(&["%m/%d/%Y", "%Y"], &["##/##/####"], &[(1900, 1, 1)]).unwrap();
    /// let read = |text| formats.parse(text, date(2010, 11, 22));
    /// assert_eq!(read("7/4/1976").date, Some(date(1976, 7, 4)));
    /// assert_eq!(read("1976").precision, DatePrecision::Year);
    /// assert_eq!(read("##/##/####").status, DateStatus::Masked);
    /// assert_eq!(read("01/01/1900").precision, DatePrecision::Placeholder);
    /// ```
    #[must_use]
    pub fn parse(&self, text: &str, two_digit_latest: Date) -> DateValue {
        let text = text.trim_ascii();
        if text.is_empty() {
            return DateValue::without_date(DateStatus::Null);
        }
        for format in &self.formats {
            if let Some(fields) = read(format, text.as_bytes()) {
                return self.judge(fields, text, two_digit_latest);
            }
        }
        self.parse_odd(text)
    }

    fn judge(&self, mut fields: Fields, text: &str, latest: Date) -> DateValue {
        if fields.two_digit {
            fields.year = century(fields, latest);
        }
        if self.is_null_word(text) || fields.year == 0 && !fields.two_digit {
            return DateValue::without_date(DateStatus::Null);
        }
        let precision = match (fields.month, fields.day) {
            (0, _) => DatePrecision::Year,
            (_, 0) => DatePrecision::Month,
            _ => DatePrecision::Day,
        };
        if precision == DatePrecision::Year {
            fields.day = 1;
        }
        let Ok(date) = Date::new(fields.year, fields.month.max(1), fields.day.max(1)) else {
            return DateValue::without_date(DateStatus::Invalid);
        };
        if self.placeholders.contains(&date) && precision == DatePrecision::Day || fields.year == 1 {
            return DateValue::without_date(DateStatus::Placeholder);
        }
        if !YEARS.contains(&fields.year) {
            return DateValue::without_date(DateStatus::Invalid);
        }
        DateValue { date: Some(date), precision, status: DateStatus::Valid }
    }

    fn is_null_word(&self, text: &str) -> bool {
        self.null_dates.iter().any(|word| word.eq_ignore_ascii_case(text))
    }

    /// Text that fits no form: masks, zeros, null words, a year among masks.
    fn parse_odd(&self, text: &str) -> DateValue {
        let masked = |byte: u8| matches!(byte, b'#' | b'X' | b'x' | b'*' | b'?');
        let filler = |byte: u8| masked(byte) || matches!(byte, b'/' | b'-' | b'.' | b' ');
        let mask = text.bytes().any(masked);
        if self.is_null_word(text) {
            let hidden = mask && text.bytes().all(filler);
            return DateValue::without_date(if hidden { DateStatus::Masked } else { DateStatus::Null });
        }
        if mask && text.bytes().all(filler) {
            return DateValue::without_date(DateStatus::Masked);
        }
        if text.bytes().all(|byte| byte == b'0' || matches!(byte, b'/' | b'-' | b'.' | b' ' | b':')) {
            return DateValue::without_date(DateStatus::Null);
        }
        if ["NULL", "NONE", "N/A", "NA", "UNKNOWN"].iter().any(|word| word.eq_ignore_ascii_case(text)) {
            return DateValue::without_date(DateStatus::Null);
        }
        let year = if mask { year_among_masks(text, filler) } else { None };
        if let Some(date) = year.and_then(|year| Date::new(year, 1, 1).ok()) {
            return DateValue { date: Some(date), precision: DatePrecision::Year, status: DateStatus::Valid };
        }
        DateValue::without_date(DateStatus::Invalid)
    }
}

fn year_among_masks(text: &str, filler: impl Fn(u8) -> bool) -> Option<i16> {
    let start = text.bytes().position(|byte| byte.is_ascii_digit())?;
    let digits = text.get(start..start + 4)?;
    let rest = text[..start].bytes().chain(text[start + 4..].bytes());
    let year = digits.parse().ok().filter(|year| YEARS.contains(year))?;
    rest.into_iter().all(filler).then_some(year)
}

/// The year of a two-digit year: the last that does not lie after `latest`.
fn century(fields: Fields, latest: Date) -> i16 {
    let mut year = latest.year() - latest.year() % 100 + fields.year;
    if (year, fields.month, fields.day) > (latest.year(), latest.month(), latest.day()) {
        year -= 100;
    }
    year
}

fn compile(format: &str) -> Result<Vec<Item>, InvalidDateFormatError> {
    let error = |problem: String| InvalidDateFormatError { format: format.to_owned(), problem };
    let mut items = Vec::new();
    let mut bytes = format.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            items.push(Item::Literal(byte));
            continue;
        }
        let directive = bytes.next().ok_or_else(|| error("ends with a lone `%`".to_owned()))?;
        let digits_follow = matches!(bytes.peek(), Some(b'%'));
        items.push(match directive {
            b'Y' => Item::Year,
            b'y' => Item::YearOfCentury,
            b'm' => Item::Month(digits_follow),
            b'd' | b'e' => Item::Day(digits_follow),
            b'b' | b'B' => Item::MonthName,
            b'H' | b'I' => Item::Clock { digits_max: 2, value_max: 24 },
            b'M' => Item::Clock { digits_max: 2, value_max: 59 },
            b'S' => Item::Clock { digits_max: 2, value_max: 60 },
            b'f' => Item::Fraction,
            b'p' => Item::AmPm,
            b'%' => Item::Literal(b'%'),
            other => {
                return Err(error(format!(
                    "expected one of Y y m d b H I M S f p after `%`, got `{}`",
                    char::from(other)
                )));
            }
        });
    }
    if !items.iter().any(|item| matches!(item, Item::Year | Item::YearOfCentury)) {
        return Err(error("expected a year (`%Y` or `%y`), got none".to_owned()));
    }
    Ok(items)
}

/// Reads the whole text by one form.
fn read(format: &[Item], text: &[u8]) -> Option<Fields> {
    let mut fields = Fields::default();
    let mut at = text;
    for item in format {
        match *item {
            Item::Literal(byte) => {
                let (first, rest) = at.split_first()?;
                if *first != byte {
                    return None;
                }
                at = rest;
            }
            Item::Year => fields.year = i16::try_from(number(&mut at, 4, 4)?).ok()?,
            Item::YearOfCentury => {
                fields.year = i16::try_from(number(&mut at, 2, 2)?).ok()?;
                fields.two_digit = true;
            }
            Item::Month(exact) => fields.month = part(&mut at, exact, 12)?,
            Item::Day(exact) => fields.day = part(&mut at, exact, 31)?,
            Item::MonthName => fields.month = month_name(&mut at)?,
            Item::Clock { digits_max, value_max } => {
                number(&mut at, 1, digits_max).filter(|value| *value <= value_max)?;
            }
            Item::Fraction => {
                number(&mut at, 1, 9)?;
            }
            Item::AmPm => at = am_pm(at)?,
        }
    }
    (at.is_empty() || is_time(at)).then_some(fields)
}

fn part(at: &mut &[u8], exact: bool, value_max: u32) -> Option<i8> {
    let value = number(at, if exact { 2 } else { 1 }, 2)?;
    i8::try_from(value).ok().filter(|_| value <= value_max)
}

fn number(at: &mut &[u8], digits_min: usize, digits_max: usize) -> Option<u32> {
    let mut value = 0;
    let mut digits = 0;
    while digits < digits_max {
        match at.get(digits) {
            Some(byte @ b'0'..=b'9') => value = value * 10 + u32::from(byte - b'0'),
            _ => break,
        }
        digits += 1;
    }
    *at = &at[digits..];
    (digits >= digits_min).then_some(value)
}

/// `JAN`, `January`.
fn month_name(at: &mut &[u8]) -> Option<i8> {
    let letters = at.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let name = at.get(..3).filter(|_| letters >= 3)?;
    let month = MONTHS.iter().position(|month| name.eq_ignore_ascii_case(*month))?;
    *at = &at[letters..];
    i8::try_from(month + 1).ok()
}

fn am_pm(at: &[u8]) -> Option<&[u8]> {
    let (word, rest) = at.split_at_checked(2)?;
    (word.eq_ignore_ascii_case(b"AM") || word.eq_ignore_ascii_case(b"PM")).then_some(rest)
}

/// A time of day behind a date: `T00:00:00`, ` 12:00:00 AM`, ` 00:00:00.000`.
fn is_time(text: &[u8]) -> bool {
    let Some((b' ' | b'T', mut at)) = text.split_first().map(|(first, rest)| (*first, rest)) else {
        return false;
    };
    let mut fields = 0;
    loop {
        if number(&mut at, 1, 2).is_none_or(|value| value > 60) {
            return false;
        }
        fields += 1;
        match at.split_first() {
            Some((b':', rest)) if fields < 3 => at = rest,
            _ => break,
        }
    }
    if let Some((b'.', rest)) = at.split_first() {
        at = rest;
        if number(&mut at, 1, 9).is_none() {
            return false;
        }
    }
    let behind = at.trim_ascii();
    fields >= 2 && (behind.is_empty() || behind == b"Z" || am_pm(behind).is_some_and(<[u8]>::is_empty))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn value(formats: &[&str], text: &str) -> DateValue {
        let placeholders = [(1900, 1, 1), (1850, 1, 1)];
        let formats =
            DateFormats::compile(formats, &["##/##/####", "99/99/9999", "none"], &placeholders).unwrap();
        formats.parse(text, date(2010, 11, 22))
    }

    fn check(formats: &[&str], text: &str, expect: &str) {
        let value = value(formats, text);
        let got = match value.date {
            Some(date) if value.precision == DatePrecision::Day => date.to_string(),
            Some(date) => format!("{date} {}", value.precision.as_str()),
            None => value.status.as_str().to_owned(),
        };
        assert_eq!(got, expect, "{text}");
        assert_eq!(value.date.is_some(), value.status == DateStatus::Valid, "{text}");
    }

    #[test]
    fn every_form_of_the_states_is_read() {
        check(&["%m/%d/%Y"], "07/04/1976", "1976-07-04");
        check(&["%m/%d/%Y"], "7/4/1976", "1976-07-04");
        check(&["%Y-%m-%d"], "1976-07-04", "1976-07-04");
        check(&["%Y%m%d"], "19760704", "1976-07-04");
        check(&["%m%d%Y"], "07041976", "1976-07-04");
        check(&["%m-%d-%Y"], "07-04-1976", "1976-07-04");
        check(&["%Y-%m-%d %H:%M:%S"], "1976-07-04 00:00:00", "1976-07-04");
        check(&["%d-%b-%Y"], "04-JUL-1976", "1976-07-04");
        check(&["%B %d, %Y"], "July 4, 1976", "1976-07-04");
        check(&["%Y"], "1976", "1976-01-01 year");
        check(&["%m/%Y"], "07/1976", "1976-07-01 month");
        check(&["%Y-%m-%d", "%m/%d/%Y"], "07/04/1976", "1976-07-04");
    }

    #[test]
    fn a_time_of_day_is_dropped() {
        for text in
            ["1976-07-04T00:00:00", "1976-07-04 00:00:00.000", "1976-07-04 12:00 AM", "1976-07-04T00:00:00Z"]
        {
            check(&["%Y-%m-%d"], text, "1976-07-04");
        }
        check(&["%m/%d/%Y %I:%M:%S %p"], "7/4/1976 12:00:00 AM", "1976-07-04");
        check(&["%Y-%m-%d"], "1976-07-04 soon", "invalid");
        check(&["%Y-%m-%d"], "1976-07-04 00", "invalid");
    }

    #[test]
    fn two_digit_years_end_at_the_given_day() {
        check(&["%m/%d/%y"], "11/22/10", "2010-11-22");
        check(&["%m/%d/%y"], "11/23/10", "1910-11-23");
        check(&["%m/%d/%y"], "01/02/76", "1976-01-02");
        check(&["%m/%d/%y"], "01/02/00", "2000-01-02");
        check(&["%m/%d/%y"], "01/02/1976", "invalid");
    }

    #[test]
    fn masks_zeros_and_null_words_are_no_dates() {
        for text in ["##/##/####", "XX-XX-XXXX", "XX/XX/XXXX", "********"] {
            check(&["%m/%d/%Y"], text, "masked");
        }
        for text in ["", "   ", "00000000", "00/00/0000", "0000-00-00", "99/99/9999", "NONE", "null"] {
            check(&["%m/%d/%Y", "%Y%m%d"], text, "null");
        }
    }

    #[test]
    fn what_is_hidden_or_zero_lowers_the_precision() {
        check(&["%m/%d/%Y"], "XX/XX/1980", "1980-01-01 year");
        check(&["%m/%d/%Y"], "00/00/1980", "1980-01-01 year");
        check(&["%m/%d/%Y"], "00/15/1980", "1980-01-01 year");
        check(&["%Y%m%d"], "19800500", "1980-05-01 month");
    }

    #[test]
    fn placeholders_give_no_date() {
        check(&["%m/%d/%Y"], "01/01/1900", "placeholder");
        check(&["%m/%d/%Y"], "1/1/1850", "placeholder");
        check(&["%m/%d/%Y"], "01/01/0001", "placeholder");
        check(&["%m/%d/%Y"], "01/02/1900", "1900-01-02");
        assert_eq!(value(&["%m/%d/%Y"], "01/01/1900").precision, DatePrecision::Placeholder);
    }

    #[test]
    fn what_is_no_day_is_invalid() {
        for text in [
            "02/30/1976",
            "02/29/1977",
            "13/01/1976",
            "07/04/76",
            "07/04/19766",
            "1/1/1700",
            "7-4-1976",
            "soon",
            "1.0",
        ] {
            check(&["%m/%d/%Y"], text, "invalid");
        }
    }

    #[test]
    fn a_form_must_be_known_and_have_a_year() {
        let error = |format| DateFormats::compile(&[format], &[], &[]).unwrap_err().to_string();
        assert_eq!(
            error("%m/%q"),
            "date format `%m/%q`: expected one of Y y m d b H I M S f p after `%`, got `q`"
        );
        assert_eq!(error("%m/%d"), "date format `%m/%d`: expected a year (`%Y` or `%y`), got none");
        assert!(DateFormats::compile(&[], &[], &[(1900, 2, 30)]).is_err());
    }
}
