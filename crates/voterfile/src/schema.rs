//! The canonical schema as data: `columns.toml` names every column of a snapshot's files, its type and its field class.
//!
//! Layouts map states' columns to these names, the writer takes its Parquet columns from here, and exports and the base
//! file are projections computed from the classes, never picked by hand.

use arrow_schema::{DataType, TimeUnit};
use hustings_core::FieldClass;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

/// The Parquet file (or none) that holds a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// `voters.parquet`.
    Voters,
    /// `votes.parquet`.
    Votes,
    /// `ballots.parquet`.
    Ballots,
    /// `changes.parquet`.
    Changes,
    /// `quarantine.parquet`.
    Quarantine,
    /// No file: layouts may map to the name, and what is read is joined into other columns.
    Parts,
}

impl Table {
    /// All tables, in the order of the documentation.
    pub const ALL: [Self; 6] =
        [Self::Voters, Self::Votes, Self::Ballots, Self::Changes, Self::Quarantine, Self::Parts];

    /// The word in `columns.toml`, which is the file's name without `.parquet`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Voters => "voters",
            Self::Votes => "votes",
            Self::Ballots => "ballots",
            Self::Changes => "changes",
            Self::Quarantine => "quarantine",
            Self::Parts => "parts",
        }
    }
}

/// Type of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// UTF-8.
    Text,
    /// 32-bit signed integer.
    Int,
    /// 64-bit signed integer.
    Int64,
    /// Days since 1970-01-01.
    Date,
    /// True or false.
    Bool,
    /// Microseconds since 1970-01-01 UTC.
    Timestamp,
    /// Any bytes.
    Bytes,
}

impl ColumnType {
    /// The word in `columns.toml`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Date => "date",
            Self::Bool => "bool",
            Self::Timestamp => "timestamp",
            Self::Bytes => "bytes",
        }
    }
}

/// Who may see a column: one of the six field classes, or nobody outside the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnClass {
    /// The state's public list, and hygiene on it.
    Base,
    /// National and vendors' data.
    Appended,
    /// A state party's own.
    Proprietary,
    /// A campaign's or group's own.
    Private,
    /// Drawn from the exchange.
    Exchange,
    /// Confidential voters, legal bars.
    Restricted,
    /// Ours: identity and lineage; never in an export.
    Internal,
}

impl ColumnClass {
    /// The field class, or none for internal columns.
    #[must_use]
    pub fn field_class(self) -> Option<FieldClass> {
        Some(match self {
            Self::Base => FieldClass::Base,
            Self::Appended => FieldClass::Appended,
            Self::Proprietary => FieldClass::Proprietary,
            Self::Private => FieldClass::Private,
            Self::Exchange => FieldClass::Exchange,
            Self::Restricted => FieldClass::Restricted,
            Self::Internal => return None,
        })
    }

    /// The word in `columns.toml`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.field_class().map_or("internal", FieldClass::as_str)
    }
}

/// The Arrow type of a schema type.
#[must_use]
pub fn arrow_type(kind: ColumnType) -> DataType {
    match kind {
        ColumnType::Text => DataType::Utf8,
        ColumnType::Int => DataType::Int32,
        ColumnType::Int64 => DataType::Int64,
        ColumnType::Date => DataType::Date32,
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        ColumnType::Bytes => DataType::Binary,
    }
}

/// One column of `columns.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The file that holds it.
    pub table: Table,
    /// Canonical name, such as `res.line1`; in votes and ballots without the prefix `vote.` or `ballot.`.
    pub name: String,
    /// Type of its values.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Who may see it.
    pub class: ColumnClass,
    /// Columns that it is computed from, in the same table.
    #[serde(default)]
    pub derived_from: Vec<String>,
    /// What it holds, for the reference.
    pub doc: String,
}

impl Column {
    /// Name of the Parquet column: `res_line1`.
    #[must_use]
    pub fn parquet(&self) -> String {
        parquet_name(&self.name)
    }
}

/// A family of names allowed by rule, such as `extra.*`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// The rule: `*` stands for one lower-case word with underscores, `#` for a number.
    pub name: String,
    /// The file that holds such columns.
    pub table: Table,
    /// Type of their values.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Who may see them.
    pub class: ColumnClass,
    /// What they hold.
    pub doc: String,
}

/// What a canonical name, as a layout writes it, resolves to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The file that holds it.
    pub table: Table,
    /// Type of its values.
    pub kind: ColumnType,
    /// Who may see it.
    pub class: ColumnClass,
    /// Name of the Parquet column.
    pub parquet: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaFile {
    column: Vec<Column>,
    pattern: Vec<Pattern>,
}

