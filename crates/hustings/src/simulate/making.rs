//! The data directories from which the worlds are copied: a state party with its list, campaign A with people, keys, grants
//! and columns of its own, a county committee, a vendor; and campaign B, in one directory so, in the next otherwise, in the
//! third not at all. What is the same in all is made once and copied.

use super::clock::StepClock;
use super::known::{Known, KnownVoter, Person, Sight};
use super::rival::{self, Rival};
use super::unseen;
use super::world::{copy_folder, open, runtime, wait_until_closed};
use super::{Simulation, SimulationError, at};
use crate::load::{LoadRequest, Silent, load};
use aho_corasick::AhoCorasick;
use hustings_access::verb::{Append, Load, Read};
use hustings_access::{
    Engagement, Organization, OrganizationId, OrganizationKind, Purpose, Request, Role, UserId,
};
use hustings_core::{FieldClass, StateCode};
use hustings_store::access::Acting;
use hustings_store::access::api_key::NewApiKey;
use hustings_store::access::grant::NewGrant;
use hustings_store::entropy::{self, Seeded};
use hustings_store::{AppendRequest, Store, StoreError, VoterSelector};
use hustings_testkit::synth::nc::{NcOptions, Trouble, write_weeks};
use hustings_voterfile::layout::Layouts;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) const PARTY: &str = "harbor-nc";
pub(super) const CAMPAIGN_A: &str = "rivera-2026";
pub(super) const CAMPAIGN_B: &str = "chen-2026";
const COMMITTEE: &str = "wake-committee";
const VENDOR: &str = "acme-calls";
pub(super) const COUNTIES_A: [&str; 2] = ["DURHAM", "WAKE"];
/// A column of A's own, which A sees for every voter that A may see.
const COLUMN_A: &str = "rivera_support";

/// Voters on the list.
const VOTERS: u64 = 800;
/// Voters who are asked for by key.
const VOTERS_ASKED: usize = 200;

/// The data directories, and what is known of them.
#[derive(Debug)]
pub struct Templates {
    /// In which B has a support score and little else.
    pub one: PathBuf,
    /// In which B has other columns, more people, keys and grants, and has done more.
    pub two: PathBuf,
    /// In which there is no B.
    pub three: PathBuf,
    /// What is the same in all.
    pub known: Known,
    /// Finds any of the tokens that stand in B's columns and in their names, and nowhere else.
    pub canaries: AhoCorasick,
    /// Finds the state's id of any voter of whom A may see nothing of the list.
    pub hidden: AhoCorasick,
}

/// Makes them below `folder`, on this thread, which draws from the seed from then on.
///
/// # Errors
/// When a store or a file fails.
pub fn templates(folder: &Path, simulation: &Simulation) -> Result<Templates, SimulationError> {
    let stream = Arc::new(Seeded::new(simulation.seed));
    let clock = Arc::new(StepClock::default());
    runtime(&stream)?.block_on(async {
        let folders = ["one", "two", "three"].map(|name| folder.join(name));
        let [one, two, three] = &folders;
        let mut known = common(one, folder, &clock, simulation.seed).await?;
        wait_until_closed(one).await?;
        copy_folder(one, two)?;
        copy_folder(one, three)?;
        let mut canaries = Vec::new();
        let unseen: [&[&[&str]]; 3] = [&[&["phone_append"]], &[&["income", "note"], &["phone_append"]], &[]];
        let rivals = [Some(Rival::Small), Some(Rival::Large), None];
        for (label, ((data, rival), unseen)) in (1..).zip(folders.iter().zip(rivals).zip(unseen)) {
            // No step of a round has this label: nothing is drawn twice in a world.
            stream.begin(u64::MAX - label);
            let store = open(data, &clock).await?;
            canaries.extend(unseen::join(&store, data, unseen, &mut known).await?);
            if let Some(rival) = rival {
                canaries.extend(rival::join(&store, data, rival, &mut known, simulation.plant_leak).await?);
            }
            store.sequence_logs().await?;
            drop(store);
            wait_until_closed(data).await?;
        }
        let find = |tokens: &[String]| {
            AhoCorasick::new(tokens).map_err(|error| SimulationError::World(error.to_string()))
        };
        let (canaries, hidden) = (find(&canaries)?, find(&known.hidden_ids)?);
        let [one, two, three] = folders;
        Ok(Templates { one, two, three, known, canaries, hidden })
    })
}

