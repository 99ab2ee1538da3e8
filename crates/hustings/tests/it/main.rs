//! The program as its users run it: deliveries in, verdicts, snapshots and files out.

mod contract;
mod held;
mod support;
mod truth;
mod versions;
