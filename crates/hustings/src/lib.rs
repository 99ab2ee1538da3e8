#![doc = include_str!("../README.md")]

pub mod bench;
pub mod cli;
pub mod load;
pub mod pages;
pub mod serve;
