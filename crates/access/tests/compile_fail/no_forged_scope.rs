// A scope written down instead of decided.
fn any<T>() -> T {
    loop {}
}

fn main() {
    let _ = hustings_access::Scope { ground: any(), sequence: any(), brand: any() };
}
