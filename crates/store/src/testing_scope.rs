//! Acting in tests as the command line does: each call is permitted, recorded and entered by itself.

use crate::access::Acting;
use crate::audit::AuditRecord;
use crate::error::StoreError;
use crate::export::{ExportReport, ExportRequest};
use crate::keyring::KeyDestroyed;
use crate::load_lock::LoadLock;
use crate::load_record::LoadRecord;
use crate::overlay::{AppendRecord, AppendReport, AppendRequest};
use crate::read::{
    ChangeFilter, NamedChange, Page, QuarantineFilter, QuarantineRow, VoterHit, VoterRecord, VoterSelector,
};
use crate::snapshot::{SnapshotMeta, SnapshotRecord, StagingFolder};
use crate::store::Store;
use crate::testing::nc;
use crate::voter_key::VoterKey;
use hustings_access::verb::{Append, Export, Load, Read, ReadLog};
use hustings_access::{Act, Actor, OrganizationId, Request, Verb};
use hustings_core::{FieldClass, StateCode, VoterId};
use hustings_voterfile::report::LoadReport;
use jiff::civil::Date;

/// Somebody at the command line.
pub(crate) struct As<'a> {
    store: &'a Store,
    organization: Option<OrganizationId>,
    request: Request,
    actor: Option<Actor>,
}

impl Store {
    /// The directory's owner.
    pub(crate) fn local(&self) -> As<'_> {
        As { store: self, organization: None, request: Request::voters_of(nc()), actor: None }
    }

    /// An organization that is registered.
    pub(crate) fn as_organization(&self, id: &str) -> As<'_> {
        As { organization: Some(id.parse().unwrap()), ..self.local() }
    }

    /// Anybody.
    pub(crate) fn as_actor(&self, actor: Actor) -> As<'_> {
        As { actor: Some(actor), ..self.local() }
    }
}

impl<'a> As<'a> {
    pub(crate) fn only(self, class: FieldClass) -> Self {
        Self { request: self.request.only_classes([class]), ..self }
    }

    pub(crate) fn in_state(self, state: &str) -> Self {
        Self { request: Request::voters_of(state.parse().unwrap()), ..self }
    }

