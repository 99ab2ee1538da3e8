//! The second account of what A may see: plain, and made from the world's making alone, not from policy or store.

use super::Findings;
use super::client::Answer;
use super::known::{Known, Sight};
use super::question::Question;
use aho_corasick::AhoCorasick;

/// Holds answers to the account.
#[derive(Debug)]
pub struct Oracle<'a> {
    known: &'a Known,
    hidden: &'a AhoCorasick,
}

impl<'a> Oracle<'a> {
    /// Of what is known of the worlds, and what finds the ids of voters of whose list A sees nothing.
    #[must_use]
    pub fn new(known: &'a Known, hidden: &'a AhoCorasick) -> Self {
        Self { known, hidden }
    }

    /// Holds the answer of one world to the account.
    pub fn check(&self, found: &mut Findings, question: &Question, answer: &Answer) {
        self.check_voter(found, question, answer);
        self.check_ids(found, question, answer);
    }

    /// A voter of a granted county is shown by name, id and A's own columns; one of another county by A's own columns
    /// alone; a confidential one does not exist, and for a captain none outside the precinct does. By the state's id only
    /// those are found whose id A may see.
    fn check_voter(&self, found: &mut Findings, question: &Question, answer: &Answer) {
        let (Some(place), Some(person)) = (question.voter, question.person) else { return };
        let (voter, person) = (&self.known.voters[place], &self.known.people[person]);
        found.decisions_checked += 1;
        let by_id = question.method == "POST";
        let sight = match voter.sight_of(person) {
            Sight::OwnColumns if by_id => Sight::Nothing,
            sight => sight,
        };
        // As a page writes it, or as JSON does.
        let last_name = if by_id { voter.last_name.clone() } else { voter.last_name.replace('\'', "&#39;") };
        // What is not there is said of the very id that was asked for.
        let asked_for = |name: &&&String| sight != Sight::Nothing || !question.holds(name);
        let names = [&voter.state_voter_id, &last_name];
        let listed = names.iter().filter(asked_for).filter(|name| answer.count(name) > 0).count();
        let own = self.known.own_columns.iter().all(|column| answer.count(column) > 0);
        let right = match sight {
            Sight::Granted => answer.status == 200 && listed == names.len() && own,
            Sight::OwnColumns => answer.status == 200 && listed == 0 && own,
            Sight::Nothing => answer.status == 404 && listed == 0 && !own,
        };
        if !right {
            let own = if own { "its" } else { "not all its" };
            let why = format!(
                "of voter {} A may see {sight:?}, and the answer was {} with {listed} names and {own} own columns",
                voter.state_voter_id, answer.status,
            );
            found.wrong(question, &why);
        }
    }

    /// No answer names the state's id of a voter of whose list A sees nothing, unless A has said it.
    fn check_ids(&self, found: &mut Findings, question: &Question, answer: &Answer) {
        let of_voters = ["/nc", "/api/v1/states", "/api/v1/exports", "/api/v1/voters"];
        if answer.status != 200 || !of_voters.iter().any(|path| question.target.starts_with(path)) {
            return;
        }
        found.decisions_checked += 1;
        let mut named = self.hidden.find_iter(&answer.body).filter_map(|place| {
            std::str::from_utf8(&answer.body[place.range()]).ok().filter(|id| !question.holds(id))
        });
        if let Some(id) = named.next() {
            found.wrong(
                question,
                &format!("the answer names voter {id}, of whom A may see nothing of the list"),
            );
        }
    }
}
