//! Linkage as its users meet it: labelled files in, pairs and clusters out. One model and one threshold for all of them.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the answer")]

mod columns;
mod follow;
mod hard_input;
mod household;
mod labelled;
mod lookup;
mod population;
mod table;
mod truth;
