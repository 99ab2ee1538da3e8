//! `hustings serve`: the pages over the data directory.

use super::Options;
use super::context::{layouts, open_store};
use super::exit::CliError;
use crate::out;
use crate::serve::{Server, stopped};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;

/// Serve the pages over the data folder
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Port; 0 takes any free one
    #[arg(long, env = "HUSTINGS_PORT", default_value_t = 8080, value_name = "PORT")]
    pub port: u16,
    /// Address to listen on. There is no login yet: whoever reaches it may read and load everything
    #[arg(long, env = "HUSTINGS_BIND", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_name = "ADDRESS")]
    pub bind: IpAddr,
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
        let server = Server::bind(store, layouts, address).await.map_err(CliError::environment)?;
        announce(options, &server.url().map_err(CliError::environment)?, serve.bind);
        server.run(stopped()).await;
        Ok::<(), CliError>(())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Says where the pages are: on stdout, as JSON with `--json`, so that a script can wait for the line.
pub fn announce(options: &Options, url: &str, bind: IpAddr) {
    if options.json {
        out!("{}", serde_json::json!({ "url": url, "data": options.data }));
    } else {
        out!("Hustings serves {} at {url} (Ctrl-C ends it)", options.data.display());
    }
    if !bind.is_loopback() {
        eprintln!(
            "hustings: warning: everybody who can reach {bind} can read and change this data; there is no login yet"
        );
    }
}
