//! Where the binaries under test are: beside the program that runs.

use std::io;
use std::path::{Path, PathBuf};

/// The binaries that a test or the demo runs.
#[derive(Debug, Clone)]
pub struct Programs {
    pub sluice: PathBuf,
    pub demo_service: PathBuf,
}

impl Programs {
    /// Those of the same build as the running program.
    pub fn of_this_build() -> io::Result<Self> {
        let this = std::env::current_exe()?;
        // A test is in `deps`, one below the binaries.
        let folders = this.ancestors().skip(1).take(2);
        let folder = folders.into_iter().find(|folder| folder.join("sluice").is_file());
        let missing = || {
            let message =
                "`sluice` and `demo-service` are not built: run `cargo build -p sluice-cli -p demo-service`";
            io::Error::new(io::ErrorKind::NotFound, message)
        };
        Self::in_folder(folder.ok_or_else(missing)?).ok_or_else(missing)
    }

    fn in_folder(folder: &Path) -> Option<Self> {
        let programs = Self { sluice: folder.join("sluice"), demo_service: folder.join("demo-service") };
        (programs.sluice.is_file() && programs.demo_service.is_file()).then_some(programs)
    }
}
