//! Telephone numbers to E.164.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A number in E.164: a plus sign and at most fifteen digits. Stored in place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct E164 {
    bytes: [u8; 16],
    length: u8,
}

impl E164 {
    fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { bytes, length: u8::try_from(text.len()).ok()? })
    }

    fn national(digits: &[u8]) -> Self {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(b"+1");
        bytes[2..12].copy_from_slice(digits);
        Self { bytes, length: 12 }
    }

    /// `+19195550123`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).expect("a plus sign and ASCII digits")
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Whether a number can be dialed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneQuality {
    /// A number that the numbering plan allows.
    Valid,
    /// Seven digits: the area code is missing.
    NoAreaCode,
    /// Filler (`9999999999`) or no number at all.
    Invalid,
}

impl PhoneQuality {
    /// The word as it is written in files and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::NoAreaCode => "no_area_code",
            Self::Invalid => "invalid",
        }
    }
}

impl fmt::Display for PhoneQuality {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A telephone number as read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phone {
    /// The number, when it is valid.
    pub e164: Option<E164>,
    /// What is to be thought of it.
    pub quality: PhoneQuality,
}

impl Phone {
    const INVALID: Self = Self { e164: None, quality: PhoneQuality::Invalid };

    /// Reads a number in any punctuation. Numbers are North American unless they begin with a plus sign and another
    /// country's code. An extension is left out. Blank text is invalid.
    ///
    /// ```
    /// use hustings_core::phone::{Phone, PhoneQuality};
    /// assert_eq!(Phone::parse("(919) 555-0123 x 4").e164.unwrap().as_str(), "+19195550123");
    /// assert_eq!(Phone::parse("555-0123").quality, PhoneQuality::NoAreaCode);
    /// assert_eq!(Phone::parse("9999999999").quality, PhoneQuality::Invalid);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut digits = Digits::default();
        digits.read(text);
        let abroad = digits.plus && digits.as_slice().first() != Some(&b'1');
        if !abroad {
            match digits.as_slice() {
                [b'1', number @ ..] if number.len() == 10 => return Self::national(number),
                number if number.len() == 10 => return Self::national(number),
                number if number.len() == 7 => return Self::local(number),
                number if number.len() < 10 => return Self::INVALID,
                _ => {}
            }
        }
        // A home number cannot be longer; what is left is from abroad, with a plus sign or 011.
        let elsewhere = digits.plus || digits.as_slice().starts_with(b"011");
        if elsewhere { Self::abroad(text) } else { Self::INVALID }
    }

    /// Reads a number from its columns: area code and number, or area code, exchange and line. Columns that hold no
    /// digits are skipped.
    ///
    /// ```
    /// use hustings_core::phone::Phone;
    /// assert_eq!(Phone::from_parts(&["850", "5550123"]), Phone::parse("850-555-0123"));
    /// assert_eq!(Phone::from_parts(&["916", "555", "0123"]), Phone::parse("916-555-0123"));
    /// ```
    #[must_use]
    pub fn from_parts(parts: &[&str]) -> Self {
        let mut digits = Digits::default();
        for part in parts {
            digits.read(part);
        }
        match digits.as_slice() {
            [b'1', number @ ..] if number.len() == 10 => Self::national(number),
            number if number.len() == 10 => Self::national(number),
            number if number.len() == 7 => Self::local(number),
            _ => Self::INVALID,
        }
    }

    /// Ten digits under the rules of the North American Numbering Plan.
    fn national(digits: &[u8]) -> Self {
        let (area, exchange) = (&digits[..3], &digits[3..6]);
        // N9X is kept for a longer plan, N11 are services.
        let area_ok = area[0] >= b'2' && area[1] != b'9' && area[1..] != *b"11";
        if area_ok && exchange_ok(exchange) && !is_filler(digits) {
            Self { e164: Some(E164::national(digits)), quality: PhoneQuality::Valid }
        } else {
            Self::INVALID
        }
    }

    fn local(digits: &[u8]) -> Self {
        let quality = if exchange_ok(&digits[..3]) && !same(digits) {
            PhoneQuality::NoAreaCode
        } else {
            PhoneQuality::Invalid
        };
        Self { e164: None, quality }
    }

