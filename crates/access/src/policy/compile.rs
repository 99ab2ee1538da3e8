//! From a policy decision on one cell to rights over all cells: columns and row filters, compiled once per request.
//!
//! Of a cell the policy looks at county, precinct and column only to ask whether sets contain them. So one question about
//! a witness decides for all cells that lie in the same sets, and a question about a precinct that nobody has decides
//! whether precincts matter at all; and of datasets and grants that differ in names alone one is asked about. A property
//! test holds this against the decision on every single cell.

use super::facts::{Dataset, Facts, column_of_class};
use super::shape::Shape;
use super::{Answer, MATCH, Policy};
use crate::action::Action;
use crate::actor::{Actor, Precinct};
use crate::grant::Grant;
use crate::organization::OrganizationId;
use crate::purpose::Purpose;
use crate::request::Resource;
use crate::rights::{Column, Place, Right, Rights, Span};
use crate::standing::Standing;
use crate::verb::Verb;
use cedar_policy::{Context, Entities, EntityUid, RestrictedExpression as Value};
use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A county, precinct and column that nobody has.
const NOBODYS: &str = "\0";

/// The classes of an organization's own overlays.
const OWN_OVERLAYS: [FieldClass; 3] = [FieldClass::Appended, FieldClass::Proprietary, FieldClass::Private];
/// What a state's list is made of.
const BASE: [FieldClass; 2] = [FieldClass::Base, FieldClass::Restricted];

/// What a request may touch.
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    /// The cells that exist.
    pub(crate) visible: Rights,
    /// The files that may be written.
    pub(crate) writable: Rights,
    /// The states whose confidential voters the actor may know of.
    pub(crate) confidential: BTreeSet<StateCode>,
    /// The states whose list the actor may load: only for them are there reports of loads and records held back.
    pub(crate) kept: BTreeSet<StateCode>,
    /// The policies that denied anything.
    pub(crate) denied_by: Denied,
}

/// An error in an evaluation.
#[derive(Debug)]
pub(crate) struct Broken(pub(crate) String);

/// One (dataset, grant) to ask about.
struct Candidate<'a> {
    dataset: Dataset,
    grant: Option<&'a Grant>,
    /// The actor's precincts in its counties.
    precincts: BTreeSet<Precinct>,
    /// Which of the [`Sample`]s is like it.
    sample: usize,
}

/// The first of the candidates that the policy cannot tell apart: the one that is asked about.
struct Sample<'a> {
    uid: EntityUid,
    class: FieldClass,
    grant: Option<&'a Grant>,
    precinct: Option<Precinct>,
}

/// The candidates of a request, and the facts about their samples.
struct Candidates<'a> {
    facts: Facts<'a>,
    actor: &'a Actor,
    standing: &'a Standing,
    samples: Vec<Sample<'a>>,
    shapes: BTreeMap<Shape<'a>, usize>,
}

impl<'a> Candidates<'a> {
    fn add(&mut self, dataset: Dataset, grant: Option<&'a Grant>) -> Candidate<'a> {
        let counties = grant.and_then(|grant| grant.counties.as_ref());
        let here = |precinct: &&Precinct| counties.is_none_or(|set| set.contains(&precinct.county));
        let precincts: BTreeSet<Precinct> = self.actor.precincts.iter().filter(here).cloned().collect();
        let shape = Shape::of(&dataset, grant, self.actor, self.standing, &precincts);
        let sample = *self.shapes.entry(shape).or_insert_with(|| {
            if let Some(grant) = grant {
                self.facts.grant(grant);
            }
            let uid = self.facts.dataset(&dataset, self.standing);
            let class = dataset.class;
            self.samples.push(Sample { uid, class, grant, precinct: precincts.first().cloned() });
            self.samples.len() - 1
        });
        Candidate { dataset, grant, precincts, sample }
    }
}

/// By which policies something was denied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Denied {
    /// Some of the data that were looked for.
    pub(crate) some: BTreeSet<String>,
    /// All of them: why nothing is there for who asks, whatever it is about.
    pub(crate) all: Option<BTreeSet<String>>,
}

