//! Figures, dates and hostile text as the pages show them. Everything here yields plain text; templates escape it.

use jiff::Timestamp;
use jiff::civil::Date;
use std::fmt;

/// A count with thousands separators: `8,214,003`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count(pub u64);

impl Count {
    /// Whether it is one, for plurals.
    #[must_use]
    pub fn is_one(self) -> bool {
        self.0 == 1
    }

    /// Whether it is nought.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&grouped(self.0))
    }
}

/// A difference with its sign: `+1,204`, `−87`, `0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Change(pub i128);

impl Change {
    /// From a count before and a count now.
    #[must_use]
    pub fn between(before: u64, now: u64) -> Self {
        Self(i128::from(now) - i128::from(before))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = u64::try_from(self.0.unsigned_abs()).unwrap_or(u64::MAX);
        match self.0 {
            0 => formatter.write_str("0"),
            1.. => write!(formatter, "+{}", grouped(size)),
            _ => write!(formatter, "−{}", grouped(size)),
        }
    }
}

/// A share between 0 and 1 as a percentage that keeps what matters: `12.4%`, `0.03%`, `under 0.01%`, `0%`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Share(pub f64);

impl Share {
    /// Part of a whole; nought of nothing.
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Self {
        Self(ratio(part, whole))
    }

    /// The change from `before` to `now`, relative to `before`.
    #[must_use]
    pub fn change(before: u64, now: u64) -> Self {
        if before == 0 { Self(0.0) } else { Self(ratio(now, before) - 1.0) }
    }

    /// With a sign in front: `+2.1%`.
    #[must_use]
    pub fn signed(self) -> String {
        match self.0 {
            share if share > 0.0 => format!("+{self}"),
            share if share < 0.0 => format!("−{}", Self(-share)),
            _ => "0%".to_owned(),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.0 * 100.0;
        let size = percent.abs();
        if size == 0.0 {
            formatter.write_str("0%")
        } else if size < 0.01 {
            formatter.write_str("under 0.01%")
        } else if size < 1.0 {
            write!(formatter, "{percent:.2}%")
        } else if !(99.95..=100.0).contains(&size) {
            write!(formatter, "{percent:.1}%")
        } else if size < 100.0 {
            // Never round up to the whole: "100%" must mean all of them.
            formatter.write_str("99.9%")
        } else {
            formatter.write_str("100%")
        }
    }
}

/// A size in bytes: `512 B`, `84.1 MB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
        for (unit, size) in UNITS {
            if self.0 >= size {
                let tenths = self.0 / (size / 10);
                return write!(formatter, "{}.{} {unit}", grouped(tenths / 10), tenths % 10);
            }
        }
        write!(formatter, "{} B", self.0)
    }
}

/// A duration in seconds: `0.8 s`, `42 s`, `3 min 10 s`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Seconds(pub f64);

impl fmt::Display for Seconds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 10.0 {
            write!(formatter, "{:.1} s", self.0)
        } else if self.0 < 120.0 {
            write!(formatter, "{:.0} s", self.0)
        } else {
            let minutes = (self.0 / 60.0).floor();
            write!(formatter, "{minutes:.0} min {:.0} s", self.0 - minutes * 60.0)
        }
    }
}

/// An ISO date as people read it: `November 21, 2026`. Anything else is shown as it stands.
#[must_use]
pub fn day(iso: &str) -> String {
    iso.parse::<Date>().map_or_else(|_| visible(iso), |date| date.strftime("%B %-d, %Y").to_string())
}

/// An ISO date, short: `Nov 21, 2026`.
#[must_use]
pub fn day_short(iso: &str) -> String {
    iso.parse::<Date>().map_or_else(|_| visible(iso), |date| date.strftime("%b %-d, %Y").to_string())
}

/// An RFC 3339 instant as people read it, in UTC: `Nov 21, 2026, 14:03 UTC`.
#[must_use]
pub fn instant(rfc3339: &str) -> String {
    rfc3339.parse::<Timestamp>().map_or_else(
        |_| visible(rfc3339),
        |time| time.to_zoned(jiff::tz::TimeZone::UTC).strftime("%b %-d, %Y, %H:%M UTC").to_string(),
    )
}

