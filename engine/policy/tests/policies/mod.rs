//! Policy documents: how bad ones are told, and what good ones say of a release.

mod shipped;
