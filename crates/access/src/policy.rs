//! The policy: Cedar text and schema, compiled into the program and checked in strict mode before the first decision.

mod compile;
mod facts;
mod registers;
#[cfg(test)]
mod tests;

pub(crate) use compile::{Broken, Compiled};

use crate::action::Action;
use cedar_policy::{
    Authorizer, Context, Entities, EntityTypeName, EntityUid, PolicyId, PolicySet, Schema, ValidationMode,
    Validator,
};
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
    policies: PolicySet,
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
            named.add(policy.new_id(PolicyId::new(id))).map_err(|_| PolicyError::Twice(id.to_owned()))?;
            says.insert(id.to_owned(), text.to_owned());
        }
        let checked = Validator::new(schema.clone()).validate(&named, ValidationMode::Strict);
        if !checked.validation_passed_without_warnings() {
            let errors = checked.validation_errors().map(ToString::to_string);
            let warnings = checked.validation_warnings().map(ToString::to_string);
            return Err(PolicyError::Invalid(errors.chain(warnings).collect::<Vec<_>>().join("; ")));
        }
        Ok(Self { authorizer: Authorizer::new(), policies: named, schema, names: Names::new()?, says })
    }

    /// What a policy says in plain words, by its `@id`.
    #[must_use]
    pub fn says(&self, id: &str) -> Option<&str> {
        self.says.get(id).map(String::as_str)
    }

    /// One question to Cedar. An error anywhere is a denial: Cedar skips a `forbid` that fails, we do not.
    fn ask(&self, action: &str, resource: EntityUid, context: Context, entities: &Entities) -> Answer {
        let Some(action) = self.names.actions.get(action) else {
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
        let response = self.authorizer.is_authorized(&request, &self.policies, entities);
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
        policy.policies.remove_static(PolicyId::new(id)).unwrap();
        policy
    }

    /// The policy with more policies.
    #[cfg(test)]
    pub(crate) fn with(more: &str) -> Result<Self, PolicyError> {
        Self::of_text(SCHEMA, &format!("{POLICIES}\n{more}"))
    }
}