/// What is the same in all: the party, its list, campaign A with what it has, the committee and the vendor.
async fn common(
    data: &Path,
    folder: &Path,
    clock: &Arc<StepClock>,
    seed: u64,
) -> Result<Known, SimulationError> {
    let store = open(data, clock).await?;
    let state = nc()?;
    organizations(&store, state).await?;
    let weeks = NcOptions {
        voters: VOTERS,
        seed,
        weeks: 2,
        dirt: 0.0,
        first_as_of: date(2026, 2, 7),
        trouble: Trouble::default(),
    };
    let deliveries = folder.join("deliveries");
    let weeks = write_weeks(&weeks, &deliveries, &mut |_, _| {}).map_err(at(&deliveries))?;
    for week in &weeks {
        let request = LoadRequest {
            paths: vec![week.folder.clone()],
            state,
            as_of: Some(week.as_of),
            accept_held: Some("a simulated list".to_owned()),
            id: None,
        };
        let actor = store.local_actor(Some(&id(PARTY)?)).await?;
        let permit = store.permit::<Load>(&actor, Request::voters_of(state)).await?;
        let layouts = Layouts::embedded();
        permit
            .enter_async(async |act| load(&store, layouts, act, &request, &Silent, &**clock).await)
            .await
            .map_err(|error| SimulationError::World(error.to_string()))?;
    }
    let rows = weeks.last().map(|week| list(&week.voters)).transpose()?.unwrap_or_default();
    let precinct = busiest_precinct(&rows);
    let mut known = Known::default();
    for (owner, class, column) in
        [(PARTY, FieldClass::Appended, unseen::SEEN), (CAMPAIGN_A, FieldClass::Private, COLUMN_A)]
    {
        let lines = rows.iter().enumerate().map(|(place, row)| format!("{},{}", row.id, place % 100));
        let append = append(&store, data, owner, class, &format!("ncid,{column}"), lines).await?;
        known.kept.insert(append.clone());
        known.ids.push(append);
    }
    let classes = [FieldClass::Base, FieldClass::Appended];
    grant_of(&store, PARTY, CAMPAIGN_A, &classes, unseen::granted(&store).await?, &COUNTIES_A).await?;
    people(&store, &precinct, &mut known).await?;
    known.voters = voters(&store, state, &rows, &precinct).await?;
    // Who has left a granted county is in it still on the pages of the list of before.
    let lists = weeks.iter().map(|week| list(&week.voters)).collect::<Result<Vec<_>, _>>()?;
    let granted = lists.iter().flatten().filter(|row| row.sight() == Sight::Granted);
    let granted: BTreeSet<&str> = granted.map(|row| row.id.as_str()).collect();
    let hidden = rows.iter().filter(|row| row.is_confidential || !granted.contains(row.id.as_str()));
    known.hidden_ids = hidden.map(|row| row.id.clone()).collect();
    known.names = rows.iter().take(200).map(|row| row.last_name.clone()).collect();
    known.own_columns = vec![COLUMN_A.to_owned()];
    for word in [
        "support_score",
        "turnout_guess",
        "issue",
        "note",
        unseen::SEEN,
        COLUMN_A,
        "county_name",
        "party",
        "phone",
    ] {
        known.columns.push(word.to_owned());
    }
    known.counties = rows.iter().map(|row| row.county.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    // Logs begin before the worlds part: their keys are the same.
    store.sequence_logs().await?;
    Ok(known)
}

async fn organizations(store: &Store, state: StateCode) -> Result<(), SimulationError> {
    let by = Acting::local(store.directory_owner().await?.id);
    for (name, kind) in [
        (PARTY, OrganizationKind::State),
        (CAMPAIGN_A, OrganizationKind::Campaign),
        (COMMITTEE, OrganizationKind::LocalCommittee),
        (VENDOR, OrganizationKind::Vendor),
    ] {
        let local = kind == OrganizationKind::LocalCommittee;
        let organization = Organization {
            id: id(name)?,
            kind,
            name: name.to_owned(),
            state: (kind != OrganizationKind::Vendor).then_some(state),
            counties: local.then(|| ["WAKE".to_owned()].into()),
            registered_by: Some(by.organization.clone()),
        };
        store.create_organization(&by, &organization).await?;
    }
    grant(store, CAMPAIGN_A, COMMITTEE, &[FieldClass::Private], &["WAKE"]).await?;
    let engagement = Engagement {
        vendor: id(VENDOR)?,
        organization: id(CAMPAIGN_A)?,
        classes: [FieldClass::Private].into(),
        exportable: false,
        not_before: store.instant(),
        until: in_days(store, 20),
        revoked_at: None,
    };
    store.engage(&Acting::local(id(CAMPAIGN_A)?), &engagement).await?;
    Ok(())
}

/// A's people, keys and the ids that everybody may know.
async fn people(
    store: &Store,
    precinct: &(String, String),
    known: &mut Known,
) -> Result<(), SimulationError> {
    let form_key = b"forms of a simulation, not secret";
    known.form_key.copy_from_slice(&form_key[..32]);
    let organization = id(CAMPAIGN_A)?;
    for (name, role, expendable) in [
        ("director", Role::DataDirector, false),
        ("chair", Role::Chair, false),
        ("organizer", Role::Organizer, false),
        ("canvasser", Role::Canvasser, false),
        ("captain", Role::PrecinctCaptain, false),
        ("leaver", Role::DataDirector, true),
        ("another leaver", Role::Organizer, true),
        ("a third leaver", Role::Chair, true),
    ] {
        let of_precinct = matches!(role, Role::Canvasser | Role::PrecinctCaptain);
        let precincts = if of_precinct { [precinct.clone()].into() } else { BTreeSet::new() };
        let email = format!("{}@{CAMPAIGN_A}.example", name.replace(' ', "-"));
        let user = user(store, &organization, &email, role, &precincts).await?;
        known.ids.push(user.to_string());
        if expendable {
            known.emails.push(email);
        } else {
            known.kept.insert(user.to_string());
        }
        let session = Some(store.begin_demo_session(&user).await?.token.expose().to_owned());
        known.people.push(Person { name, session, key: None, of_precinct, expendable });
    }
    for (name, role, expendable) in [
        ("director's key", Role::DataDirector, false),
        ("organizer's key", Role::Organizer, false),
        ("leaver's key", Role::DataDirector, true),
    ] {
        let (key, secret) = api_key(store, CAMPAIGN_A, name, role).await?;
        known.ids.push(key.clone());
        if !expendable {
            known.kept.insert(key);
        }
        let key = Some(secret);
        known.people.push(Person { name, session: None, key, of_precinct: false, expendable });
    }
    known
        .organizations
        .extend([PARTY, CAMPAIGN_A, CAMPAIGN_B, COMMITTEE, VENDOR, "local"].map(str::to_owned));
    for giver in [PARTY, CAMPAIGN_A] {
        let grants = store.grants_by(&id(giver)?).await?;
        known.ids.extend(grants.into_iter().map(|grant| grant.id.to_string()));
    }
    let state = nc()?;
    let actor = store.local_actor(Some(&id(PARTY)?)).await?;
    let permit = store.permit::<Read>(&actor, Request::voters_of(state)).await?;
    let snapshots = permit.enter_async(async |act| store.snapshots(act, state).await).await?;
    known.ids.extend(snapshots.into_iter().map(|snapshot| snapshot.id));
    Ok(())
}

/// Somebody who signs in by a link alone.
pub(super) async fn user(
    store: &Store,
    organization: &OrganizationId,
    email: &str,
    role: Role,
    precincts: &BTreeSet<(String, String)>,
) -> Result<UserId, SimulationError> {
    Ok(store.demo_user(organization, email, "Somebody", &[role].into(), precincts).await?)
}

/// A key's id and secret.
pub(super) async fn api_key(
    store: &Store,
    organization: &str,
    name: &str,
    role: Role,
) -> Result<(String, String), SimulationError> {
    let organization = id(organization)?;
    let new = NewApiKey { name: name.to_owned(), role, grant: None, until: in_days(store, 20) };
    let by = Acting::local(organization.clone());
    let (record, secret) = store.create_api_key(&by, &organization, &new).await?;
    Ok((record.id.to_string(), secret.expose().to_owned()))
}

/// A token that stands nowhere else.
pub(super) fn canary(canaries: &mut Vec<String>) -> Result<String, SimulationError> {
    let mut bytes = [0; 16];
    entropy::fill(&mut bytes).map_err(|error| SimulationError::World(error.to_string()))?;
    let token = format!("q{}", hustings_core::digits::hex(&bytes));
    canaries.push(token.clone());
    Ok(token)
}

/// A grant of whole classes for 30 days.
pub(super) async fn grant(
    store: &Store,
    giver: &str,
    grantee: &str,
    classes: &[FieldClass],
    counties: &[&str],
) -> Result<String, SimulationError> {
    grant_of(store, giver, grantee, classes, BTreeMap::new(), counties).await
}

/// A grant for 30 days.
async fn grant_of(
    store: &Store,
    giver: &str,
    grantee: &str,
    classes: &[FieldClass],
    columns: BTreeMap<FieldClass, BTreeSet<String>>,
    counties: &[&str],
) -> Result<String, SimulationError> {
    let new = NewGrant {
        grantee: id(grantee)?,
        state: nc()?,
        classes: classes.iter().copied().collect(),
        columns,
        counties: Some(counties.iter().map(|county| (*county).to_owned()).collect()),
        purposes: [Purpose::VoterContact].into(),
        exportable: true,
        not_before: None,
        until: in_days(store, 30),
    };
    Ok(store.create_grant(&Acting::local(id(giver)?), &new).await?.id.to_string())
}

/// Some voters of every county, with the keys under which A would know them.
async fn voters(
    store: &Store,
    state: StateCode,
    rows: &[Row],
    precinct: &(String, String),
) -> Result<Vec<KnownVoter>, SimulationError> {
    let step = (rows.len() / VOTERS_ASKED).max(1);
    let chosen = rows.iter().enumerate().filter(|(place, row)| {
        place % step == 0 || row.sight() != Sight::OwnColumns || row.precinct() == *precinct
    });
    let chosen: Vec<&Row> = chosen.take(VOTERS_ASKED * 2).map(|(_, row)| row).collect();
    let party = store.local_actor(Some(&id(PARTY)?)).await?;
    let permit = store.permit::<Read>(&party, Request::voters_of(state)).await?;
    let found = permit
        .enter_async(async |act| -> Result<_, StoreError> {
            let mut found = Vec::new();
            for row in chosen {
                let record = store.voter(act, state, None, VoterSelector::StateId(&row.id)).await?;
                // Whom even the party does not see has no key.
                let voter = record.and_then(|record| store.voter_id(act, state, &record.voter_key));
                found.extend(voter.map(|voter| (row, voter)));
            }
            Ok(found)
        })
        .await?;
    let actor = store.local_actor(Some(&id(CAMPAIGN_A)?)).await?;
    let permit = store.permit::<Read>(&actor, Request::voters_of(state)).await?;
    Ok(permit.enter(|act| {
        let known = found.into_iter().map(|(row, voter)| KnownVoter {
            state_voter_id: row.id.clone(),
            key: store.voter_key(act, state, voter).to_string(),
            last_name: row.last_name.clone(),
            sight: row.sight(),
            in_precinct: row.precinct() == *precinct,
        });
        known.collect()
    }))
}

/// Joins columns; the append's id.
pub(super) async fn append(
    store: &Store,
    data: &Path,
    owner: &str,
    class: FieldClass,
    header: &str,
    lines: impl Iterator<Item = String>,
) -> Result<String, SimulationError> {
    let file = data.with_extension("csv");
    let text: String = std::iter::once(header.to_owned()).chain(lines).map(|line| line + "\n").collect();
    fs::write(&file, text).map_err(at(&file))?;
    let request = AppendRequest {
        state: nc()?,
        owner: owner.to_owned(),
        class,
        file: file.clone(),
        id_column: "ncid".to_owned(),
    };
    let actor = store.local_actor(Some(&id(owner)?)).await?;
    let permit = store.permit::<Append>(&actor, Request::voters_of(nc()?)).await?;
    let report = permit.enter_async(async |act| store.append(act, &request).await).await?;
    fs::remove_file(&file).map_err(at(&file))?;
    Ok(report.append)
}

/// A row of the list, as far as the account of what A may see needs it.
#[derive(Debug)]
struct Row {
    id: String,
    last_name: String,
    county: String,
    precinct: String,
    is_confidential: bool,
}

impl Row {
    fn sight(&self) -> Sight {
        match COUNTIES_A.contains(&self.county.as_str()) {
            _ if self.is_confidential => Sight::Nothing,
            true => Sight::Granted,
            false => Sight::OwnColumns,
        }
    }

    fn precinct(&self) -> (String, String) {
        (self.county.clone(), self.precinct.clone())
    }
}

/// The precinct of A's counties in which most voters live.
fn busiest_precinct(rows: &[Row]) -> (String, String) {
    let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.sight() == Sight::Granted && !row.precinct.is_empty()) {
        *counts.entry(row.precinct()).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(precinct, _)| precinct).unwrap_or_default()
}

