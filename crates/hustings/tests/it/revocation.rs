//! A grant is revoked while somebody uses it: by a stream, by exports, by answers of the API, by downloads from the pages.
//! Nothing that was read under it leaves later than a second after the revocation was acknowledged.

use crate::network::furnish;
use crate::support::{Desk, voters};
use axum::extract::FromRequestParts as _;
use hustings::pages::app::App;
use hustings::pages::security::{FormKey, WhereServed};
use hustings::serve::Server;
use hustings_access::verb::{Export, Read};
use hustings_access::{
    Act, Actor, GrantId, Organization, OrganizationId, OrganizationKind, Purpose, Request, Role,
};
use hustings_core::{FieldClass, StateCode};
use hustings_store::access::Acting;
use hustings_store::access::api_key::NewApiKey;
use hustings_store::access::grant::NewGrant;
use hustings_store::{ExportFormat, ExportRequest, Store, StoreError, VoterSelector};
use hustings_voterfile::layout::Layouts;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// What a revocation may take until the last byte has left.
const SECOND: Duration = Duration::from_secs(1);
/// Who is still given something then is given it for good.
const NEVER: Duration = Duration::from_secs(20);
/// On the page of every voter of the list, and in every file.
const DATA: &str = "MAIN ST";

/// How many races are run: 20, or as many as `HUSTINGS_RACES` says.
fn races() -> usize {
    std::env::var("HUSTINGS_RACES").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

fn nc() -> StateCode {
    "nc".parse().unwrap()
}

fn party() -> Acting {
    Acting::local("nc-party".parse().unwrap())
}

/// A way in which voters leave.
#[derive(Debug, Clone, Copy)]
enum Way {
    Stream,
    Export,
    Answer,
    Download,
}

impl Way {
    const ALL: [Self; 4] = [Self::Stream, Self::Export, Self::Answer, Self::Download];
}

/// A campaign that uses its grant.
struct Racer {
    /// The program whose grants are revoked under it.
    store: Store,
    address: SocketAddr,
    actor: Actor,
    grant: GrantId,
    bearer: String,
    cookies: String,
    form_token: String,
    out: PathBuf,
}

/// When voters last left, and whether they did at all.
type Left = watch::Sender<Option<Instant>>;

impl Racer {
    async fn new(
        store: &Store,
        address: SocketAddr,
        form_key: &FormKey,
        out: PathBuf,
        number: usize,
    ) -> Self {
        let id: OrganizationId = format!("race-{number}").parse().unwrap();
        let organization = Organization {
            id: id.clone(),
            kind: OrganizationKind::Campaign,
            name: format!("Campaign {number}"),
            state: Some(nc()),
            counties: None,
            registered_by: Some(party().organization),
        };
        store.create_organization(&party(), &organization).await.unwrap();
        let until = Timestamp::now().checked_add(SignedDuration::from_hours(24)).unwrap();
        let grant = NewGrant {
            grantee: id.clone(),
            state: nc(),
            classes: [FieldClass::Base].into(),
            columns: [].into(),
            counties: None,
            purposes: [Purpose::VoterContact].into(),
            exportable: true,
            not_before: None,
            until,
        };
        let grant = store.create_grant(&party(), &grant).await.unwrap().id;
        let director = Role::DataDirector;
        let key = NewApiKey { name: "nightly".to_owned(), role: director, grant: None, until };
        let by = Acting::local(id.clone());
        let bearer = store.create_api_key(&by, &id, &key).await.unwrap().1.expose().to_owned();
        let email = format!("d@race-{number}.example");
        let user = store.demo_user(&id, &email, "Dana", &[director].into(), &BTreeSet::new()).await.unwrap();
        let session = store.begin_demo_session(&user).await.unwrap().token.expose().to_owned();
        Self {
            store: store.clone(),
            address,
            actor: store.local_actor(Some(&id)).await.unwrap(),
            grant,
            bearer,
            form_token: form_key.token(&session),
            cookies: format!("__Host-hustings={session}"),
            out: out.join(format!("list-{number}.csv")),
        }
    }

    /// Takes voters in one way until none are given any more.
    async fn take(&self, way: Way, left: &Left) {
        while self.takes_once(way, left).await {}
    }

    /// Whether it is worth asking again.
    async fn takes_once(&self, way: Way, left: &Left) -> bool {
        match way {
            Way::Stream => self.stream(left).await,
            Way::Export => match self.export().await {
                Ok(()) => {
                    left.send_replace(Some(Instant::now()));
                    true
                }
                Err(StoreError::Refused(_) | StoreError::Input(_)) => false,
                Err(error) => panic!("{error}"),
            },
            Way::Answer => {
                let body = r#"{"state":"nc","id":"AA7"}"#;
                let head = format!(
                    "POST /api/v1/voters/find HTTP/1.1\r\nauthorization: Bearer {}\r\n\
                     content-type: application/json\r\n",
                    self.bearer
                );
                self.ask(&head, body, left).await
            }
            Way::Download => {
                let (head, body) = self.download();
                self.ask(&head, &body, left).await
            }
        }
    }

    fn download(&self) -> (String, String) {
        let head = format!(
            "POST /nc/export HTTP/1.1\r\ncookie: {}\r\norigin: http://{}\r\n\
             content-type: application/x-www-form-urlencoded\r\n",
            self.cookies, self.address
        );
        (head, format!("form_token={}&county=&format=csv", self.form_token))
    }

    fn request(&self, head: &str, body: &str) -> String {
        let length = body.len();
        format!("{head}host: {}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}", self.address)
    }

    /// As everything that runs for long does: asked before each batch whether it may go on.
    async fn stream(&self, left: &Left) -> bool {
        let read = async |act: &Act<'_, Read>| {
            while self.store.still_holds(act).await.unwrap() {
                let voter = self.store.voter(act, nc(), None, VoterSelector::StateId("AA7")).await.unwrap();
                assert!(voter.is_some());
                left.send_replace(Some(Instant::now()));
            }
        };
        let permit = self.store.permit::<Read>(&self.actor, Request::voters_of(nc())).await.unwrap();
        permit.enter_async(read).await;
        false
    }

    async fn export(&self) -> Result<(), StoreError> {
        let request = ExportRequest {
            state: nc(),
            class: FieldClass::Base,
            owner: None,
            county: None,
            format: ExportFormat::Csv,
            out: self.out.clone(),
            force: true,
        };
        let permit = self.store.permit::<Export>(&self.actor, Request::voters_of(nc())).await?;
        permit.enter_async(async |act| self.store.export(act, &request).await.map(drop)).await
    }

    /// Asks over the network. Whatever comes of an answer with voters in it counts, to its last byte.
    async fn ask(&self, head: &str, body: &str, left: &Left) -> bool {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = self.request(head, body);
        stream.write_all(request.as_bytes()).await.unwrap();
        let (mut answer, mut last) = (Vec::new(), Instant::now());
        // A server that hangs up in the middle has sent all that it will.
        while stream.read_buf(&mut answer).await.is_ok_and(|count| count > 0) {
            last = Instant::now();
        }
        let answer = String::from_utf8_lossy(&answer);
        if answer.contains(DATA) {
            left.send_replace(Some(last));
        }
        match answer.split(' ').nth(1) {
            Some("200") => true,
            // Asked too often: nothing is said about the grant.
            Some("429") => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                true
            }
            Some("403" | "404" | "422") => false,
            _ => panic!("{answer}"),
        }
    }
}

