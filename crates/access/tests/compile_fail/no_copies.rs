// A scope, a permit or a receipt doubled.
use hustings_access::scope::Scope;
use hustings_access::verb::Read;
use hustings_access::{Permit, Receipt};

fn doubled(scope: &Scope<'_>, permit: &Permit<Read>, receipt: &Receipt) {
    let _: Scope<'_> = scope.clone();
    let _: Permit<Read> = permit.clone();
    let _: Receipt = receipt.clone();
}

fn twice(permit: Permit<Read>) {
    permit.enter(|_| ());
    permit.enter(|_| ());
}

fn main() {
    let _ = (doubled, twice);
}
