//! The vocabulary: what every other part of the engine speaks of.

pub mod bytes;
pub mod capabilities;
pub mod difference;
pub mod enough;
pub mod histogram;
pub mod mirroring;
pub mod number;
pub mod observation;
pub mod policy;
pub mod shape;
pub mod verdict;
