//! Integration tests of the voter file.

mod layout;
mod record;
