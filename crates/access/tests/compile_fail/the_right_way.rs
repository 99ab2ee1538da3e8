// What the other files do wrong, done right, so that they fail for what they are about.
use hustings_access::scope::{Act, Brand, Permit, Scope};
use hustings_access::verb::{Export, Read};

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

fn main() {
    let _ = (read, take);
}
