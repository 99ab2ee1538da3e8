//! The two worlds: a state party with its list, campaigns A and B with grants on overlapping counties and columns of their
//! own. Everything but B's columns is made once and copied, so that nothing else can differ.

use super::{Simulation, SimulationError, at};
use crate::load::{LoadRequest, Silent, load};
use crate::pages::security::FormKey;
use crate::serve::{ServeError, Server};
use aho_corasick::AhoCorasick;
use hustings_access::verb::{Append, Load, Read};
use hustings_access::{Organization, OrganizationId, OrganizationKind, Purpose, Request, Role};
use hustings_core::{FieldClass, StateCode, SystemClock};
use hustings_store::access::Acting;
use hustings_store::access::api_key::NewApiKey;
use hustings_store::access::grant::NewGrant;
use hustings_store::{AppendRequest, Store, StoreError, VoterSelector};
use hustings_testkit::synth::nc::{NcOptions, Trouble, write_weeks};
use hustings_testkit::synth::random::Random;
use hustings_voterfile::layout::Layouts;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const PARTY: &str = "harbor-nc";
const CAMPAIGN_A: &str = "rivera-2026";
const CAMPAIGN_B: &str = "chen-2026";
const COUNTIES_A: [&str; 2] = ["DURHAM", "WAKE"];
const COUNTIES_B: [&str; 2] = ["MECKLENBURG", "WAKE"];
/// A column of A's own, which A sees for every voter that A may see.
const COLUMN_A: &str = "rivera_support";

/// Voters on the list.
const VOTERS: u64 = 2_000;
/// Voters who are asked for by key.
const VOTERS_ASKED: usize = 300;
/// API keys of A's, so that none is asked for more than one may be in a minute.
const API_KEYS: usize = 24;

/// What is known of the worlds: what requests are made of, and what the answers are held to.
#[derive(Debug, Default)]
pub struct Known {
    /// A's session.
    pub session: String,
    /// The mark of A's browser.
    pub mark: String,
    /// The token of A's forms.
    pub form_token: String,
    /// A's API keys.
    pub api_keys: Vec<String>,
    /// Some of the voters.
    pub voters: Vec<KnownVoter>,
    /// Last names.
    pub names: Vec<String>,
    /// Columns of anybody's.
    pub columns: Vec<String>,
    /// Names under which A's own columns stand on a voter's page.
    pub own_columns: Vec<String>,
    /// Counties.
    pub counties: Vec<String>,
    /// Organizations.
    pub organizations: Vec<String>,
    /// Ids of snapshots, grants, keys and people, A's and B's.
    pub ids: Vec<String>,
}

/// One voter.
#[derive(Debug)]
pub struct KnownVoter {
    /// The state's id.
    pub state_voter_id: String,
    /// The key under which A would know the voter.
    pub key: String,
    /// As the list writes it.
    pub last_name: String,
    /// What A may see of the voter.
    pub sight: Sight,
}

/// What A may see of a voter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// The row of the list, and A's own columns: of a county that is granted to A.
    Granted,
    /// A's own columns, and nothing of the list: of another county.
    OwnColumns,
    /// Nothing: confidential.
    Nothing,
}

/// One of the two.
#[derive(Debug)]
pub struct World {
    folder: PathBuf,
    form_key: [u8; 32],
}

/// Both, and what is known of them.
#[derive(Debug)]
pub struct Twins {
    /// In which B has a support score.
    pub one: World,
    /// In which B has other columns, and more of them.
    pub two: World,
    /// What is the same in both.
    pub known: Known,
    /// Finds any of the tokens that stand in B's columns of either world and in their names, and nowhere else.
    pub canaries: AhoCorasick,
}