    pub(crate) async fn act<V: Verb, R>(
        &self,
        work: impl for<'id> AsyncFnOnce(&Act<'id, V>) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        let actor = match &self.actor {
            Some(actor) => actor.clone(),
            None => self.store.local_actor(self.organization.as_ref()).await?,
        };
        self.store.permit::<V>(&actor, self.request.clone()).await?.enter_async(work).await
    }

    /// As whoever owns the data.
    async fn owner(&self, owner: &str, class: FieldClass) -> Result<Self, StoreError> {
        let mut organization = self.organization.clone();
        if organization.is_none()
            && let Ok(owner) = owner.parse::<OrganizationId>()
            && class != FieldClass::Base
        {
            self.store.register_owner(&Acting::local(OrganizationId::local()), &owner, class).await?;
            organization = Some(owner);
        }
        Ok(Self { organization, request: self.request.clone(), actor: self.actor.clone(), store: self.store })
    }

    pub(crate) async fn append(&self, request: &AppendRequest) -> Result<AppendReport, StoreError> {
        let plain =
            matches!(request.class, FieldClass::Appended | FieldClass::Proprietary | FieldClass::Private);
        let owner = if plain {
            self.owner(&request.owner, request.class).await?
        } else {
            self.owner("", FieldClass::Base).await?
        };
        let owner = As { request: Request::voters_of(request.state), ..owner };
        let report = owner.act::<Append, _>(async |act| self.store.append(act, request).await).await?;
        if let Some(id) = &owner.organization {
            self.store.share_unregistered(id, request.class, request.state).await?;
        }
        Ok(report)
    }

    pub(crate) async fn appends(&self, state: Option<StateCode>) -> Result<Vec<AppendRecord>, StoreError> {
        self.act::<Read, _>(async |act| self.store.appends(act, state).await).await
    }

    pub(crate) async fn remove_append(&self, id: &str) -> Result<AppendRecord, StoreError> {
        let seen = self.appends(None).await?;
        let found = seen.iter().find(|record| record.report.append == id);
        let who = match found {
            Some(record) => self.owner(&record.report.owner, record.report.class).await?,
            None => self.owner("", FieldClass::Base).await?,
        };
        who.act::<Append, _>(async |act| self.store.remove_append(act, id).await).await
    }

    pub(crate) async fn destroy_key(
        &self,
        owner: &str,
        class: FieldClass,
    ) -> Result<KeyDestroyed, StoreError> {
        let who = self.owner(owner, class).await?;
        who.act::<Append, _>(async |act| self.store.destroy_key(act, owner, class).await).await
    }

    /// The records of the organization's own log about these names, newest first; all without any.
    pub(crate) async fn records(&self, about: &[String]) -> Vec<AuditRecord> {
        let actor = self.store.local_actor(self.organization.as_ref()).await.unwrap();
        let request = Request::organization(actor.works_in.clone());
        let permit = self.store.permit::<ReadLog>(&actor, request).await.unwrap();
        permit.enter_async(async |act| self.store.audit_list(act, about, None, 1000).await).await.unwrap()
    }

    pub(crate) async fn export_unnamed(
        &self,
        request: &ExportRequest,
    ) -> Result<(ExportReport, std::fs::File), StoreError> {
        self.act::<Export, _>(async |act| self.store.export_unnamed(act, request).await).await
    }

    pub(crate) async fn export(&self, request: &ExportRequest) -> Result<ExportReport, StoreError> {
        self.act::<Export, _>(async |act| self.store.export(act, request).await).await
    }

    pub(crate) async fn voter(
        &self,
        state: StateCode,
        as_of: Option<Date>,
        selector: VoterSelector<'_>,
    ) -> Result<Option<VoterRecord>, StoreError> {
        self.act::<Read, _>(async |act| self.store.voter(act, state, as_of, selector).await).await
    }

    pub(crate) async fn find_voters(
        &self,
        state: StateCode,
        query: &str,
        limit: usize,
    ) -> Result<Vec<VoterHit>, StoreError> {
        let find = async |act: &Act<'_, Read>| self.store.find_voters(act, state, query, limit).await;
        Ok(self.act::<Read, _>(find).await?.0)
    }

    pub(crate) async fn changes(
        &self,
        record: &SnapshotRecord,
        filter: &ChangeFilter,
        offset: u64,
        limit: usize,
    ) -> Result<Page<NamedChange>, StoreError> {
        let read = async |act: &Act<'_, Read>| self.store.changes(act, record, filter, offset, limit).await;
        self.act::<Read, _>(read).await
    }

    pub(crate) async fn quarantine(
        &self,
        record: &SnapshotRecord,
        filter: &QuarantineFilter,
        offset: u64,
        limit: usize,
    ) -> Result<Page<QuarantineRow>, StoreError> {
        self.act::<Read, _>(async |act| self.store.quarantine(act, record, filter, offset, limit).await).await
    }

    pub(crate) async fn report(&self, record: &SnapshotRecord) -> Result<LoadReport, StoreError> {
        self.act::<Read, _>(async |act| self.store.report(act, record)).await
    }

    pub(crate) async fn voter_key(&self, state: StateCode, voter: VoterId) -> VoterKey {
        let read = async |act: &Act<'_, Read>| Ok(self.store.voter_key(act, state, voter));
        self.act::<Read, _>(read).await.unwrap()
    }

    pub(crate) async fn lock_state(&self, state: StateCode, verb: &str) -> Result<LoadLock, StoreError> {
        self.act::<Load, _>(async |act| self.store.lock_state(act, state, verb).await).await
    }

    pub(crate) async fn lock_state_as(
        &self,
        state: StateCode,
        verb: &str,
        id: &str,
    ) -> Result<LoadLock, StoreError> {
        self.act::<Load, _>(async |act| self.store.lock_state_as(act, state, verb, id).await).await
    }

    pub(crate) async fn publish(
        &self,
        lock: &LoadLock,
        staging: StagingFolder,
        meta: SnapshotMeta,
    ) -> Result<SnapshotRecord, StoreError> {
        self.act::<Load, _>(async |act| self.store.publish(act, lock, staging, meta).await).await
    }

    pub(crate) async fn hold(
        &self,
        lock: &LoadLock,
        staging: StagingFolder,
        meta: SnapshotMeta,
    ) -> Result<SnapshotRecord, StoreError> {
        self.act::<Load, _>(async |act| self.store.hold(act, lock, staging, meta).await).await
    }

    pub(crate) async fn accept_held(
        &self,
        lock: &LoadLock,
        id: &str,
        reason: &str,
    ) -> Result<SnapshotRecord, StoreError> {
        self.act::<Load, _>(async |act| self.store.accept_held(act, lock, id, reason).await).await
    }

    pub(crate) async fn discard_held(&self, lock: &LoadLock, id: &str) -> Result<SnapshotRecord, StoreError> {
        self.act::<Load, _>(async |act| self.store.discard_held(act, lock, id).await).await
    }

    pub(crate) async fn undo(&self, lock: &LoadLock) -> Result<SnapshotRecord, StoreError> {
        self.act::<Load, _>(async |act| self.store.undo(act, lock).await).await
    }

    pub(crate) async fn current(&self, state: StateCode) -> Result<Option<SnapshotRecord>, StoreError> {
        self.act::<Read, _>(async |act| self.store.current(act, state).await).await
    }

    pub(crate) async fn snapshots(&self, state: StateCode) -> Result<Vec<SnapshotRecord>, StoreError> {
        self.act::<Read, _>(async |act| self.store.snapshots(act, state).await).await
    }

    pub(crate) async fn snapshot(
        &self,
        state: StateCode,
        id: &str,
    ) -> Result<Option<SnapshotRecord>, StoreError> {
        self.act::<Read, _>(async |act| self.store.snapshot(act, state, id).await).await
    }

    pub(crate) async fn states(&self) -> Result<Vec<StateCode>, StoreError> {
        self.act::<Read, _>(async |act| self.store.states(act).await).await
    }

    pub(crate) async fn find_by_inputs(
        &self,
        state: StateCode,
        digest: &str,
    ) -> Result<Vec<SnapshotRecord>, StoreError> {
        self.act::<Load, _>(async |act| self.store.find_by_inputs(act, state, digest).await).await
    }

    pub(crate) async fn load_record(&self, id: &str) -> Result<Option<LoadRecord>, StoreError> {
        self.act::<Read, _>(async |act| self.store.load_record(act, id).await).await
    }
}
