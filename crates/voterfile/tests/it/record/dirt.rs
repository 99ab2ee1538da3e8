//! Every kind of dirt that is a matter of reading, on hand-written bytes. The list is called `small`: id, county, name,
//! street, city, state, ZIP, registered on, party.

use super::{Row, read, read_in_steps, small};
use hustings_voterfile::format::{
    Check, ContactFields, FieldCheck, LineEnd, RecordFormat, RecordShape, TextEncoding,
};
use hustings_voterfile::record::{JOINED_LINES_MAX, LINE_LENGTH_MAX, RECORD_LENGTH_MAX};

const GOOD: &str = "AB1,CLAY,JANE DOE,1 MAIN ST,SPRINGFIELD,NC,27701,01/02/2003,DEM";
const HEADER: &str = "ID,COUNTY,NAME,STREET,CITY,STATE,ZIP,REGISTERED,PARTY";

/// Each row in short: `ok|name`, `repair+repair|name`, or `!rule`.
fn outcome(format: &RecordFormat, file: &[u8]) -> Vec<String> {
    let (rows, counts) = read(format, file);
    for step in [1, 5, 64] {
        assert_eq!(read_in_steps(format, file, step), (rows.clone(), counts), "in steps of {step}");
    }
    rows.iter()
        .map(|row| match row {
            Row::Taken { repairs, fields, .. } => {
                let repairs = if repairs.is_empty() { "ok".to_owned() } else { repairs.join("+") };
                format!("{repairs}|{}", fields[2])
            }
            Row::Held { rule, .. } => format!("!{rule}"),
        })
        .collect()
}

fn comma(file: &str, expected: &[&str]) {
    assert_eq!(outcome(&small(b',', Some(b'"')), file.as_bytes()), expected, "{file}");
}

fn tab(file: &str, expected: &[&str]) {
    assert_eq!(outcome(&small(b'\t', Some(b'"')), file.as_bytes()), expected, "{file}");
}

/// All fields of the only row.
fn fields(format: &RecordFormat, file: &[u8]) -> Vec<String> {
    match read(format, file).0.as_slice() {
        [Row::Taken { fields, .. }] => fields.clone(),
        rows => panic!("expected one row taken, got {rows:?}"),
    }
}

// --- Quotes and delimiters ---------------------------------------------------------------------------------------------

#[test]
fn sound_rows_are_taken_as_they_stand() {
    comma(GOOD, &["ok|JANE DOE"]);
    comma(&format!("{GOOD}\r\n{GOOD}\n"), &["ok|JANE DOE", "ok|JANE DOE"]);
    comma("AB1,CLAY,\"DOE, JANE\",1 MAIN ST,X,NC,27701,01/02/2003,DEM", &["ok|DOE, JANE"]);
    comma("AB1,CLAY,\"JANE \"\"JJ\"\" DOE\",1 MAIN ST,X,NC,27701,01/02/2003,DEM", &["ok|JANE \"JJ\" DOE"]);
    comma("AB1,CLAY,JANE DOE,,,,,,", &["ok|JANE DOE"]);
    comma("AB1,clay ,JANE DOE,1 MAIN ST    ,X,nc,27701-1234,##/##/####,dem", &["ok|JANE DOE"]);
}

#[test]
fn a_delimiter_inside_quotes_is_data() {
    tab("\"AB1\"\t\"CLAY\"\t\"DOE\tJANE\"\t\"\"\t\"X\"\t\"NC\"\t\"27701\"\t\"\"\t\"DEM\"", &["ok|DOE\tJANE"]);
}

