//! The on-failure plugin.
