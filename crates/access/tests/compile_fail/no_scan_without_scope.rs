// Voter data asked for without a scope.
use hustings_access::Scope;

fn scan(_: &Scope<'_>) -> usize {
    0
}

fn main() {
    scan();
}
