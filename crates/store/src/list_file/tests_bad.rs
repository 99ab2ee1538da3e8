//! What is wrong with a list is said in one sentence with file and column, or the answer is sound.

use super::tests::rows;
use super::{ListFile, ResultFile};
use crate::error::StoreError;
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

type Rows = (Vec<String>, Vec<Vec<String>>);

fn read(path: &Path, sheet: Option<&str>) -> Result<Rows, String> {
    let list: Result<Rows, StoreError> = ListFile::open_sheet(path, sheet).and_then(|list| rows(&list));
    let shown = path.display().to_string();
    list.map_err(|error| error.to_string().replace(&shown, "list"))
}

fn sheets(fill: impl Fn(&mut Workbook), sheet: Option<&str>) -> Result<Rows, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.xlsx");
    let mut book = Workbook::new();
    fill(&mut book);
    book.save(&path).unwrap();
    read(&path, sheet)
}

fn sheet(fill: impl Fn(&mut Worksheet)) -> Result<Rows, String> {
    sheets(|book| fill(book.add_worksheet()), None)
}

fn parquet(columns: &[(&str, Vec<Option<&str>>)]) -> Result<Rows, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.parquet");
    let columns =
        columns.iter().map(|(name, cells)| (*name, Arc::new(StringArray::from(cells.clone())) as ArrayRef));
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, cells)| (name, cells, true))).unwrap();
    let mut file = ResultFile::create(&path, batch.schema()).unwrap();
    file.push(&batch).unwrap();
    file.finish().unwrap();
    read(&path, None)
}

/// A sheet as a program writes it that does not calculate: a formula without the value that it had last.
fn uncalculated() -> Result<Rows, String> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const LINKS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let cell =
        |place: &str, text: &str| format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let link = |kind: &str, to: &str| {
        format!(
            "<Relationships xmlns=\"{LINKS}\"><Relationship Id=\"r1\" Type=\"{OFFICE}/{kind}\" Target=\"{to}\"/></Relationships>"
        )
    };
    let parts = [
        ("_rels/.rels", link("officeDocument", "xl/workbook.xml")),
        ("xl/_rels/workbook.xml.rels", link("worksheet", "worksheets/sheet1.xml")),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!(
                "<worksheet xmlns=\"{MAIN}\"><sheetData><row r=\"1\">{}</row><row r=\"2\"><c r=\"A2\"><f>UPPER(\"a\")</f></c></row></sheetData></worksheet>",
                cell("A1", "Name")
            ),
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.xlsx");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, text) in parts {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
    read(&path, None)
}

#[test]
fn a_sheet_reads_as_it_was_typed() {
    let day = Format::new().set_num_format("m/d/yyyy");
    let (headers, rows) = sheet(|sheet| {
        for (at, header) in
            ["Name", "Zip", "Date of Birth", "since", "score", "done", "id"].iter().enumerate()
        {
            sheet.write(2, u16::try_from(at + 1).unwrap(), *header).unwrap();
        }
        sheet.write(3, 1, "  PE\u{d1}A ").unwrap();
        sheet.write(3, 2, 2139).unwrap();
        sheet.write(3, 3, 29_252).unwrap();
        let date = ExcelDateTime::from_ymd(2026, 1, 31).unwrap();
        sheet.write_with_format(3, 4, &date, &day).unwrap();
        sheet.write(3, 5, 0.25).unwrap();
        sheet.write(3, 6, true).unwrap();
        sheet.write(3, 7, 1_000_000_012).unwrap();
        sheet.write(6, 2, "02139-1234").unwrap();
        sheet.write(6, 3, 1974).unwrap();
    })
    .unwrap();
    assert_eq!(headers, ["Name", "Zip", "Date of Birth", "since", "score", "done", "id"]);
    assert_eq!(
        rows,
        [
            ["PE\u{d1}A", "02139", "1980-02-01", "2026-01-31", "0.25", "true", "1000000012"],
            ["-", "02139-1234", "1974", "-", "-", "-", "-"]
        ]
    );
}

