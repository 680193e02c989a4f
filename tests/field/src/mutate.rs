//! Bytes that are valid no more, or still are.

use crate::choices::Choices;

/// Words that mean something as a length, a bool, a discriminant or the end of a type.
const WORDS: [u32; 9] = [0, 1, 2, 3, 0xff, 0x100, 0x7fff_ffff, 0x8000_0000, u32::MAX];

/// One to three changes of `bytes`; none where the choices are given and end.
#[must_use]
pub fn mutate(choices: &mut Choices, bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let planned = choices.plan(|rng| 1 + rng.below(3), 0);
    for done in 0..3 {
        let part = choices.begin();
        if !choices.flag(|_| done < planned) {
            break;
        }
        change(choices, &mut out);
        choices.end(part);
    }
    out
}

fn change(choices: &mut Choices, out: &mut Vec<u8>) {
    let word = WORDS[choices.below(WORDS.len())].to_be_bytes();
    if out.len() < 4 {
        return out.extend(word);
    }
    let at = choices.below(out.len());
    let aligned = choices.below(out.len() / 4) * 4;
    match choices.below(8) {
        0 => out[at] ^= 1 << choices.below(8),
        1 => out[at] = choices.byte(),
        2 | 3 => out[aligned..aligned + 4].copy_from_slice(&word),
        4 => out[aligned + 3] = out[aligned + 3].wrapping_add(1),
        5 => drop(out.drain(aligned..aligned + 4)),
        6 => drop(out.splice(aligned..aligned, word)),
        _ => out.truncate(if choices.flag(|rng| rng.below(2) == 0) { at } else { aligned }),
    }
}
