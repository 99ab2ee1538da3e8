#![doc = include_str!("../README.md")]

pub mod action;
pub mod engagement;
pub mod grant;
pub mod local_owner;
pub mod organization;
pub mod principal;
pub mod purpose;
pub mod random_id;
pub mod role;
pub mod standing;
pub mod verb;
pub mod word;

pub use action::Action;
pub use engagement::Engagement;
pub use grant::{Grant, GrantId};
pub use local_owner::{Geography, LocalOwner, Scope};
pub use organization::{Organization, OrganizationId, OrganizationKind};
pub use principal::{ApiKeyId, Principal, UserId};
pub use purpose::Purpose;
pub use role::Role;
pub use standing::Standing;
pub use verb::Verb;
