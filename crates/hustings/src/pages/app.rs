//! What all handlers share: the store, who asks, the key of the forms, and the running jobs.

use super::demo_link::DemoLinks;
use super::error::PageError;
use super::inbox::Inbox;
use super::job::Jobs;
use super::outgoing::Outgoing;
use super::security::{FormKey, WhereServed};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use hustings_access::verb::{Load, Read};
use hustings_access::{Act, Action, Actor, Permit, Request, Verb};
use hustings_core::StateCode;
use hustings_store::{SnapshotRecord, Store, StoreError};
use hustings_voterfile::layout::Layouts;
use hustings_voterfile::report::LoadReport;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

/// Shared by all handlers, with who asks; cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    inner: Arc<Inner>,
    actor: Option<Arc<Actor>>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    layouts: Layouts,
    form_key: FormKey,
    place: WhereServed,
    demo_links: DemoLinks,
    jobs: Jobs,
    outgoing: Outgoing,
}

impl App {
    /// Over an open store; with the layouts by which deliveries are read.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn new(store: Store, layouts: Layouts, place: WhereServed) -> Result<Self, getrandom::Error> {
        Ok(Self::keyed(store, layouts, place, FormKey::random()?))
    }

    /// As [`App::new`], with a key of the forms that the caller knows.
    #[must_use]
    pub fn keyed(store: Store, layouts: Layouts, place: WhereServed, form_key: FormKey) -> Self {
        let (demo_links, jobs, outgoing) = (DemoLinks::default(), Jobs::default(), Outgoing::default());
        let inner = Arc::new(Inner { store, layouts, form_key, place, demo_links, jobs, outgoing });
        Self { inner, actor: None }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The layouts by which deliveries are read.
    #[must_use]
    pub fn layouts(&self) -> &Layouts {
        &self.inner.layouts
    }

    /// The key of the forms.
    #[must_use]
    pub fn form_key(&self) -> &FormKey {
        &self.inner.form_key
    }

    /// Where the pages are served.
    #[must_use]
    pub fn place(&self) -> &WhereServed {
        &self.inner.place
    }

    /// The demo's sign-in links; none but while a demo runs.
    #[must_use]
    pub fn demo_links(&self) -> &DemoLinks {
        &self.inner.demo_links
    }

    /// The jobs of this process.
    #[must_use]
    pub fn jobs(&self) -> &Jobs {
        &self.inner.jobs
    }

    /// The exports that are being made and sent.
    #[must_use]
    pub fn outgoing(&self) -> &Outgoing {
        &self.inner.outgoing
    }

    /// Who asks: whoever signed in. The one place where pages learn it; whoever did not is nobody.
    fn actor(&self) -> Result<&Actor, StoreError> {
        self.actor.as_deref().ok_or_else(|| StoreError::Refused("you are not signed in".to_owned()))
    }
}

/// The program's own, with the [`Actor`] that a layer in front has put into the request's extensions.
impl FromRequestParts<Self> for App {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Self) -> Result<Self, Infallible> {
        let actor = parts.extensions.get::<Actor>().cloned().map(Arc::new);
        Ok(Self { inner: Arc::clone(&app.inner), actor })
    }
}

impl App {
    /// The permit for a request, once it is on record.
    ///
    /// # Errors
    /// When it is refused, or the store fails.
    pub async fn permit<V: Verb>(&self, request: Request) -> Result<Permit<V>, StoreError> {
        self.store().permit(self.actor()?, request).await
    }

    /// Does something within a scope, where blocking is allowed: decided by the policy, and on record before it is done.
    ///
    /// # Errors
    /// When it is refused, or the store fails.
    pub async fn act<V: Verb, T: Send + 'static>(
        &self,
        request: Request,
        work: impl for<'id> AsyncFnOnce(&Store, &Act<'id, V>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, PageError> {
        Ok(self.try_act(request, work).await??)
    }

