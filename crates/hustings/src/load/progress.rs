//! How far a load is.

/// Told of every stage and of every step in it, from any thread.
pub trait Progress: Send + Sync {
    /// A stage begins, with the number of its steps (bytes or rows) where it is known.
    fn stage(&self, name: &str, total: Option<u64>);
    /// So many more steps are done.
    fn advance(&self, amount: u64);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _name: &str, _total: Option<u64>) {}
    fn advance(&self, _amount: u64) {}
}
