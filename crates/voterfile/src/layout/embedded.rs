//! The layouts that the program brings along, and the user's own in their place.

use super::{Layout, parse_layout};
use hustings_core::StateCode;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// Name and text of every layout of the repository's `layouts/` folder.
macro_rules! embedded_layouts {
    ($($state:literal)*) => {
        &[$((concat!($state, ".toml"), include_str!(concat!("../../../../layouts/", $state, ".toml")))),*]
    };
}

const EMBEDDED: &[(&str, &str)] = embedded_layouts! {
    "AZ" "CA" "CO" "FL" "GA" "IA" "MD" "MI" "MN" "MO" "NC" "NJ" "NV" "NY" "OH" "OR" "PA" "TX" "VA" "WA" "WI"
};

/// A layout that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{sentence}")]
pub struct LayoutError {
    /// File, line, column and what is wrong with the first thing that is.
    sentence: String,
    /// How many more errors there are.
    pub more: usize,
}

/// All layouts by state.
#[derive(Debug, Clone)]
pub struct Layouts {
    by_state: BTreeMap<StateCode, Arc<Layout>>,
}

impl Layouts {
    /// The layouts in the program, parsed once.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static LAYOUTS: OnceLock<Layouts> = OnceLock::new();
        LAYOUTS.get_or_init(|| {
            let none = Self { by_state: BTreeMap::new() };
            none.replaced_by(EMBEDDED).expect("the embedded layouts are checked by this crate's tests")
        })
    }

    /// The embedded layouts, with the given ones (file name, text) added or in their state's place.
    ///
    /// # Errors
    /// [`LayoutError`] with file, line and reason for the first text that is no usable layout.
    pub fn with_overrides<N: AsRef<str>, T: AsRef<str>>(texts: &[(N, T)]) -> Result<Self, LayoutError> {
        Self::embedded().clone().replaced_by(texts)
    }

    fn replaced_by<N: AsRef<str>, T: AsRef<str>>(mut self, texts: &[(N, T)]) -> Result<Self, LayoutError> {
        for (name, text) in texts {
            let (layout, _) = parse_layout(text.as_ref(), name.as_ref()).map_err(|findings| {
                let mut errors = findings.iter().filter(|finding| finding.is_error());
                let first = errors.next().map_or_else(String::new, |finding| finding.sentence(name.as_ref()));
                LayoutError { sentence: first, more: errors.count() }
            })?;
            self.by_state.insert(layout.state, Arc::new(layout));
        }
        Ok(self)
    }

    /// The layout of a state.
    #[must_use]
    pub fn get(&self, state: StateCode) -> Option<&Arc<Layout>> {
        self.by_state.get(&state)
    }

    /// All layouts in the order of their states' codes.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Layout>> {
        self.by_state.values()
    }
}
