//! The second account of what A may see: plain, and made from the world's making alone, not from policy or store.

use super::Findings;
use super::client::Answer;
use super::question::Question;
use super::world::Known;

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

    /// A voter of a granted county who is not confidential is shown by name, id and A's own columns; any other does not
    /// exist.
    pub fn check(&self, found: &mut Findings, question: &Question, answer: &Answer) {
        let Some(place) = question.voter else { return };
        let voter = &self.known.voters[place];
        found.decisions_checked += 1;
        let right = if voter.is_granted {
            answer.status == 200
                && answer.count(&voter.state_voter_id) > 0
                && self.known.own_columns.iter().all(|column| answer.count(column) > 0)
        } else {
            answer.status == 404 && answer.count(&voter.state_voter_id) == 0
        };
        if !right {
            found.decisions_wrong += 1;
            if found.examples.len() < 10 {
                let expected = if voter.is_granted { "is granted" } else { "is not granted" };
                found.examples.push(format!(
                    "{}: voter {} {expected}, and the answer was {}",
                    question.line(),
                    voter.state_voter_id,
                    answer.status
                ));
            }
        }
    }
}
