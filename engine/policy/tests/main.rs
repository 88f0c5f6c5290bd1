//! Tests of the public face of the policy engine.

mod policies;
