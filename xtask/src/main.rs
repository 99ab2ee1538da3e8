#![doc = include_str!("../README.md")]

mod tidy;
mod tree;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments != ["tidy"] {
        eprintln!("usage: cargo run -p xtask -- tidy");
        return ExitCode::from(2);
    }
    let tree = match tree::Tree::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))) {
        Ok(tree) => tree,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(3);
        }
    };
    let mut count = 0;
    for (rule, check) in tidy::RULES {
        for problem in check(&tree) {
            println!("{rule}: {problem}");
            count += 1;
        }
    }
    match count {
        0 => ExitCode::SUCCESS,
        _ => {
            println!("{count} problems");
            ExitCode::FAILURE
        }
    }
}
