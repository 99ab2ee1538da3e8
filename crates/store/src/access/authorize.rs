//! From who asks to a permit: the facts, the policy's decision, its record on the disk, and only then the permit.

use super::{epoch, instant, organization, user};
use crate::access::api_key::ApiKeyRecord;
use crate::access::session::SessionInfo;
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::Scope;
use hustings_access::actor::Precinct;
use hustings_access::{
    Action, Actor, Engagement, Organization, OrganizationId, OrganizationKind, Permit, Policy, Principal,
    Refusal, Request, Verb,
};
use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How old the epoch may be by which a running stream or job knows that nothing has changed.
const EPOCH_AGE_MAX: Duration = Duration::from_millis(200);

/// What running streams and jobs are spared to ask again.
#[derive(Debug, Default)]
pub(crate) struct Freshness(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    epoch: u64,
    read_at: Option<Instant>,
    /// Scopes of older epochs that were decided anew under this one, by their place in the outbox.
    held: BTreeSet<u64>,
}

/// The policy, checked before its first decision.
pub(super) fn policy() -> Result<&'static Policy, StoreError> {
    static POLICY: OnceLock<Result<Policy, String>> = OnceLock::new();
    let policy = POLICY.get_or_init(|| Policy::new().map_err(|error| error.to_string()));
    policy.as_ref().map_err(|error| StoreError::Connect(error.clone()))
}

impl Store {
    /// Decides a request by the policy, and gives the permit once the record of it is on the disk. A refusal is
    /// recorded, too. What the actor may not know of is refused in the words for what is not there.
    ///
    /// # Errors
    /// When it is refused, or its record cannot be written: then nothing may be released.
    pub async fn permit<V: Verb>(&self, actor: &Actor, request: Request) -> Result<Permit<V>, StoreError> {
        if V::ACTION.touches_data() {
            self.demand_logs()?;
        }
        let policy = policy()?;
        let acts_for = actor.acts_for.as_ref().map(|organization| &organization.id);
        let standing = self.standing(&actor.works_in.id, acts_for).await?;
        let now = self.instant();
        let refusal = match policy.decide::<V>(actor, &request, &standing, now) {
            Ok(decision) => {
                let receipt = self.log_intent(decision.intent()).await?;
                return decision.logged(receipt).map_err(|error| StoreError::Unlogged(error.to_string()));
            }
            Err(refusal) => refusal,
        };
        self.log_intent(refusal.intent()).await?;
        // Only who may read it may know that it is there.
        let reads = || policy.decide::<hustings_access::verb::Read>(actor, &request, &standing, now).is_ok();
        Err(refused(actor, &refusal, V::ACTION.touches_data() && V::ACTION != Action::Read && reads()))
    }

    /// Whoever opened the data directory, acting as an organization: by default as the directory's owner.
    ///
    /// # Errors
    /// When there is no such organization, or the database fails.
    pub async fn local_actor(&self, organization: Option<&OrganizationId>) -> Result<Actor, StoreError> {
        let organization = match organization {
            None => self.directory_owner().await?,
            Some(id) => self.required_organization(id).await?,
        };
        Ok(Actor::local(organization))
    }

    /// Who signed in; a vendor's people name the organization for which they act. Whether they may, the policy says.
    ///
    /// # Errors
    /// When there is no such organization, or the database fails.
    pub async fn actor_of_session(
        &self,
        session: &SessionInfo,
        acts_for: Option<&OrganizationId>,
    ) -> Result<Actor, StoreError> {
        let works_in = self.required_organization(&session.organization).await?;
        let principal = Principal::User(session.user.clone());
        let actor = Actor {
            precincts: precincts(&session.precincts),
            session: Some(session.digest.clone()),
            until: Some(session.expires_at),
            known_at: Some(session.epoch),
            ..Actor::over_network(principal, works_in, session.roles.iter().copied())
        };
        self.acting_for(actor, acts_for).await
    }

    /// A program with an API key; a vendor's program names the organization for which it acts.
    ///
    /// # Errors
    /// When there is no such organization, or the database fails.
    pub async fn actor_of_key(
        &self,
        key: &ApiKeyRecord,
        acts_for: Option<&OrganizationId>,
    ) -> Result<Actor, StoreError> {
        let works_in = self.required_organization(&key.organization).await?;
        let actor = Actor {
            only_grant: key.grant.clone(),
            until: Some(instant(&key.expires_at)?),
            known_at: Some(key.epoch),
            ..Actor::over_network(Principal::Key(key.id.clone()), works_in, [key.role])
        };
        self.acting_for(actor, acts_for).await
    }

