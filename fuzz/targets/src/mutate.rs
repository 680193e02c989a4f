//! Mutations, for the smoke test: no coverage leads them, only a seed.

use sunrpc_tests::rng::Rng;

/// Values at which lengths and numbers tend to go wrong.
const WORDS: [u32; 10] =
    [0, 1, 2, 3, 0x7fff_ffff, 0x8000_0000, 0x8000_0004, 0xffff_ffff, 0xffff_fffc, 0x4000_0001];

/// One of `seeds`, changed in a few places.
pub fn mutation(rng: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[rng.below(seeds.len())].clone();
    for _ in 0..=rng.below(4) {
        let (a, b) = (rng.below(bytes.len() + 1), rng.below(bytes.len() + 1));
        let (start, end) = (a.min(b), a.max(b));
        match rng.below(7) {
            0 => bytes.truncate(start),
            1 => drop(bytes.drain(start..end)),
            2 => bytes.extend_from_within(start..end.min(start + 4096)),
            3 if start < bytes.len() => bytes[start] ^= 1 << rng.below(8),
            4 => {
                let other = &seeds[rng.below(seeds.len())];
                let from = rng.below(other.len() + 1);
                bytes.splice(start..end, other[from..].iter().copied());
            }
            5 => {
                let word = WORDS[rng.below(WORDS.len())].to_be_bytes();
                let at = start & !3;
                bytes.splice(at..(at + 4).min(bytes.len()), word);
            }
            _ => {
                let more = rng.below(9);
                bytes.splice(start..start, rng.bytes(more));
            }
        }
    }
    bytes
}
