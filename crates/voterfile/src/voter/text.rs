//! White space.

/// The value without surrounding blanks and with single ones inside; `scratch` is used only when something inside
/// changes.
pub fn clean<'a>(value: &'a str, scratch: &'a mut String) -> &'a str {
    let value = value.trim();
    let bytes = value.as_bytes();
    let untidy = |pair: &[u8]| pair[0] == b' ' && pair[1] == b' ';
    if !bytes.windows(2).any(untidy) && !bytes.iter().any(|byte| byte.is_ascii_control()) {
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
}
