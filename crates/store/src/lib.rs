//! store

pub mod snapshot_writer;
