//! A child process with its wall and CPU time.

use super::BenchError;
use std::fs;
use std::process::Command;
use std::time::Instant;

/// What a child process wrote and what it cost.
pub struct Finished {
    /// Whether it ended with exit code 0.
    pub success: bool,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// From its start to its end.
    pub wall_seconds: f64,
    /// User and system time of all its threads, to a hundredth of a second; none where `/proc` does not tell.
    pub cpu_seconds: Option<f64>,
}

/// Runs a command to its end. The caller waits for no other child meanwhile, or its CPU time would be counted, too.
///
/// # Errors
/// The program cannot be started.
pub fn run(command: &mut Command) -> Result<Finished, BenchError> {
    let before = children_ticks();
    let started = Instant::now();
    let output = command.output().map_err(|source| BenchError::File {
        path: command.get_program().to_string_lossy().into_owned(),
        source,
    })?;
    let wall_seconds = started.elapsed().as_secs_f64();
    let ticks = children_ticks().zip(before).map(|(after, before)| after.saturating_sub(before));
    Ok(Finished {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        wall_seconds,
        cpu_seconds: ticks.and_then(|ticks| u32::try_from(ticks).ok()).map(|ticks| f64::from(ticks) / TICKS),
    })
}

/// Clock ticks a second in `/proc`: 100 on every Linux that userland sees.
const TICKS: f64 = 100.0;

/// User and system time of this process with all its threads; none where `/proc` does not tell.
pub fn own_cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let ticks = parse_ticks(&stat, 11)?;
    u32::try_from(ticks).ok().map(|ticks| f64::from(ticks) / TICKS)
}

/// CPU time of all children that have ended and were waited for, in clock ticks.
fn children_ticks() -> Option<u64> {
    parse_children_ticks(&fs::read_to_string("/proc/self/stat").ok()?)
}

/// `cutime` and `cstime`: the 16th and the 17th field.
fn parse_children_ticks(stat: &str) -> Option<u64> {
    parse_ticks(stat, 13)
}

/// Two fields' sum, of which so many others stand before the first, behind the second field: the program's name, which may
/// hold blanks and brackets. `utime` and `stime` are the 14th and the 15th.
fn parse_ticks(stat: &str, before: usize) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(before);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_childrens_time_is_read_whatever_the_program_is_called() {
        let stat = "12 (a (b) c) S 1 12 12 0 -1 4194304 100 200 0 0 31 32 1234 56 20 0 1 0 100 1 1";
        assert_eq!(parse_children_ticks(stat), Some(1_290));
        assert_eq!(parse_children_ticks("12 (a) S 1"), None);
    }
}
