//! The second account of what A may see: plain, and made from the world's making alone, not from policy or store.

use super::Findings;
use super::client::Answer;
use super::question::Question;
use super::world::{Known, Sight};

/// Holds answers about voters to the account.
#[derive(Debug)]
pub struct Oracle<'a> {
    known: &'a Known,
}

impl<'a> Oracle<'a> {
    /// Of what is known of the worlds.
    #[must_use]
    pub fn new(known: &'a Known) -> Self {
        Self { known }
    }

    /// A voter of a granted county is shown by name, id and A's own columns; one of another county by A's own columns
    /// alone; a confidential one does not exist.
    pub fn check(&self, found: &mut Findings, question: &Question, answer: &Answer) {
        let Some(place) = question.voter else { return };
        let voter = &self.known.voters[place];
        found.decisions_checked += 1;
        // As a page writes it.
        let last_name = voter.last_name.replace('\'', "&#39;");
        let names = [&voter.state_voter_id, &last_name];
        let listed = names.iter().filter(|name| answer.count(name) > 0).count();
        let own = self.known.own_columns.iter().all(|column| answer.count(column) > 0);
        let right = match voter.sight {
            Sight::Granted => answer.status == 200 && listed == names.len() && own,
            Sight::OwnColumns => answer.status == 200 && listed == 0 && own,
            Sight::Nothing => answer.status == 404 && listed == 0 && !own,
        };
        if !right {
            found.decisions_wrong += 1;
            if found.examples.len() < 10 {
                found.examples.push(format!(
                    "{}: of voter {} A may see {:?}, and the answer was {} with {listed} names and {} own columns",
                    question.line(),
                    voter.state_voter_id,
                    voter.sight,
                    answer.status,
                    if own { "its" } else { "not all its" },
                ));
            }
        }
    }
}
