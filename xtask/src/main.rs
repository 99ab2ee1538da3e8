#![doc = include_str!("../README.md")]

mod parts;
mod tidy;
mod tree;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if !matches!(arguments[..], ["tidy" | "parts"]) {
        eprintln!("usage: cargo run -p xtask -- tidy|parts");
        return ExitCode::from(2);
    }
    let tree = match tree::Tree::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))) {
        Ok(tree) => tree,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(3);
        }
    };
    if arguments == ["parts"] {
        return match parts::parts(&tree) {
            Ok(list) => {
                println!("{list}");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{error}");
                ExitCode::from(3)
            }
        };
    }
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
