//! What is done leaves a record: first as a row in the act's own transaction.

pub(crate) mod group_commit;
pub mod outbox;

pub use outbox::AuditEvent;