    fn abroad(text: &str) -> Self {
        let Ok(number) = phonenumber::parse(Some(phonenumber::country::Id::US), text) else {
            return Self::INVALID;
        };
        if !number.is_valid() {
            return Self::INVALID;
        }
        let text = number.format().mode(phonenumber::Mode::E164).to_string();
        E164::new(&text).map_or(Self::INVALID, |e164| Self { e164: Some(e164), quality: PhoneQuality::Valid })
    }
}

fn exchange_ok(exchange: &[u8]) -> bool {
    exchange[0] >= b'2' && exchange[1..] != *b"11"
}

/// Digits typed to fill a field: all the same, also behind an area code, or the keyboard's row.
fn is_filler(digits: &[u8]) -> bool {
    same(&digits[3..]) || digits == b"1234567890" || digits == b"2345678901"
}

fn same(digits: &[u8]) -> bool {
    digits.iter().all(|digit| *digit == digits[0])
}

/// The digits of a number, at most sixteen.
#[derive(Default)]
struct Digits {
    bytes: [u8; 16],
    length: usize,
    plus: bool,
}

impl Digits {
    /// Takes the digits of `text` up to an extension (`x`, `ext.`, `#`).
    fn read(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' if self.length < self.bytes.len() => {
                    self.bytes[self.length] = byte;
                    self.length += 1;
                }
                b'+' if self.length == 0 => self.plus = true,
                b'x' | b'X' | b'e' | b'E' | b'#' if self.length >= 7 => return,
                _ => {}
            }
        }
    }

    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let phone = Phone::parse(text);
        let got = phone.e164.map_or_else(|| phone.quality.to_string(), |number| number.to_string());
        assert_eq!(got, expect, "{text}");
        assert_eq!(phone.e164.is_some(), phone.quality == PhoneQuality::Valid, "{text}");
    }

    #[test]
    fn home_numbers_in_any_punctuation() {
        for text in [
            "9195550123",
            "919-555-0123",
            "(919) 555-0123",
            "919.555.0123",
            " 919 555 0123 ",
            "1-919-555-0123",
            "+1 919 555 0123",
            "19195550123",
            "919/555-0123",
            "919-555-0123 x12",
            "(919)555-0123 EXT. 4567",
            "919-555-0123 #4",
        ] {
            check(text, "+19195550123");
        }
    }

    #[test]
    fn seven_digits_lack_the_area_code() {
        check("555-0123", "no_area_code");
        check("5550123", "no_area_code");
        check("5555555", "invalid");
        check("155-0123", "invalid");
        check("911-0123", "invalid");
    }

    #[test]
    fn filler_and_impossible_numbers_are_invalid() {
        for text in [
            "",
            "   ",
            "0000000000",
            "5555555555",
            "1234567890",
            "9999999999",
            "919-999-9999",
            "1111111111",
            "119-555-0123",
            "019-555-0123",
            "911-555-0123",
            "291-155-0123",
            "299-555-0123",
            "919-055-0123",
            "919-155-0123",
            "919-411-0123",
            "123456",
            "91955501234",
            "919555012345678901234",
            "NONE",
            "unlisted",
        ] {
            check(text, "invalid");
        }
    }

    #[test]
    fn numbers_from_abroad_keep_their_country() {
        check("+44 20 7946 0958", "+442079460958");
        check("011 44 20 7946 0958", "+442079460958");
        check("+49 30 901820", "+4930901820");
        check("+44 1", "invalid");
    }

    #[test]
    fn columns_are_put_together() {
        let text = |parts: &[&str]| Phone::from_parts(parts).e164.map(|number| number.to_string());
        assert_eq!(text(&["850", "555-0123"]).as_deref(), Some("+18505550123"));
        assert_eq!(text(&["916", "555", "0123"]).as_deref(), Some("+19165550123"));
        assert_eq!(text(&["", "9165550123"]).as_deref(), Some("+19165550123"));
        assert_eq!(Phone::from_parts(&["", "5550123"]).quality, PhoneQuality::NoAreaCode);
        assert_eq!(Phone::from_parts(&["", ""]).quality, PhoneQuality::Invalid);
        assert_eq!(Phone::from_parts(&["850", ""]).quality, PhoneQuality::Invalid);
    }
}
