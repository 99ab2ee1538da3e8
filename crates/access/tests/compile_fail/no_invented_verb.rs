// A verb of one's own.
use hustings_access::{Action, Verb};

enum Browse {}

impl Verb for Browse {
    const ACTION: Action = Action::Read;
}

fn main() {}
