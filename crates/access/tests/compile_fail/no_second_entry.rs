// A permit used twice.
use hustings_access::Permit;
use hustings_access::verb::Read;

fn twice(permit: Permit<Read>) {
    permit.enter(|_| ());
    permit.enter(|_| ());
}

fn main() {
    let _ = twice;
}
