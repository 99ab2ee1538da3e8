//! The web server: the pages over one data directory.

use crate::pages::{self, app::App};
use axum::serve::ListenerExt;
use hustings_store::Store;
use hustings_voterfile::layout::Layouts;
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::net::TcpListener;

/// Why the server cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port is not free.
    #[error("port {0} on {1} is taken: end the program that uses it, or choose another with --port")]
    PortTaken(u16, IpAddr),
    /// The address cannot be bound.
    #[error("cannot listen on {0}: {1}")]
    Bind(SocketAddr, io::Error),
    /// The machine gives no randomness for the forms.
    #[error("cannot draw a random key: {0}")]
    Random(getrandom::Error),
    /// The server broke off.
    #[error("the server broke off: {0}")]
    Broken(io::Error),
}

/// A server that listens and is ready to run.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    app: App,
}

impl Server {
    /// Listens on `address`; port 0 takes any free one.
    ///
    /// # Errors
    /// When the port is taken or the address is not this machine's.
    pub async fn bind(store: Store, layouts: Layouts, address: SocketAddr) -> Result<Self, ServeError> {
        let listener = TcpListener::bind(address).await.map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => ServeError::PortTaken(address.port(), address.ip()),
            _ => ServeError::Bind(address, error),
        })?;
        let app = App::new(store, layouts, address.ip()).map_err(ServeError::Random)?;
        Ok(Self { listener, app })
    }

    /// Where the pages are: `http://127.0.0.1:8080/`.
    ///
    /// # Errors
    /// When the system does not know the address of the listener.
    pub fn url(&self) -> Result<String, ServeError> {
        let address = self.listener.local_addr().map_err(ServeError::Broken)?;
        Ok(format!("http://{address}/"))
    }

    /// Answers until `stop` is done; requests under way are finished.
    ///
    /// # Errors
    /// When the server breaks off.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
        // Small answers leave at once; without this each would wait for the next packet.
        let listener = self.listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, pages::router(self.app))
            .with_graceful_shutdown(stop)
            .await
            .map_err(ServeError::Broken)
    }
}

/// Done when the person at the keyboard presses Ctrl-C, or the system asks the program to end.
pub async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