/// Reads a clean list of ours by its header, without any code of the loader.
fn list(path: &Path) -> Result<Vec<Row>, SimulationError> {
    let text = fs::read(path).map_err(at(path))?;
    // As the state writes it.
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&text);
    let mut lines = text.lines().map(|line| -> Vec<&str> {
        line.split('\t').map(|cell| cell.trim().trim_matches('"').trim()).collect()
    });
    let header = lines.next().unwrap_or_default();
    let place = |name: &str| {
        let found = header.iter().position(|cell| cell.eq_ignore_ascii_case(name));
        found.ok_or_else(|| SimulationError::World(format!("the invented list has no column `{name}`")))
    };
    let (id, last, county, confidential) =
        (place("ncid")?, place("last_name")?, place("county_desc")?, place("confidential_ind")?);
    let precinct = place("precinct_abbrv")?;
    Ok(lines
        .filter(|cells| cells.len() == header.len())
        .map(|cells| Row {
            id: cells[id].to_owned(),
            last_name: surname(cells[last]),
            county: cells[county].to_owned(),
            precinct: cells[precinct].to_owned(),
            is_confidential: cells[confidential] == "Y",
        })
        .collect())
}

/// The word by which a surname is known: a state may write `DRAYLOCK II`, and a cleaned list has the `II` in another column.
fn surname(cell: &str) -> String {
    cell.split_whitespace().max_by_key(|word| word.len()).unwrap_or_default().to_owned()
}

/// So many days after the worlds' beginning.
pub(super) fn in_days(store: &Store, days: i64) -> Timestamp {
    store.instant().checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MAX)
}

pub(super) fn id(text: &str) -> Result<OrganizationId, SimulationError> {
    text.parse().map_err(|_| SimulationError::World(format!("`{text}` is no organization's id")))
}

pub(super) fn nc() -> Result<StateCode, SimulationError> {
    "nc".parse().map_err(|_| SimulationError::World("`nc` is no state".to_owned()))
}