    /// Whether what a scope permits is still permitted: for streams and jobs, which ask before each batch that they
    /// release. Where not, they end.
    ///
    /// # Errors
    /// When the database fails: then, too, they end.
    pub async fn still_holds(&self, scope: &Scope<'_>) -> Result<bool, StoreError> {
        let epoch = self.present_epoch().await?;
        if scope.is_fresh(epoch, self.instant()) || self.freshness.lock().held(epoch, scope) {
            return Ok(scope.expires_at().is_none_or(|end| self.instant() < end));
        }
        let Some(actor) = self.present_actor(scope.actor()).await? else {
            return Ok(false);
        };
        let acts_for = actor.acts_for.as_ref().map(|organization| &organization.id);
        let standing = self.standing(&actor.works_in.id, acts_for).await?;
        let holds = policy()?.still_holds(scope, &actor, &standing, self.instant());
        if holds {
            // Under the epoch that was read before all else: what changed meanwhile is asked for again.
            self.freshness.lock().hold(epoch, scope);
        }
        Ok(holds)
    }

    /// The access epoch as it was at most [`EPOCH_AGE_MAX`] ago.
    async fn present_epoch(&self) -> Result<u64, StoreError> {
        // Taken before the read: the age is counted from when the answer was true.
        let asked_at = Instant::now();
        {
            let known = self.freshness.lock();
            if known.read_at.is_some_and(|read_at| asked_at.duration_since(read_at) < EPOCH_AGE_MAX) {
                return Ok(known.epoch);
            }
        }
        let epoch = epoch(&self.database).await?;
        self.freshness.lock().read(epoch, asked_at);
        Ok(epoch)
    }

    /// Somebody as the database knows them now; none when they may no longer act at all: disabled, signed out, the key
    /// revoked.
    async fn present_actor(&self, then: &Actor) -> Result<Option<Actor>, StoreError> {
        let (principal, organization) = (&then.principal, then.organization_id());
        let (works_in, mut actor) = match principal {
            Principal::Local => return self.local_actor(Some(organization)).await.map(Some),
            Principal::User(id) => {
                if let Some(session) = &then.session
                    && !self.session_lasts(session).await?
                {
                    return Ok(None);
                }
                let Some(works_in) = user::active_in(&self.database, id).await? else { return Ok(None) };
                let works_in = self.required_organization(&works_in).await?;
                let (roles, assigned) = user::rights(&self.database, id).await?;
                let actor = Actor::over_network(principal.clone(), works_in.clone(), roles);
                (works_in, Actor { precincts: precincts(&assigned), ..actor })
            }
            Principal::Key(id) => {
                let Some(key) = self.live_api_key(id).await? else { return Ok(None) };
                let actor = self.actor_of_key(&key, None).await?;
                (actor.works_in.clone(), actor)
            }
        };
        if works_in.id != *organization {
            actor = match self.acting_for(actor, Some(organization)).await {
                // The engagement has ended.
                Err(StoreError::Input(_)) => return Ok(None),
                other => other?,
            };
        }
        Ok(Some(actor))
    }

    async fn acting_for(&self, actor: Actor, acts_for: Option<&OrganizationId>) -> Result<Actor, StoreError> {
        let Some(id) = acts_for else { return Ok(actor) };
        // For whom somebody acts over the network is their word alone until an engagement bears it out. One sentence for
        // all else: nobody learns here which organizations there are.
        let (vendor, now) = (&actor.works_in, self.instant());
        let bears_out = |one: &Engagement| {
            one.organization == *id && one.revoked_at.is_none() && one.not_before <= now && now < one.until
        };
        if actor.network
            && (vendor.kind != OrganizationKind::Vendor
                || !self.engagements_as(&vendor.id).await?.iter().any(bears_out))
        {
            return Err(StoreError::Input(format!("no organization `{id}` has engaged `{}`", vendor.id)));
        }
        Ok(Actor { acts_for: Some(self.required_organization(id).await?), ..actor })
    }

    async fn required_organization(&self, id: &OrganizationId) -> Result<Organization, StoreError> {
        self.organization(id).await?.ok_or_else(|| organization::missing(id))
    }
}

impl Freshness {
    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn read(&mut self, epoch: u64, at: Instant) {
        // Of two that read at once, the one that asked later knows more.
        if self.read_at.is_none_or(|known| known <= at) && epoch >= self.epoch {
            if epoch != self.epoch {
                self.held.clear();
            }
            (self.epoch, self.read_at) = (epoch, Some(at));
        }
    }

    fn held(&self, epoch: u64, scope: &Scope<'_>) -> bool {
        epoch == self.epoch && self.held.contains(&scope.outbox_sequence())
    }

    fn hold(&mut self, epoch: u64, scope: &Scope<'_>) {
        if epoch == self.epoch {
            self.held.insert(scope.outbox_sequence());
        }
    }
}

