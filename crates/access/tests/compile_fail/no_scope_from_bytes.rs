// A scope or a permit read back from bytes, or made from nothing.
use hustings_access::Permit;
use hustings_access::Scope;
use hustings_access::verb::Read;

fn read_back<T: serde::de::DeserializeOwned>() {}
fn of_nothing<T: Default>() {}

fn main() {
    read_back::<Scope<'static>>();
    read_back::<Permit<Read>>();
    of_nothing::<Permit<Read>>();
}
