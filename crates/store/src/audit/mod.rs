//! What is done leaves a record: first as a row in the act's own transaction, then in the logs concerned.

mod check;
pub(crate) mod group_commit;
pub(crate) mod held;
mod list;
mod log_folder;
mod log_key;
mod logged_row;
pub mod outbox;
pub(crate) mod sequencer;
pub(crate) mod shown;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_shown;
pub(crate) mod trouble;
mod witness_file;

pub use check::LogVerified;
pub use held::Held;
pub use list::{AuditRecord, ProvedRecord, RECORDS_MAX};
pub use log_folder::LogFolder;
pub use outbox::{AuditEvent, PLATFORM_LOG};
pub use witness_file::{Confirmed, WitnessFile};
