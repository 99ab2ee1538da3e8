//! What changed between two snapshots: the kinds, the columns that decide them, and fingerprints that tell quickly
//! which voters need a closer look.

mod classify;
mod fingerprint;

pub use classify::{ChangeRow, classify};
pub use fingerprint::fingerprints;

use std::borrow::Cow;

/// A kind of change, in the words of the JSON contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// Seen for the first time.
    New,
    /// No longer on the list; kept with `dropped_at`.
    Dropped,
    /// On the list again after having been dropped.
    Returned,
    /// Another residence in the same county.
    MovedWithinCounty,
    /// Another county.
    MovedCounty,
    /// Another name.
    NameChanged,
    /// The same name, written otherwise: one letter, a suffix, an initial spelled out.
    NameCorrected,
    /// Another party.
    PartyChanged,
    /// Another registration status.
    StatusChanged,
    /// Another precinct at the same residence.
    PrecinctChanged,
    /// Another district at the same residence and in the same precinct.
    DistrictChanged,
    /// Another birth date or year.
    BirthDateChanged,
    /// Another phone or e-mail.
    ContactChanged,
    /// Another mailing address.
    MailingChanged,
    /// Another registration date.
    RegistrationDateChanged,
    /// Another gender, race or ethnicity.
    DemographicsChanged,
    /// Votes which the predecessor did not have.
    HistoryGained,
    /// Votes which the predecessor had and this list has not: an alarm.
    HistoryLost,
    /// The state gave the voter another id.
    IdChanged,
    /// A new voter under an id that was somebody else's: an alarm.
    IdReused,
    /// The same voter under the same id, though name and birth date make it doubtful: an alarm.
    IdDoubtful,
    /// Now confidential.
    BecameConfidential,
    /// No longer confidential.
    NoLongerConfidential,
}

impl ChangeKind {
    /// All kinds, in the order of reports.
    pub const ALL: [Self; 23] = [
        Self::New,
        Self::Dropped,
        Self::Returned,
        Self::MovedWithinCounty,
        Self::MovedCounty,
        Self::NameChanged,
        Self::NameCorrected,
        Self::PartyChanged,
        Self::StatusChanged,
        Self::PrecinctChanged,
        Self::DistrictChanged,
        Self::BirthDateChanged,
        Self::ContactChanged,
        Self::MailingChanged,
        Self::RegistrationDateChanged,
        Self::DemographicsChanged,
        Self::HistoryGained,
        Self::HistoryLost,
        Self::IdChanged,
        Self::IdReused,
        Self::IdDoubtful,
        Self::BecameConfidential,
        Self::NoLongerConfidential,
    ];

    /// The kind as it is written in Parquet, JSON and URLs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Dropped => "dropped",
            Self::Returned => "returned",
            Self::MovedWithinCounty => "moved_within_county",
            Self::MovedCounty => "moved_county",
            Self::NameChanged => "name_changed",
            Self::NameCorrected => "name_corrected",
            Self::PartyChanged => "party_changed",
            Self::StatusChanged => "status_changed",
            Self::PrecinctChanged => "precinct_changed",
            Self::DistrictChanged => "district_changed",
            Self::BirthDateChanged => "birth_date_changed",
            Self::ContactChanged => "contact_changed",
            Self::MailingChanged => "mailing_changed",
            Self::RegistrationDateChanged => "registration_date_changed",
            Self::DemographicsChanged => "demographics_changed",
            Self::HistoryGained => "history_gained",
            Self::HistoryLost => "history_lost",
            Self::IdChanged => "id_changed",
            Self::IdReused => "id_reused",
            Self::IdDoubtful => "id_doubtful",
            Self::BecameConfidential => "became_confidential",
            Self::NoLongerConfidential => "no_longer_confidential",
        }
    }
}

/// The residence, in the order in which a changed one is written out.
const RESIDENCE: [&str; 4] = ["res_std_line", "res_city", "res_zip5", "res_country"];
const NAME: [&str; 4] = ["name_last", "name_first", "name_middle", "name_suffix"];
/// The Parquet columns of voters whose values stand in what was before and is now of a change that bears this one: a new
/// name, a new residence and a new mailing address are told whole, whatever part of them is new. Of a district the values
/// say which one it is: `value` is what is now, else what was before.
#[must_use]
pub fn columns_told(column: &str, value: Option<&str>) -> Vec<Cow<'static, str>> {
    let known = |columns: &[&'static str]| columns.iter().map(|column| Cow::Borrowed(*column)).collect();
    match column {
        "name_last" => known(&NAME),
        "res_std_line" => known(&RESIDENCE),
        "mail_line1" => known(&[&MAILING[..], &RESIDENCE_AS_MAILED, &["mail_same_as_res"]].concat()),
        // A label that is none leads to a column that nobody has.
        DISTRICT => {
            let label = value.and_then(|value| value.split(' ').next()).unwrap_or_default();
            vec![Cow::Owned(format!("{DISTRICT_PREFIX}{label}"))]
        }
        one => vec![Cow::Owned(one.to_owned())],
    }
}

/// What stands in place of a column in a change of a district.
const DISTRICT: &str = "district";
const DISTRICT_PREFIX: &str = "district_";
const MAILING: [&str; 7] =
    ["mail_line1", "mail_line2", "mail_line3", "mail_line4", "mail_city", "mail_zip5", "mail_country"];
/// The residence in the form of a mailing address, for those whose mail goes there.
const RESIDENCE_AS_MAILED: [&str; 3] = ["res_line1", "res_city", "res_zip5"];

/// Columns that a comparison reads beside the compared ones.
pub const COMPARISON_CONTEXT: [&str; 3] = ["voter_id", "dropped_at", "res_line1"];

/// Whether a column of `voters.parquet` takes part in the comparison of two snapshots. What grows by itself (age, last
/// seen) and what only restates another column does not.
#[must_use]
pub fn is_compared(column: &str) -> bool {
    const SINGLE: [&str; 18] = [
        "state_voter_id",
        "county_name",
        "party",
        "status",
        "status_reason",
        "precinct_code",
        "precinct_split",
        "birth_date",
        "birth_year",
        "phone",
        "phone_raw",
        "email",
        "registration_date",
        "gender",
        "race",
        "ethnicity",
        "confidential",
        "mail_same_as_res",
    ];
    SINGLE.contains(&column)
        || RESIDENCE.contains(&column)
        || NAME.contains(&column)
        || MAILING.contains(&column)
        || (column.starts_with(DISTRICT_PREFIX) && !column.ends_with("_name"))
}
