//! Tests of the public face of the policy engine.

mod expressions;
mod policies;
