//! A sheet of an xlsx file as texts: days in ISO, numbers as they are written, ZIPs with the zeros that the spreadsheet took.

use super::header::{HEADER_WITHIN, header_place};
use super::{Block, Content, ListBlock};
use crate::error::{StoreError, one_line};
use calamine::{DataRef, Dimensions, Reader, SheetType, SheetVisible, Xlsx};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::Path;

/// How many bytes may come of each packed one, as of archives that are loaded.
const RATIO_MAX: u64 = 250;
/// Up to so many unpacked bytes that is not asked: what is small does no harm.
const FREE: u64 = 4 << 20;
/// Of what somebody sends to a page no more.
const HELD_MAX: u64 = 1 << 30;
/// Texts that cells share are held in memory.
const SHARED_MAX: u64 = 1 << 30;
/// Values longer than this are cut in messages.
const SHOWN_MAX: usize = 40;
/// Numbers under a header of days which are days counted from 1900 or 1904: 1920 to 2099. Below there may be years.
const SERIAL_DAYS: std::ops::RangeInclusive<f64> = 5_844.0..=73_415.0;

trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

type Workbook = Xlsx<Box<dyn ReadSeek>>;

/// The sheet that is read, with what there is to say of it.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    pub(super) name: String,
    /// Every sheet of the file, this one too.
    pub(super) others: Vec<String>,
    /// Rows that are not empty above the header.
    pub(super) above: usize,
    /// Where the header stands, from 0.
    row: u32,
    first_column: u32,
    /// The headers.
    pub(super) headers: Vec<String>,
    /// What the user should know.
    pub(super) note: Option<String>,
    epoch_1904: bool,
}

/// Opens the first sheet, or the one of this name, and reads its header.
pub(super) fn open(path: &Path, content: &Content, wanted: Option<&str>) -> Result<Sheet, StoreError> {
    demand_bounded(path, content)?;
    let mut book = workbook(path, content)?;
    let (name, note, others) = choose(path, &book, wanted)?;
    let epoch_1904 = book.has_1904_epoch();
    let merged = book.merge_cells_by_sheet_name(&name).map_err(|error| unreadable(path, &error))?;
    let mut rows: Vec<(u32, BTreeMap<u32, String>)> = Vec::new();
    let mut cells = book.worksheet_cells_reader(&name).map_err(|error| unreadable(path, &error))?;
    while let Some(cell) = cells.next_cell().map_err(|error| unreadable(path, &error))? {
        let (at, column) = cell.get_position();
        let text = text(cell.get_value(), "", epoch_1904);
        if text.is_empty() {
            continue;
        }
        if rows.last().is_none_or(|(row, _)| *row != at) {
            if rows.len() == HEADER_WITHIN {
                break;
            }
            rows.push((at, BTreeMap::new()));
        }
        if let Some((_, cells)) = rows.last_mut() {
            cells.insert(column, text);
        }
    }
    let texts = |(_, cells): &(u32, BTreeMap<u32, String>)| cells.values().cloned().collect();
    let above = header_place(&rows.iter().map(texts).collect::<Vec<Vec<String>>>());
    let (row, mut header) = rows.into_iter().nth(above).unwrap_or_default();
    let (Some((&first, _)), Some((&last, _))) = (header.first_key_value(), header.last_key_value()) else {
        return Err(StoreError::Input(format!(
            "`{}`, sheet `{name}` is empty: expected a header and rows",
            path.display()
        )));
    };
    if let Some(region) = merged.iter().find(|region| spans(region, row)) {
        return Err(StoreError::Input(format!(
            "`{}`, sheet `{name}`: the cells {} to {} are merged where the header is expected: expected one cell a column in the first row that is not empty",
            path.display(),
            place(region.start),
            place(region.end)
        )));
    }
    let headers = (first..=last).map(|column| header.remove(&column).unwrap_or_default()).collect();
    Ok(Sheet { name, others, above, row, first_column: first, headers, note, epoch_1904 })
}

