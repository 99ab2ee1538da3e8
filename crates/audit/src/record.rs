//! One act as an entry of a log: an envelope that every member may read, and a commitment to details that only the
//! entitled may open.

use crate::canonical::{self, CanonicalError};
use crate::tree_hash::TreeHash;
use hustings_core::{FieldClass, digits};
use jiff::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::{fmt, str::FromStr};

/// The version of this form.
const VERSION: i64 = 1;
const ID_BYTES: usize = 12;

/// What every member who mirrors the log may read. Nothing in it tells whom an organization looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Random, so that it tells nothing and nobody can guess another.
    pub id: RecordId,
    /// When, to the second.
    pub time: Timestamp,
    /// Who acted: the organization's id, `[a-z0-9][a-z0-9-]{1,39}`.
    pub organization: String,
    /// What it did: `[a-z][a-z0-9_.]{0,39}`.
    pub action: String,
    /// The classes of fields that it touched.
    pub classes: BTreeSet<FieldClass>,
    /// How many voters, roughly; nothing when the act concerns none.
    pub count: Option<CountBucket>,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    envelope: Envelope,
    commitment: Commitment,
}

impl Record {
    /// Commits to details. The caller keeps `salt` and the canonical details; once both are deleted, the record tells
    /// only its envelope, and the log's tree is untouched.
    ///
    /// # Errors
    /// An organization or action of another form, or details without one spelling.
    pub fn seal(envelope: Envelope, details: &Value, salt: &Salt) -> Result<(Self, String), RecordError> {
        let time =
            Timestamp::from_second(envelope.time.as_second()).map_err(|_| RecordError::Field("time"))?;
        let envelope = Envelope { time, ..envelope };
        if !is_organization(&envelope.organization) {
            return Err(RecordError::Field("organization"));
        }
        if !is_action(&envelope.action) {
            return Err(RecordError::Field("action"));
        }
        let details = canonical::to_string(details)?;
        let commitment = Commitment::of(salt, details.as_bytes());
        Ok((Self { envelope, commitment }, details))
    }

    /// The entry's bytes: one line of canonical JSON in ASCII, without line break. Nobody's input is in it as it came.
    #[must_use]
    pub fn to_entry(&self) -> Vec<u8> {
        let Envelope { id, time, organization, action, classes, count } = &self.envelope;
        let classes: Vec<String> = classes.iter().map(|class| format!("\"{class}\"")).collect();
        let count = count.map(|count| format!("\"count\":\"{count}\",")).unwrap_or_default();
        // All of these are of forms that JSON writes as they are; keys stand in order. A test compares with `canonical`.
        format!(
            "{{\"action\":\"{action}\",\"classes\":[{}],\"commitment\":\"{}\",{count}\"id\":\"{id}\",\
             \"organization\":\"{organization}\",\"time\":\"{time}\",\"version\":{VERSION}}}",
            classes.join(","),
            self.commitment
        )
        .into_bytes()
    }

    /// Reads an entry's bytes.
    ///
    /// # Errors
    /// Anything that [`Record::to_entry`] would not have written.
    pub fn parse(entry: &[u8]) -> Result<Self, RecordError> {
        let Value::Object(members) = canonical::from_bytes(entry)? else { return Err(RecordError::Form) };
        if members.get("version").and_then(Value::as_i64) != Some(VERSION) {
            return Err(RecordError::Field("version"));
        }
        let classes =
            members.get("classes").and_then(Value::as_array).ok_or(RecordError::Field("classes"))?;
        let classes = classes.iter().map(|class| class.as_str().and_then(|class| class.parse().ok()));
        let record = Self {
            envelope: Envelope {
                id: field(&members, "id")?,
                time: field(&members, "time")?,
                organization: field(&members, "organization")?,
                action: field(&members, "action")?,
                classes: classes.collect::<Option<_>>().ok_or(RecordError::Field("classes"))?,
                count: members.contains_key("count").then(|| field(&members, "count")).transpose()?,
            },
            commitment: field(&members, "commitment")?,
        };
        let Envelope { organization, action, .. } = &record.envelope;
        let well_formed = is_organization(organization) && is_action(action);
        if well_formed && record.to_entry() == entry { Ok(record) } else { Err(RecordError::Form) }
    }

    /// What every member may read.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// What binds the record to its details.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        self.commitment
    }

    /// Whether these are the details that the record was made of. `details` are the bytes that [`Record::seal`] gave.
    #[must_use]
    pub fn is_opened_by(&self, salt: &Salt, details: &[u8]) -> bool {
        self.commitment == Commitment::of(salt, details)
    }
}

fn field<T: FromStr>(members: &Map<String, Value>, name: &'static str) -> Result<T, RecordError> {
    members
        .get(name)
        .and_then(Value::as_str)
        .and_then(|text| text.parse().ok())
        .ok_or(RecordError::Field(name))
}

fn is_organization(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (2..=40).contains(&text.len())
        && text.bytes().all(|byte| is_word(byte) || byte == b'-')
        && !text.starts_with('-')
}

fn is_action(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.".contains(&byte))
}

