//! Which field of a file feeds which column, decided once per file.

use super::codes::CodedColumn;
use super::columns::VoterColumns;
use super::dates::DatePolicy;
use super::text::trim;
use crate::identity::normalize_id;
use crate::layout::{Layout, Recognized};
use crate::schema::{ColumnType, Schema, Table};
use std::borrow::Cow;
use std::collections::HashMap;

/// Fields that take more than copying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Slot {
    StateVoterId,
    LegacyVoterId,
    NameLast,
    NameFirst,
    NameMiddle,
    NameSuffix,
    NameFull,
    HouseNumberPrefix,
    HouseNumber,
    HouseNumberSuffix,
    HouseFraction,
    Predir,
    StreetName,
    StreetType,
    Postdir,
    UnitType,
    Unit,
    ResLine1,
    ResLine2,
    ResFull,
    StreetFull,
    NonStandard,
    ResCity,
    ResState,
    ResZip5,
    ResZip4,
    MailLine1,
    MailCity,
    MailZip5,
    MailZip4,
    Phone,
    PhoneArea,
    PhoneNumber,
    CountyCode,
    CountyName,
    BirthDate,
    BirthYear,
    Age,
    Confidential,
}

const SLOTS: [(&str, Slot); 39] = [
    ("state_voter_id", Slot::StateVoterId),
    ("legacy_voter_id", Slot::LegacyVoterId),
    ("name.last", Slot::NameLast),
    ("name.first", Slot::NameFirst),
    ("name.middle", Slot::NameMiddle),
    ("name.suffix", Slot::NameSuffix),
    ("name.full", Slot::NameFull),
    ("res.house_number_prefix", Slot::HouseNumberPrefix),
    ("res.house_number", Slot::HouseNumber),
    ("res.house_number_suffix", Slot::HouseNumberSuffix),
    ("res.house_fraction", Slot::HouseFraction),
    ("res.predir", Slot::Predir),
    ("res.street_name", Slot::StreetName),
    ("res.street_type", Slot::StreetType),
    ("res.postdir", Slot::Postdir),
    ("res.unit_type", Slot::UnitType),
    ("res.unit", Slot::Unit),
    ("res.line1", Slot::ResLine1),
    ("res.line2", Slot::ResLine2),
    ("res.full", Slot::ResFull),
    ("res.street_full", Slot::StreetFull),
    ("res.non_standard", Slot::NonStandard),
    ("res.city", Slot::ResCity),
    ("res.state", Slot::ResState),
    ("res.zip5", Slot::ResZip5),
    ("res.zip4", Slot::ResZip4),
    ("mail.line1", Slot::MailLine1),
    ("mail.city", Slot::MailCity),
    ("mail.zip5", Slot::MailZip5),
    ("mail.zip4", Slot::MailZip4),
    ("phone", Slot::Phone),
    ("phone.area", Slot::PhoneArea),
    ("phone.number", Slot::PhoneNumber),
    ("county_code", Slot::CountyCode),
    ("county_name", Slot::CountyName),
    ("birth_date", Slot::BirthDate),
    ("birth_year", Slot::BirthYear),
    ("age", Slot::Age),
    ("confidential", Slot::Confidential),
];

/// Coded columns: canonical name, column of the state's code, and the word for a code that nobody knows.
const CODED: [(&str, Option<&str>, Option<&str>); 6] = [
    ("status", Some("status_raw"), Some("unknown")),
    ("status_reason", Some("status_reason_raw"), None),
    ("party", Some("party_raw"), Some("OTH")),
    ("gender", Some("gender_raw"), Some("U")),
    ("race", Some("race_raw"), Some("unknown")),
    ("ethnicity", Some("ethnicity_raw"), Some("unknown")),
];

/// A text column and the fields that may hold its value: the first that is not empty does.
#[derive(Debug, Clone)]
pub(super) struct TextStep {
    pub column: usize,
    pub fields: Vec<usize>,
}

/// A typed column and its field.
#[derive(Debug, Clone)]
pub(super) struct TypedStep {
    pub column: usize,
    pub field: usize,
    pub header: String,
    pub name: String,
}

/// A county as rows name it.
#[derive(Debug, Clone)]
pub(super) struct CountyNames {
    pub code: String,
    pub name: String,
    pub fips: Option<String>,
}

/// The plan for one file.
#[derive(Debug, Clone)]
pub struct VoterPlan {
    pub(super) slots: Vec<Vec<usize>>,
    pub(super) texts: Vec<TextStep>,
    pub(super) flags: Vec<TypedStep>,
    pub(super) integers: Vec<TypedStep>,
    pub(super) dates: Vec<TypedStep>,
    pub(super) codes: Vec<CodedColumn>,
    pub(super) headers: Vec<String>,
    pub(super) counties: HashMap<String, CountyNames>,
    pub(super) date_policy: DatePolicy,
    id_pad: usize,
}