fn precincts(assigned: &BTreeSet<user::PrecinctPair>) -> BTreeSet<Precinct> {
    assigned.iter().map(|(county, precinct)| Precinct::new(county.as_str(), precinct.as_str())).collect()
}

/// What the actor reads. `known`: whether they may know of what they asked for.
fn refused(actor: &Actor, refusal: &Refusal, known: bool) -> StoreError {
    let intent = refusal.intent();
    if intent.action.touches_data() && !known {
        return StoreError::Input(match intent.state {
            Some(state) => format!("there is no voter file of {state} here"),
            None => "there are no voters here".to_owned(),
        });
    }
    if intent.action == Action::Load {
        return StoreError::Refused(format!(
            "`{}` may not load: only the data directors of the organization that keeps a state's list load it",
            intent.organization
        ));
    }
    match &intent.target {
        Some(target) if target != actor.organization_id() && *target != actor.works_in.id => {
            organization::missing(target)
        }
        _ => StoreError::Refused(refusal.to_string()),
    }
}

#[cfg(test)]
mod tests {
    //! Nothing without its record; the same words for what is refused and for what is not there; what is revoked stops.

    use super::*;
    use crate::access::Acting;
    use crate::access::grant::NewGrant;
    use crate::testing::{World, nc, on_each_database};
    use hustings_access::verb::{Export, ManageGrants, Read};
    use hustings_access::{OrganizationKind, Purpose};
    use hustings_core::FieldClass;
    use sea_orm::FromQueryResult;

    #[derive(FromQueryResult, Debug, PartialEq)]
    struct Recorded {
        sequence: i64,
        organization_id: String,
        action: String,
        logs: String,
    }

    async fn recorded(store: &Store) -> Vec<Recorded> {
        let sql = "SELECT sequence, organization_id, action, logs FROM audit_outbox ORDER BY sequence";
        store.database.all("test", sql, Vec::new()).await.unwrap()
    }

    async fn campaign(store: &Store, id: &str) -> Actor {
        let local = Acting::local(OrganizationId::local());
        let new = Organization {
            id: id.parse().unwrap(),
            kind: OrganizationKind::Campaign,
            name: id.to_owned(),
            state: Some(nc()),
            counties: None,
            registered_by: None,
        };
        store.create_organization(&local, &new).await.unwrap();
        store.local_actor(Some(&new.id)).await.unwrap()
    }

    fn base_of(state: hustings_core::StateCode) -> Request {
        Request::voters_of(state).only_classes([FieldClass::Base])
    }

    fn base_for(grantee: &Actor) -> NewGrant {
        NewGrant {
            grantee: grantee.organization_id().clone(),
            state: nc(),
            classes: [FieldClass::Base].into(),
            columns: [].into(),
            counties: None,
            purposes: [Purpose::VoterContact].into(),
            exportable: false,
            not_before: None,
            until: "2100-01-01T00:00:00Z".parse().unwrap(),
        }
    }

