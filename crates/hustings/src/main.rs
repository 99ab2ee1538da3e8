//! The one binary. See `hustings --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    hustings::cli::main()
}