#[test]
fn embedded_quotes_are_kept_as_data() {
    comma(
        "AB1,CLAY,\"JANE \"JJ\" DOE\",1 MAIN ST,X,NC,27701,01/02/2003,DEM",
        &["embedded_quotes|JANE \"JJ\" DOE"],
    );
    comma(
        "AB1,CLAY,JANE \"JJ\" DOE,1 MAIN ST,X,NC,27701,01/02/2003,DEM",
        &["embedded_quotes|JANE \"JJ\" DOE"],
    );
    comma("AB1,CLAY,5' 10\",1 MAIN ST,X,NC,27701,01/02/2003,DEM", &["embedded_quotes|5' 10\""]);
    tab(
        "\"AB1\"\t\"CLAY\"\t\"DOE\"BUD\"\"\t\"1 MAIN\"\t\"X\"\t\"NC\"\t\"27701\"\t\"\"\t\"DEM\"",
        &["embedded_quotes|DOE\"BUD\""],
    );
    // Quotes and a delimiter inside one quoted field.
    tab(
        "\"AB1\"\t\"CLAY\"\t\"DOE \"BUD\"\tJR\"\t\"1 MAIN\"\t\"X\"\t\"NC\"\t\"27701\"\t\"\"\t\"DEM\"",
        &["embedded_quotes|DOE \"BUD\"\tJR"],
    );
}

#[test]
fn a_lost_quote_is_put_back_when_all_else_is_in_place() {
    let rest = "\t\"1 MAIN\"\t\"X\"\t\"NC\"\t\"27701\"\t\"\"\t\"DEM\"";
    tab(&format!("\"AB1\"\t\"CLAY\"\t\"JANE DOE{rest}"), &["unbalanced_quote|JANE DOE"]);
    tab(&format!("\"AB1\"\t\"CLAY\"\tJANE DOE\"{rest}"), &["unbalanced_quote|JANE DOE"]);
    comma("AB1,CLAY,\"JANE DOE,1 MAIN ST,X,NC,27701,01/02/2003,DEM", &["unbalanced_quote|JANE DOE"]);
    // At the row's start or end it looks the same as a row that was cut there.
    tab(&format!("AB1\"\t\"CLAY\"\t\"JANE DOE\"{rest}"), &["!broken_quotes"]);
    tab("\"AB1\"\t\"CLAY\"\t\"J\"\t\"1 MAIN\"\t\"X\"\t\"NC\"\t\"27701\"\t\"\"\t\"DE", &["!short_row"]);
}

#[test]
fn quotes_are_data_where_the_layout_has_none() {
    let file = b"AB1|CLAY|\"JANE|1 \"A\" ST|X|NC|27701|01/02/2003|DEM\n";
    assert_eq!(outcome(&small(b'|', None), file), ["ok|\"JANE"]);
}

#[test]
fn an_unquoted_delimiter_is_repaired_only_when_one_reading_is_right() {
    // Only the street can hold it: the name before it would push the county out of its domain, the city after it the state.
    let mut format = small(b',', Some(b'"'));
    format.checks.retain(|check| check.field != 2);
    format.checks.push(FieldCheck {
        field: 2,
        check: Check::Date { formats: vec!["%Y".into()], null_dates: vec![] },
        anchor: false,
        required: false,
    });
    format.checks.push(FieldCheck {
        field: 4,
        check: Check::OneOf { what: "a city", words: ["SPRINGFIELD".to_owned()].into() },
        anchor: false,
        required: false,
    });
    let row = b"AB1,CLAY,1999,1 MAIN ST, APT 4,SPRINGFIELD,NC,27701,01/02/2003,DEM";
    let (rows, counts) = read(&format, row);
    assert!(matches!(&rows[0], Row::Taken { fields, .. } if fields[3] == "1 MAIN ST, APT 4"), "{rows:?}");
    assert_eq!(counts.repairs().collect::<Vec<_>>(), [("unquoted_delimiter", 1)]);
    // Up to ten of them.
    let row = b"AB1,CLAY,1999,1,2,3,4,5,6,7,8,9,10,11,SPRINGFIELD,NC,27701,01/02/2003,DEM";
    assert_eq!(fields(&format, row)[3], "1,2,3,4,5,6,7,8,9,10,11");

    // Name, street and city are free text here: `1 MAIN ST, APT 4` might as well be street and city.
    comma("AB1,CLAY,JANE DOE,1 MAIN ST, APT 4,SPRINGFIELD,NC,27701,01/02/2003,DEM", &["!ambiguous_shift"]);
    comma("AB1,CLAY,DOE, JANE,1 MAIN ST,SPRINGFIELD,NC,27701,01/02/2003,DEM", &["!ambiguous_shift"]);
}