/// The schema: columns in the order of `columns.toml`, and the patterns.
#[derive(Debug)]
pub struct Schema {
    columns: Vec<Column>,
    patterns: Vec<Pattern>,
    by_canonical: HashMap<(Table, String), usize>,
    by_parquet: HashMap<(Table, String), usize>,
}

impl Schema {
    /// The schema embedded in the program.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static SCHEMA: OnceLock<Schema> = OnceLock::new();
        SCHEMA.get_or_init(|| {
            Self::parse(include_str!("../columns.toml"))
                .expect("columns.toml is checked by this crate's tests")
        })
    }

    fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let SchemaFile { column: columns, pattern: patterns } = toml::from_str(text)?;
        let index = |name: fn(&Column) -> String| {
            columns.iter().enumerate().map(|(at, column)| ((column.table, name(column)), at)).collect()
        };
        let by_canonical = index(|column| column.name.clone());
        let by_parquet = index(Column::parquet);
        Ok(Self { columns, patterns, by_canonical, by_parquet })
    }

    /// The columns of one table, in order.
    pub fn columns(&self, table: Table) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(move |column| column.table == table)
    }

    /// The patterns.
    #[must_use]
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// A column by its canonical name in its table (`res.line1`).
    #[must_use]
    pub fn by_canonical(&self, table: Table, name: &str) -> Option<&Column> {
        self.by_canonical.get(&(table, name.to_owned())).map(|&at| &self.columns[at])
    }

    /// A column by its Parquet name (`res_line1`). Columns of a pattern (`extra_…`) are found by [`Self::class_of`].
    #[must_use]
    pub fn by_parquet(&self, table: Table, name: &str) -> Option<&Column> {
        self.by_parquet.get(&(table, name.to_owned())).map(|&at| &self.columns[at])
    }

    /// The class of a Parquet column, columns of a pattern included; none means unclassed, which leaves by no export.
    #[must_use]
    pub fn class_of(&self, table: Table, parquet: &str) -> Option<ColumnClass> {
        self.by_parquet(table, parquet).map(|column| column.class).or_else(|| {
            self.patterns
                .iter()
                .filter(|pattern| pattern.table == table)
                .filter_map(|pattern| {
                    pattern.name.strip_suffix('*').map(|prefix| (pattern, parquet_name(prefix)))
                })
                .find(|(_, prefix)| parquet.len() > prefix.len() && parquet.starts_with(prefix.as_str()))
                .map(|(pattern, _)| pattern.class)
        })
    }

    /// What a layout's `to` means: `res.line1`, `vote.method`, `ballot.status`, `phone.area`, `extra.anything`.
    #[must_use]
    pub fn resolve(&self, to: &str) -> Option<Target> {
        let stored = match to.split_once('.') {
            Some(("vote", rest)) => self.by_canonical(Table::Votes, rest),
            Some(("ballot", rest)) => self.by_canonical(Table::Ballots, rest),
            _ => self.by_canonical(Table::Voters, to),
        };
        if let Some(column) = stored.or_else(|| self.by_canonical(Table::Parts, to)) {
            return Some(Target {
                table: column.table,
                kind: column.kind,
                class: column.class,
                parquet: column.parquet(),
            });
        }
        self.patterns.iter().find(|pattern| matches_pattern(&pattern.name, to)).map(|pattern| Target {
            table: pattern.table,
            kind: pattern.kind,
            class: pattern.class,
            parquet: parquet_name(to),
        })
    }

    /// Every name that a layout may write, patterns as they stand; for hints.
    pub fn layout_names(&self) -> impl Iterator<Item = String> {
        self.columns.iter().filter_map(|column| match column.table {
            Table::Voters | Table::Parts if column.class != ColumnClass::Internal => {
                Some(column.name.clone())
            }
            Table::Votes if column.class != ColumnClass::Internal => Some(format!("vote.{}", column.name)),
            Table::Ballots if column.class != ColumnClass::Internal => {
                Some(format!("ballot.{}", column.name))
            }
            _ => None,
        })
    }

    /// `docs/reference/columns.md`.
    #[must_use]
    pub fn reference(&self) -> String {
        let mut page = String::from(REFERENCE_HEAD);
        for table in Table::ALL {
            let _ = match table {
                Table::Parts => {
                    writeln!(page, "\n## Names that layouts may map to and that are not stored\n")
                }
                _ => writeln!(page, "\n## `{}.parquet`\n", table.as_str()),
            };
            page.push_str(
                "| column | canonical name | type | class | what it holds |\n|---|---|---|---|---|\n",
            );
            for column in self.columns(table) {
                let _ = write!(
                    page,
                    "| `{}` | `{}` | {} | {} | {}",
                    column.parquet(),
                    column.name,
                    column.kind.as_str(),
                    column.class.as_str(),
                    column.doc.replace('|', "\\|")
                );
                if !column.derived_from.is_empty() {
                    let sources: Vec<_> =
                        column.derived_from.iter().map(|name| format!("`{name}`")).collect();
                    let _ = write!(page, " (from {})", sources.join(", "));
                }
                page.push_str(" |\n");
            }
        }
        page.push_str("\n## Names allowed by rule\n\n| rule | table | type | class | what it holds |\n|---|---|---|---|---|\n");
        for pattern in &self.patterns {
            let _ = writeln!(
                page,
                "| `{}` | {} | {} | {} | {} |",
                pattern.name,
                pattern.table.as_str(),
                pattern.kind.as_str(),
                pattern.class.as_str(),
                pattern.doc
            );
        }
        page
    }
}