impl Denied {
    fn by(&mut self, policies: &BTreeSet<String>) {
        self.some.extend(policies.iter().cloned());
        match &mut self.all {
            Some(all) => all.retain(|id| policies.contains(id)),
            None => self.all = Some(policies.clone()),
        }
    }

    /// What is said: what denies all, or, where nothing does, what denied each.
    pub(crate) fn told(&self) -> &BTreeSet<String> {
        self.all.as_ref().filter(|all| !all.is_empty()).unwrap_or(&self.some)
    }
}

/// Where a candidate is allowed.
#[derive(Clone)]
enum Allowed {
    Everywhere,
    /// In the actor's precincts.
    ThereOnly,
    /// Nowhere: denied by these policies.
    Nowhere(BTreeSet<String>),
}

/// Who asks, what for and when: the same for all cells of a request.
pub(super) struct Asker<'a> {
    pub(super) policy: &'a Policy,
    pub(super) entities: Entities,
    pub(super) purpose: Purpose,
    pub(super) now: Timestamp,
}

/// The cell that is asked about.
pub(super) struct Witness<'a> {
    pub(super) county: &'a str,
    pub(super) precinct: &'a str,
    pub(super) column: &'a str,
    /// The class of the column.
    pub(super) class: FieldClass,
}

impl Asker<'_> {
    pub(super) fn ask(
        &self,
        action: &str,
        uid: &EntityUid,
        grant: Option<&Grant>,
        cell: &Witness<'_>,
    ) -> Answer {
        let mut pairs = vec![
            ("county".to_owned(), Value::new_string(cell.county.to_owned())),
            ("precinct".to_owned(), Value::new_string(cell.precinct.to_owned())),
            ("column".to_owned(), Value::new_string(cell.column.to_owned())),
            ("column_of_class".to_owned(), Value::new_string(column_of_class(cell.class, cell.column))),
            ("purpose".to_owned(), Value::new_string(self.purpose.as_str().to_owned())),
            ("now".to_owned(), Value::new_long(self.now.as_microsecond())),
        ];
        if let Some(grant) = grant {
            let uid = self.policy.names.grant(&grant.id);
            pairs.push(("grant".to_owned(), Value::new_entity_uid(uid)));
        }
        match Context::from_pairs(pairs) {
            Ok(context) => self.policy.ask(action, uid.clone(), context, &self.entities),
            Err(error) => Answer::Broken(error.to_string()),
        }
    }

    /// The rights to all candidates for one action.
    fn rights<'c>(
        &self,
        action: &str,
        samples: &[Sample<'_>],
        candidates: impl IntoIterator<Item = &'c Candidate<'c>>,
        denied_by: &mut Denied,
    ) -> Result<Vec<Right>, Broken> {
        let mut rights = Vec::new();
        let mut known: BTreeMap<usize, Allowed> = BTreeMap::new();
        for candidate in candidates {
            let allowed = match known.get(&candidate.sample) {
                Some(allowed) => allowed.clone(),
                None => {
                    let allowed = self.allowed(action, &samples[candidate.sample])?;
                    known.entry(candidate.sample).or_insert(allowed).clone()
                }
            };
            match allowed {
                Allowed::Everywhere => rights.push(right(candidate, Span::All)),
                Allowed::ThereOnly => rights.push(right(candidate, Span::Only(candidate.precincts.clone()))),
                Allowed::Nowhere(policies) => denied_by.by(&policies),
            }
        }
        Ok(rights)
    }

    /// Where what is like a sample is allowed.
    fn allowed(&self, action: &str, sample: &Sample<'_>) -> Result<Allowed, Broken> {
        let Some((county, column)) = witness(sample.grant, sample.class) else {
            return Ok(Allowed::Nowhere(BTreeSet::new()));
        };
        let ask = |county: &str, precinct: &str| {
            self.ask(
                action,
                &sample.uid,
                sample.grant,
                &Witness { county, precinct, column, class: sample.class },
            )
        };
        let denied_by = match ask(county, NOBODYS) {
            Answer::Allowed => return Ok(Allowed::Everywhere),
            Answer::Denied(policies) => policies,
            Answer::Broken(error) => return Err(Broken(error)),
        };
        let Some(precinct) = &sample.precinct else { return Ok(Allowed::Nowhere(denied_by)) };
        match ask(&precinct.county, &precinct.precinct) {
            Answer::Allowed => Ok(Allowed::ThereOnly),
            Answer::Denied(policies) => Ok(Allowed::Nowhere(policies)),
            Answer::Broken(error) => Err(Broken(error)),
        }
    }
}

