//! What is known of the worlds: what requests are made of, and what the answers are held to. It is the same for both.

use std::collections::BTreeSet;

/// Who asks.
#[derive(Debug, Clone)]
pub struct Person {
    /// For the dump.
    pub name: &'static str,
    /// The session, of people.
    pub session: Option<String>,
    /// The key, of programs.
    pub key: Option<String>,
    /// Whether they see one precinct only.
    pub of_precinct: bool,
    /// Whether their session may be ended and their account changed: nothing else is asked as them.
    pub expendable: bool,
}

/// What is known of the worlds.
#[derive(Debug, Default)]
pub struct Known {
    /// A's people and programs.
    pub people: Vec<Person>,
    /// The key of the forms, which both servers were given.
    pub form_key: [u8; 32],
    /// Some of the voters.
    pub voters: Vec<KnownVoter>,
    /// The state's ids of all voters of whom A may see nothing of the list.
    pub hidden_ids: Vec<String>,
    /// Last names.
    pub names: Vec<String>,
    /// Columns of anybody's.
    pub columns: Vec<String>,
    /// Names under which A's own columns stand on a voter's page.
    pub own_columns: Vec<String>,
    /// Counties.
    pub counties: Vec<String>,
    /// Organizations, the rival among them.
    pub organizations: Vec<String>,
    /// E-mail addresses of A's expendable people, and of the rival's.
    pub emails: Vec<String>,
    /// Ids of snapshots, grants, keys, people, appends and records, everybody's.
    pub ids: Vec<String>,
    /// A's things without which nothing more could be asked: nobody ends them.
    pub kept: BTreeSet<String>,
}

/// One voter.
#[derive(Debug)]
pub struct KnownVoter {
    /// The state's id.
    pub state_voter_id: String,
    /// The key under which A would know the voter.
    pub key: String,
    /// As the list writes it.
    pub last_name: String,
    /// What A may see of the voter.
    pub sight: Sight,
    /// Whether the voter lives in the captain's precinct.
    pub in_precinct: bool,
}

/// What A may see of a voter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// The row of the list, and A's own columns: of a county that is granted to A.
    Granted,
    /// A's own columns, and nothing of the list: of another county.
    OwnColumns,
    /// Nothing: confidential.
    Nothing,
}

impl KnownVoter {
    /// What somebody of A's may see of the voter.
    #[must_use]
    pub fn sight_of(&self, person: &Person) -> Sight {
        if person.of_precinct && !self.in_precinct { Sight::Nothing } else { self.sight }
    }
}
