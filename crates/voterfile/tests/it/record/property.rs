//! Any bytes as a file: no panic, both sums hold, and blocks of any size give the same rows.

use super::{Row, nc, read, read_in_steps, small};
use hustings_voterfile::format::{LineEnd, RecordFormat, RecordShape, TextEncoding};
use hustings_voterfile::record::{Inspector, count_lines};

/// One of the shapes that state lists have.
fn format(choice: u8) -> RecordFormat {
    let mut format = match choice % 4 {
        0 => small(b',', Some(b'"')),
        1 => small(b'\t', None),
        2 => nc::format(),
        _ => {
            let mut format = small(b',', Some(b'"'));
            format.shape = RecordShape::Fixed {
                fields: vec![0..3, 3..8, 8..17, 17..27, 27..39, 39..42, 42..48, 48..59, 59..62],
                line_length_max: 62,
            };
            format.header = None;
            format
        }
    };
    if choice & 0x10 != 0 {
        format.checks.clear();
    }
    if choice & 0x20 != 0 {
        format.encoding = TextEncoding::Cp1252;
    }
    if choice & 0x40 != 0 {
        format.line_end = LineEnd::CarriageReturn;
    }
    format
}

fn holds(format: &RecordFormat, file: &[u8], step: usize) {
    let (rows, counts) = read(format, file);
    assert_eq!(counts.lines, count_lines(file, format.line_end));
    let mut inspector = Inspector::new(None);
    inspector.feed(file);
    if let Ok(seen) = inspector.finish()
        && seen.line_end == format.line_end
    {
        assert_eq!(seen.lines, counts.lines);
    }
    for row in &rows {
        let (offset, length) = match row {
            Row::Taken { offset, length, fields, .. } => {
                assert_eq!(fields.len(), format.width);
                (*offset, *length)
            }
            Row::Held { offset, length, bytes, detail, .. } => {
                assert_eq!(bytes.len(), *length as usize);
                assert!(!detail.is_empty());
                (*offset, *length)
            }
        };
        assert!(offset + u64::from(length) <= file.len() as u64);
    }
    assert_eq!(read_in_steps(format, file, step), (rows, counts), "in steps of {step}");
}

/// The first byte chooses the format, the second the step. Seeds lie in `__fuzz__/any_bytes`.
#[test]
fn any_bytes() {
    bolero::check!(name = "any_bytes").with_iterations(3_000).for_each(|input: &[u8]| {
        if let [choice, step, file @ ..] = input {
            holds(&format(*choice), file, usize::from(*step) + 1);
        }
    });
}

/// Random bytes hardly ever make a row; these pieces often do.
#[test]
fn any_sequence_of_pieces() {
    const PIECES: [&[u8]; 24] = [
        b"AB1,CLAY,JANE DOE,1 MAIN ST,SPRINGFIELD,NC,27701,01/02/2003,DEM",
        b"\"AB2\",\"ADAMS\",\"JANE \"JJ\" DOE\",\"1 MAIN\",\"X\",\"NC\",\"27701\",\"01/02/2003\",\"DEM\"",
        b"AB1\tCLAY\tJANE DOE\t1 MAIN ST\tSPRINGFIELD\tNC\t27701\t01/02/2003\tDEM",
        b"AB3,CLAY,\"JANE",
        b"DOE\",1 MAIN ST,SPRINGFIELD,NC,27701,01/02/2003,DEM",
        b"AB4,JANE DOE,1 MAIN ST,SPRINGFIELD,NC,27701,01/02/2003,DEM",
        b"ID,COUNTY,NAME,STREET,CITY,STATE,ZIP,REGISTERED,PARTY",
        b"\xEF\xBB\xBF",
        b"\n",
        b"\n",
        b"\r\n",
        b"\r\n",
        b"\r",
        b"\"",
        b"\"",
        b",",
        b",",
        b"\t",
        b"\"\"",
        b"\0",
        b"\x1A",
        b"NU\xD1EZ",
        b"NU\xC3\x91EZ",
        b" ",
    ];
    bolero::check!().with_type::<(u8, u8, Vec<u8>)>().with_iterations(3_000).for_each(
        |(choice, step, pieces)| {
            let file: Vec<u8> =
                pieces.iter().flat_map(|piece| PIECES[usize::from(*piece) % PIECES.len()]).copied().collect();
            holds(&format(*choice), &file, usize::from(*step) + 1);
        },
    );
}

/// Files in which no line is right by itself: a wrong layout must still be read in bounded memory.
#[test]
fn a_file_of_broken_lines_is_cut_all_the_same() {
    let line = b"AB1,CLAY,\"JANE,1 MAIN ST\n";
    let file = line.repeat(9_000);
    let format = small(b',', Some(b'"'));
    let whole = read(&format, &file);
    assert_eq!(whole.1.quarantined, 9_000);
    assert_eq!(read_in_steps(&format, &file, 70_000), whole);
    // Eight lines that never end a quote, over and over, and one long line.
    let file =
        [b"AB1,\"".repeat(40), b"X\n".repeat(50), b"X".repeat(70_000), b"\nAB1,CLAY,\"\n\"\n".repeat(30)]
            .concat();
    let whole = read(&format, &file);
    for step in [1_000, 66_000, 131_000] {
        assert_eq!(read_in_steps(&format, &file, step), whole);
    }
}