fn any_of(set: Option<&BTreeSet<String>>) -> Option<&str> {
    match set {
        None => Some(NOBODYS),
        Some(set) => set.first().map(String::as_str),
    }
}

/// A county and a column of a class that lie in a grant's sets; none when a set is empty.
fn witness(grant: Option<&Grant>, class: FieldClass) -> Option<(&str, &str)> {
    let counties = grant.and_then(|grant| grant.counties.as_ref());
    let columns = grant.and_then(|grant| grant.columns_of(class));
    Some((any_of(counties)?, any_of(columns)?))
}

fn right(candidate: &Candidate<'_>, precincts: Span<Precinct>) -> Right {
    let Dataset { owner, class, state } = candidate.dataset.clone();
    let grant = candidate.grant;
    Right {
        owner,
        class,
        state,
        counties: grant.and_then(|grant| grant.counties.as_ref()).into(),
        precincts,
        columns: grant.and_then(|grant| grant.columns_of(class)).into(),
        grant: grant.map(|grant| (grant.id.clone(), grant.epoch)),
        until: grant.map(|grant| grant.until),
    }
}

/// The action by which a request finds what exists for it.
pub(super) fn seen_by(action: Action) -> &'static str {
    if action == Action::Append { MATCH } else { action.as_str() }
}

impl Policy {
    /// The rights of a request for voters.
    pub(crate) fn compile(
        &self,
        actor: &Actor,
        action: Action,
        resource: &Resource,
        purpose: Purpose,
        standing: &Standing,
        now: Timestamp,
    ) -> Result<Compiled, Broken> {
        let Resource::Voters { state, classes } = resource else {
            return Err(Broken(format!("`{action}` needs voters")));
        };
        let states: Vec<StateCode> = match state {
            Some(state) => vec![*state],
            None => standing.states.iter().copied().collect(),
        };
        let wanted = |class| classes.as_ref().is_none_or(|classes| classes.contains(&class));
        let mut datasets: Vec<(Dataset, Option<&Grant>)> = Vec::new();
        for &state in &states {
            let mut add = |owner: &OrganizationId, class, grant| {
                if wanted(class) {
                    datasets.push((Dataset { owner: owner.clone(), class, state }, grant));
                }
            };
            for class in OWN_OVERLAYS {
                add(actor.organization_id(), class, None);
            }
            // Whose base it is, the policy asks.
            for class in BASE {
                add(standing.base_owner(state), class, None);
            }
            // What the organization gave to others is no right of its own.
            let to_it = |grant: &&Grant| grant.grantee == *actor.organization_id() && grant.state == state;
            for grant in standing.grants.iter().filter(to_it) {
                let restricted = (grant.custody && !grant.classes.contains(&FieldClass::Restricted))
                    .then_some(FieldClass::Restricted);
                for class in grant.classes.iter().copied().chain(restricted) {
                    if witness(Some(grant), class).is_some() {
                        add(&grant.owner, class, Some(grant));
                    }
                }
            }
        }
        let mut all = Candidates {
            facts: Facts::of(self, actor, standing),
            actor,
            standing,
            samples: Vec::new(),
            shapes: BTreeMap::new(),
        };
        let restricted = |&state: &StateCode| {
            let owner = standing.base_owner(state).clone();
            all.add(Dataset { owner, class: FieldClass::Restricted, state }, None)
        };
        let known_of: Vec<_> = states.iter().map(restricted).collect();
        let candidates: Vec<_> =
            datasets.into_iter().map(|(dataset, grant)| all.add(dataset, grant)).collect();
        let (entities, samples) = (all.facts.entities().map_err(Broken)?, all.samples);
        let asker = Asker { policy: self, entities, purpose, now };

        let mut denied_by = Denied::default();
        let visible = asker.rights(seen_by(action), &samples, &candidates, &mut denied_by)?;
        let writable = match action {
            Action::Load => visible.clone(),
            Action::Append => asker.rights(action.as_str(), &samples, &candidates, &mut denied_by)?,
            _ => Vec::new(),
        };
        let confidential = asker
            .rights(Action::Read.as_str(), &samples, &known_of, &mut Denied::default())?
            .into_iter()
            .map(|right| right.state)
            .collect();
        // Records held back may be anybody's: only whoever asked for all of the list, and may load it, keeps it.
        let kept = if wanted(FieldClass::Base) && wanted(FieldClass::Restricted) && action != Action::Export {
            let loads = candidates.iter().filter(|one| one.dataset.class == FieldClass::Restricted);
            asker
                .rights(Action::Load.as_str(), &samples, loads, &mut Denied::default())?
                .into_iter()
                .filter(|right| right.precincts == Span::All && right.counties == Span::All)
                .map(|right| right.state)
                .collect()
        } else {
            BTreeSet::new()
        };
        Ok(Compiled {
            visible: Rights::new(visible),
            writable: Rights::new(writable),
            confidential,
            kept,
            denied_by,
        })
    }

