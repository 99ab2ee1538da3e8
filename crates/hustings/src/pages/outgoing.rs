//! Exports that are made and sent: how many at once, so that one organization's slow readers hold up nobody else.

use super::sending::{Pieces, pieces};
use crate::line::Cord;
use hustings_access::{Act, OrganizationId, Permit, verb};
use hustings_store::export::{ExportReport, ExportRequest};
use hustings_store::{Store, StoreError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

/// Exports of one organization at a time. Each takes a thread until its last byte has left.
const OF_ONE: usize = 8;
/// Exports of all at a time.
const OF_ALL: usize = 128;

/// The exports under way.
#[derive(Debug, Clone, Default)]
pub struct Outgoing(Arc<Mutex<HashMap<OrganizationId, usize>>>);

/// Why an export was not begun or not made.
#[derive(Debug)]
pub enum NotMade {
    /// Too many are under way.
    TooMany,
    /// It failed, or was refused in the middle.
    Failed(StoreError),
}

impl Outgoing {
    fn lock(&self) -> MutexGuard<'_, HashMap<OrganizationId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, organization: &OrganizationId) -> Option<UnderWay> {
        let mut all = self.lock();
        let own = all.get(organization).copied().unwrap_or(0);
        if own >= OF_ONE || all.values().sum::<usize>() >= OF_ALL {
            return None;
        }
        all.insert(organization.clone(), own + 1);
        Some(UnderWay { of: self.clone(), organization: organization.clone() })
    }

    /// Makes an export and gives the pieces in which it is sent. The scope lives until the last one has left: what is
    /// revoked meanwhile is not sent.
    ///
    /// # Errors
    /// When too many are under way, or it cannot be made.
    pub async fn export(
        &self,
        store: &Store,
        permit: Permit<verb::Export>,
        request: ExportRequest,
        organization: &OrganizationId,
        cord: Cord,
    ) -> Result<(ExportReport, Pieces), NotMade> {
        let under_way = self.begin(organization).ok_or(NotMade::TooMany)?;
        let (pieces, sender) = pieces();
        let (tell, told) = oneshot::channel();
        let (store, runtime) = (store.clone(), Handle::current());
        spawn_blocking(move || {
            runtime.block_on(permit.enter_async(async move |act: &Act<'_, verb::Export>| {
                match store.export_unnamed(act, &request).await {
                    Ok((report, file)) => {
                        if tell.send(Ok(report)).is_ok() {
                            sender.send(file, &store, act, cord).await;
                        }
                    }
                    // Nobody waits for it any more.
                    Err(error) => drop(tell.send(Err(error))),
                }
            }));
            drop(under_way);
        });
        let broke_off = |_| NotMade::Failed(StoreError::Unlogged("the export broke off".to_owned()));
        Ok((told.await.map_err(broke_off)?.map_err(NotMade::Failed)?, pieces))
    }
}

/// One of the exports under way.
#[derive(Debug)]
struct UnderWay {
    of: Outgoing,
    organization: OrganizationId,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut all = self.of.lock();
        if let Some(own) = all.get_mut(&self.organization) {
            *own -= 1;
            if *own == 0 {
                all.remove(&self.organization);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_organizations_exports_leave_room_for_the_others() {
        let outgoing = Outgoing::default();
        let id = |name: &str| -> OrganizationId { name.parse().unwrap() };
        let mut own: Vec<_> = (0..OF_ONE).map(|_| outgoing.begin(&id("rivera")).unwrap()).collect();
        assert!(outgoing.begin(&id("rivera")).is_none());
        let other = outgoing.begin(&id("chen")).unwrap();
        own.pop();
        assert!(outgoing.begin(&id("rivera")).is_some(), "what has ended counts no more");
        drop((own, other));
        assert!(outgoing.lock().is_empty());
        let all: Vec<_> =
            (0..OF_ALL).map(|number| outgoing.begin(&id(&format!("org-{number}"))).unwrap()).collect();
        assert!(outgoing.begin(&id("rivera")).is_none(), "{} in all", all.len());
    }
}
