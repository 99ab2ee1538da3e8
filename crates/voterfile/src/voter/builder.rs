//! Rows in canonical columns, gathered into an Arrow batch.

use super::address;
use super::codes::{CodeMemory, Word, count_unknown};
use super::columns::VoterColumns;
use super::plan::{CountyNames, Slot, VoterPlan, county_key};
use super::text::{clean, flag};
use crate::report::Counts;
use crate::schema::{ColumnType, arrow_type};
use arrow_array::builder::{BooleanBuilder, Date32Builder, Int32Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch, new_null_array};
use hustings_core::address::AddressParser;
use hustings_core::date::PlaceholderFinder;
use hustings_core::name::NameParts;
use hustings_core::phone::Phone;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where a row stands and whose it is.
#[derive(Debug, Clone, Copy)]
pub struct RowMeta<'a> {
    /// Our id.
    pub voter_id: i64,
    /// The state's id.
    pub state_voter_id: &'a str,
    /// Index of the file in the manifest.
    pub source_file: i32,
    /// 1-based line in the file.
    pub line: i64,
    /// Byte offset in the file.
    pub offset: i64,
    /// Bytes of the record.
    pub length: i32,
    /// Rules by which the row was repaired, separated by blanks; empty for none.
    pub repairs: &'a str,
    /// Days since 1970-01-01.
    pub first_seen: i32,
    /// Days since 1970-01-01: the list's date.
    pub last_seen: i32,
}

/// What the rows said beyond their values.
#[derive(Debug, Default)]
pub struct VoterTally {
    /// Codes that no code map knows, by column.
    pub unknown_codes: BTreeMap<String, Counts>,
    /// Values that do not fit their column, by column; kept in `raw_values`.
    pub invalid: Counts,
    /// Registered before born: kept as they are.
    pub registered_before_born: u64,
    /// How often each birth and registration date occurs, to find placeholders.
    pub placeholders: BTreeMap<&'static str, PlaceholderFinder>,
}

macro_rules! column_ids {
    ($($name:ident)*) => {
        /// Positions of the columns that take more than copying.
        struct Ids { $($name: usize),* }
        impl Ids {
            fn new(columns: &VoterColumns) -> Self {
                Self { $($name: columns.index(stringify!($name)).expect("a column of columns.toml, as the tests check")),* }
            }
        }
    };
}

column_ids! {
    voter_id state_voter_id legacy_voter_id name_last name_first name_middle name_suffix name_full
    res_house_number_prefix res_house_number res_house_number_suffix res_house_fraction res_predir res_street_name
    res_street_type res_postdir res_unit_type res_unit res_line1 res_line2 res_full res_non_standard res_city res_state
    res_zip5 res_zip4 res_std_line res_kind res_quality household_id mail_line1 mail_city mail_zip5 mail_zip4
    mail_same_as_res phone phone_raw phone_quality birth_date birth_precision birth_year age confidential county_code
    county_name county_fips source_file source_line source_offset source_length repair raw_values first_seen last_seen
}

enum ColumnBuilder {
    Text(StringBuilder),
    Int(Int32Builder),
    Int64(Int64Builder),
    Date(Date32Builder),
    Bool(BooleanBuilder),
    /// No such column is built here.
    Untouched,
}

/// Builds one batch after another.
pub struct VoterBuilder {
    columns: VoterColumns,
    ids: Ids,
    builders: Vec<ColumnBuilder>,
    lengths: Vec<usize>,
    rows: usize,
    address: AddressParser,
    memories: Vec<CodeMemory>,
    county: (String, Option<CountyNames>),
    scratch: String,
    text: String,
    raw: Vec<(String, String)>,
    /// What the rows said beyond their values.
    pub tally: VoterTally,
}

