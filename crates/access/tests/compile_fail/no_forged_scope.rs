// A scope written down instead of decided.
fn main() {
    let _ = hustings_access::scope::Scope { ground: (), sequence: 0, brand: Default::default() };
}