/// `part / whole`, nought of nothing.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a share on a page; counts stay far below 2^52")]
pub fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Text from a file or a form, with every character that would not show, or that would turn the text around it, made
/// visible: `\x00`, `→` for a tab, `↵` for a line's end, `⟨U+202E⟩`. Only signs that old phones have.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        push_visible(&mut shown, character);
    }
    shown
}

fn push_visible(shown: &mut String, character: char) {
    match u32::from(character) {
        0x09 => shown.push('→'),
        0x0a => shown.push('↵'),
        code @ (0..=0x1f | 0x7f) => shown.push_str(&format!("\\x{code:02X}")),
        // C1 controls, soft hyphen, zero-width and direction marks, separators, tags, private use: never as themselves.
        code @ (0x80..=0x9f
        | 0xad
        | 0x061c
        | 0x115f..=0x1160
        | 0x180e
        | 0x200b..=0x200f
        | 0x2028..=0x202e
        | 0x2060..=0x206f
        | 0x3164
        | 0xe000..=0xf8ff
        | 0xfe00..=0xfe0f
        | 0xfeff
        | 0xfff0..=0xfffb
        | 0xe0000..) => {
            shown.push_str(&format!("⟨U+{code:04X}⟩"));
        }
        _ => shown.push(character),
    }
}

/// A message of the program as markup: escaped, and what stands in backticks as code.
#[must_use]
pub fn message(text: &str) -> Markup {
    let mut markup = String::with_capacity(text.len() + 16);
    let escaped = escaped(&visible(text));
    let parts: Vec<&str> = escaped.split('`').collect();
    // An odd number of backticks is no pair: then all are shown as they stand.
    if parts.len().is_multiple_of(2) {
        return Markup(escaped);
    }
    for (at, part) in parts.into_iter().enumerate() {
        if at % 2 == 1 {
            markup.push_str("<code>");
            markup.push_str(part);
            markup.push_str("</code>");
        } else {
            markup.push_str(part);
        }
    }
    Markup(markup)
}

/// Markup that was escaped when it was made; templates print it as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Markup(String);

impl Markup {
    /// Of text that was escaped piece by piece.
    pub(super) fn of_escaped(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Text for use in markup, inside elements and quoted attributes.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// A rule's or column's name as words: `county_change` → `county change`.
#[must_use]
pub fn words(name: &str) -> String {
    visible(name).replace('_', " ")
}

/// The same, with a capital first letter.
#[must_use]
pub fn sentence(name: &str) -> String {
    sentence_case(&words(name))
}

/// A text with a capital first letter, unless it begins with a name of the program's, such as `birth_date`.
#[must_use]
pub fn sentence_case(text: &str) -> String {
    if text.split([' ', ':']).next().is_some_and(|word| word.contains(['_', '`'])) {
        return text.to_owned();
    }
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(Count(8_214_003).to_string(), "8,214,003");
        assert_eq!(Count(999).to_string(), "999");
        assert_eq!(Change::between(100, 87).to_string(), "−13");
        assert_eq!(Change::between(0, 1204).to_string(), "+1,204");
        assert_eq!(Size(84_160_000).to_string(), "84.1 MB");
        assert_eq!(day("2026-11-21"), "November 21, 2026");
        assert_eq!(Seconds(190.0).to_string(), "3 min 10 s");
    }

    #[test]
    fn a_share_never_rounds_to_none_or_to_all() {
        assert_eq!(Share::of(1, 1_000_000).to_string(), "under 0.01%");
        assert_eq!(Share::of(999_999, 1_000_000).to_string(), "99.9%");
        assert_eq!(Share::of(7, 7).to_string(), "100%");
        assert_eq!(Share::change(100, 98).signed(), "−2.0%");
    }

    #[test]
    fn backticks_become_code_and_markup_stays_text() {
        assert_eq!(message("column `<b>` is new").to_string(), "column <code>&lt;b&gt;</code> is new");
        assert_eq!(message("it`s").to_string(), "it`s");
    }

    #[test]
    fn hidden_characters_show() {
        assert_eq!(visible("a\0b\tc\u{202e}d\u{85}"), "a\\x00b→c⟨U+202E⟩d⟨U+0085⟩");
    }
}
