//! The async shell: tick loop, journal, scraping, recovery, and the ports it needs.

pub mod clock;
pub mod engine;
pub mod journal;
pub mod ports;
pub mod prepare;
pub mod rules;
pub mod scrape;
