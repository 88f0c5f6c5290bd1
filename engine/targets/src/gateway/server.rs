//! The gateway process: one per service, from taking the lock to the last instance stopped.

use std::fs::File;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sluice_runner::orphans::{Mark, Processes, end_orphans};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::config::{GatewayConfig, Limits, MARK, Place};
use super::control::{self, Control};
use super::error::GatewayError;
use super::fleet::Fleet;
use super::handlers::{Admin, Proxy};
use super::keeper::{Means, Told};
use super::listener::{self, Bounds, FAREWELL};
use super::plane::{BuiltIn, DataPlane};
use super::process::Ports;
use super::protocol::Hello;
use super::proxies::ProxyOptions;
use super::record::Record;
use super::routing::{Door, Routing};
use super::stats::Board;
use super::status::Addresses;
use super::supervisor::{Command, Pace, Supervisor};

/// Serves until SIGTERM, SIGINT or a stop command, then drains and stops every instance. The record stays,
/// and the next gateway of the directory serves the same. Not to be called inside an async runtime.
pub fn serve(config: GatewayConfig) -> Result<(), GatewayError> {
    allow_open_files(config.limits.connections);
    let system = |source| GatewayError::System { what: "the runtime", source };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(system)?;
    let served = runtime.block_on(run(config));
    // Tunnels that were cut and connections of clients that do not go.
    runtime.shutdown_timeout(Duration::from_secs(1));
    served
}

/// What was opened before anything is served.
struct Opened {
    place: Place,
    record: Record,
    /// None where another proxy listens for users.
    service: Option<TcpListener>,
    admin: TcpListener,
    addresses: Addresses,
    // Held as long as the process lives.
    _lock: File,
}

struct Channels {
    commands: mpsc::Receiver<Command>,
    news: mpsc::UnboundedReceiver<Told>,
}

/// At the least, for requests under way when the gateway ends.
const SHORTEST_END: Duration = Duration::from_secs(1);
const LET_GO_WITHIN: Duration = Duration::from_secs(1);
/// That are no connections: logs, pipes, sockets of the gateway's own.
const FILES: usize = 1024;
const LOOK_AGAIN: Duration = Duration::from_millis(20);

async fn run(config: GatewayConfig) -> Result<(), GatewayError> {
    let opened = open(&config).await?;
    let socket = opened.place.socket();
    let (command, commands) = mpsc::channel(64);
    let (told, news) = mpsc::unbounded_channel();
    let (status_sender, status) = watch::channel(None);
    let (end, ending) = watch::channel(false);
    let routing = Arc::new(Routing::new(config.limits));
    let board = Arc::new(Board::default());
    let proxy = config.proxy.clone();
    let hello = Hello { service: config.service, listen: config.listen, pid: std::process::id(), proxy };
    let built_in =
        || -> Arc<dyn DataPlane> { Arc::new(BuiltIn::new(Arc::clone(&routing), Arc::clone(&board))) };
    let plane = config.proxy.as_ref().map_or_else(built_in, ProxyOptions::start);
    let mut supervisor = Supervisor {
        fleet: Fleet::new(Means {
            processes: Arc::new(Processes::new(opened.place.processes())),
            ports: Ports::default(),
            dir: opened.place.dir().to_owned(),
            logs: opened.place.instance_logs(),
            news: told,
            board: Arc::clone(&board),
            ids: Arc::default(),
        }),
        place: opened.place,
        record: opened.record,
        plane: Arc::clone(&plane),
        addresses: opened.addresses,
        status: status_sender,
        pace: Pace::default(),
    };
    let admin = Admin { routing: Arc::clone(&routing), board, status: status.clone(), start_seconds: now() };
    let clients = Bounds::of(&config.limits, ending.clone());
    let scrapers = Bounds { connections: 64, ..Bounds::of(&Limits::default(), ending) };
    let served = tokio::spawn(async move {
        if let Some(service) = opened.service {
            listener::serve(service, clients, Proxy { routing, door: Door::Users }).await;
        }
    });
    let scraped = tokio::spawn(listener::serve(opened.admin, scrapers, admin));
    let bound = control::bind(&socket);
    let listener = bound.map_err(|source| GatewayError::System { what: "the control socket", source })?;
    let controlled =
        tokio::spawn(control::serve(listener, Control { hello, commands: command.clone(), status, plane }));
    let signals = tokio::spawn(signals(command)?);

    let mut channels = Channels { commands, news };
    supervisor.run(&mut channels.commands, &mut channels.news).await;
    tracing::info!("the gateway drains and ends");
    end.send_replace(true);
    finish(&mut supervisor, channels, served).await;
    for task in [scraped, controlled, signals] {
        task.abort();
    }
    // The next gateway would put its own in its place.
    let _ = std::fs::remove_file(socket);
    Ok(())
}

