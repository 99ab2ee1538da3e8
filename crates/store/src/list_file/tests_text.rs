//! No row of a delimited text goes missing: what quotes, encodings, titles, pipes and padding do to lists.

use super::tests::rows;
use super::{ListBlock, ListFile, Mended};
use std::path::Path;

type Rows = Vec<Vec<String>>;

/// Headers, rows, what was mended, and what is said of how it was read; or what is wrong.
fn read(bytes: &[u8]) -> Result<(Vec<String>, Rows, Mended, Option<String>), String> {
    let list = ListFile::open_bytes(Path::new("list.csv"), &bytes.to_vec().into(), None)
        .map_err(|error| error.to_string())?;
    let (headers, rows) = rows(&list).map_err(|error| error.to_string())?;
    let mended = list.each_block(&mut |_| Ok(())).map_err(|error| error.to_string())?;
    Ok((headers, rows, mended, list.note()))
}

fn cells(text: &str) -> Rows {
    read(text.as_bytes()).unwrap().1
}

fn lines(text: &str) -> Vec<u64> {
    let list = ListFile::open_bytes(Path::new("list.csv"), &text.to_owned().into(), None).unwrap();
    let mut lines = Vec::new();
    list.each_block(&mut |ListBlock { lines: of_block, .. }| {
        lines.extend_from_slice(of_block);
        Ok(())
    })
    .unwrap();
    lines
}

/// A list of so many rows, with one line in the place of another.
fn list_with(count: usize, at: usize, line: &str) -> String {
    let row = |number: usize| if number == at { line.to_owned() } else { format!("{number},ANN,LEE") };
    let rows: Vec<String> = (1..=count).map(row).collect();
    format!("id,first_name,last_name\n{}\n", rows.join("\n"))
}

#[test]
fn a_stray_quote_swallows_no_row() {
    // To the end of the file, to a later quoted cell, to a later stray quote.
    let never_closed = list_with(2_000, 10, "10,\"ANN,LEE");
    let before_a_quoted_cell = list_with(50, 10, "10,\"ANN,LEE") + "51,\"ANN, MARIE\",LEE\n";
    let two = list_with(50, 10, "10,\"ANN,LEE") + "51,ANN\",LEE\n";
    for (text, count) in [(never_closed, 2_000), (before_a_quoted_cell, 51), (two, 51)] {
        let (_, rows, mended, _) = read(text.as_bytes()).unwrap();
        assert_eq!(rows.len(), count);
        assert_eq!(rows[9], ["10", "ANN", "LEE"]);
        assert_eq!(rows[10], ["11", "ANN", "LEE"]);
        assert_eq!((mended.quotes, mended.first_line), (1, 11));
        let note = mended.note(Path::new("list.csv")).unwrap();
        assert_eq!(note, "`list.csv`, line 11: a quote stands where none may be: it was left out");
    }
    assert_eq!(cells("id,a,b\n\"1\",\"A\"N\"N\",\"LEE\"\n"), [["1", "A\"N\"N", "LEE"]], "all quoted");
}

#[test]
fn quotes_that_cannot_be_understood_are_refused_with_their_line() {
    let refused = |text: &str| read(text.as_bytes()).unwrap_err();
    assert_eq!(
        refused(&list_with(20, 10, "10,ANN,\"LEE")),
        "`list.csv`, line 11: a quote is opened and never closed, and without it the line is no row of 3 fields as in the header",
    );
    assert_eq!(
        refused("id,name\n1,\"LEE, \"ANN\" MARIE\n2,BO\n"),
        "`list.csv`, line 2: a quote stands where none may be, and without it the line is no row of 2 fields as in the header",
    );
    assert_eq!(refused("id,\"name\n1,ANN\n"), "`list.csv`, line 1: a quote is opened and never closed");
}

