//! Figures, printed as ratios.
