//! Bytes that are valid no more, or still are.

use sunrpc_tests::rng::Rng;

/// Words that mean something as a length, a bool, a discriminant or the end of a type.
const WORDS: [u32; 9] = [0, 1, 2, 3, 0xff, 0x100, 0x7fff_ffff, 0x8000_0000, u32::MAX];

/// One to three changes of `bytes`.
#[must_use]
pub fn mutate(rng: &mut Rng, bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=rng.below(3) {
        change(rng, &mut out);
    }
    out
}

fn change(rng: &mut Rng, out: &mut Vec<u8>) {
    let word = WORDS[rng.below(WORDS.len())].to_be_bytes();
    if out.len() < 4 {
        return out.extend(word);
    }
    let at = rng.below(out.len());
    let aligned = rng.below(out.len() / 4) * 4;
    match rng.below(8) {
        0 => out[at] ^= 1 << rng.below(8),
        1 => out[at] = rng.number().to_be_bytes()[0],
        2 | 3 => out[aligned..aligned + 4].copy_from_slice(&word),
        4 => out[aligned + 3] = out[aligned + 3].wrapping_add(1),
        5 => drop(out.drain(aligned..aligned + 4)),
        6 => drop(out.splice(aligned..aligned, word)),
        _ => out.truncate(if rng.below(2) == 0 { at } else { aligned }),
    }
}
