#![doc = include_str!("../README.md")]

pub mod api;
pub mod ask;
pub mod bench;
pub mod cli;
mod idle_body;
pub mod line;
pub mod load;
pub mod matching;
pub mod pages;
pub mod proxy;
pub mod routes;
pub mod serve;
pub mod simulate;