#[test]
fn a_cell_in_quotes_may_hold_lines_quotes_and_delimiters() {
    let text =
        "id,name,note\n1,ANN,\"called, twice\nspoke to \"\"Bo\"\", Raleigh\n\"\n2,\"LEE, BO\" ,6\" pipe\n";
    assert_eq!(
        cells(text),
        [["1", "ANN", "called, twice\nspoke to \"Bo\", Raleigh"], ["2", "LEE, BO", "6\" pipe"]]
    );
    assert_eq!(lines(text), [2, 5]);
    assert_eq!(lines("Our list, of May\n\nname,phone\n\"A\nB\",1\n\nC,2\n"), [4, 7]);
    // One line of it may look like a row.
    let text = "name,note\nANN,\"12 Oak St, Raleigh\nback, tomorrow\nsoon\"\n";
    assert_eq!(cells(text), [["ANN", "12 Oak St, Raleigh\nback, tomorrow\nsoon"]]);
    let long = format!("id,note\n1,\"{}\"\n2,-\n", "A,\n".repeat(3_400_000));
    assert_eq!(cells(&long).len(), 2);
}

#[test]
fn line_ends_of_all_kinds_end_lines() {
    let expected = [["1", "ANN"], ["2", "BO"]];
    for text in ["id,name\n1,ANN\n2,BO", "id,name\r\n1,ANN\r\r\n2,BO\r\n", "id,name\r1,ANN\r2,BO\r"] {
        assert_eq!(cells(text), expected, "{text:?}");
    }
}

#[test]
fn wide_letters_are_told_without_their_mark_and_padding_is_no_row() {
    let text = "id,name\n1,PE\u{d1}A\n2,BO\n";
    let expected = [["1", "PE\u{d1}A"], ["2", "BO"]];
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(read(&little).unwrap().1, expected);
    assert_eq!(read(&big).unwrap().1, expected);
    let padded = format!("{text}{}", "\0".repeat(5000));
    assert_eq!(cells(&padded), expected);
    assert_eq!(cells("id,name\n1,A\0NN\n\x1a"), [["1", "ANN"]]);
}

#[test]
fn the_delimiter_is_what_parts_most_lines() {
    let expected = [["1", "LEE, ANN"], ["2", "FOX, BO"]];
    for delimiter in ["\t", ";", "|"] {
        let text = ["id,name", "1,LEE_ ANN", "2,FOX_ BO", ""].join("\n");
        let text = text.replace(',', delimiter).replace('_', ",");
        assert_eq!(cells(&format!("Our list, of May, 2026\n{text}")), expected, "{delimiter}");
    }
    assert_eq!(cells("id,name\n1,\"A;B;C;D\"\n2,\"A;B;C;D\"\n").len(), 2);
}

#[test]
fn titles_above_the_header_are_passed_over_and_named() {
    let (headers, rows, _, note) =
        read(b"Acme Voter Data LLC,,\nas of 11/01,confidential,\n\nFNAME,Last Name,Phone #\nAnn,Lee,919\n")
            .unwrap();
    assert_eq!(headers, ["FNAME", "Last Name", "Phone #"]);
    assert_eq!(rows, [["Ann", "Lee", "919"]]);
    let note = note.unwrap();
    assert_eq!(note, "`list.csv`: the header begins with `FNAME`, 2 rows above it were left out");
    assert_eq!(read(b"color,shoe\nRED,41\n").unwrap().3, None);
}

#[test]
fn a_header_is_no_page_of_text() {
    let refused = read(format!("id,{}\n1,2\n", "A".repeat(10_000_000)).as_bytes()).unwrap_err();
    assert_eq!(
        refused,
        "`list.csv`, header: expected names of at most 1000 bytes, got one of 10000000 in column 2"
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_once_and_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let text = list_with(30_000, 0, "");
    let writer = {
        let path = path.clone();
        std::thread::spawn(move || std::fs::write(path, text).unwrap())
    };
    let list = ListFile::open(&path).unwrap();
    writer.join().unwrap();
    assert_eq!(rows(&list).unwrap().1.len(), 30_000);
    assert_eq!(rows(&list).unwrap().1.len(), 30_000, "and a second time");
}
