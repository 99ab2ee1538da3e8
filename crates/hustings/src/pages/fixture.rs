//! An invented load report for tests of the pages.

use hustings_voterfile::report::{
    AddressReport, ColumnReport, CountyReport, ElectionReport, FileReport, Gate, GateFailure, GateStatus,
    IdentityReport, LoadReport, LoadSummary, PurgeAlarm, RowCounts, ValueCount, VoteCounts,
};
use std::collections::BTreeMap;

fn counts<const N: usize>(entries: [(&str, u64); N]) -> BTreeMap<String, u64> {
    entries.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

fn values<const N: usize>(entries: [(&str, u64, u64); N]) -> Vec<ValueCount> {
    entries
        .into_iter()
        .map(|(value, now, before)| ValueCount { value: value.to_owned(), now, before })
        .collect()
}

/// A held load of a small state, with something to see in every part.
pub(crate) fn held_report() -> LoadReport {
    let names = [
        "ALAMANCE",
        "ALEXANDER",
        "ANSON",
        "ASHE",
        "BEAUFORT",
        "BERTIE",
        "BRUNSWICK",
        "BUNCOMBE",
        "BURKE",
        "CABARRUS",
        "DARE",
        "DUPLIN",
        "DURHAM",
        "FORSYTH",
        "GUILFORD",
        "HYDE",
        "MECKLENBURG",
        "ORANGE",
        "WAKE",
        "YANCEY",
    ];
    let mut counties = Vec::new();
    let mut size = 2_300_u64;
    for (step, name) in names.into_iter().enumerate() {
        let step = u64::try_from(step).unwrap();
        size = size * 7 % 11_939 + 600;
        let now = if name == "DURHAM" { size - size / 14 } else { size + step % 5 * 3 };
        counties.push(CountyReport {
            county: name.to_owned(),
            now,
            before: size,
            z: if name == "DURHAM" { -41.7 } else { f64::from(u32::try_from(step).unwrap() % 9) * 0.8 - 3.0 },
            new: 20 + step,
            dropped: if name == "DURHAM" { size / 14 + 30 } else { 15 },
            became_inactive: 3 + step % 4,
            quarantined: step % 3,
        });
    }
    LoadReport {
        version: 1,
        loaded_at: "2026-11-22T01:12:09Z".to_owned(),
        predecessor: Some("2026-11-14-0f91ab77c2d4".to_owned()),
        summary: LoadSummary {
            snapshot: "2026-11-21-9c3e5a17f0b2".to_owned(),
            state: "nc".to_owned(),
            as_of: "2026-11-21".to_owned(),
            layout: "North Carolina 2026-02 (70 columns)".to_owned(),
            files: vec![
                FileReport {
                    name: "ncvoter_Statewide.zip/ncvoter_Statewide.txt".to_owned(),
                    sha256: "9c3e5a17f0b2".repeat(6)[..64].to_owned(),
                    bytes: 51_402_113,
                    encoding: "cp1252".to_owned(),
                    lines: 100_412,
                    header_lines: 1,
                    blank_lines: 3,
                    continuation_lines: 8,
                    records: 100_400,
                    kind: "voters".to_owned(),
                    layout_version: "2026-02 (70 columns)".to_owned(),
                    ..FileReport::default()
                },
                FileReport {
                    name: "ncvhis_Statewide.zip/ncvhis_Statewide.txt".to_owned(),
                    sha256: "44d1c0ffee01".repeat(6)[..64].to_owned(),
                    bytes: 33_010_090,
                    encoding: "utf-8".to_owned(),
                    lines: 320_512,
                    header_lines: 1,
                    records: 320_511,
                    kind: "history".to_owned(),
                    layout_version: "2012 (15 columns)".to_owned(),
                    ..FileReport::default()
                },
            ],
            rows: RowCounts { read: 100_400, accepted: 100_318, repaired: 41, quarantined: 41 },
            duplicate_ids: 4,
            repairs: counts([
                ("embedded_quotes", 22),
                ("joined_lines", 8),
                ("nul_stripped", 7),
                ("unquoted_delimiter", 4),
            ]),
            quarantine: counts([
                ("shifted_row", 19),
                ("short_row", 11),
                ("broken_quotes", 7),
                ("duplicate_id", 4),
            ]),
            votes: VoteCounts { read: 320_511, accepted: 320_511, repaired: 0, quarantined: 0, orphan: 212 },
            gate: Gate {
                status: GateStatus::Held,
                failed: vec![
                    GateFailure {
                        rule: "county_change".to_owned(),
                        detail: "DURHAM: 4,210 voters, 4,533 before (7.1 % fewer)".to_owned(),
                    },
                    GateFailure {
                        rule: "quarantine_rate".to_owned(),
                        detail: "37 of 100,400 voter rows held back (0.037 %, 0.010 % allowed)".to_owned(),
                    },
                    GateFailure {
                        rule: "purge_watch".to_owned(),
                        detail: "DURHAM: 354 voters dropped (7.8 % of the county)".to_owned(),
                    },
                ],
                accepted_reason: None,
            },
            changes: counts([
                ("new", 612),
                ("dropped", 871),
                ("returned", 14),
                ("moved_within_county", 402),
                ("moved_county", 120),
                ("name_changed", 48),
                ("party_changed", 95),
                ("status_changed", 310),
                ("precinct_changed", 0),
                ("history_gained", 1204),
                ("history_lost", 3),
                ("became_confidential", 2),
            ]),
            households: 58_204,
            seconds: 3.4,
            peak_memory_bytes: 312_000_000,
        },
        warnings: vec!["column `extra_voter_note` is not in the layout: kept under its own name".to_owned()],
        counties,
        breakdowns: BTreeMap::from([
            (
                "party".to_owned(),
                values([
                    ("UNA", 38_211, 38_190),
                    ("DEM", 32_104, 32_401),
                    ("REP", 29_310, 29_322),
                    ("LIB", 604, 601),
                    ("GRE", 88, 88),
                ]),
            ),
            (
                "status".to_owned(),
                values([("active", 88_301, 88_790), ("inactive", 11_204, 10_960), ("pending", 812, 801)]),
            ),
            (
                "age_band".to_owned(),
                values([
                    ("18-24", 10_021, 10_040),
                    ("25-34", 17_204, 17_290),
                    ("35-49", 25_001, 25_102),
                    ("50-64", 26_210, 26_230),
                    ("65+", 21_881, 21_940),
                ]),
            ),
            (
                "gender".to_owned(),
                values([("F", 51_001, 51_210), ("M", 45_320, 45_400), ("U", 3_996, 3_992)]),
            ),
            (
                "race".to_owned(),
                values([
                    ("white", 65_010, 65_120),
                    ("black", 21_004, 21_280),
                    ("hispanic", 4_400, 4_390),
                    ("unknown", 9_903, 9_800),
                ]),
            ),
        ]),
        columns: vec![
            ColumnReport {
                column: "status".to_owned(),
                distinct: 6,
                unknown_codes: counts([("Q", 12)]),
                drift: 0.02,
                ..ColumnReport::default()
            },
            ColumnReport {
                column: "name_middle".to_owned(),
                nulls: 11_003,
                nulls_before: 11_010,
                distinct: 4_804,
                ..ColumnReport::default()
            },
            ColumnReport {
                column: "res_zip5".to_owned(),
                nulls: 104,
                nulls_before: 99,
                distinct: 801,
                ..ColumnReport::default()
            },
        ],
        purge_watch: vec![PurgeAlarm {
            county: "DURHAM".to_owned(),
            kind: "dropped".to_owned(),
            count: 354,
            share: 0.078,
            z: 41.7,
            quiet_period: true,
            split: counts([
                ("party:DEM", 231),
                ("party:UNA", 80),
                ("party:REP", 43),
                ("age_band:18-24", 190),
                ("age_band:25-34", 164),
            ]),
        }],
        elections: vec![
            ElectionReport {
                date: "2024-11-05".to_owned(),
                name: "11/05/2024 GENERAL".to_owned(),
                now: 71_004,
                before: 71_007,
            },
            ElectionReport {
                date: "2022-11-08".to_owned(),
                name: "11/08/2022 GENERAL".to_owned(),
                now: 50_310,
                before: 50_310,
            },
            ElectionReport {
                date: "2026-11-03".to_owned(),
                name: "11/03/2026 GENERAL".to_owned(),
                now: 1_204,
                before: 0,
            },
        ],
        addresses: AddressReport {
            kinds: counts([
                ("street", 96_004),
                ("rural_route", 1_204),
                ("po_box", 802),
                ("withheld", 104),
                ("descriptive", 88),
            ]),
            quality: counts([("high", 95_004), ("medium", 4_210), ("low", 801)]),
            new_streets: values([("MOCKINGBIRD LN", 41, 0), ("NEW HOPE TRL", 12, 0)]),
        },
        identity: IdentityReport {
            by_state_id: 99_691,
            by_legacy_id: 0,
            by_match: 0,
            new: 612,
            returned: 14,
            id_changed: 0,
            ..IdentityReport::default()
        },
        sizes: counts([
            ("voters.parquet", 6_104_000),
            ("votes.parquet", 1_204_000),
            ("changes.parquet", 88_000),
        ]),
        ..LoadReport::default()
    }
}

/// An ordinary week: nothing failed. Of the same state, a little smaller.
pub(crate) fn passed_report(as_of: &str) -> LoadReport {
    let mut report = held_report();
    as_of.clone_into(&mut report.summary.as_of);
    report.predecessor = None;
    report.purge_watch.clear();
    report.warnings.clear();
    report.summary.gate = Gate::default();
    let day = u64::from(as_of.as_bytes()[9] - b'0');
    for county in &mut report.counties {
        county.now = county.before + day * 3;
        county.z = 0.0;
    }
    report
}