impl Sheet {
    /// Calls `take` with each block of rows below the header; rows without a value are not there.
    pub(super) fn each_block(
        &self,
        path: &Path,
        content: &Content,
        take: &mut dyn FnMut(ListBlock<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut book = workbook(path, content)?;
        let mut cells = book.worksheet_cells_reader(&self.name).map_err(|error| unreadable(path, &error))?;
        let mut block = Block::new(self.headers.len());
        let mut row = vec![String::new(); self.headers.len()];
        let (mut at, mut filled) = (self.row, false);
        // Of each column the first row with a formula, and whether any of them has a value.
        let mut formulas: BTreeMap<usize, (u32, bool)> = BTreeMap::new();
        while let Some(cell) =
            cells.next_cell_with_formula_metadata().map_err(|error| unreadable(path, &error))?
        {
            let (line, column) = cell.pos;
            if line <= self.row {
                continue;
            }
            if line != at {
                end_row(&mut block, &mut row, (at, &mut filled), take)?;
                at = line;
            }
            let place = column.checked_sub(self.first_column).and_then(|place| usize::try_from(place).ok());
            let header = place.and_then(|place| Some((place, self.headers.get(place)?)));
            let Some((place, header)) = header else {
                let value = text(&cell.value, "", self.epoch_1904);
                if value.is_empty() {
                    continue;
                }
                return Err(StoreError::Input(format!(
                    "`{}`, sheet `{}`, cell {}: expected no value beside the header's columns, got `{}`",
                    path.display(),
                    self.name,
                    self::place(cell.pos),
                    value.chars().take(SHOWN_MAX).collect::<String>()
                )));
            };
            let value = text(&cell.value, header, self.epoch_1904);
            if cell.formula.is_some() {
                formulas.entry(place).or_insert((line, false)).1 |= !matches!(cell.value, DataRef::Empty);
            }
            filled |= !value.is_empty();
            row[place] = value;
        }
        end_row(&mut block, &mut row, (at, &mut filled), take)?;
        if let Some((column, (line, _))) = formulas.iter().find(|(_, (_, has_value))| !has_value) {
            return Err(StoreError::Input(format!(
                "`{}`, sheet `{}`, column `{}`: its formulas, from row {} on, have no values: open the file in a spreadsheet program and save it",
                path.display(),
                self.name,
                self.headers.get(*column).map_or("", String::as_str),
                u64::from(*line) + 1
            )));
        }
        block.hand_on(take)
    }
}

fn end_row(
    block: &mut Block,
    row: &mut [String],
    (at, filled): (u32, &mut bool),
    take: &mut dyn FnMut(ListBlock<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    if !std::mem::take(filled) {
        return Ok(());
    }
    for (column, value) in row.iter_mut().enumerate() {
        block.cell(column, value);
        value.clear();
    }
    block.end_row(u64::from(at) + 1, take)
}

/// The first sheet that is shown, or the one of this name, and what to say when there are others.
fn choose(
    path: &Path,
    book: &Workbook,
    wanted: Option<&str>,
) -> Result<(String, Option<String>, Vec<String>), StoreError> {
    let sheets: Vec<_> =
        book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).collect();
    let all = || sheets.iter().map(|sheet| sheet.name.clone()).collect();
    let names = || sheets.iter().map(|sheet| format!("`{}`", sheet.name)).collect::<Vec<_>>().join(", ");
    if let Some(wanted) = wanted {
        let same = |name: &str| name.trim().to_lowercase() == wanted.trim().to_lowercase();
        return match sheets.iter().find(|sheet| same(&sheet.name)) {
            Some(sheet) => Ok((sheet.name.clone(), None, all())),
            None => Err(StoreError::Input(format!(
                "`{}` has no sheet `{wanted}`: it has {}",
                path.display(),
                names()
            ))),
        };
    }
    let shown = sheets.iter().find(|sheet| sheet.visible == SheetVisible::Visible);
    let Some(first) = shown.or(sheets.first()) else {
        return Err(StoreError::Input(format!("`{}` has no sheet", path.display())));
    };
    let note = (sheets.len() > 1).then(|| {
        format!(
            "`{}` has the sheets {}: `{}` was read, --sheet names another",
            path.display(),
            names(),
            first.name
        )
    });
    Ok((first.name.clone(), note, all()))
}

/// Whether merged cells are several of which one is the header's.
fn spans(region: &Dimensions, row: u32) -> bool {
    region.start != region.end && (region.start.0..=region.end.0).contains(&row)
}

/// A cell as spreadsheets call it: `B7`.
fn place((row, column): (u32, u32)) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    format!("{}{}", letters.iter().rev().collect::<String>(), u64::from(row) + 1)
}

