//! What the rest of the project relies on when it measures itself against synthetic deliveries.

mod nc_delivery;
mod nc_dirt;
mod nc_truth;
mod postgres;
#[cfg(test)] // so that the lints know it as test code
mod read;
