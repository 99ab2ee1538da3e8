//! Campaign B, of which campaign A may learn nothing: not its columns, its people, its grants, its keys, how much it does,
//! nor whether it is there.

use super::SimulationError;
use super::known::Known;
use super::making::{
    CAMPAIGN_A, CAMPAIGN_B, COUNTIES_A, PARTY, api_key, append, canary, grant, id, nc, user,
};
use hustings_access::verb::{Export, Read};
use hustings_access::{Organization, OrganizationKind, Request, Role};
use hustings_core::FieldClass;
use hustings_store::access::Acting;
use hustings_store::access::invitation::NewInvitation;
use hustings_store::{ExportFormat, ExportRequest, Store};
use std::collections::BTreeSet;
use std::path::Path;

const COUNTIES_B: [&str; 2] = ["MECKLENBURG", "WAKE"];

/// How much of B there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rival {
    /// One person, one key, one file of columns.
    Small,
    /// Other columns, and more of them; more people, keys and grants; and a longer log.
    Large,
}

/// Brings B into a world; the canary tokens in what it has.
pub(super) async fn join(
    store: &Store,
    data: &Path,
    rival: Rival,
    known: &mut Known,
    plant_leak: bool,
) -> Result<Vec<String>, SimulationError> {
    let organization = Organization {
        id: id(CAMPAIGN_B)?,
        kind: OrganizationKind::Campaign,
        name: CAMPAIGN_B.to_owned(),
        state: Some(nc()?),
        counties: None,
        registered_by: Some(store.directory_owner().await?.id),
    };
    let by = Acting::local(store.directory_owner().await?.id);
    store.create_organization(&by, &organization).await?;
    let large = rival == Rival::Large;
    let roles: &[Role] = match rival {
        Rival::Small => &[Role::DataDirector],
        Rival::Large => &[Role::DataDirector, Role::Chair, Role::Organizer, Role::Organizer, Role::Canvasser],
    };
    for (number, role) in roles.iter().enumerate() {
        let email = format!("person{number}@{CAMPAIGN_B}.example");
        let user = user(store, &organization.id, &email, *role, &BTreeSet::new()).await?;
        known.ids.push(user.to_string());
        known.emails.push(email);
    }
    for number in 0..if large { 5 } else { 1 } {
        let (key, _) = api_key(store, CAMPAIGN_B, &format!("key {number}"), Role::DataDirector).await?;
        known.ids.push(key);
    }
    let mut given = vec![(PARTY, CAMPAIGN_B, &[FieldClass::Base][..])];
    if large {
        given.push((PARTY, CAMPAIGN_B, &[FieldClass::Appended]));
        given.push((CAMPAIGN_B, PARTY, &[FieldClass::Private]));
    }
    for (giver, grantee, classes) in given {
        known.ids.push(grant(store, giver, grantee, classes, &COUNTIES_B).await?);
    }
    let mut canaries = Vec::new();
    let files: &[&[&str]] = match rival {
        Rival::Small => &[&["support_score", "note"]],
        Rival::Large => &[&["turnout_guess", "issue", "note"], &["support_score"]],
    };
    for columns in files {
        known.ids.push(columns_of(store, data, columns, known, &mut canaries, plant_leak).await?);
    }
    if large {
        acts(store, data).await?;
    }
    Ok(canaries)
}

/// B's own columns, of which each cell is a token; the append's id.
async fn columns_of(
    store: &Store,
    data: &Path,
    columns: &[&str],
    known: &Known,
    canaries: &mut Vec<String>,
    plant_leak: bool,
) -> Result<String, SimulationError> {
    // A column whose very name is a token, beside those whose names A may guess.
    let header = format!("ncid,{},{}", columns.join(","), canary(canaries)?);
    let mut lines = Vec::with_capacity(known.voters.len());
    for voter in &known.voters {
        let mut line = voter.state_voter_id.clone();
        for _ in 0..=columns.len() {
            line.push(',');
            line.push_str(&canary(canaries)?);
        }
        lines.push(line);
    }
    if plant_leak {
        // December 2015: the tenant's column gets into what all campaigns search.
        append(store, data, PARTY, FieldClass::Appended, &header, lines.iter().cloned()).await?;
        grant(store, PARTY, CAMPAIGN_A, &[FieldClass::Appended], &COUNTIES_A).await?;
    }
    append(store, data, CAMPAIGN_B, FieldClass::Private, &header, lines.into_iter()).await
}

/// What B does all day: its log grows, the numbers of acts and of changes of rights go up.
async fn acts(store: &Store, data: &Path) -> Result<(), SimulationError> {
    let state = nc()?;
    let by = Acting::local(id(CAMPAIGN_B)?);
    let invitation = NewInvitation {
        organization: id(CAMPAIGN_B)?,
        email: format!("next@{CAMPAIGN_B}.example"),
        roles: [Role::Organizer].into(),
        precincts: BTreeSet::new(),
    };
    store.invite(&by, &invitation).await?;
    let actor = store.local_actor(Some(&id(CAMPAIGN_B)?)).await?;
    for _ in 0..40 {
        let permit = store.permit::<Read>(&actor, Request::voters_of(state)).await?;
        permit.enter_async(async |act| store.snapshots(act, state).await).await?;
    }
    let request = ExportRequest {
        state,
        class: FieldClass::Base,
        owner: None,
        county: None,
        format: ExportFormat::Csv,
        out: data.with_extension("export.csv"),
        force: true,
    };
    let permit = store.permit::<Export>(&actor, Request::voters_of(state)).await?;
    permit.enter_async(async |act| store.export(act, &request).await).await?;
    let about = id(PARTY)?;
    store
        .report_incident(&by, Some(&about), "their list shows a neighbor of ours", &serde_json::json!({}))
        .await?;
    Ok(())
}
