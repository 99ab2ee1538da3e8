//! Behaviors and attacks, on both databases.
