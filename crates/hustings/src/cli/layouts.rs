//! `hustings layouts`: list, show and check how states' files are laid out.

use super::Options;
use super::context::layouts;
use super::exit::CliError;
use super::output::print_json;
use crate::out;
use hustings_core::StateCode;
use hustings_voterfile::layout::{Severity, check_text, show, to_json};
use std::path::PathBuf;
use std::process::ExitCode;

/// List, show and check how states' files are laid out
#[derive(Debug, clap::Args)]
pub struct LayoutsVerb {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// All states with a layout
    List,
    /// One state's layout
    Show {
        /// The state, such as nc
        #[arg(value_name = "STATE")]
        state: StateCode,
    },
    /// Say what a layout file lacks, with line numbers
    Check {
        /// The TOML file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Lists, shows or checks.
///
/// # Errors
/// No such state or file.
pub fn run(options: &Options, verb: &LayoutsVerb) -> Result<ExitCode, CliError> {
    match &verb.what {
        What::List => list(options),
        What::Show { state } => {
            let layouts = layouts(options.layouts.as_deref())?;
            let layout =
                layouts.get(*state).ok_or_else(|| CliError::input(format!("no layout for `{state}`")))?;
            if options.json {
                print_json(&to_json(layout))?;
            } else {
                print!("{}", show(layout));
            }
            Ok(ExitCode::SUCCESS)
        }
        What::Check { file } => check(options, file),
    }
}

fn list(options: &Options) -> Result<ExitCode, CliError> {
    let layouts = layouts(options.layouts.as_deref())?;
    if options.json {
        let list: Vec<_> = layouts
            .iter()
            .map(|layout| {
                serde_json::json!({
                    "state": layout.state, "name": layout.name, "title": layout.title,
                    "certainty": layout.certainty.as_str(), "files": layout.files.len(),
                })
            })
            .collect();
        print_json(&serde_json::json!({ "layouts": list }))?;
    } else {
        for layout in layouts.iter() {
            out!("{}  {:16} {:10} {}", layout.state, layout.name, layout.certainty.as_str(), layout.title);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn check(options: &Options, file: &PathBuf) -> Result<ExitCode, CliError> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| CliError::input(format!("`{name}` cannot be read: {error}")))?;
    let findings = check_text(&text, &name);
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    if options.json {
        print_json(&serde_json::json!({ "file": name, "ok": errors == 0, "findings": findings }))?;
    } else {
        for finding in &findings {
            out!("{}", finding.sentence(&name));
        }
        if findings.is_empty() {
            out!("{name}: complete");
        }
    }
    Ok(ExitCode::from(u8::from(errors > 0)))
}
