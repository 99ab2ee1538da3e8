#![doc = include_str!("../README.md")]

pub mod format;
pub mod layout;
pub mod report;
pub mod schema;
