//! Some rows of many: which ones, and the ways forward and back.

use super::format::Count;
use std::fmt::Write as _;

/// The ways forward and back from one page of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// `1–50 of 1,204`.
    pub sentence: String,
    /// The page before.
    pub previous: Option<String>,
    /// The page after.
    pub next: Option<String>,
}

impl Paging {
    /// Page `number` (from 1) of pages of `rows`, at an address that ends in `?` or `&`.
    #[must_use]
    pub fn new(address: &str, number: u64, rows: usize, total: u64) -> Self {
        let size = u64::try_from(rows).unwrap_or(u64::MAX).max(1);
        let pages = total.div_ceil(size).max(1);
        let first = Self::offset(number, rows).saturating_add(1);
        let last = number.saturating_mul(size).min(total);
        let sentence = match total {
            0 => "None".to_owned(),
            _ if first > total => format!("None here; {} in all", Count(total)),
            _ => format!("{}–{} of {}", Count(first), Count(last), Count(total)),
        };
        let to = |number: u64| format!("{address}page={number}");
        Self {
            sentence,
            previous: (number > 1).then(|| to((number - 1).min(pages))),
            next: (number < pages).then(|| to(number + 1)),
        }
    }

    /// How many rows stand before page `number` (from 1).
    #[must_use]
    pub fn offset(number: u64, rows: usize) -> u64 {
        number.saturating_sub(1).saturating_mul(u64::try_from(rows).unwrap_or(u64::MAX))
    }
}

/// Text for the part of an address after the question mark.
#[must_use]
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_lead_on_until_the_last_row() {
        let first = Paging::new("/x?", 1, 50, 1204);
        assert_eq!(first.sentence, "1–50 of 1,204");
        assert_eq!((first.previous, first.next.as_deref()), (None, Some("/x?page=2")));
        let last = Paging::new("/x?", 25, 50, 1204);
        assert_eq!((last.sentence.as_str(), last.next), ("1,201–1,204 of 1,204", None));
        let beyond = Paging::new("/x?", 9_999_999, 50, 1204);
        assert_eq!(beyond.previous.as_deref(), Some("/x?page=25"));
        assert_eq!(Paging::new("/x?", u64::MAX, 50, 0).sentence, "None");
    }

    #[test]
    fn addresses_hold_any_text() {
        assert_eq!(encoded("NEW HANOVER&x=é"), "NEW%20HANOVER%26x%3D%C3%A9");
    }
}
