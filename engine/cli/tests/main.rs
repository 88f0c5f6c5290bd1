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

    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};

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
        let output: Output = Command::new(env!("CARGO_BIN_EXE_sluice"))
            .args(arguments)
            .current_dir(folder())
            .env("SLUICE_STATE", state)
            .env("SLUICE_WHO", "anna")
            .env("COLUMNS", "100")
            .env_remove("SLUICE_LOG")
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap_or(-1);
        Ended { code, out: text(output.stdout), err: text(output.stderr) }
    }
}
