//! What the files of `tests/compile_fail` do wrong, done right.

use hustings_access::verb::{Export, Read};
use hustings_access::{Act, Brand, Permit, Scope};

struct Rows<'id>(Brand<'id>);

fn scan<'id>(_: &Scope<'id>) -> Rows<'id> {
    Rows(Brand::default())
}

fn export<'id>(_: &Act<'id, Export>, _: Rows<'id>) -> usize {
    0
}

fn read(permit: Permit<Read>) {
    permit.enter(|act| {
        scan(act);
    });
}

fn take(permit: Permit<Export>) -> usize {
    permit.enter(|act| export(act, scan(act)))
}

pub fn compiles() {
    let _ = (read, take);
}