#[test]
fn a_delimiter_inside_a_checked_value_is_never_moved_to_a_neighbor() {
    // id, name, date: `AB1,23,JANE` must not become the id `AB1` with the name `23,JANE`.
    let mut format = small(b',', Some(b'"'));
    format.width = 3;
    format.header = None;
    format.checks.retain(|check| check.field == 0 || check.field == 7);
    format.checks[1].field = 2;
    assert_eq!(
        outcome(&format, b"AB123,JANE,01/02/2003\nAB1,23,JANE,01/02/2003"),
        ["ok|01/02/2003", "!ambiguous_shift"]
    );
}

// --- Short, long, shifted ----------------------------------------------------------------------------------------------

#[test]
fn cut_rows_are_held_back() {
    for length in 1..GOOD.rfind(',').unwrap() {
        comma(&GOOD[..length], &["!short_row"]);
    }
    tab("\"AB1\"\t\"CLAY\"\t\"JANE DO", &["!short_row"]);
    // Arizona's cut rows: an id of 0 and little else.
    comma("0,CLAY,JANE DOE,1 MAIN ST,X,NC,27701,01/02/2003,DEM", &["!invalid_id"]);
}

#[test]
fn an_id_that_is_a_date_or_a_name_is_held_back() {
    comma("01/02/2003,CLAY,JANE DOE,1 MAIN ST,X,NC,27701,01/02/2003,DEM", &["!invalid_id"]);
    comma("JANE DOE,CLAY,JANE DOE,1 MAIN ST,X,NC,27701,01/02/2003,DEM", &["!invalid_id"]);
    comma(",CLAY,JANE DOE,1 MAIN ST,X,NC,27701,01/02/2003,DEM", &["!invalid_id"]);
}

#[test]
fn shifted_rows_with_the_right_count_are_held_back() {
    // The county is missing, and an empty field stands at the end.
    comma("AB1,JANE DOE,1 MAIN ST,SPRINGFIELD,NC,27701,01/02/2003,DEM,", &["!shifted_row"]);
    // An empty field in front.
    comma(",AB1,CLAY,JANE DOE,1 MAIN ST,SPRINGFIELD,NC,27701,01/02/2003", &["!shifted_row"]);
    // City and state run together, and the street is split in two.
    comma("AB1,CLAY,JANE DOE,1 MAIN ST,APT 4,SPRINGFIELDNC,27701,01/02/2003,DEM", &["!shifted_row"]);
    // The city is split in two, and the empty state was dropped.
    comma("AB1,CLAY,JANE DOE,1 MAIN ST,WINSTON,SALEM,27701,01/02/2003,DEM", &["!shifted_row"]);
    // ZIP lost, empty field at the end.
    comma("AB1,CLAY,JANE DOE,1 MAIN ST,SPRINGFIELD,NC,01/02/2003,DEM,", &["!shifted_row"]);
}

#[test]
fn a_field_that_the_row_lacks_is_put_back_where_only_one_place_fits() {
    // New Hampshire's rows without their county.
    let format = small(b',', Some(b'"'));
    let row = b"AB1,JANE DOE,1 MAIN ST,SPRINGFIELD,NC,27701,01/02/2003,DEM";
    assert_eq!(outcome(&format, row), ["missing_field|JANE DOE"]);
    assert_eq!(fields(&format, row)[..3], ["AB1", "", "JANE DOE"]);
    // Without its ZIP.
    comma("AB1,CLAY,JANE DOE,1 MAIN ST,SPRINGFIELD,NC,01/02/2003,DEM", &["missing_field|JANE DOE"]);
    // The last field may be what a cut left of a date.
    comma("AB1,CLAY,JANE DOE,1 MAIN ST,SPRINGFIELD,NC,27701,0", &["!short_row"]);
}

