//! The policy: Cedar text and schema, compiled into the program and checked in strict mode before the first decision.

mod compile;
mod facts;
mod registers;
mod shape;
#[cfg(test)]
mod tests;

pub(crate) use compile::{Broken, Compiled, Denied};

use crate::action::Action;
use crate::organization::OrganizationKind;
use crate::purpose::Purpose;
use crate::role::Role;
use cedar_policy::{
    ActionConstraint, Authorizer, Context, Entities, EntityTypeName, EntityUid, PolicyId, PolicySet, Schema,
    ValidationMode, Validator,
};
use hustings_core::FieldClass;
use std::collections::{BTreeMap, BTreeSet};

const SCHEMA: &str = include_str!("policy/hustings.cedarschema");
const POLICIES: &str = include_str!("policy/hustings.cedar");

/// The policy cannot be used; the program must not start.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The schema is not Cedar.
    #[error("the policy's schema cannot be read: {0}")]
    Schema(String),
    /// The policies are not Cedar.
    #[error("the policy cannot be read: {0}")]
    Policies(String),
    /// The policies do not fit the schema.
    #[error("the policy does not fit its schema: {0}")]
    Invalid(String),
    /// Each policy has a name and says why.
    #[error("a policy has no @{annotation}: {text}")]
    Unnamed {
        /// What is missing.
        annotation: &'static str,
        /// The policy's text.
        text: String,
    },
    /// A policy speaks of somebody or something by name.
    #[error(
        "the policy `{id}` names {named}: it may know only the words of kinds, roles, classes and purposes"
    )]
    Names {
        /// The policy.
        id: String,
        /// Whom or what.
        named: String,
    },
    /// Two policies have one name.
    #[error("two policies are called `{0}`")]
    Twice(String),
}

/// What the policy answers to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Yes.
    Allowed,
    /// No, by these policies; by none where nothing permits.
    Denied(BTreeSet<String>),
    /// A policy could not be evaluated, or the question does not fit the schema: no, and somebody must look at it.
    Broken(String),
}

/// Decides who may do what. Made once, used for every request.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub struct Policy {
    authorizer: Authorizer,
    /// What can speak of an action at all, by the action's word. A policy whose head names other actions is false before
    /// Cedar looks at its conditions, and to look at each head costs more than all the rest.
    policies: BTreeMap<&'static str, PolicySet>,
    schema: Schema,
    names: Names,
    /// What a refused person reads, by the policy's `@id`.
    says: BTreeMap<String, String>,
}

/// Names of the schema, parsed once.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
struct Names {
    actor: EntityUid,
    platform: EntityUid,
    organization: EntityTypeName,
    grant: EntityTypeName,
    dataset: EntityTypeName,
    engagement: EntityUid,
    actions: BTreeMap<&'static str, EntityUid>,
}

/// The action by which an append finds the voters of its rows; only the policy knows it.
pub(crate) const MATCH: &str = "match";

impl Names {
    fn new() -> Result<Self, PolicyError> {
        let broken = |error: &dyn std::fmt::Display| PolicyError::Schema(error.to_string());
        let uid = |text: &str| text.parse::<EntityUid>().map_err(|error| broken(&error));
        let name = |text: &str| text.parse::<EntityTypeName>().map_err(|error| broken(&error));
        let words = Action::ALL.iter().map(|action| action.as_str()).chain([MATCH]);
        Ok(Self {
            actor: uid("Hustings::Actor::\"actor\"")?,
            platform: uid("Hustings::Platform::\"platform\"")?,
            organization: name("Hustings::Organization")?,
            grant: name("Hustings::Grant")?,
            dataset: name("Hustings::Dataset")?,
            engagement: uid("Hustings::Engagement::\"engagement\"")?,
            actions: words
                .map(|word| Ok((word, uid(&format!("Hustings::Action::\"{word}\""))?)))
                .collect::<Result<_, PolicyError>>()?,
        })
    }
}

/// What a policy names that is no word of ours: the law is the same for all, and [`shape::Shape`] rests on it.
fn name_in(policy: &cedar_policy::Policy) -> Result<Option<String>, PolicyError> {
    let action = |uid: &EntityUid| uid.type_name().basename() == "Action";
    if let Some(uid) = policy.entity_literals().into_iter().find(|uid| !action(uid)) {
        return Ok(Some(uid.to_string()));
    }
    let words: BTreeSet<&str> = OrganizationKind::ALL
        .iter()
        .map(|kind| kind.as_str())
        .chain(Role::ALL.iter().map(|role| role.as_str()))
        .chain(FieldClass::ALL.iter().map(|class| class.as_str()))
        .chain(Purpose::ALL.iter().map(|purpose| purpose.as_str()))
        .chain(facts::PRINCIPALS)
        .collect();
    let json = policy.to_json().map_err(|error| PolicyError::Policies(error.to_string()))?;
    Ok(texts_of(&json["conditions"]).into_iter().find(|text| !words.contains(text.as_str())))
}

