#![doc = include_str!("../README.md")]

pub mod action;
pub mod actor;
pub mod addressee;
pub mod decision;
pub mod engagement;
pub mod grant;
pub mod intent;
pub mod lineage;
pub mod organization;
pub mod policy;
pub mod principal;
pub mod purpose;
pub mod random_id;
pub mod request;
pub mod rights;
pub mod role;
mod scope;
pub mod standing;
#[cfg(test)]
mod testing;
pub mod verb;
pub mod word;

pub use action::Action;
pub use actor::{Actor, Precinct};
pub use addressee::Addressee;
pub use decision::{Decision, Refusal};
pub use engagement::Engagement;
pub use grant::{Grant, GrantId, InvalidGrantError};
pub use intent::{Intent, IntentDigest, Part, Receipt, WrongReceiptError};
pub use lineage::{GrantEndedError, Lineage, Origin};
pub use organization::{Organization, OrganizationId, OrganizationKind};
pub use policy::{Policy, PolicyError};
pub use principal::{ApiKeyId, Principal, UserId};
pub use purpose::Purpose;
pub use request::Request;
pub use rights::{Column, Place, Right, Rights, Span};
pub use role::Role;
pub use scope::{Act, Brand, Permit, Scope};
pub use standing::Standing;
pub use verb::Verb;
