//! Goal: no list, however bad, makes `match` or `dedupe` panic or lose a row in silence: either one sentence names the file, or
//! every row is counted. Method: a table of bad lists, each on the left, on the right, and searched for doubles.

use crate::support::{Desk, number};
use serde_json::Value;

const GOOD: &str =
    "id,first_name,last_name,dob,zip\n1,ANNA,ABEL,1980-02-03,27601\n2,BERT,BELL,1970-05-06,27603\n";
const HEADER: &str = "id,first_name,last_name,dob,zip\n";

/// What is expected of a list.
enum Expected {
    /// So many rows, and so many of them accepted as rows of the good list.
    Rows(u64, u64),
    /// A sentence with these words.
    Refused(&'static str),
}

use Expected::{Refused, Rows};

fn utf16(text: &str) -> Vec<u8> {
    [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

fn bad_lists() -> Vec<(&'static str, Vec<u8>, Expected)> {
    let with = |rows: &str| format!("{HEADER}{rows}").into_bytes();
    let long = "X".repeat(10 << 20);
    vec![
        ("empty", Vec::new(), Refused("is empty: expected a header and rows")),
        ("blank", b"\n\n\n".to_vec(), Refused("has no header")),
        ("mark", vec![0xef, 0xbb, 0xbf], Refused("has no header")),
        ("header_only", with(""), Rows(0, 0)),
        ("one_row", with("1,ANNA,ABEL,1980-02-03,27601\n"), Rows(1, 1)),
        ("no_last_line_end", with("1,ANNA,ABEL,1980-02-03,27601"), Rows(1, 1)),
        ("all_null", with("1,,,,\n2,,,,\n3,,,,\n"), Rows(3, 0)),
        ("doubled_ids", with("7,ANNA,ABEL,1980-02-03,27601\n7,CORA,COLE,1961-07-08,27605\n"), Rows(2, 1)),
        ("nothing_known", b"color,shoe\nRED,41\nBLUE,42\n".to_vec(), Refused("no column can be compared")),
        ("constant", with("1,ANNA,SAME,,\n2,ANNA,SAME,,\n3,ANNA,SAME,,\n"), Rows(3, 0)),
        (
            "huge_cell",
            with(&format!("1,ANNA,ABEL,1980-02-03,27601\n2,{long},{long},{long},{long}\n")),
            Rows(2, 1),
        ),
        (
            "utf_16",
            utf16(&format!("{HEADER}1,ANNA,ABEL,1980-02-03,27601\n2,JOSÉ,PEÑA,1970-05-06,27603\n")),
            Rows(2, 1),
        ),
        (
            "latin_1",
            [HEADER.as_bytes(), b"1,ANNA,ABEL,1980-02-03,27601\n2,JOS\xc9,PE\xd1A,,\n"].concat(),
            Rows(2, 1),
        ),
        (
            "no_text",
            [HEADER.as_bytes(), b"1,ANNA,ABEL,1980-02-03,27601\n2,\xff\xfe\x81\x8d,\xc3,\x9d,\n"].concat(),
            Rows(2, 1),
        ),
        ("nul", with("1,ANNA,ABEL,1980-02-03,27601\n2,B\0B,\0,\0,\0\n"), Rows(2, 1)),
        ("shorter_rows", with("1,ANNA,ABEL,1980-02-03,27601\n2,CORA\n3\n"), Rows(3, 1)),
        ("longer_row", with("1,ANNA,ABEL,1980-02-03,27601,MORE\n"), Refused("line 2: expected 5 fields")),
        ("empty_cells_beyond", with("1,ANNA,ABEL,1980-02-03,27601,,\n"), Rows(1, 1)),
        ("open_quote", with("1,\"ANNA,ABEL,1980-02-03,27601\n2,BERT,BELL,1970-05-06,27603\n"), Rows(2, 2)),
        ("only_id", b"id\n1\n2\n".to_vec(), Refused("no column can be compared")),
        ("broken_parquet", b"PAR1 and then nothing of it".to_vec(), Refused("is no Parquet file")),
        ("broken_xlsx", b"PK\x03\x04 and then nothing of it".to_vec(), Refused("is no xlsx file")),
        (
            "impossible_dates",
            with("1,DORA,DEAN,0000-00-00,00000\n2,EVAN,EARL,9999-99-99,99999\n3,CORA,COLE,x,-1\n"),
            Rows(3, 0),
        ),
    ]
}

/// One sentence that names the file, or a report.
#[track_caller]
fn answer(desk: &Desk, arguments: &[&str], file: &str, expected: &Expected) -> Option<Value> {
    match expected {
        Rows(..) => Some(desk.json(arguments, 0)),
        Refused(words) => {
            desk.refuses(arguments, 2, words);
            desk.refuses(arguments, 2, file);
            assert!(!desk.path("x.csv").exists(), "{arguments:?}: nothing is left of what failed");
            None
        }
    }
}

#[test]
fn a_bad_list_is_refused_in_a_sentence_or_every_row_is_counted() {
    let desk = Desk::new();
    desk.write("", "good.csv", GOOD);
    for (name, bytes, expected) in bad_lists() {
        let file = format!("{name}.csv");
        desk.write("", &file, bytes);
        let named =
            |left, right| ["match", left, right, "--out", "x.csv", "--left-id", "id", "--right-id", "id"];
        for (left, right, place) in
            [(file.as_str(), "good.csv", "/left_rows"), ("good.csv", file.as_str(), "/right_rows")]
        {
            // Ids need not be there for what cannot be compared.
            let named = named(left, right);
            let arguments = if name == "nothing_known" { &named[..5] } else { &named[..] };
            if let Some(report) = answer(&desk, arguments, &file, &expected)
                && let Rows(rows, accepted) = expected
            {
                assert_eq!(number(&report, place), rows, "{name}: {report:#}");
                assert_eq!(number(&report, "/accepted"), accepted, "{name}: {report:#}");
                let doubled = u64::from(name == "doubled_ids");
                assert_eq!(number(&report, "/duplicate_ids"), doubled, "{name}");
            }
            let _ = std::fs::remove_file(desk.path("x.csv"));
        }
        let arguments = ["dedupe", &file, "--out", "x.csv"];
        let expected = match (name, expected) {
            // Within one list any column can be compared.
            ("nothing_known", _) => Rows(2, 0),
            ("only_id", _) => Rows(2, 0),
            (_, expected) => expected,
        };
        if let Some(report) = answer(&desk, &arguments, &file, &expected)
            && let Rows(rows, _) = expected
        {
            assert_eq!(number(&report, "/rows"), rows, "{name}: {report:#}");
            let lines = std::fs::read_to_string(desk.path("x.csv")).unwrap().lines().count() as u64;
            assert_eq!(lines, rows + 1, "{name}: each row has its cluster");
        }
        let _ = std::fs::remove_file(desk.path("x.csv"));
    }
    desk.refuses(
        &["dedupe", "doubled_ids.csv", "--id", "id", "--out", "x.csv"],
        2,
        "`doubled_ids.csv`, column `id`: expected an id for each row, got `7` in rows 1 and 2",
    );
}