/// One race: how long after the acknowledgement of the revocation the last voters left.
async fn race(racer: &Arc<Racer>, owner: &Store, way: Way, wait: Duration) -> Duration {
    let (left, mut seen) = watch::channel(None);
    let taking = tokio::spawn({
        let racer = Arc::clone(racer);
        async move { racer.take(way, &left).await }
    });
    // It is under way, and then some.
    assert!(seen.wait_for(Option::is_some).await.is_ok(), "{way:?}: nothing was given before it was revoked");
    tokio::time::sleep(wait).await;
    owner.revoke_grant(&party(), &racer.grant).await.unwrap();
    let acknowledged = Instant::now();
    let ended = tokio::time::timeout(NEVER, taking).await;
    ended.unwrap_or_else(|_| panic!("{way:?}: still given after {NEVER:?}")).unwrap();
    let last = seen.borrow().unwrap();
    owner.restore_grant(&party(), &racer.grant).await.unwrap();
    last.saturating_duration_since(acknowledged)
}

/// The program that serves.
struct Track {
    store: Store,
    address: SocketAddr,
    stop: tokio::sync::oneshot::Sender<()>,
    serving: tokio::task::JoinHandle<()>,
}

impl Track {
    const FORM_KEY: [u8; 32] = [7; 32];

    async fn open(store: &Store) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let (layouts, form_key) = (Layouts::embedded().clone(), FormKey::from_bytes(Self::FORM_KEY));
        let server = Server::bind_keyed(store.clone(), layouts, address, form_key).await.unwrap();
        let address = server.address().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(server.run(async { drop(stopped.await) }));
        Self { store: store.clone(), address, stop, serving }
    }

    async fn racer(&self, out: PathBuf, number: usize) -> Racer {
        Racer::new(&self.store, self.address, &FormKey::from_bytes(Self::FORM_KEY), out, number).await
    }

    async fn close(self) {
        drop(self.stop);
        self.serving.await.unwrap();
    }
}

/// A party with a list of so many, and what runs its programs.
fn with_list(count: u32) -> (Desk, tokio::runtime::Runtime) {
    let desk = Desk::in_memory();
    furnish(&desk);
    desk.deliver("week", &voters(1, count), &[]);
    desk.json(&["load", "week", "--state", "nc", "--as", "nc-party"], 0);
    std::fs::create_dir(desk.path("out")).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    (desk, runtime)
}

