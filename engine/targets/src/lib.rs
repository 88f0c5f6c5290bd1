//! What a release acts on: the gateway and its processes.
