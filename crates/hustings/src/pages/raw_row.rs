//! A quarantined row, byte by byte: hostile text made visible, field by field where that can be done.

use super::format::visible;

/// One field of a raw row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its place in the row, from nought.
    pub place: usize,
    /// The header's name for this place, or its number.
    pub name: String,
    /// What stands there, without the quotes around it, fit to be shown.
    pub value: String,
    /// The rule names this field.
    pub bad: bool,
    /// Beyond the last column of the layout.
    pub extra: bool,
}

/// The bytes as text: UTF-8 where they are, else Windows-1252 as the loader reads them.
#[must_use]
pub fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// The whole row as one text, line ends shown and kept.
#[must_use]
pub fn shown_whole(text: &str) -> String {
    let lines: Vec<String> = text
        .split_inclusive('\n')
        .map(|line| {
            let shown = visible(line);
            if line.ends_with('\n') { format!("{shown}\n") } else { shown }
        })
        .collect();
    lines.concat()
}

/// The first characters of a row on one line, runs of blanks as one: many lists fill their columns up.
#[must_use]
pub fn start(text: &str) -> String {
    const CHARACTERS: usize = 180;
    let row = text.trim_end_matches(['\r', '\n']);
    let mut last = '\0';
    let mut narrow = row.chars().filter(|&character| {
        let is_filling = character == ' ' && last == ' ';
        last = character;
        !is_filling
    });
    let mut start: String = narrow.by_ref().take(CHARACTERS).collect();
    if narrow.next().is_some() {
        start.push('…');
    }
    visible(&start)
}

/// The fields of a delimited row. The delimiter is the one of tab, pipe and comma that comes nearest to the number of
/// columns; fewer than two fields is no answer. `bad` is the place of the field which the rule complains about.
#[must_use]
pub fn fields(text: &str, header: &[String], bad: Option<usize>) -> Option<Vec<Field>> {
    let row = text.trim_end_matches(['\r', '\n']);
    let split = ['\t', '|', ',']
        .into_iter()
        .map(|delimiter| split(row, delimiter))
        .filter(|parts| parts.len() > 1)
        .min_by_key(|parts| parts.len().abs_diff(header.len()))?;
    let width = header.len().max(split.len());
    let fields = (0..width).map(|at| {
        let name = header.get(at);
        Field {
            place: at,
            name: name.map_or_else(|| format!("Field {}", at + 1), |name| visible(name)),
            // Blanks that fill a column up tell nothing; the whole row below has them.
            value: split.get(at).map(|part| visible(part.trim_end_matches(' '))).unwrap_or_default(),
            bad: bad == Some(at) && at < split.len(),
            extra: (at >= header.len() && !header.is_empty()) || at >= split.len(),
        }
    });
    Some(fields.collect())
}

/// How many fields the row itself has, by the delimiter that [`fields`] chooses.
#[must_use]
pub fn count(text: &str, header: &[String]) -> usize {
    let row = text.trim_end_matches(['\r', '\n']);
    ['\t', '|', ',']
        .into_iter()
        .map(|delimiter| split(row, delimiter).len())
        .filter(|parts| *parts > 1)
        .min_by_key(|parts| parts.abs_diff(header.len()))
        .unwrap_or(1)
}

/// Cut at the delimiter, which inside a closed pair of quotes is text. A quote that is never closed is text itself.
fn split(row: &str, delimiter: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = row;
    loop {
        let quoted = rest.strip_prefix('"').and_then(|inside| closing(inside, delimiter));
        let (part, after) = match quoted {
            Some((part, after)) => (part, after),
            None => match rest.find(delimiter) {
                Some(at) => (&rest[..at], Some(&rest[at + delimiter.len_utf8()..])),
                None => (rest, None),
            },
        };
        parts.push(part);
        match after {
            Some(after) => rest = after,
            None => return parts,
        }
    }
}

/// The value up to the quote that closes it (one before a delimiter or the end), and what follows the delimiter.
fn closing(inside: &str, delimiter: char) -> Option<(&str, Option<&str>)> {
    for (at, _) in inside.match_indices('"') {
        let after = &inside[at + 1..];
        if after.is_empty() {
            return Some((&inside[..at], None));
        }
        if let Some(after) = after.strip_prefix(delimiter) {
            return Some((&inside[..at], Some(after)));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Vec<String> {
        ["county_desc", "ncid", "birth_year"].map(str::to_owned).to_vec()
    }

    fn values(text: &str) -> Vec<String> {
        fields(text, &header(), None).unwrap().into_iter().map(|field| field.value).collect()
    }

    #[test]
    fn a_row_stands_under_its_header() {
        let fields = fields("\"WAKE\"\t\"AB1\"\t\"19x4\"\r\n", &header(), Some(2)).unwrap();
        assert_eq!(
            (fields[2].name.as_str(), fields[2].value.as_str(), fields[2].bad),
            ("birth_year", "19x4", true)
        );
        assert!(!fields[0].bad);
    }

    #[test]
    fn too_few_and_too_many_fields_show_as_such() {
        let short = fields("WAKE\tAB1", &header(), None).unwrap();
        assert!(short[2].extra && short[2].value.is_empty());
        let long = fields("WAKE\tAB1\t1984\tmore", &header(), None).unwrap();
        assert_eq!((long[3].name.as_str(), long[3].extra), ("Field 4", true));
        assert_eq!((count("WAKE\tAB1", &header()), count("one", &header())), (2, 1));
    }

    #[test]
    fn quotes_hold_delimiters_and_broken_ones_are_text() {
        assert_eq!(values("\"WAKE, NC\",\"A \"\"B\"\"\",1984"), ["WAKE, NC", "A \"\"B\"\"", "1984"]);
        assert_eq!(values("\"WAKE\t\"AB1\t1984"), ["\"WAKE", "\"AB1", "1984"]);
    }

    #[test]
    fn blanks_that_fill_a_column_up_are_left_out_of_the_preview() {
        assert_eq!(values("\"WAKE     \"\t AB1\t1984  "), ["WAKE", " AB1", "1984"]);
        assert_eq!(start("12 OAK ST          \tRALEIGH   \r\n"), "12 OAK ST →RALEIGH ");
        assert_eq!(start(&"ab ".repeat(61)).chars().count(), 181);
    }

    #[test]
    fn hostile_bytes_are_shown_and_not_obeyed() {
        let text = text_of(b"A\x00\t<b>\xe9\x1b[31m\tx\n");
        assert_eq!(values(&text), ["A\\x00", "<b>é\\x1B[31m", "x"]);
        assert_eq!(shown_whole("a\tb\r\nc"), "a→b\\x0D↵\nc");
    }
}
