//! `hustings demo`: an invented state, two weeks loaded, a third one waiting, and the pages.

use super::Options;
use super::context::{Context, block_on, layouts, open_store};
use super::demo_world::{STATE, people, scores};
use super::exit::CliError;
use super::progress::Bars;
use crate::load::{LoadRequest, Progress, load};
use crate::out;
use crate::pages::matches::lists::SAMPLE;
use crate::serve::{Server, stopped};
use hustings_access::{Act, Request, verb};
use hustings_core::{StateCode, SystemClock};
use hustings_testkit::synth::nc::{NcOptions, Trouble, WeekFiles, write_weeks};
use hustings_testkit::synth::vendor_list::vendor_list;
use jiff::civil::date;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Make an invented state, load two weeks of it, and serve the pages
#[derive(Debug, clap::Args)]
pub struct Demo {
    /// Voters on the first list
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    voters: u64,
    /// Port; 0 takes any free one
    #[arg(long, env = "HUSTINGS_PORT", default_value_t = 8080, value_name = "PORT")]
    port: u16,
}

/// Rows damaged on purpose in the two weeks that are loaded: little enough for the gate.
const DIRT: f64 = 0.0001;
/// In the week that waits in the inbox: enough to be held back.
const DIRT_WAITING: f64 = 0.003;

/// Makes, loads and serves.
///
/// # Errors
/// The data folder cannot be written, or the port is taken.
pub fn run(options: &Options, verb: &Demo) -> Result<ExitCode, CliError> {
    let state: StateCode = "nc".parse().map_err(CliError::environment)?;
    // The port is taken first: whoever has to choose another learns it at once.
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), verb.port);
    let runtime = tokio::runtime::Runtime::new().map_err(CliError::environment)?;
    let server = runtime.block_on(async {
        let store = open_store(options).await?;
        Server::bind(store, layouts(options.layouts.as_deref())?, address)
            .await
            .map_err(CliError::environment)
    })?;
    let list = prepare(options, verb, state)?;
    let url = server.url().map_err(CliError::environment)?;
    let people = runtime.block_on(people(&server, state))?;
    if let Some(list) = list {
        runtime.block_on(scores(server.app().store(), state, &list, &options.data.join("demo")))?;
        write_vendor_list(&list, &options.data.join("demo").join(SAMPLE))?;
    }
    announce(options, &url, &people);
    runtime.block_on(server.run(stopped()));
    Ok(ExitCode::SUCCESS)
}

/// A person of the demo, and the link by which one enters as them.
#[derive(Debug, serde::Serialize)]
pub struct DemoLink {
    /// Their name.
    pub name: String,
    /// What they are, and where.
    pub role: String,
    /// The last part of the link's address.
    #[serde(skip)]
    pub token: String,
    /// The link.
    pub link: String,
}

/// Rows of the vendor's list.
const VENDOR_ROWS: usize = 5_000;

/// Writes a vendor's messy list of some of the voters, to be matched with them on the pages.
fn write_vendor_list(voters: &Path, out: &Path) -> Result<(), CliError> {
    let failed = |path: &Path, error: std::io::Error| {
        CliError::environment(format!("`{}` cannot be read or written: {error}", path.display()))
    };
    let bytes = fs::read(voters).map_err(|error| failed(voters, error))?;
    // The state writes cp1252, of which this is all that names need.
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let list = vendor_list(&text, VENDOR_ROWS, 1);
    fs::write(out, list.csv).map_err(|error| failed(out, error))
}

fn announce(options: &Options, url: &str, people: &[DemoLink]) {
    let links: Vec<DemoLink> = people
        .iter()
        .map(|person| DemoLink {
            name: person.name.clone(),
            role: person.role.clone(),
            token: String::new(),
            link: format!("{url}demo/{}", person.token),
        })
        .collect();
    if options.json {
        out!("{}", serde_json::json!({ "url": url, "data": options.data, "people": links }));
        return;
    }
    out!("Hustings serves {} at {url} (Ctrl-C ends it)", options.data.display());
    out!(
        "Enter as one of these people, in a window each; the links hold while this runs, on this machine:\n"
    );
    for person in links {
        out!("  {}, {}\n    {}", person.name, person.role, person.link);
    }
}

/// The newest list that was loaded now; none when there was one before.
fn prepare(options: &Options, verb: &Demo, state: StateCode) -> Result<Option<PathBuf>, CliError> {
    let loaded = block_on(async {
        let context = Context::open(options).await?;
        let look = async |act: &Act<'_, verb::Load>| Ok(context.store.snapshots(act, state).await?);
        Ok(!context.act(Request::voters_of(state), look).await?.is_empty())
    })?;
    if loaded {
        eprintln!(
            "The data folder {} holds a list of {state} already: served as it is.",
            options.data.display()
        );
        return Ok(None);
    }
    let folder = options.data.join("demo");
    let bars = Bars::new();
    let weeks = write(&bars, verb, &folder.join("deliveries"), 2, DIRT, Trouble::default())?;
    // The same state a week later, with what makes a load being held back.
    let trouble = Trouble { purge: Some(("PITT".to_owned(), 0.03)), ..Trouble::default() };
    let waiting = write(&bars, verb, &folder.join("waiting"), 3, DIRT_WAITING, trouble)?;
    put_in_inbox(options, &waiting)?;
    let layouts = layouts(options.layouts.as_deref())?;
    for week in &weeks {
        let request = LoadRequest {
            paths: vec![week.folder.clone()],
            state,
            as_of: Some(week.as_of),
            accept_held: Some("the demo's first two weeks".to_owned()),
            id: None,
        };
        block_on(async {
            let context = Context::open(options).await?;
            let run = async |act: &Act<'_, verb::Load>| {
                Ok(load(&context.store, &layouts, act, &request, &bars, &SystemClock).await?)
            };
            context.act(Request::voters_of(state), run).await
        })?;
    }
    bars.finish();
    Ok(weeks.last().map(|week| week.voters.clone()))
}

fn write(
    bars: &Bars,
    verb: &Demo,
    out: &Path,
    weeks: u32,
    dirt: f64,
    trouble: Trouble,
) -> Result<Vec<WeekFiles>, CliError> {
    bars.stage("Inventing a state", None);
    let nc = NcOptions { voters: verb.voters, seed: 1, weeks, dirt, first_as_of: date(2026, 2, 7), trouble };
    write_weeks(&nc, out, &mut |_, _| {})
        .map_err(|error| CliError::environment(format!("`{}` cannot be written: {error}", out.display())))
}

/// The last week becomes a delivery that waits in the state party's inbox.
fn put_in_inbox(options: &Options, weeks: &[WeekFiles]) -> Result<(), CliError> {
    let Some(last) = weeks.last() else { return Ok(()) };
    let inbox: PathBuf = options.data.join("inboxes").join(STATE).join(format!("nc-{}", last.as_of));
    let failed = |error: std::io::Error| {
        CliError::environment(format!("`{}` cannot be written: {error}", inbox.display()))
    };
    fs::create_dir_all(inbox.parent().unwrap_or(&inbox)).map_err(failed)?;
    fs::rename(&last.folder, &inbox).map_err(failed)?;
    fs::remove_dir_all(options.data.join("demo").join("waiting")).map_err(failed)
}