/// A world's listener.
#[derive(Debug)]
pub struct Serving {
    /// Where it answers.
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Serving {
    /// Ends it and waits until it has.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

impl World {
    /// Opens the world's data directory and serves it as `hustings serve` does.
    ///
    /// # Errors
    /// When the store or the listener cannot be opened.
    pub async fn serve(&self) -> Result<Serving, SimulationError> {
        let store = Store::open(&self.folder, None).await?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let form_key = FormKey::from_bytes(self.form_key);
        let server = Server::bind_keyed(store, Layouts::embedded().clone(), address, form_key)
            .await
            .map_err(|error: ServeError| SimulationError::World(error.to_string()))?;
        let address = server.address().map_err(SimulationError::Server)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(server.run(async move {
            let _ = stopped.await;
        }));
        Ok(Serving { address, stop, task })
    }
}

/// Makes both worlds below `folder`.
///
/// # Errors
/// When a store or a file fails.
pub async fn twins(folder: &Path, simulation: &Simulation) -> Result<Twins, SimulationError> {
    let mut random = Random::keyed(simulation.seed, &[0x7711]);
    let form_key: [u8; 32] = std::array::from_fn(|_| random.bits().to_le_bytes()[0]);
    let (one, two) = (folder.join("one"), folder.join("two"));
    let known = common(&one, folder, &form_key, simulation.seed).await?;
    wait_until_closed(&one).await?;
    copy_folder(&one, &two)?;
    let mut worlds = Vec::with_capacity(2);
    let mut canaries = Vec::new();
    for (folder, columns) in
        [(one, &["support_score", "note"][..]), (two, &["turnout_guess", "issue", "note"][..])]
    {
        canaries.extend(private_columns(&folder, columns, &known, &mut random, simulation.plant_leak).await?);
        worlds.push(World { folder, form_key });
    }
    let (Some(two), Some(one)) = (worlds.pop(), worlds.pop()) else {
        return Err(SimulationError::World("two worlds were to be made".to_owned()));
    };
    let canaries = AhoCorasick::new(&canaries).map_err(|error| SimulationError::World(error.to_string()))?;
    Ok(Twins { one, two, known, canaries })
}

/// What is the same in both: the party, its list, the campaigns, their grants, A's columns, people and keys.
async fn common(
    data: &Path,
    folder: &Path,
    form_key: &[u8; 32],
    seed: u64,
) -> Result<Known, SimulationError> {
    let store = Store::open(data, None).await?;
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
            .enter_async(async |act| load(&store, layouts, act, &request, &Silent, &SystemClock).await)
            .await
            .map_err(|error| SimulationError::World(error.to_string()))?;
    }
    let rows = weeks.last().map(|week| list(&week.voters)).transpose()?.unwrap_or_default();
    for (owner, class, column) in
        [(PARTY, FieldClass::Appended, "turnout_model"), (CAMPAIGN_A, FieldClass::Private, COLUMN_A)]
    {
        let lines = rows.iter().enumerate().map(|(place, row)| format!("{},{}", row.id, place % 100));
        append(&store, data, owner, class, &format!("ncid,{column}"), lines).await?;
    }
    let mut known = people(&store, form_key).await?;
    known.voters = voters(&store, state, &rows).await?;
    known.names = rows.iter().take(200).map(|row| row.last_name.clone()).collect();
    known.own_columns = vec![COLUMN_A.to_owned()];
    for word in
        ["support_score", "turnout_guess", "issue", "note", "turnout_model", COLUMN_A, "county_name", "party"]
    {
        known.columns.push(word.to_owned());
    }
    known.counties = rows.iter().map(|row| row.county.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    Ok(known)
}

async fn organizations(store: &Store, state: StateCode) -> Result<(), SimulationError> {
    let by = Acting::local(store.directory_owner().await?.id);
    for (name, kind) in [
        (PARTY, OrganizationKind::State),
        (CAMPAIGN_A, OrganizationKind::Campaign),
        (CAMPAIGN_B, OrganizationKind::Campaign),
    ] {
        let organization = Organization {
            id: id(name)?,
            kind,
            name: name.to_owned(),
            state: Some(state),
            counties: None,
            registered_by: Some(by.organization.clone()),
        };
        store.create_organization(&by, &organization).await?;
    }
    for (grantee, counties) in [(CAMPAIGN_A, COUNTIES_A), (CAMPAIGN_B, COUNTIES_B)] {
        let grant = NewGrant {
            grantee: id(grantee)?,
            state,
            classes: [FieldClass::Base, FieldClass::Appended].into(),
            columns: None,
            counties: Some(counties.iter().map(|county| (*county).to_owned()).collect()),
            purposes: [Purpose::VoterContact].into(),
            exportable: true,
            not_before: None,
            until: in_days(30),
        };
        store.create_grant(&Acting::local(id(PARTY)?), &grant).await?;
    }
    Ok(())
}

/// A's session and keys, and everybody's ids.
async fn people(store: &Store, form_key: &[u8; 32]) -> Result<Known, SimulationError> {
    let mut known = Known { mark: "00112233445566778899aabbccddeeff".to_owned(), ..Known::default() };
    for name in [PARTY, CAMPAIGN_A, CAMPAIGN_B] {
        let organization = id(name)?;
        known.organizations.push(name.to_owned());
        let email = format!("director@{name}.example");
        let roles = [Role::DataDirector].into();
        let user = store.demo_user(&organization, &email, "Director", &roles, &BTreeSet::new()).await?;
        known.ids.push(user.to_string());
        if name == CAMPAIGN_A {
            known.session = store.begin_demo_session(&user).await?.token.expose().to_owned();
            known.form_token = FormKey::from_bytes(*form_key).token(&known.session);
        }
        let keys = if name == CAMPAIGN_A { API_KEYS } else { 1 };
        for number in 0..keys {
            let role = if number % 2 == 0 { Role::DataDirector } else { Role::Organizer };
            let key = NewApiKey { name: format!("key {number}"), role, grant: None, until: in_days(20) };
            let (record, secret) =
                store.create_api_key(&Acting::local(organization.clone()), &organization, &key).await?;
            known.ids.push(record.id.to_string());
            if name == CAMPAIGN_A {
                known.api_keys.push(secret.expose().to_owned());
            }
        }
    }
    for grant in store.grants_by(&id(PARTY)?).await? {
        known.ids.push(grant.id.to_string());
    }
    let state = nc()?;
    let actor = store.local_actor(Some(&id(PARTY)?)).await?;
    let permit = store.permit::<Read>(&actor, Request::voters_of(state)).await?;
    let snapshots = permit.enter_async(async |act| store.snapshots(act, state).await).await?;
    known.ids.extend(snapshots.into_iter().map(|snapshot| snapshot.id));
    Ok(known)
}

/// Some voters of every county, with the keys under which A would know them.
async fn voters(store: &Store, state: StateCode, rows: &[Row]) -> Result<Vec<KnownVoter>, SimulationError> {
    let step = (rows.len() / VOTERS_ASKED).max(1);
    let chosen =
        rows.iter().enumerate().filter(|(place, row)| place % step == 0 || row.sight() != Sight::OwnColumns);
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
        });
        known.collect()
    }))
}

