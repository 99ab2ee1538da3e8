//! `--server URL --key-file FILE`: the same verbs over the network, with the same answers, sentences and exit codes.

use super::Options;
use super::exit::CliError;
use super::form_body::FormBody;
use crate::api::caller::ACTS_FOR;
use crate::api::problem::Body;
use crate::ask::{Ask, Call, encoded};
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;
use ureq::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use ureq::http::request::Builder;
use ureq::http::{Request, Response, Uri};

/// Bytes of an answer that is held in memory.
const ANSWER_BYTES_MAX: u64 = 256 * 1024 * 1024;
const CONNECT_TIME_MAX: Duration = Duration::from_secs(20);

/// A server, and the key that it is shown.
pub struct Remote {
    agent: ureq::Agent,
    url: String,
    key: String,
    acts_for: Option<String>,
}

impl Remote {
    /// The server of `--server`; none when the data folder here is meant.
    ///
    /// # Errors
    /// The address is none that a key may be sent to, or there is no key.
    pub fn of(options: &Options) -> Result<Option<Self>, CliError> {
        let Some(url) = &options.server else { return Ok(None) };
        let Some(file) = &options.key_file else {
            return Err(CliError::input("--server needs --key-file: `hustings key create` makes a key"));
        };
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // A key goes to whom it was meant for and nobody else.
            .max_redirects(0)
            .proxy(None)
            .timeout_connect(Some(CONNECT_TIME_MAX))
            .build();
        Ok(Some(Self {
            agent: config.into(),
            url: checked(url)?,
            key: read_key(file)?,
            acts_for: options.organization.as_ref().map(ToString::to_string),
        }))
    }

    /// Puts a question to the server.
    ///
    /// # Errors
    /// As the server says, or it cannot be reached.
    pub fn ask<A: Ask>(&self, question: &A) -> Result<A::Answer, CliError> {
        self.read(self.send(&question.call())?)
    }

    /// An answer that is JSON.
    ///
    /// # Errors
    /// It is none, or it breaks off.
    pub fn read<T: DeserializeOwned>(&self, mut answer: Response<ureq::Body>) -> Result<T, CliError> {
        let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let body = body.map_err(|error| self.unreachable(&error))?;
        serde_json::from_slice(&body).map_err(|_| self.not_understood())
    }

    /// Sends a call; the answer when it is not a refusal.
    ///
    /// # Errors
    /// As the server says, or it cannot be reached.
    pub fn send(&self, call: &Call) -> Result<Response<ureq::Body>, CliError> {
        let mut address = format!("{}{}", self.url, call.path);
        for (at, (name, value)) in call.query.iter().enumerate() {
            let mark = if at == 0 { '?' } else { '&' };
            address += &format!("{mark}{name}={}", encoded(value));
        }
        let request = self.request(call.method, &address);
        let sent = match &call.body {
            None => self.agent.run(request.body(()).map_err(CliError::input)?),
            Some(body) => {
                let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
                self.agent.run(request.map_err(CliError::input)?)
            }
        };
        self.answered(sent)
    }

    /// Sends a form with files; the answer when it is not a refusal.
    ///
    /// # Errors
    /// As the server says, it cannot be reached, or a file cannot be read.
    pub fn upload(&self, path: &str, mut form: FormBody) -> Result<Response<ureq::Body>, CliError> {
        let request = self.request("POST", &format!("{}{path}", self.url));
        let request = request.header(CONTENT_TYPE, form.media()).header(CONTENT_LENGTH, form.length());
        let request = request.body(ureq::SendBody::from_reader(&mut form)).map_err(CliError::input)?;
        self.answered(self.agent.run(request))
    }

    fn request(&self, method: &str, address: &str) -> Builder {
        let request = Request::builder()
            .method(method)
            .uri(address)
            .header(AUTHORIZATION, format!("Bearer {}", self.key));
        match &self.acts_for {
            Some(id) => request.header(ACTS_FOR, id),
            None => request,
        }
    }

    fn answered(
        &self,
        sent: Result<Response<ureq::Body>, ureq::Error>,
    ) -> Result<Response<ureq::Body>, CliError> {
        let answer = sent.map_err(|error| self.unreachable(&error))?;
        if answer.status().is_success() { Ok(answer) } else { Err(self.refusal(answer)) }
    }

    fn refusal(&self, mut answer: Response<ureq::Body>) -> CliError {
        let body = answer.body_mut().read_to_vec().unwrap_or_default();
        self.told(&body)
    }

    /// A problem as sent.
    #[must_use]
    pub fn told(&self, body: &[u8]) -> CliError {
        let Ok(problem) = serde_json::from_slice::<Body>(body) else { return self.not_understood() };
        let text = crate::pages::format::visible(&problem.detail);
        match problem.code.as_str() {
            "not_found" | "bad_input" | "too_large" => CliError::input(text),
            "refused" => CliError::No(anyhow::anyhow!("{text}")),
            "unauthenticated" => CliError::No(anyhow::anyhow!(
                "`{}` does not take this key: it is wrong, revoked or over",
                self.url
            )),
            _ => CliError::environment(text),
        }
    }

    fn unreachable(&self, error: &ureq::Error) -> CliError {
        CliError::environment(format!("`{}` does not answer: {error}", self.url))
    }

    /// What was sent is cut off.
    #[must_use]
    pub fn broke_off(&self, error: &std::io::Error) -> CliError {
        CliError::environment(format!("`{}` broke off before all was sent: {error}", self.url))
    }

    /// What was sent is nothing that this version knows.
    #[must_use]
    pub fn not_understood(&self) -> CliError {
        CliError::environment(format!("`{}` does not answer as a hustings of this version", self.url))
    }
}

/// `https://host`, or `http://` to this machine: elsewhere the key would be readable on the way.
fn checked(url: &str) -> Result<String, CliError> {
    let refuse = |why: &str| CliError::input(format!("cannot use the server `{url}`: {why}"));
    let uri: Uri = url.parse().map_err(|_| refuse("expected one as https://hustings.example"))?;
    let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
        return Err(refuse("expected one as https://hustings.example"));
    };
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let here = name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match scheme {
        "https" => {}
        "http" if here => {}
        "http" => return Err(refuse("the key would be readable on the way, expected https")),
        _ => return Err(refuse("expected https")),
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(refuse("a name or password in it is not used"));
    }
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err(refuse("expected nothing behind the host"));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

fn read_key(file: &Path) -> Result<String, CliError> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        CliError::input(format!("the key file `{}` cannot be read: {error}", file.display()))
    })?;
    let key = text.trim();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if key.is_empty() || !key.bytes().all(plain) {
        return Err(CliError::input(format!(
            "`{}` holds no API key: expected one line as `hustings key create` writes it",
            file.display()
        )));
    }
    Ok(key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_sent_only_where_nobody_reads_along() {
        for good in
            ["https://hustings.example", "https://h.example:8443/", "http://127.0.0.1:8080", "http://[::1]:9"]
        {
            assert_eq!(checked(good).unwrap(), good.trim_end_matches('/'), "{good}");
        }
        for (bad, why) in [
            ("http://hustings.example", "readable on the way"),
            ("http://127.0.0.1.evil.example", "readable on the way"),
            ("ftp://hustings.example", "expected https"),
            ("hustings.example", "expected one as"),
            ("https://me:secret@hustings.example", "is not used"),
            ("https://hustings.example/nc", "nothing behind the host"),
            ("", "expected one as"),
        ] {
            let said = checked(bad).unwrap_err().to_string();
            assert!(said.contains(why), "{bad}: {said}");
        }
    }
}
