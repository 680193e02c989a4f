//! The faster way to encode what is of many small pieces: into room that is there and of just the right size.

use std::mem;

use crate::{
    Counter, EncodeWith, Sink,
    number::{self, Number},
    sink::padding,
};

/// From how many bytes on the room is worth its zeros.
const MANY: usize = 256;

/// Appends `value`, which `counter` has measured, unless that is better done otherwise.
///
/// Says whether it was. If not, anything may stand behind where `bytes` ended.
pub(crate) fn encode<C: EncodeWith<V> + ?Sized, V: ?Sized>(
    value: &V,
    counter: &Counter,
    bytes: &mut Vec<u8>,
) -> bool {
    if counter.len() < MANY || counter.is_bulk() {
        return false;
    }
    let start = bytes.len();
    bytes.resize(start.saturating_add(counter.len()), 0);
    let mut window = Window { rest: bytes.get_mut(start..).unwrap_or_default(), missed: false };
    C::encode_with(value, &mut window).is_ok() && window.is_full()
}

/// Room of fixed size, all zeros: what is put there needs no check for growth, and padding is there already.
struct Window<'a> {
    rest: &'a mut [u8],
    /// Something did not fit: the value changed since it was measured.
    missed: bool,
}

impl<'a> Window<'a> {
    const fn is_full(&self) -> bool {
        self.rest.is_empty() && !self.missed
    }

    /// The next `len` bytes, or none where there are not so many.
    #[inline]
    fn take(&mut self, len: usize) -> &'a mut [u8] {
        let Some((taken, rest)) = mem::take(&mut self.rest).split_at_mut_checked(len) else {
            self.missed = true;
            return &mut [];
        };
        self.rest = rest;
        taken
    }
}

impl Sink for Window<'_> {
    #[inline]
    fn put_bytes(&mut self, bytes: &[u8]) {
        let to = self.take(bytes.len());
        if to.len() == bytes.len() {
            to.copy_from_slice(bytes);
        }
    }

    #[inline]
    fn put_numbers<T: Number>(&mut self, items: &[T]) {
        number::write(items, self.take(size_of_val(items)));
    }

    #[inline]
    fn put_padding(&mut self, len: usize) {
        self.take(padding(len));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::MANY;
    use crate::{Encode, EncodeError, Sink, encode, encode_into};

    /// Writes another number of bytes each time.
    struct Fickle {
        turn: Cell<usize>,
        lens: [usize; 3],
    }

    impl Encode for Fickle {
        fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
            let turn = self.turn.replace(self.turn.get() + 1);
            (0..self.lens[turn] / 4).for_each(|_| to.put_bytes(&[7; 4]));
            if self.lens[turn] == 0 { Err(EncodeError::discriminant("fickle")) } else { Ok(()) }
        }
    }

    #[test]
    fn a_value_that_changes_while_it_is_encoded() {
        for [measured, window, vec] in [[400, 404, 408], [400, 396, 392], [400, 0, 400]] {
            let fickle = Fickle { turn: Cell::new(0), lens: [measured, window, vec] };
            assert_eq!(encode(&fickle), Ok(vec![7; vec]));
        }
        let fickle = Fickle { turn: Cell::new(0), lens: [400, 4, 0] };
        let mut bytes = b"before".to_vec();
        assert!(encode_into::<Fickle, Fickle>(&fickle, &mut bytes).is_err());
        assert_eq!(bytes, b"before");
    }

    /// Numbers, text and padding on either side of where the window begins.
    #[test]
    fn the_same_bytes_as_without() {
        for count in 0..MANY {
            let items: Vec<_> = (0..count).map(|n| ("x".repeat(n % 9), [n as f32; 3])).collect();
            let mut plain = Vec::new();
            let mut pieces = Vec::new();
            for (text, numbers) in &items {
                plain.put(text).unwrap();
                plain.put(numbers).unwrap();
                pieces.push(Piece(text, *numbers));
            }
            assert_eq!(encode(pieces.as_slice()).unwrap()[4..], plain);
        }
    }

    struct Piece<'a>(&'a str, [f32; 3]);

    impl Encode for Piece<'_> {
        fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
            to.put(self.0)?;
            to.put(&self.1)
        }
    }
}