/// The texts that stand in a policy's conditions; attributes' names are not among them.
fn texts_of(condition: &serde_json::Value) -> Vec<String> {
    match condition {
        serde_json::Value::Object(parts) => parts
            .iter()
            .flat_map(|(name, part)| match (name.as_str(), part) {
                ("Value", serde_json::Value::String(text)) => vec![text.clone()],
                // `like`
                ("pattern", part) => vec![part.to_string()],
                (_, part) => texts_of(part),
            })
            .collect(),
        serde_json::Value::Array(parts) => parts.iter().flat_map(texts_of).collect(),
        _ => Vec::new(),
    }
}

/// The policies that can speak of each action.
fn by_action(
    policies: &PolicySet,
    schema: &Schema,
    names: &Names,
) -> Result<BTreeMap<&'static str, PolicySet>, PolicyError> {
    let broken = |error: &dyn std::fmt::Display| PolicyError::Schema(error.to_string());
    let groups = schema.action_entities().map_err(|error| broken(&error))?;
    let mut sets = BTreeMap::new();
    for (&word, action) in &names.actions {
        let is = |head: &EntityUid| head == action || groups.is_ancestor_of(head, action);
        let speaks = |policy: &&cedar_policy::Policy| match policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(head) => is(&head),
            ActionConstraint::In(heads) => heads.iter().any(is),
        };
        let set = PolicySet::from_policies(policies.policies().filter(speaks).cloned());
        sets.insert(word, set.map_err(|error| broken(&error))?);
    }
    Ok(sets)
}

impl Policy {
    /// The policy of this program.
    ///
    /// # Errors
    /// Never for what was tested; a program that is told so must not start.
    pub fn new() -> Result<Self, PolicyError> {
        Self::of_text(SCHEMA, POLICIES)
    }

    fn of_text(schema: &str, policies: &str) -> Result<Self, PolicyError> {
        let (schema, warnings) = Schema::from_cedarschema_str(schema)
            .map_err(|error| PolicyError::Schema(format!("{error:?}")))?;
        if let Some(warning) = warnings.into_iter().next() {
            return Err(PolicyError::Schema(warning.to_string()));
        }
        let parsed: PolicySet =
            policies.parse().map_err(|error| PolicyError::Policies(format!("{error:?}")))?;
        let mut named = PolicySet::new();
        let mut says = BTreeMap::new();
        for policy in parsed.policies() {
            let annotation = |annotation: &'static str| {
                policy
                    .annotation(annotation)
                    .filter(|text| !text.is_empty())
                    .ok_or_else(|| PolicyError::Unnamed { annotation, text: policy.to_string() })
            };
            let (id, text) = (annotation("id")?, annotation("says")?);
            if let Some(named) = name_in(policy)? {
                return Err(PolicyError::Names { id: id.to_owned(), named });
            }
            named.add(policy.new_id(PolicyId::new(id))).map_err(|_| PolicyError::Twice(id.to_owned()))?;
            says.insert(id.to_owned(), text.to_owned());
        }
        let checked = Validator::new(schema.clone()).validate(&named, ValidationMode::Strict);
        if !checked.validation_passed_without_warnings() {
            let errors = checked.validation_errors().map(ToString::to_string);
            let warnings = checked.validation_warnings().map(ToString::to_string);
            return Err(PolicyError::Invalid(errors.chain(warnings).collect::<Vec<_>>().join("; ")));
        }
        let names = Names::new()?;
        let policies = by_action(&named, &schema, &names)?;
        Ok(Self { authorizer: Authorizer::new(), policies, schema, names, says })
    }

    /// What a policy says in plain words, by its `@id`.
    #[must_use]
    pub fn says(&self, id: &str) -> Option<&str> {
        self.says.get(id).map(String::as_str)
    }

    /// One question to Cedar. An error anywhere is a denial: Cedar skips a `forbid` that fails, we do not.
    fn ask(&self, action: &str, resource: EntityUid, context: Context, entities: &Entities) -> Answer {
        let (Some(action), Some(policies)) = (self.names.actions.get(action), self.policies.get(action))
        else {
            return Answer::Broken(format!("the policy knows no action `{action}`"));
        };
        let request = cedar_policy::Request::new(
            self.names.actor.clone(),
            action.clone(),
            resource,
            context,
            Some(&self.schema),
        );
        let request = match request {
            Ok(request) => request,
            Err(error) => return Answer::Broken(error.to_string()),
        };
        let response = self.authorizer.is_authorized(&request, policies, entities);
        if let Some(error) = response.diagnostics().errors().next() {
            return Answer::Broken(error.to_string());
        }
        match response.decision() {
            cedar_policy::Decision::Allow => Answer::Allowed,
            cedar_policy::Decision::Deny => {
                Answer::Denied(response.diagnostics().reason().map(ToString::to_string).collect())
            }
        }
    }

    /// The policy without one of its policies, to show that a test would notice.
    #[cfg(test)]
    pub(crate) fn without(&self, id: &str) -> Self {
        let mut policy = self.clone();
        let removed =
            policy.policies.values_mut().filter_map(|set| set.remove_static(PolicyId::new(id)).ok());
        assert_ne!(removed.count(), 0, "there is no policy {id}");
        policy
    }

    /// The policy with more policies.
    #[cfg(test)]
    pub(crate) fn with(more: &str) -> Result<Self, PolicyError> {
        Self::of_text(SCHEMA, &format!("{POLICIES}\n{more}"))
    }
}
