//! Which series `limit_ratio` takes: by a hash of their labels, so that it is always the same ones, and the
//! same as Prometheus takes.

use crate::series::Labels;

const PRIMES: [u64; 5] = [
    0x9e37_79b1_85eb_ca87,
    0xc2b2_ae3d_27d4_eb4f,
    0x1656_67b1_9e37_79f9,
    0x85eb_ca77_c2b2_ae63,
    0x27d4_eb2f_1656_67c5,
];

/// Whether a series is among the given share of all; a negative ratio takes the rest of its complement.
pub fn is_sampled(labels: &Labels, ratio: f64) -> bool {
    let ratio = ratio.clamp(-1.0, 1.0);
    let place = xxhash64(&encoded(labels)) as f64 / u64::MAX as f64;
    if ratio >= 0.0 { place < ratio || ratio == 1.0 } else { place >= 1.0 + ratio }
}

/// Names and values in order, each behind its length, as Prometheus keeps label sets.
fn encoded(labels: &Labels) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in labels.iter().flat_map(|(name, value)| [name, value]) {
        match u8::try_from(part.len()) {
            Ok(length) if length < 255 => bytes.push(length),
            _ => {
                bytes.push(255);
                bytes.extend_from_slice(&(part.len() as u32).to_le_bytes()[..3]);
            }
        }
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

fn xxhash64(bytes: &[u8]) -> u64 {
    let [p1, p2, p3, p4, p5] = PRIMES;
    let (blocks, mut rest) = bytes.split_at(bytes.len() / 32 * 32);
    let mut hash = if blocks.is_empty() {
        p5
    } else {
        let mut lanes = [p1.wrapping_add(p2), p2, 0, 0u64.wrapping_sub(p1)];
        for block in blocks.chunks_exact(32) {
            for (lane, word) in lanes.iter_mut().zip(block.chunks_exact(8)) {
                *lane = round(*lane, little_endian(word));
            }
        }
        let turns = [1, 7, 12, 18];
        let mixed =
            lanes.iter().zip(turns).fold(0u64, |sum, (lane, turn)| sum.wrapping_add(lane.rotate_left(turn)));
        lanes.iter().fold(mixed, |hash, lane| (hash ^ round(0, *lane)).wrapping_mul(p1).wrapping_add(p4))
    };
    hash = hash.wrapping_add(bytes.len() as u64);
    while rest.len() >= 8 {
        let (word, more) = rest.split_at(8);
        hash = (hash ^ round(0, little_endian(word))).rotate_left(27).wrapping_mul(p1).wrapping_add(p4);
        rest = more;
    }
    if rest.len() >= 4 {
        let (word, more) = rest.split_at(4);
        hash =
            (hash ^ little_endian(word).wrapping_mul(p1)).rotate_left(23).wrapping_mul(p2).wrapping_add(p3);
        rest = more;
    }
    for byte in rest {
        hash = (hash ^ u64::from(*byte).wrapping_mul(p5)).rotate_left(11).wrapping_mul(p1);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(p2);
    hash = (hash ^ (hash >> 29)).wrapping_mul(p3);
    hash ^ (hash >> 32)
}

fn round(lane: u64, word: u64) -> u64 {
    let [p1, p2, ..] = PRIMES;
    lane.wrapping_add(word.wrapping_mul(p2)).rotate_left(31).wrapping_mul(p1)
}

fn little_endian(word: &[u8]) -> u64 {
    word.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference implementation's own values.
    #[test]
    fn hashes_as_the_reference_does() {
        assert_eq!(xxhash64(b""), 0xef46_db37_51d8_e999);
        assert_eq!(xxhash64(b"a"), 0xd24e_c4f1_a98c_6e5b);
        assert_eq!(xxhash64(b"abc"), 0x44bc_2cf5_ad77_0999);
        assert_eq!(
            xxhash64(b"Call me Ishmael. Some years ago--never mind how long precisely-"),
            0x02a2_e854_70d6_fd96
        );
    }

    #[test]
    fn a_ratio_and_its_complement_take_each_series_once() {
        let mut taken = 0;
        for number in 0..1000 {
            let labels = Labels::from_strs([("instance", number.to_string().as_str())]);
            assert!(is_sampled(&labels, 0.3) != is_sampled(&labels, -0.7));
            assert!(is_sampled(&labels, 1.0) && is_sampled(&labels, -1.5) && !is_sampled(&labels, 0.0));
            taken += usize::from(is_sampled(&labels, 0.3));
        }
        assert!((250..350).contains(&taken), "{taken}");
    }
}
