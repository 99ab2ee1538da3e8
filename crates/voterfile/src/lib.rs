#![doc = include_str!("../README.md")]

pub mod encoding;
pub mod format;
pub mod record;
pub mod report;
