//! The program as its users run it: deliveries in, verdicts, snapshots and files out.

mod cli;
mod contract;
mod crash;
mod deliveries;
mod formats;
mod golden;
mod held;
mod postgres;
mod support;
mod truth;
mod versions;
