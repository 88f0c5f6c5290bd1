//! The shipped strategies, compiled to components, in releases of the real core: see `tests` and `cases`.
