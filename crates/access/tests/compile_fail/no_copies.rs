// A scope, a permit or a receipt doubled.
use hustings_access::Scope;
use hustings_access::verb::Read;
use hustings_access::{Permit, Receipt};

fn doubled(scope: &Scope<'_>, permit: &Permit<Read>, receipt: &Receipt) {
    let _ = <Scope<'_> as Clone>::clone(scope);
    let _ = <Permit<Read> as Clone>::clone(permit);
    let _ = <Receipt as Clone>::clone(receipt);
}

fn main() {
    let _ = doubled;
}
