//! What access control and the log cost: decisions, scopes, durable records, and their verification.

use super::BenchError;
use super::scan::{self, ScanFigures};
use hustings_access::verb::{ManageGrants, Read};
use hustings_access::{
    Actor, Grant, GrantId, Organization, OrganizationId, OrganizationKind, Policy, Principal, Purpose,
    Request, Role, Standing, UserId,
};
use hustings_core::{FieldClass, StateCode};
use hustings_store::audit::{AuditEvent, PLATFORM_LOG};
use hustings_store::{Store, StoreError};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What to measure.
#[derive(Debug, Clone)]
pub struct AccessBench {
    /// Records that are written and verified.
    pub records: u64,
    /// Requests at one time.
    pub writers: u64,
    /// Voters of the list that is looked through.
    pub voters: u64,
    /// The verifier that is not ours, `verify-log`; none when there is none.
    pub verifier: Option<PathBuf>,
}

/// The figures, as `--json` gives them.
#[derive(Debug, Clone, Serialize)]
pub struct AccessFigures {
    /// A decision about managing grants.
    pub decision: Micros,
    /// A decision about reading, with column sets and row filters from ten grants of four classes.
    pub scope: Micros,
    /// A permit from the facts to the record on the disk, one request at a time.
    pub permit: Micros,
    /// Looking through a whole list, and encrypted columns.
    pub scan: ScanFigures,
    /// Requests at one time in what follows.
    pub writers: u64,
    /// Permits, likewise.
    pub permits: Rate,
    /// Records made durable in the outbox.
    pub append: Rate,
    /// Records copied into two logs each and signed.
    pub sequence: Rate,
    /// The platform's log verified with the database by ourselves.
    pub verify: Rate,
    /// The same log verified by the tool that is not ours.
    pub verifier: Option<Rate>,
    /// Why not.
    pub verifier_missing: Option<String>,
}

/// How long one takes.
#[derive(Debug, Clone, Serialize)]
pub struct Micros {
    /// How often it was measured.
    pub rounds: usize,
    /// Median, microseconds.
    pub p50_us: f64,
    /// All but one in a hundred take no longer, microseconds.
    pub p99_us: f64,
}

/// How many in which time.
#[derive(Debug, Clone, Serialize)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// Wall time.
    pub seconds: f64,
    /// How many a second.
    pub per_second: f64,
}

impl Rate {
    fn since(begun: Instant, count: u64) -> Self {
        let seconds = begun.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let per_second = count as f64 / seconds.max(f64::EPSILON);
        Self { count, seconds, per_second }
    }
}

impl Micros {
    /// Of single times.
    pub(super) fn of(mut micros: Vec<f64>) -> Self {
        micros.sort_by(f64::total_cmp);
        let at = |percent: usize| micros.get(micros.len() * percent / 100).copied().unwrap_or(f64::NAN);
        Self { rounds: micros.len(), p50_us: at(50), p99_us: at(99) }
    }

    fn measured(rounds: usize, mut work: impl FnMut()) -> Self {
        for _ in 0..rounds / 10 {
            work();
        }
        let micros = (0..rounds).map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed().as_secs_f64() * 1e6
        });
        Self::of(micros.collect())
    }
}

