//! Where one case takes place: its target, 200 users, and what is counted at the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use end_to_end::load::{Load, Options, Sighting, Tally};
use end_to_end::programs::Programs;
use end_to_end::proxy::Proxy;
use end_to_end::run::Run;
use end_to_end::stage::{Release, Stage};
use tempfile::TempDir;
use tokio::process::Command;

use super::cases::{COHORT, Case};
use crate::grounds::PROMOTED;

const CLIENTS: usize = 200;
const RATE: f64 = 250.0;
const COHORT_CLIENTS: usize = 10;
const COHORT_RATE: f64 = 30.0;
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Fields are dropped in this order: users, the gateway with its instances, what stands before it, the directory.
pub struct Scene {
    users: Load,
    cohort: Option<Load>,
    pub stage: Stage,
    pub proxy: Option<Proxy>,
    service: PathBuf,
    state: TempDir,
    case: Case,
    /// Answers of users by version.
    answered: BTreeMap<String, u64>,
}

/// What users saw during a release.
pub struct Seen {
    pub users: Vec<Sighting>,
    pub cohort: Vec<Sighting>,
    /// Answers with an error that the service itself made, by all versions.
    pub errors: u64,
    pub errors_of_candidate: u64,
}

impl Scene {
    /// The first version in service, and users; none where the target is not installed.
    pub async fn with_v1(case: &Case) -> Option<Self> {
        let state = tempfile::Builder::new().prefix("sluice-").tempdir_in("/tmp").unwrap();
        let programs = Programs::of_this_build().unwrap();
        let service = programs.demo_service.clone();
        let workflow = "end-to-end/workflows/quick.yaml";
        let proxy = match case.proxy {
            None => None,
            Some(kind) => Some(Proxy::new(kind, kind.program().unwrap()?, state.path()).unwrap()),
        };
        let stage = match &proxy {
            None => Stage::new(programs, state.path(), workflow),
            Some(proxy) => Stage::behind(programs, state.path(), workflow, proxy),
        };
        let (stage, mut proxy) = (stage.unwrap(), proxy);
        if let Some(proxy) = &mut proxy {
            proxy.configure(&stage.configuration().unwrap()).unwrap();
            proxy.start().await.unwrap();
        }
        let options = Options { url: stage.url(), clients: 0, sightings: true, ..Options::default() };
        let nobody = Load::start(&options).unwrap();
        let (case, answered) = (case.clone(), BTreeMap::new());
        let mut scene = Self { users: nobody, cohort: None, stage, proxy, service, state, case, answered };
        let first = scene.run(1, &[]).await;
        assert_eq!(first.code, Some(PROMOTED), "{}: {}", scene.case.name, first.stderr);
        let users = Options { clients: CLIENTS, rate: Some(RATE), ..options.clone() };
        scene.users = Load::start(&users).unwrap();
        let (clients, rate) = (COHORT_CLIENTS, Some(COHORT_RATE));
        let cohort = Options { clients, rate, header: Some(COHORT), ..options };
        scene.cohort = scene.case.cohort.then(|| Load::start(&cohort).unwrap());
        Some(scene)
    }

    /// As no other test's, so that its processes can be counted.
    pub fn version(&self, number: u32) -> String {
        format!("{}-v{number}", self.case.name)
    }

    /// A release of this version, to its end.
    pub async fn run(&self, number: u32, arguments: &[&str]) -> Run {
        Run::of(self.command(number, arguments)).await.unwrap()
    }

    /// `sluice run` for a release of this version.
    pub fn command(&self, number: u32, arguments: &[&str]) -> Command {
        let Case { strategy, checks, instances, .. } = &self.case;
        let settings = [
            format!("strategy={strategy}"),
            format!("checks={checks}"),
            format!("candidate.instances={instances}"),
            "metrics.interval=500ms".to_owned(),
            // Its own version is what every answer has otherwise than stable's.
            "target.gateway.mirror={compare: {ignore: [/version]}}".to_owned(),
        ];
        let compares = self.case.mirrors && self.case.proxy.is_none();
        let settings = &settings[..settings.len() - usize::from(!compares)];
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        let release = Release::of(&self.version(number)).with_arguments(arguments).with_settings(&settings);
        let mut command = self.stage.run(&release);
        command.args(["--output", "json"]);
        command
    }

    /// The process that owns the instances.
    pub fn gateway(&self) -> Option<i32> {
        let dir = self.state.path().join("gateways/shop");
        processes().into_iter().find_map(|(pid, line)| {
            let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
            (words.contains(&&b"gateway"[..]) && words.contains(&dir.as_os_str().as_encoded_bytes()))
                .then_some(pid)
        })
    }

