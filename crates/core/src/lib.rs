#![doc = include_str!("../README.md")]

pub mod address;
pub mod clock;
pub mod county;
pub mod date;
pub mod digits;
pub mod field_class;
pub mod fold;
pub mod id;
pub mod name;
pub mod phone;
pub mod state_code;
pub mod vocabulary;

pub use clock::{Clock, SystemClock};
pub use field_class::FieldClass;
pub use id::{HouseholdId, VoterId};
pub use state_code::StateCode;
