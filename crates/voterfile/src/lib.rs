#![doc = include_str!("../README.md")]

pub mod change;
pub mod format;
pub mod gate;
pub mod identity;
pub mod profile;
pub mod purge;
pub mod report;