    /// What users saw since the last time, lost or not.
    pub fn forget(&mut self) -> Tally {
        self.users.take()
    }

    /// What users saw since the last time. No request may have gone unanswered.
    pub fn seen(&mut self, candidate: &str) -> Seen {
        let (users, cohort) = (self.users.take(), self.cohort.as_ref().map(Load::take).unwrap_or_default());
        for tally in [&users, &cohort] {
            self.count(tally);
        }
        let errors = |tally: &Tally| -> u64 {
            tally.answers.iter().filter(|one| one.status >= 500).map(|one| one.count).sum()
        };
        Seen {
            errors: errors(&users) + errors(&cohort),
            errors_of_candidate: users.errors_of(candidate) + cohort.errors_of(candidate),
            users: users.sightings,
            cohort: cohort.sightings,
        }
    }

    fn count(&mut self, tally: &Tally) {
        assert_eq!(tally.lost(), 0, "{}: requests were lost: {tally}", self.case.name);
        for answers in &tally.answers {
            *self.answered.entry(answers.version.clone()).or_default() += answers.count;
        }
    }

    /// Waits until this version alone runs, with all its instances, and is what the target has.
    pub async fn runs_only(&self, stable: u32, all: u32) {
        let deadline = Instant::now() + PATIENCE;
        let wanted = |number: u32| if number == stable { self.case.instances as usize } else { 0 };
        loop {
            let running: Vec<usize> =
                (1..=all).map(|one| running(&self.service, &self.version(one))).collect();
            if (1..=all).zip(&running).all(|(number, found)| wanted(number) == *found) {
                break;
            }
            let told = format!("{}: processes by version {running:?}, {stable} is stable", self.case.name);
            assert!(Instant::now() < deadline, "{told}");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let version = self.version(stable);
        let alone = serde_json::json!({
            "revisions": [{ "version": version, "instances": self.case.instances, "weight": 1000 }],
            "stable": version,
        });
        assert_eq!(self.stage.target().unwrap(), alone);
    }

    /// Ends everything. Each request that reached an instance was a user's, who got its answer, or marked as
    /// mirrored. Gives how many were mirrored, by version.
    pub async fn end(self, versions: u32) -> BTreeMap<u32, u64> {
        let Self { users, cohort, stage, proxy, state, case, mut answered, .. } = self;
        for load in [Some(users), cohort].into_iter().flatten() {
            let last = load.stop().await;
            assert_eq!(last.lost(), 0, "{}: requests were lost: {last}", case.name);
            for answers in last.answers {
                *answered.entry(answers.version).or_default() += answers.count;
            }
        }
        stage.stop_gateway().await.unwrap();
        let logs = state.path().join("gateways/shop/logs");
        let told = (1..=versions).map(|number| {
            let version = format!("{}-v{number}", case.name);
            let [users, mirrored] = told(&logs, &version);
            let saw = answered.get(&version).copied().unwrap_or(0);
            assert_eq!(users, saw, "{version} answered {users} requests without a mark, and users saw {saw}");
            (number, mirrored)
        });
        let told = told.collect();
        drop(proxy);
        told
    }
}

/// What a version's instances told at their ends: requests of users, and mirrored ones.
fn told(logs: &Path, version: &str) -> [u64; 2] {
    let mut sum = [0, 0];
    for entry in std::fs::read_dir(logs).unwrap() {
        let entry = entry.unwrap();
        if !entry.file_name().to_string_lossy().starts_with(version) {
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).unwrap();
        for line in text.lines().filter_map(|line| line.split_once("was answered: ")) {
            let numbers = line.1.split(' ').filter_map(|word| word.parse::<u64>().ok());
            sum.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        }
    }
    sum
}

/// Processes of the demo service with this version.
fn running(service: &Path, version: &str) -> usize {
    let of_version = |line: &[u8]| {
        let mut words = line.split(|byte| *byte == 0);
        let is_service = words.next() == Some(service.as_os_str().as_encoded_bytes());
        is_service && words.any(|word| word == version.as_bytes())
    };
    processes().into_iter().filter(|(_, line)| of_version(line)).count()
}

/// Every process, with its command line.
fn processes() -> Vec<(i32, Vec<u8>)> {
    let folders = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let process = |folder: std::fs::DirEntry| {
        let pid = folder.file_name().to_str()?.parse().ok()?;
        Some((pid, std::fs::read(folder.path().join("cmdline")).ok()?))
    };
    folders.filter_map(process).collect()
}
