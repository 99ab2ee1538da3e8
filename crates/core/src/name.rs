//! Names: suffixes found where clerks put them, full names parted, a normal form for matching. Never rejected: a name
//! that no rule understands stays as the state wrote it.

use crate::fold::fold_char;

/// A name in its parts, as slices of the state's own columns. Trimmed; nothing else is changed but the suffix, which
/// is in normal form (`JR`, `SR`, `II` …) where it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NameParts<'a> {
    /// `MR`, `DR`, …: only from a full name.
    pub title: &'a str,
    /// Given name.
    pub first: &'a str,
    /// Middle names.
    pub middle: &'a str,
    /// Surname.
    pub last: &'a str,
    /// Generational suffix.
    pub suffix: &'a str,
}

impl<'a> NameParts<'a> {
    /// Reads a name from its columns. A suffix hidden at the end of the last, middle or first name is moved to the
    /// suffix when that column is empty (or says the same).
    ///
    /// `V` and `I` are suffixes only behind a last name: elsewhere they are initials. A name is never left without the
    /// word that carries it: `JR` alone stays a name, except as a whole middle name.
    ///
    /// ```
    /// use hustings_core::name::NameParts;
    /// let name = NameParts::from_columns("JOHN", "QUINCY", "SMITH, JR.", "");
    /// assert_eq!((name.last, name.suffix), ("SMITH", "JR"));
    /// let name = NameParts::from_columns("JOHN", "III", "SMITH", "");
    /// assert_eq!((name.middle, name.suffix), ("", "III"));
    /// ```
    #[must_use]
    pub fn from_columns(first: &'a str, middle: &'a str, last: &'a str, suffix: &'a str) -> Self {
        let given = suffix.trim();
        let mut parts = Self {
            title: "",
            first: first.trim(),
            middle: middle.trim(),
            last: last.trim(),
            suffix: canonical_suffix(given).unwrap_or(given),
        };
        let wanted = parts.suffix;
        let mut take = |field: &mut &'a str, place: Place| {
            let Some((rest, found)) = hidden_suffix(field, place) else { return };
            if wanted.is_empty() && parts.suffix.is_empty() {
                parts.suffix = found;
                *field = rest;
            } else if parts.suffix == found {
                *field = rest;
            }
        };
        take(&mut parts.last, Place::Last);
        take(&mut parts.middle, Place::Middle);
        take(&mut parts.first, Place::First);
        parts
    }

    /// Reads a full name, `SMITH, JOHN Q JR` or `John Q. Smith Jr`.
    ///
    /// ```
    /// use hustings_core::name::NameParts;
    /// let name = NameParts::from_full("Dr. Juan de la Cruz Jr");
    /// assert_eq!((name.title, name.first, name.last, name.suffix), ("Dr.", "Juan", "de la Cruz", "JR"));
    /// let name = NameParts::from_full("SMITH JR, JOHN Q");
    /// assert_eq!((name.first, name.middle, name.last, name.suffix), ("JOHN", "Q", "SMITH", "JR"));
    /// ```
    #[must_use]
    pub fn from_full(text: &'a str) -> Self {
        let text = text.trim();
        let (name, mut suffix) = match hidden_suffix(text, Place::Last) {
            Some((rest, found)) => (rest, found),
            None => (text, ""),
        };
        let Some((last, given)) = name.split_once(',') else { return Self::from_spoken(name, suffix) };
        let mut last = last.trim();
        if suffix.is_empty()
            && let Some((rest, found)) = hidden_suffix(last, Place::Last)
        {
            (last, suffix) = (rest, found);
        }
        let mut given = given.trim().trim_matches(',').trim();
        if suffix.is_empty()
            && let Some((word, rest)) = given.split_once(',')
        {
            // `SMITH, JR, JOHN`
            if let Some(found) = canonical_suffix(word.trim()) {
                (given, suffix) = (rest.trim(), found);
            }
        }
        let (title, given) = split_title(given);
        let (first, middle) = split_word(given);
        Self { title, first, middle, last, suffix }
    }

    /// Given name first. How many words the surname has (`de la Cruz`) is asked of the crate `human_name`.
    fn from_spoken(text: &'a str, suffix: &'a str) -> Self {
        let (title, name) = split_title(text);
        let words = name.split_whitespace().count();
        if words <= 1 {
            return Self { title, last: name, suffix, ..Self::default() };
        }
        let surnames = human_name::Name::parse(name)
            .map_or(1, |parsed| parsed.surname().split_whitespace().count())
            .clamp(1, words - 1);
        let (given, last) = split_at_word(name, words - surnames);
        let (first, middle) = split_word(given);
        Self { title, first, middle, last, suffix }
    }
}

