//! The engine's side: a gateway as a [`Target`], found or started.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use sluice_runner::ports::target::{Capabilities, Desired, Target, TargetError, TargetStatus};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep, timeout};

use super::config::{CAPABILITIES, GatewayOptions, Place, Settings};
use super::error::GatewayError;
use super::protocol::{Hello, Request, Response, Wire};
use super::proxies::ProxyOptions;
use super::server;
use super::start::Starter;

/// Speaks to one service's gateway.
#[derive(Debug)]
pub struct GatewayClient {
    place: Place,
    /// A gateway that is gone is started again; without this it is only told.
    starter: Option<Starter>,
    capabilities: Capabilities,
    /// How often it was gone and started again from here.
    started_again: AtomicU32,
}

/// What a stop came upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// A gateway, which has drained and ended.
    Ended,
    /// None, but so many processes that one had left when it was killed; they were ended.
    Orphans(usize),
    /// Neither.
    Nothing,
}

/// Why there was no answer.
#[derive(Debug)]
enum Silence {
    /// Nobody listens.
    Absent(String),
    /// Whoever listened broke off, or said what can not be understood.
    Broken(String),
    /// Whoever listens says nothing.
    Late(String),
}

/// For one question and its answer. Accepting a desired state writes to disk, which may be slow.
const PATIENCE: Duration = Duration::from_secs(15);
/// For a gateway to come up: it may have to end what a killed one left.
const UP_WITHIN: Duration = Duration::from_secs(30);
/// For another gateway that is coming up, when ours gave way to it.
const OTHER_UP_WITHIN: Duration = Duration::from_secs(2);
/// How often a question is put to a gateway that breaks off.
const ASKED: usize = 10;
const LOOK_AGAIN: Duration = Duration::from_millis(20);

impl GatewayClient {
    /// A gateway that is running, or will be; it is not started from here.
    pub fn connect(dir: &Path) -> Result<Self, GatewayError> {
        let dir = dir.canonicalize().unwrap_or_else(|_absent| dir.to_owned());
        Ok(Self::of(Place::of(&dir)?, None, CAPABILITIES))
    }

    /// Finds the service's gateway, or starts one as `program gateway --service S --dir D --listen A` in a
    /// process group of its own; returns once it answers. A running one must serve the same service on the
    /// same address; its settings are brought up to date.
    pub async fn ensure(
        dir: &Path,
        service: &str,
        options: &GatewayOptions,
        program: PathBuf,
    ) -> Result<Self, GatewayError> {
        let starter = Starter { program, service: service.to_owned(), listen: options.listen, proxy: None };
        let place = Place::make(dir)?;
        let client = Self::of(place, Some(starter.clone()), options.capabilities());
        client.up(&starter, options.settings()).await
    }

    /// The same for a service that another proxy stands before.
    pub async fn ensure_behind(
        dir: &Path,
        service: &str,
        proxy: &ProxyOptions,
        program: PathBuf,
    ) -> Result<Self, GatewayError> {
        let (service, listen) = (service.to_owned(), proxy.address());
        let starter = Starter { program, service, listen, proxy: Some(proxy.clone()) };
        let place = Place::make(dir)?;
        let client = Self::of(place, Some(starter.clone()), proxy.capabilities());
        client.up(&starter, Settings::default()).await
    }

    fn of(place: Place, starter: Option<Starter>, capabilities: Capabilities) -> Self {
        Self { place, starter, capabilities, started_again: AtomicU32::new(0) }
    }

    async fn up(self, wanted: &Starter, settings: Settings) -> Result<Self, GatewayError> {
        let client = self;
        let hello = match client.hello_again().await {
            Ok(hello) => hello,
            Err(Silence::Absent(_)) => client.start().await?,
            Err(silence) => {
                return Err(GatewayError::NoAnswer { socket: client.place.socket(), told: silence.told() });
            }
        };
        if hello.service != wanted.service {
            return Err(GatewayError::OtherService {
                running: hello.service,
                wanted: wanted.service.clone(),
            });
        }
        if hello.proxy != wanted.proxy {
            return Err(GatewayError::OtherProxy);
        }
        if hello.listen != wanted.listen {
            return Err(GatewayError::OtherListen { running: hello.listen, wanted: wanted.listen });
        }
        match client.say_again(Request::Configure { settings }).await {
            Ok(Response::Refused { told }) => Err(GatewayError::Refused(told)),
            Ok(_) => Ok(client),
            Err(silence) => {
                Err(GatewayError::NoAnswer { socket: client.place.socket(), told: silence.told() })
            }
        }
    }

