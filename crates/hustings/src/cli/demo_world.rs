//! The organizations and people of `hustings demo`, and who grants what to whom.

use super::demo::DemoLink;
use super::exit::CliError;
use crate::pages::demo_link::DemoPerson;
use crate::serve::Server;
use hustings_access::verb::Append;
use hustings_access::{Organization, OrganizationId, OrganizationKind, Purpose, Request, Role};
use hustings_core::{FieldClass, StateCode};
use hustings_store::access::Acting;
use hustings_store::access::grant::NewGrant;
use hustings_store::{AppendRequest, Store, StoreError};
use std::collections::BTreeSet;
use std::path::Path;

/// An organization of the demo.
struct Invented {
    id: &'static str,
    kind: OrganizationKind,
    name: &'static str,
    state: Option<&'static str>,
    counties: &'static [&'static str],
}

const NATIONAL: &str = "harbor-national";
pub(super) const STATE: &str = "harbor-nc";

const ORGANIZATIONS: [Invented; 8] = [
    Invented {
        id: NATIONAL,
        kind: OrganizationKind::National,
        name: "Harbor Party",
        state: None,
        counties: &[],
    },
    Invented {
        id: STATE,
        kind: OrganizationKind::State,
        name: "Harbor Party of North Carolina",
        state: Some("nc"),
        counties: &[],
    },
    Invented {
        id: "harbor-va",
        kind: OrganizationKind::State,
        name: "Harbor Party of Virginia",
        state: Some("va"),
        counties: &[],
    },
    Invented {
        id: "harbor-durham",
        kind: OrganizationKind::LocalCommittee,
        name: "Harbor Party of Durham County",
        state: Some("nc"),
        counties: &["DURHAM"],
    },
    Invented {
        id: "rivera-2026",
        kind: OrganizationKind::Campaign,
        name: "Rivera for Senate",
        state: Some("nc"),
        counties: &[],
    },
    Invented {
        id: "chen-2026",
        kind: OrganizationKind::Campaign,
        name: "Chen for Senate",
        state: Some("nc"),
        counties: &[],
    },
    Invented {
        id: "nurses-union",
        kind: OrganizationKind::Ally,
        name: "Carolina Nurses' Union",
        state: Some("nc"),
        counties: &[],
    },
    Invented {
        id: "clear-count",
        kind: OrganizationKind::Auditor,
        name: "Clear Count Auditors",
        state: None,
        counties: &[],
    },
];

/// Somebody of the demo: organization, name, role, and what they will see.
const PEOPLE: [(&str, &str, Role, &str); 9] = [
    (
        NATIONAL,
        "Nora Lindqvist",
        Role::DataDirector,
        "The whole party: who is registered, and what was granted to the party.",
    ),
    (
        STATE,
        "Sam Whitfield",
        Role::DataDirector,
        "Every voter of North Carolina, who sees what of them, and who looked.",
    ),
    (
        "harbor-va",
        "Vera Calloway",
        Role::DataDirector,
        "A state whose list has not been loaded yet. North Carolina does not exist here.",
    ),
    (
        "harbor-durham",
        "Dana Okafor",
        Role::DataDirector,
        "Voters of Durham County, and nothing of the campaigns' own columns.",
    ),
    (
        "rivera-2026",
        "Mateo Rivera",
        Role::DataDirector,
        "Voters of the counties granted to Rivera, with Rivera's own scores. Chen's do not exist here.",
    ),
    (
        "chen-2026",
        "Grace Chen",
        Role::DataDirector,
        "Voters of the counties granted to Chen, with Chen's own scores. Rivera's do not exist here.",
    ),
    (
        "rivera-2026",
        "Cal Brooks",
        Role::Organizer,
        "As the manager of Rivera's campaign, but no people, no grants and no log.",
    ),
    (
        "nurses-union",
        "Ana Petrov",
        Role::DataDirector,
        "Voters of one county, to talk with, not to take away.",
    ),
    ("clear-count", "Ike Ferrand", Role::AuditorReader, "Every log, and no voter."),
];

/// Scores: whose, what they are, of which counties, and under which names.
const SCORES: [(&str, FieldClass, &[&str], [&str; 3]); 3] = [
    (
        STATE,
        FieldClass::Appended,
        &["DURHAM", "ORANGE", "WAKE"],
        ["turnout_score", "mail_score", "phone_score"],
    ),
    (
        "rivera-2026",
        FieldClass::Private,
        &["DURHAM", "ORANGE", "WAKE"],
        ["rivera_support", "rivera_turnout", "rivera_volunteer"],
    ),
    (
        "chen-2026",
        FieldClass::Private,
        &["WAKE", "MECKLENBURG"],
        ["chen_support", "chen_turnout", "chen_donor"],
    ),
];

/// Joins invented scores of the state party and of each campaign to the voters, where it has none yet. `list` is the state's file.
///
/// # Errors
/// The list cannot be read, or the store fails.
pub async fn scores(store: &Store, state: StateCode, list: &Path, folder: &Path) -> Result<(), CliError> {
    let unreadable = |error: std::io::Error| {
        CliError::environment(format!("`{}` cannot be read: {error}", list.display()))
    };
    let bytes = std::fs::read(list).map_err(unreadable)?;
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    for (owner, class, counties, names) in SCORES {
        let actor = store.local_actor(Some(&id(owner)?)).await?;
        let file = folder.join(format!("{owner}-scores.csv"));
        std::fs::write(&file, invented(&text, counties, names)).map_err(CliError::environment)?;
        let request = AppendRequest {
            state,
            owner: owner.to_owned(),
            class,
            file: file.clone(),
            id_column: "ncid".to_owned(),
        };
        let permit = store.permit::<Append>(&actor, Request::voters_of(state)).await?;
        permit.enter_async(async |act| store.append(act, &request).await).await?;
        // It is in the store now, encrypted; beside it nothing is to stay.
        std::fs::remove_file(&file).map_err(CliError::environment)?;
    }
    Ok(())
}

