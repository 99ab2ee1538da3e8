//! Integration tests of the voter file.

// Marked as test code so that helpers may unwrap.
#[cfg(test)]
mod layout;
#[cfg(test)]
mod record;
