//! Ways around a scope that the compiler refuses, each beside the same code that it takes.
//!
//! A scan needs a scope:
//! ```
//! # use hustings_store::*; use hustings_access::*; use hustings_access::verb::*;
//! async fn find(store: &Store, act: &Act<'_, Read>) -> Result<(Vec<VoterHit>, bool), StoreError> {
//!     store.find_voters(act, "nc".parse().unwrap(), "smith", 9).await
//! }
//! ```
//! ```compile_fail,E0061
//! # use hustings_store::*; use hustings_access::*; use hustings_access::verb::*;
//! async fn find(store: &Store) -> Result<(Vec<VoterHit>, bool), StoreError> {
//!     store.find_voters("nc".parse().unwrap(), "smith", 9).await
//! }
//! ```
//! A scope to read exports nothing:
//! ```
//! # use hustings_store::*; use hustings_access::*; use hustings_access::verb::*;
//! async fn copy(store: &Store, act: &Act<'_, Export>, request: &ExportRequest) -> Result<ExportReport, StoreError> {
//!     store.export(act, request).await
//! }
//! ```
//! ```compile_fail,E0308
//! # use hustings_store::*; use hustings_access::*; use hustings_access::verb::*;
//! async fn copy(store: &Store, act: &Act<'_, Read>, request: &ExportRequest) -> Result<ExportReport, StoreError> {
//!     store.export(act, request).await
//! }
//! ```
//! Rows that were read under one scope are not written under another's:
//! ```
//! # use hustings_store::*; use hustings_access::*; use hustings_access::verb::*;
//! async fn copy<'a>(store: &Store, a: &Act<'a, Export>, request: &ExportRequest) -> Result<ExportReport, StoreError> {
//!     let rows = store.open_export(a, request).await?;
//!     store.write_export(a, rows).await
//! }
//! ```
//! ```compile_fail
//! # use hustings_store::*; use hustings_access::*; use hustings_access::verb::*;
//! async fn copy<'a, 'b>(
//!     store: &Store,
//!     a: &Act<'a, Export>,
//!     b: &Act<'b, Export>,
//!     request: &ExportRequest,
//! ) -> Result<ExportReport, StoreError> {
//!     let rows = store.open_export(a, request).await?;
//!     store.write_export(b, rows).await
//! }
//! ```
//! A scope does not outlive its request, in a thread or anywhere else; the permit may move there, and is entered there:
//! ```
//! # use hustings_store::*; use hustings_access::*; use hustings_access::verb::*;
//! fn later(store: Store, permit: Permit<Read>) -> std::thread::JoinHandle<usize> {
//!     std::thread::spawn(move || permit.enter(|act| act.rights().iter().count()))
//! }
//! ```
//! ```compile_fail,E0521
//! # use hustings_store::*; use hustings_access::*; use hustings_access::verb::*;
//! fn later(store: Store, permit: Permit<Read>) -> std::thread::JoinHandle<usize> {
//!     permit.enter(|act| std::thread::spawn(move || act.rights().iter().count()))
//! }
//! ```
//! A scope is not copied:
//! ```compile_fail,E0599
//! # use hustings_store::*; use hustings_access::*; use hustings_access::verb::*;
//! fn twice<'id>(act: Act<'id, Read>) -> (Act<'id, Read>, Act<'id, Read>) {
//!     (act.clone(), act)
//! }
//! ```
//! The raw tables of a list are open to its load alone:
//! ```compile_fail,E0308
//! # use hustings_store::*; use hustings_access::*; use hustings_access::verb::*;
//! fn raw(act: &Act<'_, Read>) {
//!     let _ = hustings_store::snapshot_scan::TableScan::open(act, std::path::Path::new("voters.parquet"));
//! }
//! ```
