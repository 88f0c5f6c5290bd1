//! Tests of what is known before a release.

mod abilities;
mod outlines;
