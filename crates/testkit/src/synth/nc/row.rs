//! The official file's columns, and one row of them as bytes.

/// Fields from `precinct_abbrv` to the end.
pub const PRECINCT_FIELDS: usize = 33;

/// Header of `ncvoter_Statewide.txt` since February 2026.
#[rustfmt::skip]
pub const HEADER: [&str; 70] = [
    "county_id", "county_desc", "voter_reg_num", "ncid", "last_name", "first_name", "middle_name", "name_suffix_lbl",
    "status_cd", "voter_status_desc", "reason_cd", "voter_status_reason_desc", "res_street_address", "res_city_desc",
    "state_cd", "zip_code", "mail_addr1", "mail_addr2", "mail_addr3", "mail_addr4", "mail_city", "mail_state",
    "mail_zipcode", "full_phone_number", "confidential_ind", "registr_dt", "race_code", "ethnic_code", "party_cd",
    "gender_code", "birth_year", "age_at_year_end", "birth_state", "drivers_lic", "ssn", "no_dl_ssn_chkbx", "hava_id_req",
    "precinct_abbrv", "precinct_desc", "municipality_abbrv", "municipality_desc", "ward_abbrv", "ward_desc",
    "cong_dist_abbrv", "super_court_abbrv", "judic_dist_abbrv", "nc_senate_abbrv", "nc_house_abbrv",
    "county_commiss_abbrv", "county_commiss_desc", "township_abbrv", "township_desc", "school_dist_abbrv",
    "school_dist_desc", "fire_dist_abbrv", "fire_dist_desc", "water_dist_abbrv", "water_dist_desc", "sewer_dist_abbrv",
    "sewer_dist_desc", "sanit_dist_abbrv", "sanit_dist_desc", "rescue_dist_abbrv", "rescue_dist_desc",
    "munic_dist_abbrv", "munic_dist_desc", "dist_1_abbrv", "dist_1_desc", "vtd_abbrv", "vtd_desc",
];

/// Header of `ncvhis_Statewide.txt`.
#[rustfmt::skip]
pub const HISTORY_HEADER: [&str; 15] = [
    "county_id", "county_desc", "voter_reg_num", "election_lbl", "election_desc", "voting_method", "voted_party_cd",
    "voted_party_desc", "pct_label", "pct_description", "ncid", "voted_county_id", "voted_county_desc", "vtd_label",
    "vtd_description",
];

/// Header of the absentee file, one row a ballot.
#[rustfmt::skip]
pub const BALLOT_HEADER: [&str; 42] = [
    "county_desc", "voter_reg_num", "ncid", "voter_last_name", "voter_first_name", "voter_middle_name", "race",
    "ethnicity", "gender", "age", "voter_street_address", "voter_city", "voter_state", "voter_zip",
    "ballot_mail_street_address", "ballot_mail_city", "ballot_mail_state", "ballot_mail_zip", "other_mail_addr1",
    "other_mail_addr2", "other_city_state_zip", "relative_request_name", "relative_request_address",
    "relative_request_city", "relative_request_state", "relative_request_zip", "election_dt", "voter_party_code",
    "precinct_desc", "cong_dist_desc", "nc_house_desc", "nc_senate_desc", "ballot_req_delivery_type", "ballot_req_type",
    "ballot_request_party", "ballot_req_dt", "ballot_send_dt", "ballot_rtn_dt", "ballot_rtn_status", "site_name", "sdr",
    "mail_veri_status",
];

