//! Tests of the public face of the core.

#[cfg(test)]
mod documents;
#[cfg(test)]
mod report;
