//! Date forms, compiled so that the usual ones need no strptime for each row.

/// One strptime form.
#[derive(Debug, Clone)]
pub(crate) enum DateForm {
    /// Made of numbers and literal bytes.
    Simple(Vec<Token>),
    /// Anything else: left to strptime.
    Strptime(String),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Token {
    Literal(u8),
    Number { part: Part, digits_min: usize, digits_max: usize },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Year,
    ShortYear,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

impl DateForm {
    pub fn new(form: &str) -> Self {
        tokens(form).map_or_else(|| DateForm::Strptime(form.to_owned()), DateForm::Simple)
    }

    /// Whether `value` is a date that the calendar has, in this form. A month, day or hour may lack its leading zero where
    /// a literal follows.
    pub fn matches(&self, value: &str) -> bool {
        match self {
            DateForm::Simple(tokens) => matches(tokens, value.as_bytes()),
            DateForm::Strptime(form) => {
                jiff::fmt::strtime::parse(form, value).is_ok_and(|parts| parts.to_date().is_ok())
            }
        }
    }
}

fn tokens(form: &str) -> Option<Vec<Token>> {
    let mut bytes = form.bytes().peekable();
    let mut tokens = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            tokens.push(Token::Literal(byte));
            continue;
        }
        let (part, digits) = match bytes.next()? {
            b'Y' => (Part::Year, 4),
            b'y' => (Part::ShortYear, 2),
            b'm' => (Part::Month, 2),
            b'd' => (Part::Day, 2),
            b'H' => (Part::Hour, 2),
            b'M' => (Part::Minute, 2),
            b'S' => (Part::Second, 2),
            _ => return None,
        };
        let is_delimited = bytes.peek().is_none_or(|next| *next != b'%');
        let is_first_or_delimited = matches!(tokens.last(), None | Some(Token::Literal(_))) && is_delimited;
        let may_be_short =
            is_first_or_delimited && !matches!(part, Part::Year | Part::ShortYear) && form.len() > 4;
        tokens.push(Token::Number {
            part,
            digits_min: if may_be_short { 1 } else { digits },
            digits_max: digits,
        });
    }
    Some(tokens)
}

fn matches(tokens: &[Token], value: &[u8]) -> bool {
    let (mut year, mut month, mut day) = (2000, 1, 1);
    let mut rest = value;
    for token in tokens {
        match *token {
            Token::Literal(literal) => match rest {
                [first, tail @ ..] if *first == literal => rest = tail,
                _ => return false,
            },
            Token::Number { part, digits_min, digits_max } => {
                let mut number = 0_u32;
                let mut digits = 0;
                while let [digit @ b'0'..=b'9', tail @ ..] = rest
                    && digits < digits_max
                {
                    number = number * 10 + u32::from(digit - b'0');
                    digits += 1;
                    rest = tail;
                }
                if digits < digits_min {
                    return false;
                }
                match part {
                    Part::Year => year = number,
                    Part::ShortYear => year = 2000 + number,
                    Part::Month => month = number,
                    Part::Day => day = number,
                    Part::Hour if number > 23 => return false,
                    Part::Minute | Part::Second if number > 59 => return false,
                    Part::Hour | Part::Minute | Part::Second => {}
                }
            }
        }
    }
    rest.is_empty()
        && year > 0
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
}

fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_the_usual_forms() {
        let check = |form, value, expected| {
            assert_eq!(DateForm::new(form).matches(value), expected, "{form} {value}")
        };
        check("%m/%d/%Y", "01/03/2015", true);
        check("%m/%d/%Y", "1/3/2015", true);
        check("%m/%d/%Y", "02/29/2016", true);
        check("%m/%d/%Y", "02/29/2015", false);
        check("%m/%d/%Y", "13/01/2015", false);
        check("%m/%d/%Y", "01/03/15", false);
        check("%m/%d/%Y", "01/03/2015 ", false);
        check("%m/%d/%Y", "001/03/2015", false);
        check("%m/%d/%y", "01/03/15", true);
        check("%Y-%m-%d", "1900-02-29", false);
        check("%Y-%m-%d", "2000-02-29", true);
        check("%Y-%m-%d %H:%M:%S", "2000-02-29 00:00:00", true);
        check("%Y-%m-%d %H:%M:%S", "2000-02-29 24:00:00", false);
        check("%Y%m%d", "20150103", true);
        check("%Y%m%d", "2015013", false);
        check("%m%d%Y", "01032015", true);
        check("%m%d%Y", "1032015", false);
        check("%Y", "1958", true);
        check("%Y", "195", false);
        check("%d-%b-%Y", "03-Jan-2015", true);
        check("%d-%b-%Y", "31-Feb-2015", false);
        check("%d-%b-%Y", "JONES", false);
    }
}
