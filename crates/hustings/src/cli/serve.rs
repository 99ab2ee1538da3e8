//! `hustings serve`: the pages over the data directory.

use super::Options;
use super::context::{layouts, open_store};
use super::exit::CliError;
use crate::out;
use crate::proxy::Proxies;
use crate::serve::{Server, stopped};
use hustings_store::access::Secret;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;

/// Serve the pages over the data folder
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Port; 0 takes any free one
    #[arg(long, env = "HUSTINGS_PORT", default_value_t = 8080, value_name = "PORT")]
    pub port: u16,
    /// Address to listen on. Any but this machine's own needs TLS in front: see --public-url
    #[arg(long, env = "HUSTINGS_BIND", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_name = "ADDRESS")]
    pub bind: IpAddr,
    /// Address by which readers reach the pages over TLS, which a proxy in front of this program ends
    #[arg(long, env = "HUSTINGS_PUBLIC_URL", value_name = "URL", value_parser = public_host)]
    pub public_url: Option<String>,
    /// Address of a proxy in front of this program, or several with commas: who asks over it is the last in its X-Forwarded-For that
    /// is none of them. Without it that header is not looked at
    #[arg(long, env = "HUSTINGS_PROXY", value_name = "ADDRESS", value_delimiter = ',')]
    pub proxy: Vec<IpAddr>,
}

/// `https://voters.example.org/` → `voters.example.org`.
fn public_host(url: &str) -> Result<String, String> {
    let expected = || format!("expected an address such as https://voters.example.org, got `{url}`");
    let host = url.strip_prefix("https://").ok_or_else(expected)?;
    let host = host.strip_suffix('/').unwrap_or(host).to_ascii_lowercase();
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte));
    if plain && !host.is_empty() { Ok(host) } else { Err(expected()) }
}

/// Opens the data folder and serves until interrupted.
///
/// # Errors
/// When the data folder cannot be opened, the port is taken, or the server breaks off.
pub fn run(options: &Options, serve: &Serve) -> Result<ExitCode, CliError> {
    let layouts = layouts(options.layouts.as_deref())?;
    let runtime = tokio::runtime::Runtime::new().map_err(CliError::environment)?;
    runtime.block_on(async {
        let store = open_store(options).await.map_err(CliError::environment)?;
        let address = SocketAddr::new(serve.bind, serve.port);
        let first = store.first_run_code().await.map_err(CliError::environment)?;
        let server = Server::bind_public(store, layouts, address, serve.public_url.clone())
            .await
            .map_err(CliError::environment)?
            .behind(Proxies::new(serve.proxy.iter().copied()));
        let listens_at = server.url().map_err(CliError::environment)?;
        let url = serve.public_url.as_ref().map_or(listens_at, |host| format!("https://{host}/"));
        announce(options, &url, serve, first.as_ref().map(Secret::expose));
        server.run(stopped()).await;
        Ok::<(), CliError>(())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Says where the pages are: on stdout, as JSON with `--json`, so that a script can wait for the line; and, as long as
/// nobody has an account, the link that makes the first one.
fn announce(options: &Options, url: &str, serve: &Serve, first: Option<&str>) {
    let first = first.map(|code| format!("{url}first/{code}"));
    if options.json {
        out!("{}", serde_json::json!({ "url": url, "data": options.data, "first_run": first }));
    } else {
        out!("Hustings serves {} at {url} (Ctrl-C ends it)", options.data.display());
        if let Some(first) = first {
            out!("Nobody has an account yet. This link makes the first one, once, within a week:\n  {first}");
        }
    }
    if serve.public_url.is_some() && serve.proxy.is_empty() {
        eprintln!(
            "hustings: warning: behind a proxy all readers come from its address, and one stranger's wrong passwords hold \
             back all others: name the proxy's address with --proxy"
        );
    }
    if !serve.bind.is_loopback() && serve.public_url.is_none() {
        eprintln!(
            "hustings: warning: nobody can sign in at {} without TLS: put a proxy in front that ends it, and name its \
             address with --public-url",
            serve.bind
        );
    }
}
