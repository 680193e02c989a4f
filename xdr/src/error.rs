//! What can go wrong on the way to the wire and back.

use std::fmt;

/// Why a value could not be encoded: it breaks a bound that its `.x` file declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// More bytes or items than the declared bound, or than 32 bits can count.
    TooLong {
        /// What it is: `string`, `opaque` or `array`.
        what: &'static str,
        /// How many there are.
        len: usize,
        /// How many there may be.
        max: u32,
    },
    /// A fixed-length `opaque` or array that has another length.
    WrongLength {
        /// How many there are.
        len: usize,
        /// How many there must be.
        expected: u32,
    },
    /// A union's default arm with a discriminant that has an arm of its own.
    Discriminant {
        /// The union's name in its `.x` file.
        union: &'static str,
    },
}

impl EncodeError {
    /// The error of a union's default arm whose discriminant has an arm of its own.
    #[must_use]
    pub const fn discriminant(union: &'static str) -> Self {
        Self::Discriminant { union }
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { what, len, max } => {
                write!(f, "{what} of length {len} exceeds its bound {max}")
            }
            Self::WrongLength { len, expected } => {
                write!(f, "length {len} where exactly {expected} is declared")
            }
            Self::Discriminant { union } => {
                write!(
                    f,
                    "default arm of union {union} with a discriminant that has an arm of its own"
                )
            }
        }
    }
}

impl std::error::Error for EncodeError {}

/// Why bytes could not be decoded, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    kind: DecodeErrorKind,
    offset: usize,
}

/// What was wrong with the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The input ends before the value does.
    Truncated {
        /// How many bytes were still needed, at the least.
        needed: usize,
        /// How many there were.
        remaining: usize,
    },
    /// A length on the wire that exceeds the declared bound.
    TooLong {
        /// The length on the wire.
        len: u32,
        /// How much is declared.
        max: u32,
    },
    /// A bool that is neither 0 nor 1.
    Bool(u32),
    /// A number that does not fit its declared type (`char` and `short` travel in four bytes).
    OutOfRange(i64),
    /// A value that the enum does not declare.
    Enum {
        /// The enum's name in its `.x` file.
        name: &'static str,
        /// The value on the wire.
        value: i32,
    },
    /// A discriminant for which the union has no arm.
    Discriminant {
        /// The union's name in its `.x` file.
        union: &'static str,
        /// The value on the wire.
        value: i64,
    },
    /// A string that is not UTF-8.
    Utf8,
    /// Padding that is not zero (RFC 4506 section 3).
    Padding,
    /// Values nested deeper than [`Limits::max_depth`](crate::Limits::max_depth).
    TooDeep,
    /// The value would take more heap than [`Limits::heap_factor`](crate::Limits::heap_factor) allows.
    HeapLimit,
    /// Bytes left over behind the value.
    Trailing(usize),
}

impl DecodeError {
    #[cold]
    pub(crate) const fn new(kind: DecodeErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> &DecodeErrorKind {
        &self.kind
    }

    /// Where: the offset in bytes from the input's start.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.offset)
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { needed, remaining } => {
                write!(f, "truncated: {needed} bytes needed, {remaining} left")
            }
            Self::TooLong { len, max } => write!(f, "length {len} exceeds the bound {max}"),
            Self::Bool(value) => write!(f, "bool of value {value}"),
            Self::OutOfRange(value) => write!(f, "number {value} outside its type"),
            Self::Enum { name, value } => write!(f, "enum {name} has no value {value}"),
            Self::Discriminant { union, value } => {
                write!(f, "union {union} has no arm for {value}")
            }
            Self::Utf8 => f.write_str("string that is not UTF-8"),
            Self::Padding => f.write_str("padding that is not zero"),
            Self::TooDeep => f.write_str("nested too deep"),
            Self::HeapLimit => f.write_str("too little input for the memory it asks for"),
            Self::Trailing(count) => write!(f, "{count} bytes left over"),
        }
    }
}

impl std::error::Error for DecodeError {}