    /// As [`App::act`], for work whose failing is said on the page.
    ///
    /// # Errors
    /// When it is refused, or it breaks off.
    pub async fn try_act<V: Verb, T: Send + 'static>(
        &self,
        request: Request,
        work: impl for<'id> AsyncFnOnce(&Store, &Act<'id, V>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Result<T, StoreError>, PageError> {
        let permit = self.permit::<V>(request).await.map_err(super::permit::refused)?;
        let store = self.store().clone();
        let runtime = Handle::current();
        let done = spawn_blocking(move || {
            runtime.block_on(permit.enter_async(async move |act: &Act<'_, V>| {
                let done = work(&store, act).await?;
                // What has been changed is changed; what has only been read need not leave.
                if matches!(V::ACTION, Action::Read | Action::Export) {
                    store.demand_grant(act).await?;
                }
                Ok(done)
            }))
        });
        done.await.map_err(|_| PageError::environment("the page broke off while it was read"))
    }

    /// As [`App::act`] for reading a state's voters.
    ///
    /// # Errors
    /// As [`App::act`].
    pub async fn read<T: Send + 'static>(
        &self,
        state: StateCode,
        work: impl for<'id> AsyncFnOnce(&Store, &Act<'id, Read>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, PageError> {
        self.act(Request::voters_of(state), work).await
    }

    /// Whether who asks keeps a state's list: loads it, and knows of its deliveries, reports and jobs.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keeps(&self, state: StateCode) -> Result<bool, PageError> {
        let asked = self.read(state, async move |_, act| Ok(act.keeps_list(state))).await;
        match asked {
            Err(PageError::NotFound | PageError::Refused(_)) => Ok(false),
            known => known,
        }
    }

    /// The inbox of whoever asks.
    ///
    /// # Errors
    /// When nobody is signed in, or the store fails.
    pub async fn inbox(&self) -> Result<Inbox, PageError> {
        Inbox::of(self.store(), self.actor()?.organization_id()).await
    }

    /// Asks for leave to load a state's list, for the pages around it.
    ///
    /// # Errors
    /// When it is refused, or the store fails.
    pub async fn demand_load(&self, state: StateCode) -> Result<(), PageError> {
        let permit = self.permit::<Load>(Request::voters_of(state)).await;
        permit.map(drop).map_err(super::permit::refused)
    }

    /// Refuses whoever does not keep a state's list, as if there were nothing.
    ///
    /// # Errors
    /// [`PageError::NotFound`] for them; or when the store fails.
    pub async fn demand_keeper(&self, state: StateCode) -> Result<(), PageError> {
        if self.keeps(state).await? { Ok(()) } else { Err(PageError::NotFound) }
    }

    /// A snapshot by the words of an address.
    ///
    /// # Errors
    /// [`PageError::NotFound`] when there is none, or when the store fails.
    pub async fn snapshot(&self, state: &str, id: &str) -> Result<(StateCode, SnapshotRecord), PageError> {
        let state = state_of(state)?;
        let id = id.to_owned();
        let snapshot =
            self.read(state, async move |store, act| store.snapshot(act, state, &id).await).await?;
        Ok((state, snapshot.ok_or(PageError::NotFound)?))
    }

    /// The current snapshot.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn current(&self, state: StateCode) -> Result<Option<SnapshotRecord>, PageError> {
        self.read(state, async move |store, act| store.current(act, state).await).await
    }

    /// Every snapshot of a state.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn snapshots(&self, state: StateCode) -> Result<Vec<SnapshotRecord>, PageError> {
        self.read(state, async move |store, act| store.snapshots(act, state).await).await
    }

    /// The load report of a snapshot; none for who may not load the list.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn report_if_kept(&self, snapshot: &SnapshotRecord) -> Result<Option<LoadReport>, PageError> {
        let (state, snapshot) = (snapshot.state, snapshot.clone());
        let read = async move |store: &Store, act: &Act<'_, Read>| match act.keeps_list(snapshot.state) {
            true => store.report(act, &snapshot).map(Some),
            false => Ok(None),
        };
        self.read(state, read).await
    }

    /// The load report of a snapshot.
    ///
    /// # Errors
    /// [`PageError::NotFound`] when there is none for who asks, or when the store fails.
    pub async fn report(&self, snapshot: &SnapshotRecord) -> Result<LoadReport, PageError> {
        self.report_if_kept(snapshot).await?.ok_or(PageError::NotFound)
    }
}

/// The state that an address names.
///
/// # Errors
/// [`PageError::NotFound`] when it is no state or territory, or not written in lower case.
pub fn state_of(word: &str) -> Result<StateCode, PageError> {
    let state: StateCode = word.parse().map_err(|_| PageError::NotFound)?;
    if state.as_str() == word && super::words::is_state(state) { Ok(state) } else { Err(PageError::NotFound) }
}
