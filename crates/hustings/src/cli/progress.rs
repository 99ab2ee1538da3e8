//! Progress bars on a terminal; nothing where standard error is no terminal.

use crate::load::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Mutex;

/// One bar at a time, a line for every stage.
pub struct Bars {
    bar: Mutex<ProgressBar>,
}

impl Default for Bars {
    fn default() -> Self {
        Self::new()
    }
}

impl Bars {
    /// No bar yet.
    #[must_use]
    pub fn new() -> Self {
        Self { bar: Mutex::new(ProgressBar::hidden()) }
    }

    /// Takes the last bar away.
    pub fn finish(&self) {
        self.current().finish_and_clear();
    }

    fn current(&self) -> std::sync::MutexGuard<'_, ProgressBar> {
        self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Progress for Bars {
    fn stage(&self, name: &str, total: Option<u64>) {
        let bar = match total {
            Some(total) => ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr())
                .with_style(style("{msg:36} {bar:32} {bytes:>10} of {total_bytes} {eta:>4}")),
            None => ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
                .with_style(style("{msg:36} {spinner} {bytes}")),
        };
        bar.set_message(name.to_owned());
        let mut current = self.current();
        current.finish_and_clear();
        *current = bar;
    }

    fn advance(&self, amount: u64) {
        self.current().inc(amount);
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