#[test]
fn a_lost_delimiter_is_not_taken_for_a_lost_field() {
    comma("AB1,CLAY,JANE DOE,1 MAIN ST,SPRINGFIELDNC,27701,01/02/2003,DEM", &["!short_row"]);
    comma("AB1,CLAY,JANE DOE1 MAIN ST,SPRINGFIELD,NC,27701,01/02/2003,DEM", &["!short_row"]);
    comma("AB1,CLAYJANE DOE,1 MAIN ST,SPRINGFIELD,NC,27701,01/02/2003,DEM", &["!short_row"]);
    comma("AB1CLAY,JANE DOE,1 MAIN ST,SPRINGFIELD,NC,27701,01/02/2003,DEM", &["!short_row"]);
    comma("AB1,CLAY,JANE DOE,1 MAIN ST,SPRINGFIELD,NC27701,01/02/2003,DEM", &["!short_row"]);
    comma("AB1,CLAY,JANE DOE,1 MAIN ST,SPRINGFIELD,NC,2770101/02/2003,DEM", &["!short_row"]);
}

#[test]
fn one_bad_value_in_a_row_that_is_in_place_is_a_later_stages_matter() {
    comma("AB1,CLAY,JANE DOE,1 MAIN ST,SPRINGFIELD,NC,2770X,01/02/2003,DEM", &["ok|JANE DOE"]);
    comma("AB1,CLAY,JANE DOE,1 MAIN ST,SPRINGFIELD,NC,27701,31/31/2003,DEM", &["ok|JANE DOE"]);
    comma("AB1,CLAY,JANE DOE,1 MAIN ST,SPRINGFIELD,N1,27701,01/02/2003,DEM", &["ok|JANE DOE"]);
    comma("AB1,CLAY,JANE DOE,1 MAIN ST,SPRINGFIELD,NC,2770X,31/31/2003,DEM", &["!shifted_row"]);
    comma("AB1,MARS,JANE DOE,1 MAIN ST,SPRINGFIELD,NC,27701,01/02/2003,DEM", &["!shifted_row"]);
}

#[test]
fn a_row_masked_by_asterisks_is_in_its_place() {
    comma("AB1,CLAY,*,*,*,**,*****,*,DEM", &["ok|*"]);
    comma("*,CLAY,*,*,*,**,*****,*,DEM", &["!invalid_id"]);
}

#[test]
fn a_long_word_in_a_short_column_that_a_shift_explains_is_held_back() {
    // last, first, middle, suffix, status: `TATE`, `DE LA`, `JEREMIAH`, `RONALD` and a dropped empty suffix.
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let soft = |field, check| FieldCheck { field, check, anchor: false, required: false };
    let mut format = small(b',', Some(b'"'));
    format.width = 6;
    format.header = None;
    format.checks.retain(|check| check.field == 0);
    format.checks.extend([1, 2, 3].map(|field| soft(field, Check::Width(25))));
    format.checks.push(soft(4, Check::Width(3)));
    format.checks.push(soft(5, Check::Code { known: words(&["A", "I"]), width_max: 1 }));
    assert_eq!(outcome(&format, b"AB1,TATE,DE LA,JEREMIAH,RONALD,A"), ["!shifted_row"]);
    assert_eq!(outcome(&format, b"AB1,TATE,JEREMIAH,RONALD,JR,A"), ["ok|JEREMIAH"]);
    // No shift explains a status in words.
    assert_eq!(outcome(&format, b"AB1,TATE,JEREMIAH,RONALD,JR,ACTIVE"), ["ok|JEREMIAH"]);
}

#[test]
fn a_word_among_dates_may_have_moved_there_and_an_impossible_date_has_not() {
    let mut format = small(b',', Some(b'"'));
    format.width = 5;
    format.header = None;
    format.checks.retain(|check| matches!(check.field, 0 | 7));
    format.checks[1].field = 3;
    format.checks.push(FieldCheck { field: 4, ..format.checks[1].clone() });
    assert_eq!(outcome(&format, b"AB1,JANE,DOE,01/02/1970,01/02/2003"), ["ok|DOE"]);
    assert_eq!(outcome(&format, b"AB1,JANE,ANNE,DOE,01/02/1970"), ["!shifted_row"]);
    assert_eq!(outcome(&format, b"AB1,JANE,DOE,00/00/0000,01/02/2003"), ["ok|DOE"]);
}

