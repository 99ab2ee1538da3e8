// An export with a permission to read.
use hustings_access::Permit;
use hustings_access::Act;
use hustings_access::verb::{Export, Read};

fn export(_: &Act<'_, Export>) {}

fn main() {
    let _ = |permit: Permit<Read>| permit.enter(|act| export(act));
}
