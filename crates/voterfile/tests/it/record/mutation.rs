//! Damage done to good rows: no row may be taken with an id, county, date, ZIP or year that looks right but is not what its
//! place held. A value that is empty or fails its check by itself may stand: a later stage reports it.

use super::{Row, Rows, nc, read};
use hustings_voterfile::format::{RecordFormat, RecordShape};
use hustings_voterfile::record::{BlockReader, BlockStart};
use std::sync::LazyLock;

/// Format, undamaged rows as fields, and the columns watched.
static GOOD: LazyLock<(RecordFormat, Vec<Vec<String>>, Vec<usize>)> = LazyLock::new(|| {
    let format = nc::format();
    let rows = read(&format, nc::sample()).0;
    let rows = rows.into_iter().filter_map(|row| match row {
        Row::Taken { repairs, fields, .. }
            if repairs.is_empty() && fields.iter().all(|field| field.is_ascii()) =>
        {
            Some(fields)
        }
        _ => None,
    });
    let watched = ["COUNTY_ID", "COUNTY_DESC", "NCID", "STATE_CD", "ZIP_CODE", "REGISTR_DT", "BIRTH_YEAR"];
    (
        format,
        rows.filter(|fields| !fields.concat().contains('\t')).collect(),
        watched.map(nc::column).to_vec(),
    )
});

/// A reader for each style, in the order of [`Style`].
static READERS: LazyLock<[BlockReader; 3]> = LazyLock::new(|| {
    [(b'\t', Some(b'"')), (b',', Some(b'"')), (b'\t', None)].map(|(delimiter, quote)| {
        let shape = RecordShape::Delimited { delimiter, quote };
        BlockReader::new(&RecordFormat { shape, ..GOOD.0.clone() })
    })
});

/// One thing that befalls a row.
#[derive(Debug, Clone, Copy, bolero::TypeGenerator)]
enum Damage {
    /// The delimiter after a field vanishes; its quotes stay.
    LoseDelimiter { field: u8 },
    /// The delimiter and the quotes around it vanish.
    Glue { field: u8 },
    /// A field becomes two.
    Split { field: u8, at: u8 },
    /// A field vanishes with its delimiter.
    Drop { field: u8 },
    /// A field stands twice.
    Double { field: u8 },
    /// An empty field comes in.
    Insert { field: u8 },
    /// Two neighbors change places.
    Swap { field: u8 },
    /// A byte comes into a value: delimiter, quote, line end, NUL, blank, letter or digit.
    Byte { field: u8, at: u8, byte: u8 },
    /// One quote of a field vanishes.
    LoseQuote { field: u8, is_opening: bool },
    /// The row ends inside a field.
    Cut { field: u8, at: u8 },
}

/// How the row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bolero::TypeGenerator)]
enum Style {
    /// Every field quoted, tabs between (North Carolina).
    Quoted,
    /// Commas, quotes where needed (Iowa).
    Commas,
    /// Tabs, and quotes are data (Florida).
    Bare,
}

/// A field as written: the place it came from, what it says, and its two quotes.
#[derive(Debug, Clone)]
struct Piece {
    content: String,
    before: &'static str,
    after: &'static str,
    delimiter: &'static str,
}

struct Damaged {
    file: Vec<u8>,
    /// What each field of the row holds at its right place.
    truth: Vec<String>,
    /// The id itself fell apart. With a lost delimiter in the name after it nothing tells the rest of an id from a name.
    splits_id: bool,
    /// A line end in the row's very first value, unquoted: what follows it is a right row by itself.
    has_right_tail: bool,
    /// One half of a value was dropped: what is left is another value in the right place, a later stage's matter.
    is_changed_in_place: bool,
}