#[test]
fn empty_fields_beyond_the_last_are_cut_off() {
    comma(&format!("{GOOD},\n{GOOD},,\n{GOOD},,,,"), &["trailing_empty_fields|JANE DOE"; 3]);
    // Michigan: the header has the empty cell, too, or lacks it.
    comma(&format!("{HEADER}\n{GOOD},"), &["trailing_empty_fields|JANE DOE"]);
    comma(&format!("{HEADER},\n{GOOD},"), &["trailing_empty_fields|JANE DOE"]);
    comma("AB1,CLAY,JANE DOE,,,,,,,", &["trailing_empty_fields|JANE DOE"]);
    // Not when they are there because a value was split.
    comma("AB1,CLAY,DOE,JANE,1 MAIN ST,X,NC,27701,01/02/2003,", &["!ambiguous_shift"]);
    comma(&format!("{GOOD},X"), &["!long_row"]);
}

#[test]
fn spreadsheet_numbers_are_in_their_place() {
    comma("AB1,CLAY,JANE DOE,1 MAIN ST,X,NC,27701.0,01/02/2003,DEM", &["ok|JANE DOE"]);
    comma("AB1,CLAY,JANE DOE,1 MAIN ST,X,MA,2138,01/02/2003,DEM", &["ok|JANE DOE"]);
    comma("AB1,CLAY,,1 MAIN ST,X,NC,27701,01/02/2003,wor", &["ok|"]);
}

// --- Headers and blank lines -------------------------------------------------------------------------------------------

#[test]
fn header_lines_are_found_wherever_they_stand() {
    let format = small(b',', Some(b'"'));
    let file = format!(
        "\u{FEFF}{HEADER}\n{GOOD}\n{HEADER}\r\n\"id\", \"County\",name,street,city,state,zip,registered,party\n{GOOD}\n"
    );
    let (rows, counts) = read(&format, file.as_bytes());
    assert_eq!((rows.len(), counts.lines, counts.header_lines, counts.accepted), (2, 5, 3, 2));
    // In a part that has none the first line is a row.
    assert_eq!(read(&format, GOOD.as_bytes()).1.accepted, 1);
    // A header with other names is no row either.
    comma("ID,COUNTY,NAME,STREET,TOWN,STATE,ZIP,REGISTERED,PARTY", &["!shifted_row"]);
}

#[test]
fn blank_lines_and_padding_at_the_end_are_counted() {
    let format = small(b',', Some(b'"'));
    let (rows, counts) = read(&format, format!("\n{GOOD}\n \t \r\n\r\n{GOOD}\n\u{1A}\0\0").as_bytes());
    assert_eq!((rows.len(), counts.lines, counts.blank_lines, counts.accepted), (2, 6, 4, 2));
    assert_eq!(read(&format, b"").1.lines, 0);
    assert_eq!(read(&format, b"\n\n").1.blank_lines, 2);
    assert_eq!(read(&format, b"\xEF\xBB\xBF").1.blank_lines, 1);
    comma(&format!("{GOOD}\u{1A}"), &["end_of_file_stripped|JANE DOE"]);
    // Two old files put end to end.
    comma(
        &format!("{GOOD}\n\u{1A}{HEADER}\n\u{1A}{GOOD}"),
        &["ok|JANE DOE", "end_of_file_stripped|JANE DOE"],
    );
}

// --- Line ends ---------------------------------------------------------------------------------------------------------

#[test]
fn the_last_line_needs_no_line_end() {
    comma(&format!("{GOOD}\n{GOOD}"), &["ok|JANE DOE", "ok|JANE DOE"]);
}

#[test]
fn a_line_end_inside_quotes_becomes_a_blank() {
    for line_end in ["\n", "\r\n"] {
        let row = format!("AB1,CLAY,\"JANE{line_end}DOE\",1 MAIN ST,X,NC,27701,01/02/2003,DEM");
        comma(&format!("{GOOD}\n{row}\n{GOOD}"), &["ok|JANE DOE", "joined_lines|JANE DOE", "ok|JANE DOE"]);
    }
    comma("AB1,CLAY,\"JANE\n\n\nDOE\",1 MAIN ST,X,NC,27701,01/02/2003,DEM", &["joined_lines|JANE   DOE"]);
    let many = "A\n".repeat(JOINED_LINES_MAX - 1);
    comma(
        &format!("AB1,CLAY,\"{many}\",,X,NC,27701,01/02/2003,DEM"),
        &[&format!("joined_lines|{}", "A ".repeat(7))],
    );
}