/// Appends the form in which names are compared: upper case, marks folded to ASCII, and only letters and digits, so
/// that `O'Brien-Peña` is `OBRIENPENA`. Letters of other alphabets stay.
///
/// ```
/// use hustings_core::name::norm;
/// let mut text = String::new();
/// norm("De la O'Brien-Peña", &mut text);
/// assert_eq!(text, "DELAOBRIENPENA");
/// ```
pub fn norm(text: &str, into: &mut String) {
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'A'..=b'Z' | b'0'..=b'9' => into.push(char::from(byte)),
            b'a'..=b'z' => into.push(char::from(byte.to_ascii_uppercase())),
            0..=0x7f => {}
            _ => {
                norm_marked(&text[index..], into);
                return;
            }
        }
    }
}

fn norm_marked(text: &str, into: &mut String) {
    for character in text.chars() {
        if let Some(folded) = fold_char(character) {
            into.push_str(folded);
        } else if character.is_alphanumeric() {
            into.extend(character.to_uppercase().filter(|upper| upper.is_alphanumeric()));
        }
    }
}

/// The normal form of a generational suffix, when the text is one.
#[must_use]
pub fn canonical_suffix(text: &str) -> Option<&'static str> {
    let text = text.trim_matches(['.', ',', ' ']);
    let mut upper = [0_u8; 8];
    let upper = upper.get_mut(..text.len())?;
    upper.copy_from_slice(text.as_bytes());
    upper.make_ascii_uppercase();
    Some(match &*upper {
        b"JR" | b"JNR" | b"JUNIOR" => "JR",
        b"SR" | b"SNR" | b"SENIOR" => "SR",
        b"I" | b"1ST" => "I",
        b"II" | b"2ND" | b"2" => "II",
        b"III" | b"3RD" | b"3" => "III",
        b"IV" | b"4TH" | b"4" | b"IIII" => "IV",
        b"V" | b"5TH" | b"5" => "V",
        b"VI" | b"6TH" => "VI",
        b"VII" | b"7TH" => "VII",
        b"VIII" | b"8TH" => "VIII",
        _ => return None,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    Middle,
    Last,
}

/// The field without the suffix at its end, and the suffix.
fn hidden_suffix(field: &str, place: Place) -> Option<(&str, &'static str)> {
    let bare = field.trim_end_matches(['.', ',', ' ']);
    let at = bare.rfind([' ', ',']).map_or(0, |at| at + 1);
    let word = &bare[at..];
    // Most names end here.
    if word.len() > 4 || word.is_empty() {
        return None;
    }
    let suffix = canonical_suffix(word)?;
    let digit_only = word.len() == 1 && word.as_bytes()[0].is_ascii_digit();
    if digit_only || suffix == "I" || suffix == "V" && place != Place::Last && word.len() == 1 {
        return None;
    }
    let rest = bare[..at].trim_end_matches([' ', ',']);
    (!rest.is_empty() || place == Place::Middle).then_some((rest, suffix))
}

fn split_title(name: &str) -> (&str, &str) {
    let (first, rest) = split_word(name);
    let bare = first.trim_end_matches('.');
    let title = ["MR", "MRS", "MS", "MISS", "MX", "DR", "REV", "HON"]
        .iter()
        .any(|title| bare.eq_ignore_ascii_case(title));
    if title && !rest.is_empty() { (first, rest) } else { ("", name) }
}

fn split_word(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace).map_or((text, ""), |(word, rest)| (word, rest.trim_start()))
}