/// A cell as text; what is empty or an error such as `#N/A` is empty.
fn text(value: &DataRef<'_>, header: &str, epoch_1904: bool) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number, header, epoch_1904),
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(moment) if moment.is_duration() => number_text(moment.as_f64(), "", epoch_1904),
        DataRef::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute, second) == (0, 0, 0) {
                date
            } else {
                format!("{date}T{hour:02}:{minute:02}:{second:02}")
            }
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.trim().trim_end_matches("T00:00:00").to_owned()
        }
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// A number as it is written; a ZIP with the zeros before it, and a day that is only a number as a day, where the header
/// says that it is one.
fn number_text(number: f64, header: &str, epoch_1904: bool) -> String {
    let plain = number.to_string();
    let header: String =
        header.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let digits = plain.bytes().all(|byte| byte.is_ascii_digit());
    let is_zip = header.contains("zip") || header.contains("postcode") || header.contains("postalcode");
    match plain.len() {
        length if is_zip && digits => match length {
            1..=4 if header.ends_with('4') => format!("{plain:0>4}"),
            3..=5 => format!("{plain:0>5}"),
            7..=9 => format!("{plain:0>9}"),
            _ => plain,
        },
        _ if is_day(&header) && SERIAL_DAYS.contains(&number) => {
            let kind = calamine::ExcelDateTimeType::DateTime;
            let day = calamine::ExcelDateTime::new(number.trunc(), kind, epoch_1904);
            text(&DataRef::DateTime(day), "", epoch_1904)
        }
        _ => plain,
    }
}

/// Whether a header, in small letters and digits, is of days.
fn is_day(header: &str) -> bool {
    ["date", "dob", "birthday", "birthdt"].iter().any(|word| header.contains(word))
}

/// Refuses what swells when it is unpacked.
fn demand_bounded(path: &Path, content: &Content) -> Result<(), StoreError> {
    let mut source = source(path, content)?;
    let packed = source.seek(io::SeekFrom::End(0)).map_err(StoreError::io("read", path))?;
    let mut archive = zip::ZipArchive::new(source).map_err(|error| unreadable(path, &error))?;
    let bound = packed.saturating_mul(RATIO_MAX).max(FREE);
    let bound = if matches!(content, Content::Bytes(_)) { bound.min(HELD_MAX) } else { bound };
    let mut total = 0;
    for at in 0..archive.len() {
        let member = archive.by_index(at).map_err(|error| unreadable(path, &error))?;
        let shared = member.name().is_ok_and(|name| name.ends_with("sharedStrings.xml"));
        let left = (bound - total).min(if shared { SHARED_MAX } else { u64::MAX });
        let mut limited = member.take(left.saturating_add(1));
        let read = io::copy(&mut limited, &mut io::sink()).map_err(|error| unreadable(path, &error))?;
        if read > left {
            return Err(StoreError::Input(format!(
                "`{}` unpacks to more than {RATIO_MAX} times its {packed} bytes, or to more than is held here: save it as CSV",
                path.display()
            )));
        }
        total += read;
    }
    Ok(())
}

fn workbook(path: &Path, content: &Content) -> Result<Workbook, StoreError> {
    Xlsx::new(source(path, content)?).map_err(|error| unreadable(path, &error))
}

fn source(path: &Path, content: &Content) -> Result<Box<dyn ReadSeek>, StoreError> {
    Ok(match content {
        Content::File => Box::new(BufReader::new(File::open(path).map_err(StoreError::io("read", path))?)),
        Content::Sent(_) | Content::Bytes(_) => Box::new(Cursor::new(content.bytes(path)?)),
    })
}

fn unreadable(path: &Path, error: &dyn std::error::Error) -> StoreError {
    StoreError::Input(format!(
        "`{}` is no xlsx file that can be read: {}",
        path.display(),
        one_line(&error.to_string())
    ))
}
