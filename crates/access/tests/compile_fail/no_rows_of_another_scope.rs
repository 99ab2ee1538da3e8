// Rows read for one organization, exported under another's scope.
use hustings_access::Permit;
use hustings_access::{Act, Brand, Scope};
use hustings_access::verb::{Export, Read};

struct Rows<'id>(Brand<'id>);

fn scan<'id>(_: &Scope<'id>) -> Rows<'id> {
    Rows(Brand::default())
}

fn export<'id>(_: &Act<'id, Export>, _: Rows<'id>) {}

fn mix(one: Permit<Read>, another: Permit<Export>) {
    one.enter(|theirs| another.enter(|ours| export(ours, scan(theirs))));
}

fn main() {
    let _ = mix;
}
