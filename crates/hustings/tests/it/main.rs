//! The program as its users run it: deliveries in, verdicts, snapshots and files out.
//!
//! `UPDATE=1` rewrites expected files; `HUSTINGS_CRASHES` says how often the plug is pulled (20 times) and
//! `HUSTINGS_RACES` how often a grant is revoked under whoever uses it (20 times);
//! `HUSTINGS_PYTHON` names a Python with the module `duckdb`; `HUSTINGS_REQUIRE_ALL=1` turns what is skipped into failures.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the answer")]

mod accounts;
mod acts_killed;
mod arriving;
mod audit;
mod bad_lists;
mod claims;
mod cli;
mod confidential;
mod contract;
mod crash;
mod deliveries;
mod fails_closed;
mod find;
mod follow;
mod formats;
mod golden;
mod held;
mod history;
mod isolation;
mod links;
mod matching;
mod matching_voters;
mod network;
mod once;
mod organizations;
mod page_routes;
mod parts;
mod postgres;
mod revocation;
mod routes;
mod same_grant;
mod sent_loads;
mod served_logs;
mod sharing;
mod support;
mod transfers;
mod truth;
mod unlogged;
mod versions;
mod visit;
mod who_saw;
mod wire;
