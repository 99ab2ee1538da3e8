//! What a scope costs where every voter of a list is looked at, and what it costs that columns lie encrypted.

use super::BenchError;
use crate::load::{LoadRequest, Silent, load};
use hustings_access::verb::{Load, Read};
use hustings_access::{Actor, Organization, OrganizationId, OrganizationKind, Purpose, Request};
use hustings_core::{FieldClass, StateCode, SystemClock};
use hustings_store::access::Acting;
use hustings_store::access::grant::NewGrant;
use hustings_store::{Store, StoreError, bench};
use hustings_testkit::synth::nc::{NcOptions, Trouble, write_weeks};
use hustings_voterfile::layout::Layouts;
use jiff::Timestamp;
use jiff::civil::date;
use serde::Serialize;
use std::path::Path;
use std::time::Instant;

/// Times that each side works, in turns.
const ROUNDS: usize = 15;
/// Rows of the table that is read plain and encrypted.
const TABLE_ROWS: i64 = 1_000_000;
/// Nobody's last name, and what a tenth of all begin with.
const NOBODY: &str = "zzzzzz";
const MANY: &str = "s";

/// The figures, as `--json` gives them.
#[derive(Debug, Clone, Serialize)]
pub struct ScanFigures {
    /// Voters of the list.
    pub voters: u64,
    /// Names that nobody has, looked for by a grantee of the whole state, and by its owner, for whom no row is asked about.
    pub nobody_found: Compared,
    /// The same with a name that many have: where each lives and whether they are confidential is asked of every one.
    pub many_found: Compared,
    /// How many.
    pub many: usize,
    /// A table of two columns and a million rows read encrypted and compared with what was written, against plain.
    pub encrypted: Compared,
}

/// One way against another.
#[derive(Debug, Clone, Serialize)]
pub struct Compared {
    /// Median of the rounds, seconds.
    pub seconds: f64,
    /// What it is compared with, likewise.
    pub against_seconds: f64,
    /// The first in the second.
    pub ratio: f64,
}

impl Compared {
    fn of(mut these: Vec<f64>, mut against: Vec<f64>) -> Self {
        let median = |all: &mut Vec<f64>| {
            all.sort_by(f64::total_cmp);
            all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
        };
        let (seconds, against_seconds) = (median(&mut these), median(&mut against));
        Self { seconds, against_seconds, ratio: seconds / against_seconds }
    }
}

/// Invents a list in `folder`, loads it and looks.
///
/// # Errors
/// The folder cannot be written, or the load fails.
pub async fn run(voters: u64, folder: &Path) -> Result<ScanFigures, BenchError> {
    let state: StateCode = "nc".parse().map_err(|error| StoreError::Input(format!("{error}")))?;
    let store = Store::builder(&folder.join("list")).open().await?;
    loaded(&store, state, voters, folder).await?;
    let (owner, grantee) = (store.local_actor(None).await?, grantee(&store, state).await?);

    let (nobody_found, _) = compared(&store, state, [&grantee, &owner], NOBODY).await?;
    let (many_found, many) = compared(&store, state, [&grantee, &owner], MANY).await?;
    let reading = bench::encrypted_reading(folder, TABLE_ROWS, ROUNDS)?;
    let encrypted = Compared::of(reading.encrypted_seconds, reading.plain_seconds);
    Ok(ScanFigures { voters, nobody_found, many_found, many, encrypted })
}

async fn loaded(store: &Store, state: StateCode, voters: u64, folder: &Path) -> Result<(), BenchError> {
    let failed = |reason: String| BenchError::Load { reason };
    let options = NcOptions {
        voters,
        seed: 1,
        weeks: 1,
        dirt: 0.0,
        first_as_of: date(2026, 2, 7),
        trouble: Trouble::default(),
    };
    let deliveries = folder.join("deliveries");
    let weeks =
        write_weeks(&options, &deliveries, &mut |_, _| {}).map_err(|error| failed(error.to_string()))?;
    for week in weeks {
        let request = LoadRequest {
            paths: vec![week.voters],
            state,
            as_of: Some(week.as_of),
            accept_held: Some("an invented list".to_owned()),
            id: None,
        };
        let owner = store.local_actor(None).await?;
        let permit = store.permit::<Load>(&owner, Request::voters_of(state)).await?;
        let layouts = Layouts::embedded();
        permit
            .enter_async(async |act| load(store, layouts, act, &request, &Silent, &SystemClock).await)
            .await
            .map_err(|error| failed(error.to_string()))?;
    }
    Ok(())
}

/// A campaign that was granted the base of the whole state.
async fn grantee(store: &Store, state: StateCode) -> Result<Actor, BenchError> {
    let by = Acting::local(OrganizationId::local());
    let id: OrganizationId = "rivera".parse().map_err(|error| StoreError::Input(format!("{error}")))?;
    let campaign = Organization {
        id: id.clone(),
        kind: OrganizationKind::Campaign,
        name: "Rivera".to_owned(),
        state: Some(state),
        counties: None,
        registered_by: None,
    };
    store.create_organization(&by, &campaign).await?;
    let grant = NewGrant {
        grantee: id.clone(),
        state,
        classes: [FieldClass::Base].into(),
        columns: [].into(),
        counties: None,
        purposes: [Purpose::VoterContact].into(),
        exportable: false,
        not_before: None,
        until: Timestamp::MAX,
    };
    store.create_grant(&by, &grant).await?;
    Ok(store.local_actor(Some(&id)).await?)
}

/// Both look for the same, in turns; with how many they found.
async fn compared(
    store: &Store,
    state: StateCode,
    actors: [&Actor; 2],
    query: &str,
) -> Result<(Compared, usize), BenchError> {
    let mut seconds = [Vec::new(), Vec::new()];
    let mut found = 0;
    for _ in 0..ROUNDS {
        for (actor, seconds) in actors.into_iter().zip(&mut seconds) {
            let permit = store.permit::<Read>(actor, Request::voters_of(state)).await?;
            let begun = Instant::now();
            let (hits, _) = permit
                .enter_async(async |act| store.find_voters(act, state, query, usize::MAX).await)
                .await?;
            seconds.push(begun.elapsed().as_secs_f64());
            found = hits.len();
        }
    }
    let [these, against] = seconds;
    Ok((Compared::of(these, against), found))
}
