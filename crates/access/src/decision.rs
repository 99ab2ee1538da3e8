//! Decisions: from facts and policy to a permit, by way of the log.

use crate::action::Action;
use crate::actor::Actor;
use crate::intent::{Intent, Receipt, WrongReceiptError};
use crate::policy::{Answer, Broken, Compiled, Denied, Policy};
use crate::request::{Request, Resource};
use crate::rights::Right;
use crate::scope::{Permit, Scope};
use crate::standing::Standing;
use crate::verb::Verb;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
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
        let refuse = |mut intent: Intent, denied: Denied, alarm| {
            let says = denied.told().iter().filter_map(|id| self.says(id)).map(ToOwned::to_owned).collect();
            intent.refused_by = denied.some;
            // In the log of whom it was tried upon it would tell them of an organization that is not there for them, and
            // make a log for one that nobody has registered.
            intent.owners = BTreeSet::from([intent.organization.clone()]);
            intent.alarm = alarm;
            Err(Box::new(Refusal { intent, says }))
        };
        let compiled = match answer {
            Ok(Ok(compiled)) => compiled,
            Ok(Err(policies)) => return refuse(intent, policies, None),
            Err(Broken(why)) => return refuse(intent, Denied::default(), Some(why)),
        };
        let rights = || compiled.visible.iter().chain(compiled.writable.iter());
        intent.allowed = true;
        intent.classes = rights().map(|right| right.class).collect();
        intent.owners.extend(rights().map(|right| right.owner.clone()));
        intent.grants = rights().filter_map(|right| Some(right.grant.as_ref()?.0.clone())).collect();
        for right in rights() {
            let part = intent.parts.entry(right.owner.clone()).or_default();
            part.classes.insert(right.class);
            part.grants.extend(right.grant.as_ref().map(|(grant, _)| grant.clone()));
        }
        let engaged_until = standing.engagement_of(actor).map(|engagement| engagement.until);
        let ends = rights().filter_map(|right: &Right| right.until).chain(actor.until).chain(engaged_until);
        let expires_at = ends.min();
        let ground = Ground {
            actor: actor.clone(),
            request: request.clone(),
            action: V::ACTION,
            expires_at,
            compiled,
            // Whoever was signed out between the two readings has no epoch that is the present one.
            epoch: actor.known_at.map_or(standing.epoch, |known_at| known_at.min(standing.epoch)),
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
    ) -> Result<Result<Compiled, Denied>, Broken> {
        if standing.organization != *actor.organization_id() {
            return Err(Broken("the standing is another organization's".to_owned()));
        }
        if !action.touches_data() {
            return match self.manages(actor, action, &request.resource, standing) {
                Answer::Allowed => Ok(Ok(Compiled::default())),
                Answer::Denied(some) => Ok(Err(Denied { some, all: None })),
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
        parts: BTreeMap::new(),
        epoch: standing.epoch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{custody, day, grant, id, nc, now, organization, standing, user, va, vendor_for};
    use crate::verb::{Append, Export, Load, ManageGrants, Operate, Read};
    use crate::{Action, Column, Grant, Place, Precinct, Rights, Role};
    use hustings_core::FieldClass::{Appended, Base, Private, Restricted};

    fn director(of: &str) -> Actor {
        user(of, &[Role::DataDirector])
    }

    fn enter<V: Verb, R>(decision: Decision<V>, work: impl FnOnce(&Scope<'_>) -> R) -> R {
        let receipt = Receipt::of_durable_row(decision.intent().digest(), 3);
        decision.logged(receipt).unwrap().enter(|act| work(act))
    }

    fn sees(
        rights: &Rights,
        owner: &str,
        class: hustings_core::FieldClass,
        county: &str,
        name: &str,
    ) -> bool {
        let place = Place { state: nc(), county, precinct: "12" };
        rights.covers(place, Column { owner: &id(owner), class, name })
    }

    #[test]
    fn a_vendor_without_leave_to_export_is_told_that_and_nothing_untrue() {
        let policy = Policy::new().unwrap();
        // The classes that it may act in, others, an ended grant, confidential voters: all are forbidden for one reason.
        let ended = Grant { until: day(2), ..grant(1, "nc-party", "rivera", &[Base]) };
        let mut standing = standing("rivera", &[ended]);
        for engagement in &mut standing.engagements {
            engagement.exportable = false;
        }
        let refusal = policy
            .decide::<Export>(&vendor_for("rivera"), &Request::voters_of(nc()), &standing, now())
            .unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "`rivera` may not export: the engagement does not let copies out of the system"
        );
        assert!(refusal.intent().refused_by.contains("deny-expired"), "the log has all of them");
    }

    #[test]
    fn a_grant_of_two_counties_and_one_column_shows_these() {
        let set =
            |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
        let base =
            Grant { counties: Some(set(&["DURHAM", "WAKE"])), ..grant(1, "nc-party", "rivera", &[Base]) };
        let score = Grant {
            columns: [(Appended, set(&["turnout"]))].into(),
            epoch: 4,
            ..grant(2, "local", "rivera", &[Appended])
        };
        let standing = standing("rivera", &[base.clone(), score.clone()]);
        let policy = Policy::new().unwrap();
        let request = Request::voters_of(nc()).about("voter 3f9k2m0r7ta4c");
        let decision = policy.decide::<Read>(&director("rivera"), &request, &standing, now()).unwrap();

        let intent = decision.intent().clone();
        assert!(intent.allowed && intent.alarm.is_none() && intent.refused_by.is_empty());
        assert_eq!(intent.owners, ["local", "nc-party", "rivera"].map(id).into());
        assert_eq!(intent.grants, [base.id.clone(), score.id.clone()].into());
        let part = &intent.parts[&id("local")];
        assert_eq!((&part.classes, &part.grants), (&[Appended].into(), &[score.id.clone()].into()));
        assert_eq!((intent.state, intent.vendor, intent.epoch), (Some(nc()), None, 7));
        assert_eq!(intent.about.as_deref(), Some("voter 3f9k2m0r7ta4c"));

        enter(decision, |scope| {
            let rights = scope.rights();
            assert!(sees(rights, "nc-party", Base, "DURHAM", "last_name"));
            assert!(!sees(rights, "nc-party", Base, "ORANGE", "last_name"));
            assert!(sees(rights, "local", Appended, "ORANGE", "turnout"));
            assert!(!sees(rights, "local", Appended, "DURHAM", "income"));
            assert!(sees(rights, "rivera", Private, "ORANGE", "support"));
            assert!(!sees(rights, "chen", Private, "DURHAM", "support"));
            assert!(!sees(rights, "nc-party", Restricted, "DURHAM", "last_name"));
            assert!(scope.allows_state(nc()) && !scope.allows_state(va()));
            assert!(!scope.knows_of_confidential(nc()) && !scope.keeps_list(nc()));
            assert!(!scope.may_write(&id("rivera"), Private, nc()));
            assert_eq!((scope.action(), scope.epoch(), scope.outbox_sequence()), (Action::Read, 7, 3));
            assert_eq!(scope.expires_at(), Some(day(20)));
            assert!(scope.is_fresh(7, day(19)) && !scope.is_fresh(7, day(20)) && !scope.is_fresh(8, day(19)));

            let grants: Vec<_> = scope.lineage([Appended]).origins().map(|one| one.grant.clone()).collect();
            assert_eq!(grants, [Some((score.id.clone(), 4)), None]);
        });
    }

    #[test]
    fn a_page_that_needs_one_class_gets_one() {
        let policy = Policy::new().unwrap();
        let request = Request::all_voters().only_classes([Base]);
        let standing = standing("nc-party", &[]);
        let decision = policy.decide::<Read>(&director("nc-party"), &request, &standing, now()).unwrap();
        assert_eq!(decision.intent().classes, [Base].into());
        enter(decision, |scope| {
            // Virginia's base is another's.
            assert!(scope.allows_state(nc()) && !scope.allows_state(va()));
            assert!(scope.knows_of_confidential(nc()) && !scope.knows_of_confidential(va()));
        });
    }

    #[test]
    fn loading_appending_and_exporting_write_what_they_may() {
        let policy = Policy::new().unwrap();
        let (director, own) = (director("nc-party"), standing("nc-party", &[]));
        let request = Request::voters_of(nc());
        enter(policy.decide::<Load>(&director, &request, &own, now()).unwrap(), |scope| {
            assert!(scope.may_write(&id("nc-party"), Base, nc()));
            assert!(scope.may_write(&id("nc-party"), Restricted, nc()));
            assert!(!scope.may_write(&id("nc-party"), Private, nc()));
            assert!(!scope.may_write(&id("nc-party"), Base, va()));
        });
        enter(policy.decide::<Append>(&director, &request, &own, now()).unwrap(), |scope| {
            assert!(scope.may_write(&id("nc-party"), Private, nc()));
            assert!(!scope.may_write(&id("nc-party"), Base, nc()));
            assert!(!scope.may_write(&id("rivera"), Private, nc()));
            assert!(sees(scope.rights(), "nc-party", Base, "DURHAM", "last_name"));
        });
        enter(policy.decide::<Export>(&director, &request, &own, now()).unwrap(), |scope| {
            assert!(!sees(scope.rights(), "nc-party", Restricted, "DURHAM", "last_name"));
            assert!(scope.knows_of_confidential(nc()), "may be told how many were subtracted");
            assert!(!scope.may_write(&id("nc-party"), Private, nc()));
        });
        // The former owner of the base goes on loading it under custody, confidential voters included, and reads none.
        let (local, kept) = (Actor::local(organization("local")), standing("local", &[custody(1)]));
        enter(policy.decide::<Load>(&local, &request, &kept, now()).unwrap(), |scope| {
            assert!(scope.may_write(&id("nc-party"), Base, nc()));
            assert!(scope.may_write(&id("nc-party"), Restricted, nc()));
        });
        enter(policy.decide::<Read>(&local, &request, &kept, now()).unwrap(), |scope| {
            assert!(sees(scope.rights(), "nc-party", Base, "DURHAM", "last_name"));
            assert!(!sees(scope.rights(), "nc-party", Restricted, "DURHAM", "last_name"));
        });
        // Whoever opened the data directory appends for a campaign that was granted nothing.
        let (campaign, none) = (Actor::local(organization("rivera")), standing("rivera", &[]));
        enter(policy.decide::<Append>(&campaign, &request, &none, now()).unwrap(), |scope| {
            assert!(scope.may_write(&id("rivera"), Private, nc()));
            assert!(sees(scope.rights(), "nc-party", Base, "DURHAM", "last_name"));
        });
        enter(policy.decide::<Read>(&campaign, &request, &none, now()).unwrap(), |scope| {
            assert!(!sees(scope.rights(), "nc-party", Base, "DURHAM", "last_name"));
        });
    }

    #[test]
    fn a_captain_sees_the_own_precincts_of_what_was_granted() {
        let counties = Some(["DURHAM".to_owned()].into());
        let given = Grant { counties, ..grant(1, "nc-party", "durham", &[Base]) };
        let precincts = [Precinct::new("DURHAM", "12"), Precinct::new("WAKE", "12")].into();
        let captain = Actor { precincts, ..user("durham", &[Role::PrecinctCaptain]) };
        let policy = Policy::new().unwrap();
        let standing = standing("durham", &[given]);
        let decision = policy.decide::<Read>(&captain, &Request::voters_of(nc()), &standing, now()).unwrap();
        enter(decision, |scope| {
            let owner = id("nc-party");
            let column = Column { owner: &owner, class: Base, name: "last_name" };
            let at =
                |county, precinct| scope.rights().covers(Place { state: nc(), county, precinct }, column);
            assert!(at("DURHAM", "12"));
            assert!(!at("DURHAM", "13") && !at("WAKE", "12") && !at("DURHAM", ""));
        });
    }

    #[test]
    fn a_refusal_says_why_and_is_logged_too() {
        let policy = Policy::new().unwrap();
        let refused = |actor: &Actor, request: &Request, standing: &Standing| {
            *policy.decide::<Load>(actor, request, standing, now()).unwrap_err()
        };
        let organizer = user("nc-party", &[Role::Organizer]);
        let refusal = refused(&organizer, &Request::voters_of(nc()), &standing("nc-party", &[]));
        assert_eq!(refusal.to_string(), "`nc-party` may not load: only data directors load state lists");
        assert!(!refusal.is_alarm() && !refusal.intent().allowed);
        assert_eq!(refusal.intent().owners, [id("nc-party")].into());
        assert!(refusal.intent().refused_by.contains("role-loads"));

        let manage = Request::organization(organization("chen"));
        let refusal = policy
            .decide::<ManageGrants>(&director("nc-party"), &manage, &standing("nc-party", &[]), now())
            .unwrap_err();
        assert_eq!(refusal.intent().target, Some(id("chen")));
        assert_eq!(refusal.intent().owners, [id("nc-party")].into(), "nobody else learns who tried");
        let refusal = policy
            .decide::<Operate>(&director("local"), &Request::platform(), &standing("local", &[]), now())
            .unwrap_err();
        assert_eq!(refusal.to_string(), "`local` may not operate: nothing permits it");
    }

    #[test]
    fn what_cannot_be_evaluated_is_refused_with_an_alarm() {
        let overflow = r#"@id("overflow") @says("x") forbid(principal, action in Hustings::Action::"data", resource)
            when { context.now + 9223372036854775807 < 0 };"#;
        let broken = Policy::with(overflow).unwrap();
        let (director, standing) = (director("rivera"), standing("rivera", &[]));
        let request = Request::voters_of(nc());
        let refusal = broken.decide::<Read>(&director, &request, &standing, now()).unwrap_err();
        assert!(refusal.is_alarm());
        assert!(refusal.intent().alarm.as_deref().unwrap().contains("overflow"));
        assert_eq!(refusal.to_string(), "`rivera` may not read: the policy could not be evaluated");
        let place = Place { state: nc(), county: "DURHAM", precinct: "12" };
        let column = Column { owner: &id("rivera"), class: Private, name: "support" };
        let shows = |policy: &Policy| {
            policy.shows_cell::<Read>(&director, (place, column), request.purpose, &standing, now())
        };
        assert!(!shows(&broken) && shows(&Policy::new().unwrap()));

        // A question that does not fit, and facts about somebody else.
        let policy = Policy::new().unwrap();
        for (request, standing) in
            [(Request::platform(), standing.clone()), (request, crate::testing::standing("chen", &[]))]
        {
            assert!(policy.decide::<Read>(&director, &request, &standing, now()).unwrap_err().is_alarm());
        }
        let voters = Request::all_voters();
        assert!(policy.decide::<ManageGrants>(&director, &voters, &standing, now()).unwrap_err().is_alarm());
    }

    #[test]
    fn another_intents_receipt_opens_nothing() {
        let policy = Policy::new().unwrap();
        let decide = |about: &str| {
            let request = Request::voters_of(nc()).about(about);
            policy.decide::<Read>(&director("rivera"), &request, &standing("rivera", &[]), now()).unwrap()
        };
        let other = Receipt::of_durable_row(decide("one").intent().digest(), 1);
        let error = decide("two").logged(other).unwrap_err().to_string();
        assert!(error.starts_with("the log's receipt is for another intent: expected "), "{error}");
        assert_eq!(decide("two").intent().digest(), decide("two").intent().digest());
    }

    #[test]
    fn running_work_ends_with_its_grant_and_outlives_other_changes() {
        let policy = Policy::new().unwrap();
        let used = grant(1, "nc-party", "rivera", &[Base]);
        let before = standing("rivera", std::slice::from_ref(&used));
        let director = director("rivera");
        let decision = policy.decide::<Read>(&director, &Request::voters_of(nc()), &before, now()).unwrap();
        enter(decision, |scope| {
            let holds = |actor: &Actor, grants: &[Grant], at| {
                let standing = Standing { epoch: 8, ..standing("rivera", grants) };
                policy.still_holds(scope, actor, &standing, at)
            };
            let another = grant(2, "va-party", "rivera", &[Appended]);
            assert!(holds(&director, std::slice::from_ref(&used), now()));
            assert!(holds(&director, &[used.clone(), another], now()));
            assert!(!holds(&director, &[], now()));
            assert!(!holds(&director, &[Grant { revoked_at: Some(now()), ..used.clone() }], now()));
            assert!(!holds(&director, std::slice::from_ref(&used), day(20)));
            assert!(!holds(&user("rivera", &[]), std::slice::from_ref(&used), now()), "lost the role");
            let somebody_else = Actor { principal: crate::Principal::Local, ..director.clone() };
            assert!(!holds(&somebody_else, std::slice::from_ref(&used), now()));
        });
    }

    #[test]
    fn record_and_scope_say_for_what_the_data_are_used() {
        let request = Request::voters_of(nc()).for_purpose(crate::Purpose::Modeling);
        let (policy, own) = (Policy::new().unwrap(), standing("nc-party", &[]));
        let decision = policy.decide::<Read>(&director("nc-party"), &request, &own, now()).unwrap();
        assert_eq!(decision.intent().purpose, crate::Purpose::Modeling);
        enter(decision, |scope| {
            assert_eq!(scope.purpose(), crate::Purpose::Modeling);
            assert!(scope.keeps_list(nc()) && !scope.keeps_list(va()), "whose list it is");
        });
    }

    #[test]
    fn a_vendors_act_names_both() {
        let policy = Policy::new().unwrap();
        let mut standing = standing("rivera", &[grant(1, "nc-party", "rivera", &[Base])]);
        standing.engagements[0].until = day(15);
        let decision = policy
            .decide::<Read>(&vendor_for("rivera"), &Request::voters_of(nc()), &standing, now())
            .unwrap();
        assert_eq!(decision.intent().vendor, Some(id("dialer")));
        enter(decision, |scope| {
            assert_eq!(scope.organization(), &id("rivera"));
            assert_eq!(scope.expires_at(), Some(day(15)), "the engagement ends before the grant");
        });
    }

    #[test]
    fn permits_move_between_threads() {
        fn moves<T: Send + 'static>() {}
        moves::<crate::Permit<Read>>();
        moves::<Decision<Export>>();
    }

    #[test]
    fn held_rows_are_for_who_asks_for_all_of_its_list_to_read_it_here() {
        let policy = Policy::new().unwrap();
        let standing = standing("nc-party", &[]);
        let director = director("nc-party");
        let keeps = |request: Request| {
            let decision = policy.decide::<Read>(&director, &request, &standing, now()).unwrap();
            enter(decision, |scope| scope.keeps_list(nc()))
        };
        let list = || Request::voters_of(nc());
        assert!(keeps(list()) && keeps(list().only_classes([Base, Restricted])));
        // Of one of the two classes only, a held row may be the other.
        for only in [Base, Restricted, Appended] {
            assert!(!keeps(list().only_classes([only])), "{only}");
        }
        // They are held back from copies.
        let export = policy.decide::<Export>(&director, &list(), &standing, now()).unwrap();
        assert!(!enter(export, |scope| scope.keeps_list(nc())));
        let load = policy.decide::<Load>(&director, &list(), &standing, now()).unwrap();
        assert!(enter(load, |scope| scope.keeps_list(nc())));
    }
}
