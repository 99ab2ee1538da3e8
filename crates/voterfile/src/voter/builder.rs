//! Rows in canonical columns, gathered into an Arrow batch.

use super::address::{self, Zip};
use super::cells::Cells;
use super::codes::{CodeMemory, Word, count_unknown};
use super::columns::VoterColumns;
use super::confidential::column_shows_whereabouts;
use super::plan::{CountyNames, Slot, VoterPlan, county_key};
use super::text::{clean, flag, push_upper, trim};
use crate::change::fingerprints;
use crate::report::Counts;
use arrow_array::{Int64Array, RecordBatch};
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
    /// How often each birth date occurs, to find placeholders.
    pub birth_dates: PlaceholderFinder,
    /// How often each registration date occurs, to find placeholders.
    pub registration_dates: PlaceholderFinder,
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
    county_name county_fips source_file source_line source_offset source_length repair raw_values first_seen last_seen fingerprint
}

/// Builds one batch after another.
pub struct VoterBuilder {
    columns: VoterColumns,
    ids: Ids,
    cells: Cells,
    address: AddressParser,
    memories: Vec<CodeMemory>,
    county: (String, Option<CountyNames>),
    scratch: String,
    text: String,
    city: String,
    raw: Vec<(String, String)>,
    /// What the rows said beyond their values.
    pub tally: VoterTally,
}

impl VoterBuilder {
    /// A builder of batches with these columns.
    #[must_use]
    pub fn new(columns: &VoterColumns) -> Self {
        Self {
            ids: Ids::new(columns),
            cells: Cells::new(columns),
            address: AddressParser::new(),
            memories: Vec::new(),
            county: (String::new(), None),
            scratch: String::new(),
            text: String::new(),
            city: String::new(),
            raw: Vec::new(),
            tally: VoterTally::default(),
            columns: columns.clone(),
        }
    }

    /// Rows gathered since the last [`VoterBuilder::finish`].
    #[must_use]
    pub fn rows(&self) -> usize {
        self.cells.rows()
    }

