#![doc = include_str!("../README.md")]

pub mod ballot;
pub mod change;
pub mod encoding;
pub mod format;
pub mod gate;
pub mod gate_rule;
pub mod history;
pub mod identity;
pub mod layout;
pub mod profile;
pub mod purge;
pub mod record;
pub mod report;
pub mod schema;
pub mod vote;
pub mod voter;