const REFERENCE_HEAD: &str = "\
# Columns

Generated from `crates/voterfile/columns.toml`; do not edit by hand (`UPDATE=1 cargo test -p hustings-voterfile` rewrites it).

A Parquet column is the canonical name with `.` written as `_`. The class says who supplied a column and so who may see it;
`internal` columns are ours and leave by no export. In a layout, columns of votes and ballots carry the prefix `vote.` and
`ballot.`.
";

/// The Parquet name of a canonical name: `.` becomes `_`.
#[must_use]
pub fn parquet_name(canonical: &str) -> String {
    canonical.replace('.', "_")
}

/// `*` matches one segment of lower-case letters, digits and underscores, `#` a number.
fn matches_pattern(pattern: &str, name: &str) -> bool {
    let mut segments = name.split('.');
    for expected in pattern.split('.') {
        let Some(segment) = segments.next() else { return false };
        let matched = match expected.split_once('#') {
            _ if expected == "*" => {
                !segment.is_empty()
                    && segment
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            }
            Some((prefix, _)) => segment
                .strip_prefix(prefix)
                .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())),
            None => segment == expected,
        };
        if !matched {
            return false;
        }
    }
    segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_name_resolves_to_its_table_and_parquet_column() {
        let check = |to: &str, expected: Option<(Table, &str)>| {
            let target = Schema::embedded().resolve(to);
            assert_eq!(
                target.as_ref().map(|target| (target.table, target.parquet.as_str())),
                expected,
                "resolving `{to}`"
            );
        };
        check("res.line1", Some((Table::Voters, "res_line1")));
        check("vote.method", Some((Table::Votes, "method")));
        check("ballot.status", Some((Table::Ballots, "status")));
        check("phone.area", Some((Table::Parts, "phone_area")));
        check("extra.spl_id", Some((Table::Voters, "extra_spl_id")));
        check("district.other.fire", Some((Table::Voters, "district_other_fire")));
        check("district.slot12", Some((Table::Parts, "district_slot12")));
        check("vote.city_school.4.method", Some((Table::Parts, "vote_city_school_4_method")));
        check("vote.slot40.party", Some((Table::Parts, "vote_slot40_party")));
        check("district.slotx", None);
        check("res.lin1", None);
        check("extra.", None);
        check("extra.Upper", None);
        check("vote.nonsense", None);
    }

    #[test]
    fn what_has_no_class_has_no_class() {
        let schema = Schema::embedded();
        assert_eq!(schema.class_of(Table::Voters, "res_line1"), Some(ColumnClass::Base));
        assert_eq!(schema.class_of(Table::Voters, "voter_id"), Some(ColumnClass::Internal));
        assert_eq!(schema.class_of(Table::Voters, "extra_anything"), Some(ColumnClass::Base));
        assert_eq!(schema.class_of(Table::Voters, "support_score"), None);
        assert_eq!(schema.class_of(Table::Votes, "res_line1"), None);
    }

    #[test]
    fn derived_columns_name_columns_of_their_table_and_no_parquet_name_is_used_twice() {
        let schema = Schema::embedded();
        assert_eq!(schema.by_parquet.len(), schema.columns.len(), "two columns share a Parquet name");
        for column in &schema.columns {
            for source in &column.derived_from {
                assert!(schema.by_canonical(column.table, source).is_some(), "{}: `{source}`", column.name);
            }
        }
    }

    #[test]
    fn the_reference_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/columns.md");
        let page = Schema::embedded().reference();
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference")).unwrap();
            std::fs::write(path, &page).unwrap();
        }
        let found = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            found == page,
            "docs/reference/columns.md is out of date: run UPDATE=1 cargo test -p hustings-voterfile"
        );
    }
}