fn damage(fields: &[String], damages: &[Damage], style: Style) -> Damaged {
    let mut truth = fields.to_vec();
    let (mut splits_id, mut has_right_tail, mut is_changed_in_place) = (false, false, false);
    let piece =
        |content: &str| Piece { content: content.to_owned(), before: "\"", after: "\"", delimiter: "\t" };
    let mut row: Vec<Piece> = fields.iter().map(|field| piece(field)).collect();
    row.last_mut().unwrap().delimiter = "";
    let mut origin: Vec<usize> = (0..fields.len()).collect();
    for damage in damages {
        let count = row.len();
        let pick = |field: u8| usize::from(field) % count;
        match *damage {
            Damage::LoseDelimiter { field } => row[pick(field)].delimiter = "",
            Damage::Glue { field } => {
                let field = pick(field);
                row[field].after = "";
                row[field].delimiter = "";
                if let Some(next) = row.get_mut(field + 1) {
                    next.before = "";
                }
            }
            Damage::Split { field, at } => {
                let field = pick(field);
                splits_id |= origin[field] == nc::NCID;
                let mut second = row[field].clone();
                let at = usize::from(at) % (second.content.len() + 1);
                second.content = row[field].content.split_off(at);
                second.before = "\"";
                row[field].after = "\"";
                row[field].delimiter = "\t";
                row.insert(field + 1, second);
                origin.insert(field + 1, origin[field]);
            }
            Damage::Drop { field } => {
                let field = pick(field);
                if row.len() > 1 {
                    is_changed_in_place |= origin.iter().filter(|of| **of == origin[field]).count() > 1;
                    row.remove(field);
                    origin.remove(field);
                }
            }
            Damage::Double { field } => {
                let field = pick(field);
                let mut twin = row[field].clone();
                twin.delimiter = "\t";
                row.insert(field, twin);
                origin.insert(field, origin[field]);
            }
            Damage::Insert { field } => {
                let field = pick(field);
                row.insert(field, piece(""));
                origin.insert(field, usize::MAX);
            }
            Damage::Swap { field } => {
                let field = pick(field);
                if field + 1 < row.len() {
                    let (content, next) = (row[field].content.clone(), row[field + 1].content.clone());
                    row[field].content = next;
                    row[field + 1].content = content;
                    origin.swap(field, field + 1);
                }
            }
            Damage::Byte { field, at, byte } => {
                let field = pick(field);
                if origin.iter().filter(|place| **place == origin[field]).count() > 1 {
                    // A part of a value that fell apart, or its twin: nobody could say what the truth is now.
                    continue;
                }
                let byte = ["\t", "\"", "\n", "\0", " ", "\r\n", "A", "7"][usize::from(byte) % 8];
                let at = usize::from(at) % (row[field].content.len() + 1);
                splits_id |= origin[field] == nc::NCID && byte == "\t";
                has_right_tail |= field == 0 && byte.ends_with('\n') && style != Style::Quoted;
                row[field].content.insert_str(at, byte);
                if let Some(truth) = truth.get_mut(origin[field]) {
                    *truth = row[field].content.replace("\r\n", " ").replace('\n', " ").replace('\0', "");
                }
            }
            Damage::LoseQuote { field, is_opening } => {
                let field = pick(field);
                if is_opening {
                    row[field].before = "";
                } else {
                    row[field].after = "";
                }
            }
            Damage::Cut { field, at } => {
                let field = pick(field);
                row.truncate(field + 1);
                origin.truncate(field + 1);
                let at = usize::from(at) % (row[field].content.len() + 1);
                row[field].content.truncate(at);
                row[field].after = "";
                row[field].delimiter = "";
            }
        }
    }
    let mut text: String =
        row.iter().flat_map(|piece| [piece.before, &piece.content, piece.after, piece.delimiter]).collect();
    if style != Style::Quoted {
        // No value of these rows holds a quote or a comma of its own.
        let (quote, delimiter) = if style == Style::Commas { ("", ",") } else { ("", "\t") };
        text = text.replace('"', quote).replace('\t', delimiter);
        truth.iter_mut().for_each(|truth| *truth = truth.replace('"', quote).replace('\t', delimiter));
    }
    Damaged { file: text.into_bytes(), truth, splits_id, has_right_tail, is_changed_in_place }
}

/// Whether `value` would pass as a value of that column.
fn looks_right(column: &str, value: &str) -> bool {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    match column {
        "STATE_CD" => value.len() == 2 && digits == 0,
        "ZIP_CODE" => value.len() == 5 && digits == 5,
        "REGISTR_DT" => value.len() == 10 && digits == 8 && value.matches('/').count() == 2,
        "BIRTH_YEAR" => value.len() == 4 && digits == 4,
        _ => true,
    }
}

fn check(good: usize, damages: &[Damage], style: Style) {
    let (format, rows, watched) = &*GOOD;
    let damaged = damage(&rows[good % rows.len()], damages, style);
    if (damaged.splits_id && damages.len() > 1) || damaged.has_right_tail || damaged.is_changed_in_place {
        return;
    }
    let header = format.header.as_ref().unwrap();
    let mut found = Rows::default();
    let counts = READERS[style as usize].clone().read(&damaged.file, BlockStart::FILE, &mut found);
    assert!(counts.adds_up(), "{counts:?}");
    for row in found.0 {
        let Row::Taken { fields, repairs, .. } = row else { continue };
        for column in watched {
            let bare = |value: &str| value.trim_matches([',', '\t', ' ']).to_owned();
            let (value, truth) = (bare(&fields[*column]), bare(&damaged.truth[*column]));
            let is_missing = value.is_empty() && *column != nc::NCID;
            assert!(
                value == truth || is_missing || !looks_right(&header[*column], &value),
                "{}: expected {truth:?}, got {value:?} after {damages:?} in {style:?}, {repairs:?}",
                header[*column]
            );
        }
    }
}

#[test]
fn one_damage_never_gives_a_wrong_value() {
    let (_, rows, _) = &*GOOD;
    assert!(rows.len() > 200);
    for field in 0..70 {
        for (good, at) in [(0, 1), (40, 3)] {
            for damage in [
                Damage::LoseDelimiter { field },
                Damage::Glue { field },
                Damage::Split { field, at },
                Damage::Drop { field },
                Damage::Double { field },
                Damage::Insert { field },
                Damage::Swap { field },
                Damage::LoseQuote { field, is_opening: true },
                Damage::LoseQuote { field, is_opening: false },
                Damage::Cut { field, at },
            ] {
                check(good, &[damage], Style::Quoted);
                check(good, &[damage], Style::Commas);
                check(good, &[damage], Style::Bare);
            }
            for byte in 0..8 {
                check(good, &[Damage::Byte { field, at, byte }], Style::Quoted);
                check(good, &[Damage::Byte { field, at, byte }], Style::Commas);
                check(good, &[Damage::Byte { field, at, byte }], Style::Bare);
            }
        }
    }
}

#[test]
fn several_damages_never_give_a_wrong_value() {
    bolero::check!()
        .with_type::<(u8, Style, Damage, Damage, Option<Damage>)>()
        .with_iterations(4_000)
        .for_each(|(good, style, first, second, third)| {
            let damages: Vec<Damage> = [Some(*first), Some(*second), *third].into_iter().flatten().collect();
            check(usize::from(*good), &damages, *style);
        });
}
