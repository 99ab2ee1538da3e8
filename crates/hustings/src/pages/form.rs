//! A form that was sent: its fields, some of them several times, and proof that one of our own pages sent it.

use super::error::PageError;
use super::security::FormToken;
use axum::Form;
use axum::extract::{FromRequest, Request};
use std::collections::BTreeSet;
use std::str::FromStr;

/// The fields of a form whose token was right. A handler that takes this cannot forget to look at the token.
#[derive(Debug)]
pub struct Sent(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let token = request.extensions().get::<FormToken>().cloned();
        let sent = match Form::<Vec<(String, String)>>::from_request(request, state).await {
            Ok(Form(fields)) => Self(fields),
            Err(rejection) => match rejection.into() {
                PageError::TooLarge => return Err(PageError::TooLarge),
                // What is no form has no token, either: nothing more is said to whoever may have no leave.
                _ => Self(Vec::new()),
            },
        };
        match token {
            Some(token) => token.demand(sent.text("form_token"))?,
            None => return Err(PageError::environment("a form has no token to be compared with")),
        }
        Ok(sent)
    }
}

impl Sent {
    /// What a form holds when it is opened.
    pub fn of(fields: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// A field as typed; empty when it is not there.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// All values of a field that may be chosen several times.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let name = name.to_owned();
        self.0.iter().filter(move |(field, _)| *field == name).map(|(_, value)| value.as_str())
    }

    /// Whether a field that may be chosen several times has this value.
    #[must_use]
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|chosen| chosen == value)
    }

    /// Whether a box was checked.
    #[must_use]
    pub fn is_checked(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// All values of a field, read as words of the program.
    ///
    /// # Errors
    /// One of them is no such word.
    pub fn words<T: FromStr + Ord>(&self, name: &str) -> Result<BTreeSet<T>, PageError>
    where
        T::Err: std::fmt::Display,
    {
        self.all(name).map(|word| word.parse().map_err(input)).collect()
    }

    /// A field read as a word of the program; none when it is empty.
    ///
    /// # Errors
    /// It is no such word.
    pub fn word<T: FromStr>(&self, name: &str) -> Result<Option<T>, PageError>
    where
        T::Err: std::fmt::Display,
    {
        let text = self.text(name).trim();
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(input) }
    }

    /// A field with a list typed with commas or line by line: trimmed, without empty ones.
    #[must_use]
    pub fn list(&self, name: &str) -> BTreeSet<String> {
        let parts = self.text(name).split([',', ';', '\n']);
        parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }
}

/// What was typed cannot be understood.
pub fn input(error: impl std::fmt::Display) -> PageError {
    PageError::Input(error.to_string())
}