/// A record's name: 12 random bytes, written as `r-` and 24 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId([u8; ID_BYTES]);

impl RecordId {
    /// The id of these random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; ID_BYTES]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("r-")?;
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl FromStr for RecordId {
    type Err = RecordError;

    /// # Errors
    /// Not `r-` and 24 hexadecimal digits in lower case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix("r-").and_then(from_hex).map(Self).ok_or(RecordError::Field("id"))
    }
}

/// So many bytes from their one spelling in hexadecimal digits.
fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    digits::from_hex(text)?.try_into().ok()
}

/// 32 random bytes of one record. Whoever has them and the details can show that the record is about these details;
/// without them nobody can find out by guessing. `Debug` does not show them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// The salt of these random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes, to keep with the details.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Salt {
    type Err = RecordError;

    /// # Errors
    /// Not 64 hexadecimal digits in lower case. They are not repeated.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        from_hex(text).map(Self).ok_or(RecordError::Field("salt"))
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Salt(…)")
    }
}

/// SHA-256 of salt and canonical details; written in base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment(TreeHash);

impl Commitment {
    /// Of these details.
    #[must_use]
    pub fn of(salt: &Salt, details: &[u8]) -> Self {
        let hash = Sha256::new().chain_update(salt.as_bytes()).chain_update(details).finalize();
        Self(TreeHash::from_bytes(hash.into()))
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for Commitment {
    type Err = crate::tree_hash::HashError;

    /// # Errors
    /// Not the base64 of 32 bytes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A count to its power of ten: 0, 1-9, 10-99, … An exact count would tell members how a rival's list grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CountBucket {
    /// Decimal digits of the count; 0 for none.
    digits: u32,
}

impl CountBucket {
    const DIGITS_MAX: u32 = 20;

    /// The bucket of a count.
    #[must_use]
    pub fn of(count: u64) -> Self {
        Self { digits: count.checked_ilog10().map_or(0, |log| log + 1) }
    }
}

impl fmt::Display for CountBucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.digits.checked_sub(1).map(|digits| 10u64.pow(digits)) {
            None => formatter.write_str("0"),
            Some(least) => {
                write!(formatter, "{least}-{}", least.saturating_mul(9).saturating_add(least - 1))
            }
        }
    }
}

impl FromStr for CountBucket {
    type Err = RecordError;

    /// # Errors
    /// No bucket.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut buckets = (0..=Self::DIGITS_MAX).map(|digits| Self { digits });
        buckets.find(|bucket| bucket.to_string() == text).ok_or(RecordError::Field("count"))
    }
}

