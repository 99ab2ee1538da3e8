//! The web server: the pages over one data directory.

use crate::idle_body;
use crate::line::Line;
use crate::pages;
use crate::pages::app::App;
use crate::pages::leftovers::Serving;
use crate::pages::security::{FormKey, WhereServed};
use crate::pages::visitor::Source;
use crate::proxy::Proxies;
use axum::Router;
use axum::extract::Request;
use axum::middleware::map_request;
use hustings_core::StateCode;
use hustings_store::{Store, StoreError};
use hustings_voterfile::layout::Layouts;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// Whoever has not sent a request's header within this time is hung up on: connections that say nothing, or a letter a
/// minute, would take all places.
const HEADER_TIME_MAX: Duration = Duration::from_secs(30);
/// Whoever has begun to send a body, and sends no byte more within this time, is hung up on.
const BODY_SILENCE_MAX: Duration = Duration::from_secs(30);
/// When no connection can be taken (no file handles left), it is tried again after this time.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_secs(1);

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
    /// What a killed program has left in the data folder cannot be removed.
    #[error("cannot remove what an earlier run has left in the data folder: {0}")]
    Leftovers(io::Error),
    /// The server broke off.
    #[error("the server broke off: {0}")]
    Broken(io::Error),
}

/// A server that listens and is ready to run.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    app: App,
    _serving: Serving,
    header_time_max: Duration,
    body_silence_max: Duration,
    keeps_logs: bool,
    proxies: Proxies,
}

impl Server {
    /// Listens on `address`; port 0 takes any free one.
    ///
    /// # Errors
    /// When the port is taken or the address is not this machine's.
    pub async fn bind(store: Store, layouts: Layouts, address: SocketAddr) -> Result<Self, ServeError> {
        Self::bind_public(store, layouts, address, None).await
    }

    /// As [`Server::bind`], behind something that ends TLS for readers who ask for `public_host`.
    ///
    /// # Errors
    /// As [`Server::bind`].
    pub async fn bind_public(
        store: Store,
        layouts: Layouts,
        address: SocketAddr,
        public_host: Option<String>,
    ) -> Result<Self, ServeError> {
        let listener = listen(address).await?;
        let place = WhereServed { bound_to: address.ip(), public_host };
        let serving = Serving::begin(store.data()).map_err(ServeError::Leftovers)?;
        let app = App::new(store, layouts, place).map_err(ServeError::Random)?;
        Ok(Self {
            listener,
            app,
            _serving: serving,
            header_time_max: HEADER_TIME_MAX,
            body_silence_max: BODY_SILENCE_MAX,
            keeps_logs: true,
            proxies: Proxies::default(),
        })
    }

    /// As [`Server::bind`], with a key of the forms that the caller knows.
    ///
    /// # Errors
    /// As [`Server::bind`].
    pub async fn bind_keyed(
        store: Store,
        layouts: Layouts,
        address: SocketAddr,
        form_key: FormKey,
    ) -> Result<Self, ServeError> {
        let listener = listen(address).await?;
        let place = WhereServed { bound_to: address.ip(), public_host: None };
        let serving = Serving::begin(store.data()).map_err(ServeError::Leftovers)?;
        let app = App::keyed(store, layouts, place, form_key);
        Ok(Self {
            listener,
            app,
            _serving: serving,
            header_time_max: HEADER_TIME_MAX,
            body_silence_max: BODY_SILENCE_MAX,
            keeps_logs: true,
            proxies: Proxies::default(),
        })
    }

