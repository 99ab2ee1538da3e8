#![doc = include_str!("../README.md")]

pub mod api;
pub mod ask;
pub mod bench;
pub mod cli;
pub mod load;
pub mod pages;
pub mod routes;
pub mod serve;
pub mod simulate;
