//! The program as its users run it: deliveries in, verdicts, snapshots and files out.

mod support;
mod versions;