impl VoterBuilder {
    /// A builder of batches with these columns.
    #[must_use]
    pub fn new(columns: &VoterColumns) -> Self {
        let builders = (0..columns.len())
            .map(|index| match columns.kind(index) {
                ColumnType::Text => ColumnBuilder::Text(StringBuilder::new()),
                ColumnType::Int => ColumnBuilder::Int(Int32Builder::new()),
                ColumnType::Int64 => ColumnBuilder::Int64(Int64Builder::new()),
                ColumnType::Date => ColumnBuilder::Date(Date32Builder::new()),
                ColumnType::Bool => ColumnBuilder::Bool(BooleanBuilder::new()),
                ColumnType::Timestamp | ColumnType::Bytes => ColumnBuilder::Untouched,
            })
            .collect();
        Self {
            ids: Ids::new(columns),
            builders,
            lengths: vec![0; columns.len()],
            rows: 0,
            address: AddressParser::new(),
            memories: Vec::new(),
            county: (String::new(), None),
            scratch: String::new(),
            text: String::new(),
            raw: Vec::new(),
            tally: VoterTally::default(),
            columns: columns.clone(),
        }
    }

    /// Rows gathered since the last [`VoterBuilder::finish`].
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a row. `field` gives the raw value of a field by its position in the file.
    pub fn push<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str, meta: &RowMeta<'_>) {
        let confidential = flag(plan.slot(Slot::Confidential, field)).unwrap_or(false);
        self.raw.clear();
        self.lineage(meta);
        self.names(plan, field);
        self.county(plan, field);
        if confidential {
            self.set_text(self.ids.res_kind, "withheld");
            self.set_text(self.ids.res_quality, "none");
        } else {
            self.residence(plan, field);
            self.mailing(plan, field);
            self.phones(plan, field);
        }
        self.set_bool(self.ids.confidential, confidential);
        let born = self.birth(plan, field);
        self.typed(plan, field, born);
        self.coded(plan, field);
        for step in &plan.texts {
            let value = step.fields.iter().map(|index| field(*index).trim()).find(|value| !value.is_empty());
            if let Some(value) = value
                && !(confidential && shows_whereabouts(&self.columns, step.column))
            {
                let mut scratch = std::mem::take(&mut self.scratch);
                self.set_text(step.column, clean(value, &mut scratch));
                self.scratch = scratch;
            }
        }
        if !self.raw.is_empty() {
            let raw: BTreeMap<&str, &str> =
                self.raw.iter().map(|(header, value)| (header.as_str(), value.as_str())).collect();
            let json = serde_json::to_string(&raw).unwrap_or_default();
            self.set_text(self.ids.raw_values, &json);
        }
        self.rows += 1;
    }

    fn lineage(&mut self, meta: &RowMeta<'_>) {
        self.set_int64(self.ids.voter_id, meta.voter_id);
        self.set_text(self.ids.state_voter_id, meta.state_voter_id);
        self.set_int(self.ids.source_file, meta.source_file);
        self.set_int64(self.ids.source_line, meta.line);
        self.set_int64(self.ids.source_offset, meta.offset);
        self.set_int(self.ids.source_length, meta.length);
        self.set_text(self.ids.repair, meta.repairs);
        self.set_date(self.ids.first_seen, meta.first_seen);
        self.set_date(self.ids.last_seen, meta.last_seen);
    }

    fn names<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str) {
        self.set_text(self.ids.legacy_voter_id, plan.slot(Slot::LegacyVoterId, field));
        let full = plan.slot(Slot::NameFull, field);
        let last = plan.slot(Slot::NameLast, field);
        self.set_text(self.ids.name_full, full);
        let mut scratch = std::mem::take(&mut self.scratch);
        let parts = if last.is_empty() && !full.is_empty() {
            NameParts::from_full(full)
        } else {
            NameParts::from_columns(
                plan.slot(Slot::NameFirst, field),
                plan.slot(Slot::NameMiddle, field),
                last,
                plan.slot(Slot::NameSuffix, field),
            )
        };
        self.set_text(self.ids.name_last, clean(parts.last, &mut scratch));
        self.set_text(self.ids.name_first, clean(parts.first, &mut scratch));
        self.set_text(self.ids.name_middle, clean(parts.middle, &mut scratch));
        self.set_text(self.ids.name_suffix, clean(parts.suffix, &mut scratch));
        self.scratch = scratch;
    }

    fn county<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str) {
        let code = plan.slot(Slot::CountyCode, field);
        let name = plan.slot(Slot::CountyName, field);
        let wanted = if name.is_empty() { code } else { name };
        if self.county.0 != wanted {
            self.county = (wanted.to_owned(), plan.counties.get(&county_key(wanted)).cloned());
        }
        let (_, known) = std::mem::take(&mut self.county);
        match &known {
            Some(county) => {
                self.set_text(self.ids.county_code, if code.is_empty() { &county.code } else { code });
                self.set_text(self.ids.county_name, &county.name);
                self.set_text(self.ids.county_fips, county.fips.as_deref().unwrap_or(""));
            }
            None => {
                self.set_text(self.ids.county_code, code);
                self.set_text(self.ids.county_name, &name.to_uppercase());
            }
        }
        self.county = (wanted.to_owned(), known);
    }

    fn residence<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str) {
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut parser = std::mem::take(&mut self.address);
        let city = clean(plan.slot(Slot::ResCity, field), &mut scratch).to_uppercase();
        let (zip5, zip4) = self.zip(plan, field, Slot::ResZip5, Slot::ResZip4, "res_zip5", &mut scratch);
        let parsed = address::parse(&mut parser, plan, field, &mut scratch);
        let ids = [
            (self.ids.res_house_number_prefix, parsed.house_number_prefix()),
            (self.ids.res_house_number, parsed.house_number()),
            (self.ids.res_house_number_suffix, parsed.house_number_suffix()),
            (self.ids.res_house_fraction, parsed.house_fraction()),
            (self.ids.res_predir, parsed.predir()),
            (self.ids.res_street_name, parsed.street_name()),
            (self.ids.res_street_type, parsed.street_type()),
            (self.ids.res_postdir, parsed.postdir()),
            (self.ids.res_unit_type, parsed.unit_type()),
            (self.ids.res_unit, parsed.unit()),
            (self.ids.res_std_line, parsed.standard_line()),
            (self.ids.res_kind, parsed.kind.as_str()),
            (self.ids.res_quality, parsed.quality.as_str()),
        ];
        for (column, value) in ids {
            self.set_text(column, value);
        }
        if let Some(household) = address::household_id(parsed, &city, &zip5) {
            self.set_int64(self.ids.household_id, household);
        }
        let given = [
            (self.ids.res_line1, Slot::ResLine1),
            (self.ids.res_line2, Slot::ResLine2),
            (self.ids.res_full, Slot::ResFull),
            (self.ids.res_non_standard, Slot::NonStandard),
        ];
        for (column, slot) in given {
            self.set_text(column, clean(plan.slot(slot, field), &mut scratch));
        }
        self.set_text(self.ids.res_city, &city);
        self.set_text(self.ids.res_state, &plan.slot(Slot::ResState, field).to_ascii_uppercase());
        self.set_text(self.ids.res_zip5, &zip5);
        self.set_text(self.ids.res_zip4, &zip4);
        self.address = parser;
        self.scratch = scratch;
    }

    fn zip<'a>(
        &mut self,
        plan: &VoterPlan,
        field: &impl Fn(usize) -> &'a str,
        five: Slot,
        four: Slot,
        column: &'static str,
        scratch: &mut String,
    ) -> (String, String) {
        let raw = plan.slot(five, field);
        match address::zip(raw, scratch) {
            Some((zip5, zip4)) => (zip5, zip4.unwrap_or_else(|| plan.slot(four, field).to_owned())),
            None if raw.is_empty() => (String::new(), String::new()),
            None => {
                self.invalid(column, plan.header(five), raw);
                (String::new(), String::new())
            }
        }
    }

    /// The mailing address; left out where it is the residence, which `mail_same_as_res` says instead.
    fn mailing<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str) {
        let line1 = plan.slot(Slot::MailLine1, field);
        if line1.is_empty() {
            return;
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut text = std::mem::take(&mut self.text);
        let zip5 = plan.slot(Slot::MailZip5, field);
        let residence_zip5 = plan.slot(Slot::ResZip5, field);
        let same = clean(line1, &mut scratch)
            .eq_ignore_ascii_case(clean(plan.slot(Slot::ResLine1, field), &mut text))
            && plan.slot(Slot::MailCity, field).eq_ignore_ascii_case(plan.slot(Slot::ResCity, field))
            && zip5.get(..5).unwrap_or(zip5) == residence_zip5.get(..5).unwrap_or(residence_zip5);
        self.set_bool(self.ids.mail_same_as_res, same);
        if !same {
            let (zip5, zip4) = self.zip(plan, field, Slot::MailZip5, Slot::MailZip4, "mail_zip5", &mut text);
            self.set_text(self.ids.mail_line1, clean(line1, &mut scratch));
            self.set_text(self.ids.mail_city, clean(plan.slot(Slot::MailCity, field), &mut scratch));
            self.set_text(self.ids.mail_zip5, &zip5);
            self.set_text(self.ids.mail_zip4, &zip4);
        }
        self.scratch = scratch;
        self.text = text;
    }

    fn phones<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str) {
        let (area, number) = (plan.slot(Slot::PhoneArea, field), plan.slot(Slot::PhoneNumber, field));
        let joined = format!("{area}{number}");
        let raw = if joined.is_empty() { plan.slot(Slot::Phone, field) } else { joined.as_str() };
        if raw.is_empty() {
            return;
        }
        let phone = Phone::parse(raw);
        self.set_text(self.ids.phone_quality, phone.quality.as_str());
        match phone.e164 {
            Some(e164) => self.set_text(self.ids.phone, e164.as_str()),
            None => self.set_text(self.ids.phone_raw, raw),
        }
    }

    /// Birth date, year and age. Returns the first day of the birth year, or the birth date, in days.
    fn birth<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str) -> Option<i32> {
        let policy = &plan.date_policy;
        let raw_date = plan.slot(Slot::BirthDate, field);
        let raw_year = plan.slot(Slot::BirthYear, field);
        let mut birth = policy.birth(raw_date, raw_year);
        if let Some(days) = birth.days {
            self.tally.placeholders.entry("birth_date").or_default().add_days(days);
            if policy.is_placeholder("birth_date", days) {
                birth = super::dates::Birth::placeholder();
            }
        }
        if birth.invalid {
            let (slot, raw) =
                if raw_date.is_empty() { (Slot::BirthYear, raw_year) } else { (Slot::BirthDate, raw_date) };
            let column = if slot == Slot::BirthDate { "birth_date" } else { "birth_year" };
            self.invalid(column, plan.header(slot), raw);
        }
        if let Some(days) = birth.days {
            self.set_date(self.ids.birth_date, days);
        }
        self.set_text(self.ids.birth_precision, birth.precision);
        if let Some(year) = birth.year {
            self.set_int(self.ids.birth_year, year);
            // An age is worth no more than the birth year it was computed from.
            if let Ok(age) = plan.slot(Slot::Age, field).parse::<i32>() {
                self.set_int(self.ids.age, age);
            }
        }
        birth.days.or_else(|| birth.year.and_then(super::dates::first_day))
    }

    fn typed<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str, born: Option<i32>) {
        for step in &plan.dates {
            let raw = field(step.field).trim();
            if raw.is_empty() {
                continue;
            }
            let registration = step.name == "registration_date";
            match plan.date_policy.date(raw) {
                Ok(Some(days)) => {
                    if registration {
                        self.tally.placeholders.entry("registration_date").or_default().add_days(days);
                        self.tally.registered_before_born += u64::from(born.is_some_and(|born| days < born));
                    }
                    if plan.date_policy.is_placeholder(&step.name, days) {
                        self.raw.push((step.header.clone(), raw.to_owned()));
                    } else {
                        self.set_date(step.column, days);
                    }
                }
                Ok(None) => self.raw.push((step.header.clone(), raw.to_owned())),
                Err(_) => self.invalid(&step.name, &step.header, raw),
            }
        }
        for step in &plan.integers {
            let raw = field(step.field).trim();
            match raw.parse::<i32>() {
                Ok(value) => self.set_int(step.column, value),
                Err(_) if raw.is_empty() => {}
                Err(_) => self.invalid(&step.name, &step.header, raw),
            }
        }
        for step in &plan.flags {
            let raw = field(step.field).trim();
            match flag(raw) {
                Some(value) => self.set_bool(step.column, value),
                None if raw.is_empty() => {}
                None => self.invalid(&step.name, &step.header, raw),
            }
        }
    }

    fn coded<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str) {
        let mut memories = std::mem::take(&mut self.memories);
        memories.resize_with(plan.codes.len(), CodeMemory::default);
        for (coded, memory) in plan.codes.iter().zip(&mut memories) {
            let code = field(coded.field).trim();
            match memory.word(coded, code) {
                Word::Known(word) => self.set_text(coded.column, word),
                Word::Unknown => {
                    self.set_text(coded.column, coded.unknown.unwrap_or(""));
                    let counts = self.tally.unknown_codes.entry(coded.name.to_owned()).or_default();
                    count_unknown(counts, code);
                }
                Word::Absent => {}
            }
            if let Some(raw) = coded.raw_column {
                self.set_text(raw, code);
            }
        }
        self.memories = memories;
    }

    fn invalid(&mut self, column: &str, header: &str, raw: &str) {
        *self.tally.invalid.entry(column.to_owned()).or_default() += 1;
        self.raw.push((header.to_owned(), raw.to_owned()));
    }

    /// Forgets what codes mean: the next rows are of another file.
    pub fn next_file(&mut self) {
        self.memories.clear();
        self.county = (String::new(), None);
    }

    /// Empty text is no value.
    fn set_text(&mut self, column: usize, value: &str) {
        if value.is_empty() {
            return;
        }
        let missing = self.missing(column);
        if let ColumnBuilder::Text(builder) = &mut self.builders[column] {
            for _ in 0..missing {
                builder.append_null();
            }
            builder.append_value(value);
        }
    }

    fn set_int(&mut self, column: usize, value: i32) {
        let missing = self.missing(column);
        if let ColumnBuilder::Int(builder) = &mut self.builders[column] {
            builder.append_nulls(missing);
            builder.append_value(value);
        }
    }

    fn set_int64(&mut self, column: usize, value: i64) {
        let missing = self.missing(column);
        if let ColumnBuilder::Int64(builder) = &mut self.builders[column] {
            builder.append_nulls(missing);
            builder.append_value(value);
        }
    }

    fn set_date(&mut self, column: usize, days: i32) {
        let missing = self.missing(column);
        if let ColumnBuilder::Date(builder) = &mut self.builders[column] {
            builder.append_nulls(missing);
            builder.append_value(days);
        }
    }

    fn set_bool(&mut self, column: usize, value: bool) {
        let missing = self.missing(column);
        if let ColumnBuilder::Bool(builder) = &mut self.builders[column] {
            builder.append_nulls(missing);
            builder.append_value(value);
        }
    }

    /// How many rows before this one have no value yet in a column, which is then counted as filled up to this row.
    fn missing(&mut self, column: usize) -> usize {
        debug_assert!(self.lengths[column] <= self.rows, "a column is set once a row");
        let missing = self.rows - self.lengths[column];
        self.lengths[column] = self.rows + 1;
        missing
    }

    /// The rows gathered, as a batch with all columns; the builder starts anew.
    pub fn finish(&mut self) -> RecordBatch {
        let rows = self.rows;
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.builders.len());
        for (index, builder) in self.builders.iter_mut().enumerate() {
            let missing = rows - self.lengths[index];
            if missing == rows {
                arrays.push(new_null_array(&arrow_type(self.columns.kind(index)), rows));
                continue;
            }
            arrays.push(match builder {
                ColumnBuilder::Text(builder) => {
                    for _ in 0..missing {
                        builder.append_null();
                    }
                    Arc::new(builder.finish())
                }
                ColumnBuilder::Int(builder) => {
                    builder.append_nulls(missing);
                    Arc::new(builder.finish())
                }
                ColumnBuilder::Int64(builder) => {
                    builder.append_nulls(missing);
                    Arc::new(builder.finish())
                }
                ColumnBuilder::Date(builder) => {
                    builder.append_nulls(missing);
                    Arc::new(builder.finish())
                }
                ColumnBuilder::Bool(builder) => {
                    builder.append_nulls(missing);
                    Arc::new(builder.finish())
                }
                ColumnBuilder::Untouched => new_null_array(&arrow_type(self.columns.kind(index)), rows),
            });
        }
        self.lengths.fill(0);
        self.rows = 0;
        RecordBatch::try_new(self.columns.schema().clone(), arrays)
            .expect("one array per column, each as long as there are rows")
    }
}

/// Whether a column would tell where a confidential voter lives or can be reached.
fn shows_whereabouts(columns: &VoterColumns, column: usize) -> bool {
    let name = columns.schema().field(column).name().as_str();
    ["res_", "mail_", "phone", "email", "fax", "prev_address", "extra_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}