/// Why an act is no record, or an entry none of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Details or an entry without one spelling.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// A field is missing or of another form. Its content is not repeated: it may be somebody's input.
    #[error("the record's field `{0}` is missing or of another form")]
    Field(&'static str),
    /// Fields that a record does not have.
    #[error("the entry is no record")]
    Form,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn envelope() -> Envelope {
        Envelope {
            id: RecordId::from_random([0xab; 12]),
            time: "2026-11-22T04:11:56.789Z".parse().unwrap(),
            organization: "north-carolina".to_owned(),
            action: "export".to_owned(),
            classes: [FieldClass::Restricted, FieldClass::Base].into(),
            count: Some(CountBucket::of(60_000)),
        }
    }

    #[test]
    fn a_record_is_one_line_of_canonical_json() {
        let salt = Salt::from_random([7; 32]);
        let (record, details) =
            Record::seal(envelope(), &json!({"voters": 60_000, "county": "WAKE"}), &salt).unwrap();
        assert_eq!(details, "{\"county\":\"WAKE\",\"voters\":60000}");
        let entry = record.to_entry();
        // The commitment is from Python's hashlib.
        assert_eq!(
            String::from_utf8(entry.clone()).unwrap(),
            "{\"action\":\"export\",\"classes\":[\"base\",\"restricted\"],\
             \"commitment\":\"FR7VyiswhLDPJAPjm2uVaezZ+0W9lnBZthE8aslrrxk=\",\"count\":\"10000-99999\",\
             \"id\":\"r-abababababababababababab\",\"organization\":\"north-carolina\",\
             \"time\":\"2026-11-22T04:11:56Z\",\"version\":1}"
        );
        assert!(canonical::from_bytes(&entry).is_ok());
        assert_eq!(Record::parse(&entry), Ok(record.clone()));
        assert!(record.is_opened_by(&salt, details.as_bytes()));
        assert!(!record.is_opened_by(&Salt::from_random([8; 32]), details.as_bytes()));
        assert!(!record.is_opened_by(&salt, details.replace("60000", "60001").as_bytes()));
    }

    #[test]
    fn an_act_without_voters_has_no_count() {
        let envelope =
            Envelope { count: None, action: "sign_in".to_owned(), classes: [].into(), ..envelope() };
        let (record, _) = Record::seal(envelope, &json!({}), &Salt::from_random([0; 32])).unwrap();
        let entry = record.to_entry();
        assert!(!String::from_utf8(entry.clone()).unwrap().contains("count"));
        assert!(canonical::from_bytes(&entry).is_ok());
        assert_eq!(Record::parse(&entry), Ok(record));
    }

    #[test]
    fn ids_and_salts_are_read_from_their_one_spelling() {
        let id = "r-0123456789abcdef01234567";
        assert_eq!(id.parse::<RecordId>().unwrap().to_string(), id);
        for other in
            ["", "r-", &id[2..], &id[..25], &format!("{id}0"), &id.replace('a', "A"), &id.replace('a', "é")]
        {
            assert_eq!(other.parse::<RecordId>(), Err(RecordError::Field("id")), "{other}");
        }
        assert_eq!("07".repeat(32).parse::<Salt>(), Ok(Salt::from_random([7; 32])));
        assert!("07".repeat(31).parse::<Salt>().is_err());
        assert_eq!(format!("{:?}", Salt::from_random([7; 32])), "Salt(…)");
    }

    #[test]
    fn a_forged_field_is_refused() {
        let refused = |change: fn(&mut Envelope)| {
            let mut envelope = envelope();
            change(&mut envelope);
            Record::seal(envelope, &json!({}), &Salt::from_random([0; 32])).unwrap_err()
        };
        let fake = "x\",\"time\":\"1999-01-01T00:00:00Z\"}\n{\"action\":\"read";
        assert!(!is_organization(fake) && !is_action(fake));
        assert_eq!(refused(|e| e.organization = "a\"b".to_owned()), RecordError::Field("organization"));
        assert_eq!(refused(|e| e.organization = "two\nlines".to_owned()), RecordError::Field("organization"));
        // Cyrillic letters that look like Latin ones.
        assert_eq!(
            refused(|e| e.organization = "nоrth-cаrolina".to_owned()),
            RecordError::Field("organization")
        );
        assert_eq!(refused(|e| e.organization = "-a".to_owned()), RecordError::Field("organization"));
        assert_eq!(refused(|e| e.action = "read\u{1b}[2K".to_owned()), RecordError::Field("action"));
        assert_eq!(refused(|e| e.action = String::new()), RecordError::Field("action"));
    }

    #[test]
    fn what_a_user_types_ends_up_in_the_commitment_alone() {
        let typed = "x\n{\"action\":\"grant\"}\u{0}\u{7f}\u{202e}";
        let salt = Salt::from_random([1; 32]);
        let (record, details) = Record::seal(envelope(), &json!({ "query": typed }), &salt).unwrap();
        let entry = record.to_entry();
        assert!(entry.iter().all(|byte| (b' '..0x7f).contains(byte)), "one line of printable ASCII");
        assert!(!details.contains('\n'));
        assert!(!String::from_utf8(entry).unwrap().contains("grant"));
        assert!(record.is_opened_by(&salt, details.as_bytes()));
    }

    #[test]
    fn an_entry_in_another_spelling_is_refused() {
        let (record, _) = Record::seal(envelope(), &json!({}), &Salt::from_random([0; 32])).unwrap();
        let good = String::from_utf8(record.to_entry()).unwrap();
        let other = [
            good.replace("Z\",", "z\","),
            good.replace("04:11:56Z", "04:11:56.000Z"),
            good.replace("04:11:56Z", "05:11:56+01:00"),
            good.replace("abab", "ABAB"),
            good.replace("r-ab", "ab"),
            good.replace("\"count\":\"10000-99999\"", "\"count\":null"),
            good.replace("[\"base\",\"restricted\"]", "[\"restricted\",\"base\"]"),
            good.replace("[\"base\",\"restricted\"]", "[\"base\",\"base\"]"),
            good.replace("10000-99999", "10000-99998"),
            good.replace("\"version\":1", "\"version\":2"),
            good.replace("\"version\":1", "\"version\":1,\"x\":1"),
            good.replace("north", "North"),
            good.replace("\"action\":\"export\",", ""),
            format!("{good}\n"),
            format!("[{good}]"),
        ];
        for entry in other {
            assert!(Record::parse(entry.as_bytes()).is_err(), "{entry}");
        }
    }

    #[test]
    fn counts_are_told_to_their_power_of_ten() {
        let text = |count| CountBucket::of(count).to_string();
        assert_eq!(
            [0, 1, 9, 10, 60_000, 10_000_000, u64::MAX].map(text),
            [
                "0",
                "1-9",
                "1-9",
                "10-99",
                "10000-99999",
                "10000000-99999999",
                "10000000000000000000-18446744073709551615"
            ]
        );
    }

    #[test]
    fn names_may_be_as_long_as_is_said_and_no_longer() {
        let (forty, more) = ("a".repeat(40), "a".repeat(41));
        for (text, fits) in
            [("ab", true), ("9-", true), (&forty, true), ("a", false), ("", false), (&more, false)]
        {
            assert_eq!(is_organization(text), fits, "{text}");
        }
        for (text, fits) in [
            ("a", true),
            ("a_.9", true),
            (&forty, true),
            (&more, false),
            ("9a", false),
            ("_a", false),
            ("A", false),
            ("aB", false),
            ("a-b", false),
        ] {
            assert_eq!(is_action(text), fits, "{text}");
        }
    }
}