/// Places of the columns that are compared or damaged.
pub mod column {
    #![expect(missing_docs, reason = "named as in the file")]
    pub const COUNTY_ID: usize = 0;
    pub const COUNTY_DESC: usize = 1;
    pub const NCID: usize = 3;
    pub const LAST_NAME: usize = 4;
    pub const FIRST_NAME: usize = 5;
    pub const SUFFIX: usize = 7;
    pub const STATUS: usize = 8;
    pub const STATUS_REASON: usize = 10;
    pub const RES_STREET: usize = 12;
    pub const RES_ZIP: usize = 15;
    pub const MAIL_1: usize = 16;
    pub const MAIL_ZIP: usize = 22;
    pub const PHONE: usize = 23;
    pub const CONFIDENTIAL: usize = 24;
    pub const REGISTERED: usize = 25;
    pub const PARTY: usize = 28;
    pub const BIRTH_YEAR: usize = 30;
    pub const AGE: usize = 31;
    pub const PRECINCT: usize = 37;
}

/// One row: the fields' bytes in cp1252, without quotes and delimiters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Row {
    /// An empty row with room for a usual one.
    #[must_use]
    pub fn new() -> Self {
        Self { bytes: Vec::with_capacity(700), ends: Vec::with_capacity(72) }
    }

    /// Forgets the fields, keeps the room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Appends a field.
    pub fn text(&mut self, text: &str) {
        self.part(text);
        self.end();
    }

    /// Appends a part of a field; [`Row::end`] closes it.
    pub fn part(&mut self, text: &str) {
        if text.is_ascii() {
            self.bytes.extend_from_slice(text.as_bytes());
        } else {
            // The letters of our lists lie in Latin-1, where cp1252 has the same bytes.
            self.bytes.extend(text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')));
        }
    }

    /// Closes the field.
    pub fn end(&mut self) {
        self.ends.push(self.bytes.len());
    }

    /// Appends a number with leading zeros up to this width.
    pub fn number(&mut self, number: u64, width: usize) {
        self.digits(number, width);
        self.end();
    }

    /// Appends digits to the open field, with leading zeros up to this width.
    pub fn digits(&mut self, mut number: u64, width: usize) {
        let start = self.bytes.len();
        while number > 0 || self.bytes.len() < start + width.max(1) {
            self.bytes.push(b'0' + u8::try_from(number % 10).expect("a digit"));
            number /= 10;
        }
        self.bytes[start..].reverse();
    }

    /// Appends a date as `MM/DD/YYYY`.
    pub fn date(&mut self, day: super::voter::Day) {
        self.digits(day.month.into(), 2);
        self.bytes.push(b'/');
        self.digits(day.day.into(), 2);
        self.bytes.push(b'/');
        self.digits(u64::from(day.year), 4);
        self.end();
    }

    /// Closes the field after padding it with blanks to this width.
    pub fn pad(&mut self, width: usize) {
        let start = self.ends.last().copied().unwrap_or(0);
        let full = (start + width).max(self.bytes.len());
        self.bytes.resize(full, b' ');
        self.end();
    }

    /// Number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True before the first field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// One field's bytes.
    #[must_use]
    pub fn field(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..self.ends[index]]
    }

    /// One field as text, for the truth files.
    #[must_use]
    pub fn shown(&self, index: usize) -> String {
        self.field(index).iter().map(|byte| char::from(*byte)).collect::<String>().trim().to_owned()
    }

    /// Several fields as text, divided by bars.
    #[must_use]
    pub fn joined(&self, fields: std::ops::RangeInclusive<usize>) -> String {
        let parts: Vec<_> = fields.map(|index| self.shown(index)).collect();
        parts.join("|")
    }

    /// True when one of these fields differs.
    #[must_use]
    pub fn differs(&self, other: &Self, mut fields: std::ops::RangeInclusive<usize>) -> bool {
        fields.any(|index| self.field(index) != other.field(index))
    }

    /// Appends the row as the state writes it: every field quoted, ended by CR LF.
    pub fn write_line(&self, delimiter: u8, line: &mut Vec<u8>) {
        let mut start = 0;
        for (index, end) in self.ends.iter().enumerate() {
            if index > 0 {
                line.push(delimiter);
            }
            line.push(b'"');
            line.extend_from_slice(&self.bytes[start..*end]);
            line.push(b'"');
            start = *end;
        }
        line.extend_from_slice(b"\r\n");
    }
}
