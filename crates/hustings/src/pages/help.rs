//! `GET /help`: what the words mean.

use super::error::{PageError, page};
use super::frame::{Frame, Place};
use super::words::{self, Rule};
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage {
    frame: Frame,
    words: &'static [(&'static str, &'static str)],
    gate_rules: Vec<Rule>,
    quarantine_rules: Vec<Rule>,
    repair_rules: Vec<Rule>,
}

const WORDS: &[(&str, &str)] = &[
    (
        "State list",
        "The file that a state's election office gives out: everyone who is registered, usually once a week.",
    ),
    (
        "Delivery",
        "All files that arrive together: the list of voters, and often the history of who voted when.",
    ),
    (
        "Load",
        "To read a delivery, clean it, compare it with what is there, and make a snapshot of it. Loading the same files twice changes nothing.",
    ),
    (
        "Snapshot",
        "The voter file as of one date. It never changes afterward. One snapshot of a state is current: it is what everybody works with.",
    ),
    (
        "Repair",
        "A row that was damaged in a way that leaves no doubt, put right by a named rule, and counted.",
    ),
    (
        "Quarantine",
        "Rows that cannot be read safely. They are kept with their bytes, file and line, and are not part of the snapshot. Nothing is ever thrown away.",
    ),
    (
        "Gate",
        "The checks that a load must pass before it becomes current: counties missing, too many rows lost, vote history gone, and so on.",
    ),
    (
        "Held back",
        "A load that broke a rule of the gate. It is kept aside, and the snapshot before it stays current, until a person accepts it with a reason, discards it, or the next delivery replaces it.",
    ),
    ("Discarded", "A held load that a person threw away. Its report stays; its rows no longer take up room."),
    (
        "Undo",
        "To make the snapshot before the last load current again. The files of the undone one stay on disk.",
    ),
    ("Voter", "A person as a row of the voter file: registered, in one state."),
    (
        "On the list",
        "Everyone whom the state's list holds, whatever their status. Some states keep those who were removed or denied on it for years.",
    ),
    (
        "Registered",
        "Those on the list whose registration is active or inactive, and who may vote. Inactive voters may have moved: the state asked and got no answer. The others are removed, denied or not yet decided.",
    ),
    ("Household", "Voters at one standardized residence address: one door to knock at."),
    (
        "Dropped",
        "On an earlier list and not on this one. Dropped voters are marked, and never deleted; their history stays.",
    ),
    (
        "Confidential voter",
        "Somebody whose address the state protects by law, such as survivors of stalking. The address is shown nowhere and leaves in no export.",
    ),
    (
        "Purge watch",
        "An alarm when far more voters left the list, or became inactive, than in other weeks and other counties.",
    ),
    (
        "Field class",
        "Who supplied a column, and so who may see it: base (the state's public list), appended, proprietary, private, exchange, restricted.",
    ),
    (
        "Overlay",
        "Columns that a vendor or the party adds beside the list, with an owner and a class. The list itself is never overwritten.",
    ),
    (
        "Stands out",
        "A county whose change lies far from what the other counties did in the same week, more than six times as far as they usually lie from each other, or that is gone. Small counties are allowed more, because there a few people are many per cent.",
    ),
    (
        "Drift",
        "How much the mix of a column's values moved since the snapshot before. Below 0.1 is ordinary.",
    ),
    (
        "Found, accepted, doubtful",
        "Of a list without voter ids: a row is accepted where the program is sure of its voter, doubtful where it fits somebody but not surely, and found once it is accepted or a person has confirmed it. Doubtful rows are added to nobody.",
    ),
    (
        "How sure",
        "Of 100 accepted rows so many are right: at least, by those that people have checked, with 95 % confidence; and beside it what the program expects.",
    ),
];

/// `GET /help`
///
/// # Errors
/// When the template fails.
pub async fn get() -> Result<Response, PageError> {
    page(&HelpPage {
        frame: Frame::new("Help", Place::Help),
        words: WORDS,
        gate_rules: words::gate_rules(),
        quarantine_rules: words::quarantine_rules(),
        repair_rules: words::repair_rules(),
    })
}
