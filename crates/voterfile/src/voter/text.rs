//! White space.

/// As [`str::trim`], quicker for the ASCII blanks with which states pad.
#[inline]
pub fn trim(value: &str) -> &str {
    // Most values have nothing to take off.
    match value.as_bytes() {
        [] | [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => value,
        _ => trim_blanks(value),
    }
}

fn trim_blanks(value: &str) -> &str {
    let is_blank = |byte: &u8| matches!(byte, b'\t'..=b'\r' | b' ');
    let bytes = value.as_bytes();
    let Some(start) = bytes.iter().position(|byte| !is_blank(byte)) else { return "" };
    let end = bytes.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    let trimmed = value.get(start..end).unwrap_or(value);
    // Blanks beyond ASCII.
    if bytes[start].is_ascii() && bytes[end - 1].is_ascii() { trimmed } else { trimmed.trim() }
}

/// The value without surrounding blanks and with single ones inside; `scratch` is used only when something inside
/// changes.
pub fn clean<'a>(value: &'a str, scratch: &'a mut String) -> &'a str {
    let value = trim(value);
    if is_tidy(value.as_bytes()) {
        return value;
    }
    scratch.clear();
    for word in value.split(|letter: char| letter.is_whitespace() || letter.is_control()) {
        if !word.is_empty() {
            if !scratch.is_empty() {
                scratch.push(' ');
            }
            scratch.push_str(word);
        }
    }
    scratch
}

/// Whether there are neither two blanks in a row nor ASCII control characters; eight bytes at a time.
fn is_tidy(bytes: &[u8]) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const LOW: u64 = !HIGH;
    const ONES: u64 = 0x0101_0101_0101_0101;
    // The high bit of each byte that equals `byte`: no carry crosses bytes.
    let equal = |word: u64, byte: u64| {
        let differs = word ^ (ONES * byte);
        !(((differs & LOW) + LOW) | differs | LOW)
    };
    // Bit 7 of a word's byte is set when the byte before it is a blank.
    let mut carry = 0;
    let (words, tail) = bytes.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        let blanks = equal(word, 0x20);
        let after_blank = (blanks << 8) | carry;
        // Below 0x20: adding 0x60 to the low seven bits does not reach the high bit, and it is not set before.
        let control = !(((word & LOW) + ONES * 0x60) | word) & HIGH;
        if (blanks & after_blank) | control | equal(word, 0x7F) != 0 {
            return false;
        }
        carry = blanks >> 56;
    }
    let mut was_blank = carry != 0;
    for byte in tail {
        if byte.is_ascii_control() || (was_blank && *byte == b' ') {
            return false;
        }
        was_blank = *byte == b' ';
    }
    true
}

/// Appends the value in upper case.
pub fn push_upper(value: &str, into: &mut String) {
    if value.is_ascii() {
        let start = into.len();
        into.push_str(value);
        if let Some(added) = into.get_mut(start..) {
            added.make_ascii_uppercase();
        }
    } else {
        into.extend(value.chars().flat_map(char::to_uppercase));
    }
}

/// A flag as states write them; none for anything else.
pub fn flag(value: &str) -> Option<bool> {
    match value.trim() {
        "Y" | "y" | "YES" | "Yes" | "yes" | "1" | "T" | "TRUE" | "True" | "true" => Some(true),
        "N" | "n" | "NO" | "No" | "no" | "0" | "F" | "FALSE" | "False" | "false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_collapsed() {
        let mut scratch = String::new();
        assert_eq!(
            clean("8016  MILL PL APT 217                       ", &mut scratch),
            "8016 MILL PL APT 217"
        );
        assert_eq!(clean(" A\r\nB\u{a0}C ", &mut scratch), "A B C");
        assert_eq!(clean("plain", &mut scratch), "plain");
        assert_eq!(clean("   ", &mut scratch), "");
    }

    #[test]
    fn trimmed_as_the_standard_library_does() {
        for value in
            ["", " ", "  a b  ", "\t\r\na\x0b\x0c", "\u{a0}a\u{a0} ", " \u{2003}", "É ", " É", "a", "\x1f a"]
        {
            assert_eq!(trim(value), value.trim(), "{value:?}");
        }
    }

    #[test]
    fn untidiness_is_seen_at_every_place() {
        let simple = |bytes: &[u8]| {
            !bytes.windows(2).any(|pair| pair == b"  ") && !bytes.iter().any(u8::is_ascii_control)
        };
        for length in 1..20 {
            for place in 0..length {
                for byte in 0..=0xff_u8 {
                    let mut bytes = vec![b'x'; length];
                    bytes[place] = byte;
                    assert_eq!(is_tidy(&bytes), simple(&bytes), "{bytes:?}");
                    bytes[length - 1] = b' ';
                    bytes[place.saturating_sub(1)] = b' ';
                    assert_eq!(is_tidy(&bytes), simple(&bytes), "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn upper_case() {
        let mut text = "A ".to_owned();
        push_upper("Cañon", &mut text);
        push_upper("straße b", &mut text);
        assert_eq!(text, "A CAÑONSTRASSE B");
    }
}