#[test]
fn a_page_whose_reading_outlasts_its_grant_does_not_leave() {
    let (desk, runtime) = with_list(60);
    runtime.block_on(async {
        let store = Store::open(&desk.data(), None).await.unwrap();
        let owner = Store::open(&desk.data(), None).await.unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let form_key = FormKey::from_bytes([7; 32]);
        let racer = Racer::new(&store, address, &form_key, desk.path("out"), 0).await;
        let place = WhereServed { bound_to: address.ip(), public_host: None };
        let app = App::keyed(store, Layouts::embedded().clone(), place, form_key);
        let mut asked = axum::http::Request::new(()).into_parts().0;
        asked.extensions.insert(racer.actor.clone());
        let Ok(app) = App::from_request_parts(&mut asked, &app).await;
        for (seconds, is_revoked) in [(0.0, false), (0.5, false), (0.5, true)] {
            let (owner, grant) = (owner.clone(), racer.grant.clone());
            let page = app.read(nc(), async move |store, act| {
                let voter = store.voter(act, nc(), None, VoterSelector::StateId("AA7")).await?;
                if is_revoked {
                    owner.revoke_grant(&party(), &grant).await?;
                }
                tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
                Ok(voter.is_some())
            });
            let page = page.await;
            assert_eq!(page.is_ok(), !is_revoked, "{seconds} s, revoked: {is_revoked}: {page:?}");
        }
    });
}

#[test]
fn a_download_that_is_taken_slowly_ends_with_its_grant_too() {
    let (desk, runtime) = with_list(1_200);
    runtime.block_on(async {
        let store = Store::open(&desk.data(), None).await.unwrap();
        let owner = Store::open(&desk.data(), None).await.unwrap();
        let track = Track::open(&store).await;
        let racer = track.racer(desk.path("out"), 0).await;
        let (head, body) = racer.download();
        for is_revoked in [true, false] {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.set_recv_buffer_size(4 << 10).unwrap();
            let mut stream = socket.connect(track.address).await.unwrap();
            stream.write_all(racer.request(&head, &body).as_bytes()).await.unwrap();
            let mut answer = vec![0; 1 << 10];
            let mut taken = stream.read_exact(&mut answer).await.unwrap();
            assert!(
                String::from_utf8_lossy(&answer).contains(" 200 "),
                "{}",
                String::from_utf8_lossy(&answer)
            );
            // Everything is given to the system, which keeps it for who does not take it.
            tokio::time::sleep(Duration::from_millis(500)).await;
            if is_revoked {
                owner.revoke_grant(&party(), &racer.grant).await.unwrap();
            }
            tokio::time::sleep(SECOND).await;
            let mut rest = Vec::new();
            let ended = stream.read_to_end(&mut rest).await;
            taken += rest.len();
            if is_revoked {
                // What had reached this side's own few kilobytes before.
                assert!(taken < 64 << 10, "{taken} bytes, then {ended:?}");
                owner.restore_grant(&party(), &racer.grant).await.unwrap();
            } else {
                assert!(ended.is_ok() && taken > 128 << 10, "{taken} bytes, then {ended:?}");
                assert_eq!(String::from_utf8_lossy(&rest).matches(DATA).count() / 1_100, 2, "whole");
            }
        }
        track.close().await;
    });
}

#[test]
fn nothing_leaves_later_than_a_second_after_a_revocation() {
    let (desk, runtime) = with_list(60);
    let (out, total) = (desk.path("out"), races());
    let delays = runtime.block_on(async {
        let store = Store::open(&desk.data(), None).await.unwrap();
        // The owner revokes in a program of its own.
        let owner = Store::open(&desk.data(), None).await.unwrap();
        let track = Track::open(&store).await;
        let at_once = (total / 5).clamp(1, 16);
        let mut racing = tokio::task::JoinSet::new();
        for number in 0..at_once {
            let racer = track.racer(out.clone(), number).await;
            let (racer, owner) = (Arc::new(racer), owner.clone());
            racing.spawn(async move {
                let mut delays = Vec::new();
                for round in (number..total).step_by(at_once) {
                    let way = Way::ALL[round / at_once % Way::ALL.len()];
                    // At another moment each time.
                    let wait = Duration::from_micros(u64::try_from(round).unwrap() * 7_919 % 20_000);
                    delays.push((race(&racer, &owner, way, wait).await, way));
                }
                delays
            });
        }
        let delays = racing.join_all().await.concat();
        track.close().await;
        delays
    });
    assert_eq!(delays.len(), total);
    let mut says = format!("{total} revocations, worst delay:");
    for way in Way::ALL {
        let of_way =
            delays.iter().filter(|(_, of)| std::mem::discriminant(of) == std::mem::discriminant(&way));
        let worst = of_way.map(|(delay, _)| *delay).max().unwrap_or_default();
        says += &format!(" {way:?} {} ms", worst.as_millis());
    }
    writeln!(std::io::stderr().lock(), "{says}").unwrap();
    let late: Vec<_> = delays.iter().filter(|(delay, _)| *delay > SECOND).collect();
    assert!(late.is_empty(), "{says}: {late:?}");
}
