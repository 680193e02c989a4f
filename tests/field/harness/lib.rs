//! The peer of the tests in `tests/field`: decodes and encodes again what it reads, by the code that `rpcgen` emits. The
//! table of types, and a module for each `.x` file, are put behind this when the tests run.

#![deny(warnings, missing_docs)]

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sunrpc::xdr::{
    Decode, DecodeError, DecodeWith, Encode, EncodeError, EncodeWith, IntoOwned, Opaque, Reader,
    Sink, encode_into,
};

/// How many bytes were taken, and what was written of the value; or the status and what went wrong.
type Answer = Result<(usize, Vec<u8>), (u8, String)>;

/// A peer of one type.
#[derive(Debug)]
pub struct Type {
    ours: fn(&[u8]) -> Answer,
    theirs: Option<fn(&[u8]) -> Answer>,
    /// Through the type that borrows.
    borrowed: Option<fn(&[u8]) -> Answer>,
}

const REFUSED: u8 = 1;
const FAILED: u8 = 3;
/// It has no such type.
const NONE: u8 = 4;

/// Answers until there are no more questions.
pub fn serve() -> io::Result<()> {
    let (mut from, mut to) = (io::stdin().lock(), io::stdout().lock());
    let mut head = [0; 9];
    while from.read_exact(&mut head).is_ok() {
        let number =
            |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let mut bytes = vec![0; number(5) as usize];
        from.read_exact(&mut bytes)?;
        let asked = &TYPES[number(1) as usize];
        let way = match head[0] {
            0 => Some(asked.ours),
            1 => asked.theirs,
            _ => asked.borrowed,
        };
        let answer = way.map_or_else(|| Err((NONE, String::new())), |way| way(&bytes));
        let (status, taken, bytes) = match answer {
            Ok((taken, bytes)) => (0, taken, bytes),
            Err((status, why)) => (status, 0, why.into_bytes()),
        };
        to.write_all(&[status])?;
        to.write_all(&(taken as u32).to_be_bytes())?;
        to.write_all(&(bytes.len() as u32).to_be_bytes())?;
        to.write_all(&bytes)?;
        to.flush()?;
    }
    Ok(())
}

/// A type whose codec is `C`, by our own codec.
const fn ours<C, V>() -> Type
where
    C: EncodeWith<V> + for<'de> DecodeWith<'de, V>,
{
    Type { ours: again::<C, V>, theirs: None, borrowed: None }
}

/// The same, and by `serde_xdr`.
const fn both<C, V>() -> Type
where
    C: EncodeWith<V> + for<'de> DecodeWith<'de, V>,
    V: Serialize + DeserializeOwned,
{
    Type { ours: again::<C, V>, theirs: Some(second::<C, V>), borrowed: None }
}

fn again<C, V>(bytes: &[u8]) -> Answer
where
    C: EncodeWith<V> + for<'de> DecodeWith<'de, V>,
{
    let value = decode::<C, V>(bytes)?;
    Ok((bytes.len(), encode::<C, V>(&value)?))
}

/// What `serde_xdr` writes, once it has read what it wrote.
fn second<C, V>(bytes: &[u8]) -> Answer
where
    C: EncodeWith<V> + for<'de> DecodeWith<'de, V>,
    V: Serialize + DeserializeOwned,
{
    let value = decode::<C, V>(bytes)?;
    let mut written = Vec::new();
    serde_xdr::to_writer(&mut written, &value).map_err(|error| (FAILED, error.to_string()))?;
    let mut rest = bytes;
    let read: V = serde_xdr::from_reader(&mut rest).map_err(|error| (FAILED, error.to_string()))?;
    let again = encode::<C, V>(&read)?;
    if !rest.is_empty() || again != bytes {
        let left = rest.len();
        return Err((FAILED, format!("serde_xdr reads {again:?} and leaves {left} bytes")));
    }
    Ok((bytes.len(), written))
}

impl Type {
    /// The same, and through the type that borrows.
    #[allow(dead_code, reason = "files may have none")]
    const fn and(self, borrowed: fn(&[u8]) -> Answer) -> Self {
        Self { borrowed: Some(borrowed), ..self }
    }
}

/// Through the type that borrows; what it owns then is the same value.
#[allow(unused_macros, reason = "files may have none")]
macro_rules! borrowed {
    ($codec:ty, $borrowed:ty, $owned:ty) => {
        |bytes| {
            let mut from = Reader::new(bytes);
            let value: $borrowed = from.get_as::<$codec, _>().map_err(refused)?;
            from.finish().map_err(refused)?;
            let written = encode::<$codec, _>(&value)?;
            let owned: $owned = IntoOwned::into_owned(value);
            if encode::<$codec, $owned>(&owned)? == written {
                Ok((bytes.len(), written))
            } else {
                Err((FAILED, "what it owns is another value".to_owned()))
            }
        }
    };
}

/// The first word of the reason is its kind.
fn refused(error: DecodeError) -> (u8, String) {
    (REFUSED, format!("{:?}", error.kind()))
}

fn decode<C: for<'de> DecodeWith<'de, V>, V>(bytes: &[u8]) -> Result<V, (u8, String)> {
    let mut from = Reader::new(bytes);
    let value = from.get_as::<C, V>().map_err(refused)?;
    from.finish().map_err(refused)?;
    Ok(value)
}

/// What was decoded must have an encoding.
fn encode<C: EncodeWith<V>, V>(value: &V) -> Result<Vec<u8>, (u8, String)> {
    let mut out = Vec::new();
    encode_into::<C, V>(value, &mut out).map_err(|error| (FAILED, error.to_string()))?;
    Ok(out)
}

/// libtirpc's `struct netbuf`, which its C header defines: the room, which bounds them, and the bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Netbuf {
    room: u32,
    bytes: Vec<u8>,
}

impl Encode for Netbuf {
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put(&self.room)?;
        to.put_as::<Opaque, _>(&self.bytes)
    }
}

impl<'de> Decode<'de> for Netbuf {
    const MIN_LEN: usize = 8;

    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let room = from.get()?;
        let max = from.clone().take_len(room)?;
        let bytes: Vec<u8> = from.get_as::<Opaque, _>()?;
        debug_assert_eq!(max, bytes.len());
        Ok(Self { room, bytes })
    }
}

/// A type of its own for a typedef that another file takes from a C header.
#[allow(unused_macros, reason = "only files of packages have such")]
macro_rules! stand_in {
    ($name:ident, $codec:ty, $value:ty) => {
        #[doc = "A typedef of another file."]
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name(pub $value);

        impl ::sunrpc::xdr::Encode for $name {
            fn encode<S: ::sunrpc::xdr::Sink + ?Sized>(
                &self,
                to: &mut S,
            ) -> Result<(), ::sunrpc::xdr::EncodeError> {
                to.put_as::<$codec, _>(&self.0)
            }
        }

        impl<'de> ::sunrpc::xdr::Decode<'de> for $name {
            const MIN_LEN: usize = 0;
            fn decode(
                from: &mut ::sunrpc::xdr::Reader<'de>,
            ) -> Result<Self, ::sunrpc::xdr::DecodeError> {
                Ok(Self(from.get_as::<$codec, _>()?))
            }
        }
    };
}