/// Scores from 0 to 100 of the voters of some counties.
fn invented(list: &str, counties: &[&str], names: [&str; 3]) -> String {
    let cells = |line: &str| -> Vec<String> {
        line.trim_end().split('\t').map(|cell| cell.trim_matches('"').trim().to_owned()).collect()
    };
    let mut lines = list.lines();
    let header = lines.next().map(cells).unwrap_or_default();
    let place = |name: &str| header.iter().position(|column| column == name);
    let mut scores = format!("ncid,{}\n", names.join(","));
    let (Some(voter), Some(county)) = (place("ncid"), place("county_desc")) else { return scores };
    for row in lines.map(cells) {
        let (Some(voter), Some(county)) = (row.get(voter), row.get(county)) else { continue };
        if counties.contains(&county.as_str()) && !voter.is_empty() {
            let values = names.map(|name| {
                (xxhash_rust::xxh3::xxh3_64(format!("{voter}{name}").as_bytes()) % 101).to_string()
            });
            scores.push_str(&format!("{voter},{}\n", values.join(",")));
        }
    }
    scores
}

/// Makes the organizations, people and grants of the demo where they are not there yet, and a link for everybody.
///
/// # Errors
/// The store fails.
pub async fn people(server: &Server, state: StateCode) -> Result<Vec<DemoLink>, CliError> {
    let store = server.app().store();
    organizations(store).await?;
    grants(store, state).await?;
    let mut links = Vec::with_capacity(PEOPLE.len());
    for (organization, name, role, sees) in PEOPLE {
        let id: OrganizationId = organization.parse().map_err(CliError::environment)?;
        let first = name.split(' ').next().unwrap_or(name).to_lowercase();
        let email = format!("{first}@{organization}.example");
        let user = store.demo_user(&id, &email, name, &[role].into(), &BTreeSet::new()).await?;
        let house =
            ORGANIZATIONS.iter().find(|known| known.id == organization).map_or(organization, |it| it.name);
        let role = format!("{}, {house}", crate::pages::access_words::role(role).name.to_lowercase());
        let person = DemoPerson { user, name: name.to_owned(), role: role.clone(), sees };
        let token = server.app().demo_links().add(person).map_err(CliError::environment)?;
        links.push(DemoLink { name: name.to_owned(), role, token, link: String::new() });
    }
    Ok(links)
}

async fn organizations(store: &Store) -> Result<(), StoreError> {
    let known: BTreeSet<String> =
        store.organizations().await?.into_iter().map(|known| known.id.to_string()).collect();
    for new in ORGANIZATIONS.iter().filter(|new| !known.contains(new.id)) {
        let owner = store.directory_owner().await?.id;
        let read = |text: &str| text.parse().map_err(|_| StoreError::Input(format!("`{text}` is no state")));
        let organization = Organization {
            id: id(new.id)?,
            kind: new.kind,
            name: new.name.to_owned(),
            state: new.state.map(read).transpose()?,
            counties: (!new.counties.is_empty())
                .then(|| new.counties.iter().map(|county| (*county).to_owned()).collect()),
            registered_by: Some(owner.clone()),
        };
        store.create_organization(&Acting::local(owner.clone()), &organization).await?;
        if new.id == NATIONAL {
            store.set_directory_owner(&Acting::local(owner), &organization.id).await?;
        }
    }
    Ok(())
}

/// Grants of the state's list, each to somebody for something else.
async fn grants(store: &Store, state: StateCode) -> Result<(), StoreError> {
    let owner = id(STATE)?;
    if !store.grants_by(&owner).await?.iter().all(|grant| grant.custody) {
        return Ok(());
    }
    let given: [(&str, &[&str], bool); 4] = [
        ("harbor-durham", &["DURHAM"], true),
        ("rivera-2026", &["DURHAM", "ORANGE", "WAKE"], true),
        ("chen-2026", &["WAKE", "MECKLENBURG"], true),
        ("nurses-union", &["ORANGE"], false),
    ];
    for (grantee, counties, exportable) in given {
        let grant = NewGrant {
            grantee: id(grantee)?,
            state,
            classes: [FieldClass::Base].into(),
            columns: [].into(),
            counties: Some(counties.iter().map(|county| (*county).to_owned()).collect()),
            purposes: [Purpose::VoterContact].into(),
            exportable,
            not_before: None,
            until: in_days(180),
        };
        store.create_grant(&Acting::local(owner.clone()), &grant).await?;
    }
    Ok(())
}

fn in_days(days: i64) -> jiff::Timestamp {
    let end = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_hours(24 * days));
    end.unwrap_or(jiff::Timestamp::MAX)
}

fn id(text: &str) -> Result<OrganizationId, StoreError> {
    text.parse().map_err(|error: hustings_access::organization::InvalidOrganizationIdError| {
        StoreError::Input(error.to_string())
    })
}
