//! Records that were held back, with their bytes.

use super::table::{Condition, Row, Rows, Table};
use super::{Confidential, Page, rows_are_kept};
use crate::error::StoreError;
use crate::snapshot::SnapshotRecord;
use crate::store::Store;
use hustings_access::Scope;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Which records; an empty filter means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuarantineFilter {
    /// Only by this rule.
    pub rule: Option<String>,
    /// Only from this kind of file: voters, history, ballots.
    pub kind: Option<String>,
    /// Only from the file of this name.
    pub file: Option<String>,
}

/// One record that was held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineRow {
    /// The same in every answer about this snapshot.
    pub id: u64,
    /// Kind of file: voters, history, ballots.
    pub kind: String,
    /// Name of the file inside the delivery.
    pub file: String,
    /// Line on which it begins, from 1.
    pub line: u64,
    /// Physical lines it runs over.
    pub lines: u64,
    /// Byte at which it begins, in the unpacked file.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// The rule that held it back.
    pub rule: String,
    /// What was wrong, with the field.
    pub detail: Option<String>,
    /// The record's bytes as they came; none when they are withheld. In JSON: as text, a record that is no UTF-8 byte by
    /// byte as Latin-1.
    #[serde(serialize_with = "as_text", deserialize_with = "of_text")]
    pub bytes: Option<Vec<u8>>,
    /// Why the bytes are not shown, in words.
    pub withheld: Option<Cow<'static, str>>,
    /// The state's id, when it could be read.
    pub state_voter_id: Option<String>,
    /// The county, when it could be read.
    pub county_name: Option<String>,
}

const COLUMNS: &[&str] = &[
    "kind",
    "source_name",
    "source_line",
    "source_lines",
    "source_offset",
    "source_length",
    "rule",
    "detail",
    "bytes",
    "state_voter_id",
    "county_name",
    "withheld",
];

/// Why bytes are withheld, when the row itself says so.
const ROW_SAYS: &str = "the row says confidential";
/// Why bytes are withheld, when another list or another row says so.
const VOTER_IS: &str = "the row names a confidential voter";
/// Why bytes are withheld of a snapshot of an older program.
const NOT_KNOWN: &str = "the snapshot does not tell whether the row says confidential: load its files again";

impl Store {
    /// The records held back on a load, in the file's order, with their number. A raw record may be anybody's, so that
    /// only who may load the list sees any. The bytes of a row that says confidential, or that names somebody who is
    /// confidential by all that is known of the state, stay in the file and are not shown.
    ///
    /// # Errors
    /// When the database fails, the file is missing or damaged, or it cannot be recorded whom the records name.
    pub async fn quarantine(
        &self,
        scope: &Scope<'_>,
        record: &SnapshotRecord,
        filter: &QuarantineFilter,
        offset: u64,
        limit: usize,
    ) -> Result<Page<QuarantineRow>, StoreError> {
        if !self.keeps_list(scope, record.state) {
            return Ok(Page { rows: Vec::new(), total: 0, offset, limit });
        }
        let columns = [("rule", &filter.rule), ("kind", &filter.kind), ("source_name", &filter.file)];
        let conditions: Vec<_> = columns
            .into_iter()
            .filter_map(|(column, value)| value.clone().map(|value| Condition::Text(column, value)))
            .collect();
        rows_are_kept(record)?;
        let table = Table::open(&record.folder.join("quarantine.parquet"))?;
        let (total, positions) = table.matching(&conditions, &[], offset, limit)?;
        let batches = table.read(&positions, COLUMNS)?;
        let known = self.confidential(record.state).await?.with(record)?;
        let rows = Rows::of(&batches).iter().zip(&positions);
        let rows: Vec<_> = rows.map(|(row, at)| held_back(row, *at, &known)).collect();
        let mut shown = self.showing(scope, record.state, "quarantine", &record.id);
        for row in &rows {
            let id = row.state_voter_id.as_deref().map(str::trim).filter(|id| !id.is_empty());
            id.into_iter().for_each(|id| shown.held_back(id, row.withheld.is_some()));
        }
        shown.record().await?;
        Ok(Page { rows, total, offset, limit })
    }
}

fn held_back(row: Row<'_>, position: usize, confidential: &Confidential) -> QuarantineRow {
    let count = |column| row.integer(column).and_then(|value| u64::try_from(value).ok()).unwrap_or(0);
    let kind = row.text("kind").unwrap_or_default();
    let bytes = row.bytes("bytes").unwrap_or_default();
    let id = row.text("state_voter_id");
    let is_named =
        || id.iter().map(String::as_bytes).chain([&bytes[..]]).any(|text| confidential.is_named_in(text));
    let withheld = match row.boolean("withheld") {
        Some(true) => Some(ROW_SAYS),
        _ if is_named() => Some(VOTER_IS),
        Some(false) => None,
        None => Some(NOT_KNOWN),
    };
    QuarantineRow {
        id: u64::try_from(position).unwrap_or(u64::MAX),
        kind,
        file: row.text("source_name").unwrap_or_default(),
        line: count("source_line"),
        lines: count("source_lines"),
        offset: count("source_offset"),
        length: count("source_length"),
        rule: row.text("rule").unwrap_or_default(),
        detail: row.text("detail"),
        bytes: withheld.is_none().then_some(bytes),
        withheld: withheld.map(Cow::Borrowed),
        state_voter_id: id,
        county_name: row.text("county_name"),
    }
}

/// Reads back what [`as_text`] wrote, as UTF-8.
fn of_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.map(String::into_bytes))
}

#[expect(clippy::ref_option, reason = "serde hands over the field as it is")]
fn as_text<S: serde::Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
    let Some(bytes) = bytes else { return serializer.serialize_none() };
    match std::str::from_utf8(bytes) {
        Ok(text) => serializer.serialize_str(text),
        Err(_) => serializer.serialize_str(&bytes.iter().map(|byte| char::from(*byte)).collect::<String>()),
    }
}
