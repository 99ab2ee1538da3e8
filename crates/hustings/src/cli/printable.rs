//! Text from a state's file on a terminal: nothing in it that the terminal would obey, and no line longer than it is wide.

pub use crate::pages::format::visible as printable;
pub use crate::pages::raw_row::text_of;

/// How many characters a line of standard output holds; none where it is no terminal, and nothing is cut.
#[must_use]
pub fn terminal_width() -> Option<usize> {
    let term = console::Term::stdout();
    term.is_term().then(|| term.size_checked()).flatten().map(|(_, columns)| usize::from(columns))
}

/// At most `width` characters of `text`, the last one an ellipsis when some are left out.
#[must_use]
pub fn shortened(text: &str, width: Option<usize>) -> String {
    let Some(width) = width.filter(|width| text.chars().nth(*width).is_some()) else {
        return text.to_owned();
    };
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fits_and_says_when_something_is_left_out() {
        for (text, width, expected) in [
            ("abc", None, "abc"),
            ("abc", Some(3), "abc"),
            ("abcd", Some(3), "ab…"),
            ("äöüß", Some(3), "äö…"),
            ("abc", Some(0), "…"),
        ] {
            assert_eq!(shortened(text, width), expected, "{text} in {width:?}");
        }
    }
}
