//! The gateway as a process, with real instances and real sockets.

mod bed;
mod changes;
mod failures;
mod http1;
mod load;
mod restart;
mod split;
mod streams;
