//! The pages: server-rendered, usable without JavaScript, over what the local owner's scope may read. One noun, one file.

pub mod asset;
pub mod chart;
pub mod error;
pub mod format;
pub mod frame;
pub mod report;
pub mod report_view;
pub mod words;
