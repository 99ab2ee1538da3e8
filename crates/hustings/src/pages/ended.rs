//! What an organization could see of a state's list and can no longer, in words: so that a page that shows less than it did
//! says why, and nothing untrue of a voter.

use super::access_words;
use super::app::App;
use super::error::PageError;
use super::format::{instant, visible};
use super::grants::until_day;
use super::neighbors;
use super::visitor::Visitor;
use hustings_access::Grant;
use hustings_core::{FieldClass, StateCode};

/// So many are named at most, the newest first.
const NAMED_MAX: usize = 3;

/// A sentence for each grant of a state's list, or of any state's, that holds no more, where those of the same owner that hold
/// do not cover its places.
///
/// # Errors
/// When the store fails.
pub async fn of(app: &App, visitor: &Visitor, state: Option<StateCode>) -> Result<Vec<String>, PageError> {
    let now = super::visitor::now();
    let grants = app.store().grants_to(&visitor.organization().id).await?;
    let of_list = |grant: &&Grant| {
        grant.classes.contains(&FieldClass::Base) && state.is_none_or(|state| grant.state == state)
    };
    let replaced = |dead: &Grant| {
        let same = |grant: &&Grant| (&grant.owner, grant.state) == (&dead.owner, dead.state);
        let alive: Vec<&Grant> =
            grants.iter().filter(of_list).filter(same).filter(|grant| grant.is_live_at(now)).collect();
        let holds = |county: &String| {
            alive.iter().any(|grant| grant.counties.as_ref().is_none_or(|counties| counties.contains(county)))
        };
        match &dead.counties {
            Some(counties) => counties.iter().all(holds),
            None => alive.iter().any(|grant| grant.counties.is_none()),
        }
    };
    let dead: Vec<&Grant> = grants
        .iter()
        .filter(of_list)
        .filter(|grant| grant.revoked_at.is_some() || grant.until <= now)
        .filter(|grant| !replaced(grant))
        .take(NAMED_MAX)
        .collect();
    if dead.is_empty() {
        return Ok(Vec::new());
    }
    let known = app.store().known_to(&visitor.organization().id).await?;
    Ok(dead
        .into_iter()
        .map(|grant| sentence(grant, &visible(&neighbors::name(&known, &grant.owner))))
        .collect())
}

fn sentence(grant: &Grant, owner: &str) -> String {
    let classes = access_words::classes_said(&grant.classes);
    let places = access_words::counties(grant.state, grant.counties.as_ref());
    match grant.revoked_at {
        Some(at) => {
            format!("{owner} revoked its grant of {classes} in {places} on {}.", instant(&at.to_string()))
        }
        None => {
            format!("The grant of {classes} in {places} by {owner} ended with {}.", until_day(grant.until))
        }
    }
}
