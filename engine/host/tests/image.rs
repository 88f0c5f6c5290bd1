//! Results as they lie in a guest's memory, so that a test can hand over any bytes at all.

/// Where results begin.
pub const BASE: u32 = 1024;

/// A piece of memory, and where it begins.
#[derive(Debug, Clone)]
pub struct Image(u32, Vec<u8>);

impl Image {
    /// Zeros from [`BASE`] on, to be filled in.
    pub fn of(size: usize) -> Self {
        Self::at(BASE, size)
    }

    /// Zeros from another place on.
    pub fn at(base: u32, size: usize) -> Self {
        Self(base, vec![0; size])
    }

    pub fn byte(mut self, at: usize, value: u8) -> Self {
        self.1[at] = value;
        self
    }

    pub fn short(mut self, at: usize, value: u16) -> Self {
        self.1[at..at + 2].copy_from_slice(&value.to_le_bytes());
        self
    }

    pub fn word(mut self, at: usize, value: u32) -> Self {
        self.1[at..at + 4].copy_from_slice(&value.to_le_bytes());
        self
    }

    pub fn long(mut self, at: usize, value: u64) -> Self {
        self.1[at..at + 8].copy_from_slice(&value.to_le_bytes());
        self
    }

    pub fn float(self, at: usize, value: f64) -> Self {
        self.long(at, value.to_bits())
    }

    /// A string: its bytes at the end, its place and length at `at`.
    pub fn text(self, at: usize, text: &str) -> Self {
        self.block(at, text.as_bytes(), text.len())
    }

    /// A list: its elements at the end, its place and length at `at`.
    pub fn list(self, at: usize, elements: &Image, count: usize) -> Self {
        self.block(at, &elements.1, count)
    }

    /// As data of a module in text form.
    pub fn data(&self) -> String {
        let bytes: String = self.1.iter().map(|byte| format!("\\{byte:02x}")).collect();
        format!("(data (i32.const {}) \"{bytes}\")", self.0)
    }

    fn block(mut self, at: usize, bytes: &[u8], count: usize) -> Self {
        self.1.resize(self.1.len().next_multiple_of(8), 0);
        let place = self.0 + u32::try_from(self.1.len()).unwrap();
        self.1.extend_from_slice(bytes);
        self.word(at, place).word(at + 4, u32::try_from(count).unwrap())
    }
}

/// `result<output, string>` of a health check: pass, score 0.5, for the given reason.
pub fn pass(reason: &str) -> Image {
    Image::of(64).byte(24, 1).float(32, 0.5).text(40, reason)
}

/// `result<output, string>` of any kind: the error.
pub fn refusal(reason: &str) -> Image {
    Image::of(152).byte(0, 1).text(8, reason)
}

/// A shape of one allocation to the candidate; 44 bytes, with its list behind.
pub fn with_shape(image: Image, at: usize, instances: u32, weight: u16) -> Image {
    let allocation = Image::of(20).byte(0, 1).word(12, instances).short(16, weight);
    image.list(at, &allocation, 1)
}

/// `result<output, string>` of a strategy: a step to the candidate.
pub fn step(instances: u32, weight: u16) -> Image {
    let image = Image::of(160).text(16, "first").long(72 + 56, 60_000);
    with_shape(image, 24, instances, weight)
}

/// `result<output, string>` of a rollback plugin: back at once.
pub fn roll_back(reason: &str) -> Image {
    Image::of(32).byte(4, 2).text(8, reason)
}
