//! A list linked to a state's voters, in memory.

use super::input::{Head, Loaded, Otherwise, Reading, read_voters};
use super::{MatchError, SEED};
use hustings_access::Scope;
use hustings_core::{StateCode, VoterId};
use hustings_matching::compare::Comparer;
use hustings_matching::decide::{Decision, DecisionOptions, Doubt, Verdict};
use hustings_matching::plan::Side;
use hustings_matching::prepare::Prepared;
use hustings_matching::run::{Links, link};
use hustings_store::match_run::MatchPair;
use hustings_store::{ListRows, Store};

/// Who is told how far a list is.
pub trait Watch: Sync {
    /// A stage begins.
    fn stage(&self, name: &str);
    /// So many more voters have been read.
    fn advance(&self, voters: u64);
}

/// Nobody is told.
impl Watch for () {
    fn stage(&self, _: &str) {}
    fn advance(&self, _: u64) {}
}

/// A list linked to the voters that exist for a scope.
#[derive(Debug)]
pub(super) struct LinkedList {
    /// What was decided, by the list's rows, and how.
    pub links: Links,
    /// The snapshot.
    pub snapshot: String,
    loaded: Loaded,
}

/// Links a list to the voters of the current snapshot that exist for a scope: rows and columns outside of it, confidential
/// voters and those no longer on the state's list are as if they were not there.
///
/// # Errors
/// There is no such list for the scope, a grant ends meanwhile, or no column of the two can be compared.
pub(super) async fn link_to_snapshot<'id>(
    (store, scope): (&Store, &Scope<'id>),
    state: StateCode,
    list: &ListRows,
    words: &[(String, String)],
    options: DecisionOptions,
    watch: &dyn Watch,
) -> Result<LinkedList, MatchError> {
    watch.stage("read_the_list");
    let voters = store.linkable_voters(scope, state, None).await?;
    let left = Head {
        name: list.path().display().to_string(),
        headers: list.headers().to_vec(),
        id: None,
        otherwise: Otherwise::Number,
    };
    let right = Head::of_voters(&voters, None);
    let mut reading = Reading::begin(&left, Some(&right), words)?;
    for block in list.blocks() {
        reading.push(Side::Left, block)?;
    }
    watch.stage("read_the_voters");
    let read = |rows| watch.advance(u64::try_from(rows).unwrap_or(0));
    read_voters(&mut reading, Side::Right, (store, scope), &voters, &read).await?;
    watch.stage("compare");
    let loaded = reading.finish();
    let links = link(&loaded.prepared, options, SEED);
    Ok(LinkedList { links, snapshot: voters.snapshot().to_owned(), loaded })
}

impl LinkedList {
    /// Both sides as they were compared.
    pub fn prepared(&self) -> &Prepared {
        &self.loaded.prepared
    }

    /// Among how many voters the rows were looked for.
    pub fn voters(&self) -> usize {
        self.loaded.voters(Side::Right)
    }

    /// The pairs as they are kept, by row.
    pub fn pairs(&self) -> Vec<MatchPair> {
        let prepared = self.prepared();
        let comparer = Comparer::new(prepared, self.links.summary.model.kinds.clone());
        let pair = |decision: &Decision| {
            let (row, voter) = (decision.pair.left as usize, decision.pair.right as usize);
            let mut rarity = vec![0.0; comparer.kinds().len()];
            let evidence =
                comparer.compare_with(prepared.left_row(row), prepared.base_row(voter), |place, _, bits| {
                    rarity[place] = bits;
                });
            Some(MatchPair {
                row: decision.pair.left,
                voter: self.voter(voter)?,
                bits: f64::from(decision.pair.bits),
                chance: decision.chance,
                is_accepted: decision.verdict == Verdict::Accept,
                doubt: decision.doubt.map_or(String::new(), why),
                levels: decision.pair.pattern.0,
                rarity,
                rarity_of_mates: f64::from(evidence.rarity_of_mates),
            })
        };
        self.links.decisions.iter().filter_map(pair).collect()
    }

    fn voter(&self, row: usize) -> Option<VoterId> {
        self.loaded.voter(Side::Right, row)
    }
}

fn why(doubt: Doubt) -> String {
    match doubt {
        Doubt::Unlikely => "Not sure enough to be accepted by itself.".to_owned(),
        Doubt::Rival => "Another voter fits this row as well, or another row fits this voter.".to_owned(),
        Doubt::Namesakes => {
            "Two namesakes of one family, perhaps: suffixes or birth dates contradict each other.".to_owned()
        }
        Doubt::OtherState(expected) => format!(
            "Only name and birth date agree, in different states: {expected:.2} other people of that name and birth date \
             are to be expected."
        ),
    }
}
