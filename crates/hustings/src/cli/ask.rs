//! Puts a question to the data folder here, or to the server of `--server`.

use super::Options;
use super::context::{block_on, open_store};
use super::exit::CliError;
use super::remote::Remote;
use crate::ask::{Ask, AskError};
use hustings_access::OrganizationId;

/// Asks for the organization of `--as`, else for the owner of the data folder.
///
/// # Errors
/// As the policy and the store.
pub fn ask<A: Ask>(options: &Options, question: &A) -> Result<A::Answer, CliError> {
    ask_as(options, None, question)
}

/// As [`ask`], for an organization that the question itself names, unless `--as` names one.
///
/// # Errors
/// As the policy and the store.
pub fn ask_as<A: Ask>(
    options: &Options,
    organization: Option<&OrganizationId>,
    question: &A,
) -> Result<A::Answer, CliError> {
    if let Some(remote) = Remote::of(options)? {
        return remote.ask(question);
    }
    let organization = options.organization.as_ref().or(organization);
    block_on(async {
        let store = open_store(options).await?;
        let actor = store.local_actor(organization).await?;
        Ok(question.answer(&store, &actor).await?)
    })
}

impl From<AskError> for CliError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::NotFound(text) | AskError::Input(text) => Self::input(text),
            AskError::Refused(text) => Self::No(anyhow::anyhow!("{text}")),
            AskError::Busy(text) | AskError::Environment(text) => Self::environment(text),
        }
    }
}
