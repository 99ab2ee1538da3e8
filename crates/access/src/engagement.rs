//! Engagements: an organization's leave to a vendor to act for it.

use crate::organization::OrganizationId;
use hustings_core::FieldClass;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A vendor's leave to act for an organization. The vendor then sees no more than that organization, and only this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engagement {
    /// Who acts.
    pub vendor: OrganizationId,
    /// For whom.
    pub organization: OrganizationId,
    /// In which classes.
    pub classes: BTreeSet<FieldClass>,
    /// Whether the vendor may take copies out of the system.
    pub exportable: bool,
    /// The first instant at which it holds.
    pub not_before: Timestamp,
    /// The first instant at which it no longer holds.
    pub until: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}
