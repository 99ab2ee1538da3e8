//! Standard output. A reader that has gone away (`| head`) is no error.

use super::exit::CliError;
use std::fmt::Arguments;
use std::io::{ErrorKind, Write, stdout};

/// Prints a line; see [`out!`](crate::out).
pub fn line(text: Arguments<'_>) {
    let mut out = stdout().lock();
    let written = out.write_fmt(text).and_then(|()| out.write_all(b"\n"));
    if written.is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
        // Nobody reads on, so nothing is left to say.
        std::process::exit(0);
    }
}

/// Prints one JSON document.
///
/// # Errors
/// The value cannot be written as JSON.
pub fn print_json(value: &impl serde::Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value).map_err(CliError::environment)?;
    line(format_args!("{text}"));
    Ok(())
}

/// `println!` for readers that may go away.
#[macro_export]
macro_rules! out {
    () => { $crate::cli::output::line(format_args!("")) };
    ($($text:tt)+) => { $crate::cli::output::line(format_args!($($text)+)) };
}