/// Requests under way end while their instances still run; then these end.
async fn finish(supervisor: &mut Supervisor, mut channels: Channels, served: JoinHandle<()>) {
    channels.commands.close();
    let patience = FAREWELL + supervisor.longest_drain().max(SHORTEST_END);
    let _ = timeout(patience, served).await;
    supervisor.end(&mut channels.news).await;
}

async fn open(config: &GatewayConfig) -> Result<Opened, GatewayError> {
    let place = Place::make(&config.dir)?;
    let lock = lock(&place).await?;
    let folder = |source| GatewayError::Directory { dir: place.dir().to_owned(), source };
    std::fs::create_dir_all(place.instance_logs()).map_err(folder)?;
    let record = Record::read(&place.record())?;
    let mut record = record.unwrap_or_else(|| Record::new(&config.service));
    if record.service != config.service {
        return Err(GatewayError::OtherService { running: record.service, wanted: config.service.clone() });
    }
    let service = match &config.proxy {
        None => Some(bind_service(config.listen, record.address).await?),
        Some(_) => None,
    };
    let admin = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let address = |listener: &TcpListener| {
        let what = "the address of a listener";
        listener.local_addr().map_err(|source| GatewayError::System { what, source })
    };
    let service_address = service.as_ref().map_or(Ok(config.listen), address)?;
    let addresses = Addresses { service: service_address, admin: address(&admin)? };
    if record.address != Some(addresses.service) {
        record.address = Some(addresses.service);
        record.write(&place.record())?;
    }
    let orphans = end_left_over(&place).await;
    if orphans > 0 {
        tracing::warn!(orphans, "instances of a killed gateway were ended");
    }
    Ok(Opened { place, record, service, admin, addresses, _lock: lock })
}

/// Ends what a killed gateway left running, under the lock; how many there were.
async fn end_left_over(place: &Place) -> usize {
    end_orphans(&place.processes(), Mark { variable: MARK, dir: place.dir() }).await
}

/// Ends what a killed gateway left running, where none is there to do it.
pub(super) async fn clear(place: &Place) -> Result<usize, GatewayError> {
    if !place.dir().exists() {
        return Ok(0);
    }
    let _lock = lock(place).await?;
    Ok(end_left_over(place).await)
}

/// A gateway that was just killed may hold the lock for a moment yet.
async fn lock(place: &Place) -> Result<File, GatewayError> {
    let refused = |source| GatewayError::Directory { dir: place.dir().to_owned(), source };
    let file =
        File::options().create(true).truncate(false).write(true).open(place.lock()).map_err(refused)?;
    let deadline = Instant::now() + LET_GO_WITHIN;
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(file),
            Err(rustix::io::Errno::WOULDBLOCK) if Instant::now() < deadline => sleep(LOOK_AGAIN).await,
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(GatewayError::Running { dir: place.dir().to_owned() });
            }
            Err(error) => return Err(refused(error.into())),
        }
    }
}

/// A port that the system chose is asked for again, so that clients find the service after a restart.
async fn bind_service(listen: SocketAddr, before: Option<SocketAddr>) -> Result<TcpListener, GatewayError> {
    if let Some(before) = before.filter(|before| listen.port() == 0 && before.ip() == listen.ip())
        && let Ok(listener) = bind(before).await
    {
        return Ok(listener);
    }
    bind(listen).await
}

/// A port, too, may be held for a moment by a gateway that was just killed.
async fn bind(address: SocketAddr) -> Result<TcpListener, GatewayError> {
    let deadline = Instant::now() + LET_GO_WITHIN;
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < deadline => {
                sleep(LOOK_AGAIN).await;
            }
            Err(source) => return Err(GatewayError::Listen { address: address.to_string(), source }),
        }
    }
}

/// SIGTERM and SIGINT end the gateway in order. SIGHUP is let pass: the terminal that it was started from may
/// close.
fn signals(commands: mpsc::Sender<Command>) -> Result<impl Future<Output = ()>, GatewayError> {
    let listen = |kind| {
        let what = "a signal handler";
        signal(kind).map_err(|source| GatewayError::System { what, source })
    };
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut hangup = listen(SignalKind::hangup())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = hangup.recv() => {}
            }
        }
        // If it has ended already, all the better.
        let _ = commands.send(Command::Stop).await;
    })
}

/// Each connection takes a file, and one to its instance; by default a process may have 1024. What is forbidden
/// is forbidden: then connections wait until others close.
fn allow_open_files(connections: usize) {
    let wanted = u64::try_from(connections.saturating_mul(2).saturating_add(FILES)).unwrap_or(u64::MAX);
    let limit = getrlimit(Resource::Nofile);
    let raised = limit.maximum.map_or(wanted, |most| most.min(wanted));
    if limit.current.is_some_and(|now| now < raised)
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(raised), ..limit })
    {
        tracing::warn!(%error, "no more files may be opened than before");
    }
}

fn now() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}
