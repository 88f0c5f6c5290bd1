//! Tests of what is known before a release.

mod outlines;