    /// Behind these proxies: requests over their connections come from where they say.
    #[must_use]
    pub fn behind(mut self, proxies: Proxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Leaves copying the outbox into the logs to the caller, for whom the moment matters (`hustings simulate`), and makes
    /// nothing else in the background.
    #[must_use]
    pub fn logs_kept_by_caller(mut self) -> Self {
        self.keeps_logs = false;
        self
    }

    /// Address and port that answer.
    ///
    /// # Errors
    /// When the system does not know the address of the listener.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Where the pages are: `http://127.0.0.1:8080/`.
    ///
    /// # Errors
    /// When the system does not know the address of the listener.
    pub fn url(&self) -> Result<String, ServeError> {
        let address = self.listener.local_addr().map_err(ServeError::Broken)?;
        Ok(format!("http://{address}/"))
    }

    /// What the pages stand on.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Answers until `stop` is done; requests under way are finished.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) {
        let store = self.app.store().clone();
        // Ends with the server, with a last copy of what is in the outbox.
        let (logs_end, end) = tokio::sync::oneshot::channel::<()>();
        let keeps_logs = self.keeps_logs;
        let proxies = Arc::new(self.proxies);
        let logs = tokio::spawn(async move {
            let end = async move { drop(end.await) };
            if keeps_logs {
                store.keep_logs(end, |error| eprintln!("hustings: serve.log_failed error=`{error}`")).await;
            }
        });
        let (lookups_end, end) = tokio::sync::oneshot::channel::<()>();
        let store = self.app.store().clone();
        let lookups = tokio::spawn(async move {
            if keeps_logs {
                store.keep_lookups(async move { drop(end.await) }, tell_of_lookups).await;
            }
        });
        let service = TowerToHyperService::new(within(pages::router(self.app), self.body_silence_max));
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(self.header_time_max);
        let connections = GracefulShutdown::new();
        let mut stop = pin!(stop);
        loop {
            let (stream, from) = tokio::select! {
                stream = accept(&self.listener) => stream,
                () = &mut stop => break,
            };
            // Small answers leave at once; without this each would wait for the next packet.
            let _ = stream.set_nodelay(true);
            let (line, cords, pulled) = Line::new(stream);
            let pages = service.clone();
            // Who asks is known from the connection, whatever headers say, unless it is one of the operator's own proxies.
            let proxies = Arc::clone(&proxies);
            let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
                let client = proxies.client(from.ip(), request.headers());
                request.extensions_mut().insert(Source(client));
                request.extensions_mut().insert(cords.next());
                pages.call(request)
            });
            let connection = http.serve_connection(TokioIo::new(line), service);
            let connection = connections.watch(connection);
            // Whoever hangs up, or is hung up on, has said so: there is nobody to tell.
            tokio::spawn(async move {
                tokio::select! {
                    _ = connection => {}
                    () = pulled.wait() => {}
                }
            });
        }
        connections.shutdown().await;
        drop((logs_end, lookups_end));
        let _ = tokio::join!(logs, lookups);
    }
}

fn tell_of_lookups(state: StateCode, made: Result<(), &StoreError>) {
    match made {
        Ok(()) => eprintln!("hustings: serve.lookups_ready state={state}"),
        Err(error) => eprintln!("hustings: serve.lookups_failed state={state} error=`{error}`"),
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => ServeError::PortTaken(address.port(), address.ip()),
        _ => ServeError::Bind(address, error),
    })
}

/// The pages, for requests whose body keeps coming.
fn within(pages: Router, silence_max: Duration) -> Router {
    pages.layer(map_request(move |request: Request| async move {
        request.map(|body| idle_body::limited(body, silence_max))
    }))
}

/// The next connection that could be taken.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // The other side gave up before it was taken.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionAborted
                        | io::ErrorKind::ConnectionRefused
                        | io::ErrorKind::ConnectionReset
                ) => {}
            Err(error) => {
                eprintln!("hustings: serve.accept_failed error=`{error}`");
                tokio::time::sleep(ACCEPT_AGAIN_AFTER).await;
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn who_sends_a_part_of_a_body_and_no_more_is_hung_up_on() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), None).await.unwrap();
        let address = ([127, 0, 0, 1], 0).into();
        let mut server = Server::bind(store, Layouts::embedded().clone(), address).await.unwrap();
        server.body_silence_max = Duration::from_millis(300);
        let address = server.listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(server.run(async { drop(stopped.await) }));
        for (path, kind) in [
            ("/nc/load", "application/x-www-form-urlencoded"),
            ("/nc/load/upload", "multipart/form-data; boundary=x"),
        ] {
            let mut silent = TcpStream::connect(address).await.unwrap();
            let request = format!(
                "POST {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nContent-Type: {kind}\r\n\
                 Content-Length: 1000\r\n\r\na"
            );
            silent.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            let end = tokio::time::timeout(Duration::from_secs(60), silent.read_to_end(&mut answer)).await;
            assert!(end.is_ok(), "{path}: the connection stays");
            let answer = String::from_utf8_lossy(&answer);
            assert!(!answer.starts_with("HTTP/1.1 2"), "{path}: {answer}");
        }
        drop(stop);
        running.await.unwrap();
    }

    #[tokio::test]
    async fn who_sends_no_header_is_hung_up_on_and_the_others_are_answered() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), None).await.unwrap();
        let address = ([127, 0, 0, 1], 0).into();
        let mut server = Server::bind(store, Layouts::embedded().clone(), address).await.unwrap();
        server.header_time_max = Duration::from_millis(300);
        let address = server.listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(server.run(async { drop(stopped.await) }));

        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET / HTTP/1.1\r\nHost: 127").await.unwrap();
        let mut quick = TcpStream::connect(address).await.unwrap();
        let request = format!("GET /sign-in HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        quick.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        quick.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        // Without a limit this would wait for ever.
        let mut rest = Vec::new();
        slow.read_to_end(&mut rest).await.unwrap();
        assert!(!rest.starts_with(b"HTTP/1.1 200"));
        stop.send(()).unwrap();
        running.await.unwrap();
    }
}
