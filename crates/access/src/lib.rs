#![doc = include_str!("../README.md")]

pub mod local_owner;
pub mod scope;

pub use local_owner::LocalOwner;
pub use scope::{Geography, OrganizationId, Principal, Purpose, Scope};