impl VoterPlan {
    /// The plan for a recognized file of `layout`, feeding `columns`.
    #[must_use]
    pub fn new(
        recognized: &Recognized,
        layout: &Layout,
        columns: &VoterColumns,
        date_policy: DatePolicy,
    ) -> Self {
        let mut plan = Self {
            slots: vec![Vec::new(); SLOTS.len()],
            texts: Vec::new(),
            flags: Vec::new(),
            integers: Vec::new(),
            dates: Vec::new(),
            codes: Vec::new(),
            headers: recognized.columns.iter().map(|column| column.header.clone()).collect(),
            counties: counties(layout),
            date_policy,
            id_pad: layout.id.as_ref().and_then(|id| id.pad).unwrap_or(0),
        };
        for (field, used) in recognized.columns.iter().enumerate() {
            plan.add(field, used.to.as_str(), &used.header, layout, columns);
        }
        plan
    }

    fn add(&mut self, field: usize, to: &str, header: &str, layout: &Layout, columns: &VoterColumns) {
        if let Some((_, slot)) = SLOTS.iter().find(|(name, _)| *name == to) {
            self.slots[*slot as usize].push(field);
            return;
        }
        let Some(target) = Schema::embedded().resolve(to).filter(|target| target.table == Table::Voters)
        else {
            return;
        };
        let Some(column) = columns.index(&target.parquet) else { return };
        if let Some((name, raw, unknown)) = CODED.iter().find(|(name, _, _)| *name == to) {
            self.codes.push(CodedColumn {
                field,
                column,
                raw_column: raw.and_then(|raw| columns.index(raw)),
                name,
                unknown: *unknown,
                map: layout.codes.map(name).cloned().unwrap_or_default(),
            });
            return;
        }
        let step = || TypedStep { column, field, header: header.to_owned(), name: target.parquet.clone() };
        match target.kind {
            ColumnType::Bool => self.flags.push(step()),
            ColumnType::Int => self.integers.push(step()),
            ColumnType::Date => self.dates.push(step()),
            _ => match self.texts.iter_mut().find(|text| text.column == column) {
                Some(text) => text.fields.push(field),
                None => self.texts.push(TextStep { column, fields: vec![field] }),
            },
        }
    }

    /// The first value that is not blank among a slot's fields, trimmed.
    pub(super) fn slot<'a>(&self, slot: Slot, field: &impl Fn(usize) -> &'a str) -> &'a str {
        self.slots[slot as usize]
            .iter()
            .map(|index| trim(field(*index)))
            .find(|value| !value.is_empty())
            .unwrap_or("")
    }

    pub(super) fn has(&self, slot: Slot) -> bool {
        !self.slots[slot as usize].is_empty()
    }

    pub(super) fn header(&self, slot: Slot) -> &str {
        self.slots[slot as usize].first().map_or("", |field| &self.headers[*field])
    }

    /// The state's id of the row's voter, with the zeros that some tool cut off.
    pub fn state_voter_id<'a>(&self, field: &impl Fn(usize) -> &'a str) -> Cow<'a, str> {
        normalize_id(self.slot(Slot::StateVoterId, field), self.id_pad)
    }

    /// The older id which the state gives beside the present one; empty for none.
    pub fn legacy_voter_id<'a>(&self, field: &impl Fn(usize) -> &'a str) -> &'a str {
        self.slot(Slot::LegacyVoterId, field)
    }

    /// The upper-case name of the county that a code or name stands for; empty when the layout lists no counties.
    #[must_use]
    pub fn county_name(&self, text: &str) -> &str {
        self.counties.get(&county_key(text)).map_or("", |county| county.name.as_str())
    }
}

fn counties(layout: &Layout) -> HashMap<String, CountyNames> {
    let mut counties = HashMap::new();
    for county in &layout.counties {
        let fips = county.fips.clone().map_or_else(
            || hustings_core::county::find(layout.state, &county.name).map(|found| found.fips.to_owned()),
            Some,
        );
        let names = CountyNames { code: county.code.clone(), name: county.name.clone(), fips };
        for key in [&county.code, &county.name].into_iter().chain(&county.aliases) {
            counties.insert(county_key(key), names.clone());
        }
    }
    counties
}

/// Upper case, without the leading zeros of a number.
pub(super) fn county_key(text: &str) -> String {
    let upper = text.trim().to_uppercase();
    if upper.bytes().all(|byte| byte.is_ascii_digit()) {
        upper.trim_start_matches('0').to_owned()
    } else {
        upper
    }
}