/// Splits before the word of that number.
fn split_at_word(text: &str, words: usize) -> (&str, &str) {
    let mut rest = text;
    for _ in 0..words {
        rest = split_word(rest).1;
    }
    (text[..text.len() - rest.len()].trim_end(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(first: &str, middle: &str, last: &str, suffix: &str, expect: [&str; 4]) {
        let parts = NameParts::from_columns(first, middle, last, suffix);
        assert_eq!(
            [parts.first, parts.middle, parts.last, parts.suffix],
            expect,
            "{first}|{middle}|{last}|{suffix}"
        );
    }

    #[test]
    fn hidden_suffixes_are_found_in_every_column() {
        columns("JOHN", "Q", "SMITH JR", "", ["JOHN", "Q", "SMITH", "JR"]);
        columns("JOHN", "Q", "SMITH, JR.", "", ["JOHN", "Q", "SMITH", "JR"]);
        columns("JOHN", "Q", "SMITH,JR", "", ["JOHN", "Q", "SMITH", "JR"]);
        columns("JOHN", "Q III", "SMITH", "", ["JOHN", "Q", "SMITH", "III"]);
        columns("JOHN", "Sr.", "SMITH", "", ["JOHN", "", "SMITH", "SR"]);
        columns("JOHN II", "", "SMITH", "", ["JOHN", "", "SMITH", "II"]);
        columns("JOHN", "", "SMITH 2ND", "", ["JOHN", "", "SMITH", "II"]);
        columns("JOHN", "", "SMITH IV", "   ", ["JOHN", "", "SMITH", "IV"]);
        columns("JOHN", "", "DE LA CRUZ V", "", ["JOHN", "", "DE LA CRUZ", "V"]);
    }

    #[test]
    fn initials_and_whole_names_are_no_suffixes() {
        columns("JOHN", "V", "SMITH", "", ["JOHN", "V", "SMITH", ""]);
        columns("JOHN", "I", "SMITH", "", ["JOHN", "I", "SMITH", ""]);
        columns("MARY", "", "SENIOR", "", ["MARY", "", "SENIOR", ""]);
        columns("MARY", "", "V", "", ["MARY", "", "V", ""]);
        columns("JR", "", "SMITH", "", ["JR", "", "SMITH", ""]);
        columns("MALIA", "", "VI", "", ["MALIA", "", "VI", ""]);
    }

    #[test]
    fn the_suffix_column_wins_and_its_double_goes() {
        columns("JOHN", "", "SMITH JR", "SR", ["JOHN", "", "SMITH JR", "SR"]);
        columns("JOHN", "", "SMITH JR", "Jr.", ["JOHN", "", "SMITH", "JR"]);
        columns("JOHN", "", "SMITH", "3RD", ["JOHN", "", "SMITH", "III"]);
        columns("JOHN", "", "SMITH", "ESQ", ["JOHN", "", "SMITH", "ESQ"]);
        columns(" JOHN ", " ", " SMITH ", "", ["JOHN", "", "SMITH", ""]);
        columns("", "", "", "", ["", "", "", ""]);
    }

    fn full(text: &str, expect: [&str; 5]) {
        let parts = NameParts::from_full(text);
        assert_eq!([parts.title, parts.first, parts.middle, parts.last, parts.suffix], expect, "{text}");
    }

    #[test]
    fn full_names_are_parted_in_both_orders() {
        full("SMITH, JOHN Q JR", ["", "JOHN", "Q", "SMITH", "JR"]);
        full("SMITH JR, JOHN Q", ["", "JOHN", "Q", "SMITH", "JR"]);
        full("SMITH, JR, JOHN", ["", "JOHN", "", "SMITH", "JR"]);
        full("SMITH, JOHN, JR", ["", "JOHN", "", "SMITH", "JR"]);
        full("SMITH, JOHN", ["", "JOHN", "", "SMITH", ""]);
        full("DE LA CRUZ, MARIA ELENA", ["", "MARIA", "ELENA", "DE LA CRUZ", ""]);
        full("John Q. Smith Jr", ["", "John", "Q.", "Smith", "JR"]);
        full("John Q. Smith, Jr.", ["", "John", "Q.", "Smith", "JR"]);
        full("Mr. John Smith", ["Mr.", "John", "", "Smith", ""]);
        full("Vincent van Gogh", ["", "Vincent", "", "van Gogh", ""]);
        full("Juan de la Cruz", ["", "Juan", "", "de la Cruz", ""]);
        full("Madonna", ["", "", "", "Madonna", ""]);
        full("SMITH,", ["", "", "", "SMITH", ""]);
        full("", ["", "", "", "", ""]);
        full("李 小龙", ["", "李", "", "小龙", ""]);
    }

    #[test]
    fn the_normal_form_keeps_letters_and_digits_only() {
        for (text, expect) in [
            ("O'BRIEN", "OBRIEN"),
            ("O’Brien", "OBRIEN"),
            ("Smith-Jones", "SMITHJONES"),
            ("DE LA CRUZ", "DELACRUZ"),
            ("Peña", "PENA"),
            ("Pen\u{303}a", "PENA"),
            ("Müller", "MULLER"),
            ("Groß", "GROSS"),
            ("Đặng", "DANG"),
            ("", ""),
            ("李", "李"),
        ] {
            let mut text_norm = String::new();
            norm(text, &mut text_norm);
            assert_eq!(text_norm, expect, "{text}");
        }
    }
}