/// Measures in `folder`.
///
/// # Errors
/// When the store fails, or the verifier does not verify the log.
pub async fn run(bench: &AccessBench, folder: &Path) -> Result<AccessFigures, BenchError> {
    let scan = scan::run(bench.voters, folder).await?;
    let store = Store::builder(&folder.join("acts")).open().await?;
    let policy = Policy::new().map_err(|error| StoreError::Connect(error.to_string()))?;
    let (decision, scope) = decisions(&policy)?;

    let owner = store.local_actor(None).await?;
    let state = state()?;
    let mut micros = Vec::new();
    for _ in 0..200 {
        let begun = Instant::now();
        store.permit::<Read>(&owner, Request::voters_of(state)).await?;
        micros.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    let share = bench.records.div_ceil(bench.writers.max(1)).max(1);
    let permits = at_once(bench.writers, share.min(50), {
        let store = store.clone();
        move |_| {
            let (store, owner) = (store.clone(), owner.clone());
            async move { store.permit::<Read>(&owner, Request::voters_of(state)).await.map(drop) }
        }
    })
    .await?;
    store.sequence_logs().await?;

    let append = at_once(bench.writers, share, {
        let store = store.clone();
        move |number| {
            let store = store.clone();
            async move { store.log_event(&event(number)).await.map(drop) }
        }
    })
    .await?;
    let begun = Instant::now();
    let sequenced = store.sequence_logs().await?;
    let sequence = Rate::since(begun, sequenced);
    let begun = Instant::now();
    let verified = store.verify_logs(&[]).await?;
    let platform = verified.iter().find(|log| log.log == PLATFORM_LOG && log.is_good());
    let entries = platform
        .map(|log| log.report.entries)
        .ok_or_else(|| BenchError::Verifier { reason: "our own verification failed".to_owned() })?;
    let verify = Rate::since(begun, verified.iter().map(|log| log.report.entries).sum());
    let (verifier, verifier_missing) = match &bench.verifier {
        Some(program) => (Some(verified_by(program, store.log_folder(PLATFORM_LOG).path(), entries)?), None),
        None => (None, Some("tests/verifier/run.sh builds it; name it with --verifier".to_owned())),
    };
    let (permit, writers) = (Micros::of(micros), bench.writers);
    Ok(AccessFigures {
        decision,
        scope,
        permit,
        scan,
        writers,
        permits,
        append,
        sequence,
        verify,
        verifier,
        verifier_missing,
    })
}

fn state() -> Result<StateCode, StoreError> {
    "nc".parse().map_err(|error| StoreError::Input(format!("{error}")))
}

fn event(number: u64) -> AuditEvent {
    AuditEvent {
        organization: OrganizationId::local(),
        principal: Some(Principal::Local),
        action: "export",
        about: Some(format!("export-{number}")),
        classes: [FieldClass::Base, FieldClass::Appended].into(),
        voters: Some(number),
        details: serde_json::json!({ "columns": ["name_last", "res_line1"], "file": "list.csv" }),
        owners: [OrganizationId::local()].into(),
    }
}

/// So many tasks at one time, each of which does its share one after the other.
async fn at_once<F: Future<Output = Result<(), StoreError>> + Send>(
    writers: u64,
    share: u64,
    work: impl Fn(u64) -> F + Clone + Send + 'static,
) -> Result<Rate, BenchError> {
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..writers.max(1) {
        let work = work.clone();
        tasks.spawn(async move {
            for number in 0..share {
                work(writer * share + number).await?;
            }
            Ok::<(), StoreError>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(|error| BenchError::Verifier { reason: error.to_string() })??;
    }
    Ok(Rate::since(begun, writers.max(1) * share))
}

fn verified_by(program: &Path, folder: &Path, entries: u64) -> Result<Rate, BenchError> {
    let begun = Instant::now();
    let output = Command::new(program).arg("-vkey").arg(folder.join("vkey")).arg(folder).output();
    let output = output.map_err(|source| BenchError::File { path: program.display().to_string(), source })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        return Err(BenchError::Verifier { reason: said });
    }
    Ok(Rate::since(begun, entries))
}

fn decisions(policy: &Policy) -> Result<(Micros, Micros), StoreError> {
    let (state, input) = (state()?, |error: &dyn std::fmt::Display| StoreError::Input(error.to_string()));
    let campaign = Organization {
        id: "rivera".parse().map_err(|error| input(&error))?,
        kind: OrganizationKind::Campaign,
        name: "Rivera".to_owned(),
        state: Some(state),
        counties: None,
        registered_by: None,
    };
    let user = Principal::User(UserId::from_random([1; 15]));
    let actor = Actor::over_network(user, campaign.clone(), [Role::DataDirector]);
    let mut grants = Vec::new();
    for number in 0..10 {
        let owner = format!("owner-{number}").parse().map_err(|error| input(&error))?;
        grants.push(grant(number, owner, &campaign.id, state));
    }
    let standing = Standing {
        organization: campaign.id.clone(),
        directory_owner: OrganizationId::local(),
        base_owners: BTreeMap::new(),
        states: BTreeSet::from([state]),
        grants,
        engagements: Vec::new(),
        epoch: 1,
    };
    let now = Timestamp::now();
    let (manage, voters) = (Request::organization(campaign), Request::voters_of(state));
    let decision = Micros::measured(20_000, || {
        std::hint::black_box(policy.decide::<ManageGrants>(&actor, &manage, &standing, now).is_ok());
    });
    let scope = Micros::measured(2_000, || {
        std::hint::black_box(policy.decide::<Read>(&actor, &voters, &standing, now).is_ok());
    });
    Ok((decision, scope))
}

fn grant(number: u8, owner: OrganizationId, grantee: &OrganizationId, state: StateCode) -> Grant {
    Grant {
        id: GrantId::from_random([number; 15]),
        owner,
        grantee: grantee.clone(),
        state,
        classes: [FieldClass::Base, FieldClass::Appended, FieldClass::Proprietary, FieldClass::Private]
            .into(),
        columns: [FieldClass::Base, FieldClass::Appended, FieldClass::Proprietary, FieldClass::Private]
            .map(|class| (class, (0..20).map(|column| format!("column_{column}")).collect()))
            .into(),
        counties: Some((0..10).map(|county| format!("COUNTY {county}")).collect()),
        purposes: [Purpose::VoterContact].into(),
        exportable: true,
        not_before: Timestamp::UNIX_EPOCH,
        until: Timestamp::MAX,
        epoch: 1,
        revoked_at: None,
        custody: false,
    }
}
