//! Reproducible randomness, good enough to simulate with.

/// SplitMix64.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// The sum of twelve, which is nearly normal; its tails end at six.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// Of many, by the normal distribution.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 200.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0);
        }
        let (mut count, mut left) = (0.0, (-mean).exp());
        let mut drawn = self.unit();
        let mut chance = left;
        while drawn > chance && count < 1000.0 {
            drawn -= chance;
            count += 1.0;
            left *= mean / count;
            chance = left;
        }
        count
    }

    /// How many of so many, each with a chance. Exact for few, normal for many.
    pub fn binomial(&mut self, of: f64, chance: f64) -> f64 {
        if of <= 200.0 {
            return (0..of as u32).filter(|_| self.unit() < chance).count() as f64;
        }
        let mean = of * chance;
        if mean < 50.0 {
            return self.poisson(mean).min(of);
        }
        (mean + (mean * (1.0 - chance)).sqrt() * self.normal()).round().clamp(0.0, of)
    }
}
