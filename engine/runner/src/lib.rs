//! The async shell: tick loop, journal, scraping, recovery, and the ports it needs.

pub mod clock;
pub mod journal;
pub mod ports;
pub mod scrape;