    /// Lets the gateway drain, stop its instances and end; returns once it has ended, or when `within` is
    /// over. What a killed one left running is ended.
    pub async fn stop(&self, within: Duration) -> Result<Stopped, GatewayError> {
        let no_answer = |told| GatewayError::NoAnswer { socket: self.place.socket(), told };
        match self.say_again(Request::Stop).await {
            Ok(Response::Refused { told }) => return Err(GatewayError::Refused(told)),
            Ok(_) => {}
            Err(Silence::Absent(_)) => {
                return Ok(match server::clear(&self.place).await? {
                    0 => Stopped::Nothing,
                    orphans => Stopped::Orphans(orphans),
                });
            }
            Err(silence) => return Err(no_answer(silence.told())),
        }
        let deadline = Instant::now() + within;
        while !matches!(self.hello().await, Err(Silence::Absent(_))) {
            if Instant::now() >= deadline {
                return Err(no_answer(format!("it has not ended within {} s", within.as_secs())));
            }
            sleep(LOOK_AGAIN).await;
        }
        Ok(Stopped::Ended)
    }

    /// Starts a gateway and waits until one answers, which may be another's that was faster.
    async fn start(&self) -> Result<Hello, GatewayError> {
        let not_up = |told| GatewayError::NotUp { told, log: self.place.log() };
        let Some(starter) = &self.starter else { return Err(not_up("nobody started it".to_owned())) };
        let (mut started, words) = starter.start(&self.place)?;
        let mut deadline = Instant::now() + UP_WITHIN;
        let mut ended = None;
        loop {
            if let Ok(hello) = self.hello().await {
                return Ok(hello);
            }
            if ended.is_none()
                && let Ok(Some(status)) = started.try_wait()
            {
                // It gives way when another one was faster, which will answer soon.
                deadline = Instant::now() + OTHER_UP_WITHIN;
                ended = Some(status);
            }
            if Instant::now() >= deadline {
                return Err(not_up(match ended {
                    Some(status) => {
                        format!("it ended with {status}: {}", starter.last_words(&self.place, words))
                    }
                    None => "it did not answer in time".to_owned(),
                }));
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    async fn hello(&self) -> Result<Hello, Silence> {
        greeted(self.say(Request::Hello).await?)
    }

    async fn hello_again(&self) -> Result<Hello, Silence> {
        greeted(self.say_again(Request::Hello).await?)
    }

    /// All that is asked may be asked twice, so a gateway that broke off, as one does that is killed just then, is
    /// asked again.
    async fn say_again(&self, request: Request) -> Result<Response, Silence> {
        for _ in 1..ASKED {
            match self.say(request.clone()).await {
                Err(Silence::Broken(_)) => sleep(LOOK_AGAIN).await,
                heard => return heard,
            }
        }
        self.say(request).await
    }

    async fn say(&self, request: Request) -> Result<Response, Silence> {
        let talk = async {
            let stream = UnixStream::connect(self.place.socket()).await;
            let stream = stream.map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused => {
                    Silence::Absent(error.to_string())
                }
                _ => Silence::Broken(error.to_string()),
            })?;
            let mut wire = Wire::new(stream);
            wire.write(request).await.map_err(Silence::Broken)?;
            let heard = wire.read().await.map_err(Silence::Broken)?;
            heard.ok_or_else(|| Silence::Broken("it hung up".to_owned()))
        };
        timeout(PATIENCE, talk)
            .await
            .map_err(|_late| Silence::Late("it did not answer in time".to_owned()))?
    }

    /// Asks, and starts a gateway that is gone.
    async fn ask(&self, request: Request) -> Result<Response, TargetError> {
        match self.say_again(request.clone()).await {
            Err(Silence::Absent(_)) if self.starter.is_some() => {
                self.start().await.map_err(|error| TargetError::Unreachable(error.to_string()))?;
                self.started_again.fetch_add(1, Ordering::Relaxed);
                self.say_again(request).await
            }
            heard => heard,
        }
        .map_err(|silence| TargetError::Unreachable(silence.told()))
    }
}

#[async_trait]
impl Target for GatewayClient {
    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    async fn observe(&self) -> Result<TargetStatus, TargetError> {
        match self.ask(Request::Observe).await? {
            Response::Status { status } => {
                Ok(TargetStatus { started_again: self.started_again.load(Ordering::Relaxed), ..*status })
            }
            other => Err(unasked(other)),
        }
    }

    async fn apply(&self, desired: &Desired) -> Result<(), TargetError> {
        match self.ask(Request::Apply { desired: Box::new(desired.clone()) }).await? {
            Response::Done => Ok(()),
            other => Err(unasked(other)),
        }
    }
}

impl Silence {
    fn told(self) -> String {
        match self {
            Self::Absent(told) | Self::Broken(told) | Self::Late(told) => told,
        }
    }
}

fn greeted(response: Response) -> Result<Hello, Silence> {
    match response {
        Response::Hello(hello) => Ok(hello),
        other => Err(Silence::Broken(format!("it answered `{other:?}` to a greeting"))),
    }
}

fn unasked(response: Response) -> TargetError {
    match response {
        Response::Refused { told } => TargetError::Refused(told),
        other => TargetError::Protocol(format!("{other:?}")),
    }
}