#[test]
fn what_is_wrong_with_a_sheet_is_said() {
    let refused = |fill: &dyn Fn(&mut Worksheet)| sheet(fill).unwrap_err();
    assert_eq!(refused(&|_| {}), "`list`, sheet `Sheet1` is empty: expected a header and rows");
    let merged = refused(&|sheet| {
        sheet.merge_range(0, 0, 0, 2, "Volunteers", &Format::new()).unwrap();
        sheet.write(1, 0, "Name").unwrap();
    });
    assert!(merged.starts_with("`list`, sheet `Sheet1`: the cells A1 to C1 are merged"), "{merged}");
    let beside = refused(&|sheet| {
        sheet.write(0, 0, "Name").unwrap();
        sheet.write(1, 1, "ANNA").unwrap();
    });
    assert_eq!(
        beside,
        "`list`, sheet `Sheet1`, cell B2: expected no value beside the header's columns, got `ANNA`"
    );
    let formula = uncalculated().unwrap_err();
    assert!(formula.contains("column `Name`: its formulas, from row 2 on, have no values"), "{formula}");
    let two = |book: &mut Workbook| {
        book.add_worksheet().set_name("One").unwrap().write(0, 0, "a").unwrap();
        book.add_worksheet().set_name("Two").unwrap().write(0, 0, "b").unwrap();
    };
    assert_eq!(sheets(two, None).unwrap().0, ["a"]);
    assert_eq!(sheets(two, Some("two")).unwrap().0, ["b"]);
    assert_eq!(sheets(two, Some("Three")).unwrap_err(), "`list` has no sheet `Three`: it has `One`, `Two`");
}

#[test]
fn odd_lists_are_read_soundly() {
    let long = "x".repeat(10 << 20);
    let (_, rows) = parquet(&[("a", vec![Some(&long), None]), ("b", vec![None, None])]).unwrap();
    assert_eq!((rows[0][0].len(), rows[1][0].as_str()), (10 << 20, "-"));
    assert_eq!(parquet(&[("a", Vec::new())]).unwrap().1.len(), 0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.csv");
    std::fs::write(&path, format!("a,b\n{long},\n,\n")).unwrap();
    let (_, rows) = read(&path, None).unwrap();
    assert_eq!((rows[0][0].len(), rows[1][0].as_str()), (10 << 20, "-"));
    assert_eq!(read(&path, Some("One")).unwrap_err(), "`list` is no spreadsheet: it has no sheet `One`");
}

#[test]
fn what_is_no_single_value_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.parquet");
    let mut names = ListBuilder::new(StringBuilder::new());
    names.append_value([Some("ANN")]);
    let texts = Arc::new(StringArray::from(vec!["LEE"])) as ArrayRef;
    let batch =
        RecordBatch::try_from_iter([("names", Arc::new(names.finish()) as ArrayRef), ("last", texts)]);
    let batch = batch.unwrap();
    let mut file = ResultFile::create(&path, batch.schema()).unwrap();
    file.push(&batch).unwrap();
    file.finish().unwrap();
    let list = ListFile::open(&path).unwrap();
    assert_eq!(rows(&list).unwrap().1, [["-", "LEE"]]);
    let note = list.note().unwrap();
    assert!(note.ends_with("what is no single value a row is left empty, in `names`"), "{note}");
}

#[test]
fn an_archive_that_swells_is_refused() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.xlsx");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    archive.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(&vec![b' '; 16 << 20]).unwrap();
    archive.finish().unwrap();
    let refused = read(&path, None).unwrap_err();
    assert!(refused.starts_with("`list` unpacks to more than 250 times its"), "{refused}");
}

#[test]
fn the_header_of_a_sheet_is_found_below_what_somebody_wrote_above_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.xlsx");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.merge_range(0, 0, 0, 2, "Acme, order 4711", &Format::new()).unwrap();
    sheet.write(1, 1, "as of May").unwrap();
    for (at, header) in ["First Name", "Last Name", "Zip"].iter().enumerate() {
        sheet.write(3, u16::try_from(at).unwrap(), *header).unwrap();
    }
    sheet.write(4, 0, "ANN").unwrap();
    sheet.write(4, 2, 2139).unwrap();
    book.add_worksheet().set_name("Notes").unwrap().write(0, 0, "nothing").unwrap();
    book.save(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap().into();
    let list = ListFile::open_bytes(Path::new("list.xlsx"), &bytes, None).unwrap();
    assert_eq!(list.above(), 2);
    assert_eq!(list.sheets(), (["Sheet1", "Notes"].map(str::to_owned).as_slice(), Some("Sheet1")));
    assert!(list.note().unwrap().ends_with("2 rows above it were left out"));
    let (headers, rows) = rows(&list).unwrap();
    assert_eq!(
        (headers, rows),
        (
            ["First Name", "Last Name", "Zip"].map(str::to_owned).to_vec(),
            vec![["ANN", "-", "02139"].map(str::to_owned).to_vec()]
        )
    );
    let damaged = ListFile::open_bytes(Path::new("list.xlsx"), &bytes.slice(..bytes.len() / 2), None);
    assert!(damaged.unwrap_err().to_string().starts_with("`list.xlsx` is no xlsx file that can be read: "));
}
