//! Tests of the command as a process: what it prints, and how it ends.

#[cfg(test)]
mod documents;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod targets;
#[cfg(test)]
mod usage;

#[cfg(test)]
mod command {
    //! Runs the binary in a folder, with a state directory of its own.

    use std::os::unix::process::ExitStatusExt;
    use std::path::{Path, PathBuf};
    use std::process::{Command, ExitStatus, Output};

    /// What a process printed, and its exit code.
    #[derive(Debug, PartialEq, Eq)]
    pub struct Ended {
        pub code: i32,
        pub out: String,
        pub err: String,
    }

    pub fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad")
    }

    pub fn sluice(state: &Path, arguments: &[&str]) -> Ended {
        let output: Output = command(state, arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ended { code: code(output.status), out: text(output.stdout), err: text(output.stderr) }
    }

    pub fn command(state: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
        command
            .args(arguments)
            .current_dir(folder())
            .env("SLUICE_STATE", state)
            .env("SLUICE_WHO", "anna")
            .env("COLUMNS", "100")
            .env_remove("SLUICE_LOG");
        command
    }

    /// The exit code, or below 0 the signal that ended it.
    pub fn code(status: ExitStatus) -> i32 {
        status.code().unwrap_or_else(|| -status.signal().unwrap_or_default())
    }
}