#[test]
fn a_line_end_inside_an_unquoted_field_becomes_a_blank() {
    let format = small(b'\t', None);
    let file = b"AB1\tCLAY\tJANE\r\nDOE\t1 MAIN ST\tX\tNC\t27701\t01/02/2003\tDEM\r\n";
    assert_eq!(outcome(&format, file), ["joined_lines|JANE DOE"]);
    let (_, counts) = read(&format, file);
    assert_eq!((counts.lines, counts.records, counts.continuation_lines), (2, 1, 1));
}

#[test]
fn a_right_row_is_never_swallowed_by_a_join() {
    // An open quote before it must not eat it.
    comma(
        &format!("AB1,CLAY,\"JANE\n{GOOD}\nDOE\",1 MAIN ST,X,NC,27701,01/02/2003,DEM"),
        &["!short_row", "ok|JANE DOE", "!short_row"],
    );
    comma(
        &format!("AB1,CLAY,\"JANE\n{HEADER}\nDOE\",1,X,NC,27701,01/02/2003,DEM"),
        &["!short_row", "!short_row"],
    );
    // Too many lines.
    let many = "A\n".repeat(JOINED_LINES_MAX);
    let held =
        read(&small(b',', Some(b'"')), format!("AB1,CLAY,\"{many}\",,X,NC,27701,01/02/2003,DEM").as_bytes())
            .1;
    assert_eq!((held.quarantined, held.records), (9, 9));
}

#[test]
fn a_carriage_return_inside_a_field_becomes_a_blank() {
    comma(
        "AB1,CLAY,JANE\rDOE,1 MAIN ST,X,NC,27701,01/02/2003,DEM\r\n",
        &["carriage_return_blanked|JANE DOE"],
    );
}

#[test]
fn lone_carriage_returns_end_lines_in_old_files() {
    let mut format = small(b',', Some(b'"'));
    format.line_end = LineEnd::CarriageReturn;
    let file = format!("{HEADER}\r{GOOD}\r\r{GOOD}\r");
    let (rows, counts) = read(&format, file.as_bytes());
    assert_eq!((rows.len(), counts.lines, counts.header_lines, counts.blank_lines), (2, 4, 1, 1));
}

// --- Bytes -------------------------------------------------------------------------------------------------------------

