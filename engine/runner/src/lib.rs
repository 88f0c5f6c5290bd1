//! The async shell: tick loop, journal, scraping, recovery, and the ports it needs.

pub mod clock;
pub mod command;
pub mod engine;
pub mod group;
pub mod inspect;
pub mod jobs;
pub mod journal;
pub mod notify;
pub mod orphans;
pub mod policies;
pub mod ports;
pub mod prepare;
pub mod rehearsal;
pub mod rules;
pub mod scrape;
