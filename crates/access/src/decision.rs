//! Decisions: from facts and policy to a permit, by way of the log.

use crate::action::Action;
use crate::actor::Actor;
use crate::intent::{Intent, Receipt, WrongReceiptError};
use crate::policy::{Answer, Broken, Compiled, Policy};
use crate::request::{Request, Resource};
use crate::rights::Right;
use crate::scope::{Permit, Scope};
use crate::standing::Standing;
use crate::verb::Verb;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::{fmt, marker::PhantomData};

/// What a permit stands on.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) actor: Actor,
    pub(crate) request: Request,
    pub(crate) action: Action,
    pub(crate) compiled: Compiled,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) epoch: u64,
}

/// Yes, once the intent is in the log.
#[derive(Debug)]
pub struct Decision<V: Verb> {
    ground: Ground,
    intent: Intent,
    verb: PhantomData<fn() -> V>,
}

impl<V: Verb> Decision<V> {
    /// What the log gets.
    #[must_use]
    pub fn intent(&self) -> &Intent {
        &self.intent
    }

    /// The permit, in exchange for the proof that the intent is durable.
    ///
    /// # Errors
    /// The receipt is for another intent.
    pub fn logged(self, receipt: Receipt) -> Result<Permit<V>, WrongReceiptError> {
        let expected = self.intent.digest();
        if receipt.intent == expected {
            Ok(Permit::new(self.ground, receipt.sequence))
        } else {
            Err(WrongReceiptError { expected, got: receipt.intent })
        }
    }
}

/// No. It is logged, too.
#[derive(Debug, thiserror::Error)]
pub struct Refusal {
    intent: Intent,
    says: Vec<String>,
}

impl Refusal {
    /// What the log gets.
    #[must_use]
    pub fn intent(&self) -> &Intent {
        &self.intent
    }

    /// Whether the policy could not be evaluated, so that somebody must look at it.
    #[must_use]
    pub fn is_alarm(&self) -> bool {
        self.intent.alarm.is_some()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let action = self.intent.action.as_str().replace('_', " ");
        write!(formatter, "`{}` may not {action}: ", self.intent.organization)?;
        match self.says.as_slice() {
            [] if self.is_alarm() => formatter.write_str("the policy could not be evaluated"),
            [] => formatter.write_str("nothing permits it"),
            says => formatter.write_str(&says.join("; ")),
        }
    }
}

impl Policy {
    /// Decides a request. `standing` and `actor` are the server's knowledge; `now` is the server's clock.
    ///
    /// # Errors
    /// [`Refusal`] when nothing is permitted, or when anything could not be evaluated.
    pub fn decide<V: Verb>(
        &self,
        actor: &Actor,
        request: &Request,
        standing: &Standing,
        now: Timestamp,
    ) -> Result<Decision<V>, Box<Refusal>> {
        let answer = self.answer(actor, V::ACTION, request, standing, now);
        let mut intent = intent(actor, V::ACTION, request, standing, now);
        let refuse = |mut intent: Intent, policies: BTreeSet<String>, alarm| {
            let says = policies.iter().filter_map(|id| self.says(id)).map(ToOwned::to_owned).collect();
            intent.refused_by = policies;
            intent.alarm = alarm;
            Err(Box::new(Refusal { intent, says }))
        };
        let compiled = match answer {
            Ok(Ok(compiled)) => compiled,
            Ok(Err(policies)) => return refuse(intent, policies, None),
            Err(Broken(why)) => return refuse(intent, BTreeSet::new(), Some(why)),
        };
        let rights = || compiled.visible.iter().chain(compiled.writable.iter());
        intent.allowed = true;
        intent.classes = rights().map(|right| right.class).collect();
        intent.owners.extend(rights().map(|right| right.owner.clone()));
        intent.grants = rights().filter_map(|right| Some(right.grant.as_ref()?.0.clone())).collect();
        let expires_at = rights().filter_map(|right: &Right| right.until).min();
        let ground = Ground {
            actor: actor.clone(),
            request: request.clone(),
            action: V::ACTION,
            expires_at,
            compiled,
            epoch: standing.epoch,
        };
        Ok(Decision { ground, intent, verb: PhantomData })
    }

    /// Whether a scope still holds after its epoch has passed: decided anew, nothing that it covers is lost. For streams and
    /// jobs, which ask between batches.
    #[must_use]
    pub fn still_holds(&self, scope: &Scope<'_>, actor: &Actor, standing: &Standing, now: Timestamp) -> bool {
        let ground = scope.ground();
        let same = actor.principal == ground.actor.principal
            && actor.organization_id() == ground.actor.organization_id();
        match self.answer(actor, ground.action, &ground.request, standing, now) {
            Ok(Ok(compiled)) => {
                same && compiled.visible.contains_all(&ground.compiled.visible)
                    && compiled.writable.contains_all(&ground.compiled.writable)
                    && compiled.confidential.is_superset(&ground.compiled.confidential)
            }
            _ => false,
        }
    }

    fn answer(
        &self,
        actor: &Actor,
        action: Action,
        request: &Request,
        standing: &Standing,
        now: Timestamp,
    ) -> Result<Result<Compiled, BTreeSet<String>>, Broken> {
        if standing.organization != *actor.organization_id() {
            return Err(Broken("the standing is another organization's".to_owned()));
        }
        if !action.touches_data() {
            return match self.manages(actor, action, &request.resource, standing) {
                Answer::Allowed => Ok(Ok(Compiled::default())),
                Answer::Denied(policies) => Ok(Err(policies)),
                Answer::Broken(error) => Err(Broken(error)),
            };
        }
        let compiled = self.compile(actor, action, &request.resource, request.purpose, standing, now)?;
        let used = if matches!(action, Action::Load | Action::Append) {
            &compiled.writable
        } else {
            &compiled.visible
        };
        if used.is_empty() { Ok(Err(compiled.denied_by)) } else { Ok(Ok(compiled)) }
    }
}

fn intent(actor: &Actor, action: Action, request: &Request, standing: &Standing, now: Timestamp) -> Intent {
    let organization = actor.organization_id().clone();
    let mut owners = BTreeSet::from([organization.clone()]);
    let (mut state, mut target) = (None, None);
    match &request.resource {
        Resource::Voters { state: asked, .. } => state = *asked,
        Resource::Organization { organization, .. } => {
            owners.insert(organization.id.clone());
            target = Some(organization.id.clone());
        }
        Resource::Platform => {}
    }
    Intent {
        time: now,
        principal: actor.principal.clone(),
        organization,
        vendor: actor.acts_for.is_some().then(|| actor.works_in.id.clone()),
        action,
        purpose: request.purpose,
        state,
        target,
        about: request.about.clone(),
        allowed: false,
        refused_by: BTreeSet::new(),
        alarm: None,
        classes: BTreeSet::new(),
        owners,
        grants: BTreeSet::new(),
        epoch: standing.epoch,
    }
}
