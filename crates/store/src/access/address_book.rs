//! The address book: which organizations another one knows of. Whom it does not know, it can name only by the code that they
//! handed out; what is not there and what it does not know of are told apart by nothing.

use super::{Acting, organization};
use crate::error::StoreError;
use crate::store::Store;
use crate::voter_key::encode;
use hmac::Mac;
use hustings_access::{Addressee, Organization, OrganizationId, OrganizationKind, Principal};
use std::collections::BTreeSet;

impl Store {
    /// The organizations that one knows of, itself too, by id: the owner of the data directory and those of states' lists; who
    /// registered it and whom it registered; local committees of its state and vendors that one of those registered for all;
    /// and with whom it shares or works, or did. Auditors and the owner of the directory know all. A rival campaign is not
    /// among them.
    ///
    /// # Errors
    /// When there is no such organization, or the database fails.
    pub async fn known_to(&self, id: &OrganizationId) -> Result<Vec<Organization>, StoreError> {
        let all = self.organizations().await?;
        let own = all.iter().find(|known| known.id == *id).ok_or_else(|| organization::missing(id))?.clone();
        let directory_owner = self.directory_owner().await?.id;
        let base_owners = self.base_owners().await?;
        // Those above it, whose committees and vendors are there for all below them.
        let mut above = BTreeSet::from([directory_owner.clone()]);
        above.extend(own.registered_by.clone());
        above.extend(own.state.and_then(|state| base_owners.get(&state).cloned()));
        let mut near = above.clone();
        near.insert(own.id.clone());
        near.extend(base_owners.into_values());
        near.extend(self.grants_by(id).await?.into_iter().map(|grant| grant.grantee));
        near.extend(self.grants_to(id).await?.into_iter().map(|grant| grant.owner));
        near.extend(self.engagements_of(id).await?.into_iter().map(|engagement| engagement.vendor));
        near.extend(self.engagements_as(id).await?.into_iter().map(|engagement| engagement.organization));
        let knows_all = own.kind == OrganizationKind::Auditor || own.id == directory_owner;
        let is_for_all = |known: &Organization| {
            known.registered_by.as_ref().is_some_and(|by| above.contains(by))
                && match known.kind {
                    OrganizationKind::LocalCommittee => own.state.is_none() || known.state == own.state,
                    OrganizationKind::Vendor => true,
                    _ => false,
                }
        };
        let is_known = |known: &Organization| {
            knows_all
                || near.contains(&known.id)
                || known.registered_by.as_ref() == Some(id)
                || is_for_all(known)
        };
        Ok(all.into_iter().filter(is_known).collect())
    }

    /// The organization that is meant, where `by` may name it: one that it knows of, or whose code is right. Whoever opened the
    /// data directory may name any.
    ///
    /// # Errors
    /// In one sentence, when there is none or it may not be named; or when the database fails.
    pub async fn addressed(&self, by: &Acting, to: &Addressee) -> Result<Organization, StoreError> {
        let known = match by.principal {
            Principal::Local => self.organizations().await?,
            _ => self.known_to(&by.organization).await?,
        };
        // Both are looked for in any case: how long it takes tells nothing.
        let by_code = self.organization(&to.id).await?.filter(|_| self.is_contact(to));
        known.into_iter().find(|known| known.id == to.id).or(by_code).ok_or_else(|| {
            StoreError::Input(format!(
                "there is no organization `{}` that `{}` knows of: ask them for their contact code, and write that",
                to.id, by.organization
            ))
        })
    }

    /// How an organization is named by those who do not know of it: what it hands to them.
    #[must_use]
    pub fn contact(&self, id: &OrganizationId) -> Addressee {
        let mut mac = self.mac(b"contact code");
        mac.update(id.as_str().as_bytes());
        let digest = mac.finalize().into_bytes();
        let block = digest.iter().take(8).fold(0, |block, byte| (block << 8) | u64::from(*byte));
        Addressee { id: id.clone(), code: Some(encode(block)) }
    }

    fn is_contact(&self, to: &Addressee) -> bool {
        let right = self.contact(&to.id).code.unwrap_or_default();
        let shown = to.code.as_deref().unwrap_or_default();
        let differing = right.bytes().zip(shown.bytes()).fold(0, |sum, (one, other)| sum | (one ^ other));
        shown.len() == right.len() && differing == 0
    }
}
