#![doc = include_str!("../README.md")]

pub mod bench;
pub mod cli;
mod idle_body;
pub mod load;
pub mod pages;
pub mod serve;
