//! Who saw a voter, in a sentence for each organization: what the records below it tell one by one.

use super::access_words::said;
use super::format::{Count, instant, visible};
use super::log_words::Known;
use super::neighbors;
use hustings_access::{Organization, OrganizationId};
use hustings_store::audit::{AuditRecord, Held};
use std::collections::BTreeSet;

/// More people of one organization are not named in a sentence.
const PEOPLE_MAX: usize = 3;

/// How often something was done, and when last.
#[derive(Default)]
struct Times {
    count: u64,
    last: String,
}

impl Times {
    /// Records come newest first.
    fn add(&mut self, at: &str) {
        if self.count == 0 {
            at.clone_into(&mut self.last);
        }
        self.count += 1;
    }

    fn said(&self, what: &str) -> Option<String> {
        let at = instant(&self.last);
        match self.count {
            0 => None,
            1 => Some(format!("{what} once, on {at}")),
            2 => Some(format!("{what} twice, last on {at}")),
            count => Some(format!("{what} {} times, last on {at}", Count(count))),
        }
    }
}

/// What one organization did.
#[derive(Default)]
struct Deeds {
    organization: String,
    people: BTreeSet<String>,
    /// That somebody is not known by name.
    strangers: bool,
    seen: Times,
    taken: Times,
    perhaps: Times,
}

/// A sentence for each organization that was shown the voter whom the records are about, whoever was last first; none
/// where nobody was.
#[must_use]
pub fn sentences(records: &[AuditRecord], known: &[Organization], words: Known<'_>) -> Vec<String> {
    let mut all: Vec<Deeds> = Vec::new();
    for record in records {
        if !matches!(record.action.as_str(), "shown" | "exported") {
            continue;
        }
        let at = match all.iter().position(|deeds| deeds.organization == record.organization) {
            Some(at) => at,
            None => {
                all.push(Deeds { organization: record.organization.clone(), ..Deeds::default() });
                all.len() - 1
            }
        };
        let deeds = &mut all[at];
        let times = match (record.held, record.action.as_str()) {
            (Some(Held::Maybe), _) => &mut deeds.perhaps,
            (_, "exported") => &mut deeds.taken,
            _ => &mut deeds.seen,
        };
        times.add(&record.at);
        let person = words.users.iter().find(|user| Some(user.id.as_str()) == record.principal.as_deref());
        match person {
            Some(person) => drop(deeds.people.insert(visible(&person.name))),
            None => deeds.strangers = true,
        }
    }
    all.into_iter().map(|deeds| sentence(&deeds, known)).collect()
}

fn sentence(deeds: &Deeds, known: &[Organization]) -> String {
    let id = deeds.organization.parse::<OrganizationId>();
    let name = id.map_or_else(|_| visible(&deeds.organization), |id| visible(&neighbors::name(known, &id)));
    let mut people: Vec<String> = deeds.people.iter().take(PEOPLE_MAX).cloned().collect();
    if !people.is_empty() && (deeds.strangers || deeds.people.len() > PEOPLE_MAX) {
        people.push("others".to_owned());
    }
    let who = if people.is_empty() { name } else { format!("{name} ({})", said(&people)) };
    let what = [
        deeds.seen.said("saw this voter"),
        deeds.taken.said("took a copy with this voter"),
        deeds.perhaps.said("may have been given this voter in a copy"),
    ];
    let what: Vec<String> = what.into_iter().flatten().collect();
    format!("{who} {}.", what.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn record(organization: &str, action: &str, at: &str, held: Option<Held>) -> AuditRecord {
        AuditRecord {
            record: "r-1".to_owned(),
            at: at.to_owned(),
            organization: organization.to_owned(),
            principal: Some("u-1".to_owned()),
            action: action.to_owned(),
            about: None,
            classes: Vec::new(),
            voters: None,
            details: Value::Null,
            held,
        }
    }

    #[test]
    fn each_organization_has_a_sentence_and_what_was_only_asked_has_none() {
        let records = [
            record("rivera", "exported", "2026-11-22T18:00:00Z", Some(Held::Maybe)),
            record("rivera", "shown", "2026-11-22T17:59:00Z", None),
            record("chen", "shown_refused", "2026-11-22T17:58:30Z", None),
            record("nc-party", "exported", "2026-11-22T17:58:00Z", Some(Held::Yes)),
            record("rivera", "read", "2026-11-22T17:57:00Z", None),
            record("rivera", "shown", "2026-11-21T17:57:00Z", None),
        ];
        let told = sentences(&records, &[], Known { organizations: &[], users: &[] });
        assert_eq!(
            told,
            [
                "rivera saw this voter twice, last on Nov 22, 2026, 17:59 UTC; may have been given this voter in a \
                 copy once, on Nov 22, 2026, 18:00 UTC.",
                "nc-party took a copy with this voter once, on Nov 22, 2026, 17:58 UTC."
            ]
        );
        assert_eq!(sentences(&records[2..3], &[], Known { organizations: &[], users: &[] }), [""; 0]);
    }
}
