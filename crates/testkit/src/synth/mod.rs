//! Synthetic states: deliveries in a state's official format, with the truth beside them.

pub mod linkage;
pub mod nc;
pub mod random;
pub mod vendor_list;
