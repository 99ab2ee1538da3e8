#![doc = include_str!("../README.md")]

pub mod canonical;
pub mod checkpoint;
pub mod cosignature;
pub mod edge;
pub mod files;
pub mod key;
pub mod log;
pub mod note;
pub mod policy;
pub mod proof;
pub mod record;
pub mod superseded;
pub mod tile;
pub mod tlog_proof;
pub mod tree_hash;
pub mod verify;
pub mod witness;

pub use checkpoint::{Checkpoint, Head};
pub use files::{File, Files};
pub use key::{Signer, VerifierKey};
pub use log::{Batch, Log};
pub use policy::Policy;
pub use record::{Envelope, Record};
pub use tlog_proof::TlogProof;
pub use tree_hash::TreeHash;
pub use verify::{Problem, Report, verify};
pub use witness::Witness;
