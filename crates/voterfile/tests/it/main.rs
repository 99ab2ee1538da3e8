//! Integration tests of the voter file.

mod record;
