//! The forms in which texts are compared. Each function replaces the buffer's content.

use hustings_core::name::norm;

/// Words in upper case, folded to ASCII, parted by single blanks; apostrophes join. Fillers (`UNKNOWN`, `N/A`) are empty.
pub fn words(text: &str, into: &mut String) {
    into.clear();
    if text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        // Most names.
        into.push_str(if is_filler(text) { "" } else { text });
        return;
    }
    for word in text.split(|letter: char| {
        letter.is_whitespace() || matches!(letter, '-' | ',' | '.' | '/' | '_' | '\u{2010}'..='\u{2015}')
    }) {
        let before = into.len();
        if before > 0 {
            into.push(' ');
        }
        let start = into.len();
        norm(word, into);
        if into.len() == start {
            into.truncate(before);
        }
    }
    if is_filler(into) {
        into.clear();
    }
}

/// Letters and digits only, in upper case, folded to ASCII. Fillers are empty.
pub fn joined(text: &str, into: &mut String) {
    into.clear();
    norm(text, into);
    if is_filler(into) {
        into.clear();
    }
}

/// A unit without its designator: `APT 2B` is `2B`.
pub fn unit(text: &str, into: &mut String) {
    words(text, into);
    for designator in ["APARTMENT ", "APT ", "UNIT ", "SUITE ", "STE ", "LOT ", "RM ", "ROOM ", "NO "] {
        if let Some(rest) = into.strip_prefix(designator) {
            let rest = rest.to_owned();
            into.clear();
            into.push_str(&rest);
            break;
        }
    }
    into.retain(|letter| letter != ' ');
}

/// The first five digits of a ZIP with its four; anything else as letters and digits.
pub fn zip(text: &str, into: &mut String) {
    into.clear();
    norm(text.strip_suffix(".0").unwrap_or(text), into);
    if into.len() == 9 && into.bytes().all(|byte| byte.is_ascii_digit()) {
        into.truncate(5);
    }
    if is_filler(into) || into.bytes().all(|byte| byte == b'0') {
        into.clear();
    }
}

/// A plain value: letters and digits in upper case; what has none, as it stands.
pub fn plain(text: &str, into: &mut String) {
    joined(text, into);
}

fn is_filler(text: &str) -> bool {
    matches!(
        text,
        "UNKNOWN" | "N A" | "NULL" | "NONE" | "NAN" | "NOTAVAILABLE" | "UNAVAILABLE" | "NOT AVAILABLE"
    )
}
