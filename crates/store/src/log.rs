//! The log of acts: one JSON line each, durable before the act's effect is seen.

use crate::durable;
use crate::error::StoreError;
use crate::store::Store;
use hustings_access::Scope;
use serde::Serialize;
use std::fs::OpenOptions;
use std::io::Write;

impl Store {
    /// Appends a line to `logs/<organization>/acts.jsonl`. `detail` holds no voter's data.
    pub(crate) fn log(
        &self,
        scope: &Scope<'_>,
        act: &str,
        detail: &impl Serialize,
    ) -> Result<(), StoreError> {
        let folder = self.data.logs(scope.organization().as_str());
        durable::create_folder(&folder)?;
        let path = folder.join("acts.jsonl");
        let line = serde_json::json!({
            "time": self.now(),
            "organization": scope.organization(),
            "principal": scope.principal(),
            "action": scope.action(),
            "act": act,
            "detail": detail,
        });
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(StoreError::io("write", &path))?;
        // One write, so that lines of two processes do not mix.
        file.write_all(format!("{line}\n").as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(StoreError::io("write", &path))
    }
}