#[test]
fn nul_bytes_are_taken_out() {
    comma("AB1,CLAY,JA\0NE D\0OE,1 MAIN ST,X,NC,27701,01/02/2003,DEM", &["nul_stripped|JANE DOE"]);
    comma(&format!("{GOOD}\0\0\0"), &["nul_stripped|JANE DOE"]);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_value() {
    comma(&format!("\u{FEFF}{GOOD}\n\u{FEFF}{GOOD}"), &["ok|JANE DOE", "byte_order_mark_stripped|JANE DOE"]);
}

#[test]
fn cp1252_and_utf8_are_decoded_as_the_file_says() {
    let row = |name: &[u8]| [b"AB1,CLAY,", name, b",1 MAIN ST,X,NC,27701,01/02/2003,DEM"].concat();
    let mut format = small(b',', Some(b'"'));
    assert_eq!(outcome(&format, &row("NUÑEZ".as_bytes())), ["ok|NUÑEZ"]);
    // One line that is not UTF-8 in a file that is.
    assert_eq!(outcome(&format, &row(b"NU\xD1EZ")), ["mixed_encoding|NUÑEZ"]);
    format.encoding = TextEncoding::Cp1252;
    assert_eq!(outcome(&format, &row(b"NU\xD1EZ")), ["ok|NUÑEZ"]);
    assert_eq!(outcome(&format, &row(b"O\x92NEIL \x81")), ["ok|O\u{2019}NEIL \u{81}"]);
    // Offsets and lengths count raw bytes, also after a decoded line.
    let file = [row(b"NU\xD1EZ"), b"\n".to_vec(), row(b"JANE")].concat();
    let (rows, _) = read(&format, &file);
    assert!(matches!(&rows[1], Row::Taken { offset, length: 49, line: 2, .. } if *offset == 51), "{rows:?}");
}

// --- Size --------------------------------------------------------------------------------------------------------------

#[test]
fn over_long_rows_are_held_back_and_memory_stays_bounded() {
    let format = small(b',', Some(b'"'));
    let long = "X".repeat(RECORD_LENGTH_MAX + 1);
    let (rows, counts) = read(&format, format!("{GOOD}\n{long}\n{GOOD}\n").as_bytes());
    assert!(matches!(&rows[1], Row::Held { rule: "oversize", length, .. } if *length as usize == long.len()));
    assert_eq!((counts.accepted, counts.quarantined), (2, 1));

    // A file without a single line end.
    let endless = vec![b'X'; 2 * LINE_LENGTH_MAX + 5];
    let whole = read(&format, &endless);
    assert_eq!((whole.1.lines, whole.1.quarantined), (3, 3));
    assert_eq!(read_in_steps(&format, &endless, LINE_LENGTH_MAX / 2 + 1), whole);
}

// --- Fixed width -------------------------------------------------------------------------------------------------------

fn fixed() -> RecordFormat {
    let soft = |field, check| FieldCheck { field, check, anchor: false, required: false };
    RecordFormat {
        shape: RecordShape::Fixed { fields: vec![0..5, 5..8, 8..14, 14..19], line_length_max: 19 },
        width: 4,
        header: None,
        encoding: TextEncoding::Cp1252,
        line_end: LineEnd::LineFeed,
        checks: vec![
            FieldCheck {
                field: 0,
                check: Check::Id { letters: 0..1, digits: 5..6, punctuation: vec![] },
                anchor: true,
                required: true,
            },
            soft(1, Check::Age),
            soft(3, Check::Zip),
        ],
        runs: vec![],
        contact: ContactFields::default(),
        suffix: None,
        census: None,
    }
}

#[test]
fn fixed_rows_fall_into_fields_by_position() {
    assert_eq!(fields(&fixed(), b"00001 42JANE  27701\r\n"), ["00001", " 42", "JANE  ", "27701"]);
    assert_eq!(fields(&fixed(), b"00001 42JAN\n"), ["00001", " 42", "JAN", ""]);
    assert_eq!(fields(&fixed(), b"00001 42NU\xD1EZ 27701\n"), ["00001", " 42", "NUÑEZ ", "27701"]);
    assert_eq!(outcome(&fixed(), b"00001 42JANE  27701X"), ["!long_row"]);
    assert_eq!(outcome(&fixed(), b"00001 42JANE  27701   "), ["trailing_empty_fields|JANE  "]);
    assert_eq!(outcome(&fixed(), b" 00001 42JANE 27701"), ["!shifted_row"]);
    assert_eq!(outcome(&fixed(), b"0000142 JANE  27701"), ["ok|JANE  "]);
}

#[test]
fn fixed_positions_in_utf8_count_bytes_or_characters() {
    let mut format = fixed();
    format.encoding = TextEncoding::Utf8;
    assert_eq!(fields(&format, "00001 42NUÑEZ27701".as_bytes()), ["00001", " 42", "NUÑEZ", "27701"]);
    assert_eq!(fields(&format, "00001 42NUÑEZ 27701".as_bytes()), ["00001", " 42", "NUÑEZ ", "27701"]);
}

// --- What is said of a row held back -----------------------------------------------------------------------------------

#[test]
fn a_row_held_back_names_field_and_expectation_and_no_value() {
    let (rows, _) =
        read(&small(b',', Some(b'"')), b"\nAB1,MARS,JANE DOE,1 MAIN ST,X,NC,2770X,01/02/2003,DEM\r\n");
    let Row::Held { line, lines, offset, length, rule, detail, bytes } = &rows[0] else { panic!("{rows:?}") };
    assert_eq!((*line, *lines, *offset, *length, *rule), (2, 1, 1, 53, "shifted_row"));
    assert_eq!(
        detail,
        "field 2 (COUNTY): expected a county name (ADAMS, BUTLER, CLAY), got 4 characters; 1 more check fails"
    );
    assert!(bytes.starts_with(b"AB1,MARS") && bytes.ends_with(b",DEM"));
}
