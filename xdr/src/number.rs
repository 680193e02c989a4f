//! Numbers in bulk: most significant byte first, into and out of vectors, without clearing them first.
//!
//! Plain x86-64 has no instruction that reverses the bytes of several numbers at once, and what the compiler makes
//! of `swap_bytes` there takes seven shuffles for sixteen bytes. Two passes of shifts over a block that stays in the
//! first-level cache take two thirds of the time: the first turns the 16-bit parts of each number around, the second
//! the bytes of each part. In one expression the compiler would see through them. Where an instruction exists, one
//! pass through `byteorder` is best.

use byteorder::{BigEndian, ByteOrder, NativeEndian};

/// Whether two passes beat one.
const TWO_PASSES: bool = cfg!(all(target_arch = "x86_64", not(target_feature = "ssse3")));

/// How many bytes are converted before the second pass goes over them.
const BLOCK: usize = 4096;

/// How many bytes the cache moves at once.
const LINE: usize = 64;

/// A number of 4 or 8 bytes on the wire: `i32`, `u32`, `i64`, `u64`, `f32` and `f64`, and no other.
pub trait Number: Convert {}

/// How a number is converted; out of reach of other crates.
pub trait Convert: Copy + Default {
    /// Its bytes.
    type Bytes: Copy + AsRef<[u8]> + IntoIterator<Item = u8>;

    /// How many of them a block holds.
    const IN_BLOCK: usize;

    /// The bytes on the wire.
    fn to_wire(self) -> Self::Bytes;

    /// The bytes after the first pass.
    fn to_first(self) -> Self::Bytes;

    /// The number after the first pass.
    fn of_first(bytes: &Self::Bytes) -> Self;

    /// The number after the second pass.
    fn finish(&mut self);

    /// Bytes as those of numbers; what is left over is ignored.
    fn chunks(bytes: &[u8]) -> &[Self::Bytes];

    /// The same for bytes to be written.
    fn chunks_mut(bytes: &mut [u8]) -> &mut [Self::Bytes];
}

/// Appends `items` to `to`.
pub(crate) fn append<T: Number>(items: &[T], to: &mut Vec<u8>) {
    to.reserve(size_of_val(items));
    // Behind a count nothing is aligned; from the next line of cache on everything is, and no store touches two.
    let end = to.as_ptr().wrapping_add(to.len());
    let to_line = end.align_offset(LINE).checked_div(size_of::<T>()).unwrap_or_default();
    let (first, rest) = items.split_at(to_line.min(items.len()));
    append_block(first, to);
    rest.chunks(T::IN_BLOCK).for_each(|block| append_block(block, to));
}

fn append_block<T: Number>(items: &[T], to: &mut Vec<u8>) {
    let start = to.len();
    to.extend(items.iter().flat_map(|item| item.to_first()));
    if TWO_PASSES {
        swap_pairs(to.get_mut(start..).unwrap_or_default());
    }
}

/// Writes `items` to `to`, which has just the room for them.
pub(crate) fn write<T: Number>(items: &[T], to: &mut [u8]) {
    for (items, to) in items.chunks(T::IN_BLOCK).zip(to.chunks_mut(BLOCK)) {
        for (item, bytes) in items.iter().zip(T::chunks_mut(to)) {
            *bytes = item.to_first();
        }
        if TWO_PASSES {
            swap_pairs(to);
        }
    }
}

/// Appends the numbers whose bytes these are to `items`.
pub(crate) fn extend<T: Number>(items: &mut Vec<T>, bytes: &[u8]) {
    for block in bytes.chunks(BLOCK) {
        let start = items.len();
        items.extend(T::chunks(block).iter().map(T::of_first));
        if TWO_PASSES {
            items.get_mut(start..).unwrap_or_default().iter_mut().for_each(T::finish);
        }
    }
}

/// The numbers whose bytes these are.
#[inline]
pub(crate) fn array<T: Number, const N: usize>(bytes: &[u8]) -> [T; N] {
    let mut items = [T::default(); N];
    for (item, bytes) in items.iter_mut().zip(T::chunks(bytes)) {
        *item = T::of_first(bytes);
        if TWO_PASSES {
            item.finish();
        }
    }
    items
}

/// The second pass over bytes, a line of cache at a time: that is a loop of its own size, without one within.
fn swap_pairs(bytes: &mut [u8]) {
    let (lines, rest) = bytes.as_chunks_mut::<LINE>();
    lines.iter_mut().for_each(|line| swap_in(line));
    swap_in(rest);
}

#[inline]
fn swap_in(bytes: &mut [u8]) {
    for pair in bytes.as_chunks_mut::<2>().0 {
        let value = NativeEndian::read_u16(pair);
        BigEndian::write_u16(pair, value);
    }
}

/// A number's 16-bit parts in reverse order, and the bytes within each part.
trait TurnParts {
    fn reverse_parts(self) -> Self;
    fn swap_in_parts(self) -> Self;
}

impl TurnParts for u32 {
    #[inline]
    fn reverse_parts(self) -> Self {
        self.rotate_left(16)
    }

    #[inline]
    fn swap_in_parts(self) -> Self {
        const LOW: u32 = 0x00ff_00ff;
        (self >> 8) & LOW | (self & LOW) << 8
    }
}

