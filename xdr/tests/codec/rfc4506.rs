//! The example of RFC 4506 section 7, byte for byte, and numbers whose bytes are known from elsewhere.

use sunrpc_xdr::{
    Decode, DecodeError, DecodeErrorKind as Kind, Encode, EncodeError, Opaque, Quadruple, Reader,
    Sink, Str,
};

use crate::check::{bytes_of, read, roundtrip};

/// `enum filekind { TEXT = 0, DATA = 1, EXEC = 2 };` and the union on it.
#[derive(Debug, PartialEq)]
enum FileType {
    Text,
    Data(String),
    Exec(String),
}

/// `struct file { string filename<255>; filetype type; string owner<32>; opaque data<65535>; };`
#[derive(Debug, PartialEq)]
struct File {
    filename: String,
    kind: FileType,
    owner: String,
    data: Vec<u8>,
}

impl Encode for FileType {
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        match self {
            Self::Text => to.put(&0_i32),
            Self::Data(creator) => {
                to.put(&1_i32)?;
                to.put_as::<Str<255>, _>(creator)
            }
            Self::Exec(interpreter) => {
                to.put(&2_i32)?;
                to.put_as::<Str<255>, _>(interpreter)
            }
        }
    }
}

impl<'de> Decode<'de> for FileType {
    const MIN_LEN: usize = 4;
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        match from.get::<i32>()? {
            0 => Ok(Self::Text),
            1 => from.get_as::<Str<255>, _>().map(Self::Data),
            2 => from.get_as::<Str<255>, _>().map(Self::Exec),
            other => Err(from.invalid_discriminant("filetype", other.into())),
        }
    }
}

impl Encode for File {
    fn encode<S: Sink + ?Sized>(&self, to: &mut S) -> Result<(), EncodeError> {
        to.put_as::<Str<255>, _>(&self.filename)?;
        to.put(&self.kind)?;
        to.put_as::<Str<32>, _>(&self.owner)?;
        to.put_as::<Opaque<65535>, _>(&self.data)
    }
}

impl<'de> Decode<'de> for File {
    const MIN_LEN: usize = 16;
    fn decode(from: &mut Reader<'de>) -> Result<Self, DecodeError> {
        Ok(Self {
            filename: from.get_as::<Str<255>, _>()?,
            kind: from.get()?,
            owner: from.get_as::<Str<32>, _>()?,
            data: from.get_as::<Opaque<65535>, _>()?,
        })
    }
}

#[test]
fn the_example_of_section_7() {
    let file = File {
        filename: "sillyprog".to_owned(),
        kind: FileType::Exec("lisp".to_owned()),
        owner: "john".to_owned(),
        data: b"(quit)".to_vec(),
    };
    // The table of section 7: offset 0 to 44.
    let wire = [
        0x00, 0x00, 0x00, 0x09, // length of filename = 9
        0x73, 0x69, 0x6c, 0x6c, // "sill"
        0x79, 0x70, 0x72, 0x6f, // "ypro"
        0x67, 0x00, 0x00, 0x00, // "g" and three bytes of fill
        0x00, 0x00, 0x00, 0x02, // EXEC = 2
        0x00, 0x00, 0x00, 0x04, // length of interpreter = 4
        0x6c, 0x69, 0x73, 0x70, // "lisp"
        0x00, 0x00, 0x00, 0x04, // length of owner = 4
        0x6a, 0x6f, 0x68, 0x6e, // "john"
        0x00, 0x00, 0x00, 0x06, // length of file data = 6
        0x28, 0x71, 0x75, 0x69, // "(qui"
        0x74, 0x29, 0x00, 0x00, // "t)" and two bytes of fill
    ];
    assert_eq!(bytes_of::<File, _>(&file), wire);
    assert_eq!(read::<File, File>(&wire).unwrap(), file);
    roundtrip::<File, _>(&file);

    let mut wrong = wire;
    wrong[19] = 3;
    let error = read::<File, File>(&wrong).unwrap_err();
    assert_eq!(
        (*error.kind(), error.offset()),
        (Kind::Discriminant { union: "filetype", value: 3 }, 16)
    );
    assert_eq!(error.to_string(), "union filetype has no arm for 3 at byte 16");
}

/// Sections 4.1 to 4.8.
#[test]
fn numbers() {
    assert_eq!(bytes_of::<i32, _>(&-2), [0xff, 0xff, 0xff, 0xfe]);
    assert_eq!(bytes_of::<u32, _>(&0x0102_0304), [1, 2, 3, 4]);
    assert_eq!(bytes_of::<i64, _>(&i64::MIN), [0x80, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes_of::<u64, _>(&0x0102_0304_0506_0708), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(bytes_of::<f32, _>(&-118.625), [0xc2, 0xed, 0x40, 0x00]);
    assert_eq!(bytes_of::<f64, _>(&1.0), [0x3f, 0xf0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes_of::<bool, _>(&true), [0, 0, 0, 1]);
    let one = 0x3fff_u128 << 112;
    assert_eq!(bytes_of::<Quadruple, _>(&Quadruple(one.to_be_bytes())), one.to_be_bytes());
}
