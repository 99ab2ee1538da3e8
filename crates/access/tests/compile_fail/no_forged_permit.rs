// A permit without a decision that is in the log.
use hustings_access::Permit;
use hustings_access::verb::Read;

fn any<T>() -> T {
    loop {}
}

fn main() {
    let _: Permit<Read> = Permit::new(any(), any());
}