impl TurnParts for u64 {
    #[inline]
    fn reverse_parts(self) -> Self {
        const LOW: u64 = 0x0000_ffff_0000_ffff;
        let turned = self.rotate_left(32);
        (turned >> 16) & LOW | (turned & LOW) << 16
    }

    #[inline]
    fn swap_in_parts(self) -> Self {
        const LOW: u64 = 0x00ff_00ff_00ff_00ff;
        (self >> 8) & LOW | (self & LOW) << 8
    }
}

/// `$type` travels as the bits of `$word`.
macro_rules! number {
    ($($type:ty as $word:ty, $to:path, $of:path, $write:ident, $read:ident;)*) => {$(
        impl Number for $type {}

        impl Convert for $type {
            type Bytes = [u8; size_of::<$type>()];

            const IN_BLOCK: usize = BLOCK / size_of::<$type>();

            #[inline]
            fn to_wire(self) -> Self::Bytes {
                let mut bytes = Self::Bytes::default();
                BigEndian::$write(&mut bytes, self);
                bytes
            }

            #[inline]
            fn to_first(self) -> Self::Bytes {
                if TWO_PASSES { $to(self).reverse_parts().to_ne_bytes() } else { self.to_wire() }
            }

            #[inline]
            fn of_first(bytes: &Self::Bytes) -> Self {
                if TWO_PASSES {
                    $of(<$word>::from_ne_bytes(*bytes).reverse_parts())
                } else {
                    BigEndian::$read(bytes)
                }
            }

            #[inline]
            fn finish(&mut self) {
                *self = $of($to(*self).swap_in_parts());
            }

            #[inline]
            fn chunks(bytes: &[u8]) -> &[Self::Bytes] {
                bytes.as_chunks().0
            }

            #[inline]
            fn chunks_mut(bytes: &mut [u8]) -> &mut [Self::Bytes] {
                bytes.as_chunks_mut().0
            }
        }
    )*};
}

number! {
    i32 as u32, i32::cast_unsigned, u32::cast_signed, write_i32, read_i32;
    u32 as u32, u32::from, u32::from, write_u32, read_u32;
    i64 as u64, i64::cast_unsigned, u64::cast_signed, write_i64, read_i64;
    u64 as u64, u64::from, u64::from, write_u64, read_u64;
    f32 as u32, f32::to_bits, f32::from_bits, write_f32, read_f32;
    f64 as u64, f64::to_bits, f64::from_bits, write_f64, read_f64;
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::{BLOCK, Number, append, array, extend, write};

    /// Counts around everything that is done in pieces.
    fn counts() -> impl Iterator<Item = usize> {
        let edges = [BLOCK / 8, BLOCK / 4, BLOCK / 2, BLOCK];
        (0..70).chain(edges.into_iter().flat_map(|edge| edge - 20..edge + 20))
    }

    /// In bulk, at every distance from a line of cache, is as one by one.
    fn bulk_is_one_by_one<T: Number + Debug>(number: impl Fn(u64) -> T, bits: impl Fn(T) -> u64) {
        for count in counts() {
            // Bits of every kind, those of signalling NaN among them.
            let spread = |n| (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17);
            let items: Vec<T> = (0..count).map(|n| number(spread(n))).collect();
            let wire: Vec<u8> = items.iter().flat_map(|item| item.to_wire()).collect();

            for before in [0, 4, 60, 61] {
                let mut bytes = vec![9; before];
                append(&items, &mut bytes);
                assert_eq!(bytes[..before], vec![9; before]);
                assert_eq!(bytes[before..], wire, "{count} numbers behind {before} bytes");
            }
            let mut bytes = vec![9; wire.len()];
            write(&items, &mut bytes);
            assert_eq!(bytes, wire);

            let mut back = vec![T::default()];
            extend(&mut back, &wire);
            assert!(back.iter().skip(1).copied().map(&bits).eq(items.iter().copied().map(&bits)));
        }
        let items: [T; 9] = std::array::from_fn(|n| number(n as u64));
        let wire: Vec<u8> = items.iter().flat_map(|item| item.to_wire()).collect();
        assert_eq!(array::<T, 9>(&wire).map(&bits), items.map(&bits));
    }

    #[test]
    fn of_every_type() {
        bulk_is_one_by_one(|n| (n >> 32) as u32, u64::from);
        bulk_is_one_by_one(|n| ((n >> 32) as u32).cast_signed(), |n| u64::from(n.cast_unsigned()));
        bulk_is_one_by_one(|n| n, |n| n);
        bulk_is_one_by_one(u64::cast_signed, i64::cast_unsigned);
        bulk_is_one_by_one(|n| f32::from_bits((n >> 32) as u32), |n| n.to_bits().into());
        bulk_is_one_by_one(f64::from_bits, f64::to_bits);
    }

    #[test]
    fn most_significant_first() {
        let mut bytes = Vec::new();
        append(&[0x0102_0304_u32, 0x0506_0708], &mut bytes);
        append(&[0x090a_0b0c_0d0e_0f10_u64], &mut bytes);
        assert!(bytes.into_iter().eq(1..=16));
    }
}