    #[tokio::test]
    async fn a_permit_comes_after_its_record_and_a_refusal_tells_nothing() {
        on_each_database(async |world: World| {
            let store = world.open().await;
            let owner = store.local_actor(None).await.unwrap();
            let rivera = campaign(&store, "rivera").await;
            let before = recorded(&store).await.len();

            let permit = store.permit::<Read>(&owner, Request::voters_of(nc())).await.unwrap();
            let last = recorded(&store).await.pop().unwrap();
            assert_eq!((last.action.as_str(), last.logs.as_str()), ("read", r#"["local","platform"]"#));
            permit.enter(|act| {
                assert_eq!(i64::try_from(act.outbox_sequence()), Ok(last.sequence));
                assert!(act.allows_state(nc()));
            });

            let refused = store.permit::<Read>(&rivera, base_of(nc())).await.unwrap_err();
            let nowhere = store.permit::<Read>(&rivera, base_of("va".parse().unwrap())).await;
            assert_eq!(refused.to_string(), "there is no voter file of nc here");
            assert_eq!(
                nowhere.unwrap_err().to_string().replace("va", "nc"),
                refused.to_string(),
                "the same for what is there and what is not"
            );
            let rows = recorded(&store).await;
            assert_eq!(rows.len(), before + 3);
            assert_eq!(rows[before + 1].action, "read_refused");
            assert_eq!(rows[before + 1].logs, r#"["rivera","platform"]"#);

            // Another organization's grants: as if it did not exist.
            let request = Request::organization(owner.works_in.clone());
            let error = store.permit::<ManageGrants>(&rivera, request).await.unwrap_err();
            assert!(error.to_string().starts_with("there is no organization `local`"), "{error}");
        })
        .await;
    }

    #[tokio::test]
    async fn an_owners_log_tells_of_its_own_data_and_grants_alone() {
        #[derive(FromQueryResult)]
        struct Told {
            logs: String,
            classes: String,
            details: String,
        }
        on_each_database(async |world: World| {
            let store = world.open().await;
            let (rivera, chen) = (campaign(&store, "rivera").await, campaign(&store, "chen").await);
            let local = Acting::local(OrganizationId::local());
            let base = store.create_grant(&local, &base_for(&rivera)).await.unwrap().id;
            let private = NewGrant { classes: [FieldClass::Private].into(), ..base_for(&rivera) };
            let by_chen = Acting::local(chen.works_in.id.clone());
            let private = store.create_grant(&by_chen, &private).await.unwrap().id;
            store.permit::<Read>(&rivera, Request::voters_of(nc())).await.unwrap();

            let sql =
                "SELECT logs, classes, details FROM audit_outbox WHERE action = 'read' ORDER BY sequence";
            let told = store.database.all::<Told>("test", sql, Vec::new()).await.unwrap();
            let logs: Vec<&str> = told.iter().map(|told| told.logs.as_str()).collect();
            assert_eq!(
                logs,
                [r#"["rivera","platform"]"#, r#"["chen","platform"]"#, r#"["local","platform"]"#]
            );
            let names =
                |told: &Told| (told.details.contains(base.as_str()), told.details.contains(private.as_str()));
            assert_eq!(
                told.iter().map(names).collect::<Vec<_>>(),
                [(true, true), (false, true), (true, false)]
            );
            assert_eq!(
                (told[1].classes.as_str(), told[2].classes.as_str()),
                (r#"["private"]"#, r#"["base"]"#)
            );
        })
        .await;
    }

    #[tokio::test]
    async fn a_revoked_grant_stops_what_runs_and_no_other_change_does() {
        on_each_database(async |world: World| {
            let store = world.open().await;
            let rivera = campaign(&store, "rivera").await;
            let local = Acting::local(OrganizationId::local());
            let grant = store.create_grant(&local, &base_for(&rivera)).await.unwrap();
            let permit = store.permit::<Read>(&rivera, base_of(nc())).await.unwrap();
            let export = store.permit::<Export>(&rivera, base_of(nc())).await.unwrap_err();
            assert!(
                matches!(&export, StoreError::Refused(text) if text.contains("may not export")),
                "{export}"
            );
            permit
                .enter_async(async |act| {
                    assert!(store.still_holds(act).await.unwrap());
                    campaign(&store, "chen").await;
                    for _ in 0..2 {
                        tokio::time::sleep(EPOCH_AGE_MAX).await;
                        assert!(
                            store.still_holds(act).await.unwrap(),
                            "a rival registered is no reason to stop"
                        );
                    }
                    store.revoke_grant(&local, &grant.id).await.unwrap();
                    tokio::time::sleep(EPOCH_AGE_MAX).await;
                    assert!(!store.still_holds(act).await.unwrap());
                    store.restore_grant(&local, &grant.id).await.unwrap();
                    tokio::time::sleep(EPOCH_AGE_MAX).await;
                    assert!(store.still_holds(act).await.unwrap());
                })
                .await;
        })
        .await;
    }

    #[tokio::test]
    async fn requests_at_one_time_share_a_transaction_and_each_has_its_own_record() {
        on_each_database(async |world: World| {
            let store = world.open().await;
            let owner = store.local_actor(None).await.unwrap();
            let before = recorded(&store).await.len();
            let requests = (0..300).map(|number| {
                let (store, owner) = (store.clone(), owner.clone());
                tokio::spawn(async move {
                    let request = Request::voters_of(nc()).about(format!("v-{number}"));
                    let permit = store.permit::<Read>(&owner, request).await.unwrap();
                    permit.enter(|act| act.outbox_sequence())
                })
            });
            let mut sequences = BTreeSet::new();
            for request in requests.collect::<Vec<_>>() {
                sequences.insert(request.await.unwrap());
            }
            assert_eq!(sequences.len(), 300);
            assert_eq!(recorded(&store).await.len(), before + 300);
        })
        .await;
    }

    #[tokio::test]
    async fn where_nothing_can_be_written_nothing_is_permitted() {
        on_each_database(async |world: World| {
            let store = world.open().await;
            let owner = store.local_actor(None).await.unwrap();
            let transaction = store.database.begin("test").await.unwrap();
            transaction.script("ALTER TABLE audit_outbox RENAME TO elsewhere").await.unwrap();
            transaction.commit().await.unwrap();
            let error = store.permit::<Read>(&owner, Request::voters_of(nc())).await.unwrap_err();
            assert!(matches!(error, StoreError::Unlogged(_)), "{error}");
            assert_eq!(error.kind(), crate::ErrorKind::Environment);
        })
        .await;
    }
}
