//! `/{state}/matches`: lists without the state's ids, matched with its voters: sent, recognized, matched, reviewed,
//! appended, and taken back.

pub mod append;
mod asked;
mod beside;
mod checked;
pub mod draft;
pub mod link;
pub mod lists;
pub mod pair;
pub mod pairs;
pub mod present;
pub mod review;
pub mod reviewed;
pub mod run;
mod side;
pub mod undo;
mod waterfall;
