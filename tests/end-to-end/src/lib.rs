//! End-to-end and fault tests of the sluice binary.