    /// Whether one cell exists for an actor, asked of the policy about this very cell and under every grant in turn. Slow:
    /// the yardstick for what [`Policy::decide`] compiles. What cannot be evaluated does not exist.
    #[must_use]
    pub fn shows_cell<V: Verb>(
        &self,
        actor: &Actor,
        cell: (Place<'_>, Column<'_>),
        purpose: Purpose,
        standing: &Standing,
        now: Timestamp,
    ) -> bool {
        self.allows_cell(seen_by(V::ACTION), actor, cell, purpose, standing, now)
    }

    pub(super) fn allows_cell(
        &self,
        action: &str,
        actor: &Actor,
        (place, column): (Place<'_>, Column<'_>),
        purpose: Purpose,
        standing: &Standing,
        now: Timestamp,
    ) -> bool {
        let dataset = Dataset { owner: column.owner.clone(), class: column.class, state: place.state };
        let mut facts = Facts::of(self, actor, standing);
        standing.grants.iter().for_each(|grant| facts.grant(grant));
        let uid = facts.dataset(&dataset, standing);
        let Ok(entities) = facts.entities() else { return false };
        let asker = Asker { policy: self, entities, purpose, now };
        let cell = Witness {
            county: place.county,
            precinct: place.precinct,
            column: column.name,
            class: column.class,
        };
        let sources = standing.grants.iter().map(Some).chain([None]);
        let answers: Vec<Answer> = sources.map(|grant| asker.ask(action, &uid, grant, &cell)).collect();
        let broken = answers.iter().any(|answer| matches!(answer, Answer::Broken(_)));
        !broken && answers.contains(&Answer::Allowed)
    }

    /// Whether an action that touches no voter data is permitted.
    pub(crate) fn manages(
        &self,
        actor: &Actor,
        action: Action,
        resource: &Resource,
        standing: &Standing,
    ) -> Answer {
        let mut facts = Facts::of(self, actor, standing);
        let (uid, context) = facts.managed(resource, standing);
        match facts.entities() {
            Ok(entities) => self.ask(action.as_str(), uid, context, &entities),
            Err(error) => Answer::Broken(error),
        }
    }
}
