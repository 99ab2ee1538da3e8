//! Our nouns as Cedar's entities and contexts.

use super::{Names, Policy};
use crate::actor::Actor;
use crate::grant::Grant;
use crate::organization::{Organization, OrganizationId};
use crate::principal::Principal;
use crate::request::Resource;
use crate::standing::Standing;
use cedar_policy::{Context, Entities, Entity, EntityId, EntityUid, RestrictedExpression as Value};
use hustings_core::{FieldClass, StateCode};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The words for who acts.
pub(super) const PRINCIPALS: [&str; 3] = ["local", "user", "key"];

/// All cells of one owner, class and state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dataset {
    pub(super) owner: OrganizationId,
    pub(super) class: FieldClass,
    pub(super) state: StateCode,
}

fn text(value: impl ToString) -> Value {
    Value::new_string(value.to_string())
}

fn texts<T: ToString>(values: impl IntoIterator<Item = T>) -> Value {
    Value::new_set(values.into_iter().map(text))
}

/// A column as the policy names it in a grant: two classes may have columns of one name.
pub(super) fn column_of_class(class: FieldClass, column: &str) -> String {
    format!("{class}:{column}")
}

fn instant(at: Timestamp) -> Value {
    Value::new_long(at.as_microsecond())
}

type Attributes = HashMap<String, Value>;

fn attributes<const N: usize>(pairs: [(&str, Value); N]) -> Attributes {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl Names {
    fn organization(&self, id: &OrganizationId) -> EntityUid {
        EntityUid::from_type_name_and_id(self.organization.clone(), EntityId::new(id.as_str()))
    }

    pub(super) fn grant(&self, id: &crate::grant::GrantId) -> EntityUid {
        EntityUid::from_type_name_and_id(self.grant.clone(), EntityId::new(id.as_str()))
    }

    pub(super) fn dataset(&self, dataset: &Dataset) -> EntityUid {
        let id = format!("{}/{}/{}", dataset.owner, dataset.class, dataset.state);
        EntityUid::from_type_name_and_id(self.dataset.clone(), EntityId::new(id))
    }
}

/// What Cedar is told of the world for one request.
pub(super) struct Facts<'a> {
    policy: &'a Policy,
    entities: BTreeMap<EntityUid, Attributes>,
}

impl<'a> Facts<'a> {
    /// Who acts, for whom, by what engagement.
    pub(super) fn of(policy: &'a Policy, actor: &Actor, standing: &Standing) -> Self {
        let mut facts = Self { policy, entities: BTreeMap::new() };
        facts.organization(&actor.works_in);
        facts.organization(actor.organization());
        let names = &policy.names;
        let precinct = |precinct: &crate::actor::Precinct| {
            let pairs = [("county", text(&precinct.county)), ("precinct", text(&precinct.precinct))];
            Value::new_record(pairs.map(|(name, value)| (name.to_owned(), value)))
                .expect("the two names of a precinct's record differ")
        };
        let [local, user, key] = PRINCIPALS;
        let kind = match actor.principal {
            Principal::Local => local,
            Principal::User(_) => user,
            Principal::Key(_) => key,
        };
        let mut said = attributes([
            ("principal", text(kind)),
            ("works_in", Value::new_entity_uid(names.organization(&actor.works_in.id))),
            ("organization", Value::new_entity_uid(names.organization(actor.organization_id()))),
            ("roles", texts(&actor.roles)),
            ("precincts", Value::new_set(actor.precincts.iter().map(precinct))),
            ("network", Value::new_bool(actor.network)),
            ("second_factor", Value::new_bool(actor.second_factor)),
        ]);
        if let Some(grant) = &actor.only_grant {
            said.insert("only_grant".to_owned(), Value::new_entity_uid(names.grant(grant)));
        }
        if let Some(engagement) = standing.engagement_of(actor) {
            let uid = names.engagement.clone();
            said.insert("engagement".to_owned(), Value::new_entity_uid(uid.clone()));
            facts.entities.insert(
                uid,
                attributes([
                    ("vendor", Value::new_entity_uid(names.organization(&engagement.vendor))),
                    ("organization", Value::new_entity_uid(names.organization(&engagement.organization))),
                    ("classes", texts(&engagement.classes)),
                    ("exportable", Value::new_bool(engagement.exportable)),
                    ("not_before", instant(engagement.not_before)),
                    ("until", instant(engagement.until)),
                    ("revoked", Value::new_bool(engagement.revoked_at.is_some())),
                ]),
            );
        }
        facts.entities.insert(names.actor.clone(), said);
        facts
    }

