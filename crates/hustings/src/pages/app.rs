//! What all handlers share: the store, the local owner who may read it, the key of the forms, and the running jobs.

use super::demo_link::DemoLinks;
use super::error::PageError;
use super::job::Jobs;
use super::security::{FormKey, WhereServed};
use hustings_access::{Action, LocalOwner, Scope};
use hustings_core::StateCode;
use hustings_store::{SnapshotRecord, Store, StoreError};
use hustings_voterfile::layout::Layouts;
use hustings_voterfile::report::LoadReport;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

/// Shared by all handlers; cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    owner: LocalOwner,
    layouts: Layouts,
    form_key: FormKey,
    place: WhereServed,
    demo_links: DemoLinks,
    jobs: Jobs,
}

impl App {
    /// Over an open store; with the layouts by which deliveries are read.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn new(store: Store, layouts: Layouts, place: WhereServed) -> Result<Self, getrandom::Error> {
        let owner = LocalOwner::of_data_directory(store.data().root());
        let form_key = FormKey::random()?;
        Ok(Self(Arc::new(Inner {
            store,
            owner,
            layouts,
            form_key,
            place,
            demo_links: DemoLinks::default(),
            jobs: Jobs::default(),
        })))
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The layouts by which deliveries are read.
    #[must_use]
    pub fn layouts(&self) -> &Layouts {
        &self.0.layouts
    }

    /// A scope of the local owner for one request.
    #[must_use]
    pub fn scope(&self, purpose: Action) -> Scope {
        self.0.owner.scope(purpose)
    }

    /// The key of the forms.
    #[must_use]
    pub fn form_key(&self) -> &FormKey {
        &self.0.form_key
    }

    /// Where the pages are served.
    #[must_use]
    pub fn place(&self) -> &WhereServed {
        &self.0.place
    }

    /// The demo's sign-in links; none but while a demo runs.
    #[must_use]
    pub fn demo_links(&self) -> &DemoLinks {
        &self.0.demo_links
    }

    /// The jobs of this process.
    #[must_use]
    pub fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    /// A snapshot by the words of an address.
    ///
    /// # Errors
    /// [`PageError::NotFound`] when there is none, or when the store fails.
    pub async fn snapshot(
        &self,
        scope: &Scope,
        state: &str,
        id: &str,
    ) -> Result<(StateCode, SnapshotRecord), PageError> {
        let state = state_of(state)?;
        let snapshot = self.store().snapshot(scope, state, id).await?.ok_or(PageError::NotFound)?;
        Ok((state, snapshot))
    }
}

impl App {
    /// Reads from the store where blocking is allowed, in a scope for reading.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store, &Scope) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, PageError> {
        let app = self.clone();
        let done = spawn_blocking(move || work(app.store(), &app.scope(Action::Read))).await;
        Ok(done.map_err(|_| PageError::environment("the page broke off while it was read"))??)
    }

    /// As [`App::read`] for what waits for the database in between, for any purpose.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn waiting<T: Send + 'static>(
        &self,
        purpose: Action,
        work: impl AsyncFnOnce(&Store, &Scope) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, PageError> {
        let app = self.clone();
        let runtime = Handle::current();
        let done =
            spawn_blocking(move || runtime.block_on(async { work(app.store(), &app.scope(purpose)).await }))
                .await;
        Ok(done.map_err(|_| PageError::environment("the page broke off while it was read"))??)
    }

    /// The load report of a snapshot.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn report(&self, snapshot: &SnapshotRecord) -> Result<LoadReport, PageError> {
        let snapshot = snapshot.clone();
        self.read(move |store, scope| store.report(scope, &snapshot)).await
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
