//! Exposition decoder, series store, PromQL; pure.