    /// Adds a row. `field` gives the raw value of a field by its position in the file.
    pub fn push<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str, meta: &RowMeta<'_>) {
        let confidential = self.is_confidential(plan, field);
        self.raw.clear();
        self.lineage(meta);
        self.names(plan, field);
        self.county(plan, field);
        if confidential {
            self.cells.set_text(self.ids.res_kind, "withheld");
            self.cells.set_text(self.ids.res_quality, "none");
        } else {
            self.residence(plan, field);
            self.mailing(plan, field);
            self.phones(plan, field);
        }
        self.cells.set_bool(self.ids.confidential, confidential);
        let born = self.birth(plan, field);
        self.typed(plan, field, born);
        self.coded(plan, field);
        for step in &plan.texts {
            let value = step.fields.iter().map(|index| trim(field(*index))).find(|value| !value.is_empty());
            if let Some(value) = value
                && !(confidential && column_shows_whereabouts(&self.columns, step.column))
            {
                let mut scratch = std::mem::take(&mut self.scratch);
                self.cells.set_text(step.column, clean(value, &mut scratch));
                self.scratch = scratch;
            }
        }
        if !self.raw.is_empty() {
            let raw: BTreeMap<&str, &str> =
                self.raw.iter().map(|(header, value)| (header.as_str(), value.as_str())).collect();
            let json = serde_json::to_string(&raw).unwrap_or_default();
            self.cells.set_text(self.ids.raw_values, &json);
        }
        self.cells.end_row();
    }

    /// A value that is no known "no" makes a voter confidential: an address published by mistake cannot be called back.
    fn is_confidential<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str) -> bool {
        let raw = plan.slot(Slot::Confidential, field);
        flag(raw).unwrap_or_else(|| {
            if !raw.is_empty() {
                let counts = self.tally.unknown_codes.entry("confidential".to_owned()).or_default();
                count_unknown(counts, raw);
            }
            !raw.is_empty()
        })
    }

    fn lineage(&mut self, meta: &RowMeta<'_>) {
        self.cells.set_int64(self.ids.voter_id, meta.voter_id);
        self.cells.set_text(self.ids.state_voter_id, meta.state_voter_id);
        self.cells.set_int(self.ids.source_file, meta.source_file);
        self.cells.set_int64(self.ids.source_line, meta.line);
        self.cells.set_int64(self.ids.source_offset, meta.offset);
        self.cells.set_int(self.ids.source_length, meta.length);
        self.cells.set_text(self.ids.repair, meta.repairs);
        self.cells.set_date(self.ids.first_seen, meta.first_seen);
        self.cells.set_date(self.ids.last_seen, meta.last_seen);
    }

    fn names<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str) {
        self.cells.set_text(self.ids.legacy_voter_id, plan.slot(Slot::LegacyVoterId, field));
        let full = plan.slot(Slot::NameFull, field);
        let last = plan.slot(Slot::NameLast, field);
        self.cells.set_text(self.ids.name_full, full);
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
        self.cells.set_text(self.ids.name_last, clean(parts.last, &mut scratch));
        self.cells.set_text(self.ids.name_first, clean(parts.first, &mut scratch));
        self.cells.set_text(self.ids.name_middle, clean(parts.middle, &mut scratch));
        self.cells.set_text(self.ids.name_suffix, clean(parts.suffix, &mut scratch));
        self.scratch = scratch;
    }

    fn county<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str) {
        let code = plan.slot(Slot::CountyCode, field);
        let name = plan.slot(Slot::CountyName, field);
        let wanted = if name.is_empty() { code } else { name };
        if self.county.0 != wanted {
            self.county = (wanted.to_owned(), plan.counties.get(&county_key(wanted)).cloned());
        }
        let Self { ids, cells, county: (_, known), .. } = self;
        match known {
            Some(county) => {
                cells.set_text(ids.county_code, if code.is_empty() { &county.code } else { code });
                cells.set_text(ids.county_name, &county.name);
                cells.set_text(ids.county_fips, county.fips.as_deref().unwrap_or(""));
            }
            None => {
                cells.set_text(ids.county_code, code);
                cells.set_text(ids.county_name, &name.to_uppercase());
            }
        }
    }

    fn residence<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str) {
        let zip = self.zip(plan, field, Slot::ResZip5, "res_zip5");
        let Self { ids, cells, address: parser, scratch, city, .. } = self;
        city.clear();
        push_upper(clean(plan.slot(Slot::ResCity, field), scratch), city);
        let parsed = address::parse(parser, plan, field, scratch);
        let parts = [
            (ids.res_house_number_prefix, parsed.house_number_prefix()),
            (ids.res_house_number, parsed.house_number()),
            (ids.res_house_number_suffix, parsed.house_number_suffix()),
            (ids.res_house_fraction, parsed.house_fraction()),
            (ids.res_predir, parsed.predir()),
            (ids.res_street_name, parsed.street_name()),
            (ids.res_street_type, parsed.street_type()),
            (ids.res_postdir, parsed.postdir()),
            (ids.res_unit_type, parsed.unit_type()),
            (ids.res_unit, parsed.unit()),
            (ids.res_std_line, parsed.standard_line()),
            (ids.res_kind, parsed.kind.as_str()),
            (ids.res_quality, parsed.quality.as_str()),
        ];
        for (column, value) in parts {
            cells.set_text(column, value);
        }
        let zip5 = zip.as_ref().map_or("", Zip::five);
        if let Some(household) = address::household_id(parsed, city, zip5, scratch) {
            cells.set_int64(ids.household_id, household);
        }
        let given = [
            (ids.res_line1, Slot::ResLine1),
            (ids.res_line2, Slot::ResLine2),
            (ids.res_full, Slot::ResFull),
            (ids.res_non_standard, Slot::NonStandard),
        ];
        for (column, slot) in given {
            cells.set_text(column, clean(plan.slot(slot, field), scratch));
        }
        cells.set_text(ids.res_city, city);
        scratch.clear();
        scratch.push_str(plan.slot(Slot::ResState, field));
        scratch.make_ascii_uppercase();
        cells.set_text(ids.res_state, scratch);
        if let Some(zip) = &zip {
            cells.set_text(ids.res_zip5, zip.five());
            cells.set_text(ids.res_zip4, zip.four().unwrap_or_else(|| plan.slot(Slot::ResZip4, field)));
        }
    }

    /// The ZIP in a slot; what is none is kept as raw value.
    fn zip<'a>(
        &mut self,
        plan: &VoterPlan,
        field: &impl Fn(usize) -> &'a str,
        slot: Slot,
        column: &'static str,
    ) -> Option<Zip> {
        let raw = plan.slot(slot, field);
        let zip = Zip::parse(raw, &mut self.scratch);
        if zip.is_none() && !raw.is_empty() {
            self.invalid(column, plan.header(slot), raw);
        }
        zip
    }

    /// The mailing address; left out where it is the residence, which `mail_same_as_res` says instead.
    fn mailing<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str) {
        let line1 = plan.slot(Slot::MailLine1, field);
        if line1.is_empty() {
            return;
        }
        let zip5 = plan.slot(Slot::MailZip5, field);
        let residence_zip5 = plan.slot(Slot::ResZip5, field);
        let same = clean(line1, &mut self.scratch)
            .eq_ignore_ascii_case(clean(plan.slot(Slot::ResLine1, field), &mut self.text))
            && plan.slot(Slot::MailCity, field).eq_ignore_ascii_case(plan.slot(Slot::ResCity, field))
            && zip5.get(..5).unwrap_or(zip5) == residence_zip5.get(..5).unwrap_or(residence_zip5);
        self.cells.set_bool(self.ids.mail_same_as_res, same);
        if same {
            return;
        }
        let zip = self.zip(plan, field, Slot::MailZip5, "mail_zip5");
        let Self { ids, cells, scratch, .. } = self;
        cells.set_text(ids.mail_line1, clean(line1, scratch));
        cells.set_text(ids.mail_city, clean(plan.slot(Slot::MailCity, field), scratch));
        if let Some(zip) = &zip {
            cells.set_text(ids.mail_zip5, zip.five());
            cells.set_text(ids.mail_zip4, zip.four().unwrap_or_else(|| plan.slot(Slot::MailZip4, field)));
        }
    }

    fn phones<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str) {
        let Self { ids, cells, text: joined, .. } = self;
        joined.clear();
        joined.push_str(plan.slot(Slot::PhoneArea, field));
        joined.push_str(plan.slot(Slot::PhoneNumber, field));
        let raw = if joined.is_empty() { plan.slot(Slot::Phone, field) } else { joined.as_str() };
        if raw.is_empty() {
            return;
        }
        let phone = Phone::parse(raw);
        cells.set_text(ids.phone_quality, phone.quality.as_str());
        match phone.e164 {
            Some(e164) => cells.set_text(ids.phone, e164.as_str()),
            None => cells.set_text(ids.phone_raw, raw),
        }
    }

    /// Birth date, year and age. Returns the first day of the birth year, or the birth date, in days.
    fn birth<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str) -> Option<i32> {
        let policy = &plan.date_policy;
        let raw_date = plan.slot(Slot::BirthDate, field);
        let raw_year = plan.slot(Slot::BirthYear, field);
        let mut birth = policy.birth(raw_date, raw_year);
        if let Some(days) = birth.days {
            self.tally.birth_dates.add_days(days);
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
            self.cells.set_date(self.ids.birth_date, days);
        }
        self.cells.set_text(self.ids.birth_precision, birth.precision);
        if let Some(year) = birth.year {
            self.cells.set_int(self.ids.birth_year, year);
            // An age is worth no more than the birth year it was computed from.
            if let Ok(age) = plan.slot(Slot::Age, field).parse::<i32>() {
                self.cells.set_int(self.ids.age, age);
            }
        }
        birth.days.or_else(|| birth.year.and_then(super::dates::first_day))
    }

    fn typed<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str, born: Option<i32>) {
        for step in &plan.dates {
            let raw = trim(field(step.field));
            if raw.is_empty() {
                continue;
            }
            let registration = step.name == "registration_date";
            match plan.date_policy.date(raw) {
                Ok(Some(days)) => {
                    if registration {
                        self.tally.registration_dates.add_days(days);
                        self.tally.registered_before_born += u64::from(born.is_some_and(|born| days < born));
                    }
                    if plan.date_policy.is_placeholder(&step.name, days) {
                        self.raw.push((step.header.clone(), raw.to_owned()));
                    } else {
                        self.cells.set_date(step.column, days);
                    }
                }
                Ok(None) => self.raw.push((step.header.clone(), raw.to_owned())),
                Err(_) => self.invalid(&step.name, &step.header, raw),
            }
        }
        for step in &plan.integers {
            let raw = trim(field(step.field));
            match raw.parse::<i32>() {
                Ok(value) => self.cells.set_int(step.column, value),
                Err(_) if raw.is_empty() => {}
                Err(_) => self.invalid(&step.name, &step.header, raw),
            }
        }
        for step in &plan.flags {
            let raw = trim(field(step.field));
            match flag(raw) {
                Some(value) => self.cells.set_bool(step.column, value),
                None if raw.is_empty() => {}
                None => self.invalid(&step.name, &step.header, raw),
            }
        }
    }

    fn coded<'a>(&mut self, plan: &VoterPlan, field: &impl Fn(usize) -> &'a str) {
        let mut memories = std::mem::take(&mut self.memories);
        memories.resize_with(plan.codes.len(), CodeMemory::default);
        for (coded, memory) in plan.codes.iter().zip(&mut memories) {
            let code = trim(field(coded.field));
            match memory.word(coded, code) {
                Word::Known(word) => self.cells.set_text(coded.column, word),
                Word::Unknown => {
                    self.cells.set_text(coded.column, coded.unknown.unwrap_or(""));
                    let counts = self.tally.unknown_codes.entry(coded.name.to_owned()).or_default();
                    count_unknown(counts, code);
                }
                Word::Absent => {}
            }
            if let Some(raw) = coded.raw_column {
                self.cells.set_text(raw, code);
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

    /// The rows gathered, as a batch with all columns; the builder starts anew.
    pub fn finish(&mut self) -> RecordBatch {
        let batch = |arrays| {
            RecordBatch::try_new(self.columns.schema().clone(), arrays)
                .expect("one array per column, each as long as there are rows")
        };
        let compared = batch(self.cells.finish());
        let mut arrays = compared.columns().to_vec();
        arrays[self.ids.fingerprint] = Arc::new(Int64Array::from(fingerprints(&compared)));
        batch(arrays)
    }
}
