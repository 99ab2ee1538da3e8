//! The words that coded values may take, the same in Parquet, JSON, criteria and pages (DESIGN §8).
//!
//! A layout's code maps translate each state's own codes into these and nothing else; the state's code stays beside it
//! in a `_raw` column.

/// `party`. No party is `UNA`.
pub const PARTIES: &[&str] = &["DEM", "REP", "UNA", "LIB", "GRE", "CON", "OTH"];
/// `status`: registration status.
pub const STATUSES: &[&str] = &[
    "active",
    "inactive",
    "pending",
    "preregistered",
    "suspense",
    "cancelled",
    "removed",
    "purged",
    "denied",
    "not_registered",
    "unknown",
];
/// `gender`.
pub const GENDERS: &[&str] = &["F", "M", "X", "U"];
/// `vote_method`: how a ballot was cast. The last two are not votes.
pub const VOTE_METHODS: &[&str] = &[
    "election_day",
    "early",
    "mail",
    "absentee",
    "provisional",
    "curbside",
    "federal_write_in",
    "emergency",
    "unknown_voted",
    "did_not_vote",
    "not_counted",
];
/// `race`.
pub const RACES: &[&str] = &[
    "american_indian",
    "asian",
    "asian_pacific",
    "black",
    "hispanic",
    "pacific_islander",
    "two_or_more",
    "white",
    "other",
    "unknown",
];
/// `ethnicity`.
pub const ETHNICITIES: &[&str] = &["hispanic", "not_hispanic", "unknown"];
/// `ballot_status`: where an absentee, mail or early ballot stands.
pub const BALLOT_STATUSES: &[&str] = &[
    "requested",
    "sent",
    "returned",
    "needs_cure",
    "cured",
    "accepted",
    "rejected",
    "spoiled",
    "cancelled",
    "voted_early",
    "undeliverable",
    "unknown",
];
/// `birth_precision`: how much of a birth date the state gives.
pub const BIRTH_PRECISIONS: &[&str] = &["day", "month", "year", "none", "placeholder"];
/// `res_kind`: what kind of address a residence is.
pub const ADDRESS_KINDS: &[&str] = &[
    "street",
    "po_box",
    "rural_route",
    "highway_contract",
    "grid",
    "military",
    "private_mailbox",
    "descriptive",
    "intersection",
    "foreign",
    "general_delivery",
    "withheld",
];
/// `res_quality`: how sure the address parser is.
pub const ADDRESS_QUALITIES: &[&str] = &["high", "medium", "low", "none"];
