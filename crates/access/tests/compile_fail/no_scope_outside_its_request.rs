// A scope carried out of its request.
use hustings_access::Permit;
use hustings_access::Act;
use hustings_access::verb::Read;

fn returned(permit: Permit<Read>) {
    let _ = permit.enter(|act| act);
}

fn kept(permit: Permit<Read>) {
    let mut kept: Option<&Act<'_, Read>> = None;
    permit.enter(|act| kept = Some(act));
}

fn main() {
    let _ = (returned, kept);
}
