//! Policies beside releases: folders of them with their cases, what a journal says of them, and what others would
//! have said.

pub mod files;
pub mod fixture;
pub mod recorded;
pub mod replay;
pub mod shelf;
pub mod testing;

pub use recorded::{Asked, Explained, asked, explained};
pub use shelf::{Shelf, read};
