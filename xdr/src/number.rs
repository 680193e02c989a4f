//! Numbers in bulk: most significant byte first, into and out of vectors.
//!
//! Plain x86-64 has no instruction that reverses the bytes of several numbers at once; processors of the last fifteen
//! years have. So what is long is done with the best that the processor at hand offers: read as fast as a copy.

use byteorder::{BigEndian, ByteOrder};
use fearless_simd::{Level, Simd, dispatch};

/// From so many bytes on it pays to ask what the processor can do.
const LONG: usize = 128;

/// How many bytes are appended at a time: between being cleared and being written they stay in the first-level cache.
const BLOCK: usize = 2048;

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

    /// The number whose bytes these are.
    fn of_wire(bytes: &Self::Bytes) -> Self;

    /// Bytes as those of numbers; what is left over is ignored.
    fn chunks(bytes: &[u8]) -> &[Self::Bytes];

    /// The same for bytes to be written.
    fn chunks_mut(bytes: &mut [u8]) -> &mut [Self::Bytes];
}

/// Appends `items` to `to`.
pub(crate) fn append<T: Number>(items: &[T], to: &mut Vec<u8>) {
    to.reserve(size_of_val(items));
    for block in items.chunks(T::IN_BLOCK) {
        let start = to.len();
        to.resize(start.saturating_add(size_of_val(block)), 0);
        write(block, to.get_mut(start..).unwrap_or_default());
    }
}

/// Writes `items` to `to`, which has just the room for them.
pub(crate) fn write<T: Number>(items: &[T], to: &mut [u8]) {
    at_best(
        size_of_val(items),
        #[inline(always)]
        || {
            for (item, bytes) in items.iter().zip(T::chunks_mut(to)) {
                *bytes = item.to_wire();
            }
        },
    );
}

/// Appends the numbers whose bytes these are to `items`.
pub(crate) fn extend<T: Number>(items: &mut Vec<T>, bytes: &[u8]) {
    at_best(
        bytes.len(),
        #[inline(always)]
        || items.extend(T::chunks(bytes).iter().map(T::of_wire)),
    );
}

/// The numbers whose bytes these are.
#[inline]
pub(crate) fn array<T: Number, const N: usize>(bytes: &[u8]) -> [T; N] {
    let mut items = [T::default(); N];
    at_best(
        size_of_val(&items),
        #[inline(always)]
        || {
            for (item, bytes) in items.iter_mut().zip(T::chunks(bytes)) {
                *item = T::of_wire(bytes);
            }
        },
    );
    items
}

/// Does what so many bytes need; where they are many, with the best instructions that there are. For that `work` has to
/// be inlined: `#[inline(always)]`.
#[inline(always)]
fn at_best(bytes: usize, work: impl FnOnce()) {
    if bytes < LONG { work() } else { dispatch!(Level::new(), simd => simd.vectorize(work)) }
}

macro_rules! number {
    ($($type:ty, $write:ident, $read:ident;)*) => {$(
        impl Number for $type {}

        impl Convert for $type {
            type Bytes = [u8; size_of::<$type>()];

            const IN_BLOCK: usize = BLOCK / size_of::<$type>();

            #[inline(always)]
            fn to_wire(self) -> Self::Bytes {
                let mut bytes = Self::Bytes::default();
                BigEndian::$write(&mut bytes, self);
                bytes
            }

            #[inline(always)]
            fn of_wire(bytes: &Self::Bytes) -> Self {
                BigEndian::$read(bytes)
            }

            #[inline(always)]
            fn chunks(bytes: &[u8]) -> &[Self::Bytes] {
                bytes.as_chunks().0
            }

            #[inline(always)]
            fn chunks_mut(bytes: &mut [u8]) -> &mut [Self::Bytes] {
                bytes.as_chunks_mut().0
            }
        }
    )*};
}

number! {
    i32, write_i32, read_i32;
    u32, write_u32, read_u32;
    i64, write_i64, read_i64;
    u64, write_u64, read_u64;
    f32, write_f32, read_f32;
    f64, write_f64, read_f64;
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::{BLOCK, Number, append, array, extend, write};

    /// Counts around everything that is done in pieces, or otherwise from some length on.
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
        array_is_one_by_one::<T, 9>(&number, &bits);
        array_is_one_by_one::<T, 75>(&number, &bits);
    }

    fn array_is_one_by_one<T: Number, const N: usize>(
        number: impl Fn(u64) -> T,
        bits: impl Fn(T) -> u64,
    ) {
        let items: [T; N] = std::array::from_fn(|n| number(n as u64));
        let wire: Vec<u8> = items.iter().flat_map(|item| item.to_wire()).collect();
        assert_eq!(array::<T, N>(&wire).map(&bits), items.map(&bits));
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
