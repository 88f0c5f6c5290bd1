//! The control socket: answers the engine and people's commands, for this user alone.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sluice_runner::ports::target::TargetStatus;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::time::timeout;

use super::plane::DataPlane;
use super::protocol::{Hello, Request, Response, Wire};
use super::supervisor::Command;

/// What the socket's answers are made of.
#[derive(Debug, Clone)]
pub struct Control {
    pub hello: Hello,
    pub commands: mpsc::Sender<Command>,
    pub status: watch::Receiver<Option<Arc<TargetStatus>>>,
    /// Asked for what changes with every request.
    pub plane: Arc<dyn DataPlane>,
}

const CONNECTIONS: usize = 32;
/// For a request to arrive and for its answer to be taken.
const PATIENCE: Duration = Duration::from_secs(10);

/// Binds the socket with mode 0600, in the place of one that a dead gateway left.
pub fn bind(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers until the task is ended.
pub async fn serve(listener: UnixListener, control: Control) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) if is_own(&stream) => {
                let control = control.clone();
                tokio::spawn(async move {
                    if let Err(told) = control.connection(stream).await {
                        tracing::warn!(told, "a control connection was closed");
                    }
                    drop(place);
                });
            }
            Ok(_) => tracing::warn!("another user knocked at the control socket"),
            Err(error) => {
                tracing::warn!(%error, "a control connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

impl Control {
    async fn connection(self, stream: UnixStream) -> Result<(), String> {
        let mut wire = Wire::new(stream);
        loop {
            let heard = timeout(PATIENCE, wire.read::<Request>()).await;
            let response = match heard.map_err(|_late| "nothing was asked in time".to_owned())? {
                Ok(None) => return Ok(()),
                Ok(Some(request)) => self.answer(request).await,
                Err(told) => {
                    let _ = timeout(PATIENCE, wire.write(Response::Refused { told: told.clone() })).await;
                    return Err(told);
                }
            };
            let wrote = timeout(PATIENCE, wire.write(response)).await;
            wrote.map_err(|_late| "the answer was not taken in time".to_owned())??;
        }
    }

    async fn answer(&self, request: Request) -> Response {
        match request {
            Request::Hello => Response::Hello(self.hello.clone()),
            Request::Observe => {
                // There is none only in the first moment.
                let mut status = self.status.clone();
                let status = status.wait_for(Option::is_some).await.ok().and_then(|status| status.clone());
                status.map_or_else(ending, |status| {
                    let differences = self.plane.differences();
                    let status = TargetStatus { differences, ..(*status).clone() };
                    Response::Status { status: Box::new(status) }
                })
            }
            Request::Apply { desired } => self.command(|reply| Command::Apply(desired, reply)).await,
            Request::Configure { settings } => {
                self.command(|reply| Command::Configure(settings, reply)).await
            }
            Request::Stop => match self.commands.send(Command::Stop).await {
                Ok(()) => Response::Done,
                Err(_ended) => ending(),
            },
        }
    }

    async fn command(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<(), String>>) -> Command,
    ) -> Response {
        let (reply, replied) = oneshot::channel();
        if self.commands.send(command(reply)).await.is_err() {
            return ending();
        }
        match replied.await {
            Ok(Ok(())) => Response::Done,
            Ok(Err(told)) => Response::Refused { told },
            Err(_ended) => ending(),
        }
    }
}

fn ending() -> Response {
    Response::Refused { told: "the gateway is ending".to_owned() }
}

/// The socket's mode says the same; this holds also in the moment before it is set.
fn is_own(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}