/// B's columns of one world; the canary tokens in them.
async fn private_columns(
    data: &Path,
    columns: &[&str],
    known: &Known,
    random: &mut Random,
    plant_leak: bool,
) -> Result<Vec<String>, SimulationError> {
    let store = Store::open(data, None).await?;
    let mut canaries = Vec::new();
    let mut canary = || {
        let token = format!("q{:016x}{:016x}", random.bits(), random.bits());
        canaries.push(token.clone());
        token
    };
    // A column whose very name is a token, beside those whose names A may guess.
    let header = format!("ncid,{},{}", columns.join(","), canary());
    let lines: Vec<String> = known
        .voters
        .iter()
        .map(|voter| {
            let values: Vec<String> = (0..=columns.len()).map(|_| canary()).collect();
            format!("{},{}", voter.state_voter_id, values.join(","))
        })
        .collect();
    append(&store, data, CAMPAIGN_B, FieldClass::Private, &header, lines.iter().cloned()).await?;
    if plant_leak {
        // December 2015: the tenant's column gets into what all campaigns search.
        append(&store, data, PARTY, FieldClass::Appended, &header, lines.into_iter()).await?;
    }
    Ok(canaries)
}

async fn append(
    store: &Store,
    data: &Path,
    owner: &str,
    class: FieldClass,
    header: &str,
    lines: impl Iterator<Item = String>,
) -> Result<(), SimulationError> {
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
    permit.enter_async(async |act| store.append(act, &request).await).await?;
    fs::remove_file(&file).map_err(at(&file))
}

/// A row of the list, as far as the account of what A may see needs it.
#[derive(Debug)]
struct Row {
    id: String,
    last_name: String,
    county: String,
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
    Ok(lines
        .filter(|cells| cells.len() == header.len())
        .map(|cells| Row {
            id: cells[id].to_owned(),
            last_name: cells[last].to_owned(),
            county: cells[county].to_owned(),
            is_confidential: cells[confidential] == "Y",
        })
        .collect())
}

/// A database that is being closed still puts its last pages in place.
async fn wait_until_closed(data: &Path) -> Result<(), SimulationError> {
    let log = data.join("platform.db-wal");
    for _ in 0..500 {
        if !log.exists() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err(SimulationError::World(format!("`{}` stays in use", log.display())))
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), SimulationError> {
    fs::create_dir_all(to).map_err(at(to))?;
    for entry in fs::read_dir(from).map_err(at(from))? {
        let entry = entry.map_err(at(from))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().map_err(at(&path))?.is_dir() {
            copy_folder(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(at(&path))?;
        }
    }
    Ok(())
}

fn in_days(days: i64) -> Timestamp {
    Timestamp::now().checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MAX)
}

fn id(text: &str) -> Result<OrganizationId, SimulationError> {
    text.parse().map_err(|_| SimulationError::World(format!("`{text}` is no organization's id")))
}

fn nc() -> Result<StateCode, SimulationError> {
    "nc".parse().map_err(|_| SimulationError::World("`nc` is no state".to_owned()))
}
