#![doc = include_str!("../README.md")]

pub mod clock;
pub mod field_class;
pub mod id;
pub mod state_code;
pub mod vocabulary;

pub use clock::{Clock, SystemClock};
pub use field_class::FieldClass;
pub use id::{HouseholdId, VoterId};
pub use state_code::StateCode;