    fn organization(&mut self, organization: &Organization) {
        let names = &self.policy.names;
        let mut said = attributes([("kind", text(organization.kind))]);
        if let Some(state) = organization.state {
            said.insert("state".to_owned(), text(state));
        }
        if let Some(by) = &organization.registered_by {
            said.insert("registered_by".to_owned(), Value::new_entity_uid(names.organization(by)));
        }
        // What is known of who acts stays, whatever a request says of an organization with that id.
        self.entities.entry(names.organization(&organization.id)).or_insert(said);
    }

    /// A grant, to be named in contexts.
    pub(super) fn grant(&mut self, grant: &Grant) {
        let names = &self.policy.names;
        let columns = grant.columns.iter();
        let columns =
            columns.flat_map(|(class, names)| names.iter().map(|name| column_of_class(*class, name)));
        let mut said = attributes([
            ("owner", Value::new_entity_uid(names.organization(&grant.owner))),
            ("grantee", Value::new_entity_uid(names.organization(&grant.grantee))),
            ("state", text(grant.state)),
            ("classes", texts(&grant.classes)),
            ("narrowed", texts(grant.columns.keys())),
            ("columns", texts(columns)),
            ("purposes", texts(&grant.purposes)),
            ("exportable", Value::new_bool(grant.exportable)),
            ("not_before", instant(grant.not_before)),
            ("until", instant(grant.until)),
            ("revoked", Value::new_bool(grant.revoked_at.is_some())),
            ("custody", Value::new_bool(grant.custody)),
        ]);
        if let Some(counties) = &grant.counties {
            said.insert("counties".to_owned(), texts(counties));
        }
        self.entities.insert(names.grant(&grant.id), said);
    }

    /// A dataset, to be asked about.
    pub(super) fn dataset(&mut self, dataset: &Dataset, standing: &Standing) -> EntityUid {
        let names = &self.policy.names;
        let uid = names.dataset(dataset);
        let said = attributes([
            ("owner", Value::new_entity_uid(names.organization(&dataset.owner))),
            ("class", text(dataset.class)),
            ("state", text(dataset.state)),
            ("base_owner", Value::new_entity_uid(names.organization(standing.base_owner(dataset.state)))),
        ]);
        self.entities.insert(uid.clone(), said);
        uid
    }

    /// What a request that touches no voter data is about, with its context.
    pub(super) fn managed(&mut self, resource: &Resource, standing: &Standing) -> (EntityUid, Context) {
        let names = &self.policy.names;
        match resource {
            Resource::Organization { organization, has_people } => {
                self.organization(organization);
                let owner = Value::new_entity_uid(names.organization(&standing.directory_owner));
                let context = Context::from_pairs([
                    ("has_people".to_owned(), Value::new_bool(*has_people)),
                    ("directory_owner".to_owned(), owner),
                ])
                .expect("two names that differ");
                (names.organization(&organization.id), context)
            }
            // Voters are no resource of these actions: the schema refuses, and the refusal raises the alarm.
            Resource::Platform | Resource::Voters { .. } => {
                let owner = Value::new_entity_uid(names.organization(&standing.directory_owner));
                self.entities.insert(names.platform.clone(), attributes([("directory_owner", owner)]));
                (names.platform.clone(), Context::empty())
            }
        }
    }

    /// For Cedar, checked against the schema.
    pub(super) fn entities(self) -> Result<Entities, String> {
        let entity = |(uid, said)| Entity::new(uid, said, HashSet::new()).map_err(|error| error.to_string());
        let entities = self.entities.into_iter().map(entity).collect::<Result<Vec<_>, _>>()?;
        Entities::from_entities(entities, Some(&self.policy.schema)).map_err(|error| error.to_string())
    }
}
