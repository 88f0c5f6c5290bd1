//! Several tests at once: with twenty of them, one in twenty false alarms becomes one always.

/// The p-values as Holm corrects them for their number, in their order. Below `alpha` they keep the chance of
/// any false alarm under `alpha`, whatever the tests have to do with each other.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut corrected = vec![1.0; p.len()];
    let mut highest: f64 = 0.0;
    for (position, index) in order.iter().enumerate() {
        let own = (p[*index] * (p.len() - position) as f64).min(1.0);
        // NaN is no evidence.
        highest = highest.max(if own.is_nan() { 1.0 } else { own });
        corrected[*index] = highest;
    }
    corrected
}
